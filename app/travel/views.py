"""Read models: flights with their counts, a passenger with what each source says side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats.ages import age_on
from app.formats.codes import FlightNumber
from app.kernel.errors import NotFoundError
from app.retention.models import MaskedRow
from app.travel.models import (
    Booking,
    Document,
    Flight,
    FlightAlias,
    FlightStatus,
    IdentityLink,
    LinkState,
    Passenger,
    PassengerKind,
    ShownPassport,
    TravelStatus,
)
from app.travel.shown import shown_to

MASKED = (
    "surname", "given_names", "birth_date", "seat", "reference", "locator", "api_data", "bookings",
    "documents", "passports",
)  # fmt: skip
"""What of a passenger retention masks, by its names in the API."""

FLIGHTS_LIMIT = 500
FIELDS = (
    "surname", "given_names", "birth_date", "sex", "nationality", "residence", "seat",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people a flight has, withdrawn ones left out of all but ``withdrawn``.

    ``booked`` are those of whom nothing says whether they boarded; ``arrived`` are those on board of a
    flight that has landed here.
    """

    passengers: int = 0
    crew: int = 0
    transit: int = 0
    booked: int = 0
    boarded: int = 0
    not_boarded: int = 0
    arrived: int = 0
    withdrawn: int = 0
    with_api: int = 0
    with_booking: int = 0
    with_both: int = 0


@dataclass(frozen=True, slots=True)
class FlightView:
    """A flight as officers see it; ``aliases`` like `JL7001`, ``former`` are numbers that it had before."""

    flight: Flight
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    counts: Counts = Counts()

    @property
    def number(self) -> str:
        return flight_number(self.flight)


def flight_number(flight: Flight) -> str:
    """Like `JL1`."""
    return str(FlightNumber(flight.carrier, flight.number, flight.suffix))


def view_flights(session: Session, site: str, start: datetime, end: datetime) -> list[FlightView]:
    """Flights of a site that arrive (or, without a time of arrival, leave) in [start, end)."""
    moment = sa.func.coalesce(Flight.arrives_at, Flight.departs_at)
    wanted = (
        sa.select(Flight)
        .where(Flight.site == site, moment >= start, moment < end)
        .order_by(moment, Flight.id)
        .limit(FLIGHTS_LIMIT)
    )
    return _with_counts(session, session.scalars(wanted).all())


def view_flight(session: Session, flight_id: UUID, site: str) -> FlightView:
    """One flight of a site. Raises NotFoundError, also for another site's."""
    flight = session.get(Flight, flight_id)
    if flight is None or flight.site != site:
        raise NotFoundError
    return _with_counts(session, [flight])[0]


def _with_counts(session: Session, flights: Sequence[Flight]) -> list[FlightView]:
    ids = [flight.id for flight in flights]
    counts, aliases = _counts(session, ids), _aliases(session, ids)
    return [
        FlightView(
            flight,
            aliases.get((flight.id, False), ()),
            aliases.get((flight.id, True), ()),
            counts.get(flight.id, Counts()),
        )
        for flight in flights
    ]


def _counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Counts]:
    going = Passenger.travel_status != TravelStatus.WITHDRAWN
    api, booked = Passenger.api_data.is_not(None), Passenger.pnr_data.is_not(None)
    transit = (PassengerKind.TRANSIT, PassengerKind.TRANSIT_CREW)

    landed = sa.and_(
        Flight.status == FlightStatus.LANDED, Passenger.travel_status == TravelStatus.BOARDED
    )

    def count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(*conditions)

    rows = session.execute(
        sa.select(
            Passenger.flight_id,
            count(going, Passenger.kind == PassengerKind.PASSENGER),
            count(going, Passenger.kind == PassengerKind.CREW),
            count(going, Passenger.kind.in_(transit)),
            count(Passenger.travel_status == TravelStatus.BOOKED),
            count(Passenger.travel_status == TravelStatus.BOARDED),
            count(Passenger.travel_status == TravelStatus.NOT_BOARDED),
            count(sa.or_(Passenger.travel_status == TravelStatus.ARRIVED, landed)),
            count(Passenger.travel_status == TravelStatus.WITHDRAWN),
            count(going, api),
            count(going, booked),
            count(going, api, booked),
        )
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.flight_id.in_(ids))
        .group_by(Passenger.flight_id)
    )
    return {flight_id: Counts(*numbers) for flight_id, *numbers in rows}


def _aliases(session: Session, ids: Sequence[UUID]) -> dict[tuple[UUID, bool], tuple[str, ...]]:
    """By flight, and whether these are numbers that it had before."""
    found: dict[tuple[UUID, bool], tuple[str, ...]] = {}
    rows = session.scalars(
        sa.select(FlightAlias).where(FlightAlias.flight_id.in_(ids)).order_by(FlightAlias.id)
    )
    for one in rows:
        number = str(FlightNumber(one.carrier, one.number, one.suffix))
        key = one.flight_id, one.former
        found[key] = (*found.get(key, ()), number)
    return found


