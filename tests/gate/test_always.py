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

NUMBERS = count(1000)
MINUTES = 6
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
        return self.world.kiosk if name == "gate-1" else self.world.lane

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
        self.mode = "normal"
        self.stage.post(f"halls/{self.stage.world.hall}/mode", {"mode": "normal"})
        self.judged: dict[str, Any] = {"action": action}
        self.is_stale = False
        self.presented: dict[str, str] = {}
        self.good: dict[str, Good] = {}
        self.opened: list[str] = []
        self.assess(action)

    # --- the traveller ---------------------------------------------------------------------------

    @precondition(lambda self: not self.is_stale)
    @rule(device=st.sampled_from(["gate-1", "gate-2"]))
    def present(self, device: str) -> None:
        found = self.stage.world.answer(self.stage.device(device), self.person.mrz)
        self.good = {p: good for p, good in self.good.items() if good.released}
        self.presented[found["id"]] = device
        if found["answer"] == "cleared":
            self._note(found["id"], released=False)

    @precondition(lambda self: self.presented)
    @rule(data=st.data(), device=st.sampled_from(["gate-1", "gate-2", None]))
    def pass_through(self, data: st.DataObject, device: str | None) -> None:
        presentation = data.draw(st.sampled_from(list(self.presented)))
        device = device or self.presented[presentation]
        may = self._may(presentation, device)
        answer = self.stage.world.pass_through(self.stage.device(device), presentation)
        assert answer.status_code == (
            201 if may else 409 if device == self.presented[presentation] else 404
        )
        if may:
            self.opened.append(presentation)
            self.good.clear()  # one person, one declaration, one passage

    @precondition(lambda self: self.good)
    @rule()
    def pass_with_the_latest(self) -> None:
        """Else a run would seldom use what it has just got."""
        presentation = list(self.good)[-1]
        may = self._may(presentation, self.presented[presentation])
        device = self.stage.device(self.presented[presentation])
        answers = [
            self.stage.world.pass_through(device, presentation, key="k" + presentation)
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201 if may else 409] * 2
        if may:
            assert answers[0].json() == answers[1].json()
            self.opened.append(presentation)
            self.good.clear()

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

    @rule(action=st.sampled_from([None, None, "stop", "observe"]))
    def assess(self, action: str | None) -> None:
        self.stage.world.assess(self.passenger, action=action)
        self.good.clear()
        self.is_stale = False

    # --- officers --------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_stale)
    @rule(data=st.data(), is_late=st.sampled_from([False, False, False, True]))
    def release(self, data: st.DataObject, is_late: bool) -> None:
        queue = self._queue()
        if not queue:
            return
        one = data.draw(st.sampled_from(queue))
        version = one["version"] - is_late
        answer = self.stage.post(f"referrals/{one['id']}/release", {"version": version})
        if is_late:
            assert answer.status_code == 409
        elif answer.status_code == 200 and answer.json()["opens"]:
            self._note(one["presentation_id"], released=True)

    @rule(data=st.data())
    def inspect(self, data: st.DataObject) -> None:
        queue = [one for one in self._queue() if one["state"] == "raised"]
        if queue:
            one = data.draw(st.sampled_from(queue))
            self.stage.post(f"referrals/{one['id']}/inspect", {"version": one["version"]})
            self.good.clear()

    @rule(mode=st.sampled_from(["normal", "normal", *OPEN_MODES, "staffed-only", "evacuation"]))
    def switch(self, mode: str) -> None:
        self.stage.post(f"halls/{self.stage.world.hall}/mode", {"mode": mode})
        self.mode = mode

    # --- time ------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 5, MINUTES]))
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


def test_no_door_opens_without_a_good_clearance(client, database, enrolled, officer, clock):
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
            max_examples=20, stateful_step_count=20, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
