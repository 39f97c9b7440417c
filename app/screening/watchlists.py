"""Watch lists in the database: made, filled, emptied. What they match is in :mod:`app.screening.lookouts`.

An entry is replaced, never edited, and every change gives its list a new version and so a new rule set.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity import scope
from app.kernel.errors import ConflictError, FieldProblem, NotFoundError
from app.kernel.texts import N_
from app.screening import pairs, rules
from app.screening.entries import EntryDraft, EntryInvalidError, check_draft
from app.screening.list_models import WatchlistVersion
from app.screening.list_settings import (
    Settings,
    SettingsInvalidError,
    check_settings,
    differences,
    settings_of,
    stored,
)
from app.screening.models import Handling, Severity, Watchlist, WatchlistEntry
from app.screening.overtaken import mark_overtaken

__all__ = [
    "Change", "EntryDraft", "EntryInvalidError", "ListExistsError", "Settings",
    "SettingsInvalidError", "check_draft", "create_list", "describe_list", "finish",
    "list_watchlists", "lock_list", "make_list", "note_version", "set_list", "settings_of",
]  # fmt: skip

KEY = "[a-z0-9-]{1,40}"
RESERVED = frozenset({"match"})
"""No keys: addresses beside those of lists."""


class ListExistsError(ConflictError):
    """There is a list of that key."""

    code, status, title = "watchlist-exists", 409, N_("There is a list of this name")


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
    """:func:`make_list` with the usual settings."""
    return make_list(session, actor, key, Settings(title, purpose, handling), now)


def make_list(
    session: Session, actor: Actor, key: str, settings: Settings, now: datetime
) -> Watchlist:
    """Make an empty list. Raises :class:`ListExistsError`, and :class:`SettingsInvalidError` also for a key that is none."""
    if key in RESERVED or not re.fullmatch(KEY, key):
        raise SettingsInvalidError(fields=[FieldProblem("/key", "bad_value")])
    rules.lock(session)
    if session.scalar(sa.select(Watchlist.id).where(Watchlist.key == key)):
        raise ListExistsError
    check_settings(settings)
    made = Watchlist(key=key, version=1, **stored(settings))
    session.add(made)
    session.flush()
    audit.record(session, actor, "watchlist.created", "watchlist", made.id, now)
    note_version(session, actor, made, Change(1), now)
    rules.write_ruleset(session)
    return made


def set_list(
    session: Session,
    actor: Actor,
    watchlist: Watchlist,
    settings: Settings,
    now: datetime,
    proposal_id: UUID,
) -> Change:
    """Set a list otherwise, as a version of its own: what two officers have signed as that proposal.

    :func:`lock_list` holds the list. The new version gives a new rule set, and whom the list concerns is screened again.
    """
    fields = [one.field for one in differences(settings_of(watchlist), settings)]
    for name, value in stored(settings).items():
        setattr(watchlist, name, value)
    watchlist.version += 1
    session.flush()
    audit.record(
        session, actor, "watchlist.set", "watchlist", watchlist.id, now,
        version=watchlist.version, fields=fields,
    )  # fmt: skip
    change = Change(watchlist.version)
    note_version(session, actor, watchlist, change, now, proposal_id)
    mark_overtaken(session, actor, watchlist, now)
    if watchlist.severity is Severity.SEVERE:
        pairs.ask_second(session, watchlist.id, now)
    seal(session)
    return change


def note_version(
    session: Session,
    actor: Actor,
    watchlist: Watchlist,
    change: Change,
    now: datetime,
    proposal_id: UUID | None = None,
) -> None:
    """Write down what a version of a list changed and how the list was set at it."""
    session.add(
        WatchlistVersion(
            watchlist_id=watchlist.id, version=watchlist.version,
            settings=stored(settings_of(watchlist)), added=change.added,
            replaced=change.replaced, removed=change.removed, actor_id=actor.id,
            proposal_id=proposal_id, made_at=now,
        )
    )  # fmt: skip
    session.flush()


def describe_list(session: Session, key: str) -> tuple[Watchlist, int]:
    """A list and the number of its live entries. Raises NotFoundError."""
    found = next((one for one in list_watchlists(session) if one[0].key == key), None)
    if found is None:
        raise NotFoundError
    return found


def list_watchlists(session: Session) -> list[tuple[Watchlist, int]]:
    """All lists of the officer's purposes with the number of their live entries."""
    live = (
        sa.select(WatchlistEntry.watchlist_id, sa.func.count().label("entries"))
        .where(WatchlistEntry.removed_version.is_(None))
        .group_by(WatchlistEntry.watchlist_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Watchlist, sa.func.coalesce(live.c.entries, 0))
        .outerjoin(live, live.c.watchlist_id == Watchlist.id)
        .where(scope.of_purposes(Watchlist.purpose))
        .order_by(Watchlist.key)
    )
    return [(watchlist, entries) for watchlist, entries in rows]


def lock_list(session: Session, key: str) -> Watchlist:
    """The list, held against other changes of it until the end of the transaction. Raises NotFoundError.

    Only this list: comparing or putting a million entries takes minutes, and an urgent lookout must not wait
    for them. What all changes share, the rule set, is held from :func:`seal` on, at the end. In that order,
    always: who held the rule set first and then asked for a list could wait for ever.
    """
    held = sa.select(Watchlist).where(Watchlist.key == key).with_for_update(key_share=True)
    found = session.scalar(held.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError
    return found


def seal(session: Session) -> None:
    """Write down the rule set that a change of a list makes; whoever changes rules or lists waits until its end."""
    rules.lock(session)
    rules.write_ruleset(session)


def finish(
    session: Session,
    actor: Actor,
    watchlist: Watchlist,
    change: Change,
    now: datetime,
    proposal_id: UUID | None = None,
) -> Change:
    """Give the list its new version, where anything changed, and write down who did what."""
    if not change.touched:
        return replace(change, version=watchlist.version)
    watchlist.version = change.version
    session.flush()
    audit.record(
        session, actor, "watchlist.changed", "watchlist", watchlist.id, now,
        version=change.version, added=change.added, replaced=change.replaced,
        removed=change.removed,
    )  # fmt: skip
    note_version(session, actor, watchlist, change, now, proposal_id)
    mark_overtaken(session, actor, watchlist, now)
    pairs.void_changed(session, watchlist.id, now)
    seal(session)
    return change
