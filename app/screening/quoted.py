"""Why somebody is on a list, for those who may see it: the words stay sealed with the entry.

Neither hits nor the index of a list hold them. They are looked up where a hit is shown, and go with the entry.
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.screening.list_models import UrgentLookout
from app.screening.lookouts import LookoutHit
from app.screening.models import Hit, HitSource, Watchlist, WatchlistEntry


def reasons_of_hits(hidden: sa.ColumnElement[bool]) -> tuple[sa.Case[str], sa.Case[str]]:
    """Columns of a select over hits: the reason of the entry that a hit is of, and that of an urgent lookout.

    Null of rules, of entries that are gone, and where ``hidden`` holds: there nothing is read at all.
    """
    shown = sa.and_(Hit.source == HitSource.WATCHLIST, sa.not_(hidden))
    slash = sa.func.strpos(Hit.subject, "/")
    of_entry = (
        sa.select(WatchlistEntry.reason)
        .join(Watchlist, Watchlist.id == WatchlistEntry.watchlist_id)
        .where(
            Watchlist.key == sa.func.left(Hit.subject, slash - 1),
            WatchlistEntry.key == sa.func.substr(Hit.subject, slash + 1),
            WatchlistEntry.version == Hit.subject_version,
        )
        .scalar_subquery()
    )
    of_lookout = (
        sa.select(UrgentLookout.reason)
        .where(sa.func.concat("urgent/", sa.cast(UrgentLookout.id, sa.Text)) == Hit.subject)
        .scalar_subquery()
    )
    return sa.case((shown, of_entry)), sa.case((shown, of_lookout))


def with_reasons(session: Session, hits: Sequence[LookoutHit]) -> list[LookoutHit]:
    """Hits of lists in force with why their entries are there."""
    keys = {_key(hit) for hit in hits}
    rows = session.execute(
        sa.select(Watchlist.key, WatchlistEntry.key, WatchlistEntry.version, WatchlistEntry.reason)
        .join(Watchlist, Watchlist.id == WatchlistEntry.watchlist_id)
        .where(
            sa.tuple_(Watchlist.key, WatchlistEntry.key, WatchlistEntry.version).in_(sorted(keys))
        )
    )
    found = {(row[0], row[1], row[2]): row[3] for row in rows}
    return [
        replace(hit, listed=replace(hit.listed, reason=found.get(_key(hit), ""))) for hit in hits
    ]


def _key(hit: LookoutHit) -> tuple[str, str, int]:
    return hit.lookout.key, hit.listed.key, hit.listed.version
