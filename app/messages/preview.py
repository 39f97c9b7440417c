"""The verdict that a transmission would get under other rules, from reading alone: nothing is applied.

What only applying can tell (that something prepared later has been applied already, that a person stands in a list twice, a defect of ours) is
not in it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats import paxlst, pnrgov
from app.formats.edifact import Fault, RawMessage
from app.formats.pnrgov.record import PnrPush
from app.formats.pnrgov.xml_reader import read_xml
from app.identity.models import Sender
from app.kernel.crypto import SealError, Vault
from app.kernel.errors import NotFoundError
from app.messages.contents import (
    Contained,
    Note,
    Verdict,
    contents,
    is_rejected,
    moment_of,
    prepared_at,
)
from app.messages.functions import Action, meaning_of
from app.messages.models import Message, MessageStatus
from app.messages.quarantine import RawGoneError
from app.messages.receive import sealing_context
from app.messages.rules import Rules
from app.travel import flights
from app.travel.flights import FlightFacts, home_country


@dataclass(frozen=True, slots=True)
class Preview:
    """Status, summaries of the messages and faults, as a verdict has them."""

    status: MessageStatus
    messages: tuple[dict[str, Any], ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> int:
        return sum(fault.severity == "error" for fault in self.faults)

    @property
    def by_code(self) -> list[tuple[str, int]]:
        """Faults by code, most first."""
        return Counter(fault.code for fault in self.faults).most_common()


@dataclass(frozen=True, slots=True)
class _Sent:
    """For whom and when: what verdicts depend on besides the text."""

    carriers: frozenset[str]
    home: str
    received_at: datetime
    deny: frozenset[str]


def dry_run(  # who, of what, under which rules
    session: Session,
    vault: Vault,
    actor: Actor,
    message_id: UUID,
    rules: Rules,
    now: datetime,
    *,
    deny: frozenset[str],
) -> Preview:
    """Read a stored transmission under ``rules``, without what ``deny`` names. Raises NotFoundError, RawGoneError."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFoundError
    raw = open_raw(vault, message)
    sender = session.get_one(Sender, message.sender_id)
    audit.record(session, actor, "mapping.dry-run", "message", message_id, now)
    sent = _Sent(frozenset(sender.carriers), home_country(message.site), message.created_at, deny)
    return preview(raw, rules, sent)


def open_raw(vault: Vault, message: Message) -> bytes:
    """The text that is kept of a transmission. Raises RawGoneError."""
    if message.raw is None:
        raise RawGoneError
    try:
        return vault.open(message.raw, sealing_context(message.id))
    except SealError as error:
        raise RawGoneError from error


def preview(raw: bytes, rules: Rules, sent: _Sent) -> Preview:
    """The verdict of reading. Pure."""
    found, faults = contents(raw, rules, partial(read_xml, deny=sent.deny))
    verdicts = [_read(one, sent) for one in found]
    notes = [Note(fault) for fault in faults] + [note for one in verdicts for note in one.notes]
    status = MessageStatus.REJECTED if is_rejected(verdicts, notes) else MessageStatus.APPLIED
    summaries = tuple(
        {**one.summary, "applied": one.applied, "errors": one.errors} for one in verdicts
    )
    return Preview(status, summaries, tuple(note.fault for note in notes))


def _read(contained: Contained, sent: _Sent) -> Verdict:
    verdict = Verdict(contained.summary())
    verdict.note(*contained.faults)
    message = contained.message
    if message and contained.type == "PAXLST":
        _read_list(message, verdict, sent)
    elif message and contained.type == "PNRGOV":
        _read_push(pnrgov.read(message, deny=sent.deny), verdict, sent)
    elif contained.push:
        _read_push(contained.push, verdict, sent)
    elif message:
        verdict.note(*message.faults)
    return verdict


def _read_list(message: RawMessage, verdict: Verdict, sent: _Sent) -> None:
    listing = paxlst.read(message, deny=sent.deny, received=sent.received_at)
    verdict.note(*listing.faults, *(fault for one in listing.persons for fault in one.faults))
    verdict.summary["people"] = len(listing.persons)
    if verdict.refuse_too_many(listing):
        return
    if meaning_of(listing).action is Action.MASTER_CREW:  # of a carrier, not of a flight
        verdict.applied = True
        return
    facts = flights.of_list(listing, sent.home, prepared_at(message, sent.received_at))
    verdict.applied = _settles(facts, verdict, sent, listing.faults) and (
        meaning_of(listing).action is not Action.OTHER
    )


def _read_push(push: PnrPush, verdict: Verdict, sent: _Sent) -> None:
    verdict.note(*push.faults, *(fault for one in push.records for fault in one.faults))
    verdict.summary |= {
        "pnrs": len(push.records), "people": sum(len(one.people) for one in push.records),
    }  # fmt: skip
    facts = flights.of_push(push, moment_of(push.prepared, sent.received_at))
    verdict.applied = _settles(facts, verdict, sent, push.faults)


def _settles(
    facts: FlightFacts | None, verdict: Verdict, sent: _Sent, faults: Sequence[Fault]
) -> bool:
    """Whether there is a flight that the sender may speak of."""
    if facts is None:
        if not any(fault.severity == "error" for fault in faults):
            verdict.refuse("flight_missing", "no readable flight in this message")
        return False
    verdict.summary |= {"flight": str(facts.number), "flight_date": facts.flight_date.isoformat()}
    if not facts.carriers & sent.carriers:
        verdict.refuse("carrier_not_allowed", "the sender does not speak for this carrier")
        return False
    return True
