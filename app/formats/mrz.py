"""Machine-readable zones of travel documents: ICAO Doc 9303 parts 3 (common), 4 (TD3), 5 (TD1), 6 (TD2), 7 (visas).

`parse` reads a zone and reports which check digits fail instead of refusing it: a worn passport is a
reason to look, not a reason to lose its holder. `build` writes one, for simulated passports and tests.
The line of names carries no check digit in any format: equal names prove little, see the chip's DG1.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

FILLER = "<"
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {FILLER: 0}
_WEIGHTS = (7, 3, 1)

MrzErrorCode = Literal["mrz_shape", "mrz_character", "mrz_field"]
Span = tuple[int, int, int]
"""Line, first column, column after the last."""


class MrzError(ValueError):
    """Not a machine-readable zone; `code` says why and the message never holds what was read."""

    def __init__(self, code: MrzErrorCode, text: str) -> None:
        super().__init__(text)
        self.code: MrzErrorCode = code


class MrzFormat(StrEnum):
    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


@dataclass(frozen=True, slots=True)
class Mrz:
    """What a zone says. `birth` and `expiry` are None where the printed date is unknown or impossible;
    their raw six characters stay beside them (`<` = unknown part). `born` is yyyymmdd, 00 for a month and day
    that the document leaves open, 0 where it tells no year. `bad` names the fields whose check digit fails:
    number, birth, expiry, optional, composite.
    """

    format: MrzFormat
    document_code: str
    issuer: str
    surname: str
    given: str
    names_truncated: bool
    number: str
    nationality: str
    birth: date | None
    birth_raw: str
    born: int
    sex: Literal["M", "F", "X"]
    expiry: date | None
    expiry_raw: str
    optional: str
    optional2: str
    bad: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Every check digit agrees (7.5 % of single misread characters still pass)."""
        return not self.bad


@dataclass(frozen=True, slots=True)
class _Check:
    field: str
    parts: tuple[Span, ...]
    digit: Span


@dataclass(frozen=True, slots=True)
class _Layout:
    lines: int
    width: int
    fields: dict[str, Span]
    checks: tuple[_Check, ...]


_TWO_LINE_CHECKS = (
    _Check("number", ((1, 0, 9),), (1, 9, 10)),
    _Check("birth", ((1, 13, 19),), (1, 19, 20)),
    _Check("expiry", ((1, 21, 27),), (1, 27, 28)),
)


def _two_lines(width: int, optional_end: int, more: tuple[_Check, ...] = ()) -> _Layout:
    """TD2, TD3 and both visas differ in width, in the optional data's end and in further digits."""
    fields = {
        "code": (0, 0, 2),
        "issuer": (0, 2, 5),
        "name": (0, 5, width),
        "number": (1, 0, 9),
        "nationality": (1, 10, 13),
        "birth": (1, 13, 19),
        "sex": (1, 20, 21),
        "expiry": (1, 21, 27),
        "optional": (1, 28, optional_end),
    }
    return _Layout(2, width, fields, (*_TWO_LINE_CHECKS, *more))


_LAYOUTS = {
    MrzFormat.TD3: _two_lines(
        44,
        42,
        (
            _Check("optional", ((1, 28, 42),), (1, 42, 43)),
            _Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 43)), (1, 43, 44)),
        ),
    ),
    MrzFormat.TD2: _two_lines(
        36, 35, (_Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, 35)), (1, 35, 36)),)
    ),
    MrzFormat.MRV_A: _two_lines(44, 44),
    MrzFormat.MRV_B: _two_lines(36, 36),
    MrzFormat.TD1: _Layout(
        3,
        30,
        {
            "code": (0, 0, 2),
            "issuer": (0, 2, 5),
            "number": (0, 5, 14),
            "optional": (0, 15, 30),
            "birth": (1, 0, 6),
            "sex": (1, 7, 8),
            "expiry": (1, 8, 14),
            "nationality": (1, 15, 18),
            "optional2": (1, 18, 29),
            "name": (2, 0, 30),
        },
        (
            _Check("number", ((0, 5, 14),), (0, 14, 15)),
            _Check("birth", ((1, 0, 6),), (1, 6, 7)),
            _Check("expiry", ((1, 8, 14),), (1, 14, 15)),
            _Check("composite", ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29, 30)),
        ),
    ),
}
_LONG_NUMBER_FORMATS = (MrzFormat.TD1, MrzFormat.TD2)


_NAME_LENGTHS: Mapping[str, tuple[int, ...]] = {"P": (39,), "V": (39, 31), "": (39,)}
_CARD_NAME_LENGTHS = (30, 31)


def fills_zone(surname: str, given: str, document_type: str = "") -> bool:
    """Whether a name is just as long as the zone of its document is wide, so that it may have been cut there.

    For names that somebody took from a zone without saying so (API data): one of 39 characters for a passport,
    of 30 or 31 for a card (Doc 9303-4, 5, 6).
    """
    words = [*surname.replace("-", " ").split(), *given.replace("-", " ").split()]
    length = len("<".join(words)) + (1 if surname.strip() and given.strip() else 0)
    return length in _NAME_LENGTHS.get(document_type[:1], _CARD_NAME_LENGTHS)


