"""What changed between the things that lists and pushes said of one person, and when. Pure.

Shapes of records: :mod:`app.travel.records`. A field that one of two contents does not give has not changed:
nothing is known of it. Order comes from the carrier's times, never from the order of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal

from app.travel.identity import document_key, name_key

Json = Mapping[str, Any]
Source = Literal["api", "pnr"]


class ChangeKind(StrEnum):
    """What is another than before."""

    NAME = "name"
    BIRTH_DATE = "birth-date"
    NATIONALITY = "nationality"
    DOCUMENT = "document"
    SEAT = "seat"
    BAG_ADDED = "bag-added"
    BAG_REMOVED = "bag-removed"
    TRAVELLER_ADDED = "traveller-added"
    TRAVELLER_REMOVED = "traveller-removed"
    PAYMENT = "payment"
    CONTACT = "contact"
    ROUTE = "route"
    DATES = "dates"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class Content:
    """What one list or push said. ``since``: when it was said first; ``removed``: the flight is booked no more."""

    record: Json
    since: datetime
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` and ``after`` are texts for officers, '' where they would be long.

    ``after_check_in`` is None where nothing tells whether the person had checked in.
    """

    kind: ChangeKind
    source: Source
    at: datetime
    after_check_in: bool | None
    before: str = ""
    after: str = ""

    def hours_before(self, departure: datetime | None) -> int | None:
        """Whole hours from the change to the departure, negative after it."""
        if departure is None:
            return None
        return int((departure - self.at).total_seconds() // 3600)


Found = tuple[ChangeKind, str, str]


def in_order(contents: Iterable[Content], now: Content | None) -> list[Content]:
    """Contents by their time, the one that counts last; one that repeats the content before it is left out."""
    ordered = sorted(contents, key=lambda one: one.since)
    if now is not None:
        latest = max([now.since, *(one.since for one in ordered)])
        ordered.append(
            Content(now.record, latest if _behind(now, ordered) else now.since, now.removed)
        )
    found: list[Content] = []
    for one in ordered:
        if not found or (one.record, one.removed) != (found[-1].record, found[-1].removed):
            found.append(one)
    return found


def _behind(now: Content, ordered: Sequence[Content]) -> bool:
    """What counts was said before something else too: it counts again since then."""
    return bool(ordered) and ordered[-1].since > now.since


def api_changes(contents: Sequence[Content]) -> Iterator[Change]:
    """Changes between what passenger lists said, in order."""
    for before, after in pairwise(contents):
        checked_in = True if before.record.get("seat") or _bags(before.record) is not None else None
        for found in _of_person(_api_person(before.record), _api_person(after.record)):
            kind, old, new = found
            yield Change(kind, "api", after.since, checked_in, old, new)


def booking_changes(contents: Sequence[Content], mine: Json) -> Iterator[Change]:
    """Changes between pushes of a booking, in order; ``mine`` is the traveller record of the person."""
    who = _booked_name(mine), _reference(contents, mine)
    for before, after in pairwise(contents):
        for found, checked_in in _of_booking(before, after, who):
            kind, old, new = found
            yield Change(kind, "pnr", after.since, checked_in, old, new)


Who = tuple[str, str]
"""The key of the name as booked, and the sender's reference of the traveller."""


def _booked_name(mine: Json) -> str:
    match mine.get("booked_name"):
        case [str(surname), str(given)]:
            return name_key(surname, given)
        case _:
            return name_key(_text(mine, "surname"), _text(mine, "given_names"))


def _reference(contents: Sequence[Content], mine: Json) -> str:
    """The reference that the person has in the newest content; '' where it is not told or not its own."""
    newest = next((one.record for one in reversed(contents) if not one.removed), {})
    people, index = _items(newest, "travellers"), mine.get("index")
    if not isinstance(index, int) or not 0 <= index < len(people):
        return ""
    found = _text(people[index], "reference")
    return found if [_text(one, "reference") for one in people].count(found) == 1 else ""


def _of_booking(before: Content, after: Content, mine: Who) -> Iterator[tuple[Found, bool | None]]:
    if before.removed != after.removed:
        kind = ChangeKind.CANCELLED if after.removed else ChangeKind.REINSTATED
        yield (kind, "", ""), None
    if before.removed or after.removed:
        return
    place, later_place = _place(before.record, mine), _place(after.record, mine)
    checked_in = _checked_in(before.record, place)
    for found in _of_whole(before.record, after.record):
        yield found, checked_in
    if place is not None and later_place is not None:
        old, new = _booked_person(before.record, place), _booked_person(after.record, later_place)
        for found in _of_person(old, new):
            yield found, checked_in


# --- one person -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    shown_name: str
    birth_date: str
    nationality: str
    documents: frozenset[str]
    seat: str
    bags: int | None


def _api_person(record: Json) -> _Person:
    surname, given = _text(record, "surname"), _text(record, "given_names")
    return _Person(
        name_key(surname, given), f"{surname} {given}".strip(), _text(record, "birth_date"),
        _text(record, "nationality"), _documents(record), _text(record, "seat"), _bags(record),
    )  # fmt: skip


def _booked_person(record: Json, place: int) -> _Person:
    who = _items(record, "travellers")[place]
    check_in = _check_in(record, place)
    surname, given = _text(who, "surname"), _text(who, "given")
    baggage = check_in.get("baggage")
    bags = baggage.get("count") if isinstance(baggage, Mapping) else None
    nationality = next((_text(one, "nationality") for one in _items(who, "documents")), "")
    return _Person(
        name_key(surname, given), f"{surname} {given}".strip(), _text(who, "birth"), nationality,
        _documents(who), _text(check_in, "seat").lstrip("0"),
        bags if isinstance(bags, int) else None,
    )  # fmt: skip


_PLAIN: tuple[tuple[ChangeKind, Callable[[_Person], Any], Callable[[_Person], str]], ...] = (
    (ChangeKind.NAME, lambda one: one.name, lambda one: one.shown_name),
    (ChangeKind.BIRTH_DATE, lambda one: one.birth_date, lambda one: one.birth_date),
    (ChangeKind.NATIONALITY, lambda one: one.nationality, lambda one: one.nationality),
    (ChangeKind.DOCUMENT, lambda one: one.documents, lambda one: ", ".join(sorted(one.documents))),
    (ChangeKind.SEAT, lambda one: one.seat, lambda one: one.seat),
)


def _of_person(before: _Person, after: _Person) -> Iterator[Found]:
    for kind, read, show in _PLAIN:
        old, new = read(before), read(after)
        if old and new and old != new:
            yield kind, show(before), show(after)
    if before.bags is not None and after.bags is not None and before.bags != after.bags:
        kind = ChangeKind.BAG_ADDED if after.bags > before.bags else ChangeKind.BAG_REMOVED
        yield kind, str(before.bags), str(after.bags)


def _documents(record: Json) -> frozenset[str]:
    """Numbers of papers of identity; a visa is none."""
    papers = _items(record, "documents")
    kinds = ((one.get("type") or one.get("kind"), _text(one, "number")) for one in papers)
    return frozenset(key for kind, number in kinds if kind != "V" and (key := document_key(number)))


def _bags(record: Json) -> int | None:
    bags = record.get("bags")
    count = bags.get("count") if isinstance(bags, Mapping) else None
    return count if isinstance(count, int) else None


# --- a booking ------------------------------------------------------------------------------------


def _of_whole(before: Json, after: Json) -> Iterator[Found]:
    gone, come = _people(before) - _people(after), _people(after) - _people(before)
    if len(come) > len(gone):
        yield ChangeKind.TRAVELLER_ADDED, "", ""
    elif len(gone) > len(come):
        yield ChangeKind.TRAVELLER_REMOVED, "", ""
    for kind, read in _PARTS:
        old, new = read(before), read(after)
        if old and new and old != new:
            yield kind, "", ""


def _people(record: Json) -> frozenset[str]:
    return frozenset(
        name_key(_text(one, "surname"), _text(one, "given")) + _text(one, "reference")
        for one in _items(record, "travellers")
        if one.get("group") is not True
    )


def _payments(record: Json) -> frozenset[tuple[str, ...]]:
    names = ("kind", "vendor", "last_four", "fingerprint", "payer")
    return frozenset(tuple(_text(one, n) for n in names) for one in _items(record, "payments"))


def _contacts(record: Json) -> frozenset[tuple[str, str]]:
    return frozenset((_text(o, "kind"), _text(o, "value")) for o in _items(record, "contacts"))


def _route(record: Json) -> tuple[str, ...]:
    return tuple(f"{_text(leg, 'board')}-{_text(leg, 'off')}" for leg in _legs(record))


def _days(record: Json) -> tuple[str, ...]:
    return tuple(_text(leg, "departure_local")[:10] for leg in _legs(record))


def _legs(record: Json) -> Iterator[Json]:
    for segment in _items(record, "itinerary"):
        leg = segment.get("leg")
        if isinstance(leg, Mapping):
            yield leg


_PARTS: tuple[tuple[ChangeKind, Callable[[Json], Any]], ...] = (
    (ChangeKind.PAYMENT, _payments),
    (ChangeKind.CONTACT, _contacts),
    (ChangeKind.ROUTE, _route),
    (ChangeKind.DATES, _days),
)


def _place(record: Json, mine: Who) -> int | None:
    """Where the person stands in a booking: by name, else by the sender's reference of the traveller."""
    name, reference = mine
    people = _items(record, "travellers")
    named = [i for i, one in enumerate(people) if name and _name_of(one) == name]
    if len(named) == 1:
        return named[0]
    known = [
        i for i, one in enumerate(people) if reference and _text(one, "reference") == reference
    ]
    return known[0] if len(known) == 1 else None


def _name_of(traveller: Json) -> str:
    return name_key(_text(traveller, "surname"), _text(traveller, "given"))


def _check_in(record: Json, place: int) -> Json:
    pushed = next((s for s in _items(record, "itinerary") if s.get("pushed") is True), {})
    return next((c for c in _items(pushed, "check_ins") if c.get("traveller") == place), {})


def _checked_in(record: Json, place: int | None) -> bool | None:
    return None if place is None else bool(_check_in(record, place))


def _text(value: Json, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _items(value: Json, key: str) -> list[Json]:
    found = value.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
