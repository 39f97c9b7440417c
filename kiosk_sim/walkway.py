"""A simulated lane: people who walk through it, a leaf that moves, and what the sensors make of both.

Nothing here decides. The agent sees :class:`Readings` alone, as it would see them of beams, an overhead counter of
people, door switches, the fire relay and the mains.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk_sim.lane import Door

APPROACH, STANDS, LINE_IN, HALT, LEAF, LINE_OUT, END = 0.3, 1.0, 1.4, 1.55, 2.0, 2.6, 3.4
"""Metres from the mouth of the lane: where it begins, where people wait, the line into the doorway, the last place
before the leaf, the leaf itself, the line out, and where the hall ends."""
BEAM, LEAF_REACH = 0.35, 0.25
"""Metres about the leaf that the safety beam covers, and that the leaf sweeps."""
STROKE_SECONDS = 0.6
OPEN_ENOUGH = 0.8
PACE = 1.2
"""Metres a second."""


class Intent(StrEnum):
    """What somebody in the lane wants: through it, back to the hall, in by the exit, or to stand there."""

    THROUGH = "through"
    BACK = "back"
    REVERSE = "reverse"
    STAY = "stay"


@dataclass(slots=True)
class Walker:
    """Somebody in the lane, ``at`` so many metres."""

    at: float
    intent: Intent = Intent.THROUGH


@dataclass(frozen=True, slots=True)
class Readings:
    """What the sensors say. ``waiting``, ``doorway``: people before the leaf and in the doorway; ``entered``,
    ``backed``, ``passed``, ``reversed``: crossings of the two lines since power on; ``leaf`` 0 shut, 1 open;
    ``strained``: it is moved against its drive.
    """

    waiting: int = 0
    doorway: int = 0
    entered: int = 0
    backed: int = 0
    passed: int = 0
    reversed: int = 0
    beam: bool = False
    leaf: float = 0.0
    strained: bool = False
    fire: bool = False
    power: bool = True
    faults: frozenset[str] = frozenset()


@dataclass(slots=True)
class Walkway:
    """``hits``: how often the leaf was shut on somebody. It must stay 0, whatever happens."""

    walkers: list[Walker] = field(default_factory=list)
    leaf: float = 0.0
    fire: bool = False
    power: bool = True
    faults: set[str] = field(default_factory=set)
    hits: int = 0
    _strained: bool = False
    _counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("entered", "backed", "passed", "reversed"), 0)
    )

    def come(self, intent: Intent = Intent.THROUGH) -> Walker:
        """Somebody steps up, or comes in by the exit."""
        walker = Walker(END if intent is Intent.REVERSE else STANDS, intent)
        self.walkers.append(walker)
        return walker

    def push(self) -> None:
        """Somebody throws himself against the leaf."""
        self._strained = True

    def advance(self, seconds: float, drive: Door) -> None:
        """Let time pass while the leaf is driven so."""
        self._move_leaf(seconds, drive)
        for walker in list(self.walkers):
            self._move(walker, seconds)
        self.walkers = [one for one in self.walkers if 0 <= one.at <= END]

    def readings(self) -> Readings:
        """What the sensors say now. A beam that is defective says that it is broken."""
        strained, self._strained = self._strained and self.power, False
        places = [one.at for one in self.walkers]
        return Readings(
            waiting=sum(APPROACH <= at < LINE_IN for at in places),
            doorway=sum(LINE_IN <= at <= LINE_OUT for at in places),
            beam="beam" in self.faults or any(abs(at - LEAF) <= BEAM for at in places),
            leaf=self.leaf, strained=strained, fire=self.fire, power=self.power,
            faults=frozenset(self.faults), **self._counts,
        )  # fmt: skip

    def _move_leaf(self, seconds: float, drive: Door) -> None:
        before, reach = self.leaf, seconds / STROKE_SECONDS
        if self._strained:
            self.leaf = max(self.leaf, 0.3)
        elif not self.power or drive is Door.FREE:
            self.leaf = min(1.0, self.leaf + reach)  # the spring
        elif "motor" in self.faults or drive is Door.HOLD:
            return
        else:
            self.leaf += reach if drive is Door.OPEN else -reach
            self.leaf = min(1.0, max(0.0, self.leaf))
        if self.leaf < before and any(abs(one.at - LEAF) <= LEAF_REACH for one in self.walkers):
            self.hits += 1

    def _move(self, walker: Walker, seconds: float) -> None:
        before = walker.at
        if walker.intent is Intent.STAY:
            return
        step = PACE * seconds
        walker.at += step if walker.intent is Intent.THROUGH else -step
        if self.leaf < OPEN_ENOUGH:
            walker.at = _stopped(walker.intent, before, walker.at)
        self._count(before, walker.at)

    def _count(self, before: float, after: float) -> None:
        for name, line, inward in (
            ("entered", LINE_IN, True), ("backed", LINE_IN, False),
            ("passed", LINE_OUT, True), ("reversed", LINE_OUT, False),
        ):  # fmt: skip
            crossed = before < line <= after if inward else after < line <= before
            self._counts[name] += crossed


def _stopped(intent: Intent, before: float, after: float) -> float:
    """Nobody walks through a leaf that is not open; who has come into its reach walks on."""
    if intent is Intent.THROUGH:
        limit = STANDS if before <= STANDS else HALT
        return min(after, max(limit, before)) if before <= HALT else after
    far = 2 * LEAF - HALT
    return max(after, far) if before >= far > after else after
