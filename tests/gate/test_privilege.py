"""Holders of official papers: their baggage is inspected on a supervisor's grounds, and on nobody else's."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.identity.permissions import Role
from app.referrals.models import ReferralEvent
from tests.gate.world import ASTRID, Person, World
from tests.support import problem_code

DIPLOMAT = replace(ASTRID, code="PD")
GROUNDS = "a dog marked the case, twice"


def inspect(world: World, headers: Any, referral: dict[str, Any], **more: str) -> Any:
    body = {"version": referral["version"], **more}
    return world.client.post(
        f"/api/v1/referrals/{referral['id']}/inspect", json=body, headers=headers
    )


@pytest.fixture
def referred(one_step: World, officer: Any) -> dict[str, Any]:
    return hold(one_step, officer, DIPLOMAT)


def hold(world: World, officer: Any, person: Person) -> dict[str, Any]:
    code = world.ready(person, action="stop")
    assert world.answer(world.kiosk, person.mrz, code)["answer"] == "hold"
    (found,) = world.queue(officer(Role.SENIOR))
    return found


def test_an_officer_of_the_gate_may_not_begin_it(one_step: World, officer, referred) -> None:
    answer = inspect(one_step, officer(Role.GATE_OFFICER), referred, grounds=GROUNDS)
    assert (answer.status_code, problem_code(answer.text)) == (403, "grounds-reserved")


def test_a_supervisor_says_the_grounds_and_they_stay_with_the_case(
    one_step: World, officer, referred, database
) -> None:
    senior = officer(Role.SENIOR)
    answer = inspect(one_step, senior, referred, grounds="  ")
    assert (answer.status_code, problem_code(answer.text)) == (422, "grounds-missing")
    assert inspect(one_step, senior, referred, grounds=GROUNDS).status_code == 200
    with database.read() as session:
        begun = sa.select(ReferralEvent.note).where(ReferralEvent.kind == "inspection-begun")
        assert session.scalars(begun).all() == [GROUNDS]


def test_everybody_else_is_inspected_by_any_officer(one_step: World, officer) -> None:
    found = hold(one_step, officer, ASTRID)
    assert inspect(one_step, officer(Role.GATE_OFFICER), found).status_code == 200


def test_what_was_shown_at_the_kiosk_counts_at_the_lane(two_step: World, officer) -> None:
    code = two_step.ready(DIPLOMAT, action="stop")
    two_step.answer(two_step.kiosk, DIPLOMAT.mrz, code)
    two_step.answer(two_step.lane, None, code)
    (found,) = two_step.queue(officer(Role.SENIOR))
    answer = inspect(two_step, officer(Role.GATE_OFFICER), found, grounds=GROUNDS)
    assert problem_code(answer.text) == "grounds-reserved"
