"""A live picture for the officer of an identity look: only while one asks, only of whoever was read last, sealed to his page.

The device asks the service from its answer on, as long as that traveller stands there; it sends a small picture a
second and keeps none.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from app.formats.credential.keys import public_key
from app.formats.live_picture import MOST_BYTES, seal
from kiosk_sim.client import Refused, ServiceUnavailable

ASK_SECONDS: Final = 1.5
SIZE: Final = (480, 360)
QUALITY: Final = 60
MOST_PIXELS: Final = 4096 * 4096


class Post(Protocol):
    """What a device asks of the service (:class:`kiosk_sim.client.Service`)."""

    def live_wanted(self, presentation: str) -> dict[str, Any]: ...
    def show_live(self, presentation: str, sealed: bytes) -> dict[str, Any]: ...


class Live:
    """``changed`` is awaited when somebody begins or ceases to look. Runs in one event loop; it computes in threads."""

    def __init__(self, post: Post, changed: Callable[[], Awaitable[None]]) -> None:
        self._post, self._changed = post, changed
        self._page: tuple[str, ec.EllipticCurvePublicKey] | None = None
        self._task: asyncio.Task[None] | None = None
        self._busy = False

    @property
    def is_watched(self) -> bool:
        """An officer looks."""
        return self._page is not None

    def follow(self, presentation: str, stands: Callable[[], bool]) -> None:
        """Ask whether somebody wants to see the person of a presentation, as long as he ``stands`` there."""
        self.clear()
        self._task = asyncio.create_task(self._follow(presentation, stands))

    async def _follow(self, presentation: str, stands: Callable[[], bool]) -> None:
        while stands():
            key = None
            with suppress(Refused, ServiceUnavailable, ValueError, KeyError):
                found = await asyncio.to_thread(self._post.live_wanted, presentation)
                key = public_key(bytes.fromhex(found["key"])) if found["key"] else None
            await self._turn((presentation, key) if key and stands() else None)
            await asyncio.sleep(ASK_SECONDS)
        await self._turn(None)

    async def _turn(self, page: tuple[str, ec.EllipticCurvePublicKey] | None) -> None:
        before, self._page = self._page, page
        if (before is None) is not (page is None):
            await self._changed()

    async def take(self, frame: bytes) -> None:
        """The next picture of the camera; one that cannot be read, or comes while another is sent, is left out."""
        page = self._page
        if page is None or self._busy:
            return
        self._busy = True
        try:
            await asyncio.to_thread(self._send, frame, *page)
        except (Refused, ServiceUnavailable, OSError, ValueError):
            return
        finally:
            self._busy = False

    def _send(self, frame: bytes, presentation: str, page: ec.EllipticCurvePublicKey) -> None:
        small = smaller(frame)
        sealed = seal(small, page, UUID(presentation))
        if self._page is not None and len(sealed) <= MOST_BYTES:  # else he has gone meanwhile
            self._post.show_live(presentation, sealed)

    def clear(self) -> None:
        """Whoever stood there has gone: nobody sees the next."""
        self._page = None
        if self._task is not None:
            self._task.cancel()
            self._task = None


def smaller(frame: bytes) -> bytes:
    """A picture as an officer needs it, JPEG. Raises OSError and ValueError for what is none."""
    read = Image.open(io.BytesIO(frame), formats=("JPEG", "PNG"))
    if read.width * read.height > MOST_PIXELS:
        raise ValueError("too large")
    image = read.convert("RGB")
    image.thumbnail(SIZE)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
