"""Many kiosks at one address: requests due at fixed moments, whatever the server does, over a bounded number of kept connections.

A latency counts from the moment at which a request was due: waiting for a free connection, or for this program, is in it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: when its request was due (seconds since the start), how long it took from then on, what it said."""

    due: float
    ms: float
    status: int
    body: bytes


@dataclass
class Run:
    """The answers of one run, which began at ``began`` (perf_counter). ``lost``: requests without an answer; ``late_ms``:
    how late this program itself was at most.
    """

    answers: list[Answered] = field(default_factory=list)
    began: float = 0.0
    seconds: float = 0.0
    lost: int = 0
    late_ms: float = 0.0


class Line(asyncio.Protocol):
    """One connection of HTTP/1.1: one request at a time, ``done`` is called with status and body."""

    def __init__(self) -> None:
        self.done: Callable[[int, bytes], None] = lambda _status, _body: None
        self.broken: Callable[[], None] = lambda: None
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no asyncio.Transport
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.broken()

    def send(self, raw: bytes) -> None:
        assert self._transport
        self._transport.write(raw)

    def close(self) -> None:
        self.broken = lambda: None
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(self._buffer) < end + 4 + length:
            return
        status, body = int(head[9:12]), bytes(self._buffer[end + 4 : end + 4 + length])
        self._buffer.clear()
        self.done(status, body)


async def open_lines(port: int, count: int) -> list[Line]:
    """Kept connections. Raises OSError."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Line, HOST, port))[1] for _ in range(count)]


class OpenLoop:
    """Sends what is due over the free ones of some lines; what finds none waits its turn, and its clock runs."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.run = Run()
        self._free = deque(lines)
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._open = 0
        self._quiet = asyncio.Event()

    def offer(self, due: float, raw: bytes) -> None:
        """``due``: seconds since the start."""
        self._open += 1
        self._quiet.clear()
        if self._free:
            self._ask(self._free.popleft(), due, raw)
        else:
            self._waiting.append((due, raw))

    def _ask(self, line: Line, due: float, raw: bytes) -> None:
        def done(status: int, body: bytes) -> None:
            self.run.answers.append(Answered(due, (self._elapsed() - due) * 1000, status, body))
            self._closed()
            if self._waiting:
                self._ask(line, *self._waiting.popleft())
            else:
                self._free.append(line)

        def broken() -> None:
            self.run.lost += 1
            self._closed()

        line.done, line.broken = done, broken
        line.send(raw)

    async def at_rate(self, requests: Iterable[bytes], rate: float) -> Run:
        """All of them, ``rate`` a second; ends when each has its answer, or after :data:`PATIENCE_SECONDS`."""
        self.run.began = time.perf_counter()
        for number, raw in enumerate(requests):
            due = number / rate
            await asyncio.sleep(max(0.0, due - self._elapsed()))
            self.run.late_ms = max(self.run.late_ms, (self._elapsed() - due) * 1000)
            self.offer(due, raw)
        return await self._ended()

    async def _ended(self) -> Run:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._quiet.wait()
        self.run.lost += self._open
        self.run.seconds = self._elapsed()
        return self.run

    def _elapsed(self) -> float:
        return time.perf_counter() - self.run.began

    def _closed(self) -> None:
        self._open -= 1
        if not self._open:
            self._quiet.set()


async def at_rate(port: int, requests: Iterable[bytes], rate: float, lines: int) -> Run:
    """An open loop of its own."""
    opened = await open_lines(port, lines)
    try:
        return await OpenLoop(opened).at_rate(requests, rate)
    finally:
        for line in opened:
            line.close()


async def ask_all(port: int, requests: Sequence[bytes], lines: int) -> list[Answered]:
    """The answers in the order of the requests; a line asks again when it has its answer. Raises ConnectionError."""
    opened = await open_lines(port, min(lines, len(requests)))
    found: dict[int, Answered] = {}
    finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting, began = iter(enumerate(requests)), time.perf_counter()

    def ask(line: Line) -> None:
        number, raw = next(waiting, (-1, b""))
        if number < 0:
            if len(found) == len(requests) and not finished.done():
                finished.set_result(None)
            return
        sent = time.perf_counter()

        def done(status: int, body: bytes) -> None:
            ms = (time.perf_counter() - sent) * 1000
            found[number] = Answered(sent - began, ms, status, body)
            ask(line)

        def broken() -> None:
            if not finished.done():
                finished.set_exception(ConnectionError("the server closed a connection"))

        line.done, line.broken = done, broken
        line.send(raw)

    for line in opened:
        ask(line)
    try:
        await finished
    finally:
        for line in opened:
            line.close()
    return [found[number] for number in range(len(requests))]
