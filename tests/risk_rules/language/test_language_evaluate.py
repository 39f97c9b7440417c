"""What conditions mean: three-valued, over lists, with every operator."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk_rules.facts import CATALOGUE, ManagedList, conform
from risk_rules.language import compile_rule
from risk_rules.language.check import check
from risk_rules.language.parse import parse
from risk_rules.language.rule import Rule
from tests.risk_rules.language.random_conditions import LISTS, conditions, records

AIRPORTS = {"airports": ManagedList("airports", "str", frozenset({"XQA", "XQB"}))}


def built(text: str) -> Rule:
    """A rule without the check of its grounds: random conditions read protected facts too."""
    return Rule(text, check(parse(text), CATALOGUE, LISTS), LISTS)


@given(conditions(), records())
@settings(max_examples=250)
def test_random_conditions_mean_what_the_naive_reading_says(pair, record):
    text, meaning = pair
    assert built(text).evaluate(record) is meaning(record, {}), text


@given(conditions(lossless=True), records(), st.data())
@settings(max_examples=80)
def test_what_is_decided_stays_decided_when_more_is_known(pair, record, data):
    rule = built(pair[0])
    before = rule.evaluate(record)
    full = data.draw(records(missing=False))
    known = {name: full[name] if value is None else value for name, value in record.items()}
    for name in ("bags", "co_travellers"):
        if record[name] is not None:
            spare = {f: v for item in full[name] for f, v in item.items()}
            known[name] = [
                {f: spare.get(f) if v is None else v for f, v in item.items()}
                for item in record[name]
            ]
    if before is not None:
        assert rule.evaluate(known) is before


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("booking.payment != 'cash'", {}, None),
        ("not booking.payment = 'cash'", {}, None),
        ("booking.payment not in ('cash')", {}, None),
        ("booking.payment not in @airports", {}, None),
        ("booking.payment is missing", {}, True),
        ("itinerary.one_way and bag.count > 1", {"itinerary.one_way": False}, False),
        ("itinerary.one_way and bag.count > 1", {"itinerary.one_way": True}, None),
        ("bag.count > 1 and itinerary.one_way", {"itinerary.one_way": False}, False),
        ("itinerary.one_way or bag.count > 1", {"itinerary.one_way": True}, True),
        ("itinerary.one_way or bag.count > 1", {"itinerary.one_way": False}, None),
        ("bag.count between 2 and co.count", {"bag.count": 1}, False),
        ("bag.count between 2 and co.count", {"bag.count": 3}, None),
        ("any(bags: weight_g > 5)", {"bags": []}, False),
        ("all(bags: weight_g > 5)", {"bags": []}, True),
        ("any(bags: weight_g > 5)", {"bags": [{}, {"weight_g": 9}]}, True),
        ("any(bags: weight_g > 5)", {"bags": [{}, {"weight_g": 1}]}, None),
        ("all(bags: weight_g > 5)", {"bags": [{}, {"weight_g": 1}]}, False),
        ("all(bags: weight_g > 5)", {"bags": [{}, {"weight_g": 9}]}, None),
        ("any(bags: weight_g > 5)", {}, None),
        ("count(bags) = 2", {"bags": [{}, {}]}, True),
        ("count(bags: weight_g > 5) = 1", {"bags": [{}, {"weight_g": 9}]}, True),
        ("sum(bags: weight_g) = 9", {"bags": [{}, {"weight_g": 9}]}, True),
        ("sum(bags: weight_g) = 0", {"bags": []}, True),
        (
            "sum(declared_items: value * quantity) = 17",
            {
                "declared_items": [
                    {"value": 5, "quantity": 3},
                    {"value": 9},
                    {"value": 1, "quantity": 2},
                ]
            },
            True,
        ),
        (
            "sum(bags: weight_g / pieces) = 2.5",
            {"bags": [{"weight_g": 5, "pieces": 2}, {"weight_g": 1, "pieces": 0}]},
            True,
        ),
        ("max(bags: weight_g / pieces) > 1", {"bags": [{"weight_g": 1, "pieces": 0}]}, None),
        ("sum(bags: weight_g * 0.1) = 0", {"bags": []}, True),
        ("sum(bags: weight_g * 0.1) = 0", {}, None),
        ("min(bags: weight_g) = 0", {"bags": []}, None),
        ("max(bags: weight_g) = 9", {"bags": [{"weight_g": 9}, {"weight_g": 2}]}, True),
        ("bag.weight_g / bag.count > 1", {"bag.weight_g": 5, "bag.count": 0}, None),
        ("bag.weight_g / bag.count = 2.5", {"bag.weight_g": 5, "bag.count": 2}, True),
        ("0.1 + 0.2 = bag.count", {"bag.count": 0}, False),
        ("-bag.count = -3", {"bag.count": 3}, True),
        ("days(flight.date, document.expires) = 31", {}, None),
        ("any(legs: origin in @airports)", {"legs": [{"origin": "XQB"}]}, True),
        ("any(legs: origin = flight.origin)", {"legs": [{"origin": "A"}]}, None),
        ("starts_with(booking.agency, 'AB')", {"booking.agency": "ABC"}, True),
        ("contains(booking.agency, 'BC')", {"booking.agency": "AB"}, False),
        ("length(booking.agency) = 3", {"booking.agency": "ABC"}, True),
    ],
)
def test_meaning(text, facts, expected):
    assert compile_rule(text, lists=AIRPORTS).evaluate(conform(facts)) is expected


def test_days_counts_from_the_first_to_the_second():
    record = conform({"flight.date": dt.date(2026, 1, 1), "document.expires": dt.date(2026, 2, 1)})
    assert compile_rule("days(flight.date, document.expires) = 31").evaluate(record) is True
    assert compile_rule("days(document.expires, flight.date) = -31").evaluate(record) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'2026-01-15' between '2026-01-01' and flight.date", True),
        ("'2025-12-31' between '2026-01-01' and flight.date", False),
        ("flight.date between '2026-01-01' and '2026-01-31'", True),
        ("'2026-01-20' in ('2026-01-19', flight.date)", True),
        ("'2026-01-19' in ('2026-01-19', flight.date)", True),
        ("'2026-01-21' > flight.date", True),
    ],
)
def test_texts_beside_a_date_are_dates_wherever_they_stand(text, expected):
    record = conform({"flight.date": dt.date(2026, 1, 20)})
    assert compile_rule(text).evaluate(record) is expected


def test_a_compiled_rule_keeps_its_lists():
    lists = dict(AIRPORTS)
    rule = compile_rule("flight.origin in @airports", lists=lists)
    lists["airports"] = ManagedList("airports", "str", frozenset())
    assert rule.evaluate(conform({"flight.origin": "XQA"})) is True
