"""A lane that is out of service calls the hall's staff, and the call is over when somebody has reset it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.audit.log import Actor, ActorKind
from app.formats.lane import LaneNote, LaneState, LaneWord
from app.gate import lanes, machines
from app.gate.lane_calls import OUT_OF_SERVICE
from app.gate.lanes import Noted, Told
from app.identity import officers
from app.identity.devices import EnrolledDevice
from app.identity.models import Device
from app.identity.officers import SignedIn
from app.identity.permissions import Role
from app.kernel.ids import uuid7
from app.referrals import service as referrals
from app.referrals import views
from app.referrals.models import Referral, ReferralDecision, ReferralState
from app.web.console import words
from kiosk_sim.door import Door, Order, status
from tests.gate.test_lanes import orders
from tests.gate.world import NOW, World


class Staffed:
    """The lane of a hall as its agent speaks, below HTTP, and an officer who may reset it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = NOW
        with world.database.transaction() as session:
            row = session.scalars(sa.select(Device).where(Device.kind == "lane")).one()
            made = officers.create_officer(
                session, "mori", "K. Mori", [Role.GATE_OFFICER], "NRT", NOW
            )
            code = officers.issue_code(session, made.id, NOW)
            token = officers.sign_in(session, code, NOW)
            self.who: SignedIn = officers.find_session(session, token, NOW)[0]
            self.device = EnrolledDevice(row.id, row.kind, row.hall_id)

    def tell(
        self, state: str, *notes: str, order: UUID | None = None, stop_due: bool = False
    ) -> None:
        """The lane as it is now; each note was written in this state unless it says otherwise (``note@state``)."""
        told = Told(LaneState(state), "shut", stop_due, 1)
        self.report(told, [self.noted(one, state, order) for one in notes])

    def noted(self, said: str, state: str, order: UUID | None) -> Noted:
        note, _, then = said.partition("@")
        return Noted(uuid7(), LaneNote(note), LaneState(then or state), 1, order, self.now)

    def report(self, told: Told, notes: Sequence[Noted]) -> None:
        self.now += timedelta(seconds=1)
        with self.world.database.transaction() as session:
            lanes.report(session, self.device, told, notes, self.now)

    def order(self) -> UUID:
        with self.world.database.transaction() as session:
            return lanes.order(session, self.who, self.device.id, LaneWord.RESET, self.now).id

    def beat(self, **tests: bool) -> None:
        with self.world.database.transaction() as session:
            machines.beat(session, self.device, machines.Beat("1", "welcome", tests), self.now)

    @property
    def calls(self) -> list[tuple[str, list[str]]]:
        """State and reasons of every call, the oldest first."""
        with self.world.database.read() as session:
            found = session.scalars(sa.select(Referral).order_by(Referral.id))
            return [(str(one.state), one.reasons) for one in found]

    def latest(self) -> Referral:
        with self.world.database.read() as session:
            return session.scalars(sa.select(Referral).order_by(Referral.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def staffed(two_step: World) -> Staffed:
    return Staffed(two_step)


@pytest.mark.parametrize("state", LaneState)
def test_a_lane_that_stands_out_of_service_calls_once(staffed: Staffed, state: LaneState) -> None:
    staffed.tell("waiting")
    staffed.tell(state)
    staffed.tell(state)
    calls = [("raised", [f"lane-{state}"])] if state in OUT_OF_SERVICE else []
    assert staffed.calls == calls
    assert {f"lane-{one}" for one in OUT_OF_SERVICE} <= set(words.REASONS)


def test_what_happened_says_more_than_the_state(staffed: Staffed) -> None:
    staffed.tell("waiting")
    staffed.tell("stopped", "door-fault")
    assert staffed.calls == [("raised", ["lane-door-fault"])]
    staffed.tell("blocked")
    staffed.tell("alarm", "blocked")
    assert staffed.calls == [("raised", ["lane-door-fault", "lane-blocked"])]


def test_a_lane_that_stops_later_than_its_fault_calls_anew_when_the_first_was_dealt_with(
    staffed: Staffed,
) -> None:
    staffed.tell("passing", "fault", stop_due=True)
    with staffed.world.database.transaction() as session:
        one = staffed.latest()
        referrals.close_released(session, staffed.who.actor, one.id, one.version, staffed.now)
    staffed.tell("stopped")
    assert staffed.calls == [("closed", ["lane-fault"]), ("raised", ["lane-stopped"])]


def test_a_program_that_starts_stopped_calls_for_its_key(staffed: Staffed) -> None:
    staffed.tell("stopped")
    assert staffed.calls == [("raised", ["lane-stopped"])]
    staffed.tell("waiting", "officer-reset@closing")
    assert staffed.calls == [("closed", ["lane-stopped"])]


def test_a_reset_ends_the_call_in_the_name_of_whoever_ordered_it(staffed: Staffed) -> None:
    staffed.tell("alarm", "tailgating")
    staffed.tell("closing", "officer-reset", order=staffed.order())
    closed = staffed.latest()
    assert (closed.state, closed.decision) == (ReferralState.CLOSED, ReferralDecision.RESET)
    assert (closed.decided_by, closed.closed_at) == (staffed.who.officer_id, staffed.now)
    with staffed.world.database.read() as session:
        detail = views.read_referral(session, closed.id, "NRT")
    assert [one.kind for one in detail.steps] == ["raised", "lane-reset"]
    assert detail.referral.decider == "K. Mori"
    trail = staffed.world.rows(
        "select actor_kind, action from audit_entry where action = 'referral.lane-reset'"
    )
    assert trail == [("device", "referral.lane-reset")]


def test_the_key_at_the_lane_ends_it_in_nobodys_name(staffed: Staffed) -> None:
    staffed.tell("alarm", "forced")
    staffed.tell("closing", "officer-reset")
    assert (staffed.latest().decision, staffed.latest().decided_by) == (
        ReferralDecision.RESET,
        None,
    )


def test_an_order_for_another_lane_names_nobody(staffed: Staffed) -> None:
    staffed.tell("alarm", "forced")
    staffed.tell("closing", "officer-reset", order=uuid7())
    assert (staffed.latest().state, staffed.latest().decided_by) == (ReferralState.CLOSED, None)


def test_a_lane_that_does_not_come_back_calls_anew(staffed: Staffed) -> None:
    staffed.tell("stopped", "fault")
    staffed.tell("closing", "officer-reset")
    staffed.tell("stopped")  # its self-test failed once more when it was shut
    assert [state for state, _ in staffed.calls] == ["closed", "raised"]
    staffed.tell("stopped", "officer-reset@closing")  # told in one report
    assert [state for state, _ in staffed.calls] == ["closed", "closed", "raised"]


def test_after_a_fire_the_first_turn_of_the_key_is_not_the_last(staffed: Staffed) -> None:
    staffed.tell("released", "fire")
    staffed.tell("stopped", "officer-reset")
    assert staffed.calls == [("raised", ["lane-fire"])]
    staffed.tell("closing", "officer-reset")
    assert staffed.calls == [("closed", ["lane-fire"])]


def test_what_needs_no_reset_waits_for_an_officer(staffed: Staffed) -> None:
    staffed.tell("closing", "clearance-unused")
    staffed.tell("waiting")
    staffed.tell("identifying")
    assert staffed.calls == [("raised", ["lane-clearance-unused"])]


def test_whoever_has_claimed_it_is_told_and_a_reset_closes_it_all_the_same(
    staffed: Staffed,
) -> None:
    staffed.tell("stopped", "door-fault")
    with staffed.world.database.transaction() as session:
        other = officers.create_officer(session, "sato", "Y. Sato", [Role.SENIOR], "NRT", NOW)
        actor = Actor(ActorKind.OFFICER, other.id)
        referrals.claim(session, actor, staffed.latest().id, None, staffed.now)
    staffed.tell("closing", "officer-reset", order=staffed.order())
    with (
        pytest.raises(referrals.ReferralClosedError) as told,
        staffed.world.database.transaction() as session,
    ):
        referrals.claim(session, actor, staffed.latest().id, None, staffed.now)
    assert told.value.by == "K. Mori"


@pytest.mark.parametrize(("part", "is_open"), [("revocation-lists", True), ("motor", False)])
def test_what_fails_beside_the_door_is_not_mended_by_a_reset(
    staffed: Staffed, part: str, *, is_open: bool
) -> None:
    staffed.beat(**{part: True})
    staffed.beat(**{part: False})
    staffed.tell("stopped", "fault")
    staffed.tell(
        "closing", "officer-reset"
    )  # the door's own tests have passed, or it would not shut
    reasons = ["device-self-test", "lane-fault"]
    assert staffed.calls == [("raised" if is_open else "closed", reasons)]


# --- the agent's own lane, the console, and back ---------------------------------------------------


def test_from_a_tailgater_to_the_lane_in_service_again(two_step: World, officer, clock) -> None:
    """Two go in on one clearance; the hall's staff sees it, resets the lane at the console, and the queue is empty."""
    gate, client = officer(Role.GATE_OFFICER), two_step.client
    door = Door(lambda: asyncio.sleep(0), clock=clock)
    door.connected = True

    def told() -> None:
        notes = door.journal.unsent()
        body = {"status": status(door), "notes": notes}
        answer = client.post("/api/v1/lane/reports", json=body, headers=two_step.lane)
        assert answer.status_code == 200, answer.text
        door.journal.sent({note["key"] for note in notes})

    def console(path: str, **form: Any) -> str:
        if form:
            answer = client.post(
                f"/console/{path}", data=form, headers=gate, follow_redirects=False
            )
            assert answer.status_code == 303, answer.text
            return ""
        return str(client.get(f"/console/{path}", headers=gate).text)

    told()
    assert "The lane is stopped and serves nobody" in console("fragments/queue")
    reset(door, two_step, console)
    told()
    assert "is stopped" not in console("fragments/queue")
    door.someone_comes()
    assert door.cleared()
    until(door, LaneState.PASSING)
    let(door, 0.5)  # inside
    door.walkway.come()  # close behind
    until(door, LaneState.ALARM)
    told()
    shown = console("fragments/queue")
    assert "Somebody followed another one through" in shown
    assert "Technical" in shown
    let(door, 5)  # both go on
    reset(door, two_step, console)
    told()
    assert two_step.queue(gate) == []
    assert "Lane reset" in console(f"referrals/{last(two_step)}")
    until(door, LaneState.WAITING)


def let(door: Door, seconds: float) -> None:
    for _ in range(round(seconds / 0.05)):
        door.tick(0.05)


def until(door: Door, state: LaneState) -> None:
    for _ in range(600):
        if door.state == state:
            return
        door.tick(0.05)
    raise TimeoutError(state)


def reset(door: Door, world: World, console: Any) -> None:
    lane = world.rows("select id from device where kind = 'lane'")[0][0]
    console(f"lanes/{lane}/order", word="reset")
    [order] = orders(world, world.lane).json()["orders"]
    assert door.obey(Order(order["word"], order["people"], order["id"]))


def last(world: World) -> str:
    return str(world.rows("select id from referral order by id desc limit 1")[0][0])
