"""Who waits at a one-step gate: released, inspected or left alone; what a release covers and what it does not."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.log import Actor, ActorKind
from app.gate import holds, routes
from app.gate.models import HallSteps
from app.identity import officers
from app.identity.permissions import Role
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.referrals import service
from app.travel.models import Passenger
from tests.declarations.forms import WATCH, submission
from tests.gate.world import ASTRID, NILS, NOW, World
from tests.support import WHY, problem_code

OVER = "update presentation set hold_until = clock_timestamp() - interval '1 second'"


class Gate:
    """A one-step gate with a flagged traveller before it, and two officers."""

    def __init__(self, world: World, kernel: Kernel) -> None:
        self.world, self.kernel = world, kernel
        self.mori, self.sato = self.officer("Mori"), self.officer("Sato")

    def officer(self, name: str, role: Role = Role.SENIOR) -> dict[str, str]:
        with self.world.database.transaction() as session:
            made = officers.create_officer(session, name, name, [role], "NRT", NOW)
            token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
        return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}

    def hold(self, **judged: Any) -> str:
        """Somebody is held; the presentation."""
        code = self.world.ready(**{"action": "stop", **judged})
        found = self.world.answer(self.world.kiosk, ASTRID.mrz, code)
        assert found["answer"] == "hold"
        return str(found["id"])

    def one(self) -> dict[str, Any]:
        """The only referral in the queue."""
        (found,) = self.world.queue(self.mori)
        return found

    def post(self, verb: str, referral: dict[str, Any], who: Any = None, key: str = "") -> Any:
        headers = {**(who or self.mori), **({"Idempotency-Key": key} if key else {})}
        url = f"/api/v1/referrals/{referral['id']}/{verb}"
        said = {"version": referral["version"], **(WHY if verb == "release" else {})}
        return self.world.client.post(url, json=said, headers=headers)

    def state(self, presentation: str, wait: float = 0) -> dict[str, Any]:
        url = f"/api/v1/presentations/{presentation}"
        found = self.world.client.get(url, headers=self.world.kiosk, params={"wait": wait})
        assert found.status_code == 200, found.text
        return dict(found.json())

    def opens(self, presentation: str) -> bool:
        return bool(self.world.pass_through(self.world.kiosk, presentation).status_code == 201)

    def silence(self) -> None:
        """The hold's time is over on the database's clock; nobody does anything about it."""
        with self.world.database.transaction() as session:
            session.execute(sa.text(OVER))


@pytest.fixture
def gate(one_step: World, kernel: Kernel) -> Gate:
    return Gate(one_step, kernel)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, problem_code(answer.text)


# --- the three ends -------------------------------------------------------------------------------


def test_the_officer_releases_and_the_door_opens(gate: Gate):
    presentation = gate.hold()
    referral = gate.one()
    assert (referral["is_hold"], referral["reasons"]) == (True, ["risk-unreviewed"])
    released = gate.post("release", referral).json()
    assert released["opens"] is True
    state = gate.state(presentation)
    assert (state["answer"], state["path"], state["hold_seconds"]) == (
        "cleared", ["hold", "cleared"], None,
    )  # fmt: skip
    assert state["clearance_id"] == released["clearance_id"]
    assert gate.opens(presentation)
    assert not gate.opens(presentation)
    assert gate.world.queue(gate.mori)[0]["kind"] == "technical"  # of the second try


def test_the_officer_inspects_and_the_counter_is_shown(gate: Gate):
    presentation = gate.hold()
    assert gate.post("inspect", gate.one()).status_code == 200
    state = gate.state(presentation)
    assert (state["answer"], state["path"], state["counter"]) == ("refer", ["hold", "refer"], "A")
    assert not gate.opens(presentation)
    row = gate.world.rows("select is_hold, hold_until, state from referral where kind = 'risk'")
    assert row == [(False, None, "inspecting")]


@pytest.mark.parametrize("wait", [0, 30])
def test_silence_refers_and_no_process_has_to_run(gate: Gate, wait):
    presentation = gate.hold()
    gate.silence()
    started = time.monotonic()
    state = gate.state(presentation, wait)
    assert time.monotonic() - started < 25
    assert (state["answer"], state["path"], state["counter"]) == ("refer", ["hold", "refer"], "A")
    assert state["hold_seconds"] is None
    assert not gate.opens(presentation)


def test_silence_is_decided_on_reading_even_where_nothing_can_be_written(gate: Gate, monkeypatch):
    presentation = gate.hold()
    gate.silence()
    monkeypatch.setattr(holds, "expire_holds", unavailable)
    assert gate.state(presentation)["answer"] == "refer"
    again = gate.world.present(gate.world.kiosk, ASTRID.mrz, key="k")  # a new one is a new hold
    assert again.json()["answer"] == "hold"


def unavailable(*_: Any) -> int:
    raise holds_unavailable


holds_unavailable = routes.UnavailableError()


def test_the_end_is_written_once_and_told_to_the_officers(gate: Gate):
    presentation = gate.hold()
    gate.silence()
    before = gate.one()
    for _ in range(3):
        gate.state(presentation)
    assert holds.expire_holds(gate.world.database, NOW) == 0
    after = gate.one()
    assert (after["is_hold"], after["version"]) == (False, before["version"] + 1)
    steps = gate.world.rows("select kind from referral_event order by created_at")
    assert steps == [("raised",), ("hold-expired",)]
    assert gate.world.rows("select count(*) from audit_entry where action = 'hold.expire'") == [
        (1,)
    ]


def test_the_worker_ends_holds_that_nobody_reads(gate: Gate):
    presentation = gate.hold()
    assert holds.expire_holds(gate.world.database, NOW) == 0
    gate.silence()
    assert holds.expire_holds(gate.world.database, NOW) == 1
    row = gate.world.rows("select answer, path from presentation where id = :i", i=presentation)
    assert row == [("refer", ["hold", "refer"])]


# --- a release after the end ----------------------------------------------------------------------


@pytest.mark.parametrize("written", [True, False])
def test_a_release_after_the_deadline_is_refused(gate: Gate, written):
    presentation = gate.hold()
    referral = gate.one()
    gate.silence()
    if written:
        holds.expire_holds(gate.world.database, NOW)
    assert refused(gate.post("release", referral)) == (409, "referral-changed")
    assert gate.state(presentation)["answer"] == "refer"
    assert gate.world.rows("select count(*) from clearance") == [(0,)]


def test_who_looks_again_after_the_deadline_may_release_at_the_counter(gate: Gate):
    presentation = gate.hold()
    gate.silence()
    gate.state(presentation)
    released = gate.post("release", gate.one()).json()
    assert (released["opens"], released["clearance_id"] is None) == (False, False)
    assert not gate.opens(presentation)  # that one is over; the next one takes it into account
    again = gate.world.answer(gate.world.kiosk, ASTRID.mrz)
    assert again["answer"] == "cleared"
    assert gate.opens(again["id"])


def test_an_officer_and_the_end_at_the_same_moment(gate: Gate):
    """Referral, then presentation: both sides lock in that order, so none has to be given up."""
    gate.hold()
    referral = gate.one()
    gate.silence()
    with gate.world.database.transaction() as session:
        session.execute(sa.text("select from referral for update"))
        ending = threading.Thread(target=holds.expire_holds, args=[gate.world.database, NOW])
        ending.start()
        wait_until(lambda: gate.world.rows(WAITING)[0][0] == 1)
        session.execute(sa.text("select from presentation for update"))  # no deadlock
    ending.join(timeout=10)
    assert not ending.is_alive()
    assert gate.one()["version"] == referral["version"] + 1


WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


def wait_until(is_true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < ends
        time.sleep(0.02)


# --- how the gate hears of it ---------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "answer"), [("release", "cleared"), ("inspect", "refer")])
def test_a_long_poll_answers_when_the_officer_does(gate: Gate, verb, answer):
    presentation = gate.hold()
    referral, seen = gate.one(), []
    poll = threading.Thread(target=lambda: seen.append(gate.state(presentation, 20)))
    poll.start()
    time.sleep(0.3)
    assert seen == []
    assert gate.post(verb, referral).status_code == 200
    poll.join(timeout=10)
    assert [state["answer"] for state in seen] == [answer]


def test_a_long_poll_ends_with_its_seconds(gate: Gate):
    presentation = gate.hold()
    state = gate.state(presentation, 0.2)
    assert state["answer"] == "hold"
    assert 0 < state["hold_seconds"] <= 30


def test_a_long_poll_ends_with_the_hold(client, database, enrolled, kernel):
    world = World(client, database, enrolled, HallSteps.ONE, {"hold_seconds": 0.5})
    gate = Gate(world, kernel)
    assert gate.state(gate.hold(), 20)["answer"] == "refer"
    assert gate.one()["is_hold"] is False


@pytest.mark.parametrize("verb", ["release", "inspect"])
def test_each_end_is_a_hint_for_the_gate(gate: Gate, verb):
    heard: list[Hint] = []
    remove = gate.kernel.live.add(lambda hints, _: heard.extend(hints))
    presentation = gate.hold()
    gate.post(verb, gate.one())
    remove()
    wires = [hint.wire() for hint in heard if hint.kind == "presentation.changed"]
    assert wires == [
        {"kind": "presentation.changed", "id": presentation, "version": 1},
        {"kind": "presentation.changed", "id": presentation, "version": 2},
    ]


# --- what a release covers ------------------------------------------------------------------------


def test_a_release_covers_what_was_seen_and_not_what_came_since(gate: Gate):
    """A colleague confirms the hit while the officer still sees it unreviewed."""
    presentation = gate.hold()
    referral = gate.one()
    gate.world.assess(gate.world.id_of(), action="stop", confirmed=True)
    released = gate.post("release", referral)
    assert released.json()["opens"] is False
    assert gate.state(presentation)["answer"] == "refer"
    assert not gate.opens(presentation)
    left = [one for one in gate.world.queue(gate.mori) if one["kind"] == "risk"]
    assert [(one["reasons"], one["is_hold"]) for one in left] == [(["risk-confirmed"], False)]
    assert gate.post("release", left[0]).status_code == 200
    again = gate.world.answer(gate.world.kiosk, ASTRID.mrz)
    assert again["answer"] == "cleared"


def test_a_release_opens_together_with_an_earlier_one_of_the_same_traveller(gate: Gate):
    """Let through once more by an officer, then held because unreviewed hits act from now on."""
    world = gate.world
    let_unreviewed_hits_act(world, act=False)
    assert gate.opens(world.answer(world.kiosk, ASTRID.mrz, world.ready())["id"])
    code = world.code()
    world.assess(world.id_of(), action="stop")
    assert world.answer(world.kiosk, ASTRID.mrz, code)["answer"] == "refer"
    assert gate.one()["reasons"] == ["already-passed"]
    assert gate.post("release", gate.one()).status_code == 200
    let_unreviewed_hits_act(world, act=True)
    held = world.answer(world.kiosk, ASTRID.mrz, code)
    assert held["answer"] == "hold"
    assert gate.post("release", gate.one()).json()["opens"] is True
    assert gate.opens(str(held["id"]))
    assert world.rows("select is_again from passage order by id") == [(False,), (True,)]
    assert world.answer(world.kiosk, ASTRID.mrz, code)["answer"] == "refer"


def let_unreviewed_hits_act(world: World, *, act: bool) -> None:
    with world.database.transaction() as session:
        policy = {"policy": json.dumps({"unreviewed_acts": act})}
        session.execute(
            sa.text("update hall set policy = policy || cast(:policy as jsonb)"), policy
        )


def test_a_new_declaration_is_not_covered(gate: Gate):
    presentation = gate.hold()
    referral = gate.one()
    goods = {**submission()["answers"], "over_allowance": True}
    gate.world.declare(goods=[WATCH], answers=goods)
    gate.world.assess(gate.world.id_of(), action="stop")
    assert gate.post("release", referral).json()["opens"] is False
    state = gate.state(presentation)
    assert (state["answer"], state["counter"]) == ("refer", "B")
    assert not gate.opens(presentation)
    kinds = [(one["kind"], one["reasons"]) for one in gate.world.queue(gate.mori)]
    assert ("goods", ["declared-goods"]) in kinds


def test_a_hit_that_was_dismissed_clears(gate: Gate):
    presentation = gate.hold()
    gate.world.assess(gate.world.id_of())
    assert gate.post("release", gate.one()).json()["opens"] is True
    assert gate.opens(presentation)


def test_a_hit_that_was_dismissed_clears_without_a_release_too(gate: Gate):
    gate.hold()
    gate.world.touch(gate.world.id_of())
    gate.world.assess(gate.world.id_of())
    again = gate.world.answer(gate.world.kiosk, ASTRID.mrz)
    assert again["answer"] == "cleared"
    assert gate.opens(again["id"])
    assert gate.world.queue(gate.mori) == []  # the reason fell away
    steps = gate.world.rows("select kind from referral_event order by created_at")
    assert steps == [("raised",), ("overtaken",)]


def test_new_facts_after_the_release_take_it_back(gate: Gate):
    presentation = gate.hold()
    gate.post("release", gate.one())
    gate.world.touch(gate.world.id_of())
    assert gate.world.rows("select revoked_because from clearance") == [("facts-changed",)]
    assert gate.state(presentation)["clearance_id"] is None
    assert refused(gate.world.pass_through(gate.world.kiosk, presentation)) == (
        409, "clearance-revoked",
    )  # fmt: skip
    gate.world.assess(gate.world.id_of(), action="stop")
    assert gate.world.answer(gate.world.kiosk, ASTRID.mrz)["answer"] == "hold"


def test_a_new_assessment_after_the_release_takes_it_back(gate: Gate):
    presentation = gate.hold()
    gate.post("release", gate.one())
    gate.world.assess(gate.world.id_of(), action="stop", confirmed=True)
    assert not gate.opens(presentation)


def test_a_switch_to_evacuation_outweighs_a_release(gate: Gate):
    presentation = gate.hold()
    referral = gate.one()
    url = f"/api/v1/halls/{gate.world.hall}/mode"
    gate.world.client.post(url, json={"mode": "evacuation"}, headers=gate.mori)
    assert gate.post("release", referral).json()["opens"] is False
    assert gate.state(presentation)["answer"] == "refer"
    assert not gate.opens(presentation)


def test_a_release_at_a_counter_counts_at_the_next_lane_only(two_step: World, kernel):
    gate = Gate(two_step, kernel)
    code = two_step.ready(action="stop")
    two_step.answer(two_step.kiosk, ASTRID.mrz, code)
    sent = two_step.answer(two_step.lane, None, code)
    assert sent["answer"] == "refer"
    assert gate.post("release", gate.one()).json()["opens"] is False
    refused_there = two_step.pass_through(two_step.lane, sent["id"])
    assert refused(refused_there) == (409, "no-clearance")
    opened = two_step.answer(two_step.lane, None, code)
    assert opened["answer"] == "cleared"
    assert two_step.pass_through(two_step.lane, opened["id"]).status_code == 201
    live = "select count(*) from clearance where consumed_at is null and revoked_at is null"
    assert two_step.rows(live) == [(0,)]  # the release is used up with it


def test_a_release_opens_one_door_even_of_somebody_whom_nobody_declared(two_step: World, kernel):
    """Without a declaration nothing but the release itself can be used up."""
    gate = Gate(two_step, kernel)
    two_step.add()
    two_step.assess(two_step.id_of())
    two_step.answer(two_step.kiosk, ASTRID.mrz)
    gate.post("release", gate.one())
    first = two_step.answer(two_step.lane, ASTRID.mrz)
    assert first["answer"] == "cleared"
    assert two_step.pass_through(two_step.lane, first["id"]).status_code == 201
    assert two_step.answer(two_step.lane, ASTRID.mrz)["answer"] == "refer"


# --- while facts are being assessed ---------------------------------------------------------------


def test_a_release_waits_for_the_assessment_and_no_longer(gate: Gate):
    presentation = gate.hold()
    referral = gate.one()
    gate.world.touch(gate.world.id_of())
    assert refused(gate.post("release", referral)) == (409, "screening-late")
    assert gate.one()["state"] == "raised"  # nothing half done
    assert gate.state(presentation)["answer"] == "hold"
    assert gate.world.rows("select count(*) from clearance") == [(0,)]


def test_an_assessment_in_time_is_used(gate: Gate, monkeypatch):
    monkeypatch.setattr("app.gate.holds.RELEASE_SECONDS", 60.0)
    presentation = gate.hold()
    referral, astrid = gate.one(), gate.world.id_of()
    gate.world.touch(astrid)
    timer = threading.Timer(0.2, gate.world.assess, [astrid], {"action": "stop"})
    timer.start()
    released = gate.post("release", referral)
    timer.join()
    assert released.json()["opens"] is True
    assert gate.opens(presentation)


# --- two officers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verbs", [("release", "release"), ("release", "inspect"), ("inspect",) * 2]
)
def test_two_officers_at_once_and_one_decides(gate: Gate, verbs):
    presentation = gate.hold()
    referral, answers = gate.one(), {}
    start = threading.Barrier(2)

    def decide(name: str, who: Any, verb: str) -> None:
        start.wait()
        answers[name] = gate.post(verb, referral, who)

    threads = [
        threading.Thread(target=decide, args=[name, who, verb])
        for name, who, verb in zip(("Mori", "Sato"), (gate.mori, gate.sato), verbs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((winner, _),) = [(n, a) for n, a in answers.items() if a.status_code == 200]
    ((_, late),) = [(n, a) for n, a in answers.items() if a.status_code != 200]
    assert late.status_code == 409
    assert problem_code(late.text) in ("referral-closed", "referral-taken")
    assert (late.json()["by"], late.json()["since"]) == (winner, NOW.isoformat())
    assert gate.state(presentation)["answer"] in ("cleared", "refer")
    assert gate.world.rows("select count(*) from referral where decision is not null") == [(1,)]


def test_who_claimed_decides(gate: Gate):
    gate.hold()
    gate.post("claim", gate.one())
    late = gate.post("release", gate.one(), gate.sato)
    assert refused(late) == (409, "referral-taken")
    assert late.json()["by"] == "Mori"
    assert gate.post("release", gate.one()).json()["opens"] is True


def test_who_saw_it_before_it_was_presented_again_looks_again(gate: Gate):
    gate.hold()
    referral = gate.one()
    other = gate.world.answer(gate.world.kiosk, ASTRID.mrz)
    assert refused(gate.post("release", referral)) == (409, "referral-changed")
    assert gate.one()["presentation_id"] == other["id"]


def test_a_release_says_what_was_seen(gate: Gate):
    """No version is no look: the gate stays shut."""
    gate.hold()
    url = f"/api/v1/referrals/{gate.one()['id']}"
    for verb in ("release", "inspect"):
        for body in ({}, {"version": None}):
            found = gate.world.client.post(f"{url}/{verb}", json=body, headers=gate.mori)
            assert refused(found) == (422, "invalid")


def test_a_repeated_release_shows_what_it_came_to(gate: Gate):
    gate.hold()
    referral = gate.one()
    first = gate.post("release", referral, key="r1")
    again = gate.post("release", referral, key="r1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert gate.world.rows("select count(*) from clearance") == [(1,)]
    assert gate.world.rows(
        "select count(*) from audit_entry where action = 'clearance.release'"
    ) == [(1,)]


# --- others ---------------------------------------------------------------------------------------


def test_fellow_travellers_are_held_too_and_each_is_released(one_step: World, kernel):
    gate = Gate(one_step, kernel)
    astrid, nils = one_step.party(ASTRID, NILS)
    one_step.code(ASTRID), one_step.code(NILS)
    one_step.assess(astrid)
    one_step.assess(nils, action="stop")
    held = {p: one_step.answer(one_step.kiosk, p.mrz)["id"] for p in (ASTRID, NILS)}
    found = {tuple(one["reasons"]): one for one in one_step.queue(gate.mori)}
    assert found.keys() == {("party-risk",), ("risk-unreviewed",)}
    assert gate.post("release", found["risk-unreviewed",]).json()["opens"] is True
    assert gate.state(held[ASTRID])["answer"] == "hold"  # hers is another decision
    assert gate.post("release", found["party-risk",]).json()["opens"] is True
    assert gate.opens(held[NILS])
    assert gate.opens(held[ASTRID])


def test_a_release_is_audited_with_its_clearance(gate: Gate):
    gate.hold()
    referral = gate.one()
    released = gate.post("release", referral).json()
    trail = gate.world.rows(
        "select action, detail from audit_entry where subject_id = :id",
        id=released["clearance_id"],
    )
    assert trail == [("clearance.release", {"referral": referral["id"], "opens": True})]


def test_an_alert_about_a_flight_is_released_without_a_clearance(gate: Gate):
    with gate.world.database.transaction() as session:
        alert = service.raise_referral(
            session, Actor(ActorKind.SYSTEM), site="NRT", hall_id=gate.world.hall,
            kind=service.ReferralKind.TECHNICAL, reasons=["manifest-open"], passenger_id=None,
            presentation_id=None, now=NOW,
        )  # fmt: skip
        alert.flight_id = gate.world.flight
    released = gate.post("release", gate.one()).json()
    assert (released["clearance_id"], released["opens"]) == (None, False)


def test_the_passenger_is_locked_while_an_officer_releases(gate: Gate):
    """Facts that are being changed are waited for: the release sees them or is taken back by them."""
    presentation = gate.hold()
    referral, answers = gate.one(), []
    with gate.world.database.transaction() as session:
        session.execute(sa.update(Passenger).values(facts_version=Passenger.facts_version + 1))
        thread = threading.Thread(target=lambda: answers.append(gate.post("release", referral)))
        thread.start()
        wait_until(lambda: gate.world.rows(WAITING)[0][0] == 1)
    thread.join(timeout=20)
    assert refused(answers[0]) == (409, "screening-late")
    assert not gate.opens(presentation)


def test_the_deadline_is_the_databases(gate: Gate, clock):
    """The program's clock may be wrong: a hold lasts as long as the database says."""
    presentation = gate.hold()
    clock.advance(seconds=timedelta(minutes=5).total_seconds())
    assert gate.state(presentation)["answer"] == "hold"
    assert holds.expire_holds(gate.world.database, clock()) == 0
