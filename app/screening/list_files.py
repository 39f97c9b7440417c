"""Files of entries, whatever their format, as rows: an entry, a removal, a fault with its line.

Read piece by piece. A file that as a whole cannot be trusted raises :class:`ListFileError`: half a file must
never stand for a whole list.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import BinaryIO

from app.formats.listed import BrokenFileError, Fault, Found, Person, Skipped, read_ftm, read_sdn
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_
from app.screening.entries import EntryDraft, EntryInvalidError, check_draft, usable
from app.screening.lists_csv import FATAL, LineFault, Row, rows_of_csv
from app.screening.models import EntryKind
from risk_rules.names import BirthDate, Document, Name

_PIECE = 1 << 16


class ListFormat(StrEnum):
    """What a file of entries is written in."""

    CSV = "csv"
    SDN = "ofac-sdn-xml"
    FTM = "ftm-jsonl"


class ListFileError(InvalidError):
    """The file cannot be used at all; ``detail`` names the kind of break and the line, never a value."""

    code, status, title = "list-file", 422, N_("This file cannot be read as a list")
    broken: BrokenFileError | None = None


def read_rows(stream: BinaryIO, form: ListFormat) -> Iterator[tuple[int, Row | Skipped]]:
    """The rows of a file with their lines. Raises :class:`ListFileError`, also after some rows."""
    try:
        yield from _READERS[form](stream)
    except BrokenFileError as error:
        place = f" at line {error.line}" if error.line else ""
        broken = FieldProblem(f"/line/{error.line}", error.code)
        told = ListFileError(f"{error.code}{place}", fields=[broken])
        told.broken = error
        raise told from error


def _csv(stream: BinaryIO) -> Iterator[tuple[int, Row | Skipped]]:
    for line, row in rows_of_csv(_lines(stream)):
        if isinstance(row, LineFault) and row.code in FATAL:
            raise BrokenFileError(row.code, line)
        yield line, row


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Lines of UTF-8, decoded one by one: what is none is told with its own line."""
    number = 0
    for raw in stream:
        try:
            text = raw.decode("utf-8-sig" if number == 0 else "utf-8")
        except UnicodeDecodeError as error:
            raise BrokenFileError("not_utf8", number + 1) from error
        for line in io.StringIO(text, newline=""):
            number += 1
            yield line


def _sdn(stream: BinaryIO) -> Iterator[tuple[int, Row | Skipped]]:
    return _rows(read_sdn(iter(lambda: stream.read(_PIECE), b"")))


def _ftm(stream: BinaryIO) -> Iterator[tuple[int, Row | Skipped]]:
    return _rows(read_ftm(stream))


_READERS: Mapping[ListFormat, Callable[[BinaryIO], Iterator[tuple[int, Row | Skipped]]]] = {
    ListFormat.CSV: _csv, ListFormat.SDN: _sdn, ListFormat.FTM: _ftm,
}  # fmt: skip


def _rows(found: Iterator[Found]) -> Iterator[tuple[int, Row | Skipped]]:
    for one in found:
        match one:
            case Person():
                for row in _entry(one):
                    yield one.line, row
            case Fault(line, code, key, partial):
                yield line, LineFault(line, code, key, partial)
            case Skipped():
                yield one.line, one


def _entry(person: Person) -> Iterator[Row]:
    """The entry without the parts that could never match, and each such part as a fault."""
    draft = EntryDraft(
        key=person.key, kind=EntryKind.PERSON, reason=person.reason, category=person.category,
        names=tuple(Name(*name) for name in person.names), nationality=person.nationality,
        sex=person.sex,
        documents=tuple(Document(*paper) for paper in person.documents),
    )  # fmt: skip
    draft, faults = _births(draft, person)
    draft, more = usable(draft)
    try:
        check_draft(draft)
    except EntryInvalidError as error:
        for one in error.fields:
            yield LineFault(person.line, f"{one.pointer} {one.code}", person.key)
        return
    yield draft
    yield from faults
    for one in more:
        yield LineFault(person.line, f"{one.pointer} {one.code}", person.key, partial=True)


def _births(draft: EntryDraft, person: Person) -> tuple[EntryDraft, list[LineFault]]:
    known, faults = [], []
    for text in person.births:
        try:
            known.append(BirthDate.parse(text))
        except ValueError:
            faults.append(LineFault(person.line, "bad_birth_date", person.key, partial=True))
    return replace(draft, birth_dates=tuple(dict.fromkeys(known))), faults
