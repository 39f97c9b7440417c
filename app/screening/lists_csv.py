"""Watch lists from CSV: a header line, then one entry a line.

Columns: ``key`` and ``reason``; ``kind`` (person, document; by default what the line holds), ``names``
(``SURNAME/GIVEN`` or a whole name, several behind ``;``), ``birth_dates`` (YYYY or YYYY-MM-DD, ``;``),
``nationality`` (alpha-3), ``documents`` (``NUMBER`` or ``NUMBER/ISSUER``, ``;``), ``valid_from``,
``valid_to`` (YYYY-MM-DD). A bad line is reported by its number and costs nobody else.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.screening.models import EntryKind
from app.screening.watchlists import (
    Change,
    EntryDraft,
    EntryInvalidError,
    check_draft,
    put_entries,
)
from risk_rules.names import BirthDate, Document, Name

COLUMNS = frozenset(
    {"key", "kind", "names", "birth_dates", "nationality", "documents", "reason", "valid_from",
     "valid_to"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line (1 = header): a code, never a value."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did and which lines it left out."""

    change: Change
    faults: tuple[LineFault, ...]


def import_csv(
    session: Session, actor: Actor, list_key: str, lines: Iterable[str], now: datetime
) -> Import:
    """Add or replace the entries of a CSV file, as one change. NotFoundError without the list."""
    drafts, faults = read_csv(lines)
    return Import(put_entries(session, actor, list_key, drafts, now), tuple(faults))


def read_csv(lines: Iterable[str]) -> tuple[list[EntryDraft], list[LineFault]]:
    """The entries that can be used and the faults of the others. A later line of a key wins."""
    reader = csv.DictReader(lines)
    drafts: list[EntryDraft] = []
    faults: list[LineFault] = []
    try:
        if not {"key", "reason"} <= set(reader.fieldnames or ()) <= COLUMNS:
            return [], [LineFault(1, "bad_header")]
        for row in reader:
            _take(row, reader.line_num, drafts, faults)
    except csv.Error:
        faults.append(LineFault(reader.line_num, "not_csv"))
    return drafts, faults


def _take(
    row: Mapping[str | None, str | None],
    line: int,
    drafts: list[EntryDraft],
    faults: list[LineFault],
) -> None:
    if None in row:
        faults.append(LineFault(line, "too_many_fields"))
        return
    try:
        draft = _draft({str(name): (value or "").strip() for name, value in row.items()})
        check_draft(draft)
    except EntryInvalidError as error:
        faults.extend(LineFault(line, f"{f.pointer} {f.code}") for f in error.fields)
    except ValueError:
        faults.append(LineFault(line, "bad_value"))
    else:
        drafts.append(draft)


def _draft(row: Mapping[str, str]) -> EntryDraft:
    names = tuple(Name(*_two(part)) for part in _parts(row, "names"))
    kind = row.get("kind") or (EntryKind.PERSON if names else EntryKind.DOCUMENT)
    start, end = row.get("valid_from"), row.get("valid_to")
    return EntryDraft(
        key=row["key"],
        kind=EntryKind(kind),
        reason=row["reason"],
        names=names,
        birth_dates=tuple(BirthDate.parse(part) for part in _parts(row, "birth_dates")),
        nationality=row.get("nationality", "").upper(),
        documents=tuple(Document(*_two(part)) for part in _parts(row, "documents")),
        valid_from=date.fromisoformat(start) if start else date.min,
        valid_to=date.fromisoformat(end) if end else None,
    )


def _parts(row: Mapping[str, str], column: str) -> list[str]:
    return [part.strip() for part in row.get(column, "").split(";") if part.strip()]


def _two(text: str) -> tuple[str, str]:
    first, _, second = text.partition("/")
    return first.strip(), second.strip()
