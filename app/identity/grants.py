"""Grants: what an officer works as, where, and for which purposes. Given, signed, ended.

Nobody changes his own. A powerful role (:data:`POWERFUL`) is proposed by one administrator and signed by another; what the
command line gives is in force at once, because whoever may run it may do anything. A change takes effect with the
officer's next request (ASVS 5.0, 8.3.2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind, record
from app.identity.models import Officer, OfficerGrant, PlaceKind
from app.identity.permissions import (
    GRANTS,
    LOCAL,
    POWERFUL,
    Clash,
    Permission,
    Role,
    clash,
    holders,
)
from app.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.kernel.events import emit
from app.kernel.texts import N_


class ClashError(ConflictError):
    """These roles are not one person's; ``why`` says which rule forbids it."""

    code, status, title = "roles-clash", 409, N_("One person may not hold these roles together")

    def __init__(self, why: Clash) -> None:
        self.why = why
        super().__init__(f"separation of duties: {why}")


class PlaceRefusedError(InvalidError):
    """A role that is of the whole airport was to be given for a part of it."""

    code, status, title = "place-refused", 422, N_("This role is given for the whole airport only")


class GrantedAlreadyError(ConflictError):
    """The officer has this role there, or somebody has proposed it."""

    code, status, title = "granted-already", 409, N_("This role is there already")


class OwnGrantError(ForbiddenError):
    """Nobody gives himself a role, signs it or takes it from himself."""

    code, status, title = "own-grant", 403, N_("Nobody changes what he may do himself")


class SecondSignatureError(ForbiddenError):
    """Who proposed a grant does not sign it."""

    code, status, title = "second-signature", 403, N_("A second administrator has to sign this")


class LastAdministratorError(ConflictError):
    """Nobody would be left who could let anybody in."""

    code, status, title = "last-administrator", 409, N_("The last administrator stays")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a grant holds; ``key`` as in :class:`OfficerGrant`."""

    kind: PlaceKind = PlaceKind.SITE
    key: str = ""


EVERYWHERE = Place()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a place for some purposes; None: for all."""

    role: Role
    place: Place = EVERYWHERE
    purposes: frozenset[str] | None = None

    def allows(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]


def in_force(officer_id: sa.ColumnElement[UUID]) -> sa.ScalarSelect[Any]:
    """The grants of an officer as one value of a statement, for :func:`read_grants`."""
    one = sa.func.jsonb_build_array(
        OfficerGrant.role, OfficerGrant.place_kind, OfficerGrant.place, OfficerGrant.purposes
    )
    return (
        sa.select(sa.func.jsonb_agg(one))
        .where(OfficerGrant.officer_id == officer_id, OfficerGrant.is_in_force())
        .scalar_subquery()
    )


def read_grants(found: Iterable[Sequence[Any]] | None) -> tuple[Grant, ...]:
    """What :func:`in_force` has read; a role that is not known any more allows nothing."""
    known = set(Role)
    return tuple(
        Grant(Role(role), Place(PlaceKind(kind), key), None if of is None else frozenset(of))
        for role, kind, key, of in found or ()
        if role in known
    )


def grants_of(session: Session, officer_id: UUID) -> Sequence[OfficerGrant]:
    """An officer's grants that were not ended, those that wait for a signature last."""
    query = sa.select(OfficerGrant).where(
        OfficerGrant.officer_id == officer_id, OfficerGrant.ended_at.is_(None)
    )
    order = OfficerGrant.signed_at.is_(None), OfficerGrant.role, OfficerGrant.id
    return session.scalars(query.order_by(*order)).all()


