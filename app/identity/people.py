"""Those who work here, for whoever manages them: made, shut out, let in again, known by their last sign-in."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.identity import grants, officers, sessions
from app.identity.models import Officer, OfficerGrant, OfficerSession, Way
from app.identity.permissions import POWERFUL
from app.identity.sign_in_models import OfficerLink, OfficerPassword, Passkey
from app.kernel.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from app.kernel.texts import N_

MOST = 80
_LOGIN = re.compile(r"[A-Za-z0-9._@+-]+")
"""What a login is made of: nothing that looks like something else, or like nothing."""


class LoginTakenError(ConflictError):
    """Two would be one to the service."""

    code, status, title = "login-taken", 409, N_("There is an officer of this login already")


class PersonInvalidError(InvalidError):
    """No login or no name, too long a one, or a login of other characters than ``a`` to ``z``, digits and ``. _ @ + -``."""

    code, status, title = "person-invalid", 422, N_("An officer needs a login and a name")


class CodeRefusedError(ForbiddenError):
    """An administrator's code would be a second way in for somebody who has one, or for whom two have signed."""

    code, status, title = "code-refused", 403, N_("A code for this officer is made at the server")


class WaysChangedError(ConflictError):
    """What the officer can sign in with is not what the second administrator has seen."""

    code, status, title = (
        "ways-changed",
        409,
        N_("What this officer can sign in with has changed meanwhile: look at it again"),
    )


@dataclass(frozen=True, slots=True)
class WayIn:
    """A passkey, account or password with which an officer can sign in, and since when; ``mark``: tells it from others."""

    way: Way
    since: datetime
    mark: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """An officer as administrators see him; ``waits``: how many of his grants are not signed."""

    id: UUID
    login: str
    name: str
    disabled_at: datetime | None
    roles: list[str]
    waits: int
    last_in: datetime | None


_LAST_IN = (
    sa.select(sa.func.max(OfficerSession.created_at))
    .where(OfficerSession.officer_id == Officer.id)
    .correlate_except(OfficerSession)
    .scalar_subquery()
)
_WAITS = (
    sa.select(sa.func.count())
    .where(
        OfficerGrant.officer_id == Officer.id, OfficerGrant.signed_at.is_(None),
        OfficerGrant.ended_at.is_(None),
    )
    .correlate_except(OfficerGrant)
    .scalar_subquery()
)  # fmt: skip
_PEOPLE = sa.select(
    Officer.id, Officer.login, Officer.name, Officer.disabled_at, Officer.roles, _WAITS, _LAST_IN
)


def read_people(session: Session, site: str) -> Sequence[Person]:
    """The officers of a site by name, those who are shut out last."""
    order = Officer.disabled_at.is_not(None), Officer.name, Officer.login
    rows = session.execute(_PEOPLE.where(Officer.site == site).order_by(*order))
    return [Person(*row) for row in rows]


def read_person(session: Session, site: str, officer_id: UUID) -> Person:
    """One of them. Raises NotFoundError, also for another site's."""
    query = _PEOPLE.where(Officer.site == site, Officer.id == officer_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError
    return Person(*row)


def add_person(
    session: Session, actor: Actor, site: str, login: str, name: str, now: datetime
) -> UUID:
    """An officer without any role. Raises :class:`PersonInvalidError` and :class:`LoginTakenError`; logins that differ
    in capitals only are one.
    """
    faults = [*_faults("/login", login), *_faults("/name", name)]
    if not faults and not _LOGIN.fullmatch(login):
        faults = [FieldProblem("/login", "bad_character")]
    if faults:
        detail = "a login is of letters a to z, digits and . _ @ + -"
        raise PersonInvalidError(detail, fields=faults)
    grants.lock_people(session)
    if session.scalar(sa.select(Officer.id).where(sa.func.lower(Officer.login) == login.lower())):
        raise LoginTakenError
    return officers.create_officer(session, login, name, (), site, now, actor=actor).id


def _faults(pointer: str, text: str) -> list[FieldProblem]:
    if 0 < len(text) <= MOST:
        return []
    return [FieldProblem(pointer, "too_long" if text else "missing")]


def issue_code(session: Session, actor: Actor, site: str, officer_id: UUID, now: datetime) -> str:
    """A one-time code by an administrator: for somebody who has no way in yet and no powerful role in force. What is set
    up with it stands before the second administrator when he signs. Raises NotFoundError and :class:`CodeRefusedError`.
    """
    read_person(session, site, officer_id)
    grants.lock(session, officer_id)
    signed = (one for one in grants.grants_of(session, officer_id) if one.signed_at)
    if ways_in(session, officer_id) or any(one.role in POWERFUL for one in signed):
        raise CodeRefusedError
    return officers.issue_code(session, officer_id, now, actor=actor)


def ways_in(session: Session, officer_id: UUID) -> Sequence[WayIn]:
    """With what an officer can sign in, oldest first."""
    sources = (
        (Way.PASSKEY, Passkey, Passkey.credential_id),
        (Way.OIDC, OfficerLink, sa.func.convert_to(OfficerLink.subject, "UTF8")),
        (Way.PASSWORD, OfficerPassword, sa.func.convert_to(OfficerPassword.password_hash, "UTF8")),
    )
    found = [
        WayIn(way, since, mark)
        for way, table, column in sources
        for since, mark in session.execute(
            sa.select(table.created_at, column).where(table.officer_id == officer_id)
        )
    ]
    return sorted(found, key=lambda one: (one.since, one.mark))


def seen(ways: Sequence[WayIn]) -> str:
    """What the page of a signature says of the ways that stood on it."""
    together = hashlib.sha256()
    for one in ways:
        together.update(hashlib.sha256(one.mark).digest())
    return together.hexdigest()


def sign_grant(
    session: Session, actor: Actor, grant_id: UUID, now: datetime, ways: str
) -> OfficerGrant:
    """The second signature (:func:`app.identity.grants.sign`), to a role and to the ways in that the signer has seen
    (:func:`seen`). What opened before, by a code of one administrator perhaps, does not get the power: the officer signs in
    anew. Raises :class:`WaysChangedError`.
    """
    officer_id = grants.live_grant(session, grant_id).officer_id
    if seen(ways_in(session, officer_id)) != ways:
        raise WaysChangedError
    row = grants.sign(session, actor, grant_id, now)
    officers.end_codes(session, officer_id, now)
    sessions.end_all(session, actor, officer_id, now)
    return row


def disable(session: Session, actor: Actor, site: str, officer_id: UUID, now: datetime) -> None:
    """Shut somebody out: all sessions end with this transaction. Raises NotFoundError, OwnGrantError and
    LastAdministratorError.
    """
    _expect_other(session, actor, site, officer_id)
    sessions.set_disabled(session, actor, officer_id, now, disabled=True)
    grants.expect_administrator(session)


def enable(session: Session, actor: Actor, site: str, officer_id: UUID, now: datetime) -> None:
    """Let somebody in again, with the roles that he had."""
    _expect_other(session, actor, site, officer_id)
    sessions.set_disabled(session, actor, officer_id, now, disabled=False)


def end_sessions(session: Session, actor: Actor, site: str, officer_id: UUID, now: datetime) -> int:
    """End every session of somebody at once; how many there were."""
    read_person(session, site, officer_id)
    return sessions.end_all(session, actor, officer_id, now)


def _expect_other(session: Session, actor: Actor, site: str, officer_id: UUID) -> None:
    if actor.id == officer_id:
        raise grants.OwnGrantError
    read_person(session, site, officer_id)
    grants.lock(session, officer_id)
