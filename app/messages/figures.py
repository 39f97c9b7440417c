"""The figures of data quality as they are read: per day, carrier and sender, and summed up."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity.models import Sender
from app.messages.models import QualityDay, QualityFlight

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """Which figures: of a site, days from ``start`` to ``end`` (both included); '' and None mean any."""

    site: str
    start: date
    end: date
    carrier: str = ""
    sender_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """Minutes before departure, of ``count`` flights: half of them had at least ``p50``, 95 of 100 at
    least ``p95``. Negative is after departure; None without a flight.
    """

    count: int = 0
    p50: int | None = None
    p95: int | None = None

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> "Lead":
        minutes = sorted((int(span.total_seconds() // 60) for span in spans), reverse=True)
        if not minutes:
            return cls()
        return cls(len(minutes), minutes[_rank(50, len(minutes))], minutes[_rank(95, len(minutes))])


def _rank(percent: int, count: int) -> int:
    """The nearest rank: the place (from 0) up to which so many per cent stand."""
    return -(-percent * count // 100) - 1


@dataclass(frozen=True, slots=True)
class FlightFigures:
    """Flights that have departed, and how their lists came.

    ``late``: the first list came after departure, or none did; ``after_arrival`` likewise. ``unclosed``:
    the manifest was never closed. ``incomplete``: parts are missing. ``api_only``, ``pnr_only`` and ``both`` count
    people on flights for which lists and bookings came.
    """

    flights: int = 0
    late: int = 0
    after_arrival: int = 0
    unclosed: int = 0
    incomplete: int = 0
    first_list: Lead = Lead()
    last_list: Lead = Lead()
    first_push: Lead = Lead()
    last_push: Lead = Lead()
    api_only: int = 0
    pnr_only: int = 0
    both: int = 0

    @property
    def late_share(self) -> float | None:
        return share(self.late, self.flights)

    @property
    def unmatched_share(self) -> float | None:
        """Of the people of both sources, those that only one of them knows."""
        only = self.api_only + self.pnr_only
        return share(only, only + self.both)


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of a day (None: of the period), a carrier ('': all) and a sender ('': all)."""

    day: date | None
    carrier: str
    sender: str
    counts: Counter[str] = field(default_factory=Counter)
    flights: FlightFigures = FlightFigures()

    def count(self, name: str) -> int:
        return self.counts[name]

    def share(self, name: str, of: str) -> float | None:
        """``name`` as a part of ``of``; None where there is nothing to divide by."""
        return share(self.counts[name], self.counts[of])


@dataclass(frozen=True, slots=True)
class Figures:
    """A period: every day, carrier and sender, then by day, by carrier, in all. Days ascend."""

    period: Period
    rows: tuple[Row, ...]
    days: tuple[Row, ...]
    carriers: tuple[Row, ...]
    total: Row


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def read_figures(session: Session, period: Period, now: datetime) -> Figures:
    """The figures of a period (at most :data:`LONGEST`), in two statements."""
    counts = _counts(session, period)
    flights = _flights(session, period)

    def rows(key: Callable[[_Key], _Key]) -> tuple[Row, ...]:
        return _rows(counts, flights, key, now)

    total = rows(lambda _: _Key(None, "", ""))
    return Figures(
        period, rows(lambda key: key), rows(lambda key: _Key(key.day, "", "")),
        rows(lambda key: _Key(None, key.carrier, "")),
        total[0] if total else Row(None, "", ""),
    )  # fmt: skip


def carriers_of(session: Session, site: str, sender_id: UUID | None = None) -> list[str]:
    """The carriers that have figures."""
    wanted = sa.select(QualityDay.carrier).where(QualityDay.site == site, QualityDay.carrier != "")
    if sender_id:
        wanted = wanted.where(QualityDay.sender_id == sender_id)
    return list(session.scalars(wanted.distinct().order_by(QualityDay.carrier)))


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    day: date | None
    carrier: str
    sender: str


_Counted = list[tuple[_Key, dict[str, int]]]
_Flown = list[tuple[_Key, QualityFlight]]


