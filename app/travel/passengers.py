"""Apply what messages say of people to the passengers of a flight.

Placing and merging happen in memory (:class:`Roster`); :mod:`app.travel.store` writes what changed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.crypto import Vault
from app.kernel.ids import uuid7
from app.travel.identity import Claims, locator_key
from app.travel.models import Boarding, Passenger, PassengerKind, TravelStatus
from app.travel.records import Sighting
from app.travel.roster import Entry, Roster, merge
from app.travel.store import save

BATCH = 75
PARTY_LIMIT = 9  # more people under one locator are a group, not a family
_TRIES = 3


class Outcome(StrEnum):
    """What became of one person of a message."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    STALE = "stale"  # something prepared later has been applied already
    REPEATED = "repeated"  # named before in the same list
    UNKNOWN = "unknown"  # a change of somebody of whom nothing is known, neither name nor document
    FAILED = "failed"  # a defect of ours; the others are applied


@dataclass(frozen=True, slots=True)
class Order:
    """By what messages follow each other: the sender's time of preparation, then arrival."""

    prepared_at: datetime
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Placed:
    """The passenger that a sighting was applied to; None when there is none."""

    passenger_id: UUID | None
    outcome: Outcome


Placing = Callable[[Roster], list[Placed]]


def apply_to(
    session: Session,
    vault: Vault,
    roster: Roster,
    place: Placing,
    *,
    groups: Collection[str] = frozenset(),
) -> list[Placed]:
    """One batch: place people in memory, write what changed, announce it. ``roster.lock`` comes before.

    ``place`` may run again: if somebody changed one of the passengers since the roster was read, it is
    read anew. ``groups`` are locators whose people form no party. On an exception the caller rolls back
    and calls ``roster.forget()``.
    """
    for _ in range(_TRIES):
        placed = place(roster)
        parties = _form_parties(roster, set(groups))
        if _unchanged_since(session, roster):
            break
        roster.read(session)
    save(session, vault, roster, parties)
    roster.keep_awaited(session)
    return placed


def _unchanged_since(session: Session, roster: Roster) -> bool:
    """Lock the changed rows, in order, and see whether they are those in memory."""
    changed = (one for one in roster.entries.values() if one.dirty and not one.is_new)
    versions = {entry.id: entry.version for entry in changed}
    if not versions:
        return True
    rows = session.execute(
        sa.select(Passenger.id, Passenger.version)
        .where(Passenger.id.in_(versions))
        .order_by(Passenger.id)
        .with_for_update()
    )
    return all(versions[row.id] == row.version for row in rows)


# --- placing --------------------------------------------------------------------------------------


def place_api(
    roster: Roster, sighting: Sighting, order: Order, taken: set[UUID], *, sparse: bool = False
) -> Placed:
    """A person of a passenger or crew list. ``sparse``: a change of status, names hardly more.

    The record replaces an earlier one as a whole, which stays as a version; one that is older than what is
    stored becomes a version itself and changes nothing. Without a name the number of a document tells who
    somebody is; a list keeps everybody, a change is of somebody.
    """
    before = len(taken)
    entry = roster.find(sighting, taken)
    if entry is None and sparse and not (sighting.claims.names or sighting.claims.documents):
        return Placed(None, Outcome.UNKNOWN)
    again = entry is not None and len(taken) == before
    if entry is None:
        entry = roster.add(sighting.kind, taken)
    elif sparse:
        return Placed(entry.id, Outcome.SAME)
    elif entry.api_data is not None and _stored(entry) > _key(order):
        _keep_late(entry, sighting, order)
        return Placed(entry.id, Outcome.STALE)
    if entry.api_data != sighting.record or entry.kind != sighting.kind:
        _replace(entry, sighting, order)
        merge(entry)
        roster.show(entry, _all_claims(entry, sighting))
        entry.change()
    if not sparse and _stored(entry) != _key(order):
        entry.api_prepared_at, entry.api_message_id = order.prepared_at, order.message_id
        entry.dirty = True
    if sparse:  # a status is no list: what it adds was said by no list yet
        entry.api_since = None
    elif entry.api_since is None:
        entry.api_since, entry.dirty = order.prepared_at, True
    return Placed(entry.id, Outcome.REPEATED if again else _outcome(entry))


