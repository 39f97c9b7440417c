"""The timetable of a day: which flights land at a site, with what aircraft, and what becomes of them.

A timetable (numbers, origins, aircraft) is the same every day of a seed; loads, minutes and misfortunes
are of the day.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.formats import codes
from app.formats.codes import FlightNumber
from kiosk_sim.airline import Sector, local
from kiosk_sim.traffic.places import (
    CARRIERS,
    Carrier,
    Station,
    abroad,
    carrier,
    flying_time,
    stations,
)

MOST_FLIGHTS = 4000
_BANKS = ((6, 9, 3), (10, 13, 3), (14, 17, 5), (17, 20, 4), (20, 23, 2))  # hours, share of arrivals
_SHORT = (("AT7", 70), ("E90", 98), ("738", 166), ("321", 190))
_LONG = (("789", 240), ("333", 288), ("77W", 350), ("388", 400))
_NEAR = timedelta(hours=5)


class Kind(StrEnum):
    """What the aircraft carries."""

    PASSENGERS = "passengers"
    CARGO = "cargo"
    FERRY = "ferry"


class Fate(StrEnum):
    """What becomes of a flight."""

    ON_TIME = "on-time"
    DELAYED = "delayed"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    RENUMBERED = "renumbered"


_TROUBLES = ((Fate.DELAYED, 70), (Fate.CANCELLED, 14), (Fate.DIVERTED, 8), (Fate.RENUMBERED, 8))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted; everything follows from it.

    ``dirt``: share of transmissions, and of people in them, that have something wrong. ``trouble``: share
    of flights that do not go as planned. ``carriers``: only these, none = all. ``seats``: smallest and
    largest aircraft. Raises ValueError for what cannot be.
    """

    flights: int
    day: date
    site: str = "NRT"
    seed: int = 0
    dirt: float = 0.0
    trouble: float = 0.06
    carriers: tuple[str, ...] = ()
    seats: tuple[int, int] = (70, 400)

    def __post_init__(self) -> None:
        if not 0 <= self.flights <= MOST_FLIGHTS:
            raise ValueError(f"0 to {MOST_FLIGHTS} flights a day")
        if codes.airport(self.site) is None:
            raise ValueError("the site is no airport")
        if not (0 <= self.dirt <= 1 and 0 <= self.trouble <= 1):
            raise ValueError("dirt and trouble are shares, 0 to 1")
        if not 4 <= self.seats[0] <= self.seats[1]:
            raise ValueError("seats: the smaller number first, at least 4")
        if not set(self.carriers) <= {one.code for one in CARRIERS}:
            raise ValueError("no such carrier: " + " ".join(one.code for one in CARRIERS))

    def chance(self, *key: object) -> random.Random:
        """Chance that depends on the plan's seed and site and on ``key`` only."""
        return random.Random("/".join(map(str, (self.seed, self.site, *key))))  # noqa: S311  # invented


@dataclass(frozen=True)
class Flight:
    """A flight of the day. ``legs`` in order, ``border`` is the place of the one into the country.

    ``shares`` are the numbers that partners sell it under; ``renamed`` its number after a change,
    ``late`` the delay, ``alternate`` where it lands when it is diverted.
    """

    plan: Plan
    index: int
    number: FlightNumber
    legs: tuple[Sector, ...]
    border: int
    aircraft: str
    seats: int
    people: int
    kind: Kind = Kind.PASSENGERS
    fate: Fate = Fate.ON_TIME
    shares: tuple[FlightNumber, ...] = ()
    renamed: FlightNumber | None = None
    late: timedelta = timedelta(0)
    alternate: str = ""

    @property
    def carrier(self) -> Carrier:
        return carrier(self.number.carrier)

    @property
    def sector(self) -> Sector:
        """The leg across the border, as planned."""
        return self.legs[self.border]

    @cached_property
    def departs_at(self) -> datetime:
        """Planned departure of the border leg, UTC."""
        return utc(self.sector.departure, self.sector.origin)

    @cached_property
    def arrives_at(self) -> datetime:
        """Planned arrival of the border leg, UTC."""
        return utc(self.sector.arrival, self.sector.destination)

    @property
    def leaves_at(self) -> datetime:
        """When it really leaves, UTC."""
        return self.departs_at + self.late

    @property
    def key(self) -> str:
        """Names the flight in files and in the truth: `XX0101-20270301`."""
        return f"{self.number.padded}-{self.sector.departure:%Y%m%d}"

    def chance(self, *key: object) -> random.Random:
        """Chance of this flight on this day."""
        return self.plan.chance(self.plan.day.isoformat(), self.number, *key)


def utc(local: datetime, port: str) -> datetime:
    """Local time at a known airport as aware UTC."""
    return codes.to_utc(local, port) or local.replace(tzinfo=UTC)


def flights(plan: Plan) -> list[Flight]:
    """The flights that land on the day (local date of the site), in order of their place in the timetable."""
    return [_flight(plan, index) for index in range(plan.flights)]


