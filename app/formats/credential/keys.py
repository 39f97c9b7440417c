"""Keys of credentials: points, key ids, and the key ring that a verifier holds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_LENGTH = 33
KEY_ID_LENGTH = 8


class KeyRingError(ValueError):
    """A file of keys has not the expected shape; never says what it holds."""

    code = "keys_invalid"

    def __init__(self) -> None:
        super().__init__(self.code)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Authority keys that receipts are trusted from, and private keys that sealed declarations open with."""

    trust: Mapping[bytes, ec.EllipticCurvePublicKey] = field(default_factory=dict)
    decryption: Mapping[bytes, ec.EllipticCurvePrivateKey] = field(default_factory=dict, repr=False)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The key as a compressed point, 33 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """The first eight bytes of SHA-256 over the compressed point."""
    return hashlib.sha256(point(key)).digest()[:KEY_ID_LENGTH]


def public_key(data: bytes) -> ec.EllipticCurvePublicKey:
    """Read a compressed point of P-256. Raises ValueError for any other length or a point off the curve."""
    if len(data) != POINT_LENGTH:
        raise ValueError("not a compressed P-256 point")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, data)


def read_key_ring(keys: Mapping[str, Any]) -> KeyRing:
    """Read a ring from JSON: `authority` {key id: point} and `encryption_private_scalar`, all in hex.

    Both may be absent. Raises KeyRingError.
    """
    try:
        trust = {
            bytes.fromhex(name): public_key(bytes.fromhex(value))
            for name, value in keys.get("authority", {}).items()
        }
        scalar = keys.get("encryption_private_scalar")
        private = None if scalar is None else ec.derive_private_key(int(scalar, 16), CURVE)
    except (AttributeError, TypeError, ValueError):
        raise KeyRingError from None
    return KeyRing(trust, {} if private is None else {key_id(private.public_key()): private})
