"""What ``egate serve`` makes of bytes that are no request, of two requests in one, and of heads without end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from app.commands.serving import BoundedHeads, options
from app.config import Settings

LAST = b"GET /last HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: gate\r\n\r\n"
POST = b"POST /first HTTP/1.1\r\nHost: gate\r\n"


class Program:
    """Notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.seen.append((scope["method"], scope["path"], body))
        head = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"ok"})


class QuickHeads(BoundedHeads):
    head_seconds = 0.2


Talk = Callable[..., tuple[bytes, list[tuple[str, str, bytes]]]]


@contextmanager
def running(config: uvicorn.Config) -> Iterator[int]:
    """The server in a thread; the port on which it listens."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=15)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[int, Program]]:
    program = Program()
    given = options(Settings()) | {"port": 0, "http": QuickHeads, "lifespan": "off"}
    with running(uvicorn.Config(program, **given)) as port:
        yield port, program


@pytest.fixture
def talk(served: tuple[int, Program]) -> Talk:
    """Send bytes, hear all that is answered until the other side hangs up; what reached the program."""
    port, program = served

    def talk(*pieces: bytes) -> tuple[bytes, list[tuple[str, str, bytes]]]:
        program.seen.clear()
        heard = b""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            try:
                for piece in pieces:
                    line.sendall(piece)
                while piece := line.recv(65536):
                    heard += piece
            except ConnectionError:  # it has hung up in the middle
                pass
        return heard, list(program.seen)

    return talk


AMBIGUOUS = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "lengths in a list": POST + b"Content-Length: 0, 44\r\n\r\n",
    "signed length": POST + b"Content-Length: +0\r\n\r\n",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "length in hex": POST + b"Content-Length: 0x2c\r\n\r\n",
    "length beyond numbers": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\n0\r\n",
    "chunk of a bad size": POST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    "bare CR": POST + b"X-A: b\rContent-Length: 44\r\n\r\n",
    "NUL in a value": POST + b"X-A: b\0c\r\n\r\n",
    "blank in a name": POST + b"X A: b\r\n\r\n",
    "no colon": POST + b"X-A\r\n\r\n",
    "blank in the target": b"GET /a b HTTP/1.1\r\nHost: gate\r\n\r\n",
    "another version": b"GET /first HTTP/3.7\r\nHost: gate\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_two_programs_could_read_differently_is_refused_and_the_line_closed(
    talk: Talk, kind: str
) -> None:
    """ASVS 5.0, 4.2.1; RFC 9112, 6.3 and 11.2: nothing behind it is taken for a request."""
    heard, seen = talk(AMBIGUOUS[kind] + HIDDEN + LAST)
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert heard.count(b"HTTP/1.1 ") == 1
    assert "/hidden" not in [path for _, path, _ in seen]
    assert "/last" not in [path for _, path, _ in seen]


def test_plain_requests_one_behind_another_are_answered_in_turn(talk: Talk) -> None:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    heard, seen = talk(POST + b"Content-Length: 2\r\n\r\nhi", chunked, HIDDEN, LAST)
    assert [body for _, path, body in seen if path == "/first"] == [b"hi", b"hello"]
    assert [path for _, path, _ in seen] == ["/first", "/first", "/hidden", "/last"]
    assert heard.count(b"HTTP/1.1 200 OK") == 4


def test_a_head_without_end_is_refused_before_it_is_kept(talk: Talk) -> None:
    many = [b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(5000)]
    for endless in (
        [b"GET / HTTP/1.1\r\n", *many],
        [b"GET /" + b"a" * 5_000_000],
        [POST + b"X: ", *many],
    ):
        heard, seen = talk(*endless)
        assert heard[:13] in (b"HTTP/1.1 431 ", b"")  # b"": hung up upon while still sending
        assert seen == []
    longest = b"X: " + b"a" * 40_000 + b"\r\n"
    heard, seen = talk(
        b"GET /long HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n" + longest + b"\r\n"
    )
    assert [path for _, path, _ in seen] == ["/long"]


def test_a_long_body_is_no_head(talk: Talk) -> None:
    body = b"b" * 300_000
    _, seen = talk(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + LAST)
    assert [(path, len(content)) for _, path, content in seen] == [
        ("/first", 300_000),
        ("/last", 0),
    ]


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: gate\r\nX-A: "])
def test_who_connects_and_does_not_ask_is_cut_off(talk: Talk, begun: bytes) -> None:
    heard, seen = talk(begun)
    assert (heard, seen) == (b"", [])


def test_no_other_protocol_is_spoken(talk: Talk) -> None:
    upgrade = b"GET /last HTTP/1.1\r\nHost: gate\r\nConnection: Upgrade, close\r\nUpgrade: %s\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"  # fmt: skip
    for protocol in (b"websocket", b"h2c"):
        heard, _ = talk(upgrade % protocol)
        assert b" 101 " not in heard
