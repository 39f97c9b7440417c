"""Whoever stands at a device after an answer may be seen by the officer of his look, if one asks; nobody else may."""

import time
from typing import Any, Final

from kiosk_sim.declaring import Declaring
from kiosk_sim.lane import State as LaneState
from kiosk_sim.live import Live
from kiosk_sim.session import SECONDS, State

LOOKED_AT: Final = ("refer", "counter")
"""Answers after which an officer may want to see who stands there."""
LOOK_SECONDS: Final = 60.0


class Watched(Declaring):
    """What a device shows to officers of whoever was answered."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.live = Live(self.service, self._watched)

    async def show_live(self, frame: bytes) -> None:
        """The camera took a picture while an officer looks."""
        await self.live.take(frame)

    def _answered(self, session: int, answer: str, presentation: str) -> None:
        if answer in LOOKED_AT:
            self.live.follow(presentation, lambda: self._stands(session))

    def _stands(self, session: int) -> bool:
        """Whether whoever was answered in that session still stands here, and nobody else."""
        if self._is(State.RESULT):
            return self._session == session
        waits = self._is_referred and self._is(State.WELCOME)
        return waits and self._session == session + 1

    @property
    def _is_referred(self) -> bool:
        return self.has_door and self.door.state is LaneState.REFERRED

    async def _watched(self) -> None:
        """An officer looks, or has seen enough: his traveller is kept on the screen that says so."""
        if self._is(State.RESULT):
            watched = self.live.is_watched
            self._deadline = time.monotonic() + (LOOK_SECONDS if watched else SECONDS[State.RESULT])
        await self._changed()

    def _forget(self) -> None:
        super()._forget()
        if not self._is_referred:
            self.live.clear()
