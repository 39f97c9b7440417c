"""Watch lists from CSV: a header line, then one entry a line.

Columns: ``key`` and ``reason``; ``kind`` (person, document; by default what the line holds), ``names``
(``SURNAME/GIVEN`` or a whole name, several behind ``;``), ``birth_dates`` (YYYY or YYYY-MM-DD, ``;``),
``nationality`` (alpha-3, alpha-2, ICAO), ``sex`` (M or F), ``documents`` (``NUMBER`` or ``NUMBER/ISSUER``, ``;``), ``valid_from``,
``valid_to`` (YYYY-MM-DD), ``category``, ``severity`` (ordinary, serious, severe), ``act`` (``remove`` takes the
entry off; empty or ``put``). A bad line is reported by its number and costs nobody else; a date, name, document or state
that cannot be used is reported and left out, and costs the entry nothing else.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from app.kernel.errors import FieldProblem
from app.screening.entries import EntryDraft, EntryInvalidError, check_draft, is_possible, usable
from app.screening.models import EntryKind, Severity
from risk_rules.names import BirthDate, Document, Name

T = TypeVar("T")
E = TypeVar("E")

COLUMNS = frozenset(
    {"key", "kind", "names", "birth_dates", "nationality", "sex", "documents", "reason", "valid_from",
     "valid_to", "category", "severity", "act"}
)  # fmt: skip
_SEPARATORS = "|\t\n"
_UNSEEN = re.compile("[\x01-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Signs that say nothing and turn round what stands beside them: controls, and overrides of direction (UAX 9)."""
FATAL = frozenset({"bad_header", "not_csv"})
"""Faults after which nothing more of the file can be read."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line (1 = header): a code, never a value. ``key`` is the entry's where it could be
    read; ``partial``: the entry was taken without the part that is wrong, or as it is (``reading_unknown``).
    """

    line: int
    code: str
    key: str | None = field(default=None, compare=False)
    partial: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Removal:
    """A line that takes an entry off the list."""

    key: str
    line: int


Row = EntryDraft | Removal | LineFault


def rows_of_csv(lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Each line with what it says, as it is read; a fault of :data:`FATAL` is the last."""
    # not strict, a quotation that is never closed would swallow other entries
    reader = csv.DictReader(lines, strict=True)
    last = 0
    try:
        names = reader.fieldnames or ()
        if not {"key", "reason"} <= set(names) <= COLUMNS or len(set(names)) < len(names):
            yield 1, LineFault(1, "bad_header")
            return
        last = reader.line_num
        for row in reader:
            last = reader.line_num
            for one in _rows(row, last):
                yield last, one
    except csv.Error:
        begins = last + 1  # a quotation that is never closed runs to the end of the file
        yield begins, LineFault(begins, "not_csv")


def _rows(row: Mapping[str | None, str | None], line: int) -> Iterator[Row]:
    key = (row.get("key") or "").strip() or None
    if None in row:
        yield LineFault(line, "too_many_fields", key)
        return
    plain = {str(name): _UNSEEN.sub("", value or "").strip() for name, value in row.items()}
    if plain.get("act", "put") not in ("", "put", "remove"):
        yield LineFault(line, "bad_act", key)
    elif plain.get("act") == "remove":
        yield Removal(key, line) if key else LineFault(line, "/key missing")
    else:
        yield from _entry(plain, line, key)


def _entry(row: Mapping[str, str], line: int, key: str | None) -> Iterator[Row]:
    births, wrong = _births(row)
    names, glued = _names(row)
    try:
        draft, parts = usable(_draft(row, births, names))
        check_draft(draft)
    except EntryInvalidError as error:
        for one in (*glued, *error.fields):
            yield LineFault(line, f"{one.pointer} {one.code}", key)
        return
    yield draft
    if not draft.reason:
        wrong.append(FieldProblem("/reason", "missing"))
    for one in (*wrong, *glued, *parts):
        yield LineFault(line, f"{one.pointer} {one.code}", key, partial=True)


def _names(row: Mapping[str, str]) -> tuple[tuple[Name, ...], list[FieldProblem]]:
    """Names, and which hold what no name has: several behind another separator would be one that nobody bears."""
    known, wrong = [], []
    for index, text in enumerate(_parts(row, "names")):
        if text.count("/") > 1 or any(sign in text for sign in _SEPARATORS):
            wrong.append(FieldProblem(f"/names/{index}", "bad_value"))
        else:
            known.append(Name(*_two(text)))
    return tuple(known), wrong


def _births(row: Mapping[str, str]) -> tuple[tuple[BirthDate, ...], list[FieldProblem]]:
    known, wrong = [], []
    for index, text in enumerate(_parts(row, "birth_dates")):
        try:
            born = BirthDate.parse(text)
        except ValueError:
            wrong.append(FieldProblem(f"/birth_dates/{index}", "not_a_date"))
            continue
        if is_possible(born):
            known.append(born)
        else:
            wrong.append(FieldProblem(f"/birth_dates/{index}", "out_of_range"))
    return tuple(known), wrong


def _draft(
    row: Mapping[str, str], births: tuple[BirthDate, ...], names: tuple[Name, ...]
) -> EntryDraft:
    papers = tuple(Document(*_two(part)) for part in _parts(row, "documents"))
    usual = EntryKind.PERSON if row.get("names") or not papers else EntryKind.DOCUMENT
    return EntryDraft(
        key=row["key"],
        kind=_read(row, "kind", EntryKind, usual),
        reason=row["reason"],
        names=names,
        birth_dates=births,
        nationality=row.get("nationality", ""),
        documents=papers,
        valid_from=_read(row, "valid_from", date.fromisoformat, date.min),
        valid_to=_read(row, "valid_to", date.fromisoformat, None),
        category=row.get("category", ""),
        severity=_read(row, "severity", Severity, None),
        sex=row.get("sex", "").upper(),
    )


def _read(row: Mapping[str, str], column: str, read: Callable[[str], T], empty: E) -> T | E:
    """A value of a column. Raises EntryInvalidError, which names the column."""
    if not (text := row.get(column)):
        return empty
    try:
        return read(text)
    except ValueError:
        raise EntryInvalidError(fields=[FieldProblem(f"/{column}", "bad_value")]) from None


def _parts(row: Mapping[str, str], column: str) -> list[str]:
    return [part.strip() for part in row.get(column, "").split(";") if part.strip()]


def _two(text: str) -> tuple[str, str]:
    first, _, second = text.partition("/")
    return first.strip(), second.strip()
