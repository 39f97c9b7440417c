"""The figures of data quality as CSV (RFC 4180), safe to open in a spreadsheet. Pure.

One line per day, carrier and sender. The columns are described in docs/messages.md; a share or a time that
nothing is known of is an empty cell.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.formats.document_numbers import NumberFault
from app.messages.figures import Row
from app.messages.quality import BOOKING_ELEMENTS, BOOKING_WRONG, LIST_ELEMENTS, LIST_WRONG

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Column = tuple[str, Callable[[Row], Any]]


def _count(name: str) -> Callable[[Row], int]:
    return lambda row: row.counts[name]


def _lead(which: str, percent: str) -> Callable[[Row], int | None]:
    def read(row: Row) -> int | None:
        found: int | None = getattr(getattr(row.flights, which), percent)
        return found

    return read


def _flight(name: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row.flights, name)


def _name(*parts: str) -> str:
    return "_".join(parts).lower().replace("-", "_")


_COUNTS = {
    "transmissions": "transmissions", "rejected": "rejected", "duplicates": "duplicates",
    "test_messages": "test", "messages": "messages", "paxlst": "messages.PAXLST",
    "pnrgov": "messages.PNRGOV", "pnrgov_xml": "messages.PNRGOV-XML",
    "not_applied": "not_applied", "out_of_order": "out_of_order", "errors": "errors",
    "warnings": "warnings", "list_people": "PAXLST.persons",
    "booking_people": "PNRGOV.persons", "bookings": "PNRGOV.bookings",
}  # fmt: skip
_ELEMENTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "PAXLST": {"missing": LIST_ELEMENTS, "wrong": LIST_WRONG},
    "PNRGOV": {"missing": BOOKING_ELEMENTS, "wrong": BOOKING_WRONG},
}
_FLIGHTS = {
    "flights": "flights", "flights_late": "late", "flights_after_arrival": "after_arrival",
    "flights_unclosed": "unclosed", "flights_incomplete": "incomplete",
    "flights_api_only": "api_only", "flights_pnr_only": "pnr_only", "flights_both": "both",
}  # fmt: skip
_LEADS = ("first_list", "last_list", "first_push", "last_push")


def _columns() -> Iterator[Column]:
    yield from ((name, _count(key)) for name, key in _COUNTS.items())
    for kind, states in _ELEMENTS.items():
        for state, named in states.items():
            yield from ((_name(kind, state, one), _count(f"{kind}.{state}.{one}")) for one in named)
        yield _name(kind, "documents"), _count(f"{kind}.documents")
        for fault in NumberFault:
            yield _name(kind, "number", fault), _count(f"{kind}.number.{fault}")
    yield from ((name, _flight(key)) for name, key in _FLIGHTS.items())
    for which in _LEADS:
        for percent in ("p50", "p95"):
            yield f"{which}_{percent}_minutes", _lead(which, percent)


COLUMNS = tuple(_columns())
NAMES = ("day", "carrier", "sender", *(name for name, _ in COLUMNS))


def as_csv(rows: Iterable[Row]) -> str:
    """The rows with a header line, lines ended by CR LF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for row in rows:
        day = row.day.isoformat() if row.day else ""
        cells = [safe(day), safe(row.carrier), safe(row.sender)]
        writer.writerow([*cells, *(_cell(read(row)) for _, read in COLUMNS)])
    return out.getvalue()


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(value: float | None) -> str:
    return "" if value is None else str(value)
