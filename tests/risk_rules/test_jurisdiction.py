"""Which source may serve which purpose: of the facts that a rule reads, and of the results that they tell."""

from dataclasses import replace

import pytest

from risk_rules.facts import CATALOGUE
from risk_rules.jurisdiction import FREE, NEUTRAL, Jurisdiction, check_purpose, shipped
from risk_rules.language.rule import compile_rule
from risk_rules.language.tree import RuleError
from risk_rules.score import Purpose

EU = shipped("eu")
RESULTS = [*(n for n, f in CATALOGUE.facts.items() if f.source == "list"), "co_travellers"]


def without(source: str, purpose: Purpose = Purpose.DRUGS) -> Jurisdiction:
    """The neutral profile in which one source may not serve one purpose."""
    left = NEUTRAL.sources[source] - {purpose}
    return replace(NEUTRAL, sources={**NEUTRAL.sources, source: left})


def refused(text: str, purpose: Purpose, law: Jurisdiction) -> RuleError | None:
    tree = compile_rule(text).tree
    try:
        check_purpose(tree, purpose, law)
    except RuleError as error:
        return error
    return None


def asking(name: str) -> str:
    fact = CATALOGUE.facts.get(name)
    if fact is None:
        return "any(co_travellers: high_risk)"
    return name if fact.type == "bool" else f"{name} > 0"


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("source", ["api", "declaration", "kiosk"])
def test_a_result_of_screening_is_refused_where_what_it_was_found_by_is(
    name: str, source: str
) -> None:
    error = refused(f"flight.arrival_hour > 1 and {asking(name)}", Purpose.DRUGS, without(source))
    assert error is not None
    assert (error.code, "can rest on" in error.message) == ("purpose_not_allowed", True)
    assert error.span[0] > 0
    assert refused(asking(name), Purpose.REVENUE, without(source)) is None
    assert refused(asking(name), Purpose.DRUGS, NEUTRAL) is None


def test_other_fields_of_the_same_list_are_no_results() -> None:
    text = "booking.payment = 'cash' and any(co_travellers: same_surname)"
    assert refused(text, Purpose.DRUGS, without("api")) is None
    assert refused("count(co_travellers) > 1", Purpose.DRUGS, without("api")) is None


@pytest.mark.parametrize(
    ("purpose", "allowed"),
    [("serious_crime", True), ("drugs", True), ("revenue", False), ("biosecurity", False), ("health", False)],
)  # fmt: skip
def test_in_the_eu_profile_lists_speak_to_rules_for_which_the_passenger_list_may_be_used(
    purpose: str, *, allowed: bool
) -> None:
    for name in RESULTS[:-1]:
        assert (refused(asking(name), Purpose(purpose), EU) is None) is allowed, name


def test_links_to_others_hits_rest_on_all_that_can_make_a_hit() -> None:
    rule = compile_rule("link.phone_hits_90d > 0")
    assert rule.sources == {"pnr"}
    assert rule.rests_on == set(NEUTRAL.sources)
    assert not FREE & rule.rests_on
