"""The hall itself: queues before kiosks, lanes and officers, and the way of each party through them (simpy).

What a device does with a party is asked of :class:`Devices`: in a simulation the drawn times and ways, in the live
mode the real agents and the real service.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import simpy

from kiosk_sim.plan.people import REFERRED, Party, Way

Flow = Generator[simpy.Event, Any, Any]


class Steps(StrEnum):
    """Kiosks at the belts and lanes at the exit, or gates that do both."""

    TWO = "two-step"
    ONE = "one-step"


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many of each. A one-step hall's gates are its ``kiosks``; it has no ``lanes``."""

    kiosks: int
    lanes: int
    officers: int
    steps: Steps = Steps.TWO


class Place(StrEnum):
    """Where people wait."""

    KIOSK = "kiosk"
    LANE = "lane"
    OFFICER = "officer"


class Said(StrEnum):
    """What a device says to a party."""

    GO_ON = "go-on"
    LOOK = "look"
    GOODS = "goods"
    INSPECT = "inspect"


class Work(StrEnum):
    """What an officer does for a party."""

    LOOK = "look"
    GLANCE = "glance"
    GOODS = "goods"
    INSPECTION = "inspection"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Visit:
    """A party at a place: ``came`` to the queue, ``began``, ``ended``; ``work`` at officers."""

    place: Place
    party: Party
    came: float
    began: float
    ended: float
    work: Work | None = None

    @property
    def waited(self) -> float:
        return self.began - self.came


@dataclass(slots=True)
class Day:
    """What happened. ``left``: when each party left the hall, by its key; ``unserved``: held at a gate, and no officer came in time."""

    staffing: Staffing
    visits: list[Visit] = field(default_factory=list)
    left: dict[str, float] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    unserved: int = 0


class Devices(Protocol):
    """Kiosks, lanes and officers at work: each flow takes the time that it takes."""

    def kiosk(self, env: simpy.Environment, party: Party) -> Flow:
        """A session; returns what is :class:`Said`."""
        ...

    def lane(self, env: simpy.Environment, party: Party, *, looked_at: bool) -> Flow:
        """At the exit; returns what is :class:`Said`. ``looked_at``: an officer has seen the identity."""
        ...

    def gate(self, env: simpy.Environment, party: Party) -> Flow:
        """A one-step gate's session up to its answer; INSPECT: held."""
        ...

    def passage(self, env: simpy.Environment, party: Party) -> Flow:
        """Through a one-step gate that has said go on; returns what is :class:`Said` in the end."""
        ...

    def officer(self, env: simpy.Environment, party: Party, work: Work) -> Flow:
        """Work of an officer with the party; returns what is :class:`Said` then, which counts after a glance."""
        ...


class Drawn:
    """Devices that take the drawn times and follow the drawn way."""

    def kiosk(self, env: simpy.Environment, party: Party) -> Flow:
        yield env.timeout(party.kiosk + party.kiosk_machine)
        return {Way.GOODS: Said.GOODS, Way.IDENTITY: Said.LOOK}.get(party.way, Said.GO_ON)

    def lane(self, env: simpy.Environment, party: Party, *, looked_at: bool) -> Flow:
        del looked_at
        refused = party.way in REFERRED
        time = party.lane + party.lane_machine - (party.passage if refused else 0.0)
        yield env.timeout(max(0.0, time))
        return Said.INSPECT if refused else Said.GO_ON

    def gate(self, env: simpy.Environment, party: Party) -> Flow:
        said = yield from self.kiosk(env, party)
        return Said.INSPECT if party.way in REFERRED else said

    def passage(self, env: simpy.Environment, party: Party) -> Flow:
        yield env.timeout(party.passage)
        return Said.GO_ON

    def officer(self, env: simpy.Environment, party: Party, work: Work) -> Flow:
        yield env.timeout(party.glance if work is Work.GLANCE else party.officer)
        return Said.INSPECT if work is Work.GLANCE and not party.released else Said.GO_ON


def simulate(
    people: Sequence[Party],
    staffing: Staffing,
    devices: Devices | None = None,
    env: simpy.Environment | None = None,
) -> Day:
    """Let everybody walk through; what happened. Everybody who comes has left when this returns."""
    hall = _Hall(env or simpy.Environment(), staffing, devices or Drawn())
    for party in people:
        hall.env.process(hall.walk(party))
    hall.env.run()
    return hall.day


