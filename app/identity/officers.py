"""Officers: made by an administrator, signed in by a one-time code, known by a server-side session.

The one-time code is the first way in (and the demo's); passkeys and OIDC come with the access issue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.identity import grants
from app.identity.grants import Grant
from app.identity.models import Density, Officer, OfficerSession, SignInCode
from app.identity.permissions import Permission, Role
from app.kernel.crypto import new_code, new_token, token_hash
from app.kernel.errors import UnauthenticatedError
from app.kernel.events import emit
from app.kernel.texts import N_

CODE_LIFE = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
SEEN_STEP = timedelta(minutes=1)


class SignInError(UnauthenticatedError):
    """The code is wrong, used or too old. Which of these is not told."""

    code, status, title = "sign-in-failed", 401, N_("This code does not open a session")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An officer with a live session."""

    officer_id: UUID
    login: str
    name: str
    grants: tuple[Grant, ...]
    site: str
    session_id: UUID
    language: str | None = None
    density: Density | None = None

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.OFFICER, self.officer_id)

    @property
    def roles(self) -> tuple[str, ...]:
        """What the officer works as, wherever."""
        return tuple(sorted({str(one.role) for one in self.grants}))

    def may(self, permission: Permission) -> bool:
        """Whether the permission table allows it, with the grants that count here."""
        return any(one.allows(permission) for one in self.grants)


def create_officer(  # what an officer is
    session: Session,
    login: str,
    name: str,
    roles: Sequence[Role],
    site: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> Officer:
    """Add an officer without any way to sign in yet (see :func:`issue_code`), with ``roles`` for the whole site and all
    purposes. Raises what :func:`app.identity.grants.give` does.
    """
    officer = Officer(login=login, name=name, site=site)
    session.add(officer)
    session.flush()
    record(session, actor, "officer.create", "officer", officer.id, now)
    for role in roles:
        grants.give(session, actor, officer.id, Grant(Role(role)), now)
    return officer


def find_officer(session: Session, login: str) -> Officer | None:
    """The officer with this login, if any."""
    return session.scalar(select(Officer).where(Officer.login == login))


def issue_code(session: Session, officer_id: UUID, now: datetime) -> str:
    """A one-time sign-in code, valid for 15 minutes; earlier unused codes of the officer die."""
    session.execute(
        update(SignInCode)
        .where(SignInCode.officer_id == officer_id, SignInCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = new_code()
    session.add(
        SignInCode(officer_id=officer_id, code_hash=token_hash(code), expires_at=now + CODE_LIFE)
    )
    session.flush()
    record(session, SYSTEM, "officer.code", "officer", officer_id, now)
    return code


def sign_in(session: Session, code: str, now: datetime) -> str:
    """Exchange a one-time code for a session token. Raises :class:`SignInError`."""
    officer_id = session.scalar(
        update(SignInCode)
        .where(
            SignInCode.code_hash == token_hash(code.strip().upper()),
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInCode.officer_id)
    )
    officer = session.get(Officer, officer_id) if officer_id else None
    if officer is None or officer.disabled_at is not None:
        raise SignInError
    token = new_token()
    opened = OfficerSession(
        officer_id=officer.id,
        token_hash=token_hash(token),
        seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    session.add(opened)
    session.flush()
    actor = Actor(ActorKind.OFFICER, officer.id)
    record(session, actor, "session.open", "session", opened.id, now)
    return token


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it was read: whose, when its officer was seen last, and when it ends at the latest."""

    who: SignedIn
    seen_at: datetime
    expires_at: datetime

    def lasts(self, now: datetime) -> bool:
        """Whether neither limit has come."""
        return self.expires_at > now and self.seen_at > now - IDLE

    def is_stale(self, now: datetime) -> bool:
        """Whether its last sighting should be written."""
        return now - self.seen_at > SEEN_STEP


def read_session(session: Session, token: str, now: datetime) -> Opened:
    """Who is behind a session token.

    Raises :class:`UnauthenticatedError` for unknown, revoked, idle or expired sessions and for disabled
    officers: a change takes effect at once.
    """
    row = session.execute(
        _SESSION.where(OfficerSession.token_hash == token_hash(token))
    ).one_or_none()
    if row is None:
        raise UnauthenticatedError
    officer_id, login, name, held, site, session_id, language, density, seen_at, expires_at = row
    given = grants.read_grants(held)
    who = SignedIn(officer_id, login, name, given, site, session_id, language, density)
    opened = Opened(who, seen_at, expires_at)
    if not opened.lasts(now):
        raise UnauthenticatedError
    return opened


_SESSION = (
    select(
        Officer.id, Officer.login, Officer.name, grants.in_force(Officer.id.expression), Officer.site, OfficerSession.id,
        Officer.language, Officer.density, OfficerSession.seen_at, OfficerSession.expires_at,
    )
    .select_from(OfficerSession)
    .join(Officer, Officer.id == OfficerSession.officer_id)
    .where(OfficerSession.revoked_at.is_(None), Officer.disabled_at.is_(None))
)  # fmt: skip


def find_session(session: Session, token: str, now: datetime) -> tuple[SignedIn, bool]:
    """Who is behind a session token, and whether its last sighting should be written; raises like
    :func:`read_session`.
    """
    opened = read_session(session, token, now)
    return opened.who, opened.is_stale(now)


def choose_language(session: Session, who: SignedIn, tag: str, now: datetime) -> None:
    """Remember in which language the officer reads the console, wherever he signs in next."""
    session.execute(update(Officer).where(Officer.id == who.officer_id).values(language=tag))
    record(session, who.actor, "officer.language", "officer", who.officer_id, now, language=tag)


def choose_density(session: Session, who: SignedIn, density: Density, now: datetime) -> None:
    """Remember how close together the officer wants the rows, wherever he signs in next."""
    session.execute(update(Officer).where(Officer.id == who.officer_id).values(density=density))
    record(session, who.actor, "officer.density", "officer", who.officer_id, now, density=density)


def mark_seen(session: Session, session_id: UUID, now: datetime) -> None:
    """Push the idle limit of a session."""
    session.execute(
        update(OfficerSession).where(OfficerSession.id == session_id).values(seen_at=now)
    )


def sign_out(session: Session, who: SignedIn, now: datetime) -> None:
    """Revoke the session. Whoever hears of it gives back what the officer has in hand."""
    session.execute(
        update(OfficerSession).where(OfficerSession.id == who.session_id).values(revoked_at=now)
    )
    emit(session, "session.ended", who.officer_id, site=who.site)
    record(session, who.actor, "session.close", "session", who.session_id, now)
