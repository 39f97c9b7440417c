"""Names to words: spellings, titles, particles, marks, scripts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names.normalise import (
    MAX_WORDS,
    fold_number,
    name_words,
    spellings,
    without_glued_title,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßåøæœñéèçłđþğışžčřőűабвгдежзийклмнопрстуфхцчшщъыьэюяёαβγδ"  # noqa: RUF001
WORDS = st.text(LETTERS + LETTERS.upper(), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Müller", ("MUELLER", "MULLER")),
        ("Özil", ("OEZIL", "OZIL")),
        ("Åse", ("AASE", "ASE")),
        ("Bjørn", ("BJOERN", "BJORN")),
        ("Weiß", ("WEISS",)),
        ("Þór", ("THOR",)),
        ("Łódź", ("LODZ",)),
        ("Núñez", ("NUNEZ",)),
        ("O'Brien", ("OBRIEN",)),
        ("O\u2019Brien", ("OBRIEN",)),
        ("O\u00b4Brien", ("OBRIEN",)),
        ("\u02bfAbd", ("ABD",)),
        ("Юлия", ("IULIIA", "YULIYA")),
        ("Хрущёв", ("KHRUSHCHEV",)),
        ("محمود", ("MHMUD",)),
        ("MXHMWD", ("MXHMWD", "MHMWD", "MHMUD")),
        ("MUXXLLER", ("MUXXLLER", "MULLER")),
        ("NUNXXEZ", ("NUNXXEZ", "NUNEZ")),
        ("ALEXEI", ("ALEXEI",)),
        ("Ig0r", ("IGOR",)),
        ("8ER5Z", ("BERSZ",)),
        ("R2D2", ("RZDZ",)),
        ("1985", ()),
        ("\uff2dÜ", ("MUE", "MU")),
        ("李", ("LI",)),
        ("-", ()),
        ("", ()),
    ],
)
def test_spellings(word, expected):
    assert spellings(word) == expected


def words(surname: str, given: str = "") -> list[tuple[str, str, bool]]:
    return [(w.spellings[0], w.part, w.weak) for w in name_words(surname, given)]


def test_words_know_their_field_and_whether_they_need_a_counterpart():
    assert words("VAN DER BERG", "DR ANNE-MARIE P.") == [
        ("VAN", "surname", True),
        ("DER", "surname", True),
        ("BERG", "surname", False),
        ("DR", "given", True),
        ("ANNE", "given", False),
        ("MARIE", "given", False),
        ("P", "given", True),
    ]


def test_a_field_of_weak_words_alone_keeps_them():
    assert words("LE", "VAN AN") == [
        ("LE", "surname", False),
        ("VAN", "given", False),
        ("AN", "given", False),
    ]


def test_mrz_fillers_part_words():
    assert words("DE<LA<CRUZ", "MARIA<<<") == words("DE LA CRUZ", "MARIA")


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("JOHNPAULMR", "JOHNPAUL"),
        ("JOHN PAUL MR", "JOHN PAUL"),
        ("ANNAMRS", "ANNA"),
        ("TOMMYMSTR", "TOMMY"),
        ("LIAMISS", "LIA"),
        ("BABYINF", "BABY"),
        ("OMAR", "OMAR"),
        ("AMR", "AMR"),
        ("", ""),
    ],
)
def test_titles_glued_to_a_given_name(given_name, expected):
    assert without_glued_title(given_name) == expected


def test_document_numbers_fold():
    assert fold_number(" ab-10 oi7 ") == "AB10017"
    assert fold_number("ＡＢ１") == "AB1"  # noqa: RUF001  # full width, as some systems type them
    assert fold_number("<<<") == ""


@given(WORDS)
def test_case_and_composition_do_not_matter(word):
    expected = spellings(word)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert spellings(unicodedata.normalize(form, word)) == expected
    assert spellings(word.upper()) == expected
    assert spellings(word.swapcase()) == expected


@given(WORDS)
def test_stripped_marks_are_always_one_of_the_spellings(word):
    if not word.isascii() and all(c.lower() in "äöüåéèçñžčřőű" or c.isascii() for c in word):
        bare = "".join(
            c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)
        )
        assert bare.upper() in spellings(word)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_becomes_words_of_a_to_z(surname, given_name):
    found = name_words(surname, given_name)
    assert len(found) <= 2 * MAX_WORDS
    for word in found:
        assert word.spellings
        assert all(s and s.isascii() and s.isalpha() and s.isupper() for s in word.spellings)
    without_glued_title(given_name)
    fold_number(surname)


@given(WORDS)
def test_a_normalised_word_stays_as_it_is(word):
    for spelling in spellings(word):
        assert spelling in spellings(spelling)
