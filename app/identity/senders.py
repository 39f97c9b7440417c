"""Senders of messages: a connection with a bearer token and the carriers it may speak for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.identity.models import Sender
from app.kernel.crypto import new_token, token_hash
from app.kernel.errors import UnauthenticatedError


@dataclass(frozen=True, slots=True)
class KnownSender:
    """A sender whose token was right."""

    id: UUID
    carriers: tuple[str, ...]
    site: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.SENDER, self.id)


def create_sender(
    session: Session, name: str, carriers: Sequence[str], site: str, now: datetime
) -> tuple[Sender, str]:
    """Add a sender; the token is shown this once."""
    token = new_token()
    sender = Sender(
        name=name, token_hash=token_hash(token), carriers=sorted(set(carriers)), site=site
    )
    session.add(sender)
    session.flush()
    record(session, SYSTEM, "sender.create", "sender", sender.id, now, carriers=sender.carriers)
    return sender, token


def find_sender(session: Session, token: str) -> KnownSender:
    """Who is behind a sender's token. Raises :class:`UnauthenticatedError`."""
    sender = session.scalar(
        select(Sender).where(Sender.token_hash == token_hash(token), Sender.disabled_at.is_(None))
    )
    if sender is None:
        raise UnauthenticatedError
    return KnownSender(sender.id, tuple(sender.carriers), sender.site)
