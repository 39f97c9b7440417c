"""Writing down what an outcome says: its findings and dispositions, under the number of its revision."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.referrals.disposals import Disposal
from app.referrals.models import Disposition, Finding
from app.referrals.outcome import FoundThing


def add_findings(
    session: Session, inspection_id: UUID, found: Sequence[FoundThing], revision: int = 0
) -> None:
    """Append the findings of one revision, numbered from 1 in their order."""
    for number, one in enumerate(found, 1):
        session.add(
            Finding(
                inspection_id=inspection_id, kind=one.kind, description=one.description,
                quantity=one.quantity, unit=one.unit, revision=revision, number=number,
            )
        )  # fmt: skip


def add_disposals(
    session: Session,
    disposals: Sequence[Disposal],
    *,
    inspection_id: UUID | None = None,
    work_id: UUID | None = None,
    revision: int = 0,
) -> None:
    """Append the dispositions of an outcome or of the counter's work, numbered from 1 in their order."""
    for number, one in enumerate(disposals, 1):
        session.add(
            Disposition(
                inspection_id=inspection_id, work_id=work_id, revision=revision, number=number,
                kind=one.kind, amount=one.amount, currency=one.currency, method=one.method,
                external_ref=one.external_ref, authority=one.authority,
                received_by=one.received_by, goods=one.goods, line=one.line,
            )
        )  # fmt: skip
