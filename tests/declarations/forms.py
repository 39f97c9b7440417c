"""Declarations for the tests: invented people, as JSON and as codes; flights and passengers to match."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from app.formats.credential import (
    Companion,
    Declaration,
    Goods,
    Identity,
    Journey,
    key_id,
    seal_declaration,
)
from app.formats.values import document_number
from app.kernel.ids import uuid7
from app.travel.identity import name_key
from app.travel.models import (
    Document,
    Flight,
    FlightStatus,
    Manifest,
    Passenger,
    PassengerKind,
    TravelStatus,
)

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)  # noon at the site
ARRIVES = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
CTI = bytes(range(0x30, 0x40))
DEVICE = ec.derive_private_key(0x1212_3434_5656, ec.SECP256R1())
OTHER_DEVICE = ec.derive_private_key(0x7878_9090_1212, ec.SECP256R1())
STRANGER = ec.derive_private_key(0xABCD_ABCD_ABCD, ec.SECP256R1())
QUESTIONS = (
    "prohibited", "restricted", "gold", "over_allowance", "commercial", "entrusted",
    "means_of_payment", "unaccompanied",
)  # fmt: skip

WATCH = {
    "category": "other_goods", "description": "Wrist watch", "quantity": 1, "value": 30_000_000,
    "currency": "JPY",
}  # fmt: skip
NILS = {
    "surname": "LINDQVIST", "given_names": "NILS", "document_number": "SX4471210",
    "birth_date": "1989-02-14",
}  # fmt: skip
ELSA = {"surname": "BERGMAN", "given_names": "ELSA", "birth_date": "2015-09-30"}


def submission(**changes: Any) -> dict[str, Any]:
    """A declaration with nothing to declare; ``yes`` names questions to answer so."""
    yes = changes.pop("yes", ())
    return {
        "questionnaire": "jp-c5360-2024",
        "language": "en",
        "traveller": {
            "surname": "LINDQVIST",
            "given_names": "ASTRID MAJ",
            "document": {"number": "SX4471209", "issuer": "SWE"},
            "nationality": "SWE",
            "birth_date": "1991-06-08",
        },
        "journey": {
            "flight": "XX983", "from": "CPH", "to": "NRT", "arrival_date": "2026-03-10",
            "purpose": "tourism",
        },
        "contact": {"address": "4-5-6 Hinoki, Example-ku, Tokyo", "phone": "+81312345678"},
        "companions": [],
        "answers": {question: question in yes for question in QUESTIONS},
        "goods": [],
        "certified": True,
    } | changes  # fmt: skip


SOLO = Declaration(
    identity=Identity("LINDQVIST", "ASTRID MAJ", "SX4471209", "SWE", "SWE", 19910608),
    journey=Journey("XX983", "CPH", "NRT", TODAY, 1),
    contact=None,
    companions=(),
    questionnaire=1,
    answers=0,
    goods=(),
)
FAMILY = replace(
    SOLO,
    companions=(
        Companion("LINDQVIST", "NILS", "SX4471210", 19890214),
        Companion("BERGMAN", "ELSA", None, 20150930),
    ),
    answers=0b1000,
    goods=(Goods(4, "Wrist watch", 1, 30_000_000, "JPY"),),
)


def sealed(
    declaration: Declaration = SOLO,
    *,
    cti: bytes = CTI,
    now: datetime = NOW,
    key: ec.EllipticCurvePrivateKey = DEVICE,
) -> str:
    """An EGD1 text."""
    iat = int(now.timestamp()) - 60
    return seal_declaration(declaration, cti=cti, iat=iat, exp=iat + 5 * 86400, key=key)


def amended(declaration: Declaration = SOLO, seq: int = 1, **changes: Any) -> Declaration:
    return replace(declaration, seq=seq, **changes)


def authority(private: ec.EllipticCurvePrivateKey) -> dict[bytes, ec.EllipticCurvePublicKey]:
    return {key_id(private.public_key()): private.public_key()}


def add_flight(
    session: Session, number: int = 983, arrives_at: datetime | None = ARRIVES, carrier: str = "XX"
) -> Flight:
    flight = Flight(
        site="NRT", carrier=carrier, number=number, suffix="", flight_date=date(2026, 3, 9),
        origin="CPH", destination="NRT", departs_at=ARRIVES - timedelta(hours=11),
        arrives_at=arrives_at, status=FlightStatus.SCHEDULED, manifest=Manifest.OPEN,
        manifest_parts=[], version=1,
    )  # fmt: skip
    session.add(flight)
    session.flush()
    return flight


def add_passenger(
    session: Session,
    flight: Flight,
    surname: str = "LINDQVIST",
    given: str = "ASTRID MAJ",
    birth: date | None = date(1991, 6, 8),
    document: str | None = "SX4471209",
    status: TravelStatus = TravelStatus.BOARDED,
) -> UUID:
    passenger = Passenger(
        id=uuid7(), flight_id=flight.id, kind=PassengerKind.PASSENGER, travel_status=status,
        surname=surname, given_names=given, name_key=name_key(surname, given), birth_date=birth,
        provenance={}, facts_version=1, assessed_version=1, version=1,
    )  # fmt: skip
    session.add(passenger)
    session.flush()
    if document:
        session.add(
            Document(
                passenger_id=passenger.id, type="P", number=document,
                number_key=document_number(document), issuer="SWE", source="api",
            )
        )  # fmt: skip
        session.flush()
    return passenger.id
