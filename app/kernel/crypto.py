"""Secrets of the service: sealing at rest, keyed pseudonyms, tokens.

Everything derives from one master secret (32 bytes, ``EGATE_SECRET``) by HKDF with a label each, so that
no key serves two purposes.
"""

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_BYTES = 24
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 letters, none taken for another


class SealError(Exception):
    """Sealed data does not open: another secret, or it was altered."""


class Vault:
    """Derives the keys of the service from its master secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the master secret needs 32 bytes")
        self._secret = secret
        self._derived: dict[str, bytes] = {}
        self._aead = AESGCM(self.derive("seal"))

    def derive(self, label: str, length: int = 32) -> bytes:
        """A key for one purpose."""
        info = b"egate/" + label.encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(self._secret)

    def _key(self, label: str) -> bytes:
        """:meth:`derive`, once per label: a flight's people take a thousand pseudonyms."""
        if label not in self._derived:
            self._derived[label] = self.derive(label)
        return self._derived[label]

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """AES-256-GCM with a random nonce in front; ``context`` must be the same to open."""
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plain text. Raises :class:`SealError`."""
        try:
            return self._aead.decrypt(sealed[:12], sealed[12:], context)
        except (InvalidTag, ValueError) as error:
            raise SealError from error

    def pseudonym(self, kind: str, value: str) -> bytes:
        """A keyed 16-byte stand-in for a value: equal for equal values, meaningless without the key."""
        return hmac.digest(self._key("pseudonym/" + kind), value.encode(), "sha256")[:16]

    def unit(self, label: str, value: str) -> float:
        """A number in [0, 1) that is stable for ``value`` and unpredictable without the key."""
        digest = hmac.digest(self._key("unit/" + label), value.encode(), "sha256")
        return int.from_bytes(digest[:6]) / 2**48


def new_token() -> str:
    """An unguessable token of 192 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """An unguessable code of 130 bits that a person can copy: groups of letters and digits."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(26))
    return "-".join(letters[i : i + 5] for i in range(0, 26, 5))


def token_hash(token: str) -> bytes:
    """What is stored of a token. Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def decode_secret(text: str) -> bytes:
    """The master secret from its base64url form. Raises ValueError, also for foreign characters."""
    text = text.strip()
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
