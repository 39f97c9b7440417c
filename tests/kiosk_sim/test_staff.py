"""The staff's menu: nobody gets in without the PIN, nobody by trying, and what it does."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.formats.passport import TrustStore
from app.formats.passport.trust import RevocationList
from kiosk_sim.agent import create_agent
from kiosk_sim.chip import ChipReader
from kiosk_sim.program import Tray
from kiosk_sim.pulse import beat
from kiosk_sim.session import State
from kiosk_sim.shown import Fault
from kiosk_sim.staff import IDLE_SECONDS, LONGEST_WAIT, QUIET_SECONDS, TRIES, PinError, Staff
from tests.kiosk_sim.fakes import FakeService, credentials

PIN = "135790"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567890123", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16"]
)
def test_a_pin_has_six_to_twelve_digits(pin: str, tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_text(pin, "utf-8")
    with pytest.raises(PinError):
        Staff.load(path)


def tried(staff: Staff, clock: Clock, times: int) -> list[float]:
    """So many wrong ones, each as soon as it is looked at; how long each was waited for."""
    waits = []
    for _ in range(times):
        waits.append(staff.wait("kiosk-1"))
        clock.now += waits[-1]
        assert staff.enter("000000", "kiosk-1") is None
    return waits


def test_each_wrong_pin_is_waited_for_longer_and_never_long() -> None:
    clock = Clock()
    staff = Staff(PIN, clock)
    assert tried(staff, clock, 10) == [0, 0, 0, 2, 4, 8, 16, 30, 30, 30]
    assert staff.wait("kiosk-1") == LONGEST_WAIT
    assert staff.enter(PIN, "kiosk-1") is None, "the right one, too early"
    clock.now += LONGEST_WAIT - 1
    assert staff.enter("000000", "kiosk-1") is None
    assert staff.wait("kiosk-1") == 1, "what comes meanwhile makes it no longer"
    clock.now += 1
    assert staff.enter(PIN, "kiosk-1")
    assert tried(staff, clock, 3) == [0, 0, 0], "the right one begins it anew"


def test_whoever_tries_at_one_device_keeps_nobody_out_of_another_or_of_an_open_menu() -> None:
    clock = Clock()
    staff = Staff(PIN, clock)
    token = staff.enter(PIN, "kiosk-1")
    assert token
    tried(staff, clock, TRIES)
    assert staff.wait("kiosk-1")
    assert staff.admits(token)
    assert staff.enter(PIN, "kiosk-2")


def test_that_somebody_tries_is_told_until_ten_minutes_later() -> None:
    clock = Clock()
    staff = Staff(PIN, clock)
    tried(staff, clock, TRIES - 1)
    assert not staff.is_tried("kiosk-1")
    tried(staff, clock, 1)
    assert staff.is_tried("kiosk-1")
    assert not staff.is_tried("kiosk-2")
    clock.now += QUIET_SECONDS
    assert not staff.is_tried("kiosk-1")
    assert tried(staff, clock, 3) == [0, 0, 0]


def test_the_menu_shuts_when_nothing_was_done_and_looking_is_nothing() -> None:
    clock = Clock()
    staff = Staff(PIN, clock)
    token = staff.enter(PIN, "kiosk-1")
    assert token
    clock.now = IDLE_SECONDS - 1
    assert staff.admits(token, acts=False)
    clock.now = IDLE_SECONDS
    assert not staff.admits(token, acts=False)
    other = staff.enter(PIN, "kiosk-1")
    assert other
    clock.now += IDLE_SECONDS - 1
    assert staff.admits(other)
    clock.now += IDLE_SECONDS - 1
    assert staff.admits(other)
    staff.leave(other)
    assert not staff.admits(other)
    assert not staff.admits("")


def made(kind: str = "kiosk", staff: Staff | None = None) -> Any:
    services: list[Any] = [FakeService(credentials(kind))]
    return create_agent(services, Tray(None), ["testserver"], staff=staff)


def test_without_a_pin_there_is_no_menu() -> None:
    with TestClient(made()) as client:
        assert client.get("/kiosk-1/staff/").status_code == 404
        assert client.post("/kiosk-1/staff/enter", json={"pin": PIN}).status_code == 404
        assert client.get("/kiosk-1/setup").json()["staff"] is False


def test_nothing_is_told_or_done_without_the_pin() -> None:
    with TestClient(made(staff=Staff(PIN))) as client:
        assert client.get("/kiosk-1/staff/").status_code == 200
        for token in ("", "x"):
            headers = {"X-Staff": token}
            assert client.get("/kiosk-1/staff/condition", headers=headers).status_code == 401
            wish = client.post("/kiosk-1/staff/do", headers=headers, json={"do": "close"})
            assert wish.status_code == 401
        assert client.post("/kiosk-1/staff/enter", json={"pin": "000000"}).status_code == 403
        for _ in range(2):
            client.post("/kiosk-1/staff/enter", json={"pin": "000000"})
        early = client.post("/kiosk-1/staff/enter", json={"pin": PIN})
        assert (early.status_code, early.headers["retry-after"]) == (429, "2")


def test_staff_take_a_device_out_of_service_and_back() -> None:
    program = made(staff=Staff(PIN))
    with TestClient(program) as client:
        device = program.state.agent.devices["kiosk-1"]
        headers = {
            "X-Staff": client.post("/kiosk-1/staff/enter", json={"pin": PIN}).json()["token"]
        }

        def do(wish: str) -> bool:
            answer = client.post("/kiosk-1/staff/do", headers=headers, json={"do": wish})
            return bool(answer.json()["done"])

        told = client.get("/kiosk-1/staff/condition", headers=headers).json()
        assert (told["state"], told["closed"], told["reads"]) == ("welcome", False, "none")
        assert do("close")
        assert not do("close")
        assert (device.state, device.fault) == (State.OUT_OF_SERVICE, Fault.CLOSED)
        told = client.get("/kiosk-1/staff/condition", headers=headers).json()
        assert (told["state"], told["closed"]) == ("closed", True)
        client.portal.call(device.probe)  # that the service answers changes nothing
        assert device.state is State.OUT_OF_SERVICE
        assert do("open")
        assert (device.state, device.fault) == (State.WELCOME, None)
        assert not do("reset-lane")  # a kiosk has none


def test_whoever_is_being_served_is_served_to_the_end() -> None:
    program = made(staff=Staff(PIN))
    with TestClient(program) as client:
        device = program.state.agent.devices["kiosk-1"]
        headers = {
            "X-Staff": client.post("/kiosk-1/staff/enter", json={"pin": PIN}).json()["token"]
        }
        device.state = State.CODE
        client.post("/kiosk-1/staff/do", headers=headers, json={"do": "close"})
        assert device.state is State.CODE
        client.post("/kiosk-1/staff/do", headers=headers, json={"do": "start-over"})
        assert device.state is State.OUT_OF_SERVICE


def test_what_is_tried_and_what_is_out_of_date_is_told_with_the_next_heartbeat() -> None:
    clock = Clock()
    staff, services = Staff(PIN, clock), [FakeService(credentials())]
    reader: Any = ChipReader(TrustStore([]), {b"GB": RevocationList(frozenset(), LONG_AGO)})
    program = create_agent(services, Tray(None), ["testserver"], chips=reader, staff=staff)  # type: ignore[arg-type]
    with TestClient(program):
        device = program.state.agent.devices["kiosk-1"]
        assert beat(device, 0)["tests"] == {"revocation-lists": False, "staff-pin": True}
        tried(staff, clock, TRIES)
        assert beat(device, 0)["tests"]["staff-pin"] is False
        assert device.state is State.WELCOME, "neither closes the device"


def test_the_key_of_a_lane_is_turned_by_who_has_the_pin() -> None:
    program = made("lane", Staff(PIN))
    with TestClient(program) as client:
        door = program.state.agent.devices["kiosk-1"].door
        for token in ("", "x"):
            answer = client.post(
                "/kiosk-1/lane/key", json={"order": "reset"}, headers={"X-Staff": token}
            )
            assert (answer.status_code, str(door.state)) == (401, "stopped")
        token = client.post("/kiosk-1/staff/enter", json={"pin": PIN}).json()["token"]
        answer = client.post(
            "/kiosk-1/lane/key", json={"order": "reset"}, headers={"X-Staff": token}
        )
        assert (answer.json(), str(door.state)) == ({"done": True}, "waiting")


@pytest.mark.parametrize("path", ["staff/enter", "lane/key", "declare"])
def test_what_is_not_understood_is_not_sent_back(path: str) -> None:
    with TestClient(made("lane", Staff(PIN)), raise_server_exceptions=False) as client:
        for odd in (
            '{"pin": 246813, "order": 246813}',
            '{"pin": "246813\\ud800", "order": "246813\\ud800"}',
        ):
            answer = client.post(
                f"/kiosk-1/{path}", content=odd, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code < 500
            assert "246813" not in answer.text


def test_of_pins_that_come_at_once_one_is_looked_at_at_a_time() -> None:
    """Whoever sends thirty at once must not have thirty looked at before the first is counted."""
    inside, most = [], []

    def clock() -> float:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.001)  # lets another thread in, if it can come
        inside.pop()
        return 0.0

    staff = Staff(PIN, clock)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: staff.enter("000000", "kiosk-1"), range(30))) == [None] * 30
    assert staff._wrong["kiosk-1"].count == 3, "two that cost nothing, and one more"
    assert max(most) == 1
