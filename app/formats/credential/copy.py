"""The signed copy of a declaration of articles that follow (EGU1), for the traveller and for any reader.

It says that a list of articles with this digest was confirmed under this number, from this version of a
declaration, until when it may be imported. It holds no personal data: the list itself is printed beside it, and
whoever has both can tell that neither was changed. A COSE_Sign1 like a receipt, under the same keys.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.formats import base45
from app.formats.credential import cbor, cose
from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import key_id

PREFIX = "EGU1"
MAX_COPY = 600
"""Characters; a copy has some 300."""
LONGEST = 400 * 86400
_EXP, _IAT, _ID, _COPY = 4, 6, 7, -65539
_CTI, _SEQ, _NUMBER, _PACKAGES, _DIGEST = 1, 2, 3, 4, 5
_SHAPE = {_CTI: bytes, _SEQ: int, _NUMBER: str, _PACKAGES: int, _DIGEST: bytes}


@dataclass(frozen=True, slots=True)
class Copy:
    """What the authority confirmed.

    ``id`` (16 bytes) is the confirmation's, ``cti`` the declaration's; ``digest`` SHA-256 over the list as it is
    stored. Times are seconds since 1970.
    """

    id: bytes
    cti: bytes
    seq: int
    number: str
    packages: int
    digest: bytes
    confirmed_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class OpenedCopy:
    """A copy whose signature stands, and the key that made it."""

    copy: Copy
    kid: bytes
    claims: Mapping[int, Any]


def digest_of(canonical: bytes) -> bytes:
    """The digest of a list of articles."""
    return hashlib.sha256(canonical).digest()


def is_copy(text: str) -> bool:
    """Whether a text says that it is one."""
    return text.startswith(f"{PREFIX}:")


def seal_copy(copy: Copy, key: ec.EllipticCurvePrivateKey) -> str:
    """Write EGU1, signed by the authority; the same copy under the same key is the same text."""
    inner = {
        _CTI: copy.cti, _SEQ: copy.seq, _NUMBER: copy.number, _PACKAGES: copy.packages,
        _DIGEST: copy.digest,
    }  # fmt: skip
    claims = {_EXP: copy.expires_at, _IAT: copy.confirmed_at, _ID: copy.id, _COPY: inner}
    _check(claims)
    message = cose.sign(PREFIX, cbor.dumps(claims), key, key_id(key.public_key()))
    return f"{PREFIX}:{base45.encode(message)}"


def open_copy(text: str, trust: Mapping[bytes, ec.EllipticCurvePublicKey]) -> OpenedCopy:
    """Verify a copy against the authority's keys by key id; whether it is over, the caller judges.

    Raises CredentialError: too_large, prefix_unknown, base45_invalid, and what COSE and CBOR refuse.
    """
    if len(text) > MAX_COPY:
        raise CredentialError("too_large")
    if not is_copy(text):
        raise CredentialError("prefix_unknown")
    try:
        message = base45.decode(text.removeprefix(f"{PREFIX}:"))
    except base45.Base45Error:
        raise CredentialError("base45_invalid") from None
    signed = cose.verify_authority(PREFIX, message, trust)
    claims = cbor.loads(signed.payload)
    _check(claims)
    inner = claims[_COPY]
    copy = Copy(
        id=claims[_ID], cti=inner[_CTI], seq=inner[_SEQ], number=inner[_NUMBER],
        packages=inner[_PACKAGES], digest=inner[_DIGEST], confirmed_at=claims[_IAT],
        expires_at=claims[_EXP],
    )  # fmt: skip
    return OpenedCopy(copy, signed.kid, claims)


def _check(claims: Any) -> None:
    """Shape and spans. Raises CredentialError claims_invalid."""
    if not (
        type(claims) is dict
        and claims.keys() == {_EXP, _IAT, _ID, _COPY}
        and type(claims[_EXP]) is int
        and type(claims[_IAT]) is int
        and 0 < claims[_EXP] - claims[_IAT] <= LONGEST
        and type(claims[_ID]) is bytes
        and len(claims[_ID]) == 16
        and _is_inner(claims[_COPY])
    ):
        raise CredentialError("claims_invalid")


def _is_inner(inner: Any) -> bool:
    return (
        type(inner) is dict
        and inner.keys() == _SHAPE.keys()
        and all(type(inner[name]) is kind for name, kind in _SHAPE.items())
        and len(inner[_CTI]) == 16
        and len(inner[_DIGEST]) == 32
        and inner[_SEQ] >= 0
        and inner[_PACKAGES] > 0
        and len(inner[_NUMBER]) <= 40
    )
