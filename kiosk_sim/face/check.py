"""The check of one traveller at a kiosk: look straight, turn the head, three frames, a score, a verdict.

Fed with pictures of a camera, one at a time; it says what to tell the traveller, and in the end what to tell the service. It holds what it has
seen in memory only, and for as long as it lives.
"""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from kiosk_sim.face.challenge import SAME, HeadTurn, Phase, Side
from kiosk_sim.face.engine import Engine, PictureError, decode, small_jpeg
from kiosk_sim.face.geometry import Face, Numbers, Pixels, likeness, mean_of, nose_offset
from kiosk_sim.face.quality import Say, is_frontal, of_crop, of_faces
from kiosk_sim.face.weights import MODEL

MATCH: Final = 0.40
"""From here on one and the same person: the worse of both sexes keeps FMR 0.1 % (docs/faces.md)."""
LOOK: Final = 0.30
"""From here on an officer compares the pictures."""
FRAMES: Final = 3
TRIES: Final = 3
_TURN: Final = {Side.LEFT: Say.TURN_LEFT, Side.RIGHT: Say.TURN_RIGHT}


class Verdict(StrEnum):
    """What the service is told; the words of ``POST /presentations``."""

    MATCH = "match"
    LOOK = "look"
    NO_MATCH = "no-match"
    NOT_CHECKED = "not-checked"


def verdict_of(score: float) -> Verdict:
    """The zone that a score falls in."""
    if score >= MATCH:
        return Verdict.MATCH
    return Verdict.LOOK if score >= LOOK else Verdict.NO_MATCH


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended. ``score`` is the likeness (-1 to 1) of the last try, None where none came about.

    ``face`` are the 128 numbers of the person who stands there, for a lane that shall know him again; ``live`` is
    the picture of that moment (JPEG), there only where an officer must look.
    """

    verdict: Verdict
    score: float | None = None
    tries: int = 0
    face: Numbers | None = field(default=None, repr=False)
    live: bytes | None = field(default=None, repr=False)

    def readings(self) -> dict[str, Any]:
        """What is sent, and stays with the decision: verdict, score, thresholds, network."""
        sent: dict[str, Any] = {"face": str(self.verdict)}
        if self.score is None:
            return sent
        return sent | {
            "face_score": round(self.score, 4),
            "face_threshold": MATCH,
            "face_look_threshold": LOOK,
            "face_tries": self.tries,
            "model": MODEL,
        }


@dataclass(slots=True)
class Faces:
    """Comparisons of one passport's holder that did not match, whatever session they were in: how many, the last
    one's score, and whether it was near enough for an officer to look; then no other try may better it.
    """

    count: int = 0
    score: float = -1.0
    is_doubtful: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing is compared any more: an officer has to look."""
        return self.is_doubtful or self.count >= TRIES

    def so_far(self) -> Result:
        """What they come to. Who was never compared is not checked."""
        if not self.count:
            return Result(Verdict.NOT_CHECKED)
        return Result(
            Verdict.LOOK if self.is_doubtful else Verdict.NO_MATCH, self.score, self.count
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What to say after a frame, and the result once there is one."""

    say: Say
    result: Result | None = None


class FaceCheck:
    """``portrait``: the picture in the chip, JPEG or JPEG 2000. Raises PortraitError where it shows no face.
    ``faces``: what is known of earlier comparisons, added to.
    """

    def __init__(
        self,
        engine: Engine,
        portrait: bytes,
        chance: random.Random | None = None,
        faces: Faces | None = None,
    ) -> None:
        self._engine = engine
        self._portrait = engine.portrait(portrait)
        self._chance = chance or random.SystemRandom()
        self._turn: HeadTurn | None = None
        self._anchor: Numbers | None = None
        self._frames: list[Numbers] = []
        self._faces = faces or Faces()
        self.result: Result | None = None

    def take(self, frame: bytes) -> Step:
        """The next picture of the camera, not mirrored. A picture that cannot be read is a bad frame."""
        if self.result is not None:
            return Step(Say.DONE, self.result)
        try:
            pixels = decode(frame)
        except PictureError:
            return Step(Say.NONE)
        return self.see(pixels)

    def see(self, pixels: Pixels) -> Step:
        """The same for pixels: rows x columns x (blue, green, red)."""
        faces = self._engine.faces(pixels)
        height, width = pixels.shape[:2]
        if wrong := of_faces(faces, width, height):
            return Step(wrong)
        crop = self._engine.crop(pixels, faces[0])
        if wrong := of_crop(crop):
            return Step(wrong)
        return self._challenged(faces[0], crop, pixels)

    def give_up(self) -> Result:
        """The time is over. What was compared until then counts; who was never compared is not checked."""
        if self.result is None:
            self.result = self._faces.so_far()
        return self.result

    def _challenged(self, face: Face, crop: Pixels, pixels: Pixels) -> Step:
        """First frontal, then turned and back; only then frames are taken."""
        offset = nose_offset(face.points)
        if self._turn is None or self._turn.phase is Phase.DONE:
            if not is_frontal(face):
                return Step(Say.STRAIGHT)
            described = self._engine.describe(crop)
            if self._turn is None:
                return self._begin(offset, described)
            return self._compare(face, described, pixels)
        phase = self._turn.see(offset, self._engine.describe(crop))
        if phase is Phase.LOST:
            return self._restart()
        if phase is Phase.TURN:
            return Step(_TURN[self._turn.side])
        return Step(Say.STRAIGHT if phase is Phase.RETURN else Say.HOLD)

    def _begin(self, offset: float, described: Numbers) -> Step:
        side = self._chance.choice(list(Side))
        self._turn, self._anchor = HeadTurn(side, offset, described), described
        return Step(_TURN[side])

    def _restart(self) -> Step:
        """Another face came in between: nothing of the one before counts, and the side is drawn again."""
        self._turn, self._anchor = None, None
        self._frames.clear()
        return Step(Say.AGAIN)

    def _compare(self, face: Face, described: Numbers, pixels: Pixels) -> Step:
        assert self._anchor is not None
        if likeness(self._anchor, described) < SAME:
            return self._restart()
        self._frames.append(described)
        if len(self._frames) < FRAMES:
            return Step(Say.HOLD)
        person = mean_of(self._frames)
        self._frames.clear()
        score = likeness(person, self._portrait)
        verdict, tries = verdict_of(score), self._faces.count + 1
        if verdict is not Verdict.MATCH:
            self._faces.count, self._faces.score = tries, score
            self._faces.is_doubtful = verdict is Verdict.LOOK
        if verdict is Verdict.NO_MATCH and not self._faces.is_over:
            return Step(Say.AGAIN)
        live = small_jpeg(pixels, face) if verdict is Verdict.LOOK else None
        self.result = Result(verdict, score, tries, person, live)
        return Step(Say.DONE, self.result)
