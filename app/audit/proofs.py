"""That an entry stands in the trail, for whoever does not have the trail: entry, path, signed checkpoint. Checked without a database."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf
from app.audit.sealing import ENTRY_COLUMNS, leaf_of, newest, subtrees
from app.formats.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from app.formats.signed_note import Checkpoint, NoteError, Verifier, open_note
from app.kernel.errors import EgateError, NotFoundError


class NotSealedError(EgateError):
    """The entry has no place yet; within seconds it will."""

    code, status, title = "audit-not-sealed", 409, "This entry is not sealed yet"


class ProofError(Exception):
    """A proof that does not prove, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry as it was hashed, its place among ``size`` leaves, the path, and the note that signs the root."""

    entry: str
    position: int
    path: tuple[bytes, ...]
    note: str

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        path = [base64.b64encode(one).decode() for one in self.path]
        return {
            "entry": self.entry, "position": self.position, "path": path, "checkpoint": self.note,
        }  # fmt: skip

    @classmethod
    def read(cls, said: Any) -> Self:
        """From :meth:`wire`. Raises ProofError."""
        try:
            path = tuple(base64.b64decode(one, validate=True) for one in said["path"])
            entry, note = str(said["entry"]), str(said["checkpoint"])
            return cls(entry, int(said["position"]), path, note)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise ProofError(
                "this is no proof: entry, position, path and checkpoint are wanted"
            ) from None

    def check(self, trusted: Sequence[Verifier]) -> Checkpoint:
        """The checkpoint under which the entry stands. Raises ProofError."""
        try:
            signed = Checkpoint.read(open_note(self.note, *trusted))
        except NoteError as error:
            raise ProofError(str(error)) from None
        leaf = leaf_hash(self.entry.encode("utf-8", "surrogatepass"))
        if not verify_inclusion(leaf, self.position, signed.size, self.path, signed.root):
            raise ProofError("the entry does not stand under the signed root")
        return signed


def prove(session: Session, entry_id: UUID) -> Proof:
    """The proof of an entry under the newest checkpoint. Raises NotFoundError, NotSealedError."""
    query = (
        sa.select(*ENTRY_COLUMNS, AuditLeaf.position)
        .outerjoin(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(AuditEntry.id == entry_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError
    last = newest(session)
    if row.position is None or last is None:
        raise NotSealedError
    path = inclusion_proof(subtrees(session, last.size), row.position, last.size)
    return Proof(leaf_of(row._mapping).decode(), row.position, tuple(path), last.note)  # noqa: SLF001  # the mapping of a row has no other name


def goes_on(session: Session, note: str, trusted: Sequence[Verifier]) -> Checkpoint:
    """The newest checkpoint, once it is shown that it goes on from an exported one. Raises ProofError."""
    last = newest(session)
    try:
        old = Checkpoint.read(open_note(note, *trusted))
        new = Checkpoint.read(open_note(last.note, *trusted)) if last else None
        if new is None or old.size > new.size:
            raise ProofError("the trail ends before this checkpoint: its end was taken away")
        proof = consistency_proof(subtrees(session, new.size), old.size, new.size)
    except (NoteError, ValueError) as error:
        raise ProofError(str(error)) from None
    if not verify_consistency(old.size, new.size, old.root, new.root, proof):
        raise ProofError("the trail does not go on from this checkpoint: it was written anew")
    return new


def notes(session: Session, after: int = 0) -> list[str]:
    """All signed checkpoints of more than ``after`` leaves, oldest first: what is exported."""
    query = sa.select(AuditCheckpoint.note).where(AuditCheckpoint.size > after)
    return list(session.scalars(query.order_by(AuditCheckpoint.size)))
