"""Apply what messages say of people to the passengers of a flight.

Placing and merging happen in memory (:class:`Roster`); :func:`save` writes what changed in a handful of
statements, however many people a batch has.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.ids import uuid7
from app.travel import travellers
from app.travel.identity import locator_key
from app.travel.models import Party, Passenger, TravelStatus
from app.travel.records import Sighting
from app.travel.roster import DocumentKey, Entry, Roster, merge

BATCH = 25  # passengers per transaction: flights are watched while their lists come in
PARTY_LIMIT = 9  # more people under one locator are a group, not a family
_TRIES = 3


class Outcome(StrEnum):
    """What became of one person of a message."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    STALE = "stale"  # something prepared later has been applied already
    UNKNOWN = "unknown"  # a change of somebody of whom nothing is known, not even a name
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
    if parties:
        session.execute(sa.insert(Party), parties)
    save(session, vault, roster)
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

    The record replaces an earlier one as a whole; an older one than is stored changes nothing.
    """
    entry = roster.find(sighting, taken)
    if entry is None and not sighting.claims.names:
        return Placed(None, Outcome.UNKNOWN)
    if entry is None:
        entry = roster.add(sighting.kind, taken)
    elif entry.api_data is not None and (sparse or _stored(entry) > _key(order)):
        return Placed(entry.id, Outcome.SAME if sparse else Outcome.STALE)
    if sparse and not entry.is_new:
        return Placed(entry.id, Outcome.SAME)
    if entry.api_data != sighting.record or entry.kind != sighting.kind:
        entry.api_data, entry.kind = sighting.record, sighting.kind
        merge(entry)
        roster.show(entry)
        entry.change()
    if not sparse and _stored(entry) != _key(order):
        entry.api_prepared_at, entry.api_message_id = order.prepared_at, order.message_id
        entry.dirty = True
    return Placed(entry.id, _outcome(entry))


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
        roster.show(entry)
        entry.change()
    if entry.api_data is None and entry.travel_status is TravelStatus.WITHDRAWN:
        entry.travel_status = TravelStatus.BOOKED
        entry.change()
    return Placed(entry.id, _outcome(entry))


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


def set_status(entry: Entry, status: TravelStatus, order: Order) -> Outcome:
    """What a list says of somebody's travel; an older list than the last one changes nothing."""
    if entry.status_prepared_at and entry.status_prepared_at > order.prepared_at:
        return Outcome.STALE
    if entry.status_prepared_at != order.prepared_at:
        entry.status_prepared_at = order.prepared_at
        entry.dirty = True
    if entry.travel_status is not status:
        entry.travel_status = status
        entry.change()
    return _outcome(entry)


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
    for together in _by_locator(roster, locators).values():
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


def _by_locator(roster: Roster, locators: set[str]) -> dict[str, list[Entry]]:
    members: dict[str, list[Entry]] = {}
    for entry in roster.entries.values():
        if entry.travel_status is not TravelStatus.WITHDRAWN:
            for key in _locators(entry) & locators:
                members.setdefault(key, []).append(entry)
    return members


def _locators(entry: Entry) -> set[str]:
    """The primary locator of each source."""
    sent = (record.get("locator", "") for record in entry.records)
    return {key for text in sent if (key := locator_key(text))}


def group_locators(sightings: Iterable[Sighting]) -> set[str]:
    """Locators of one message that more people share than a party has."""
    counts = Counter(locator_key(one.record.get("locator", "")) for one in sightings)
    return {key for key, count in counts.items() if count > PARTY_LIMIT}


# --- writing --------------------------------------------------------------------------------------

