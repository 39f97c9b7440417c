"""A ground beside a protected fact must set somebody apart, weighed on the people of late."""

import re
from typing import Any

import pytest

from risk_rules.facts import ManagedList, conform
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.weigh import LEAST, MOST, weigh

LISTS = {"states": ManagedList("states", "str", frozenset({"THA", "IRN"}))}


def person(nationality: str, n: int, **other: Any) -> dict[str, Any]:
    """The n-th of a nationality: everybody is on the list, carries a good passport, goes to NRT; one in 16 pays
    cash, one in ten has three bags.
    """
    facts = {
        "traveller.nationality": nationality, "traveller.sex": "MF"[n % 2], "traveller.age": 20 + n % 50,
        "traveller.on_api": True, "traveller.is_crew": False, "document.is_passport": True,
        "document.days_to_expiry": 400 + n, "flight.destination": "NRT", "flight.carrier": "TG",
        "itinerary.destination": "NRT", "list.alerts": 0, "bag.count": 3 if n % 10 == 0 else 1,
        "booking.payment": "cash" if n % 16 == 1 else "card", "random.u": n % 100 / 100,
        "seat.row": 1 + n % 40, "co_travellers": [],
    }  # fmt: skip
    return conform(facts | {name.replace("__", "."): value for name, value in other.items()})


PEOPLE = [
    *(person("THA", n) for n in range(40)),
    *(person("JPN", n, flight__carrier="JL") for n in range(200)),
    *(person("IRN", n) for n in range(5)),
]


def said(text: str, people: list[dict[str, Any]] = PEOPLE) -> str:
    """'' where it may, else the code."""
    rule = compile_rule(text, lists=LISTS, allow_protected=True)
    try:
        weigh(text, rule.tree, LISTS, people)
    except RuleError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "ground",
    [
        "traveller.on_api", "not traveller.is_crew", "document.is_passport",
        "document.days_to_expiry > 0", "list.alerts = 0", "itinerary.destination = 'NRT'",
        "flight.destination = 'NRT'", "bag.count >= 1", "booking.payment != 'zzz'",
        "(bag.count > 900 or traveller.on_api)", "not (bag.count > 900 or traveller.is_crew)",
        "bag.count > 0 and traveller.on_api", "random.u < 0.01 and traveller.on_api",
        "traveller.age >= 0 and traveller.on_api", "(traveller.sex = 'F' or traveller.sex = 'M') and bag.count > 0",
        "seat.row > 3",
    ],
)  # fmt: skip
def test_what_nearly_everybody_of_a_nationality_fulfils_is_no_ground(ground: str) -> None:
    assert said(f"traveller.nationality = 'THA' and {ground}") == "no_ground"


@pytest.mark.parametrize(
    "text",
    [
        "traveller.nationality = 'THA' and bag.count > 2",
        "traveller.nationality = 'THA' and booking.payment = 'cash' and traveller.on_api",
        "traveller.nationality in ('THA', 'JPN') and bag.count > 2",
        "traveller.nationality != 'JPN' and bag.count > 2",
        "traveller.sex = 'F' and booking.payment = 'cash'",
        "traveller.age < 40 and bag.count > 2",
        "bag.count > 2",
        "traveller.on_api",
    ],
)
def test_what_sets_somebody_apart_is_a_ground(text: str) -> None:
    assert said(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "traveller.nationality = 'IRN' and bag.count > 2",
        "traveller.nationality in @states and bag.count > 2",
        "traveller.nationality = 'XXX' and bag.count > 2",
        "traveller.age > 200 and bag.count > 2",
        "any(co_travellers: nationality = 'THA') and bag.count > 2",
    ],
)
def test_of_whom_too_few_came_nobody_can_tell(text: str) -> None:
    assert said(text) == "too_few_to_judge"


@pytest.mark.parametrize(
    "text",
    [
        # All Thais, hidden among the many Japanese of whom it says something else.
        (
            "traveller.nationality = 'THA' and flight.carrier = 'TG' and traveller.on_api"
            " or traveller.nationality = 'JPN' and bag.count > 900"
        ),
        (
            "traveller.nationality in ('THA', 'JPN') and itinerary.destination = 'NRT' and"
            " (traveller.nationality = 'THA' or bag.count > 900)"
        ),
        "(traveller.nationality = 'THA') = (bag.count >= 0)",
        "traveller.age > 0 and (traveller.nationality != 'JPN' and traveller.on_api)",
        "traveller.nationality != 'JPN' and traveller.on_api",
    ],
)
def test_a_group_is_not_hidden_among_others(text: str) -> None:
    assert said(text) == "no_ground"


def test_each_airport_is_weighed_by_itself() -> None:
    elsewhere = [
        person("THA", n, flight__destination="HND", itinerary__destination="HND")
        for n in range(400)
    ]
    text = "traveller.nationality = 'THA' and itinerary.destination = 'NRT'"
    assert said(text, PEOPLE + elsewhere) == "no_ground"
    assert said(text.replace("itinerary.destination = 'NRT'", "bag.count > 2"), PEOPLE + elsewhere) == ""  # fmt: skip


def test_a_share_at_the_limit_is_a_ground_and_one_above_is_none() -> None:
    people = [person("THA", n, seat__row=1 if n < MOST * 50 else 9) for n in range(50)]
    text = "traveller.nationality = 'THA' and seat.row = 1"
    assert said(text, people) == ""
    assert said(text, [*people, person("THA", 0, seat__row=1)]) == "no_ground"


def test_a_refusal_says_what_is_no_ground_and_of_how_many_it_is_so() -> None:
    text = "traveller.nationality = 'THA' and bag.count < 9 and traveller.on_api"
    rule = compile_rule(text)
    with pytest.raises(RuleError) as caught:
        weigh(text, rule.tree, {}, PEOPLE)
    assert caught.value.message == (
        "`bag.count < 9`, `traveller.on_api` is no ground beside who somebody is: of the 40 assessed last whom it "
        "singles out, 100% fulfil all of this, and at most 20% may"
    )
    start, end = caught.value.span
    assert text[start:end] == "bag.count < 9"


def test_a_refusal_names_no_group_so_small_that_it_tells_of_somebody() -> None:
    text = "traveller.nationality != 'JPN' and bag.count > 900 or traveller.nationality = 'IRN' and traveller.on_api"
    rule = compile_rule(text)
    with pytest.raises(RuleError) as caught:
        weigh(text, rule.tree, {}, PEOPLE)
    assert caught.value.code == "too_few_to_judge"
    assert re.findall(r"[0-9]+", caught.value.message) == [str(LEAST)]