def check_digit(text: str) -> str:
    """Weights 7-3-1 modulo 10 over 0-9, A-Z = 10-35, filler = 0 (Doc 9303-3, 4.9)."""
    return str(sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)


def parse(text: str, today: date) -> Mrz:
    """Read a zone given as lines, or run together as DG1 of a chip holds it (72, 88 or 90 characters).

    `today` settles the century of the two-digit years: a birth lies in the past, an expiry within
    fifty years either way. Raises MrzError: mrz_shape (no such format), mrz_character.
    """
    lines = _split(text)
    kind = _format(lines)
    layout = _LAYOUTS[kind]
    raw = {name: _cut(lines, span) for name, span in layout.fields.items()}
    long_number = _long_number(raw, lines, layout) if kind in _LONG_NUMBER_FORMATS else None
    number, optional, bad_long = long_number or (raw["number"], raw["optional"], False)
    bad = tuple(
        check.field
        for check in layout.checks
        if (bad_long if long_number and check.field == "number" else _fails(lines, check))
    )
    surname, given = _names(raw["name"])
    return Mrz(
        format=kind,
        document_code=_text(raw["code"]),
        issuer=_text(raw["issuer"]),
        surname=surname,
        given=given,
        names_truncated=not raw["name"].endswith(FILLER),
        number=_text(number),
        nationality=_text(raw["nationality"]),
        birth=_date(raw["birth"], _birth_year, today),
        birth_raw=raw["birth"],
        born=_born(raw["birth"], today),
        sex="M" if raw["sex"] == "M" else "F" if raw["sex"] == "F" else "X",
        expiry=_date(raw["expiry"], _expiry_year, today),
        expiry_raw=raw["expiry"],
        optional=_text(optional),
        optional2=_text(raw.get("optional2", "")),
        bad=bad,
    )


def _split(text: str) -> list[str]:
    if len(text) > 200:
        raise MrzError("mrz_shape", "longer than any machine-readable zone")
    lines = text.split()
    if len(lines) == 1 and len(lines[0]) in {72, 88, 90}:
        width = 30 if len(lines[0]) == 90 else len(lines[0]) // 2
        lines = [lines[0][i : i + width] for i in range(0, len(lines[0]), width)]
    if any(c not in _VALUES for line in lines for c in line):
        raise MrzError("mrz_character", "a character outside A-Z, 0-9 and <")
    return lines


def _format(lines: list[str]) -> MrzFormat:
    """By size; a leading V (code of visas alone) parts the two formats of each size."""
    sizes = [len(line) for line in lines]
    visa = bool(lines) and lines[0].startswith("V")
    for kind, layout in _LAYOUTS.items():
        if sizes == [layout.width] * layout.lines and (
            layout.lines == 3 or visa == (kind in {MrzFormat.MRV_A, MrzFormat.MRV_B})
        ):
            return kind
    raise MrzError("mrz_shape", "not two lines of 36 or 44 characters nor three of 30")


def _cut(lines: list[str], span: Span) -> str:
    line, start, end = span
    return lines[line][start:end]


def _text(field: str) -> str:
    return field.strip(FILLER).replace(FILLER, " ")


def _fails(lines: list[str], check: _Check) -> bool:
    content = "".join(_cut(lines, part) for part in check.parts)
    digit = _cut(lines, check.digit)
    if digit == FILLER:  # allowed for an empty field (Doc 9303-4, 4.2.2.2)
        return bool(content.strip(FILLER))
    return digit != check_digit(content)


def _long_number(
    raw: dict[str, str], lines: list[str], layout: _Layout
) -> tuple[str, str, bool] | None:
    """More than nine characters: a filler stands for the check digit, and the optional data begins with
    the rest of the number and its real check digit, up to a filler (Doc 9303-5, 4.2.4).
    Returns number, remaining optional data, and whether the digit fails; None for an ordinary number.
    """
    line, _, end = layout.fields["number"]
    rest, _, optional = raw["optional"].partition(FILLER)
    if lines[line][end] != FILLER or FILLER in raw["number"] or len(rest) < 2:
        return None
    number = raw["number"] + rest[:-1]
    return number, optional, check_digit(number) != rest[-1]


def _names(field: str) -> tuple[str, str]:
    surname, _, given = field.partition(FILLER * 2)
    return " ".join(surname.replace(FILLER, " ").split()), " ".join(
        given.replace(FILLER, " ").split()
    )


def _birth_year(short: int, month_day: tuple[int, int], today: date) -> int:
    """The latest year of that ending which does not put the birth after today."""
    year = today.year - today.year % 100 + short
    return year - 100 if (year, *month_day) > (today.year, today.month, today.day) else year


def _born(raw: str, today: date) -> int:
    """A date of birth of which parts may be unknown: fillers, or noughts as some states print them (Doc 9303-3, 4.8)."""
    digits = raw[:2] + raw[2:].replace(FILLER, "0")
    if not digits.isdigit():
        return 0
    short, month, day = (int(digits[at : at + 2]) for at in (0, 2, 4))
    year = _birth_year(short, (month, day), today)
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return 0
    return 0 if day and not month else year * 10000 + month * 100 + day


