"""The worker's part: take a received transmission, parse it, apply its messages, note the verdict.

A transmission is claimed by a session lock of its own, so that parsing holds no transaction and a killed
worker gives it back at once. Everything that is applied may be applied again: a transmission that was
half done is done from the start and changes nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.formats.edifact import Fault, RawMessage
from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.pnrgov.xml_reader import read_xml
from app.identity.models import Sender
from app.identity.senders import Answering, answering_of
from app.kernel import correlation, events
from app.kernel.crypto import SealError, Vault
from app.kernel.db import Database, available
from app.kernel.errors import UnavailableError
from app.kernel.telemetry import MESSAGES
from app.messages import answers, quarantine, sandbox
from app.messages.answers import Telling
from app.messages.boarding import apply_response
from app.messages.contents import Contained, Hollow, Note, Verdict, code_of, contents, is_rejected
from app.messages.lists import apply_list
from app.messages.mappings import InForce, in_force
from app.messages.models import INTERNAL, Message, MessageFault, MessageStatus
from app.messages.pushes import apply_bookings, apply_push
from app.messages.receive import sealing_context
from app.messages.replies import Reply, hollow_replies, reply_to, syntax_replies
from app.messages.sandbox import Tested
from app.messages.scrub import card_fingerprint, scrub
from app.messages.work import StoppedError, Work, never
from app.travel.flights import home_country

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3  # of a transmission that fails
MAX_STARTS = 10  # of one that ends the worker each time
MAX_FAULTS = 1000
_CANDIDATES = 20

_DUE = sa.text(
    "select id from message where status = 'received' order by attempts, id limit :limit"
)
_LOCK = sa.text("select pg_try_advisory_lock(:key)")
_UNLOCK = sa.text("select pg_advisory_unlock(:key)")
_STILL_DUE = sa.text("select true from message where id = :id and status = 'received'")

Applier = Callable[[Work, RawMessage, Verdict], None]
_APPLIERS: dict[str, Applier] = {
    "PAXLST": apply_list, "PNRGOV": apply_push, "CUSRES": apply_response,
}  # fmt: skip
_ANSWERS = frozenset({"ACKRES", "CONTRL"})  # named, not applied yet


@dataclass(frozen=True, slots=True)
class _Taken:
    """A transmission as the worker needs it; ``raw`` is still sealed."""

    id: UUID
    site: str
    raw: bytes | None
    attempts: int
    received_at: datetime
    carriers: frozenset[str]
    mapping: InForce
    sender_id: UUID
    answering: Answering
    settled: bool  # it had a verdict before, and is applied again


@dataclass(frozen=True, slots=True)
class _Said:
    """What is kept with the verdict: answers to the carrier, what test messages showed."""

    telling: Telling
    replies: Sequence[Reply]
    tested: Sequence[Tested]


def apply_next(
    database: Database,
    vault: Vault,
    now: datetime,
    site: str,
    ours: str = "EGATE",
    *,
    deny: frozenset[str] = SENSITIVE_SSR,
    stopping: Callable[[], bool] = never,
) -> bool:
    """Apply one transmission that waits; False when none does.

    ``site`` stands in where the message's own site is no airport, ``ours`` is our name in UNB. Raises
    UnavailableError when the database cannot be reached; the transmission then waits on. So it does where
    ``stopping`` becomes true while a long one is applied: that is no attempt.
    """
    with claimed(database) as message_id:
        if message_id is None:
            return False
        taken = _start(database, message_id)
        with correlation.going_back(message_id):
            try:
                _apply(database, vault, taken, now, site, ours, deny, stopping)
                log.info("message.read", message=str(message_id))
            except UnavailableError:
                raise
            except StoppedError:
                with database.transaction() as session:
                    session.execute(_UNCOUNT, {"wanted": message_id})
            except Exception as error:  # one transmission must not block the others
                log.error("message.failed", message=str(message_id), exc_info=error)  # noqa: TRY400
                if taken.attempts >= MAX_ATTEMPTS:
                    fault = Fault(INTERNAL, "this transmission could not be processed")
                    _reject(database, taken, now, fault, _scrubbed(vault, taken, deny))
        return True


@contextmanager
def claimed(database: Database) -> Iterator[UUID | None]:
    """A transmission that nobody else is working on, until the block ends or this process does."""
    with available(), database.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        message_id = _claim(connection)
        try:
            yield message_id
        finally:
            if message_id and not connection.closed and not connection.invalidated:
                connection.execute(_UNLOCK, {"key": _lock_key(message_id)})


def _claim(connection: sa.Connection) -> UUID | None:
    for message_id in connection.scalars(_DUE, {"limit": _CANDIDATES}).all():
        key = {"key": _lock_key(message_id)}
        if not connection.scalar(_LOCK, key):
            continue
        if connection.scalar(_STILL_DUE, {"id": message_id}):
            found: UUID = message_id
            return found
        connection.execute(_UNLOCK, key)
    return None


def _lock_key(message_id: UUID) -> int:
    """The random half of the id as the number of a session lock."""
    return int.from_bytes(message_id.bytes[8:], signed=True)


def _start(database: Database, message_id: UUID) -> _Taken:
    """Count the attempt before it begins: a transmission that ends the process is counted too."""
    with database.transaction() as session:
        message = session.execute(_COUNT, {"wanted": message_id}).one()
        sender = session.get_one(Sender, message.sender_id)
        return _Taken(
            message_id, message.site, message.raw, message.attempts, message.created_at,
            frozenset(sender.carriers), in_force(session, sender.id), sender.id,
            answering_of(sender), message.applied_at is not None,
        )  # fmt: skip


_COUNT = (
    sa.update(Message)
    .where(Message.id == sa.bindparam("wanted"))
    .values(attempts=Message.attempts + 1)
    .returning(
        Message.site, Message.raw, Message.attempts, Message.created_at, Message.sender_id,
        Message.applied_at,
    )
    .execution_options(synchronize_session=False)
)  # fmt: skip
_UNCOUNT = (
    sa.update(Message)
    .where(Message.id == sa.bindparam("wanted"))
    .values(attempts=Message.attempts - 1)
    .execution_options(synchronize_session=False)
)


def _apply(
    database: Database,
    vault: Vault,
    taken: _Taken,
    now: datetime,
    site: str,
    ours: str,
    deny: frozenset[str],
    stopping: Callable[[], bool],
) -> None:
    if taken.attempts > MAX_STARTS:
        raise RuntimeError
    try:
        raw = vault.open(taken.raw or b"", sealing_context(taken.id))
    except SealError:
        fault = Fault("raw_unreadable", "the stored transmission does not open")
        _reject(database, taken, now, fault, taken.raw)
        return
    work = Work(
        database, vault, taken.id, taken.site, home_country(taken.site) or home_country(site),
        taken.carriers, taken.received_at, now, taken.sender_id, taken.answering, ours, deny,
        stopping,
    )  # fmt: skip
    read_document = partial(read_xml, deny=work.deny, fingerprint=work.fingerprint)
    hollow: list[Hollow] = []
    found, faults = contents(raw, taken.mapping.rules, read_document, hollow.append)
    last = taken.attempts >= MAX_ATTEMPTS
    done = [_apply_one(work, one, position, last=last) for position, one in enumerate(found, 1)]
    failed = [one.error for one in done if one.error]
    if failed and not last:
        raise failed[0]  # the others are applied; once more for this one
    # received by an earlier release or under another mapping, or the list has grown
    clean = scrub(raw, deny, work.fingerprint, taken.mapping.rules)
    kept = taken.raw if clean == raw else vault.seal(clean, sealing_context(taken.id))
    verdicts = [one.verdict for one in done]
    _finish(database, taken, now, verdicts, faults, kept, _said(work, found, done, hollow))


@dataclass(slots=True)
class _Done:
    """One message of the transmission: what became of it, and what is told of it."""

    verdict: Verdict
    error: Exception | None = None
    reply: Reply | None = None
    tested: Tested | None = None


def _said(
    work: Work, found: Sequence[Contained], done: Sequence[_Done], hollow: Sequence[Hollow]
) -> _Said:
    verdicts = [one.verdict for one in done]
    replies = [one.reply for one in done if one.reply]
    replies += syntax_replies(found, verdicts, work.answering, work.ours)
    replies += hollow_replies(hollow, len(found), work.answering, work.ours)
    telling = Telling(work.sender_id, work.vault, work.now, work.site)
    return _Said(telling, replies, [one.tested for one in done if one.tested])


def _apply_one(work: Work, contained: Contained, position: int, *, last: bool) -> _Done:
    """Apply one message of the transmission; a failure of it must not cost the others."""
    done = _Done(verdict := Verdict(contained.summary()))
    verdict.note(*contained.faults)
    try:
        done.tested = _dispatch(work, contained, verdict, position)
    except (UnavailableError, StoppedError):
        raise
    except Exception as error:
        if last:
            log.error("message.part_failed", message=str(work.message_id), exc_info=error)  # noqa: TRY400
            verdict.refuse(INTERNAL, "this message could not be processed")
            verdict.applied = False
        done.error = error
    if not done.error or last:
        done.reply = _reply(work, contained, verdict, position)
    verdict.listing = None  # of a long transmission not all are kept
    return done


def _reply(work: Work, contained: Contained, verdict: Verdict, position: int) -> Reply | None:
    """A defect in making an answer must not take back what was applied."""
    try:
        return reply_to(contained, verdict, position, work.answering, work.ours)
    except Exception as error:
        log.error("message.not_answered", message=str(work.message_id), exc_info=error)  # noqa: TRY400
        return None


def _dispatch(work: Work, contained: Contained, verdict: Verdict, position: int) -> Tested | None:
    """Test messages go to the sandbox; real ones are applied, unless the sender may send none yet."""
    if sandbox.is_test(contained):
        return sandbox.examine(work, contained, verdict, position)
    if work.answering.sandbox_only:
        verdict.refuse("sandbox_only", "this sender may send test interchanges only")
        return None
    _apply_real(work, contained, verdict)
    return None


def _apply_real(work: Work, contained: Contained, verdict: Verdict) -> None:
    if contained.push:
        apply_bookings(work, contained.push, verdict)
        return
    applier = _APPLIERS.get(contained.type)
    if applier and contained.message:
        applier(work, contained.message, verdict)
        return
    if contained.message:
        verdict.note(*contained.message.faults)
    if contained.type not in _ANSWERS:
        verdict.refuse("message_type", "messages of this type are not read here")


# --- verdicts -------------------------------------------------------------------------------------


def _finish(
    database: Database,
    taken: _Taken,
    now: datetime,
    verdicts: Sequence[Verdict],
    faults: Sequence[Fault],
    kept: bytes | None,
    said: _Said,
) -> None:
    """Rejected: nothing could be applied and something was wrong. ``kept`` replaces what came."""
    notes = [Note(fault) for fault in faults]
    for ordinal, verdict in enumerate(verdicts):
        notes += [replace(note, ordinal=ordinal) for note in verdict.notes]
    status = MessageStatus.REJECTED if is_rejected(verdicts, notes) else MessageStatus.APPLIED
    summary = [
        {
            **verdict.summary, "applied": verdict.applied, "errors": verdict.errors,
            "warnings": len(verdict.notes) - verdict.errors,
            "faults": dict(Counter(note.fault.code for note in verdict.notes)),
        }
        for verdict in verdicts
    ]  # fmt: skip
    _settle(database, taken, now, status, summary, notes, kept, said)


def _reject(
    database: Database, taken: _Taken, now: datetime, fault: Fault, kept: bytes | None
) -> None:
    _settle(database, taken, now, MessageStatus.REJECTED, [], [Note(fault)], kept)


def _scrubbed(vault: Vault, taken: _Taken, deny: frozenset[str]) -> bytes | None:
    """The transmission as it may be kept; nothing where even that fails: no defect keeps a card number."""
    context = sealing_context(taken.id)
    try:
        raw = vault.open(taken.raw or b"", context)
        clean = scrub(raw, deny, partial(card_fingerprint, vault), taken.mapping.rules)
        return vault.seal(clean, context)
    except Exception as error:  # whatever made it fail may make this fail too
        log.error("message.not-kept", message=str(taken.id), exc_info=error)  # noqa: TRY400
        return None


def _settle(  # the whole verdict
    database: Database,
    taken: _Taken,
    now: datetime,
    status: MessageStatus,
    summary: list[dict[str, object]],
    notes: Sequence[Note],
    kept: bytes | None,
    said: _Said | None = None,
) -> None:
    with database.transaction() as session:
        if taken.settled:
            session.execute(sa.delete(MessageFault).where(MessageFault.message_id == taken.id))
        rows = [_fault_row(taken.id, note) for note in _capped(notes)]
        if rows:
            session.execute(sa.insert(MessageFault), rows)
        session.execute(
            sa.update(Message)
            .where(Message.id == taken.id)
            .values(
                status=status, applied_at=now, summary=summary, raw=kept, counted_at=None,
                mapping_version=taken.mapping.version or None,
            )
        )  # fmt: skip
        whole = status is MessageStatus.REJECTED
        if notes or taken.settled:  # else nothing of it waits there
            quarantine.note_verdict(session, taken.id, notes, summary, whole=whole, now=now)
        _tell(session, taken, now, status, len(summary))
        if said:
            if said.tested or taken.settled:
                sandbox.store(session, taken.sender_id, taken.id, said.tested, now)
            answers.store(session, said.telling, said.replies, taken.id)
    MESSAGES.labels(status).inc()


def _tell(
    session: Session, taken: _Taken, now: datetime, status: MessageStatus, messages: int
) -> None:
    audit.record(
        session, audit.SYSTEM, f"message.{status}", "message", taken.id, now, messages=messages
    )
    events.emit(session, "message.applied", taken.id, site=taken.site)


def _capped(notes: Sequence[Note]) -> Sequence[Note]:
    """The first faults, errors before warnings; a damaged file may have one per segment."""
    if len(notes) <= MAX_FAULTS:
        return notes
    by_weight = sorted(notes, key=lambda note: note.fault.severity != "error")
    more = Fault("more_faults", "further faults are not listed", severity="warning")
    return [*by_weight[:MAX_FAULTS], Note(more)]


def _fault_row(message_id: UUID, note: Note) -> dict[str, object]:
    fault, where = note.fault, note.fault.position
    return {
        "message_id": message_id, "passenger_id": note.passenger_id, "booking_id": note.booking_id,
        "ordinal": note.ordinal,
        "severity": fault.severity, "code": fault.code, "text": fault.text,
        "reference": code_of(where.message, 14) if where else None,
        "segment": where.segment if where else None,
        "tag": code_of(where.tag, 3) if where else None,
        "element": where.element if where else None,
        "component": where.component if where else None,
    }  # fmt: skip
