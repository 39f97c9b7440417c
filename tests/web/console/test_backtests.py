"""Pages of backtests: what there is to ask, what was wrong, what came out, and who sees it."""

import re
from dataclasses import replace

import pytest

from app.analysis import snapshots
from app.analysis.backtests import Run
from app.identity.permissions import Role
from app.screening import lifecycle
from risk_rules.score import Scope
from tests.analysis.conftest import LATER, World, world  # noqa: F401  # a fixture
from tests.screening.test_lifecycle import DRAFT
from tests.screening.world import NOW

FORM = {"title": "Cash", "text": "booking.payment = 'cash'", "before_text": "", "purpose": "drugs",
        "first_month": "2026-03", "last_month": "2026-03"}  # fmt: skip


@pytest.fixture
def arrived(world: World) -> World:  # noqa: F811
    cash, card = ([f"{name}{chr(65 + n)}" for n in range(10)] for name in ("EZRA", "CARDOSO"))
    world.flight("ABEL", *cash, *card)
    snapshots.write_due(world.kernel.database, world.store, LATER)
    return world


def test_without_snapshots_it_says_so_and_asks_nothing(look) -> None:
    page = look(Role.TARGETER).page("/console/backtests")
    assert "There are no snapshots yet" in page
    assert "Try a rule" not in page


def test_from_the_form_to_figures_and_sample(look, arrived: World) -> None:
    author = look(Role.TARGETER)
    page = author.page("/console/backtests")
    assert "After 183 days snapshots lose who it was" in page
    answer = author.post("/console/backtests", FORM)
    assert answer.status_code == 303
    waiting = author.page(answer.headers["location"])
    assert "Waiting for a worker" in waiting
    assert "0 of 21 travellers" in waiting
    Run(arrived.kernel.database, arrived.store, lambda: NOW).next()
    done = author.page(answer.headers["location"])
    for said in (
        "10 of 21 (47.62 %)",
        "For the purpose: Drugs",
        "booking.cash-late-one-way",
        "Not enough outcomes",
        "ABEL",
        "2026-03",
    ):
        assert said in done
    assert "CARDOSO" not in done
    assert "Done" in author.page("/console/backtests")
    approver = look(Role.RULE_APPROVER).page(answer.headers["location"])
    assert "10 of 21 (47.62 %)" in approver
    assert "ABEL" not in approver


def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(look, arrived: World) -> None:
    del arrived
    author = look(Role.TARGETER)
    for change, place, said in (
        ({"text": "booking.paymnt = 'cash'"}, "text", "did you mean"),
        ({"before_text": "x ="}, "before_text", "Unknown fact|Expected|expression"),
        ({"title": ""}, "title", "Give it a name"),
        ({"purpose": ""}, "purpose", "Choose what the rule is for"),
        ({"first_month": "2026-04"}, "", "must not lie behind"),
        ({"first_month": "2019-01", "last_month": "2019-02"}, "first_month", "no snapshots"),
    ):
        answer = author.post("/console/backtests", FORM | change)
        assert answer.status_code == 422
        assert re.search(said, answer.text), (change, place)
        assert not place or f'id="{place}-error"' in answer.text
        assert 'value="Cash"' in answer.text or "title" in change


def test_a_version_of_a_rule_fills_the_form(look, arrived: World) -> None:
    draft = replace(DRAFT, scope=Scope(carriers=frozenset({"ZZ"}), routes=frozenset({"SIN-NRT"})))
    with arrived.kernel.database.transaction() as session:
        lifecycle.draft_version(session, arrived.analyst, draft, NOW)
    author = look(Role.TARGETER)
    assert "Try it on snapshots" in author.page(f"/console/rules/of/{draft.key}")
    version = {"key": draft.key, "version": "1"}
    answer = author.post("/console/backtests/of", version)
    assert answer.status_code == 200
    for typed in (
        "booking.payment = &#39;cash&#39;",
        'value="ZZ"',
        'value="SIN-NRT"',
        f"{draft.key}, version 1",
        '<option value="serious_crime" selected>',
    ):
        assert typed in answer.text
    where = author.post("/console/backtests", FORM | {"carriers": "zz, yy", "routes": "SIN-NRT"})
    assert "flights of ZZ, YY, SIN-NRT" in author.page(where.headers["location"])
    wrong = author.post("/console/backtests", FORM | {"carriers": "Example Air"})
    assert 'id="carriers-error"' in wrong.text
    assert author.post("/console/backtests/of", version | {"version": "2"}).status_code == 404


def test_one_that_waits_can_be_stopped(look, arrived: World) -> None:
    del arrived
    author = look(Role.TARGETER)
    where = author.post("/console/backtests", FORM).headers["location"]
    assert author.post(f"{where}/stop").status_code == 303
    assert "Stopped" in author.page(where)


def test_others_do_not_see_it(look) -> None:
    assert look(Role.GATE_OFFICER).get("/console/backtests").status_code == 403
