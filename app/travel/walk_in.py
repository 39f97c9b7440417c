"""Passengers whom no list and no booking has named: known by the passport that they showed."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.travel.identity import document_key, name_key
from app.travel.models import Document, Flight, Passenger, PassengerKind, TravelStatus
from app.travel.shown import Zone

SOURCE = "kiosk"
_FIELDS = ("surname", "given_names", "birth_date", "sex", "nationality")


def add_shown(session: Session, flight_id: UUID, zone: Zone) -> UUID:
    """The passenger of a flight who showed this passport, added where there is none; a list that comes later finds
    them by document or by name and birth.

    Takes the flight for this transaction, as a list does that is being applied.
    """
    session.execute(
        sa.update(Flight)
        .where(Flight.id == flight_id)
        .values(version=Flight.version + 1)
        .execution_options(synchronize_session=False)
    )
    key = document_key(zone.number)
    found = session.scalar(
        sa.select(Passenger.id)
        .join(Document, Document.passenger_id == Passenger.id)
        .where(
            Passenger.flight_id == flight_id, Document.number_key == key,
            Document.issuer == zone.issuer,
        )
        .limit(1)
    )  # fmt: skip
    return found or _add(session, flight_id, zone, key)


def _add(session: Session, flight_id: UUID, zone: Zone, key: str) -> UUID:
    said = {name: getattr(zone, name) or None for name in _FIELDS}
    said |= {"surname": zone.surname, "given_names": zone.given_names}
    passenger = Passenger(
        flight_id=flight_id, kind=PassengerKind.PASSENGER, travel_status=TravelStatus.ARRIVED,
        name_key=name_key(zone.surname, zone.given_names), api_data=None, pnr_data=None,
        provenance={name: SOURCE for name, value in said.items() if value},
        facts_version=1, assessed_version=0, version=1, **said,
    )  # fmt: skip
    session.add(passenger)
    session.flush()
    session.add(
        Document(
            passenger_id=passenger.id, type="P", number=zone.number, number_key=key,
            issuer=zone.issuer, nationality=zone.nationality, expires_on=zone.expires_on,
            source=SOURCE,
        )
    )  # fmt: skip
    session.flush()
    return passenger.id
