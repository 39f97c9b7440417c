"""HTTP routes of screening, for officers: risk of a flight, who is expected, reviews, rules."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, KernelDep
from app.kernel.schemas import In, Out
from app.screening import editing, reviews, rules, views
from app.screening.models import (
    Handling,
    Hit,
    HitSource,
    Level,
    ReviewState,
    RuleState,
    RuleVersion,
)
from app.travel.views import expect_passenger_at

router = APIRouter(tags=["screening"])

PeopleDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
FlightsDep = Annotated[SignedIn, Depends(require(Permission.VIEW_FLIGHTS))]
RulesDep = Annotated[SignedIn, Depends(require(Permission.VIEW_RULES))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]


class HitOut(Out):
    """One reason, with what an officer made of it."""

    id: UUID
    source: HitSource
    subject: str
    version: int
    title: str
    purpose: str
    handling: Handling
    points: int
    alert: bool
    conditions: list[dict[str, Any]]
    explanation: dict[str, Any]
    state: ReviewState
    reviewed_by: UUID | None
    reviewed_at: datetime | None
    review_reason: str | None
    suppressed: bool
    hidden: bool


class ScreenedOut(Out):
    """A passenger with level, score and reasons."""

    passenger_id: UUID
    flight_id: UUID
    surname: str
    given_names: str
    nationality: str | None
    seat: str | None
    score: int
    level: Level
    action: Handling | None
    confirmed: bool
    current: bool
    undecided: int
    hits: list[HitOut]


class FlightRiskOut(Out):
    """A flight's high-risk list."""

    flight_id: UUID
    flight: str
    arrives_at: datetime | None
    counts: dict[Level, int]
    unassessed: int
    passengers: list[ScreenedOut]


class ExpectedOut(Out):
    """Somebody who will arrive and must be looked at."""

    flight: str
    origin: str
    arrives_at: datetime | None
    passenger: ScreenedOut = Field(validation_alias="screened")


class ReviewIn(In):
    """``reason`` is needed for a dismissal."""

    state: ReviewState
    reason: str = Field(default="", max_length=reviews.MAX_REASON)


class ReviewOut(Out):
    """How the hit stands, and the passenger's level after it."""

    hit_id: UUID
    passenger_id: UUID
    flight_id: UUID
    state: ReviewState
    level: Level | None


class RuleOut(Out):
    """A version of a rule: the active one, or the newest where that waits."""

    id: UUID
    key: str
    owner: str
    version: int
    title: str
    text: str
    points: int
    floor: Level | None
    purpose: str
    handling: Handling
    justification: str
    active: bool
    state: RuleState
    protected: bool
    airports: list[str]
    carriers: list[str]
    routes: list[str]
    valid_from: date | None
    valid_to: date | None
    ends_at: datetime | None
    review_by: date


class RulesOut(Out):
    """``broken``: active rules that this program cannot read, ``refused``: that the jurisdiction does not
    allow; they are not asked.
    """

    ruleset: UUID
    n: int
    jurisdiction: str
    broken: list[str]
    refused: list[str]
    rules: list[RuleOut]


@router.get("/flights/{flight_id}/risk")
def flight_risk(flight_id: UUID, kernel: KernelDep, who: PeopleDep) -> FlightRiskOut:
    """The flight's high-risk list with reasons, the gravest first."""
    with kernel.database.transaction() as session:
        found = views.flight_risk(
            session, flight_id, who.site, reasons=who.may(Permission.VIEW_HIT_REASON)
        )
        audit.record(
            session, who.actor, "flight.risk-viewed", "flight", flight_id, kernel.clock(),
            passengers=len(found.passengers),
        )  # fmt: skip
    return FlightRiskOut.model_validate(found)


@router.get("/expected")
def expected(
    kernel: KernelDep, who: PeopleDep, limit: Annotated[int, Query(ge=1, le=500)] = 200
) -> list[ExpectedOut]:
    """High and attention passengers of flights to come, by arrival."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = views.expected(
            session, who.site, now, limit, reasons=who.may(Permission.VIEW_HIT_REASON)
        )
        audit.record(
            session, who.actor, "expected.viewed", "site", None, now, passengers=len(found)
        )
    return [ExpectedOut.model_validate(one) for one in found]


@router.post("/hits/{hit_id}/review")
def review(
    hit_id: UUID, body: ReviewIn, kernel: KernelDep, who: ReviewerDep, key: IdempotencyKey = None
) -> ReviewOut:
    """Confirm or dismiss a hit; the passenger is assessed again before this answers."""
    request = f"review {hit_id} {body.model_dump_json()}".encode()
    now = kernel.clock()
    with kernel.database.transaction() as session:
        of_hit = sa.select(Hit.passenger_id).where(Hit.id == hit_id)
        expect_passenger_at(session, of_hit, who.site)
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            done = reviews.review_hit(
                session, kernel.vault, who.actor, hit_id, body.state, body.reason, now
            )
            idempotency.settle(session, claimed, hit_id)
        else:
            done = reviews.reviewed_now(session, claimed.result)
        now_screened = views.dossier_hits(session, done.passenger_id)
    return ReviewOut(
        hit_id=done.hit_id, passenger_id=done.passenger_id, flight_id=done.flight_id,
        state=done.state, level=now_screened.level if now_screened else None,
    )  # fmt: skip


class FactOut(Out):
    """A fact of the catalogue; ``missing`` of ``of``: the travellers assessed last of whom it was not known."""

    name: str
    type: str
    text: str
    unit: str
    source: str
    sensitivity: str
    missing: int
    of: int


@router.get("/rules/catalogue")
def list_facts(
    kernel: KernelDep, who: RulesDep, q: Annotated[str, Query(max_length=80)] = ""
) -> list[FactOut]:
    """Every fact that a rule may read, with type, unit, source, sensitivity and how often it is missing."""
    del who
    with kernel.database.read() as session:
        return [FactOut.model_validate(one) for one in editing.catalogue(session, q)]


@router.get("/rules")
def list_rules(kernel: KernelDep, who: FlightsDep) -> RulesOut:
    """The rules in force and the newest versions that wait."""
    del who
    with kernel.database.read() as session:
        ruleset = rules.current_ruleset(session)
        force = rules.compiled(session, ruleset)
        law = rules.profile_of(ruleset).jurisdiction.key
        found = [_rule(*row) for row in rules.list_rules(session)]
    return RulesOut(
        ruleset=ruleset.id, n=ruleset.n, jurisdiction=law, broken=list(force.broken),
        refused=list(force.refused), rules=found,
    )  # fmt: skip


def _rule(key: str, owner: str, version: RuleVersion) -> RuleOut:
    return RuleOut(
        id=version.id, key=key, owner=owner, version=version.n, title=version.title,
        text=version.text, points=version.points, floor=version.floor, purpose=version.purpose,
        handling=version.handling, justification=version.justification, active=version.state is RuleState.ACTIVE,
        state=version.state, protected=version.protected, airports=version.airports,
        carriers=version.carriers, routes=version.routes, valid_from=version.valid_from,
        valid_to=version.valid_to, ends_at=version.ends_at, review_by=version.review_by,
    )  # fmt: skip
