"""From readings of sensors to events of the lane: a pure function of two readings, of what was let in, and of the state."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kiosk_sim.lane import Event, State
from kiosk_sim.walkway import Readings


@dataclass(frozen=True, slots=True)
class Let:
    """How many may go in, counted from ``since``. An assisted lane expects several, a lane that shuts none."""

    people: int = 1
    since: Readings = field(default_factory=Readings)

    def entered(self, now: Readings) -> int:
        """People who went in and did not come back."""
        return (now.entered - self.since.entered) - (now.backed - self.since.backed)

    def passed(self, now: Readings) -> int:
        """People who are through."""
        return now.passed - self.since.passed


def sensed(state: State, before: Readings, now: Readings, let: Let) -> Iterator[Event]:
    """What the readings mean in a state, the gravest first.

    Fire and whoever comes in by the exit are reported once, all else as long as it is so.
    """
    if now.fire and not before.fire:
        yield Event.FIRE
    if not now.power:
        yield Event.POWER_LOST
    elif state is State.UNPOWERED:
        yield Event.POWER_BACK
    if now.faults:
        yield Event.FAULT
    if now.strained:
        yield Event.FORCED
    yield from _people(state, before, now, let)
    yield from _leaf(state, now)


def _people(state: State, before: Readings, now: Readings, let: Let) -> Iterator[Event]:
    crowd = now.waiting + now.doorway
    if now.reversed > before.reversed:
        yield Event.REVERSE
    if state in (State.IDENTIFYING, State.OPENING) and crowd > let.people:
        yield Event.SECOND
    if state in (State.PASSING, State.CLOSING) and let.entered(now) > let.people:
        yield Event.SECOND
    if state is State.WAITING and crowd:
        yield Event.APPROACH
    if state is State.PASSING and let.passed(now) >= let.people:
        yield Event.PASSED
    if state in (State.IDENTIFYING, State.REFERRED, State.PASSING) and not crowd:
        yield Event.LEFT


def _leaf(state: State, now: Readings) -> Iterator[Event]:
    if now.beam and now.leaf > 0 and state in (State.CLOSING, State.STOPPED):
        yield Event.OBSTACLE
    if not now.beam and state is State.BLOCKED:
        yield Event.CLEAR
    if now.leaf >= 1 and state is State.OPENING:
        yield Event.OPENED
    if now.leaf <= 0 and state is State.CLOSING:
        yield Event.SHUT
