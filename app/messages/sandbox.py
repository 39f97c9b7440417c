"""Test interchanges (UNB 0035 = 1): read like real ones, answered like real ones, and applied to nothing.

What each showed is kept as counts and positions; :func:`report` makes of them what a carrier has to show
before its real messages are taken.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats import paxlst, pnrgov
from app.formats.edifact import Fault, RawMessage
from app.formats.paxlst_model import Function, PassengerList
from app.formats.pnrgov.record import PnrPush
from app.identity.models import Sender
from app.identity.senders import UnknownSenderError
from app.kernel.ids import uuid7
from app.messages import checks
from app.messages.answer_models import SandboxMessage
from app.messages.certification import PERIOD, Report, assemble
from app.messages.checks import Check, Requirement
from app.messages.contents import Contained, Verdict, code_of, moment_of, prepared_at
from app.messages.functions import Action, meaning_of
from app.messages.lists import summary_of as summary_of_list
from app.messages.models import Message, MessageStatus
from app.messages.pushes import summary_of as summary_of_push
from app.messages.work import Work, speaks_for
from app.travel import flights
from app.travel.flights import FlightFacts
from app.travel.identity import locator_key

MAX_MESSAGES = 5000
_CLOSING = frozenset({"CL", "CLOB", "CLNB"})


@dataclass(slots=True)
class Tested:
    """What a test message showed, ready to be stored."""

    position: int
    type: str
    control_reference: str
    reference: str
    flight: str = ""
    departs_at: datetime | None = None
    part: int | None = None
    last: bool = False
    closing: bool = False
    checks: dict[Requirement, Check] = field(default_factory=dict)
    links: list[tuple[bytes, int]] = field(default_factory=list)


def is_test(contained: Contained) -> bool:
    """UNB 0035 = 1; of a document in XML `Target="Test"`."""
    if contained.push:
        return contained.push.test
    return contained.message is not None and contained.message.interchange.test


def examine(work: Work, contained: Contained, verdict: Verdict, position: int) -> Tested:
    """Read a test message with the readers of real ones; ``verdict.applied`` = it would be applied."""
    message = contained.message
    verdict.summary["test"] = True
    summary = verdict.summary
    if contained.push:  # XML has no references: its time and the flight's place tell two apart
        prepared = contained.push.prepared
        references = (f"{prepared:%y%m%d%H%M%S}" if prepared else "", str(position))
    else:
        references = (summary["control_reference"], summary["reference"])
    tested = Tested(position, summary["type"].removesuffix("-XML"), *references)
    facts: FlightFacts | None = None
    if contained.push:
        facts = _examine_push(work, contained.push, verdict, tested)
    elif message and contained.type == "PAXLST":
        facts = _examine_list(work, message, verdict, tested)
    elif message and contained.type == "PNRGOV":
        facts = _examine_push(work, pnrgov.read(message, deny=work.deny), verdict, tested)
    elif message:
        verdict.note(*message.faults)
    faults = [note.fault for note in verdict.notes]
    tested.checks |= checks.of_faults(
        faults, readable=_readable(facts) or not (contained.push or contained.type in _BOTH)
    )
    return tested


_BOTH = frozenset({"PAXLST", "PNRGOV"})


def _readable(facts: FlightFacts | None) -> bool:
    return bool(facts and facts.origin and facts.destination and facts.departs_at)


def _judge(
    work: Work, verdict: Verdict, tested: Tested, facts: FlightFacts | None, faults: Sequence[Fault]
) -> None:
    """Whether the message would be applied, and the flight it speaks of."""
    if facts is None:
        if not any(fault.severity == "error" for fault in faults):
            verdict.refuse("flight_missing", "no readable flight in this message")
        return
    tested.flight = f"{facts.number}/{facts.flight_date}/{code_of(facts.origin, 3)}"
    tested.departs_at = facts.departs_at
    verdict.applied = speaks_for(work, verdict, facts)


def _examine_list(
    work: Work, message: RawMessage, verdict: Verdict, tested: Tested
) -> FlightFacts | None:
    verdict.listing = listing = paxlst.read(message, deny=work.deny, received=work.received_at)
    verdict.note(*listing.faults)
    verdict.summary |= summary_of_list(listing)
    for person in listing.persons:
        verdict.note(*person.faults)
        if not any(fault.severity == "error" for fault in person.faults):
            verdict.placed[person.segment] = None
    prepared = prepared_at(message, work.received_at)
    facts = flights.of_list(listing, work.home, prepared)
    _judge(work, verdict, tested, facts, listing.faults)
    if meaning_of(listing).action is Action.PRESENT:
        _check_list(work, listing, tested, prepared, facts)
    elif listing.document == Function.FLIGHT_STATUS:
        tested.closing = listing.function in _CLOSING
    return facts


def _check_list(  # what is asked of a list of people present
    work: Work,
    listing: PassengerList,
    tested: Tested,
    prepared: datetime,
    facts: FlightFacts | None,
) -> None:
    departure = facts.flight_date if facts else None
    tested.checks |= checks.of_people(listing, work.answering.required, departure)
    if listing.document == Function.PASSENGER_LIST and listing.function != "CP":
        tested.part, tested.last = listing.sequence or 1, listing.part == "F"
        _check_time(tested, prepared, facts)
    for person in listing.persons:
        for kind, code in (("avf", locator_key(person.locator)), ("abo", person.unique_reference)):
            _link(work, tested, kind, code, person.segment)


def _examine_push(
    work: Work, push: PnrPush, verdict: Verdict, tested: Tested
) -> FlightFacts | None:
    verdict.note(*push.faults)
    verdict.summary |= summary_of_push(push)
    for pnr in push.records:
        verdict.note(*pnr.faults)
    prepared = moment_of(push.prepared, work.received_at)
    facts = flights.of_push(push, prepared)
    _judge(work, verdict, tested, facts, push.faults)
    _check_time(tested, prepared, facts)
    _link_bookings(work, push, tested)
    return facts


def _check_time(tested: Tested, prepared: datetime, facts: FlightFacts | None) -> None:
    found = checks.timely(prepared, facts.departs_at, facts.origin) if facts else None
    if found:
        tested.checks[Requirement.TIMELINESS] = found


def _link_bookings(work: Work, push: PnrPush, tested: Tested) -> None:
    for pnr in push.records:
        for locator in pnr.locators:
            _link(work, tested, "avf", locator_key(locator.code), pnr.segment)
        for person in pnr.people:
            _link(work, tested, "abo", person.unique_id, pnr.segment)


def _link(work: Work, tested: Tested, kind: str, code: str, segment: int) -> None:
    if code and tested.flight:
        value = f"{tested.flight}/{kind}/{code.upper()}"
        tested.links.append((work.vault.pseudonym("sandbox", value), segment))


# --- keeping --------------------------------------------------------------------------------------


def store(
    session: Session, sender_id: UUID, message_id: UUID, tested: Sequence[Tested], now: datetime
) -> None:
    """Keep what a transmission's test messages showed; a repeated transmission shows it once."""
    session.execute(sa.delete(SandboxMessage).where(SandboxMessage.message_id == message_id))
    session.add_all(
        SandboxMessage(
            id=uuid7(), created_at=now, sender_id=sender_id, message_id=message_id,
            position=one.position, type=one.type, control_reference=one.control_reference,
            reference=one.reference, flight=one.flight, departs_at=one.departs_at, part=one.part,
            last=one.last, closing=one.closing,
            checks={str(kind): found.stored() for kind, found in one.checks.items()},
            links=[key for key, _ in one.links], link_segments=[at for _, at in one.links],
        )
        for one in tested
    )  # fmt: skip
    session.flush()


