"""The event table: outbox, live feed and replay in one, written in the state's own transaction.

An event is a hint ``{kind, id, version}``: ids only, never names. Whoever gets one fetches the truth.

* Live: the committing process publishes the hints right after its commit, to its own listeners and by
  NOTIFY (on a connection of its own: inside the business transaction it would serialise all commits).
* Replay: a cursor is ``epoch:snapshot``, the ``pg_current_snapshot()`` of the previous read. The next read
  takes ``tx >= xmin(cursor) and not visible in cursor``. Ids are given at INSERT but visible at COMMIT, so
  "id > last seen" would lose events; waiting for xmin would let one slow transaction stall everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel import correlation
from app.kernel.errors import EgateError
from app.kernel.texts import N_


@dataclass(frozen=True, slots=True)
class Hint:
    """What happened to which thing. ``version`` is the thing's own, 0 where it has none; ``request``: the id of the
    request that it came of, as in the log, '' where none did or nobody noted it.
    """

    kind: str
    subject: UUID
    version: int = 0
    site: str = ""
    sequence: int = 0
    request: str = field(default="", compare=False)

    def wire(self) -> dict[str, Any]:
        """The JSON form that listeners see."""
        return {"kind": self.kind, "id": str(self.subject), "version": self.version}


class CursorError(EgateError):
    """The cursor is not ours or of another epoch (restored or promoted database): start afresh."""

    code, status, title = "feed-reset", 410, N_("The feed has been reset: fetch everything again")


_INSERT = sa.text(
    "insert into event (kind, subject, version, site, request)"
    " values (:kind, :subject, :version, :site, :request)"
    " returning id"
)


def emit(session: Session, kind: str, subject: UUID, *, version: int = 0, site: str = "") -> None:
    """Append an event in this transaction; its hint goes out after the commit."""
    request = correlation.current()
    row = {"kind": kind, "subject": subject, "version": version, "site": site, "request": request}
    sequence = session.execute(_INSERT, row).scalar_one()
    hint = Hint(kind, subject, version, site, sequence, request)
    session.info.setdefault("hints", []).append(hint)


_INSERT_MANY = sa.text(
    "insert into event (kind, subject, version, site, request)"
    " select :kind, one.subject, one.version, :site, :request"
    " from unnest(cast(:subjects as uuid[]), cast(:versions as bigint[])) as one(subject, version)"
    " returning id, subject, version"
)


def emit_many(
    session: Session, kind: str, changed: Sequence[tuple[UUID, int]], *, site: str = ""
) -> None:
    """:func:`emit` for many things of a kind, given as (subject, version), in one statement."""
    if not changed:
        return
    request = correlation.current()
    row = {
        "kind": kind, "site": site, "request": request,
        "subjects": [subject for subject, _ in changed], "versions": [v for _, v in changed],
    }  # fmt: skip
    hints = session.info.setdefault("hints", [])
    for sequence, subject, version in session.execute(_INSERT_MANY, row):
        hints.append(Hint(kind, subject, version, site, sequence, request))


def pending_hints(session: Session) -> list[Hint]:
    """Take the hints collected by :func:`emit` out of the session."""
    hints: list[Hint] = session.info.pop("hints", [])
    return hints


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of the feed, oldest first, and the cursor for the next one."""

    hints: list[Hint]
    cursor: str


_NOW = sa.text(
    "select (select value from setting where key = 'epoch') || ':' || pg_current_snapshot()"
)
_EPOCH = sa.text("select value from setting where key = 'epoch'")
_SINCE = sa.text(
    "select kind, subject, version, site, id, request from event"
    " where tx >= pg_snapshot_xmin(cast(:seen as pg_snapshot))"
    " and not pg_visible_in_snapshot(tx, cast(:seen as pg_snapshot))"
    " order by id limit :limit"
)


def current_cursor(session: Session) -> str:
    """The cursor that stands for "everything committed up to now has been seen"."""
    return str(session.execute(_NOW).scalar_one())


def read_since(session: Session, cursor: str, *, limit: int = 10_000) -> Feed:
    """Events that were not visible when ``cursor`` was taken.

    Rows and the new cursor are read in one REPEATABLE READ transaction, so of one snapshot. Raises :class:`CursorError` for a foreign cursor, or when more than ``limit``
    events have passed (fetching everything is cheaper then).
    """
    epoch, _, seen = cursor.partition(":")
    if session.execute(_EPOCH).scalar_one() != epoch or not _is_snapshot(seen):
        raise CursorError
    session.rollback()
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    fresh = current_cursor(session)
    rows = session.execute(_SINCE, {"seen": seen, "limit": limit + 1}).all()
    if len(rows) > limit:
        raise CursorError
    return Feed([Hint(*row) for row in rows], fresh)


def _is_snapshot(text: str) -> bool:
    """``xmin:xmax:xip,…`` of digits, as pg_snapshot prints itself."""
    head, _, running = text.rpartition(":")
    numbers = [*head.split(":"), *(running.split(",") if running else [])]
    return head.count(":") == 1 and len(text) < 4000 and all(n.isdecimal() for n in numbers)
