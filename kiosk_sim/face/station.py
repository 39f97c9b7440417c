"""Where faces are compared at a device: for one traveller after the other, and nothing of one is kept for the next."""

import asyncio
from datetime import date

from app.formats.mrz import Mrz
from kiosk_sim.face.check import FaceCheck, Faces, Result, Step
from kiosk_sim.face.engine import Engine, PortraitError
from kiosk_sim.face.quality import Say

CHILD = 15
"""Years below which a face changes too fast to be compared, until the service has told its hall's own age."""


class Station:
    """``engine``: None at a device that compares no faces. Called from one event loop; it computes in threads."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
        self._check: FaceCheck | None = None
        self._round = 0
        self.child_age = CHILD
        self.says: Say | None = None

    @property
    def is_there(self) -> bool:
        """Whether faces are compared here."""
        return self._engine is not None

    async def begin(
        self, zone: Mrz, portrait: bytes | None, today: date, faces: Faces | None = None
    ) -> bool:
        """Whether this traveller is compared: there is a portrait with a face in it, it is no child's, and he has
        tries left. ``faces``: what is known of those before.
        """
        self.clear()
        engine, mine = self._engine, self._round
        if engine is None or portrait is None or (faces and faces.is_over):
            return False
        if is_child(zone, today, self.child_age):
            return False
        try:
            check = await asyncio.to_thread(FaceCheck, engine, portrait, None, faces)
        except PortraitError:
            return False
        if mine != self._round:
            return False  # whoever it was has gone: his picture is kept for nobody
        self._check = check
        return True

    async def take(self, frame: bytes) -> Step | None:
        """The next picture of the camera; None where nobody is compared, or not the same any more."""
        check = self._check
        if check is None:
            return None
        step = await asyncio.to_thread(check.take, frame)
        if check is not self._check:
            return None
        self.says = step.say
        return step

    def give_up(self) -> Result | None:
        """The time is over, or the traveller wants no camera: what was compared until then counts."""
        return self._check.give_up() if self._check else None

    def clear(self) -> None:
        """Forget whoever stood there."""
        self._round += 1
        self._check = self.says = None


def is_child(zone: Mrz, today: date, years: int) -> bool:
    """Below so many years; nobody whose day of birth is not known."""
    if zone.birth is None:
        return False
    had_birthday = (today.month, today.day) >= (zone.birth.month, zone.birth.day)
    return today.year - zone.birth.year - (not had_birthday) < years
