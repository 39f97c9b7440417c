"""A change of lists or lookouts screened in reverse: only whom it can concern is assessed anew.

Under a new rule set that differs from an assessment's own in lists or urgent lookouts alone, nothing but those can
change the result. So they alone are asked about the passenger: who meets nothing of them now and met nothing of
them before keeps the assessment, which from then on stands for the new rule set. Everybody else is assessed in
full. Both ways end in the same: a passenger for whom a changed list has no word gets what the rules and the other
lists said already.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.facts import declarations_of
from app.kernel import events
from app.screening import lookouts
from app.screening.gather import Inspected, Known
from app.screening.list_models import WatchlistVersion
from app.screening.lookouts import Lookout
from app.screening.matchers import SMALL, changes_between, count_came
from app.screening.models import Assessment, Hit, HitSource, Ruleset, Watchlist
from app.screening.people import people_of
from app.screening.urgent import urgent_of
from app.screening.urgent_match import KEY, Urgent, screen_urgent
from app.travel.models import Document, Flight, FlightAlias, Passenger
from app.travel.shown import shown_to

_OF_LISTS = frozenset({"id", "created_at", "n", "digest", "watchlists", "lookouts"})
_KEPT = 16
MOST_NEW = 5_000
"""From more new entries on, the whole list is asked: an index of them would not be quicker."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The lists and lookouts by which one rule set differs from another, as they are now and as they were."""

    lists: frozenset[str]
    lookouts: tuple[Lookout, ...]
    urgent: tuple[Urgent, ...]
    gone: frozenset[str]


def carry_over(
    session: Session, ids: Sequence[UUID], ruleset_id: UUID, now: datetime
) -> list[UUID]:
    """Let assessments that the rule set in force cannot change stand for it; who is left to assess.

    The caller holds the flights' locks. One statement where no assessment is of another rule set.
    """
    older = _older(session, ids, ruleset_id)
    if not older:
        return list(ids)
    carried: dict[UUID, UUID] = {}
    for before in set(older.values()):
        found = _difference(session, before, ruleset_id, now)
        if found is not None:
            mine = [one for one, held in older.items() if held == before]
            unconcerned = set(mine) - _concerned(session, mine, found)
            carried |= dict.fromkeys(unconcerned, before)
    done = _carry(session, carried, ruleset_id)
    return [one for one in ids if one not in done]


def _older(session: Session, ids: Sequence[UUID], ruleset_id: UUID) -> dict[UUID, UUID]:
    """Passengers whose current assessment is of their newest facts and of another rule set, with that."""
    rows = session.execute(
        sa.select(Assessment.passenger_id, Assessment.ruleset_id)
        .join(Passenger, Passenger.id == Assessment.passenger_id)
        .where(Assessment.passenger_id.in_(ids), Assessment.is_current)
        .where(Assessment.ruleset_id != ruleset_id)
        .where(
            Assessment.facts_version == Passenger.facts_version,
            Passenger.facts_version == Passenger.assessed_version,
        )
    )
    return {row.passenger_id: row.ruleset_id for row in rows}


# ---------------------------------------------------------------- what differs

_differences: dict[tuple[UUID, UUID], Difference | None] = {}


def _difference(
    session: Session, before_id: UUID, after_id: UUID, now: datetime
) -> Difference | None:
    """What differs, built once per process; None where more than lists and lookouts does."""
    key = (before_id, after_id)
    if key not in _differences:
        while len(_differences) >= _KEPT:
            _differences.pop(next(iter(_differences)), None)
        _differences[key] = _build(session, before_id, after_id, now)
    found = _differences[key]
    if found is None:
        return None
    return replace(found, urgent=tuple(one for one in found.urgent if now < one.expires_at))


def _build(session: Session, before_id: UUID, after_id: UUID, now: datetime) -> Difference | None:
    before, after = session.get_one(Ruleset, before_id), session.get_one(Ruleset, after_id)
    if _but_lists(before) != _but_lists(after):
        return None
    changed = {
        key
        for key in {*before.watchlists, *after.watchlists}
        if before.watchlists.get(key) != after.watchlists.get(key)
    }
    came = set(after.lookouts) - set(before.lookouts)
    return Difference(
        lists=frozenset(changed),
        lookouts=tuple(_asked(session, before, after, changed)),
        urgent=tuple(one for one in urgent_of(session, after, now) if one.id in came),
        gone=frozenset(f"{KEY}/{one}" for one in set(before.lookouts) - set(after.lookouts)),
    )


