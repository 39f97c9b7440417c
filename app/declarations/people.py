"""Which passenger is meant: a person named in a declaration against the people on lists. Pure.

Records are compared as API and booking records are (:mod:`app.travel.identity`): the document first, then
names and date of birth. On flights other than the declared one only the document counts; it may find the
traveller who typed the wrong flight. Two candidates that are equally good are no match: an officer looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.formats import codes
from app.travel.identity import Claims, Match, compare, document_key, read_name


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in a declaration; companions have no issuer and perhaps no document."""

    surname: str
    given_names: str
    birth_date: date | None
    document_number: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A passenger of a flight; ``declared`` = of the flight that the traveller typed."""

    id: UUID
    claims: Claims
    declared: bool = True


def claims_of(person: Person) -> Claims:
    """What a declaration says of a person, comparable with what the airline says."""
    number = document_key(person.document_number or "")
    issuer = codes.alpha3(person.issuer or "")
    return Claims(
        names=(read_name(person.surname, person.given_names),),
        birth_date=person.birth_date,
        documents=frozenset({(issuer, number)} if number else ()),
    )


def find_passenger(person: Person, listed: Sequence[Listed]) -> UUID | None:
    """The passenger that ``person`` is, or None when nobody fits or several fit equally well."""
    mine = claims_of(person)
    compared = [(compare(mine, candidate.claims), candidate) for candidate in listed]
    sure = [(match, candidate) for match, candidate in compared if match.sure]
    document = [pair for pair in sure if "document" in pair[0].evidence]
    declared = [pair for pair in sure if pair[1].declared]
    return _best([pair for pair in document if pair[1].declared] or document or declared)


def _best(found: Sequence[tuple[Match, Listed]]) -> UUID | None:
    top = max((match.score for match, _ in found), default=0.0)
    best = {candidate.id for match, candidate in found if match.score == top}
    return best.pop() if len(best) == 1 else None