def give(
    session: Session, actor: Actor, officer_id: UUID, wanted: Grant, now: datetime
) -> OfficerGrant:
    """Give an officer a role, or propose a powerful one. The caller knows that the place is of the officer's site.

    Raises :class:`OwnGrantError`, :class:`PlaceRefusedError`, :class:`ClashError` and :class:`GrantedAlreadyError`.
    """
    _not_own(actor, officer_id)
    if wanted.place.kind is not PlaceKind.SITE and wanted.role not in LOCAL:
        raise PlaceRefusedError
    lock(session, officer_id)
    _check_clash(session, officer_id, wanted.role)
    waits = actor.kind is ActorKind.OFFICER and wanted.role in POWERFUL
    made = OfficerGrant(
        officer_id=officer_id, role=str(wanted.role), place_kind=wanted.place.kind,
        place=wanted.place.key, purposes=None if wanted.purposes is None else sorted(wanted.purposes),
        proposed_by=actor.id, signed_by=None if waits else actor.id, signed_at=None if waits else now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        raise GrantedAlreadyError from None
    _told(session, actor, "officer.propose" if waits else "officer.grant", made, now)
    return made


def _check_clash(session: Session, officer_id: UUID, role: Role) -> None:
    """Proposals count as well: two that clash cannot both be signed."""
    known = set(Role)
    held = {one.role for one in grants_of(session, officer_id)}
    why = clash({role, *(Role(one) for one in held if one in known)})
    if why is not None:
        raise ClashError(why)


def sign(session: Session, actor: Actor, grant_id: UUID, now: datetime) -> OfficerGrant:
    """The second administrator's signature. Raises NotFoundError, OwnGrantError and SecondSignatureError."""
    row = live_grant(session, grant_id)
    _not_own(actor, row.officer_id)
    if row.proposed_by == actor.id:
        raise SecondSignatureError
    if row.signed_at is None:
        row.signed_by, row.signed_at = actor.id, now
        session.flush()
        _told(session, actor, "officer.grant", row, now)
    return row


def end(session: Session, actor: Actor, grant_id: UUID, now: datetime) -> OfficerGrant:
    """Take a role away, at once. Raises NotFoundError, OwnGrantError and :class:`LastAdministratorError`."""
    row = live_grant(session, grant_id)
    _not_own(actor, row.officer_id)
    row.ended_by, row.ended_at = actor.id, now
    session.flush()
    expect_administrator(session)
    _told(session, actor, "officer.ungrant", row, now)
    return row


def live_grant(session: Session, grant_id: UUID) -> OfficerGrant:
    """A grant that was not ended, locked with its officer. Raises NotFoundError."""
    found = session.get(OfficerGrant, grant_id)
    if found is None:
        raise NotFoundError
    lock(session, found.officer_id)
    session.refresh(found)
    if found.ended_at is not None:
        raise NotFoundError
    return found


def lock(session: Session, officer_id: UUID) -> None:
    """One change of somebody's rights at a time. Raises NotFoundError."""
    query = sa.select(Officer.id).where(Officer.id == officer_id).with_for_update()
    if session.scalar(query) is None:
        raise NotFoundError


def lock_people(session: Session) -> None:
    """One change at a time of what concerns all officers together: their logins, the last administrator."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_PEOPLE)))


def expect_administrator(session: Session) -> None:
    """Raise :class:`LastAdministratorError` unless somebody in service may manage people.

    Two who shut each other out at the same moment wait for one another at the lock.
    """
    lock_people(session)
    left = (
        sa.select(OfficerGrant.id)
        .join(Officer, Officer.id == OfficerGrant.officer_id)
        .where(
            Officer.disabled_at.is_(None), OfficerGrant.is_in_force(),
            OfficerGrant.role.in_([str(role) for role in holders(Permission.MANAGE_PEOPLE)]),
        )
    )  # fmt: skip
    if session.scalar(left.limit(1)) is None:
        raise LastAdministratorError


_PEOPLE = 0x65676174
"""The lock of those who manage people."""


def _not_own(actor: Actor, officer_id: UUID) -> None:
    if actor.id == officer_id:
        raise OwnGrantError


def _told(session: Session, actor: Actor, action: str, row: OfficerGrant, now: datetime) -> None:
    emit(session, "officer.changed", row.officer_id)
    record(
        session, actor, action, "officer", row.officer_id, now, grant=str(row.id), role=row.role,
        place=f"{row.place_kind}:{row.place}", purposes=row.purposes,
    )  # fmt: skip
