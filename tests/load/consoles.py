"""Officers' consoles that listen: open streams of hints, read as they come; the first also notes when it was told of what."""

import asyncio
import re
import time
from typing import cast

from tests.perf.client import HOST, request

_DECIDED = re.compile(rb'"kind":"presentation.changed","id":"([0-9a-f-]{36})"')


class Consoles:
    """Some open streams of hints. ``heard``: when the first was told of a presentation (perf_counter), by its id."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self._opened: list[Listener] = []

    async def open(self, port: int, tokens: list[str], count: int) -> None:
        """Open ``count`` of them, signed in with ``tokens`` in turns; each has been greeted."""
        loop = asyncio.get_running_loop()
        for number in range(count):
            heard = self.heard if number == 0 else None
            _, listener = await loop.create_connection(lambda h=heard: Listener(h), HOST, port)
            self._opened.append(listener)
            listener.ask(tokens[number % len(tokens)])
            await asyncio.wait_for(listener.greeted.wait(), 10)

    @property
    def bytes(self) -> int:
        """What all of them were sent."""
        return sum(one.bytes for one in self._opened)

    def close(self) -> None:
        for one in self._opened:
            one.close()


class Listener(asyncio.Protocol):
    """A stream; what comes is counted, and read where ``heard`` is given."""

    def __init__(self, heard: dict[str, float] | None) -> None:
        self.bytes = 0
        self.greeted = asyncio.Event()
        self._heard = heard
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no asyncio.Transport
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, token: str) -> None:
        assert self._transport
        headers = {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}
        self._transport.write(request("GET", "/api/v1/events", headers=headers))

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        if b"event: hello" in data:
            self.greeted.set()
        if self._heard is not None:
            now = time.perf_counter()
            for found in _DECIDED.findall(data):
                self._heard.setdefault(found.decode(), now)

    def close(self) -> None:
        if self._transport:
            self._transport.close()
