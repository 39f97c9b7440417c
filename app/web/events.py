"""What officers' pages are told of: hints as server-sent events, as long as the session lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import StreamingResponse

from app.identity.http import (
    bearer,
    cookie_name,
    expect_scope,
    known_sender,
    signed_in,
    still_known,
    still_signed_in,
)
from app.identity.permissions import Permission
from app.identity.scopes import Scope
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

SYSTEMS = frozenset({"flight.changed", "hall.changed", "lane.changed"})
"""What other systems hear (`events:read`): nothing of people."""

HEARD = {Permission.VIEW_QUEUE: FEED | FROM_AFAR, Permission.SECOND_LOOK: FROM_AFAR}
"""What officers hear, by the first of these rights that they have."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears what, and for how long."""

    site: str
    kinds: frozenset[str]
    lasts: Callable[[], bool]


def listening(request: Request, kernel: KernelDep) -> Listener:
    """A system by its token, or an officer by the first right to hear. Raises ForbiddenError."""
    if "authorization" in request.headers:
        sender, token = known_sender(request, kernel), bearer(request)
        expect_scope(sender, Scope.EVENTS_READ)
        return Listener(sender.site, SYSTEMS, lambda: still_known(kernel, token, Scope.EVENTS_READ))
    who = signed_in(request, kernel)
    right = next((one for one in HEARD if who.may(one)), None)
    if right is None:
        raise ForbiddenError
    session = request.cookies[cookie_name(kernel)]
    return Listener(who.site, HEARD[right], lambda: still_signed_in(kernel, session, right))


listening.permission = Permission.VIEW_QUEUE  # type: ignore[attr-defined]  # for the API's description
listening.scope = Scope.EVENTS_READ  # type: ignore[attr-defined]


@router.get("/events")
async def get_events(
    kernel: KernelDep,
    listener: Annotated[Listener, Depends(listening)],
    last_event_id: Annotated[str | None, Header(max_length=4000)] = None,
) -> StreamingResponse:
    """Hints {kind, id, version} of what changed at the caller's site; fetch the truth. Systems hear of flights, halls and
    lanes, officers also of travellers. The stream ends soon after session or token does, however it ends.
    """

    def wanted(hint: Hint) -> bool:
        return hint.kind in listener.kinds and hint.site in ("", listener.site)

    return kernel.stream.response(wanted, last_event_id, listener.lasts)
