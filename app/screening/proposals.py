"""Changes of a list as a whole: laid out beside the list, compared, and done at once or after a second signature.

What adds, changes and takes off is known to the last field before anything acts; what exceeds the list's limits
acts only once another officer has approved exactly that content, by its hash. How a list is set changes on two
signatures whatever changes: a purpose, a handling or a threshold can silence a list of any size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats.listed import Skipped
from app.identity import scope
from app.kernel.errors import ConflictError, FieldProblem, NotFoundError
from app.kernel.texts import N_
from app.screening.entries import EntryDraft, EntryInvalidError, check_births, check_draft
from app.screening.lifecycle import SameOfficerError
from app.screening.list_models import (
    ProposalStatus,
    ProposedEntry,
    WatchlistProposal,
    WatchlistVersion,
)
from app.screening.list_settings import (
    SettingDifference,
    Settings,
    careful,
    check_settings,
    differences,
    from_stored,
    settings_of,
    stored,
)
from app.screening.lists_csv import Removal, Row
from app.screening.models import Watchlist
from app.screening.overtaken import has_moved
from app.screening.staging import (
    ABSENT,
    AGAIN,
    Difference,
    Rows,
    Told,
    absent,
    because_of,
    compare,
    content_digest,
    ids_of,
    lay_out,
    read_differences,
)
from app.screening.watchlists import Change, finish, lock_list, make_list, set_list

SETTINGS = "settings"
"""Origin and ground of a proposal that sets a list otherwise."""


class NotProposedError(ConflictError):
    """The proposal has been decided already."""

    code, status, title = "proposal-decided", 409, N_("This change has been decided already")


class OvertakenError(ConflictError):
    """What the proposal touches has changed since it was made: one of its entries, for settings the list."""

    code, status, title = (
        "proposal-overtaken",
        409,
        N_("The list has changed since; propose it again"),
    )


class OtherContentError(ConflictError):
    """What is approved is not what was shown."""

    code, status, title = "proposal-content", 409, N_("This is not the content that was shown")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a change: ``change`` where it acted at once, else ``proposal`` waits.

    ``skipped`` counts records of what does not travel, ``first`` are the first differences.
    """

    proposal: WatchlistProposal
    change: Change | None
    skipped: Mapping[str, int]
    first: tuple[Difference, ...] = ()


def submit_rows(
    session: Session,
    actor: Actor,
    list_key: str,
    rows: Rows,
    now: datetime,
    *,
    whole: bool,
    origin: str,
    note: str = "",
    dry_run: bool = False,
) -> Submitted:
    """Compare rows with a list and do the change, or leave it for another officer (``proposal.because``).

    ``whole``: the rows are all that the list shall say, what is not among them is taken off; an entry whose
    row is faulty stays as it is. With ``dry_run`` nothing acts: the caller rolls back. Raises what the rows
    raise, and NotFoundError without the list.
    """
    proposal = begin(session, actor, list_key, now, whole=whole, origin=origin, note=note)
    told, removals = Told(), dict[str, int]()
    lay_out(session, proposal, rows, told, removals)
    compare(session, lock_list(session, list_key), proposal, told, removals)
    return conclude(session, actor, list_key, proposal, told, now, dry_run=dry_run)


def begin(
    session: Session,
    actor: Actor,
    list_key: str,
    now: datetime,
    *,
    whole: bool,
    origin: str,
    note: str,
) -> WatchlistProposal:
    """A proposal whose rows are still to be laid out. Raises NotFoundError without the list.

    One that was being read a day ago was never finished (its process was killed): it is forgotten.
    """
    list_id = session.scalar(sa.select(Watchlist.id).where(Watchlist.key == list_key))
    if list_id is None:
        raise NotFoundError
    session.execute(
        sa.delete(WatchlistProposal)
        .where(WatchlistProposal.watchlist_id == list_id)
        .where(WatchlistProposal.status == ProposalStatus.READING)
        .where(WatchlistProposal.proposed_at < now - timedelta(days=1))
    )
    return _new(session, actor, list_id, now, whole=whole, origin=origin, note=note)