_PASSENGERS = Passenger.__table__
_UPDATE = sa.text(
    "update passenger set kind = :kind, travel_status = :travel_status, party_id = :party_id,"
    " traveller_id = :traveller_id, surname = :surname, given_names = :given_names,"
    " name_key = :name_key, birth_date = :birth_date, sex = :sex, nationality = :nationality,"
    " residence = :residence, seat = :seat, reference = :reference, locator = :locator,"
    " api_data = :api_data, api_prepared_at = :api_prepared_at, api_message_id = :api_message_id,"
    " status_prepared_at = :status_prepared_at, pnr_data = :pnr_data, provenance = :provenance,"
    " facts_version = facts_version + :facts, version = version + 1 where id = :id"
).bindparams(
    *(sa.bindparam(name, type_=_PASSENGERS.c[name].type)
      for name in ("kind", "travel_status", "api_data", "pnr_data", "provenance"))
)  # fmt: skip
_DELETE_DOCUMENT = sa.text(
    "delete from document where passenger_id = :passenger_id and type = :type"
    " and issuer = :issuer and number_key = :number_key"
)
_UPSERT_DOCUMENT = sa.text(
    "insert into document (id, passenger_id, type, number, number_key, issuer, nationality,"
    " issued_on, expires_on, source) values (:id, :passenger_id, :type, :number, :number_key,"
    " :issuer, :nationality, :issued_on, :expires_on, :source)"
    " on conflict (passenger_id, type, issuer, number_key) do update set number = excluded.number,"
    " nationality = excluded.nationality, issued_on = excluded.issued_on,"
    " expires_on = excluded.expires_on, source = excluded.source"
)


def save(session: Session, vault: Vault, roster: Roster) -> None:
    """Write all changed entries, with documents, travellers and events."""
    changed = [entry for entry in roster.entries.values() if entry.dirty]
    linking = travellers.plan(session, [_candidate(vault, one) for one in changed if one.facts])
    for entry in changed:
        entry.traveller_id = linking.chosen.get(entry.id, entry.traveller_id)
    _insert(session, roster, [entry for entry in changed if entry.is_new])
    _update(session, [entry for entry in changed if not entry.is_new])
    linking.write(session)
    _save_documents(session, changed)
    seen = [entry for entry in changed if entry.facts]
    for entry in changed:
        entry.version += 1
        entry.facts = entry.dirty = False
    announced = [(entry.id, entry.version) for entry in seen]
    events.emit_many(session, "passenger.changed", announced, site=roster.site)


def _candidate(vault: Vault, entry: Entry) -> travellers.Candidate:
    birth = entry.birth_date.isoformat() if entry.birth_date else None
    keys = travellers.keys_of(vault, entry.documents, entry.name_key, birth)
    return travellers.Candidate(entry.id, entry.traveller_id, keys)


def _insert(session: Session, roster: Roster, entries: Sequence[Entry]) -> None:
    rows = [
        {
            "id": entry.id, "flight_id": roster.flight_id, **entry.row(),
            "facts_version": 1, "assessed_version": 0, "version": 1,
        }
        for entry in entries
    ]  # fmt: skip
    if rows:
        session.execute(sa.insert(Passenger), rows)


def _update(session: Session, entries: Sequence[Entry]) -> None:
    rows = [{"id": one.id, **one.row(), "facts": int(one.facts)} for one in entries]
    if rows:
        session.execute(_UPDATE, rows)


def _save_documents(session: Session, entries: Sequence[Entry]) -> None:
    gone, kept = [], []
    for entry in entries:
        for key in entry.stored_documents.keys() - entry.documents.keys():
            gone.append({"passenger_id": entry.id, **_key_columns(key)})
        for key, one in entry.documents.items():
            if entry.stored_documents.get(key) != one:
                kept.append(_document_row(entry.id, key, one))
        entry.stored_documents = dict(entry.documents)
    if gone:
        session.execute(_DELETE_DOCUMENT, gone)
    if kept:
        session.execute(_UPSERT_DOCUMENT, kept)


def _key_columns(key: DocumentKey) -> dict[str, str]:
    return {"type": key[0], "issuer": key[1], "number_key": key[2]}


def _document_row(passenger_id: UUID, key: DocumentKey, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid7(), "passenger_id": passenger_id, **_key_columns(key),
        "number": one["number"], "nationality": one.get("nationality"), "source": one["source"],
        "issued_on": _day(one.get("issued_on")), "expires_on": _day(one.get("expires_on")),
    }  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
