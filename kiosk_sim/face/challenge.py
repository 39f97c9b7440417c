"""Turn your head: whether what stands there has depth, and stays one and the same face meanwhile.

A flat picture that is swung by 15 to 45 degrees moves the nose by 0.20 distances of the eyes in 0.6 % of trials (docs/faces.md): this stops a
picture held up. It stops neither a film that is played back, nor a mask, nor two pictures changed quickly.
"""

from enum import StrEnum

from kiosk_sim.face.geometry import Numbers, likeness

TURNED = 0.20
"""Distances of the eyes that the nose must move to the side that was asked for."""
BACK = 0.10
SAME = 0.40
"""Likeness of two frames of one person; the strictest group's FMR of 0.1 %."""


class Side(StrEnum):
    """The person's own left and right."""

    LEFT = "left"
    RIGHT = "right"


class Phase(StrEnum):
    """How far it has come. ``LOST``: another face came in between; it begins again."""

    TURN = "turn"
    RETURN = "return"
    DONE = "done"
    LOST = "lost"


class HeadTurn:
    """Fed with a frame at a time: the nose's offset and the face's 128 numbers.

    ``side`` is drawn for each anew; ``offset`` and ``face`` are those of the frame that it begins with.
    """

    def __init__(self, side: Side, offset: float, face: Numbers) -> None:
        self.side = side
        self.phase = Phase.TURN
        self._start, self._anchor, self._last = offset, face, face

    def see(self, offset: float, face: Numbers) -> Phase:
        """The next frame. A face is compared with the one before while it turns, and at the end with the first."""
        if self.phase in (Phase.DONE, Phase.LOST):
            return self.phase
        if likeness(self._last, face) < SAME:
            self.phase = Phase.LOST
            return self.phase
        self._last = face
        moved = offset - self._start if self.side is Side.LEFT else self._start - offset
        if self.phase is Phase.TURN and moved >= TURNED:
            self.phase = Phase.RETURN
        elif self.phase is Phase.RETURN and abs(offset) <= BACK:
            same = likeness(self._anchor, face) >= SAME
            self.phase = Phase.DONE if same else Phase.LOST
        return self.phase
