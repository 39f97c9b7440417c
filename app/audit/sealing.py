"""Sealing the trail: what was committed since the last time becomes leaves of a Merkle tree, and its root is signed.

An entry gets its place when it is sealed, not when it is written: writers wait for nobody. Found is what the snapshot of the last
sealing did not show (as with events, app/kernel/events.py), so nothing is passed over that was still uncommitted then. After a
database was restored or promoted (another epoch) everything without a leaf is looked for.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.audit.models import AuditCheckpoint, AuditEntry, AuditNode
from app.formats.merkle import EMPTY, Frontier, Node, leaf_hash
from app.formats.signed_note import Checkpoint, Signer
from app.kernel.crypto import Vault
from app.kernel.db import Database

BATCH: Final = 10_000
LEVEL_BITS: Final = 8
"""A level of kept nodes holds 256 of the one below each."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_LOCK = sa.text("select pg_advisory_xact_lock(hashtext('audit-seal'))")
_NOW = sa.text(
    "select (select value from setting where key = 'epoch'), pg_current_snapshot()::text"
)
_UNSEALED = (
    "select id, at, actor_kind, actor_id, action, subject_kind, subject_id, detail from audit_entry e"
    " where {since} not exists (select from audit_leaf l where l.entry_id = e.id)"
    " order by id limit :limit"
)
_SINCE = (
    "tx >= pg_snapshot_xmin(cast(:seen as pg_snapshot))"
    " and not pg_visible_in_snapshot(tx, cast(:seen as pg_snapshot)) and"
)
_LEAVES = sa.text(
    "insert into audit_leaf (position, entry_id, hash)"
    " select :first + one.at - 1, one.id, one.hash"
    " from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[])) with ordinality as one(id, hash, at)"
)


def signer(session: Session, vault: Vault) -> Signer:
    """Who signs the checkpoints of this installation: a name that stays, a key of the master secret."""
    name = session.execute(sa.text("select value from setting where key = 'audit-origin'"))
    return signer_named(name.scalar_one(), vault)


def signer_named(name: str, vault: Vault) -> Signer:
    """The signer of the installation of that name, without its database."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(vault.derive("audit/checkpoint")))


def seal(session: Session, vault: Vault, now: datetime, *, limit: int = BATCH) -> int:
    """Seal up to ``limit`` entries and sign the new state; the number of entries. One at a time in the whole service."""
    session.execute(_LOCK)
    last = newest(session)
    epoch, snapshot = session.execute(_NOW).one()
    rows = _unsealed(session, last.seen if last else "", epoch, limit)
    if not rows:
        return 0
    frontier = Frontier.read(last.size, last.peaks) if last else Frontier()
    before = frontier.root() if last else EMPTY
    hashes = [leaf_hash(leaf_of(row._mapping)) for row in rows]  # noqa: SLF001  # the mapping of a row has no other name
    first = frontier.size
    _store(session, first, [row.id for row in rows], hashes, frontier.extend(hashes))
    who = signer(session, vault)
    at = now.astimezone(UTC).replace(microsecond=0)
    note = who.sign(Checkpoint(who.name, frontier.size, frontier.root(), at, before).text())
    seen = f"{epoch}:{snapshot}" if len(rows) < limit else ""
    session.add(
        AuditCheckpoint(size=frontier.size, at=at, note=note, peaks=frontier.written(), seen=seen)
    )
    session.flush()
    return len(rows)


def seal_all(database: Database, vault: Vault, now: datetime) -> None:
    """Everything that waits, batch by batch."""
    while True:
        with database.transaction() as session:
            if seal(session, vault, now) < BATCH:
                return


def newest(session: Session) -> AuditCheckpoint | None:
    """The last checkpoint."""
    query = sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)
    return session.scalars(query).one_or_none()


def leaf_of(entry: sa.RowMapping) -> bytes:
    """An entry as it is hashed: JSON with sorted keys and no blanks, UTF-8; times in UTC to the microsecond."""
    said = {
        "id": str(entry["id"]),
        "at": entry["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": entry["actor_kind"],
        "actor_id": _text(entry["actor_id"]),
        "action": entry["action"],
        "subject_kind": entry["subject_kind"],
        "subject_id": _text(entry["subject_id"]),
        "detail": entry["detail"],
    }
    return _ENCODER.encode(said).encode()


def subtrees(session: Session, size: int) -> "Subtrees":
    """The hashes of the tree of ``size`` leaves, for proofs."""
    return Subtrees(session, size)


class Subtrees:
    """Hashes over ranges of leaves, of kept nodes where there are any: at most 256 rows for each range."""

    def __init__(self, session: Session, size: int) -> None:
        self._session, self._size = session, size

    def __call__(self, start: int, end: int) -> bytes:
        """The hash over the leaves from ``start`` to ``end`` (without it). Raises ValueError where leaves are missing."""
        frontier = Frontier()
        for level, first, last in _whole(start, end):
            frontier = _appended(frontier, self._hashes(level, first, last), level)
        if frontier.size != end - start:
            raise ValueError("the tree has fewer leaves than it should")
        return frontier.root()

    def _hashes(self, level: int, first: int, last: int) -> Sequence[bytes]:
        query = (
            "select hash from audit_node where level = :level and number >= :first and number < :last order by number"
            if level
            else "select hash from audit_leaf where position >= :first and position < :last order by position"
        )
        found = self._session.scalars(
            sa.text(query),
            {"level": level, "first": first, "last": last}
            if level
            else {"first": first, "last": last},
        )
        return [bytes(one) for one in found]


def _whole(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """``start`` to ``end`` as runs of nodes, the largest first: (level, first, last). ``start`` is where a subtree begins."""
    level = 0
    while (end - start) >> LEVEL_BITS * (level + 1):
        level += 1
    for at in range(level, -1, -1):
        width = LEVEL_BITS * at
        first, last = start >> width, end >> width
        if last > first:
            yield at, first, last
            start = last << width


def _appended(frontier: Frontier, hashes: Sequence[bytes], level: int) -> Frontier:
    """Nodes of a level behind what is there, whose size is a multiple of theirs."""
    scale = LEVEL_BITS * level
    scaled = Frontier(frontier.size >> scale, list(frontier.peaks))
    scaled.extend(hashes)
    return Frontier(scaled.size << scale, scaled.peaks)


def _unsealed(session: Session, seen: str, epoch: str, limit: int) -> Sequence[sa.Row[Any]]:
    known, _, snapshot = seen.partition(":")
    if known == epoch:
        query = sa.text(_UNSEALED.format(since=_SINCE))
        return session.execute(query, {"seen": snapshot, "limit": limit}).all()
    return session.execute(sa.text(_UNSEALED.format(since="")), {"limit": limit}).all()


def _store(
    session: Session, first: int, ids: Sequence[UUID], hashes: Sequence[bytes], nodes: Sequence[Node]
) -> None:  # fmt: skip
    session.execute(_LEAVES, {"first": first, "ids": list(ids), "hashes": list(hashes)})
    kept = [
        {"level": node.height // LEVEL_BITS, "number": node.number, "hash": node.hash}
        for node in nodes
        if node.height % LEVEL_BITS == 0
    ]
    if kept:
        session.execute(sa.insert(AuditNode), kept)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


ENTRY_COLUMNS: Final = (
    AuditEntry.id, AuditEntry.at, AuditEntry.actor_kind, AuditEntry.actor_id, AuditEntry.action,
    AuditEntry.subject_kind, AuditEntry.subject_id, AuditEntry.detail,
)  # fmt: skip
"""What of an entry is hashed."""
