"""An officer's sessions after sign-in: proved again, listed, ended one by one or all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.audit.log import Actor, record
from app.identity.models import Officer, OfficerSession, Way
from app.identity.officers import Proof, SignedIn, lasting
from app.kernel.crypto import new_token, token_hash
from app.kernel.errors import ForbiddenError, NotFoundError
from app.kernel.events import emit
from app.kernel.texts import N_

FRESH = timedelta(minutes=5)
"""How long a proof counts for acts that ask for one (ASVS 7.5.1)."""


class ProveAgainError(ForbiddenError):
    """The officer proved too long ago who he is: he signs in again, then does it."""

    code, status, title = "prove-again", 403, N_("Sign in once more for this")

    def __init__(self, back: str = "/console") -> None:
        super().__init__()
        self.back = back
        """The page from which it was asked, for who comes back."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A live session as its officer sees it in his list."""

    id: UUID
    way: Way
    browser: str
    opened_at: datetime
    seen_at: datetime


def is_fresh(who: SignedIn, now: datetime) -> bool:
    """Whether the officer proved within :data:`FRESH` who he is."""
    return who.proved_at > now - FRESH


def expect_fresh(who: SignedIn, now: datetime, back: str = "/console") -> None:
    """For acts that change who can sign in. Raises :class:`ProveAgainError`, which names the page to come back to."""
    if not is_fresh(who, now):
        raise ProveAgainError(back)


def prove_again(session: Session, who: SignedIn, now: datetime, proof: Proof) -> str:
    """The session goes on under a new token, proved now; its limits stay. Raises :class:`NotFoundError` for one that ended."""
    token = new_token()
    found = session.scalar(
        update(OfficerSession)
        .where(OfficerSession.id == who.session_id, *lasting(now))
        .values(
            token_hash=token_hash(token), way=proof.way, code_from=proof.code_from, proved_at=now, seen_at=now,
            provider=proof.provider, provider_session=proof.provider_session,
        )
        .returning(OfficerSession.id)
    )  # fmt: skip
    if found is None:
        raise NotFoundError
    _tell(session, who.officer_id, who.site)  # the old token is forgotten everywhere
    record(session, who.actor, "session.prove", "session", who.session_id, now, way=proof.way)
    return token


def list_sessions(session: Session, officer_id: UUID, now: datetime) -> Sequence[Listed]:
    """The live sessions of an officer, the one that was used last first."""
    rows = session.execute(
        select(
            OfficerSession.id, OfficerSession.way, OfficerSession.browser,
            OfficerSession.created_at, OfficerSession.seen_at,
        )
        .where(OfficerSession.officer_id == officer_id, *lasting(now))
        .order_by(OfficerSession.seen_at.desc(), OfficerSession.id)
    )  # fmt: skip
    return [Listed(*row) for row in rows]


def end_session(session: Session, who: SignedIn, session_id: UUID, now: datetime) -> None:
    """End one of the officer's own sessions. Raises :class:`NotFoundError` for another's."""
    one = (OfficerSession.id == session_id, OfficerSession.officer_id == who.officer_id)
    if not _end(session, who.actor, now, *one):
        raise NotFoundError


def end_others(session: Session, who: SignedIn, now: datetime) -> int:
    """End all sessions of the officer but the one he uses; how many there were."""
    others = (OfficerSession.officer_id == who.officer_id, OfficerSession.id != who.session_id)
    return _end(session, who.actor, now, *others)


def end_all(session: Session, actor: Actor, officer_id: UUID, now: datetime) -> int:
    """End every session of an officer at once, by an administrator or by the service; how many there were."""
    return _end(session, actor, now, OfficerSession.officer_id == officer_id)


def end_at_provider(
    session: Session,
    actor: Actor,
    provider: str,
    now: datetime,
    *,
    officer_id: UUID | None,
    provider_session: str | None,
) -> int:
    """End the sessions that an OIDC provider opened: one of its own (``sid``), or all of an officer's; how many."""
    which = [OfficerSession.provider == provider]
    if provider_session is not None:
        which.append(OfficerSession.provider_session == provider_session)
    if officer_id is not None:
        which.append(OfficerSession.officer_id == officer_id)
    return _end(session, actor, now, *which) if len(which) > 1 else 0


def set_disabled(
    session: Session, actor: Actor, officer_id: UUID, now: datetime, *, disabled: bool
) -> None:
    """Shut an officer out, with all his sessions, or let him sign in again. Raises :class:`NotFoundError`."""
    officer = session.get(Officer, officer_id, with_for_update=True)
    if officer is None:
        raise NotFoundError
    if (officer.disabled_at is not None) == disabled:
        return
    officer.disabled_at = now if disabled else None
    session.flush()
    action = "officer.disable" if disabled else "officer.enable"
    record(session, actor, action, "officer", officer_id, now)
    if disabled:
        end_all(session, actor, officer_id, now)


def _end(session: Session, actor: Actor, now: datetime, *which: ColumnElement[bool]) -> int:
    ended = session.execute(
        update(OfficerSession)
        .where(*lasting(now), *which)
        .values(revoked_at=now)
        .returning(OfficerSession.id, OfficerSession.officer_id)
    ).all()
    for session_id, _ in ended:
        record(session, actor, "session.end", "session", session_id, now)
    for officer_id in {officer_id for _, officer_id in ended}:
        site = session.scalar(select(Officer.site).where(Officer.id == officer_id))
        _tell(session, officer_id, site or "")
    return len(ended)


def _tell(session: Session, officer_id: UUID, site: str) -> None:
    emit(session, "session.ended", officer_id, site=site)
