"""Halls and their lanes: what each is doing, the supervisor's switch, officers' orders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.formats.lane import LaneWord
from app.gate import halls, lanes
from app.gate.models import HallMode
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.web.console.view import show
from app.web.forms import FormDep

router = APIRouter()

QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
OrderDep = Annotated[SignedIn, Depends(require(Permission.ORDER_LANE))]
SupervisorDep = Annotated[SignedIn, Depends(require(Permission.SWITCH_HALL))]


@router.get("/halls")
def page(who: QueueDep, kernel: KernelDep) -> Response:
    """The halls of the site."""
    return _shown("halls.html", who, kernel)


@router.get("/fragments/halls")
def fragment(who: QueueDep, kernel: KernelDep) -> Response:
    """The halls alone."""
    return _shown("halls-fragment.html", who, kernel)


def _shown(template: str, who: SignedIn, kernel: Kernel) -> Response:
    with kernel.database.read() as session:
        found = lanes.read_halls(session, who.site)
    return show(
        template, kernel, who,
        {"section": "halls", "halls": found, "modes": HallMode, "most": lanes.MOST_PEOPLE},
    )  # fmt: skip


@router.post("/halls/{hall_id}/mode")
def switch(hall_id: UUID, form: FormDep, who: SupervisorDep, kernel: KernelDep) -> Response:
    """The supervisor's switch."""
    if form.text("mode") not in set(HallMode):
        raise InvalidError(fields=[FieldProblem("/body/mode", "mode")])
    with kernel.database.transaction() as session:
        mode = HallMode(form.text("mode"))
        halls.switch_mode(session, who.actor, who.site, hall_id, mode, kernel.clock())
    back = "overview" if form.text("back") == "overview" else "halls"
    return RedirectResponse(f"/console/{back}", 303)


@router.post("/lanes/{device_id}/order")
def order(device_id: UUID, form: FormDep, who: OrderDep, kernel: KernelDep) -> Response:
    """Let somebody through, send them away, or bring a lane back into service."""
    word, people = form.text("word"), form.text("people") or "1"
    if word not in set(LaneWord) or people not in map(str, range(1, lanes.MOST_PEOPLE + 1)):
        raise InvalidError(fields=[FieldProblem("/body/word", "word")])
    with kernel.database.transaction() as session:
        lanes.order(session, who, device_id, LaneWord(word), kernel.clock(), people=int(people))
    return RedirectResponse("/console/halls", 303)
