"""Apply a PAXLST message: passenger and crew lists, changes of them, status of the flight."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.formats import paxlst
from app.formats.edifact import Fault, Position, RawMessage
from app.formats.paxlst_model import Function, PassengerList, Person, Role
from app.messages import quality
from app.messages.contents import Verdict, code_of, prepared_at
from app.messages.crew import apply_master_list, note_unlisted
from app.messages.functions import Action, Meaning, meaning_of
from app.messages.work import Work, chunks, in_batches, join_same_flight, settle
from app.travel import flights
from app.travel.departure import Departure, Part
from app.travel.identity import locator_key
from app.travel.life import Known, Said, note_message
from app.travel.models import Boarding, TravelStatus
from app.travel.passengers import (
    BATCH,
    Order,
    Outcome,
    Placed,
    apply_to,
    await_status,
    group_locators,
    implies_change,
    imply_status,
    place_api,
    set_status,
    settle_awaited,
)
from app.travel.records import Sighting, from_person
from app.travel.roster import Roster

_MADE = {
    Action.WITHDRAW: TravelStatus.WITHDRAWN,
    Action.ON_BOARD: TravelStatus.BOARDED,
    Action.BOARDED: TravelStatus.BOARDED,
    Action.NOT_BOARDED: TravelStatus.NOT_BOARDED,
}
_NAMES = {
    Action.ON_BOARD: Boarding.ON_BOARD,
    Action.BOARDED: Boarding.ON_BOARD,
    Action.NOT_BOARDED: Boarding.LEFT_BEHIND,
}
_WHOLE_RECORDS = frozenset({Action.PRESENT, Action.ON_BOARD})


@dataclass(frozen=True, slots=True)
class _Named:
    """A person of the list, ready to be applied."""

    person: Person
    sighting: Sighting


def apply_list(work: Work, message: RawMessage, verdict: Verdict) -> None:
    """Apply one PAXLST message; what became of it is added to the verdict.

    Sources: WCO PAXLST guide; DESIGN ingest rules. People are applied as they come, complete or not.
    """
    verdict.listing = listing = paxlst.read(message, deny=work.deny, received=work.received_at)
    meaning = meaning_of(listing)
    verdict.note(*listing.faults)
    verdict.summary |= {**summary_of(listing), "quality": quality.of_list(listing)}
    prepared = prepared_at(message, work.received_at)
    if verdict.refuse_too_many(listing):
        return
    if meaning.action is Action.MASTER_CREW:
        apply_master_list(work, listing, prepared, verdict)
        return
    facts = flights.of_list(listing, work.home, prepared)
    if facts is None:
        _refuse_flightless(listing, verdict)
        return
    if not _lands_here(work, listing, meaning, verdict):
        return
    flight = settle(work, verdict, facts, prepared, own=True, moved=meaning.moved)
    if flight is None:
        return
    people = _Applier(work, verdict, Roster(flight.id, work.site), meaning, work.order(prepared))
    named = (
        people.apply(_read_people(listing, verdict))
        if meaning.action is not Action.FLIGHT
        else set()
    )
    names = bool(named) or people.is_early
    departure = _departure(work, message, listing, meaning, prepared, names=names)
    known = _note_message(work, flight.id, listing, meaning, prepared, departure)
    if known:
        people.imply_rest(known)
    if listing.document == Function.CREW_LIST:
        note_unlisted(work, facts.number.carrier, people.crew, verdict)
    join_same_flight(work, verdict, flight.id)
    verdict.applied = True


def summary_of(listing: PassengerList) -> dict[str, Any]:
    """What a verdict tells of a list; no personal values."""
    return {
        "document": code_of(listing.document, 3), "function": code_of(listing.function, 6),
        "part": f"{listing.sequence or 1:02d}{code_of(listing.part, 1)}",
        "people": len(listing.persons), "announced": listing.total_passengers,
    }  # fmt: skip


def _lands_here(work: Work, listing: PassengerList, meaning: Meaning, verdict: Verdict) -> bool:
    """Whether the people of a list arrive here; who only flies over, or comes from within, does not.

    They are counted in the summary and not stored: nothing here is to be decided about them.
    """
    if meaning.action is Action.OTHER:
        verdict.note(Fault("list_kind", "lists of this kind are not applied", severity="warning"))
    elif meaning.action is Action.PASSING:
        verdict.summary["passing"] = len(listing.persons)
        verdict.applied = True
    elif meaning.onward and listing.border_leg(work.home) is None:
        verdict.summary["domestic"] = len(listing.persons)
        verdict.applied = True
    else:
        return True
    return False


def _departure(
    work: Work,
    message: RawMessage,
    listing: PassengerList,
    meaning: Meaning,
    prepared: datetime,
    *,
    names: bool,
) -> Departure | None:
    """What the message is of a list of those on board or left behind; None when it is of none."""
    boarding = _NAMES.get(meaning.action)
    if boarding is None:
        return None
    key = _list_key(work, listing, message.common_access_reference, prepared)
    return Departure(key, _part(listing), boarding, names)


def _list_key(work: Work, listing: PassengerList, reference: str, prepared: datetime) -> str:
    """What the parts of one list of a flight share; without a common access reference, the time."""
    told = (
        work.sender_id.hex,
        listing.document,
        listing.function,
        reference or prepared.isoformat(),
    )
    return blake2b("\x00".join(told).encode(), digest_size=16).hexdigest()


def _part(listing: PassengerList) -> Part | None:
    """Which part it is; None where it was cut off: that is no part."""
    return None if listing.is_cut_off else Part.of(listing.sequence, listing.part)


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
    meaning: Meaning
    order: Order
    crew: list[tuple[UUID, Person]] = field(default_factory=list)
    is_early: bool = False
    """Whether it speaks of people by references before any list has told references of this flight."""

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
        action = self.meaning.action
        sparse = action not in _WHOLE_RECORDS
        placed = place_api(roster, sighting, self.order, taken, sparse=sparse)
        if placed.passenger_id is None:
            self._await(roster, sighting)
            return placed
        entry = roster.entries[placed.passenger_id]
        outcome = Outcome.SAME
        settle_awaited(roster, entry)
        if action in _MADE:
            outcome = set_status(entry, _MADE[action], self.order.prepared_at)
        implied = imply_status(entry, roster.boarding)
        if outcome is not Outcome.STALE or not sparse:
            outcome = implied
        kept = placed.outcome in (Outcome.STALE, Outcome.REPEATED)
        return placed if kept else Placed(entry.id, outcome)

    def _await(self, roster: Roster, sighting: Sighting) -> None:
        reference, status = sighting.claims.reference, _MADE.get(self.meaning.action)
        several = roster.index.having("reference", reference)  # who is meant nobody knows
        if reference and status and not several:
            await_status(roster, reference, status, self.order.prepared_at)
            if not self.is_early:
                self.is_early = not any(entry.reference for entry in roster.entries.values())

    def _note(self, person: Person, placed: Placed) -> None:
        if placed.passenger_id and person.role in (Role.CREW, Role.TRANSIT_CREW):
            self.crew.append((placed.passenger_id, person))
        self.verdict.note(*person.faults, passenger_id=placed.passenger_id)
        if placed.passenger_id:
            self.verdict.placed[person.segment] = placed.passenger_id
        where = next((fault.position for fault in person.faults if fault.position), None)
        if placed.outcome is Outcome.FAILED:
            self.verdict.note(Fault("person_failed", "this person could not be applied", where))
        elif placed.outcome is Outcome.REPEATED:
            text = "this person stands in the list before"
            self.verdict.note(Fault("person_repeated", text, where, "warning"))
        elif placed.outcome is Outcome.UNKNOWN:
            text = "no list has told yet who this person is"
            self.verdict.note(Fault("person_unknown", text, where, "warning"))

    def imply_rest(self, boarding: tuple[Boarding, datetime]) -> None:
        """Everybody whom the list at departure does not name: left behind, or on board."""
        with self.work.database.read() as session:
            self.roster.read(session)
        self.roster.forget()  # other lists may come in between: the first batch reads again
        entries = self.roster.entries.values()
        others = sorted(one.id for one in entries if implies_change(one, boarding))

        def batch(session: Session, ids: Sequence[UUID]) -> list[Placed]:
            def place(roster: Roster) -> list[Placed]:
                people = (roster.entries[one] for one in ids)
                return [Placed(one.id, imply_status(one, roster.boarding)) for one in people]

            return apply_to(session, self.work.vault, self.roster, place)

        for _ in in_batches(self.work, self.roster, chunks(others, BATCH), batch):
            pass


def _note_message(
    work: Work,
    flight_id: UUID,
    listing: PassengerList,
    meaning: Meaning,
    prepared: datetime,
    departure: Departure | None,
) -> Known | None:
    """Manifest and status of the flight, once its people are in; what is known of who is on board."""
    said = Said(
        prepared, counts=meaning.counts, part=_part(listing), announced=listing.total_passengers,
        closes=meaning.closes, departs=meaning.departs, cancels=meaning.cancels,
        cargo=meaning.cargo, departure=departure,
    )  # fmt: skip
    with work.database.transaction() as session:
        return note_message(session, flight_id, said)
