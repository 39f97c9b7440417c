"""The figures of a day as CSV (RFC 4180): one line per figure, safe to open in a spreadsheet. Pure.

Columns: table, name, at, figure, value, note. Times are UTC (ISO 8601), durations are in the unit that the figure names.
A value that is not shown is empty and ``note`` says why: ``hidden`` (few people) or ``none``.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.messages.figures_csv import safe
from app.reports.overview import HallFigures, KindFigures, Overview

NAMES = ("table", "name", "at", "figure", "value", "note")
HIDDEN, NONE = "hidden", "none"

Line = tuple[str, str, str, str, Any, str]


def as_csv(found: Overview) -> str:
    """All figures with a header line, lines ended by CR LF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for line in _lines(found):
        writer.writerow(["" if cell is None else _cell(cell) for cell in line])
    return out.getvalue()


def _cell(value: Any) -> str:
    return safe(value) if isinstance(value, str) else repr(value)


def _line(
    table: str, name: str, figure: str, value: Any, at: datetime | None = None, why: str = NONE
) -> Line:
    return (table, name, at.isoformat() if at else "", figure, value, why if value is None else "")


def _lines(found: Overview) -> Iterator[Line]:
    for hall in found.halls:
        yield from _hall(hall)
    for one in (found.minutes, *found.flights):
        table = "flight" if one.flight else "exit"
        yield _line(
            table,
            one.flight,
            "people",
            one.people if one.p50 is not None else None,
            one.arrives_at,
            HIDDEN,
        )
        yield _line(table, one.flight, "p50_min", one.p50, one.arrives_at, HIDDEN)
        yield _line(table, one.flight, "p90_min", one.p90, one.arrives_at, HIDDEN)
    for kind in found.kinds:
        yield from _kind(kind)
    for of, causes in found.causes.items():
        for reason, count in causes.items():
            yield _line("cause", f"{of}/{reason}", "referrals", count, why=HIDDEN)
    for what, counts in found.outcomes.items():
        for name, count in counts.items():
            yield _line(what, name, "referrals", count, why=HIDDEN)
    yield _line("stops", "", "travellers", found.stops.travellers)
    yield _line("stops", "", "clean", found.stops.clean_shown, why=HIDDEN)
    yield _line("stops", "", "clean_per_10000", found.stops.per_10000, why=HIDDEN)
    for delay in found.delays:
        yield _line("messages", "", "count", delay.messages, delay.start)
        yield _line("messages", "", "p50_s", _short(delay.p50), delay.start)
        yield _line("messages", "", "p95_s", _short(delay.p95), delay.start)
    yield _line("messages", "", "unread", found.unread, found.day.now)
    yield _line("officers", "", "hours", found.desk.hours)
    yield _line("officers", "", "now", found.desk.now, found.day.now)
    yield _line("officers", "", "alerts_per_hour", found.desk.per_hour)


def _hall(hall: HallFigures) -> Iterator[Line]:
    for slot in hall.slots:
        for figure in ("read", "stopped", "out"):
            yield _line("hall", hall.name, figure, getattr(slot, figure), slot.start)
    for health, count in hall.devices.items():
        yield _line("devices", hall.name, health, count)


def _kind(kind: KindFigures) -> Iterator[Line]:
    of = ("referrals", str(kind.kind))
    for figure in ("raised", "decided", "late", "waiting", "claimed", "inspecting"):
        yield _line(*of, figure, getattr(kind, figure))
    yield _line(*of, "target_s", kind.target.total_seconds())
    yield _line(*of, "taken_p50_s", _short(kind.taken_p50))
    yield _line(*of, "taken_p95_s", _short(kind.taken_p95))
    yield _line(*of, "alerts_per_officer_hour", kind.per_hour)
    yield _line(*of, "p50_s", _short(kind.p50))
    yield _line(*of, "p95_s", _short(kind.p95))


def _short(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
