"""What is known already of a traveller who has declared nothing, as the counter's form would have it typed in."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.counter import find_at_counter
from app.declarations.form import today_at
from app.declarations.models import Declaration
from app.gate.models import Presentation
from app.referrals.models import Referral
from app.travel.identity import document_key
from app.travel.models import Document, Flight, Passenger
from app.travel.views import flight_number

PASSPORT = "P"


def known_of(session: Session, referral: Referral) -> dict[str, str]:
    """The fields of the counter's form that can be filled in: from the passenger list, and from the passport as a
    device has read it, which counts more.
    """
    known: dict[str, str] = {}
    if referral.passenger_id is not None:
        known |= _of_list(session, referral.passenger_id)
    if referral.presentation_id is not None:
        known |= _as_read(session.get_one(Presentation, referral.presentation_id), known)
    return known


def declared_of(
    session: Session, known: Mapping[str, str], site: str, now: datetime
) -> Declaration | None:
    """The declaration that the holder of this passport has made, whichever journey it was for."""
    parts = [known.get(f"birth_date-{part}", "") for part in ("year", "month", "day")]
    number = known.get("document_number", "")
    if not number or not all(parts):
        return None
    return find_at_counter(session, number, "-".join(parts), site=site, now=now)


def _of_list(session: Session, passenger_id: UUID) -> dict[str, str]:
    person = session.get_one(Passenger, passenger_id)
    flight = session.get_one(Flight, person.flight_id)
    passport = session.scalars(
        sa.select(Document)
        .where(Document.passenger_id == passenger_id)
        .order_by((Document.type == PASSPORT).desc(), Document.id.desc())
    ).first()
    found = {
        "surname": person.surname, "given_names": person.given_names,
        "nationality": person.nationality or "", "flight": flight_number(flight),
        "from": flight.origin, "to": flight.destination,
        "arrival_date": _day_of(flight),
    }  # fmt: skip
    if person.birth_date:
        found |= _birth(person.birth_date.isoformat())
    if passport:
        found |= {"document_number": passport.number, "issuer": passport.issuer}
    return {name: value for name, value in found.items() if value}


def _day_of(flight: Flight) -> str:
    """The day of arrival at the airport's clock."""
    if flight.arrives_at is None:
        return ""
    return today_at(flight.arrives_at, flight.destination, flight.site).isoformat()


def _as_read(read: Presentation, known: Mapping[str, str]) -> dict[str, str]:
    found = {"issuer": read.issuer}
    if document_key(known.get("document_number", "")) != read.document_key:
        found["document_number"] = read.document_key
    if read.birth_date:
        found |= _birth(read.birth_date.isoformat())
    return {name: value for name, value in found.items() if value}


def _birth(printed: str) -> dict[str, str]:
    year, month, day = printed.split("-")
    return {"birth_date-year": year, "birth_date-month": month, "birth_date-day": day}
