"""The text in the QR code: kinds EGD1 (a device's declaration), EGE1 (the same, sealed to the authority)
and EGR1 (the authority's receipt); open, seal, encrypt.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats import base45
from app.formats.credential import cbor, cose, hpke
from app.formats.credential.claims import (
    Declaration,
    Receipt,
    declaration_claims,
    declaration_from,
    receipt_claims,
    receipt_from,
)
from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import key_id, point

MAX_TEXT = 1134
"""Characters: what a QR code of version 22 at level M holds."""

CLOCK_SKEW = 300
LONGEST_VALIDITY = 30 * 86400
_LAST_SECOND = 253402300799  # of the year 9999: calendars downstream end there
_EXP, _IAT, _CTI, _DECLARATION, _RECEIPT = 4, 6, 7, -65537, -65538
_NO_TRUST: Mapping[bytes, ec.EllipticCurvePublicKey] = MappingProxyType({})
_NO_KEYS: Mapping[bytes, ec.EllipticCurvePrivateKey] = MappingProxyType({})


class Kind(StrEnum):
    """The prefix of the text."""

    DECLARATION = "EGD1"
    RECEIPT = "EGR1"
    ENCRYPTED = "EGE1"


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential that stands. Exactly one of `declaration` and `receipt` is there.

    `key` is the signer: a device's 33-byte point, or the authority's 8-byte key id. `cti` is only
    unique within a device key. `digest` is SHA-256 of the signed claims; it tells a repetition from an
    amendment, but never key on it or on the text: a signature (r, n - s) verifies as well.
    """

    kind: Kind
    cti: bytes
    iat: int
    exp: int
    key: bytes
    seq: int
    digest: bytes
    declaration: Declaration | None = field(repr=False)
    receipt: Receipt | None = field(repr=False)
    claims: dict[int, Any] = field(repr=False)


def open_credential(
    text: str,
    *,
    now: int,
    trust: Mapping[bytes, ec.EllipticCurvePublicKey] = _NO_TRUST,
    decryption_keys: Mapping[bytes, ec.EllipticCurvePrivateKey] = _NO_KEYS,
    questionnaires: Collection[int] | None = None,
) -> Opened:
    """Open a credential's text at `now` (seconds since 1970) against the authority's keys by key id.

    Raises CredentialError with the code of the first check that fails, in the order of
    `errors.CODES`; the arrival date is judged apart, by `check_arrival`. `questionnaires` holds
    the known ids; None leaves them unchecked.
    """
    kind, body = _split(text)
    message = body
    if kind is Kind.ENCRYPTED:
        message = hpke.unseal(body, decryption_keys, Kind.ENCRYPTED.encode())
    if kind is Kind.RECEIPT:
        signed = cose.verify_authority(kind, message, trust)
    else:
        signed = cose.verify_device(Kind.DECLARATION, message)
    subject = _RECEIPT if kind is Kind.RECEIPT else _DECLARATION
    claims = _checked_claims(signed.payload, subject, now)
    declaration = declaration_from(claims[_DECLARATION]) if subject == _DECLARATION else None
    receipt = receipt_from(claims[_RECEIPT]) if subject == _RECEIPT else None
    if declaration and questionnaires is not None:
        _check_questionnaire(declaration, questionnaires)
    return Opened(
        kind=kind,
        cti=claims[_CTI],
        iat=claims[_IAT],
        exp=claims[_EXP],
        key=signed.kid,
        seq=(declaration or receipt).seq,  # type: ignore[union-attr]  # one of both is there
        digest=hashlib.sha256(signed.payload).digest(),
        declaration=declaration,
        receipt=receipt,
        claims=claims,
    )


ARRIVES_WITHIN = timedelta(days=3)
"""How far ahead the arrival of a declaration that is shown may be."""


def check_arrival(opened: Opened, today: date, latest: timedelta = ARRIVES_WITHIN) -> None:
    """Judge a declaration by its arrival date, yesterday to ``latest`` ahead at the port of arrival.

    A receipt is judged by its expiry alone. Raises CredentialError wrong_arrival.
    """
    if opened.declaration is None:
        return
    days = opened.declaration.journey.arrival - today
    if not timedelta(days=-1) <= days <= latest:
        raise CredentialError("wrong_arrival")


