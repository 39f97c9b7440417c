"""A small HTTP/1.1 client for load: few kept connections, closed and open loop, nothing but loopback."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """An answer with the time it took: from its due time in an open loop, else from sending."""

    status: int
    body: bytes
    ms: float


@dataclass
class Run:
    """The answers of one phase and how long it took."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    late_ms: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method != "GET":
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection(HOST, port))

    async def ask(self, raw: bytes, since: float | None = None) -> Answer:
        """Send and wait for the answer. Raises TimeoutError and ConnectionError."""
        since = since or time.perf_counter()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            self._writer.write(raw)
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = head.partition("content-length:")[2].partition("\r\n")[0]
            body = await self._reader.readexactly(int(length or 0))
        return Answer(int(head.split(" ", 2)[1]), body, (time.perf_counter() - since) * 1000)

    def close(self) -> None:
        self._writer.close()


async def closed_loop(port: int, requests: Sequence[bytes], connections: int) -> Run:
    """Each connection sends its next request when it has its answer."""
    lines = [await Connection.open(port) for _ in range(connections)]
    waiting = iter(requests)
    run = Run()

    async def work(line: Connection) -> None:
        for raw in waiting:  # shared: the next free connection takes the next request
            run.answers.append(await line.ask(raw))

    started = time.perf_counter()
    await asyncio.gather(*(work(line) for line in lines))
    run.seconds = time.perf_counter() - started
    _close(lines)
    return run


async def open_loop(port: int, requests: Sequence[bytes], rate: float, connections: int) -> Run:
    """Requests are due at a fixed rate, whatever the server does; waiting for a connection counts."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    lines = [await Connection.open(port) for _ in range(connections)]
    for line in lines:
        free.put_nowait(line)
    run = Run()

    async def one(raw: bytes, due: float) -> None:
        line = await free.get()
        try:
            run.answers.append(await line.ask(raw, since=due))
        finally:
            free.put_nowait(line)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, raw in enumerate(requests):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            run.late_ms.append((time.perf_counter() - due) * 1000)
            group.create_task(one(raw, due))
    run.seconds = time.perf_counter() - started
    _close(lines)
    return run


def _close(lines: Iterable[Connection]) -> None:
    for line in lines:
        line.close()