def _all_claims(entry: Entry, sighting: Sighting) -> Claims | None:
    """The sighting's, when it is all that is known of the person: it is not read twice then."""
    return sighting.claims if entry.is_new and len(entry.records) == 1 else None


def _replace(entry: Entry, sighting: Sighting, order: Order) -> None:
    """The newer record; what another message said before stays as a version."""
    before, message, since = entry.api_data, entry.api_message_id, entry.api_since
    if before is not None and message and since and message != order.message_id:
        entry.keep_version(before, message, since)
    if before != sighting.record and message != order.message_id:
        entry.api_since = order.prepared_at
    entry.api_data, entry.kind = sighting.record, sighting.kind


def _keep_late(entry: Entry, sighting: Sighting, order: Order) -> None:
    """A list that comes after a later one: a version, or the later one's content said before."""
    if entry.api_data == sighting.record:
        if entry.api_since is None or order.prepared_at < entry.api_since:
            entry.api_since = order.prepared_at
            entry.change()
        return
    entry.keep_version(sighting.record, order.message_id, order.prepared_at)
    entry.change()


def _key(order: Order) -> tuple[float, int]:
    return order.prepared_at.timestamp(), order.message_id.int


def _stored(entry: Entry) -> tuple[float, int]:
    at, message = entry.api_prepared_at, entry.api_message_id
    return (at.timestamp() if at else 0.0, message.int if message else 0)


def place_pnr(roster: Roster, sighting: Sighting, booking_id: UUID, taken: set[UUID]) -> Placed:
    """A traveller of a booking whose push is the newest one."""
    entry = roster.find(sighting, taken)
    if entry is None:
        entry = roster.add(sighting.kind, taken)
    bookings = entry.pnr_data or {}
    key = str(booking_id)
    if bookings.get(key) != sighting.record:
        entry.pnr_data = {**bookings, key: sighting.record}
        merge(entry)
        roster.show(entry, _all_claims(entry, sighting))
        entry.change()
    if entry.api_data is None and entry.travel_status is TravelStatus.WITHDRAWN:
        _give(entry, TravelStatus.BOOKED)
    return Placed(entry.id, imply_status(entry, roster.boarding))


def drop_pnr(roster: Roster, booking_id: UUID, kept: Collection[UUID]) -> list[Placed]:
    """People who are in the booking no more; who is known from nowhere else is withdrawn."""
    key = str(booking_id)
    dropped = []
    for entry in roster.entries.values():
        bookings = entry.pnr_data or {}
        if key not in bookings or entry.id in kept:
            continue
        rest = {other: record for other, record in bookings.items() if other != key}
        if rest or entry.api_data:
            entry.pnr_data = rest or None
            merge(entry)
            roster.show(entry)
        else:  # the last record stays: it is all that is known of the person
            if entry.travel_status is TravelStatus.WITHDRAWN:
                continue
            entry.travel_status = TravelStatus.WITHDRAWN
        entry.change()
        dropped.append(Placed(entry.id, Outcome.CHANGED))
    return dropped


# --- travel status --------------------------------------------------------------------------------

_AWAY = frozenset({TravelStatus.WITHDRAWN, TravelStatus.NOT_BOARDED})
# Of two lists of one moment, of one sender or of two, the one that keeps somebody in sight counts.
_OF_ONE_MOMENT = (TravelStatus.WITHDRAWN, TravelStatus.NOT_BOARDED, TravelStatus.BOARDED)
_PASSENGERS = frozenset({PassengerKind.PASSENGER, PassengerKind.TRANSIT})


def set_status(entry: Entry, status: TravelStatus, prepared: datetime) -> Outcome:
    """What a list says of somebody by name; an older list than the last one changes nothing.

    Only noted: what follows for the person, :func:`imply_status` says. So the order of lists is nothing.
    """
    known, at = entry.named_status, entry.status_prepared_at
    if known and at and (at, _strength(known)) > (prepared, _strength(status)):
        return Outcome.STALE
    if (known, at) != (status, prepared):
        entry.named_status, entry.status_prepared_at = status, prepared
        entry.dirty = True
    if status in _AWAY and _listed_since(entry, prepared):
        return Outcome.STALE
    return _outcome(entry)


