"""The lane beside the screen: its state, the key switch, and what can be made to happen to its simulated sensors."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from kiosk_sim.device import Device
from kiosk_sim.door import MOST_PEOPLE, Order, status
from kiosk_sim.staff import Staff
from kiosk_sim.staff_routes import Token
from kiosk_sim.walkway import Intent, Walkway


class Happening(StrEnum):
    """What somebody or something does to the lane."""

    PERSON = "person"
    REVERSE = "reverse"
    STANDS = "stands"
    LEAVES = "leaves"
    PUSH = "push"
    FIRE = "fire"
    FIRE_OVER = "fire-over"
    POWER_CUT = "power-cut"
    POWER_BACK = "power-back"
    FAULT = "fault"
    REPAIRED = "repaired"


def happen(walkway: Walkway, what: Happening) -> None:
    """Let it happen; the sensors see it at their next reading."""
    if what is Happening.PERSON:
        walkway.come()
    elif what is Happening.REVERSE:
        walkway.come(Intent.REVERSE)
    elif what in (Happening.STANDS, Happening.LEAVES):
        for walker in walkway.walkers:
            walker.intent = Intent.STAY if what is Happening.STANDS else Intent.THROUGH
    elif what is Happening.PUSH:
        walkway.push()
    elif what in (Happening.FIRE, Happening.FIRE_OVER):
        walkway.fire = what is Happening.FIRE
    elif what in (Happening.POWER_CUT, Happening.POWER_BACK):
        walkway.power = what is Happening.POWER_BACK
    elif what is Happening.FAULT:
        walkway.faults.add("motor")
    else:
        walkway.faults.clear()


class Turned(BaseModel):
    """The key at the lane: who has it is an officer of the hall."""

    order: Literal["pass", "refuse", "reset", "expect"]
    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] = 1


def the_lane(name: str, request: Request) -> Device:
    """The device of this name, where it has a door. Raises a 404."""
    device: Device | None = request.app.state.agent.devices.get(name)
    if device is None or not device.has_door:
        raise HTTPException(404)
    return device


LaneDep = Annotated[Device, Depends(the_lane)]
router = APIRouter(prefix="/{name}/lane")


@router.get("")
def show(device: LaneDep) -> dict[str, Any]:
    """What the lane does, where its leaf is, and who stands in it."""
    walkway = device.door.walkway
    walkers = [round(one.at, 2) for one in walkway.walkers]
    return {**status(device.door), "leaf": round(walkway.leaf, 2), "walkers": walkers}


def may_turn(request: Request, token: Token = "") -> None:
    """Who turns the key has opened the staff's menu, where there is one: a key of steel is not in everybody's hand
    either. Raises a 401.
    """
    staff: Staff | None = request.app.state.staff
    if staff is not None and not staff.admits(token):
        raise HTTPException(401)


@router.post("/key", dependencies=[Depends(may_turn)])
async def turn(device: LaneDep, turned: Turned) -> dict[str, bool]:
    """Turn the key; whether that changed anything."""
    return {"done": await device.order(Order(turned.order, turned.people))}


@router.post("/sensors/{what}", status_code=204)
async def sense(device: LaneDep, what: Happening) -> None:
    """Make something happen: the hardware, played. With real sensors this route, and what it plays with, is not there."""
    happen(device.door.walkway, what)
