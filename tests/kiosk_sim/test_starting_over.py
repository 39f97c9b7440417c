"""Beginning anew gives nobody new tries, tells nobody's trouble to nobody, and does not last for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.formats import mrz
from kiosk_sim import device as module
from kiosk_sim import tries
from kiosk_sim.allowance import SESSION_SECONDS, Allowance
from kiosk_sim.chip import ChipReading, Document
from kiosk_sim.device import Device
from kiosk_sim.face import Result, Step
from kiosk_sim.face.check import Faces, Verdict
from kiosk_sim.face.quality import Say
from kiosk_sim.face.station import Station
from kiosk_sim.session import State
from kiosk_sim.tries import KNOWN_SECONDS, UNKNOWN_SECONDS, Memory
from tests.kiosk_sim.fakes import FakeService, lost, passport
from tests.kiosk_sim.test_device import CODE, FakeReader, settled
from tests.support.loop import run as run_to_end

ANNA, BERT = Document(passport(7).mrz), Document(passport(8).mrz)
SPOILT = Document("P<GBR")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def zone(document: Document) -> mrz.Mrz:
    return mrz.parse(document.mrz, datetime.now(UTC).date())


class Chips:
    def __init__(self, told: str = "ok") -> None:
        self.told = told

    def read(self, document: Document) -> ChipReading:
        del document
        return ChipReading(self.told, {}, b"a portrait")


class Camera(Station):
    """Every frame is a comparison that fails, as :class:`kiosk_sim.face.FaceCheck` counts them."""

    def __init__(self, verdict: Verdict = Verdict.NO_MATCH) -> None:
        super().__init__(None)
        self.verdict, self.faces = verdict, Faces()
        self.here = False

    async def begin(
        self, zone: Any, portrait: bytes | None, today: Any, faces: Faces | None = None
    ) -> bool:
        del zone, portrait, today
        assert faces is not None
        self.faces, self.here = faces, not faces.is_over
        return self.here

    async def take(self, frame: bytes) -> Step | None:
        del frame
        self.faces.count, self.faces.score = self.faces.count + 1, 0.1
        self.faces.is_doubtful = self.verdict is Verdict.LOOK
        is_over = self.faces.is_over
        return Step(Say.DONE if is_over else Say.AGAIN, self.faces.so_far() if is_over else None)

    def give_up(self) -> Result | None:
        return self.faces.so_far() if self.here else None

    def clear(self) -> None:
        self.here = False


def at_kiosk(
    scene: Callable[[Device], Awaitable[None]],
    service: FakeService,
    *,
    camera: Camera | None = None,
    chips: Chips | None = None,
) -> Device:
    async def run() -> Device:
        device = Device(service, FakeReader(), chips=chips or Chips())  # type: ignore[arg-type]
        if camera:
            device._station = camera
        await device.probe()
        await scene(device)
        await settled(device)
        return device

    return run_to_end(run())


# --- tries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tried", [1, 2, 3])
def test_three_comparisons_hold_for_a_passport_however_often_its_holder_begins_anew(
    tried: int,
) -> None:
    service, compared = FakeService(), 0

    async def scene(device: Device) -> None:
        nonlocal compared
        for _ in range(5):
            await device.place_passport(ANNA)
            await device.agree_face()
            for _ in range(tried):
                if device.state is not State.FACE:
                    break
                await device.show_face(b"a frame")
                compared += 1
            await device.start_over()
            await settled(device)
        await device.place_passport(ANNA)
        assert device.state is State.CODE, "no camera any more"
        await device.show_picture(CODE)

    at_kiosk(scene, service, camera=Camera())
    assert compared == 3
    told = [one["readings"] for one in service.presented]
    assert {one["face"] for one in told} == {"no-match"}
    assert (told[-1]["face_tries"], told[-1]["face_score"]) == (3, 0.1)
    assert told[0].get("face_end") == ("left" if tried < 3 else None)


def test_a_doubtful_face_is_an_officers_and_no_other_try_betters_it() -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        await device.agree_face()
        await device.show_face(b"a frame")
        await device.start_over()
        await device.place_passport(ANNA)
        assert device.state is State.CODE
        await device.without_code()

    at_kiosk(scene, service, camera=Camera(Verdict.LOOK))
    assert [one["readings"]["face"] for one in service.presented] == ["look", "look"]


def test_another_passport_has_its_own_tries() -> None:
    async def scene(device: Device) -> None:
        for document in (ANNA, BERT):
            for _ in range(2):
                await device.place_passport(document)
                await device.agree_face()
                assert device.state is State.FACE
                await device.show_face(b"a frame")
                await device.start_over()

    at_kiosk(scene, FakeService(), camera=Camera())


def test_three_codes_that_cannot_be_read_are_three_over_two_sessions() -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        for _ in range(2):
            await device.show_picture(b"lunch")
        await device.start_over()
        await device.place_passport(ANNA)
        await device.show_picture(b"lunch")

    at_kiosk(scene, service)
    [sent] = service.presented
    assert (sent["credential"], sent["readings"]["tries"]) == (None, 4)


def test_three_pages_that_cannot_be_read_call_a_person_also_over_two_sessions() -> None:
    seen = []

    async def scene(device: Device) -> None:
        for _ in range(2):
            await device.place_passport(SPOILT)
        await device.start_over()
        await device.place_passport(SPOILT)
        seen.append(device.state)
        await device.start_over()
        await device.place_passport(ANNA)
        await device.start_over()
        await device.place_passport(SPOILT)
        seen.append(device.state)

    at_kiosk(scene, FakeService())
    assert seen == [State.HELP, State.PASSPORT_TRY_AGAIN], "one that is read begins it anew"


def test_what_the_service_has_answered_begins_anew_but_for_the_face() -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        for _ in range(2):
            await device.place_passport(ANNA)
            for _ in range(2):
                await device.show_picture(b"lunch")
            await device.show_picture(CODE)
            await settled(device)
            await device.start_over()

    at_kiosk(scene, service)
    assert [one["readings"]["tries"] for one in service.presented] == [3, 3]


def test_tries_are_remembered_for_an_hour_by_a_hash_that_nobody_else_can_make() -> None:
    clock = Clock()
    memory, other = Memory(clock), Memory(clock)
    memory.of(zone(ANNA)).faces.count = 2
    other.of(zone(ANNA))
    clock.now += KNOWN_SECONDS - 1
    assert memory.of(zone(ANNA)).faces.count == 2
    assert set(memory._known) & set(other._known) == set()
    assert zone(ANNA).number.encode() not in b"".join(memory._known)
    clock.now += KNOWN_SECONDS
    assert memory.of(zone(ANNA)).faces.count == 0
    assert len(memory._known) == 1


def test_tries_of_nobody_known_count_for_a_minute_and_then_for_nobody() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.unknown()["passport"] += 1
    clock.now += UNKNOWN_SECONDS - 1
    assert memory.unknown()["passport"] == 1
    assert memory.of(zone(ANNA)).tries["passport"] == 1, "they were his"
    assert memory.unknown()["passport"] == 0
    memory.unknown()["passport"] += 1
    clock.now += UNKNOWN_SECONDS
    assert memory.unknown()["passport"] == 0


def test_a_day_of_travellers_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "MOST", 3)
    memory = Memory(Clock())
    for seed in range(9):
        memory.of(zone(Document(passport(seed).mrz)))
    assert len(memory._known) == 3


# --- what an officer must hear of -----------------------------------------------------------------


@pytest.mark.parametrize("told", ["failed", "not-verifiable", "ok"])
def test_a_chip_that_failed_is_told_although_its_bearer_begins_anew(told: str) -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        await device.start_over()

    device = at_kiosk(scene, service, chips=Chips(told))
    assert [one["readings"]["chip"] for one in service.presented] == ["failed"] * (told == "failed")
    assert (device.state, device.shown.answer) == (State.WELCOME, ""), "nobody is told"


def test_it_is_told_once_and_not_when_the_service_is_lost() -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        await device.without_code()
        await settled(device)
        await device.start_over()
        await settled(device)
        await device.place_passport(ANNA)
        await device.lose_contact()

    at_kiosk(scene, service, chips=Chips("failed"))
    assert len(service.presented) == 1


def test_a_service_that_cannot_be_told_costs_the_next_traveller_nothing() -> None:
    service = FakeService()
    service.answer = lost()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        await device.start_over()
        await device.place_passport(BERT)

    assert at_kiosk(scene, service, chips=Chips("failed")).state is State.CODE


# --- consent --------------------------------------------------------------------------------------


def test_no_frame_is_looked_at_before_its_owner_has_agreed() -> None:
    service, camera = FakeService(), Camera()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        assert device.state is State.CONSENT
        assert await device.show_face(b"a frame") is None
        await device.without_face()
        assert device.state is State.CODE
        await device.show_picture(CODE)

    at_kiosk(scene, service, camera=camera)
    [sent] = service.presented
    assert (sent["readings"]["face"], sent["readings"]["face_end"]) == ("not-checked", "declined")
    assert camera.faces.count == 0


def test_everybody_of_a_party_is_asked_for_himself() -> None:
    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": 1}, {"answer": "registered"}]

    async def scene(device: Device) -> None:
        for document in (ANNA, BERT):
            await device.place_passport(document)
            assert device.state is State.CONSENT
            await device.without_face()
            if document is ANNA:
                await device.show_picture(CODE)
            await settled(device)

    assert at_kiosk(scene, service, camera=Camera()).state is State.RESULT


# --- three minutes --------------------------------------------------------------------------------


def spent(*stays: tuple[State, float]) -> bool:
    """Whether so long in each of these states is too long."""
    clock = Clock()
    allowance = Allowance(clock)
    for here, seconds in stays:
        allowance.enter(here, begins=here is State.WELCOME)
        clock.now += seconds
    return allowance.is_over


def test_three_minutes_are_counted_over_all_steps_and_without_what_nobody_holds_up() -> None:
    assert not spent((State.CODE, SESSION_SECONDS))
    assert spent((State.CODE, SESSION_SECONDS + 1))
    assert spent((State.PASSPORT, 100), (State.CODE, 81))
    assert not spent((State.PASSPORT, 100), (State.DECLARE, 500), (State.DECIDING, 99))
    assert not spent((State.PASSPORT, 100), (State.WELCOME, 500), (State.CODE, 100))


async def overstaying(device: Device) -> None:
    """Three minutes of saying yes, in the state that it is in; until it is in another."""
    clock = Clock()
    device._allowance = Allowance(clock)
    device._allowance.enter(device.here, begins=True)
    clock.now += SESSION_SECONDS + 1
    before = device.here
    running = asyncio.create_task(device.run())
    async with asyncio.timeout(20), device._waiters:
        await device._waiters.wait_for(lambda: device.here is not before)
    running.cancel()


@pytest.mark.parametrize("where", [State.CONSENT, State.FACE, State.CODE, State.CODE_TRY_AGAIN])
def test_after_three_minutes_the_service_is_asked_by_what_was_read(
    where: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.0)
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        if where is not State.CONSENT:
            await device.agree_face()
        if where in (State.CODE, State.CODE_TRY_AGAIN):
            await device.without_face()
        if where is State.CODE_TRY_AGAIN:
            await device.show_picture(b"lunch")
        assert device.state is where
        await overstaying(device)

    assert at_kiosk(scene, service, camera=Camera()).state is State.RESULT
    [sent] = service.presented
    assert sent["readings"]["face_end"] == (
        "time-over" if where in (State.CONSENT, State.FACE) else "declined"
    )


def test_after_three_minutes_without_a_passport_a_person_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.0)
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.show_picture(CODE)
        assert device.state is State.PASSPORT
        await overstaying(device)

    assert at_kiosk(scene, service).state is State.HELP
    assert service.presented == []


def test_a_party_that_waits_for_nobody_is_answered_after_three_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.0)
    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": 1}]

    async def scene(device: Device) -> None:
        await device.place_passport(ANNA)
        await device.show_picture(CODE)
        await settled(device)
        assert device.state is State.NEXT
        await overstaying(device)

    assert at_kiosk(scene, service).state is State.RESULT
    assert len(service.presented) == 1
