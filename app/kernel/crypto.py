"""Secrets of the service: sealing at rest, keyed pseudonyms, tokens.

What is kept is sealed or hashed under the keys of the ring (:mod:`app.kernel.keyring`), a kind for each purpose;
the rest derives from the master secret (32 bytes, ``EGATE_SECRET``). Of every secret keys are made by HKDF with
a label each, so that no key serves two purposes. What stands in the database names its key.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kernel.keyring import ID_BYTES, NO_RING, KeyKind, Ring, RingKey

TOKEN_BYTES = 24
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 letters, none taken for another
_NAMED = (
    b"\x01"  # in front of a key's id; what was sealed before keys had ids begins with its nonce
)
_HEAD = len(_NAMED) + ID_BYTES
_NONCE = 12
_PSEUDONYM = 16


class SealError(Exception):
    """Sealed data does not open: another secret, or it was altered."""


class Vault:
    """Derives the keys of the service from its master secret and its ring."""

    def __init__(self, secret: bytes, ring: Ring = NO_RING) -> None:
        if len(secret) < 32:
            raise ValueError("the master secret needs 32 bytes")
        self._secret = secret
        self.ring = ring.completed(secret)
        self._derived: dict[tuple[bytes, str], bytes] = {}
        keys = self.ring.of(KeyKind.SEAL)
        self._sealing = {one.id: AESGCM(_derived(one.secret, "seal", 32)) for one in keys}
        self._seals_with = keys[0].id
        self._originals = [one.id for one in keys if one.original]
        self._live = {kind: [(one, one.id) for one in self.ring.of(kind)] for kind in KeyKind}

    def derive(self, label: str, length: int = 32) -> bytes:
        """A key for one purpose, of the master secret."""
        return _derived(self._secret, label, length)

    def _key(self, secret: bytes, label: str) -> bytes:
        """A derived key, once per label: a flight's people take a thousand pseudonyms."""
        found = self._derived.get((secret, label))
        if found is None:
            found = self._derived[secret, label] = _derived(secret, label, 32)
        return found

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """AES-256-GCM under the current key: 0x01, key id, random nonce, text and tag.

        ``context`` must be the same to open.
        """
        nonce = os.urandom(_NONCE)
        sealed = self._sealing[self._seals_with].encrypt(nonce, plain, context)
        return _NAMED + self._seals_with + nonce + sealed

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plain text, under whichever key of the ring. Raises :class:`SealError`."""
        named = self.sealed_under(sealed)
        if named is not None:
            try:
                return _opened(self._sealing[named], sealed[_HEAD:], context)
            except SealError:
                pass  # a nonce may begin like a key's id, once in 2**40
        for key in self._originals:
            try:
                return _opened(self._sealing[key], sealed, context)
            except SealError:
                continue
        raise SealError

    def sealed_under(self, sealed: bytes) -> bytes | None:
        """The id of the key, if the ring has it; None also for what was sealed before keys had ids."""
        named = bytes(sealed[len(_NAMED) : _HEAD])
        return named if sealed[:1] == _NAMED and named in self._sealing else None

    @property
    def seal_mark(self) -> bytes:
        """How everything begins that is sealed under the current key."""
        return _NAMED + self._seals_with

    def pseudonym(self, kind: str, value: str) -> bytes:
        """A keyed 16-byte stand-in for a value: equal for equal values, meaningless without the key.

        It begins with its key's id, but under an original key. ``kind`` says which key of the ring it is of
        (documents and persons, cards, links); all other kinds are of the master secret.
        """
        of = _ring_kind(kind)
        if of is None:
            return self._mac(self._secret, kind, value)
        return self._pseudonym(*self._live[of][0], kind, value)

    def pseudonyms(self, kind: str, value: str) -> frozenset[bytes]:
        """A value's pseudonyms under every key of its kind: what is stored and asked for while keys change."""
        of = _ring_kind(kind)
        if of is None:
            return frozenset({self._mac(self._secret, kind, value)})
        return frozenset(self._pseudonym(*one, kind, value) for one in self._live[of])

    def _pseudonym(self, key: RingKey, identifier: bytes, kind: str, value: str) -> bytes:
        mac = self._mac(key.secret, kind, value)
        return mac if key.original else identifier + mac[: _PSEUDONYM - ID_BYTES]

    def _mac(self, secret: bytes, kind: str, value: str) -> bytes:
        key = self._key(secret, "pseudonym/" + kind)
        return hmac.digest(key, value.encode(), "sha256")[:_PSEUDONYM]

    def epoch(self, kind: KeyKind, pseudonym: bytes) -> bytes | None:
        """The id of the key that a pseudonym is of; None: of an original key, or of one that is gone."""
        named = bytes(pseudonym[:ID_BYTES])
        known = {identifier for one, identifier in self._live[kind] if not one.original}
        return named if named in known else None

    def current_first(self, kind: KeyKind, pseudonyms: Iterable[bytes]) -> list[bytes]:
        """In the order in which keys are to be relied on, those of the current key first."""
        key, identifier = self._live[kind][0]
        wanted = None if key.original else identifier
        return sorted(pseudonyms, key=lambda one: (self.epoch(kind, one) != wanted, one))

    def comparable(
        self, kind: KeyKind, mine: Iterable[bytes], stored: Iterable[bytes]
    ) -> frozenset[bytes]:
        """Those of mine whose key some of the stored pseudonyms are of too: only these say who is who."""
        epochs = {self.epoch(kind, one) for one in stored}
        return frozenset(one for one in mine if self.epoch(kind, one) in epochs)

    def unit(self, label: str, value: str) -> float:
        """A number in [0, 1) that is stable for ``value`` and unpredictable without the key."""
        digest = hmac.digest(self._key(self._secret, "unit/" + label), value.encode(), "sha256")
        return int.from_bytes(digest[:6]) / 2**48


def _ring_kind(kind: str) -> KeyKind | None:
    if kind in ("document", "person"):
        return KeyKind.PEOPLE
    if kind == "card":
        return KeyKind.CARD
    return KeyKind.LINK if kind.startswith("link/") else None


def _derived(secret: bytes, label: str, length: int) -> bytes:
    info = b"egate/" + label.encode()
    return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)


def _opened(key: AESGCM, sealed: bytes, context: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except (InvalidTag, ValueError) as error:
        raise SealError from error


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
