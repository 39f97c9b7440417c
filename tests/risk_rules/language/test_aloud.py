"""A condition read aloud: in English by itself, in another language by whoever hands a translation in."""

import pytest

from risk_rules.facts import CATALOGUE
from risk_rules.language import compile_rule
from risk_rules.language.aloud import in_english, read_aloud

JAPANESE = {
    "It is a hit when %(condition)s.": "%(condition)s場合に該当する。",
    "%(left)s is more than %(right)s": "%(left)sが%(right)sを超える",
    "for at least one of %(list)s, %(body)s": "%(list)sのいずれかについて、%(body)s",
    " and ": "、かつ",
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
