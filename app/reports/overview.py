"""A day of a site as its supervisor sees it: what goes through, who waits, how long things take. Pure.

Figures of the service as such (how many went out of a hall in a quarter of an hour, how long a queue is) are shown as
they are. Those that say something of people who were stopped (causes, outcomes, stops of clean travellers, minutes of
one flight) are kept back below :data:`risk_rules.disclosure.HIDDEN` people, with whatever would give them away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from app.gate.case import HallMode
from app.referrals.kinds import ReferralKind
from risk_rules.disclosure import HIDDEN, LEAST, shown

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Day:
    """A day at a site: [start, end) is its local day, ``now`` the moment of the question."""

    site: str
    day: date
    start: datetime
    end: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        """How far the day has come."""
        return max(self.start, min(self.end, self.now))

    @property
    def is_today(self) -> bool:
        return self.start <= self.now < self.end

    @property
    def slots(self) -> range:
        """The quarters of an hour that have begun."""
        return range(-(-int((self.until - self.start).total_seconds()) // 900))

    def slot_starts(self, slot: int) -> datetime:
        return self.start + slot * QUARTER


@dataclass(frozen=True, slots=True)
class Slot:
    """A quarter of an hour in a hall: readings at devices, those of them that led to an officer, people who went out."""

    start: datetime
    read: int = 0
    stopped: int = 0
    out: int = 0


@dataclass(frozen=True, slots=True)
class HallFigures:
    """A hall: its mode, its quarters from the first with anything in it to now, its devices by health."""

    id: UUID
    name: str
    mode: HallMode
    slots: Sequence[Slot]
    devices: Mapping[str, int]

    @property
    def read(self) -> int:
        return sum(one.read for one in self.slots)

    @property
    def out(self) -> int:
        return sum(one.out for one in self.slots)


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes from arrival to the exit; ``flight`` is '' for all together. None: too few people to be told."""

    flight: str
    arrives_at: datetime | None
    people: int
    p50: float | None
    p90: float | None

    @classmethod
    def of(
        cls, flight: str, arrives_at: datetime | None, people: int, p50: float, p90: float
    ) -> "Minutes":
        if people < HIDDEN:
            return cls(flight, arrives_at, people, None, None)
        return cls(flight, arrives_at, people, round(p50, 1), round(p90, 1))


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Referrals of a kind that were raised on the day: seconds until somebody took one, against the ``target`` of the
    site, and until it was decided. ``late``: beyond the target of its hall, those that still wait included.

    ``waiting`` to ``inspecting`` and ``oldest`` are of this moment, whenever they were raised.
    """

    kind: ReferralKind
    target: timedelta
    raised: int = 0
    decided: int = 0
    taken_p50: float | None = None
    taken_p95: float | None = None
    p50: float | None = None
    p95: float | None = None
    late: int = 0
    per_hour: float | None = None
    waiting: int = 0
    claimed: int = 0
    inspecting: int = 0
    oldest: datetime | None = None

    @property
    def is_late(self) -> bool:
        """The slowest wait longer than they should until somebody takes them."""
        return self.taken_p95 is not None and self.taken_p95 > self.target.total_seconds()


@dataclass(frozen=True, slots=True)
class Stops:
    """Travellers of the day, those who met an officer, and those of them who were clean.

    ``over``: all that stopped them is closed. Only of these is it known whether something was found.
    """

    travellers: int
    stopped: int
    over: int
    clean: int

    @property
    def clean_shown(self) -> int | None:
        """None where so few are behind it, or beside it, that a figure would be about people."""
        is_told = self.clean >= HIDDEN and self.over - self.clean not in range(1, HIDDEN)
        return self.clean if is_told else None

    @property
    def per_10000(self) -> float | None:
        """Stops of clean travellers per 10,000 travellers; None for too few."""
        if self.travellers < LEAST or self.clean_shown is None:
            return None
        return round(self.clean * 10_000 / self.travellers, 1)


@dataclass(frozen=True, slots=True)
class Delay:
    """Messages of an hour: how many, and seconds from their arrival until they were applied."""

    start: datetime
    messages: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Desk:
    """The work of a day's officers as :func:`app.referrals.queues.officer_load` defines it. ``now``: how many are signed
    in; ``alerts``: referrals raised.
    """

    hours: float
    now: int
    alerts: int
    on_duty: bool = False
    per_hour: float | None = None


FEW = "few"
Cells = Mapping[str, int | None]
"""Counts by name; None, under :data:`FEW`, for those that are hidden."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All figures of a day."""

    day: Day
    halls: Sequence[HallFigures]
    minutes: Minutes
    flights: Sequence[Minutes]
    kinds: Sequence[KindFigures]
    causes: Mapping[ReferralKind, Cells]
    stops: Stops
    outcomes: Mapping[str, Cells]
    delays: Sequence[Delay]
    unread: int
    unread_since: datetime | None
    desk: Desk
    silent: Sequence[str] = field(default=())

    @property
    def raised(self) -> int:
        return sum(one.raised for one in self.kinds)

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.kinds)


def cells(counted: Iterable[tuple[str, int]], *, people: bool = True) -> Cells:
    """Counts by name, the greatest first. About ``people``: small ones together are :data:`FEW`, without a count and
    without their names, for a name alone says that there was somebody.
    """
    counts = dict(sorted(counted, key=lambda one: (-one[1], one[0])))
    if not people:
        return dict(counts)
    told = {name: count for name, count in shown(counts).items() if count is not None}
    return told | ({FEW: None} if len(told) < len(counts) else {})


def slots_of(day: Day, counted: Mapping[int, tuple[int, int, int]]) -> list[Slot]:
    """The quarters from the first with anything in it to the last that has begun; none before anything happened."""
    if not counted:
        return []
    last = max([*counted, *day.slots[-1:]])
    return [
        Slot(day.slot_starts(slot), *counted.get(slot, (0, 0, 0)))
        for slot in range(min(counted), last + 1)
    ]
