"""Clearances and passages: one door, once, in time, on the state of the moment; the rest is refused."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.gate import halls
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from tests.gate.world import ASTRID, ELSA, NILS, NOW, OLGA, Headers, World, add_ruleset, locked
from tests.support import WHY, problem_code

SHORT = {"clearance_hours": 0.1}
"""Six minutes: less than the life of a device's token."""


def cleared(world: World) -> str:
    """The presentation of a clean traveller at the one-step gate ``world.kiosk``."""
    found = world.answer(world.kiosk, ASTRID.mrz, world.ready())
    assert found["answer"] == "cleared"
    return str(found["id"])


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, problem_code(answer.text)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that are made at the same moment, each in its thread."""
    answers: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        answers[place] = calls[place]()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def passages(world: World) -> int:
    return int(world.rows("select count(*) from passage")[0][0])


# --- once -----------------------------------------------------------------------------------------


def test_a_passage_consumes_the_clearance(one_step: World):
    presentation = cleared(one_step)
    passed = one_step.pass_through(one_step.kiosk, presentation)
    assert passed.status_code == 201
    assert passed.json()["presentation_id"] == presentation
    row = one_step.rows(
        "select g.clearance_id = c.id, g.passed_at = c.consumed_at, u.passage_id = g.id"
        " from passage g, clearance c, credential_use u"
    )
    assert row == [(True, True, True)]
    url = f"/api/v1/presentations/{presentation}"
    shown = one_step.client.get(url, headers=one_step.kiosk).json()
    assert (shown["answer"], shown["clearance_id"]) == ("cleared", None)


def test_a_second_passage_is_refused(one_step: World):
    presentation = cleared(one_step)
    one_step.pass_through(one_step.kiosk, presentation)
    for key in (None, "another"):
        again = one_step.pass_through(one_step.kiosk, presentation, key)
        assert refused(again) == (409, "clearance-consumed")
    assert passages(one_step) == 1


def test_a_party_goes_through_together_or_nobody_of_it(one_step: World):
    everybody = one_step.party(ASTRID, NILS, ELSA)
    for person in (ASTRID, NILS, ELSA):
        one_step.code(person)
    one_step.assess(*everybody)
    people = (ASTRID, NILS)
    first, second = (str(one_step.answer(one_step.kiosk, one.mrz)["id"]) for one in people)
    uncleared = str(one_step.answer(one_step.kiosk, OLGA.mrz)["id"])
    for others in (
        [uncleared, second],
        [second, uncleared],
        [second, str(uuid4())],
        [second, first],
    ):
        refused_all = one_step.pass_through(one_step.kiosk, first, None, *others)
        assert refused_all.status_code in (404, 409)
        assert passages(one_step) == 0
    passed = one_step.pass_through(one_step.kiosk, first, "together", second)
    assert (passed.status_code, passed.json()["presentation_id"]) == (201, first)
    assert passages(one_step) == 2
    again = one_step.pass_through(one_step.kiosk, first, "together", second)
    assert (again.status_code, again.json()) == (201, passed.json())
    assert one_step.rows("select count(*) from credential_use") == [(2,)]
    many = [second] * 10
    assert one_step.pass_through(one_step.kiosk, first, None, *many).status_code == 422


def test_a_double_report_is_answered_alike(one_step: World, clock):
    presentation = cleared(one_step)
    first = one_step.pass_through(one_step.kiosk, presentation, "p1")
    clock.advance(seconds=30)
    again = one_step.pass_through(one_step.kiosk, presentation, "p1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert passages(one_step) == 1
    other = one_step.pass_through(one_step.kiosk, str(uuid4()), "p1")
    assert refused(other) == (422, "idempotency-key-reused")


def test_a_key_of_a_refused_passage_is_free_again(one_step: World, officer):
    presentation = cleared(one_step)
    url, senior = f"/api/v1/halls/{one_step.hall}/mode", officer()
    one_step.client.post(url, json={"mode": "staffed-only"}, headers=senior)
    assert one_step.pass_through(one_step.kiosk, presentation, "p1").status_code == 409
    one_step.client.post(url, json={"mode": "normal"}, headers=senior)
    assert one_step.pass_through(one_step.kiosk, presentation, "p1").status_code == 201


def test_many_reports_at_once_open_once(one_step: World):
    presentation = cleared(one_step)
    answers = at_once(
        *[
            lambda key=f"k{n}": one_step.pass_through(one_step.kiosk, presentation, key)
            for n in range(8)
        ]
    )
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert passages(one_step) == 1


def test_the_same_report_many_times_at_once_is_one_passage(one_step: World):
    presentation = cleared(one_step)
    calls = [lambda: one_step.pass_through(one_step.kiosk, presentation, "p1")] * 6
    answers = at_once(*calls)
    assert {answer.status_code for answer in answers} <= {201, 503}  # 503: waited too long, retries
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert passages(one_step) == 1


def test_a_traveller_at_two_lanes_passes_one(two_step: World, enrolled):
    """Two lanes decide and open at the same moment: one declaration, one person, one door."""
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    lanes = [two_step.lane, *(enrolled(DeviceKind.LANE, two_step.hall) for _ in range(3))]

    def go(lane):
        found = two_step.present(lane, None, code)
        if found.status_code != 201 or found.json()["answer"] != "cleared":
            return found
        return two_step.pass_through(lane, found.json()["id"])

    answers = at_once(*[lambda lane=lane: go(lane) for lane in lanes])
    assert passages(two_step) == 1
    assert two_step.rows("select count(*) from credential_use") == [(1,)]
    opened = [a for a in answers if a.status_code == 201 and "passed_at" in a.json()]
    assert len(opened) == 1


def test_the_later_lane_takes_the_clearance_over(two_step: World, enrolled):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    other = enrolled(DeviceKind.LANE, two_step.hall)
    first = two_step.answer(two_step.lane, None, code)["id"]
    later = two_step.answer(other, None, code)["id"]
    assert refused(two_step.pass_through(two_step.lane, first)) == (409, "clearance-revoked")
    assert two_step.pass_through(other, later).status_code == 201


# --- whose door -----------------------------------------------------------------------------------


def test_another_door_may_not_use_it(two_step: World, enrolled):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    presentation = two_step.answer(two_step.lane, None, code)["id"]
    with two_step.database.transaction() as session:
        elsewhere = halls.create_hall(session, "NRT", "Other", HallSteps.TWO, NOW).id
    for device in (
        enrolled(DeviceKind.LANE, two_step.hall), enrolled(DeviceKind.LANE, elsewhere),
        two_step.kiosk,
    ):  # fmt: skip
        found = two_step.pass_through(device, presentation)
        assert refused(found) == (404, "not-found")
    assert two_step.rows("select count(*) from referral") == [(0,)]
    assert two_step.pass_through(two_step.lane, presentation).status_code == 201


def test_a_presentation_that_is_nowhere(one_step: World):
    assert refused(one_step.pass_through(one_step.kiosk, str(uuid4()))) == (404, "not-found")


def test_a_device_that_was_shut_out_opens_nothing(one_step: World):
    presentation = cleared(one_step)
    with one_step.database.transaction() as session:
        session.connection().exec_driver_sql("update device set disabled_at = now()")
    assert one_step.pass_through(one_step.kiosk, presentation).status_code == 401
    assert passages(one_step) == 0


@pytest.mark.parametrize("body", [{}, {"presentation": "x"}, {"presentation": None}, []])
def test_a_body_that_is_wrong(one_step: World, body):
    url = "/api/v1/passages"
    assert one_step.client.post(url, json=body, headers=one_step.kiosk).status_code == 422


# --- in time, on the state of the moment ----------------------------------------------------------


@pytest.mark.parametrize(("minutes", "opens"), [(5.9, True), (6, False), (7, False)])
def test_a_clearance_expires(client, database, enrolled, clock, minutes, opens):
    world = World(client, database, enrolled, HallSteps.ONE, SHORT)
    presentation = cleared(world)
    clock.advance(minutes=minutes)
    shown = client.get(f"/api/v1/presentations/{presentation}", headers=world.kiosk).json()
    assert (shown["clearance_id"] is not None) is opens
    passed = world.pass_through(world.kiosk, presentation)
    if opens:
        assert passed.status_code == 201
    else:
        assert refused(passed) == (409, "clearance-expired")


def new_facts(world: World) -> None:
    world.touch(world.id_of())


def new_facts_and_fresh(world: World) -> None:
    world.touch(world.id_of())
    world.assess(world.id_of())


def new_hit(world: World) -> None:
    world.assess(world.id_of(), action="stop")


def same_again(world: World) -> None:
    world.assess(world.id_of())


def new_rules(world: World) -> None:
    with world.database.transaction() as session:
        add_ruleset(session)


def new_declaration(world: World) -> None:
    world.declare()


@pytest.mark.parametrize(
    "change", [new_facts, new_facts_and_fresh, new_hit, same_again, new_rules, new_declaration]
)
def test_what_changes_after_the_decision_takes_it_back(one_step: World, change):
    presentation = cleared(one_step)
    change(one_step)
    found = one_step.pass_through(one_step.kiosk, presentation)
    assert refused(found) == (409, "clearance-revoked")
    assert passages(one_step) == 0


def test_a_withdrawn_declaration_takes_it_back(one_step: World):
    one_step.add()
    made = one_step.declare()
    one_step.assess(one_step.id_of())
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, made["credential"]["text"])
    headers = {"Authorization": f"Bearer {made['secret']}"}
    one_step.client.delete(f"/api/v1/declarations/{made['id']}", headers=headers)
    passed = one_step.pass_through(one_step.kiosk, found["id"])
    assert refused(passed) == (409, "clearance-revoked")


def test_facts_that_come_at_the_moment_of_opening(one_step: World):
    """Whoever is first wins; never both a passage and a clearance taken back."""
    presentation = cleared(one_step)
    at_once(
        lambda: one_step.touch(one_step.id_of()),
        lambda: one_step.pass_through(one_step.kiosk, presentation),
    )
    ((consumed, revoked, count),) = one_step.rows(
        "select consumed_at is not null, revoked_at is not null, (select count(*) from passage)"
        " from clearance"
    )
    assert (consumed, revoked, count) in ((True, False, 1), (False, True, 0))


# --- without a clearance --------------------------------------------------------------------------


@pytest.mark.parametrize("judged", [{"action": "stop"}, {"control": True}])
def test_who_was_not_cleared_opens_nothing(one_step: World, judged):
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, one_step.ready(**judged))
    assert refused(one_step.pass_through(one_step.kiosk, found["id"])) == (409, "no-clearance")


def test_a_kiosk_of_a_two_step_hall_opens_nothing(two_step: World):
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, two_step.ready())
    assert refused(two_step.pass_through(two_step.kiosk, found["id"])) == (409, "no-clearance")


def test_a_refused_passage_alerts_the_officers_once(one_step: World, officer):
    presentation = cleared(one_step)
    one_step.touch(one_step.id_of())
    for _ in range(3):
        one_step.pass_through(one_step.kiosk, presentation)
    (alert,) = one_step.queue(officer())
    assert (alert["kind"], alert["reasons"], alert["presentation_id"]) == (
        "technical", ["passage-clearance-revoked"], presentation,
    )  # fmt: skip
    events = one_step.rows("select count(*) from event where kind = 'referral.changed'")
    assert events == [(1,)]
    trail = one_step.rows("select actor_kind from audit_entry where action = 'referral.raised'")
    assert trail == [("device",)]


def test_an_alert_ends_when_the_traveller_is_cleared(one_step: World, officer):
    presentation = cleared(one_step)
    new_facts_and_fresh(one_step)
    one_step.pass_through(one_step.kiosk, presentation)
    again = one_step.answer(one_step.kiosk, ASTRID.mrz)
    assert one_step.pass_through(one_step.kiosk, again["id"]).status_code == 201
    assert one_step.queue(officer()) == []


def test_who_is_inspected_opens_no_door(one_step: World, officer):
    """The second try raises an alert; the officer who looks closer takes the other clearance back."""
    presentation = cleared(one_step)
    url, senior = f"/api/v1/halls/{one_step.hall}/mode", officer()
    one_step.client.post(url, json={"mode": "staffed-only"}, headers=senior)
    one_step.pass_through(one_step.kiosk, presentation)
    one_step.client.post(url, json={"mode": "normal"}, headers=senior)
    (alert,) = one_step.queue(senior)
    url = f"/api/v1/referrals/{alert['id']}/inspect"
    begun = one_step.client.post(url, json={"version": alert["version"]}, headers=senior)
    assert begun.status_code == 200
    found = one_step.pass_through(one_step.kiosk, presentation)
    assert refused(found) == (409, "clearance-revoked")
    assert one_step.answer(one_step.kiosk, ASTRID.mrz)["answer"] == "refer"


def test_who_turned_back_in_the_door_is_let_through_by_an_officer_once(one_step: World, officer):
    presentation = cleared(one_step)
    one_step.pass_through(one_step.kiosk, presentation)
    assert one_step.answer(one_step.kiosk, ASTRID.mrz)["answer"] == "refer"
    senior = officer()
    (referral,) = one_step.queue(senior)
    assert referral["reasons"][0] == "credential-already_used"
    url = f"/api/v1/referrals/{referral['id']}/release"
    one_step.client.post(url, json={"version": referral["version"], **WHY}, headers=senior)
    again = one_step.answer(one_step.kiosk, ASTRID.mrz)
    assert again["answer"] == "cleared"
    assert one_step.pass_through(one_step.kiosk, again["id"]).status_code == 201
    assert one_step.answer(one_step.kiosk, ASTRID.mrz)["answer"] == "refer"


def declared_anew(world: World) -> str:
    """The code of a further declaration of the same passport, screened again."""
    text = world.code()
    world.assess(world.id_of())
    return text


def release(world: World, officer: Headers) -> list[str]:
    """Release the one referral in the queue; its reasons."""
    (referral,) = world.queue(officer)
    url = f"/api/v1/referrals/{referral['id']}/release"
    body = {"version": referral["version"], **WHY}
    assert world.client.post(url, json=body, headers=officer).status_code == 200
    return list(referral["reasons"])


def test_who_declares_anew_after_passing_is_let_through_by_an_officer_once(
    one_step: World, officer
):
    one_step.pass_through(one_step.kiosk, cleared(one_step))
    code, senior = declared_anew(one_step), officer()
    found = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], found["counter"], found["advice"]) == ("refer", "A", None)
    assert refused(one_step.pass_through(one_step.kiosk, found["id"])) == (409, "no-clearance")
    (_, referral) = sorted(one_step.queue(senior), key=lambda one: one["kind"], reverse=True)
    assert (referral["kind"], referral["reasons"]) == ("identity", ["already-passed"])
    url = f"/api/v1/referrals/{referral['id']}/release"
    one_step.client.post(url, json={"version": referral["version"], **WHY}, headers=senior)
    again = one_step.answer(one_step.kiosk, ASTRID.mrz, code)
    assert again["answer"] == "cleared"
    assert one_step.pass_through(one_step.kiosk, again["id"]).status_code == 201
    for shown in (code, declared_anew(one_step), None):
        assert one_step.answer(one_step.kiosk, ASTRID.mrz, shown)["answer"] == "refer"
    assert one_step.rows("select is_again from passage order by id") == [(False,), (True,)]


def test_who_declares_anew_after_passing_is_not_registered_again(two_step: World, officer):
    code = two_step.ready()
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    two_step.pass_through(two_step.lane, two_step.answer(two_step.lane, None, code)["id"])
    code, senior = declared_anew(two_step), officer()
    found = two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    assert (found["answer"], found["counter"], found["advice"]) == ("counter", "A", None)
    assert two_step.answer(two_step.lane, None, code)["answer"] == "refer"
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "refer"
    assert release(two_step, senior) == ["already-passed"]
    again = two_step.answer(two_step.lane, None, code)
    assert again["answer"] == "cleared"
    assert two_step.pass_through(two_step.lane, again["id"]).status_code == 201
    assert (
        two_step.answer(two_step.kiosk, ASTRID.mrz, declared_anew(two_step))["answer"] == "counter"
    )
    assert passages(two_step) == 2


def test_two_clearances_on_two_declarations_open_one_door(one_step: World, enrolled):
    """Two doors that have decided at the same moment, each on another declaration: one opens."""
    doors = [one_step.kiosk, enrolled(DeviceKind.KIOSK, one_step.hall)]
    one_step.ready()
    codes = [one_step.code(), one_step.code()]
    one_step.assess(one_step.id_of())
    found = [
        one_step.answer(door, ASTRID.mrz, code)["id"]
        for door, code in zip(doors, codes, strict=True)
    ]
    with one_step.database.transaction() as session:  # neither saw the other's clearance
        session.connection().exec_driver_sql(
            "update clearance set revoked_at = null, revoked_because = null"
        )
    assert one_step.rows("select count(distinct declaration_id) from presentation") == [(2,)]
    first, second = at_once(
        lambda: one_step.pass_through(doors[0], found[0]),
        lambda: one_step.pass_through(doors[1], found[1]),
    )
    assert sorted([first.status_code, second.status_code]) == [201, 409]
    loser = first if first.status_code == 409 else second
    assert refused(loser) == (409, "already-passed")
    assert passages(one_step) == 1
    assert one_step.rows("select count(*) from credential_use") == [(1,)]
    alerts = one_step.rows("select reasons from referral where kind = 'technical'")
    assert [row[0] for row in alerts] == [["passage-already-passed"]]


def test_a_short_lock_delays_a_passage_and_a_long_one_refuses_it(one_step: World):
    presentation = cleared(one_step)
    with locked(one_step, "clearance", 1.5):
        found = one_step.pass_through(one_step.kiosk, presentation, "p1")
    assert refused(found) == (503, "unavailable")
    with locked(one_step, "clearance", 0.4):
        found = one_step.pass_through(one_step.kiosk, presentation, "p1")
    assert found.status_code == 201
    assert passages(one_step) == 1


def test_releasing_an_alert_revives_nothing(one_step: World, officer):
    """The clearance stays taken back: who was told "refused" must be decided upon again."""
    presentation = cleared(one_step)
    new_hit(one_step)
    one_step.pass_through(one_step.kiosk, presentation)
    senior = officer()
    (alert,) = one_step.queue(senior)
    url = f"/api/v1/referrals/{alert['id']}/release"
    released = one_step.client.post(url, json={"version": alert["version"], **WHY}, headers=senior)
    assert released.json() == {
        "referral_id": alert["id"], "clearance_id": None, "opens": False,
    }  # fmt: skip
    found = one_step.pass_through(one_step.kiosk, presentation)
    assert refused(found) == (409, "clearance-revoked")
    assert one_step.answer(one_step.kiosk, ASTRID.mrz)["answer"] == "hold"


def test_a_refused_passage_writes_only_the_alert(one_step: World):
    presentation = cleared(one_step)
    one_step.assess(one_step.id_of(), action="stop")
    before = one_step.rows("select count(*) from audit_entry")[0][0]
    one_step.pass_through(one_step.kiosk, presentation, "p1")
    assert one_step.rows("select count(*) from audit_entry") == [(before + 1,)]
    for table in ("passage", "credential_use"):
        assert one_step.rows(f"select count(*) from {table}") == [(0,)]
    assert one_step.rows("select count(*) from idempotency where key = 'p1'") == [(0,)]


# --- killed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "consumed"), [("before", 0), ("after", 1)])
def test_a_server_that_is_killed_loses_and_doubles_no_passage(
    one_step: World, database_url: str, step: str, consumed: int
):
    """Whatever the device does then, with the same key or another, there is one passage."""
    presentation = cleared(one_step)
    token = one_step.kiosk["Authorization"].removeprefix("Bearer ")
    command = [sys.executable, "-m", "tests.gate.killed_passage"]
    done = subprocess.run(
        [*command, database_url, token, presentation, step],
        cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert passages(one_step) == consumed
    again = one_step.pass_through(one_step.kiosk, presentation, "p1")
    assert again.status_code == 201, "the device asks again with its key, and is told the same"
    other = one_step.pass_through(one_step.kiosk, presentation, "p2")
    assert refused(other) == (409, "clearance-consumed")
    assert passages(one_step) == 1
