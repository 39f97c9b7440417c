"""Connections to the database of which none waits for ever: for a dead line, or for a server that says nothing.

A line can die without a word (a cable, a firewall that forgot it, a machine without power). Both ends ask for it now and then
(TCP keepalive), so that neither holds what nobody comes back for; over a local socket that means nothing. And whoever asks the
database waits for a bounded time: something between the two may live and yet pass nothing on.
"""

from asyncio import CancelledError
from typing import Any, Final

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.rows import DictRow

LINE: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
"""Of our end; seconds, but for the last: milliseconds in which what was sent must have arrived."""
SERVER_LINE: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20000"
"""Of the server's end: a transaction whose program is gone ends, with its locks."""

_INTERVAL: Final = 0.1


class Bounded(psycopg.Connection[Any]):
    """A connection whose server answers within ``patience`` seconds each time, or is given up: it is closed then."""

    patience = 600.0

    def wait(
        self, gen: PQGen[Any], interval: float = _INTERVAL, timeout: float | None = None
    ) -> Any:
        if timeout is not None:  # the driver's own: to look whether something has come
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001  # it has no other name
            self.close()
            raise


class AsyncBounded(psycopg.AsyncConnection[DictRow]):
    """The same in the event loop. Who is not waited for any more is closed too: asking the server to stop takes as long."""

    patience = 5.0

    async def wait(
        self,
        gen: PQGen[Any],
        interval: float = _INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Any:
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await waiting.wait_async(
                gen, self.pgconn.socket, interval=interval, timeout=self.patience
            )
        except (psycopg.errors._WaitTimeout, CancelledError):  # noqa: SLF001
            await self.close()
            raise
