"""Apply a PAXLST message: passenger and crew lists, changes of them, status of the flight."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.formats import paxlst
from app.formats.edifact import Fault, Position, RawMessage
from app.formats.paxlst_model import Function, PassengerList, Person
from app.messages import quality
from app.messages.contents import Verdict, code_of, prepared_at
from app.messages.work import Work, chunks, in_batches, settle
from app.travel import flights
from app.travel.flights import Part
from app.travel.identity import locator_key
from app.travel.models import Flight, FlightStatus, PassengerKind, TravelStatus
from app.travel.passengers import (
    BATCH,
    Order,
    Outcome,
    Placed,
    apply_to,
    group_locators,
    place_api,
    set_status,
)
from app.travel.records import Sighting, from_person
from app.travel.roster import Entry, Roster


class Action(StrEnum):
    """What a list says of the people in it."""

    PRESENT = "present"
    WITHDRAW = "withdraw"
    BOARDED = "boarded"
    NOT_BOARDED = "not-boarded"
    FLIGHT = "flight"  # speaks of the flight only
    OTHER = "other"  # not about people arriving: master crew lists, gate passes


_LISTS = frozenset({Function.PASSENGER_LIST, Function.CREW_LIST, ""})
_STATUS = {"CLOB": Action.BOARDED, "CLNB": Action.NOT_BOARDED}
_WITHDRAWALS = frozenset({"XR", "RP"})
_CHANGES = frozenset({"CP", "CC"})
_CLOSING = frozenset({"CL", "CLOB", "CLNB"})
_MADE = {
    Action.WITHDRAW: TravelStatus.WITHDRAWN,
    Action.BOARDED: TravelStatus.BOARDED,
    Action.NOT_BOARDED: TravelStatus.NOT_BOARDED,
}
_REST = {Action.BOARDED: TravelStatus.NOT_BOARDED, Action.NOT_BOARDED: TravelStatus.BOARDED}
_PASSENGERS = frozenset({PassengerKind.PASSENGER, PassengerKind.TRANSIT})
_AWAY = frozenset({TravelStatus.WITHDRAWN, TravelStatus.NOT_BOARDED})


def action_of(listing: PassengerList) -> Action:
    """What BGM says: 1001 the kind of list, 1004 its function."""
    if listing.document == Function.FLIGHT_STATUS:
        return _STATUS.get(listing.function, Action.FLIGHT)
    if listing.document not in _LISTS:
        return Action.OTHER
    return Action.WITHDRAW if listing.function in _WITHDRAWALS else Action.PRESENT


@dataclass(frozen=True, slots=True)
class _Named:
    """A person of the list, ready to be applied."""

    person: Person
    sighting: Sighting


def apply_list(work: Work, message: RawMessage, verdict: Verdict) -> None:
    """Apply one PAXLST message; what became of it is added to the verdict.

    Sources: WCO PAXLST guide; DESIGN ingest rules. People are applied as they come, complete or not.
    """
    verdict.listing = listing = paxlst.read(message)
    action = action_of(listing)
    verdict.note(*listing.faults)
    verdict.summary |= {**summary_of(listing), "quality": quality.of_list(listing)}
    prepared = prepared_at(message, work.received_at)
    facts = flights.of_list(listing, work.home, prepared)
    if facts is None:
        _refuse_flightless(listing, verdict)
        return
    if action is Action.OTHER:
        verdict.note(Fault("list_kind", "lists of this kind are not applied", severity="warning"))
        return
    moved = listing.function == "CF"
    flight = settle(work, verdict, facts, prepared, own=True, moved=moved)
    if flight is None:
        return
    order = work.order(prepared)
    if action is not Action.FLIGHT:
        people = _Applier(work, verdict, Roster(flight.id, work.site), action, order)
        named = people.apply(_read_people(listing, verdict))
        if action in _REST and _whole(listing):
            people.apply_rest(named)
    _after(work, flight, listing, action, prepared)
    verdict.applied = True


def summary_of(listing: PassengerList) -> dict[str, Any]:
    """What a verdict tells of a list; no personal values."""
    return {
        "document": code_of(listing.document, 3), "function": code_of(listing.function, 6),
        "part": f"{listing.sequence or 1:02d}{code_of(listing.part, 1)}",
        "people": len(listing.persons), "announced": listing.total_passengers,
    }  # fmt: skip


def _refuse_flightless(listing: PassengerList, verdict: Verdict) -> None:
    if not any(fault.severity == "error" for fault in listing.faults):
        verdict.refuse("flight_missing", "no readable flight in this list")


def _read_people(listing: PassengerList, verdict: Verdict) -> list[_Named]:
    """The people as sightings; references that several people bear are nobody's."""
    found = []
    for person in listing.persons:
        try:
            found.append(_Named(person, from_person(person)))
        except Exception:  # noqa: BLE001  # a defect in one person must not cost the others
            verdict.note(_failed(person, listing))
    counts = Counter(named.sighting.claims.reference for named in found)
    return [named if counts[named.sighting.claims.reference] == 1 else _unreferenced(named)
            for named in found]  # fmt: skip


