"""Travellers against urgent lookouts: a person, a document, a seat on a flight, a bag tag. Pure.

A match is a hit like that of a list of one entry, ``urgent/<id>``.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from app.formats.codes import FlightNumber
from app.screening.gather import Known
from app.screening.list_models import LookoutKind
from app.screening.lookouts import Listed, Lookout, LookoutHit
from app.screening.models import Handling
from app.screening.people import is_from, records_of
from risk_rules.names import BirthDate, Document, Entry, Match, Matcher, Name, Person
from risk_rules.names.match import MatchKind

KEY = "urgent"
_SEAT = re.compile(r"0*([1-9][0-9]{0,2}[A-Z])", re.ASCII)
_SERIAL = 9
"""A licence plate of ten digits (IATA Resolution 740) has a leading one that says nothing of the bag."""


@dataclass(frozen=True)
class Urgent:
    """An urgent lookout as it is asked."""

    id: UUID
    site: str
    kind: LookoutKind
    content: Mapping[str, Any]
    title: str
    purpose: str
    handling: Handling
    expires_at: datetime

    @cached_property
    def lookout(self) -> Lookout:
        """A list with this one entry."""
        entries = [entry_of(str(self.id), self.content)] if self.kind in _BY_NAME else []
        listed = Listed(str(self.id), 1, date.min, None)
        return Lookout(
            KEY, 1, self.title, self.purpose, self.handling, Matcher(entries),
            {str(self.id): listed},
        )  # fmt: skip


_BY_NAME = (LookoutKind.PERSON, LookoutKind.DOCUMENT)


def entry_of(identifier: str, content: Mapping[str, Any]) -> Entry:
    """What a person or document of a lookout is compared as."""
    return Entry(
        id=identifier,
        names=tuple(Name(one["surname"], one["given"]) for one in content.get("names", ())),
        birth_dates=tuple(BirthDate.parse(day) for day in content.get("birth_dates", ())),
        nationality=content.get("nationality", ""),
        documents=tuple(Document(d["number"], d["issuer"]) for d in content.get("documents", ())),
    )


def screen_urgent(
    urgent: Iterable[Urgent], known: Known, people: Sequence[Person], but: Collection[str] = ()
) -> list[LookoutHit]:
    """The lookouts of the flight's site that the traveller meets, not by seats and bags of the sources ``but``."""
    hits = []
    for one in urgent:
        if one.site == known.flight.site and (matches := tuple(_matches(one, known, people, but))):
            listed = one.lookout.entries[str(one.id)]
            hits.append(LookoutHit(one.lookout, listed, matches))
    return hits


def _matches(
    one: Urgent, known: Known, people: Sequence[Person], but: Collection[str]
) -> Iterator[Match]:
    if one.kind is LookoutKind.SEAT:
        if _flight_meets(one.content, known) and one.content["seat"] in seats_of(known, but):
            yield _match(one, {"seat": one.content["seat"]})
    elif one.kind is LookoutKind.BAG_TAG:
        if one.content["tag"] in tags_of(known, but):
            yield _match(one, {"tag": one.content["tag"]})
    else:
        best: dict[str, Match] = {}
        for person in people:
            for match in one.lookout.matcher.match(person):
                if match.alert and match.kind not in best:
                    best[match.kind] = match
        yield from best.values()


def _match(one: Urgent, evidence: dict[str, Any]) -> Match:
    return Match(str(one.id), cast("MatchKind", str(one.kind)), 1.0, True, evidence)  # noqa: FBT003


def _flight_meets(content: Mapping[str, Any], known: Known) -> bool:
    flight = known.flight
    numbers = {FlightNumber(flight.carrier, flight.number, flight.suffix)}
    numbers |= {FlightNumber(a.carrier, a.number, a.suffix) for a in known.aliases}
    return (
        content["flight"] in {str(one) for one in numbers}
        and content["date"] == flight.flight_date.isoformat()
    )


def seats_of(known: Known, but: Collection[str] = ()) -> set[str]:
    """The seats that any source gives the passenger, as :func:`fold_seat` writes them."""
    passenger = known.passenger
    said = [record.get("seat") for record in records_of(passenger, but)]
    if not is_from(passenger, "seat", but):
        said.append(passenger.seat)
    return {seat for one in said if isinstance(one, str) and (seat := fold_seat(one))}


def tags_of(known: Known, but: Collection[str] = ()) -> set[str]:
    """The bag tags that any source gives the passenger, as :func:`fold_tag` writes them."""
    found: set[str] = set()
    for record in records_of(known.passenger, but):
        bags = record.get("bags")
        tags = bags.get("tags") if isinstance(bags, Mapping) else None
        found |= {fold_tag(tag) for tag in tags or () if isinstance(tag, str)}
    return found - {""}


def fold_seat(text: str) -> str:
    """``12A`` of ``012a``; '' for what is no seat."""
    found = _SEAT.fullmatch(text.strip().upper())
    return found[1] if found else ""


def fold_tag(text: str) -> str:
    """A bag tag without blanks; of a licence plate in digits the last nine, which name airline and bag."""
    plain = "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
    return plain[-_SERIAL:] if plain.isdigit() else plain
