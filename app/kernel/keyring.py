"""The ring: the keys that seal and that make pseudonyms, each kind with an id and a life of its own.

A kind that was never changed has one key, the *original* one: the master secret. Every change adds a key, which
first *waits* (all processes learn to read what it makes), then is *current* while those before stay *former*,
read until nothing stands under them. The ring is a file of JSON that only its owner may write or others read::

    {"keys": [{"kind": "seal", "id": "1f0c22ab", "secret": "…", "made": "2026-11-28T21:00:00+00:00",
               "state": "current", "original": false}]}
"""

import base64
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kernel.errors import SetupError

ID_BYTES = 4
_SECRET_BYTES = 32


class KeyKind(StrEnum):
    """What a key of the ring is for; no key serves two."""

    SEAL = "seal"
    """Sealing at rest: transmissions, answers, pictures, private keys, officers' and travellers' words."""
    PEOPLE = "people"
    """Pseudonyms of documents and of names with birth dates."""
    CARD = "card"
    """Fingerprints of payment cards."""
    LINK = "link"
    """Pseudonyms of what bookings share: telephone, mail, card, address, office."""


class KeyState(StrEnum):
    """Where a key of the ring is in its life. All three read; the current one writes."""

    WAITING = "waiting"
    CURRENT = "current"
    FORMER = "former"


@dataclass(frozen=True, slots=True, repr=False)
class RingKey:
    """One key. ``secret``: the bytes that its purposes' keys are derived from; never shown, so there is no repr."""

    kind: KeyKind
    secret: bytes
    state: KeyState
    made: datetime | None = None
    original: bool = False

    @property
    def id(self) -> bytes:
        """Four bytes that name the key and tell nothing of it."""
        info = b"egate/key-id/" + self.kind.encode()
        return HKDF(hashes.SHA256(), ID_BYTES, salt=None, info=info).derive(self.secret)


class Ring:
    """The keys by kind; immutable. Raises ValueError for a ring in which a kind has not one current key."""

    def __init__(self, keys: Iterable[RingKey]) -> None:
        self.keys = tuple(keys)
        for kind in {key.kind for key in self.keys}:
            mine = self.of(kind)
            if [one.state for one in mine].count(KeyState.CURRENT) != 1:
                raise ValueError(f"the kind {kind} has not one current key")
            if len({one.id for one in mine}) != len(mine):
                raise ValueError(f"the kind {kind} has a key twice")

    def of(self, kind: KeyKind) -> tuple[RingKey, ...]:
        """The keys of a kind, the current one first."""
        mine = [key for key in self.keys if key.kind is kind]
        return tuple(sorted(mine, key=lambda key: key.state is not KeyState.CURRENT))

    def completed(self, master: bytes) -> "Ring":
        """With the master secret as the original key of each kind that has none here."""
        missing = [
            RingKey(kind, master, KeyState.CURRENT, original=True)
            for kind in KeyKind
            if not self.of(kind)
        ]
        return Ring([*self.keys, *missing])

    def with_key(self, kind: KeyKind, secret: bytes, made: datetime) -> "Ring":
        """With a new key that waits. Raises SetupError where one waits already."""
        if any(key.state is KeyState.WAITING for key in self.of(kind)):
            raise SetupError(f"a key of the kind {kind} waits already: egate keys use {kind}")
        return Ring([*self.keys, RingKey(kind, secret, KeyState.WAITING, made)])

    def using(self, kind: KeyKind) -> "Ring":
        """With the waiting key as the current one. Raises SetupError where none waits."""
        if not any(key.state is KeyState.WAITING for key in self.of(kind)):
            raise SetupError(f"no key of the kind {kind} waits: egate keys rotate {kind}")
        turns = {KeyState.WAITING: KeyState.CURRENT, KeyState.CURRENT: KeyState.FORMER}
        return Ring(
            replace(key, state=turns.get(key.state, key.state)) if key.kind is kind else key
            for key in self.keys
        )

    def without(self, kind: KeyKind, identifier: bytes) -> "Ring":
        """Without a key that is not the current one. Raises SetupError."""
        found = [key for key in self.of(kind) if key.id == identifier]
        if not found:
            raise SetupError("there is no key of this id")
        if found[0].state is KeyState.CURRENT:
            raise SetupError("the current key is needed")
        return Ring(key for key in self.keys if key is not found[0])


NO_RING = Ring(())


def read_ring(path: Path) -> Ring:
    """The ring of a file; an empty one where there is no file. Raises SetupError, which shows nothing of it."""
    if not path.exists():
        return NO_RING
    try:
        return Ring(_read(one) for one in json.loads(read_secret_file(path))["keys"])
    except (ValueError, KeyError, TypeError):
        raise SetupError(f"{path} is no ring of keys") from None


def write_ring(path: Path, ring: Ring) -> None:
    """Replace the file at one stroke, readable by its owner alone, on the disk when this returns."""
    text = json.dumps({"keys": [_written(key) for key in ring.keys]}, indent=1)
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)


def read_secret_file(path: Path) -> str:
    """The text of a file that holds a secret. Raises SetupError where anybody may read it."""
    try:
        with path.open(encoding="utf-8") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH):
                raise SetupError(f"{path} holds a secret and anybody may read it: chmod o= {path}")
            return handle.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {type(error).__name__}") from None


def _read(told: dict[str, Any]) -> RingKey:
    key = RingKey(
        KeyKind(told["kind"]),
        base64.b64decode(told["secret"], altchars=b"-_", validate=True),
        KeyState(told["state"]),
        datetime.fromisoformat(told["made"]) if told["made"] else None,
        told["original"] is True,
    )
    if len(key.secret) < _SECRET_BYTES or key.id.hex() != told["id"]:
        raise ValueError
    return key


def _written(key: RingKey) -> dict[str, Any]:
    return {
        "kind": key.kind,
        "id": key.id.hex(),
        "secret": base64.urlsafe_b64encode(key.secret).decode(),
        "made": key.made.isoformat(timespec="seconds") if key.made else None,
        "state": key.state,
        "original": key.original,
    }
