"""Take a transmission in: keep it sealed, recognise what came before. Parsing is the worker's."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.identity.senders import KnownSender, UnknownSenderError, sender_by_name
from app.kernel import events, idempotency
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import InvalidError, TooLargeError
from app.kernel.ids import uuid7
from app.kernel.telemetry import MESSAGES
from app.kernel.texts import N_
from app.messages.mappings import in_force
from app.messages.models import Message, MessageStatus
from app.messages.scrub import card_fingerprint, scrub

MAX_BODY = 32 * 1024 * 1024
_ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(:key)")


class EmptyMessageError(InvalidError):
    """Nothing was sent."""

    code, title = "message-empty", N_("There is nothing in this message")


class MessageTooLargeError(TooLargeError):
    """More than :data:`MAX_BODY` bytes."""

    code, title = "message-too-large", N_("A transmission has at most 32 MiB")


@dataclass(frozen=True, slots=True)
class Received:
    """What the sender is told at once; the verdict comes with the parsing."""

    id: UUID
    status: MessageStatus
    duplicate_of: UUID | None = None


def receive_message(  # who, for whom, what, when, and the key to seal it with
    session: Session,
    actor: Actor,
    sender: KnownSender,
    raw: bytes,
    now: datetime,
    *,
    vault: Vault,
    deny: frozenset[str] = SENSITIVE_SSR,
) -> Received:
    """Store a transmission (one or many interchanges) for the worker.

    The same bytes from the same sender are a duplicate of the first ones and are not kept again, unless
    those were rejected. What is stored has lost what ``deny`` names and the numbers of cards, as it came and
    as the sender's mapping means it; the digest is that of the bytes that came. Raises EmptyMessageError, MessageTooLargeError.
    """
    if len(raw) > MAX_BODY:
        raise MessageTooLargeError
    if not raw.strip(b" \t\r\n\x00"):
        raise EmptyMessageError
    digest = hashlib.sha256(raw).digest()
    rules = in_force(session, sender.id).rules
    clean = scrub(raw, deny, partial(card_fingerprint, vault), rules)  # before anything is locked
    session.execute(_ONE_AT_A_TIME, {"key": int.from_bytes(digest[:8], signed=True)})
    first = _first(session, sender.id, digest)
    message_id = uuid7()
    status = MessageStatus.DUPLICATE if first else MessageStatus.RECEIVED
    message = Message(
        id=message_id, created_at=now, sender_id=sender.id, site=sender.site, digest=digest,
        size=len(raw), raw=None if first else vault.seal(clean, sealing_context(message_id)),
        status=status, duplicate_of=first, attempts=0, summary=[],
    )  # fmt: skip
    session.add(message)
    session.flush()
    audit.record(
        session, actor, "message.received", "message", message_id, now, size=len(raw), status=status
    )
    events.emit(session, "message.received", message_id, site=sender.site)
    MESSAGES.labels(status).inc()
    return Received(message_id, status, first)


def sealing_context(message_id: UUID) -> bytes:
    """What binds a sealed transmission to its row."""
    return b"message/" + message_id.bytes


def _first(session: Session, sender_id: UUID, digest: bytes) -> UUID | None:
    live = (MessageStatus.RECEIVED, MessageStatus.APPLIED)
    return session.scalar(
        sa.select(Message.id)
        .where(Message.sender_id == sender_id, Message.digest == digest, Message.status.in_(live))
        .order_by(Message.id)
        .limit(1)
    )


def receive_once(
    session: Session,
    sender: KnownSender,
    key: str | None,
    raw: bytes,
    now: datetime,
    *,
    vault: Vault,
    deny: frozenset[str] = SENSITIVE_SSR,
) -> Received:
    """:func:`receive_message` under an idempotency key: again with the same key shows the first result.

    Raises KeyReusedError and KeyInvalidError besides what :func:`receive_message` raises.
    """
    claimed = idempotency.claim(session, sender.actor.key, key, raw)
    if claimed.result:
        message = session.get_one(Message, claimed.result)
        return Received(message.id, message.status, message.duplicate_of)
    received = receive_message(session, sender.actor, sender, raw, now, vault=vault, deny=deny)
    idempotency.settle(session, claimed, received.id)
    return received


def sender_named(session: Session, name: str) -> KnownSender:
    """The sender in whose name a file or a queue brings messages. Raises UnknownSenderError."""
    sender = sender_by_name(session, name)
    if sender is None:
        raise UnknownSenderError
    return KnownSender(sender.id, tuple(sender.carriers), sender.site)


def ingest(
    database: Database,
    vault: Vault,
    sender_name: str,
    raw: bytes,
    now: datetime,
    key: str | None = None,
    *,
    deny: frozenset[str] = SENSITIVE_SSR,
) -> Received:
    """Receive bytes that came by another way than HTTP, in the name of a sender, in one transaction.

    Raises UnknownSenderError besides what :func:`receive_once` raises.
    """
    with database.transaction() as session:
        sender = sender_named(session, sender_name)
        return receive_once(session, sender, key, raw, now, vault=vault, deny=deny)
