"""A device shows an officer whoever was answered last, as long as he stands there, and nobody else."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from app.formats.credential.keys import CURVE, key_id, point
from app.formats.live_picture import unseal
from kiosk_sim import live
from kiosk_sim.chip import Document
from kiosk_sim.device import Device
from kiosk_sim.live import SIZE, smaller
from kiosk_sim.session import State
from tests.kiosk_sim.fakes import FakeService, lost, passport
from tests.kiosk_sim.test_device import CODE, FakeReader
from tests.support.loop import run as run_to_end

PAGE = ec.derive_private_key(11, CURVE)
ID = str(UUID(int=5))
ANNA, BERT = Document(passport(7).mrz), Document(passport(8).mrz)


def picture(width: int = 1280) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, width * 9 // 16), "navy").save(out, "JPEG")
    return out.getvalue()


def at_kiosk(
    scene: Callable[[Device], Awaitable[None]], answer: str = "counter", asks: bool = True
) -> FakeService:
    service = FakeService()
    service.answer = {"answer": answer, "id": ID}
    service.page = point(PAGE.public_key()) if asks else None

    async def run() -> None:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        await device.probe()
        await device.place_passport(ANNA)
        await device.show_picture(CODE)
        while device._tasks:
            await asyncio.gather(*device._tasks)
        await scene(device)

    run_to_end(run())
    return service


async def watched(device: Device, is_watched: bool) -> None:
    async with asyncio.timeout(20), device._waiters:
        await device._waiters.wait_for(lambda: device.live.is_watched is is_watched)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ASK_SECONDS", 0.01)


def test_a_small_picture_is_sealed_to_the_page_that_asks_and_the_screen_says_so() -> None:
    async def scene(device: Device) -> None:
        await watched(device, True)
        view = await device.view(-1, 0)
        assert (view["watched"], view["state"]) == (True, "result")
        await device.show_live(picture())
        await device.show_live(b"no picture")
        device.service.page = None  # type: ignore[attr-defined]
        await watched(device, False)
        await device.show_live(picture())
        assert (await device.view(-1, 0))["watched"] is False

    service = at_kiosk(scene)
    [(presentation, sealed)] = service.seen
    assert presentation == ID
    shown = Image.open(io.BytesIO(unseal(sealed, {key_id(PAGE.public_key()): PAGE}, UUID(ID))))
    assert shown.size == (480, 270)


def test_the_next_traveller_is_seen_by_nobody() -> None:
    async def scene(device: Device) -> None:
        await watched(device, True)
        await device.start_over()
        await device.show_live(picture())
        await device.place_passport(BERT)
        await device.show_live(picture())
        assert not device.live.is_watched
        assert device.state is State.CODE

    assert at_kiosk(scene).seen == []


def test_a_picture_that_is_made_while_its_traveller_goes_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(device: Device) -> None:
        await watched(device, True)
        loop = asyncio.get_running_loop()

        def gone(frame: bytes) -> bytes:
            asyncio.run_coroutine_threadsafe(device.start_over(), loop).result(20)
            return smaller(frame)

        monkeypatch.setattr(live, "smaller", gone)
        await device.show_live(picture())

    assert at_kiosk(scene).seen == []


@pytest.mark.parametrize("answer", ["registered", "cleared", "show-other-code"])
def test_nobody_is_asked_for_whom_no_officer_has_to_look_at(answer: str) -> None:
    async def scene(device: Device) -> None:
        assert device.live._task is None

    at_kiosk(scene, answer)


def test_where_nobody_asks_or_the_service_is_away_no_camera_is_on() -> None:
    async def scene(device: Device) -> None:
        asked, loop = asyncio.Event(), asyncio.get_running_loop()

        def away(presentation: str) -> dict[str, object]:
            del presentation
            loop.call_soon_threadsafe(asked.set)
            raise lost()

        device.service.live_wanted = away  # type: ignore[method-assign]
        await asyncio.wait_for(asked.wait(), 20)
        assert not (await device.view(-1, 0))["watched"]

    assert at_kiosk(scene, asks=False).seen == []


def test_a_picture_is_made_small_and_what_is_none_or_too_large_is_not_unpacked() -> None:
    assert Image.open(io.BytesIO(smaller(picture(4000)))).width <= SIZE[0]
    huge = io.BytesIO()
    Image.new("1", (5000, 5000)).save(huge, "PNG")
    for odd in (b"", b"\xff\xd8\xff", huge.getvalue()):
        with pytest.raises((OSError, ValueError)):
            smaller(odd)
