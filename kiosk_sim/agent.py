"""``egate kiosk``: serves the screens of simulated devices on its own loopback port."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from app.formats.barcode import PictureError, Reader, draw_png, readers
from app.formats.credential import public_key
from app.formats.credential.claims import MAX_GOODS
from app.formats.passport import UntrustedError
from kiosk_sim import pictures
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Credentials, Service
from kiosk_sim.counter import Checked, Counter
from kiosk_sim.desk_words import DO
from kiosk_sim.desk_words import WORDS as DESK_WORDS
from kiosk_sim.device import BusyError, Device
from kiosk_sim.face import Engine, FaceUnavailableError, WeightsError, load_engine
from kiosk_sim.face.acting import Actor, obeying
from kiosk_sim.face.engine import decode
from kiosk_sim.face.quality import Say
from kiosk_sim.face.words import WORDS as FACE_WORDS
from kiosk_sim.journal import Journal
from kiosk_sim.lane_routes import router as lane_router
from kiosk_sim.party import Fellow
from kiosk_sim.trust import Seen, TrustStore
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


class Tray:
    """Passports and phones that a visitor of the simulator can pick up: a JSON file, read afresh.

    Each item: ``label``, ``mrz`` (two lines), ``chip`` (its files, or absent), ``code`` (the text on the phone, or
    null) and ``face`` (the name of the person's picture, or absent).
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def items(self) -> list[dict[str, Any]]:
        """All items; an absent or half-written file is an empty tray."""
        try:
            found = json.loads(self._path.read_text()) if self._path else []
        except (OSError, ValueError):
            return []
        return found if isinstance(found, list) else []

    def labels(self) -> list[dict[str, Any]]:
        """What a page shows of the tray: no document."""
        return [
            {
                "label": item["label"],
                "phone": bool(item.get("code")),
                "face": bool(item.get("face")),
            }
            for item in self.items()
        ]

    def item(self, index: int) -> dict[str, Any]:
        """One item. Raises a 404."""
        items = self.items()
        if not 0 <= index < len(items):
            raise HTTPException(404)
        return items[index]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where lanes keep what happened, by the device's name. A lane starts stopped; ``keys_turned``: staff have turned
    the key of each.
    """

    journals: Mapping[str, Journal] = field(default_factory=dict)
    keys_turned: bool = False


NO_LANES = Lanes()


class Agent:
    """The devices of this program, the tray beside them, and the counter for when the line is down.

    ``chips``: the authorities by which passports are verified; None for devices that read no chips. ``faces``: None
    for devices that compare none.
    """

    def __init__(
        self,
        services: Sequence[Service],
        tray: Tray,
        seen: Seen | None = None,
        chips: ChipReader | None = None,
        faces: Engine | None = None,
        lanes: Lanes = NO_LANES,
    ) -> None:
        self.tray = tray
        self._lanes = lanes
        self.chips, self.faces = chips, faces
        self.counters: dict[str, Counter] = {}
        self._seen = seen or Seen()
        self.devices: dict[str, Device] = {}
        self._services = services

    @property
    def reads(self) -> str:
        """What is read beside codes and lines: ``none``, ``chip``, or ``face`` as well."""
        if self.chips is None:
            return "none"  # a face is compared with the picture in a chip
        return "chip" if self.faces is None else "face"

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """The life of the program: reader and devices are up."""
        del app
        with Reader() as self.reader:
            reader = self.reader
            for service in self._services:
                name = service.credentials.name
                self.devices[name] = Device(
                    service, reader, chips=self.chips, faces=self.faces,
                    journal=self._lanes.journals.get(name), key_turned=self._lanes.keys_turned,
                )  # fmt: skip
                self.counters[name] = Counter(service.trust, self._seen)
            await asyncio.gather(*(device.probe() for device in self.devices.values()))
            runs = [asyncio.create_task(device.run()) for device in self.devices.values()]
            runs.append(asyncio.create_task(_warm(reader)))
            runs += [
                asyncio.create_task(device.door.run())
                for device in self.devices.values()
                if device.has_door
            ]
            yield
            for run in runs:
                run.cancel()
        for service in self._services:
            service.close()


async def _warm(reader: Reader) -> None:
    """Start the reader's process now: the first traveller should not wait for it."""
    with suppress(PictureError):
        await reader.read_async(draw_png("WARM"))


def the_agent(request: Request) -> Agent:
    agent: Agent = request.app.state.agent
    return agent


AgentDep = Annotated[Agent, Depends(the_agent)]


def the_device(name: str, agent: AgentDep) -> Device:
    """The device of this name. Raises a 404."""
    if name not in agent.devices:
        raise HTTPException(404)
    return agent.devices[name]


DeviceDep = Annotated[Device, Depends(the_device)]
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
def setup(device: DeviceDep, agent: AgentDep) -> dict[str, Any]:
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


@router.post("/{name}/stand/{index}", status_code=204)
async def stand(device: DeviceDep, agent: AgentDep, index: int) -> None:
    """The person of an item stands before the simulated camera. 404 for one of whom there is no picture."""
    if agent.faces is None:
        raise HTTPException(404)
    actor = await asyncio.to_thread(_actor, agent.faces, agent.tray.item(index))
    said: Say | None = Say.STRAIGHT
    for number in range(MOST_FRAMES):
        if said is None:
            return
        picture = await asyncio.to_thread(actor.jpeg, obeying(said, number))
        said = await device.show_face(picture)


def _actor(engine: Engine, item: Mapping[str, Any]) -> Actor:
    picture = pictures.find(item.get("face") or "")
    if picture is None:
        raise HTTPException(404)
    return Actor(engine, decode(picture))


@router.post("/{name}/no-face", status_code=204)
async def no_face(device: DeviceDep) -> None:
    """The traveller wants no camera."""
    await device.without_face()


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


@router.get("/{name}/form")
async def form(device: DeviceDep, language: Annotated[str, Query(max_length=20)]) -> dict[str, Any]:
    """What the screen asks somebody who declares here."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    try:
        return await device.form(language)
    except BusyError:
        raise HTTPException(409) from None


class Line(BaseModel):
    """Goods of one kind; ``value`` in minor units."""

    category: Annotated[str, Field(max_length=40)]
    description: Annotated[str | None, Field(max_length=40)] = None
    quantity: Annotated[int, Field(ge=1, le=10**9)]
    value: Annotated[int, Field(ge=0, le=10**12)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Basket(BaseModel):
    """Goods whose duty is estimated for whoever declares here."""

    questionnaire: Annotated[str, Field(max_length=40)]
    language: Annotated[str, Field(max_length=20)]
    goods: Annotated[list[Line], Field(max_length=MAX_GOODS)]


class Person(BaseModel):
    """Somebody of the party, as typed: letters as the passport has them, 00 for what it leaves open."""

    surname: Annotated[str, Field(min_length=1, max_length=39)]
    given_names: Annotated[str, Field(max_length=39)] = ""
    document_number: Annotated[str | None, Field(pattern="^[A-Z0-9]{1,20}$")] = None
    birth_date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


@router.post("/{name}/party", status_code=204)
async def join(device: DeviceDep, person: Person) -> None:
    """Somebody without a passport that the reader takes declares with the traveller."""
    await device.join(Fellow(**person.model_dump()))


@router.delete("/{name}/party/{index}", status_code=204)
async def part(device: DeviceDep, index: int) -> None:
    await device.part(index)


@router.post("/{name}/estimate")
async def estimate(device: DeviceDep, basket: Basket) -> dict[str, Any]:
    """What these goods are estimated to cost; empty where nothing can be said."""
    try:
        return await device.estimate(basket.model_dump())
    except BusyError:
        raise HTTPException(409) from None


class Answers(BaseModel):
    """What was answered and certified on the screen."""

    questionnaire: Annotated[str, Field(max_length=40)]
    language: Annotated[str, Field(max_length=20)]
    flight: Annotated[str, Field(max_length=10)]
    purpose: Annotated[str, Field(max_length=40)]
    answers: Annotated[dict[str, bool], Field(max_length=64)]
    goods: Annotated[list[Line], Field(max_length=MAX_GOODS)] = []
    bags: Annotated[int | None, Field(ge=0, le=99)] = None
    stay_nights: Annotated[int | None, Field(ge=0, le=3660)] = None
    certified: Literal[True]


@router.post("/{name}/declare", status_code=204)
async def declare(device: DeviceDep, answers: Answers) -> None:
    await device.declare(answers.model_dump())


@router.post("/{name}/not-here", status_code=204)
async def not_here(device: DeviceDep) -> None:
    """The form does not fit this traveller: somebody at the counter helps."""
    await device.declare(None)


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
        busy = "somebody stands at this device; try again in a while"
        raise HTTPException(409, busy, {"Retry-After": "10"}) from None


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


@router.post("/{name}/reset", status_code=204)
async def reset(device: DeviceDep) -> None:
    await device.start_over()


@router.post("/{name}/language/{language}", status_code=204)
async def speak(device: DeviceDep, language: str) -> None:
    if language not in LANGUAGES:
        raise HTTPException(404)
    await device.speak(language)


def create_agent(
    services: Sequence[Service],
    tray: Tray,
    hosts: Sequence[str],
    seen: Seen | None = None,
    chips: ChipReader | None = None,
    faces: Engine | None = None,
    lanes: Lanes = NO_LANES,
) -> FastAPI:
    """The simulator's HTTP program over its devices."""
    agent = Agent(services, tray, seen, chips, faces, lanes)
    app = FastAPI(
        lifespan=agent.running, openapi_url=None, docs_url=None, redoc_url=None,
        max_body_size=MAX_PICTURE,
    )  # fmt: skip
    app.state.agent = agent
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.mount("/screen", StaticFiles(directory=SCREEN), name="screen")
    app.include_router(router)
    app.include_router(lane_router)
    return app


@dataclass(frozen=True, slots=True)
class Options:
    """How ``egate kiosk`` runs. ``authorities``: certificates or a master list by which chips are verified;
    ``keys_turned``: staff have taken the lanes into service.
    """

    server: str
    credentials: Sequence[Path]
    host: str = "127.0.0.1"
    port: int = 8010
    tray: Path | None = None
    authorities: Path | None = None
    revoked: Sequence[Path] = ()
    keys_turned: bool = False


def main(options: Options) -> int:
    """Run until stopped. 2 when a file of credentials or of authorities cannot be read."""
    services, journals = [], {}
    for path in options.credentials:
        try:
            services.append(service := _service(options.server, path))
            journals[service.credentials.name] = Journal(path.with_suffix(".journal"))
        except (OSError, ValueError, KeyError, TypeError):
            sys.stderr.write(f"{path}: no file of a device's credentials; enrol the device again\n")
            return 2
    chips = None
    if options.authorities is not None:
        try:
            chips = ChipReader.load(options.authorities, options.revoked)
        except OSError as error:
            sys.stderr.write(f"{error.filename}: cannot be read\n")
            return 2
        except UntrustedError as error:
            sys.stderr.write(f"{options.authorities}: no authorities to go by ({error.code})\n")
            return 2
    faces = None
    try:
        faces = load_engine()
    except FaceUnavailableError as error:
        sys.stderr.write(f"faces are not compared: {error}\n")
    except WeightsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    seen = Seen(options.credentials[0].with_suffix(".seen"))
    seen.load(int(time.time()))
    hosts = ["127.0.0.1", "localhost"] if options.host.startswith("127.") else ["*"]
    uvicorn.run(
        create_agent(
            services,
            Tray(options.tray),
            hosts,
            seen,
            chips,
            faces,
            Lanes(journals, options.keys_turned),
        ),
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return 0


def _service(server: str, path: Path) -> Service:
    """The service as the device of these credentials sees it, with the list that it kept."""
    credentials = Credentials.load(path)
    if not credentials.root:
        return Service(server, credentials)
    trust = TrustStore(public_key(credentials.root), path.with_suffix(".trust"))
    trust.load(int(time.time()))
    return Service(server, credentials, trust)
