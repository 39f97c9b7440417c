"""HTTP: flights, and the people on them for officers who may see persons."""

from datetime import date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field

from app.audit import log as audit
from app.identity import disclosures, sight
from app.identity.http import officer_or_sender, require
from app.identity.models import DisclosureOf
from app.identity.officers import SignedIn
from app.identity.permissions import FieldGroup, Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender
from app.kernel.errors import ForbiddenError
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.travel.life import FlightChange, change_flight
from app.travel.models import (
    FlightStatus,
    IdentityLink,
    Manifest,
    Passenger,
)
from app.travel.same_person import MAX_REASON, join_link, propose_link, undo_link
from app.travel.schemas import PassengerOut
from app.travel.views import (
    FlightView,
    expect_passenger_at,
    view_flight,
    view_flights,
    view_passenger,
)

router = APIRouter(tags=["travel"])

Flights = Annotated[
    KnownSender | SignedIn,
    Depends(officer_or_sender(Permission.VIEW_FLIGHTS, Scope.FLIGHTS_READ)),
]
Persons = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
Reviewer = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]

_BEFORE, _AFTER = timedelta(hours=6), timedelta(hours=24)


class CountsOut(Out):
    """People of a flight; withdrawn ones are counted only as such."""

    passengers: int
    crew: int
    transit: int
    booked: int
    boarded: int
    not_boarded: int
    arrived: int
    withdrawn: int
    with_api: int
    with_booking: int
    with_both: int


class FlightOut(Out):
    """A flight; times are UTC, ``flight_date`` is the local day of departure.

    ``aliases`` are numbers that it is sold under, ``former`` those that it had before.
    """

    id: UUID
    flight: str
    aliases: tuple[str, ...]
    former: tuple[str, ...]
    flight_date: date
    origin: str
    destination: str
    departs_at: datetime | None
    arrives_at: datetime | None
    status: FlightStatus
    diverted_to: str | None
    cargo: bool
    manifest: Manifest
    announced: int | None
    version: int
    counts: CountsOut

    @classmethod
    def of(cls, view: FlightView) -> Self:
        one = view.flight
        return cls(
            id=one.id, flight=view.number, aliases=view.aliases, former=view.former,
            flight_date=one.flight_date, diverted_to=one.diverted_to, cargo=one.cargo,
            origin=one.origin, destination=one.destination, departs_at=one.departs_at,
            arrives_at=one.arrives_at, status=one.status, manifest=one.manifest,
            announced=one.announced, version=one.version,
            counts=CountsOut.model_validate(view.counts),
        )  # fmt: skip


class FlightsOut(Out):
    """Flights in the order of their arrival."""

    flights: list[FlightOut]


class FlightIn(In):
    """What is known of a flight at the airport; what is left out stays as it is.

    ``number`` like `JL901`: a new one; ``diverted_to`` (IATA) goes with the status ``diverted``.
    """

    status: FlightStatus | None = None
    diverted_to: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    number: Annotated[str, Field(max_length=8)] | None = None
    departs_at: AwareDatetime | None = None
    arrives_at: AwareDatetime | None = None


class LinkIn(In):
    """Why they are one person, or two."""

    reason: str = Field(max_length=MAX_REASON)


class SamePersonIn(LinkIn):
    """Another passenger who is held to be the same person."""

    passenger_id: UUID


class SamePersonOut(Out):
    """The proposal, for :func:`post_join` by another officer."""

    link_id: UUID


class UnmaskIn(In):
    """Why the officer needs to see what is masked, in a sentence; it is kept sealed."""

    reason: str = Field(max_length=disclosures.MOST)


class UnmaskOut(Out):
    """Until when the fields are shown in clear in this session."""

    fields: list[FieldGroup]
    until: datetime


@router.get("/flights")
def list_flights(
    kernel: KernelDep,
    who: Flights,
    start: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
) -> FlightsOut:
    """Flights arriving in a period; without one, from six hours ago to a day ahead."""
    now = kernel.clock()
    with kernel.database.read() as session:
        found = view_flights(session, who.site, start or now - _BEFORE, end or now + _AFTER)
        return FlightsOut(flights=[FlightOut.of(one) for one in found])


@router.get("/flights/{flight_id}")
def get_flight(kernel: KernelDep, who: Flights, flight_id: UUID) -> FlightOut:
    """One flight with its counts."""
    with kernel.database.read() as session:
        return FlightOut.of(view_flight(session, flight_id, who.site))


