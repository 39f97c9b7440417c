"""A client of the live stream that does not read: bounded, cut off, and nobody else notices."""

import socket
import threading
from asyncio import Transport
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
import uvicorn
from fastapi import FastAPI

from app.commands.serving import BoundedHeads, options
from app.config import Settings
from app.kernel import stream
from app.kernel.db import Database
from app.kernel.events import Hint
from app.kernel.live import Listener
from app.kernel.stream import Broadcaster
from tests.commands.test_serving import running
from tests.kernel.test_events import wait_until

ASK = b"GET / HTTP/1.1\r\nHost: gate\r\n\r\n"
TURNS, EACH = 60, 100


class Impatient(BoundedHeads):
    """Little room in the kernel, so that what is not read is seen at once."""

    unread_seconds = 0.5

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        kept = transport.get_extra_info("socket")
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        super().connection_made(transport)


class Said:
    """Stands for the commits of this process."""

    def add(self, listener: Listener) -> Callable[[], None]:
        self.say = listener
        return lambda: None


def connect(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    made.sendall(ASK)
    return made


def test_who_does_not_read_is_cut_off_and_the_others_hear_everything(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "GATHER_SECONDS", 0.0)
    said = Said()
    broadcaster = Broadcaster(cast("Any", said), database)

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        broadcaster.start()
        yield
        broadcaster.stop()

    app = FastAPI(lifespan=alive)
    app.get("/")(lambda: broadcaster.response(lambda _: True, None))
    given = options(Settings()) | {"port": 0, "http": Impatient}
    with (
        running(uvicorn.Config(app, **given)) as port,
        connect(port) as slow,
        connect(port) as fast,
    ):
        heard = bytearray()
        threading.Thread(target=read_all, args=(fast, heard), daemon=True).start()
        wait_until(lambda: broadcaster.listeners == 2)
        most = 0
        for turn in range(TURNS):
            said.say([Hint("x", UUID(int=turn * EACH + n)) for n in range(EACH)], None)
            wait_for_hints(heard, (turn + 1) * EACH)
            most = max([most, *(len(one.lines) for one in broadcaster._subscriptions)])
        assert EACH < most <= stream.QUEUE
        wait_until(lambda: broadcaster.listeners == 1)
        with pytest.raises(ConnectionResetError):
            read_all(slow, bytearray())
        said.say([Hint("x", UUID(int=TURNS * EACH))], None)
        wait_for_hints(heard, TURNS * EACH + 1)
        assert b"event: reset" not in heard


def wait_for_hints(heard: bytearray, count: int) -> None:
    wait_until(lambda: heard.count(b"event: hint") == count)


def read_all(source: socket.socket, heard: bytearray) -> None:
    while data := source.recv(65536):
        heard += data
