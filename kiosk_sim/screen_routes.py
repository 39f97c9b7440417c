"""A device's screen, and what its reader and its camera see: real pictures, or the simulated hardware."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from app.formats.barcode import draw_png, readers
from kiosk_sim import pictures
from kiosk_sim.chip import Document
from kiosk_sim.declaring import BusyError
from kiosk_sim.face import Engine
from kiosk_sim.face.acting import Actor, obeying
from kiosk_sim.face.engine import decode
from kiosk_sim.face.quality import Say
from kiosk_sim.face.words import WORDS as FACE_WORDS
from kiosk_sim.program import AgentDep, DeviceDep
from kiosk_sim.spoken import COUNTERS, NAMED, SPOKEN
from kiosk_sim.words import LANGUAGES, WORDS

SCREEN = Path(__file__).parent / "screen"
MAX_PICTURE = 4 * 1024 * 1024
MOST_FRAMES = 60
"""Pictures of the simulated camera before it gives up: a check takes a dozen."""
MAX_FILE = 200_000
"""Characters of a chip's file in base64: a portrait has some thirty thousand."""
VIEW_SECONDS = 20.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; media-src 'self' blob:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


RECORDED = (*SPOKEN, *(f"{key}-{counter}" for key in NAMED for counter in COUNTERS))
router = APIRouter()


@router.get("/")
def first(agent: AgentDep) -> Response:
    return RedirectResponse(f"/{next(iter(agent.devices))}/")


@router.get("/health")
def health(agent: AgentDep) -> dict[str, Any]:
    return {"alive": True, "barcode_readers": list(readers()), "devices": sorted(agent.devices)}


@router.get("/{name}/")
def screen(device: DeviceDep) -> Response:
    del device
    return HTMLResponse((SCREEN / "screen.html").read_text(), headers=HEADERS)


@router.get("/{name}/setup")
def setup(device: DeviceDep, agent: AgentDep, request: Request) -> dict[str, Any]:
    """What the page needs once: words, devices, what lies on the tray."""
    credentials = device.service.credentials
    return {
        "name": credentials.name,
        "hall": credentials.hall,
        "kind": credentials.kind,
        "has_door": device.has_door,
        "devices": sorted(agent.devices),
        "languages": LANGUAGES,
        "words": {language: words | FACE_WORDS[language] for language, words in WORDS.items()},
        "tray": agent.tray.labels(),
        "policy": f"policy-{agent.reads}",
        "spoken": RECORDED,
        "staff": request.app.state.staff is not None,
    }


@router.get("/{name}/view")
async def view(device: DeviceDep, after: int = -1) -> dict[str, Any]:
    """What the screen shows; waits for something newer than ``after``."""
    return await device.view(after, VIEW_SECONDS)


@router.post("/{name}/passport/{index}", status_code=204)
async def passport(device: DeviceDep, agent: AgentDep, index: int) -> None:
    await device.place_passport(Document.of_item(agent.tray.item(index)))


@router.post("/{name}/phone/{index}", status_code=204)
async def phone(device: DeviceDep, agent: AgentDep, index: int) -> None:
    code = agent.tray.item(index).get("code")
    if not code:
        raise HTTPException(404)
    await device.show_picture(draw_png(code))


@router.post("/{name}/picture", status_code=204)
async def picture(device: DeviceDep, request: Request) -> None:
    await device.show_picture(await request.body())


@router.post("/{name}/frame")
async def frame(device: DeviceDep, request: Request) -> dict[str, str | None]:
    """A picture of the camera while a face is compared; what was said to it."""
    return {"says": await device.show_face(await request.body())}


@router.post("/{name}/scan", status_code=204)
async def scan(device: DeviceDep, request: Request) -> None:
    """A picture of the camera that may show a code; one without is no try."""
    await device.scan(await request.body())


@router.post("/{name}/live", status_code=204)
async def live(device: DeviceDep, request: Request) -> None:
    """A picture of the camera while an officer looks."""
    await device.show_live(await request.body())


@router.post("/{name}/stand/{index}", status_code=204)
async def stand(device: DeviceDep, agent: AgentDep, index: int) -> None:
    """The person of an item stands before the simulated camera. 404 for one of whom there is no picture."""
    if agent.faces is None:
        raise HTTPException(404)
    actor = await asyncio.to_thread(_actor, agent.faces, agent.tray.item(index))
    await device.agree_face()  # the simulated person says yes
    said: Say | None = Say.STRAIGHT
    for number in range(MOST_FRAMES):
        if said in (None, Say.DONE):
            return
        picture = await asyncio.to_thread(actor.jpeg, obeying(said, number))
        said = await device.show_face(picture)


def _actor(engine: Engine, item: Mapping[str, Any]) -> Actor:
    picture = pictures.find(item.get("face") or "")
    if picture is None:
        raise HTTPException(404)
    return Actor(engine, decode(picture))


@router.post("/{name}/agree-face", status_code=204)
async def agree_face(device: DeviceDep) -> None:
    """The traveller agrees that the camera compares."""
    await device.agree_face()


@router.post("/{name}/no-face", status_code=204)
async def no_face(device: DeviceDep) -> None:
    """The traveller wants no camera."""
    await device.without_face()


@router.post("/{name}/walk-by-face", status_code=204)
async def walk_by_face(device: DeviceDep) -> None:
    """The traveller wants to be known by the face at the gate; the code stays good."""
    await device.walk_by_face()


@router.post("/{name}/walk-by-code", status_code=204)
async def walk_by_code(device: DeviceDep) -> None:
    """The traveller who chose that does not want it any more."""
    await device.walk_by_code()


@router.post("/{name}/no-code", status_code=204)
async def no_code(device: DeviceDep) -> None:
    await device.without_code()


@router.post("/{name}/all-here", status_code=204)
async def all_here(device: DeviceDep) -> None:
    """Nobody else of the party comes."""
    await device.conclude()


@router.post("/{name}/declare-here", status_code=204)
async def declare_here(device: DeviceDep) -> None:
    await device.declare_here()


@router.post("/{name}/touched", status_code=204)
async def touched(device: DeviceDep) -> None:
    await device.touched()


class Walker(BaseModel):
    """Somebody with a passport (two lines of text; ``chip``: its files as on the tray) and perhaps a code's text."""

    passport: Annotated[str, Field(max_length=200)]
    code: Annotated[str | None, Field(max_length=3000)] = None
    chip: dict[str, Annotated[str, Field(max_length=MAX_FILE)]] | None = None

    def document(self) -> Document:
        """Raises a 422 for files that are none."""
        try:
            return Document.of_item({"mrz": self.passport, "chip": self.chip})
        except (ValueError, TypeError):
            raise HTTPException(422) from None


@router.post("/{name}/walk")
async def walk(device: DeviceDep, walker: Walker) -> dict[str, Any]:
    """The whole way at this device in one call, in its turn: what was said, and whether its door opened."""
    try:
        return await device.walk_up(walker.document(), walker.code)
    except BusyError:
        busy = "somebody stands at this device, or it is out of service; try again in a while"
        raise HTTPException(409, busy, {"Retry-After": "10"}) from None


@router.post("/{name}/reset", status_code=204)
async def reset(device: DeviceDep) -> None:
    await device.start_over()


@router.post("/{name}/language/{language}", status_code=204)
async def speak(device: DeviceDep, language: str) -> None:
    if language not in LANGUAGES:
        raise HTTPException(404)
    await device.speak(language)
