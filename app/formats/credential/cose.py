"""COSE_Sign1 (RFC 9052) as the credential uses it: ES256 only, two protected headers, nothing unprotected.

The kind of the credential is the external_aad, so that a signature of one kind never verifies as another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from app.formats.credential import cbor
from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import public_key

_ALG, _KID = 1, 4
_ES256 = -7
_HALF = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature stands: the signer's key as its header names it, and the payload."""

    kid: bytes
    payload: bytes


def sign(kind: str, payload: bytes, key: ec.EllipticCurvePrivateKey, kid: bytes) -> bytes:
    """Build the signed message; deterministic (RFC 6979), so the same claims give the same code."""
    protected = cbor.dumps({_ALG: _ES256, _KID: kid})
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(sig_structure(kind, protected, payload), algorithm))
    return cbor.dumps([protected, {}, payload, r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")])


def verify_device(kind: str, message: bytes) -> Signed:
    """Verify a message whose header carries its key itself, as a compressed point.

    Raises CredentialError: cbor_invalid, cose_invalid, alg_forbidden, key_invalid, signature_invalid.
    """
    protected, payload, signature, kid = _parse(message)
    try:
        key = public_key(kid)
    except ValueError:
        raise CredentialError("key_invalid") from None
    _verify(key, signature, sig_structure(kind, protected, payload))
    return Signed(kid, payload)


def verify_authority(
    kind: str, message: bytes, trust: Mapping[bytes, ec.EllipticCurvePublicKey]
) -> Signed:
    """Verify a message signed by one of the trusted keys. Raises as verify_device, key_unknown for key_invalid."""
    protected, payload, signature, kid = _parse(message)
    if kid not in trust:
        raise CredentialError("key_unknown")
    _verify(trust[kid], signature, sig_structure(kind, protected, payload))
    return Signed(kid, payload)


def _parse(message: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    parts = cbor.loads(message)
    if not _is_sign1(parts):
        raise CredentialError("cose_invalid")
    protected, _, payload, signature = parts
    header = cbor.loads(protected)
    if type(header) is not dict or header.keys() != {_ALG, _KID} or type(header[_KID]) is not bytes:
        raise CredentialError("cose_invalid")
    if header[_ALG] != _ES256:
        raise CredentialError("alg_forbidden")
    return protected, payload, signature, header[_KID]


def _is_sign1(parts: Any) -> bool:
    return (
        type(parts) is list
        and [type(part) for part in parts] == [bytes, dict, bytes, bytes]
        and not parts[1]
        and len(parts[3]) == 2 * _HALF
    )


def _verify(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> None:
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise CredentialError("signature_invalid") from None


def sig_structure(kind: str, protected: bytes, payload: bytes) -> bytes:
    """The bytes that are signed (section 4.4)."""
    return cbor.dumps(["Signature1", protected, kind.encode(), payload])
