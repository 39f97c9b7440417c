"""The figures of effectiveness as CSV (RFC 4180): one line per figure, safe to open in a spreadsheet. Pure.

Columns: table, name, figure, value, low, high, finds, count, note. A value that is not shown is empty and
``note`` says why: ``not enough outcomes`` or ``hidden``.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from app.messages.figures_csv import safe
from app.reports.figures import Figures, GroupFigures, Part
from risk_rules.statistics import Estimate, Ratio

NAMES = ("table", "name", "figure", "value", "low", "high", "finds", "count", "note")
DIGITS = 6
"""Significant digits of a figure: more than any sample bears."""
NOT_ENOUGH, HIDDEN = "not enough outcomes", "hidden"

Line = tuple[Any, ...]


def as_csv(found: Figures) -> str:
    """All figures with a header line, lines ended by CR LF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for line in _lines(found):
        writer.writerow(["" if cell is None else _cell(cell) for cell in line])
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return safe(value) if isinstance(value, str) else repr(value)


def _lines(found: Figures) -> Iterator[Line]:
    yield from _overview(found)
    for rule in found.rules:
        of = (rule.kind, rule.name)
        yield _number(*of, "hits", rule.hits)
        yield _number(*of, "unknown", rule.unknown)
        yield _number(*of, "unique_finds", rule.alone)
        yield _estimate(*of, "precision", rule.precision)
        yield _ratio(*of, "lift", rule.lift)
    for band in found.bands:
        yield _number("band", str(band.least), "travellers", band.travellers)
        yield _estimate("band", str(band.least), "find_rate", band.rate)
    if found.calibration:
        yield _number("calibration", "", "brier", found.calibration.score)
        yield _number("calibration", "", "brier_base_rate", found.calibration.base)
    for month in found.months:
        name = month.month.isoformat()
        yield _number("month", name, "travellers", month.travellers)
        yield _number("month", name, "selected", month.selected)
        yield _number("month", name, "finds", month.finds)
        yield _number("month", name, "psi", month.stability)
        yield _number("month", name, "unknown_rate", month.unknown_rate)
    for dimension, groups in found.groups.items():
        for group in groups:
            yield from _group(dimension, group)


def _overview(found: Figures) -> Iterator[Line]:
    one = found.overview
    yield _number("all", "", "travellers", one.travellers)
    parts = {
        "selection_rate": one.selection, "inspection_rate": one.inspection,
        "override_rate": one.override, "examined_of_drawn": one.response,
    }  # fmt: skip
    for name, part in parts.items():
        yield _part(name, part)
    shares = {
        "hit_rate": one.hit, "random_hit_rate": one.random, "base_rate": one.base,
        "coverage": one.coverage, "false_positive_rate": one.wrongly,
    }  # fmt: skip
    for name, share in shares.items():
        yield _estimate("all", "", name, share)
    yield _ratio("all", "", "lift", one.lift)
    yield _number("all", "", "median_seconds_to_decision", one.median_seconds)
    yield _number("all", "", "stopped_per_flight_p95", found.load_p95)
    for code, count in one.why_not.items():
        yield _number("not_inspected", code, "selected", count)
    for code, count in one.skipped.items():
        yield _number("not_inspected", code, "drawn", count)
    for harm in one.harm:
        yield _number("harm", harm.cause, "stops", harm.stops)
        yield _number("harm", harm.cause, "clean_per_10000", harm.per_10000)


def _group(dimension: str, group: GroupFigures) -> Iterator[Line]:
    for name in ("travellers", "selected", "inspected", "finds"):
        count = getattr(group, name)
        note = HIDDEN if count is None else ""
        yield (dimension, group.name, name, count, None, None, None, None, note)
    yield _ratio(dimension, group.name, "selection_ratio", group.ratio)
    yield _number(dimension, group.name, "selection_ratio_p", group.chance)
    yield _estimate(dimension, group.name, "hit_rate", group.hit)
    yield _number(dimension, group.name, "hit_rate_p", group.hit_chance)
    yield _number(dimension, group.name, "clean_per_10000", group.harm)


def _number(table: str, name: str, figure: str, value: float | None) -> Line:
    return (table, name, figure, value, None, None, None, None, "")


def _part(figure: str, part: Part) -> Line:
    return ("all", "", figure, part.share, None, None, part.part, part.whole, "")


def _estimate(table: str, name: str, figure: str, found: Estimate | None) -> Line:
    if found is None:
        return (table, name, figure, None, None, None, None, None, NOT_ENOUGH)
    value, note = (found.share, "") if found.is_enough else (None, NOT_ENOUGH)
    return (table, name, figure, value, found.low, found.high, found.finds, found.count, note)


def _ratio(table: str, name: str, figure: str, found: Ratio | None) -> Line:
    if found is None:
        return (table, name, figure, None, None, None, None, None, NOT_ENOUGH)
    return (table, name, figure, found.value, found.low, found.high, None, None, "")
