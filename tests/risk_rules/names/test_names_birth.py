"""Birth dates: reading them and relating them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names.birth import BirthDate, Relation, relation

TEXTS = st.one_of(
    st.dates(dt.date(1900, 1, 1), dt.date(2030, 1, 1)).map(dt.date.isoformat),
    st.integers(1900, 2030).map(str),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-05-12", BirthDate(1970, 5, 12)),
        ("1970", BirthDate(1970)),
        ("1970-01-01", BirthDate(1970)),
    ],
)
def test_reading(text, expected):
    assert BirthDate.parse(text) == expected


@pytest.mark.parametrize("text", ["", "70", "1970-13-01", "1970-02-30", "1970-5-1", "١٩٧٠", "0000-02-02"])  # fmt: skip
def test_what_is_no_birth_date_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="a birth date is") as caught:
        BirthDate.parse(text)
    assert not text or text not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("traveller", "listed", "expected"),
    [
        ("1970-05-12", ["1970-05-12"], Relation.EXACT),
        ("1970-05-12", ["1970-12-05"], Relation.SWAPPED),
        ("1970-05-12", ["1970"], Relation.YEAR),
        ("1970-05-12", ["1971"], Relation.YEAR),
        ("1970-05-12", ["1973"], Relation.NEAR),
        ("1970-05-12", ["1974"], Relation.CONTRADICTION),
        ("1970-05-12", ["1970-08-30"], Relation.YEAR),
        ("1970-05-12", ["1971-05-12"], Relation.YEAR),
        ("1970-05-12", ["1971-12-05"], Relation.YEAR),
        ("1970-05-12", ["1971-08-30"], Relation.NEAR),
        ("1970-05-12", ["1972-05-12"], Relation.NEAR),
        ("1970-05-12", ["1973-05-12"], Relation.CONTRADICTION),
        ("1970-01-01", ["1970-01-01"], Relation.YEAR),
        ("1970-05-12", ["1930", "1970-05-12"], Relation.EXACT),
        ("1970-05-12", [], Relation.LIST_HAS_NONE),
        (None, ["1970"], Relation.TRAVELLER_HAS_NONE),
        (None, [], Relation.LIST_HAS_NONE),
    ],
)
def test_relations(traveller, listed, expected):
    date = None if traveller is None else BirthDate.parse(traveller)
    assert relation(date, [BirthDate.parse(text) for text in listed]) is expected


@given(TEXTS, TEXTS)
def test_relations_do_not_depend_on_the_side(one, other):
    a, b = BirthDate.parse(one), BirthDate.parse(other)
    assert relation(a, [b]) is relation(b, [a])


@given(TEXTS)
def test_a_birth_date_reads_back_and_never_contradicts_itself(text):
    date = BirthDate.parse(text)
    assert BirthDate.parse(str(date)) == date
    assert relation(date, [date]) in (Relation.EXACT, Relation.YEAR)
