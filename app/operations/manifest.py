"""What a backup says of itself: counts, schema, trail, hashes of its files; and a signature over all that.

A backup is a folder::

    20261129T010203Z-1f0c22ab/
        manifest.json       this
        manifest.note       the SHA-256 of manifest.json, signed by the key that signs the trail
        database/           what pg_dump wrote, in its directory format
        snapshots/          facts snapshots, as they lie in EGATE_SNAPSHOTS

It holds no key: the ids of the keys that open what is sealed in it are named, so that a restore can say which is missing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.formats.signed_note import NoteError, Signer, Verifier, open_note
from app.kernel.errors import SetupError

FORMAT = 1
MANIFEST, NOTE = "manifest.json", "manifest.note"
_TITLE = "egate-backup/1"
_PIECE = 1 << 20


class BackupError(SetupError):
    """A backup cannot be made, read or restored; the text says why."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit trail as it was: its leaves, the newest signed checkpoint ('' where there is none), who signs."""

    size: int
    checkpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``tables``: rows by table, of the dump's own snapshot; ``files``: SHA-256 by path; ``keys``: ids of sealing keys."""

    made_at: datetime
    version: str
    site: str
    schema: str
    postgresql: int
    database_bytes: int
    roles: Sequence[str]
    tables: Mapping[str, int]
    trail: Trail
    keys: Sequence[str]
    files: Mapping[str, str]

    def text(self) -> str:
        """As it is written."""
        said = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(said, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> "Manifest":
        """From :meth:`text`. Raises BackupError."""
        try:
            said: dict[str, Any] = json.loads(text)
            if said.pop("format") != FORMAT:
                raise BackupError("this backup is of a form that this program does not read")
            said["trail"] = Trail(**said["trail"])
            return cls(**{**said, "made_at": datetime.fromisoformat(said["made_at"])})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BackupError(f"{MANIFEST} is no manifest of a backup") from None


def write_manifest(folder: Path, manifest: Manifest, signer: Signer) -> None:
    """Into the folder of a backup that nobody looks at yet."""
    text = manifest.text()
    (folder / MANIFEST).write_text(text, "utf-8")
    (folder / NOTE).write_text(signer.sign(_said(text)), "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself, signed or not. Raises BackupError."""
    return Manifest.read(_text(folder / MANIFEST))


def check_backup(folder: Path, trusted: Sequence[Verifier]) -> Manifest:
    """The manifest of a backup that is whole: signed by a trusted key, each file as it was written, none more.

    Raises BackupError, which names the file.
    """
    text = _text(folder / MANIFEST)
    try:
        signed = open_note(_text(folder / NOTE), *trusted)
    except NoteError as error:
        raise BackupError(
            f"the manifest of the backup is not signed by a key that is trusted: {error}"
        ) from None
    if signed != _said(text):
        raise BackupError(f"{MANIFEST} is not what was signed")
    manifest = Manifest.read(text)
    there = dict(hashes(folder))
    for name in sorted({*manifest.files, *there}):
        if name not in there:
            raise BackupError(f"{name} of the backup is gone")
        if manifest.files.get(name) != there[name]:
            raise BackupError(f"{name} of the backup is not what was written")
    return manifest


def hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Path below the folder and SHA-256 of each file but the manifest's own two."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in {MANIFEST, NOTE}:
            yield name, _hash(path)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _said(text: str) -> str:
    return f"{_TITLE}\nsha256 {hashlib.sha256(text.encode()).hexdigest()}\n"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} cannot be read: {type(error).__name__}") from None
