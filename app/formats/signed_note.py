"""Signed notes and the checkpoints of logs (C2SP signed-note and tlog-checkpoint), Ed25519. Pure.

A note is text that ends in a line break, an empty line, and lines of signatures: an em dash, the signer's name, and base64 of four
bytes that name the key and of the signature over the text. A checkpoint is the note of a log: its origin, the number of leaves, the
root in base64; further lines are ours: the time and the root before.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.formats.merkle import HASH_BYTES

ED25519: Final = b"\x01"
"""The kind of signature, as a key's name holds it."""
LONGEST: Final = 4096
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class NoteError(Exception):
    """A note that is not well formed, or not signed by the key that is trusted."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that may sign: whose, and its public half. As a line: ``name+hash+key``."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def line(self) -> str:
        """What is handed to whoever shall check notes."""
        return f"{self.name}+{self.id.hex()}+{_b64(ED25519 + self.key)}"

    @classmethod
    def read(cls, line: str) -> "Verifier":
        """From :meth:`line`. Raises NoteError."""
        name, _, rest = line.strip().partition("+")
        id_, _, key = rest.partition("+")
        raw = _bytes(key)
        if not name or raw[:1] != ED25519 or len(raw) != 33:
            raise NoteError("this is no key of a signer: name+hash+key is wanted")
        made = cls(name, raw[1:])
        if made.id.hex() != id_:
            raise NoteError("the key is not the one that its name says")
        return made


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and the private key that signs under it."""

    name: str
    key: Ed25519PrivateKey

    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note. Raises ValueError for a text that does not end in a line break."""
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends in a line break")
        signature = self.verifier().id + self.key.sign(text.encode())
        return f"{text}\n— {self.name} {_b64(signature)}\n"


def text_of(note: str) -> str:
    """What a note says, whoever signed it or nobody."""
    return note.rpartition("\n\n")[0] + "\n"


def open_note(note: str, *trusted: Verifier) -> str:
    """The text of a note that one of ``trusted`` has signed. Raises NoteError."""
    text, cut, signatures = note.rpartition("\n\n")
    if not cut or len(note) > LONGEST:
        raise NoteError("this is no signed note")
    text += "\n"
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = _bytes(encoded)
        if dash != "—":
            raise NoteError("a line below the text is no signature")
        for one in trusted:
            if one.name == name and one.id == raw[:4]:
                _check(one, raw[4:], text)
                return text
    raise NoteError("none of the signatures is of a key that is trusted")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: so many leaves, this root, at this time (UTC, whole seconds), after that root."""

    origin: str
    size: int
    root: bytes
    at: datetime
    before: bytes

    def text(self) -> str:
        """What is signed."""
        return (
            f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"
            f"time {self.at.astimezone(UTC).strftime(_TIME)}\nbefore {_b64(self.before)}\n"
        )

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """From :meth:`text`. Raises NoteError."""
        lines = text.splitlines()
        if len(lines) != 5 or not lines[1].isdecimal() or len(lines[1]) > 18:
            raise NoteError("this is no checkpoint: origin, size, root, time and root before")
        origin, size, root, time, before = lines
        found = cls(
            origin, int(size), _bytes(root), _time(time), _bytes(before.removeprefix("before "))
        )
        if found.text() != text or {len(found.root), len(found.before)} != {HASH_BYTES}:
            raise NoteError("a checkpoint has one way to be written")
        return found


def _check(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        raise NoteError("the signature does not fit the text") from None


def _time(line: str) -> datetime:
    try:
        return datetime.strptime(line.removeprefix("time "), _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise NoteError("the time of a checkpoint is not one") from None


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("base64 cannot be read") from None
