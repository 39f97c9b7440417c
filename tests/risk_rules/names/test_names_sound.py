"""The keys of what is heard alike: of one word, and of all words of a list as one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names.sound import all_folded, folded, romaji, skeleton, skeletons

WORDS = st.lists(st.text("ABCDEGHIJKLMOPQSTUVWXYZ", max_size=9))


@given(WORDS)
def test_no_word_of_a_list_is_rewritten_by_its_neighbour(words: list[str]) -> None:
    assert skeletons(words) == [skeleton(word) for word in words]
    assert all_folded(words) == [folded(word) for word in words]


@pytest.mark.parametrize(
    ("one", "other"),
    [("MOHAMMED", "MUHAMMAD"), ("QADHAFI", "GADAFI")],
)
def test_transliterations_of_a_name_share_their_consonants(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_a_leading_vowel_and_that_of_two_letters_stay() -> None:
    words = ("TA", "AT", "TAT", "ANNA", "AEON", "")
    assert [skeleton(word) for word in words] == ["TA", "AT", "T", "AN", "AN", ""]


def test_ways_to_write_japanese_in_latin_letters_meet() -> None:
    assert romaji("OHNO") == romaji("OUNO") == romaji("ONO")
    assert romaji("SMITH") == ""
