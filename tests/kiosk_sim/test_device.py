"""One device before a service that answers what the test wants: it decides nothing and keeps nothing."""

import asyncio
import dataclasses
import threading
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from app.formats import mrz
from app.formats.barcode import PictureError
from kiosk_sim import device as module
from kiosk_sim import machine
from kiosk_sim.chip import ChipReading, Document
from kiosk_sim.declaring import BusyError
from kiosk_sim.device import Device
from kiosk_sim.door import Order
from kiosk_sim.face import Result, Step
from kiosk_sim.face.check import Faces, Verdict
from kiosk_sim.face.quality import Say
from kiosk_sim.face.station import Station, is_child
from kiosk_sim.lane_line import SILENCE_SECONDS
from kiosk_sim.party import Fellow
from kiosk_sim.pulse import Pulse
from kiosk_sim.session import Event, State
from kiosk_sim.shown import Fault
from tests.kiosk_sim.fakes import FakeService, credentials, lost, passport, refused
from tests.support.loop import run as run_to_end

MRZ = passport().mrz
DOCUMENT = Document(MRZ)
CODE = b"picture of a code"


class FakeReader:
    """Reads ``CODE``; ``meanwhile`` happens while it reads."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def read_async(self, picture: bytes) -> str:
        if self.meanwhile:
            await self.meanwhile()
        if picture != CODE:
            raise PictureError("unreadable")
        return "EGR1:TEXT"


def play(
    scene: Callable[[Device], Awaitable[None]],
    service: FakeService | None = None,
    reader: FakeReader | None = None,
) -> tuple[Device, FakeService]:
    """Let ``scene`` happen to a device that is in service, and everything it sets going end."""
    service = service or FakeService()

    async def run() -> Device:
        device = Device(service, reader or FakeReader())  # type: ignore[arg-type]
        await device.probe()
        if device.has_door:
            await device.order(Order("reset"))
        await scene(device)
        await settled(device)
        return device

    return run_to_end(run()), service


async def settled(device: Device) -> None:
    """Everything that was set going has ended, also in the lane."""
    while device._tasks:
        await asyncio.gather(*device._tasks)
    for _ in range(200):
        device.door.tick(0.05)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_SECONDS", 0.0)


async def both(device: Device) -> None:
    await device.place_passport(DOCUMENT)
    await device.show_picture(CODE)


def test_a_device_is_out_of_service_until_it_has_asked() -> None:
    assert Device(FakeService(), FakeReader()).state is State.OUT_OF_SERVICE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [(lost(), Fault.NO_SERVICE), (refused(401), Fault.KEY_REFUSED), (None, None)],
)
def test_what_the_service_says_of_itself(trouble: Exception | None, fault: Fault | None) -> None:
    service = FakeService()
    service.trouble = trouble

    async def nothing(_: Device) -> None:
        return

    device, _ = play(nothing, service)
    assert device.fault is fault
    assert device.state is (State.OUT_OF_SERVICE if fault else State.WELCOME)


def test_another_fault_is_shown_and_the_way_back_found() -> None:
    seen = []

    async def scene(device: Device) -> None:
        for trouble in (lost(), refused(401), None, None):
            device.service.trouble = trouble  # type: ignore[attr-defined]
            await device.probe()
            seen.append((device.state, device.fault, device.version))

    play(scene)
    assert [fault for _, fault, _ in seen] == [Fault.NO_SERVICE, Fault.KEY_REFUSED, None, None]
    assert seen[2][2] == seen[3][2], "nothing new, so no screen is told"


class Hanging(FakeService):
    """Answers a probe when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = threading.Event(), threading.Event()

    def probe(self) -> None:
        self.asked.set()
        assert self.let.wait(20)


