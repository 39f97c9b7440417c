"""Read the figures of a day of a site: a dozen statements, each over an index and one day, however long the service runs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats import codes
from app.formats.codes import FlightNumber
from app.gate.halls import list_halls
from app.gate.machines import Machine, read_machines
from app.referrals import queues
from app.referrals.kinds import TARGETS, ReferralKind
from app.reports.overview import (
    Cells,
    Day,
    Delay,
    Desk,
    HallFigures,
    KindFigures,
    Minutes,
    Overview,
    Stops,
    cells,
    slots_of,
)

OWN = frozenset({ReferralKind.TECHNICAL})
"""Kinds that are about flights and machines: no count of theirs is of people."""
MOST_FLIGHTS = 60


def day_at(site: str, day: date, now: datetime) -> Day:
    """A day on the wall of the site."""
    place = codes.airport(site)
    zone = ZoneInfo(place.timezone if place else "UTC")
    start, end = (
        datetime.combine(one, time(), zone).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    return Day(site, day, start, end, now)


def read_overview(session: Session, day: Day) -> Overview:
    """The figures of a day."""
    given = {"site": day.site, "start": day.start, "end": day.end, "now": day.now}
    machines = [one for one in read_machines(session, day.site) if one.device.disabled_at is None]
    whole, flights = _minutes(session, given)
    found = queues.officer_load(session, day.site, day.start, day.until, day.now)
    loads = {one.kind: one for one in found}
    kinds = _kinds(session, given, loads)
    unread, since = session.execute(_UNREAD, given).one()
    return Overview(
        day=day,
        halls=_halls(session, day, given, machines),
        minutes=whole,
        flights=flights,
        kinds=kinds,
        causes=_causes(session, given),
        stops=Stops(*session.execute(_STOPS, given).one()),
        outcomes=_outcomes(session, given),
        delays=_delays(session, day, given),
        unread=unread,
        unread_since=since,
        desk=_desk(loads[None]),
        silent=[one.device.name for one in machines if health_of(one) == "silent"],
    )


# --- halls ----------------------------------------------------------------------------------------

_READ = sa.text(
    "select p.hall_id, floor(extract(epoch from p.decided_at - :start) / 900)::int as slot, count(*) as read,"
    " count(*) filter (where p.answer in ('refer', 'counter', 'hold')) as stopped"
    " from presentation p where p.site = :site and p.decided_at >= :start and p.decided_at < :end group by 1, 2"
).columns(hall_id=sa.Uuid())

_OUT = sa.text(
    "select d.hall_id, floor(extract(epoch from p.passed_at - :start) / 900)::int as slot, count(*) as out"
    " from passage p join device d on d.id = p.device_id join hall h on h.id = d.hall_id"
    " where h.site = :site and p.passed_at >= :start and p.passed_at < :end group by 1, 2"
).columns(hall_id=sa.Uuid())


def _halls(
    session: Session, day: Day, given: Mapping[str, Any], machines: Sequence[Machine]
) -> list[HallFigures]:
    counted: dict[UUID, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    for hall, slot, read, stopped in session.execute(_READ, given):
        counted[hall][slot] = (read, stopped, 0)
    for hall, slot, out in session.execute(_OUT, given):
        read, stopped, _ = counted[hall].get(slot, (0, 0, 0))
        counted[hall][slot] = (read, stopped, out)
    return [
        HallFigures(
            hall.id, hall.name, hall.mode, slots_of(day, counted.get(hall.id, {})),
            _healths(one for one in machines if one.device.hall_id == hall.id),
        )
        for hall in list_halls(session, day.site)
    ]  # fmt: skip


def _healths(machines: Any) -> dict[str, int]:
    found = {"well": 0, "failing": 0, "silent": 0, "unheard": 0}
    for one in machines:
        found[health_of(one)] += 1
    return found


def health_of(machine: Machine) -> str:
    """``well``, ``failing`` a self-test, ``silent``, or ``unheard`` of until now."""
    if machine.health is None:
        return "unheard"
    if machine.health.silent_since is not None:
        return "silent"
    return "well" if all(machine.health.tests.values()) else "failing"


# --- from the aircraft to the exit ----------------------------------------------------------------

_MINUTES = sa.text(
    "select f.id, f.carrier, f.number, f.suffix, f.arrives_at, count(*) as people,"
    " percentile_cont(array[0.5, 0.9]) within group (order by greatest(0, extract(epoch from p.passed_at - f.arrives_at) / 60)) as minutes"
    " from passage p join passenger x on x.id = p.passenger_id join flight f on f.id = x.flight_id"
    " where f.site = :site and p.passed_at >= :start and p.passed_at < :end and f.arrives_at is not null"
    " group by grouping sets ((), (f.id, f.carrier, f.number, f.suffix, f.arrives_at)) order by f.arrives_at desc nulls first"
)


def _minutes(session: Session, given: Mapping[str, Any]) -> tuple[Minutes, list[Minutes]]:
    """All exits of the day, and by flight, the latest first; arrival is what the carrier announced last."""
    whole, flights = Minutes("", None, 0, None, None), []
    for row in session.execute(_MINUTES, given):
        p50, p90 = row.minutes or (0, 0)
        if row.id is None:
            whole = Minutes.of("", None, row.people, p50, p90)
        else:
            number = str(FlightNumber(row.carrier, row.number, row.suffix))
            flights.append(Minutes.of(number, row.arrives_at, row.people, p50, p90))
    return whole, flights[:MOST_FLIGHTS]


# --- referrals ------------------------------------------------------------------------------------

_RAISED = sa.text(
    "select r.kind, count(*) as raised, count(r.decided_at) as decided,"
    " percentile_cont(array[0.5, 0.95]) within group (order by greatest(0, extract(epoch from r.decided_at - r.created_at)))"
    "   filter (where r.decided_at is not null) as decided_s,"
    " percentile_cont(array[0.5, 0.95]) within group (order by greatest(0, extract(epoch from t.taken - r.created_at)))"
    "   filter (where t.taken is not null) as taken_s"
    " from referral r left join lateral (select min(e.created_at) as taken from referral_event e"
    "   where e.referral_id = r.id and e.kind in ('claimed', 'inspection-begun', 'released', 'lane-reset')) t on true"
    " where r.site = :site and r.created_at >= :start and r.created_at < :end group by 1"
)
_OPEN = sa.text(
    "select kind, count(*) filter (where state = 'raised') as waiting, count(*) filter (where state = 'claimed') as claimed,"
    " count(*) filter (where state = 'inspecting') as inspecting, min(created_at) filter (where state = 'raised') as oldest"
    " from referral where site = :site and state <> 'closed' group by 1"
)
_CAUSES = sa.text(
    "select r.kind, c.reason, count(*) from referral r cross join jsonb_array_elements_text(r.reasons) as c(reason)"
    " where r.site = :site and r.created_at >= :start and r.created_at < :end group by 1, 2"
)
_STOPS = sa.text(
    "select (select count(distinct p.passenger_id) from presentation p"
    "   where p.site = :site and p.decided_at >= :start and p.decided_at < :end),"
    " count(*), count(*) filter (where over), count(*) filter (where over and not found) from ("
    " select bool_and(r.state = 'closed') as over, bool_or(exists ("
    "   select from inspection i join finding f on f.inspection_id = i.id and f.revision = i.revision where i.referral_id = r.id and f.kind <> 'nothing'"
    " )) as found from referral r where r.site = :site and r.created_at >= :start and r.created_at < :end"
    "  and r.kind not in ('goods', 'late-hit', 'recall', 'technical') and r.passenger_id is not null group by r.passenger_id) stopped"
)
_OUTCOMES = sa.text(
    "with of_day as (select r.id, r.decision from referral r where r.site = :site and r.state = 'closed'"
    "   and r.kind <> 'technical' and r.created_at >= :start and r.created_at < :end),"
    " inspected as (select i.id, i.revision from of_day join inspection i on i.referral_id = of_day.id where i.finished_at is not null)"
    " select 'decisions' as what, coalesce(decision, 'overtaken') as name, count(*) as n from of_day group by 1, 2"
    " union all select 'findings', f.kind, count(distinct i.id) from inspected i join finding f on f.inspection_id = i.id and f.revision = i.revision group by 1, 2"
    " union all select 'dispositions', d.kind, count(*) from ("
    "   select d.kind, i.id from inspected i join disposition d on d.inspection_id = i.id and d.revision = i.revision"
    "   union select d.kind, w.id from of_day o join counter_work w on w.referral_id = o.id"
    "   join disposition d on d.work_id = w.id) d group by 1, 2"
)


def _kinds(
    session: Session, given: Mapping[str, Any], loads: Mapping[ReferralKind | None, queues.Load]
) -> list[KindFigures]:
    targets = queues.read_targets(session, given["site"])
    raised = {row.kind: row for row in session.execute(_RAISED, given)}
    opened = {row.kind: row for row in session.execute(_OPEN, given)}
    return [
        _kind(kind, targets.of(kind), loads[kind], raised.get(kind), opened.get(kind))
        for kind in TARGETS
    ]


def _kind(
    kind: ReferralKind, target: timedelta, load: queues.Load, raised: Any, opened: Any
) -> KindFigures:
    found: dict[str, Any] = {"late": load.late, "per_hour": load.per_hour}
    if raised:
        (p50, p95), (taken_p50, taken_p95) = raised.decided_s or _NONE, raised.taken_s or _NONE
        found |= {"raised": raised.raised, "decided": raised.decided, "p50": p50, "p95": p95,
                  "taken_p50": taken_p50, "taken_p95": taken_p95}  # fmt: skip
    if opened:
        found |= {
            name: getattr(opened, name) for name in ("waiting", "claimed", "inspecting", "oldest")
        }
    return KindFigures(kind, target, **found)


_NONE = (None, None)


def _causes(session: Session, given: Mapping[str, Any]) -> dict[ReferralKind, Cells]:
    """Reasons by kind; who chose somebody for a full examination is in none of them."""
    found: dict[ReferralKind, list[tuple[str, int]]] = defaultdict(list)
    for kind, reason, count in session.execute(_CAUSES, given):
        found[ReferralKind(kind)].append((reason, count))
    return {kind: cells(found[kind], people=kind not in OWN) for kind in TARGETS if kind in found}


def _outcomes(session: Session, given: Mapping[str, Any]) -> dict[str, Cells]:
    found: dict[str, list[tuple[str, int]]] = {"decisions": [], "findings": [], "dispositions": []}
    for what, name, count in session.execute(_OUTCOMES, given):
        found[what].append((name, count))
    return {what: cells(counted) for what, counted in found.items()}


# --- messages and officers ------------------------------------------------------------------------

_DELAYS = sa.text(
    "select floor(extract(epoch from m.created_at - :start) / 3600)::int as hour, count(*) as messages,"
    " percentile_cont(array[0.5, 0.95]) within group (order by greatest(0, extract(epoch from m.applied_at - m.created_at)))"
    "   filter (where m.applied_at is not null and not exists (select from quarantine q where q.message_id = m.id and q.replays > 0)) as seconds"
    " from message m where m.sender_id in (select id from sender where site = :site) and m.site = :site"
    " and m.status <> 'duplicate' and m.created_at >= :start and m.created_at < :end group by 1 order by 1"
)
_UNREAD = sa.text(
    "select count(*), min(created_at) from message where status = 'received' and site = :site"
)


def _delays(session: Session, day: Day, given: Mapping[str, Any]) -> list[Delay]:
    return [
        Delay(day.start + timedelta(hours=row.hour), row.messages, *(row.seconds or (None, None)))
        for row in session.execute(_DELAYS, given)
    ]


def _desk(load: queues.Load) -> Desk:
    return Desk(
        hours=round(load.officer_hours, 2), now=load.signed_in, alerts=load.raised,
        on_duty=load.on_duty, per_hour=load.per_hour,
    )  # fmt: skip
