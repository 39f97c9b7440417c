"""ICAO's nineteen elements of a booking: each place that docs/messages.md names is filled by one message."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.formats.edifact import interchanges
from app.formats.pnrgov import read, write
from app.travel.records import from_pnr
from tests.formats.bookings import PREPARED, everything, push

DOCS = Path(__file__).parents[2] / "docs" / "messages.md"
ROW = re.compile(r"\| (\d+) \|[^|]*\|[^|]*\|([^|]*)\|$", re.MULTILINE)
CARD = "4111111111111111"


def places() -> dict[int, list[str]]:
    """By the number of the element, from the table."""
    return {int(n): re.findall(r"`([^`]+)`", cell) for n, cell in ROW.findall(DOCS.read_text())}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    text = write(push(everything()), recipient="GOV", prepared=PREPARED, control_reference="R1")
    text = text.replace("XXXXXXXXXXXX1111", CARD)
    [message] = next(interchanges(text.encode())).messages
    [pnr] = read(message, fingerprint=lambda _: "F" * 32).records
    assert CARD not in str(from_pnr(pnr))
    return from_pnr(pnr)


def found(value: Any, path: str) -> Iterator[Any]:
    """Every value at a place like `travellers[].tickets[].number`."""
    name, _, rest = path.partition(".")
    inner = value.get(name.removesuffix("[]")) if isinstance(value, dict) else None
    for one in inner if name.endswith("[]") and inner else [inner]:
        if rest and one is not None:
            yield from found(one, rest)
        elif one not in (None, "", [], {}):
            yield one


def test_the_table_has_all_nineteen() -> None:
    assert sorted(places()) == list(range(1, 20))
    assert all(places().values())


@pytest.mark.parametrize("number", range(1, 20))
def test_each_place_of_an_element_is_filled(record: dict[str, Any], number: int) -> None:
    for path in places()[number]:
        assert list(found(record, path)), path


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("locators[].code", ["ABC123"]),
        ("ticketed_at", ["2026-01-05T06:07:00+00:00"]),
        ("itinerary[].leg.departure_local", ["2026-03-10T09:30:00", "2026-03-19T09:30:00"]),
        ("travellers[].surname", ["QUILLFEATHER"] * 3 + ["HERON TOURS"]),
        ("travellers[].frequent_flyers[].number", ["1234567890"]),
        ("group_size", [20]),
        ("contacts[].value", ["+61291234567", "maren@post.example", "0291234568"]),
        ("payments[].last_four", ["1111"]),
        ("payments[].fingerprint", ["F" * 32]),
        ("payments[].payer", ["M QUILLFEATHER"]),
        ("non_air[].place", ["TYO", "NRT"]),
        ("originator.office", ["SYDZZ0100"]),
        ("itinerary[].leg.operating", ["ZZ1", "ZZ2"]),
        ("splits[].direction", ["from"]),
        ("itinerary[].check_ins[].number", ["17", "18"]),
        ("travellers[].tickets[].taxes[].amount", ["3.40", "4.50"]),
        ("itinerary[].check_ins[].baggage.tags[].number", [f"09990000{n:02d}" for n in range(3)]),
        ("itinerary[].seats[].number", ["12A", "12B"]),
        ("texts", [["PARTY OF A REGULAR GUEST"]]),
        ("travellers[].documents[].number", ["L0000000", "I0000000"]),
        ("history[].actions[].action", ["X", "A", "C", "A"]),
        ("history[].actions[].segments[].leg.marketing", ["ZZ9"]),
    ],
)
def test_what_stands_there_is_what_was_sent(
    record: dict[str, Any], path: str, values: list[Any]
) -> None:
    assert list(found(record, path)) == values
