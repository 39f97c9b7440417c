"""Backtests as jobs: asked, run, stopped, taken up again; their figures, pages and routes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.analysis import backtests, snapshots
from app.analysis.backtests import NothingToAskError, Run, Wish
from app.audit.log import SYSTEM
from app.identity.permissions import Role
from app.referrals.kinds import FindingKind
from app.screening import lifecycle
from app.screening.backtest_models import Backtest, BacktestState, digest_of
from app.screening.controls import set_jurisdiction
from app.screening.rules import Purpose, RuleInvalidError
from risk_rules.backtest import Engine
from risk_rules.jurisdiction import shipped
from tests.analysis.conftest import LATER, World
from tests.screening.test_lifecycle import DRAFT
from tests.screening.world import NOW

CASH = "booking.payment = 'cash'"
CASH_ONE_WAY = f"{CASH} and itinerary.one_way"
BODY = {
    "title": "cash",
    "text": CASH,
    "purpose": "drugs",
    "first_month": "2026-03",
    "last_month": "2026-03",
}


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few people make small counts: here it is looked at what is counted; what is told of it, in test_coarse."""
    monkeypatch.setattr(backtests, "coarse", lambda told: told)


@pytest.fixture
def arrived(world: World) -> World:
    world.flight("ABEL", "CARDOSO", "EZRA")
    world.shown("ABEL")
    world.inspected("ABEL", FindingKind.CURRENCY)
    snapshots.write_due(world.kernel.database, world.store, LATER)
    return world


def ask(
    world: World, text: str = CASH, before: str | None = None, purpose: Purpose = DRAFT.purpose
) -> Backtest:
    wish = Wish("cash", text, "2026-01", "2026-12", purpose, (), before)
    with world.kernel.database.transaction() as session:
        return backtests.ask(session, world.analyst, world.store, wish, NOW)


def run(world: World, clock=lambda: NOW) -> bool:
    return Run(world.kernel.database, world.store, clock).next()


def seen(world: World, asked: Backtest) -> Backtest:
    with world.kernel.database.read() as session:
        return backtests.read(session, asked.id)


def test_a_backtest_counts_shows_a_sample_and_says_what_is_not_enough(arrived: World) -> None:
    asked = ask(arrived)
    assert run(arrived)
    assert not run(arrived)
    done = seen(arrived, asked)
    assert (done.state, done.done_rows, done.all_rows) == (BacktestState.DONE, 3, 3)
    result = done.result
    assert (result["people"], result["hits"], result["undecided"]) == (3, 2, 0)
    assert result["overlap"] == [["booking.cash-late-one-way", 2]]
    assert result["raised_by_nobody"] == 0
    assert result["outcomes"] == {"inspected": 1, "finds": 1, "needed": 10}
    assert set(done.samples) == {arrived.people["ABEL"], arrived.people["EZRA"]}
    with arrived.kernel.database.read() as session:
        told = dict(backtests.samples_of(session, done))
    assert told[arrived.people["ABEL"]] == [{"text": CASH, "values": {"booking.payment": "cash"}}]


def test_against_another_text(arrived: World) -> None:
    asked = ask(arrived, "booking.payment != 'cash'", CASH)
    run(arrived)
    assert seen(arrived, asked).result["before"] == {"only_new": 1, "only_before": 2}


def test_of_the_flights_of_a_carrier_or_route(arrived: World) -> None:
    def people(**scope: tuple[str, ...]) -> int:
        wish = Wish("cash", CASH, "2026-01", "2026-12", DRAFT.purpose, **scope)
        with arrived.kernel.database.transaction() as session:
            asked = backtests.ask(session, arrived.analyst, arrived.store, wish, NOW)
        run(arrived)
        return seen(arrived, asked).result["people"]

    assert people(carriers=("ZZ",), routes=("SIN-NRT",)) == 3
    assert people(carriers=("YY",)) == 0
    assert people(routes=("HKG-NRT",)) == 0


def test_what_cannot_be_asked(arrived: World) -> None:
    with pytest.raises(RuleInvalidError):
        ask(arrived, "booking.paymnt = 'cash'")
    with arrived.kernel.database.transaction() as session, pytest.raises(NothingToAskError):
        early = Wish("x", CASH, "2019-01", "2019-12", DRAFT.purpose)
        backtests.ask(session, arrived.analyst, arrived.store, early, NOW)


def test_what_may_not_serve_the_purpose_is_not_asked_and_not_answered_any_more(
    arrived: World,
) -> None:
    waiting = ask(arrived, purpose=Purpose.DRUGS)
    done = ask(arrived, purpose=Purpose.SERIOUS_CRIME)
    with arrived.kernel.database.transaction() as session:
        set_jurisdiction(session, SYSTEM, shipped("eu"), NOW)
    with pytest.raises(RuleInvalidError) as refused:
        ask(arrived, purpose=Purpose.DRUGS)
    assert refused.value.error.code == "purpose_not_allowed"
    with pytest.raises(RuleInvalidError):
        ask(arrived, "bag.count > 1 or declaration.items > 1", CASH, Purpose.DRUGS)
    while run(arrived):
        pass
    failed = seen(arrived, waiting)
    assert (failed.state, failed.error, failed.result) == (BacktestState.FAILED, "refused", None)
    assert seen(arrived, done).state is BacktestState.DONE
    with arrived.kernel.database.transaction() as session:
        session.get_one(Backtest, done.id).purpose = Purpose.DRUGS
        assert backtests.samples_of(session, session.get_one(Backtest, done.id)) == []


