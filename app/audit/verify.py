"""Whether the trail is as it was sealed, and if not, where it is not.

Each leaf is hashed anew from its entry; the tree is built anew over the leaves and has to come to the root of every signed checkpoint.
Whoever can write to the database can alter entries, leaves and nodes, but cannot sign: what does not fit lies between two checkpoints.
Checkpoints that were exported before are the witness against whoever takes the end of the trail away, checkpoints and all.

Entries past their clock may be gone (:mod:`app.audit.forgetting`): where a sealed entry of the system says so, and the signature that
they stood under was five years old when that entry was signed; what time the entry itself bears counts for nothing. Their leaves
stay, and with them every root.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.forgetting import FORGOTTEN
from app.audit.log import ActorKind
from app.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditNode
from app.audit.sealing import ENTRY_COLUMNS, LEVEL_BITS, leaf_of
from app.formats.merkle import EMPTY, Frontier, Node, leaf_hash
from app.formats.signed_note import Checkpoint, NoteError, Verifier, open_note
from app.retention.profile import AUDIT_FLOOR

PAGE: Final = 5_000
LATE: Final = timedelta(hours=1)
"""So long after it was written an entry has its leaf."""


class Fault(StrEnum):
    """What can be wrong with a range of the trail."""

    ALTERED = "altered"
    REMOVED = "removed"
    LEAF_MISSING = "leaf-missing"
    ROOT_DIFFERS = "root-differs"
    CHECKPOINT_INVALID = "checkpoint-invalid"
    CUT_OFF = "cut-off"
    HISTORY_DIFFERS = "history-differs"
    UNSEALED = "unsealed"
    UNSIGNED = "unsigned"
    BACKDATED = "backdated"
    AHEAD = "ahead"
    NO_ANNOUNCEMENT = "no-announcement"
    NODE_DIFFERS = "node-differs"


SAID: Final = {
    Fault.ALTERED: "entries are not what was sealed",
    Fault.REMOVED: "entries that were sealed are gone",
    Fault.LEAF_MISSING: "places of the tree are gone",
    Fault.ROOT_DIFFERS: "the leaves do not come to the signed root: they were altered, moved or added",
    Fault.CHECKPOINT_INVALID: "a checkpoint is not signed by a trusted key, or does not follow the one before",
    Fault.CUT_OFF: "the trail ends before a checkpoint that was signed",
    Fault.HISTORY_DIFFERS: "the trail is not the one of an exported checkpoint",
    Fault.UNSEALED: "entries have no place in the tree though they are old",
    Fault.UNSIGNED: "places of the tree are under no signature",
    Fault.BACKDATED: "entries bear a time long before the signature that they came behind",
    Fault.AHEAD: "entries bear a time long behind the signature that they stand under",
    Fault.NO_ANNOUNCEMENT: "an entry says that others have left the trail, and cannot be what says so",
    Fault.NODE_DIFFERS: "a kept node is not the one of the leaves below it: proofs that use it fail",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Places ``first`` to ``last`` of the tree (0 is the oldest); ids and times of what is there still, oldest and newest."""

    fault: Fault
    first: int
    last: int
    entries: tuple[UUID, ...] = ()
    at: tuple[datetime, ...] = ()

    def wire(self) -> dict[str, Any]:
        """As JSON: ids and places, nothing else."""
        return {
            "fault": str(self.fault),
            "says": SAID[self.fault],
            "first": self.first,
            "last": self.last,
            "entries": [str(one) for one in self.entries],
            "at": [one.isoformat() for one in self.at],
        }


@dataclass(slots=True)
class Report:
    """What was looked at and what was found."""

    entries: int = 0
    checkpoints: int = 0
    forgotten: int = 0
    """Entries that have left the trail in their time."""
    waiting: int = 0
    """Entries that are too young to be missed in the tree."""
    size: int = 0
    root: bytes = EMPTY
    faults: list[Range] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Seen:
    position: int
    fault: Fault
    entry_id: UUID
    at: datetime | None