def _unreferenced(named: _Named) -> _Named:
    claims = replace(named.sighting.claims, reference="")
    record = {k: v for k, v in named.sighting.record.items() if k != "reference"}
    return _Named(named.person, replace(named.sighting, claims=claims, record=record))


def _failed(person: Person, listing: PassengerList) -> Fault:
    where = next((fault.position for fault in person.faults if fault.position), None)
    text = "this person could not be applied"
    return Fault("person_failed", text, where or Position(listing.reference, 1, "UNH"))


def _batches(people: Sequence[_Named]) -> Iterator[Sequence[_Named]]:
    """Runs of at most :data:`BATCH`; who shares a locator is in one, or a party would be written twice."""
    parties: dict[str, list[_Named]] = {}
    for place, named in enumerate(people):
        key = locator_key(named.sighting.record.get("locator", "")) or f"#{place}"
        parties.setdefault(key, []).append(named)
    batch: list[_Named] = []
    for together in parties.values():
        if len(batch) + len(together) > BATCH:
            yield from chunks(batch, BATCH)
            batch = []
        batch += together
    yield from chunks(batch, BATCH)


@dataclass(slots=True)
class _Applier:
    """Applies the people of one message in batches."""

    work: Work
    verdict: Verdict
    roster: Roster
    action: Action
    order: Order

    def apply(self, people: Sequence[_Named]) -> set[UUID]:
        """Apply everybody and give the passengers that the list named."""
        groups = group_locators(named.sighting for named in people)
        taken: set[UUID] = set()
        counts: Counter[Outcome] = Counter()

        def batch(session: Session, named: Sequence[_Named]) -> tuple[list[Placed], set[UUID]]:
            attempt: set[UUID] = set()

            def place(roster: Roster) -> list[Placed]:
                attempt.clear()
                attempt.update(taken)
                return [self._place(roster, one.sighting, attempt) for one in named]

            placed = apply_to(session, self.work.vault, self.roster, place, groups=groups)
            return placed, attempt

        for named, done in in_batches(self.work, self.roster, _batches(people), batch):
            placed = done[0] if done else [Placed(None, Outcome.FAILED)] * len(named)
            taken.update(done[1] if done else ())
            counts.update(one.outcome for one in placed)
            for one, result in zip(named, placed, strict=True):
                self._note(one.person, result)
        self.verdict.summary |= {str(outcome): count for outcome, count in counts.items()}
        return taken

    def _place(self, roster: Roster, sighting: Sighting, taken: set[UUID]) -> Placed:
        sparse = self.action is not Action.PRESENT
        placed = place_api(roster, sighting, self.order, taken, sparse=sparse)
        if placed.passenger_id is None:
            return placed
        entry = roster.entries[placed.passenger_id]
        outcome = set_status(entry, self._status(entry), self.order)
        return placed if placed.outcome is Outcome.STALE else Placed(entry.id, outcome)

    def _status(self, entry: Entry) -> TravelStatus:
        """On a list of people present who was taken off is back; who has boarded stays so."""
        if self.action is Action.PRESENT:
            back = entry.travel_status in _AWAY
            return TravelStatus.BOOKED if back else entry.travel_status
        return _MADE[self.action]

    def _note(self, person: Person, placed: Placed) -> None:
        self.verdict.note(*person.faults, passenger_id=placed.passenger_id)
        if placed.passenger_id:
            self.verdict.placed[person.segment] = placed.passenger_id
        where = next((fault.position for fault in person.faults if fault.position), None)
        if placed.outcome is Outcome.FAILED:
            self.verdict.note(Fault("person_failed", "this person could not be applied", where))
        elif placed.outcome is Outcome.UNKNOWN:
            text = "nothing tells who this person is"
            self.verdict.note(Fault("person_unknown", text, where, "warning"))

    def apply_rest(self, named: Collection[UUID]) -> None:
        """Everybody whom the list does not name: not on board, or not left behind.

        A list of people on board that names nobody says nothing; one of people left behind does.
        Of people known from bookings only, nothing says that they boarded.
        """
        if self.action is Action.BOARDED and not named:
            return
        status = _REST[self.action]
        rest = [
            entry.id for entry in self._listed()
            if entry.id not in named and entry.travel_status is not status
        ]  # fmt: skip

        def batch(session: Session, ids: Sequence[UUID]) -> list[Placed]:
            def place(roster: Roster) -> list[Placed]:
                people = (roster.entries[one] for one in ids)
                return [Placed(one.id, set_status(one, status, self.order)) for one in people]

            return apply_to(session, self.work.vault, self.roster, place)

        for _ in in_batches(self.work, self.roster, chunks(rest, BATCH), batch):
            pass

    def _listed(self) -> list[Entry]:
        """The passengers of whom such a list would speak."""
        if self.roster.version < 0:
            with self.work.database.read() as session:
                self.roster.read(session)
        on_list = self.action is Action.BOARDED
        return [
            entry for entry in self.roster.entries.values()
            if entry.kind in _PASSENGERS and entry.travel_status is not TravelStatus.WITHDRAWN
            and (on_list or entry.api_data)
        ]  # fmt: skip


