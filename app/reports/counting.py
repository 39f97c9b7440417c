"""Keep the figures of effectiveness up to date: a day is computed anew as a whole, from everything stored.

A day is counted once it is over at the site, so that no figure tells officers who of today was drawn by lot,
and again whenever a referral of it has been closed, or its outcome amended, since. Of days older than :data:`OPEN` nothing changes any
more: their people are about to be forgotten, and what was counted stays.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.formats import codes
from app.formats.ages import age_on
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.kernel.tables import Setting
from app.referrals.kinds import DUE_REASONS, FULL_EXAMINATION
from app.reports.models import EffectCell, EffectFlight
from app.reports.tally import Stop, Travelled, loads, tally

OPEN = timedelta(days=120)
"""So long outcomes of a day are taken in; well before the first clock of its people ends (183 days)."""

_SEEN = "effectiveness-seen"
_ALONE = sa.text("select pg_try_advisory_xact_lock(7166022)")


def count_due(database: Database, site: str, now: datetime) -> bool:
    """Compute one day that needs it; whether there may be more (False also while another worker does)."""
    zone = _zone(site)
    today = now.astimezone(zone).date()
    with database.transaction() as session:
        if not session.scalar(_ALONE):
            return False
        due = due_days(session, site, today, zone)
        if not due:
            _note_seen(session, now)
            return False
        count_day(session, site, due[0], now)
    return len(due) > 1


def due_days(session: Session, site: str, today: date, zone: ZoneInfo) -> list[date]:
    """Days over that were never counted, and counted ones with a referral closed since; oldest first."""
    least = today - OPEN
    values = {"site": site, "zone": zone.key, "least": _start(least, zone), "seen": _seen(session)}
    counted = session.scalar(
        sa.select(sa.func.max(EffectCell.day)).where(EffectCell.site == site, ~EffectCell.closed)
    )
    first = counted + timedelta(days=1) if counted else session.scalar(_FIRST, values)
    first = max(first or today, least)
    fresh = {first + timedelta(days=n) for n in range((today - first).days)}
    again = {day for day in session.scalars(_AGAIN, values) if least <= day < today}
    return sorted(fresh | again)


def count_day(session: Session, site: str, day: date, now: datetime) -> None:
    """Compute the cells and flights of a day."""
    people = read_people(session, site, day)
    keys = {"site": site, "day": day}
    for table in (EffectCell, EffectFlight):
        session.execute(sa.delete(table).where(table.site == site, table.day == day))
    cells = [
        {"id": uuid7(), **keys, "dimension": dimension, "value": value, "sums": dict(sums),
         "computed_at": now}
        for (dimension, value), sums in tally(people).items()
    ]  # fmt: skip
    session.execute(sa.insert(EffectCell), cells)
    flights = [
        {"id": uuid7(), **keys, "flight_id": flight, "travellers": load.travellers,
         "selected": load.selected, "drawn": load.drawn, "stopped": load.stopped}
        for flight, load in loads(people).items()
    ]  # fmt: skip
    if flights:
        session.execute(sa.insert(EffectFlight), flights)


def _zone(site: str) -> ZoneInfo:
    place = codes.airport(site)
    return ZoneInfo(place.timezone if place else "UTC")


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _seen(session: Session) -> datetime:
    """Up to when closed referrals have been looked at."""
    stored = session.scalar(sa.select(Setting.value).where(Setting.key == _SEEN))
    return datetime.fromisoformat(stored) if stored else datetime.min.replace(tzinfo=UTC)


def _note_seen(session: Session, now: datetime) -> None:
    """An hour of grace: a transaction that closed a referral may have committed after we looked."""
    value = (now - timedelta(hours=1)).isoformat()
    put = insert(Setting).values(key=_SEEN, value=value)
    session.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


_FIRST = sa.text(
    "select (min(decided_at) at time zone :zone)::date from presentation"
    " where site = :site and decided_at >= :least"
)
_AGAIN = sa.text(
    "with changed as (select id from referral where closed_at >= :seen"
    "  union select referral_id from inspection where amended_at >= :seen)"
    " select distinct c.day from changed join referral r on r.id = changed.id"
    " join presentation p on p.id = r.presentation_id"
    " join effect_cell c on c.site = r.site and c.dimension = 'all' and not c.closed"
    "  and c.day = (p.decided_at at time zone :zone)::date"
    " left join inspection i on i.referral_id = r.id"
    " where r.site = :site and greatest(r.closed_at, i.amended_at) >= greatest(:seen, c.computed_at)"
)


# --- the travellers of a day ----------------------------------------------------------------------


def read_people(session: Session, site: str, day: date) -> list[Travelled]:
    """Everybody who first came to a device of the site on a day, in five statements."""
    zone = _zone(site)
    bounds = {"start": _start(day, zone), "end": _start(day + timedelta(days=1), zone)}
    rows = session.execute(_PEOPLE, {"site": site, **bounds}).mappings().all()
    passengers = [row["passenger_id"] for row in rows]
    stops = _stops(session, passengers)
    hits = _hits(session, [row["assessment_id"] for row in rows if row["assessment_id"]])
    shadows = _shadows(session, [row["assessment_id"] for row in rows if row["assessment_id"]])
    asked = _asked(session, {row["ruleset_id"] for row in rows if row["ruleset_id"]})
    return [_travelled(dict(row), stops, hits | shadows, asked, day) for row in rows]


_PEOPLE = sa.text(
    "with came as (select distinct p.passenger_id from presentation p"
    "  where p.site = :site and p.decided_at >= :start and p.decided_at < :end"
    "   and p.passenger_id is not null and not exists (select from presentation e"
    "    where e.passenger_id = p.passenger_id and e.decided_at < :start)),"
    " shown as (select p.passenger_id, bool_or(p.selected) as selected, bool_or(p.drawn) as drawn,"
    "  max(p.inspection_probability) as probability,"
    "  (array_agg(p.assessment_id order by p.selected desc, p.decided_at desc))[1] as assessment_id"
    "  from came join presentation p on p.passenger_id = came.passenger_id group by 1)"
    " select s.passenger_id, s.selected, s.drawn, s.probability, s.assessment_id, x.flight_id,"
    "  x.nationality, x.sex, x.birth_date, a.score, a.control_rate as rate, a.ruleset_id, a.unknown"
    " from shown s join passenger x on x.id = s.passenger_id"
    " left join assessment a on a.id = s.assessment_id"
).columns(
    passenger_id=sa.Uuid(), assessment_id=sa.Uuid(), flight_id=sa.Uuid(), ruleset_id=sa.Uuid()
)

_STOPS = sa.text(
    "select r.passenger_id, r.kind, r.reasons ?| cast(:due as text[]) as due, r.reasons ? :full as in_full,"
    " r.state = 'closed' as closed, i.finished_at is not null as inspected, r.why_not,"
    " extract(epoch from r.decided_at - r.created_at)::int as seconds,"
    " exists (select from finding f where f.inspection_id = i.id and f.revision = i.revision"
    "  and f.kind <> 'nothing') as found"
    " from referral r left join inspection i on i.referral_id = r.id"
    " where r.passenger_id = any(cast(:passengers as uuid[])) and r.flight_id is null"
    " and r.kind not in ('recall', 'late-hit')"
).columns(passenger_id=sa.Uuid())

_HITS = sa.text(
    "select assessment_id, source, subject, subject_version from hit"
    " where assessment_id = any(cast(:assessments as uuid[]))"
    " and (source = 'rule' or explanation @> '{\"alert\": true}')"
).columns(assessment_id=sa.Uuid())

_SHADOWS = sa.text(
    "select s.assessment_id, r.key, v.n, s.decided from shadow_hit s"
    " join rule_version v on v.id = s.version_id join rule r on r.id = v.rule_id"
    " where s.assessment_id = any(cast(:assessments as uuid[]))"
).columns(assessment_id=sa.Uuid())

_ASKED = sa.text(
    "select s.id, r.key, v.n from ruleset s join rule_version v on v.id = any(s.rule_versions)"
    " join rule r on r.id = v.rule_id where s.id = any(cast(:rulesets as uuid[]))"
).columns(id=sa.Uuid())


def _stops(session: Session, passengers: Sequence[UUID]) -> Mapping[UUID, list[Stop]]:
    values = {"due": list(DUE_REASONS), "full": FULL_EXAMINATION, "passengers": list(passengers)}
    found: dict[UUID, list[Stop]] = defaultdict(list)
    for row in session.execute(_STOPS, values).mappings():
        parts = {name: value for name, value in row.items() if name != "passenger_id"}
        found[row["passenger_id"]].append(Stop(**parts))
    return found


Told = Mapping[tuple[UUID, str], set[str]]
"""What was said of an assessment: names by kind (rule, watchlist, shadow, undecided)."""


def _hits(session: Session, assessments: Sequence[UUID]) -> dict[tuple[UUID, str], set[str]]:
    """Rules with their versions, and lists without the entry: that would be a person."""
    found: dict[tuple[UUID, str], set[str]] = defaultdict(set)
    rows = session.execute(_HITS, {"assessments": list(assessments)})
    for one, source, subject, version in rows:
        name = f"{subject}@{version}" if source == "rule" else subject.partition("/")[0]
        found[one, source].add(name)
    return found


def _shadows(session: Session, assessments: Sequence[UUID]) -> dict[tuple[UUID, str], set[str]]:
    """Rules in shadow that were true, and those that could not be decided."""
    found: dict[tuple[UUID, str], set[str]] = defaultdict(set)
    rows = session.execute(_SHADOWS, {"assessments": list(assessments)})
    for one, key, version, decided in rows:
        found[one, "shadow" if decided else "undecided"].add(f"{key}@{version}")
    return found


def _asked(session: Session, rulesets: set[UUID]) -> Mapping[UUID, dict[str, str]]:
    """The version of each rule that a rule set asks."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for ruleset, key, n in session.execute(_ASKED, {"rulesets": list(rulesets)}):
        found[ruleset][key] = f"{key}@{n}"
    return found


def _travelled(
    row: Mapping[str, Any],
    stops: Mapping[UUID, list[Stop]],
    told: Told,
    asked: Mapping[UUID, dict[str, str]],
    day: date,
) -> Travelled:
    def said(kind: str) -> frozenset[str]:
        return frozenset(told.get((row["assessment_id"], kind), ()))

    versions = asked.get(row["ruleset_id"], {})
    unknown = (one["rule"] for one in row["unknown"] or ())
    return Travelled(
        flight=row["flight_id"],
        selected=row["selected"],
        drawn=row["drawn"],
        probability=row["probability"],
        rate=row["rate"],
        score=row["score"] or 0,
        rules=said("rule"),
        lists=said("watchlist"),
        unknown=frozenset(versions[key] for key in unknown if key in versions),
        shadow=said("shadow"),
        shadow_unknown=said("undecided"),
        nationality=row["nationality"] or "",
        sex=row["sex"] or "",
        age=age_on(row["birth_date"], day),
        stops=tuple(stops.get(row["passenger_id"], ())),
    )
