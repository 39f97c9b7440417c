"""Faces at the devices: the choice at the kiosk, the lane that knows somebody again, the pictures for an officer."""

import asyncio
import io
import time
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from app.formats.credential.keys import CURVE, point
from kiosk_sim import device as module
from kiosk_sim.chip import ChipReading, Document
from kiosk_sim.device import Device
from kiosk_sim.door import Order
from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.check import Result, Verdict
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.geometry import Numbers, unit
from kiosk_sim.face.handover import Handover, Walk
from kiosk_sim.face.walking import seal_for
from kiosk_sim.party import Fellow
from kiosk_sim.session import State
from tests.kiosk_sim.fakes import FakeService, credentials, lost, passport, refused
from tests.kiosk_sim.test_device import CODE, FakeReader, settled
from tests.support.loop import run as run_to_end

KEY = point(ec.derive_private_key(7, CURVE).public_key())
ME = unit(np.arange(1, 129, dtype=np.float32))
ID = str(UUID(int=1))
REGISTERED = {"answer": "registered", "id": ID, "party_left": 0}
MATCHED = Result(Verdict.MATCH, 0.71, 1, ME)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_SECONDS", 0.0)


def at_kiosk(
    service: FakeService, face: Result, *, chosen: bool = False, fellow: bool = False
) -> list[Walk | None]:
    """Somebody registers with that face; where the choice stood then, and after choosing."""
    stood: list[Walk | None] = []

    async def scene() -> None:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        await device.probe()
        await device.place_passport(Document(passport().mrz))
        device._turn.face = face
        device._turn.chip = ChipReading(portrait=jpeg())
        if fellow:
            device.party.add(Fellow("X", "Y", None, "2000-01-01"))
        await device.show_picture(CODE)
        await settled(device)
        stood.append((await device.view(-1, 0))["walk"])
        if chosen:
            await device.walk_by_face()
            stood.append((await device.view(-1, 0))["walk"])
        await device.start_over()
        assert device._handover._held is None
        assert (await device.view(-1, 0))["walk"] is None

    run_to_end(scene())
    return stood


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (413, 531), "grey").save(out, "JPEG")
    return out.getvalue()


def hall_with_lanes(answer: dict[str, object] = REGISTERED) -> FakeService:
    service = FakeService()
    service.answer = answer
    service.lane_keys = [KEY]
    return service


def test_nothing_is_handed_over_unless_it_is_chosen() -> None:
    service = hall_with_lanes()
    assert at_kiosk(service, MATCHED) == [Walk.OFFERED]
    assert service.kept == {}


def test_what_is_chosen_is_sealed_and_sent_once() -> None:
    service = hall_with_lanes()
    assert at_kiosk(service, MATCHED, chosen=True) == [Walk.OFFERED, Walk.KEPT]
    assert list(service.kept) == [ID]
    assert len(service.kept[ID]) == 1


def test_what_comes_when_its_traveller_has_gone_is_offered_to_nobody() -> None:
    """Neither the choice, once the lanes' keys are there, nor what became of a choice that was made."""
    service = hall_with_lanes()
    handover = Handover(service)
    keys, keep = service.face_keys, service.keep_face

    def gone_while_asked() -> Any:
        handover.clear()
        return keys()

    def gone_while_kept(*sent: Any) -> None:
        handover.clear()
        keep(*sent)

    async def scene() -> None:
        service.face_keys = gone_while_asked  # type: ignore[method-assign]
        await handover.offer(REGISTERED, MATCHED, alone=True)
        assert handover.walk is None
        await handover.choose()
        assert service.kept == {}
        service.face_keys = keys  # type: ignore[method-assign]
        service.keep_face = gone_while_kept  # type: ignore[method-assign]
        await handover.offer(REGISTERED, MATCHED, alone=True)
        assert handover.walk is Walk.OFFERED
        await handover.choose()
        assert handover.walk is None

    run_to_end(scene())


def test_where_the_service_does_not_take_it_the_code_is_named() -> None:
    service = hall_with_lanes()
    service.refuses = refused(409)
    assert at_kiosk(service, MATCHED, chosen=True) == [Walk.OFFERED, Walk.CODE]