def _whole(listing: PassengerList) -> bool:
    """In one part and to its end: only then it says something of those whom it does not name."""
    part = Part.of(listing.sequence, listing.part)
    return part.last and part.number == 1 and not listing.is_cut_off


def _after(
    work: Work, flight: Flight, listing: PassengerList, action: Action, prepared: datetime
) -> None:
    """Manifest and status of the flight, once its people are in."""
    newest = flight.prepared_at == prepared
    with work.database.transaction() as session:
        if action is Action.PRESENT and _counts(listing):
            part = None if listing.is_cut_off else Part.of(listing.sequence, listing.part)
            flights.note_part(session, flight.id, part, listing.total_passengers)
        elif listing.document == Function.FLIGHT_STATUS and newest:
            close = listing.function in _CLOSING
            status = _flight_status(listing.function, flight.status)
            flights.set_flight_status(session, flight.id, status, close=close)


def _counts(listing: PassengerList) -> bool:
    """Whether a list is part of the flight's manifest: not of its crew, not a change."""
    return listing.document == Function.PASSENGER_LIST and listing.function not in _CHANGES


def _flight_status(function: str, now: FlightStatus) -> FlightStatus | None:
    if function == "XF":
        return FlightStatus.CANCELLED
    if function == "CF" and now is FlightStatus.CANCELLED:
        return FlightStatus.SCHEDULED
    if function in ("CLOB", "CLNB") and now is FlightStatus.SCHEDULED:
        return FlightStatus.DEPARTED
    return None
