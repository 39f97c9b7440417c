"""Segments of PAXLST that say one plain value of a person: known by how they begin, and not cut."""

from collections.abc import Callable
from functools import lru_cache

from app.formats.paxlst_model import DocumentType, Reference
from app.formats.paxlst_person import PersonDraft

Told = Callable[[PersonDraft, str], bool]
"""Takes what stands behind the first separator of components; False when it is no plain value."""


@lru_cache(maxsize=16)
def openings(element: str) -> dict[str, Told]:
    """How the usual segments that differ for everybody begin, up to the first separator of components.

    What follows such a beginning is one value (behind DOC's, the code list and one): nothing has to be
    cut, and HANDLERS reads all that is written otherwise. Half of the time of a list went into it.
    """
    return {
        f"DTM{element}329": _born,
        f"DTM{element}36": _expires,
        **{f"RFF{element}{kind}": _referred(kind.value) for kind in Reference},
        f"RFF{element}{Reference.PASSENGER}": _named,
        **{f"DOC{element}{kind}": _shown(kind.value, element) for kind in DocumentType},
    }


def _born(person: PersonDraft, text: str) -> bool:
    found = person.centuries.birth(text) if person.centuries else None
    if found is None or person.birth_date_text:  # told again, it may be another person's
        return False
    person.birth_date, person.birth_date_text = found, text
    return True


def _expires(person: PersonDraft, text: str) -> bool:
    document, centuries = person.document, person.centuries
    found = centuries.document(text) if centuries and document else None
    if found is None or document is None:
        return False
    document.expiry, document.expiry_text = found, text
    return True


def _referred(kind: str) -> Told:
    def told(person: PersonDraft, text: str) -> bool:
        if not text.isalnum():
            return False
        person.references.append((kind, text))
        return True

    return told


def _named(person: PersonDraft, text: str) -> bool:
    if person.unique_reference or not text.isalnum():
        return False
    person.references.append((Reference.PASSENGER.value, text))
    person.unique_reference = text
    return True


def _shown(kind: str, element: str) -> Told:
    def told(person: PersonDraft, text: str) -> bool:
        number = text.partition(element)[2]
        if not number.isalnum():
            return False
        person.open(kind, number)
        return True

    return told
