"""What a booking shares with others': telephone, mail, card, postal address, office; and who of them had a hit.

Only keyed pseudonyms are kept. A *hit* is the level attention or above, judged without regard to fellow
travellers and to these links themselves: two people must not hold each other up, and the order in which
they were judged must leave no trace.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.crypto import Vault
from app.kernel.ids import uuid7
from app.screening.bookings import booking_facts
from app.screening.models import LinkKey
from app.travel.models import Booking, Flight, Passenger

DAYS = 90
"""How long a hit counts for others, in days before their flight."""

_MOST = 40
_SHORTEST_PHONE = 7


class LinkKind(StrEnum):
    """What may be shared."""

    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    ADDRESS = "address"
    AGENCY = "agency"


FACTS: Mapping[LinkKind, str] = {kind: f"link.{kind}_hits_{DAYS}d" for kind in LinkKind}
Counts = Mapping[LinkKind, int]


class Key(NamedTuple):
    """One thing that others may have too; ``key`` is a pseudonym."""

    kind: LinkKind
    key: bytes


@dataclass(frozen=True, slots=True)
class Linked:
    """The keys of one passenger, and how many others with each had a hit."""

    keys: frozenset[Key]
    counts: Counts

    def facts(self) -> dict[str, int | None]:
        """A kind that the bookings do not give is unknown, one that nobody else has is 0."""
        given = {key.kind for key in self.keys}
        return {
            FACTS[kind]: self.counts.get(kind, 0) if kind in given else None for kind in LinkKind
        }


NOT_LINKED = Linked(frozenset(), {})


def keys_of(bookings: Iterable[Booking], vault: Vault) -> frozenset[Key]:
    """What the bookings of one passenger share with whoever else gives the same."""
    found = {pair for booking in bookings for pair in _shared(booking.record)}
    chosen = sorted(found)[:_MOST]
    return frozenset(
        Key(kind, key) for kind, text in chosen for key in vault.pseudonyms(f"link/{kind}", text)
    )


def _shared(record: Any) -> Iterator[tuple[LinkKind, str]]:
    if not isinstance(record, Mapping):
        return
    for contact in _objects(record, "contacts"):
        kind, text = contact.get("kind"), _plain(contact.get("value"))
        digits = re.sub(r"\D", "", text)
        if kind == "mail" and "@" in text:
            yield LinkKind.EMAIL, text
        elif kind == "phone" and len(digits) >= _SHORTEST_PHONE:
            yield LinkKind.PHONE, digits.lstrip("0")
    for payment in _objects(record, "payments"):
        if card := _plain(payment.get("fingerprint")):
            yield LinkKind.CARD, card
    for address in _objects(record, "addresses"):
        street, code = _plain(address.get("street")), _plain(address.get("postcode"))
        if street and code:
            yield LinkKind.ADDRESS, f"{street}|{code}"
    office = booking_facts(record)["booking.agency"]
    if office:
        yield LinkKind.AGENCY, office


def _objects(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = record.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _plain(value: Any) -> str:
    return " ".join(value.casefold().split(" ")).strip() if isinstance(value, str) else ""


_COUNT = sa.text(
    "select mine.id, other.kind, count(distinct coalesce(p.traveller_id, p.id))"
    " from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:keys as bytea[]))"
    "   as mine(id, kind, key)"
    " join passenger me on me.id = mine.id join flight f on f.id = me.flight_id"
    " join link_key other on other.kind = mine.kind and other.key = mine.key and other.hit"
    "   and other.flight_date between f.flight_date - :days and f.flight_date"
    " join passenger p on p.id = other.passenger_id"
    " where p.id <> me.id and p.traveller_id is distinct from coalesce(me.traveller_id, me.id)"
    "   and (p.flight_id <> me.flight_id or p.locator is distinct from me.locator)"
    " group by mine.id, other.kind"
)


def links_of(
    session: Session, bookings: Mapping[UUID, Sequence[Booking]], vault: Vault
) -> Mapping[UUID, Linked]:
    """For passengers with their bookings: keys and counts, in one statement; nobody without keys is in it.

    Fellow travellers under the same locator are no others: they have facts of their own.
    """
    keys = {owner: found for owner, some in bookings.items() if (found := keys_of(some, vault))}
    rows = [(owner, key.kind.value, key.key) for owner, some in keys.items() for key in some]
    if not rows:
        return {}
    counts: dict[UUID, dict[LinkKind, int]] = defaultdict(dict)
    ids, kinds, values = (list(column) for column in zip(*rows, strict=True))
    given = {"ids": ids, "kinds": kinds, "keys": values, "days": DAYS}
    for owner, kind, count in session.execute(_COUNT, given):
        counts[owner][LinkKind(kind)] = count
    return {owner: Linked(found, counts.get(owner, {})) for owner, found in keys.items()}


class Had(NamedTuple):
    """What is to be kept of a passenger: the keys, and whether there was a hit."""

    passenger_id: UUID
    flight_date: Any
    keys: frozenset[Key]
    hit: bool


def keep_links(session: Session, people: Sequence[Had]) -> set[Key]:
    """Write the keys down, in place of those before; the keys under which the number of hits has changed."""
    if not people:
        return set()
    ids = [one.passenger_id for one in people]
    rows = session.execute(
        sa.select(LinkKey.passenger_id, LinkKey.kind, LinkKey.key, LinkKey.hit).where(
            LinkKey.passenger_id.in_(ids)
        )
    )
    before = {(owner, Key(LinkKind(kind), bytes(key))): hit for owner, kind, key, hit in rows}
    after = {(one.passenger_id, key): one.hit for one in people for key in one.keys}
    if before == after:
        return set()
    days = {one.passenger_id: one.flight_date for one in people}
    session.execute(sa.delete(LinkKey).where(LinkKey.passenger_id.in_(ids)))
    if after:
        session.execute(sa.insert(LinkKey), [
            {"id": uuid7(), "passenger_id": owner, "kind": key.kind, "key": key.key, "hit": hit,
             "flight_date": days[owner]}
            for (owner, key), hit in after.items()
        ])  # fmt: skip
    had = {pair for pair, hit in before.items() if hit}
    have = {pair for pair, hit in after.items() if hit}
    return {key for _, key in had ^ have}


def sharing(
    session: Session, keys: Collection[Key], day: Any, now: datetime, waits: timedelta
) -> set[UUID]:
    """Passengers still to come (or in the hall) whose links a hit on a flight of ``day`` has changed."""
    if not keys:
        return set()
    pairs = sa.tuple_(LinkKey.kind, LinkKey.key)
    expected = sa.or_(
        Flight.arrives_at > now - waits,
        sa.and_(Flight.arrives_at.is_(None), Flight.flight_date >= (now - waits).date()),
    )
    return set(session.scalars(
        sa.select(LinkKey.passenger_id)
        .join(Passenger, Passenger.id == LinkKey.passenger_id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(pairs.in_([(key.kind, key.key) for key in keys]), expected)
        .where(LinkKey.flight_date.between(day, day + timedelta(days=DAYS)))
    ))  # fmt: skip
