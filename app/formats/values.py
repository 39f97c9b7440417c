"""Values inside API and PNR messages: dates, names, seats, document numbers, bag tags.

Everything is total: what cannot be read gives None or '', never an exception, and the caller keeps
the text that was sent.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

Century = Callable[[str, str, date | None], date | None]
"""Chooses the century of (YY, MMDD) by a day of reference; None when no century gives a sensible date."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# `23APR` as MMDD
_DAYS = {
    f"{day:02d}{name}": f"{month:02d}{day:02d}"
    for month, name in enumerate(MONTHS, 1)
    for day in range(1, 32)
}
# DTM 2379: the codes whose order is not year, month, day. All others are told by their length.
_DAY_FIRST_CODES = frozenset({"2", "4"})
_OLDEST = 130  # years; nobody older travels


@dataclass(frozen=True, slots=True)
class Centuries:
    """Years by their last two digits, as a flight on the day of `reference` settles them:
    of births the latest year not behind its own, of documents -30 to +50 years.
    """

    reference: date
    births: dict[str, str]
    documents: dict[str, str]

    @staticmethod
    @lru_cache(maxsize=16)
    def by(reference: date) -> "Centuries":
        year = reference.year
        return Centuries(reference, _years(year - 99, year), _years(year - 30, year + 50))

    def birth(self, text: str) -> date | None:
        """YYMMDD or DDMMMYY as `birth_date` reads it, in a third of the time; None for all else, which may be
        a date too.
        """
        found = self._date(text, self.births)
        return found if found and found <= self.reference else None

    def document(self, text: str) -> date | None:
        """The same as `document_date`."""
        return self._date(text, self.documents)

    @staticmethod
    def _date(text: str, years: dict[str, str]) -> date | None:
        if len(text) == 7:
            digits = years.get(text[5:], "") + _DAYS.get(text[:5], "")
        elif len(text) == 6 and text.isdigit():
            digits = years.get(text[:2], "") + text[2:]
        else:
            return None
        try:
            return date.fromisoformat(digits)
        except ValueError:
            return None


def _years(first: int, last: int) -> dict[str, str]:
    digits = (f"{year:04d}" for year in range(max(first, 0), min(last, 9999) + 1))
    return {year[2:]: year for year in digits}


def birth_date(
    text: str, reference: date | None, code: str = "", *, day_first: bool = False
) -> date | None:
    """A date of birth: for two-digit years the latest one not after `reference` (the flight).

    Reads YYMMDD and CCYYMMDD (API), with `day_first` or format code 2 or 4 DDMMYY and DDMMCCYY
    (PNR), and DDMMMYY or DDMMMCCYY (SSR). None also for dates after the flight.
    """
    found = _read(text, _latest_before, reference, code, day_first=day_first)
    if found is None or reference is None:
        return found
    return found if found <= reference and found.year >= reference.year - _OLDEST else None


def document_date(
    text: str, reference: date | None, code: str = "", *, day_first: bool = False
) -> date | None:
    """An expiry or issue date: two-digit years fall within -30 to +50 years of the flight."""
    return _read(text, _around, reference, code, day_first=day_first)


def message_date(text: str, code: str = "", *, day_first: bool = False) -> date | None:
    """A date of travel or booking: two-digit years are of this century."""
    return _read(text, _this_century, None, code, day_first=day_first)


def message_time(text: str, code: str = "") -> datetime | None:
    """DTM 201 to 205: YYMMDDHHMM or CCYYMMDDHHMM, local and naive; a bare date is midnight.

    The length decides, not the code: twelve digits with code 201 are sent with the century.
    """
    text = text.strip(" ")
    size = 6 if code == "202" else {6: 6, 8: 8, 10: 6, 12: 8, 14: 8}.get(len(_digits_only(text)))
    if size is None or not _is_digits(text[:size]):
        return None
    day = message_date(text[:size], code)
    return at_clock(day, text[size : size + 4] or "0000") if day else None


def at_clock(day: date, text: str) -> datetime | None:
    """HHMM or HHMMSS on that day; 2400 is 0000 of the next one. None for what is no clock."""
    clock = clock_time(text)
    if clock is None:
        return None
    moment = datetime.combine(day, clock)
    is_next = text.lstrip(" ").startswith("24") and day < date.max
    return moment + timedelta(days=1) if is_next else moment


def clock_time(text: str) -> time | None:
    """HHMM or HHMMSS; of 2400 the clock shows 0000 (`at_clock` knows of the next day)."""
    text = text.strip(" ")
    if len(text) not in (4, 6) or not _is_digits(text):
        return None
    hour, minute = int(text[:2]) % 24, int(text[2:4])
    if text[:2] > "24" or minute > 59 or int(text[4:] or 0) > 59:
        return None
    return time(hour, minute)


def nearest_date(text: str, reference: date) -> date | None:
    """Six digits whose order is in doubt (DDMMYY or YYMMDD): the reading nearest to `reference`."""
    readings = (message_date(text, day_first=True), message_date(text))
    known = [reading for reading in readings if reading]
    return min(known, key=lambda day: abs((day - reference).days), default=None)


def _read(
    text: str, century: Century, reference: date | None, code: str, *, day_first: bool
) -> date | None:
    text = text.strip(" ")
    size = len(text)
    if not _is_digits(text):
        return _read_letters(text, century, reference) if size in (7, 9) else None
    if size in (10, 12):  # DTM 201, 203: a day with a time of day
        text, size = text[:-4], size - 4
    if size not in (6, 8):
        return None
    if day_first or code in _DAY_FIRST_CODES:
        year, day = text[4:], text[2:4] + text[:2]
    else:
        year, day = text[:-4], text[-4:]
    return century(year, day, reference) if size == 6 else _date(year + day)


