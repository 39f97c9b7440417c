"""What officers did with travellers on earlier journeys, counted for screening."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.referrals.kinds import FindingKind
from app.referrals.models import Finding, Inspection, Referral
from app.screening.gather import HISTORY, Inspected
from app.travel.models import Passenger

_YEAR = timedelta(days=365)


def count_inspections(
    session: Session, passengers: Sequence[UUID], now: datetime
) -> Mapping[UUID, Inspected]:
    """For passengers who are linked: referrals of a year on other flights of the traveller; inspections there
    that have ended within five years, with and without a find. What happens on this flight is no history.
    """
    me, before = aliased(Passenger), aliased(Passenger)
    found = (
        sa.select(Finding.id)
        .where(
            Finding.inspection_id == Inspection.id,
            Finding.revision == Inspection.revision,
            Finding.kind != FindingKind.NOTHING,
        )
        .exists()
    )
    ended = sa.and_(Inspection.finished_at.is_not(None), Inspection.finished_at >= now - HISTORY)
    rows = session.execute(
        sa.select(
            me.id,
            sa.func.count(sa.distinct(Inspection.id)).filter(ended, found),
            sa.func.count(sa.distinct(Referral.id)).filter(Referral.created_at >= now - _YEAR),
            sa.func.count(sa.distinct(Inspection.id)).filter(ended),
        )
        .select_from(Referral)
        .join(before, before.id == Referral.passenger_id)
        .join(me, sa.and_(me.traveller_id == before.traveller_id, me.flight_id != before.flight_id))
        .outerjoin(Inspection, Inspection.referral_id == Referral.id)
        .where(me.id.in_(passengers))
        .group_by(me.id)
    )
    return {
        identifier: Inspected(finds, referrals, inspected, inspected - finds)
        for identifier, finds, referrals, inspected in rows
    }
