"""HTTP routes of live pictures, for the officer's page."""

import base64
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.referrals import live, service

router = APIRouter(tags=["referrals"])
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]


class WishIn(In):
    """The page's public key: a compressed point of P-256 in hex. Its private half never leaves the page."""

    key: str = Field(pattern=r"^0[23][0-9a-f]{64}$")


class WishOut(Out):
    """Whom it is about, and until when there are pictures at the latest."""

    presentation: UUID
    expires_at: datetime


class FrameOut(Out):
    """``sealed``: the newest picture (`app.formats.live_picture`) in base64; None: no newer one. ``is_over``: nor will
    there be one.
    """

    number: int = 0
    sealed: str | None = None
    is_over: bool = False


@router.post("/referrals/{referral_id}/live", status_code=201)
def post_live(kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: WishIn) -> WishOut:
    """See who stands at the device of an identity look, for a minute at most; recorded."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        made = live.begin(session, who.actor, referral_id, bytes.fromhex(body.key), kernel.clock())
        assert made.presentation_id is not None
        return WishOut(presentation=made.presentation_id, expires_at=made.expires_at)


@router.get("/referrals/{referral_id}/live")
def get_live(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, after: Annotated[int, Query(ge=0)] = 0
) -> FrameOut:
    """The newest picture. Whoever does not ask for six seconds has gone."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        found = live.see(session, who.actor, referral_id, after, kernel.clock())
    if found is None:
        return FrameOut(is_over=True)
    sealed = base64.b64encode(found.sealed).decode() if found.sealed else None
    return FrameOut(number=found.number, sealed=sealed)


@router.delete("/referrals/{referral_id}/live", status_code=204)
def delete_live(kernel: KernelDep, who: DeciderDep, referral_id: UUID) -> Response:
    """Enough."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        live.end(session, who.actor, referral_id, kernel.clock())
    return Response(status_code=204)
