"""Who shares a telephone, mail address, card, postal address or office with a passenger, from the keys that rules use.

Only pseudonyms are compared: what is shared is not stored in the clear here and not shown, that it is shared is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity import scope
from app.screening.links import DAYS, LinkKind
from app.travel.models import Passenger

MOST = 12
AMONG = 200
"""So many of a kind are looked at where some of them may be none of the officer's."""


@dataclass(frozen=True, slots=True)
class Sharer:
    """Somebody of another booking, on one flight."""

    passenger_id: UUID
    surname: str
    given_names: str
    flight: str
    flight_date: date


@dataclass(frozen=True, slots=True)
class Shared:
    """One kind: how many others there are, the newest of them by name; ``elsewhere``: those who have come to places that
    are none of the officer's, who are counted alone.
    """

    kind: LinkKind
    count: int
    people: Sequence[Sharer]
    elsewhere: int = 0


_SHARERS = sa.text(
    "select kind, total, passenger_id, surname, given_names, flight, flight_date from ("
    " select other.kind, p.id as passenger_id, p.surname, p.given_names, other.flight_date,"
    "  f.carrier || f.number || f.suffix as flight, count(*) over (partition by other.kind) as total,"
    "  row_number() over (partition by other.kind order by other.flight_date desc, p.id desc) as place"
    " from (select distinct l.kind, o.passenger_id, o.flight_date from link_key l join link_key o"
    "   on o.kind = l.kind and o.key = l.key and o.flight_date between l.flight_date - :days and l.flight_date + :days"
    "   where l.passenger_id = :passenger and o.passenger_id <> l.passenger_id) other"
    " join passenger me on me.id = :passenger"
    " join passenger p on p.id = other.passenger_id join flight f on f.id = p.flight_id"
    " where f.site = :site and p.traveller_id is distinct from coalesce(me.traveller_id, me.id)"
    "  and (p.flight_id <> me.flight_id or p.locator is distinct from me.locator)"
    ") ranked where place <= :most order by kind, place"
).columns(passenger_id=sa.Uuid())


def shared_with(session: Session, passenger_id: UUID, site: str) -> list[Shared]:
    """By kind, those who travelled to the site within :data:`DAYS` days before or after; one statement, or
    two for an officer of a part of the site.

    Other journeys of the same traveller and fellows of the same booking are no others.
    """
    limited = not scope.current().whole
    given = {
        "passenger": passenger_id,
        "site": site,
        "days": DAYS,
        "most": AMONG if limited else MOST,
    }
    found: dict[LinkKind, tuple[int, list[Sharer]]] = {}
    for kind, total, *person in session.execute(_SHARERS, given):
        found.setdefault(LinkKind(kind), (total, []))[1].append(Sharer(*person))
    ids = {one.passenger_id for _, people in found.values() for one in people}
    there = visible(session, ids) if limited else ids
    return [_narrowed(kind, *found[kind], there) for kind in LinkKind if kind in found]


def _narrowed(
    kind: LinkKind, total: int, people: Sequence[Sharer], there: Collection[UUID]
) -> Shared:
    own = [one for one in people if one.passenger_id in there]
    return Shared(kind, total, own[:MOST], len(people) - len(own))


def visible(session: Session, passengers: Collection[UUID]) -> frozenset[UUID]:
    """Those of some passengers who are there for the officer who asks."""
    with scope.reading():
        found = session.scalars(sa.select(Passenger.id).where(Passenger.id.in_(list(passengers))))
        return frozenset(found)
