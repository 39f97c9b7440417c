"""No condition mixes units: grams with nights, countries of two letters with nationalities of three."""

import pytest

from risk_rules.facts import CATALOGUE
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.units import WORDS, expect_one_unit, unit_of
from risk_rules.ruleset import load_ruleset


def ask(text: str) -> None:
    expect_one_unit(compile_rule(text, allow_protected=True).tree)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("bag.weight_g > itinerary.stay_nights", "compare grams and days"),
        ("booking.days_before < booking.hours_before", "compare days and hours"),
        ("bag.weight_g + flight.duration_minutes > 5", "add or take away grams and minutes"),
        ("itinerary.stay_nights between 1 and bag.weight_g", "compare days and grams"),
        (
            "traveller.nationality = itinerary.origin_country",
            "ISO 3166 alpha-3 and ISO 3166 alpha-2",
        ),
        ("flight.origin in ('XQA', booking.agency_country)", "IATA airport and ISO 3166 alpha-2"),
        ("sum(bags: weight_g) > declaration.goods_value", "compare grams and minor units"),
        ("any(bags: weight_g > flight.duration_minutes)", "compare grams and minutes"),
        ("max(changes: hours_before) = document.days_to_expiry", "compare hours and days"),
        ("not (-bag.weight_g < -itinerary.transit_minutes)", "compare grams and minutes"),
        ("days(flight.date, flight.date) > flight.duration_minutes", "compare days and minutes"),
    ],
)
def test_two_units_are_refused_where_they_meet(text: str, units: str) -> None:
    with pytest.raises(RuleError) as refused:
        ask(text)
    assert refused.value.code == "unit_mismatch"
    assert units.replace("days", "nights") in refused.value.message.replace("days", "nights")
    start, end = refused.value.span
    assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "booking.hours_before / 24 < booking.days_before",
        "bag.weight_g > 23000 * bag.count",
        "itinerary.stay_nights > booking.days_before",
        "bag.average_weight_g <= bag.weight_g - 500",
        "bag.count + booking.party_size > 3",
        "flight.origin_country = itinerary.origin_country and flight.origin = 'XQA'",
        "sum(declared_items: value) < declaration.goods_value",
        "count(bags: weight_g > 1) > itinerary.stay_nights",
    ],
)
def test_one_unit_and_none_go_together(text: str) -> None:
    ask(text)


def test_every_shipped_rule_keeps_its_units() -> None:
    ruleset = load_ruleset()
    assert ruleset.rules
    for reviewed in ruleset.rules:
        expect_one_unit(reviewed.scored.rule.tree)


def test_every_unit_belongs_to_a_fact_of_the_catalogue() -> None:
    names = [*CATALOGUE.facts] + [
        f"{one}[].{field}" for one, item in CATALOGUE.lists.items() for field in item.fields
    ]
    assert {unit_of(name) for name in names} - {""} == WORDS
