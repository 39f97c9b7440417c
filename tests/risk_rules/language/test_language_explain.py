"""The explanation of a result, the missing facts, the evidence behind a review."""

import datetime as dt
import json

from hypothesis import given, settings

from risk_rules.facts import CATALOGUE, conform
from risk_rules.language import compile_rule, evidence, evidence_sha256
from risk_rules.language.aloud import read_aloud
from risk_rules.language.check import check
from risk_rules.language.parse import parse
from risk_rules.language.rule import Rule
from tests.risk_rules.language.random_conditions import LISTS, conditions, records


def built(text: str) -> Rule:
    return Rule(text, check(parse(text), CATALOGUE, LISTS), LISTS)


def leaves(told: dict) -> list[dict]:
    return [leaf for part in told["parts"] for leaf in leaves(part)] if "parts" in told else [told]


def test_the_documented_example():
    text = "any(bags: weight_g > 30000) and itinerary.stay_nights < 3"
    record = conform(
        {
            "bags": [{"weight_g": 35708}, {"weight_g": 9}, {"tag": "1"}],
            "itinerary.stay_nights": 1,
        }
    )
    assert compile_rule(text).explain(record) == {
        "op": "and",
        "text": text,
        "span": [0, 57],
        "result": True,
        "parts": [
            {
                "text": "any(bags: weight_g > 30000)",
                "span": [0, 27],
                "result": True,
                "values": {
                    "bags": {
                        "size": 3,
                        "matched": 1,
                        "matching": [{"index": 0, "weight_g": 35708}],
                    }
                },
            },
            {
                "text": "itinerary.stay_nights < 3",
                "span": [32, 57],
                "result": True,
                "values": {"itinerary.stay_nights": 1},
            },
        ],
    }


def test_lists_show_what_was_summed_and_the_first_matches_only():
    record = conform(
        {"bags": [{"weight_g": i} for i in range(9)], "flight.date": dt.date(2026, 1, 2)}
    )
    told = compile_rule("sum(bags: weight_g) > 3").explain(record)["values"]["bags"]
    assert told["size"] == 9
    assert [row["index"] for row in told["items"]] == [0, 1, 2, 3, 4]
    assert told["value"] == 36
    told = compile_rule("count(bags: weight_g > 1) > 3").explain(record)["values"]["bags"]
    assert told["matched"] == 7
    assert len(told["matching"]) == 5
    assert compile_rule("count(bags) > 3").explain(record)["values"] == {"bags": {"size": 9}}
    told = compile_rule("flight.date > '2026-01-01' or any(bags: pieces > 1)").explain(record)
    assert told["parts"][0]["values"] == {"flight.date": "2026-01-02"}


def test_a_sum_of_products_shows_what_came_out_and_of_what():
    items = [{"value": 5, "quantity": 3}, {"value": 1, "quantity": 2}, {"value": 4}]
    rule = compile_rule("sum(declared_items: value * quantity) > 10")
    told = rule.explain(conform({"declared_items": items}))["values"]["declared_items"]
    assert (told["size"], told["value"]) == (3, 17.0)
    assert told["items"][0] == {"index": 0, "quantity": 3, "value": 5}
    said = read_aloud(rule.tree, CATALOGUE, {})
    assert said == (
        "It is a hit when the sum of (value of all pieces times pieces) over goods listed in the "
        "declaration is more than 10."
    )


def test_not_in_is_one_condition():
    told = compile_rule("flight.origin not in ('A')").explain(conform({"flight.origin": "B"}))
    assert told["result"] is True
    assert told["values"] == {"flight.origin": "B"}


@given(conditions(), records())
@settings(max_examples=80)
def test_explanations_agree_with_the_result_and_quote_the_text(pair, record):
    text, _ = pair
    rule = built(text)
    told = rule.explain(record)
    assert told["result"] is rule.evaluate(record)
    assert json.loads(json.dumps(told)) == told
    for leaf in leaves(told):
        assert leaf["text"] == text[slice(*leaf["span"])]
        assert built(leaf["text"]).evaluate(record) is leaf["result"]


@given(conditions(), records())
@settings(max_examples=80)
def test_missing_names_something_exactly_when_undecided(pair, record):
    rule = built(pair[0])
    missing = rule.missing(record)
    assert bool(missing) is (rule.evaluate(record) is None)
    assert {name for name in missing if name in record} <= rule.reads()


def test_missing_names_only_what_leaves_it_open():
    rule = compile_rule(
        "(booking.payment = 'cash' and bag.count > 1) or (itinerary.one_way and co.count > 1)"
    )
    assert rule.missing(conform({"booking.payment": "card"})) == ["co.count", "itinerary.one_way"]
    assert rule.missing(conform({"booking.payment": "card", "itinerary.one_way": False})) == []
    weights = compile_rule("any(bags: weight_g > 1)")
    assert weights.missing(conform({})) == ["bags"]
    assert weights.missing(conform({"bags": [{}]})) == ["bags.weight_g"]
    divided = compile_rule("bag.weight_g / bag.count > 1")
    assert divided.missing(conform({"bag.weight_g": 1, "bag.count": 0})) == [
        "bag.count",
        "bag.weight_g",
    ]


def test_evidence_holds_while_what_decided_holds():
    rule = compile_rule("any(bags: weight_g > 5) and (booking.payment = 'cash' or bag.count > 9)")
    first = {"booking.payment": "cash", "bags": [{"weight_g": 6, "tag": "1"}, {"weight_g": 1}]}

    def print_of(**changes):
        return evidence_sha256(rule.explain(conform({**first, **changes})))

    same = print_of()
    assert print_of(bags=[{"weight_g": 2, "tag": "7"}, {"weight_g": 6, "tag": "9"}]) == same
    assert print_of(**{"bag.count": 3}) == same
    assert print_of(bags=[{"weight_g": 7}]) != same
    assert print_of(**{"bag.count": 10}) != same
    assert evidence(rule.explain(conform(first))) == [
        {"text": "any(bags: weight_g > 5)", "values": {"bags": [{"weight_g": 6}]}},
        {"text": "booking.payment = 'cash'", "values": {"booking.payment": "cash"}},
    ]


def test_what_is_not_so_reads_as_not_so():
    text = "not (itinerary.stay_nights in (1, 2)) and bag.count >= 1 and not (bag.count > 5 or not itinerary.one_way)"
    rule = compile_rule(text)
    facts = conform({"itinerary.stay_nights": 0, "bag.count": 1, "itinerary.one_way": True})
    told = {one["text"] for one in evidence(rule.explain(facts))}
    assert told == {
        "not (itinerary.stay_nights in (1, 2))", "bag.count >= 1", "not (bag.count > 5)", "itinerary.one_way",
    }  # fmt: skip
