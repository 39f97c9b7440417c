"""Facts out of a declaration and how it fits the flight. Pure.

``content`` is the newest version as the traveller sent it: answers by question, goods by category. What is
missing or of another shape leads to None.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.formats import codes
from app.formats.codes import FlightNumber

Json = Mapping[str, Any]

ANSWERS = (
    "prohibited", "restricted", "gold", "over_allowance", "commercial", "entrusted",
    "means_of_payment", "unaccompanied",
)  # fmt: skip
_CATEGORIES = {
    "cigarettes": "tobacco", "cigars": "tobacco", "heated_tobacco": "tobacco",
    "other_tobacco": "tobacco", "other_goods": "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """An active declaration that covers a passenger, as traveller or companion."""

    lane: int
    flight: str
    arrival_on: date
    certified_at: datetime
    content: Json


@dataclass(frozen=True, slots=True)
class Journey:
    """What the airline says, to compare with: numbers of the flight, ports before arrival, local day."""

    numbers: frozenset[FlightNumber]
    ports: frozenset[str]
    arrival_on: date | None


def declaration_facts(declared: Declared | None, journey: Journey) -> dict[str, Any]:
    """The facts ``declaration.*`` and the list ``declared_items``."""
    if declared is None:
        return {"declaration.submitted": False}
    content = declared.content
    companions = _items(content, "companions")
    goods = _items(content, "goods")
    return {
        "declaration.submitted": True,
        "declaration.lane": declared.lane,
        "declaration.party_size": 1 + len(companions),
        "declaration.companions": len(companions),
        "declaration.flight_matches": _flight_matches(declared.flight, journey),
        "declaration.embarkation_matches": _embarkation_matches(content, journey),
        "declaration.arrival_matches": _arrival_matches(declared.arrival_on, journey),
        "declaration.goods_value": _value(goods),
        "declaration.days_before_arrival": (
            declared.arrival_on - declared.certified_at.date()
        ).days,
        "declared_items": [_item(line) for line in goods],
        **{f"declaration.{name}": _answer(content, name) for name in ANSWERS},
    }


def _answer(content: Json, name: str) -> bool | None:
    answers = content.get("answers")
    value = answers.get(name) if isinstance(answers, Mapping) else None
    return value if isinstance(value, bool) else None


def _flight_matches(text: str, journey: Journey) -> bool | None:
    number = FlightNumber.parse(text)
    return None if number is None else number in journey.numbers


def _embarkation_matches(content: Json, journey: Journey) -> bool | None:
    """The declared port, or another of the same city, is among the ports of the itinerary."""
    said = content.get("journey")
    port = (said.get("from") or said.get("origin")) if isinstance(said, Mapping) else None
    if not isinstance(port, str) or not journey.ports:
        return None
    cities = {city for known in journey.ports if (city := _city(known))}
    return port in journey.ports or _city(port) in cities


def _city(port: str) -> tuple[str, str] | None:
    airport = codes.airport(port)
    return (airport.city, airport.country) if airport and airport.city else None


def _arrival_matches(said: date, journey: Journey) -> bool | None:
    return None if journey.arrival_on is None else said == journey.arrival_on


def _value(goods: Sequence[Json]) -> int | None:
    """The value of all goods; None where lines are of several currencies or say none."""
    if len({line.get("currency") for line in goods}) > 1:
        return None
    values = [_count(line, "value") for line in goods]
    return None if None in values else sum(value or 0 for value in values)


def _item(line: Json) -> dict[str, Any]:
    category = line.get("category")
    return {
        "category": _CATEGORIES.get(category, category) if isinstance(category, str) else None,
        "quantity": _count(line, "quantity"),
        "value": _count(line, "value"),
    }


def _count(line: Json, key: str) -> int | None:
    value = line.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _items(content: Json, key: str) -> list[Json]:
    found: Iterable[Any] = content.get(key) or ()
    return [x for x in found if isinstance(x, Mapping)] if isinstance(found, list) else []
