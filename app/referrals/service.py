"""The life of a referral: raised, claimed on a lease, released or inspected, closed with an outcome.

Two officers never work on one traveller: a claim is taken under a row lock and checked against the version
that the officer saw. Every step is appended to ``referral_event``, announced and audited.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.identity.models import Device, Officer
from app.identity.permissions import Permission, granted
from app.kernel.errors import (
    ConflictError,
    FieldProblem,
    NotFoundError,
)
from app.kernel.texts import N_
from app.referrals import instructions, live, pictures, recording
from app.referrals import outcome as outcomes
from app.referrals.custody import (
    ReferralChangedError,
    ReferralClosedError,
    ReferralHandledError,
    ReferralTakenError,
    check_version,
    free,
    own,
    step,
    take,
)
from app.referrals.custody import lock as lock_own_site
from app.referrals.kinds import AFTERWARDS, FULL_EXAMINATION, Left
from app.referrals.models import (
    Inspection,
    LiveLook,
    Origin,
    Referral,
    ReferralDecision,
    ReferralKind,
    ReferralState,
)
from app.referrals.waivers import (
    NO_WAIVER,
    ExaminationDueError,
    ReasonMissingError,
    Waiver,
    check_waiver,
)

__all__ = [
    "NO_WAIVER", "EndsOtherwiseError", "ExaminationDueError", "ReasonMissingError", "ReferralChangedError",
    "ReferralClosedError", "ReferralHandledError", "ReferralTakenError", "Waiver", "check_authoriser", "check_version",
    "claim", "close_alert", "close_released", "close_settled", "expect_at", "give_back", "inspect", "lock_own_site", "note_step",
    "raise_alert", "raise_referral", "record_outcome",
]  # fmt: skip


class EndsOtherwiseError(ConflictError):
    """Whoever has passed can be neither released nor inspected."""

    code, status, title = (
        "ends-otherwise", 409,
        N_("A recall ends with found or not found, a late hit with a recall or the word why nothing is done"),
    )  # fmt: skip


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
    step(session, actor, referral, "raised", now)
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
    found = _open_alert(session, device_id)
    if found is None:
        found = Referral(
            site=site, hall_id=hall_id, device_id=device_id, kind=ReferralKind.TECHNICAL,
            reasons=[reason], state=ReferralState.RAISED, version=0,
        )  # fmt: skip
        session.add(found)
        session.flush()
        step(session, actor, found, "raised", now)
    elif reason not in found.reasons:
        found.reasons = [*found.reasons, reason]
        step(session, actor, found, "happened-again", now)
    return found


def close_alert(
    session: Session, actor: Actor, device_id: UUID, now: datetime, *, by: UUID | None
) -> Referral | None:
    """Close the open alert of a machine that somebody has brought back, whoever has claimed it; None without one.

    ``by``: the officer who ordered it, None for whoever turned the key at the machine. What is being inspected ends
    with its outcome.
    """
    found = _open_alert(session, device_id)
    if found is None or found.state is ReferralState.INSPECTING:
        return None
    found.decision, found.decided_by, found.decided_at = ReferralDecision.RESET, by, now
    _close(session, found, now)
    step(session, actor, found, "lane-reset", now)
    return found


def _open_alert(session: Session, device_id: UUID) -> Referral | None:
    """The locked alert of a device, whose row is locked as well: there may be none to lock yet."""
    session.execute(
        sa.select(Device.id).where(Device.id == device_id).with_for_update(key_share=True)
    )
    return session.scalar(
        sa.select(Referral)
        .where(Referral.device_id == device_id, Referral.state != ReferralState.CLOSED)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


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
    referral = own(session, actor, referral_id)
    if referral.owner_id == actor.id:
        referral.active_at = now
        session.flush()
        return referral
    check_version(referral, version)
    take(referral, actor, now)
    step(session, actor, referral, "claimed", now)
    return referral


def give_back(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> Referral:
    """Let somebody else have it; only what is not yet being inspected."""
    referral = own(session, actor, referral_id)
    if referral.state is ReferralState.CLAIMED:
        free(referral, Left.GIVEN_BACK, now)
        step(session, actor, referral, "given-back", now)
    return referral


def inspect(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    now: datetime,
    grounds: str = "",
) -> Referral:
    """Begin an inspection. Claims it on the way where nobody has. ``grounds`` stay with the case."""
    referral = _for_decision(session, actor, referral_id, version)
    if referral.state is ReferralState.INSPECTING:
        return referral
    _check_kind(referral)
    assert actor.id
    take(referral, actor, now)
    referral.state = ReferralState.INSPECTING
    referral.is_hold, referral.hold_until = False, None
    _decide(referral, actor, ReferralDecision.INSPECT, now)
    session.add(Inspection(referral_id=referral.id, officer_id=actor.id, started_at=now, steps=[]))
    step(session, actor, referral, "inspection-begun", now, grounds)
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

    What was due and is left out stays on record as such, with the reason: raises the errors of
    :func:`app.referrals.waivers.check_waiver`.
    """
    referral = _for_decision(session, actor, referral_id, version)
    if referral.state is ReferralState.INSPECTING:
        raise ReferralChangedError  # what was inspected ends with an outcome
    _check_kind(referral)
    check_waiver(referral.kind, referral.reasons, waiver)
    referral.why_not, referral.note = waiver.why_not, waiver.note
    take(referral, actor, now)
    _decide(referral, actor, ReferralDecision.RELEASED, now)
    _close(session, referral, now)
    step(session, actor, referral, "released", now, waiver.note)
    return referral


