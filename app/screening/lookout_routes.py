"""HTTP routes of urgent lookouts and of pairs known not to match, for officers."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends

from app.audit import log as audit
from app.identity import scope
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, KernelDep
from app.screening import pairs, urgent
from app.screening.list_models import KnownNotMatch, UrgentLookout
from app.screening.list_schemas import ClearIn, LookoutIn, LookoutOut, PairOut, VerdictIn
from app.screening.models import Hit
from app.screening.urgent import LookoutDraft
from app.screening.views import HIDDEN_TITLE, OTHERS_TITLE
from app.travel.views import expect_passenger_at

router = APIRouter(tags=["lookouts"])

RaiserDep = Annotated[SignedIn, Depends(require(Permission.RAISE_LOOKOUT))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_LOOKOUT))]
ClearerDep = Annotated[SignedIn, Depends(require(Permission.CLEAR_PAIR))]


@router.get("/lookouts")
def list_lookouts(kernel: KernelDep, who: LookerDep) -> list[LookoutOut]:
    """Urgent lookouts in force, those that await review, then those of the last 30 days."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = urgent.read_lookouts(session, who.site, now)
        audit.record(session, who.actor, "lookouts.viewed", "site", None, now, shown=len(found))
        return [_out(one, who) for one in found]


@router.post("/lookouts", status_code=201)
def raise_lookout(
    body: LookoutIn, kernel: KernelDep, who: RaiserDep, key: IdempotencyKey = None
) -> LookoutOut:
    """Look out at once, for a day at most; somebody else reviews it afterwards."""
    request = f"lookout {body.model_dump_json()}".encode()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            draft = LookoutDraft(**body.model_dump())
            made = urgent.raise_lookout(session, who.actor, who.site, draft, kernel.clock())
            idempotency.settle(session, claimed, made.id)
        else:
            made = session.get_one(UrgentLookout, claimed.result)
        return _out(made, who)


@router.post("/lookouts/{lookout_id}/end")
def end_lookout(lookout_id: UUID, kernel: KernelDep, who: RaiserDep) -> LookoutOut:
    """End a lookout before its time."""
    with kernel.database.transaction() as session:
        found = urgent.end_lookout(session, who.actor, lookout_id, who.site, kernel.clock())
        return _out(found, who)


@router.post("/lookouts/{lookout_id}/review")
def review_lookout(
    lookout_id: UUID, body: VerdictIn, kernel: KernelDep, who: LookerDep
) -> LookoutOut:
    """Another officer's word on a lookout; one that was not justified ends with it."""
    with kernel.database.transaction() as session:
        found = urgent.review_lookout(
            session, who.actor, lookout_id, who.site, body.verdict, body.note, kernel.clock()
        )
        return _out(found, who)


def _out(row: UrgentLookout, who: SignedIn) -> LookoutOut:
    """A lookout; without its reason where that is for few eyes, or of a purpose for which he does not work."""
    told = LookoutOut.model_validate(row)
    if not scope.covers_purpose(row.purpose):
        return told.model_copy(
            update={"reason": "", "content": {}, "title": OTHERS_TITLE, "purpose": ""}
        )
    if row.restricted and not who.may(Permission.VIEW_HIT_REASON):
        return told.model_copy(update={"reason": "", "content": {}, "title": HIDDEN_TITLE})
    return told


@router.post("/hits/{hit_id}/clear", status_code=201)
def clear_pair(
    hit_id: UUID, body: ClearIn, kernel: KernelDep, who: ClearerDep, key: IdempotencyKey = None
) -> PairOut:
    """Say that the traveller of a hit is not its entry, until a day; a severe list needs a second officer."""
    request = f"clear {hit_id} {body.model_dump_json()}".encode()
    with kernel.database.transaction() as session:
        expect_passenger_at(session, sa.select(Hit.passenger_id).where(Hit.id == hit_id), who.site)
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            made = pairs.clear_pair(
                session, kernel.vault, who.actor, hit_id, body.reason, body.until, kernel.clock()
            )
            idempotency.settle(session, claimed, made.id)
        else:
            made = session.get_one(KnownNotMatch, claimed.result)
        return PairOut.model_validate(made)


@router.get("/known-not-matches")
def list_pairs(kernel: KernelDep, who: ClearerDep) -> list[PairOut]:
    """Pairs that wait for a second signature, those in force, then voided ones."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = pairs.read_pairs(session)
        audit.record(session, who.actor, "pairs.viewed", "site", None, now, shown=len(found))
        return [PairOut.model_validate(one.pair) for one in found]


@router.post("/known-not-matches/{pair_id}/approve")
def approve_pair(pair_id: UUID, kernel: KernelDep, who: ClearerDep) -> PairOut:
    """The second signature."""
    with kernel.database.transaction() as session:
        found = pairs.approve_pair(session, who.actor, pair_id, kernel.clock())
        return PairOut.model_validate(found)


@router.post("/known-not-matches/{pair_id}/withdraw")
def withdraw_pair(pair_id: UUID, kernel: KernelDep, who: ClearerDep) -> PairOut:
    """Take a pair back."""
    with kernel.database.transaction() as session:
        pairs.withdraw_pair(session, who.actor, pair_id, kernel.clock())
        return PairOut.model_validate(session.get_one(KnownNotMatch, pair_id))
