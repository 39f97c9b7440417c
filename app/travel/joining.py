"""One booking of several records: parts of a push, or a locator that stands in it twice. Pure.

Records have the shape of ``booking.record`` (:mod:`app.travel.records`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Record = dict[str, Any]

_PAPERS = (("documents", "number"), ("tickets", "number"))


def join(first: Record, again: Record) -> Record:
    """What both say together: travellers, flights and everything else of either, what is the same once.

    Where they contradict each other the first counts. Travellers of ``again`` stand behind those of
    ``first``; what refers to them by place (``traveller``) follows.
    """
    people = list(first.get("travellers", ()))
    places = [_place(people, one) for one in again.get("travellers", ())]
    again = _moved(again, places)
    flights = list(first.get("itinerary", ()))
    for flight in again.get("itinerary", ()):
        _add_flight(flights, flight)
    found: Record = _together(first, {**again, "travellers": [], "itinerary": []})
    found |= {"travellers": people, "itinerary": flights}
    return {key: value for key, value in found.items() if value != []}


def _place(people: list[Record], one: Record) -> int:
    """Where a traveller stands among those known so far, as a further one or one of them."""
    for at, known in enumerate(people):
        if _is_same(known, one):
            people[at] = _together(known, one)
            return at
    people.append(one)
    return len(people) - 1


def _is_same(one: Record, other: Record) -> bool:
    """Of one name, and nothing tells them apart: reference, birth date, papers."""
    if any(one.get(name) != other.get(name) for name in ("surname", "given", "group")):
        return False
    for name in ("reference", "unique_id", "birth", "kind", "title"):
        if one.get(name) and other.get(name) and one[name] != other[name]:
            return False
    return all(_agree(one.get(name, ()), other.get(name, ()), key) for name, key in _PAPERS)


def _agree(some: Sequence[Record], others: Sequence[Record], key: str) -> bool:
    """Whether one of the numbers is told by both, or one of them tells none."""
    mine, theirs = ({one[key] for one in found if one.get(key)} for found in (some, others))
    return not (mine and theirs) or bool(mine & theirs)


def _add_flight(flights: list[Record], flight: Record) -> None:
    for at, known in enumerate(flights):
        if known.get("leg") == flight.get("leg"):
            flights[at] = _together(known, flight)
            return
    flights.append(flight)


def _moved(value: Any, places: Sequence[int]) -> Any:
    """The same with the travellers at their places in the joined booking."""
    if isinstance(value, list):
        return [_moved(one, places) for one in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _moved(one, places) for key, one in value.items()}
    who = found.get("traveller")
    if isinstance(who, int) and 0 <= who < len(places):
        found["traveller"] = places[who]
    return found


def _together(one: Any, other: Any) -> Any:
    """Fields of both; of two values of a field the first, of lists all, of yes and no the yes."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        both = {name: _together(one[name], other[name]) for name in one if name in other}
        return {**one, **other, **both}
    if isinstance(one, list) and isinstance(other, list):
        return list({json.dumps(value, sort_keys=True): value for value in (*one, *other)}.values())
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    return one
