"""The counter's page, for helpers while the line is down."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app.formats.barcode import PictureError
from kiosk_sim.counter import Checked
from kiosk_sim.desk_words import DO
from kiosk_sim.desk_words import WORDS as DESK_WORDS
from kiosk_sim.program import AgentDep, DeviceDep
from kiosk_sim.screen_routes import HEADERS, SCREEN
from kiosk_sim.words import LANGUAGES

router = APIRouter()


class Shown(BaseModel):
    """A code and the passport that it is shown with, at the counter; ``let_through``: the officer's decision."""

    code: Annotated[str, Field(max_length=3000)]
    passport: Annotated[str, Field(max_length=200)]
    let_through: bool = False


@router.post("/{name}/check")
def check(name: str, device: DeviceDep, agent: AgentDep, shown: Shown) -> Checked:
    """What can be said of a code without the service, by the list that this device holds."""
    del device
    counter, now = agent.counters[name], int(time.time())
    return counter.check(shown.code, shown.passport, now, let_through=shown.let_through)


@router.get("/{name}/counter/")
def counter_page(device: DeviceDep) -> Response:
    """The page of the counter: for helpers, while the line is down."""
    del device
    return HTMLResponse((SCREEN / "counter.html").read_text(), headers=HEADERS)


@router.get("/{name}/counter/setup")
def counter_setup(device: DeviceDep, agent: AgentDep) -> dict[str, Any]:
    """What that page needs once."""
    return {
        "name": device.service.credentials.name,
        "languages": LANGUAGES,
        "words": DESK_WORDS,
        "todo": DO,
        "tray": agent.tray.labels(),
    }


@router.get("/{name}/counter/state")
def counter_state(device: DeviceDep) -> dict[str, Any]:
    """Which list is gone by, and whether the service answers so that the kiosk serves."""
    trust = device.service.trust
    held = trust.current(int(time.time())) if trust else None
    listed = {"issued": held.iat, "next_update": held.next_update} if held else None
    return {"list": listed, "online": device.fault is None}


@router.post("/{name}/read")
async def read(device: DeviceDep, agent: AgentDep, request: Request) -> dict[str, str]:
    """The text of a code in a picture, for the counter. 422 where there is none."""
    del device
    try:
        return {"text": await agent.reader.read_async(await request.body())}
    except PictureError:
        raise HTTPException(422) from None


@router.get("/{name}/tray/{index}")
def tray_item(device: DeviceDep, agent: AgentDep, index: int) -> dict[str, Any]:
    """What the counter's simulated reader and camera make of an item."""
    del device
    item = agent.tray.item(index)
    return {"passport": item["mrz"], "code": item.get("code")}
