"""What a kiosk has read of the person in front of it, and what the service said of those who declare together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kiosk_sim.chip import FAILED, ChipReading
from kiosk_sim.face import Result
from kiosk_sim.face.check import Verdict
from kiosk_sim.session import TRIES

NOT_CHECKED = Result(Verdict.NOT_CHECKED)
DECLINED, TIME_OVER, LEFT = "declined", "time-over", "left"
"""Why somebody at the camera was not compared to the end: an officer who looks may want to know."""
STRICTNESS = ("refer", "show-other-code", "counter", "wait", "registered", "cleared")
"""The strictest result of a party holds for all its members (design section 6)."""
GOES_ON = ("registered", "cleared", "counter")
"""After which the next of a party is asked for; anything else is looked after first."""


@dataclass(slots=True)
class Turn:
    """One person's readings. Nothing of it outlives the session. ``told``: the service has been asked about them."""

    mrz: str | None = field(default=None, repr=False)
    chip: ChipReading = field(default_factory=ChipReading)
    face: Result = NOT_CHECKED
    face_end: str = ""
    tries: Counter[str] = field(default_factory=Counter)
    told: bool = False

    def failed(self, what: str) -> bool:
        """Count a try that failed; whether that was the last one."""
        self.tries[what] += 1
        return self.tries[what] >= TRIES

    @property
    def is_doubtful(self) -> bool:
        """Something that an officer must hear of, also when its owner has gone before the service was asked."""
        return self.chip.chip == FAILED or self.face.verdict in (Verdict.LOOK, Verdict.NO_MATCH)

    def readings(self) -> dict[str, Any]:
        """As POST /presentations takes them."""
        told = {**self.chip.sent(), **self.face.readings(), "tries": 1 + sum(self.tries.values())}
        return told | ({"face_end": self.face_end} if self.face_end else {})


def strictest(answers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The answer that holds for all; one that is not known is the strictest."""
    rank = {answer: place for place, answer in enumerate(STRICTNESS)}
    return min(answers, key=lambda found: rank.get(found["answer"], -1))