def test_few_people_are_not_told(arrived: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    asked = ask(arrived)
    assert run(arrived)
    result = seen(arrived, asked).result
    assert (result["people"], result["hits"], result["undecided"]) == (3, None, 0)
    assert (result["overlap"], result["flight_most"]) == ([], None)
    assert result["outcomes"] == {"inspected": None, "finds": None, "needed": 10}


def test_one_that_waits_is_stopped_at_once_and_one_that_runs_after_a_part(arrived: World) -> None:
    waiting = ask(arrived)
    with arrived.kernel.database.transaction() as session:
        backtests.stop(session, arrived.analyst, waiting.id, NOW)
    assert seen(arrived, waiting).state is BacktestState.STOPPED
    running = ask(arrived)
    with arrived.kernel.database.transaction() as session:
        session.execute(
            sa.update(Backtest).where(Backtest.id == running.id).values(stop_asked=True)
        )
    assert run(arrived)
    stopped = seen(arrived, running)
    assert (stopped.state, stopped.result) == (BacktestState.STOPPED, None)


def test_one_whose_worker_died_is_taken_up_and_not_for_ever(arrived: World) -> None:
    asked = ask(arrived)
    lost = sa.update(Backtest).where(Backtest.id == asked.id)
    with arrived.kernel.database.transaction() as session:
        session.execute(lost.values(state=BacktestState.RUNNING, beat_at=NOW, tries=1))
    assert not run(arrived, lambda: NOW + timedelta(minutes=1))
    assert run(arrived, lambda: NOW + timedelta(minutes=10))
    assert seen(arrived, asked).state is BacktestState.DONE
    with arrived.kernel.database.transaction() as session:
        session.execute(lost.values(state=BacktestState.RUNNING, beat_at=NOW, tries=3))
    assert not run(arrived, lambda: NOW + timedelta(minutes=10))
    assert seen(arrived, asked).state is BacktestState.FAILED


def test_a_worker_that_ends_gives_it_back(arrived: World, monkeypatch) -> None:
    asked = ask(arrived)
    worker = Run(arrived.kernel.database, arrived.store, lambda: NOW)

    def ends(engine: Engine, *_):
        worker.end()
        return engine._rows("select count(*) from range(100000000000) where range % 7 = 3")

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "tally", ends)
        patched.setattr(Engine, "stop", lambda engine: setattr(engine, "_connection", Ended()))
        worker.next()
    assert seen(arrived, asked).state is BacktestState.QUEUED
    assert run(arrived)


class Ended:
    def execute(self, _):
        import duckdb

        raise duckdb.InterruptException

    def close(self) -> None:
        pass


def test_a_damaged_file_fails_the_run_and_no_more(arrived: World) -> None:
    asked = ask(arrived)
    [file] = arrived.store.folder.glob("month=*/airport=*/*")
    file.write_bytes(b"PAR1 this is none")
    assert run(arrived)
    failed = seen(arrived, asked)
    assert failed.state is BacktestState.FAILED
    assert "none" not in failed.error


def test_a_rule_is_submitted_with_a_backtest_of_its_own_text(arrived: World) -> None:
    asked = ask(arrived, DRAFT.text)
    other = ask(arrived, CASH_ONE_WAY)
    with arrived.kernel.database.transaction() as session:
        version = lifecycle.draft_version(session, arrived.analyst, DRAFT, NOW)
        for wrong in (asked.id, other.id):  # not ended, of another text
            with pytest.raises(lifecycle.BacktestMissingError):
                lifecycle.submit_version(session, arrived.analyst, version.id, NOW, wrong)
    while run(arrived):
        pass
    assert seen(arrived, asked).digest == digest_of(DRAFT.text)
    with arrived.kernel.database.transaction() as session:
        with pytest.raises(lifecycle.BacktestMissingError):
            lifecycle.submit_version(session, arrived.analyst, version.id, NOW, other.id)
        with pytest.raises(lifecycle.BacktestMissingError):  # for another purpose
            session.get_one(Backtest, asked.id).purpose = Purpose.DRUGS
            lifecycle.submit_version(session, arrived.analyst, version.id, NOW, asked.id)
        session.get_one(Backtest, asked.id).purpose = DRAFT.purpose
        lifecycle.submit_version(session, arrived.analyst, version.id, NOW, asked.id)


def test_over_http(arrived: World, client, officer) -> None:
    author, gate = officer(Role.TARGETER), officer(Role.GATE_OFFICER)
    assert client.get("/api/v1/backtests", headers=gate).status_code == 403
    answer = client.post("/api/v1/backtests", json=BODY, headers={**author, "Idempotency-Key": "1"})
    again = client.post("/api/v1/backtests", json=BODY, headers={**author, "Idempotency-Key": "1"})
    assert (answer.status_code, again.json()["id"]) == (202, answer.json()["id"])
    run(arrived)
    told = client.get(f"/api/v1/backtests/{answer.json()['id']}", headers=author).json()
    assert (told["state"], told["result"]["hits"]) == ("done", 2)
    assert "samples" not in told
    assert client.get("/api/v1/snapshots", headers=author).json()["rows"] == 3
    approver = officer(Role.RULE_APPROVER)
    assert client.get("/api/v1/backtests", headers=approver).status_code == 200
    assert client.post("/api/v1/backtests", json=BODY, headers=approver).status_code == 403
    for wrong in (
        {"text": "x ="},
        {"purpose": "curiosity"},
        {"first_month": "2027-01"},
        {"airports": ["nrt"]},
    ):
        refused = client.post("/api/v1/backtests", json=BODY | wrong, headers=author)
        assert refused.status_code == 422
