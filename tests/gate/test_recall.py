"""What an officer takes back: before the passage the lane refuses, after it exits and rovers are alerted."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row
from structlog.testing import capture_logs

from app.audit.log import Actor, ActorKind
from app.gate import hot, recall
from app.gate.late import AFTER, raise_late_hits
from app.gate.presentations import Call
from app.identity import officers
from app.identity.permissions import Role
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.screening.models import Assessment, Handling, Hit, HitSource, ReviewState
from app.travel.touch import touch
from app.work.worker import Worker
from tests.gate.world import ASTRID, NOW, World
from tests.support import WHY, problem_code

Headers = dict[str, str]


class Hall:
    """A two-step hall with officers; one traveller goes through it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mori = self.officer("Mori", Role.GATE_OFFICER)
        self.ito = self.officer("Ito", Role.SENIOR)

    def officer(self, name: str, role: Role) -> Headers:
        with self.world.database.transaction() as session:
            made = officers.create_officer(session, name, name, [role], "NRT", NOW)
            token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
        return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}

    def actor(self, name: str) -> Actor:
        (row,) = self.world.rows("select id from officer where name = :name", name=name)
        return Actor(ActorKind.OFFICER, row.id)

    def register(self, **judged: Any) -> None:
        code = self.world.ready(**judged)
        found = self.world.answer(self.world.kiosk, ASTRID.mrz, code)
        assert found["answer"] == "registered", found

    def at_lane(self) -> dict[str, Any]:
        return dict(self.world.answer(self.world.lane, ASTRID.mrz))

    def opens(self, presentation: str) -> Any:
        return self.world.pass_through(self.world.lane, presentation)

    def released(self) -> tuple[str, int]:
        """Stopped for a hit, released by Mori: the closed referral with its version."""
        self.register(action="stop")
        one = next(r for r in self.world.queue(self.mori) if r["kind"] == "risk")
        done = self.post(f"referrals/{one['id']}/release", {"version": one["version"], **WHY})
        assert done.status_code == 200, done.text
        return one["id"], one["version"] + 1

    def post(self, url: str, body: Any, who: Headers | None = None, **more: str) -> Any:
        headers = {**(who or self.mori), **more}
        return self.world.client.post(f"/api/v1/{url}", json=body, headers=headers)

    def take_back(self, referral: str, version: int, who: Headers | None = None, **more: str) -> Any:  # fmt: skip
        body = {"version": version, "reason": "another bag at the belt"}
        return self.post(f"referrals/{referral}/take-back", body, who, **more)

    def recall(self, who: Headers | None = None) -> Any:
        body = {"reason": "dog alerted to the bag"}
        return self.post(f"passengers/{self.world.id_of()}/recall", body, who)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.world.queue(self.mori) if one["kind"] == kind]


@pytest.fixture
def hall(two_step: World) -> Hall:
    return Hall(two_step)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, problem_code(answer.text)


# --- before the passage ---------------------------------------------------------------------------


def test_a_release_that_is_taken_back_opens_nothing(hall: Hall):
    referral, version = hall.released()
    cleared = hall.at_lane()
    assert cleared["answer"] == "cleared"
    done = hall.take_back(referral, version)
    assert done.status_code == 200, done.text
    assert (done.json()["recalled"], done.json()["revoked"] >= 1) == (False, True)
    assert refused(hall.opens(cleared["id"])) == (409, "clearance-revoked")
    (case,) = hall.of_kind("risk")
    assert (case["id"], case["owner"], case["reopens_id"]) == (
        done.json()["referral_id"], "Mori", referral,
    )  # fmt: skip


def test_a_release_that_is_undone_opens_nothing_and_asks_for_no_word(hall: Hall):
    referral, version = hall.released()
    cleared = hall.at_lane()
    assert cleared["answer"] == "cleared"
    done = hall.post(f"referrals/{referral}/undo", {"version": version})
    assert done.status_code == 200, done.text
    assert (done.json()["recalled"], done.json()["revoked"] >= 1) == (False, True)
    assert refused(hall.opens(cleared["id"])) == (409, "clearance-revoked")
    assert hall.at_lane()["answer"] == "refer"


def test_what_has_passed_is_not_undone_and_nothing_has_changed(hall: Hall):
    referral, version = hall.released()
    assert hall.opens(hall.at_lane()["id"]).status_code == 201
    undone = hall.post(f"referrals/{referral}/undo", {"version": version})
    assert refused(undone) == (409, "already-passed")
    assert hall.of_kind("risk") == hall.of_kind("recall") == []
    assert hall.take_back(referral, version).json()["recalled"] is True


