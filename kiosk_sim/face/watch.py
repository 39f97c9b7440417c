"""A lane's look-out for those who chose to be known by the face: nobody is, where the service or the camera fails."""

import asyncio
import time
from contextlib import suppress

from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.quality import Say
from kiosk_sim.face.walking import Eye, Found, Post

REFRESH_SECONDS = 2.0
"""How old what a lane knows may be; the service decides anew in any case."""
SAID_SECONDS = 4.0
SHOW_CODE = "walk-code"


class Watch:
    """``engine``: None where no faces are looked for. Called from one event loop; it computes in threads."""

    def __init__(self, post: Post, engine: Engine | None) -> None:
        self._eye = Eye(engine, post) if engine else None
        self._refresh_at = 0.0
        self._busy = self._asking = False
        self._forgotten = 0
        self._said: tuple[str, float] | None = None
        self.sought = 0

    @property
    def says(self) -> str | None:
        """What was said last, while it is worth saying."""
        if self._said is None or time.monotonic() > self._said[1]:
            return None
        return self._said[0]

    @property
    def is_due(self) -> bool:
        """Whether the service should be asked again whom to look for."""
        is_over = time.monotonic() >= self._refresh_at
        return self._eye is not None and is_over and not self._asking

    async def refresh(self) -> None:
        """Ask the service whom to look for. What comes when the lane has gone out of service meanwhile is forgotten."""
        if self._eye is None:
            return
        self._refresh_at = time.monotonic() + REFRESH_SECONDS
        self._asking, times, sought = True, self._forgotten, 0
        try:
            with suppress(Refused, ServiceUnavailable):
                sought = await asyncio.to_thread(self._eye.refresh)
        finally:
            self._asking = False
        self.sought = sought
        if self._forgotten != times:
            self.forget()

    def keep(self, *, in_service: bool) -> None:
        """Hold nothing longer than it may be, whatever the lane is doing: whose time is over is forgotten, and
        everybody and the keys when the lane is out of service.
        """
        if self._eye is None:
            return
        if in_service:
            self.sought = min(self.sought, self._eye.expire())
        else:
            self.forget()

    def forget(self) -> None:
        """Everybody whom the lane looks for, and the keys by which it could open more."""
        if self._eye:
            self._eye.forget()
        self._forgotten += 1
        self.sought = 0

    async def take(self, frame: bytes) -> tuple[Say, Found | None] | None:
        """The next picture of the camera: what is said to it, and who it was if that is sure; None where nobody is
        looked for.
        """
        if self._eye is None or not self.sought or self._busy:
            return None
        self._busy = True
        try:
            said, found = await asyncio.to_thread(self._eye.take, frame)
        finally:
            self._busy = False
        unsure = said is Say.DONE and found is None
        shown = SHOW_CODE if unsure else None if said is Say.NONE else said
        if shown:
            self._said = (shown, time.monotonic() + SAID_SECONDS)
        return said, found

    def clear(self) -> None:
        """Forget whoever stood there."""
        self._said = None
        if self._eye:
            self._eye.leave()