def test_what_was_chosen_is_taken_back_as_often_as_it_takes_and_not_again() -> None:
    service = hall_with_lanes()
    stood: list[Walk | None] = []

    async def scene() -> None:
        handover = Handover(service)
        await handover.offer(REGISTERED, MATCHED, alone=True)
        await handover.take_back()
        assert handover.walk is Walk.OFFERED, "nothing was chosen"
        await handover.choose()
        for refuses in (lost(), None, None):
            service.refuses = refuses
            await handover.take_back()
            stood.append(handover.walk)
        await handover.choose()
        assert handover.walk is Walk.TAKEN_BACK

    run_to_end(scene())
    assert stood == [Walk.STILL_KEPT, Walk.TAKEN_BACK, Walk.TAKEN_BACK]
    assert service.kept == {}


def test_a_choice_whose_answer_was_lost_can_be_taken_back() -> None:
    service = hall_with_lanes()
    keep = service.keep_face

    def kept_and_lost(*sent: Any) -> None:
        keep(*sent)
        raise lost()

    async def scene() -> None:
        service.keep_face = kept_and_lost  # type: ignore[method-assign]
        handover = Handover(service)
        await handover.offer(REGISTERED, MATCHED, alone=True)
        await handover.choose()
        assert (handover.walk, list(service.kept)) == (Walk.STILL_KEPT, [ID])
        await handover.take_back()
        assert (handover.walk, service.kept) == (Walk.TAKEN_BACK, {})

    run_to_end(scene())


def test_the_screen_takes_back_what_its_traveller_has_chosen_and_nobody_elses() -> None:
    service = hall_with_lanes()

    async def scene() -> None:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        await device.probe()
        await device.place_passport(Document(passport().mrz))
        device._turn.face = MATCHED
        await device.show_picture(CODE)
        await settled(device)
        await device.walk_by_face()
        before = device._deadline
        assert list(service.kept) == [ID]
        await device.walk_by_code()
        assert device._deadline > before, "there is time to read what became of it"
        assert (await device.view(-1, 0))["walk"] == Walk.TAKEN_BACK
        assert service.kept == {}
        await device.start_over()
        await device.walk_by_code()
        assert device.state is State.WELCOME

    run_to_end(scene())


@pytest.mark.parametrize(
    "face",
    [
        Result(Verdict.NOT_CHECKED),
        Result(Verdict.LOOK, 0.35, 1, ME),
        Result(Verdict.NO_MATCH, 0.1, 3, ME),
    ],
)
def test_only_a_face_that_matched_is_asked(face: Result) -> None:
    assert at_kiosk(hall_with_lanes(), face) == [None]


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": "counter", "counter": "A", "id": ID},
        {"answer": "refer", "counter": "A", "id": ID},
    ],
)
def test_only_who_is_registered_is_asked(answer: dict[str, object]) -> None:
    assert at_kiosk(hall_with_lanes(answer), MATCHED) == [None]


def test_whoever_travels_with_others_is_not_asked() -> None:
    assert at_kiosk(hall_with_lanes(), MATCHED, fellow=True) == [None]


def test_a_hall_without_lanes_that_know_faces_asks_nobody() -> None:
    service = FakeService()
    service.answer = REGISTERED
    assert at_kiosk(service, MATCHED) == [None]


def test_a_doubtful_face_goes_to_the_officer_and_no_other() -> None:
    for face, is_sent in (
        (Result(Verdict.LOOK, 0.35, 1, ME, jpeg()), True),
        (MATCHED, False),
        (Result(Verdict.NO_MATCH, 0.1, 3, ME), False),
    ):
        service = hall_with_lanes({"answer": "counter", "counter": "A", "id": ID})
        at_kiosk(service, face)
        assert (ID in service.pictures) is is_sent
        for picture in service.pictures.get(ID, ()):
            assert len(picture) < 40_000


def at_lane(
    service: FakeService, engine: Engine, frames: list[bytes], face: Numbers | None
) -> Device:
    """A lane in service that was told of a face, before which somebody stands."""

    async def scene() -> Device:
        device = Device(service, FakeReader(), faces=engine)  # type: ignore[arg-type]
        await device.probe()
        device._key_turned = True
        await device.probe()
        await device._watch.refresh()
        if face is not None:
            service.kept[ID] = seal_for(service.lane_keys, face, UUID(ID), int(time.time()))
            await device._watch.refresh()
        for frame in frames:
            await device.show_face(frame)
        await settled(device)
        return device

    return run_to_end(scene())


def lane_service(answer: object) -> FakeService:
    service = FakeService(credentials("lane", name="lane-1"))
    service.answer = answer  # type: ignore[assignment]
    return service


@pytest.fixture(scope="module")
def frames(actor: Actor) -> list[bytes]:
    return [actor.jpeg(Pose(seed=number)) for number in range(3)]


