"""Everything that screening needs to know of some passengers, read in few statements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.declarations.facts import DeclaredFacts, declarations_of, earlier_values
from app.kernel.crypto import Vault
from app.screening.links import NOT_LINKED, Linked, links_of
from app.screening.models import Assessment, HitReview, HitSource, ReviewState
from app.screening.snoozes import snoozes_of
from app.travel.history import NOTHING_EARLIER, Earlier, read_earlier
from app.travel.models import (
    Booking,
    Document,
    Flight,
    FlightAlias,
    Passenger,
    ShownPassport,
    TravelStatus,
)
from app.travel.shown import shown_to

Identified = tuple[HitSource, str, int, bytes]
"""What a review holds for: source, subject, version, values digest."""

HISTORY = timedelta(days=5 * 365)
ABSENT = (TravelStatus.NOT_BOARDED, TravelStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What officers did with a traveller before."""

    finds_5y: int = 0
    referrals_12m: int = 0
    inspections_5y: int = 0
    clean_5y: int = 0


History = Callable[[Session, Sequence[UUID], datetime], Mapping[UUID, Inspected]]
"""(session, passenger ids, now) -> counts of those who have any. Referrals stand above this feature."""


def _no_history(
    session: Session, passengers: Sequence[UUID], now: datetime
) -> dict[UUID, Inspected]:
    del session, passengers, now
    return {}


_history: History = _no_history


def use_history(history: History) -> None:
    """Where inspections of earlier trips are counted; the program's assembly says so once, at start."""
    global _history  # noqa: PLW0603  # one program, one source of history
    _history = history


@dataclass(frozen=True, slots=True)
class Previous:
    """The assessment that stands until now."""

    draw: float | None
    own_high: bool


@dataclass(frozen=True, slots=True)
class Fellow:
    """Somebody of the same party or booking; ``high`` as far as already assessed."""

    id: UUID
    surname: str
    birth_date: Any
    nationality: str | None
    high: bool
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables say of one passenger, at ``passenger.facts_version``."""

    passenger: Passenger
    flight: Flight
    aliases: tuple[FlightAlias, ...]
    documents: tuple[Document, ...]
    bookings: tuple[Booking, ...]
    fellows: tuple[Fellow, ...] | None
    declared: DeclaredFacts | None
    trips_12m: int
    inspected: Inspected
    previous: Previous | None
    reviews: Mapping[Identified, ReviewState]
    earlier: Earlier = NOTHING_EARLIER
    shown: tuple[ShownPassport, ...] = ()
    earlier_values: Sequence[Mapping[str, int]] | None = None
    """What the traveller declared on other trips; None for one who is not linked to any."""
    trips_5y: int = 0
    absences_12m: int = 0
    links: Linked = NOT_LINKED
    snoozed: Mapping[tuple[str, int], date] = field(default_factory=dict)
    """Rule versions (key, number) that count nothing for the traveller, on flights up to a day."""


def gather(session: Session, vault: Vault, ids: Sequence[UUID], now: datetime) -> list[Known]:
    """What is known of the passengers; unknown ids are left out.

    Passengers are read first: whatever changes afterwards raises their facts version, and what was
    concluded from older facts is then not stored.
    """
    people = _passengers(session, ids)
    flights = {flight.id for _, flight in people}
    passengers = [passenger for passenger, _ in people]
    found = [passenger.id for passenger in passengers]
    aliases = _grouped(_aliases(session, flights), lambda row: row.flight_id)
    documents = _grouped(_documents(session, found), lambda row: row.passenger_id)
    bookings = {row.id: row for row in _bookings(session, passengers)}
    fellows = _fellows(session, passengers)
    declared = declarations_of(session, found)
    values = _earlier_values(session, passengers, declared, now)
    trips = _trips(session, passengers)
    travellers = sorted({p.traveller_id for p in passengers if p.traveller_id})
    inspected = _history(session, found, now) if travellers else {}
    previous = _previous(session, found)
    earlier = read_earlier(session, found, bookings)
    reviews = _reviews(session, found)
    shown = _grouped(shown_to(session, found), lambda row: row.passenger_id)
    snoozed = snoozes_of(session, travellers)
    booked = {p.id: _of(p, bookings) for p in passengers}
    links = links_of(session, booked, vault)
    return [
        Known(
            passenger=passenger,
            flight=flight,
            aliases=tuple(aliases.get(flight.id, ())),
            documents=tuple(documents.get(passenger.id, ())),
            bookings=tuple(booked[passenger.id]),
            fellows=fellows.get(passenger.id),
            declared=declared.get(passenger.id),
            trips_12m=trips.get(passenger.id, NO_TRIPS).last_12m,
            trips_5y=trips.get(passenger.id, NO_TRIPS).last_5y,
            absences_12m=trips.get(passenger.id, NO_TRIPS).absences_12m,
            links=links.get(passenger.id, NOT_LINKED),
            inspected=inspected.get(passenger.id, Inspected()),
            previous=previous.get(passenger.id),
            reviews=reviews.get(passenger.id, {}),
            earlier=earlier,
            shown=tuple(shown.get(passenger.id, ())),
            earlier_values=values.get(passenger.id),
            snoozed=snoozed.get(passenger.traveller_id, {}) if passenger.traveller_id else {},
        )
        for passenger, flight in people
    ]


def _earlier_values(
    session: Session,
    passengers: Sequence[Passenger],
    declared: Mapping[UUID, DeclaredFacts],
    now: datetime,
) -> dict[UUID, Sequence[Mapping[str, int]]]:
    """For passengers who declare goods now: nobody else's earlier declarations are read."""
    asking = [p for p in passengers if p.traveller_id and p.id in declared and declared[p.id].goods]
    if not asking:
        return {}
    travellers = {p.traveller_id for p in asking if p.traveller_id}
    found = earlier_values(session, travellers, now - HISTORY)
    return {
        p.id: [value for other, value in found.get(p.traveller_id, {}).items() if other != p.id]
        for p in asking
        if p.traveller_id
    }


