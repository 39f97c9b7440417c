"""Master crew lists: who flies for a carrier, and whom a crew list names that it does not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.formats.edifact import Fault
from app.formats.paxlst_model import PassengerList, Person, Purpose
from app.messages.contents import Verdict
from app.messages.work import Work, chunks
from app.travel import crew
from app.travel.passengers import BATCH
from app.travel.records import from_person


def apply_master_list(
    work: Work, listing: PassengerList, prepared: datetime, verdict: Verdict
) -> None:
    """Add, change or (function H) take off the members of a carrier's master crew list.

    Each member by itself, the newest list last; such a list speaks of no flight.
    """
    carrier = _carrier(work, listing)
    if carrier is None:
        verdict.refuse("carrier_not_allowed", "the sender does not speak for this carrier")
        return
    members = [from_person(person).record for person in listing.persons]
    removed = listing.function == Purpose.DELETE
    for some in chunks(members, BATCH):
        with work.database.transaction() as session:
            crew.store_members(session, carrier, some, work.order(prepared), removed=removed)
    verdict.summary |= {"carrier": carrier, "members": len(members)}
    verdict.applied = True


def _carrier(work: Work, listing: PassengerList) -> str | None:
    """The carrier of the list: named in TDT, or the beginning of its number (`XX01MCL`)."""
    told = [code for leg in listing.legs for code in (leg.carrier, leg.flight_text[:2]) if code]
    own = sorted(work.carriers)
    return next((code for code in told if code in work.carriers), None) or (
        own[0] if not told and len(own) == 1 else None
    )


def note_unlisted(
    work: Work, carrier: str, members: Sequence[tuple[UUID, Person]], verdict: Verdict
) -> None:
    """Warn of crew who are not on the carrier's master list, where it has sent one."""
    if not members:
        return
    with work.database.read() as session:
        known = crew.members_of(session, carrier, [from_person(one).record for _, one in members])
    if known is None:
        return
    for (passenger_id, person), listed in zip(members, known, strict=True):
        if not listed:
            where = next((fault.position for fault in person.faults if fault.position), None)
            text = "not on the carrier's master crew list"
            verdict.note(Fault("crew_unlisted", text, where, "warning"), passenger_id=passenger_id)
