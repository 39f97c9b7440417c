"""Answers to carriers: made in the transaction of the verdict, kept sealed, handed over in order.

Each sender has an outbox: its answers, numbered without a gap in the order of their commits (the row of
the sender is locked while one is made), so "after number n" loses nothing. Whatever is applied again says
the same again and makes no second answer; only a changed verdict makes a new one.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.identity.models import Sender
from app.kernel import events
from app.kernel.crypto import SealError, Vault
from app.kernel.errors import NotFoundError
from app.kernel.ids import uuid7
from app.messages.answer_models import Answer, AnswerKind, Boarding, BoardingOrder
from app.messages.models import Message, MessageStatus
from app.messages.replies import Reply

log = structlog.get_logger(__name__)

PAGE = 100
_REFERENCE = 14  # 0020 is an14
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom answers are for, when, and with what they are sealed."""

    sender_id: UUID
    vault: Vault
    now: datetime
    site: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer as it is handed over; ``text`` is the interchange, None once its time is over."""

    id: UUID
    number: int
    kind: AnswerKind
    message_id: UUID | None
    reference: str
    test: bool
    created_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    text: bytes | None


# --- making ---------------------------------------------------------------------------------------


def store(
    session: Session, telling: Telling, replies: Sequence[Reply], message_id: UUID | None
) -> list[Answer]:
    """Put answers into the sender's outbox, in this transaction; those that say nothing new are left out.

    Writing and sealing happen while the sender's row is locked: only then officers' orders and the boarding
    authority stand still. That row is waited for by the next answer of the same sender and by its settings.
    """
    if not replies:
        return []
    number, authority = _lock(session, telling.sender_id)
    said = _digests(session, message_id)
    orders = _orders(session, telling.sender_id, replies) if authority else {}
    made = []
    for reply in replies:
        told = reply.under(orders) if authority else reply.without_authority()
        answer = _answer(telling, told, message_id)
        if said.get((answer.kind, answer.position)) != answer.digest:
            number += 1
            answer.number = number
            made.append(answer)
    if made:
        session.add_all(made)
        session.flush()
        session.execute(
            sa.update(Sender).where(Sender.id == telling.sender_id).values(answered=number)
        )
        events.emit(session, "answer.made", telling.sender_id, version=number, site=telling.site)
    return made


def _lock(session: Session, sender_id: UUID) -> tuple[int, bool]:
    """The number of the newest answer, and whether boarding may be decided; both stay until the commit."""
    wanted = sa.select(Sender.answered, Sender.boarding_authority).where(Sender.id == sender_id)
    row = session.execute(wanted.with_for_update(key_share=True)).one()
    return row.answered, row.boarding_authority


def _digests(session: Session, message_id: UUID | None) -> dict[tuple[AnswerKind, int], bytes]:
    """What was answered last to each message of a transmission."""
    if message_id is None:
        return {}
    rows = session.execute(
        sa.select(Answer.kind, Answer.position, Answer.digest)
        .where(Answer.message_id == message_id)
        .order_by(Answer.number)
    )
    return {(row.kind, row.position): bytes(row.digest) for row in rows}


def _orders(session: Session, sender_id: UUID, replies: Sequence[Reply]) -> dict[UUID, Boarding]:
    """The newest order on each passenger of whom this sender was told one; another's are not its business."""
    passengers = [who for reply in replies for who in reply.passengers if who]
    if not passengers:
        return {}
    rows = session.execute(
        sa.select(BoardingOrder.passenger_id, BoardingOrder.boarding)
        .join(Answer, Answer.id == BoardingOrder.answer_id)
        .where(BoardingOrder.passenger_id.in_(passengers), Answer.sender_id == sender_id)
        .order_by(BoardingOrder.id)
    )
    return {row.passenger_id: row.boarding for row in rows}


def _answer(telling: Telling, reply: Reply, message_id: UUID | None) -> Answer:
    answer_id = uuid7()
    reference = reference_of(answer_id)
    text = reply.write(reference, telling.now)
    return Answer(
        id=answer_id, created_at=telling.now, sender_id=telling.sender_id, number=0, kind=reply.kind,
        message_id=message_id, position=reply.position, reference=reference, test=reply.test,
        digest=_digest(text), text=telling.vault.seal(text.encode(), sealing_context(answer_id)),
    )  # fmt: skip


