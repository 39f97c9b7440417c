"""The life of a flight: its manifest, whether it left, and where it ended.

The carrier's messages say whether a flight is cancelled, has left and who is on board; that it landed, was
diverted or returned only the airport knows, and what the airport said stands against later messages.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor, record
from app.formats import codes
from app.formats.codes import FlightNumber
from app.kernel.errors import FieldProblem, InvalidError, NotFoundError
from app.travel.departure import Departure, Part, Whole, note_departure
from app.travel.flights import announce, renumber
from app.travel.models import Boarding, Flight, FlightStatus, Manifest

_OF_AIRPORT = frozenset({FlightStatus.LANDED, FlightStatus.DIVERTED, FlightStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class ManifestState:
    """How far a flight's passenger list has come."""

    manifest: Manifest
    parts: frozenset[int] = frozenset()
    last: int | None = None

    def begun(self) -> "ManifestState":
        """After something came that is no part."""
        return replace(self, manifest=Manifest.OPEN) if self.manifest is Manifest.NONE else self

    def with_part(self, part: Part) -> "ManifestState":
        """After a part came: closed once all of 1..last are there, and then it stays closed.

        A list may be sent again in another number of parts: the smaller number counts, so that the
        same parts close the list in whatever order they come.
        """
        lasts = [last for last in (self.last, part.number if part.last else None) if last]
        state = replace(self, parts=self.parts | {part.number}, last=min(lasts, default=None))
        whole = state.last is not None and set(range(1, state.last + 1)) <= state.parts
        closed = whole or self.manifest is Manifest.CLOSED
        return replace(state, manifest=Manifest.CLOSED if closed else Manifest.OPEN)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message of the carrier says of its flight. ``part`` None: cut off, or no part of the list.

    ``departure`` is there for a list of those on board, or of those left behind: it closes the manifest, if
    ``closes``, once all its parts are in.
    """

    prepared: datetime
    counts: bool = False
    part: Part | None = None
    announced: int | None = None
    closes: bool = False
    departs: bool = False
    cancels: bool = False
    cargo: bool = False
    departure: Departure | None = None


Known = tuple[Boarding, datetime]
"""Whom the carrier's newest whole list at departure named, and when it was prepared."""


def note_message(session: Session, flight_id: UUID, said: Said) -> Known | None:
    """Bring manifest, boarding and status up to date; in whatever order messages come, the same comes out.

    Gives what is known of who is on board if the message is of a list that says something of the others.
    """
    flight = session.get_one(Flight, flight_id, with_for_update=True, populate_existing=True)
    before = _life(flight)
    whole = Whole(complete=True)
    if said.departure:
        whole = note_departure(session, flight.id, said.departure, said.prepared)
        set_boarding(flight, said.departure.boarding, whole.since)
    _set_manifest(flight, said, complete=whole.complete)
    flight.has_left = flight.has_left or said.departs
    flight.cargo = flight.cargo or said.cargo
    newest = flight.prepared_at is None or said.prepared >= flight.prepared_at
    if said.cancels and newest:
        flight.cancelled_prepared_at = said.prepared
    flight.status = status_after(
        flight.status, newest=newest, left=flight.has_left,
        cancels=said.cancels or flight.cancelled_prepared_at == said.prepared,
    )  # fmt: skip
    if _life(flight) != before:
        announce(session, flight)
    known, since = flight.boarding, flight.boarding_prepared_at
    return (known, since) if whole.since and known and since else None


def _life(flight: Flight) -> tuple[object, ...]:
    return (
        flight.status, flight.manifest, flight.manifest_parts, flight.manifest_last,
        flight.announced, flight.cargo, flight.boarding, flight.boarding_prepared_at,
    )  # fmt: skip


def set_boarding(flight: Flight, boarding: Boarding, since: datetime | None) -> None:
    """The newest whole list counts; of one moment, the one that names those on board."""
    before = flight.boarding_prepared_at
    if since is None or (before and since < before):
        return
    if since != before or boarding is Boarding.ON_BOARD:
        flight.boarding, flight.boarding_prepared_at = boarding, since