def test_who_is_taken_back_comes_to_an_officer_until_the_case_is_closed(hall: Hall):
    referral, version = hall.released()
    case = hall.take_back(referral, version).json()["referral_id"]
    hall.world.assess(hall.world.id_of())  # nothing of screening speaks against her any more
    assert hall.at_lane()["answer"] == "refer"
    hall.post(f"referrals/{case}/return", {})
    assert hall.at_lane()["answer"] == "refer"  # in nobody's hands, and not overtaken
    (one,) = [r for r in hall.of_kind("risk") if r["id"] == case]
    assert (
        hall.post(f"referrals/{case}/release", {"version": one["version"], **WHY}).status_code
        == 200
    )
    assert hall.at_lane()["answer"] == "cleared"


def test_a_stranger_cannot_take_back_what_another_decided_a_supervisor_can(hall: Hall):
    referral, version = hall.released()
    sato = hall.officer("Sato", Role.GATE_OFFICER)
    assert refused(hall.take_back(referral, version, sato)) == (403, "supervisor-needed")
    assert hall.take_back(referral, version, hall.ito).status_code == 200
    assert refused(hall.take_back(referral, version)) == (409, "referral-reopened")


def test_taking_back_twice_by_one_key_is_one_case(hall: Hall):
    referral, version = hall.released()
    key = {"Idempotency-Key": "take-back-1"}
    first, again = (hall.take_back(referral, version, **key).json() for _ in range(2))
    assert first["referral_id"] == again["referral_id"]
    assert len(hall.of_kind("risk")) == 1


def test_whoever_is_recalled_before_the_passage_is_stopped_at_the_lane(hall: Hall):
    hall.register()
    cleared = hall.at_lane()
    done = hall.recall().json()
    assert (done["recalled"], done["revoked"]) == (False, 1)
    assert refused(hall.opens(cleared["id"])) == (409, "clearance-revoked")
    hall.world.assess(hall.world.id_of())
    assert hall.at_lane()["answer"] == "refer"
    assert refused(hall.recall()) == (409, "already-recalled")


def test_who_was_never_here_is_no_case_for_a_recall(hall: Hall):
    hall.world.ready()
    assert refused(hall.recall()) == (409, "not-cleared")
    empty = {"reason": " "}
    assert refused(hall.post(f"passengers/{hall.world.id_of()}/recall", empty))[0] == 422


# --- after the passage ----------------------------------------------------------------------------


def test_after_the_passage_exits_and_rovers_are_alerted_first_of_all(hall: Hall):
    referral, version = hall.released()
    assert hall.opens(hall.at_lane()["id"]).status_code == 201
    done = hall.take_back(referral, version).json()
    assert done["recalled"] is True
    first = hall.world.queue(hall.mori)[0]
    assert (first["id"], first["kind"], first["reasons"]) == (
        done["referral_id"], "recall", ["recall"],
    )  # fmt: skip
    (lane,) = hall.world.rows("select name from device where kind = 'lane'")
    assert (first["place"], first["surname"]) == (lane.name, ASTRID.surname)
    assert first["seen_at"] is not None
    (case,) = hall.of_kind("risk")
    assert case["reopens_id"] == referral


@pytest.mark.parametrize(("found", "decision"), [(True, "found"), (False, "not-found")])
def test_a_recall_ends_with_the_word_whether_the_traveller_was_found(hall: Hall, found, decision):
    hall.register()
    assert hall.opens(hall.at_lane()["id"]).status_code == 201
    made = hall.recall().json()["referral_id"]
    (one,) = hall.of_kind("recall")
    end = {"version": one["version"], "found": found, "note": "at the taxi rank"}
    for verb in ("release", "inspect"):
        other = hall.post(f"referrals/{made}/{verb}", {"version": one["version"]})
        assert refused(other) == (409, "ends-otherwise")
    assert hall.post(f"referrals/{made}/recall-end", {**end, "note": ""}).status_code == 422
    ended = hall.post(f"referrals/{made}/recall-end", end)
    assert ended.status_code == 200, ended.text
    shown = ended.json()["referral"]
    assert (shown["state"], shown["decision"], shown["decider"]) == ("closed", decision, "Mori")
    cases = hall.of_kind("risk")
    assert [(c["owner"], c["reasons"]) for c in cases] == [("Mori", ["recalled"])] * found
    stale = hall.post(f"referrals/{made}/recall-end", end)
    assert refused(stale) == (409, "referral-closed")


# --- the moment of the passage --------------------------------------------------------------------


def consume(hall: Hall, session: Any, presentation: str) -> int:
    """What a lane's passage writes, in a transaction that is still open; how many clearances it consumed."""
    token = hall.world.lane["Authorization"].removeprefix("Bearer ")
    values = {
        "token": Call.of(token, None, b"").token, "key": None, "hash": b"", "now": NOW,
        "presentation": UUID(presentation), "audit": uuid7(), "id": uuid7(), "use": uuid7(),
    }  # fmt: skip
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    with raw.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(hot.CONSUME.encode(), values).fetchone()
    assert row is not None
    return int(row["consumed"])


