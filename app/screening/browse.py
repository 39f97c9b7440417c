"""Lists as officers look through them: entries with search, one entry with its history, a list's versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.errors import NotFoundError
from app.screening.entries import changed_fields
from app.screening.list_models import WatchlistVersion
from app.screening.models import EntryKind, Severity, Watchlist, WatchlistEntry

PAGE = 50
SHOWN_VERSIONS = 20
_PARTS = ("kind", "content", "reason", "category", "severity", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry at one version. ``expired``: past its last day; it meets nobody any more."""

    id: UUID
    key: str
    kind: EntryKind
    version: int
    names: tuple[str, ...]
    birth_dates: tuple[str, ...]
    nationality: str
    sex: str
    documents: tuple[str, ...]
    reason: str
    category: str
    severity: Severity | None
    valid_from: date | None
    valid_to: date | None
    expired: bool
    removed_version: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """A version of an entry, what it changed against the one before, and when it was taken off."""

    entry: EntryView
    changed: tuple[str, ...]


def find_list(session: Session, key: str) -> Watchlist:
    """A list by its key. Raises NotFoundError."""
    found = session.scalar(sa.select(Watchlist).where(Watchlist.key == key))
    if found is None:
        raise NotFoundError
    return found


def read_entries(
    session: Session,
    watchlist: Watchlist,
    today: date,
    text: str = "",
    after: str = "",
    version: int | None = None,
) -> list[EntryView]:
    """Entries in order of their keys, from behind ``after``, whose key or content holds every word of ``text``;
    those that the list has now, or had at one of its versions. Raises NotFoundError for a version that never was.
    """
    if version is not None and version > watchlist.version:
        raise NotFoundError
    key, removed = sa.collate(WatchlistEntry.key, "C"), WatchlistEntry.removed_version
    held: sa.ColumnElement[bool] = removed.is_(None)
    if version is not None:
        held = sa.and_(WatchlistEntry.version <= version, sa.or_(held, removed > version))
    query = (
        sa.select(WatchlistEntry)
        .where(WatchlistEntry.watchlist_id == watchlist.id, key > after)
        .where(held)
        .order_by(key)
        .limit(PAGE)
    )
    for word in text.split()[:8]:
        said = sa.cast(WatchlistEntry.content, sa.Text)
        query = query.where(
            sa.or_(WatchlistEntry.key == word, said.icontains(word, autoescape=True))
        )
    return [view_of(row, today) for row in session.scalars(query)]


def read_history(session: Session, watchlist: Watchlist, entry_id: UUID, today: date) -> list[Step]:
    """Every version of the entry, the newest first. Raises NotFoundError."""
    own = session.get(WatchlistEntry, entry_id)
    if own is None or own.watchlist_id != watchlist.id:
        raise NotFoundError
    rows = session.scalars(
        sa.select(WatchlistEntry)
        .where(WatchlistEntry.watchlist_id == watchlist.id, WatchlistEntry.key == own.key)
        .order_by(WatchlistEntry.version)
    ).all()
    steps = []
    for before, row in zip([None, *rows], rows, strict=False):
        changed = changed_fields(_values(before), _values(row)) if before is not None else []
        steps.append(Step(view_of(row, today), tuple(changed)))
    return steps[::-1]


def read_versions(session: Session, watchlist: Watchlist) -> Sequence[WatchlistVersion]:
    """The newest versions of a list."""
    return session.scalars(
        sa.select(WatchlistVersion)
        .where(WatchlistVersion.watchlist_id == watchlist.id)
        .order_by(WatchlistVersion.version.desc())
        .limit(SHOWN_VERSIONS)
    ).all()


def view_of(row: WatchlistEntry, today: date) -> EntryView:
    """An entry in words."""
    content = row.content
    return EntryView(
        id=row.id, key=row.key, kind=row.kind, version=row.version,
        names=tuple(", ".join(filter(None, (n["surname"], n["given"]))) for n in content["names"]),
        birth_dates=tuple(content["birth_dates"]), nationality=content["nationality"], sex=content.get("sex", ""),
        documents=tuple(" ".join(filter(None, (d["issuer"], d["number"]))) for d in content["documents"]),
        reason=row.reason, category=row.category, severity=row.severity,
        valid_from=None if row.valid_from == date.min else row.valid_from, valid_to=row.valid_to,
        expired=row.valid_to is not None and row.valid_to < today,
        removed_version=row.removed_version,
    )  # fmt: skip


def _values(row: WatchlistEntry) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in _PARTS}