def _counts(session: Session, period: Period) -> _Counted:
    table = QualityDay
    wanted = sa.select(table, Sender.name).join(Sender, Sender.id == table.sender_id)
    rows = session.execute(wanted.where(*_within(table, period)))
    return [(_Key(one.day, one.carrier, name), one.counts) for one, name in rows]


def _flights(session: Session, period: Period) -> _Flown:
    table = QualityFlight
    wanted = sa.select(table, Sender.name).join(Sender, Sender.id == table.sender_id)
    rows = session.execute(wanted.where(*_within(table, period)))
    return [(_Key(one.day, one.carrier, name), one) for one, name in rows]


def _within(
    table: type[QualityDay | QualityFlight], period: Period
) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [
        table.site == period.site, table.day.between(period.start, period.end)
    ]  # fmt: skip
    if period.carrier:
        wanted.append(table.carrier == period.carrier)
    if period.sender_id:
        wanted.append(table.sender_id == period.sender_id)
    return wanted


def _rows(
    counts: _Counted, flights: _Flown, key: Callable[[_Key], _Key], now: datetime
) -> tuple[Row, ...]:
    summed: dict[_Key, Counter[str]] = {}
    flown: dict[_Key, dict[UUID, list[QualityFlight]]] = {}
    for of, said in counts:
        summed.setdefault(key(of), Counter()).update(said)
    for of, one in flights:
        flown.setdefault(key(of), {}).setdefault(one.flight_id, []).append(one)
    return tuple(
        Row(
            of.day, of.carrier, of.sender, summed.get(of, Counter()),
            sum_flights([_merged(parts) for parts in flown.get(of, {}).values()], now),
        )
        for of in sorted(summed.keys() | flown.keys(), key=_order)
    )  # fmt: skip


def _order(key: _Key) -> tuple[date, str, str]:
    return key.day or date.min, key.carrier, key.sender


# --- flights --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flown:
    """One flight as its senders together served it."""

    departs_at: datetime | None
    arrives_at: datetime | None
    first_list_at: datetime | None
    last_list_at: datetime | None
    first_push_at: datetime | None
    last_push_at: datetime | None
    closed: bool
    parts_missing: int
    api_only: int
    pnr_only: int
    both: int


def _merged(parts: Sequence[QualityFlight]) -> Flown:
    one = parts[0]
    flown = Flown(**{name: getattr(one, name) for name in Flown.__dataclass_fields__})
    return replace(
        flown,
        first_list_at=min((p.first_list_at for p in parts if p.first_list_at), default=None),
        last_list_at=max((p.last_list_at for p in parts if p.last_list_at), default=None),
        first_push_at=min((p.first_push_at for p in parts if p.first_push_at), default=None),
        last_push_at=max((p.last_push_at for p in parts if p.last_push_at), default=None),
    )


def sum_flights(flights: Sequence[Flown], now: datetime) -> FlightFigures:
    """The figures of flights that have departed by ``now``; of others nothing can be said yet."""
    gone = [one for one in flights if one.departs_at and one.departs_at <= now]
    paired = [one for one in gone if one.first_list_at and one.first_push_at]
    return FlightFigures(
        flights=len(gone),
        late=sum(_is_after(one.first_list_at, one.departs_at) for one in gone),
        after_arrival=sum(
            _is_after(one.first_list_at, one.arrives_at)
            for one in gone
            if one.arrives_at and one.arrives_at <= now
        ),
        unclosed=sum(not one.closed for one in gone),
        incomplete=sum(one.parts_missing > 0 for one in gone),
        first_list=_lead(gone, "first_list_at"),
        last_list=_lead(gone, "last_list_at"),
        first_push=_lead(gone, "first_push_at"),
        last_push=_lead(gone, "last_push_at"),
        api_only=sum(one.api_only for one in paired),
        pnr_only=sum(one.pnr_only for one in paired),
        both=sum(one.both for one in paired),
    )


def _is_after(came: datetime | None, limit: datetime | None) -> bool:
    return came is None or (limit is not None and came > limit)


def _lead(flights: Sequence[Flown], name: str) -> Lead:
    moments = ((one.departs_at, getattr(one, name)) for one in flights)
    return Lead.of(departs - came for departs, came in moments if departs and came)
