"""Two pages opened at different moments see the same queue, unless a referral was raised or closed between them."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.referrals.models import Referral, ReferralState
from app.web.console.queue import Mark, Queue

CLOSED = 1000
"""So many of the latest closed are known; pages older than all of them share nothing."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Moments at which a site's queue changes for a page with a mark: raised and closed ones, in order."""

    raised: tuple[datetime, ...]
    closed: tuple[datetime, ...]

    @classmethod
    def of(cls, session: Session, site: str) -> Self:
        """In one statement."""
        is_open = sa.select(Referral.created_at, Referral.closed_at).where(
            Referral.site == site, Referral.state != ReferralState.CLOSED
        )
        latest = (
            sa.select(Referral.created_at, Referral.closed_at)
            .where(Referral.site == site, Referral.state == ReferralState.CLOSED)
            .order_by(Referral.closed_at.desc())
            .limit(CLOSED)
            .subquery()
        )
        rows = session.execute(is_open.union_all(sa.select(latest))).all()
        return cls(
            tuple(sorted(raised for raised, _ in rows)),
            tuple(sorted(closed for _, closed in rows if closed)),
        )

    def place(self, mark: Mark) -> Hashable:
        """Equal for marks between which nothing was raised or closed."""
        closed = bisect_left(self.closed, mark.decided)
        if closed == 0 and len(self.closed) >= CLOSED:
            return str(mark)
        return bisect_right(self.raised, mark.stored), len(self.closed) - closed


def ids_in(queue: Queue) -> frozenset[UUID]:
    """Every id that a queue holds: an officer who is among them sees a queue of his own."""
    rows = [row for _, group in queue.groups for row in group] + list(queue.tray)
    values = (getattr(row.referral, one.name) for row in rows for one in fields(row.referral))
    return frozenset(value for value in values if isinstance(value, UUID))
