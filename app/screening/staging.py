"""A change of a list laid out beside the list and compared with it, in the database: a million rows never
stand in memory. Entries are compared by fingerprints.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.formats.listed import Skipped
from app.kernel.ids import uuid7
from app.screening.entries import (
    UNREAD,
    EntryDraft,
    changed_fields,
    fingerprint,
    is_unread,
    without_births_to_come,
)
from app.screening.list_models import (
    Act,
    ProposedEntry,
    WatchlistProposal,
    WatchlistVersion,
)
from app.screening.lists_csv import LineFault, Removal, Row
from app.screening.models import SEALED_REASON, EntryKind, Watchlist, WatchlistEntry

KEPT_FAULTS = 1000
AGAIN = "key_again"
"""A row of a key that an earlier row has: it is left out, whatever it says."""
ABSENT = "not_on_list"
"""A row takes off an entry that the list does not have."""
SHRINKS = 10
"""A whole list that loses more than one entry in so many needs a second officer."""

_CHUNK = 2000

Rows = Iterable[tuple[int, Row | Skipped]]


@dataclass(slots=True)
class Told:
    """What a file said beside its entries: rows left out, parts left out, records of other things."""

    faults: list[LineFault] = field(default_factory=list)
    faulty: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    is_sure: bool = True

    def fault(self, one: LineFault) -> None:
        """Note a fault; an entry whose row could not be read is not taken for taken off."""
        self.faulty += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(one)
        if one.partial:
            return
        if one.key is None:
            self.is_sure = False
        else:
            self.kept.add(one.key)

    def skip(self, one: Skipped) -> None:
        self.skipped[one.what] = self.skipped.get(one.what, 0) + 1


def lay_out(
    session: Session, proposal: WatchlistProposal, rows: Rows, told: Told, removals: dict[str, int]
) -> None:
    """Store what the rows say: a key stands in one row. Each further row of it is left out and told by its line.

    ``removals``: the keys to take off, each with its line; what earlier rows took off is among them already.
    """
    batch: dict[str, tuple[int, EntryDraft]] = {}
    fresh: list[str] = []
    for line, row in rows:
        match row:
            case Skipped():
                told.skip(row)
            case LineFault():
                told.fault(row)
            case Removal(key) if proposal.whole:
                told.fault(LineFault(line, "remove_in_whole_list", key))
            case EntryDraft(key) | Removal(key) if key in batch or key in removals:
                told.fault(LineFault(line, AGAIN, key))
            case Removal(key):
                removals[key] = line
                fresh.append(key)
            case EntryDraft():
                batch[row.key] = line, _taken(line, row, proposal.proposed_at, told)
        if len(batch) >= _CHUNK:
            _put(session, proposal, batch, told)
    _put(session, proposal, batch, told)
    for key in _laid_out(session, proposal, fresh):
        told.fault(LineFault(removals.pop(key), AGAIN, key))


def _taken(line: int, row: EntryDraft, now: datetime, told: Told) -> EntryDraft:
    """The entry without birth dates to come; told: each of them, and names that cannot be read."""
    draft, wrong = without_births_to_come(row, now)
    for one in wrong:
        told.fault(LineFault(line, f"{one.pointer} {one.code}", row.key, partial=True))
    if row.kind is EntryKind.PERSON and is_unread(row.names):
        told.fault(LineFault(line, f"/names {UNREAD}", row.key, partial=True))
    return draft


def _laid_out(session: Session, proposal: WatchlistProposal, keys: Sequence[str]) -> Sequence[str]:
    """Those of the keys that a row puts."""
    return session.scalars(_LAID_OUT, {"p": proposal.id, "keys": keys}).all() if keys else ()


_LAID_OUT = sa.text(
    "select key from watchlist_proposal_entry where proposal_id = :p"
    " and key in (select unnest(cast(:keys as text[])))"
)
_LAY = sa.text(
    "insert into watchlist_proposal_entry (id, proposal_id, act, fields, key, kind, content, reason, category,"
    " severity, valid_from, valid_to, digest)"
    " select id, :p, 'add', '{}', key, kind, cast(content as jsonb), reason, category, severity, valid_from,"
    " valid_to, digest from unnest(cast(:id as uuid[]), cast(:key as text[]), cast(:kind as text[]),"
    " cast(:content as text[]), cast(:reason as bytea[]), cast(:category as text[]), cast(:severity as text[]),"
    " cast(:valid_from as date[]), cast(:valid_to as date[]), cast(:digest as bytea[])) as r(id, key, kind,"
    " content, reason, category, severity, valid_from, valid_to, digest)"
    " on conflict (proposal_id, key) do nothing returning key"
)
"""A batch in one statement: a quarter of what a statement for each row takes."""


def _put(
    session: Session,
    proposal: WatchlistProposal,
    batch: dict[str, tuple[int, EntryDraft]],
    told: Told,
) -> None:
    """Lay rows out by their keys, each with its line."""
    if batch:
        rows = [{"id": uuid7(), **draft.columns()} for _, draft in batch.values()]
        for row in rows:
            row["content"] = json.dumps(row["content"], ensure_ascii=False)
            row["reason"] = SEALED_REASON.sealed(row["reason"])
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        laid = set(session.scalars(_LAY, {"p": proposal.id} | columns))
        for key, (line, _) in batch.items():
            if key not in laid:
                told.fault(LineFault(line, AGAIN, key))
    batch.clear()


# ---------------------------------------------------------------- comparing

_LEAVING = sa.text(
    "insert into watchlist_proposal_entry (id, proposal_id, key, act, fields, kind, content, reason,"
    " category, severity, valid_from, valid_to, digest)"
    " select gen_random_uuid(), :p, e.key, 'remove', '{}', e.kind, e.content, e.reason, e.category,"
    " e.severity, e.valid_from, e.valid_to, e.digest"
    " from watchlist_entry e where e.watchlist_id = :l and e.removed_version is null"
    " and not exists (select from watchlist_proposal_entry s where s.proposal_id = :p and s.key = e.key)"
    " and (e.key in (select unnest(cast(:keys as text[])))) is distinct from cast(:whole as boolean)"
)
_SAME = sa.text(
    "with same as (delete from watchlist_proposal_entry s using watchlist_entry e"
    " where s.proposal_id = :p and s.act = 'add' and e.watchlist_id = :l and e.removed_version is null and e.key = s.key"
    " and e.digest = s.digest returning 1) select count(*) from same"
)
_OTHERWISE = sa.text(
    "update watchlist_proposal_entry s set act = 'change' from watchlist_entry e"
    " where s.proposal_id = :p and s.act = 'add' and e.watchlist_id = :l and e.removed_version is null and e.key = s.key"
)
_COUNTS = sa.text(
    "select act, count(*) from watchlist_proposal_entry where proposal_id = :p group by act"
)


def ids_of(watchlist: Watchlist, proposal: WatchlistProposal) -> dict[str, Any]:
    return {"l": watchlist.id, "p": proposal.id, "base": proposal.base_version}


def compare(
    session: Session,
    watchlist: Watchlist,
    proposal: WatchlistProposal,
    told: Told,
    removals: Mapping[str, int],
) -> None:
    """What the rows add, change, take off and leave as it is; :func:`lock_list` holds the list still.

    What the list does not have cannot be taken off: told by its line.
    """
    for key in absent(session, watchlist, list(removals)):
        told.fault(LineFault(removals[key], ABSENT, key))
    values = ids_of(watchlist, proposal) | {
        "whole": proposal.whole, "keys": list(told.kept if proposal.whole else removals),
    }  # fmt: skip
    session.execute(_LEAVING, values)
    proposal.unchanged = session.execute(_SAME, values).scalar_one()
    session.execute(_OTHERWISE, values)
    _name_fields(session, watchlist, proposal)
    counts: dict[str, int] = dict(session.execute(_COUNTS, values).all())
    proposal.added, proposal.changed = counts.get(Act.ADD, 0), counts.get(Act.CHANGE, 0)
    proposal.removed = counts.get(Act.REMOVE, 0)
    proposal.base_version = watchlist.version
    proposal.faulty = told.faulty
    proposal.faults = [
        {"line": one.line, "code": one.code, "partial": one.partial} for one in told.faults
    ]
    session.flush()


def _name_fields(session: Session, watchlist: Watchlist, proposal: WatchlistProposal) -> None:
    """Which fields each changed entry changes."""
    joined = sa.and_(
        WatchlistEntry.watchlist_id == watchlist.id, WatchlistEntry.key == ProposedEntry.key,
        WatchlistEntry.removed_version.is_(None),
    )  # fmt: skip
    rows = session.execute(
        sa.select(ProposedEntry.id, *_columns(ProposedEntry), *_columns(WatchlistEntry))
        .join(WatchlistEntry, joined)
        .where(ProposedEntry.proposal_id == proposal.id, ProposedEntry.act == Act.CHANGE)
        .execution_options(yield_per=_CHUNK)
    )
    for part in rows.partitions():
        named = {
            "ids": [row[0] for row in part],
            "said": [",".join(_differing(row)) for row in part],
        }
        session.connection().execute(_NAME, named)


_PARTS = ("kind", "content", "reason", "category", "severity", "valid_from", "valid_to")
_NAME = sa.text(
    "update watchlist_proposal_entry s set fields = string_to_array(r.said, ',')"
    " from unnest(cast(:ids as uuid[]), cast(:said as text[])) as r(id, said) where s.id = r.id"
)


def _columns(table: type[ProposedEntry | WatchlistEntry]) -> list[Any]:
    return [getattr(table, name) for name in _PARTS]


def _differing(row: Sequence[Any]) -> list[str]:
    after = dict(zip(_PARTS, row[1 : 1 + len(_PARTS)], strict=True))
    before = dict(zip(_PARTS, row[1 + len(_PARTS) :], strict=True))
    return changed_fields(before, after)


def absent(session: Session, watchlist: Watchlist, keys: Sequence[str]) -> list[str]:
    """Those of the keys that the list has no entry of, in their order."""
    if not keys:
        return []
    held = set(
        session.scalars(
            sa.select(WatchlistEntry.key)
            .where(
                WatchlistEntry.watchlist_id == watchlist.id,
                WatchlistEntry.removed_version.is_(None),
            )
            .where(WatchlistEntry.key == sa.any_(sa.cast(keys, ARRAY(sa.Text))))
        )
    )
    return [key for key in keys if key not in held]


def because_of(
    session: Session, watchlist: Watchlist, proposal: WatchlistProposal, told: Told
) -> list[str]:
    """What asks for a second signature; nothing does for a change that changes nothing."""
    touched = proposal.added + proposal.changed + proposal.removed
    alone = touched + _changed_alone(session, proposal) if touched else 0
    because = ["bulk"] if alone > watchlist.bulk_limit else []
    if proposal.whole and proposal.removed:
        held = session.scalar(
            sa.select(sa.func.count()).where(
                WatchlistEntry.watchlist_id == watchlist.id,
                WatchlistEntry.removed_version.is_(None),
            )
        )
        if proposal.removed * SHRINKS > (held or 0):
            because.append("shrinks")
        if not told.is_sure:
            because.append("unread-rows")
    return because


_DAY = timedelta(days=1)


def _changed_alone(session: Session, proposal: WatchlistProposal) -> int:
    """How many entries of the list the author has changed in the last day that nobody else signed."""
    signed = sa.exists().where(
        WatchlistProposal.id == WatchlistVersion.proposal_id,
        WatchlistProposal.decided_by.is_not(None),
    )
    touched = WatchlistVersion.added + WatchlistVersion.replaced + WatchlistVersion.removed
    return session.scalars(
        sa.select(sa.func.coalesce(sa.func.sum(touched), 0))
        .where(WatchlistVersion.watchlist_id == proposal.watchlist_id, ~signed)
        .where(WatchlistVersion.actor_id.is_not_distinct_from(proposal.author_id))
        .where(WatchlistVersion.made_at > proposal.proposed_at - _DAY)
    ).one()


def content_digest(session: Session, proposal: WatchlistProposal) -> bytes:
    """SHA-256 over the list, the version it starts from, the settings if it sets any, and every act, key and
    fingerprint in order of keys; all is taken anew of what is stored.
    """
    found = hashlib.sha256(f"{proposal.watchlist_id} {proposal.base_version}\n".encode())
    if proposal.settings is not None:
        said = json.dumps(proposal.settings, sort_keys=True, ensure_ascii=False)
        found.update(f"settings {said}\n".encode())
    rows = session.execute(
        sa.select(ProposedEntry.act, ProposedEntry.key, *_columns(ProposedEntry))
        .where(ProposedEntry.proposal_id == proposal.id)
        .order_by(sa.collate(ProposedEntry.key, "C"))
        .execution_options(yield_per=_CHUNK)
    )
    for row in rows:
        taken = fingerprint(dict(zip(_PARTS, row[2:], strict=True)))
        found.update(f"{row.act} {row.key} {taken.hex()}\n".encode())
    return found.digest()


# ---------------------------------------------------------------- looking


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry of a change, as it would be and, where it is on the list, as it is."""

    act: Act
    key: str
    kind: EntryKind
    fields: tuple[str, ...]
    after: Mapping[str, Any] | None
    before: Mapping[str, Any] | None


