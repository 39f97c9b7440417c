"""A condition read aloud: in English by itself, in another language by whoever hands a translation in."""

from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.translation import gettext, speaking
from risk_rules.facts import CATALOGUE, ManagedList
from risk_rules.language import Node, Rule, compile_rule
from risk_rules.language.aloud import in_english, read_aloud
from risk_rules.language.canonical import canonical
from risk_rules.language.units import unit_of
from risk_rules.ruleset import load_ruleset
from tests.risk_rules.language.random_conditions import LISTS, conditions

JAPANESE = {
    "It is a hit when %(condition)s.": "%(condition)s場合に該当する。",
    "%(left)s is more than %(right)s": "%(left)sが%(right)sを超える",
    "for at least one of %(list)s %(condition)s": "%(list)sのいずれかについて%(condition)s",
    "clauses\x04 and ": "、かつ",
}


def in_japanese(message: str, /, **values: object) -> str:
    return in_english(JAPANESE.get(message, message), **values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("booking.party_size > 3 and not bag.tagged = 2",
         "travellers in the booking is more than 3 and it is not so that (bag tags that name this traveller is 2)"),
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
    assert "のいずれかについて(" in said
    assert "30000 gを超える" in said
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
         "the traveller declares gold or it is not so that (the traveller declares commercial goods or samples)"),
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
    assert "又は'card'、かつ" in said
    assert "合算されている、または" in said
    said = japanese("not bag.pooled and bag.count > 2")
    assert said.endswith("、かつ預入手荷物が2を超える。")


def test_a_shipped_rule_of_four_clauses_is_joined_by_three_conjunctions():
    shipped = load_ruleset()
    rule = next(one for one in shipped.rules if one.key == "declaration.gold-route")
    said = japanese(rule.scored.rule.text, shipped.lists)
    assert said.count("、かつ") == 3
    assert "または" not in said


def built(text: str) -> Rule:
    return compile_rule(text, lists=LISTS, allow_protected=True)


def in_the_console(tree: Node) -> str:
    with speaking("ja"):
        return read_aloud(tree, CATALOGUE, LISTS, gettext)


LANGUAGES = {"English": lambda tree: read_aloud(tree, CATALOGUE, LISTS), "Japanese": in_the_console}


@pytest.fixture(params=LANGUAGES)
def reading(request: pytest.FixtureRequest) -> Callable[[Node], str]:
    """Reads a tree in one language."""
    return LANGUAGES[request.param]


def told_apart(texts: Iterable[str], reading: Callable[[Node], str]) -> None:
    """No two rules that differ are read alike."""
    heard: dict[str, tuple[str, str]] = {}
    for text in texts:
        tree = built(text).tree
        meant = canonical(tree)
        before = heard.setdefault(reading(tree), (meant, text))
        assert before[0] == meant, f"{text} is read like {before[1]}"


def shapes(depth: int, owner: str = "") -> list[str]:
    """Every condition of few parts: what a reading is most easily mistaken in is where the parts end."""
    if depth == 0:
        return ["high_risk", "age > 1"] if owner else ["bag.pooled", "bag.count > 1"]
    smaller = shapes(depth - 1, owner)
    atoms = shapes(0, owner)
    found = [*smaller, *(f"not ({one})" for one in smaller)]
    found += [f"({one}) {op} {two}" for op in ("and", "or") for one in smaller for two in atoms]
    found += [f"({one}) = ({two})" for one in smaller for two in atoms]
    if not owner:
        inner = shapes(depth - 1, "co_travellers") + smaller[:2]
        found += [f"{op}(co_travellers: {one})" for op in ("any", "all") for one in inner]
        found += [f"count(co_travellers: {one}) > 1" for one in inner]
    return found


def test_conditions_of_few_parts_that_differ_are_not_read_alike(reading):
    told_apart(shapes(2), reading)


@given(st.lists(conditions(2).map(lambda pair: pair[0]), min_size=10, max_size=20))
@settings(max_examples=10)
def test_random_conditions_that_differ_are_not_read_alike(texts: list[str]):
    for reading in LANGUAGES.values():
        told_apart(texts, reading)


def test_everything_that_can_be_asked_of_a_list_is_told_apart(reading):
    for name, item in CATALOGUE.lists.items():
        asked = [*item.fields, *CATALOGUE.facts]
        told_apart([f"any({name}: {one} is missing)" for one in asked], reading)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("any(bags: weight_g > 30000) or bag.pooled", "any(bags: weight_g > 30000 or bag.pooled)"),
        ("all(bags: pieces > 1) and bag.pooled", "all(bags: pieces > 1 and bag.pooled)"),
        ("not bag.pooled and seat.assigned", "not (bag.pooled and seat.assigned)"),
        ("bag.pooled in (seat.assigned, seat.apart)", "bag.pooled = seat.assigned or seat.apart"),
        ("((bag.pooled or seat.apart) = true) and seat.assigned",
         "bag.pooled or seat.apart and seat.assigned"),
        ("booking.payment in ('a', 'b')", "booking.payment = 'a'' or ''b'"),
    ],
)  # fmt: skip
def test_where_a_part_ends_is_heard(one: str, other: str, reading: Callable[[Node], str]):
    told_apart((one, other), reading)


@pytest.mark.parametrize(
    ("text", "english", "said"),
    [
        ("bag.weight_g > 30", "is more than 30 g", "30 gを超える"),
        ("sum(bags: weight_g) > 30", "is more than 30 g", "30 gを超える"),
        ("bag.weight_g - 500 > 30 and bag.count * 2 > 3", "minus 500 g) is more than 30 g and (checked bags times 2) is more than 3",
         "が30 gを超える、かつ"),
        ("declaration.goods_value > 200000", "is more than 200000 minor units of the currency", "最小通貨単位で200000を超える"),
        ("flight.arrival_weekday = 1", "is Monday", "が月曜日。"),
        ("flight.arrival_weekday in (6, 7)", "is Saturday or Sunday", "土曜日又は日曜日"),
        ("flight.arrival_weekday >= 6", "is on or after Saturday", "土曜日以降"),
        ("flight.arrival_weekday + 1 > 3", "plus 1) is after Wednesday", "が水曜日より後"),
        ("flight.arrival_hour between 22 and 23", "is between 22 o'clock and 23 o'clock", "22時から23時まで"),
        ("itinerary.transit_minutes < 45", "is less than 45 minutes", "45分未満"),
        ("booking.hours_before <= 1", "is at most 1 hour", "1時間以下"),
        ("itinerary.stay_nights <= 2", "is at most 2 nights", "2泊以下"),
        ("days(flight.date, document.expires) < 30", "is less than 30 days", "30日未満"),
        ("bag.count > 1 and any(co_travellers: age < 18)", "is less than 18 years", "18歳未満"),
    ],
)  # fmt: skip
def test_numbers_are_read_with_their_unit(text: str, english: str, said: str):
    tree = built(text).tree
    assert english in LANGUAGES["English"](tree)
    assert said in in_the_console(tree)


def test_a_number_of_every_unit_is_read_with_a_word():
    bare = [
        name for name, fact in CATALOGUE.facts.items()
        if fact.type == "int" and unit_of(name) and "more than 2." in LANGUAGES["English"](built(f"{name} > 2").tree)
    ]  # fmt: skip
    assert bare == []
