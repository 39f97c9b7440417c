"""Find or make the flight that a message speaks of, and keep its times, status and manifest.

A flight is the leg that crosses the border, known by the operating number; numbers of code shares are
aliases. Messages carry local times, stored are UTC times by the airports' zones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.formats import codes
from app.formats.codes import FlightNumber
from app.formats.paxlst_model import PassengerList
from app.formats.pnrgov.record import PnrPush
from app.kernel import events
from app.travel.models import Flight, FlightAlias, FlightStatus, Manifest

_NEAR = timedelta(hours=36)
_SAME_LANDING = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class FlightFacts:
    """What a message says of its flight. Airports are '' and times None where it does not.

    Airports are IATA codes wherever they are known (:func:`app.formats.codes.location`).
    """

    number: FlightNumber
    flight_date: date
    origin: str = ""
    destination: str = ""
    departs_at: datetime | None = None
    arrives_at: datetime | None = None
    aliases: tuple[FlightNumber, ...] = ()
    sold_as: FlightNumber | None = None
    operator: str = ""  # where `number` is another carrier's

    @property
    def numbers(self) -> tuple[FlightNumber, ...]:
        return (self.number, *self.aliases)

    @property
    def carriers(self) -> frozenset[str]:
        """Who may have sent the message: the flight's carrier, and the one whose number it names.

        Not whoever is said to operate it, nor the code shares of single bookings.
        """
        return frozenset(one.carrier for one in (self.number, self.sold_as) if one)


def home_country(site: str) -> str:
    """The state (alpha-2) of a site named after its airport; '' when it is none."""
    place = codes.airport(site)
    return place.country if place else ""


def of_list(listing: PassengerList, home: str, prepared: datetime) -> FlightFacts | None:
    """The flight of a passenger list: its leg across the border. None without a readable number.
    Where TDT has a number of one carrier and names another in C040, that one operates it.

    Where no leg crosses the border visibly, the first numbered one counts; where no date was sent, the
    day of preparation does.
    """
    numbered = [leg for leg in listing.legs if leg.flight]
    border = listing.border_leg(home)
    leg = border if border and border.flight else next(iter(numbered), None)
    number = leg.flight if leg else None
    if leg is None or number is None:
        return None
    moment = leg.departure or leg.arrival or prepared
    operator = codes.carrier(leg.carrier)
    return FlightFacts(
        number, moment.date(), codes.location(leg.departure_airport), codes.location(leg.arrival_airport),
        _utc(leg.departure, leg.departure_airport), _utc(leg.arrival, leg.arrival_airport),
        operator=operator if operator != number.carrier else "",
    )  # fmt: skip


def of_push(push: PnrPush, prepared: datetime) -> FlightFacts | None:
    """The flight of a push: the operating number names it, numbers it is sold under are aliases.

    The header has one number only; the bookings tell which carrier's flight that is. Where they do not,
    the header's C306 says whose it is, and ports and departure tell which (`settle_flight`).
    """
    leg = push.flight
    shares = _code_shares(push)
    if leg is None:
        return None
    number = leg.operating or shares.get(leg.marketing) or leg.marketing
    if number is None:
        return None
    sold = {marketing for marketing, operating in shares.items() if operating == number}
    aliases = {one for one in (*sold, leg.marketing) if one and one != number}
    moment = leg.departure_local or leg.arrival_local or prepared
    return FlightFacts(
        number, moment.date(), codes.location(leg.board), codes.location(leg.off),
        _utc(leg.departure_local, leg.board), _utc(leg.arrival_local, leg.off),
        tuple(sorted(aliases)), leg.marketing,
        leg.operator if leg.operator != number.carrier else "",
    )  # fmt: skip


def _code_shares(push: PnrPush) -> dict[FlightNumber | None, FlightNumber]:
    """Operating by marketing number, as the booked segments of the pushed flight say."""
    legs = [record.pushed.leg for record in push.records if record.pushed]
    return {
        leg.marketing: leg.operating
        for leg in legs
        if leg.marketing and leg.operating and leg.operating != leg.marketing
    }


def _utc(local: datetime | None, airport: str) -> datetime | None:
    return codes.to_utc(local, airport) if local and airport else None


# --- rows -----------------------------------------------------------------------------------------


def find_flight(session: Session, facts: FlightFacts) -> Flight | None:
    """The flight by number or alias, date and origin; a missing airport fits any.

    The same number may fly several legs on one day (SIN-NRT-LAX), so two known origins must agree.
    """
    rows = [flight for flight in _by_number(session, facts) if _fits(flight, facts)]
    rows.sort(key=lambda flight: flight.origin != facts.origin)  # the very port before its city
    own = [flight for flight in rows if flight.carrier == facts.number.carrier]
    return next(iter(_renumbered(session, facts, own) or own or rows), None)


def _renumbered(session: Session, facts: FlightFacts, rows: Sequence[Flight]) -> list[Flight]:
    """Which of several flights goes on where the others were joined with it."""
    if len(rows) < 2:  # one needs no choice
        return []
    number = facts.number
    heirs = session.scalars(
        sa.select(FlightAlias.flight_id).where(
            FlightAlias.flight_id.in_([one.id for one in rows]), FlightAlias.former,
            FlightAlias.carrier == number.carrier, FlightAlias.number == number.number,
            FlightAlias.suffix == number.suffix, FlightAlias.flight_date == facts.flight_date,
        )
    ).all()  # fmt: skip
    return [one for one in rows if one.id in heirs]


def _by_number(session: Session, facts: FlightFacts) -> Sequence[Flight]:
    wanted = [(n.carrier, n.number, n.suffix, facts.flight_date) for n in facts.numbers]
    alias = sa.tuple_(
        FlightAlias.carrier, FlightAlias.number, FlightAlias.suffix, FlightAlias.flight_date
    )
    aliased = sa.select(FlightAlias.flight_id).where(alias.in_(wanted))
    key = sa.tuple_(Flight.carrier, Flight.number, Flight.suffix, Flight.flight_date)
    statement = (
        sa.select(Flight)
        .where(sa.or_(key.in_(wanted), Flight.id.in_(aliased)))
        .order_by(Flight.origin == "", Flight.id)
        .with_for_update()
    )
    return session.scalars(statement).all()


def _fits(flight: Flight, facts: FlightFacts) -> bool:
    if flight.origin and facts.origin:
        return _is_one_place(flight.origin, facts.origin)
    if flight.destination and facts.destination:
        return _is_one_place(flight.destination, facts.destination)
    return True


def _is_one_place(known: str, said: str) -> bool:
    return bool(codes.closer(codes.location(known), said))


def find_landing(session: Session, facts: FlightFacts) -> Flight | None:
    """The flight of this number that lands at that time, where only its arrival was told, now or before.

    Without a departure the day of the flight is not known: it may land on the day after.
    """
    if facts.arrives_at is None:
        return None
    number, at = facts.number, facts.arrives_at
    rows = session.scalars(
        sa.select(Flight).where(
            Flight.carrier == number.carrier, Flight.number == number.number,
            Flight.suffix == number.suffix,
            Flight.arrives_at.between(at - _SAME_LANDING, at + _SAME_LANDING),
            *([Flight.departs_at.is_(None)] if facts.departs_at else []),
        ).order_by(Flight.id).with_for_update()
    ).all()  # fmt: skip
    found = next((flight for flight in rows if _fits(flight, facts)), None)
    if found and facts.departs_at:
        found.flight_date = facts.flight_date
    return found


def find_moved(session: Session, facts: FlightFacts) -> Flight | None:
    """The flight that a change of number, date or ports speaks of; None when that is not clear.

    The same number from the same port, else on the same day, else the same carrier between the same ports:
    of each the departure that is nearest, within a day and a half.
    """
    moment = facts.departs_at or facts.arrives_at
    number = facts.number
    same_number = sa.and_(
        Flight.carrier == number.carrier, Flight.number == number.number,
        Flight.suffix == number.suffix,
    )  # fmt: skip
    same_route = sa.and_(
        Flight.carrier == number.carrier, Flight.origin == facts.origin,
        Flight.destination == facts.destination,
    )  # fmt: skip
    ways = [sa.and_(same_number, Flight.flight_date == facts.flight_date)]
    if moment is not None:
        near = Flight.departs_at.between(moment - _NEAR, moment + _NEAR)
        ways = [sa.and_(same_number, Flight.origin == facts.origin, near), *ways]
        ways += [sa.and_(same_route, near)] if facts.origin and facts.destination else []
    found = (_nearest(session, way, moment) for way in ways)
    return next((flight for flight in found if flight), None)


def _nearest(
    session: Session, way: sa.ColumnElement[bool], moment: datetime | None
) -> Flight | None:
    """The nearest departure of those that fit; several without a time leave it open."""
    rows = session.scalars(sa.select(Flight).where(way).with_for_update()).all()
    if moment is None:
        return rows[0] if len(rows) == 1 else None
    return min(rows, key=lambda one: _apart(one, moment), default=None)


def _apart(flight: Flight, moment: datetime) -> timedelta:
    return abs(flight.departs_at - moment) if flight.departs_at else _NEAR


def settle_flight(  # where, what, when, and how far it is to be believed
    session: Session,
    site: str,
    facts: FlightFacts,
    prepared: datetime,
    *,
    of_carrier: bool,
    moved: bool = False,
) -> Flight:
    """Find or make the flight and bring its airports, times and aliases up to date.

    The flight's own passenger lists (``of_carrier``) set its times, the newest one last (then
    ``flight.prepared_at`` is ``prepared``); bookings only fill what is missing. ``moved``: number, date and
    ports may not be those it is known by. The row is locked until the end of the transaction.
    """
    flight = find_flight(session, facts) or find_landing(session, facts)
    if flight is None and moved:
        flight = find_moved(session, facts)
    if flight is None:
        flight = _find_shared(session, site, facts)
    if flight is None:
        flight = _make(session, site, facts)
    before = _shown(flight)
    if moved and (flight.prepared_at is None or prepared >= flight.prepared_at):
        renumber(session, flight, facts.number)
        flight.origin = facts.origin or flight.origin
    flight.origin = _known_place(flight.origin, facts.origin)
    flight.destination = _known_place(flight.destination, facts.destination)
    newest = of_carrier and (flight.prepared_at is None or prepared >= flight.prepared_at)
    if newest:
        flight.prepared_at = prepared
        flight.destination = (
            codes.closer(flight.destination, facts.destination)
            or facts.destination
            or flight.destination
        )
    _set_times(flight, facts, newest=newest)
    _add_aliases(session, flight, facts)
    if flight.carrier == facts.number.carrier and (newest or flight.prepared_at is None):
        flight.operator = facts.operator if newest else flight.operator or facts.operator
    if _shown(flight) != before:
        announce(session, flight)
    session.flush()
    return flight


def _find_shared(session: Session, site: str, facts: FlightFacts) -> Flight | None:
    """The operating carrier's flight of a code share whose operating number nobody told, and the reverse.

    Same ports, same minute of departure, and one says that the other's carrier operates it; None where several
    are that. A flight that was known by the share alone gets its own number now.
    """
    if not (facts.origin and facts.destination and facts.departs_at):
        return None
    own = (
        Flight.carrier == facts.operator if facts.operator
        else Flight.operator == facts.number.carrier
    )  # fmt: skip
    found = session.scalars(
        sa.select(Flight).where(
            own, Flight.site == site, Flight.origin == facts.origin,
            Flight.destination == facts.destination, Flight.flight_date == facts.flight_date,
            Flight.departs_at == facts.departs_at, Flight.status != FlightStatus.CANCELLED,
        ).limit(2).with_for_update()
    ).all()  # fmt: skip
    if len(found) != 1:
        return None
    if not facts.operator:
        renumber(session, found[0], facts.number, former=False)
        found[0].operator = ""
    return found[0]


def renumber(
    session: Session, flight: Flight, number: FlightNumber, *, former: bool = True
) -> None:
    """Another number for a flight; by the one that it had it is still found (``former``: has no more)."""
    before = FlightNumber(flight.carrier, flight.number, flight.suffix)
    if number == before:
        return
    row = {
        "flight_id": flight.id, "carrier": before.carrier, "number": before.number,
        "suffix": before.suffix, "flight_date": flight.flight_date, "origin": flight.origin,
        "former": former,
    }  # fmt: skip
    session.execute(insert(FlightAlias).values(row).on_conflict_do_nothing())
    session.execute(
        sa.delete(FlightAlias).where(
            FlightAlias.flight_id == flight.id, FlightAlias.carrier == number.carrier,
            FlightAlias.number == number.number, FlightAlias.suffix == number.suffix,
        )
    )  # fmt: skip
    flight.carrier, flight.number, flight.suffix = number.carrier, number.number, number.suffix


def _known_place(known: str, said: str) -> str:
    """What was known stays, made more exact."""
    return (codes.closer(known, said) or known) if known else said


def _shown(flight: Flight) -> tuple[object, ...]:
    number = flight.carrier, flight.number, flight.suffix
    return number, flight.origin, flight.destination, flight.departs_at, flight.arrives_at


def _set_times(flight: Flight, facts: FlightFacts, *, newest: bool) -> None:
    if facts.departs_at and (newest or flight.departs_at is None):
        flight.departs_at = facts.departs_at
    if facts.arrives_at and (newest or flight.arrives_at is None):
        flight.arrives_at = facts.arrives_at


def _make(session: Session, site: str, facts: FlightFacts) -> Flight:
    """Insert the flight, or find what a concurrent transaction has inserted."""
    number = facts.number
    made = Flight(
        site=site, carrier=number.carrier, number=number.number, suffix=number.suffix,
        flight_date=facts.flight_date, origin=facts.origin, destination=facts.destination,
        departs_at=facts.departs_at, arrives_at=facts.arrives_at, manifest_parts=[],
        status=FlightStatus.SCHEDULED, manifest=Manifest.NONE, version=1,
    )  # fmt: skip
    savepoint = session.begin_nested()
    try:
        session.add(made)
        session.flush()
    except sa.exc.IntegrityError:
        savepoint.rollback()
        found = find_flight(session, facts)
        if found is None:
            raise
        return found
    savepoint.commit()
    events.emit(session, "flight.changed", made.id, version=made.version, site=site)
    return made


def _add_aliases(session: Session, flight: Flight, facts: FlightFacts) -> None:
    own = FlightNumber(flight.carrier, flight.number, flight.suffix)
    rows = [
        {"flight_id": flight.id, "carrier": one.carrier, "number": one.number,
         "suffix": one.suffix, "flight_date": facts.flight_date, "origin": flight.origin}
        for one in facts.numbers if one != own
    ]  # fmt: skip
    if rows:
        session.execute(insert(FlightAlias).values(rows).on_conflict_do_nothing())


def announce(session: Session, flight: Flight) -> None:
    """Count the change and tell everybody."""
    flight.version += 1
    session.flush()
    events.emit(session, "flight.changed", flight.id, version=flight.version, site=flight.site)
