"""The lists of this process: an index of each, kept up with the list's versions without a pause.

A list's *base* is its whole index at some version: held in memory, found on disk as a snapshot that processes
share, or built. Another version is answered by the base with what has changed since (milliseconds for a
thousand entries). Once that is much, or the base is a day old, a thread makes a new base and one reference is
swapped; until then the changes answer.

Snapshots are of lists from :data:`WORTH_A_FILE` entries on, in a folder that only the service's own user may
enter. Entries are never edited, so the ids of a version stand for its content: a snapshot whose ids are not
those of the database is of another database, and is built anew.
"""

import fcntl
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.screening.entries import state
from app.screening.list_models import WatchlistVersion
from app.screening.models import Watchlist, WatchlistEntry
from risk_rules.names import BirthDate, Document, Entry, Matcher, Name
from risk_rules.names.match import Part, Thresholds
from risk_rules.names.snapshot import SnapshotError, load, read_meta, save

log = structlog.get_logger(__name__)

WORTH_A_FILE = 5_000
"""Entries from which a list is kept on disk: fewer are built in less than a second."""
SMALL = 2_000
"""Smaller lists are built anew at each change, in less than half a second: the weights of their words would
hang on the day when the process began.
"""
MANY_CHANGES = 5_000
"""Entries put or taken off since the base was made, or a tenth of the list, from which a new base is made."""
FLOOD = 50_000
"""Entries put since a base from which it is no longer grown, but a new one made at once: as changes they would be
indexed by each process for itself, and stand in its memory as objects (a million: gigabytes).
"""
OLD_SECONDS = 24 * 3600.0
"""Age of a base from which a change makes a new one: who was taken off must not stay on disk for long."""
_KEPT_FILES = 2
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Base:
    """A list at a version."""

    version: int
    matcher: Matcher
    made_at: float = field(default_factory=time.time)

    def may_grow_to(self, version: int) -> bool:
        """Whether the version may be answered by this base with its changes."""
        return self.version < version and len(self.matcher) >= SMALL


class Matchers:
    """The bases of a process, by list. Safe in threads."""

    def __init__(
        self, folder: Path | None = None, renewed: Callable[[UUID], None] = lambda _: None
    ) -> None:
        """``folder`` is where snapshots are, None keeps everything in memory; ``renewed`` is called with a
        list that has a new base.
        """
        self._folder, self._renewed = folder, renewed
        self._bases: dict[UUID, Base] = {}
        self._locks: dict[UUID, threading.Lock] = {}
        self._renewing: set[UUID] = set()

    def matcher(
        self, session: Session, row: Watchlist, version: int, thresholds: Thresholds
    ) -> Matcher:
        """A list at one of its versions."""
        with self._locks.setdefault(row.id, threading.Lock()):
            base = self._base(session, row.id, version)
            put, gone = changes_between(session, row.id, base.version, version)
            made = base.matcher.changed(put, gone, thresholds)
        if base.version < version and _is_due(base, made):
            self._renew(session, row.id, version)
        return made

    def _base(self, session: Session, list_id: UUID, version: int) -> Base:
        held = self._bases.get(list_id)
        if held is not None and (
            held.version == version
            or (
                held.may_grow_to(version)
                and count_came(session, list_id, held.version, version) <= FLOOD
            )
        ):
            return held
        found = self._open(session, list_id, version) or self._build(session, list_id, version)
        if held is None or held.version < found.version:  # older ones are asked rarely, not held
            self._bases[list_id] = found
        return found

    # --- building ------------------------------------------------------------------------------

    def _build(self, session: Session, list_id: UUID, version: int) -> Base:
        """From the database; one process builds a list, the others wait for its snapshot."""
        with self._alone(list_id, wait=True):
            return self._open(session, list_id, version) or self._make(session, list_id, version)

    def _make(self, session: Session, list_id: UUID, version: int) -> Base:
        started = time.monotonic()
        arrays = Part.make(_entries(session, _alive(list_id, version)))
        matcher = Matcher(part=Part(arrays))
        if self._folder and len(matcher) >= WORTH_A_FILE:
            folder = self._folder / str(list_id) / f"{version:012}"
            try:
                save(folder, arrays, _about(session, list_id, version))
                self._clear(list_id)
            except OSError as error:
                log.warning("watchlist.snapshot_not_written", error=type(error).__name__)
        log.info(
            "watchlist.indexed", list=str(list_id), version=version, entries=len(matcher),
            seconds=round(time.monotonic() - started, 1),
        )  # fmt: skip
        return Base(version, matcher)

    def _renew(self, session: Session, list_id: UUID, version: int) -> None:
        """Make a new base in a thread, unless somebody does already."""
        if list_id in self._renewing:
            return
        self._renewing.add(list_id)
        bind = session.get_bind()
        arguments = (bind.engine, list_id, version)
        threading.Thread(
            target=self._renew_now, args=arguments, name="watchlist-index", daemon=True
        ).start()

    def _renew_now(self, engine: sa.Engine, list_id: UUID, version: int) -> None:
        try:
            with Session(engine) as session, self._alone(list_id, wait=False) as mine:
                committed = session.scalar(
                    sa.select(Watchlist.version).where(Watchlist.id == list_id)
                )
                if not mine or committed is None or committed < version:
                    return  # another process makes it, or the version is not committed: next time
                found = self._open(session, list_id, committed, newer_than=version - 1)
                self._swap(list_id, found or self._make(session, list_id, committed))
        except Exception as error:  # noqa: BLE001  # the old base answers on, with its changes
            log.error("watchlist.not_renewed", error=type(error).__name__)  # noqa: TRY400
        finally:
            self._renewing.discard(list_id)

    def _swap(self, list_id: UUID, made: Base) -> None:
        self._bases[list_id] = made
        self._renewed(list_id)

    @contextmanager
    def _alone(self, list_id: UUID, *, wait: bool) -> Iterator[bool]:
        """Whether no other process makes this list now."""
        if self._folder is None:
            yield True
            return
        try:
            folder = self._folder / str(list_id)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = (folder / "lock").open("wb")
        except OSError:  # nothing can be written, so nobody does
            yield True
            return
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    # --- snapshots -----------------------------------------------------------------------------

    def _open(
        self, session: Session, list_id: UUID, version: int, newer_than: int = 0
    ) -> Base | None:
        """The newest snapshot up to the version that is whole and of this database."""
        for at, folder in self._files(list_id):
            if not newer_than < at <= version or count_came(session, list_id, at, version) > FLOOD:
                continue
            try:
                read_meta(folder)  # before the database is asked
                part = Part(load(folder, _about(session, list_id, at)))
            except SnapshotError as error:
                log.warning("watchlist.snapshot_refused", list=str(list_id), why=str(error))
                continue
            return Base(at, Matcher(part=part), folder.stat().st_mtime)
        return None

    def _files(self, list_id: UUID) -> list[tuple[int, Path]]:
        """Snapshots by version, the newest first."""
        if self._folder is None:
            return []
        folder = self._folder / str(list_id)
        found = [one for one in folder.glob("[0-9]*") if one.name.isdecimal()]
        return sorted(((int(one.name), one) for one in found), reverse=True)

    def _clear(self, list_id: UUID) -> None:
        """Remove all but the newest; who has an older one mapped keeps it."""
        for _, folder in self._files(list_id)[_KEPT_FILES:]:
            shutil.rmtree(folder, ignore_errors=True)


