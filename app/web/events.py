"""What officers' pages are told of: hints as server-sent events, as long as the session lasts."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from app.identity.http import OfficerDep, cookie_name, still_signed_in
from app.identity.permissions import Permission
from app.kernel.errors import ForbiddenError
from app.kernel.events import Hint
from app.kernel.http import KernelDep

router = APIRouter(tags=["events"])

FEED = frozenset(
    {"referral.changed", "presentation.changed", "passenger.assessed", "passenger.changed",
     "hit.reviewed", "flight.changed", "declaration.changed", "hall.changed", "ruleset.changed",
     "boarding.changed", "lane.changed", "notice.changed", "shift.changed", "passenger.assigned"}
)  # fmt: skip


FROM_AFAR = frozenset({"second-look.changed", "evidence.changed"})
"""What goes to every site while somebody looks on: ids alone."""

HEARD = {Permission.VIEW_QUEUE: FEED | FROM_AFAR, Permission.SECOND_LOOK: FROM_AFAR}
"""What officers hear, by the first of these rights that they have."""


@router.get("/events")
async def get_events(
    request: Request,
    kernel: KernelDep,
    who: OfficerDep,
    last_event_id: Annotated[str | None, Header(max_length=4000)] = None,
) -> StreamingResponse:
    """Hints {kind, id, version} of what changed at the officer's site; fetch the truth.

    The stream ends soon after the session does, however it ends.
    """
    right = next((one for one in HEARD if who.may(one)), None)
    if right is None:
        raise ForbiddenError
    token, site, kinds = request.cookies[cookie_name(kernel)], who.site, HEARD[right]

    def wanted(hint: Hint) -> bool:
        return hint.kind in kinds and hint.site in ("", site)

    def lasts() -> bool:
        return still_signed_in(kernel, token, right)

    return kernel.stream.response(wanted, last_event_id, lasts)
