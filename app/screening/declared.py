"""Facts out of a declaration and how it fits the flight. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    """What the airline says, to compare with: numbers of the flight, ports before arrival, local day; who
    is in the booking, bags checked in by this traveller, nights until the onward flight, who paid.
    """

    numbers: frozenset[FlightNumber]
    ports: frozenset[str]
    arrival_on: date | None
    party_size: int | None = None
    bags: int | None = None
    stay_nights: int | None = None
    paid_by_other: bool | None = None


Earlier = Sequence[Mapping[str, int]]
"""What was declared on other trips: per declaration the value of its goods by currency."""


def declaration_facts(
    declared: DeclaredFacts | None, journey: Journey, earlier: Earlier | None = None
) -> dict[str, Any]:
    """The facts ``declaration.*``, the list ``declared_items`` and what of the history they are compared
    with; a withdrawn one was not made. A comparison with something that is not known is unknown.

    A correction leaves no trace here: it is a voluntary disclosure, and the facts are as if it had been
    said at first.
    """
    if declared is None or not declared.submitted:
        return {"declaration.submitted": False}
    return {
        "declaration.submitted": True,
        "declaration.lane": declared.lane,
        "declaration.party_size": declared.party_size,
        "declaration.companions": declared.companions,
        "declaration.purpose": declared.purpose or None,
        "declaration.items": len(declared.goods),
        "declaration.currencies": len({line.currency for line in declared.goods}),
        "declaration.flight_matches": _flight_matches(declared.flight, journey),
        "declaration.embarkation_matches": _embarkation_matches(declared.origin, journey),
        "declaration.arrival_matches": _arrival_matches(declared.arrival_date, journey),
        "declaration.goods_value": _value(declared),
        "declaration.days_before_arrival": (
            declared.arrival_date - declared.created_at.date()
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
        **_compared(declared, journey),
        **_of_history(_goods_value(declared), earlier),
    }


def _compared(declared: DeclaredFacts, journey: Journey) -> dict[str, Any]:
    return {
        "declaration.party_matches": _equal(declared.party_size, journey.party_size),
        "declaration.bags": declared.bags,
        "declaration.bags_match": _bags_match(declared, journey.bags),
        "declaration.stay_nights": declared.stay_nights,
        "declaration.stay_matches": _within(declared.stay_nights, journey.stay_nights, 1),
        "declaration.entrusted_denied_but_paid_by_other": _all(
            _is_no(declared, "entrusted"), journey.paid_by_other
        ),
    }


def _equal(one: int | None, other: int | None) -> bool | None:
    return None if one is None or other is None else one == other


def _within(one: int | None, other: int | None, most: int) -> bool | None:
    return None if one is None or other is None else abs(one - other) <= most


def _is_no(declared: DeclaredFacts, question: str) -> bool | None:
    """None where the questionnaire does not ask it."""
    answer = declared.answers.get(question)
    return None if answer is None else not answer


def _all(*parts: bool | None) -> bool | None:
    """Of three values: one that is false settles it, whatever the others may be."""
    if False in parts:
        return False
    return None if None in parts else True


def _bags_match(declared: DeclaredFacts, checked: int | None) -> bool | None:
    """A form speaks for its whole party, the list for one traveller: of a family it is known only that
    fewer than the traveller's own cannot be right.
    """
    if declared.bags is None or checked is None:
        return None
    if declared.party_size > 1:
        return False if declared.bags < checked else None
    return declared.bags == checked


def _of_history(value: Mapping[str, int], earlier: Earlier | None) -> dict[str, Any]:
    """Only values of one currency can be compared; nothing declared before is an unknown history."""
    if earlier is None or len(value) != 1:
        return {}
    [(currency, now)] = value.items()
    before = [one[currency] for one in earlier if currency in one]
    if not before:
        return {}
    return {
        "history.declared_value_5y": max(before),
        "declaration.value_above_history": now > max(before),
    }


def _goods_value(declared: DeclaredFacts) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for line in declared.goods:
        total[line.currency] += line.value
    return total


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
    found = _goods_value(declared)
    return sum(found.values()) if len(found) < 2 else None
