"""Which passenger is meant: a person named in a declaration against the people on a list. Pure.

The document's number decides first; names with the date of birth stand in where it is missing or where the
airline sent another passport. Two candidates that are equally good are no match: an officer looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.formats.mrz import transliterate

_GERMANY = frozenset({"D", "DEU"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in a declaration. ``document_key`` is folded to A-Z, 0-9; companions have no issuer."""

    surname: str
    given_names: str
    birth_date: date | None
    document_key: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A passenger: ``documents`` are (folded number, issuer); ``on_declared_flight`` as the traveller typed it."""

    id: UUID
    surname: str
    given_names: str
    birth_date: date | None
    documents: tuple[tuple[str, str], ...] = ()
    on_declared_flight: bool = True


Test = Callable[[Person, Listed], bool]


def find_passenger(person: Person, listed: Sequence[Listed]) -> UUID | None:
    """The passenger that ``person`` is, or None when nobody fits or several fit equally well."""
    for test in (
        lambda p, c: c.on_declared_flight and same_document(p, c),
        same_document,
        lambda p, c: c.on_declared_flight and same_birth(p, c) and same_names(p, c),
        lambda p, c: c.on_declared_flight and same_birth(p, c) and like_names(p, c),
    ):
        found = {candidate.id for candidate in listed if test(person, candidate)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def same_document(person: Person, candidate: Listed) -> bool:
    """The same number, and the same state or the same date of birth: each of these may be mistyped."""
    issuers = [issuer for number, issuer in candidate.documents if number == person.document_key]
    if not issuers:
        return False
    if any(_same_state(person.issuer, issuer) for issuer in issuers):
        return True
    if person.issuer is None and (person.birth_date is None or candidate.birth_date is None):
        return True
    return same_birth(person, candidate)


def same_birth(person: Person, candidate: Listed) -> bool:
    return person.birth_date is not None and person.birth_date == candidate.birth_date


def same_names(person: Person, candidate: Listed) -> bool:
    """Equal letters, whatever the spaces and accents."""
    surname, given = _letters(person)
    return bool(surname) and (surname, given) == _letters(candidate)


def like_names(person: Person, candidate: Listed) -> bool:
    """The same surname, one given name the beginning of the other: bookings leave middle names out."""
    (surname, given), (other, others_given) = _letters(person), _letters(candidate)
    if not surname or surname != other or not (given and others_given):
        return False
    return given.startswith(others_given) or others_given.startswith(given)


def _letters(who: Person | Listed) -> tuple[str, str]:
    surname, given = transliterate(who.surname), transliterate(who.given_names)
    return surname.replace(" ", ""), given.replace(" ", "")


def _same_state(declared: str | None, sent: str) -> bool:
    return declared is not None and (declared == sent or {declared, sent} <= _GERMANY)
