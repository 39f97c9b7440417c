"""Days, states and numbers that a request and a rectified passport can have."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.rights.checks import day_problems, passport_number, passport_problems
from app.travel.shown import Zone
from tests.screening.world import NOW

TODAY = NOW.date()
RIGHT = Zone("TESTER", "", date(1980, 5, 31), "X", "XXA", "TR1234567", "RKS", None)


def told(problems: list[Any]) -> list[str]:
    return [f"{one.pointer} {one.code}" for one in problems]


@pytest.mark.parametrize(
    ("born", "received", "wrong"),
    [
        (date(1900, 1, 1), TODAY - timedelta(days=1095), []),
        (TODAY, TODAY + timedelta(days=1), []),
        (date(1899, 12, 31), TODAY, ["/birth_date too_early"]),
        (TODAY + timedelta(days=2), TODAY, ["/birth_date in_the_future"]),
        (date(1980, 5, 31), date(1, 1, 1), ["/received_on too_early"]),
        (date(1980, 5, 31), TODAY + timedelta(days=2), ["/received_on in_the_future"]),
    ],
)
def test_days_of_a_request_are_ones_that_can_be(
    born: date, received: date, wrong: list[str]
) -> None:
    assert told(day_problems(born, received, NOW)) == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"surname": ""}, ["/surname missing"]),
        ({"given_names": "A" * 101}, ["/given_names too_long"]),
        ({"birth_date": None}, ["/birth_date missing"]),
        ({"birth_date": date(1, 1, 1)}, ["/birth_date too_early"]),
        ({"sex": "Q"}, ["/sex unknown"]),
        ({"nationality": "ZZZ"}, ["/nationality unknown_state"]),
        ({"issuer": "DE"}, ["/issuer unknown_state"]),
        ({"issuer": ""}, ["/issuer unknown_state"]),
        ({"number": ""}, ["/number no_passport_number"]),
        ({"number": "TR12345678"}, ["/number no_passport_number"]),
        ({"number": "TR;1234"}, ["/number no_passport_number"]),
        ({"expires_on": date(1980, 5, 30)}, ["/expires_on too_early"]),
        ({"expires_on": date(9999, 1, 1)}, ["/expires_on in_the_future"]),
    ],
)
def test_a_rectified_passport_is_one_that_can_be(change: dict[str, Any], wrong: list[str]) -> None:
    assert told(passport_problems(replace(RIGHT, **change), NOW)) == wrong


def test_a_number_loses_blanks_and_keeps_what_no_passport_has() -> None:
    assert passport_number("TR 1234-567<") == "TR1234567"
    assert passport_number("TR;1234") == "TR;1234"
