"""The whole way by the face: real networks, real devices, the real service and its database; only the camera is simulated."""

import asyncio
import random
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from kiosk_sim import device as module
from kiosk_sim import pictures
from kiosk_sim.chip import ChipReading, Document
from kiosk_sim.client import Credentials, Service
from kiosk_sim.device import Device
from kiosk_sim.door import Order
from kiosk_sim.face import station
from kiosk_sim.face.acting import Actor, Pose, obeying
from kiosk_sim.face.check import FaceCheck
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.handover import Walk
from kiosk_sim.face.quality import Say
from kiosk_sim.session import State
from tests.gate.world import ASTRID, Headers, World
from tests.kiosk_sim.test_device import CODE, settled
from tests.support.loop import run as run_to_end


class Line:
    """The test client without time-outs, which it does not know."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def get(self, path: str, *, timeout: float) -> Any:
        del timeout
        return self._client.get(path)

    def request(self, method: str, path: str, *, timeout: float, **more: Any) -> Any:
        del timeout
        return self._client.request(method, path, **more)


class Wired(Service):
    """The service as a device sees it, with the program at the other end of the call."""

    def __init__(self, client: TestClient, headers: Headers, kind: str) -> None:
        super().__init__("http://unused", Credentials("d", kind, kind, "Hall", "two-step", b""))
        self._http.close()
        self._http, self._headers = Line(client), headers  # type: ignore[assignment]

    def _access_token(self) -> str:
        return self._headers["Authorization"].removeprefix("Bearer ")


class Reader:
    """Reads the one code that is shown."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def read_async(self, picture: bytes) -> str:
        assert picture == CODE
        return self._text


class Chips:
    """A chip that was found genuine, with its picture."""

    def read(self, document: Document) -> ChipReading:
        del document
        return ChipReading("ok", {}, portrait())


def portrait() -> bytes:
    found = pictures.find(pictures.ASTRONAUT)
    assert found is not None
    return pictures.portrait_of(found)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(
        station,
        "FaceCheck",
        lambda engine, picture, _, faces: FaceCheck(engine, picture, random.Random(1), faces),
    )


@pytest.fixture
def hall(client: TestClient, database: Any, enrolled: Any) -> World:
    return World(client, database, enrolled, HallSteps.TWO, {"faces_at_lane": True})


async def at_the_camera(device: Device, actor: Actor) -> None:
    """Somebody who does what he is told, until nothing more is said."""
    said: Say | None = Say.STRAIGHT
    for number in range(20):
        said = await device.show_face(actor.jpeg(obeying(said, number)))
        if said in (None, Say.DONE):
            return


def devices(hall: World, engine: Engine, code: str) -> tuple[Device, Device]:
    kiosk = Device(
        Wired(hall.client, hall.kiosk, DeviceKind.KIOSK), Reader(code),  # type: ignore[arg-type]
        chips=Chips(), faces=engine,  # type: ignore[arg-type]
    )  # fmt: skip
    lane = Device(
        Wired(hall.client, hall.lane, DeviceKind.LANE), Reader(code), faces=engine  # type: ignore[arg-type]
    )  # fmt: skip
    return kiosk, lane


async def registered(kiosk: Device, lane: Device, actor: Actor) -> dict[str, Any]:
    """Through the kiosk with passport, face and code; the lane was there before."""
    await kiosk.probe()
    await lane.probe()
    await lane.order(Order("reset"))
    await lane._watch.refresh()
    await kiosk.place_passport(Document(ASTRID.mrz))
    await settled(kiosk)
    await kiosk.agree_face()
    assert kiosk.state is State.FACE
    await at_the_camera(kiosk, actor)
    await kiosk.show_picture(CODE)
    await settled(kiosk)
    return await kiosk.view(-1, 0)


def test_who_chose_the_face_walks_through_and_nothing_stays(
    hall: World, engine: Engine, actor: Actor
) -> None:
    code = hall.ready()

    async def scene() -> None:
        kiosk, lane = devices(hall, engine, code)
        seen = await registered(kiosk, lane, actor)
        assert (seen["said"], seen["walk"]) == ("registered", Walk.OFFERED)
        await kiosk.walk_by_face()
        assert (await kiosk.view(-1, 0))["walk"] is Walk.KEPT
        await lane._watch.refresh()
        assert (await lane.view(-1, 0))["looks"]
        for number in range(3):
            await lane.show_face(actor.jpeg(Pose(seed=10 + number)))
        await settled(lane)
        assert lane.shown.answer == "cleared"
        await lane._watch.refresh()
        assert lane._watch.sought == 0
        assert len(lane._watch._eye._gallery) == 0  # type: ignore[union-attr]

    run_to_end(scene())
    [stored] = hall.rows("select readings from presentation where registration_id is not null")
    assert stored.readings["face_score"] > 0.9
    assert stored.readings["face_threshold"] == 0.475
    [at_kiosk] = hall.rows("select readings from presentation where registration_id is null")
    assert at_kiosk.readings["face"] == "match"
    assert at_kiosk.readings["face_threshold"] == 0.4
    assert hall.rows("select count(*) from passage")[0][0] == 1
    assert hall.rows("select count(*) from sealed_face")[0][0] == 0


def test_who_did_not_choose_is_not_known(hall: World, engine: Engine, actor: Actor) -> None:
    code = hall.ready()

    async def scene() -> None:
        kiosk, lane = devices(hall, engine, code)
        await registered(kiosk, lane, actor)
        await lane._watch.refresh()
        for number in range(3):
            await lane.show_face(actor.jpeg(Pose(seed=number)))
        assert lane.state is State.WELCOME
        await lane.show_picture(CODE)
        await settled(lane)
        assert lane.shown.answer == "cleared", "the code is the rule"
        await asyncio.sleep(0)

    run_to_end(scene())
    assert hall.rows("select count(*) from sealed_face")[0][0] == 0
