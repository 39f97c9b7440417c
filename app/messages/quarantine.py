"""What could not be read waits here: rejected transmissions, and applied ones with errors.

Nothing is lost: each stays until it is read without errors (after a replay), or an officer sets it aside
with a reason. A replay puts the transmission back to ``received``; its time of preparation, its time of
receipt and its id stay, so that it takes the place among the others that it always had, and applying it
again doubles nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity.models import Sender
from app.kernel import events
from app.kernel.errors import ConflictError, NotFoundError
from app.kernel.texts import N_
from app.messages.contents import Note
from app.messages.mappings import checked_reason
from app.messages.models import (
    INTERNAL,
    Message,
    MessageFault,
    MessageStatus,
    Quarantined,
    QuarantineStatus,
)

KEPT = timedelta(days=30)
"""How long, from receipt, the raw text of what waits may outlive its ordinary clock."""
PAGE = 100
REPLAY_LIMIT = 500  # transmissions put back by one act; again for the next ones

_OPEN = (QuarantineStatus.WAITING, QuarantineStatus.SET_ASIDE)


class NotWaitingError(ConflictError):
    """It was read, or put back, meanwhile."""

    code, status, title = "not-waiting", 409, N_("This does not wait any more")


class RawGoneError(ConflictError):
    """The transmission itself has been deleted: its period is over."""

    code, status, title = "raw-gone", 409, N_("The text of this transmission is no longer kept")


# --- what the worker tells ------------------------------------------------------------------------


def note_verdict(  # the verdict's own transaction
    session: Session,
    message_id: UUID,
    notes: Sequence[Note],
    summary: Sequence[dict[str, Any]],
    *,
    whole: bool,
    now: datetime,
) -> None:
    """Keep what has errors, and let go what has none (any more). Test messages never wait here."""
    errors = [note.fault for note in notes if note.fault.severity == "error"]
    if not errors or (summary and all(one.get("test") for one in summary)):
        session.execute(
            sa.update(Quarantined)
            .where(Quarantined.message_id == message_id)
            .values(status=QuarantineStatus.RESOLVED, decided_at=now)
        )
        return
    first = errors[0]
    found: dict[str, Any] = {
        "status": QuarantineStatus.WAITING, "whole": whole, "errors": len(errors),
        "kinds": sorted({str(one.get("type", "")) for one in summary} - {""}),
        "codes": sorted({fault.code for fault in errors}), "code": first.code,
        "tag": first.position.tag[:3] if first.position else None,
        "segment": first.position.segment if first.position else None, "decided_at": None,
    }  # fmt: skip
    message = session.execute(
        sa.select(Message.sender_id, Message.site, Message.created_at).where(
            Message.id == message_id
        )
    ).one()
    row = found | {
        "message_id": message_id, "sender_id": message.sender_id, "site": message.site,
        "received_at": message.created_at, "keep_until": message.created_at + KEPT,
    }  # fmt: skip
    statement = insert(Quarantined).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["message_id"], set_=found))


def held(now: datetime) -> sa.Select[UUID]:
    """Ids of the messages whose raw text outlives its ordinary clock, because they wait."""
    waiting = (QuarantineStatus.WAITING, QuarantineStatus.REPLAYING)
    return sa.select(Quarantined.message_id).where(
        Quarantined.status.in_(waiting), Quarantined.keep_until > now
    )


# --- what officers see ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: '' and None mean any."""

    status: QuarantineStatus | None = QuarantineStatus.WAITING
    sender_id: UUID | None = None
    code: str = ""
    kind: str = ""
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A quarantined transmission with its sender's name and size; ``raw_kept``: it can be read again."""

    row: Quarantined
    sender: str
    size: int
    raw_kept: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many wait with an error of this code, of which sender."""

    sender_id: UUID
    sender: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    """One entry with everything that is wrong, in the order of the faults' places."""

    entry: Entry
    message: Message
    faults: tuple[MessageFault, ...]


def read_list(session: Session, site: str, wanted: Wanted) -> list[Entry]:
    """The entries of a site, newest first, at most a page."""
    chosen = _entries().where(Quarantined.site == site)
    if wanted.status:
        chosen = chosen.where(Quarantined.status == wanted.status)
    if wanted.sender_id:
        chosen = chosen.where(Quarantined.sender_id == wanted.sender_id)
    if wanted.code:
        chosen = chosen.where(Quarantined.codes.contains([wanted.code]))
    if wanted.kind:
        chosen = chosen.where(Quarantined.kinds.contains([wanted.kind]))
    if wanted.after:
        chosen = chosen.where(Quarantined.message_id < wanted.after)
    rows = session.execute(chosen.order_by(Quarantined.message_id.desc()).limit(PAGE))
    return [Entry(row[0], row[1], row[2], row[3]) for row in rows]


def _entries() -> sa.Select[Quarantined, str, int, bool]:
    return (
        sa.select(Quarantined, Sender.name, Message.size, Message.raw.is_not(None))
        .join(Sender, Sender.id == Quarantined.sender_id)
        .join(Message, Message.id == Quarantined.message_id)
    )