CLEARED = {"answer": "cleared", "id": str(UUID(int=2))}


def test_a_lane_opens_for_whom_it_knows_and_the_service_clears(
    engine: Engine, frames: list[bytes], astronaut: bytes
) -> None:
    service = lane_service(CLEARED)
    device = at_lane(service, engine, frames, engine.portrait(astronaut))
    assert device.shown.answer == "cleared"
    assert service.passed == [CLEARED["id"]]
    [sent] = service.presented
    assert sent["registration"] == ID
    assert sent["readings"]["face_score"] > 0.9


def test_a_lane_that_does_not_know_somebody_asks_for_the_code(
    engine: Engine, frames: list[bytes]
) -> None:
    service = lane_service(CLEARED)
    device = at_lane(service, engine, frames, ME)
    assert service.presented == []
    assert device.state is State.WELCOME
    assert device._says() == "walk-code"


def test_a_lane_that_seeks_nobody_looks_at_nobody(engine: Engine, frames: list[bytes]) -> None:
    service = lane_service(CLEARED)
    device = at_lane(service, engine, frames, None)
    assert (service.presented, device._says()) == ([], None)


def test_whoever_was_forgotten_meanwhile_is_asked_for_the_code(
    engine: Engine, frames: list[bytes], astronaut: bytes
) -> None:
    unknown = refused(409)
    unknown.code = "face-unknown"
    service = lane_service(unknown)
    device = at_lane(service, engine, frames, engine.portrait(astronaut))
    assert device.shown.answer == "walk-code"
    assert service.passed == []


def test_a_lane_without_its_service_knows_nobody(engine: Engine, frames: list[bytes]) -> None:
    service = lane_service(lost())

    async def scene() -> int:
        device = Device(service, FakeReader(), faces=engine)  # type: ignore[arg-type]
        await device._watch.refresh()
        device._watch.sought = 5
        service.trouble = lost()
        await device._watch.refresh()
        return device._watch.sought

    assert run_to_end(scene()) == 0


def looking(engine: Engine, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Device:
    """A lane that has opened one face; its clocks are quick and do not ask the service again."""
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    return Device(service, FakeReader(), faces=engine)  # type: ignore[arg-type]


async def opened(device: Device, service: FakeService) -> None:
    await device.probe()
    await device.order(Order("reset"))
    await device._watch.refresh()
    service.kept[ID] = seal_for(service.lane_keys, ME, UUID(ID), int(time.time()))
    await device._watch.refresh()
    device._watch._refresh_at = time.monotonic() + 3600
    assert held(device) == (1, 1)


def held(device: Device) -> tuple[int, int]:
    """Faces and private keys in the memory of a lane."""
    eye = device._watch._eye
    assert eye
    return len(eye._gallery), len(eye._keys.private())


async def some_time(device: Device) -> None:
    run = asyncio.create_task(device.run())
    await asyncio.sleep(0.1)
    run.cancel()


def test_a_lane_out_of_service_keeps_neither_faces_nor_keys(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = lane_service({"answer": "cleared", "id": ID})
    device = looking(engine, service, monkeypatch)

    async def scene() -> None:
        await opened(device, service)
        await device.lose_contact()
        await some_time(device)

    run_to_end(scene())
    assert held(device) == (0, 0)
    assert device._watch.sought == 0


def test_in_any_state_a_face_is_gone_after_its_hour(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = lane_service({"answer": "cleared", "id": ID})
    device = looking(engine, service, monkeypatch)

    async def scene() -> None:
        await opened(device, service)
        device.state = State.RESULT
        await some_time(device)
        assert held(device) == (1, 1), "not before"
        assert device._watch._eye
        device._watch._eye._clock = lambda: time.time() + 3601
        await some_time(device)

    run_to_end(scene())
    assert held(device)[0] == 0
    assert device._watch.sought == 0


def test_an_answer_that_comes_when_the_lane_has_gone_out_of_service_is_forgotten(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = lane_service({"answer": "cleared", "id": ID})
    device = looking(engine, service, monkeypatch)
    answer = service.sought_faces

    def late(since: str | None) -> dict[str, Any]:
        device._watch.keep(in_service=False)
        return answer(None)

    async def scene() -> None:
        await opened(device, service)
        monkeypatch.setattr(service, "sought_faces", late)
        await device._watch.refresh()

    run_to_end(scene())
    assert held(device) == (0, 0)
