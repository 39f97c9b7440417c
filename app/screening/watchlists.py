"""Watch lists in the database: made, filled, emptied. What they match is in :mod:`app.screening.lookouts`.

An entry is replaced, never edited, and every change gives its list a new version and so a new rule set.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.ids import uuid7
from app.screening import rules
from app.screening.models import EntryKind, Handling, Watchlist, WatchlistEntry
from risk_rules.names import BirthDate, Document, Name
from risk_rules.names.match import MIN_NUMBER
from risk_rules.names.normalise import fold_number, name_words

T = TypeVar("T")

_CHUNK = 5000


class ListExistsError(ConflictError):
    """There is a list of that key."""

    code, status, title = "watchlist-exists", 409, "There is a list of this name"


class EntryInvalidError(InvalidError):
    """An entry that could never match, or not be read; ``fields`` says where."""

    code, status, title = "entry-invalid", 422, "This entry cannot be used"

    def below(self, pointer: str) -> "EntryInvalidError":
        """The same for an entry that stands deeper in a body."""
        fields = [FieldProblem(pointer + field.pointer, field.code) for field in self.fields]
        return EntryInvalidError(self.detail, fields=fields)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry as somebody hands it in; ``key`` is its name on the list for ever."""

    key: str
    kind: EntryKind
    reason: str
    names: tuple[Name, ...] = ()
    birth_dates: tuple[BirthDate, ...] = ()
    nationality: str = ""
    documents: tuple[Document, ...] = ()
    valid_from: date = date.min
    valid_to: date | None = None

    def content(self) -> dict[str, Any]:
        """What is compared with travellers, as JSON values."""
        return {
            "names": [{"surname": n.surname, "given": n.given} for n in self.names],
            "birth_dates": [str(day) for day in self.birth_dates],
            "nationality": self.nationality,
            "documents": [{"number": d.number, "issuer": d.issuer} for d in self.documents],
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What a change did to a list, and the list's version after it."""

    version: int
    added: int = 0
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def touched(self) -> bool:
        return bool(self.added or self.replaced or self.removed)


def create_list(
    session: Session,
    actor: Actor,
    key: str,
    title: str,
    purpose: str,
    handling: Handling,
    now: datetime,
) -> Watchlist:
    """Make an empty list. Raises :class:`ListExistsError`."""
    rules.lock(session)
    if session.scalar(sa.select(Watchlist.id).where(Watchlist.key == key)):
        raise ListExistsError
    made = Watchlist(key=key, title=title, purpose=purpose, handling=handling, version=1)
    session.add(made)
    session.flush()
    audit.record(session, actor, "watchlist.created", "watchlist", made.id, now)
    rules.write_ruleset(session)
    return made


def change_entries(
    session: Session,
    actor: Actor,
    list_key: str,
    put: Sequence[EntryDraft],
    remove: Sequence[str],
    now: datetime,
) -> Change:
    """Add entries or replace those of the same key, and take others off, as one version of the list.

    What is so already changes nothing. Raises :class:`EntryInvalidError`, and NotFoundError without the
    list.
    """
    for draft in put:
        check_draft(draft)
    watchlist = _lock_list(session, list_key)
    change = Change(watchlist.version + 1)
    for keys in chunks(remove, _CHUNK):
        removed = _retire(session, watchlist, keys, change.version, now)
        change = replace(change, removed=change.removed + removed)
    wanted = {draft.key: draft for draft in put}
    for keys in chunks(list(wanted), _CHUNK):
        change = _put_chunk(session, watchlist, [wanted[key] for key in keys], change, now)
    return _finish(session, actor, watchlist, change, now)


def put_entries(
    session: Session, actor: Actor, list_key: str, drafts: Sequence[EntryDraft], now: datetime
) -> Change:
    """:func:`change_entries` without removals."""
    return change_entries(session, actor, list_key, drafts, (), now)


def remove_entries(
    session: Session, actor: Actor, list_key: str, keys: Sequence[str], now: datetime
) -> Change:
    """:func:`change_entries` without additions; keys that are not on the list change nothing."""
    return change_entries(session, actor, list_key, (), keys, now)


def describe_list(session: Session, key: str) -> tuple[Watchlist, int]:
    """A list and the number of its live entries. Raises NotFoundError."""
    found = next((one for one in list_watchlists(session) if one[0].key == key), None)
    if found is None:
        raise NotFoundError
    return found


def list_watchlists(session: Session) -> list[tuple[Watchlist, int]]:
    """All lists with the number of their live entries."""
    live = (
        sa.select(WatchlistEntry.watchlist_id, sa.func.count().label("entries"))
        .where(WatchlistEntry.removed_version.is_(None))
        .group_by(WatchlistEntry.watchlist_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Watchlist, sa.func.coalesce(live.c.entries, 0))
        .outerjoin(live, live.c.watchlist_id == Watchlist.id)
        .order_by(Watchlist.key)
    )
    return [(watchlist, entries) for watchlist, entries in rows]


def check_draft(draft: EntryDraft) -> None:
    """Refuse what could never match. Raises :class:`EntryInvalidError`; values are not repeated."""
    problems = [FieldProblem(pointer, code) for pointer, code in _faults(draft)]
    if problems:
        raise EntryInvalidError(fields=problems)


def _faults(draft: EntryDraft) -> Iterator[tuple[str, str]]:
    if not draft.key.strip():
        yield "/key", "missing"
    if draft.kind is EntryKind.PERSON and not draft.names:
        yield "/names", "missing"
    if draft.kind is EntryKind.DOCUMENT and not draft.documents:
        yield "/documents", "missing"
    for index, name in enumerate(draft.names):
        if not name_words(name.surname, name.given):
            yield f"/names/{index}", "no_letters"
    for index, document in enumerate(draft.documents):
        folded = fold_number(document.number)
        if len(folded) < MIN_NUMBER or len(set(folded)) == 1:
            yield f"/documents/{index}", "too_short"
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        yield "/valid_to", "before_valid_from"


def _lock_list(session: Session, key: str) -> Watchlist:
    rules.lock(session)
    found = session.scalar(sa.select(Watchlist).where(Watchlist.key == key))
    if found is None:
        raise NotFoundError
    return found


def _put_chunk(
    session: Session,
    watchlist: Watchlist,
    drafts: Sequence[EntryDraft],
    change: Change,
    now: datetime,
) -> Change:
    live = _live(session, watchlist, [draft.key for draft in drafts])
    fresh = [draft for draft in drafts if not _same(live.get(draft.key), draft)]
    replaced = [draft.key for draft in fresh if draft.key in live]
    _retire(session, watchlist, replaced, change.version, now)
    if fresh:
        rows = [_row(watchlist, draft, change.version) for draft in fresh]
        session.execute(sa.insert(WatchlistEntry), rows)
    return replace(
        change,
        added=change.added + len(fresh) - len(replaced),
        replaced=change.replaced + len(replaced),
        unchanged=change.unchanged + len(drafts) - len(fresh),
    )


def _live(
    session: Session, watchlist: Watchlist, keys: Sequence[str]
) -> Mapping[str, WatchlistEntry]:
    rows = session.scalars(
        sa.select(WatchlistEntry)
        .where(WatchlistEntry.watchlist_id == watchlist.id, WatchlistEntry.key.in_(keys))
        .where(WatchlistEntry.removed_version.is_(None))
    )
    return {row.key: row for row in rows}


def _same(row: WatchlistEntry | None, draft: EntryDraft) -> bool:
    if row is None:
        return False
    held = (row.kind, row.content, row.reason, row.valid_from, row.valid_to)
    return held == (draft.kind, draft.content(), draft.reason, draft.valid_from, draft.valid_to)


def _row(watchlist: Watchlist, draft: EntryDraft, version: int) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "watchlist_id": watchlist.id,
        "key": draft.key,
        "version": version,
        "kind": draft.kind,
        "content": draft.content(),
        "reason": draft.reason,
        "valid_from": draft.valid_from,
        "valid_to": draft.valid_to,
    }


def _retire(
    session: Session, watchlist: Watchlist, keys: Sequence[str], version: int, now: datetime
) -> int:
    if not keys:
        return 0
    retired: Sequence[UUID] = session.scalars(
        sa.update(WatchlistEntry)
        .where(WatchlistEntry.watchlist_id == watchlist.id, WatchlistEntry.key.in_(keys))
        .where(WatchlistEntry.removed_version.is_(None))
        .values(removed_version=version, removed_at=now)
        .returning(WatchlistEntry.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(retired)


def _finish(
    session: Session, actor: Actor, watchlist: Watchlist, change: Change, now: datetime
) -> Change:
    if not change.touched:
        return replace(change, version=watchlist.version)
    watchlist.version = change.version
    session.flush()
    audit.record(
        session, actor, "watchlist.changed", "watchlist", watchlist.id, now,
        version=change.version, added=change.added, replaced=change.replaced,
        removed=change.removed,
    )  # fmt: skip
    rules.write_ruleset(session)
    return change


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in runs of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