def conclude(
    session: Session,
    actor: Actor,
    list_key: str,
    proposal: WatchlistProposal,
    told: Told,
    now: datetime,
    *,
    dry_run: bool,
) -> Submitted:
    """Do a change that has been compared, or leave it for another officer; the same sent twice waits once.

    Raises :class:`OvertakenError` where the list has changed since it was compared and nobody is to look at it.
    """
    proposal.digest = content_digest(session, proposal)
    watchlist = lock_list(session, list_key)
    proposal.because = because_of(session, watchlist, proposal, told)
    proposal.status = ProposalStatus.PROPOSED
    session.flush()
    if proposal.because and not dry_run and (again := _same_waiting(session, proposal)):
        first = tuple(read_differences(session, proposal))
        _forget(session, proposal)
        session.delete(proposal)
        session.flush()
        return Submitted(again, None, told.skipped, first)
    audit.record(
        session, actor, "watchlist.proposed", "watchlist_proposal", proposal.id, now,
        watchlist=str(watchlist.id), added=proposal.added, changed=proposal.changed,
        removed=proposal.removed, because=proposal.because, origin=proposal.origin,
    )  # fmt: skip
    first = tuple(read_differences(session, proposal))
    if proposal.because or dry_run:
        return Submitted(proposal, None, told.skipped, first)
    if has_moved(session, proposal):
        raise OvertakenError
    change = _apply(session, actor, watchlist, proposal, now)
    return Submitted(proposal, change, told.skipped, first)


def submit_entries(
    session: Session,
    actor: Actor,
    list_key: str,
    put: Sequence[EntryDraft],
    remove: Sequence[str],
    now: datetime,
    note: str = "",
) -> Submitted:
    """:func:`submit_rows` for entries that an officer typed, as a whole or not at all.

    Raises EntryInvalidError, also for a key that stands twice or is to be taken off and not on the list.
    """
    for n, draft in enumerate(put):
        check_draft(draft)
        try:
            check_births(draft, now)
        except EntryInvalidError as error:
            raise error.below(f"/put/{n}") from None
    missing = set(absent(session, lock_list(session, list_key), remove))
    wrong = [FieldProblem(f"/remove/{n}", ABSENT) for n, key in enumerate(remove) if key in missing]
    if wrong := [*_twice(put, remove), *wrong]:
        raise EntryInvalidError(fields=wrong)
    rows: list[tuple[int, Row | Skipped]] = [(n, draft) for n, draft in enumerate(put, 1)]
    rows += [(n, Removal(key, n)) for n, key in enumerate(remove, len(put) + 1)]
    return submit_rows(session, actor, list_key, rows, now, whole=False, origin="typed", note=note)


def _twice(put: Sequence[EntryDraft], remove: Sequence[str]) -> Iterator[FieldProblem]:
    """Each key that stands a second time, be it to put or to take off: which of the two counts is nobody's guess."""
    seen: set[str] = set()
    places = [(f"/put/{n}/key", draft.key) for n, draft in enumerate(put)]
    for pointer, key in [*places, *((f"/remove/{n}", key) for n, key in enumerate(remove))]:
        if key in seen:
            yield FieldProblem(pointer, AGAIN)
        seen.add(key)


def submit_settings(
    session: Session,
    actor: Actor,
    list_key: str,
    settings: Settings,
    seen: int,
    now: datetime,
    note: str = "",
) -> WatchlistProposal | None:
    """Propose to set a list otherwise; ``seen`` is the version that the officer looked at. None: it is set so.

    It acts once somebody else has approved it (:func:`approve`). The same sent twice by the same officer is one
    proposal. Raises SettingsInvalidError, NotFoundError, and ConflictError where the list has changed since.
    """
    check_settings(settings)
    scope.expect_purpose(settings.purpose)
    watchlist = lock_list(session, list_key)
    if watchlist.version != seen:
        raise ConflictError
    changed = differences(settings_of(watchlist), settings)
    if not changed:
        return None
    made = _new(session, actor, watchlist.id, now, whole=False, origin=SETTINGS, note=note)
    made.base_version, made.settings, made.because = watchlist.version, stored(settings), [SETTINGS]
    made.status = ProposalStatus.PROPOSED
    session.flush()
    made.digest = content_digest(session, made)
    if again := _same_waiting(session, made):
        session.delete(made)
        return again
    session.flush()
    audit.record(
        session, actor, "watchlist.proposed", "watchlist_proposal", made.id, now,
        watchlist=str(watchlist.id), settings=[one.field for one in changed],
        because=made.because, origin=SETTINGS,
    )  # fmt: skip
    return made


