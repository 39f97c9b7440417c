"""What a redress can end in: the hits on entries of lists that stand against a traveller now. Officers' side only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.screening.models import Assessment, Hit, HitSource, Watchlist


@dataclass(frozen=True, slots=True)
class Standing:
    """A hit of the current assessment; ``cleared``: its pair is known not to match already."""

    hit_id: UUID
    passenger_id: UUID
    list_title: str
    entry: str
    cleared: bool


def standing_hits(session: Session, passenger_ids: Sequence[UUID]) -> list[Standing]:
    """Hits on lists of these passengers, the newest first."""
    listed = sa.func.split_part(Hit.subject, "/", 1)
    rows = session.execute(
        sa.select(Hit, Watchlist.title)
        .join(Assessment, Assessment.id == Hit.assessment_id)
        .join(Watchlist, Watchlist.key == listed)
        .where(
            Hit.passenger_id.in_(passenger_ids), Assessment.is_current,
            Hit.source == HitSource.WATCHLIST,
        )
        .order_by(Hit.id.desc())
    )  # fmt: skip
    return [
        Standing(
            hit.id, hit.passenger_id, title, hit.subject.partition("/")[2],
            "suppressed_by" in hit.explanation,
        )
        for hit, title in rows
    ]  # fmt: skip