def beside(hall: Hall, act: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """``act`` in a thread of its own, once it waits for a lock; what it says comes when the thread has ended."""
    said: list[Any] = []
    thread = threading.Thread(target=lambda: said.append(act()))
    thread.start()
    waits = "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock'"
    ends = time.monotonic() + 30
    while not hall.world.rows(waits)[0].n:
        assert time.monotonic() < ends, "nobody waits"
    return thread, said


def test_a_passage_that_was_first_makes_it_a_recall(hall: Hall):
    hall.register()
    presentation, mine = hall.at_lane()["id"], hall.world.id_of()

    def take() -> recall.TakenBack:
        with hall.world.database.transaction() as session:
            return recall.recall(session, hall.actor("Mori"), mine, "NRT", "a dog", NOW)

    with hall.world.database.transaction() as session:
        assert consume(hall, session, presentation) == 1
        thread, said = beside(hall, take)
    thread.join()
    assert (said[0].recalled, said[0].revoked) == (True, 0)
    assert [one["kind"] for one in hall.world.queue(hall.mori)] == ["recall"]


def test_a_recall_that_was_first_shuts_the_lane(hall: Hall):
    hall.register()
    presentation, mine = hall.at_lane()["id"], hall.world.id_of()

    def walk() -> int:
        with hall.world.database.transaction() as session:
            return consume(hall, session, presentation)

    with hall.world.database.transaction() as session:
        done = recall.recall(session, hall.actor("Mori"), mine, "NRT", "a dog", NOW)
        thread, said = beside(hall, walk)
    thread.join()
    assert (done.recalled, done.revoked, said) == (False, 1, [0])
    assert hall.world.rows("select count(*) as n from passage")[0].n == 0


def test_a_passage_that_was_first_is_not_undone(hall: Hall):
    referral, version = hall.released()
    presentation = hall.at_lane()["id"]
    with hall.world.database.transaction() as session:
        assert consume(hall, session, presentation) == 1
        thread, said = beside(
            hall, lambda: hall.post(f"referrals/{referral}/undo", {"version": version})
        )
    thread.join()
    assert refused(said[0]) == (409, "already-passed")
    assert hall.world.rows("select count(*) as n from referral where reopens_id is not null")[0].n == 0  # fmt: skip


def test_an_undo_that_was_first_shuts_the_lane(hall: Hall):
    referral, version = hall.released()
    presentation = hall.at_lane()["id"]

    def walk() -> int:
        with hall.world.database.transaction() as session:
            return consume(hall, session, presentation)

    with hall.world.database.transaction() as session:
        recall.undo(session, hall.actor("Mori"), UUID(referral), version, NOW)
        thread, said = beside(hall, walk)
    thread.join()
    assert said == [0]
    assert hall.world.rows("select count(*) as n from passage")[0].n == 0


# --- late hits ------------------------------------------------------------------------------------


def judge(hall: Hall, subject: str, state: ReviewState = ReviewState.UNREVIEWED, **more: Any) -> None:  # fmt: skip
    """A new assessment with one hit that acts."""
    mine = hall.world.id_of()
    with hall.world.database.transaction() as session:
        touch(session, [mine])
    hall.world.assess(mine, action="stop", confirmed=state is ReviewState.CONFIRMED)
    with hall.world.database.transaction() as session:
        current = sa.select(Assessment.id).where(
            Assessment.passenger_id == mine, Assessment.is_current
        )
        values = {
            "source": HitSource.WATCHLIST, "subject_version": 1, "title": "Customs lookouts",
            "purpose": "revenue", "handling": Handling.STOP, "points": 0,
            "explanation": {"alert": True}, "values_digest": b"x", "snoozed": False,
            "reviewed_first": False, **more,
        }  # fmt: skip
        session.add(
            Hit(
                assessment_id=session.scalars(current).one(), passenger_id=mine, subject=subject,
                state=state, **values,
            )
        )  # fmt: skip


def late(hall: Hall) -> list[dict[str, Any]]:
    with hall.world.database.transaction() as session:
        raise_late_hits(session, NOW, [hall.world.id_of()])
    return hall.of_kind("late-hit")


def test_a_hit_after_the_passage_is_a_task_of_its_own_raised_once(hall: Hall):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    assert late(hall) == []
    judge(hall, "list/one")
    (task,) = late(hall)
    assert task["reasons"] == ["late-hit", "passed-before", "risk-unreviewed"]
    assert (task["place"] is not None, task["seen_at"] is not None) == (True, True)
    assert late(hall) == [task]
    judge(hall, "list/one")  # the same hit in a newer assessment is no news
    assert late(hall) == [task]


def test_a_hit_that_is_confirmed_after_the_passage_is_told_again(hall: Hall):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one")
    (task,) = late(hall)
    judge(hall, "list/one", ReviewState.CONFIRMED)
    (again,) = late(hall)
    assert (again["id"], again["version"]) == (task["id"], task["version"] + 1)
    assert again["reasons"] == ["late-confirmed", "passed-before", "risk-confirmed"]


def test_what_an_officer_saw_when_he_released_is_not_late(hall: Hall):
    hall.register()
    judge(hall, "list/one")
    stopped = hall.at_lane()
    assert stopped["answer"] == "refer"
    one = next(r for r in hall.of_kind("risk") if r["state"] == "raised")
    hall.post(f"referrals/{one['id']}/release", {"version": one["version"], **WHY})
    assert hall.opens(hall.at_lane()["id"]).status_code == 201
    assert late(hall) == []
    judge(hall, "list/two")
    assert len(late(hall)) == 1


@pytest.mark.parametrize(
    "more",
    [{"state": ReviewState.DISMISSED}, {"snoozed": True}, {"explanation": {"alert": False}},
     {"reviewed_first": True}],
    ids=["dismissed", "snoozed", "information", "waits for a review"],
)  # fmt: skip
def test_a_hit_that_does_not_stand_is_not_late(hall: Hall, more: dict[str, Any]):
    hall.register(action="stop")
    one = hall.of_kind("risk")[0]
    hall.post(f"referrals/{one['id']}/release", {"version": one["version"], **WHY})
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one", **more)
    assert late(hall) == []


def test_who_was_cleared_and_has_not_passed_is_told_so_and_the_lane_refuses(hall: Hall):
    hall.register()
    cleared = hall.at_lane()
    judge(hall, "list/one")
    (task,) = late(hall)
    assert "cleared-before" in task["reasons"]
    assert hall.opens(cleared["id"]).status_code == 409


def test_a_recall_answers_the_late_hit_and_letting_it_be_needs_a_word(hall: Hall):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one")
    (task,) = late(hall)
    body = {"version": task["version"], "note": ""}
    assert refused(hall.post(f"referrals/{task['id']}/let-be", body)) == (422, "note-missing")
    assert hall.recall().json()["recalled"] is True
    assert [one["kind"] for one in hall.world.queue(hall.mori)][:1] == ["recall"]
    assert hall.of_kind("late-hit") == []
    steps = hall.world.client.get(f"/api/v1/referrals/{task['id']}", headers=hall.mori).json()
    assert [step["kind"] for step in steps["steps"]] == ["raised", "recalled"]
    judge(hall, "list/two")
    (second,) = late(hall)
    body = {"version": second["version"], "note": "same as the first"}
    assert hall.post(f"referrals/{second['id']}/let-be", body).status_code == 204
    assert late(hall) == []


def test_a_worker_that_starts_finds_what_came_while_none_was_there(hall: Hall):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one")
    with hall.world.database.transaction() as session:
        assert raise_late_hits(session, NOW, back=AFTER) == 1
        assert raise_late_hits(session, NOW, back=AFTER) == 0


def test_a_late_hit_that_cannot_be_raised_is_told_and_sought_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one")

    def stumble(*_: object, **__: object) -> None:
        raise ValueError("ASTRID")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr("app.referrals.cases.raise_afterwards", stumble)
        with hall.world.database.transaction() as session:
            assert raise_late_hits(session, NOW, back=AFTER) == 0
    assert [(one["event"], one["subject"]) for one in logs] == [
        ("work.one-failed", str(hall.world.id_of()))
    ]
    with hall.world.database.transaction() as session:
        assert raise_late_hits(session, NOW, back=AFTER) == 1


def test_the_worker_raises_what_it_hears_of_at_once(hall: Hall, kernel: Kernel):
    hall.register()
    hall.opens(hall.at_lane()["id"])
    worker = Worker(kernel)
    worker._turn()  # what came while no worker was there: nothing
    judge(hall, "list/one")
    worker._hear([Hint("passenger.assessed", hall.world.id_of())], None)
    worker._turn()
    assert len(hall.of_kind("late-hit")) == 1


def test_late_tasks_are_no_affair_of_a_gate(hall: Hall):
    """Neither reused nor overtaken nor waited for: whoever stands before a lane is decided upon by the state."""
    hall.register()
    hall.opens(hall.at_lane()["id"])
    judge(hall, "list/one")
    (task,) = late(hall)
    hall.at_lane()
    (after,) = hall.of_kind("late-hit")
    assert (after["version"], after["reasons"]) == (task["version"], task["reasons"])
