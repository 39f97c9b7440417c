"""The staff's menu over HTTP: a token in a header, got by the PIN; nothing is kept in the browser."""

from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from kiosk_sim.door import Order
from kiosk_sim.program import AgentDep, DeviceDep
from kiosk_sim.screen_routes import HEADERS, SCREEN
from kiosk_sim.staff import LONGEST, Staff, condition
from kiosk_sim.words import LANGUAGE, WORDS

Token = Annotated[str, Header(alias="X-Staff", max_length=100)]
router = APIRouter(prefix="/{name}/staff")


class Entry(BaseModel):
    """What was typed."""

    pin: Annotated[str, Field(max_length=LONGEST)]


class Wish(BaseModel):
    """What the staff wants of a device."""

    do: Literal["close", "open", "start-over", "reset-lane"]


def the_staff(request: Request) -> Staff:
    """Raises a 404 where no PIN was set: then there is no menu."""
    staff: Staff | None = request.app.state.staff
    if staff is None:
        raise HTTPException(404)
    return staff


StaffDep = Annotated[Staff, Depends(the_staff)]


def may_look(staff: StaffDep, token: Token = "") -> None:
    """Raises a 401 without a token that stands."""
    if not staff.admits(token, acts=False):
        raise HTTPException(401)


def may_act(staff: StaffDep, token: Token = "") -> None:
    """Likewise; acting keeps the menu open."""
    if not staff.admits(token):
        raise HTTPException(401)


@router.get("/")
def page(device: DeviceDep, staff: StaffDep) -> Response:
    """The page of the menu."""
    del device, staff
    return HTMLResponse((SCREEN / "staff.html").read_text(), headers=HEADERS)


@router.post("/enter")
def enter(device: DeviceDep, staff: StaffDep, entry: Entry) -> dict[str, str]:
    """The token for a PIN. 403 for a wrong one, 429 with the seconds to wait where too many came."""
    name = device.service.credentials.name
    token = staff.enter(entry.pin, name)
    if token is None:
        if wait := ceil(staff.wait(name)):
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        raise HTTPException(403)
    return {"token": token}


@router.post("/leave", status_code=204)
def leave(staff: StaffDep, token: Token = "") -> None:
    staff.leave(token)


@router.get("/condition", dependencies=[Depends(may_look)])
def show(device: DeviceDep, agent: AgentDep) -> dict[str, Any]:
    """How the device is; ``state`` in words beside its key."""
    told = condition(device, agent.reads)
    return {**told, "says": WORDS[LANGUAGE].get(told["state"], told["state"])}


@router.post("/do", dependencies=[Depends(may_act)])
async def do(device: DeviceDep, wish: Wish) -> dict[str, bool]:
    """Do it; whether that changed anything."""
    if wish.do in ("close", "open"):
        return {"done": await device.set_closed(closed=wish.do == "close")}
    if wish.do == "start-over":
        await device.start_over()
        return {"done": True}
    return {"done": device.has_door and await device.order(Order("reset"))}