def _expiry_year(short: int, _: tuple[int, int], today: date) -> int:
    """The year of that ending in the window (today - 50, today + 50]."""
    year = today.year - today.year % 100 + short
    if year > today.year + 50:
        return year - 100
    return year + 100 if year <= today.year - 50 else year


def _date(raw: str, pivot: Callable[[int, tuple[int, int], date], int], today: date) -> date | None:
    if not raw.isdigit():
        return None
    month_day = int(raw[2:4]), int(raw[4:6])
    try:
        return date(pivot(int(raw[:2]), month_day, today), *month_day)
    except ValueError:
        return None


# What Doc 9303-3 section 6 writes with more than the base letter, or that Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "Ä": "AE", "Å": "AA", "Æ": "AE", "Ð": "D", "Đ": "D", "Ħ": "H", "Ĳ": "IJ", "Ł": "L", "Ŋ": "N",
        "Ö": "OE", "Ø": "OE", "Œ": "OE", "ẞ": "SS", "ß": "SS", "Þ": "TH", "Ŧ": "T", "Ü": "UE",
        "'": "", "\u2019": "", ".": "", "-": " ", ",": " ", "<": " ",
    }
)  # fmt: skip


def transliterate(name: str) -> str:
    """A Latin name in the letters A-Z and blanks (Doc 9303-3, section 6); other scripts leave nothing."""
    upper = unicodedata.normalize("NFC", name).upper().translate(_LETTERS)
    plain = unicodedata.normalize("NFD", upper)
    return " ".join("".join(c for c in plain if "A" <= c <= "Z" or c == " ").split())


@dataclass(frozen=True, slots=True)
class Holder:
    """What `build` prints. Names may carry accents; dates are real dates, `birth` None = unknown."""

    surname: str
    given: str
    number: str
    issuer: str
    nationality: str
    birth: date | None
    sex: Literal["M", "F", "X"]
    expiry: date
    document_code: str = "P"
    optional: str = ""
    optional2: str = ""


def build(holder: Holder, kind: MrzFormat = MrzFormat.TD3) -> tuple[str, ...]:
    """The lines of a zone, check digits included. Raises MrzError mrz_field for what does not fit."""
    layout = _LAYOUTS[kind]
    grid = [[FILLER] * layout.width for _ in range(layout.lines)]
    number, optional = _split_number(holder, kind, layout)
    values = {
        "code": holder.document_code,
        "issuer": holder.issuer,
        "name": _print_names(holder, layout),
        "number": number,
        "nationality": holder.nationality,
        "birth": holder.birth.strftime("%y%m%d") if holder.birth else "",
        "sex": FILLER if holder.sex == "X" else holder.sex,
        "expiry": holder.expiry.strftime("%y%m%d"),
        "optional": optional,
        "optional2": holder.optional2,
    }
    for field, span in layout.fields.items():
        _print(grid, span, values[field].replace(" ", FILLER))
    for check in layout.checks:
        if check.field == "number" and number != holder.number:
            continue  # a long number: the digit already stands in the optional data
        content = "".join("".join(grid[row][a:b]) for row, a, b in check.parts)
        _print(grid, check.digit, check_digit(content))
    return tuple("".join(row) for row in grid)


def _split_number(holder: Holder, kind: MrzFormat, layout: _Layout) -> tuple[str, str]:
    _, start, end = layout.fields["number"]
    number = holder.number
    if len(number) <= end - start or kind not in _LONG_NUMBER_FORMATS:
        return number, holder.optional
    head, tail = number[: end - start], number[end - start :]
    return head, f"{tail}{_checked(number)}{FILLER}{holder.optional}".rstrip(FILLER)


def _checked(text: str) -> str:
    if any(c not in _VALUES for c in text):
        raise MrzError("mrz_field", "a character outside A-Z, 0-9 and <")
    return check_digit(text)


def _print(grid: list[list[str]], span: Span, value: str) -> None:
    row, start, end = span
    if len(value) > end - start:
        raise MrzError("mrz_field", "a field longer than its place")
    if any(c not in _VALUES for c in value):
        raise MrzError("mrz_field", "a character outside A-Z, 0-9 and <")
    grid[row][start : start + len(value)] = value


def _print_names(holder: Holder, layout: _Layout) -> str:
    """Both names if they fit; else cut so that the last place is a letter, which is how the reader
    knows, and at least one letter of the given names stays (Doc 9303-4, 4.2.3).
    """
    _, start, end = layout.fields["name"]
    width = end - start
    surname = transliterate(holder.surname).replace(" ", FILLER)
    given = transliterate(holder.given).replace(" ", FILLER)
    whole = f"{surname}<<{given}" if given else surname
    if len(whole) < width:
        return whole
    for keep in range(min(len(surname), width - (3 if given else 0)), 0, -1):
        head = surname[:keep].rstrip(FILLER)
        cut = f"{head}<<{given}"[:width] if given else head
        if len(cut) == width and not cut.endswith(FILLER):
            return cut
    return whole[:width]