def _grouped(rows: Iterable[Any], key: Callable[[Any], UUID]) -> dict[UUID, list[Any]]:
    groups: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _passengers(session: Session, ids: Sequence[UUID]) -> list[tuple[Passenger, Flight]]:
    rows = session.execute(
        sa.select(Passenger, Flight)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.id.in_(ids))
        .order_by(Passenger.id)
        .execution_options(populate_existing=True)
    )
    return [(passenger, flight) for passenger, flight in rows]


def _aliases(session: Session, flights: Iterable[UUID]) -> Sequence[FlightAlias]:
    return session.scalars(
        sa.select(FlightAlias)
        .where(FlightAlias.flight_id.in_(flights))
        .execution_options(populate_existing=True)
    ).all()


def _documents(session: Session, ids: Sequence[UUID]) -> Sequence[Document]:
    return session.scalars(
        sa.select(Document)
        .where(Document.passenger_id.in_(ids))
        .order_by(Document.id)
        .execution_options(populate_existing=True)
    ).all()


def _bookings(session: Session, passengers: Sequence[Passenger]) -> Sequence[Booking]:
    wanted = {identifier for passenger in passengers for identifier in booking_ids(passenger)}
    if not wanted:
        return []
    return session.scalars(
        sa.select(Booking)
        .where(Booking.id.in_(wanted), Booking.removed_at.is_(None))
        .execution_options(populate_existing=True)
    ).all()


def booking_ids(passenger: Passenger) -> list[UUID]:
    """The bookings whose records speak of the passenger; keys that are no ids are left out."""
    found = []
    for key in passenger.pnr_data or {}:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    return found


def _of(passenger: Passenger, bookings: Mapping[UUID, Booking]) -> list[Booking]:
    """The passenger's bookings that stand, the one under the passenger's own locator first."""
    mine = [bookings[i] for i in booking_ids(passenger) if i in bookings]
    return sorted(mine, key=lambda b: (b.locator != passenger.locator, b.created_at, b.id))


