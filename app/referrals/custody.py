"""In whose hands a referral is: under a row lock, against the version that was seen, each step written down.

Two officers never work on one traveller. A claim is leased: :data:`LEASE` without a sign of its owner, and it is
anybody's again, loudly. ``left_*`` of a referral say who had it last and why not any more, until it is taken.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity.models import Officer
from app.kernel import events
from app.kernel.errors import ConflictError, NotFoundError
from app.kernel.texts import N_
from app.referrals.kinds import Left, ReferralState
from app.referrals.models import Referral, ReferralEvent

LEASE = timedelta(minutes=2)
INSPECTION_LEASE = timedelta(minutes=10)
"""An inspection is not given back: a bag lies open, and somebody answers for it until a person takes over. After so long
without a sign of its officer a supervisor is called."""


class ReferralHandledError(ConflictError):
    """Somebody else was faster; says who and since when, nothing of the traveller."""

    def __init__(self, by: str, since: datetime | None) -> None:
        super().__init__()
        self.by, self.since = by, since

    def problem(self, instance: str) -> dict[str, Any]:
        since = self.since.isoformat() if self.since else None
        return {**super().problem(instance), "by": self.by, "since": since}


class ReferralTakenError(ReferralHandledError):
    """Another officer has claimed it."""

    code, status, title = "referral-taken", 409, N_("A colleague is on this")


class ReferralClosedError(ReferralHandledError):
    """Nothing can be done any more. ``by`` is empty where a gate closed it."""

    code, status, title = "referral-closed", 409, N_("This is closed")


class ReferralChangedError(ConflictError):
    """It is no longer what the officer saw: look again."""

    code, status, title = "referral-changed", 409, N_("This has changed, please look again")


def lock(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """The locked referral of the officer's site, whoever has it, open or closed. Raises NotFoundError."""
    referral = session.scalar(
        sa.select(Referral)
        .join(Officer, Officer.site == Referral.site)
        .where(Referral.id == referral_id, Officer.id == actor.id)
        .with_for_update(of=Referral)
        .execution_options(populate_existing=True)
    )
    if referral is None:
        raise NotFoundError
    return referral


def lock_open(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """Like :func:`lock`. Raises :class:`ReferralClosedError` with who closed it and when."""
    referral = lock(session, actor, referral_id)
    if referral.state is ReferralState.CLOSED:
        raise ReferralClosedError(name_of(session, referral.decided_by), referral.closed_at)
    return referral


def own(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """The locked referral of the officer's site, open and not in somebody else's hands."""
    referral = lock_open(session, actor, referral_id)
    if referral.owner_id not in (None, actor.id):
        raise ReferralTakenError(name_of(session, referral.owner_id), referral.claimed_at)
    return referral


def name_of(session: Session, officer_id: UUID | None) -> str:
    """An officer's name; '' for nobody."""
    return session.scalar(sa.select(Officer.name).where(Officer.id == officer_id)) or ""


def check_version(referral: Referral, version: int | None) -> None:
    """Raises :class:`ReferralChangedError` where another version was seen."""
    if version is not None and referral.version != version:
        raise ReferralChangedError


def take(referral: Referral, actor: Actor, now: datetime) -> None:
    """Into the officer's hands. Whoever has it already keeps the moment of the claim."""
    if referral.state is ReferralState.RAISED:
        referral.state = ReferralState.CLAIMED
    if referral.owner_id != actor.id:
        referral.owner_id, referral.claimed_at = actor.id, now
    referral.active_at, referral.called_at = now, None
    referral.offered_to = referral.left_by = referral.left_at = referral.left_why = None


def free(referral: Referral, why: Left, now: datetime) -> None:
    """Out of its owner's hands; an inspection that was begun goes on with whoever takes it."""
    if referral.state is ReferralState.CLAIMED:
        referral.state = ReferralState.RAISED
    referral.left_by, referral.left_at, referral.left_why = referral.owner_id, now, why
    referral.owner_id = referral.claimed_at = referral.active_at = referral.called_at = None


def step(
    session: Session,
    actor: Actor,
    referral: Referral,
    kind: str,
    now: datetime,
    note: str = "",
    **detail: Any,
) -> None:
    """Append what happened, raise the version, announce and audit. ``detail``: ids and codes for the audit.

    Whatever its owner does is a sign of life.
    """
    if referral.owner_id is not None and referral.owner_id == actor.id:
        referral.active_at, referral.called_at = now, None
    referral.version += 1
    session.flush()
    session.add(ReferralEvent(referral_id=referral.id, kind=kind, actor_id=actor.id, note=note))
    session.flush()
    events.emit(
        session, "referral.changed", referral.id, version=referral.version, site=referral.site
    )
    audit.record(session, actor, f"referral.{kind}", "referral", referral.id, now, **detail)
