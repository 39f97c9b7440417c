"""HTTP routes of lanes: reports and orders for their agents, orders and a look for officers."""

import time
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool

from app.formats.lane import LaneNote, LaneState, LaneWord
from app.gate import lanes
from app.gate.models import HallMode
from app.identity.devices import EnrolledDevice, find_device
from app.identity.http import DeviceDep, bearer, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.events import Hint
from app.kernel.http import Kernel, KernelDep
from app.kernel.schemas import In, Out

MAX_WAIT = 30.0
GLANCE_SECONDS = 1.0
MOST_NOTES = 100

router = APIRouter(tags=["lanes"])
QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
OrderDep = Annotated[SignedIn, Depends(require(Permission.ORDER_LANE))]
People = Annotated[int, Field(ge=0, le=lanes.MOST_PEOPLE)]


class StatusIn(In):
    """A lane as it is now."""

    state: LaneState
    door: Annotated[str, Field(pattern="^(shut|open|hold|free)$")]
    stop_due: bool = False
    people: People = 1


class NoteIn(In):
    """Something that happened. ``key`` is the agent's own, ``at`` by its clock, ``order`` the one it obeyed."""

    key: UUID
    at: AwareDatetime
    note: LaneNote
    state: LaneState
    people: People = 1
    order: UUID | None = None


class ReportIn(In):
    """State and notes, the oldest first."""

    status: StatusIn
    notes: Annotated[list[NoteIn], Field(max_length=MOST_NOTES, default_factory=list)]


class ReportOut(Out):
    """How many notes were new."""

    kept: int


class OrderOut(Out):
    """An order as the lane takes it."""

    id: UUID
    word: LaneWord
    people: int


class OrdersOut(Out):
    """The mode of the hall, and orders that nobody else gets."""

    mode: HallMode
    orders: list[OrderOut]


@router.post("/lane/reports")
def post_report(kernel: KernelDep, device: DeviceDep, body: ReportIn) -> ReportOut:
    """A lane tells its state and what has happened. Each note is kept once, however often it is told."""
    told = lanes.Told(**dict(body.status))
    notes = [lanes.Noted(**dict(note)) for note in body.notes]
    with kernel.database.transaction() as session:
        return ReportOut(kept=lanes.report(session, device, told, notes, kernel.clock()))


@router.get("/lane/orders")
async def get_orders(
    request: Request,
    kernel: KernelDep,
    mode: HallMode = HallMode.NORMAL,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT)] = 0.0,
) -> OrdersOut:
    """The orders for the calling lane; with ``wait`` as soon as there is one, or the hall is not in ``mode``."""
    token, ends = bearer(request), time.monotonic() + wait
    device = await run_in_threadpool(_device, kernel, token)

    def concerns(hint: Hint) -> bool:
        wanted = (("lane.ordered", device.id), ("hall.changed", device.hall_id))
        return (hint.kind, hint.subject) in wanted

    while (left := ends - time.monotonic()) > 0 and not kernel.stream.is_ending:
        if not await run_in_threadpool(_waits, kernel, token, mode):
            break
        await kernel.stream.wait_for(concerns, min(left, GLANCE_SECONDS))
    return await run_in_threadpool(_take, kernel, token)


def _device(kernel: Kernel, token: str) -> EnrolledDevice:
    with kernel.database.read() as session:
        return find_device(session, token, kernel.clock())


def _waits(kernel: Kernel, token: str, mode: HallMode) -> bool:
    """Whether there is nothing new. Raises a 401 once the device is shut out."""
    with kernel.database.read() as session:
        device = find_device(session, token, kernel.clock())
        return lanes.waits(session, device, mode, kernel.clock())


def _take(kernel: Kernel, token: str) -> OrdersOut:
    with kernel.database.transaction() as session:
        device = find_device(session, token, kernel.clock())
        return OrdersOut.model_validate(lanes.take_orders(session, device, kernel.clock()))


# --- officers -------------------------------------------------------------------------------------


class OrderIn(In):
    """What the officer wants. ``people`` above one is for assisted lanes."""

    word: LaneWord
    people: Annotated[int, Field(ge=1, le=lanes.MOST_PEOPLE)] = 1


class OrderedOut(Out):
    """The order, which the lane takes before it expires or not at all."""

    id: UUID
    expires_at: datetime


class LaneOut(Out):
    """A lane; ``state`` None: it has not said anything yet."""

    id: UUID
    name: str
    hall: str
    mode: HallMode
    state: LaneState | None
    door: str | None
    told_at: datetime | None


class LanesOut(Out):
    """The lanes of a site."""

    lanes: list[LaneOut]


@router.get("/lanes")
def get_lanes(kernel: KernelDep, who: QueueDep) -> LanesOut:
    """The lanes of the officer's site."""
    with kernel.database.read() as session:
        found = [
            LaneOut(
                id=one.device.id, name=one.device.name, hall=view.hall.name, mode=view.hall.mode,
                state=one.status.state if one.status else None,
                door=one.status.door if one.status else None,
                told_at=one.status.told_at if one.status else None,
            )
            for view in lanes.read_halls(session, who.site)
            for one in view.lanes
        ]  # fmt: skip
    return LanesOut(lanes=found)


@router.post("/lanes/{device_id}/orders", status_code=201)
def post_order(kernel: KernelDep, who: OrderDep, device_id: UUID, body: OrderIn) -> OrderedOut:
    """Let somebody through, send them away, or bring a lane back into service."""
    with kernel.database.transaction() as session:
        made = lanes.order(
            session, who, device_id, body.word, kernel.clock(), people=body.people
        )  # fmt: skip
        return OrderedOut.model_validate(made)
