"""What can be wrong with the number of a travel document, as far as the number alone tells. Pure.

Passenger lists carry no check digits of the machine-readable zone, so few things are certain: a passport's
number has at most nine letters and digits (ICAO Doc 9303-4, 4.2.2), some numbers are fillers, and some
departure systems glue the zone's check digit behind the nine. For a few states the shape of ordinary
passports' numbers is published and stable; others are not looked at.
"""

import re
from enum import StrEnum

from app.formats import values
from app.formats.codes import alpha3
from app.formats.mrz import check_digit

PASSPORT = "P"
_LONGEST = 9
_SHORTEST = 5
_SEQUENCES = ("0123456789", "1234567890", "9876543210", "ABCDEFGHIJ")
_SHAPES = {
    "FRA": re.compile(r"\d{2}[A-Z]{2}\d{5}"),
    "GBR": re.compile(r"\d{9}"),
    "IND": re.compile(r"[A-Z]\d{7}"),
    "JPN": re.compile(r"[A-Z]{2}\d{7}"),
}


class NumberFault(StrEnum):
    """Why a number cannot be that of a passport."""

    CHECK_DIGIT = "check-digit"  # the check digit of the zone is part of the number sent
    FILLER = "filler"  # one character over and over, or counting up or down
    SHAPE = "shape"  # too short, too long, nothing but letters
    STATE = "state"  # not as passports of that state are numbered


def number_fault(kind: str, number: str, issuer: str) -> NumberFault | None:
    """The first thing wrong with a passport's number; None also for documents of other kinds."""
    if not kind.upper().startswith(PASSPORT):
        return None
    text = values.document_number(number)
    if len(set(text)) <= 1 or any(text in sequence for sequence in _SEQUENCES):
        return NumberFault.FILLER
    if len(text) == _LONGEST + 1 and check_digit(text[:_LONGEST]) == text[_LONGEST]:
        return NumberFault.CHECK_DIGIT
    if not _SHORTEST <= len(text) <= _LONGEST or text.isalpha():
        return NumberFault.SHAPE
    shape = _SHAPES.get(alpha3(issuer))
    return NumberFault.STATE if shape and not shape.fullmatch(text) else None