def reference_of(answer_id: UUID) -> str:
    """The control reference of an answer: 72 bits of its id in letters and digits."""
    rest, letters = answer_id.int % len(_LETTERS) ** _REFERENCE, ""
    for _ in range(_REFERENCE):
        rest, at = divmod(rest, len(_LETTERS))
        letters = _LETTERS[at] + letters
    return letters


def _digest(text: str) -> bytes:
    """Of what is said: without UNB and UNZ, which carry time and reference of each saying."""
    return hashlib.sha256(text[text.index("UNH+") : text.rindex("UNZ+")].encode()).digest()


def sealing_context(answer_id: UUID) -> bytes:
    """What binds a sealed answer to its row."""
    return b"answer/" + answer_id.bytes


# --- handing over ---------------------------------------------------------------------------------


def undelivered(
    session: Session, sender_id: UUID, limit: int = PAGE, *, vault: Vault
) -> list[Outgoing]:
    """What a folder or a queue has still to hand over to the sender, oldest first."""
    statement = (
        sa.select(Answer)
        .where(Answer.sender_id == sender_id, Answer.delivered_at.is_(None))
        .order_by(Answer.number)
        .limit(limit)
    )
    return _opened(session.scalars(statement), vault)


def mark_delivered(session: Session, ids: Collection[UUID], now: datetime) -> None:
    """Note that answers were handed over; the first time stays."""
    session.execute(
        sa.update(Answer)
        .where(Answer.id.in_(ids), Answer.delivered_at.is_(None))
        .values(delivered_at=now)
    )


def outbox(
    session: Session, sender_id: UUID, after: int, limit: int = PAGE, *, vault: Vault
) -> list[Outgoing]:
    """The sender's answers with a greater number than ``after``, in order."""
    statement = (
        sa.select(Answer)
        .where(Answer.sender_id == sender_id, Answer.number > after)
        .order_by(Answer.number)
        .limit(limit)
    )
    return _opened(session.scalars(statement), vault)


def acknowledge_through(session: Session, sender_id: UUID, number: int, now: datetime) -> int:
    """The sender has everything up to ``number``; how many answers that settled."""
    ids = sa.update(Answer).where(
        Answer.sender_id == sender_id, Answer.number <= number, Answer.delivered_at.is_(None)
    )
    done = session.execute(ids.values(delivered_at=now).returning(Answer.id))
    return len(done.all())


def answers_to(
    session: Session, sender_id: UUID, message_id: UUID, *, vault: Vault
) -> list[Outgoing] | None:
    """What was answered to a transmission, by position; None while it is still being worked on.

    A duplicate shows the answers of the first one. Raises NotFoundError for another sender's.
    """
    message = session.get(Message, message_id)
    if message is None or message.sender_id != sender_id:
        raise NotFoundError
    if message.duplicate_of:
        message = session.get_one(Message, message.duplicate_of)
    if message.status is MessageStatus.RECEIVED:
        return None
    rows = session.scalars(
        sa.select(Answer).where(Answer.message_id == message.id).order_by(Answer.number)
    )
    newest = {(row.position, row.kind): row for row in rows}
    return _opened((newest[key] for key in sorted(newest)), vault)


def _opened(rows: Iterable[Answer], vault: Vault) -> list[Outgoing]:
    return [
        Outgoing(
            row.id, row.number, row.kind, row.message_id, row.reference, row.test, row.created_at,
            row.delivered_at, row.acknowledged_at, _open(row, vault),
        )
        for row in rows
    ]  # fmt: skip


def _open(row: Answer, vault: Vault) -> bytes | None:
    if row.text is None:
        return None
    try:
        return vault.open(row.text, sealing_context(row.id))
    except SealError:
        log.error("answer.unreadable", answer=str(row.id))  # noqa: TRY400  # the fact is all there is
        return None