def count_waiting(session: Session, site: str) -> list[Tally]:
    """What waits by sender and code of error, most first; one transmission may have several codes."""
    waiting = (
        sa.select(Quarantined.sender_id, sa.func.unnest(Quarantined.codes).label("code"))
        .where(Quarantined.site == site, Quarantined.status == QuarantineStatus.WAITING)
        .subquery()
    )
    count = sa.func.count()
    rows = session.execute(
        sa.select(waiting.c.sender_id, Sender.name, waiting.c.code, count)
        .join(Sender, Sender.id == waiting.c.sender_id)
        .group_by(waiting.c.sender_id, Sender.name, waiting.c.code)
        .order_by(count.desc(), Sender.name, waiting.c.code)
    )
    return [Tally(*row) for row in rows]


def read_case(session: Session, message_id: UUID, site: str) -> Case:
    """One entry. Raises NotFoundError, also for another site's."""
    own = _entries().where(Quarantined.message_id == message_id, Quarantined.site == site)
    row = session.execute(own).one_or_none()
    if row is None:
        raise NotFoundError
    entry = Entry(row[0], row[1], row[2], row[3])
    faults = session.scalars(
        sa.select(MessageFault)
        .where(MessageFault.message_id == message_id)
        .order_by(MessageFault.ordinal.nulls_first(), MessageFault.segment, MessageFault.id)
    ).all()
    return Case(entry, session.get_one(Message, message_id), tuple(faults))


# --- what officers do -----------------------------------------------------------------------------


def replay(session: Session, actor: Actor, message_id: UUID, site: str, now: datetime) -> None:
    """Let the worker read it again, with the mapping that is in force then.

    Raises NotFoundError, NotWaitingError, RawGoneError.
    """
    entry = _lock(session, message_id, site)
    if entry.status not in _OPEN:
        raise NotWaitingError
    if not _put_back(session, [message_id]):
        raise RawGoneError
    _mark_replaying(session, [message_id], actor, now)
    audit.record(session, actor, "quarantine.replay", "message", message_id, now)


def replay_all(
    session: Session, actor: Actor, sender_id: UUID, code: str, site: str, now: datetime
) -> int:
    """Replay what waits of a sender with an error of this code, oldest first; how many were put back.

    At most :data:`REPLAY_LIMIT` at once. What is no longer kept stays as it is.
    """
    of_sender = sa.and_(Quarantined.sender_id == sender_id, Quarantined.site == site)
    put_back = _replay_waiting(session, actor, of_sender, code, now)
    audit.record(
        session, actor, "quarantine.replay-all", "sender", sender_id, now,
        code=code, count=len(put_back),
    )  # fmt: skip
    return len(put_back)


def replay_failed(session: Session, actor: Actor, now: datetime) -> int:
    """Let the worker try again what the program itself stumbled on, of all senders and sites; how many were put back.

    For an operator, once the program is mended; at most :data:`REPLAY_LIMIT` at once.
    """
    put_back = _replay_waiting(session, actor, sa.true(), INTERNAL, now)
    for message_id in put_back:
        audit.record(session, actor, "quarantine.replay", "message", message_id, now)
    return len(put_back)


def set_aside(
    session: Session, actor: Actor, message_id: UUID, site: str, reason: str, now: datetime
) -> None:
    """Nothing more will be done about it; its raw text is on its ordinary clock again.

    Raises NotFoundError, NotWaitingError, ReasonMissingError.
    """
    why = checked_reason(reason)
    entry = _lock(session, message_id, site)
    if entry.status is not QuarantineStatus.WAITING:
        raise NotWaitingError
    entry.status, entry.reason = QuarantineStatus.SET_ASIDE, why
    entry.officer_id, entry.decided_at = actor.id, now
    audit.record(session, actor, "quarantine.set-aside", "message", message_id, now)


def _replay_waiting(
    session: Session, actor: Actor, of: sa.ColumnElement[bool], code: str, now: datetime
) -> list[UUID]:
    waiting = (
        sa.select(Quarantined.message_id)
        .where(of, Quarantined.status == QuarantineStatus.WAITING)
        .where(Quarantined.codes.contains([code]))
        .order_by(Quarantined.message_id)
        .limit(REPLAY_LIMIT)
        .with_for_update(skip_locked=True)
    )
    put_back = _put_back(session, session.scalars(waiting).all())
    _mark_replaying(session, put_back, actor, now)
    return put_back


def _lock(session: Session, message_id: UUID, site: str) -> Quarantined:
    entry = session.scalar(
        sa.select(Quarantined).where(Quarantined.message_id == message_id).with_for_update()
    )
    if entry is None or entry.site != site:
        raise NotFoundError
    return entry


def _put_back(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those that were put back: verdict given, raw text still kept."""
    settled = (MessageStatus.REJECTED, MessageStatus.APPLIED)
    rows = session.execute(
        sa.update(Message)
        .where(Message.id.in_(ids), Message.raw.is_not(None), Message.status.in_(settled))
        .values(status=MessageStatus.RECEIVED, attempts=0)
        .returning(Message.id, Message.site)
    ).all()
    for message_id, site in rows:
        events.emit(session, "message.received", message_id, site=site)
    return [message_id for message_id, _ in rows]


def _mark_replaying(session: Session, ids: Sequence[UUID], actor: Actor, now: datetime) -> None:
    session.execute(
        sa.update(Quarantined)
        .where(Quarantined.message_id.in_(ids))
        .values(
            status=QuarantineStatus.REPLAYING, replays=Quarantined.replays + 1,
            officer_id=actor.id, decided_at=now,
        )
    )  # fmt: skip
