"""Declarations find their passengers, whichever of the two comes first.

:func:`match_declaration` runs when a declaration is stored, :func:`match_waiting` when the airline's messages
have been applied, :func:`match_again` where both happened at once. All may be repeated at will: who is matched stays so until the declaration is amended.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.form import people_of
from app.declarations.models import (
    Companion,
    Declaration,
    DeclarationStatus,
    DeclarationVersion,
)
from app.declarations.people import Listed, Person, claims_of, find_passenger
from app.formats import codes
from app.kernel import events
from app.travel import records
from app.travel.identity import Claims
from app.travel.models import Document, Flight, FlightAlias, Passenger, TravelStatus
from app.travel.touch import touch

BATCH = 25
"""Declarations matched in one transaction: each locks and changes its passengers."""

_GONE = (TravelStatus.WITHDRAWN, TravelStatus.NOT_BOARDED)
_DAY = timedelta(days=1)


def match_declaration(
    session: Session,
    declaration: Declaration,
    now: datetime,
    *,
    also_touch: Collection[UUID] = (),
) -> bool:
    """Look for the passengers of those on the form who have none yet; True when somebody was found.

    All whose declaration it is (and ``also_touch``) are screened again where something changed.
    """
    companions = _companions(session, declaration)
    found = _find(session, declaration, companions, now)
    _store(session, declaration, companions, found)
    touch(session, {*found.values(), *also_touch})
    return bool(found)


def match_waiting(session: Session, flight_id: UUID, now: datetime, limit: int = BATCH) -> int:
    """Match declarations that came before the people of this flight; at most ``limit`` of them.

    Call it after messages of the flight have been applied, again while it returns ``limit``.
    """
    flight = session.get(Flight, flight_id)
    if flight is None:
        return 0
    matched = 0
    for declaration in _candidates(session, flight, now):
        matched += _match_unlocked(session, declaration, now)
        if matched == limit:
            break
    return matched


def may_match(session: Session, flight_id: UUID, now: datetime) -> list[UUID]:
    """Whom :func:`match_waiting` looks at, for a caller who takes them one by one."""
    flight = session.get(Flight, flight_id)
    return [one.id for one in _candidates(session, flight, now)] if flight else []


def match_again(session: Session, declaration_id: UUID, now: datetime) -> bool:
    """Match one declaration a moment after it was stored: a list may have been stored at the same time,
    and neither of the two has seen the other.
    """
    declaration = session.get(Declaration, declaration_id)
    return declaration is not None and _match_unlocked(session, declaration, now)


def waiting_since(least: UUID) -> sa.Select[UUID]:
    """Declarations made or amended since ``least`` was made with somebody on the form who has no passenger."""
    companion = sa.exists().where(
        Companion.declaration_id == Declaration.id,
        Companion.seq == Declaration.seq,
        Companion.passenger_id.is_(None),
    )
    return (
        sa.select(Declaration.id)
        .join(DeclarationVersion, DeclarationVersion.declaration_id == Declaration.id)
        .where(
            DeclarationVersion.id >= least,
            Declaration.status == DeclarationStatus.ACTIVE,
            Declaration.passenger_id.is_(None) | companion,
        )
    )


def _is_waiting(declaration: Declaration, now: datetime) -> bool:
    """What was erased has no content to look for."""
    return declaration.status is DeclarationStatus.ACTIVE and declaration.expires_at > now


def _match_unlocked(session: Session, declaration: Declaration, now: datetime) -> bool:
    """Look without a lock, store under one if nothing has changed meanwhile."""
    companions = _companions(session, declaration)
    found = _find(session, declaration, companions, now)
    if not found or not _is_unchanged(session, declaration):
        return False
    _store(session, declaration, companions, found)
    touch(session, set(found.values()))
    return True


def _find(
    session: Session, declaration: Declaration, companions: Iterable[Companion], now: datetime
) -> dict[int, UUID]:
    """Passengers for those on the form who have none yet, by number. Nobody is two people of one form."""
    if not _is_waiting(declaration, now):
        return {}
    people = _waiting(session, declaration, companions)
    found: dict[int, UUID] = {}
    if people:
        listed = _listed(session, declaration, people.values())
        taken = {one.passenger_id for one in companions} | {declaration.passenger_id}
        for number, person in people.items():
            free = [one for one in listed if one.id not in taken]
            if passenger := find_passenger(person, free):
                found[number] = passenger
                taken.add(passenger)
    return found


def _is_unchanged(session: Session, declaration: Declaration) -> bool:
    """Lock a declaration that was read without a lock; False when it has changed since."""
    before = declaration.version
    # A lock that leaves the gate free to note the declaration's use, which refers to this row.
    session.refresh(declaration, with_for_update={"key_share": True})
    return declaration.version == before


def forget_matches(session: Session, declaration: Declaration) -> set[UUID]:
    """Part a declaration from its passengers before it is amended; returns who they were."""
    left = _matched(session, declaration)
    declaration.passenger_id = None
    return left


def touch_matched(session: Session, declaration: Declaration) -> None:
    """Have everybody screened again to whom this declaration belongs."""
    touch(session, _matched(session, declaration))


def _companions(session: Session, declaration: Declaration) -> list[Companion]:
    query = sa.select(Companion).where(
        Companion.declaration_id == declaration.id, Companion.seq == declaration.seq
    )
    return list(session.scalars(query))


def _matched(session: Session, declaration: Declaration) -> set[UUID]:
    everybody = (
        declaration.passenger_id,
        *(c.passenger_id for c in _companions(session, declaration)),
    )
    return {passenger for passenger in everybody if passenger}


def _waiting(
    session: Session, declaration: Declaration, companions: Iterable[Companion]
) -> Mapping[int, Person]:
    """Who on the form has no passenger yet, by number."""
    numbers = {one.number for one in companions if one.passenger_id is None}
    numbers |= {0} if declaration.passenger_id is None else set()
    if not numbers:
        return {}
    content = session.execute(
        sa.select(DeclarationVersion.content).where(
            DeclarationVersion.declaration_id == declaration.id,
            DeclarationVersion.seq == declaration.seq,
        )
    ).scalar_one()
    return {number: one for number, one in people_of(content).items() if number in numbers}


def _store(
    session: Session,
    declaration: Declaration,
    companions: Iterable[Companion],
    found: Mapping[int, UUID],
) -> None:
    if not found:
        return
    declaration.passenger_id = found.get(0, declaration.passenger_id)
    for one in companions:
        one.passenger_id = found.get(one.number, one.passenger_id)
    declaration.version += 1
    session.flush()
    events.emit(
        session, "declaration.changed", declaration.id,
        version=declaration.version, site=declaration.site,
    )  # fmt: skip


# --- who is on the lists --------------------------------------------------------------------------


def _listed(session: Session, declaration: Declaration, people: Iterable[Person]) -> list[Listed]:
    """Passengers of the days around the arrival who share a document with one of ``people``, or, on the
    declared flight, a date of birth or a surname without one.
    """
    claims = [claims_of(one) for one in people]
    numbers = [number for one in claims for _, number in one.documents]
    births = [one.birth_date for one in claims if one.birth_date]
    surnames = [f"{name.glued_surname}<%" for one in claims for name in one.names if name.surname]
    declared = _is_flight(declaration.flight)
    by_document = Passenger.id.in_(
        sa.select(Document.passenger_id).where(Document.number_key.in_(numbers))
    )
    by_person = Passenger.birth_date.in_(births) | (
        Passenger.birth_date.is_(None)
        & Passenger.name_key.like(sa.any_(sa.literal(surnames, sa.ARRAY(sa.Text))))
    )
    rows = session.execute(
        sa.select(Passenger, declared)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(
            Flight.site == declaration.site,
            _arrives_around(declaration.arrival_on, declaration.site),
            Passenger.travel_status.not_in(_GONE),
            by_document | (declared & by_person),
        )
    ).all()
    documents = _documents(session, [passenger.id for passenger, _ in rows])
    return [
        Listed(passenger.id, _claims(passenger, documents.get(passenger.id, [])), on_declared)
        for passenger, on_declared in rows
    ]


def _claims(passenger: Passenger, documents: list[dict[str, str]]) -> Claims:
    """What the airline's sources say of a passenger, and the merged fields."""
    sources = [*([passenger.api_data] if passenger.api_data else [])]
    sources += (passenger.pnr_data or {}).values()
    merged: dict[str, Any] = {
        "surname": passenger.surname,
        "given_names": passenger.given_names,
        "documents": documents,
    }
    if passenger.birth_date:
        merged["birth_date"] = passenger.birth_date.isoformat()
    return records.claims_of(sources, merged)


