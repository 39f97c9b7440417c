"""Apply a PNRGOV message: the newest push of each booking, and the people in it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.formats import pnrgov
from app.formats.edifact import Fault, Position, RawMessage
from app.formats.pnrgov.record import Pnr, PnrPush
from app.messages import quality
from app.messages.contents import Note, Verdict, code_of, moment_of
from app.messages.work import Work, in_batches, join_same_flight, settle
from app.travel import bookings, flights
from app.travel.bookings import Push, Stored
from app.travel.identity import locator_key
from app.travel.passengers import (
    BATCH,
    PARTY_LIMIT,
    Order,
    Outcome,
    Placed,
    apply_to,
    drop_pnr,
    place_pnr,
)
from app.travel.records import Sighting
from app.travel.roster import Roster


@dataclass(frozen=True, slots=True)
class _Unit:
    """A booking, or a run of its travellers when it has more than one transaction takes."""

    push: Push
    people: tuple[Sighting, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class _Done:
    """What a batch did: outcomes of people, bookings by position, passengers by booking."""

    placed: list[Placed]
    stored: dict[int, Stored]
    kept: dict[UUID, set[UUID]]


def apply_push(work: Work, message: RawMessage, verdict: Verdict) -> None:
    """Read one PNRGOV message in EDIFACT and apply it."""
    push = pnrgov.read(message, deny=work.deny, fingerprint=work.fingerprint)
    apply_bookings(work, push, verdict)


def apply_bookings(work: Work, push: PnrPush, verdict: Verdict) -> None:
    """Apply what a push says, however it was written; what became of it is added to the verdict.

    A later push of a booking replaces it, another part of the same push tells it on; people who are in it
    no more, or whose booking was removed, are withdrawn when nothing else is known of them.
    """
    verdict.note(*push.faults)
    verdict.summary |= {**summary_of(push), "quality": quality.of_push(push)}
    prepared = moment_of(push.prepared, work.received_at)
    facts = flights.of_push(push, prepared)
    if facts is None:
        if not any(fault.severity == "error" for fault in push.faults):
            verdict.refuse("no_flight", "no readable flight in this push")
        return
    flight = settle(work, verdict, facts, prepared, own=False, moved=False)
    if flight is None:
        return
    found = _read_bookings(push, facts.number.carrier, verdict)
    roster = Roster(flight.id, work.site)
    _Applier(work, verdict, roster, work.order(prepared), push).apply(found)
    join_same_flight(work, verdict, flight.id)
    verdict.applied = True


def summary_of(push: PnrPush) -> dict[str, Any]:
    """What a verdict tells of a push; no personal values."""
    return {
        "function": code_of(push.function, 3), "pnrs": len(push.records),
        "part": f"{push.sequence or 1:02d}{code_of(push.part, 1)}",
        "people": sum(len(pnr.people) for pnr in push.records), "announced": push.expected,
        "dropped": sum(pnr.dropped for pnr in push.records),
    }  # fmt: skip


def _read_bookings(push: PnrPush, carrier: str, verdict: Verdict) -> list[Push]:
    """The bookings ready to be stored, those of the same key put together."""
    found: dict[tuple[str, str], Push] = {}
    for pnr in push.records:
        try:
            one = bookings.read_booking(pnr, carrier)
        except Exception:  # noqa: BLE001  # a defect in one booking must not cost the others
            verdict.note(_failed(push, pnr))
            continue
        key = one.carrier, one.locator
        if key in found:
            where = Position(push.reference, pnr.segment, "SRC")
            text = "this booking stands in the push before"
            verdict.note(Fault("booking_repeated", text, where, "warning"), *pnr.faults)
            one = bookings.together(found[key], one)
        found[key] = one
    return list(found.values())


def _failed(push: PnrPush, pnr: Pnr) -> Fault:
    where = Position(push.reference, pnr.segment, "SRC")
    return Fault("booking_failed", "this booking could not be applied", where)


def _units(found: Sequence[Push]) -> Iterator[_Unit]:
    for push in found:
        people = push.sightings
        for at in range(0, max(len(people), 1), BATCH):
            yield _Unit(push, people[at : at + BATCH], last=at + BATCH >= len(people))


def _batches(found: Sequence[Push]) -> Iterator[list[_Unit]]:
    """Units together, as long as their people fit into one transaction."""
    batch: list[_Unit] = []
    size = 0
    for unit in _units(found):
        weight = max(len(unit.people), 1)
        if batch and size + weight > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(unit)
        size += weight
    if batch:
        yield batch


@dataclass(slots=True)
class _Applier:
    """Applies the bookings of one message in batches."""

    work: Work
    verdict: Verdict
    roster: Roster
    order: Order
    push: PnrPush

    def apply(self, found: Sequence[Push]) -> None:
        kept: dict[UUID, set[UUID]] = {}
        counts: Counter[Outcome] = Counter()
        groups = self._groups(found)

        def batch(session: Session, units: Sequence[_Unit]) -> _Done:
            return self._batch(session, units, kept, groups)

        for units, done in in_batches(self.work, self.roster, _batches(found), batch):
            if done is None:
                counts[Outcome.FAILED] += sum(len(unit.people) for unit in units)
            else:
                kept.update(done.kept)
                counts.update(placed.outcome for placed in done.placed)
            self._note(units, done)
        self.verdict.summary |= {str(outcome): count for outcome, count in counts.items()}

    def _groups(self, found: Sequence[Push]) -> set[str]:
        """Locators of tour groups: their people form no party."""
        groups = {pnr.index for pnr in self.push.records if any(t.group for t in pnr.travellers)}
        return {
            locator_key(one.locator) for one in found
            if one.position in groups or len(one.sightings) > PARTY_LIMIT
        }  # fmt: skip

    def _batch(
        self,
        session: Session,
        units: Sequence[_Unit],
        before: dict[UUID, set[UUID]],
        groups: set[str],
    ) -> _Done:
        pushes = list({unit.push.position: unit.push for unit in units}.values())
        stored = bookings.store_bookings(
            session,
            self.roster,
            pushes,
            self.order,
            self.work.now,
            in_parts=_is_in_parts(self.push),
        )
        kept: dict[UUID, set[UUID]] = {}

        def place(roster: Roster) -> list[Placed]:
            kept.clear()
            placed: list[Placed] = []
            for unit in units:
                placed += _place(roster, unit, stored[unit.push.position], before, kept)
            return placed

        placed = apply_to(session, self.work.vault, self.roster, place, groups=groups)
        booking_ids = [one.booking_id for one in stored.values()]
        bookings.link_parties(session, self.roster, booking_ids)
        return _Done(placed, stored, kept)

    def _note(self, units: Sequence[_Unit], done: _Done | None) -> None:
        """Faults of a booking, once its first people are in."""
        records = {pnr.index: pnr for pnr in self.push.records}
        for unit in units:
            pnr = records[unit.push.position]
            if unit.people[:1] != unit.push.sightings[:1]:
                continue
            stored = done.stored[unit.push.position] if done else None
            booking_id = stored.booking_id if stored else None
            faults = list(pnr.faults)
            if done is None:
                faults.append(_failed(self.push, pnr))
            self.verdict.notes += [Note(fault, booking_id=booking_id) for fault in faults]


def _is_in_parts(push: PnrPush) -> bool:
    """Whether it is one of several parts (S010 of UNH): a single one is numbered `01:F`, or not at all."""
    return push.sequence is not None and (push.sequence, push.part) != (1, "F")


def _place(
    roster: Roster,
    unit: _Unit,
    stored: Stored,
    before: dict[UUID, set[UUID]],
    kept: dict[UUID, set[UUID]],
) -> list[Placed]:
    if not stored.fresh:
        return [Placed(None, Outcome.STALE) for _ in unit.people]
    taken = kept.setdefault(stored.booking_id, set(before.get(stored.booking_id, ())))
    people = unit.people if stored.people is None else stored.people if unit.last else ()
    placed = [place_pnr(roster, one, stored.booking_id, taken) for one in people]
    if unit.last:
        placed += drop_pnr(roster, stored.booking_id, taken)
    return placed
