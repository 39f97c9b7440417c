"""What a typed text can mean, and which names are like it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.travel.search import MOST, Wanted, likest, read_wanted


def owner(n: int) -> UUID:
    return UUID(int=n)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("xx101", Wanted(flight=("XX", 101, ""), document="XX101", locator="XX101")),
        ("XX 0101", Wanted(flight=("XX", 101, ""), document="XX0101")),
        ("XX101A", Wanted(flight=("XX", 101, "A"), document="XX101A", locator="XX101A")),
        ("XX101 014c", Wanted(flight=("XX", 101, ""), seat="14C")),
        ("K1234567", Wanted(document="K1234567", locator="K1234567")),
        ("AB 123456-7", Wanted(document="AB1234567")),
        ("ABCDEF", Wanted(locator="ABCDEF", words=("ABCDEF",))),
        ("  Lindqvist,  Ástrid ", Wanted(words=("LINDQVIST", "ASTRID"))),
        ("O'Neill", Wanted(words=("ONEILL",))),
        ("12", Wanted()),
    ],
    ids=["flight", "leading zero", "suffix", "seat", "document", "blanks", "booking", "name", "apostrophe", "short"],
)  # fmt: skip
def test_a_text_is_everything_that_it_can_be(text: str, meant: Wanted):
    assert read_wanted(text) == meant


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str):
    wanted = read_wanted(text)
    assert len(wanted.words) <= 6


def test_misspelt_names_are_found_in_any_order_the_likest_first():
    names = [
        (owner(1), "LINDQVIST ASTRID MAJ"), (owner(2), "LINDKVIST ASTRID"),
        (owner(3), "BERGSTROM ASTRID"), (owner(4), "LINDQVIST NILS"),
    ]  # fmt: skip
    assert likest(["ASTRID", "LINDQUIST"], names) == [owner(1), owner(2)]


def test_every_word_must_be_there():
    assert likest(["ASTRID", "ZAPATERO"], [(owner(1), "LINDQVIST ASTRID")]) == []


def test_names_in_other_letters_are_compared_as_passports_write_them():
    assert likest(["MUELLER"], [(owner(1), "Müller Jörg"), (owner(2), "")]) == [owner(1)]


def test_no_more_than_can_be_shown():
    names = [(owner(n), "LEE ANN") for n in range(3 * MOST)]
    assert len(likest(["LEE"], names)) == MOST + 1


def test_nobody_to_compare_with():
    assert likest(["LEE"], []) == []
