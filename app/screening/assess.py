"""Assessments: facts, rules and lists of the moment, stored with their reasons.

One transaction per flight: an advisory lock keeps other assessors away from the flight, facts are read and
judged without row locks, and the result is stored only where the facts are still those that were seen.
What fails together is tried passenger by passenger; whoever still fails stays due, so that the gate refers
the traveller, and is set aside for a while (:mod:`app.screening.setbacks`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.db import Database, savepoint
from app.kernel.errors import UnavailableError
from app.kernel.ids import uuid7
from app.kernel.telemetry import ASSESSMENTS, SET_ASIDE
from app.screening import pairs, rules
from app.screening.blind import by_rules_alone, is_mixed
from app.screening.carry import carry_over
from app.screening.facts import Subject, stored, subject_of
from app.screening.gather import gather
from app.screening.links import Had, keep_links, sharing
from app.screening.models import Assessment, Hit, ShadowHit
from app.screening.setbacks import Setbacks
from app.screening.stands import let_stand
from app.screening.together import Assessed, Force, in_force, judge_together
from app.travel.models import Flight, Passenger
from app.travel.touch import touch

log = structlog.get_logger(__name__)

IN_THE_HALL = timedelta(hours=6)
"""How long after landing a change of rules or lists is still applied to a flight."""

RECHECK = timedelta(seconds=30)
"""How often flights are looked through for assessments of an older rule set, once there were none."""

MOST_CARRIED = 500
"""How many of a flight are looked at together for whether a change of lists concerns them."""

_FLIGHTS_TRIED = 8


def assess_passengers(
    session: Session,
    vault: Vault,
    ids: Sequence[UUID],
    now: datetime,
) -> int:
    """Assess passengers by what is in force; the number of assessments stored.

    Fewer than ``ids`` are stored when facts change meanwhile: those stay due. Fellow travellers for whom
    the result matters become due. Raises :class:`app.screening.rules.NoRulesetError`.
    """
    force = in_force(session, rules.current_ruleset(session), now)
    _lock_flights(session, ids)
    return _assess(session, vault, ids, now, force)


def _lock_flights(session: Session, ids: Sequence[UUID]) -> None:
    flights = session.scalars(
        sa.select(Passenger.flight_id).where(Passenger.id.in_(ids)).distinct()
    ).all()
    for flight in sorted(flights):
        session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": lock_key(flight)})


def lock_key(flight: UUID) -> int:
    """The advisory lock of whoever assesses passengers of a flight."""
    return int.from_bytes(flight.bytes[8:], signed=True)


def _assess(
    session: Session,
    vault: Vault,
    ids: Sequence[UUID],
    now: datetime,
    force: Force,
) -> int:
    people = gather(session, vault, ids, now)
    stood = let_stand(session, [known.passenger for known in people])
    subjects = [subject_of(known, vault) for known in people if known.passenger.id not in stood]
    cleared = pairs.cleared_for(session, vault, subjects, now)
    assessed = judge_together(subjects, force, cleared)
    kept = _still_true(session, assessed)
    _store(session, kept, force, now)
    reasons = [(a.subject.id, one.explanation) for a in kept for one in a.judgement.reasons]
    pairs.note_uses(session, reasons, now)
    _wake_fellows(session, kept)
    _wake_linked(session, kept, force, now)
    return len(kept) + len(stood)


# ---------------------------------------------------------------- storing

_UNCHANGED = sa.text(
    "select p.id from passenger p"
    " join unnest(cast(:ids as uuid[]), cast(:versions as bigint[])) as seen(id, version)"
    " on p.id = seen.id and p.facts_version = seen.version"
    " for no key update of p skip locked"
)


def _still_true(session: Session, assessed: Sequence[Assessed]) -> list[Assessed]:
    """Those whose facts are still the ones that were judged, their fellow travellers' too.

    Whoever holds a row at this moment is changing it: it is left out and stays due.
    """
    seen = {a.subject.id: a.subject.known.passenger.facts_version for a in assessed}
    if not seen:
        return []
    values = {"ids": list(seen), "versions": list(seen.values())}
    lost = seen.keys() - set(session.scalars(_UNCHANGED, values))
    return [
        a
        for a in assessed
        if a.subject.id not in lost and lost.isdisjoint(f.id for f in a.subject.fellows)
    ]


def _store(session: Session, assessed: Sequence[Assessed], force: Force, now: datetime) -> None:
    if not assessed:
        return
    ids = [a.subject.id for a in assessed]
    session.execute(
        sa.update(Assessment)
        .where(Assessment.passenger_id.in_(ids), Assessment.is_current)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    rows = [_assessment_row(a, force, now) for a in assessed]
    hits = [hit for row, a in zip(rows, assessed, strict=True) for hit in _hit_rows(row["id"], a)]
    session.execute(sa.insert(Assessment), rows)
    if hits:
        session.execute(sa.insert(Hit), hits)
    beside = [
        one
        for row, a in zip(rows, assessed, strict=True)
        for one in _shadow_rows(row["id"], a, force)
    ]
    if beside:
        session.execute(sa.insert(ShadowHit), beside)
    session.execute(
        sa.update(Passenger)
        .where(Passenger.id.in_(ids))
        .values(assessed_version=Passenger.facts_version)
        .execution_options(synchronize_session=False)
    )
    _announce(session, assessed)


def _announce(session: Session, assessed: Sequence[Assessed]) -> None:
    sites = {a.subject.known.flight.site for a in assessed}
    for site in sorted(sites):
        changed = [
            (a.subject.id, a.subject.known.passenger.facts_version)
            for a in assessed
            if a.subject.known.flight.site == site
        ]
        events.emit_many(session, "passenger.assessed", changed, site=site)
    for a in assessed:
        ASSESSMENTS.labels(a.judgement.level).inc()


def _assessment_row(assessed: Assessed, force: Force, now: datetime) -> dict[str, Any]:
    judgement, passenger = assessed.judgement, assessed.subject.known.passenger
    rate = force.profile.policy.control_rate
    return {
        "id": uuid7(),
        "passenger_id": passenger.id,
        "flight_id": passenger.flight_id,
        "ruleset_id": force.ruleset_id,
        "assessed_at": now,
        "facts_version": passenger.facts_version,
        "facts": stored(assessed.facts),
        "score": judgement.score,
        "level": judgement.level,
        "control": judgement.control,
        "control_rate": rate,
        "mixed": is_mixed(assessed.subject.lot, rate),
        "rules_alone": by_rules_alone(judgement),
        "action": judgement.action,
        "confirmed": judgement.confirmed,
        "own_high": assessed.own_high,
        "unknown": list(judgement.unknown),
        "is_current": True,
    }


def _hit_rows(assessment_id: UUID, assessed: Assessed) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid7(),
            "assessment_id": assessment_id,
            "passenger_id": assessed.subject.id,
            "source": reason.source,
            "subject": reason.subject,
            "subject_version": reason.subject_version,
            "title": reason.title,
            "titles": dict(reason.titles),
            "purpose": reason.purpose,
            "handling": reason.handling,
            "points": reason.points,
            "explanation": reason.explanation,
            "values_digest": reason.values_digest,
            "state": reason.state,
            "snoozed": reason.snoozed,
            "reviewed_first": reason.reviewed_first,
        }
        for reason in assessed.judgement.reasons
    ]


def _shadow_rows(assessment_id: UUID, assessed: Assessed, force: Force) -> list[dict[str, Any]]:
    """What the rules in shadow say of the same facts: true or undecided, kept apart from the hits."""
    found = []
    for version_id, rule in force.shadow:
        if rule.scope is not None and not rule.scope.covers(assessed.facts):
            continue
        answer = rule.rule.evaluate(assessed.facts)
        if answer is not False:
            found.append({
                "id": uuid7(), "assessment_id": assessment_id, "passenger_id": assessed.subject.id,
                "version_id": version_id, "decided": answer is True,
                "explanation": rule.rule.explain(assessed.facts) if answer else None,
            })  # fmt: skip
    return found


def _wake_fellows(session: Session, assessed: Sequence[Assessed]) -> None:
    """Fellow travellers of those who became grave, or ceased to be, must be looked at again.

    Those judged in the same run have seen it already.
    """
    here = {a.subject.id for a in assessed}
    changed = [a for a in assessed if a.own_high != _was_high(a.subject)]
    touch(session, {f.id for a in changed for f in a.subject.fellows} - here)


def _wake_linked(
    session: Session, assessed: Sequence[Assessed], force: Force, now: datetime
) -> None:
    """Others who share a telephone, card... with those who had a hit, or have it no more, where a rule asks."""
    by_day: dict[date, list[Had]] = defaultdict(list)
    for a in assessed:
        links, day = a.subject.known.links, a.subject.day
        by_day[day].append(Had(a.subject.id, day, links.keys, hit=a.own_hit))
    for day, people in by_day.items():
        changed = keep_links(session, people)
        if force.asks_links:
            touch(session, sharing(session, changed, day, now, IN_THE_HALL))


def _was_high(subject: Subject) -> bool:
    previous = subject.known.previous
    return previous is not None and previous.own_high


# ---------------------------------------------------------------- what is due


_settled: dict[UUID, datetime] = {}
_setbacks = Setbacks()


def assess_due(
    database: Database,
    vault: Vault,
    now: datetime,
    limit: int = 50,
    setbacks: Setbacks = _setbacks,
) -> int:
    """Assess up to ``limit`` passengers of one flight that need it; 0 when nobody does.

    Changed facts come first, then assessments of an older rule set for flights to come or just landed.
    Whoever is set aside counts as dealt with: others may be due. Raises UnavailableError.
    """
    with database.read() as session:
        try:
            ruleset = rules.current_ruleset(session)
        except rules.NoRulesetError:
            return 0
        force = in_force(session, ruleset, now)  # matchers may take a while: outside of any lock
    resting = setbacks.resting(force.ruleset_id)
    SET_ASIDE.set(len(resting))
    try:
        with database.transaction() as session:
            carried, due = _take(session, force, resting, limit, now)
            return carried + (_assess(session, vault, list(due), now, force) if due else 0)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, the passengers are tried alone
        log.warning("screening.batch_failed", error=type(error).__name__)
    with database.transaction() as session:
        carried, due = _take(session, force, resting, limit, now)
        return carried + sum(
            _assess_alone(session, vault, one, now, force, setbacks) for one in due.items()
        )


def assess_awaited(database: Database, vault: Vault, passenger_id: UUID, now: datetime) -> int:
    """Assess one passenger who stands at a gate, before all others; 0 when that is done already.

    Nothing waits here: where the flight is being assessed at this moment, that run will do. Raises UnavailableError.
    """
    with database.read() as session:
        try:
            force = in_force(session, rules.current_ruleset(session), now)
        except rules.NoRulesetError:
            return 0
    with database.transaction() as session:
        flight = session.scalar(_STALE, {"id": passenger_id, "ruleset": force.ruleset_id})
        if flight is None or not _try_lock(session, flight):
            return 0
        if not carry_over(session, [passenger_id], force.ruleset_id, now):
            return 1
        return _assess(session, vault, [passenger_id], now, force)


_STALE = sa.text(
    "select p.flight_id from passenger p"
    " left join assessment a on a.passenger_id = p.id and a.is_current"
    " where p.id = :id and (p.facts_version > p.assessed_version or a.ruleset_id is distinct from :ruleset)"
)


def _assess_alone(
    session: Session,
    vault: Vault,
    due: tuple[UUID, int],
    now: datetime,
    force: Force,
    setbacks: Setbacks,
) -> int:
    """Assess a passenger, or set the passenger aside at that facts version; 1 unless facts changed."""
    passenger_id, version = due
    try:
        with savepoint(session):
            return _assess(session, vault, [passenger_id], now, force)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  # one passenger's defect must not cost the others
        # By type alone: the text of an error may hold the values it stumbled on.
        name = type(error).__name__
        log.error("screening.passenger_failed", passenger=str(passenger_id), error=name)  # noqa: TRY400
        setbacks.note(passenger_id, version, force.ruleset_id)
        return 1


def _take(
    session: Session, force: Force, resting: Mapping[UUID, int], limit: int, now: datetime
) -> tuple[int, Mapping[UUID, int]]:
    """Lock a flight and tell who of it is due, with their facts versions; nobody when no flight is.

    First how many of the flight need nothing, because what has changed does not concern them.
    """
    for flight, due in _due_flights(session, force.ruleset_id, resting, now):
        if _try_lock(session, flight):
            people = due.where(Passenger.flight_id == flight).order_by(Passenger.id)
            found = {
                row.id: row.facts_version for row in session.execute(people.limit(MOST_CARRIED))
            }
            left = carry_over(session, list(found), force.ruleset_id, now)
            return len(found) - len(left), {one: found[one] for one in left[:limit]}
    return 0, {}


def _try_lock(session: Session, flight: UUID) -> bool:
    statement = sa.text("select pg_try_advisory_xact_lock(:key)")
    return bool(session.execute(statement, {"key": lock_key(flight)}).scalar_one())


Due = sa.Select[UUID, int]
"""Passengers that need an assessment, with their facts version."""


def _due_flights(
    session: Session, ruleset_id: UUID, resting: Mapping[UUID, int], now: datetime
) -> list[tuple[UUID, Due]]:
    """(flight, who is due on flights of its kind), the next to arrive first."""
    changed = _changed(resting)
    flights = session.scalars(_flights_changed(changed)).all()
    if flights:
        return [(flight, changed) for flight in flights]
    if now < _settled.get(ruleset_id, now):
        return []
    stale = _stale(ruleset_id, resting)
    flights = session.scalars(_flights_with(stale).where(_to_come(now - IN_THE_HALL))).all()
    if not flights:
        _settled.clear()
        _settled[ruleset_id] = now + RECHECK
    return [(flight, stale) for flight in flights]


def _to_come(since: datetime) -> sa.ColumnElement[bool]:
    untimed = sa.and_(Flight.arrives_at.is_(None), Flight.flight_date >= since.date())
    return sa.or_(Flight.arrives_at > since, untimed)


def _flights_changed(changed: Due) -> sa.Select[UUID]:
    """Flight by flight through the index of those who are due (``ix_passenger_due``): the planner takes a third of all
    passengers to be due, and would look at each flight for them.
    """
    one = changed.with_only_columns(Passenger.flight_id).order_by(Passenger.flight_id).limit(1)
    found = sa.select(one.scalar_subquery().label("flight_id")).cte("due", recursive=True)
    following = one.where(Passenger.flight_id > found.c.flight_id).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.flight_id.is_not(None)))
    return _next_of(sa.select(Flight.id).where(Flight.id.in_(sa.select(found.c.flight_id))))


def _flights_with(due: Due) -> sa.Select[UUID]:
    of_flight = due.where(Passenger.flight_id == Flight.id).correlate(Flight)
    return _next_of(sa.select(Flight.id).where(of_flight.exists()))


def _next_of(flights: sa.Select[UUID]) -> sa.Select[UUID]:
    return flights.order_by(Flight.arrives_at.nulls_last(), Flight.id).limit(_FLIGHTS_TRIED)


def _changed(resting: Mapping[UUID, int]) -> Due:
    return _awake(resting).where(Passenger.facts_version > Passenger.assessed_version)


def _stale(ruleset_id: UUID, resting: Mapping[UUID, int]) -> Due:
    return (
        _awake(resting)
        .join(Assessment, Assessment.passenger_id == Passenger.id)
        .where(Assessment.is_current, Assessment.ruleset_id != ruleset_id)
    )


def _awake(resting: Mapping[UUID, int]) -> Due:
    """All but those set aside with these facts; arrays, for a broken rule sets everybody aside."""
    due = sa.select(Passenger.id, Passenger.facts_version)
    if not resting:
        return due
    ids = sa.cast(list(resting), ARRAY(sa.Uuid))
    versions = sa.cast(list(resting.values()), ARRAY(sa.BigInteger))
    aside = sa.func.unnest(ids, versions).table_valued("id", "version").render_derived()
    seen = sa.and_(aside.c.id == Passenger.id, aside.c.version == Passenger.facts_version)
    return due.where(~sa.select(aside.c.id).where(seen).correlate(Passenger).exists())
