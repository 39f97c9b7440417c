"""What a device says of the traveller in front of it: passport lines, code, readings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from app.declarations.registry import questionnaires_by_id
from app.formats import codes, mrz
from app.formats.credential import (
    CredentialError,
    Kind,
    TravelDocument,
    check_arrival,
    document_of,
    matches_document,
    open_credential,
)
from app.formats.values import document_number
from app.gate.case import Chip, DocumentState, Face
from app.travel.identity import name_key
from app.travel.shown import Zone

OFFICIAL = frozenset({"PD", "PO", "PS", "PM"})
UNITED_NATIONS = frozenset({"UNO", "UNA", "UNK"})


@dataclass(frozen=True, slots=True)
class Passport:
    """The machine-readable zone as the gate compares it. ``issuers``: all forms of one state's code."""

    number_key: str
    issuers: tuple[str, ...]
    birth: date | None
    name_key: str | None
    state: DocumentState
    diplomatic: bool
    document: TravelDocument = field(repr=False)
    zone: Zone = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code that stands by itself. ``device_key`` is None for a receipt: it names the number alone.

    ``person`` is whose it is by the names on it, where it holds names. A receipt holds none: its ``binding`` is
    to the passport of the traveller or of a companion, and the database knows whose that is.
    """

    kind: Kind
    cti: bytes
    device_key: bytes | None
    seq: int
    person: int | None = None
    binding: bytes | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One presentation. ``refusal`` is the credential page's code when the code does not stand; ``walker`` the
    registration that a lane names by the face: the same person as at the kiosk, which says nothing new of the passport.
    """

    passport: Passport | None = None
    code: ShownCode | None = None
    refusal: str = ""
    chip: Chip = Chip.NOT_READ
    face: Face = Face.NOT_CHECKED
    healthy: bool = True
    readings: Mapping[str, Any] = field(default_factory=dict)
    walker: UUID | None = None

    def stored(self) -> dict[str, Any]:
        """The readings that stay with the decision."""
        passport = self.passport
        found = {"chip": self.chip, "face": self.face, **self.readings}
        if passport:
            found |= {"document": passport.state, "diplomatic": passport.diplomatic}
        return found


def read_passport(text: str, today: date) -> Passport:
    """The passport's lines. Raises :class:`app.formats.mrz.MrzError` for what is no zone."""
    zone = mrz.parse(text, today)
    state = codes.alpha3(zone.issuer)
    return Passport(
        number_key=document_number(zone.number),
        issuers=tuple(dict.fromkeys(form for form in (state, zone.issuer) if form)),
        birth=zone.birth,
        name_key=name_key(zone.surname, zone.given) or None,
        state=_document_state(zone, today),
        diplomatic=zone.document_code in OFFICIAL or zone.issuer in UNITED_NATIONS,
        document=document_of(zone),
        zone=Zone(
            zone.surname, zone.given, zone.birth, zone.sex,
            codes.alpha3(zone.nationality) or zone.nationality, zone.number,
            state or zone.issuer, zone.expiry, zone.names_truncated,
        ),
    )  # fmt: skip


def _document_state(zone: mrz.Mrz, today: date) -> DocumentState:
    if zone.bad or not zone.number:
        return DocumentState.UNSOUND
    if zone.expiry is not None and zone.expiry < today:
        return DocumentState.EXPIRED
    return DocumentState.VALID


@dataclass(frozen=True, slots=True)
class Keys:
    """The authority's keys by key id: receipts are checked with one kind, sealed declarations opened."""

    trust: Mapping[bytes, ec.EllipticCurvePublicKey]
    decryption: Mapping[bytes, ec.EllipticCurvePrivateKey]


def read_code(
    text: str, keys: Keys, passport: Passport | None, *, now: int, today: date
) -> ShownCode:
    """Open a code. Raises :class:`CredentialError` with the code of the first check that fails."""
    opened = open_credential(
        text,
        now=now,
        trust=keys.trust,
        decryption_keys=keys.decryption,
        questionnaires=questionnaires_by_id().keys(),
    )
    check_arrival(opened, today)
    device_key = None if opened.kind is Kind.RECEIPT else opened.key
    person = matches_document(opened, passport.document) if passport and device_key else None
    binding = opened.receipt.binding if opened.receipt else None
    return ShownCode(opened.kind, opened.cti, device_key, opened.seq, person, binding)


__all__ = [
    "CredentialError",
    "Keys",
    "Passport",
    "Shown",
    "ShownCode",
    "read_code",
    "read_passport",
]
