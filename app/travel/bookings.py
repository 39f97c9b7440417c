"""Bookings of a flight: the newest push of each is kept, earlier contents as versions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats.pnrgov.record import Pnr
from app.kernel.ids import uuid7
from app.travel.identity import content_key
from app.travel.joining import join
from app.travel.models import Booking, BookingVersion
from app.travel.passengers import Order
from app.travel.records import Record, Sighting, booking_locators, from_booking, from_pnr
from app.travel.roster import Roster


@dataclass(frozen=True, slots=True)
class Push:
    """One booking of a push, ready to be stored. ``position`` counts its place in the message."""

    position: int
    carrier: str
    locator: str
    removed: bool
    record: Record
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """``fresh`` False: a later push of this booking has been applied before. ``people`` are those of all parts
    of a push in which the booking stands in several; None where this one tells everything.
    """

    booking_id: UUID
    fresh: bool
    is_new: bool
    people: tuple[Sighting, ...] | None = None


def read_booking(pnr: Pnr, carrier: str) -> Push:
    """A booking as it is stored; ``carrier`` is that of the flight, for a locator without one.

    A booking without locator gets one made of its content (`~...`), so that its people are not lost and a
    replay finds it again.
    """
    record = from_pnr(pnr)
    holder = next((one.carrier for one in pnr.locators if one.code), "") or carrier
    locator = next(iter(booking_locators(record)), "") or "~" + content_key(record)[:10]
    people = [] if pnr.removed else from_booking(record, holder)
    return Push(pnr.index, holder, locator, pnr.removed, record, tuple(people))


def together(first: Push, again: Push) -> Push:
    """A booking that a push names twice, or in two parts: what both say; what holds this flight counts."""
    if first.removed != again.removed:
        return replace(again if first.removed else first, position=first.position)
    record = join(first.record, again.record)
    people = () if first.removed else tuple(from_booking(record, first.carrier))
    return replace(first, record=record, sightings=people)


@dataclass(slots=True)
class _Row:
    id: UUID
    record: Record
    prepared_at: datetime | None
    since: datetime | None
    message_id: UUID | None
    removed_at: datetime | None
    version: int


def store_bookings(
    session: Session,
    roster: Roster,
    pushes: Sequence[Push],
    order: Order,
    now: datetime,
    *,
    in_parts: bool = False,
) -> dict[int, Stored]:
    """Store the bookings of one batch, by position. The flight is locked (``roster.lock``).

    ``in_parts``: the push has several parts, and a booking that another one told is told on.
    """
    known = _known(session, roster.flight_id, pushes)
    new, changed, versions, late, stored = [], [], [], [], {}
    for push in pushes:
        key = push.carrier, push.locator
        row = known.get(key)
        if row is None:
            row = known[key] = _Row(uuid7(), push.record, None, order.prepared_at, None, None, 0)
            new.append(_values(row, push, order, now, flight_id=roster.flight_id))
            stored[push.position] = Stored(row.id, fresh=True, is_new=True)
            continue
        if in_parts and _is_told_on(row, push, order):
            joined = join(row.record, push.record)
            row.prepared_at = max(row.prepared_at or order.prepared_at, order.prepared_at)
            changed.append(
                {
                    **_values(row, replace(push, record=joined), order, now),
                    "prepared_at": row.prepared_at,
                }
            )
            people = tuple(from_booking(joined, push.carrier))
            stored[push.position] = Stored(row.id, fresh=True, is_new=False, people=people)
            continue
        fresh = _stamp(row.prepared_at, row.message_id) <= _stamp(
            order.prepared_at, order.message_id
        )
        stored[push.position] = Stored(row.id, fresh, is_new=row.version == 0)
        if row.version == 0:
            continue
        differs = row.record != push.record or (row.removed_at is not None) != push.removed
        if fresh:
            if differs:
                versions.append(_version(row))
                row.version, row.since = row.version + 1, order.prepared_at
            changed.append(_values(row, push, order, now))
        elif differs:
            late.append(_late(row, push, order))
    _write(session, new, changed, versions, late)
    return stored


_PARTS_APART = timedelta(minutes=15)  # between the parts of one push; pushes are hours apart
_MOST_PEOPLE = 2000  # of a booking that is told in parts: all are placed in one transaction


def _is_told_on(row: _Row, push: Push, order: Order) -> bool:
    """Whether a part of a push tells more of a booking of which another part was applied just before.

    The one before may have been another push of the same minutes, and who was taken out in it stays until
    the next: better so than that each part withdraws the people of the other.
    """
    if row.version == 0 or row.prepared_at is None or row.removed_at or push.removed:
        return False
    people = len(row.record.get("travellers", ())) + len(push.record.get("travellers", ()))
    return people <= _MOST_PEOPLE and abs(row.prepared_at - order.prepared_at) <= _PARTS_APART


def _known(
    session: Session, flight_id: UUID, pushes: Sequence[Push]
) -> dict[tuple[str, str], _Row]:
    keys = [(push.carrier, push.locator) for push in pushes]
    rows = session.execute(
        sa.select(
            Booking.carrier, Booking.locator, Booking.id, Booking.record, Booking.prepared_at,
            Booking.since, Booking.message_id, Booking.removed_at, Booking.version,
        ).where(
            Booking.flight_id == flight_id, sa.tuple_(Booking.carrier, Booking.locator).in_(keys)
        )
    )  # fmt: skip
    return {(carrier, locator): _Row(*rest) for carrier, locator, *rest in rows}


def _stamp(prepared: datetime | None, message_id: UUID | None) -> tuple[float, int]:
    return (prepared.timestamp() if prepared else 0.0, message_id.int if message_id else 0)


def _values(
    row: _Row, push: Push, order: Order, now: datetime, *, flight_id: UUID | None = None
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": row.id, "record": push.record, "prepared_at": order.prepared_at,
        "since": row.since, "message_id": order.message_id, "version": row.version or 1,
        "removed_at": (row.removed_at or now) if push.removed else None,
    }  # fmt: skip
    if flight_id:
        values |= {"flight_id": flight_id, "carrier": push.carrier, "locator": push.locator}
    return values


def _version(row: _Row) -> dict[str, Any]:
    """The content that a newer push replaces."""
    return {
        "booking_id": row.id, "version": row.version, "message_id": row.message_id,
        "prepared_at": row.since, "removed": row.removed_at is not None, "record": row.record,
    }  # fmt: skip


def _late(row: _Row, push: Push, order: Order) -> dict[str, Any]:
    """The content of a push that comes after a later one: a version too, so that order leaves no trace."""
    return {
        "id": uuid7(), "booking_id": row.id, "message_id": order.message_id,
        "prepared_at": order.prepared_at, "removed": push.removed, "record": push.record,
    }  # fmt: skip


# The number that the newest content had; nothing when the message has been applied before.
_LATE = sa.text(
    "with newest as ("
    " update booking set version = version + 1 where id = :booking_id and not exists ("
    "  select from booking_version where booking_id = :booking_id and message_id = :message_id)"
    " returning version - 1 as version)"
    " insert into booking_version (id, booking_id, version, message_id, prepared_at, removed, record)"
    " select :id, :booking_id, newest.version, :message_id, :prepared_at, :removed, :record from newest"
).bindparams(sa.bindparam("record", type_=Booking.__table__.c.record.type))
_UPDATE = sa.text(
    "update booking set record = :record, prepared_at = :prepared_at, since = :since,"
    " message_id = :message_id, removed_at = :removed_at, version = :version where id = :id"
).bindparams(sa.bindparam("record", type_=Booking.__table__.c.record.type))


def _write(
    session: Session,
    new: list[dict[str, Any]],
    changed: list[dict[str, Any]],
    versions: list[dict[str, Any]],
    late: list[dict[str, Any]],
) -> None:
    if new:
        session.execute(sa.insert(Booking), new)
    if versions:
        session.execute(sa.insert(BookingVersion), versions)
    if changed:
        session.execute(_UPDATE, changed)
    if late:
        session.execute(_LATE, late)


_PARTY = sa.text(
    "update booking b set party_id = p.party_id from passenger p"
    " where b.flight_id = :flight and p.flight_id = :flight and b.id = any(cast(:ids as uuid[]))"
    " and b.party_id is null and p.party_id is not null and p.pnr_data ? cast(b.id as text)"
)


def link_parties(session: Session, roster: Roster, booking_ids: Sequence[UUID]) -> None:
    """Name the party of bookings whose people have got one."""
    if booking_ids:
        session.execute(_PARTY, {"flight": roster.flight_id, "ids": list(booking_ids)})