_setter = officer_or_sender(Permission.SET_FLIGHT, Scope.FLIGHTS_WRITE)


def flight_setter(
    who: Annotated[KnownSender | SignedIn, Depends(_setter)],
) -> KnownSender | SignedIn:
    """An airport's system by its token, or an officer who may say where flights are."""
    if isinstance(who, KnownSender) and not who.sets_flights:
        raise ForbiddenError
    return who


@router.patch("/flights/{flight_id}")
def patch_flight(
    kernel: KernelDep,
    who: Annotated[KnownSender | SignedIn, Depends(flight_setter)],
    flight_id: UUID,
    body: FlightIn,
) -> FlightOut:
    """Say that a flight has landed, was diverted, returned, renumbered or is late. Idempotent: the same
    again changes nothing. Against what is set here as landed, diverted or returned no message stands.
    """
    change = FlightChange(**body.model_dump())
    with kernel.database.transaction() as session:
        change_flight(session, who.actor, flight_id, who.site, change, kernel.clock())
        return FlightOut.of(view_flight(session, flight_id, who.site))


def _passenger(passenger_id: UUID) -> sa.Select[UUID]:
    return sa.select(Passenger.id).where(Passenger.id == passenger_id)


def _of_link(link_id: UUID) -> sa.Select[UUID]:
    """The passenger of a link to a traveller."""
    return sa.select(IdentityLink.passenger_id).where(IdentityLink.id == link_id)


@router.get("/passengers/{passenger_id}")
def get_passenger(kernel: KernelDep, who: Persons, passenger_id: UUID) -> PassengerOut:
    """A passenger: what carriers sent, and beside it what a kiosk read and what was rectified; who looked is recorded."""
    with kernel.database.transaction() as session:
        expect_passenger_at(session, _passenger(passenger_id), who.site)
        found = PassengerOut.of(view_passenger(session, passenger_id), sight.current())
        audit.record(
            session, who.actor, "passenger.viewed", "passenger", passenger_id, kernel.clock()
        )
        return found


@router.post("/passengers/{passenger_id}/unmask", status_code=201)
def post_unmask(kernel: KernelDep, who: Persons, passenger_id: UUID, body: UnmaskIn) -> UnmaskOut:
    """Have shown in clear what is masked of one passenger, for a quarter of an hour; who and why is recorded.
    Where nothing is masked for the officer, or it is shown already, that is refused (409 `nothing-masked`).
    """
    with kernel.database.transaction() as session:
        expect_passenger_at(session, _passenger(passenger_id), who.site)
        masked = sight.current().at(passenger_id).masked
        made = disclosures.disclose(
            session, who, DisclosureOf.PASSENGER, passenger_id, masked, body.reason, kernel.clock()
        )
        return UnmaskOut(fields=list(masked), until=made.until)


@router.post("/passengers/{passenger_id}/same-person", status_code=201)
def post_same_person(
    kernel: KernelDep, who: Reviewer, passenger_id: UUID, body: SamePersonIn
) -> SamePersonOut:
    """Propose that two journeys are one person's; another officer joins them."""
    with kernel.database.transaction() as session:
        for one in (passenger_id, body.passenger_id):
            expect_passenger_at(session, _passenger(one), who.site)
        made = propose_link(
            session, who.actor, passenger_id, body.passenger_id, body.reason, kernel.clock()
        )
        return SamePersonOut(link_id=made.id)


@router.post("/identity-links/{link_id}/undo", status_code=204)
def post_undo(kernel: KernelDep, who: Reviewer, link_id: UUID, body: LinkIn) -> Response:
    """Part a passenger from a traveller, or turn a proposal down, for good."""
    with kernel.database.transaction() as session:
        expect_passenger_at(session, _of_link(link_id), who.site)
        undo_link(session, who.actor, link_id, body.reason, kernel.clock())
    return Response(status_code=204)


@router.post("/identity-links/{link_id}/join", status_code=204)
def post_join(kernel: KernelDep, who: Reviewer, link_id: UUID, body: LinkIn) -> Response:
    """Accept a proposal."""
    with kernel.database.transaction() as session:
        expect_passenger_at(session, _of_link(link_id), who.site)
        join_link(session, who.actor, link_id, body.reason, kernel.clock())
    return Response(status_code=204)
