"""The notices of all sites in memory: read once, read again when one has changed, told on every page.

A page must not fail for want of a notice: while the database cannot be asked, what was known last is told.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from app.kernel.errors import UnavailableError
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.notices.models import Audience, Notice, NoticeKind
from app.notices.service import Text, read_standing

RETRY_SECONDS = 5.0
"""How soon a database that could not be asked is asked again."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice that stands now; ``ends_at`` is aware or None."""

    id: UUID
    site: str
    kind: NoticeKind
    texts: Mapping[str, Text]
    starts_at: datetime
    ends_at: datetime | None
    audiences: frozenset[str]


class Board:
    """Threads may read it at the same time; the worst is that two of them ask."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._posted: Sequence[Posted] = ()
        self._is_known = False
        self._not_before = 0.0

    def hear(self, hints: Sequence[Hint], cursor: str | None) -> None:
        """What happened: a changed notice is read at the next look."""
        del cursor
        if any(hint.kind == "notice.changed" for hint in hints):
            self._is_known = False

    def standing(self, audience: Audience, site: str) -> list[Posted]:
        """What is told to an audience of a site now, gravest first."""
        now = self._kernel.clock()
        if not self._is_known and time.monotonic() >= self._not_before:
            self._read(now)
        return [
            one
            for one in self._posted
            if one.site == site
            and audience in one.audiences
            and one.starts_at <= now
            and (one.ends_at is None or now < one.ends_at)
        ]

    def _read(self, now: datetime) -> None:
        self._is_known = True  # a change from here on is heard
        try:
            with self._kernel.database.read() as session:
                found = read_standing(session, now)
                self._posted = [_posted(one) for one in found]
        except UnavailableError:
            self._is_known = False
            self._not_before = time.monotonic() + RETRY_SECONDS


def _posted(notice: Notice) -> Posted:
    texts: Mapping[str, Mapping[str, Any]] = notice.texts
    return Posted(
        notice.id, notice.site, notice.kind, {language: Text(**one) for language, one in texts.items()},
        notice.starts_at, notice.ends_at, frozenset(notice.audiences),
    )  # fmt: skip


def board_of(kernel: Kernel) -> Board:
    """The one board of a running program: it hears what the program hears."""
    found = kernel.remembered.get(Board)
    if isinstance(found, Board):
        return found
    made = Board(kernel)
    kept = cast(Board, kernel.remembered.setdefault(Board, made))
    if kept is made:
        kernel.live.add(made.hear)
    return kept
