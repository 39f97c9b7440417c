"""Whatever happens in whatever order: no door opens without a clearance that is good at that moment, and
each clearance opens at most once.

The model knows nothing of the tables. It notes who was told "cleared", and strikes that out when anything
happens that takes a clearance back. A door that opens must stand in the model, and a door that stands in
the model must open.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.gate import holds
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from tests.declarations.forms import WATCH, submission
from tests.gate.test_holds import OVER
from tests.gate.world import ASTRID, Headers, World
from tests.referrals.desk import DONE
from tests.support import WHY
from tests.support.examples import examples

NUMBERS = count(1000)
MINUTES = 6
GATES = ("gate-1", "gate-2")
OPEN_MODES = ("normal", "flight-without-manifest")


@dataclass(frozen=True)
class Good:
    """A clearance as the model knows it."""

    device: str
    until: datetime
    released: bool


@dataclass
class Stage:
    """What all runs share: one hall of two gates, a supervisor who is gate officer too."""

    world: World
    officer: Headers
    clock: SettableClock

    @property
    def database(self) -> Database:
        return self.world.database

    def device(self, name: str) -> Headers:
        return self.world.kiosk if name == GATES[0] else self.world.lane

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.world.client.post(f"/api/v1/{path}", json=body, headers=self.officer)

    def execute(self, statement: str) -> None:
        with self.database.transaction() as session:
            session.execute(sa.text(statement))


class Gate(RuleBasedStateMachine):
    """One traveller, two gates, officers, time."""

    stage: Stage

    @initialize(action=st.sampled_from([None, "stop"]))
    def arrive(self, action: str | None) -> None:
        """Somebody new, whom nothing from earlier runs concerns."""
        self.stage.execute("update referral set state = 'closed'")
        self.person = replace(ASTRID, number=f"SM{next(NUMBERS)}", surname="MODEL")
        self.passenger = self.stage.world.add(self.person)
        self.stage.world.declare(self.person)
        self._set_mode("normal")
        self.is_stale = False
        self.presented: dict[str, str] = {}
        self.good: dict[str, Good] = {}
        self.opened: list[str] = []
        self.assess(action)

    # --- the traveller ---------------------------------------------------------------------------

    @rule(device=st.sampled_from(GATES))
    def present(self, device: str) -> None:
        self._be_assessed()
        found = self.stage.world.answer(self.stage.device(device), self.person.mrz)
        self.good = {p: good for p, good in self.good.items() if good.released}
        self.presented[found["id"]] = device
        if found["answer"] == "cleared":
            self._note(found["id"], released=False)

    def come_back(self, device: str) -> str:
        """The latest presentation that is good; else a run would seldom get as far as a clearance."""
        if not self.good:
            self.declare(has_goods=False)
            self.assess(None)
            self.present(device)
        return next(reversed(self.good or self.presented))

    @precondition(lambda self: self.presented)
    @rule(data=st.data())
    def pass_where_presented(self, data: st.DataObject) -> None:
        presentation = data.draw(st.sampled_from(list(self.presented)))
        self._pass(presentation, self.presented[presentation])

    @rule(is_other=st.sampled_from([False, False, True]))
    def pass_with_the_latest(self, is_other: bool) -> None:
        presentation = self.come_back(GATES[0])
        own = GATES.index(self.presented[presentation])
        self._pass(presentation, GATES[own ^ is_other])

    @precondition(lambda self: self.good)
    @rule(
        device=st.sampled_from(GATES), what=st.sampled_from(["present", "assess", "touch", "wait"])
    )
    def pass_too_late(self, device: str, what: str) -> None:
        """What happens between "cleared" and the opening of the door."""
        presentation = self.come_back(device)
        happens = {
            "present": lambda: self.present(device), "assess": lambda: self.assess(None),
            "touch": self.touch, "wait": lambda: self.wait(MINUTES),
        }  # fmt: skip
        happens[what]()
        self._pass(presentation, self.presented[presentation])

    @precondition(lambda self: self.opened)
    @rule()
    def pass_once_more(self) -> None:
        self._pass(self.opened[-1], self.presented[self.opened[-1]])

    @rule(has_goods=st.booleans())
    def declare(self, has_goods: bool) -> None:
        answers = {**submission()["answers"], "over_allowance": has_goods}
        self.stage.world.declare(self.person, goods=[WATCH] if has_goods else [], answers=answers)
        self._facts_changed()

    # --- what becomes known ----------------------------------------------------------------------

    @rule()
    def touch(self) -> None:
        self.stage.world.touch(self.passenger)
        self._facts_changed()

    @rule(action=st.sampled_from([None, "stop", "observe"]))
    def assess(self, action: str | None) -> None:
        self.action = action
        self.stage.world.assess(self.passenger, action=action)
        self.good.clear()
        self.is_stale = False

    # --- officers --------------------------------------------------------------------------------

    @rule(data=st.data(), is_late=st.sampled_from([False, False, False, True]))
    def release(self, data: st.DataObject, is_late: bool) -> None:
        queue = self._queue()
        if not queue:
            return
        self._be_assessed()
        one = data.draw(st.sampled_from(queue))
        version = one["version"] - is_late
        answer = self.stage.post(f"referrals/{one['id']}/release", {"version": version, **WHY})
        if is_late:
            assert answer.status_code == 409
        elif answer.status_code == 200 and answer.json()["opens"]:
            self._note(one["presentation_id"], released=True)

    @rule(data=st.data(), is_late=st.booleans())
    def hold_and_release(self, data: st.DataObject, is_late: bool) -> None:
        """A flagged traveller before an officer who looks: in time, or not."""
        self.assess("stop")
        self.present(GATES[0])
        if is_late:
            self.silence(is_written=True)
        self.release(data, is_late=False)
        presentation = list(self.presented)[-1]
        self._pass(presentation, self.presented[presentation])

    @rule(data=st.data())
    def inspect(self, data: st.DataObject) -> None:
        queue = self._queue()
        if queue:
            one = data.draw(st.sampled_from(queue))
            path = f"referrals/{one['id']}"
            self.stage.post(f"{path}/inspect", {"version": one["version"]})
            self.good.clear()
            assert self.stage.post(f"{path}/outcome", DONE).status_code == 200

    @rule(mode=st.sampled_from(["staffed-only", "evacuation", "flight-without-manifest"]))
    def switch(self, mode: str) -> None:
        """The mode of this moment counts; then the hall works again."""
        self._set_mode(mode)
        for presentation in list(self.good)[-1:]:
            self._pass(presentation, self.presented[presentation])
        self._set_mode("normal")

    # --- time ------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, MINUTES]))
    def wait(self, minutes: int) -> None:
        self.stage.clock.advance(minutes=minutes)
        self.stage.execute("update device_token set expires_at = expires_at + interval '1 hour'")
        self.stage.execute("update officer_session set seen_at = seen_at + interval '1 hour',"
                           " expires_at = expires_at + interval '1 hour'")  # fmt: skip

    @rule(is_written=st.booleans())
    def silence(self, is_written: bool) -> None:
        self.stage.execute(OVER + " where answer = 'hold'")
        if is_written:
            holds.expire_holds(self.stage.database, self.stage.clock())

    # --- what holds always -----------------------------------------------------------------------

    @invariant()
    def each_clearance_opens_at_most_once(self) -> None:
        if hasattr(self, "opened"):
            assert len(set(self.opened)) == len(self.opened)
            made = self.stage.world.rows(
                "select count(*) from passage where passenger_id = :id", id=self.passenger
            )
            assert made == [(len(self.opened),)]

    @invariant()
    def the_gates_are_told_what_the_model_knows(self) -> None:
        for presentation, good in getattr(self, "good", {}).items():
            url = f"/api/v1/presentations/{presentation}"
            shown = self.stage.world.client.get(url, headers=self.stage.device(good.device)).json()
            assert (shown["clearance_id"] is not None) == (self.stage.clock() < good.until)

    def _pass(self, presentation: str, device: str) -> None:
        may, is_own = self._may(presentation, device), self.presented[presentation] == device
        answer = self.stage.world.pass_through(self.stage.device(device), presentation)
        assert answer.status_code == (201 if may else 409 if is_own else 404)
        if may:
            self.opened.append(presentation)
            self.good.clear()  # one person, one declaration, one passage

    def _be_assessed(self) -> None:
        if self.is_stale:
            self.assess(self.action)

    def _set_mode(self, mode: str) -> None:
        self.mode = mode
        path = f"halls/{self.stage.world.hall}/mode"
        assert self.stage.post(path, {"mode": mode}).status_code == 200

    def _may(self, presentation: str, device: str) -> bool:
        good = self.good.get(presentation)
        if good is None or good.device != device or self.mode not in OPEN_MODES:
            return False
        return self.stage.clock() < good.until

    def _note(self, presentation: str, *, released: bool) -> None:
        until = self.stage.clock() + timedelta(minutes=MINUTES)
        self.good[presentation] = Good(self.presented[presentation], until, released)

    def _facts_changed(self) -> None:
        self.good.clear()
        self.is_stale = True

    def _queue(self) -> list[dict[str, Any]]:
        return self.stage.world.queue(self.stage.officer)


@examples(10, 60)
def test_no_door_opens_without_a_good_clearance(client, database, enrolled, officer, clock, count):
    world = World(
        client,
        database,
        enrolled,
        "one-step",
        {"clearance_hours": MINUTES / 60, "hold_seconds": 600},
    )
    stage = Stage(world, officer(), clock)

    class Machine(Gate):
        pass

    Machine.stage = stage
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=count, stateful_step_count=20, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
