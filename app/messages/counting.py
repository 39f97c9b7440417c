"""Keep the figures of data quality up to date, from stored verdicts and the state of flights.

A verdict leaves its message uncounted; a worker takes uncounted ones and computes the day and the
flights that they touch anew, each from everything that is stored. So a replay, a crash or a second run
changes nothing twice. One worker counts at a time; a transaction is of one sender's day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.formats import codes
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.messages.models import Message, MessageStatus, QualityDay, QualityFlight
from app.messages.quality import tally
from app.travel.models import Flight, Manifest, Passenger, PassengerKind, TravelStatus

BATCH = 500
_ALONE = sa.text("select pg_try_advisory_xact_lock(7166021)")
_MARK = sa.text(
    "update message set counted_at = :now from unnest(cast(:ids as uuid[]), "
    "cast(:seen as timestamptz[])) as done(id, seen) "
    "where message.id = done.id and message.applied_at is not distinct from done.seen"
)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of a sender, local to the site."""

    sender_id: UUID
    site: str
    day: date

    def bounds(self) -> tuple[datetime, datetime]:
        zone = _zone(self.site)
        start = datetime.combine(self.day, time(), zone)
        end = datetime.combine(self.day + timedelta(days=1), time(), zone)
        return start.astimezone(UTC), end.astimezone(UTC)


def count_due(database: Database, now: datetime, limit: int = BATCH) -> int:
    """Count what is not counted yet; how many transmissions that were (0 also while another worker does)."""
    with database.read() as session:
        due = session.execute(_due(limit)).all()
    days: dict[_Day, list[Any]] = {}
    for row in due:
        day = _Day(row.sender_id, row.site, local_day(row.created_at, row.site))
        days.setdefault(day, []).append(row)
    done = 0
    for day, rows in days.items():
        with database.transaction() as session:
            if not session.scalar(_ALONE):
                return done
            count_day(session, day.sender_id, day.site, day.day, now)
            flights = {
                one["flight_id"] for row in rows for one in row.summary if "flight_id" in one
            }
            for flight_id in sorted(flights):
                count_flight(session, UUID(flight_id), now)
            ids, seen = [row.id for row in rows], [row.applied_at for row in rows]
            session.execute(_MARK, {"now": now, "ids": ids, "seen": seen})
        done += len(rows)
    return done


def _due(limit: int) -> sa.Select[UUID, UUID, str, datetime, datetime | None, list[dict[str, Any]]]:
    return (
        sa.select(
            Message.id, Message.sender_id, Message.site, Message.created_at, Message.applied_at,
            Message.summary,
        )
        .where(Message.counted_at.is_(None), Message.status != MessageStatus.RECEIVED)
        .order_by(Message.id)
        .limit(limit)
    )  # fmt: skip


def local_day(moment: datetime, site: str) -> date:
    """The date on the wall of the site."""
    return moment.astimezone(_zone(site)).date()


def _zone(site: str) -> ZoneInfo:
    place = codes.airport(site)
    return ZoneInfo(place.timezone if place else "UTC")


# --- a day of a sender ----------------------------------------------------------------------------


def count_day(session: Session, sender_id: UUID, site: str, day: date, now: datetime) -> None:
    """Compute the figures of a sender's day anew from its transmissions."""
    start, end = _Day(sender_id, site, day).bounds()
    first = aliased(Message)
    summary = sa.func.coalesce(first.summary, Message.summary)
    rows = session.execute(
        sa.select(Message.status, summary)
        .outerjoin(first, first.id == Message.duplicate_of)
        .where(Message.sender_id == sender_id, Message.site == site)
        .where(Message.created_at >= start, Message.created_at < end)
        .where(Message.status != MessageStatus.RECEIVED)
    )
    found = tally((str(status), said) for status, said in rows)
    of_day = (QualityDay.sender_id == sender_id, QualityDay.day == day)
    session.execute(sa.delete(QualityDay).where(*of_day, QualityDay.carrier.not_in(found)))
    for carrier, counts in found.items():
        row = {"id": uuid7(), "sender_id": sender_id, "site": site, "day": day, "carrier": carrier}
        _upsert(session, QualityDay, row, {"counts": counts, "computed_at": now},
                ["sender_id", "day", "carrier"])  # fmt: skip


def _upsert(
    session: Session,
    table: type[QualityDay | QualityFlight],
    key: dict[str, Any],
    values: dict[str, Any],
    unique: Sequence[str],
) -> None:
    statement = insert(table).values(key | values)
    session.execute(statement.on_conflict_do_update(index_elements=unique, set_=values))


# --- a flight -------------------------------------------------------------------------------------

_TIMES = sa.text(
    "select m.sender_id,"
    " min(m.created_at) filter (where said.list) as first_list_at,"
    " max(m.created_at) filter (where said.list and m.created_at <= :departs) as last_list_at,"
    " min(m.created_at) filter (where said.push) as first_push_at,"
    " max(m.created_at) filter (where said.push and m.created_at <= :departs) as last_push_at"
    " from message m cross join lateral jsonb_array_elements(m.summary) one"
    " cross join lateral (select one ->> 'type' = 'PAXLST'"
    "   and coalesce(one ->> 'document', '') in ('745', '') as list,"
    "   one ->> 'type' like 'PNRGOV%' as push) said"
    " where m.summary @> jsonb_build_array(jsonb_build_object('flight_id', cast(:flight as text)))"
    " and one ->> 'flight_id' = :flight and (one ->> 'applied')::boolean"
    " and not coalesce((one ->> 'test')::boolean, false)"
    " group by m.sender_id"
).columns(sender_id=sa.Uuid())


def count_flight(session: Session, flight_id: UUID, now: datetime) -> None:
    """Compute anew when the messages of a flight came, and how lists and bookings fit together."""
    flight = session.get(Flight, flight_id)
    if flight is None:
        return
    shared = {
        "departs_at": flight.departs_at, "arrives_at": flight.arrives_at,
        "closed": flight.manifest is Manifest.CLOSED, "parts_missing": _parts_missing(flight),
        "computed_at": now, **_people(session, flight_id),
    }  # fmt: skip
    times = session.execute(_TIMES, {"flight": str(flight_id), "departs": flight.departs_at})
    for row in times.mappings():
        key = {
            "id": uuid7(), "flight_id": flight_id, "sender_id": row["sender_id"],
            "site": flight.site, "day": flight.flight_date, "carrier": flight.carrier,
        }  # fmt: skip
        own = {name: moment for name, moment in row.items() if name != "sender_id"}
        _upsert(session, QualityFlight, key, shared | own, ["flight_id", "sender_id"])


def _parts_missing(flight: Flight) -> int:
    """Of the parts up to the last one known; that nothing came at all is another figure."""
    known = set(flight.manifest_parts)
    last = flight.manifest_last or max(known, default=0)
    return last - len(known & set(range(1, last + 1)))


def _people(session: Session, flight_id: UUID) -> dict[str, int]:
    """Passengers by what is known of them: the list, the booking, both. Crew have no bookings."""
    api, booked = Passenger.api_data.is_not(None), Passenger.pnr_data.is_not(None)
    kinds = (PassengerKind.PASSENGER, PassengerKind.TRANSIT)
    count = sa.func.count()
    row = session.execute(
        sa.select(
            count.filter(api, ~booked).label("api_only"),
            count.filter(booked, ~api).label("pnr_only"),
            count.filter(api, booked).label("both"),
        ).where(
            Passenger.flight_id == flight_id, Passenger.kind.in_(kinds),
            Passenger.travel_status != TravelStatus.WITHDRAWN,
        )
    ).one()  # fmt: skip
    return dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