def _documents(session: Session, passengers: Collection[UUID]) -> dict[UUID, list[dict[str, str]]]:
    found: dict[UUID, list[dict[str, str]]] = {}
    query = sa.select(Document.passenger_id, Document.type, Document.number, Document.issuer)
    for owner, kind, number, issuer in session.execute(
        query.where(Document.passenger_id.in_(passengers))
    ):
        found.setdefault(owner, []).append({"type": kind, "number": number, "issuer": issuer})
    return found


def _arrives_around(day: date, site: str) -> sa.ColumnElement[bool]:
    """A flight that arrives on ``day`` at the site, or a day off: people mistake dates on long flights."""
    start, end = _midnight(day - _DAY, site), _midnight(day + 2 * _DAY, site)
    return Flight.arrives_at.between(start, end) | (
        Flight.arrives_at.is_(None) & Flight.flight_date.between(day - 2 * _DAY, day + _DAY)
    )


def _midnight(day: date, site: str) -> datetime:
    local = datetime.combine(day, time())
    return codes.to_utc(local, site) or local.replace(tzinfo=UTC)


def _is_flight(text: str) -> sa.ColumnElement[bool]:
    """The flight that ``text`` names, by its own number or by a code share's."""
    number = codes.FlightNumber.parse(text)
    if number is None:
        return sa.false()
    named = [
        (table.carrier == number.carrier)
        & (table.number == number.number)
        & (table.suffix == number.suffix)
        for table in (Flight, FlightAlias)
    ]
    alias = sa.exists().where(FlightAlias.flight_id == Flight.id, named[1])
    return named[0] | alias


