"""HTTP routes of referrals, for officers: queue, dossier, claim, outcome.

Release and inspect also move the gate; they live in :mod:`app.gate.routes`.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, Kernel, KernelDep
from app.kernel.schemas import In, Out
from app.referrals import service, views
from app.referrals.models import (
    DispositionKind,
    FindingKind,
    ReferralDecision,
    ReferralKind,
    ReferralState,
)
from app.referrals.outcome import Disposal, FoundThing, Outcome

router = APIRouter(tags=["referrals"])

QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]


class SeenIn(In):
    """The version that the officer had before him."""

    version: int | None = None


class ReferralOut(Out):
    """A referral in the queue."""

    id: UUID
    version: int
    kind: ReferralKind
    state: ReferralState
    decision: ReferralDecision | None
    reasons: list[str]
    hall_id: UUID
    passenger_id: UUID | None
    presentation_id: UUID | None
    flight_id: UUID | None
    flight: str | None
    surname: str | None
    given_names: str | None
    seat: str | None
    is_hold: bool
    hold_until: datetime | None
    owner_id: UUID | None
    owner: str | None
    claimed_at: datetime | None
    raised_at: datetime
    closed_at: datetime | None


class QueueOut(Out):
    """The queue of a site."""

    referrals: list[ReferralOut]


class StepOut(Out):
    """Something that happened."""

    at: datetime
    kind: str
    actor_id: UUID | None
    note: str


class FindingBody(In):
    """One finding."""

    kind: FindingKind
    description: str = Field(default="", max_length=1000)
    quantity: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=3)
    unit: str = Field(default="", max_length=20)


class DispositionBody(In):
    """What became of it; amount in minor units."""

    kind: DispositionKind
    amount: int | None = Field(default=None, ge=0, le=10**15)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    external_ref: str = Field(default="", max_length=100)


class SearchIn(In):
    """A personal search: why, and who authorised it."""

    ground: str = Field(max_length=1000)
    authorised_by: UUID


class OutcomeIn(In):
    """The end of an inspection."""

    steps: list[str] = Field(max_length=20)
    findings: list[FindingBody] = Field(max_length=50)
    dispositions: list[DispositionBody] = Field(max_length=50)
    remark: str = Field(default="", max_length=4000)
    search: SearchIn | None = None


class FindingOut(Out):
    """One finding."""

    kind: FindingKind
    description: str
    quantity: Decimal | None
    unit: str


class DispositionOut(Out):
    """What became of it."""

    kind: DispositionKind
    amount: int | None
    currency: str
    external_ref: str


class InspectionOut(Out):
    """An inspection with what it found."""

    steps: list[str]
    started_at: datetime
    finished_at: datetime | None
    remark: str
    findings: list[FindingOut]
    dispositions: list[DispositionOut]


class DetailOut(Out):
    """One referral with its history."""

    referral: ReferralOut
    steps: list[StepOut]
    inspection: InspectionOut | None


@router.get("/referrals")
def get_queue(
    kernel: KernelDep,
    who: QueueDep,
    kind: Annotated[list[ReferralKind] | None, Query()] = None,
    hall: UUID | None = None,
    closed: bool = False,  # noqa: FBT001, FBT002  # a query parameter
) -> QueueOut:
    """The open referrals of the officer's site; names only for those who may see people."""
    with kernel.database.read() as session:
        found = views.queue(session, who.site, kinds=kind or (), hall_id=hall, closed=closed)
    shown = [ReferralOut.model_validate(one) for one in found]
    if not who.may(Permission.VIEW_PERSON):
        blank = {"surname": None, "given_names": None, "seat": None}
        shown = [one.model_copy(update=blank) for one in shown]
    return QueueOut(referrals=shown)


@router.get("/referrals/{referral_id}")
def get_referral(kernel: KernelDep, who: PersonDep, referral_id: UUID) -> DetailOut:
    """One referral; that it was looked at is recorded."""
    with kernel.database.transaction() as session:
        detail = views.read_referral(session, referral_id, who.site)
        audit.record(session, who.actor, "referral.view", "referral", referral_id, kernel.clock())
        return _detail(detail)


@router.post("/referrals/{referral_id}/claim")
def claim(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, seen: SeenIn, key: IdempotencyKey = None
) -> DetailOut:
    """Take it, or renew the lease."""

    def act(session: Session) -> None:
        service.claim(session, who.actor, referral_id, seen.version, kernel.clock())

    return _once(kernel, who, referral_id, key, f"claim {seen.version}", act)


@router.post("/referrals/{referral_id}/return")
def give_back(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, key: IdempotencyKey = None
) -> DetailOut:
    """Let somebody else have it."""

    def act(session: Session) -> None:
        service.give_back(session, who.actor, referral_id, kernel.clock())

    return _once(kernel, who, referral_id, key, "return", act)


@router.post("/referrals/{referral_id}/outcome")
def record_outcome(
    kernel: KernelDep,
    who: DeciderDep,
    referral_id: UUID,
    body: OutcomeIn,
    key: IdempotencyKey = None,
) -> DetailOut:
    """Finish the inspection and close."""

    def act(session: Session) -> None:
        service.record_outcome(session, who.actor, referral_id, _outcome(body), kernel.clock())

    return _once(kernel, who, referral_id, key, body.model_dump_json(), act)


def _once(
    kernel: Kernel,
    who: SignedIn,
    referral_id: UUID,
    key: str | None,
    call: str,
    act: Callable[[Session], None],
) -> DetailOut:
    """Act, or with a key that was used before show what stands."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        claimed = idempotency.claim(session, who.actor.key, key, f"{referral_id} {call}".encode())
        if claimed.result is None:
            act(session)
            idempotency.settle(session, claimed, referral_id)
        return _detail(views.read_referral(session, referral_id, who.site))


def _outcome(body: OutcomeIn) -> Outcome:
    return Outcome(
        steps=tuple(body.steps),
        findings=tuple(FoundThing(**one.model_dump()) for one in body.findings),
        dispositions=tuple(Disposal(**one.model_dump()) for one in body.dispositions),
        remark=body.remark,
        search_ground=body.search.ground if body.search else None,
        search_authorised_by=body.search.authorised_by if body.search else None,
    )


def _detail(detail: views.Detail) -> DetailOut:
    inspected = detail.inspected
    return DetailOut(
        referral=ReferralOut.model_validate(detail.referral),
        steps=[StepOut.model_validate(step) for step in detail.steps],
        inspection=_inspection(inspected) if inspected else None,
    )


def _inspection(inspected: views.Inspected) -> InspectionOut:
    inspection = inspected.inspection
    return InspectionOut(
        steps=inspection.steps,
        started_at=inspection.started_at,
        finished_at=inspection.finished_at,
        remark=inspection.remark,
        findings=[FindingOut.model_validate(one) for one in inspected.findings],
        dispositions=[DispositionOut.model_validate(one) for one in inspected.dispositions],
    )
