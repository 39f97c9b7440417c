"""An inspection as officers read it: the outcome that counts, and every outcome that was ever recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.referrals.kinds import SearchGround
from app.referrals.models import Amendment, Disposition, Finding, Inspection


@dataclass(frozen=True, slots=True)
class Revision:
    """One word on an inspection: ``number`` 0 closed the referral, later ones say why they correct it."""

    number: int
    at: datetime
    officer_id: UUID
    reason: str
    steps: Sequence[str]
    remark: str
    search_ground_kind: SearchGround | None
    search_ground: str | None
    search_authorised_by: UUID | None
    minutes: int
    minutes_stated: bool
    findings: Sequence[Finding]
    dispositions: Sequence[Disposition]


@dataclass(frozen=True, slots=True)
class Inspected:
    """An inspection with all that was recorded of it, oldest first; none while it goes on."""

    inspection: Inspection
    revisions: tuple[Revision, ...]

    @property
    def effective(self) -> Revision | None:
        """What counts: the last."""
        return self.revisions[-1] if self.revisions else None

    @property
    def findings(self) -> Sequence[Finding]:
        return self.effective.findings if self.effective else ()

    @property
    def dispositions(self) -> Sequence[Disposition]:
        return self.effective.dispositions if self.effective else ()


def read_inspected(session: Session, referral_id: UUID) -> Inspected | None:
    """The inspection of a referral, in four statements; None where there is none."""
    inspection = session.scalar(sa.select(Inspection).where(Inspection.referral_id == referral_id))
    if inspection is None:
        return None
    if inspection.finished_at is None:
        return Inspected(inspection, ())
    findings = session.scalars(
        sa.select(Finding)
        .where(Finding.inspection_id == inspection.id)
        .order_by(Finding.revision, Finding.number, Finding.id)
    ).all()
    disposals = session.scalars(
        sa.select(Disposition)
        .where(Disposition.inspection_id == inspection.id)
        .order_by(Disposition.revision, Disposition.number, Disposition.id)
    ).all()
    amendments = session.scalars(
        sa.select(Amendment)
        .where(Amendment.inspection_id == inspection.id)
        .order_by(Amendment.revision)
    ).all()

    def said(one: Inspection | Amendment, number: int, at: datetime, reason: str) -> Revision:
        return Revision(
            number=number, at=at, officer_id=one.officer_id, reason=reason, steps=one.steps,
            remark=one.remark, search_ground_kind=one.search_ground_kind,
            search_ground=one.search_ground,
            search_authorised_by=one.search_authorised_by,
            minutes=one.minutes or minutes_between(inspection.started_at, inspection.finished_at),
            minutes_stated=one.minutes is not None,
            findings=[f for f in findings if f.revision == number],
            dispositions=[d for d in disposals if d.revision == number],
        )  # fmt: skip

    first = said(inspection, 0, inspection.finished_at, "")
    later = [said(one, one.revision, one.amended_at, one.reason) for one in amendments]
    return Inspected(inspection, (first, *later))


def minutes_between(start: datetime, end: datetime | None) -> int:
    """Whole minutes from beginning to end, begun ones counted."""
    return max(1, -(-int((end - start).total_seconds()) // 60)) if end else 0