def report(session: Session, sender_id: UUID, now: datetime) -> Report:
    """What a sender's test messages of the last :data:`PERIOD` have shown. Raises UnknownSenderError."""
    sender = session.get(Sender, sender_id)
    if sender is None:
        raise UnknownSenderError
    since = now - PERIOD
    rows = session.scalars(
        sa.select(SandboxMessage)
        .where(SandboxMessage.sender_id == sender_id, SandboxMessage.created_at >= since)
        .order_by(SandboxMessage.created_at.desc(), SandboxMessage.id.desc())
        .limit(MAX_MESSAGES)
    ).all()
    again = _sent_again(session, sender_id, {row.message_id for row in rows})
    return assemble(sender, rows[::-1], again, now)


def _sent_again(
    session: Session, sender_id: UUID, messages: Collection[UUID]
) -> list[tuple[UUID, datetime]]:
    """Transmissions that were the same bytes as a test transmission before."""
    if not messages:
        return []
    found = session.execute(
        sa.select(Message.id, Message.created_at)
        .where(Message.sender_id == sender_id, Message.status == MessageStatus.DUPLICATE)
        .where(Message.duplicate_of.in_(messages))
        .order_by(Message.created_at)
    )
    return [(row.id, row.created_at.astimezone(UTC)) for row in found]
