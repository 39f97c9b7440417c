"""Sealed to one key by whoever knows its public half: HPKE, RFC 9180, base mode, P-256, HKDF-SHA256, AES-128-GCM."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.formats.credential.errors import CredentialError
from app.formats.credential.keys import KEY_ID_LENGTH, key_id

_HPKE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def seal(message: bytes, key: ec.EllipticCurvePublicKey, purpose: bytes) -> bytes:
    """The key's id and the sealed message, 89 bytes longer. ``purpose`` must be the same to open."""
    kid = key_id(key)
    return kid + _HPKE.encrypt(message, key, purpose + kid)


def unseal(body: bytes, keys: Mapping[bytes, ec.EllipticCurvePrivateKey], purpose: bytes) -> bytes:
    """The message. Raises CredentialError key_unknown or decrypt_failed."""
    kid, sealed = body[:KEY_ID_LENGTH], body[KEY_ID_LENGTH:]
    if kid not in keys:
        raise CredentialError("key_unknown")
    try:
        return _HPKE.decrypt(sealed, keys[kid], purpose + kid)
    except (InvalidTag, ValueError):
        raise CredentialError("decrypt_failed") from None