def _fellows(session: Session, passengers: Sequence[Passenger]) -> dict[UUID, tuple[Fellow, ...]]:
    """Who travels with whom: the same party or the same locator on the flight. A passenger of whom
    neither is known is not in the answer.
    """
    parties = {p.party_id for p in passengers if p.party_id}
    locators = {p.locator for p in passengers if p.locator}
    if not parties and not locators:
        return {}
    current = aliased(Assessment)
    rows = session.execute(
        sa.select(
            Passenger.id, Passenger.flight_id, Passenger.party_id, Passenger.locator,
            Passenger.surname, Passenger.birth_date, Passenger.nationality, Passenger.seat,
            sa.func.coalesce(current.own_high, sa.false()).label("high"),
        )
        .outerjoin(current, sa.and_(current.passenger_id == Passenger.id, current.is_current))
        .where(Passenger.flight_id.in_({p.flight_id for p in passengers}))
        .where(sa.or_(Passenger.party_id.in_(parties), Passenger.locator.in_(locators)))
        .where(Passenger.travel_status.not_in(ABSENT))
        .order_by(Passenger.id)
    ).all()  # fmt: skip
    groups: dict[tuple[UUID, Any], list[Fellow]] = defaultdict(list)
    for r in rows:
        fellow = Fellow(r.id, r.surname, r.birth_date, r.nationality, r.high, r.seat)
        for mark in {r.party_id, r.locator} - {None, ""}:
            groups[r.flight_id, mark].append(fellow)
    return {
        p.id: _others(p.id, [groups.get((p.flight_id, m), ()) for m in (p.party_id, p.locator)])
        for p in passengers
        if p.party_id or p.locator
    }


def _others(own: UUID, groups: Iterable[Iterable[Fellow]]) -> tuple[Fellow, ...]:
    """The people of all groups once, in the order of their ids, without the passenger."""
    found = {fellow.id: fellow for group in groups for fellow in group if fellow.id != own}
    return tuple(found[identifier] for identifier in sorted(found))


class Trips(NamedTuple):
    """Earlier flights of a traveller: taken in the last twelve months and five years, and not taken."""

    last_12m: int
    last_5y: int
    absences_12m: int


NO_TRIPS = Trips(0, 0, 0)


def _trips(session: Session, passengers: Sequence[Passenger]) -> dict[UUID, Trips]:
    """Flights of the same traveller before this one."""
    ids = [p.id for p in passengers if p.traveller_id]
    if not ids:
        return {}
    this, before = aliased(Passenger), aliased(Passenger)
    flight, earlier = aliased(Flight), aliased(Flight)
    taken = before.travel_status.not_in(ABSENT)
    recent = earlier.flight_date >= flight.flight_date - timedelta(days=365)

    def count(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.distinct(earlier.id)).filter(*which)

    rows = session.execute(
        sa.select(this.id, count(taken, recent), count(taken), count(~taken, recent))
        .join(flight, flight.id == this.flight_id)
        .join(before, before.traveller_id == this.traveller_id)
        .join(earlier, earlier.id == before.flight_id)
        .where(this.id.in_(ids), earlier.flight_date < flight.flight_date)
        .where(earlier.flight_date >= flight.flight_date - HISTORY)
        .group_by(this.id)
    )
    return {identifier: Trips(*counts) for identifier, *counts in rows}


def _previous(session: Session, ids: Sequence[UUID]) -> dict[UUID, Previous]:
    rows = session.execute(
        sa.select(
            Assessment.passenger_id,
            Assessment.own_high,
            Assessment.facts["random.u"].as_float().label("draw"),
        ).where(Assessment.passenger_id.in_(ids), Assessment.is_current)
    )
    return {row.passenger_id: Previous(row.draw, row.own_high) for row in rows}


def _reviews(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[Identified, ReviewState]]:
    found: dict[UUID, dict[Identified, ReviewState]] = defaultdict(dict)
    rows = session.execute(
        sa.select(
            HitReview.passenger_id, HitReview.source, HitReview.subject,
            HitReview.subject_version, HitReview.values_digest, HitReview.state,
        ).where(HitReview.passenger_id.in_(ids))
    )  # fmt: skip
    for row in rows:
        key = (row.source, row.subject, row.subject_version, bytes(row.values_digest))
        found[row.passenger_id][key] = row.state
    return found