class _Hall:
    def __init__(self, env: simpy.Environment, staffing: Staffing, devices: Devices) -> None:
        self.env, self._devices, self._steps = env, devices, staffing.steps
        self.day = Day(staffing)
        self._kiosks = simpy.Resource(env, staffing.kiosks)
        self._lanes = simpy.Resource(env, max(1, staffing.lanes))
        self._officers = simpy.PriorityResource(env, staffing.officers)

    def walk(self, party: Party) -> Flow:
        """From the door of the hall to the exit."""
        yield self.env.timeout(party.comes - self.env.now)
        if party.way is Way.STAFFED:
            yield from self._until(party.bags)
            way = yield from self._at_officer(party, Work.COUNTER)
        elif self._steps is Steps.TWO:
            way = yield from self._two_steps(party)
        else:
            way = yield from self._one_step(party)
        assert party.key not in self.day.left
        self.day.left[party.key] = self.env.now
        self.day.ways[party.key] = str(way)

    def _two_steps(self, party: Party) -> Flow:
        said = yield from self._at(
            self._kiosks, Place.KIOSK, party, self._devices.kiosk(self.env, party)
        )
        looked_at = said is Said.LOOK
        if looked_at:
            yield from self._at_officer(party, Work.LOOK)
        yield from self._until(party.bags)
        if said is Said.GOODS:
            return (yield from self._at_officer(party, Work.GOODS))
        if said is Said.INSPECT:
            return (yield from self._at_officer(party, Work.INSPECTION))
        work = self._devices.lane(self.env, party, looked_at=looked_at)
        said = yield from self._at(self._lanes, Place.LANE, party, work)
        if said is Said.GO_ON:
            return Said.GO_ON
        return (yield from self._at_officer(party, _WORK[said]))

    def _one_step(self, party: Party) -> Flow:
        """Bags first. Who is looked at goes out by the officer's side."""
        yield from self._until(party.bags)
        said = yield from self._at(self._kiosks, Place.KIOSK, party, self._gate(party))
        if said is Said.GO_ON:
            return said
        return (yield from self._at_officer(party, _WORK[said]))

    def _gate(self, party: Party) -> Flow:
        said = yield from self._devices.gate(self.env, party)
        if said is Said.INSPECT:
            said = yield from self._held(party)
        if said is Said.GO_ON:
            said = yield from self._devices.passage(self.env, party)
        return said

    def _held(self, party: Party) -> Flow:
        """The gate waits for an officer, for a while; silence is a referral."""
        came = self.env.now
        with self._officers.request(priority=URGENT) as turn:
            yield turn | self.env.timeout(party.hold)
            if not turn.triggered:
                self.day.unserved += 1
                return Said.INSPECT
            began = self.env.now
            said = yield from self._devices.officer(self.env, party, Work.GLANCE)
        self._note(Place.OFFICER, party, came, began, Work.GLANCE)
        return said

    def _at(self, places: simpy.Resource, place: Place, party: Party, work: Flow) -> Flow:
        came = self.env.now
        with places.request() as turn:
            yield turn
            began = self.env.now
            said = yield from work
        self._note(place, party, came, began)
        return said

    def _at_officer(self, party: Party, work: Work) -> Flow:
        came, urgent = self.env.now, work is Work.LOOK
        with self._officers.request(priority=URGENT if urgent else USUAL) as turn:
            yield turn
            began = self.env.now
            yield from self._devices.officer(self.env, party, work)
        self._note(Place.OFFICER, party, came, began, work)
        return work

    def _note(
        self, place: Place, party: Party, came: float, began: float, work: Work | None = None
    ) -> None:
        self.day.visits.append(Visit(place, party, came, began, self.env.now, work))

    def _until(self, moment: float) -> Flow:
        if moment > self.env.now:
            yield self.env.timeout(moment - self.env.now)


URGENT, USUAL = 0, 1
"""Looks of seconds come before openings of bags: their travellers go back to a lane, or stand in a gate."""
_WORK = {Said.LOOK: Work.LOOK, Said.GOODS: Work.GOODS, Said.INSPECT: Work.INSPECTION}
