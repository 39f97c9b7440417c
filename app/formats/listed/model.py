"""What published lists tell, in one shape, and what is wrong with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.formats import codes

LONGEST_RANGE = 10
"""Years between which a birth date may lie and still be told year by year."""

_MONTHS = {name: n for n, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_DAY = re.compile(r"(\d{1,2}) ([a-z]{3})[a-z]* (\d{4})", re.ASCII)
_MONTH = re.compile(r"(?:[a-z]{3}[a-z]* )?(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:t.*)?", re.ASCII)


class BrokenFileError(Exception):
    """The file as a whole cannot be trusted: cut off, not of its format, too large. ``code`` says why."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class Person:
    """A listed person as published; ``names`` are (surname, given), the first is the principal one.

    ``births`` are YYYY or YYYY-MM-DD, ``sex`` is M, F or '', ``documents`` (number, issuer alpha-3 or '');
    ``line`` is where the record stands.
    """

    line: int
    key: str
    names: tuple[tuple[str, str], ...]
    births: tuple[str, ...] = ()
    nationality: str = ""
    documents: tuple[tuple[str, str], ...] = ()
    category: str = ""
    reason: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a line: a code, never a value. ``key`` names the record where that is known.

    ``partial``: the record was given, without the part that could not be used.
    """

    line: int
    code: str
    key: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record of something that does not travel: a company, a ship, an address."""

    line: int
    what: str


Found = Person | Fault | Skipped


def births(text: str) -> tuple[str, ...]:
    """Birth dates of the words ``10 Dec 1948``, ``circa 1948``, ``1961 to 1965``; () where it is none."""
    plain = " ".join(text.casefold().replace("circa", "").replace("approximately", "").split())
    first, to, last = plain.partition(" to ")
    if to:
        start, end = _one(first), _one(last)
        return _years(start, end) if start and end else ()
    found = _one(plain)
    return (found,) if found else ()


def _years(start: str, end: str) -> tuple[str, ...]:
    low, high = int(start[:4]), int(end[:4])
    if not 0 <= high - low <= LONGEST_RANGE:
        return ()
    return tuple(f"{year:04}" for year in range(low, high + 1))


def _one(text: str) -> str:
    """A day, a month (told as its year) or a year; '' for anything else."""
    if (day := _DAY.fullmatch(text)) and (month := _MONTHS.get(day[2])):
        return f"{day[3]}-{month:02}-{int(day[1]):02}"
    if iso := _ISO.fullmatch(text):
        return f"{iso[1]}-{iso[2]}-{iso[3]}" if iso[3] else iso[1]
    loose = _MONTH.fullmatch(text)
    return loose[1] if loose else ""


_OTHER_NAMES = {
    "Bolivia": "BOL", "Brunei": "BRN", "Burma": "MMR", "Cape Verde": "CPV", "Czech Republic": "CZE",
    "Congo, Republic of the": "COG", "Democratic Republic of the Congo": "COD", "Iran": "IRN",
    "Ivory Coast": "CIV", "Cote d Ivoire": "CIV", "Korea, North": "PRK", "Korea, South": "KOR",
    "Laos": "LAO", "Macau": "MAC", "Macedonia": "MKD", "Moldova": "MDA", "North Korea": "PRK",
    "Palestinian": "PSE", "Russia": "RUS", "South Korea": "KOR", "Swaziland": "SWZ", "Syria": "SYR",
    "Tanzania": "TZA", "The Gambia": "GMB", "Turkey": "TUR", "United Kingdom": "GBR",
    "United States": "USA", "Venezuela": "VEN", "Vietnam": "VNM", "West Bank": "PSE",
    "Region: Gaza": "PSE",
}  # fmt: skip
"""Names that published lists use and ISO 3166 does not."""


def country_named(name: str) -> str:
    """The alpha-3 code of a state by its English name; '' when nobody knows it."""
    return _names().get(" ".join(name.casefold().split()), "")


@cache
def _names() -> dict[str, str]:
    known = {one.name.casefold(): one.alpha3 for one in codes.countries()}
    return known | {name.casefold(): code for name, code in _OTHER_NAMES.items()}


def sex_named(said: Iterable[str]) -> str:
    """M or F where all that is said of it agrees, else ''."""
    found = {
        {"male": "M", "m": "M", "female": "F", "f": "F"}.get(one.strip().casefold(), "")
        for one in said
    }
    return found.pop() if len(found) == 1 else ""
