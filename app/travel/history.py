"""The earlier contents of API records and bookings of some passengers, and what changed in them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.travel.changes import Change, Content, api_changes, booking_changes, in_order
from app.travel.models import Booking, BookingVersion, Passenger, PassengerVersion


@dataclass(frozen=True, slots=True)
class Earlier:
    """Contents that do not count (any more), by passenger and by booking."""

    lists: Mapping[UUID, Sequence[Content]] = field(default_factory=dict)
    pushes: Mapping[UUID, Sequence[Content]] = field(default_factory=dict)


NOTHING_EARLIER = Earlier()


def read_earlier(
    session: Session, passengers: Collection[UUID], bookings: Collection[UUID]
) -> Earlier:
    """Two statements at most, however many people there are."""
    return Earlier(_lists(session, passengers), _pushes(session, bookings) if bookings else {})


def _lists(session: Session, passengers: Collection[UUID]) -> dict[UUID, list[Content]]:
    rows = session.execute(
        sa.select(
            PassengerVersion.passenger_id, PassengerVersion.record, PassengerVersion.prepared_at
        ).where(PassengerVersion.passenger_id.in_(passengers))
    )
    return _grouped((owner, Content(record, since)) for owner, record, since in rows)


def _pushes(session: Session, bookings: Collection[UUID]) -> dict[UUID, list[Content]]:
    """A version without a time is of before such times were kept: that of its storing stands in."""
    since = sa.func.coalesce(BookingVersion.prepared_at, BookingVersion.created_at)
    rows = session.execute(
        sa.select(
            BookingVersion.booking_id, BookingVersion.record, since, BookingVersion.removed
        ).where(BookingVersion.booking_id.in_(bookings))
    )
    return _grouped((owner, Content(record, at, removed)) for owner, record, at, removed in rows)


def _grouped(found: Iterable[tuple[UUID, Content]]) -> dict[UUID, list[Content]]:
    groups: dict[UUID, list[Content]] = defaultdict(list)
    for owner, content in found:
        if isinstance(content.record, Mapping):
            groups[owner].append(content)
    return groups


def changes_of(
    passenger: Passenger, bookings: Iterable[Booking], earlier: Earlier
) -> list[Change] | None:
    """What changed of a passenger, the oldest first; None when nothing is known that could have."""
    lists = in_order(
        earlier.lists.get(passenger.id, ()), _now(passenger.api_data, passenger.api_since)
    )
    found = list(api_changes(lists))
    known = bool(lists)
    for one in bookings:
        mine = (passenger.pnr_data or {}).get(str(one.id))
        if not isinstance(mine, Mapping):
            continue
        known = True
        now = _now(one.record, one.since or one.prepared_at, removed=one.removed_at is not None)
        found += booking_changes(in_order(earlier.pushes.get(one.id, ()), now), mine)
    return sorted(found, key=lambda change: change.at) if known else None


def _now(record: object, since: datetime | None, *, removed: bool = False) -> Content | None:
    return Content(record, since, removed) if isinstance(record, dict) and since else None
