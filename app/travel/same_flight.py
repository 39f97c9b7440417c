"""One flight that was known twice: under the number that it had before, and under the one that it has.

A carrier says that a flight has another number (PAXLST 266 CF). Where lists under the new number come before
that, or it is lost, the flight is made a second time. Same carrier, same ports, same minute of departure and
the same people: that is one flight, whoever says so or does not.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.formats.codes import FlightNumber
from app.kernel.crypto import Vault
from app.travel.flights import announce
from app.travel.models import (
    AwaitedStatus,
    Booking,
    Document,
    Flight,
    FlightAlias,
    FlightStatus,
    Manifest,
    Party,
    Passenger,
    TravelStatus,
)
from app.travel.passengers import imply_status, set_status
from app.travel.roster import Entry, Roster, merge
from app.travel.store import save

FEWEST = 2
"""People whom two flights must share to be one, and they must be half of the smaller's."""


def join_same(session: Session, vault: Vault, flight_id: UUID) -> UUID | None:
    """Join a flight with what is the same flight under another number; the id of the one that stays.

    The number that was spoken of last stays. The other flight becomes a cancelled one without people, its
    number leads to the one that stays. Passengers keep their rows, so declarations and reviews stay
    with them; of a person who is in both the earlier row goes on and the later one remains behind,
    withdrawn. All in one transaction: half of it would show people twice. None where there is no other.
    """
    flight = session.get_one(Flight, flight_id)
    other = _same_people(session, flight, _candidates(session, flight))
    if other is None:
        return None
    ids = sorted((flight.id, other.id))
    session.scalars(
        sa.select(Flight).where(Flight.id.in_(ids)).order_by(Flight.id).with_for_update()
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip
    stays, goes = sorted(
        (flight, other), key=lambda one: _last_spoken_of(session, one), reverse=True
    )
    _join_people(session, vault, stays, goes)
    _join_flights(session, stays, goes)
    return stays.id


def _candidates(session: Session, flight: Flight) -> Sequence[Flight]:
    if not (flight.origin and flight.destination and flight.departs_at):
        return ()
    return session.scalars(
        sa.select(Flight).where(
            Flight.site == flight.site, Flight.carrier == flight.carrier,
            Flight.id != flight.id, Flight.origin == flight.origin,
            Flight.destination == flight.destination, Flight.departs_at == flight.departs_at,
            Flight.flight_date == flight.flight_date,
        ).order_by(Flight.id)
    ).all()  # fmt: skip


def _same_people(session: Session, flight: Flight, others: Sequence[Flight]) -> Flight | None:
    """The first of the others on which enough of those who travel here are too, by their documents."""
    if not others:
        return None
    here, there = aliased(Passenger), aliased(Passenger)
    paper, same = aliased(Document), aliased(Document)
    ids = [one.id for one in others]
    shared = session.execute(
        sa.select(there.flight_id, sa.func.count(sa.distinct(here.id)))
        .join(paper, paper.passenger_id == here.id)
        .join(same, sa.and_(same.number_key == paper.number_key, same.issuer == paper.issuer))
        .join(there, there.id == same.passenger_id)
        .where(
            here.flight_id == flight.id, there.flight_id.in_(ids),
            here.travel_status != TravelStatus.WITHDRAWN, there.travel_status != TravelStatus.WITHDRAWN,
        )
        .group_by(there.flight_id)
    )  # fmt: skip
    found = {flight_id: count for flight_id, count in shared if count >= FEWEST}
    if not found:
        return None
    rows = session.execute(
        sa.select(Passenger.flight_id, sa.func.count()).where(
            Passenger.flight_id.in_((flight.id, *found)),
            Passenger.travel_status != TravelStatus.WITHDRAWN,
        ).group_by(Passenger.flight_id)
    )  # fmt: skip
    sizes = {flight_id: count for flight_id, count in rows}  # noqa: C416  # rows are no pairs to mypy
    half = [one for one in found if 2 * found[one] >= min(sizes[flight.id], sizes[one])]
    return next((one for one in others if one.id in half), None)


def _last_spoken_of(session: Session, flight: Flight) -> float:
    """When the newest list or push under this number was prepared."""
    pushed = session.scalar(
        sa.select(sa.func.max(Booking.prepared_at)).where(Booking.flight_id == flight.id)
    )
    return max((one.timestamp() for one in (flight.prepared_at, pushed) if one), default=0.0)


# --- people ---------------------------------------------------------------------------------------


def _join_people(session: Session, vault: Vault, stays: Flight, goes: Flight) -> None:
    here, there = Roster(stays.id, stays.site), Roster(goes.id, goes.site)
    here.lock(session)
    there.lock(session)
    pairs = _pairs(here, there)
    _move_rows(session, stays, goes, [later.id for _, later in pairs])
    for earlier, later in pairs:
        del here.entries[later.id], there.entries[earlier.id]
        here.entries[earlier.id] = earlier
        there.entries[later.id] = later
        _take_over(earlier, later)
    gone = [one for one in there.entries.values() if one not in [later for _, later in pairs]]
    for entry in gone:
        here.entries[entry.id] = there.entries.pop(entry.id)
    for entry in here.entries.values():
        imply_status(entry, here.boarding)
        entry.change()
    for roster in (here, there):
        save(session, vault, roster, [])


def _pairs(here: Roster, there: Roster) -> list[tuple[Entry, Entry]]:
    """Rows of one person, the one that was made first in front: it stays."""
    found, taken = [], set[UUID]()
    for entry in there.entries.values():
        best = here.index.best(there.index.claims[entry.id], taken)
        if best and best[0] not in taken:
            taken.add(best[0])
            found.append((entry, here.entries[best[0]]))
    return found


def _move_rows(session: Session, stays: Flight, goes: Flight, left: Sequence[UUID]) -> None:
    """Passengers, bookings and parties; a booking that both have stays where it was pushed last."""
    mine = aliased(Booking)
    known = sa.select(mine.id).where(
        mine.flight_id == stays.id, mine.carrier == Booking.carrier, mine.locator == Booking.locator
    )
    told = aliased(AwaitedStatus)
    told_here = sa.select(told.id).where(
        told.flight_id == stays.id, told.reference == AwaitedStatus.reference
    )
    for statement in (
        sa.update(AwaitedStatus).where(AwaitedStatus.flight_id == goes.id, ~told_here.exists()).values(flight_id=stays.id),
        sa.update(Passenger).where(Passenger.flight_id == goes.id).values(flight_id=stays.id),
        sa.update(Passenger).where(Passenger.id.in_(left)).values(flight_id=goes.id),
        sa.update(Booking).where(Booking.flight_id == goes.id, ~known.exists()).values(flight_id=stays.id),
        sa.update(Party).where(Party.flight_id == goes.id).values(flight_id=stays.id),
    ):  # fmt: skip
        session.execute(statement, execution_options={"synchronize_session": False})


def _take_over(earlier: Entry, later: Entry) -> None:
    """What the later row of a person knows, into the earlier one; the later one is left behind."""
    if later.api_data is not None and _prepared(later) >= _prepared(earlier):
        for name in ("kind", "api_data", "api_prepared_at", "api_message_id", "api_since"):
            setattr(earlier, name, getattr(later, name))
    earlier.pnr_data = {**(earlier.pnr_data or {}), **(later.pnr_data or {})} or None
    if later.named_status and later.status_prepared_at:
        set_status(earlier, later.named_status, later.status_prepared_at)
    merge(earlier)
    later.travel_status = later.named_status = TravelStatus.WITHDRAWN
    later.change()


def _prepared(entry: Entry) -> float:
    return entry.api_prepared_at.timestamp() if entry.api_prepared_at else 0.0


# --- the flights ----------------------------------------------------------------------------------


def _join_flights(session: Session, stays: Flight, goes: Flight) -> None:
    for one in (stays, goes):
        session.refresh(one)
    if stays.manifest is Manifest.NONE:
        stays.manifest, stays.manifest_parts = goes.manifest, goes.manifest_parts
        stays.manifest_last, stays.announced = goes.manifest_last, goes.announced
        stays.announced_prepared_at = goes.announced_prepared_at
    session.execute(
        sa.update(FlightAlias).where(FlightAlias.flight_id == goes.id).values(flight_id=stays.id)
    )
    row = {
        "flight_id": stays.id, "carrier": goes.carrier, "number": goes.number,
        "suffix": goes.suffix, "flight_date": goes.flight_date, "origin": goes.origin, "former": True,
    }  # fmt: skip
    session.execute(insert(FlightAlias).values(row).on_conflict_do_nothing())
    own = FlightNumber(stays.carrier, stays.number, stays.suffix)
    session.execute(
        sa.delete(FlightAlias).where(
            FlightAlias.flight_id == stays.id, FlightAlias.carrier == own.carrier,
            FlightAlias.number == own.number, FlightAlias.suffix == own.suffix,
        )
    )  # fmt: skip
    goes.status = FlightStatus.CANCELLED
    announce(session, stays)
    announce(session, goes)