def _set_manifest(flight: Flight, said: Said, *, complete: bool) -> None:
    """A list at departure is numbered by itself: its parts are none of the list that it follows."""
    state = ManifestState(flight.manifest, frozenset(flight.manifest_parts), flight.manifest_last)
    if said.counts:
        state = state.with_part(said.part) if said.part and not said.departure else state.begun()
        _set_announced(flight, said)
    flight.manifest = Manifest.CLOSED if said.closes and complete else state.manifest
    flight.manifest_parts, flight.manifest_last = sorted(state.parts), state.last


def _set_announced(flight: Flight, said: Said) -> None:
    """The newest list that counts its passengers is believed; of one moment, the greater count."""
    if said.announced is None:
        return
    known = flight.announced_prepared_at, flight.announced
    if None in known or (said.prepared, said.announced) > known:
        flight.announced, flight.announced_prepared_at = said.announced, said.prepared


def status_after(now: FlightStatus, *, newest: bool, cancels: bool, left: bool) -> FlightStatus:
    """What a message makes of the status: the newest one cancels a flight or has it fly after all; of several
    of one moment one that cancels does.

    A flight that left does not come back by a list; what the airport has set stands.
    """
    if now in _OF_AIRPORT:
        return now
    if cancels:
        return FlightStatus.CANCELLED if newest else now
    if now is FlightStatus.CANCELLED and not newest:
        return now
    return FlightStatus.DEPARTED if left or now is FlightStatus.DEPARTED else FlightStatus.SCHEDULED


# --- what the airport says ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlightChange:
    """What is to be set; None leaves it. ``diverted_to`` is an airport, needed for a diversion."""

    status: FlightStatus | None = None
    diverted_to: str | None = None
    number: str | None = None
    departs_at: datetime | None = None
    arrives_at: datetime | None = None


def change_flight(
    session: Session, actor: Actor, flight_id: UUID, site: str, change: FlightChange, now: datetime
) -> Flight:
    """An officer or the airport's own system says where a flight is. Saying it again changes nothing.

    Raises NotFoundError (also for flights of another site), InvalidError.
    """
    diverted_to, number = _checked(change)
    flight = session.get(Flight, flight_id, with_for_update=True, populate_existing=True)
    if flight is None or flight.site != site:
        raise NotFoundError
    before = _known(flight)
    flight.status = change.status or flight.status
    if change.status:
        flight.diverted_to = diverted_to
    flight.departs_at = change.departs_at or flight.departs_at
    flight.arrives_at = change.arrives_at or flight.arrives_at
    if number:
        renumber(session, flight, number)
    changed = {name for name, value in _known(flight).items() if value != before[name]}
    if changed:
        announce(session, flight)
        detail = {"changed": sorted(changed), "status": flight.status}
        record(session, actor, "flight.change", "flight", flight.id, now, **detail)
    return flight


def _checked(change: FlightChange) -> tuple[str | None, FlightNumber | None]:
    diverts = change.status is FlightStatus.DIVERTED
    place = codes.airport(change.diverted_to) if change.diverted_to else None
    number = FlightNumber.parse(change.number) if change.number else None
    wrong = []
    if diverts != bool(change.diverted_to) or (diverts and place is None):
        wrong.append("diverted_to")
    if change.number and number is None:
        wrong.append("number")
    if wrong:
        raise InvalidError(fields=[FieldProblem(f"/body/{name}", name) for name in wrong])
    return change.diverted_to, number


def _known(flight: Flight) -> dict[str, object]:
    names = ("status", "diverted_to", "carrier", "number", "suffix", "departs_at", "arrives_at")
    return {name: getattr(flight, name) for name in names}


COMES_HERE = sa.and_(
    Flight.status.not_in((FlightStatus.CANCELLED, FlightStatus.RETURNED)),
    sa.or_(Flight.status != FlightStatus.DIVERTED, Flight.diverted_to == Flight.site),
)
"""The flights whose people are expected: not cancelled, returned, or diverted to another airport."""
