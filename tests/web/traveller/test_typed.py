"""What people type, in the letters and figures of their keyboards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web import money
from app.web.traveller import typed


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  astrid   maj ", "astrid maj"),
        ("\uff33\uff38\uff14\uff14\uff17", "SX447"),  # full width
        ("\u0661\u0669\u0669\u0661", "1991"),  # Arabic-Indic
        ("\u06f2\u06f0", "20"),  # Persian
        ("", ""),
    ],
)
def test_letters_and_figures_of_other_keyboards(text: str, tidied: str) -> None:
    assert typed.tidy(text) == tidied


@pytest.mark.parametrize(
    "name", ["", "MÜLLER", "O'BRIEN", "NGUYỄN THỊ", "SMITH-JONES", "Łukasz", "DE LA CRUZ"]
)
def test_names_that_a_passport_prints(name: str) -> None:
    assert typed.is_latin_name(name)


@pytest.mark.parametrize("name", ["山田", "محمد", "SMITH 山田", "R2D2", "--", "'"])
def test_names_that_no_passport_prints(name: str) -> None:
    assert not typed.is_latin_name(name)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("JPN", "JPN"),
        ("jp", "JPN"),
        ("DEU", "D"),
        ("D", "D"),
        ("de", "D"),
        ("XXA", "XXA"),
        ("QQQ", ""),
        ("", ""),
    ],
)
def test_states_as_passports_print_them(text: str, code: str) -> None:
    assert typed.state(text) == code


@pytest.mark.parametrize(
    ("parts", "printed"),
    [
        (("1991", "6", "8"), "1991-06-08"), (("1991", "", ""), "1991-00-00"),
        (("1991", "06", "00"), "1991-06-00"), (("91", "6", "8"), None), (("1991", "june", "8"), None),
        (("", "", ""), None), (("1991", "123", "1"), None),
    ],
)  # fmt: skip
def test_dates_of_three_fields(parts: tuple[str, str, str], printed: str | None) -> None:
    assert typed.passport_date(*parts) == printed


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12000", "JPY", 12000), ("12,000", "JPY", 12000), ("12.000", "JPY", 12000),
        ("1 200 000", "JPY", 1_200_000), ("12.5", "JPY", None), ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250), ("1,234.50", "USD", 123450), ("1.234,50", "EUR", 123450),
        ("1'200", "CHF", 120000), ("12.505", "KWD", 12505), ("12.5055", "KWD", None),
        ("50\u066c000", "JPY", 50000), ("12\u066b5", "SAR", 1250), ("-5", "EUR", None),
        ("", "EUR", None), ("1e9", "EUR", None), ("twelve", "EUR", None), ("1,23,456", "INR", None),
    ],
)  # fmt: skip
def test_amounts(text: str, currency: str, minor: int | None) -> None:
    assert typed.amount(text, currency) == minor


@given(st.integers(0, 10**11), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_what_is_written_back_reads_the_same(minor: int, currency: str) -> None:
    assert typed.amount(money.plain(minor, currency), currency) == minor


@given(st.text(max_size=30), st.sampled_from(["JPY", "EUR", "KWD", ""]))
def test_no_text_breaks_a_reader(text: str, currency: str) -> None:
    tidy = typed.tidy(text)
    assert typed.tidy(tidy) == tidy
    typed.is_latin_name(tidy)
    typed.state(tidy)
    typed.passport_date(tidy, tidy, tidy)
    assert (typed.amount(tidy, currency) or 0) >= 0
    assert (typed.whole(tidy) or 0) >= 0
