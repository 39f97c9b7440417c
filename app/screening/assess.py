"""Assessments: facts, rules and lists of the moment, stored with their reasons.

One transaction per flight: an advisory lock keeps other assessors away from the flight, facts are read and
judged without row locks, and the result is stored only where the facts are still those that were seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.kernel.telemetry import ASSESSMENTS
from app.screening import lookouts, rules
from app.screening.controls import current_profile
from app.screening.facts import Subject, stored, subject_of
from app.screening.gather import gather
from app.screening.judge import DEFAULT_PROFILE, Judgement, Profile, judge
from app.screening.lookouts import Lookout, LookoutHit
from app.screening.models import Assessment, Hit, Ruleset
from app.travel.models import Passenger
from app.travel.touch import touch
from risk_rules.score import ScoredRule

log = structlog.get_logger(__name__)

IN_THE_HALL = timedelta(hours=6)
"""How long after landing a change of rules or lists is still applied to a flight."""

RECHECK = timedelta(seconds=30)
"""How often flights are looked through for assessments of an older rule set, once there were none."""

_FLIGHTS_TRIED = 8


@dataclass(frozen=True, slots=True)
class Force:
    """What is in force: a rule set, its rules compiled, its lists as matchers, the share of controls."""

    ruleset_id: UUID
    rules: tuple[ScoredRule, ...]
    lookouts: tuple[Lookout, ...]
    profile: Profile = DEFAULT_PROFILE


@dataclass(frozen=True, slots=True)
class Assessed:
    """A passenger with the judgement, and whether it is grave without regard to fellow travellers."""

    subject: Subject
    judgement: Judgement
    facts: Mapping[str, Any]
    own_high: bool


def in_force(session: Session, ruleset: Ruleset) -> Force:
    """Rules and lists of ``ruleset``: one statement when this process has used them before."""
    compiled = rules.compiled(session, ruleset)
    found = lookouts.lookouts(session, ruleset)
    return Force(ruleset.id, compiled.rules, found, current_profile(session))


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
    force = in_force(session, rules.current_ruleset(session))
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
    subjects = [subject_of(known, vault) for known in gather(session, ids, now)]
    assessed = judge_together(subjects, force)
    kept = _still_true(session, assessed)
    _store(session, kept, force)
    _wake_fellows(session, kept)
    return len(kept)


# ---------------------------------------------------------------- judging


def judge_together(subjects: Sequence[Subject], force: Force) -> list[Assessed]:
    """Judge each alone, then once more those whose fellow travellers turned out grave by themselves."""
    alone = {subject.id: _judge_alone(subject, force) for subject in subjects}
    grave = {identifier: judgement.grave for identifier, (judgement, _) in alone.items()}
    return [_with_fellows(subject, alone[subject.id], grave, force) for subject in subjects]


Alone = tuple[Judgement, list[LookoutHit]]


def _judge_alone(subject: Subject, force: Force) -> Alone:
    listed = lookouts.screen_person(force.lookouts, subject.person, subject.day)
    facts = _with_risk(subject, dict.fromkeys((f.id for f in subject.fellows), False))
    return judge(facts, force.rules, listed, subject.known.reviews, force.profile), listed


def _with_fellows(
    subject: Subject,
    alone: Alone,
    grave: Mapping[UUID, bool],
    force: Force,
) -> Assessed:
    judgement, listed = alone
    risks = {fellow.id: grave.get(fellow.id, fellow.high) for fellow in subject.fellows}
    facts = _with_risk(subject, risks)
    own_high = judgement.grave
    if any(risks.values()):
        judgement = judge(facts, force.rules, listed, subject.known.reviews, force.profile)
    return Assessed(subject, judgement, facts, own_high)


def _with_risk(subject: Subject, risks: Mapping[UUID, bool]) -> dict[str, Any]:
    """The facts with ``co_travellers.high_risk`` as given, in the order of the fellow travellers."""
    others = subject.facts["co_travellers"]
    if not others:
        return subject.facts
    marked = [
        {**other, "high_risk": risks[fellow.id]}
        for other, fellow in zip(others, subject.fellows, strict=True)
    ]
    return {**subject.facts, "co_travellers": marked}


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


def _store(session: Session, assessed: Sequence[Assessed], force: Force) -> None:
    if not assessed:
        return
    ids = [a.subject.id for a in assessed]
    session.execute(
        sa.update(Assessment)
        .where(Assessment.passenger_id.in_(ids), Assessment.is_current)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    rows = [_assessment_row(a, force) for a in assessed]
    hits = [hit for row, a in zip(rows, assessed, strict=True) for hit in _hit_rows(row["id"], a)]
    session.execute(sa.insert(Assessment), rows)
    if hits:
        session.execute(sa.insert(Hit), hits)
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


def _assessment_row(assessed: Assessed, force: Force) -> dict[str, Any]:
    judgement, passenger = assessed.judgement, assessed.subject.known.passenger
    return {
        "id": uuid7(),
        "passenger_id": passenger.id,
        "flight_id": passenger.flight_id,
        "ruleset_id": force.ruleset_id,
        "facts_version": passenger.facts_version,
        "facts": stored(assessed.facts),
        "score": judgement.score,
        "level": judgement.level,
        "control": judgement.control,
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
            "purpose": reason.purpose,
            "handling": reason.handling,
            "points": reason.points,
            "explanation": reason.explanation,
            "values_digest": reason.values_digest,
        }
        for reason in assessed.judgement.reasons
    ]


def _wake_fellows(session: Session, assessed: Sequence[Assessed]) -> None:
    """Fellow travellers of those who became grave, or ceased to be, must be looked at again.

    Those judged in the same run have seen it already.
    """
    here = {a.subject.id for a in assessed}
    changed = [a for a in assessed if a.own_high != _was_high(a.subject)]
    touch(session, {f.id for a in changed for f in a.subject.fellows} - here)


def _was_high(subject: Subject) -> bool:
    previous = subject.known.previous
    return previous is not None and previous.own_high


# ---------------------------------------------------------------- what is due


_settled: dict[UUID, datetime] = {}


def assess_due(
    database: Database,
    vault: Vault,
    now: datetime,
    limit: int = 50,
) -> int:
    """Assess up to ``limit`` passengers of one flight that need it; 0 when nobody does.

    Changed facts come first, then assessments of an older rule set for flights to come or just landed.
    """
    with database.read() as session:
        try:
            ruleset = rules.current_ruleset(session)
        except rules.NoRulesetError:
            return 0
        force = in_force(session, ruleset)  # matchers may take a while: outside of any lock
    with database.transaction() as session:
        for flight, stale in _due_flights(session, ruleset.id, now):
            if _try_lock(session, flight):
                ids = _due_ids(session, flight, ruleset.id, limit, stale=stale)
                return _assess(session, vault, ids, now, force)
    return 0


def _try_lock(session: Session, flight: UUID) -> bool:
    statement = sa.text("select pg_try_advisory_xact_lock(:key)")
    return bool(session.execute(statement, {"key": lock_key(flight)}).scalar_one())


def _due_flights(session: Session, ruleset_id: UUID, now: datetime) -> list[tuple[UUID, bool]]:
    """(flight, whether only its rule set is old), the next to arrive first."""
    changed = session.execute(_CHANGED, {"tried": _FLIGHTS_TRIED}).scalars().all()
    if changed:
        return [(flight, False) for flight in changed]
    if now < _settled.get(ruleset_id, now):
        return []
    values = {"ruleset": ruleset_id, "since": now - IN_THE_HALL, "tried": _FLIGHTS_TRIED}
    stale = session.execute(_STALE, values).scalars().all()
    if not stale:
        _settled.clear()
        _settled[ruleset_id] = now + RECHECK
    return [(flight, True) for flight in stale]


_CHANGED = sa.text(
    "select f.id from flight f join"
    " (select distinct flight_id from passenger where facts_version > assessed_version) due"
    " on due.flight_id = f.id order by f.arrives_at nulls last, f.id limit :tried"
)
_STALE = sa.text(
    "select f.id from flight f"
    " where (f.arrives_at > :since or (f.arrives_at is null and f.flight_date >= cast(:since as date)))"
    " and exists (select from assessment a where a.flight_id = f.id and a.is_current"
    " and a.ruleset_id <> :ruleset)"
    " order by f.arrives_at nulls last, f.id limit :tried"
)


def _due_ids(
    session: Session, flight: UUID, ruleset_id: UUID, limit: int, *, stale: bool
) -> Sequence[UUID]:
    due = sa.select(Passenger.id).where(Passenger.flight_id == flight)
    if stale:
        due = due.join(Assessment, Assessment.passenger_id == Passenger.id)
        due = due.where(Assessment.is_current, Assessment.ruleset_id != ruleset_id)
    else:
        due = due.where(Passenger.facts_version > Passenger.assessed_version)
    return session.scalars(due.order_by(Passenger.id).limit(limit)).all()