@dataclass(slots=True)
class _Line:
    """A line of the timetable: the same every day."""

    number: FlightNumber
    route: tuple[str, ...]
    kind: Kind
    aircraft: str
    seats: int
    minute: int
    shares: tuple[FlightNumber, ...] = field(default=())

    @property
    def origin(self) -> str:
        return self.route[-1]


def _line(plan: Plan, index: int) -> _Line:
    chance = plan.chance("line", index)
    fleet = [one.code for one in CARRIERS if not plan.carriers or one.code in plan.carriers]
    code = chance.choice(fleet)
    number = FlightNumber(code, 101 + 2 * index)
    route = _route(plan.site, chance)
    kind = chance.choices(tuple(Kind), (95, 4, 1))[0]
    models = _SHORT if flying_time(route[-1], plan.site) < _NEAR else _LONG
    aircraft, seats = chance.choice(models)
    low, high = plan.seats
    first, last, _ = chance.choices(_BANKS, [share for *_, share in _BANKS])[0]
    partners = [one for one in fleet if one != code] if chance.random() < 0.3 else []
    shares = tuple(
        FlightNumber(one, 5000 + index)
        for one in chance.sample(partners, min(len(partners), chance.choice((1, 1, 2))))
    )
    minute = 5 * chance.randrange(first * 12, last * 12)
    return _Line(number, route, kind, aircraft, min(max(seats, low), high), minute, shares)


def _route(site: str, chance: random.Random) -> tuple[str, ...]:
    """One station, or two where the aircraft stops on the way: in the same country or another."""
    far = abroad(site)
    last = chance.choices(far, [one.weight for one in far])[0]
    found = chance.random()
    if found < 0.85:
        return (last.port,)
    domestic = [one for one in stations() if one.country == last.country and one != last]
    before: list[Station] = domestic if found < 0.93 and domestic else [
        one for one in far if one.country != last.country
    ]  # fmt: skip
    return (chance.choice(before).port, last.port)


def landing(plan: Plan, index: int, lands: datetime) -> Flight:
    """The flight of that place in the timetable, landing at ``lands`` (aware) instead of its own time."""
    return _made(
        plan, index, _line(plan, index), lands.astimezone(UTC).replace(second=0, microsecond=0)
    )


def _flight(plan: Plan, index: int) -> Flight:
    line = _line(plan, index)
    place = codes.airport(plan.site)
    zone = ZoneInfo(place.timezone) if place else UTC
    clock = datetime.combine(plan.day, time(0), zone) + timedelta(minutes=line.minute)
    today = plan.chance(plan.day.isoformat(), index, "minute")
    lands = clock.astimezone(UTC) + timedelta(minutes=5 * today.randrange(-2, 3))
    return _made(plan, index, line, lands)


def _made(plan: Plan, index: int, line: _Line, lands: datetime) -> Flight:
    chance = plan.chance(plan.day.isoformat(), index)
    legs = _legs(plan.site, line, lands)
    people = round(line.seats * chance.uniform(0.55, 0.97))
    fate = _fate(plan, line, chance)
    renamed = FlightNumber(line.number.carrier, line.number.number, "A")
    return Flight(
        plan, index, line.number, legs, len(legs) - 1, line.aircraft, line.seats,
        people if line.kind is Kind.PASSENGERS else 0, line.kind, fate, line.shares,
        renamed if fate is Fate.RENUMBERED else None,
        timedelta(minutes=5 * chance.randrange(6, 36)) if fate is Fate.DELAYED else timedelta(0),
        _alternate(plan.site, chance) if fate is Fate.DIVERTED else "",
    )  # fmt: skip


def _fate(plan: Plan, line: _Line, chance: random.Random) -> Fate:
    if chance.random() >= plan.trouble or line.kind is not Kind.PASSENGERS:
        return Fate.ON_TIME
    return chance.choices([fate for fate, _ in _TROUBLES], [share for _, share in _TROUBLES])[0]


def _alternate(site: str, chance: random.Random) -> str:
    """Another airport of the country; abroad where none is known."""
    home = codes.airport(site)
    near = [
        one.port for one in stations() if home and one.country == home.country and one.port != site
    ]
    return chance.choice(near or [one.port for one in abroad(site)])


def _legs(site: str, line: _Line, lands: datetime) -> tuple[Sector, ...]:
    """From the last leg backwards: each stop takes seventy minutes."""
    legs: list[Sector] = []
    for origin, destination in reversed(list(pairwise((*line.route, site)))):
        left = lands - flying_time(origin, destination)
        legs.insert(0, _sector(line.number, origin, destination, left, lands))
        lands = left - timedelta(minutes=70)
    return tuple(legs)


def _sector(number: FlightNumber, origin: str, to: str, left: datetime, lands: datetime) -> Sector:
    return Sector(number, origin, to, local(left, origin), local(lands, to))
