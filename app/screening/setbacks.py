"""Passengers on whom screening failed: each is left alone for a while, longer every time.

Kept in memory by each process: a restart, or another worker, tries once more, which costs little.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class _Setback:
    version: int
    ruleset_id: UUID
    pause: float
    until: float


class Setbacks:
    """Whom to leave alone, and until when; ``clock`` counts seconds and never goes back.

    A setback holds for the facts and the rule set on which screening failed. New ones are tried at once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[UUID, _Setback] = {}

    def note(self, passenger_id: UUID, version: int, ruleset_id: UUID) -> None:
        """Screening failed: pause, twice as long as the last time for the same facts and rule set."""
        last = self._known.get(passenger_id)
        pause = FIRST_PAUSE
        if last and (last.version, last.ruleset_id) == (version, ruleset_id):
            pause = min(2 * last.pause, LONGEST_PAUSE)
        until = self._clock() + pause
        self._known[passenger_id] = _Setback(version, ruleset_id, pause, until)

    def resting(self, ruleset_id: UUID) -> dict[UUID, int]:
        """Passengers to leave alone under a rule set, with the facts version for which that holds."""
        now = self._clock()
        self._known = {i: s for i, s in self._known.items() if now < s.until + LONGEST_PAUSE}
        return {
            identifier: setback.version
            for identifier, setback in self._known.items()
            if setback.ruleset_id == ruleset_id and now < setback.until
        }
