"""Lanes before the service: what they report is kept once and reaches officers; orders are taken once, and soon."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.formats.lane import DOOR_TESTS, LaneNote, LaneState, LaneWord
from app.gate import halls
from app.gate.lane_calls import ALARMING
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from app.identity.permissions import Role
from app.web.console import words
from kiosk_sim import door
from kiosk_sim import lane as table
from tests.gate.world import ASTRID, NOW, Headers, World
from tests.support import WHY, problem_code

WAITING = {"state": "waiting", "door": "shut"}


def note(what: str = "tailgating", **more: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()), "at": NOW.isoformat(), "note": what, "state": "alarm", **more,
    }  # fmt: skip


def tell(world: World, device: Headers, *notes: dict[str, Any], **status: Any) -> Any:
    body = {"status": {**WAITING, **status}, "notes": list(notes)}
    return world.client.post("/api/v1/lane/reports", json=body, headers=device)


def lane_id(world: World) -> str:
    return str(world.rows("select id from device where kind = 'lane'")[0][0])


def give(world: World, officer: Headers, word: str = "pass", **more: Any) -> Any:
    url = f"/api/v1/lanes/{lane_id(world)}/orders"
    return world.client.post(url, json={"word": word, **more}, headers=officer)


def orders(world: World, device: Headers, **asked: Any) -> Any:
    return world.client.get("/api/v1/lane/orders", params=asked, headers=device)


def test_agent_and_service_speak_the_same_words() -> None:
    assert set(map(str, table.State)) == set(map(str, LaneState))
    assert set(map(str, door.Note)) == set(map(str, LaneNote)) == set(words.LANE_NOTES)
    assert {*door.ORDERS, door.EXPECT} == set(map(str, LaneWord))
    assert set(words.LANE_STATES) == set(map(str, LaneState))
    assert set(door.Door(asyncio.sleep).self_tests()) == set(DOOR_TESTS)  # type: ignore[arg-type]


# --- reports --------------------------------------------------------------------------------------


def test_a_lane_tells_its_state_and_officers_see_it(two_step: World, officer) -> None:
    assert tell(two_step, two_step.lane, state="opening", door="open").json() == {"kept": 0}
    tell(two_step, two_step.lane, state="passing", door="open")
    found = two_step.client.get("/api/v1/lanes", headers=officer()).json()["lanes"]
    assert [(one["hall"], one["state"], one["door"]) for one in found] == [
        ("Hall", "passing", "open")
    ]


def test_an_alarm_reaches_the_officers_once_and_is_audited_without_a_person(
    two_step: World, officer
) -> None:
    told = note()
    for _ in range(3):
        assert tell(two_step, two_step.lane, told, state="alarm").status_code == 200
    tell(two_step, two_step.lane, note("obstacle"), note("forced"), state="alarm")
    [alert] = two_step.queue(officer())
    assert (alert["kind"], alert["passenger_id"]) == ("technical", None)
    reasons = two_step.rows("select reasons from referral")[0][0]
    assert reasons == ["lane-tailgating", "lane-forced"]
    assert two_step.rows("select note from lane_event order by id") == [
        ("tailgating",), ("obstacle",), ("forced",)
    ]  # fmt: skip
    trail = two_step.rows(
        "select actor_kind, action, detail from audit_entry where action like 'lane.%' order by id"
    )
    assert [(kind, action) for kind, action, _ in trail] == [
        ("device", "lane.tailgating"), ("device", "lane.obstacle"), ("device", "lane.forced")
    ]  # fmt: skip
    assert all(set(detail) == {"state", "people", "order"} for *_, detail in trail)


def test_two_tellers_at_once_raise_one_alert(two_step: World) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = [threads.submit(tell, two_step, two_step.lane, note()) for _ in range(8)]
        assert {one.result().status_code for one in told} == {200}
    assert two_step.rows("select count(*) from referral") == [(1,)]
    assert two_step.rows("select count(*) from lane_event") == [(8,)]


def test_an_alert_that_was_closed_is_raised_anew(two_step: World, officer) -> None:
    tell(two_step, two_step.lane, note())
    senior = officer()
    [alert] = two_step.queue(senior)
    url = f"/api/v1/referrals/{alert['id']}/release"
    closed = two_step.client.post(url, json={"version": alert["version"], **WHY}, headers=senior)
    assert closed.status_code == 200, closed.text
    assert two_step.queue(senior) == []
    tell(two_step, two_step.lane, note("reverse"))
    assert len(two_step.queue(senior)) == 1


@pytest.mark.parametrize("what", LaneNote)
def test_which_notes_somebody_has_to_look_at(two_step: World, what: LaneNote) -> None:
    tell(two_step, two_step.lane, note(what))
    assert two_step.rows("select count(*) from referral") == [(int(what in ALARMING),)]


def test_a_clock_that_is_wrong_is_not_believed(two_step: World, clock) -> None:
    for wrong in (timedelta(days=400), -timedelta(hours=2)):
        tell(two_step, two_step.lane, note(at=(NOW - wrong).isoformat()))
    assert {at for (at,) in two_step.rows("select happened_at from lane_event")} == {clock()}


def test_who_has_no_door_reports_none(two_step: World) -> None:
    refused = tell(two_step, two_step.kiosk)
    assert (refused.status_code, problem_code(refused.text)) == (403, "no-door")


def test_a_kiosk_of_a_one_step_hall_has_a_door(one_step: World) -> None:
    assert tell(one_step, one_step.kiosk).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": {"state": "dancing", "door": "shut"}}, {"status": {**WAITING, "door": "ajar"}},
        {"status": {**WAITING, "people": 7}}, {"status": WAITING, "notes": [{}]}, {},
        {"status": WAITING, "notes": [note(name="LINDQVIST")]},
    ],
)  # fmt: skip
def test_what_is_no_report(two_step: World, wrong) -> None:
    found = two_step.client.post("/api/v1/lane/reports", json=wrong, headers=two_step.lane)
    assert found.status_code == 422
    assert "LINDQVIST" not in found.text


# --- orders ---------------------------------------------------------------------------------------


def test_an_order_is_taken_once_and_by_its_own_lane(two_step: World, officer, enrolled) -> None:
    other = enrolled(DeviceKind.LANE, two_step.hall)
    with two_step.database.transaction() as session:
        elsewhere = halls.create_hall(session, "NRT", "Other", HallSteps.TWO, NOW).id
    foreign = enrolled(DeviceKind.LANE, elsewhere)
    url = f"/api/v1/lanes/{_device_of(two_step, two_step.lane)}/orders"
    made = two_step.client.post(url, json={"word": "pass"}, headers=officer()).json()
    for device in (other, foreign):
        assert orders(two_step, device).json()["orders"] == []
    taken = orders(two_step, two_step.lane).json()
    assert taken["orders"] == [{"id": made["id"], "word": "pass", "people": 1}]
    assert orders(two_step, two_step.lane).json()["orders"] == []


def _device_of(world: World, device: Headers) -> str:
    """The device behind a token, by what it may be told."""
    tell(world, device, note("obstacle"))
    return str(world.rows("select device_id from lane_event order by id desc limit 1")[0][0])


def test_many_polls_at_once_get_an_order_once(two_step: World, officer) -> None:
    give(two_step, officer())
    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(orders, two_step, two_step.lane) for _ in range(10)]
        got = [one.result().json()["orders"] for one in asked]
    assert sum(map(len, got)) == 1


def test_an_old_order_is_followed_no_more(two_step: World, officer, clock) -> None:
    give(two_step, officer())
    clock.advance(seconds=11)
    assert orders(two_step, two_step.lane).json()["orders"] == []


def test_a_lane_that_waits_hears_of_an_order_and_of_another_mode(two_step: World, officer) -> None:
    senior = officer()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(orders, two_step, two_step.lane, wait=20)
        give(two_step, senior, "reset")
        assert [one["word"] for one in asked.result(10).json()["orders"]] == ["reset"]
        asked = threads.submit(orders, two_step, two_step.lane, wait=20)
        url = f"/api/v1/halls/{two_step.hall}/mode"
        two_step.client.post(url, json={"mode": "evacuation"}, headers=senior)
        assert asked.result(10).json() == {"mode": "evacuation", "orders": []}
    at_once = orders(two_step, two_step.lane, wait=20, mode="normal")
    assert at_once.json()["mode"] == "evacuation"


def test_several_people_are_let_in_by_assisted_lanes_alone(two_step: World, officer) -> None:
    refused = give(two_step, officer(), people=3)
    assert (refused.status_code, problem_code(refused.text)) == (422, "not-assisted")
    with two_step.database.transaction() as session:
        session.connection().exec_driver_sql("update device set assisted = true")
    assert give(two_step, officer(), people=3).status_code == 201
    assert orders(two_step, two_step.lane).json()["orders"][0]["people"] == 3


@pytest.mark.parametrize("role", Role)
def test_who_may_order(two_step: World, officer, role: Role) -> None:
    may = role in (Role.GATE_OFFICER, Role.SENIOR)
    assert give(two_step, officer(role)).status_code == (201 if may else 403)
    assert two_step.rows("select count(*) from lane_order") == [(int(may),)]


def test_an_order_is_audited_with_its_officer(two_step: World, officer) -> None:
    made = give(two_step, officer(), "refuse").json()
    [(kind, detail)] = two_step.rows(
        "select actor_kind, detail from audit_entry where action = 'lane.order'"
    )
    assert (kind, detail) == ("officer", {"order": made["id"], "word": "refuse", "people": 1})


def test_a_kiosk_and_an_unknown_device_take_no_orders(two_step: World, officer) -> None:
    kiosk = two_step.rows("select id from device where kind = 'kiosk'")[0][0]
    for device in (kiosk, uuid4()):
        url = f"/api/v1/lanes/{device}/orders"
        found = two_step.client.post(url, json={"word": "pass"}, headers=officer())
        assert found.status_code == 404
    assert orders(two_step, two_step.kiosk).status_code == 403
    assert orders(two_step, {"Authorization": "Bearer nobody"}).status_code == 401


# --- a clearance, thirty lanes --------------------------------------------------------------------


def test_thirty_lanes_at_once_open_one_door(two_step: World, enrolled) -> None:
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    lanes = [two_step.lane, *(enrolled(DeviceKind.LANE, two_step.hall) for _ in range(29))]

    def go(lane: Headers) -> bool:
        found = two_step.present(lane, None, code)
        if found.status_code != 201 or found.json()["answer"] != "cleared":
            return False
        return bool(two_step.pass_through(lane, found.json()["id"]).status_code == 201)

    with ThreadPoolExecutor(30) as threads:
        opened = list(threads.map(go, lanes))
    assert sum(opened) <= 1, "a door for one"
    assert two_step.rows("select count(*) from passage") == [(sum(opened),)]
    used = two_step.rows("select count(*) from clearance where consumed_at is not null")
    assert used == [(sum(opened),)]
    if not any(opened):  # every lane was overtaken by the next: nobody has lost the right to pass
        assert go(two_step.lane)


def test_thirty_reports_of_one_passage_are_one(one_step: World) -> None:
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready())
    with ThreadPoolExecutor(30) as threads:
        calls = [
            threads.submit(one_step.pass_through, one_step.kiosk, found["id"], f"k{n}")
            for n in range(30)
        ]
        codes = [one.result().status_code for one in calls]
    assert codes.count(201) == 1
    assert set(codes) <= {201, 409, 503}
    assert one_step.rows("select count(*) from passage") == [(1,)]