def record_outcome(
    session: Session, actor: Actor, referral_id: UUID, outcome: outcomes.Outcome, now: datetime
) -> Referral:
    """Finish the inspection with what was done and found, and close.

    Raises :class:`app.referrals.outcome.OutcomeInvalidError`, :class:`ReferralChangedError` where no inspection was
    begun, and :class:`app.referrals.instructions.InstructionOpenError`.
    """
    referral = own(session, actor, referral_id)
    if referral.state is not ReferralState.INSPECTING:
        raise ReferralChangedError
    instructions.check_answered(session, referral.id)
    take(referral, actor, now)
    outcomes.check(outcome, actor.id, in_full=FULL_EXAMINATION in referral.reasons)
    _check_authoriser(session, referral, outcome.search_authorised_by)
    inspection = session.scalars(
        sa.select(Inspection).where(Inspection.referral_id == referral.id)
    ).one()
    _finish(session, inspection, outcome, now)
    _close(session, referral, now)
    step(session, actor, referral, "outcome", now, **searched(outcome))
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
    take(referral, actor, now)
    _decide(referral, actor, ReferralDecision.SETTLED, now)
    _close(session, referral, now)
    step(session, actor, referral, "settled", now)
    return referral


# --- for what has a file of its own: amendments, attachments, second looks -------------------------


def check_authoriser(session: Session, referral: Referral, officer_id: UUID | None) -> None:
    """Raises OutcomeInvalidError unless whoever authorised a search leads shifts and is in service at the site."""
    _check_authoriser(session, referral, officer_id)


def note_step(
    session: Session, actor: Actor, referral: Referral, kind: str, now: datetime, **detail: str
) -> None:
    """Append what happened to a locked referral, raise its version, announce and audit."""
    step(session, actor, referral, kind, now, **detail)


def searched(outcome: outcomes.Outcome) -> dict[str, str]:
    """On what ground and by whose authority somebody was searched, for the trail; nothing where nobody was."""
    ground, by = outcome.search_ground_kind, outcome.search_authorised_by
    return {"search_ground": str(ground), "search_authorised_by": str(by)} if by else {}


# --- checks ---------------------------------------------------------------------------------------


def _for_decision(session: Session, actor: Actor, referral_id: UUID, version: int) -> Referral:
    """Like :func:`own`; whoever decides must have seen what there is now."""
    referral = own(session, actor, referral_id)
    check_version(referral, version)
    return referral


def _check_kind(referral: Referral) -> None:
    if referral.kind in AFTERWARDS:
        raise EndsOtherwiseError


def _check_authoriser(session: Session, referral: Referral, officer_id: UUID | None) -> None:
    """Whoever authorised a search is a supervisor in service at the same site."""
    if officer_id is None:
        return
    roles = session.scalar(
        sa.select(Officer.roles).where(
            Officer.id == officer_id, Officer.site == referral.site, Officer.disabled_at.is_(None)
        )
    )
    if roles is None or not granted(roles, Permission.LEAD_SHIFT):
        code = "unknown" if roles is None else "no-supervisor"
        raise outcomes.OutcomeInvalidError(fields=[FieldProblem("/search/authorised_by", code)])


# --- changes --------------------------------------------------------------------------------------


def _decide(referral: Referral, actor: Actor, decision: ReferralDecision, now: datetime) -> None:
    referral.decision, referral.decided_by, referral.decided_at = decision, actor.id, now


def _close(session: Session, referral: Referral, now: datetime) -> None:
    pictures.forget(session, referral.id)
    live.forget(session, LiveLook.referral_id == referral.id)
    referral.state, referral.closed_at = ReferralState.CLOSED, now
    referral.is_hold, referral.hold_until = False, None


def _finish(
    session: Session, inspection: Inspection, outcome: outcomes.Outcome, now: datetime
) -> None:
    inspection.steps = list(outcome.steps)
    inspection.remark = outcome.remark
    inspection.finished_at = now
    inspection.search_ground_kind = outcome.search_ground_kind
    inspection.search_ground = outcome.search_ground
    inspection.search_authorised_by = outcome.search_authorised_by
    inspection.minutes = outcome.minutes
    recording.add_findings(session, inspection.id, outcome.findings)
    recording.add_disposals(session, outcome.dispositions, inspection_id=inspection.id)
