"""The life of a referral: raised, claimed on a lease, released or inspected, closed with an outcome.

Two officers never work on one traveller: a claim is taken under a row lock and checked against the version
that the officer saw. Every step is appended to ``referral_event``, announced and audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.identity.models import Device, Officer
from app.kernel import events
from app.kernel.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from app.referrals import instructions, pictures, recording
from app.referrals import outcome as outcomes
from app.referrals.kinds import FULL_EXAMINATION
from app.referrals.models import (
    Inspection,
    Origin,
    Referral,
    ReferralDecision,
    ReferralEvent,
    ReferralKind,
    ReferralState,
    WhyNot,
)

LEASE = timedelta(minutes=2)


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

    code, status, title = "referral-taken", 409, "A colleague is on this"


class ReferralClosedError(ReferralHandledError):
    """Nothing can be done any more. ``by`` is empty where a gate closed it."""

    code, status, title = "referral-closed", 409, "This is closed"


class ReferralChangedError(ConflictError):
    """It is no longer what the officer saw: look again."""

    code, status, title = "referral-changed", 409, "This has changed, please look again"


class ExaminationDueError(ForbiddenError):
    """A full examination is left out by a supervisor alone, or the control sample measures nothing."""

    code, status, title = (
        "examination-due",
        403,
        "Only a supervisor can leave out a full examination",
    )


class ReasonMissingError(InvalidError):
    """Whoever leaves out a full examination says why."""

    code, status, title = "reason-missing", 422, "Say why the full examination is left out"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why the inspection that is due is left out, and whether a supervisor says so."""

    why_not: WhyNot = WhyNot.NOT_SAID
    note: str = field(default="", repr=False)
    by_supervisor: bool = False


NO_WAIVER = Waiver()


