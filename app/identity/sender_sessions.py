"""A sender's own page: signed in with its bearer token, known by a short session of its own.

The token itself is in no cookie: a browser that is left open gives away a look at figures for half an hour,
never the right to send messages.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.log import record
from app.identity.models import Sender, SenderSession
from app.identity.scopes import Scope
from app.identity.senders import KnownSender, find_sender
from app.kernel.crypto import new_token, token_hash
from app.kernel.errors import UnauthenticatedError

LIFE = timedelta(minutes=30)


def open_session(session: Session, token: str, now: datetime) -> str:
    """Exchange a sender's token for a session token. Raises UnauthenticatedError, also without `quality:read`."""
    sender = find_sender(session, token, now)
    if Scope.QUALITY_READ not in sender.scopes:
        raise UnauthenticatedError
    opened = new_token()
    row = SenderSession(sender_id=sender.id, token_hash=token_hash(opened), expires_at=now + LIFE)
    session.add(row)
    session.flush()
    record(session, sender.actor, "sender-session.open", "sender-session", row.id, now)
    return opened


def find_session(session: Session, opened: str, now: datetime) -> KnownSender:
    """Who is behind a session token. Raises UnauthenticatedError; a disabled sender is out at once."""
    sender = session.scalar(
        select(Sender)
        .join(SenderSession, SenderSession.sender_id == Sender.id)
        .where(
            SenderSession.token_hash == token_hash(opened), SenderSession.revoked_at.is_(None),
            SenderSession.expires_at > now, Sender.disabled_at.is_(None),
        )
    )  # fmt: skip
    if sender is None:
        raise UnauthenticatedError
    return KnownSender(sender.id, tuple(sender.carriers), sender.site)


def close_session(session: Session, opened: str, sender: KnownSender, now: datetime) -> None:
    """End a session."""
    session.execute(
        update(SenderSession)
        .where(SenderSession.token_hash == token_hash(opened))
        .values(revoked_at=now)
    )
    record(session, sender.actor, "sender-session.close", "sender", sender.id, now)
