"""Proposals that another change of their list has overtaken: they can no longer be approved, and say so at once.

By whom and when is what the overtaking version of the list says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.screening.list_models import (
    ProposalStatus,
    ProposedEntry,
    WatchlistProposal,
    WatchlistVersion,
)
from app.screening.models import Watchlist, WatchlistEntry

MOVED = sa.case(
    (
        WatchlistProposal.settings.is_not(None),
        WatchlistProposal.base_version != Watchlist.version,
    ),
    else_=sa.exists(
        sa.select(sa.literal(1))
        .select_from(ProposedEntry)
        .join(WatchlistEntry, WatchlistEntry.key == ProposedEntry.key)
        .where(ProposedEntry.proposal_id == WatchlistProposal.id)
        .where(WatchlistEntry.watchlist_id == WatchlistProposal.watchlist_id)
        .where(
            sa.or_(
                WatchlistEntry.version > WatchlistProposal.base_version,
                WatchlistEntry.removed_version > WatchlistProposal.base_version,
            )
        )
        .correlate(WatchlistProposal)
    ),
)
"""Whether something else has changed what a proposal was made of.

Settings are of a list as it was looked at: how many it silences is part of what is signed, so that any new
version of the list asks for a new look.
"""


@dataclass(frozen=True, slots=True)
class Overtaking:
    """The version of a list that overtook a proposal; ``by`` None: the service or the command line."""

    version: int
    by: UUID | None
    at: datetime


def has_moved(session: Session, proposal: WatchlistProposal) -> bool:
    """Whether a proposal can no longer be done. Its list is locked by the caller, its own changes are flushed."""
    asked = sa.select(MOVED).select_from(WatchlistProposal)
    asked = asked.join(Watchlist, Watchlist.id == WatchlistProposal.watchlist_id)
    return bool(session.scalar(asked.where(WatchlistProposal.id == proposal.id)))


def mark_overtaken(session: Session, actor: Actor, watchlist: Watchlist, now: datetime) -> None:
    """Close the waiting proposals of a list that its newest version overtakes; their entries are forgotten.

    Whoever decides a proposal locks its list before the proposal, as this does: nobody waits for ever.
    """
    waiting = (
        sa.select(WatchlistProposal)
        .join(Watchlist, Watchlist.id == WatchlistProposal.watchlist_id)
        .where(WatchlistProposal.watchlist_id == watchlist.id, MOVED)
        .where(WatchlistProposal.status == ProposalStatus.PROPOSED)
    )
    for one in session.scalars(waiting.with_for_update(of=WatchlistProposal)).all():
        one.status, one.decided_at = ProposalStatus.OVERTAKEN, now
        one.overtaken_version = watchlist.version
        session.flush()
        session.execute(sa.delete(ProposedEntry).where(ProposedEntry.proposal_id == one.id))
        audit.record(
            session, actor, "watchlist.overtaken", "watchlist_proposal", one.id, now,
            version=watchlist.version,
        )  # fmt: skip


def overtaking(session: Session, found: Sequence[WatchlistProposal]) -> Mapping[UUID, Overtaking]:
    """By proposal, what overtook it; those that nothing overtook are left out."""
    rows = session.execute(
        sa.select(WatchlistProposal.id, WatchlistVersion)
        .join(
            WatchlistVersion,
            sa.and_(
                WatchlistVersion.watchlist_id == WatchlistProposal.watchlist_id,
                WatchlistVersion.version == WatchlistProposal.overtaken_version,
            ),
        )
        .where(WatchlistProposal.id.in_([one.id for one in found]))
    )
    return {key: Overtaking(one.version, one.actor_id, one.made_at) for key, one in rows}
