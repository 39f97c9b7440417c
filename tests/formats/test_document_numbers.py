"""Numbers that no passport can have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.document_numbers import NumberFault, number_fault
from app.formats.mrz import check_digit


@pytest.mark.parametrize(
    ("number", "issuer", "fault"),
    [
        ("L1234567", "AUS", None),
        ("TR1234567", "JPN", None),
        ("L1234567", "JPN", NumberFault.STATE),
        ("925665416", "GBR", None),
        ("92566541A", "GBR", NumberFault.STATE),
        ("92566541A", "GB", NumberFault.STATE),
        ("K1234567", "IND", None),
        ("12AB34567", "FRA", None),
        ("12AB34567", "", None),
        ("000000000", "AUS", NumberFault.FILLER),
        ("123456789", "AUS", NumberFault.FILLER),
        ("PASSPORT", "AUS", NumberFault.SHAPE),
        ("A12", "AUS", NumberFault.SHAPE),
        ("L123456789012", "AUS", NumberFault.SHAPE),
        ("l 123-4567", "AUS", None),
        ("925665416" + check_digit("925665416"), "GBR", NumberFault.CHECK_DIGIT),
    ],
)
def test_passports(number: str, issuer: str, fault: NumberFault | None) -> None:
    assert number_fault("P", number, issuer) == fault


@pytest.mark.parametrize("kind", ["V", "I", "AC", "", "F"])
def test_documents_of_other_kinds_are_not_judged(kind: str) -> None:
    assert number_fault(kind, "1", "JPN") is None


@given(st.from_regex(r"[B-Z][0-9]{8}", fullmatch=True))
def test_nine_are_accepted_and_ten_with_their_check_digit_are_known(number: str) -> None:
    assert number_fault("P", number, "NLD") is None
    assert number_fault("P", number + check_digit(number), "NLD") is NumberFault.CHECK_DIGIT


@given(st.text(max_size=40), st.text(max_size=4), st.text(max_size=4))
def test_nothing_raises(number: str, kind: str, issuer: str) -> None:
    number_fault(kind, number, issuer)