def running(
    scene: Callable[[Device], Awaitable[None]],
    service: FakeService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let ``scene`` happen to a device in service whose clock goes on beside it."""
    monkeypatch.setattr(module, "TICK_SECONDS", 0.0)

    async def run() -> None:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        device.state, device.fault = State.WELCOME, None
        clock = asyncio.create_task(device.run())
        await scene(device)
        clock.cancel()
        await settled(device)

    run_to_end(run())


async def until(device: Device, state: State) -> None:
    async with asyncio.timeout(20), device._waiters:
        await device._waiters.wait_for(lambda: device.state is state)


def test_the_clock_of_a_session_goes_on_while_the_service_is_asked_whether_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Hanging()
    monkeypatch.setattr(machine, "ANSWER_SECONDS", 60)

    async def scene(device: Device) -> None:
        assert await asyncio.to_thread(service.asked.wait, 20)
        device.state, device._deadline = State.RESULT, 0.1
        await until(device, State.WELCOME)
        assert not service.let.is_set()
        service.let.set()

    running(scene, service, monkeypatch)


def test_a_waiting_kiosk_is_out_of_service_before_a_service_that_hangs_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Hanging()
    monkeypatch.setattr(machine, "ANSWER_SECONDS", 0.01)

    async def scene(device: Device) -> None:
        await until(device, State.OUT_OF_SERVICE)
        assert device.fault is Fault.NO_SERVICE
        service.let.set()

    running(scene, service, monkeypatch)
    assert machine.PROBE_SECONDS + 2.5 + module.TICK_SECONDS <= SILENCE_SECONDS


def test_nobody_waits_longer_for_the_services_word_than_a_lane_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = FakeService()
    service.go_on = threading.Event()
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.01)

    async def scene(device: Device) -> None:
        await both(device)
        await until(device, State.OUT_OF_SERVICE)
        service.go_on.set()

    device, _ = play(scene, service)
    assert (device.fault, device.shown.answer) == (Fault.NO_SERVICE, "")


def test_a_probe_that_was_under_way_does_not_take_back_what_a_call_has_found_since() -> None:
    service = Hanging()

    async def scene() -> Device:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        probing = asyncio.create_task(device.probe())
        assert await asyncio.to_thread(service.asked.wait, 20)
        await device._lose(Fault.KEY_REFUSED)
        service.let.set()
        await probing
        return device

    assert run_to_end(scene()).fault is Fault.KEY_REFUSED


def test_a_kiosk_sends_what_it_read_and_shows_the_answer() -> None:
    device, service = play(both)
    assert service.presented == [
        {
            "credential": "EGR1:TEXT", "mrz": MRZ,
            "readings": {"chip": "not-read", "face": "not-checked", "tries": 1},
        }
    ]  # fmt: skip
    view = run_to_end(device.view(-1, 0.1))
    assert (view["state"], view["said"], view["door"]) == ("result", "registered", None)
    assert service.passed == []


def test_a_fellow_travellers_code_is_called_by_its_name_and_forgotten() -> None:
    service = FakeService()
    service.answer = {"answer": "show-other-code", "advice": "code-of-party", "whose": "ELSA"}
    device, _ = play(both, service)
    assert run_to_end(device.view(-1, 0.1))["whose"] == "ELSA"
    run_to_end(device.start_over())
    assert device.shown.whose is None


def test_without_a_code() -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.without_code()

    _, service = play(scene)
    assert service.presented[0]["credential"] is None


def test_an_unreadable_passport_and_code_are_asked_for_again() -> None:
    states = []

    async def scene(device: Device) -> None:
        await device.place_passport(Document("P<GBR"))
        states.append(device.state)
        await device.place_passport(DOCUMENT)
        await device.show_picture(b"lunch")
        states.append(device.state)
        await device.show_picture(CODE)

    _, service = play(scene)
    assert states == [State.PASSPORT_TRY_AGAIN, State.CODE_TRY_AGAIN]
    assert service.presented[0]["mrz"] == MRZ


@pytest.mark.parametrize("first", ["passport", "picture"])
def test_a_lane_takes_either_after_the_other_could_not_be_read(first: str) -> None:
    async def scene(device: Device) -> None:
        if first == "passport":
            await device.place_passport(Document("P<GBR"))
            await device.show_picture(CODE)
        else:
            await device.show_picture(b"lunch")
            await device.place_passport(DOCUMENT)

    _, service = play(scene, FakeService(credentials("lane")))
    [presented] = service.presented
    expected = ("EGR1:TEXT", None) if first == "passport" else (None, MRZ)
    assert (presented["credential"], presented["mrz"]) == expected


@pytest.mark.parametrize("kind", ["kiosk", "lane"])
def test_a_picture_before_its_time_is_not_looked_at(kind: str) -> None:
    async def scene(device: Device) -> None:
        if kind == "lane":
            await device._happen(Event.SERVICE_LOST)
        await device.show_picture(CODE)

    _, service = play(scene, FakeService(credentials(kind)))
    assert service.presented == []


@pytest.mark.parametrize("kind", ["kiosk", "lane"])
def test_a_code_that_is_read_after_its_traveller_has_gone_is_dropped(kind: str) -> None:
    reader = FakeReader()

    async def scene(device: Device) -> None:
        if kind == "kiosk":
            await device.place_passport(DOCUMENT)
        else:
            await device.show_picture(b"lunch")
        reader.meanwhile = device.start_over
        await device.show_picture(CODE)
        assert device.state is State.WELCOME
        assert device._credential is None

    _, service = play(scene, FakeService(credentials(kind)), reader)
    assert service.presented == []


def test_who_chooses_a_language_and_goes_leaves_the_next_one_the_usual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "CHOSEN_SECONDS", 0.0)
    spoken = []

    async def scene(device: Device) -> None:
        await device.speak("ar")
        spoken.append(device.language)
        async with asyncio.timeout(20), device._waiters:
            await device._waiters.wait_for(lambda: device.language == "en")
        await device._happen(Event.PASSPORT_PLACED)
        await device.speak("ja")
        await device._happen(Event.PASSPORT_READ)
        spoken.append(device.language)

    running(scene, FakeService(), monkeypatch)
    assert spoken == ["ar", "ja"]


def test_nothing_of_a_traveller_outlives_the_session() -> None:
    async def scene(device: Device) -> None:
        await device.speak("ar")
        await both(device)
        await settled(device)
        assert device.language == "ar"
        await device._happen(Event.TIMEOUT)

    device, _ = play(scene)
    assert device.state is State.WELCOME
    assert (device._turn.mrz, device._credential, device.language) == (None, None, "en")
    assert device.shown.answer == ""


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (lost(), Fault.NO_SERVICE), (refused(401), Fault.KEY_REFUSED), (refused(403), Fault.KEY_REFUSED),
        (refused(409), Fault.NO_SERVICE), (RuntimeError("a surprise"), Fault.NO_SERVICE),
        (KeyError("answer"), Fault.NO_SERVICE),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_ends_out_of_service_with_the_door_shut(
    trouble: Exception, fault: Fault
) -> None:
    service = FakeService(credentials("lane"))
    service.answer = trouble
    device, _ = play(lambda device: device.show_picture(CODE), service)
    assert (device.state, device.fault) == (State.OUT_OF_SERVICE, fault)
    assert device.door.position == "shut"


def test_a_lane_serves_nobody_before_an_officer_has_reset_it() -> None:
    async def probed(device: Device) -> Device:
        await device.probe()
        return device

    service: Any = FakeService(credentials("lane"))
    device = run_to_end(probed(Device(service, FakeReader())))  # type: ignore[arg-type]
    assert (device.state, device.fault) == (State.OUT_OF_SERVICE, Fault.LANE_STOPPED)
    assert run_to_end(device.order(Order("reset")))
    assert (device.state, device.fault) == (State.WELCOME, None)


def test_a_key_that_was_turned_at_the_start_waits_for_the_service() -> None:
    async def probed(service: FakeService) -> list[State]:
        device = Device(service, FakeReader(), key_turned=True)  # type: ignore[arg-type]
        seen = []
        for trouble in (lost(), None, lost(), None):
            service.trouble = trouble
            await device.probe()
            seen.append(device.state)
        return seen

    states = run_to_end(probed(FakeService(credentials("lane"))))
    assert states == [
        State.OUT_OF_SERVICE, State.WELCOME, State.OUT_OF_SERVICE, State.OUT_OF_SERVICE,
    ], "turned once: after a loss it is an officer's"  # fmt: skip


def test_the_door_opens_after_the_clearance_was_consumed() -> None:
    service = FakeService(credentials("lane"))
    service.answer = {"answer": "cleared"}
    positions = []

    async def scene(device: Device) -> None:
        await device.show_picture(CODE)
        while device._tasks:
            positions.append((device.door.position, len(service.passed)))
            await asyncio.sleep(0)

    play(scene, service)
    assert ("open", 1) in positions
    assert ("open", 0) not in positions
    assert service.passed == ["p1"]


def test_a_clearance_that_is_gone_opens_nothing() -> None:
    service = FakeService(credentials("lane"))
    service.answer = {"answer": "cleared", "counter": "B"}
    service.passage = refused(409, "clearance-gone")
    device, _ = play(lambda device: device.show_picture(CODE), service)
    assert (device.shown.answer, device.shown.counter) == ("refer", "B")
    assert device.door.position == "shut"


def test_a_service_lost_between_answer_and_passage_opens_nothing() -> None:
    service = FakeService(credentials("lane"))
    service.answer = {"answer": "cleared"}
    service.passage = lost()
    device, _ = play(lambda device: device.show_picture(CODE), service)
    assert device.state is State.OUT_OF_SERVICE
    assert device.door.position == "shut"


def test_a_kiosk_of_a_two_step_hall_has_no_door_and_consumes_nothing() -> None:
    service = FakeService()
    service.answer = {"answer": "cleared"}
    device, _ = play(both, service)
    assert service.passed == []
    assert run_to_end(device.view(-1, 0.1))["door"] is None


@pytest.mark.parametrize("pending", ["hold", "wait"])
def test_a_pending_answer_is_waited_for(pending: str) -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answer = {"answer": pending}
    service.decided = {"answer": "refer", "counter": "B"}
    device, _ = play(both, service)
    assert (device.state, device.shown.answer) == (State.RESULT, "refer")


def test_a_view_waits_for_something_new() -> None:
    views: list[Any] = []

    async def scene(device: Device) -> None:
        waiting = asyncio.create_task(device.view(device.version, 5))
        await asyncio.sleep(0)
        await device.speak("ja")
        views.append(await waiting)
        views.append(await device.view(device.version, 0.01))

    play(scene)
    assert [view["language"] for view in views] == ["ja", "ja"]
    assert views[0]["version"] == views[1]["version"]


def test_a_walk_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk_sim.device.TURN_SECONDS", 0.05)
    service = FakeService(credentials("kiosk", "one-step"))
    service.answer = {"answer": "cleared"}
    found: list[Any] = []

    async def scene(device: Device) -> None:
        found.append(await device.walk_up(DOCUMENT, None))
        with pytest.raises(BusyError):
            await device.walk_up(DOCUMENT, None)

    play(scene, service)
    assert found == [{"said": ["cleared"], "counter": None, "door": "opened"}]


def test_the_next_walk_waits_its_turn() -> None:
    found: list[Any] = []

    async def scene(device: Device) -> None:
        await device.walk_up(DOCUMENT, None)
        second = asyncio.create_task(device.walk_up(DOCUMENT, None))
        await asyncio.sleep(0)
        await device.start_over()
        found.append(await second)

    play(scene, FakeService())
    assert [one["said"] for one in found] == [["registered"]]


ANSWERED = {"questionnaire": "jp-c5360-2024", "language": "en", "answers": {}, "certified": True}


def declares(answered: Any) -> Callable[[Device], Awaitable[None]]:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.declare_here()
        await device.declare(answered)

    return scene


def test_what_is_declared_on_the_screen_goes_with_the_passport_and_is_then_found_by_it() -> None:
    device, service = play(declares(ANSWERED))
    assert service.declared == [{"mrz": MRZ, "companions": [], **ANSWERED}]
    assert [(one["mrz"], one["credential"]) for one in service.presented] == [(MRZ, None)]
    assert device.state is State.RESULT


@pytest.mark.parametrize("answered", [None, ANSWERED])
def test_what_is_not_taken_leaves_the_word_to_the_service(answered: Any) -> None:
    service = FakeService()
    service.refuses = refused(422)
    service.answer = {"answer": "refer", "counter": "B"}
    device, service = play(declares(answered), service)
    assert (device.state, device.shown.answer) == (State.RESULT, "refer")
    assert len(service.presented) == 1


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (lost(), Fault.NO_SERVICE),
        (refused(401), Fault.KEY_REFUSED),
        (refused(409), Fault.NO_SERVICE),
    ],
)
def test_without_the_service_a_form_is_out_of_service(trouble: Exception, fault: Fault) -> None:
    service = FakeService()
    service.refuses = trouble
    device, service = play(declares(ANSWERED), service)
    assert (device.state, device.fault) == (State.OUT_OF_SERVICE, fault)
    assert service.presented == []


def test_a_form_is_only_for_somebody_who_declares_here() -> None:
    async def scene(device: Device) -> None:
        with pytest.raises(BusyError):
            await device.form("en")
        await device.declare(ANSWERED)
        await device.place_passport(DOCUMENT)
        await device.declare(ANSWERED)

    device, service = play(scene)
    assert (device.state, service.declared) == (State.CODE, [])


def test_whoever_fills_in_keeps_the_session_and_a_lane_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.declare_here()
        before = device._deadline
        await asyncio.sleep(0.01)
        await device.touched()
        assert device._deadline > before

    play(scene)

    async def at_lane(device: Device) -> None:
        await device.declare_here()
        await device.touched()

    device, _ = play(at_lane, FakeService(credentials("lane")))
    assert device.state is State.WELCOME


def test_a_lane_that_asks_for_the_passport_takes_it_at_once() -> None:
    service = FakeService(credentials("lane"))
    service.answer = {"answer": "show-passport", "advice": "passport-here"}

    async def scene(device: Device) -> None:
        await device.show_picture(CODE)
        await settled(device)
        service.answer = {"answer": "cleared"}
        await device.place_passport(DOCUMENT)

    device, _ = play(scene, service)
    assert [(one["credential"], one["mrz"]) for one in service.presented] == [
        ("EGR1:TEXT", None),
        (None, MRZ),
    ]
    assert device.shown.answer == "cleared"


OTHER = passport(8)
FELLOW = Fellow("PENROSE", "ELSA", None, "2020-02-29")


async def declaring(device: Device) -> None:
    await device.place_passport(DOCUMENT)
    await device.declare_here()


def test_passports_on_the_reader_join_the_declaration() -> None:
    async def scene(device: Device) -> None:
        await declaring(device)
        await device.place_passport(Document(OTHER.mrz))
        await device.join(FELLOW)
        await device.place_passport(Document("P<GBR"))
        assert device.state is State.DECLARE
        await device.declare(ANSWERED)

    _, service = play(scene)
    [sent] = service.declared
    assert sent["mrz"] == MRZ
    assert [one["document_number"] for one in sent["companions"]] == [OTHER.number, None]


def test_an_untouched_form_is_asked_about_and_goes_on_where_it_was() -> None:
    async def scene(device: Device) -> None:
        await declaring(device)
        await device.join(FELLOW)
        await device._happen(Event.TIMEOUT)
        assert device.state is State.STILL_THERE
        await device.touched()
        assert (device.state, device.party.shown()["people"]) == (State.DECLARE, ["ELSA PENROSE"])
        await device._happen(Event.TIMEOUT)
        await device.declare(ANSWERED)

    _, service = play(scene)
    assert len(service.declared) == 1


@pytest.mark.parametrize("way", ["timeout", "reset", "lost"])
def test_nothing_of_a_family_outlives_its_session(way: str) -> None:
    async def scene(device: Device) -> None:
        await declaring(device)
        await device.place_passport(Document(OTHER.mrz))
        if way == "timeout":
            await device._happen(Event.TIMEOUT)
            await device._happen(Event.TIMEOUT)
        elif way == "reset":
            await device.start_over()
        else:
            await device._happen(Event.SERVICE_LOST)

    device, service = play(scene)
    assert (device.party.sent(), device._turn.mrz, service.declared) == ([], None, [])
    assert device.state is (State.OUT_OF_SERVICE if way == "lost" else State.WELCOME)


def test_an_estimate_goes_by_dates_of_birth_alone() -> None:
    basket = {"questionnaire": "jp-c5360-2024", "language": "en", "goods": []}
    found = []

    async def scene(device: Device) -> None:
        with pytest.raises(BusyError):
            await device.estimate(basket)
        await declaring(device)
        await device.join(FELLOW)
        found.append(await device.estimate(basket))

    _, service = play(scene)
    assert found[0]["duty"]["currency"] == "JPY"
    assert service.baskets == [
        {**basket, "born": [passport().birth_date.isoformat(), "2020-02-29"]}
    ]


# --- chips, tries, parties ------------------------------------------------------------------------


class FakeChips:
    """A reader to whom every chip is genuine; ``meanwhile`` happens while it reads."""

    def __init__(self) -> None:
        self.read_of: list[Document] = []

    def read(self, document: Document) -> ChipReading:
        self.read_of.append(document)
        return ChipReading("ok", {"groups": "passed"}, b"a portrait")


def play_with_chips(
    scene: Callable[[Device], Awaitable[None]], service: FakeService
) -> tuple[Device, FakeChips]:
    chips = FakeChips()

    async def run() -> Device:
        device = Device(service, FakeReader(), chips=chips)  # type: ignore[arg-type]
        await device.probe()
        await scene(device)
        await settled(device)
        return device

    return run_to_end(run()), chips


def test_the_chip_is_read_and_the_service_told_how_the_checks_went() -> None:
    service = FakeService()
    _, chips = play_with_chips(both, service)
    assert chips.read_of == [DOCUMENT]
    [sent] = service.presented
    assert sent["readings"] == {
        "chip": "ok", "chip_checks": {"groups": "passed"}, "face": "not-checked", "tries": 1,
    }  # fmt: skip
    assert b"a portrait" not in str(sent).encode()


def test_after_three_tries_at_a_passport_a_person_is_called() -> None:
    seen: list[State] = []

    async def scene(device: Device) -> None:
        for _ in range(3):
            await device.place_passport(Document("P<GBR"))
            seen.append(device.state)

    _, service = play(scene)
    assert seen == [State.PASSPORT_TRY_AGAIN, State.PASSPORT_TRY_AGAIN, State.HELP]
    assert service.presented == []


def test_after_three_tries_at_a_code_the_service_looks_by_the_passport() -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        for _ in range(3):
            await device.show_picture(b"blurred")

    device, service = play(scene)
    [sent] = service.presented
    assert (sent["mrz"], sent["credential"], sent["readings"]["tries"]) == (MRZ, None, 4)
    assert device.state is State.RESULT


def test_the_code_may_come_first() -> None:
    async def scene(device: Device) -> None:
        await device.show_picture(CODE)
        assert device.state is State.PASSPORT
        await device.place_passport(DOCUMENT)

    device, service = play(scene)
    assert [(one["mrz"], one["credential"]) for one in service.presented] == [(MRZ, "EGR1:TEXT")]
    assert device.state is State.RESULT


def test_three_unreadable_codes_without_a_passport_call_a_person() -> None:
    async def scene(device: Device) -> None:
        for _ in range(3):
            await device.show_picture(b"blurred")

    device, service = play(scene)
    assert (device.state, service.presented) == (State.HELP, [])


def test_somebody_who_goes_on_under_the_question_is_read() -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device._happen(Event.TIMEOUT)
        assert device.state is State.STILL_THERE
        await device.show_picture(CODE)

    device, service = play(scene)
    assert (device.state, len(service.presented)) == (State.RESULT, 1)


FAMILY = [DOCUMENT, *(Document(passport(seed).mrz) for seed in (8, 9))]


def in_turn(*documents: Document, code: bytes | None = CODE) -> Callable[[Device], Awaitable[None]]:
    """A family: the code once, each passport in turn."""

    async def scene(device: Device) -> None:
        for document in documents:
            await device.place_passport(document)
            if device.state is State.CODE:
                await (device.show_picture(code) if code else device.without_code())
            await settled(device)

    return scene


@pytest.mark.parametrize("code", [CODE, None])
def test_one_code_serves_a_party_each_passport_in_turn(code: bytes | None) -> None:
    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": left} for left in (2, 1, 0)]
    device, _ = play(in_turn(*FAMILY, code=code), service)
    text = "EGR1:TEXT" if code else None
    assert [(one["mrz"], one["credential"]) for one in service.presented] == [
        (document.mrz, text) for document in FAMILY
    ]
    assert (device.state, device.shown.answer) == (State.RESULT, "registered")


def test_the_screen_says_how_many_are_left() -> None:
    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": 2}]
    device, _ = play(in_turn(DOCUMENT), service)
    view = run_to_end(device.view(-1, 0.1))
    assert (view["said"], view["left"]) == ("next-passport", 2)


@pytest.mark.parametrize("refused_at", [0, 1, 2])
def test_the_strictest_result_holds_for_all_and_opens_nothing(refused_at: int) -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answers = [{"answer": "cleared", "party_left": left} for left in (2, 1, 0)]
    service.answers[refused_at] = {"answer": "refer", "counter": "A", "party_left": 2 - refused_at}
    device, _ = play(in_turn(*FAMILY[: refused_at + 1]), service)
    assert (device.shown.answer, device.shown.counter, service.passed) == ("refer", "A", [])
    assert device.door.position == "shut"


def test_a_door_opens_for_a_party_once_all_are_cleared_and_not_before() -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answers = [
        {"answer": "cleared", "id": f"p{left}", "party_left": left} for left in (2, 1, 0)
    ]

    async def scene(device: Device) -> None:
        await in_turn(*FAMILY[:2])(device)
        assert service.passed == []
        assert device.door.position == "shut"
        await in_turn(FAMILY[2])(device)

    device, _ = play(scene, service)
    assert service.passed == ["p2", "p1", "p0"]
    assert device.shown.answer == "cleared"


def test_nobody_else_comes() -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answers = [{"answer": "cleared", "party_left": 2}]

    async def scene(device: Device) -> None:
        await device.conclude()
        await in_turn(DOCUMENT)(device)
        await device.conclude()

    device, _ = play(scene, service)
    assert (device.shown.answer, service.passed) == ("cleared", ["p1"])


def test_nothing_of_a_party_outlives_its_session() -> None:
    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": 1}]

    async def scene(device: Device) -> None:
        await in_turn(DOCUMENT)(device)
        await device.start_over()
        await device.place_passport(FAMILY[1])

    device, _ = play(scene, service)
    assert (device.state, device._answers, device._credential) == (State.CODE, [], None)


# --- faces ----------------------------------------------------------------------------------------


class FakeStation(Station):
    """Compares everybody but children; ``steps`` are what the next frames lead to."""

    def __init__(self, steps: list[Step], *, compares: bool = True) -> None:
        super().__init__(None)
        self.steps, self.compares, self.cleared = steps, compares, 0

    async def begin(
        self, zone: Any, portrait: bytes | None, today: Any, faces: Faces | None = None
    ) -> bool:
        return self.compares and portrait is not None

    async def take(self, frame: bytes) -> Step | None:
        del frame
        step = self.steps.pop(0)
        self.says = step.say
        return step

    def give_up(self) -> Result | None:
        return Result(Verdict.NOT_CHECKED)

    def clear(self) -> None:
        self.says = None
        self.cleared = getattr(self, "cleared", 0) + 1


MATCHED = Result(Verdict.MATCH, 0.71, 1)
SEEN = [Step(Say.CLOSER), Step(Say.TURN_LEFT), Step(Say.DONE, MATCHED)]


def with_faces(
    scene: Callable[[Device], Awaitable[None]], service: FakeService, station: FakeStation
) -> Device:
    async def kiosk(device: Device) -> None:
        device._station = station
        await scene(device)

    return play_with_chips(kiosk, service)[0]


def test_a_face_is_compared_between_passport_and_code_and_the_service_is_told() -> None:
    said: list[Any] = []

    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.agree_face()
        for _ in range(3):
            await device.show_face(b"a frame")
            view = await device.view(-1, 0.1)
            said.append((view["state"], view["says"]))
        await device.show_picture(CODE)

    service, station = FakeService(), FakeStation(list(SEEN))
    device = with_faces(scene, service, station)
    assert said == [("face", "face-closer"), ("face", "face-turn-left"), ("code", None)]
    [sent] = service.presented
    assert sent["readings"] | MATCHED.readings() == sent["readings"]
    assert (device.state, station.cleared > 0) == (State.RESULT, True)


@pytest.mark.parametrize("way", ["time", "button"])
def test_without_the_camera_the_session_goes_on_and_nothing_is_pretended(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)

    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.agree_face()
        assert device.state is State.FACE
        if way == "button":
            await device.without_face()
        else:
            device._deadline = 0.001
            running = asyncio.create_task(device.run())
            async with device._waiters:
                await device._waiters.wait_for(lambda: device.state is not State.FACE)
            running.cancel()
        await device.without_code()

    service = FakeService()
    with_faces(scene, service, FakeStation([]))
    assert service.presented[0]["readings"]["face"] == "not-checked"


def test_a_frame_of_somebody_who_has_gone_counts_for_nobody() -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.agree_face()
        await device.start_over()
        assert await device.show_face(b"late") is None

    device = with_faces(scene, FakeService(), FakeStation(list(SEEN)))
    assert device.state is State.WELCOME


def test_where_nobody_is_compared_the_code_comes_next() -> None:
    station = FakeStation([], compares=False)
    device = with_faces(lambda one: one.place_passport(DOCUMENT), FakeService(), station)
    assert device.state is State.CODE


@pytest.mark.parametrize(
    ("born", "years", "child"),
    [
        (date(2011, 11, 29), 15, True), (date(2011, 11, 28), 15, False), (None, 15, False),
        (date(2011, 11, 29), 14, False), (date(2011, 11, 28), 16, True),
    ],
)  # fmt: skip
def test_whoever_is_below_the_halls_age_is_a_child(
    born: date | None, years: int, child: bool
) -> None:
    today = date(2026, 11, 28)
    zone = dataclasses.replace(mrz.parse(MRZ, today), birth=born)
    assert is_child(zone, today, years) is child
    station = Station(None)
    assert run_to_end(station.begin(zone, b"portrait", today)) is False
    assert run_to_end(station.take(b"frame")) is None


def test_the_service_tells_the_age_from_which_faces_are_compared() -> None:
    service = FakeService()

    async def scene() -> list[int]:
        device = Device(service, FakeReader())  # type: ignore[arg-type]
        known = [device._station.child_age]
        service.trouble = lost()
        assert not await Pulse(device).once()
        known.append(device._station.child_age)
        service.trouble, service.policy_age = None, 12
        assert await Pulse(device).once()
        return [*known, device._station.child_age]

    assert run_to_end(scene()) == [15, 15, 12]


def test_a_scanned_picture_without_a_code_is_no_try() -> None:
    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        for _ in range(5):
            await device.scan(b"nothing in it")
        assert device.state is State.CODE
        await device.scan(CODE)

    _, service = play(scene)
    assert service.presented[0]["readings"]["tries"] == 1


# --- nobody's reading is another's ----------------------------------------------------------------


def test_a_member_of_a_party_inherits_nothing_of_the_one_before() -> None:
    """Not even after a page that could not be read, and the tries count for each alone."""
    station = FakeStation(list(SEEN))

    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.agree_face()
        for _ in range(3):
            await device.show_face(b"a frame")
        await device.show_picture(CODE)
        await settled(device)
        for _ in range(2):
            await device.place_passport(Document("P<GBR"))
        assert device.state is State.PASSPORT_TRY_AGAIN
        station.compares = False
        await device.place_passport(FAMILY[1])

    service = FakeService()
    service.answers = [{"answer": "registered", "party_left": 1}, {"answer": "registered"}]
    with_faces(scene, service, station)
    first, second = (one["readings"] for one in service.presented)
    assert (first["face"], second["face"]) == ("match", "not-checked")
    assert "face_score" not in second
    assert (first["tries"], second["tries"]) == (1, 3)


def test_after_a_page_that_could_not_be_read_the_party_may_still_end() -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answers = [{"answer": "cleared", "party_left": 1}]

    async def scene(device: Device) -> None:
        await in_turn(DOCUMENT)(device)
        await device.place_passport(Document("P<GBR"))
        await device.conclude()

    device, _ = play(scene, service)
    assert (device.shown.answer, service.passed) == ("cleared", ["p1"])


@pytest.mark.parametrize("pending", ["hold", "asked"])
def test_a_word_that_comes_when_its_traveller_has_gone_opens_nothing(pending: str) -> None:
    service = FakeService(credentials("kiosk", "one-step"))
    service.answer = {"answer": "hold" if pending == "hold" else "cleared"}

    async def scene(device: Device) -> None:
        service.go_on.clear()
        await device.place_passport(DOCUMENT)
        await device.without_code()
        await asyncio.sleep(0.05)  # the call is on its way
        await device._happen(Event.SERVICE_LOST)
        await device._settle(None)
        await device.place_passport(FAMILY[1])
        assert device.state is State.CODE
        service.go_on.set()
        await settled(device)
        assert device.state is State.CODE
        assert device._answers == []

    device, _ = play(scene, service)
    assert service.passed == []
    assert device.door.position == "shut"


class SlowChips:
    """The first chip takes until ``go_on``; it is genuine, the others are not."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def read(self, document: Document) -> ChipReading:
        if document is not DOCUMENT:
            return ChipReading("failed")
        assert self.go_on.wait(20)
        return ChipReading("ok", {}, b"a portrait")


def test_a_chip_that_is_read_late_speaks_of_nobody_else() -> None:
    chips, service = SlowChips(), FakeService()

    async def run() -> Device:
        device = Device(service, FakeReader(), chips=chips)  # type: ignore[arg-type]
        await device.probe()
        late = asyncio.create_task(device.place_passport(DOCUMENT))
        await asyncio.sleep(0.05)
        await device.start_over()
        await device.place_passport(FAMILY[1])
        chips.go_on.set()
        await late
        await device.without_code()
        await settled(device)
        return device

    run_to_end(run())
    [sent] = service.presented
    assert (sent["mrz"], sent["readings"]["chip"]) == (FAMILY[1].mrz, "failed")


def test_a_portrait_that_is_looked_at_late_is_kept_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()

    def slow(*given: Any) -> Any:
        del given
        assert go_on.wait(20)
        return object()

    monkeypatch.setattr("kiosk_sim.face.station.FaceCheck", slow)

    async def run() -> Station:
        station = Station(object())  # type: ignore[arg-type]
        today = date(2026, 11, 28)
        late = asyncio.create_task(station.begin(mrz.parse(MRZ, today), b"picture", today))
        await asyncio.sleep(0.05)
        station.clear()
        go_on.set()
        assert await late is False
        return station

    assert run_to_end(run())._check is None


def test_what_fails_for_somebody_who_has_gone_costs_the_next_nothing() -> None:
    service = FakeService()

    async def scene(device: Device) -> None:
        await device.place_passport(DOCUMENT)
        await device.declare_here()
        waiting = asyncio.Event()

        def slow(basket: Any) -> dict[str, Any]:
            del basket
            loop.call_soon_threadsafe(waiting.set)
            assert service.go_on.wait(20)
            raise lost()

        loop = asyncio.get_running_loop()
        service.estimate, service.go_on = slow, threading.Event()  # type: ignore[method-assign]
        asked = asyncio.create_task(device.estimate({"goods": []}))
        await waiting.wait()
        await device.start_over()
        await device.place_passport(FAMILY[1])
        service.go_on.set()
        with pytest.raises(BusyError):
            await asked
        assert device.state is State.CODE

    play(scene, service)


def test_what_is_told_everybody_stands_while_nobody_is_served_in_the_language_chosen() -> None:
    said = [{"kind": "health", "texts": {"en": {"title": "E"}, "ja": {"title": "J"}}}]
    seen: list[Any] = []

    async def scene(device: Device) -> None:
        before = device.version
        await device.tell(said)
        assert device.version > before
        seen.append((await device.view(-1, 0.0))["notices"])
        await device.speak("ja")
        seen.append((await device.view(-1, 0.0))["notices"])
        await device.tell(said)
        before = device.version
        await device.place_passport(DOCUMENT)
        seen.append((await device.view(-1, 0.0))["notices"])

    play(scene)
    assert seen == [[{"title": "E"}], [{"title": "J"}], []]
