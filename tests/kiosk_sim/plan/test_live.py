"""The live mode: what the service says is what happens, and what it takes is what passes."""

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from simpy.rt import RealtimeEnvironment

from app.formats.barcode import PictureError
from kiosk_sim.airline import from_london
from kiosk_sim.chip import ChipReading, Document
from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.passport import invent
from kiosk_sim.plan.cast import Family, Member, Site, companions, declared
from kiosk_sim.plan.live import Live
from kiosk_sim.plan.model import Day, Place, Staffing, Steps, simulate
from kiosk_sim.plan.people import Way
from tests.kiosk_sim.plan.halls import at, party

LANDS = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
TWO, ONE = Staffing(1, 1, 1), Staffing(1, 0, 1, Steps.ONE)
PEOPLE = 3


@dataclass
class FakeSite:
    """Devices, readers and an officer. ``says``: the answer by device; ``kind``: of the referral that it raises."""

    says: dict[str, str] = field(default_factory=lambda: {"kiosk": "registered", "lane": "cleared"})
    kind: str = ""
    trouble: Exception | None = None
    takes: float = 0.0
    code: str | None = "EGR1:CODE"
    due: bool = False
    refuses_passage: bool = False
    presented: list[tuple[str, str | None]] = field(default_factory=list)
    passed: list[list[str]] = field(default_factory=list)
    declared: list[dict[str, Any]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    queue: list[dict[str, Any]] = field(default_factory=list)

    @property
    def chips(self) -> "FakeSite":
        return self

    @property
    def reader(self) -> "FakeSite":
        return self

    @property
    def officers(self) -> dict[str, "FakeOfficer"]:
        return {"gate": FakeOfficer(self)}

    def device(self, kind: str, steps: Steps, key: str) -> "FakeDevice":
        return FakeDevice(self, kind)

    def read(self, what: Any) -> Any:
        if isinstance(what, Document):
            return ChipReading("ok")
        if self.code is None:
            raise PictureError("unreadable")
        return self.code


@dataclass
class FakeDevice:
    site: FakeSite
    kind: str

    def present(self, *, credential: str | None, mrz: str, readings: Any) -> dict[str, Any]:
        site = self.site
        time.sleep(site.takes)
        if site.trouble:
            raise site.trouble
        site.presented.append((self.kind, credential))
        name, answer = f"p{len(site.presented)}", site.says[self.kind]
        if answer in ("counter", "refer"):
            site.queue.append({"presentation_id": name, "kind": site.kind})
        if answer == "hold":
            site.queue.append({"presentation_id": name, "kind": "risk"})
        return {"id": name, "answer": answer}

    def await_decision(self, presentation: str, seconds: float) -> dict[str, Any]:
        return {"id": presentation, "answer": "cleared"}

    def declare(self, body: dict[str, Any]) -> dict[str, Any]:
        self.site.declared.append(body)
        return {}

    def pass_through(self, presentation: str, others: list[str]) -> dict[str, Any]:
        if self.site.refuses_passage:
            raise Refused(409, "no-clearance")
        self.site.passed.append([presentation, *others])
        return {}


@dataclass
class FakeOfficer:
    site: FakeSite

    def referrals(self) -> list[dict[str, Any]]:
        return list(self.site.queue)

    def release(self, referral: dict[str, Any]) -> None:
        if self.site.due:
            raise Refused(403, "examination-due")
        self._done("release", referral)

    def inspect(self, referral: dict[str, Any]) -> None:
        self.site.orders.append("inspect")

    def close_with_nothing(self, referral: dict[str, Any]) -> None:
        self._done("close", referral)

    def _done(self, order: str, referral: dict[str, Any]) -> None:
        self.site.orders.append(order)
        self.site.queue.remove(referral)


def _family(*, has_code: bool = True, goods: bool = False) -> Family:
    chance = random.Random(1)
    people = [invent(chance, LANDS.date()) for _ in range(PEOPLE)]
    members = [Member(one, Document(one.mrz)) for one in people]
    return Family(from_london(77, "NRT", LANDS), members, b"png" if has_code else None, goods)


def _walk(
    site: FakeSite,
    hall: Staffing = TWO,
    family: Family | None = None,
    speed: float = 0,
    **more: Any,
) -> tuple[Day, Live]:
    one = party(0, 5.0, people=PEOPLE, kiosk=40.0, lane=12.0, passage=6.0, officer=60.0, **more)
    live = Live(cast(Site, site), {one.key: family or _family()}, hall)
    env = RealtimeEnvironment(0, 1 / speed, strict=False) if speed else None
    try:
        return simulate([one], hall, live, env), live
    finally:
        live.close()


def _places(day: Day) -> list[str]:
    return [str(visit.work or visit.place) for visit in day.visits]


def test_each_shows_the_passport_and_all_pass_together() -> None:
    site = FakeSite()
    day, live = _walk(site)
    assert _places(day) == ["kiosk", "lane"]
    assert site.presented == [("kiosk", "EGR1:CODE")] * PEOPLE + [("lane", None)] * PEOPLE
    assert site.passed == [["p4", "p5", "p6"]]
    assert {what: len(times) for what, times in live.clock.times.items()} == {
        "code": 1, "chip": PEOPLE, "decision": 2 * PEOPLE, "passage": 1,
    }  # fmt: skip
    assert not live.faults


@pytest.mark.parametrize(
    ("says", "kind", "places", "orders"),
    [
        ({"kiosk": "counter"}, "identity", ["kiosk", "look", "lane"], ["release"] * PEOPLE),
        ({"kiosk": "counter"}, "goods", ["kiosk", "goods"], ["inspect", "close"] * PEOPLE),
        ({"lane": "refer"}, "risk", ["kiosk", "lane", "inspection"], ["inspect", "close"] * PEOPLE),
        ({"lane": "refer"}, "full-examination", ["kiosk", "lane", "inspection"], ["inspect", "close"] * PEOPLE),
        ({"kiosk": "show-other-code"}, "", ["kiosk", "inspection"], []),
    ],
)  # fmt: skip
def test_the_service_says_where_they_go(
    says: dict[str, str], kind: str, places: list[str], orders: list[str]
) -> None:
    site = FakeSite(kind=kind)
    site.says |= says
    day, _ = _walk(site)
    assert _places(day) == places
    assert site.orders == orders
    assert not site.queue
    assert bool(site.passed) == (places[-1] == "lane")


def test_somebody_held_at_a_gate_passes_once_an_officer_released() -> None:
    site = FakeSite({"kiosk": "hold"})
    day, _ = _walk(site, ONE, hold=30.0, glance=9.0, released=True)
    assert _places(day) == ["glance", "kiosk"]
    assert site.orders == ["release"] * PEOPLE
    assert site.passed == [["p1", "p2", "p3"]]


def test_somebody_not_released_is_inspected() -> None:
    site = FakeSite({"kiosk": "hold"})
    day, _ = _walk(site, ONE, hold=30.0, glance=9.0, released=False)
    assert _places(day) == ["glance", "kiosk", "inspection"]
    assert not site.passed


def test_a_full_examination_is_not_left_out_whatever_the_plan_has_drawn() -> None:
    site = FakeSite({"kiosk": "hold"}, due=True)
    day, live = _walk(site, ONE, hold=30.0, glance=9.0, released=True)
    assert _places(day) == ["glance", "kiosk", "inspection"]
    assert site.orders == ["inspect", "close"] * PEOPLE
    assert not site.passed
    assert not live.faults


def test_nobody_passes_a_gate_whose_clearance_is_gone() -> None:
    site = FakeSite({"kiosk": "cleared"}, refuses_passage=True)
    day, live = _walk(site, ONE)
    assert _places(day) == ["kiosk", "inspection"]
    assert live.faults == {"no-clearance": 1}


@pytest.mark.parametrize("trouble", [ServiceUnavailable(), Refused(409, "steps-missing")])
def test_whatever_fails_leads_to_an_officer_and_is_counted(trouble: Exception) -> None:
    site = FakeSite(trouble=trouble)
    day, live = _walk(site)
    assert _places(day) == ["kiosk", "inspection"]
    assert not site.passed
    assert sum(live.faults.values()) == 1


def test_whoever_has_no_code_declares_at_the_kiosk_for_all() -> None:
    site, family = FakeSite(), _family(has_code=False, goods=True)
    day, _ = _walk(site, family=family)
    assert _places(day) == ["kiosk", "lane"]
    [body] = site.declared
    assert body["companions"] == companions(family)
    assert len(body["companions"]) == PEOPLE - 1
    assert body["answers"]["over_allowance"]
    assert body["goods"] == declared(family)["goods"] != []
    assert site.presented[0] == ("kiosk", None)


def test_a_code_that_cannot_be_read_is_no_code() -> None:
    site = FakeSite(code=None)
    _, live = _walk(site)
    assert live.faults == {"code-unreadable": 1}
    assert len(site.declared) == 1


def test_the_clock_of_the_plan_stands_still_while_the_service_thinks() -> None:
    """Three answers of 40 ms at a thousand times speed would be two minutes of the hall."""
    site = FakeSite(takes=0.04)
    day, live = _walk(site, speed=1000.0)
    [kiosk], [lane] = at(day, Place.KIOSK), at(day, Place.LANE)
    assert kiosk.ended - kiosk.began == pytest.approx(40.12, abs=1.0)
    assert lane.ended - lane.began == pytest.approx(12.12, abs=1.0)
    assert live.paused > 0.05


def test_the_camera_takes_its_time_though_nobody_stands_there() -> None:
    day, _ = _walk(FakeSite(), face=7.0)
    [kiosk] = at(day, Place.KIOSK)
    assert kiosk.ended - kiosk.began == pytest.approx(47.0, abs=1.0)


def test_at_the_counter_nothing_is_asked_of_the_service() -> None:
    site = FakeSite()
    day, _ = _walk(site, way=Way.STAFFED)
    assert _places(day) == ["counter"]
    assert not site.presented
    assert not site.orders
