"""What kiosks could verify, by issuing state: counted once a day, small groups hidden, in figures and on the page."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.identity.permissions import GRANTS, Permission, Role
from app.web.console import words
from tests.gate.world import ASTRID, Headers, Person, World

CHECKS = {"signer-certificate": "unknown:no-authority", "groups": "passed"}


def passports(state: str, count: int) -> list[Person]:
    return [replace(ASTRID, issuer=state, number=f"XX44{n:05d}") for n in range(count)]


def read(world: World, person: Person, device: Headers | None = None, **readings: Any) -> None:
    answer = world.present(device or world.kiosk, person.mrz, **readings)
    assert answer.status_code == 201, answer.text


@pytest.fixture
def week(two_step: World) -> World:
    """40 of Sweden, of them 30 genuine; 12 of France, whose keys are missing; 9 of Japan."""
    swedes = passports("SWE", 40)
    for person in swedes[:30]:
        read(two_step, person, chip="ok", face="match")
    for person in swedes[30:]:
        read(two_step, person, chip="failed", chip_checks={"groups": "failed:dg2"})
    read(two_step, swedes[0], chip="failed")  # again on the same day: the last reading counts
    for person in passports("FRA", 12):
        read(two_step, person, chip="not-verifiable", chip_checks=CHECKS)
    for person in passports("JPN", 9):
        read(two_step, person)
    read(two_step, passports("NOR", 1)[0], two_step.lane)
    return two_step


def test_states_are_told_once_there_are_enough(
    week: World, officer: Callable[[Role], Headers]
) -> None:
    who = officer(Role.TARGETER)
    found = week.client.get("/api/v1/reports/documents", headers=who).json()
    assert found["few"] == 1
    sweden, france = found["states"]
    assert (sweden["issuer"], sweden["passports"], sweden["verified"]) == ("SWE", 40, 29 / 40)
    assert sweden["chips"] == {"ok": 29, "failed": 11}
    assert sweden["faces"] == {"match": 29, "not-checked": 11}
    assert sweden["checks"] == [{"check": "groups failed:dg2", "passports": 10}]
    assert (france["issuer"], france["passports"], france["verified"]) == ("FRA", 12, None)
    assert france["checks"] == [
        {"check": "signer-certificate unknown:no-authority", "passports": 12}
    ]

    page = week.client.get("/console/documents", headers=who | {"Accept": "text/html"}).text
    assert re.search(r"72\s%", page)
    assert "who signed for the state: could not be checked (no-authority)" in page
    assert "1 state had fewer than ten passports and is not told" in page
    assert "JPN" not in page
    assert "XX44" not in page


def test_a_span_that_is_none_is_the_usual_one(
    two_step: World, officer: Callable[[Role], Headers]
) -> None:
    who = officer(Role.TARGETER)
    for days in ("", "7", "9999", "-1", "x"):
        page = two_step.client.get(f"/console/documents?days={days[:3]}", headers=who)
        assert page.status_code == 200
        assert "Too few passports" in page.text
    assert two_step.client.get("/api/v1/reports/documents?days=31", headers=who).status_code == 422


@pytest.mark.parametrize("role", Role)
def test_who_may_see_it(two_step: World, officer: Callable[[Role], Headers], role: Role) -> None:
    may = Permission.VIEW_EFFECTIVENESS in GRANTS[role]
    found = two_step.client.get("/api/v1/reports/documents", headers=officer(role))
    assert found.status_code == (200 if may else 403)


def test_a_check_is_said_in_words() -> None:
    assert (
        words.check("chip-answers failed:another-chip") == "chip is no copy: failed (another-chip)"
    )
    assert words.check("brand-new unknown") == "Brand new: could not be checked"