# --- who is waiting -------------------------------------------------------------------------------


def _candidates(session: Session, flight: Flight, now: datetime) -> list[Declaration]:
    """Declarations for around the flight's arrival with somebody unmatched who may be on it."""
    on_it = Declaration.flight.in_(_names_of(session, flight))
    keys = sa.any_(sa.literal(_keys_of(session, flight), sa.ARRAY(sa.Text)))
    current = (Declaration.status == DeclarationStatus.ACTIVE) & Declaration.arrival_on.between(
        *_arrival_days(flight)
    )
    nobody = Declaration.passenger_id.is_(None)
    companions = (
        sa.select(Declaration.id)
        .join(Companion, Companion.declaration_id == Declaration.id)
        .where(current, Companion.seq == Declaration.seq, Companion.passenger_id.is_(None))
    )
    ways = sa.union(  # each by an index of its own
        sa.select(Declaration.id).where(current, nobody, Declaration.document_key == keys),
        sa.select(Declaration.id).where(current, nobody, on_it),
        companions.where(Companion.document_key == keys),
        companions.where(on_it),
    )
    found = sa.literal(list(session.scalars(ways)), sa.ARRAY(sa.Uuid))
    query = sa.select(Declaration).where(
        Declaration.id == sa.any_(found),
        Declaration.site == flight.site,
        Declaration.expires_at > now,
    )
    return list(session.scalars(query.order_by(Declaration.id)))


def _keys_of(session: Session, flight: Flight) -> list[str]:
    """The documents of those who are on a flight."""
    query = sa.select(Document.number_key).join(Passenger, Passenger.id == Document.passenger_id)
    return list(session.scalars(query.where(Passenger.flight_id == flight.id)))


def _names_of(session: Session, flight: Flight) -> list[str]:
    """All numbers of a flight as declarations store them."""
    query = sa.select(FlightAlias.carrier, FlightAlias.number, FlightAlias.suffix)
    aliases = session.execute(query.where(FlightAlias.flight_id == flight.id)).all()
    numbers = [(flight.carrier, flight.number, flight.suffix), *aliases]
    return [str(codes.FlightNumber(*number)) for number in numbers]


def _arrival_days(flight: Flight) -> tuple[date, date]:
    """The declared days that may mean this flight: the opposite of :func:`_arrives_around`."""
    if flight.arrives_at is None:
        return flight.flight_date - _DAY, flight.flight_date + 2 * _DAY
    day = flight.arrives_at.date()
    return day - 2 * _DAY, day + 2 * _DAY
