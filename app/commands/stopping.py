"""How ``egate serve`` ends when it is told to: streams at once, answers that are under way in their time.

A stream never ends by itself, and the server would wait for it until its patience is over, then cut off whatever else is
under way: a decision that was committed and never told. So the streams end first.
"""

import signal
import socket
from collections.abc import Callable
from typing import Any, NoReturn

import uvicorn

SHUTDOWN_SECONDS = 4
"""For answers under way: a presentation waits two seconds at most for its assessment."""


class StoppingServer(uvicorn.Server):
    """A server that ends its streams before it waits for its answers."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def run(app: Any, end_streams: Callable[[], None], **options: Any) -> int:
    """Serve until SIGTERM or SIGINT; the exit code, 0 once all is said. ``options`` are uvicorn's."""
    signal.signal(signal.SIGTERM, _leave)
    StoppingServer(uvicorn.Config(app, **options), end_streams).run()
    return 0


def _leave(*_: object) -> NoReturn:
    """The server raises the signal again when it has ended; being told to end is no failure."""
    raise SystemExit(0)