def submit_list(
    session: Session, actor: Actor, list_key: str, settings: Settings, now: datetime
) -> tuple[Watchlist, WatchlistProposal | None]:
    """Make an empty list; what of its settings is bolder than usual waits for another officer, as any later change.

    One signature would otherwise make a list that changes a thousand entries unsigned and stops whoever bears half a name.
    Raises what :func:`app.screening.watchlists.make_list` raises.
    """
    check_settings(settings)
    scope.expect_purpose(settings.purpose)
    made = make_list(session, actor, list_key, careful(settings), now)
    return made, submit_settings(session, actor, list_key, settings, made.version, now)


def _same_waiting(session: Session, made: WatchlistProposal) -> WatchlistProposal | None:
    """The proposal of the same author and content that waits already."""
    with session.no_autoflush:
        return session.scalars(
            sa.select(WatchlistProposal)
            .where(WatchlistProposal.watchlist_id == made.watchlist_id)
            .where(WatchlistProposal.status == ProposalStatus.PROPOSED)
            .where(WatchlistProposal.digest == made.digest)
            .where(WatchlistProposal.author_id.is_not_distinct_from(made.author_id))
            .where(WatchlistProposal.id != made.id)
        ).first()


def approve(
    session: Session, actor: Actor, proposal_id: UUID, digest: bytes, note: str, now: datetime
) -> Change:
    """Do a proposed change in another officer's name; ``digest`` is of the content that was shown.

    Raises NotFoundError, :class:`NotProposedError`, SameOfficerError, :class:`OtherContentError` and
    :class:`OvertakenError`.
    """
    watchlist = lock_list(session, _list_key(session, proposal_id))
    proposal = _waiting(session, proposal_id)
    if actor.id is None or actor.id == proposal.author_id:
        raise SameOfficerError
    if not digest == bytes(proposal.digest) == content_digest(session, proposal):
        raise OtherContentError
    if has_moved(session, proposal):
        raise OvertakenError
    proposal.decided_by, proposal.decided_at = actor.id, now
    audit.record(
        session, actor, "watchlist.approved", "watchlist_proposal", proposal.id, now,
        digest=digest.hex(), note=bool(note),
    )  # fmt: skip
    if proposal.settings is not None:
        return _set(session, actor, watchlist, proposal, now)
    return _apply(session, actor, watchlist, proposal, now)


def reject(session: Session, actor: Actor, proposal_id: UUID, now: datetime) -> None:
    """Refuse a proposed change, or take back one's own; its entries are forgotten."""
    proposal = _waiting(session, proposal_id)
    proposal.status = ProposalStatus.REJECTED
    proposal.decided_by = None if actor.id == proposal.author_id else actor.id
    proposal.decided_at = now
    _forget(session, proposal)
    audit.record(session, actor, "watchlist.rejected", "watchlist_proposal", proposal.id, now)


