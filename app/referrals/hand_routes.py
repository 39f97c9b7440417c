"""HTTP routes of referrals that go from hand to hand: note, heartbeat, hand-over, reassignment, end of a recall."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import IdempotencyKey, KernelDep
from app.kernel.schemas import In
from app.referrals import cases, service, shifts
from app.referrals.routes import DetailOut, answer_once
from app.referrals.shifts import MAX_NOTE, Receiver

router = APIRouter(tags=["referrals"])

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
LeaderDep = Annotated[SignedIn, Depends(require(Permission.LEAD_SHIFT))]


class NoteIn(In):
    """What everybody should know who opens it."""

    note: str = Field(max_length=MAX_NOTE)


class HandOverIn(NoteIn):
    """To a colleague or a lane team, one of the two; ``version`` is the one that was seen."""

    version: int
    officer_id: UUID | None = None
    team_id: UUID | None = None


class RecallEndIn(NoteIn):
    """Whether the traveller was found, and where or how it was looked for."""

    version: int
    found: bool


@router.post("/referrals/{referral_id}/notes")
def post_note(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: NoteIn, key: IdempotencyKey = None
) -> DetailOut:
    """Add a note; one of the owner renews the lease."""

    def act(session: Session) -> None:
        shifts.add_note(session, who.actor, referral_id, body.note, kernel.clock())

    return answer_once(kernel, who, referral_id, key, body.model_dump_json(), act)


@router.post("/referrals/{referral_id}/heartbeat", status_code=204)
def post_heartbeat(kernel: KernelDep, who: DeciderDep, referral_id: UUID) -> Response:
    """Stay the owner: 409 once the claim has gone back or is somebody else's."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        shifts.keep_alive(session, who.actor, referral_id, kernel.clock())
    return Response(status_code=204)


@router.post("/referrals/{referral_id}/hand-over")
def post_hand_over(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: HandOverIn, key: IdempotencyKey = None
) -> DetailOut:  # fmt: skip
    """Give what one has in hand to a colleague or a lane team; they accept by claiming it."""

    def act(session: Session) -> None:
        shifts.hand_over(
            session, who.actor, referral_id, body.version, _to(body), body.note, kernel.clock()
        )

    return answer_once(kernel, who, referral_id, key, body.model_dump_json(), act)


@router.post("/referrals/{referral_id}/reassign")
def post_reassign(
    kernel: KernelDep, who: LeaderDep, referral_id: UUID, body: HandOverIn, key: IdempotencyKey = None
) -> DetailOut:  # fmt: skip
    """A supervisor gives it to somebody else, whoever has it; ``note`` says why."""

    def act(session: Session) -> None:
        shifts.reassign(
            session, who.actor, referral_id, body.version, _to(body), body.note, kernel.clock()
        )

    return answer_once(kernel, who, referral_id, key, "re " + body.model_dump_json(), act)


@router.post("/referrals/{referral_id}/recall-end")
def post_recall_end(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: RecallEndIn, key: IdempotencyKey = None
) -> DetailOut:  # fmt: skip
    """The traveller was found, or was not. Who was found is a new referral in the finder's hands."""

    def act(session: Session) -> None:
        cases.end_recall(
            session,
            who.actor,
            referral_id,
            body.version,
            body.note,
            kernel.clock(),
            found=body.found,
        )

    return answer_once(kernel, who, referral_id, key, body.model_dump_json(), act)


def _to(body: HandOverIn) -> Receiver:
    return Receiver(body.officer_id, body.team_id)