def _read_letters(text: str, century: Century, reference: date | None) -> date | None:
    """DDMMMYY and DDMMMCCYY."""
    day, year = _DAYS.get(text[:5].upper()), text[5:]
    if day is None or not _is_digits(year):
        return None
    return century(year, day, reference) if len(year) == 2 else _date(year + day)


def _date(digits: str) -> date | None:
    """CCYYMMDD: of digits alone, as ISO 8601 has other forms too. A fifth of the time of three numbers."""
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def _this_century(year: str, day: str, _: date | None) -> date | None:
    return _date("20" + year + day)


def _latest_before(year: str, day: str, reference: date | None) -> date | None:
    if reference is None:
        return None
    found = _date(Centuries.by(reference).births.get(year, "") + day)
    return (
        found
        if found and found <= reference
        else _date(f"{reference.year // 100 - 1:02d}{year}{day}")
    )


def _around(year: str, day: str, reference: date | None) -> date | None:
    full = Centuries.by(reference).documents.get(year) if reference else None
    return _date(full + day) if full else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _digits_only(text: str) -> str:
    """The leading digits: format 205 carries its zone behind them."""
    end = 0
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return text[:end]


# --- names ---------------------------------------------------------------------------------------

_TITLES = frozenset(
    {
        "MR",
        "MRS",
        "MS",
        "MISS",
        "MSTR",
        "MASTER",
        "DR",
        "PROF",
        "SIR",
        "CHD",
        "INF",
        "MRDR",
        "MRSDR",
    }
)
# Only these are looked for when no blank stands before them: DR would cut ALEXANDR.
_GLUED = ("MSTR", "MISS", "MRS", "MR", "MS")
_NOT_GLUED = frozenset(
    {"WILLIAMS", "ADAMS", "ABRAMS", "TOMS", "SIMS", "AMR", "OMR", "NIMR", "THAMR", "SAMR", "QAMR"}
)
_PLACEHOLDERS = frozenset(
    {
        "FNU", "LNU", "FNUFNU", "UNKNOWN", "UNK", "TBA", "TBC", "NFN", "NLN", "NOFIRSTNAME",
        "NOLASTNAME", "NONAME", "NOGIVENNAME", "NOGIVENNAMES", "NOTAPPLICABLE", "NULL", "NONE",
        "XXX", "XXXX", "XXXXX",
    }
)  # fmt: skip


def whole_name(text: str) -> tuple[str, str]:
    """Surname and given names, with their title, of a name in one piece: `DOE/JO MR`. All is the surname of
    what has not both.
    """
    surname, _, given = text.partition("/")
    surname, given = surname.strip(" "), given.replace("/", " ").strip(" ")
    return (surname, given) if surname and given else (text, "")


def strip_title(given: str) -> tuple[str, str]:
    """Given names and the title that booking systems glue to them: `JOHNMR` is (`JOHN`, `MR`)."""
    given = given.strip(" ")
    before, blank, last = given.rpartition(" ")
    last = last.upper()
    if blank and (title := last.rstrip(".")) in _TITLES:
        return before.strip(" "), title
    if last.endswith(_GLUED) and last not in _NOT_GLUED:
        if last in _GLUED:
            return "", last
        for title in _GLUED:
            if last.endswith(title) and len(last) >= len(title) + 2:
                return given[: -len(title)], title
    return given, ""


def undoubled(surname: str) -> str:
    """`YY` as `Y`: systems that want two letters double a surname of one. For comparing only."""
    return surname[:1] if len(surname) == 2 and surname[0] == surname[1] else surname


def is_placeholder(name: str) -> bool:
    """Whether a name field says that there is no name (FNU, UNKNOWN, TBA...) or is empty."""
    letters = name.upper()
    if not letters.isalpha():
        letters = "".join(character for character in letters if character.isalpha())
    return not letters or letters in _PLACEHOLDERS


_SEXES = {
    code: code[0] for code in ("M", "F", "X", "U", "MI", "FI", "XI", "UI")
}  # ICAO Doc 9303-3 and the infants' codes of SSR DOCS


def sex(code: str) -> str:
    """M, F, X or U (not told); infants' codes lose their I; '' for what is no code."""
    return _SEXES.get(code, "")


# --- seats, numbers, tags ------------------------------------------------------------------------

_SEAT = re.compile(r"0{0,2}([1-9][0-9]{0,2})([A-Z])N?\Z")
_TAG = re.compile(r"([A-Z0-9]{0,6}?)([0-9]{1,12})\Z")


def seat(text: str) -> str:
    """`011D` as `11D`; '' for what is no seat (XXX, GATE, INF)."""
    found = _SEAT.match(text.strip(" ").upper().replace("-", ""))
    return found[1] + found[2] if found else ""


def document_number(text: str) -> str:
    """A document number as it is compared: upper-case letters and digits only."""
    text = text.upper()
    if text.isascii() and text.isalnum():
        return text
    return "".join(c for c in text if c.isascii() and c.isalnum())


def bag_tags(first: str, count: int) -> Iterator[str]:
    """The tags of a run: (`ZZ012345`, 3) is ZZ012345, ZZ012346, ZZ012347; at most 99 of them.

    Serial numbers begin anew behind the last: those of a licence plate of ten digits (IATA
    Resolution 740: a digit, three of the airline, six of the bag) never count into the airline's.
    """
    found = _TAG.match(first) if count > 1 else None
    if not found:
        yield first
        return
    prefix, digits = found[1], found[2]
    if not prefix and len(digits) == 10:
        prefix, digits = digits[:4], digits[4:]
    size = len(digits)
    for step in range(min(count, 99)):
        yield f"{prefix}{(int(digits) + step) % 10**size:0{size}d}"
