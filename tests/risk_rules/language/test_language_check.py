"""Types, names and the hints that come with an error."""

import pytest

from risk_rules.facts import CATALOGUE, ManagedList
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.check import check
from risk_rules.language.parse import parse

LISTS = {
    "airports": ManagedList("airports", "str", frozenset({"XQA"})),
    "sizes": ManagedList("sizes", "int", frozenset({1, 2})),
}


@pytest.mark.parametrize(
    ("text", "code", "message", "marked"),
    [
        (
            "booking.paymnt = 'cash'",
            "unknown_fact",
            "did you mean 'booking.payment'?",
            "booking.paymnt",
        ),
        (
            "BOOKING.Payment = 'x'",
            "unknown_fact",
            "did you mean 'booking.payment'?",
            "BOOKING.Payment",
        ),
        ("any(bags: weigth_g > 1)", "unknown_fact", "did you mean 'weight_g'?", "weigth_g"),
        ("any(bag: weight_g > 1)", "unknown_fact", "did you mean 'bags'?", "bag"),
        ("flight.origin in @airport", "unknown_list", "did you mean 'airports'?", "@airport"),
        ("lenght(flight.origin) = 3", "unknown_function", "'length'?", "lenght(flight.origin)"),
        ("booking.payment = 3", "type_mismatch", "cannot compare str with int", None),
        ("booking.changes in @airports", "type_mismatch", "holds str, not int", "@airports"),
        ("booking.changes in (1, 'x')", "type_mismatch", "cannot compare int with str", "'x'"),
        ("flight.date > '2025-13-01'", "bad_literal", "not a date", "'2025-13-01'"),
        ("flight.date > '20250101'", "bad_literal", "not a date", "'20250101'"),
        ("itinerary.one_way < true", "type_mismatch", "only be compared with = or !=", None),
        (
            "itinerary.one_way between true and true",
            "type_mismatch",
            "no order",
            "itinerary.one_way",
        ),
        ("bag.count", "not_a_condition", "this is int", None),
        ("bag.count and true", "type_mismatch", "expected bool, found int", "bag.count"),
        ("bags = 1", "type_mismatch", "is a list", "bags"),
        ("(bag.count + 1) is missing", "type_mismatch", "only a fact", "bag.count + 1"),
        ("sum(bags) > 3", "type_mismatch", "needs an expression", "sum(bags)"),
        ("any(bags: weight_g)", "type_mismatch", "expected bool inside any", "weight_g"),
        ("sum(bags: tag) > 3", "type_mismatch", "expected a number inside sum", "tag"),
        ("sum(bags: weight_g > 3) > 3", "type_mismatch", "a number inside sum", "weight_g > 3"),
        ("sum(bags: weight_g * tag) > 3", "type_mismatch", "expected num, found str", "tag"),
        (
            "sum(bags: " + "weight_g * " * 17 + "weight_g) > 3",
            "out_of_range",
            "too large",
            "sum(bags: " + "weight_g * " * 17 + "weight_g)",
        ),
        (
            "any(bags: any(legs: carrier = 'X'))",
            "type_mismatch",
            "not supported",
            "any(legs: carrier = 'X')",
        ),
        ("length('a', 'b') = 1", "type_mismatch", "takes 1 argument", "length('a', 'b')"),
        ("days(flight.date, 3) = 1", "type_mismatch", "expected date, found int", "3"),
        ("-flight.origin = 1", "type_mismatch", "expected num, found str", "flight.origin"),
        ("weight_g > 1", "unknown_fact", "unknown fact", "weight_g"),
        ("1 = 1", "not_a_condition", "reads no fact", None),
    ],
)
def test_errors_say_what_and_where(text, code, message, marked):
    with pytest.raises(RuleError) as caught:
        compile_rule(text, lists=LISTS)
    error = caught.value
    assert error.code == code
    assert message in error.message
    assert text[slice(*error.span)] == (text if marked is None else marked)


@pytest.mark.parametrize(
    "text",
    [
        "booking.payment = 'cash' and any(bags: weight_g > 30000)",
        "flight.date between '2026-01-01' and document.expires",
        "'2026-01-01' between flight.date and '2026-12-31'",
        "'2026-01-01' in ('2026-01-02', flight.date)",
        "days(flight.date, document.expires) - 3 < bag.weight_g / 2.5",
        "flight.origin in @airports or bag.count in @sizes",
        "starts_with(flight.number, '1') or contains(booking.agency, 'X')",
        "all(bags: tag is not missing) and min(bags: pieces) <= max(bags: pieces)",
        "any(legs: origin = flight.origin)",
        "random.u < 1",
        "itinerary.one_way = true",
    ],
)
def test_well_typed_conditions_pass(text):
    assert compile_rule(text, lists=LISTS).tree.type == "bool"


def test_every_node_of_a_checked_tree_has_a_type_and_no_bare_name():
    text = (
        "flight.date > '2026-01-01' and count(bags: weight_g + 1 > 2) in (1, 2) and "
        "'2026-01-01' between '2025-01-01' and flight.date"
    )
    for node in check(parse(text), CATALOGUE, LISTS).walk():
        assert node.op != "name"
        assert node.op == "list" or node.type is not None
        if node.op == "literal" and node.type == "date":
            assert not isinstance(node.value, str)