def raise_referral(
    session: Session,
    actor: Actor,
    *,
    site: str,
    hall_id: UUID,
    kind: ReferralKind,
    reasons: Sequence[str],
    passenger_id: UUID | None,
    presentation_id: UUID | None,
    now: datetime,
    origin: Origin | None = None,
) -> Referral:
    """Put a traveller into a queue. The gate's hot path does the same in SQL."""
    referral = Referral(
        site=site, hall_id=hall_id, kind=kind, reasons=list(reasons), passenger_id=passenger_id,
        presentation_id=presentation_id, state=ReferralState.RAISED, version=0, origin=origin,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    _step(session, actor, referral, "raised", now)
    return referral


def raise_alert(
    session: Session,
    actor: Actor,
    *,
    site: str,
    hall_id: UUID,
    device_id: UUID,
    reason: str,
    now: datetime,
) -> Referral:
    """Something is wrong with a machine: one open alert for each, which gathers the reasons.

    What is told again while it is open raises nothing; the device's row keeps two tellers from raising two.
    """
    session.execute(
        sa.select(Device.id).where(Device.id == device_id).with_for_update(key_share=True)
    )
    found = session.scalar(
        sa.select(Referral)
        .where(Referral.device_id == device_id, Referral.state != ReferralState.CLOSED)
        .with_for_update()
    )
    if found is None:
        found = Referral(
            site=site, hall_id=hall_id, device_id=device_id, kind=ReferralKind.TECHNICAL,
            reasons=[reason], state=ReferralState.RAISED, version=0,
        )  # fmt: skip
        session.add(found)
        session.flush()
        _step(session, actor, found, "raised", now)
    elif reason not in found.reasons:
        found.reasons = [*found.reasons, reason]
        _step(session, actor, found, "happened-again", now)
    return found


def expect_at(session: Session, referral_id: UUID, site: str) -> None:
    """Raise NotFoundError unless it is a referral of the site."""
    found = sa.select(Referral.id).where(Referral.id == referral_id, Referral.site == site)
    if session.scalar(found) is None:
        raise NotFoundError


def claim(
    session: Session, actor: Actor, referral_id: UUID, version: int | None, now: datetime
) -> Referral:
    """Take it, or renew one's own lease. ``version`` is the one that the officer saw.

    Raises NotFoundError, :class:`ReferralTakenError`, :class:`ReferralChangedError` and
    :class:`ReferralClosedError`.
    """
    referral = _own(session, actor, referral_id)
    if referral.owner_id == actor.id:
        referral.claimed_at = now
        session.flush()
        return referral
    _check_version(referral, version)
    _take(referral, actor, now)
    _step(session, actor, referral, "claimed", now)
    return referral


def give_back(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> Referral:
    """Let somebody else have it; only what is not yet being inspected."""
    referral = _own(session, actor, referral_id)
    if referral.state is ReferralState.CLAIMED:
        _free(referral)
        _step(session, actor, referral, "given-back", now)
    return referral


def inspect(
    session: Session, actor: Actor, referral_id: UUID, version: int, now: datetime
) -> Referral:
    """Begin an inspection. Claims it on the way where nobody has."""
    referral = _for_decision(session, actor, referral_id, version)
    if referral.state is ReferralState.INSPECTING:
        return referral
    assert actor.id
    _take(referral, actor, now)
    referral.state = ReferralState.INSPECTING
    referral.is_hold, referral.hold_until = False, None
    _decide(referral, actor, ReferralDecision.INSPECT, now)
    session.add(Inspection(referral_id=referral.id, officer_id=actor.id, started_at=now, steps=[]))
    _step(session, actor, referral, "inspection-begun", now)
    return referral


def close_released(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    now: datetime,
    waiver: Waiver = NO_WAIVER,
) -> Referral:
    """Close it because the officer lets the traveller go. The gate gives the clearance with it.

    What was due and is left out stays on record as such. A full examination is left out by a supervisor who says
    why: raises :class:`ExaminationDueError` and :class:`ReasonMissingError`.
    """
    referral = _for_decision(session, actor, referral_id, version)
    if referral.state is ReferralState.INSPECTING:
        raise ReferralChangedError  # what was inspected ends with an outcome
    _check_waiver(referral, waiver)
    referral.why_not, referral.note = waiver.why_not, waiver.note
    _take(referral, actor, now)
    _decide(referral, actor, ReferralDecision.RELEASED, now)
    _close(session, referral, now)
    _step(session, actor, referral, "released", now)
    return referral


def record_outcome(
    session: Session, actor: Actor, referral_id: UUID, outcome: outcomes.Outcome, now: datetime
) -> Referral:
    """Finish the inspection with what was done and found, and close.

    Raises :class:`app.referrals.outcome.OutcomeInvalidError`, :class:`ReferralChangedError` where no inspection was
    begun, and :class:`app.referrals.instructions.InstructionOpenError`.
    """
    referral = _own(session, actor, referral_id)
    if referral.state is not ReferralState.INSPECTING:
        raise ReferralChangedError
    instructions.check_answered(session, referral.id)
    outcomes.check(outcome, actor.id, in_full=FULL_EXAMINATION in referral.reasons)
    _check_authoriser(session, referral, outcome.search_authorised_by)
    inspection = session.scalars(
        sa.select(Inspection).where(Inspection.referral_id == referral.id)
    ).one()
    _finish(session, inspection, outcome, now)
    _close(session, referral, now)
    _step(session, actor, referral, "outcome", now)
    return referral


def close_settled(
    session: Session, actor: Actor, referral_id: UUID, version: int, now: datetime
) -> Referral:
    """Close it because what was declared has been dealt with at the goods counter.

    Raises :class:`ReferralChangedError` also for what is being inspected: that ends with an outcome.
    """
    referral = _for_decision(session, actor, referral_id, version)
    if referral.state is ReferralState.INSPECTING or referral.kind is not ReferralKind.GOODS:
        raise ReferralChangedError
    _take(referral, actor, now)
    _decide(referral, actor, ReferralDecision.SETTLED, now)
    _close(session, referral, now)
    _step(session, actor, referral, "settled", now)
    return referral


def return_idle_claims(session: Session, now: datetime) -> int:
    """Give back what was claimed and then left alone for longer than :data:`LEASE`."""
    idle = session.scalars(
        sa.select(Referral)
        .where(Referral.state == ReferralState.CLAIMED, Referral.claimed_at < now - LEASE)
        .with_for_update(skip_locked=True)
    ).all()
    for referral in idle:
        _free(referral)
        _step(session, SYSTEM, referral, "lease-ended", now)
    return len(idle)


# --- for what has a file of its own: amendments, attachments, second looks -------------------------


def lock_own_site(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """The locked referral of the officer's site, open or closed, whoever has it. Raises NotFoundError."""
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


def check_version(referral: Referral, version: int) -> None:
    """Raises :class:`ReferralChangedError` where the officer saw something else."""
    _check_version(referral, version)


def check_authoriser(session: Session, referral: Referral, officer_id: UUID | None) -> None:
    """Raises OutcomeInvalidError unless whoever authorised a search is in service at the site."""
    _check_authoriser(session, referral, officer_id)


def note_step(session: Session, actor: Actor, referral: Referral, kind: str, now: datetime) -> None:
    """Append what happened to a locked referral, raise its version, announce and audit."""
    _step(session, actor, referral, kind, now)


# --- checks ---------------------------------------------------------------------------------------


def _own(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """The locked referral of the officer's site, open and not in somebody else's hands."""
    referral = lock_own_site(session, actor, referral_id)
    if referral.state is ReferralState.CLOSED:
        raise ReferralClosedError(_name(session, referral.decided_by), referral.closed_at)
    if referral.owner_id not in (None, actor.id):
        raise ReferralTakenError(_name(session, referral.owner_id), referral.claimed_at)
    return referral


def _name(session: Session, officer_id: UUID | None) -> str:
    return session.scalar(sa.select(Officer.name).where(Officer.id == officer_id)) or ""


def _for_decision(session: Session, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Like :func:`_own`; whoever decides must have seen what there is now."""
    referral = _own(session, actor, referral_id)
    _check_version(referral, version)
    return referral


def _check_version(referral: Referral, version: int | None) -> None:
    if version is not None and referral.version != version:
        raise ReferralChangedError


def _check_waiver(referral: Referral, waiver: Waiver) -> None:
    if FULL_EXAMINATION not in referral.reasons:
        return
    if not waiver.by_supervisor:
        raise ExaminationDueError
    if waiver.why_not is WhyNot.NOT_SAID or not waiver.note.strip():
        raise ReasonMissingError(fields=[FieldProblem("/why_not", "missing")])


def _check_authoriser(session: Session, referral: Referral, officer_id: UUID | None) -> None:
    """Whoever authorised a search is in service at the same site."""
    if officer_id is None:
        return
    known = sa.select(Officer.id).where(
        Officer.id == officer_id, Officer.site == referral.site, Officer.disabled_at.is_(None)
    )
    if session.scalar(known) is None:
        raise outcomes.OutcomeInvalidError(
            fields=[FieldProblem("/search/authorised_by", "unknown")]
        )


# --- changes --------------------------------------------------------------------------------------


def _take(referral: Referral, actor: Actor, now: datetime) -> None:
    if referral.state is ReferralState.RAISED:
        referral.state = ReferralState.CLAIMED
    referral.owner_id, referral.claimed_at = actor.id, now


def _free(referral: Referral) -> None:
    referral.state, referral.owner_id, referral.claimed_at = ReferralState.RAISED, None, None


def _decide(referral: Referral, actor: Actor, decision: ReferralDecision, now: datetime) -> None:
    referral.decision, referral.decided_by, referral.decided_at = decision, actor.id, now


def _close(session: Session, referral: Referral, now: datetime) -> None:
    pictures.forget(session, referral.id)
    referral.state, referral.closed_at = ReferralState.CLOSED, now
    referral.is_hold, referral.hold_until = False, None


def _finish(
    session: Session, inspection: Inspection, outcome: outcomes.Outcome, now: datetime
) -> None:
    inspection.steps = list(outcome.steps)
    inspection.remark = outcome.remark
    inspection.finished_at = now
    inspection.search_ground = outcome.search_ground
    inspection.search_authorised_by = outcome.search_authorised_by
    inspection.minutes = outcome.minutes
    recording.add_findings(session, inspection.id, outcome.findings)
    recording.add_disposals(session, outcome.dispositions, inspection_id=inspection.id)


def _step(session: Session, actor: Actor, referral: Referral, kind: str, now: datetime) -> None:
    """Append what happened, raise the version, announce and audit."""
    referral.version += 1
    session.flush()
    session.add(ReferralEvent(referral_id=referral.id, kind=kind, actor_id=actor.id))
    session.flush()
    events.emit(
        session, "referral.changed", referral.id, version=referral.version, site=referral.site
    )
    audit.record(session, actor, f"referral.{kind}", "referral", referral.id, now)
