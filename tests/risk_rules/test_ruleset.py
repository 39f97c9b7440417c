"""The starting rule set, and rule files that must be refused."""

import datetime as dt
from pathlib import Path

import pytest

from risk_rules.facts import CATALOGUE, conform
from risk_rules.ruleset import RuleSetError, failing_examples, load_ruleset
from risk_rules.score import assess

STARTING = load_ruleset()
THEMES = {
    "booking",
    "itinerary",
    "bags",
    "documents",
    "co_travellers",
    "declaration",
    "history",
    "changes",
}

RULE = """
[[rules]]
key = "k.one"
version = 1
title = "One"
text = "bag.count > 3"
points = 10
purpose = "drugs"
handling = "stop"
justification = "Because."
owner = "me"
review_by = 2027-01-01
examples = [{expect = "fires", facts = {"bag.count" = 4}}]
"""
LISTS = '[names]\ntype = "str"\ntitle = "t"\nvalues = ["A", "B"]\n'


def folder(path: Path, rules: str = RULE, lists: str = LISTS) -> Path:
    (path / "theme.toml").write_text(rules)
    (path / "lists.toml").write_text(lists)
    return path


def test_the_starting_set_is_of_every_theme_and_complete():
    assert len(STARTING.rules) >= 14
    assert {rule.theme for rule in STARTING.rules} == THEMES
    for rule in STARTING.rules:
        assert rule.scored.title
        assert len(rule.justification) > 40
        assert rule.owner
        assert rule.review_by > dt.date(2026, 1, 1)


@pytest.mark.parametrize("rule", STARTING.rules, ids=lambda rule: rule.key)
def test_every_rule_does_what_its_examples_say(rule):
    assert {example.expect for example in rule.examples} >= {"fires", "quiet"}
    assert failing_examples([rule]) == []


def test_examples_are_really_run():
    rule = next(r for r in STARTING.rules if r.key == "bags.heavy-short-stay")
    swapped = type(rule)(
        scored=rule.scored,
        theme=rule.theme,
        justification=rule.justification,
        owner=rule.owner,
        review_by=rule.review_by,
        examples=(type(rule.examples[0])(rule.examples[0].facts, "quiet"),),
    )
    assert failing_examples([swapped]) == [
        "bags.heavy-short-stay example 1: quiet, found fires",
    ]


def test_no_rule_of_the_starting_set_fires_on_a_traveller_of_whom_nothing_is_known():
    result = assess(STARTING.scored(), conform({}))
    assert (result.score, result.hits) == (0, ())
    assert len(result.unknown) == len(STARTING.rules)


def test_an_ordinary_family_raises_nothing():
    facts = conform(
        {
            "traveller.is_crew": False,
            "document.lost_or_stolen": False,
            "document.count": 1,
            "document.days_to_expiry": 1500,
            "flight.origin": "XHB",
            "flight.origin_country": "XC",
            "itinerary.origin": "XHB",
            "itinerary.origin_country": "XC",
            "itinerary.stay_nights": 9,
            "itinerary.one_way": False,
            "itinerary.legs_count": 2,
            "itinerary.transit_minutes": 0,
            "booking.days_before": 80,
            "booking.payment": "card",
            "booking.paid_by_third_party": False,
            "booking.agency_country": "XC",
            "booking.phone_country": "XC",
            "booking.changes": 0,
            "booking.email_domain": "freemail.example",
            "booking.party_size": 4,
            "booking.locator_count": 1,
            "bag.count": 1,
            "bag.weight_g": 21000,
            "bag.grown_after_check_in": False,
            "changes": [],
            "co.count": 3,
            "co.minors": 2,
            "declaration.submitted": True,
            "declaration.lane": 0,
            "declaration.party_size": 4,
            "declaration.companions": 3,
            "declaration.flight_matches": True,
            "declaration.embarkation_matches": True,
            "declaration.entrusted": False,
            "declaration.gold": False,
            "declaration.commercial": False,
            "declaration.restricted": False,
            "history.trips_12m": 1,
            "history.finds_5y": 0,
            "history.referrals_12m": 0,
            "legs": [{"origin": "XHB", "destination": "XHA", "carrier": "XX"}],
            "bags": [{"weight_g": 21000}],
            "co_travellers": [{"high_risk": False, "same_surname": True}] * 3,
            "declared_items": [],
        }
    )
    result = assess(STARTING.scored(), facts)
    assert (result.level, result.hits, result.unknown) == ("none", (), ())


def test_every_list_of_the_starting_set_is_used_and_says_that_it_is_an_example():
    texts = " ".join(rule.scored.rule.text for rule in STARTING.rules)
    for item in STARTING.lists.values():
        assert f"@{item.name}" in texts
        assert "example data" in item.title


def test_the_fingerprint_follows_content_not_layout(tmp_path):
    first = load_ruleset(folder(tmp_path)).sha256
    assert load_ruleset(folder(tmp_path, RULE.replace("\n", "\n\n") + "# note\n")).sha256 == first
    assert load_ruleset(folder(tmp_path, RULE.replace("> 3", "> 2"))).sha256 != first
    assert load_ruleset(folder(tmp_path, RULE.replace("points = 10", "points = 9"))).sha256 != first
    assert load_ruleset(folder(tmp_path, lists=LISTS.replace('"B"', '"C"'))).sha256 != first


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("bag.count > 3", "bag.cuont > 3", "bad_rule"),
        ("bag.count > 3", "traveller.sex = 'F'", "bad_rule"),
        ("bag.count > 3", "flight.origin in @absent", "bad_rule"),
        ('owner = "me"', "", "bad_rule"),
        ('purpose = "drugs"', 'purpose = "fun"', "bad_rule"),
        ('handling = "stop"', 'handling = "stop"\nfloor = "extreme"', "bad_rule"),
        ("points = 10", "points = true", "bad_rule"),
        ("points = 10", "points = 1.5", "bad_rule"),
        ("2027-01-01", '"soon"', "bad_rule"),
        ("2027-01-01", "2027-01-01T00:00:00Z", "bad_rule"),
        ('expect = "fires"', 'expect = "perhaps"', "bad_rule"),
        ("version = 1", "version = ", "bad_file"),
        ("[[rules]]", RULE + "[[rules]]", "duplicate_key"),
    ],
)
def test_a_bad_rule_file_is_refused(tmp_path, old, new, code):
    assert old in RULE
    with pytest.raises(RuleSetError) as caught:
        load_ruleset(folder(tmp_path, RULE.replace(old, new, 1)))
    assert caught.value.code == code
    assert "theme" in caught.value.where


@pytest.mark.parametrize(
    "lists",
    [
        "[names]\ntype = 'str'\n",
        "[names]\ntype = 'str'\ntitle = 't'\nvalues = ['A', 1]\n",
        "[names]\ntype = 'colour'\ntitle = 't'\nvalues = []\n",
        "names = 3",
        "[names",
    ],
)
def test_bad_lists_are_refused(tmp_path, lists):
    with pytest.raises(RuleSetError) as caught:
        load_ruleset(folder(tmp_path, lists=lists))
    assert caught.value.code == "bad_file"


def test_a_folder_without_lists_is_refused(tmp_path):
    (tmp_path / "theme.toml").write_text(RULE)
    with pytest.raises(RuleSetError):
        load_ruleset(tmp_path)


def test_every_rule_reads_facts_of_the_catalogue():
    known = set(CATALOGUE.facts) | set(CATALOGUE.lists)
    for rule in STARTING.rules:
        assert rule.scored.rule.reads()
        assert rule.scored.rule.reads() <= known
