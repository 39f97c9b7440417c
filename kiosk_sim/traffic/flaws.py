"""What is wrong with people in the lists of careless carriers: kinds of it, and who is struck."""

import random
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from app.formats.paxlst_model import Document, Person


class Flaw(StrEnum):
    """One thing wrong with somebody in every passenger list of the flight; bookings are not touched."""

    BAD_DATE = "bad-date"  # a date of birth that is none
    PLACEHOLDER = "placeholder"  # a document number that says there is none
    SWAPPED = "swapped-names"
    NO_DOCUMENT = "missing-document"
    NO_GIVEN = "fnu"  # FNU: first name unknown
    GLUED_TITLE = "glued-title"
    NO_SEX = "lost-sex"
    NO_NATIONALITY = "lost-nationality"


FLAWS = tuple(Flaw)


def flaw(chance: random.Random, dirt: float) -> Flaw | None:
    """Somebody's flaw, if there is one."""
    return chance.choice(FLAWS) if dirt and chance.random() < dirt else None


def spoil(person: Person, found: Flaw, title: str) -> Person:
    """The person as a careless list names them."""
    return replace(person, **_WORKS[found](person, title))


def _unknown(person: Person) -> tuple[Document, ...]:
    first, *rest = person.documents
    return (replace(first, number="UNKNOWN"), *rest)


_WORKS: dict[Flaw, Callable[[Person, str], dict[str, Any]]] = {
    Flaw.BAD_DATE: lambda _, __: {"birth_date": None, "birth_date_text": "000000"},
    Flaw.PLACEHOLDER: lambda who, _: {"documents": _unknown(who)},
    Flaw.SWAPPED: lambda who, _: {"surname": who.given or who.surname, "given": who.surname},
    Flaw.NO_DOCUMENT: lambda _, __: {"documents": ()},
    Flaw.NO_GIVEN: lambda _, __: {"given": "FNU", "middle": ""},
    Flaw.GLUED_TITLE: lambda who, title: {"given": f"{who.given}{title}"},
    Flaw.NO_SEX: lambda _, __: {"sex": ""},
    Flaw.NO_NATIONALITY: lambda _, __: {"nationality": ""},
}
