"""When a carrier sends what about a flight, by its own habits and by what becomes of the flight."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk_sim.traffic.schedule import Fate, Flight, Kind

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
WAVES = 14
"""Messages of who has checked in meanwhile, every ten minutes, by carriers that report each passenger."""


class What(StrEnum):
    """One thing to send."""

    PUSH = "PNRGOV-full"
    UPDATE = "PNRGOV-update"
    CREW = "PAXLST-crew"
    CREW_CHANGE = "PAXLST-CC"
    MASTER = "PAXLST-336"
    CHECKED_IN = "PAXLST-check-in"
    LIST = "PAXLST-list"
    CHANGE = "PAXLST-CP"
    WITHDRAW = "PAXLST-XR"
    CLOSE = "PAXLST-close"
    CANCEL = "PAXLST-XF"
    MOVE = "PAXLST-CF"


@dataclass(frozen=True, slots=True)
class Step:
    """Something to send at a moment (UTC, a whole minute); ``since`` is the last time of its kind."""

    place: int
    at: datetime
    what: What
    since: datetime

    @property
    def of_api(self) -> bool:
        return self.what.value.startswith("PAXLST")


def steps(flight: Flight) -> list[Step]:
    """What is sent about the flight, in order; no two steps are of one minute.

    UNB tells the minute and no more: what follows must be seen to follow.
    """
    found: list[Step] = []
    for place, (at, what, since) in enumerate(sorted(_moments(flight), key=lambda one: one[0])):
        earliest = found[-1].at + _MINUTE if found else at
        found.append(Step(place, max(at, earliest), what, since))
    return found


def has_relief(flight: Flight) -> bool:
    """Whether somebody of the crew is replaced shortly before departure."""
    passengers = flight.kind is Kind.PASSENGERS and flight.fate is not Fate.CANCELLED
    return passengers and flight.chance("relief").random() < 0.25  # a share


_Moment = tuple[datetime, What, datetime]


def _moments(flight: Flight) -> Iterator[_Moment]:
    plan, leaves = flight.departs_at, flight.leaves_at
    if flight.kind is not Kind.PASSENGERS:
        yield leaves - 70 * _MINUTE, What.CREW, leaves
        yield leaves + 10 * _MINUTE, What.CLOSE, leaves
        return
    if flight.carrier.api.master:
        yield plan - 50 * _HOUR, What.MASTER, plan
    first, second, third = plan - 72 * _HOUR, plan - 24 * _HOUR, plan - 2 * _HOUR
    yield first, What.PUSH, first - 9000 * _HOUR
    yield second, What.UPDATE, first
    yield third, What.UPDATE, second
    if flight.fate is Fate.CANCELLED:
        yield plan - 5 * _HOUR, What.CANCEL, plan
        return
    if flight.fate is Fate.DELAYED:
        yield plan - 205 * _MINUTE, What.MOVE, plan
    if flight.fate is Fate.RENUMBERED:
        yield plan - 30 * _HOUR, What.MOVE, plan
    if flight.fate is Fate.DIVERTED:
        yield flight.arrives_at - 35 * _MINUTE, What.MOVE, plan
    yield leaves + 5 * _MINUTE, What.PUSH, leaves - 9000 * _HOUR
    yield from _lists(flight, leaves)


def _lists(flight: Flight, leaves: datetime) -> Iterator[_Moment]:
    way = flight.carrier.api
    yield leaves - 71 * _MINUTE, What.CREW, leaves
    if has_relief(flight):
        yield leaves - 35 * _MINUTE, What.CREW_CHANGE, leaves
    if way.each:
        before = leaves - 900 * _HOUR
        for wave in range(WAVES):
            at = leaves - (175 - 10 * wave) * _MINUTE
            yield at, What.CHECKED_IN, before
            before = at
    else:
        yield leaves - 42 * _MINUTE, What.LIST, leaves
    yield leaves - 22 * _MINUTE, What.CHANGE, leaves - 42 * _MINUTE
    if way.closing == "CL":
        yield leaves - 18 * _MINUTE, What.WITHDRAW, leaves
    yield leaves + 10 * _MINUTE, What.CLOSE, leaves