def _waiting(session: Session, proposal_id: UUID) -> WatchlistProposal:
    found = session.get(
        WatchlistProposal, proposal_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise NotFoundError
    if found.status is ProposalStatus.OVERTAKEN:
        raise OvertakenError
    if found.status is not ProposalStatus.PROPOSED:
        raise NotProposedError
    return found


def _list_key(session: Session, proposal_id: UUID) -> str:
    found = session.scalar(
        sa.select(Watchlist.key)
        .join(WatchlistProposal, WatchlistProposal.watchlist_id == Watchlist.id)
        .where(WatchlistProposal.id == proposal_id)
    )
    if found is None:
        raise NotFoundError
    return found


def _new(
    session: Session,
    actor: Actor,
    list_id: UUID,
    now: datetime,
    *,
    whole: bool,
    origin: str,
    note: str,
) -> WatchlistProposal:
    made = WatchlistProposal(
        watchlist_id=list_id, base_version=0, origin=origin, whole=whole,
        status=ProposalStatus.READING, digest=b"", added=0, changed=0, removed=0, unchanged=0,
        because=[], faults=[], faulty=0, note=note, author_id=actor.id, proposed_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


# ---------------------------------------------------------------- doing

_RETIRE = sa.text(
    "update watchlist_entry e set removed_version = :version, removed_at = :now"
    " from watchlist_proposal_entry s where s.proposal_id = :p and s.act <> 'add'"
    " and e.watchlist_id = :l and e.removed_version is null and e.key = s.key"
)
_BRING = sa.text(
    "insert into watchlist_entry (id, watchlist_id, key, version, kind, content, reason, category,"
    " severity, valid_from, valid_to, digest)"
    " select id, :l, key, :version, kind, content, reason, category, severity, valid_from, valid_to,"
    " digest from watchlist_proposal_entry where proposal_id = :p and act <> 'remove'"
)


def _set(
    session: Session,
    actor: Actor,
    watchlist: Watchlist,
    proposal: WatchlistProposal,
    now: datetime,
) -> Change:
    settings = from_stored(proposal.settings or {})
    check_settings(settings)
    proposal.status = ProposalStatus.APPLIED
    session.flush()
    return set_list(session, actor, watchlist, settings, now, proposal.id)


def _apply(
    session: Session,
    actor: Actor,
    watchlist: Watchlist,
    proposal: WatchlistProposal,
    now: datetime,
) -> Change:
    values = ids_of(watchlist, proposal) | {"version": watchlist.version + 1, "now": now}
    session.execute(_RETIRE, values)
    session.execute(_BRING, values)
    proposal.status = ProposalStatus.APPLIED
    proposal.decided_at = now
    _forget(session, proposal)
    change = Change(
        watchlist.version + 1, proposal.added, proposal.changed, proposal.removed,
        proposal.unchanged,
    )  # fmt: skip
    return finish(session, actor, watchlist, change, now, proposal.id)


def _forget(session: Session, proposal: WatchlistProposal) -> None:
    session.flush()
    session.execute(sa.delete(ProposedEntry).where(ProposedEntry.proposal_id == proposal.id))


# ---------------------------------------------------------------- looking


def read_proposals(
    session: Session, status: ProposalStatus | None, limit: int = 100
) -> list[tuple[WatchlistProposal, Watchlist]]:
    """Proposals with their lists, the newest first."""
    query = (
        sa.select(WatchlistProposal, Watchlist)
        .join(Watchlist, Watchlist.id == WatchlistProposal.watchlist_id)
        .where(scope.of_purposes(Watchlist.purpose))
    )
    if status is not None:
        query = query.where(WatchlistProposal.status == status)
    rows = session.execute(query.order_by(WatchlistProposal.id.desc()).limit(limit))
    return [(proposal, watchlist) for proposal, watchlist in rows]


def read_settings(session: Session, proposal: WatchlistProposal) -> list[SettingDifference]:
    """What a proposal of settings changes, against the version that it starts from; empty for one of entries."""
    if proposal.settings is None:
        return []
    before = session.scalars(
        sa.select(WatchlistVersion.settings)
        .where(WatchlistVersion.watchlist_id == proposal.watchlist_id)
        .where(WatchlistVersion.version == proposal.base_version)
    ).one()
    return differences(from_stored(before), from_stored(proposal.settings))


def read_proposal(session: Session, proposal_id: UUID) -> tuple[WatchlistProposal, Watchlist]:
    """One proposal with its list. Raises NotFoundError."""
    found = session.get(WatchlistProposal, proposal_id)
    if found is None:
        raise NotFoundError
    return found, session.get_one(Watchlist, found.watchlist_id)
