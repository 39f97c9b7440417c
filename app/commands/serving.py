"""How ``egate serve`` listens: the server's options, an end to what the head of a request may hold and to waiting for who does not read.

The server keeps a request's head until it is whole, however long that is and takes: whoever connects could fill the memory or
hold a connection for ever. So could who asks for a stream and reads nothing of it. A proxy in front has limits of its own; here are those of a program that stands alone (ASVS 5.0, 15.2.2).
"""

import socket
import struct
from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.commands import stopping
from app.config import Settings

KEEP_ALIVE_SECONDS = 75

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
)


class BoundedHeads(HttpToolsProtocol):
    """The server's own protocol; a head above ``max_head`` bytes is a 431, one that takes longer than ``head_seconds`` is cut off.

    Who reads nothing for ``unread_seconds`` while an answer waits is cut off as well. A stream's client comes again, and gets
    what it missed or a ``reset`` (:mod:`app.kernel.stream`).
    """

    max_head = 64 * 1024
    head_seconds = 20.0
    unread_seconds = 30.0

    _timer: TimerHandle | None = None
    _unread: TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head += len(data)
            if self._head > self.max_head:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._is_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """What waits to be read has reached the transport's bound."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.unread_seconds, self._reset)

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    def _is_read(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None

    def _reset(self) -> None:
        """End the connection at once: a polite end would wait for what is never read, in the kernel as well."""
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.transport.abort()

    def _begin(self) -> None:
        self._end()
        self._in_head, self._head = True, 0
        self._timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _end(self) -> None:
        self._in_head = False
        if self._timer:
            self._timer.cancel()
            self._timer = None


def options(settings: Settings) -> dict[str, Any]:
    """What the server is started with."""
    return {
        "host": settings.host, "port": settings.port, "http": BoundedHeads, "ws": "none",
        "log_config": None, "access_log": False, "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": stopping.SHUTDOWN_SECONDS,
        "forwarded_allow_ips": settings.trusted_proxies,
    }  # fmt: skip