def read_differences(
    session: Session, proposal: WatchlistProposal, limit: int = 50, after: str = ""
) -> list[Difference]:
    """The entries of a proposal in order of keys, from behind ``after``."""
    joined = sa.and_(
        WatchlistEntry.watchlist_id == proposal.watchlist_id,
        WatchlistEntry.key == ProposedEntry.key, WatchlistEntry.removed_version.is_(None),
    )  # fmt: skip
    key = sa.collate(ProposedEntry.key, "C")
    rows = session.execute(
        sa.select(ProposedEntry, WatchlistEntry)
        .outerjoin(WatchlistEntry, joined)
        .where(ProposedEntry.proposal_id == proposal.id, key > after)
        .order_by(key)
        .limit(limit)
    )
    return [_difference(proposed, held) for proposed, held in rows]


def _difference(proposed: ProposedEntry, held: WatchlistEntry | None) -> Difference:
    leaves = proposed.act is Act.REMOVE
    return Difference(
        proposed.act, proposed.key, proposed.kind, tuple(proposed.fields),
        None if leaves else _values(proposed), _values(held) if held else None,
    )  # fmt: skip


def _values(row: ProposedEntry | WatchlistEntry) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _PARTS if name != "content"}
    return dict(row.content) | {n: v for n, v in values.items() if v != date.min}
