"""Which elements of a person a State requires in a passenger list, and which of them are missing."""

from collections.abc import Callable, Collection
from enum import StrEnum

from app.formats.paxlst_model import Document, Person


class Element(StrEnum):
    """An element that can be required of each person (WCO, IATA and ICAO API guidelines)."""

    SURNAME = "surname"
    GIVEN_NAMES = "given-names"
    BIRTH_DATE = "birth-date"
    SEX = "sex"
    NATIONALITY = "nationality"
    RESIDENCE = "residence"
    BIRTH_PLACE = "birth-place"
    ADDRESS = "address"
    DOCUMENT_TYPE = "document-type"
    DOCUMENT_NUMBER = "document-number"
    DOCUMENT_ISSUER = "document-issuer"
    DOCUMENT_EXPIRY = "document-expiry"
    LOCATOR = "locator"
    REFERENCE = "reference"
    SEAT = "seat"
    BAGS = "bags"


DEFAULT = frozenset({
    Element.SURNAME, Element.BIRTH_DATE, Element.SEX, Element.NATIONALITY, Element.DOCUMENT_TYPE,
    Element.DOCUMENT_NUMBER, Element.DOCUMENT_ISSUER, Element.DOCUMENT_EXPIRY,
})  # fmt: skip
"""The machine-readable zone of a passport: the core of the guidelines. People with one name exist."""

_VISA = "V"

_OF_PERSON: dict[Element, Callable[[Person], object]] = {
    Element.SURNAME: lambda person: person.surname,
    Element.GIVEN_NAMES: lambda person: person.given,
    Element.BIRTH_DATE: lambda person: person.birth_date,
    Element.SEX: lambda person: person.sex,
    Element.NATIONALITY: lambda person: person.nationality,
    Element.RESIDENCE: lambda person: person.residence,
    Element.BIRTH_PLACE: lambda person: person.birth_place.country or person.birth_place.name,
    Element.ADDRESS: lambda person: person.address.street or person.address.city,
    Element.LOCATOR: lambda person: person.locator,
    Element.REFERENCE: lambda person: person.unique_reference,
    Element.SEAT: lambda person: person.seat,
    Element.BAGS: lambda person: person.bags.count is not None,
}
_OF_DOCUMENT: dict[Element, Callable[[Document], object]] = {
    Element.DOCUMENT_TYPE: lambda document: document.type,
    Element.DOCUMENT_NUMBER: lambda document: document.number,
    Element.DOCUMENT_ISSUER: lambda document: document.issuer.country,
    Element.DOCUMENT_EXPIRY: lambda document: document.expiry,
}


def missing(person: Person, required: Collection[Element] = DEFAULT) -> tuple[Element, ...]:
    """The required elements that were not sent or cannot be read, in the order of :class:`Element`.

    Those of a document must all stand in one document that is no visa; the fullest one counts.
    """
    of_person = [one for one in required if one in _OF_PERSON and not _OF_PERSON[one](person)]
    wanted = [one for one in required if one in _OF_DOCUMENT]
    papers = [document for document in person.documents if document.type != _VISA]
    lacking = [[one for one in wanted if not _OF_DOCUMENT[one](paper)] for paper in papers]
    found = {*of_person, *min(lacking, key=len, default=wanted)}
    return tuple(one for one in Element if one in found)