def _asked(
    session: Session, before: Ruleset, after: Ruleset, changed: Collection[str]
) -> Iterator[Lookout]:
    """The changed lists with the entries that came since alone; whole where the list is set otherwise by now, for
    that changes what its other entries say, or where most of it is new.
    """
    rows = session.scalars(sa.select(Watchlist).where(Watchlist.key.in_(changed))).all()
    ids = {row.key: row.id for row in rows}
    for one in lookouts.lookouts(session, after):
        if one.key not in changed:
            continue
        was = before.watchlists.get(one.key)
        # A small list weighs its words anew at each change: that may move what its other entries say.
        if (
            was is None
            or len(one.entries) < SMALL + MOST_NEW
            or not _set_alike(session, ids[one.key], was, one.version)
        ):
            yield one
            continue
        if count_came(session, ids[one.key], was, one.version) > MOST_NEW:
            yield one
            continue
        came, _ = changes_between(session, ids[one.key], was, one.version)
        if came:
            yield lookouts.only(one, came)


def _set_alike(session: Session, list_id: UUID, one: int, other: int) -> bool:
    """Whether a list was set the same at two of its versions."""
    rows = session.execute(
        sa.select(WatchlistVersion.version, WatchlistVersion.settings)
        .where(WatchlistVersion.watchlist_id == list_id)
        .where(WatchlistVersion.version.in_([one, other]))
    ).all()
    known = {row.version: row.settings for row in rows}
    return one in known and other in known and known[one] == known[other]


def _but_lists(ruleset: Ruleset) -> Mapping[str, Any]:
    columns = sa.inspect(Ruleset).column_attrs
    return {one.key: getattr(ruleset, one.key) for one in columns if one.key not in _OF_LISTS}


# ---------------------------------------------------------------- whom it concerns


def _concerned(session: Session, ids: Sequence[UUID], found: Difference) -> set[UUID]:
    """Those who meet something of what has changed, or met it when they were assessed."""
    concerned = _met_before(session, ids, found)
    if not found.lookouts and not found.urgent:
        return concerned
    rest = [one for one in ids if one not in concerned]
    for known in _sketches(session, rest):
        people, day = people_of(known), known.flight.flight_date
        if lookouts.screen(found.lookouts, people, day) or screen_urgent(
            found.urgent, known, people
        ):
            concerned.add(known.passenger.id)
    return concerned


def _met_before(session: Session, ids: Sequence[UUID], found: Difference) -> set[UUID]:
    subject = Hit.subject
    rows = session.scalars(
        sa.select(Hit.passenger_id)
        .join(Assessment, Assessment.id == Hit.assessment_id)
        .where(Assessment.passenger_id.in_(ids), Assessment.is_current)
        .where(Hit.source == HitSource.WATCHLIST)
        .where(
            sa.or_(sa.func.split_part(subject, "/", 1).in_(found.lists), subject.in_(found.gone))
        )
    )
    return set(rows)


def _sketches(session: Session, ids: Collection[UUID]) -> list[Known]:
    """What lists and lookouts look at of passengers, and nothing else of them."""
    rows = session.execute(
        sa.select(Passenger, Flight)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()
    found = [passenger.id for passenger, _ in rows]
    papers = _by(session.scalars(sa.select(Document).where(Document.passenger_id.in_(found))), "passenger_id")  # fmt: skip
    flights = {flight.id for _, flight in rows}
    numbers = _by(session.scalars(sa.select(FlightAlias).where(FlightAlias.flight_id.in_(flights))), "flight_id")  # fmt: skip
    shown = _by(shown_to(session, found), "passenger_id")
    declared = declarations_of(session, found)
    return [
        Known(
            passenger=passenger, flight=flight, aliases=tuple(numbers.get(flight.id, ())),
            documents=tuple(papers.get(passenger.id, ())), bookings=(), fellows=None,
            declared=declared.get(passenger.id), trips_12m=0, inspected=Inspected(),
            previous=None, reviews={}, shown=tuple(shown.get(passenger.id, ())),
        )
        for passenger, flight in rows
    ]  # fmt: skip


def _by(rows: Any, name: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found


_CARRY = sa.text(
    "update assessment a set ruleset_id = :after, carried_from = coalesce(a.carried_from, a.ruleset_id)"
    " from unnest(cast(:ids as uuid[]), cast(:before as uuid[])) as seen(id, before), passenger p,"
    " flight f"
    " where a.passenger_id = seen.id and a.is_current and a.ruleset_id = seen.before"
    " and p.id = a.passenger_id and p.facts_version = a.facts_version and f.id = p.flight_id"
    " returning a.passenger_id, p.version, f.site"
)


def _carry(session: Session, carried: Mapping[UUID, UUID], ruleset_id: UUID) -> set[UUID]:
    """Write it down where facts are still those that were looked at, and tell everybody."""
    if not carried:
        return set()
    values = {"after": ruleset_id, "ids": list(carried), "before": list(carried.values())}
    rows = session.execute(_CARRY, values).all()
    for site in {row.site for row in rows}:
        changed = [(row.passenger_id, row.version) for row in rows if row.site == site]
        events.emit_many(session, "passenger.assessed", changed, site=site)
    return {row.passenger_id for row in rows}
