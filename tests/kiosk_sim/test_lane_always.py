"""The whole agent of a lane before a fake service, under random events: no open door without a consumed clearance,
an officer or fire.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk_sim import door
from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.device import Device
from kiosk_sim.door import Order
from kiosk_sim.lane import Door as Drive
from kiosk_sim.lane import State as LaneState
from kiosk_sim.lane_routes import Happening, happen
from tests.kiosk_sim.fakes import FakeService, credentials, passport
from tests.support.loop import run as run_to_end

MRZ = passport().mrz
TICK = 0.05


class Clearances(FakeService):
    """Gives clearances and takes each once; ``consumed``: how many it has taken."""

    def __init__(self) -> None:
        super().__init__(credentials("lane"))
        self.given = self.consumed = 0

    def present(self, **what: Any) -> dict[str, Any]:
        del what
        found = self.answer
        if isinstance(found, Exception):
            raise found
        self.given += 1
        return {"id": f"p{self.given}", "counter": None, **found}

    def pass_through(self, presentation: str, others: Sequence[str] = ()) -> dict[str, Any]:
        assert not others
        if self.passage:
            raise self.passage
        if presentation in self.passed:
            raise Refused(409, "clearance-consumed")
        self.passed.append(presentation)
        self.consumed += 1
        return {}


class NoReader:
    async def read_async(self, picture: bytes) -> str:
        del picture
        return "EGR1:TEXT"


ANSWERS: Mapping[str, Any] = {
    "cleared": {"answer": "cleared"},
    "refer": {"answer": "refer"},
    "passport": {"answer": "show-passport"},
    "lost": ServiceUnavailable(),
    "key refused": Refused(401, "unauthenticated"),
}
PASSAGES: Mapping[str, Exception | None] = {
    "taken": None,
    "revoked": Refused(409, "clearance-revoked"),
    "lost": ServiceUnavailable(),
}
ACTS = st.one_of(
    st.tuples(st.just("present"), st.sampled_from(sorted(ANSWERS)), st.sampled_from(sorted(PASSAGES))),
    st.tuples(st.just("present"), st.just("cleared"), st.just("taken")),
    st.tuples(st.just("happen"), st.sampled_from(Happening)),
    st.tuples(st.just("order"), st.sampled_from(["pass", "refuse", "reset", "expect"])),
    st.tuples(st.just("probe"), st.booleans()),
    st.tuples(st.just("evacuate"), st.booleans()),
    st.tuples(st.just("over")),
    st.tuples(st.just("wait"), st.floats(0.05, 6)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "TRIES", 2)
    monkeypatch.setattr(door, "PAUSE_SECONDS", 0)


class Watched:
    """A lane of which every start of opening is laid to somebody's account."""

    def __init__(self) -> None:
        self.service = Clearances()
        self.device = Device(self.service, NoReader())  # type: ignore[arg-type]
        self.opened = self.by_officer = self.by_fire = 0
        self._before = self.device.door.lane.door

    def look(self, *, officer: bool = False) -> None:
        door = self.device.door
        now = door.lane.door
        if now is Drive.OPEN and self._before is not Drive.OPEN:
            self.opened += 1
            fire = door.walkway.fire or door.evacuated
            self.by_fire += fire
            self.by_officer += officer and not fire
        self._before = now
        assert self.opened <= self.service.consumed + self.by_officer + self.by_fire
        assert door.walkway.hits == 0
        assert len(set(self.service.passed)) == self.service.consumed

    async def do(self, act: tuple[Any, ...]) -> None:
        device = self.device
        if act[0] == "present":
            await self.present(ANSWERS[act[1]], PASSAGES[act[2]])
        elif act[0] == "happen":
            happen(device.door.walkway, act[1])
        elif act[0] == "order":
            waits = device.door.state is LaneState.REFERRED
            await device.order(Order(act[1], 2))
            self.look(officer=waits and act[1] == "pass")
        elif act[0] == "probe":
            self.service.trouble = None if act[1] else ServiceUnavailable()
            await device.probe()
        elif act[0] == "evacuate":
            device.door.evacuated = act[1]
        elif act[0] == "over":
            await device.start_over()
        else:
            self.wait(act[1])
        self.look()

    async def present(self, answer: Any, passage: Exception | None) -> None:
        self.service.answer, self.service.passage = answer, passage
        await self.device.show_picture(b"code")
        while self.device._tasks:
            await asyncio.gather(*self.device._tasks)
            self.look()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.device.door.tick(TICK)
            self.look()


@settings(max_examples=150)
@given(st.lists(ACTS, max_size=40))
def test_no_open_door_without_a_consumed_clearance_an_officer_or_fire(acts: list[Any]) -> None:
    async def scene() -> None:
        watched = Watched()
        await watched.device.probe()
        await watched.do(("order", "reset"))
        for act in acts:
            await watched.do(act)

    run_to_end(scene())


def test_the_accounts_are_kept_of_what_really_opens() -> None:
    """The test above would hold of a lane that never opens."""

    async def scene() -> Watched:
        watched = Watched()
        await watched.device.probe()
        for act in (
            ("order", "reset"), ("present", "cleared", "taken"), ("wait", 8.0), ("over",),
            ("present", "refer", "taken"), ("order", "pass"), ("wait", 8.0),
            ("evacuate", True), ("wait", 1.0),
        ):  # fmt: skip
            await watched.do(act)
        return watched

    watched = run_to_end(scene())
    assert (watched.opened, watched.service.consumed) == (3, 1)
    assert (watched.by_officer, watched.by_fire) == (1, 1)


def test_a_lane_that_could_not_open_consumes_nothing() -> None:
    async def scene() -> Watched:
        watched = Watched()
        await watched.device.probe()
        await watched.do(("order", "reset"))
        watched.device.door.someone_comes()
        watched.device.door.walkway.come()
        watched.wait(0.1)
        await watched.do(("present", "cleared", "taken"))
        return watched

    watched = run_to_end(scene())
    assert watched.service.consumed == 0
    assert watched.device.shown.answer == "refer"
