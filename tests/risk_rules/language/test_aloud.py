"""A condition read aloud: in English by itself, in another language by whoever hands a translation in."""

from collections.abc import Mapping

import pytest

from app.web.translation import gettext, speaking
from risk_rules.facts import CATALOGUE, ManagedList
from risk_rules.language import compile_rule
from risk_rules.language.aloud import in_english, read_aloud
from risk_rules.ruleset import load_ruleset

JAPANESE = {
    "It is a hit when %(condition)s.": "%(condition)s場合に該当する。",
    "%(left)s is more than %(right)s": "%(left)sが%(right)sを超える",
    "for at least one of %(list)s, %(body)s": "%(list)sのいずれかについて、%(body)s",
    "clauses\x04 and ": "、かつ",
}


def in_japanese(message: str, /, **values: object) -> str:
    return in_english(JAPANESE.get(message, message), **values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("booking.party_size > 3 and not bag.tagged = 2",
         "travellers in the booking is more than 3 and it is not so that bag tags that name this traveller is 2"),
        ("booking.party_size between 2 and 3 or booking.party_size is missing",
         "travellers in the booking is between 2 and 3 or travellers in the booking is not known"),
        ("count(bags) > 2", "the number of checked bags is more than 2"),
    ],
    ids=["and, not", "or, between", "count"],
)  # fmt: skip
def test_a_condition_is_one_english_sentence(text: str, said: str):
    read = read_aloud(compile_rule(text).tree, CATALOGUE, {})
    assert read == f"It is a hit when {said}."


def test_places_may_stand_in_another_order_elsewhere():
    rule = compile_rule("any(bags: weight_g > 30000) and booking.party_size > 3")
    said = read_aloud(rule.tree, CATALOGUE, {}, in_japanese)
    assert said.endswith("場合に該当する。")
    assert "のいずれかについて、" in said
    assert "30000を超える" in said
    assert "、かつ" in said
    assert "%(" not in said


def test_every_fact_is_read_by_words_of_its_own():
    spoken = {name: read_aloud(compile_rule(f"{name} is missing").tree, CATALOGUE, {})
              for name, fact in CATALOGUE.facts.items() if not fact.is_protected}  # fmt: skip
    assert len(set(spoken.values())) == len(spoken)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("declaration.prohibited and co.minors > 1",
         "the traveller declares prohibited articles and minors travelling with this traveller is more than 1"),
        ("declaration.gold or not declaration.commercial",
         "the traveller declares gold or it is not so that the traveller declares commercial goods or samples"),
        ("booking.non_air > 0", "number of hotels or cars or other things booked along is more than 0"),
        ("random.u < 0.01 and bag.count > 1",
         "number drawn for this traveller on this flight is less than 0.01 and checked bags is more than 1"),
    ],
)  # fmt: skip
def test_no_fact_is_cut_to_a_word_that_says_nothing(text: str, said: str):
    assert read_aloud(compile_rule(text).tree, CATALOGUE, {}) == f"It is a hit when {said}."


def japanese(text: str, lists: Mapping[str, ManagedList] | None = None) -> str:
    """The reading in the console's Japanese."""
    known = lists or {}
    with speaking("ja"):
        return read_aloud(compile_rule(text, lists=known).tree, CATALOGUE, known, gettext)


def test_japanese_joins_clauses_as_clauses_and_values_as_nouns():
    said = japanese("booking.payment in ('cash', 'card') and (bag.pooled or bag.tagged > 2)")
    assert "又は'card'、かつ(" in said
    assert "合算されている、または" in said
    said = japanese("not bag.pooled and bag.count > 2")
    assert said.endswith("、かつ預入手荷物が2を超える。")


def test_a_shipped_rule_of_four_clauses_is_joined_by_three_conjunctions():
    shipped = load_ruleset()
    rule = next(one for one in shipped.rules if one.key == "declaration.gold-route")
    said = japanese(rule.scored.rule.text, shipped.lists)
    assert said.count("、かつ") == 3
    assert "または" not in said
