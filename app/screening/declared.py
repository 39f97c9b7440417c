"""Facts out of a declaration and how it fits the flight. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.declarations.facts import DeclaredFacts
from app.formats import codes
from app.formats.codes import FlightNumber

ANSWERS = (
    "prohibited", "restricted", "gold", "over_allowance", "commercial", "entrusted",
    "means_of_payment", "unaccompanied",
)  # fmt: skip
"""Questions that are facts; what a questionnaire does not ask stays unknown."""

_CATEGORIES = {
    "cigarettes": "tobacco", "cigars": "tobacco", "heated_tobacco": "tobacco",
    "other_tobacco": "tobacco", "other_goods": "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journey:
    """What the airline says, to compare with: numbers of the flight, ports before arrival, local day."""

    numbers: frozenset[FlightNumber]
    ports: frozenset[str]
    arrival_on: date | None


def declaration_facts(declared: DeclaredFacts | None, journey: Journey) -> dict[str, Any]:
    """The facts ``declaration.*`` and the list ``declared_items``; a withdrawn one was not made."""
    if declared is None or not declared.submitted:
        return {"declaration.submitted": False}
    return {
        "declaration.submitted": True,
        "declaration.lane": declared.lane,
        "declaration.party_size": declared.party_size,
        "declaration.companions": declared.companions,
        "declaration.flight_matches": _flight_matches(declared.flight, journey),
        "declaration.embarkation_matches": _embarkation_matches(declared.origin, journey),
        "declaration.arrival_matches": _arrival_matches(declared.arrival_date, journey),
        "declaration.goods_value": _value(declared),
        "declaration.days_before_arrival": (
            declared.arrival_date - declared.declared_at.date()
        ).days,
        "declared_items": [
            {
                "category": _CATEGORIES.get(line.category, line.category),
                "quantity": line.quantity,
                "value": line.value,
            }
            for line in declared.goods
        ],
        **{f"declaration.{name}": declared.answers.get(name) for name in ANSWERS},
    }


def _flight_matches(text: str, journey: Journey) -> bool | None:
    number = FlightNumber.parse(text)
    return None if number is None else number in journey.numbers


def _embarkation_matches(port: str, journey: Journey) -> bool | None:
    """The declared port, or another of the same city, is among the ports of the itinerary."""
    if not journey.ports:
        return None
    cities = {city for known in journey.ports if (city := _city(known))}
    return port in journey.ports or _city(port) in cities


def _city(port: str) -> tuple[str, str] | None:
    airport = codes.airport(port)
    return (airport.city, airport.country) if airport and airport.city else None


def _arrival_matches(said: date, journey: Journey) -> bool | None:
    return None if journey.arrival_on is None else said == journey.arrival_on


def _value(declared: DeclaredFacts) -> int | None:
    """The value of all goods; None where they are of several currencies."""
    if len({line.currency for line in declared.goods}) > 1:
        return None
    return sum(line.value for line in declared.goods)