def _is_due(base: Base, made: Matcher) -> bool:
    many = min(MANY_CHANGES, max(_CHUNK // 10, len(made) // 10))
    is_old = time.time() - base.made_at > OLD_SECONDS
    return made.since > many or (is_old and made.since > 0)


# ---------------------------------------------------------------- the database's side


def _alive(list_id: UUID, version: int) -> list[sa.ColumnElement[bool]]:
    """Entries that are on the list at a version."""
    removed = WatchlistEntry.removed_version
    return [
        WatchlistEntry.watchlist_id == list_id,
        WatchlistEntry.version <= version,
        sa.or_(removed.is_(None), removed > version),
    ]


def count_came(session: Session, list_id: UUID, before: int, after: int) -> int:
    """How many entries came or were replaced between two versions, by what the versions say: none is read."""
    came = sa.func.coalesce(sa.func.sum(WatchlistVersion.added + WatchlistVersion.replaced), 0)
    return session.scalars(
        sa.select(came)
        .where(WatchlistVersion.watchlist_id == list_id)
        .where(WatchlistVersion.version > before, WatchlistVersion.version <= after)
    ).one()


def changes_between(
    session: Session, list_id: UUID, before: int, after: int
) -> tuple[list[Entry], list[str]]:
    """Entries that came since a version, and ids of those that went."""
    if before == after:
        return [], []
    put = list(_entries(session, [*_alive(list_id, after), WatchlistEntry.version > before]))
    gone = session.scalars(
        sa.select(WatchlistEntry.id).where(
            *_alive(list_id, before), WatchlistEntry.removed_version <= after
        )
    )
    return put, [str(one) for one in gone]


_COLUMNS = (
    WatchlistEntry.id, WatchlistEntry.key, WatchlistEntry.version, WatchlistEntry.content,
    WatchlistEntry.valid_from, WatchlistEntry.valid_to,
)  # fmt: skip


def _entries(session: Session, wanted: list[sa.ColumnElement[bool]]) -> Iterator[Entry]:
    rows = session.execute(
        sa.select(*_COLUMNS).where(*wanted).order_by(WatchlistEntry.id),
        execution_options={"yield_per": _CHUNK},
    )
    for row in rows:
        yield _entry(str(row.id), row.content, _told(row))


def _told(row: Any) -> dict[str, Any]:
    """What is said of an entry beside what it matches: the parts of :class:`app.screening.lookouts.Listed`."""
    return {
        "key": row.key,
        "version": row.version,
        "from": row.valid_from.isoformat(),
        "to": row.valid_to.isoformat() if row.valid_to else None,
    }


def _entry(identifier: str, content: Mapping[str, Any], about: Mapping[str, Any]) -> Entry:
    return Entry(
        id=identifier,
        names=tuple(Name(n["surname"], n["given"]) for n in content["names"]),
        birth_dates=tuple(BirthDate.parse(day) for day in content["birth_dates"]),
        nationality=state(content["nationality"]),  # entries of before may say JP
        documents=tuple(Document(d["number"], state(d["issuer"])) for d in content["documents"]),
        sex=content.get("sex", ""),
        about=about,
    )


def _about(session: Session, list_id: UUID, version: int) -> dict[str, Any]:
    """What a snapshot is of: the number of entries and a hash over their ids tell databases apart."""
    hashed = sa.func.hashtextextended(sa.cast(WatchlistEntry.id, sa.Text), 0)
    count, ids = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.bit_xor(hashed), 0)).where(
            *_alive(list_id, version)
        )
    ).one()
    return {"list": str(list_id), "version": version, "entries": count, "ids": ids}
