"""What people type, made readable: full-width letters, figures of any script, names, dates, money. Pure.

Nothing here rejects; a reader that finds nothing answers None and whoever asked complains.
"""

import re
import unicodedata
from decimal import Decimal

from app.formats import codes, mrz
from app.formats.currencies import MINOR_DIGITS
from app.web import money

_THOUSANDS = re.compile(r"\d{1,3}([,.' ])\d{3}(?:\1\d{3})*(?:[.,]\d{1,2})?")
_PLAIN = re.compile(r"\d{1,12}(?:[.,]\d{1,3})?")
_ARABIC_THOUSANDS, _ARABIC_DECIMAL, _ARABIC_COMMA = "\u066c", "\u066b", "\u060c"
_SEPARATORS = str.maketrans(
    {
        _ARABIC_THOUSANDS: ",", _ARABIC_DECIMAL: ".", _ARABIC_COMMA: ",", "\u2019": "'", "\u202f": " ",
    }
)  # fmt: skip


def tidy(text: str) -> str:
    """Compatibility forms replaced (full-width letters), figures made 0-9, blanks made single."""
    normal = unicodedata.normalize("NFKC", text)
    figures = "".join(_figure(character) for character in normal)
    return " ".join(figures.split())


def _figure(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def is_latin_name(name: str) -> bool:
    """Whether a passport's machine-readable lines can print the name: letters A-Z with their marks."""
    fine = all(
        mrz.transliterate(character) if character.isalpha() else not character.isdecimal()
        for character in name
    )
    return fine and (not name or bool(mrz.transliterate(name)))


def state(text: str) -> str:
    """The code of a state as passports print it: JPN for JP, D for Germany; '' when unknown."""
    code = codes.alpha3(text)
    return "D" if code == "DEU" else code


def passport_date(year: str, month: str, day: str) -> str | None:
    """yyyy-mm-dd of three fields; 00 or nothing stands for a month or day that the passport leaves open.

    None where the figures cannot be a date's; whether such a day exists is not looked at.
    """
    month, day = month or "00", day or "00"
    if not (re.fullmatch(r"\d{4}", year) and all(re.fullmatch(r"\d\d?", x) for x in (month, day))):
        return None
    return f"{year}-{int(month):02d}-{int(day):02d}"


def amount(text: str, currency: str) -> int | None:
    """Minor units of what was typed: ``12,000``, ``12.000`` and ``12000`` of JPY are 12000."""
    typed = text.translate(_SEPARATORS)
    found = _THOUSANDS.fullmatch(typed)
    if found and not (found[1] == "." and MINOR_DIGITS.get(currency) == 3):
        typed = typed.replace(found[1], "")
    elif not _PLAIN.fullmatch(typed):
        return None
    return money.to_minor(Decimal(typed.replace(",", ".")), currency)


def whole(text: str) -> int | None:
    """A whole number; thousands may be set apart."""
    digits = text.replace(",", "").replace(" ", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None
