"""Note that facts of passengers have changed, so that screening looks again."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel import events

_TOUCH = sa.text(
    "update passenger p set facts_version = facts_version + 1, version = p.version + 1"
    " from flight f, (select id from passenger where id = any(:ids) order by id for update) locked"
    " where f.id = p.flight_id and p.id = locked.id"
    " returning p.id, p.version, f.site"
)


def touch(session: Session, passenger_ids: Collection[UUID]) -> None:
    """Raise the facts version of passengers and tell everybody; unconsumed clearances fall with it."""
    if not passenger_ids:
        return
    changed: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
    for passenger_id, version, site in session.execute(_TOUCH, {"ids": list(passenger_ids)}):
        changed[site].append((passenger_id, version))
    for site, passengers in changed.items():
        events.emit_many(session, "passenger.changed", passengers, site=site)
