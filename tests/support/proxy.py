"""A line between a program and its server that can be cut, slowed down, or die without a word."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

PIECE = 65536


class Line(StrEnum):
    """How the line is. SILENT: connections stand and new ones are made, but nothing arrives on either side."""

    OPEN = "open"
    SLOW = "slow"
    SILENT = "silent"
    CUT = "cut"


class Proxy:
    """Listens on a loopback port and passes on to ``target``, a Unix socket. ``set`` from any thread."""

    def __init__(self, target: Path, delay: float = 0.1) -> None:
        self.port = 0
        self.target = target
        self._delay = delay
        self._line = Line.OPEN
        self._writers: set[asyncio.StreamWriter] = set()

    def set(self, line: Line) -> None:
        """Change the line. A cut, and the end of a silence, reset what stands: its other end has forgotten it."""

        async def change() -> None:
            forgotten = Line.CUT is line or self._line is Line.SILENT
            self._line = line
            if forgotten:
                for writer in tuple(self._writers):
                    writer.transport.abort()

        asyncio.run_coroutine_threadsafe(change(), self._loop).result(5)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._line is Line.CUT:
                writer.transport.abort()
                return
            onward, back = await asyncio.open_unix_connection(self.target)
            self._writers.add(back)
            try:
                await asyncio.gather(self._pass(reader, back), self._pass(onward, writer))
            finally:
                self._writers.discard(back)
                back.transport.abort()
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            if self._line is Line.SLOW:
                await asyncio.sleep(self._delay)
            if self._line is Line.SILENT:
                continue
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError  # one direction ended: so does the other

    async def _serve(self, started: threading.Event, stopped: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await stopped.wait()
        server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


@contextmanager
def proxy(target: Path, delay: float = 0.1) -> Iterator[Proxy]:
    """A line that is open, until the block ends."""
    made, started, stopped = Proxy(target, delay), threading.Event(), asyncio.Event()
    thread = threading.Thread(target=lambda: asyncio.run(made._serve(started, stopped)))
    thread.start()
    started.wait()
    try:
        yield made
    finally:
        made._loop.call_soon_threadsafe(stopped.set)
        thread.join()
