"""Officers: made by an administrator, known by a server-side session; the one-time code, by which each gets in first.

The other ways in: :mod:`app.identity.passkeys`, :mod:`app.identity.oidc`, :mod:`app.identity.passwords`. All of them end in
:func:`open_session`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, Actor, ActorKind, record
from app.audit.reading import Line, Wanted, read
from app.identity import grants
from app.identity.grants import Grant
from app.identity.models import (
    CodeFrom,
    Density,
    Disclosure,
    Officer,
    OfficerSession,
    SignInCode,
    Way,
)
from app.identity.permissions import LENT, POWERFUL, Permission, Role
from app.kernel.crypto import new_code, new_token, token_hash
from app.kernel.errors import ConflictError, ForbiddenError, UnauthenticatedError
from app.kernel.events import emit
from app.kernel.texts import N_

CODE_LIFE = timedelta(minutes=15)
CODE_MADE = "officer.code"
CODES_SHOWN = 3
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
LONGEST = timedelta(hours=24)
"""What the absolute limit may be set to (EGATE_SESSION_HOURS)."""
SEEN_STEP = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


class SignInError(UnauthenticatedError):
    """What was shown is wrong, used or too old, or the officer is disabled. Which of these is not told.

    ``officer_id``: whom it concerned, where that is known; for the trail, never for the answer.
    """

    code, status, title = "sign-in-failed", 401, N_("This does not open a session")

    def __init__(self, officer_id: UUID | None = None) -> None:
        super().__init__()
        self.officer_id = officer_id


class OwnWayError(ForbiddenError):
    """The session was opened by a code that an administrator made: it shows no passenger and signs nothing. The officer
    sets up a way of his own on *My sign-in* and signs in with that first.
    """

    code, status, title = (
        "own-way-first",
        403,
        N_("Sign in with your own passkey or password first"),
    )


class SignedForError(ConflictError):
    """The officer's roles were signed for the ways in that he had: an administrator's code adds none."""

    code, status, title = (
        "signed-for",
        409,
        N_("Your roles are signed already: set this up with a code that was made at the server"),
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts without use, and at the most."""

    idle: timedelta = IDLE
    absolute: timedelta = ABSOLUTE


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody proved who he is: the way, his browser in a word or two, the session at the provider if one did it,
    who had made the code if one was shown.
    """

    way: Way = Way.CODE
    browser: str = ""
    provider: str | None = None
    provider_session: str | None = None
    code_from: CodeFrom | None = None


LIMITS, BY_CODE = Limits(), Proof(code_from=CodeFrom.SERVER)


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
    way: Way = Way.CODE
    proved_at: datetime = NEVER
    provider: str | None = None
    code_from: CodeFrom | None = None
    opened: tuple[tuple[UUID, datetime], ...] = ()
    """Of whom masked fields were shown in this session, and until when (:mod:`app.identity.disclosures`)."""

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.OFFICER, self.officer_id)

    @property
    def roles(self) -> tuple[str, ...]:
        """What the officer works as, wherever."""
        return tuple(sorted({str(one.role) for one in self.grants}))

    def may(self, permission: Permission) -> bool:
        """Whether the permission table allows it, with the grants that count here, in a session like this one."""
        return self._holds(permission) and (permission in LENT or not self.is_lent)

    @property
    def is_lent(self) -> bool:
        """Whether a code opened the session that was not made at the server: it may be an administrator's hand."""
        return self.way is Way.CODE and self.code_from is not CodeFrom.SERVER

    def expect(self, permission: Permission) -> None:
        """Raise ForbiddenError, or :class:`OwnWayError` where the session alone is what stands against it."""
        if not self.may(permission):
            raise OwnWayError if self._holds(permission) else ForbiddenError

    def opened_at(self, now: datetime) -> tuple[UUID, ...]:
        """Of whom masked fields are shown now."""
        return tuple(one for one, until in self.opened if until > now)

    def _holds(self, permission: Permission) -> bool:
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


