"""What officers' pages are told of: hints as server-sent events, as long as the session lasts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import StreamingResponse

from app.identity.http import cookie_name, require, still_signed_in
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.events import Hint
from app.kernel.http import KernelDep

router = APIRouter(tags=["events"])

FEED = frozenset(
    {"referral.changed", "presentation.changed", "passenger.assessed", "passenger.changed",
     "hit.reviewed", "flight.changed", "declaration.changed", "hall.changed", "ruleset.changed",
     "boarding.changed", "lane.changed", "notice.changed"}
)  # fmt: skip


@router.get("/events")
async def get_events(
    request: Request,
    kernel: KernelDep,
    who: Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))],
    last_event_id: Annotated[str | None, Header(max_length=4000)] = None,
) -> StreamingResponse:
    """Hints {kind, id, version} of what changed at the officer's site; fetch the truth.

    The stream ends soon after the session does, however it ends.
    """
    token, site = request.cookies[cookie_name(kernel)], who.site

    def wanted(hint: Hint) -> bool:
        return hint.kind in FEED and hint.site in ("", site)

    def lasts() -> bool:
        return still_signed_in(kernel, token, Permission.VIEW_QUEUE)

    return kernel.stream.response(wanted, last_event_id, lasts)
