"""A lane and its service: what is told, what is obeyed, and what happens when the line is silent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kiosk_sim import lane_line as module
from kiosk_sim.device import Device
from kiosk_sim.door import Order
from kiosk_sim.lane import State
from kiosk_sim.lane_line import LaneLine
from kiosk_sim.shown import Fault
from tests.kiosk_sim.fakes import FakeService, credentials, lost
from tests.support.loop import run as run_to_end


def play(scene: Callable[[LaneLine, Device, FakeService], Awaitable[None]]) -> None:
    async def run() -> None:
        service: Any = FakeService(credentials("lane"))
        device = Device(service, None)  # type: ignore[arg-type]
        await device.probe()
        await device.order(Order("reset"))
        await scene(LaneLine(device), device, service)

    run_to_end(run())


def test_what_is_new_is_told_once() -> None:
    async def scene(line: LaneLine, device: Device, service: FakeService) -> None:
        assert await line.report()
        assert not await line.report()
        device.door.walkway.come()
        device.door.tick(0.05)
        assert await line.report()
        told = [(status["state"], [n["note"] for n in notes]) for status, notes in service.reported]
        assert told == [("waiting", ["officer-reset"]), ("identifying", [])]

    play(scene)


def test_what_could_not_be_told_is_told_later() -> None:
    async def scene(line: LaneLine, device: Device, service: FakeService) -> None:
        service.trouble = lost()
        device.door.walkway.push()
        device.door.tick(0.05)
        assert not await line.report()
        assert service.reported == []
        service.trouble = None
        assert await line.report()
        assert [n["note"] for n in service.reported[0][1]] == ["officer-reset", "forced"]
        assert device.door.journal.unsent() == []

    play(scene)


def test_an_officers_order_is_obeyed_and_its_number_told() -> None:
    async def scene(line: LaneLine, device: Device, service: FakeService) -> None:
        device.door.someone_comes()
        device.door.referred()
        service.orders = [{"id": "o-1", "word": "pass", "people": 1}]
        assert await line.obey(0)
        assert device.door.state is State.OPENING
        await line.report()
        assert ("officer-passed", "o-1") in [
            (note["note"], note["order"]) for _, notes in service.reported for note in notes
        ]

    play(scene)


def test_an_evacuation_releases_the_door_and_takes_the_device_out_of_service() -> None:
    async def scene(line: LaneLine, device: Device, service: FakeService) -> None:
        service.mode = "evacuation"
        await line.obey(0)
        device.door.tick(0.05)
        await device._lane_changed()
        assert (device.door.state, device.fault) == (State.RELEASED, Fault.EVACUATED)
        service.mode = "normal"
        service.orders = [{"id": "o-1", "word": "reset", "people": 1}]
        await line.obey(0)
        assert device.door.state is State.STOPPED

    play(scene)


def test_five_silent_seconds_finish_the_doorway_and_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.02)

    async def scene(line: LaneLine, device: Device, service: FakeService) -> None:
        device.door.someone_comes()
        device.door.cleared()
        while device.door.state is not State.PASSING:
            device.door.tick(0.05)
        service.trouble = lost()
        task = asyncio.create_task(line.run())
        async with asyncio.timeout(5):
            while not device.door.lane.stop_due:  # noqa: ASYNC110  # the lane tells nobody
                await asyncio.sleep(0.02)
        task.cancel()
        assert device.fault is Fault.NO_SERVICE
        for _ in range(100):
            device.door.tick(0.05)
        assert device.door.state is State.STOPPED
        assert device.door.walkway.hits == 0
        assert not await device.order(Order("reset")), "not before the service is back"

    play(scene)