def issue_code(session: Session, officer_id: UUID, now: datetime, *, actor: Actor = SYSTEM) -> str:
    """A one-time sign-in code, valid for 15 minutes; earlier unused codes of the officer die.

    What is made by an officer opens a session for :data:`LENT` alone (:class:`OwnWayError`).
    """
    end_codes(session, officer_id, now)
    code = new_code()
    by_officer = actor.kind is ActorKind.OFFICER
    made = SignInCode(
        officer_id=officer_id, code_hash=token_hash(code), expires_at=now + CODE_LIFE,
        made_by=CodeFrom.ADMINISTRATOR if by_officer else CodeFrom.SERVER,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(session, actor, CODE_MADE, "officer", officer_id, now)
    return code


def end_codes(session: Session, officer_id: UUID, now: datetime) -> None:
    """The officer's unused codes open nothing any more."""
    session.execute(
        update(SignInCode)
        .where(SignInCode.officer_id == officer_id, SignInCode.used_at.is_(None))
        .values(used_at=now)
    )


def codes_made(session: Session, officer_id: UUID) -> Sequence[Line]:
    """The last codes that were made for an officer, from the trail, newest first: when and by whom."""
    wanted = Wanted(action=CODE_MADE, subject_id=officer_id)
    return read(session, wanted, limit=CODES_SHOWN)


def take_code(session: Session, code: str, now: datetime, browser: str = "") -> tuple[UUID, Proof]:
    """Whose one-time code this is, and the proof that it is; it is used up. Raises :class:`SignInError`."""
    found = session.execute(
        update(SignInCode)
        .where(
            SignInCode.code_hash == token_hash(code.strip().upper()),
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInCode.officer_id, SignInCode.made_by)
    ).one_or_none()
    if found is None:
        raise SignInError
    officer_id, made_by = found
    return officer_id, Proof(Way.CODE, browser, code_from=made_by)


def sign_in(session: Session, code: str, now: datetime) -> str:
    """Exchange a one-time code for a session token. Raises :class:`SignInError`."""
    officer_id, proof = take_code(session, code, now)
    return open_session(session, officer_id, now, proof)


def open_session(
    session: Session,
    officer_id: UUID,
    now: datetime,
    proof: Proof = BY_CODE,
    limits: Limits = LIMITS,
) -> str:
    """The token of a new session of an officer who has proved who he is. Raises :class:`SignInError` for a disabled one."""
    officer = session.get(Officer, officer_id, with_for_update={"read": True})
    if officer is None or officer.disabled_at is not None:
        raise SignInError(officer_id)
    token = new_token()
    opened = OfficerSession(
        officer_id=officer.id,
        token_hash=token_hash(token),
        way=proof.way,
        code_from=proof.code_from,
        proved_at=now,
        seen_at=now,
        idle=limits.idle,
        expires_at=now + limits.absolute,
        browser=proof.browser,
        provider=proof.provider,
        provider_session=proof.provider_session,
    )
    session.add(opened)
    session.flush()
    actor = Actor(ActorKind.OFFICER, officer.id)
    told = {"code_from": str(proof.code_from)} if proof.code_from else {}
    record(session, actor, "session.open", "session", opened.id, now, way=proof.way, **told)
    return token


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it was read: whose, when its officer was seen last, and when it ends at the latest."""

    who: SignedIn
    seen_at: datetime
    expires_at: datetime
    idle: timedelta = IDLE

    def lasts(self, now: datetime) -> bool:
        """Whether neither limit has come."""
        return self.expires_at > now and self.seen_at > now - self.idle

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
    opened = _opened(tuple(row))
    if not opened.lasts(now):
        raise UnauthenticatedError
    return opened


def _opened(row: Sequence[Any]) -> Opened:
    *known, shown, seen_at, expires_at, idle = row
    officer_id, login, name, held, *rest = known
    opened = tuple((UUID(one), datetime.fromisoformat(until)) for one, until in shown or ())
    who = SignedIn(officer_id, login, name, grants.read_grants(held), *rest)
    return Opened(replace(who, opened=opened), seen_at, expires_at, idle)


_SHOWN = (
    select(func.jsonb_agg(func.jsonb_build_array(Disclosure.subject_id, Disclosure.until)))
    .where(Disclosure.session_id == OfficerSession.id)
    .correlate(OfficerSession)
    .scalar_subquery()
)
_SESSION = (
    select(
        Officer.id, Officer.login, Officer.name, grants.in_force(Officer.id.expression), Officer.site, OfficerSession.id,
        Officer.language, Officer.density, OfficerSession.way, OfficerSession.proved_at, OfficerSession.provider,
        OfficerSession.code_from, _SHOWN, OfficerSession.seen_at, OfficerSession.expires_at, OfficerSession.idle,
    )
    .select_from(OfficerSession)
    .join(Officer, Officer.id == OfficerSession.officer_id)
    .where(OfficerSession.revoked_at.is_(None), Officer.disabled_at.is_(None))
)  # fmt: skip


def lasting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row of officers' sessions is a live one."""
    return (
        OfficerSession.revoked_at.is_(None),
        OfficerSession.expires_at > now,
        OfficerSession.seen_at + OfficerSession.idle > now,
    )


def find_session(session: Session, token: str, now: datetime) -> tuple[SignedIn, bool]:
    """Who is behind a session token, and whether its last sighting should be written; raises like
    :func:`read_session`.
    """
    opened = read_session(session, token, now)
    return opened.who, opened.is_stale(now)


def find_session_by_id(session: Session, session_id: UUID, now: datetime) -> SignedIn | None:
    """The officer of a live session that is known by its id, not by its token; None where it has ended."""
    wanted = _SESSION.where(OfficerSession.id == session_id, *lasting(now))
    row = session.execute(wanted).one_or_none()
    return _opened(tuple(row)).who if row else None


def expect_enrolling(session: Session, who: SignedIn, now: datetime) -> None:
    """Whether ``who`` may set up a way in here: by an administrator's code, only before the second signature, which is
    given to what was there. Raises :class:`SignedForError`, and UnauthenticatedError where the signature came meanwhile.
    """
    if not who.is_lent:
        return
    grants.lock(session, who.officer_id)
    found = find_session_by_id(session, who.session_id, now)
    if found is None:
        raise UnauthenticatedError
    if any(one.role in POWERFUL for one in found.grants):
        raise SignedForError


def choose_language(session: Session, who: SignedIn, tag: str, now: datetime) -> None:
    """Remember in which language the officer reads the console, wherever he signs in next."""
    session.execute(update(Officer).where(Officer.id == who.officer_id).values(language=tag))
    record(session, who.actor, "officer.language", "officer", who.officer_id, now, language=tag)


def choose_density(session: Session, who: SignedIn, density: Density, now: datetime) -> None:
    """Remember how close together the officer wants the rows, wherever he signs in next."""
    session.execute(update(Officer).where(Officer.id == who.officer_id).values(density=density))
    record(session, who.actor, "officer.density", "officer", who.officer_id, now, density=density)


def officer_of(session: Session, token: str) -> UUID | None:
    """Whose session a token was, also of one that is over; None for a token that never was."""
    found = select(OfficerSession.officer_id).where(OfficerSession.token_hash == token_hash(token))
    return session.scalar(found)


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