def await_status(roster: Roster, reference: str, status: TravelStatus, prepared: datetime) -> None:
    """What a list says of a reference that is nobody's yet: :func:`settle_awaited` gives it to whoever bears it."""
    known = roster.awaited.get(reference)
    if known is None or (known[1], _strength(known[0])) < (prepared, _strength(status)):
        roster.awaited[reference] = roster.told[reference] = status, prepared


def settle_awaited(roster: Roster, entry: Entry) -> None:
    """A list has said who bears a reference: what was told of it before is told of that person."""
    told = roster.awaited.get(entry.reference or "")
    if told:
        set_status(entry, *told)


def _strength(status: TravelStatus) -> int:
    return _OF_ONE_MOMENT.index(status)


def imply_status(entry: Entry, boarding: tuple[Boarding, datetime] | None) -> Outcome:
    """Where somebody is by all that the lists said: by name, or of those whom they do not name.

    Whoever stands on a list prepared after one that took them away travels after all. A list of those on board
    leaves everybody else behind but who was listed after it; a list of those left behind takes the others along,
    if the carrier ever listed them.
    """
    named, at = entry.named_status, entry.status_prepared_at
    if named and at and not (named in _AWAY and _listed_since(entry, at)):
        _give(entry, named)
    elif entry.travel_status is not TravelStatus.WITHDRAWN or entry.api_data is not None:
        _give(entry, _implied(entry, boarding))  # else the booking says so
    return _outcome(entry)


def implies_change(entry: Entry, boarding: tuple[Boarding, datetime]) -> bool:
    """Whether :func:`imply_status` would change the entry."""
    copy = replace(entry, facts=False, dirty=False)
    imply_status(copy, boarding)
    return copy.dirty


def _implied(entry: Entry, boarding: tuple[Boarding, datetime] | None) -> TravelStatus:
    if boarding is None or entry.kind not in _PASSENGERS:
        return TravelStatus.BOOKED
    named, prepared = boarding
    if named is Boarding.LEFT_BEHIND:
        return TravelStatus.BOARDED if entry.api_data else TravelStatus.BOOKED
    after = _listed_since(entry, prepared)
    return TravelStatus.BOOKED if after else TravelStatus.NOT_BOARDED


def _listed_since(entry: Entry, moment: datetime) -> bool:
    return entry.api_prepared_at is not None and entry.api_prepared_at > moment


def _give(entry: Entry, status: TravelStatus) -> None:
    if entry.travel_status is not status:
        entry.travel_status = status
        entry.change()


def _outcome(entry: Entry) -> Outcome:
    if entry.is_new:
        return Outcome.ADDED
    return Outcome.CHANGED if entry.facts else Outcome.SAME


# --- parties --------------------------------------------------------------------------------------


def _form_parties(roster: Roster, groups: set[str]) -> list[dict[str, Any]]:
    """Who shares a locator travels together; the rest of a changed party is looked at again.

    Gives the rows of new parties.
    """
    changed = [entry for entry in roster.entries.values() if entry.facts]
    locators = {key for entry in changed for key in _locators(entry)} - groups
    new = []
    for locator in sorted(locators):
        together = _party_of(roster, locator)
        if not 2 <= len(together) <= PARTY_LIMIT:
            continue
        known = next((entry.party_id for entry in together if entry.party_id), None)
        party_id = known or uuid7()
        if not known:
            new.append({"id": party_id, "flight_id": roster.flight_id})
        for entry in together:
            entry.party_id = entry.party_id or party_id
            entry.change()
    return new


def _party_of(roster: Roster, locator: str) -> list[Entry]:
    return [
        entry for entry in roster.with_locator(locator)
        if entry.travel_status is not TravelStatus.WITHDRAWN and locator in _locators(entry)
    ]  # fmt: skip


def _locators(entry: Entry) -> set[str]:
    """The primary locator of each source."""
    sent = (record.get("locator", "") for record in entry.records)
    return {key for text in sent if (key := locator_key(text))}


def group_locators(sightings: Iterable[Sighting]) -> set[str]:
    """Locators of one message that more people share than a party has."""
    counts = Counter(locator_key(one.record.get("locator", "")) for one in sightings)
    return {key for key, count in counts.items() if count > PARTY_LIMIT}