def verify(
    session: Session, trusted: Sequence[Verifier], now: datetime, *, exported: Iterable[str] = ()
) -> Report:
    """Go over the whole trail, of one snapshot. ``exported``: notes that were kept elsewhere. Raises NoteError for one of another log."""
    walk = _Walk(
        Report(), list(session.scalars(sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size)))
    )
    walk.open_notes(trusted)
    witnesses = walk.witnesses(exported, trusted)
    walk.nodes = {
        (one.level, one.number): bytes(one.hash) for one in session.scalars(sa.select(AuditNode))
    }
    walk.through(_leaves(session), witnesses)
    walk.find_unsealed(session, now)
    walk.report.faults.sort(key=lambda one: (one.first, one.fault))
    return walk.report


@dataclass
class _Walk:
    """The state of one going over the trail."""

    report: Report
    checkpoints: list[AuditCheckpoint]
    roots: dict[int, Checkpoint] = field(default_factory=dict)
    seen: list[_Seen] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    signed_at: datetime | None = None
    left: list[tuple[int, datetime]] = field(default_factory=list)
    """What the trail says of entries that left it: up to which leaf, and when that was signed."""

    def open_notes(self, trusted: Sequence[Verifier]) -> None:
        """Signatures, and that each checkpoint names the root before it."""
        before, last = EMPTY, 0
        for row in self.checkpoints:
            self.report.checkpoints += 1
            try:
                found = Checkpoint.read(open_note(row.note, *trusted))
            except NoteError:
                found = None
            if found is None or found.size != row.size or found.before != before:
                self._fault(Fault.CHECKPOINT_INVALID, last, row.size - 1)
            if found is not None and found.size == row.size:
                self.roots[row.size] = found
                before = found.root
            last = row.size

    def witnesses(self, exported: Iterable[str], trusted: Sequence[Verifier]) -> dict[int, bytes]:
        """Roots by size of notes from elsewhere. A note that is not ours is refused: it would witness nothing."""
        notes = [Checkpoint.read(open_note(note, *trusted)) for note in exported]
        return {one.size: one.root for one in notes}

    @cached_property
    def sizes(self) -> list[int]:
        """The signed sizes, in order."""
        return sorted(self.roots)

    def through(self, leaves: Iterator[sa.Row[Any]], witnesses: dict[int, bytes]) -> None:
        """All leaves in their order, stopping at each size that somebody has signed."""
        frontier, sound = Frontier(), 0
        stops = iter(sorted({*self.roots, *witnesses}))
        stop = next(stops, None)
        expected = 0
        for row in leaves:
            if row.position != expected:
                self._fault(Fault.LEAF_MISSING, expected, row.position - 1)
            expected = row.position + 1
            self._look(row)
            for node in frontier.append(bytes(row.hash)):
                self._compare(node)
            while stop is not None and expected >= stop:
                frontier, sound = self._stop(frontier, stop, sound, witnesses)
                stop = next(stops, None)
        while stop is not None:
            self._fault(Fault.CUT_OFF, expected, stop - 1)
            stop = next(stops, None)
        if expected > sound:
            self._fault(Fault.UNSIGNED, sound, expected - 1)
        for level, number in self.nodes:  # those that stand over nothing
            self._fault(
                Fault.NODE_DIFFERS,
                number << LEVEL_BITS * level,
                (number + 1 << LEVEL_BITS * level) - 1,
            )
        self.report.size, self.report.root = expected, frontier.root()
        self.report.faults += _ranges(self._unexcused())

    def _stop(
        self, frontier: Frontier, size: int, sound: int, witnesses: dict[int, bytes]
    ) -> tuple[Frontier, int]:  # fmt: skip
        """Compare at a signed size; go on from the signed state, so that one fault is told once."""
        signed = self.roots.get(size)
        if signed and (frontier.size != size or frontier.root() != signed.root):
            self._fault(Fault.ROOT_DIFFERS, sound, size - 1)
        if size in witnesses and witnesses[size] != (signed.root if signed else frontier.root()):
            self._fault(Fault.HISTORY_DIFFERS, 0, size - 1)
        if not signed:
            return frontier, sound
        self.signed_at = signed.at
        return self._signed_state(signed) or frontier, size

    def _signed_state(self, signed: Checkpoint) -> Frontier | None:
        row = next(one for one in self.checkpoints if one.size == signed.size)
        try:
            frontier = Frontier.read(row.size, bytes(row.peaks))
        except ValueError:
            return None
        return frontier if frontier.root() == signed.root else None

    def _unexcused(self) -> list[_Seen]:
        """What was seen, without entries that have left in their time."""
        bounds = [
            size for size, at in self.left
            if size in self.roots and self.roots[size].at <= at - AUDIT_FLOOR
        ]  # fmt: skip
        bound = max(bounds, default=0)
        stays = [
            one for one in self.seen if one.fault is not Fault.REMOVED or one.position >= bound
        ]
        self.report.forgotten = len(self.seen) - len(stays)
        self.report.entries -= self.report.forgotten
        return stays

    def _look(self, row: sa.Row[Any]) -> None:
        self.report.entries += 1
        if row.id is None:
            self.seen.append(_Seen(row.position, Fault.REMOVED, row.entry_id, None))
        elif leaf_hash(leaf_of(row._mapping)) != bytes(row.hash):  # noqa: SLF001  # the mapping of a row has no other name
            self.seen.append(_Seen(row.position, Fault.ALTERED, row.entry_id, row.at))
        elif fault := self._untimely(row) or self._no_announcement(row):
            self.seen.append(_Seen(row.position, fault, row.entry_id, row.at))

    def _untimely(self, row: sa.Row[Any]) -> Fault | None:
        """An entry's time lies between the signature before it and the one above it, or near."""
        signed = self._signed_above(row.position)
        if self.signed_at and row.at < self.signed_at - LATE:
            return Fault.BACKDATED
        return Fault.AHEAD if signed and row.at > signed + LATE else None

    def _no_announcement(self, row: sa.Row[Any]) -> Fault | None:
        """Note what an entry says of others that left; the fault where it is not one of ours."""
        if row.action != FORGOTTEN:
            return None
        size, signed = row.detail.get("size"), self._signed_above(row.position)
        is_size = isinstance(size, int) and 0 < size <= row.position
        if row.actor_kind != ActorKind.SYSTEM or not is_size:
            return Fault.NO_ANNOUNCEMENT
        if signed:
            self.left.append((size, signed))
        return None

    def _signed_above(self, position: int) -> datetime | None:
        """When the first signature was given that a place of the tree stands under."""
        above = bisect_right(self.sizes, position)
        return self.roots[self.sizes[above]].at if above < len(self.sizes) else None

    def _compare(self, node: Node) -> None:
        level, rest = divmod(node.height, LEVEL_BITS)
        if rest == 0 and self.nodes.pop((level, node.number), None) != node.hash:
            last = (node.number + 1 << node.height) - 1
            self._fault(Fault.NODE_DIFFERS, node.number << node.height, last)

    def find_unsealed(self, session: Session, now: datetime) -> None:
        """Entries without a leaf: a fault where there was time."""
        leaf = sa.exists().where(AuditLeaf.entry_id == AuditEntry.id)
        query = sa.select(AuditEntry.id, AuditEntry.at).where(~leaf).order_by(AuditEntry.id)
        waiting = session.execute(query).all()
        old = [one for one in waiting if one.at < now - LATE]
        self.report.waiting = len(waiting) - len(old)
        if old:
            end = self.report.size
            ids, times = (old[0].id, old[-1].id), (old[0].at, old[-1].at)
            found = Range(Fault.UNSEALED, end, end + len(old) - 1, ids, times)
            self.report.faults.append(found)

    def _fault(self, fault: Fault, first: int, last: int) -> None:
        self.report.faults.append(Range(fault, first, last))


def _leaves(session: Session) -> Iterator[sa.Row[Any]]:
    query = (
        sa.select(AuditLeaf.position, AuditLeaf.entry_id, AuditLeaf.hash, *ENTRY_COLUMNS)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
        .order_by(AuditLeaf.position)
        .execution_options(yield_per=PAGE)
    )
    yield from session.execute(query)


def _ranges(seen: Sequence[_Seen]) -> Iterator[Range]:
    """Places next to each other with the same fault, as one."""
    for _, run in groupby(enumerate(seen), lambda one: (one[1].fault, one[1].position - one[0])):
        of_run = [one for _, one in run]
        times = [one.at for one in of_run if one.at]
        yield Range(
            of_run[0].fault, of_run[0].position, of_run[-1].position,
            (of_run[0].entry_id, of_run[-1].entry_id), tuple(times[:1] + times[-1:]),
        )  # fmt: skip
