"""Whose credential is it: the binding of a receipt, and the persons of a declaration against a passport."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.formats.credential.claims import Companion, Declaration, Identity
from app.formats.credential.envelope import Opened
from app.formats.mrz import Mrz, transliterate

_GERMANY = ("D", "DEU")


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """What the reader found in the passport; `birth_date` is yyyymmdd, 00 for what it does not say."""

    number: str
    issuer: str
    surname: str
    given: str
    birth_date: int
    names_truncated: bool = False


def document_of(zone: Mrz) -> TravelDocument:
    """A passport's machine-readable zone, as credentials are compared with it."""
    return TravelDocument(
        number=zone.number,
        issuer=zone.issuer,
        surname=zone.surname,
        given=zone.given,
        birth_date=zone.born,
        names_truncated=zone.names_truncated,
    )


def binding(cti: bytes, number: str, issuer: str, birth_date: int) -> bytes:
    """SHA-256 over cti and number|issuer|yyyymmdd, 16 bytes: ties a receipt to a passport without telling it.

    Raises ValueError for what is not ASCII.
    """
    document = f"{number}|{issuer}|{birth_date:08d}".encode("ascii")
    return hashlib.sha256(cti + document).digest()[:16]


def matches_document(opened: Opened, document: TravelDocument) -> int | None:
    """Say which person of the credential the passport belongs to; None = document_mismatch.

    0 is the traveller, by number, issuer and birth date (the name is not compared: people mistype it);
    1..9 a companion, by number (when given), names and birth date. A receipt knows one person: 0.
    """
    if opened.declaration is not None:
        return _person(opened.declaration, document)
    if opened.receipt is not None and _is_bound(opened.cti, opened.receipt.binding, document):
        return 0
    return None


def bound_elsewhere(opened: Opened, document: TravelDocument, issuers: Iterable[str]) -> bool:
    """Whether a companion's own receipt is bound to a passport's number and date of birth under another state.

    A form names no issuer for companions, so their receipts take the traveller's, which a reader of the companion's
    passport cannot know: one of ``issuers`` it was. Never of the receipt of somebody who travels alone.
    """
    receipt = opened.receipt
    if receipt is None or receipt.party_size < 2:
        return False
    return any(
        _is_bound(opened.cti, receipt.binding, replace(document, issuer=one)) for one in issuers
    )


def _person(declaration: Declaration, document: TravelDocument) -> int | None:
    if _is_traveller(declaration.identity, document):
        return 0
    for index, companion in enumerate(declaration.companions, start=1):
        if _is_companion(companion, document):
            return index
    return None


def _is_traveller(identity: Identity, document: TravelDocument) -> bool:
    return (
        _number(identity.document_number) == _number(document.number)
        and document.issuer in _issuer_forms(identity.issuer)
        and identity.birth_date == document.birth_date
    )


def _is_companion(companion: Companion, document: TravelDocument) -> bool:
    if companion.document_number is not None and (
        _number(companion.document_number) != _number(document.number)
    ):
        return False
    return companion.birth_date == document.birth_date and _same_names(companion, document)


def _same_names(companion: Companion, document: TravelDocument) -> bool:
    declared = _letters(companion.surname), _letters(companion.given)
    read = _letters(document.surname), _letters(document.given)
    if not any(read):
        return False  # nothing read proves nothing
    if document.names_truncated:
        return "".join(declared).startswith("".join(read))
    return declared == read


def _is_bound(cti: bytes, expected: bytes, document: TravelDocument) -> bool:
    if not document.number.isascii():
        return False
    return any(
        hmac.compare_digest(binding(cti, document.number, issuer, document.birth_date), expected)
        for issuer in _issuer_forms(document.issuer)
    )


def _issuer_forms(issuer: str) -> tuple[str, ...]:
    """German passports print D where all others print three letters; people and forms write DEU."""
    return _GERMANY if issuer in _GERMANY else (issuer,)


def _number(number: str) -> str:
    return number.upper().replace(" ", "").replace("-", "").rstrip("<")


def _letters(name: str) -> str:
    return transliterate(name).replace(" ", "")
