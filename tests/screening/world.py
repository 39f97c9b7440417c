"""Flights, passengers, bookings and declarations for the tests of screening. All people are invented."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind
from app.declarations.models import Channel, Declaration, DeclarationStatus, DeclarationVersion
from app.kernel.ids import uuid7
from app.screening import proposals, watchlists
from app.travel.models import (
    Booking,
    Document,
    Flight,
    FlightStatus,
    Manifest,
    Party,
    Passenger,
    PassengerKind,
    Traveller,
    TravelStatus,
)

PROPOSER, SIGNER = (Actor(ActorKind.OFFICER, uuid7()) for _ in range(2))

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
DAY = date(2026, 3, 10)


def set_list(session: Session, key: str, settings: watchlists.Settings, now: datetime) -> None:
    """Set a list otherwise, as two officers do."""
    row, _ = watchlists.describe_list(session, key)
    made = proposals.submit_settings(session, PROPOSER, key, settings, row.version, now)
    if made is not None:
        proposals.approve(session, SIGNER, made.id, made.digest, "", now)


def add_flight(
    session: Session, number: int = 1, *, arrives_in: float | None = 8, day: date = DAY
) -> Flight:
    """ZZ<number> from Singapore to Narita, arriving in so many hours (None: no time known)."""
    arrives = None if arrives_in is None else NOW + timedelta(hours=arrives_in)
    flight = Flight(
        site="NRT", carrier="ZZ", number=number, suffix="", flight_date=day, origin="SIN",
        destination="NRT", departs_at=None, arrives_at=arrives, status=FlightStatus.SCHEDULED,
        manifest=Manifest.CLOSED, manifest_parts=[], version=1,
    )  # fmt: skip
    session.add(flight)
    session.flush()
    return flight


def add_passenger(
    session: Session,
    flight: Flight,
    surname: str = "TESTER",
    given: str = "ANNA",
    *,
    birth: date | None = date(1980, 5, 31),
    number: str | None = None,
    party: Party | None = None,
    traveller: Traveller | None = None,
    locator: str | None = None,
    **more: Any,
) -> Passenger:
    """A passenger of the flight's list, with a passport when ``number`` is given."""
    api = {"surname": surname, "given_names": given}
    values = {
        "kind": PassengerKind.PASSENGER, "travel_status": TravelStatus.BOOKED, "sex": "F",
        "nationality": "UTO", "residence": "UTO", "api_data": api, "pnr_data": None,
        "provenance": {}, "facts_version": 1, "assessed_version": 0, "version": 1,
    }  # fmt: skip
    passenger = Passenger(
        flight_id=flight.id, surname=surname, given_names=given, name_key=f"{surname}<{given}",
        birth_date=birth, locator=locator, party_id=party.id if party else None,
        traveller_id=traveller.id if traveller else None, **{**values, **more},
    )  # fmt: skip
    session.add(passenger)
    session.flush()
    if number is not None:
        add_document(session, passenger, number)
    return passenger


def add_document(session: Session, passenger: Passenger, number: str, issuer: str = "UTO") -> None:
    session.add(
        Document(
            passenger_id=passenger.id, type="P", number=number, number_key=number, issuer=issuer,
            source="api", expires_on=date(2030, 1, 1),
        )
    )  # fmt: skip
    session.flush()


def add_party(session: Session, flight: Flight) -> Party:
    party = Party(flight_id=flight.id)
    session.add(party)
    session.flush()
    return party


def add_traveller(session: Session) -> Traveller:
    traveller = Traveller(document_keys=[], person_keys=[])
    session.add(traveller)
    session.flush()
    return traveller


@dataclass
class BookingText:
    """A booking record in the shape that is stored; ``record()`` makes it."""

    locator: str = "ABC123"
    created: str = "2026-03-08T10:00:00"
    legs: list[tuple[str, str, str, str, bool]] = field(
        default_factory=lambda: [("SIN", "NRT", "2026-03-10T01:00:00", "2026-03-10T20:00:00", True)]
    )
    payments: list[dict[str, Any]] = field(default_factory=lambda: [{"kind": "CC"}])
    travellers: list[dict[str, Any]] = field(
        default_factory=lambda: [{"surname": "TESTER", "given": "ANNA"}]
    )
    contacts: list[dict[str, Any]] = field(default_factory=list)
    originator: dict[str, Any] = field(default_factory=dict)
    history_items: int = 0

    def record(self) -> dict[str, Any]:
        return {
            "locators": [
                {"carrier": "ZZ", "code": self.locator, "created_at": self.created + "+00:00"}
            ],
            "originator": self.originator,
            "travellers": self.travellers,
            "itinerary": [
                {
                    "leg": {
                        "carrier": "ZZ", "board": board, "off": off,
                        "departure_local": departure, "arrival_local": arrival,
                    },
                    "pushed": pushed,
                }
                for board, off, departure, arrival, pushed in self.legs
            ],
            "payments": self.payments,
            "contacts": self.contacts,
            "history_items": self.history_items,
        }  # fmt: skip


CASH_LATE_ONE_WAY = BookingText(payments=[{"kind": "CA"}])
"""Fires booking.cash-late-one-way and nothing else of the starting set."""


def add_booking(
    session: Session,
    flight: Flight,
    passengers: list[Passenger],
    text: BookingText = CASH_LATE_ONE_WAY,
    bags: dict[str, Any] | None = None,
) -> Booking:
    """A booking that holds the passengers, in the order given."""
    booking = Booking(
        flight_id=flight.id, carrier="ZZ", locator=text.locator, record=text.record(), version=1
    )
    session.add(booking)
    session.flush()
    for index, passenger in enumerate(passengers):
        traveller = {"index": index, "surname": passenger.surname, "bags": bags or {}}
        passenger.locator = passenger.locator or text.locator
        passenger.pnr_data = {**(passenger.pnr_data or {}), str(booking.id): traveller}
    session.flush()
    return booking


CONTENT = {
    "traveller": {
        "surname": "TRI", "given_names": "ANNA", "nationality": "UTO", "birth_date": "1980-05-00",
        "document": {"number": "X", "issuer": "UTO"},
    },
    "journey": {
        "flight": "ZZ1", "from": "SIN", "to": "NRT", "arrival_date": "2026-03-10",
        "purpose": "tourism",
    },
    "companions": [], "answers": {"gold": False}, "goods": [],
}  # fmt: skip


def add_declaration(
    session: Session, passenger: Passenger, content: dict[str, Any] | None = None, **more: Any
) -> Declaration:
    values = {
        "site": "NRT", "device_key": b"", "cti": uuid7().bytes, "lane": 0, "language": "en",
        "status": DeclarationStatus.ACTIVE, "seq": 0, "document_key": "X", "issuer": "UTO",
        "arrival_on": DAY, "flight": "ZZ1", "expires_at": NOW + timedelta(days=3),
    }  # fmt: skip
    made = Declaration(passenger_id=passenger.id, **{**values, **more})
    session.add(made)
    session.flush()
    session.add(
        DeclarationVersion(
            declaration_id=made.id, seq=made.seq, questionnaire="test",
            content={**CONTENT, **(content or {})}, payload_digest=b"x", language="en",
            certified_text="", certified_at=NOW, channel=Channel.ONLINE,
        )
    )  # fmt: skip
    session.flush()
    return made
