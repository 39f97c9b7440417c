"""HTTP routes of screening, for officers: risk of a flight, who is expected, reviews."""

from datetime import datetime
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
from app.screening import reviews, views
from app.screening.models import (
    Handling,
    Hit,
    HitSource,
    Level,
    ReviewState,
)
from app.travel.views import expect_passenger_at

router = APIRouter(tags=["screening"])

PeopleDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]


class HitOut(Out):
    """One reason, with what an officer made of it."""

    id: UUID
    source: HitSource
    subject: str
    version: int
    title: str
    titles: dict[str, str]
    purpose: str
    handling: Handling
    points: int
    alert: bool
    conditions: list[dict[str, Any]]
    explanation: dict[str, Any]
    state: ReviewState
    snoozed: bool
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
