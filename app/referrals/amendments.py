"""Correcting a closed inspection: another outcome is appended with its reason, the last one counts.

Nothing is overwritten. Who amends need not be who inspected; figures and histories go by the outcome that counts,
and the day of the referral is counted anew.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, kept
from app.kernel.texts import N_
from app.referrals import outcome as outcomes
from app.referrals import recording, service
from app.referrals.kinds import FULL_EXAMINATION, ReferralState
from app.referrals.models import Amendment, Inspection, Referral

MAX_REASON = 1000


class NothingToAmendError(ConflictError):
    """No inspection of it has an outcome: what is open is still being written."""

    code, status, title = "nothing-to-amend", 409, N_("There is no outcome to amend")


class AmendmentReasonError(InvalidError):
    """Whoever corrects an outcome says why."""

    code, status, title = "amendment-reason-missing", 422, N_("Say why the outcome is amended")


def amend_outcome(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    version: int,
    outcome: outcomes.Outcome,
    reason: str,
    now: datetime,
) -> Referral:
    """Append an outcome to a closed inspection.

    ``version``: of the referral, as the officer saw it. Raises NotFoundError,
    :class:`app.referrals.service.ReferralChangedError`, :class:`NothingToAmendError`,
    :class:`AmendmentReasonError` and :class:`app.referrals.outcome.OutcomeInvalidError`.
    """
    referral = service.lock_own_site(session, actor, referral_id)
    inspection = session.scalar(sa.select(Inspection).where(Inspection.referral_id == referral.id))
    is_closed = referral.state is ReferralState.CLOSED
    if inspection is None or inspection.finished_at is None or not is_closed:
        raise NothingToAmendError
    service.check_version(referral, version)
    if not reason.strip():
        raise AmendmentReasonError(fields=[FieldProblem("/reason", "missing")])
    outcomes.check(outcome, actor.id, in_full=FULL_EXAMINATION in referral.reasons)
    service.check_authoriser(session, referral, outcome.search_authorised_by)
    _append(session, actor, inspection, outcome, kept(reason, MAX_REASON, "/reason"), now)
    service.note_step(session, actor, referral, "outcome-amended", now, **service.searched(outcome))
    return referral


def reasons_of(session: Session, referral_id: UUID) -> list[str]:
    """Why somebody was referred, as the protocol of the inspection goes by it."""
    return session.scalar(sa.select(Referral.reasons).where(Referral.id == referral_id)) or []


def _append(
    session: Session,
    actor: Actor,
    inspection: Inspection,
    outcome: outcomes.Outcome,
    reason: str,
    now: datetime,
) -> None:
    assert actor.id
    inspection.revision += 1
    inspection.amended_at = now
    session.add(
        Amendment(
            inspection_id=inspection.id, revision=inspection.revision, officer_id=actor.id,
            amended_at=now, reason=reason, steps=list(outcome.steps), remark=outcome.remark,
            search_ground_kind=outcome.search_ground_kind, search_ground=outcome.search_ground,
            minutes=outcome.minutes,
            search_authorised_by=outcome.search_authorised_by,
        )
    )  # fmt: skip
    recording.add_findings(session, inspection.id, outcome.findings, inspection.revision)
    recording.add_disposals(
        session, outcome.dispositions, inspection_id=inspection.id, revision=inspection.revision
    )
