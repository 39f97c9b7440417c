"""The free texts of service requests, as `ssr` reads them."""

from collections.abc import Iterable
from datetime import date

from app.formats.pnrgov.record import Address, Contact, Document, Identification, Traveller, Visa


def contact_text(contact: Contact) -> str:
    """AIRIMP's own alphabet has neither @ nor _ (and the reader takes `./` for a hyphen)."""
    if contact.kind != "mail":
        return contact.value
    return contact.value.upper().replace("@", "//").replace("_", "..").replace("-", "./")


def grammar_texts(traveller: Traveller) -> Iterable[tuple[str, str]]:
    yield from (("DOCS", docs(document)) for document in traveller.documents)
    yield from (("DOCO", _doco(visa)) for visa in traveller.visas)
    yield from (("DOCA", _doca(found)) for found in traveller.addresses)
    yield from (("FOID", _foid(shown)) for shown in traveller.identifications)
    yield from (
        ("TKNE", f"{ticket.number}C{coupon}")
        for ticket in traveller.tickets
        for coupon in ticket.coupons
    )
    if traveller.unaccompanied:
        yield "UMNR", "" if traveller.age is None else f"UM{traveller.age}"


def docs(document: Document) -> str:
    """`/P/GBR/123456789/GBR/20SEP12/FI/25OCT17/SURNAME/GIVEN`."""
    sex = document.sex + ("I" if document.infant else "")
    fields = (
        document.kind,
        document.issuer,
        document.number,
        document.nationality,
        _day(document.birth),
        sex,
        _day(document.expiry),
        document.surname,
        document.given,
    )
    return _slashed(fields) + ("/H" if document.primary else "")


def _doco(visa: Visa) -> str:
    fields = (
        visa.birth_place,
        visa.kind,
        visa.number,
        visa.issue_place,
        _day(visa.issued_on),
        visa.country,
    )
    return _slashed(fields) + ("/I" if visa.infant else "")


def _doca(found: Address) -> str:
    return _slashed(
        (found.kind, found.country, found.street, found.city, found.state, found.postcode)
    )


def _foid(shown: Identification) -> str:
    return shown.kind + (f"XXXXXXXXXXXXXX{shown.number}" if shown.kind == "CC" else shown.number)


def _slashed(fields: Iterable[str]) -> str:
    """A slash inside a value would be read as the end of its field."""
    return "".join(f"/{field.replace('/', ' ')}" for field in fields)


def _day(when: date | None) -> str:
    return f"{when:%d%b%y}".upper() if when else ""
