"""Bearer tokens of senders: made for scopes, with an end, several at a time, so that one replaces another without a gap."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from app.audit.log import Actor, record
from app.identity.models import Sender, SenderToken
from app.identity.scopes import Scope
from app.kernel.crypto import new_token, token_hash
from app.kernel.errors import EgateError, NotFoundError
from app.kernel.texts import N_

LIFE = timedelta(days=365)
USED_STEP = timedelta(minutes=5)
"""How exactly the last use is kept: a token that is used all day is written down every so often."""
MOST_LIVE = 10


class TooManyTokensError(EgateError):
    """A sender has at most ten tokens that are good: revoke one."""

    code, status, title = "too-many-tokens", 409, N_("This sender has too many tokens: revoke one")


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live token, and whose it is."""

    token: SenderToken
    sender: Sender

    def is_stale(self, now: datetime) -> bool:
        """Whether its last use should be written."""
        return self.token.used_at is None or now - self.token.used_at > USED_STEP


def make_token(
    session: Session,
    actor: Actor,
    sender_id: UUID,
    scopes: Collection[Scope],
    now: datetime,
    life: timedelta = LIFE,
) -> tuple[SenderToken, str]:
    """Another token for a sender; its text is shown this once. Raises TooManyTokensError."""
    if len(live_tokens(session, sender_id, now)) >= MOST_LIVE:
        raise TooManyTokensError
    text = new_token()
    token = SenderToken(
        sender_id=sender_id,
        token_hash=token_hash(text),
        scopes=sorted(scopes),
        expires_at=now + life,
    )
    session.add(token)
    session.flush()
    record(
        session, actor, "sender-token.make", "sender-token", token.id, now,
        sender=str(sender_id), scopes=token.scopes,
    )  # fmt: skip
    return token, text


def find_bearer(session: Session, text: str, now: datetime) -> Bearer | None:
    """The live token with this text; None also when its sender is disabled."""
    found = session.execute(
        select(SenderToken, Sender)
        .join(Sender, Sender.id == SenderToken.sender_id)
        .where(SenderToken.token_hash == token_hash(text), _live(now), Sender.disabled_at.is_(None))
    ).one_or_none()
    return Bearer(*found) if found else None


def live_tokens(session: Session, sender_id: UUID, now: datetime) -> Sequence[SenderToken]:
    """A sender's tokens that are good, the oldest first."""
    own = select(SenderToken).where(SenderToken.sender_id == sender_id, _live(now))
    return session.scalars(own.order_by(SenderToken.id)).all()


def revoke_token(
    session: Session, actor: Actor, sender_id: UUID, token_id: UUID, now: datetime
) -> None:
    """A token is good for nothing more, at once. Raises NotFoundError for another sender's, or one that has ended."""
    ended = session.execute(
        update(SenderToken)
        .where(SenderToken.id == token_id, SenderToken.sender_id == sender_id, _live(now))
        .values(revoked_at=now)
        .returning(SenderToken.id)
    ).scalar()
    if ended is None:
        raise NotFoundError
    record(
        session, actor, "sender-token.revoke", "sender-token", token_id, now, sender=str(sender_id)
    )


def mark_used(session: Session, token_id: UUID, now: datetime) -> None:
    """Note that a token is in use."""
    session.execute(update(SenderToken).where(SenderToken.id == token_id).values(used_at=now))


def _live(now: datetime) -> ColumnElement[bool]:
    return SenderToken.revoked_at.is_(None) & or_(
        SenderToken.expires_at.is_(None), SenderToken.expires_at > now
    )
