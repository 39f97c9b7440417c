"""Comparisons that nothing can fulfil are found, and no others."""

import pytest

from risk_rules.facts import ManagedList
from risk_rules.language import compile_rule
from risk_rules.language.never import never_true
from risk_rules.ruleset import load_ruleset

LISTS = {
    "none": ManagedList("none", "str", frozenset()),
    "long": ManagedList("long", "str", frozenset({"NRTX", "HND9"})),
    "ports": ManagedList("ports", "str", frozenset({"NRT", "long"})),
}

NEVER = [
    *((text, text) for text in (
        "length(flight.origin) > 3", "length(flight.origin) = 2", "length(booking.payment) < 4",
        "starts_with(flight.origin, 'ABCD')", "contains(flight.carrier, 'ABC')",
        "list.best_score > 1.0", "booking.party_size = 0",
    )),
    ("bag.count < 0", "bag.count < 0"), ("0 > bag.count", "0 > bag.count"),
    ("bag.count <= -1", "bag.count <= -1"), ("bag.count = 1.5", "bag.count = 1.5"),
    ("bag.count between 5 and 2", "bag.count between 5 and 2"),
    ("history.trips_5y < 0", "history.trips_5y < 0"),
    ("itinerary.stay_nights < 0", "itinerary.stay_nights < 0"),
    ("bag.count between -3 and -1", "bag.count between -3 and -1"),
    ("bag.count in (1, -1, 2)", "-1"), ("flight.arrival_hour >= 24", "flight.arrival_hour >= 24"),
    ("random.u > 1", "random.u > 1"), ("count(bags) < 0", "count(bags) < 0"),
    ("length(booking.email_domain) < 0", "length(booking.email_domain) < 0"),
    ("flight.origin = 'TOKYO'", "flight.origin = 'TOKYO'"),
    ("booking.payment = 'bitcoin'", "booking.payment = 'bitcoin'"),
    ("booking.payment in ('cash', 'Cash')", "'Cash'"),
    ("flight.origin in @none", "flight.origin in @none"),
    ("flight.origin in @long", "flight.origin in @long"),
    ("any(bags: weight_g < 0)", "weight_g < 0"), ("any(legs: origin = 'X')", "origin = 'X'"),
    ("bag.count > 1 and not (bag.count < 0)", "bag.count < 0"),
    ("document.expires between '2027-01-01' and '2026-01-01'",
     "document.expires between '2027-01-01' and '2026-01-01'"),
    ("bag.count > 1 and 2 < 1", "2 < 1"),
]  # fmt: skip


def test_no_shipped_rule_holds_any() -> None:
    shipped = load_ruleset()
    trees = {one.key: one.scored.rule.tree for one in shipped.rules}
    assert {key for key, tree in trees.items() if never_true(tree, shipped.lists)} == set()
    assert len(trees) > 20


@pytest.mark.parametrize(("text", "marked"), NEVER)
def test_what_nothing_fulfils_is_marked(text: str, marked: str) -> None:
    tree = compile_rule(text, lists=LISTS, allow_protected=True).tree
    assert [text[start:end] for start, end in never_true(tree, LISTS)] == [marked]


@pytest.mark.parametrize(
    "text",
    [
        "bag.count < 1", "bag.count <= 0", "bag.count = 1.0", "0 >= bag.count", "bag.count != -1",
        "bag.count between 2 and 2", "bag.count not between 5 and 2", "not flight.arrival_hour between 24 and 30", "flight.arrival_hour >= 23", "random.u > 0.9999", "bag.count > 0 or 1 > 0.5",
        "count(bags) <= 0", "flight.origin = 'NRT'", "flight.origin in @ports", "bag.count - 1 < 0",
        "document.days_to_expiry < 0", "booking.email_domain = ''", "traveller.age < bag.count",
        "document.expires < '2026-01-01'", "any(bags: weight_g < 1)", "traveller.on_api = false",
        "length(flight.origin) >= 3", "length(booking.payment) > 6", "starts_with(flight.origin, 'NRT')",
        "contains(booking.email_domain, 'ABCD')", "list.best_score >= 1.0", "booking.party_size = 1",
        "max(bags: weight_g) < 0", "booking.payment != 'bitcoin'", "booking.agency = 'Y'",
    ],
)  # fmt: skip
def test_what_something_may_fulfil_is_not(text: str) -> None:
    try:
        tree = compile_rule(text, lists=LISTS, allow_protected=True).tree
    except ValueError as error:
        pytest.fail(str(error))
    assert never_true(tree, LISTS) == []
