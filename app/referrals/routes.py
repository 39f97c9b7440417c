"""HTTP routes of referrals, for officers: queue, dossier, claim, outcome.

Release and inspect also move the gate; they live in :mod:`app.gate.routes`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, Kernel, KernelDep
from app.kernel.schemas import In, Out
from app.referrals import amendments, service, views
from app.referrals.models import Left, ReferralDecision, ReferralKind, ReferralState
from app.referrals.schemas import AmendmentIn, InspectionOut, OutcomeIn, shown_inspection

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
    decided_by: UUID | None
    decider: str | None
    left_by: UUID | None
    left: str | None
    left_at: datetime | None
    left_why: Left | None
    offered_to: UUID | None
    offered: str | None
    team_id: UUID | None
    team: str | None
    place: str | None
    seen_at: datetime | None
    reopens_id: UUID | None
    due_at: datetime


class QueueOut(Out):
    """The queue of a site."""

    referrals: list[ReferralOut]


class StepOut(Out):
    """Something that happened."""

    at: datetime
    kind: str
    actor_id: UUID | None
    note: str
    by: str


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
    team: UUID | None = None,
    closed: bool = False,  # noqa: FBT001, FBT002  # a query parameter
) -> QueueOut:
    """The open referrals of the officer's site; names only for those who may see people."""
    with kernel.database.read() as session:
        found = views.queue(
            session, who.site, kinds=kind or (), hall_id=hall, team_id=team, closed=closed
        )
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

    return answer_once(kernel, who, referral_id, key, f"claim {seen.version}", act)


@router.post("/referrals/{referral_id}/return")
def give_back(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, key: IdempotencyKey = None
) -> DetailOut:
    """Let somebody else have it."""

    def act(session: Session) -> None:
        service.give_back(session, who.actor, referral_id, kernel.clock())

    return answer_once(kernel, who, referral_id, key, "return", act)


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
        service.record_outcome(session, who.actor, referral_id, body.value(), kernel.clock())

    return answer_once(kernel, who, referral_id, key, body.model_dump_json(), act)


@router.post("/referrals/{referral_id}/amendments")
def amend_outcome(
    kernel: KernelDep,
    who: DeciderDep,
    referral_id: UUID,
    body: AmendmentIn,
    key: IdempotencyKey = None,
) -> DetailOut:
    """Correct a closed inspection: an outcome is appended with its reason, and counts from now on."""

    def act(session: Session) -> None:
        amendments.amend_outcome(
            session, who.actor, referral_id, body.version, body.value(), body.reason,
            kernel.clock(),
        )  # fmt: skip

    return answer_once(kernel, who, referral_id, key, f"amend {body.model_dump_json()}", act)


def answer_once(
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


def _detail(detail: views.Detail) -> DetailOut:
    return DetailOut(
        referral=ReferralOut.model_validate(detail.referral),
        steps=[StepOut.model_validate(step) for step in detail.steps],
        inspection=shown_inspection(detail.inspected) if detail.inspected else None,
    )
