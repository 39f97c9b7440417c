"""Entries of the audit trail as CSV (RFC 4180), safe to open in a spreadsheet. Pure."""

import csv
import io
import json
from collections.abc import Iterable

from app.audit.reading import Line
from app.messages.figures_csv import safe

NAMES = (
    "at",
    "actor_kind",
    "actor_id",
    "action",
    "subject_kind",
    "subject_id",
    "detail",
    "id",
    "position",
)


def as_csv(lines: Iterable[Line]) -> str:
    """The entries with a header line; times in UTC."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for one in lines:
        detail = json.dumps(one.detail, sort_keys=True, ensure_ascii=False)
        cells = (one.at.isoformat(), one.actor_kind, one.actor_id or "", one.action, one.subject_kind, one.subject_id or "", detail, one.id,
                 "" if one.position is None else one.position)  # fmt: skip
        writer.writerow([safe(str(cell)) for cell in cells])
    return out.getvalue()