def seal_declaration(
    declaration: Declaration, *, cti: bytes, iat: int, exp: int, key: ec.EllipticCurvePrivateKey
) -> str:
    """Write EGD1, signed by a device. Raises CredentialError claims_invalid or too_large."""
    claims = _claims(cti, iat, exp, _DECLARATION, declaration_claims(declaration))
    kid = point(key.public_key())
    return _join(Kind.DECLARATION, cose.sign(Kind.DECLARATION, claims, key, kid))


def seal_receipt(
    receipt: Receipt, *, cti: bytes, iat: int, exp: int, key: ec.EllipticCurvePrivateKey
) -> str:
    """Write EGR1, signed by the authority. Raises CredentialError claims_invalid."""
    claims = _claims(cti, iat, exp, _RECEIPT, receipt_claims(receipt))
    kid = key_id(key.public_key())
    return _join(Kind.RECEIPT, cose.sign(Kind.RECEIPT, claims, key, kid))


def encrypt_declaration(text: str, authority: ec.EllipticCurvePublicKey) -> str:
    """Seal an EGD1 text to the authority's encryption key, as EGE1 (HPKE, RFC 9180, base mode).

    Raises CredentialError prefix_unknown, base45_invalid, or too_large (it grows by 134 characters).
    """
    kind, message = _split(text)
    if kind is not Kind.DECLARATION:
        raise CredentialError("prefix_unknown")
    return _join(Kind.ENCRYPTED, hpke.seal(message, authority, Kind.ENCRYPTED.encode()))


def _split(text: str) -> tuple[Kind, bytes]:
    if len(text) > MAX_TEXT:  # before any work
        raise CredentialError("too_large")
    prefix, colon, body = text.partition(":")
    if not colon or prefix not in set(Kind):
        raise CredentialError("prefix_unknown")
    try:
        return Kind(prefix), base45.decode(body)
    except base45.Base45Error:
        raise CredentialError("base45_invalid") from None


def _join(kind: Kind, body: bytes) -> str:
    text = f"{kind}:{base45.encode(body)}"
    if len(text) > MAX_TEXT:
        raise CredentialError("too_large")
    return text


def _claims(cti: bytes, iat: int, exp: int, subject: int, content: Any) -> bytes:
    claims = {_EXP: exp, _IAT: iat, _CTI: cti, subject: content}
    _check_shape(claims, subject)
    _check_span(claims)
    return cbor.dumps(claims)


def _checked_claims(payload: bytes, subject: int, now: int) -> dict[int, Any]:
    claims: dict[int, Any] = cbor.loads(payload)
    _check_shape(claims, subject)
    if now >= claims[_EXP]:
        raise CredentialError("expired")
    # a phone's clock proves nothing, the authority's must agree with ours
    if subject == _RECEIPT and claims[_IAT] > now + CLOCK_SKEW:
        raise CredentialError("not_yet_valid")
    _check_span(claims)
    return claims


def _check_shape(claims: Any, subject: int) -> None:
    if type(claims) is not dict or claims.keys() != {_EXP, _IAT, _CTI, subject}:
        raise CredentialError("claims_invalid")
    times = (claims[_EXP], claims[_IAT])
    if not all(type(time) is int and 0 <= time <= _LAST_SECOND for time in times):
        raise CredentialError("claims_invalid")
    if type(claims[_CTI]) is not bytes or len(claims[_CTI]) != 16:
        raise CredentialError("claims_invalid")


def _check_span(claims: dict[int, Any]) -> None:
    if not 0 < claims[_EXP] - claims[_IAT] <= LONGEST_VALIDITY:
        raise CredentialError("claims_invalid")


def _check_questionnaire(declaration: Declaration, known: Collection[int]) -> None:
    if declaration.questionnaire not in known:
        raise CredentialError("questionnaire_unknown")
