"""From readings of sensors to events of the lane: a pure function of two readings, of what was let in, and of the state."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kiosk_sim.lane import DOOR, Door, Event, State
from kiosk_sim.walkway import Readings

AT_REST = frozenset({State.WAITING, State.IDENTIFYING, State.REFERRED, State.STOPPED})
"""No clearance is being used: nobody goes through."""


@dataclass(frozen=True, slots=True)
class Let:
    """How many may go in, counted from ``since``. An assisted lane expects several, a lane that shuts none.
    ``inside``: how many were in the doorway then who may still go out of it.
    """

    people: int = 1
    since: Readings = field(default_factory=Readings)
    inside: int = 0

    def entered(self, now: Readings) -> int:
        """How often somebody went in: who comes back has used his turn, and nobody else gets it."""
        return now.entered - self.since.entered

    def backed(self, now: Readings) -> int:
        """People who turned round in the doorway."""
        return now.backed - self.since.backed

    def passed(self, now: Readings) -> int:
        """People who are through; who came in by the exit and left by it is not."""
        return (now.passed - self.since.passed) - (now.reversed - self.since.reversed)


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
    if _nobody_may(state, now, let):
        yield Event.FORCED
    if state is State.PASSING and let.entered(now) < let.people < let.entered(now) + now.waiting:
        yield Event.ANOTHER  # who could take the place of whoever was cleared
    if state is State.WAITING and crowd:
        yield Event.APPROACH
    if state is State.PASSING and let.passed(now) >= let.people:
        yield Event.PASSED
    if state in (State.IDENTIFYING, State.REFERRED) and not crowd:
        yield Event.LEFT
    if state is State.PASSING and (not crowd or let.backed(now)):
        yield Event.LEFT


def _nobody_may(state: State, now: Readings, let: Let) -> bool:
    """Whether somebody is through who had no clearance, also one who walked past a leaf that was shutting."""
    if state in AT_REST:
        return let.passed(now) > let.inside
    return state in (State.CLOSING, State.BLOCKED) and let.passed(now) > let.people + let.inside


def intruded(before: Readings, now: Readings, let: Let) -> bool:
    """Whether one more is through than was let in: what an alarm, which holds the leaf where it is, cannot prevent."""
    return let.passed(now) > max(let.passed(before), let.people + let.inside)


def _leaf(state: State, now: Readings) -> Iterator[Event]:
    if now.beam and now.leaf > 0 and DOOR[state] is Door.SHUT:
        yield Event.OBSTACLE
    if not now.beam and state is State.BLOCKED:
        yield Event.CLEAR
    if now.leaf >= 1 and state is State.OPENING:
        yield Event.OPENED
    if now.leaf <= 0 and state is State.CLOSING:
        yield Event.SHUT