# --- a person -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking that holds the passenger, with what it says of them; ``locator`` is None once it is masked."""

    id: UUID
    carrier: str
    locator: str | None
    version: int
    removed_at: datetime | None
    traveller: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinkView:
    """Another trip that may be, or is held to be, of the same traveller; who said so, and why."""

    id: UUID
    traveller_id: UUID
    state: LinkState
    evidence: tuple[str, ...]
    score: float
    trips: int
    made_by: UUID | None = None
    made_because: str | None = None
    undone_at: datetime | None = None
    undone_by: UUID | None = None
    undone_because: str | None = None
    proposed_by: UUID | None = None
    proposed_because: str | None = None


@dataclass(frozen=True, slots=True)
class PassengerView:
    """All that is known of a passenger; ``fields`` are (value, source) by name, as carriers sent them. ``masked_at``: when
    retention masked that; None where it has not.

    ``passports`` stand beside them, oldest first: what a device read that said otherwise, and what was rectified.
    """

    passenger: Passenger
    flight: Flight
    fields: dict[str, tuple[Any, str | None]]
    documents: tuple[Document, ...] = ()
    passports: tuple[ShownPassport, ...] = ()
    bookings: tuple[BookingView, ...] = ()
    party: tuple[Passenger, ...] = ()
    links: tuple[LinkView, ...] = field(default=())
    masked_at: datetime | None = None

    @property
    def age_at_flight(self) -> int | None:
        """In whole years on the day of the flight, which masking keeps."""
        return age_on(self.passenger.birth_date, self.flight.flight_date)


def expect_passenger_at(session: Session, passenger: sa.Select[UUID], site: str) -> None:
    """Raise NotFoundError unless the passenger that the statement finds flies to the site."""
    flies = sa.select(Flight.site).join(Passenger, Passenger.flight_id == Flight.id)
    if session.scalar(flies.where(Passenger.id == passenger.scalar_subquery())) != site:
        raise NotFoundError


def passenger_of_link(session: Session, link_id: UUID, site: str) -> UUID:
    """The passenger of a link to a traveller. Raises NotFoundError, also for another site's."""
    found = session.scalar(
        sa.select(Passenger.id)
        .join(IdentityLink, IdentityLink.passenger_id == Passenger.id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(IdentityLink.id == link_id, Flight.site == site)
    )
    if found is None:
        raise NotFoundError
    return found


def view_passenger(session: Session, passenger_id: UUID) -> PassengerView:
    """A passenger with sources, documents, passports, party and trips. Raises NotFoundError."""
    passenger = session.get(Passenger, passenger_id)
    if passenger is None:
        raise NotFoundError
    return PassengerView(
        passenger,
        session.get_one(Flight, passenger.flight_id),
        _fields(passenger),
        _documents(session, passenger),
        tuple(shown_to(session, [passenger.id])),
        _bookings(session, passenger),
        _party(session, passenger),
        _links(session, passenger),
        masked_at(session, [passenger.id]).get(passenger.id) if passenger.is_masked else None,
    )


def _fields(passenger: Passenger) -> dict[str, tuple[Any, str | None]]:
    said = {name: getattr(passenger, name) for name in FIELDS}
    said["birth_date"] = passenger.known_birth_date
    return {name: (value, passenger.provenance.get(name)) for name, value in said.items()}


def masked_at(session: Session, row_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When rows were masked first; of those that were not, nothing."""
    query = (
        sa.select(MaskedRow.row_id, sa.func.min(MaskedRow.masked_at))
        .where(MaskedRow.row_id.in_(list(row_ids)))
        .group_by(MaskedRow.row_id)
    )
    return dict(session.execute(query).all())


def _documents(session: Session, passenger: Passenger) -> tuple[Document, ...]:
    own = sa.select(Document).where(Document.passenger_id == passenger.id)
    return tuple(session.scalars(own.order_by(Document.type, Document.id)))


def _bookings(session: Session, passenger: Passenger) -> tuple[BookingView, ...]:
    said = passenger.pnr_data or {}
    rows = session.scalars(
        sa.select(Booking).where(Booking.id.in_([UUID(key) for key in said])).order_by(Booking.id)
    )
    return tuple(
        BookingView(
            one.id, one.carrier, one.known_locator, one.version, one.removed_at, said[str(one.id)]
        )
        for one in rows
    )


def _party(session: Session, passenger: Passenger) -> tuple[Passenger, ...]:
    if passenger.party_id is None:
        return ()
    others = sa.select(Passenger).where(
        Passenger.party_id == passenger.party_id, Passenger.id != passenger.id
    )
    return tuple(session.scalars(others.order_by(Passenger.id)))


def _links(session: Session, passenger: Passenger) -> tuple[LinkView, ...]:
    trips = (
        sa.select(sa.func.count())
        .select_from(Passenger)
        .where(Passenger.traveller_id == IdentityLink.traveller_id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(IdentityLink, trips)
        .where(IdentityLink.passenger_id == passenger.id)
        .order_by(IdentityLink.id)
    )
    return tuple(
        LinkView(
            one.id,
            one.traveller_id,
            one.state,
            tuple(one.evidence),
            one.score,
            count,
            one.made_by,
            one.made_because,
            one.undone_at,
            one.undone_by,
            one.undone_because,
            one.proposed_by,
            one.proposed_because,
        )
        for one, count in rows
        if count
        or one.state
        is not LinkState.UNDONE  # a journey alone that joined another person: nothing is parted
    )
