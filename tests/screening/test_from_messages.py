"""From an airline's text to a reason on the flight's list: nothing of the booking is lost on the way."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.formats import paxlst, pnrgov
from app.formats.codes import FlightNumber
from app.formats.edifact import Header
from app.formats.paxlst_model import Document as ListDocument
from app.formats.paxlst_model import Leg as ListLeg
from app.formats.paxlst_model import PassengerList, Person, Place, Role
from app.formats.pnrgov.record import (
    Baggage,
    CheckIn,
    ItinerarySegment,
    Leg,
    Locator,
    Originator,
    Payment,
    Pnr,
    PnrPush,
    Traveller,
)
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.apply import apply_next
from app.screening import lifecycle
from app.screening.assess import assess_due
from app.screening.setbacks import Setbacks
from app.screening.views import FlightRisk, flight_risk
from app.travel.models import Flight

ZZ1 = FlightNumber("ZZ", 1)
DEPARTS, ARRIVES = datetime(2026, 3, 10, 9, 30), datetime(2026, 3, 10, 17, 5)
PREPARED = datetime(2026, 3, 10, 1, 0)


def passenger_list(*people: Person, prepared: datetime = PREPARED) -> bytes:
    header = Header("UNOA", "ZZ", "", "GOV", "", prepared, "C1", "APIS", False)
    leg = ListLeg(ZZ1, "ZZ1", "", "20", "SIN", "NRT", DEPARTS, ARRIVES, crosses_border=True)
    return paxlst.write(PassengerList(header, people, (leg,))).encode()


def person(surname: str, given: str, number: str) -> Person:
    paper = ListDocument("P", number, Place("AUS"), date(2031, 1, 2))
    return Person(
        Role.PASSENGER, surname, given, sex="F", birth_date=date(1984, 5, 6),
        birth_date_text="840506", nationality="AUS", documents=(paper,),
        references=(("AVF", "AB12CD"),),
    )  # fmt: skip


def bookings(**more: object) -> bytes:
    """One traveller, alone, with a heavy bag, back after a night; paid in cash the day before."""
    there = Leg("ZZ", "ZZ", ZZ1, ZZ1, "SIN", "NRT", DEPARTS, ARRIVES)
    back = Leg(
        "ZZ", "ZZ", FlightNumber("ZZ", 2), None, "NRT", "SIN",
        DEPARTS + timedelta(days=1), ARRIVES + timedelta(days=1),
    )  # fmt: skip
    bag = CheckIn(0, "7", "12A", baggage=Baggage(1, 35, "kg"))
    created = datetime(2026, 3, 9, 3, 4, tzinfo=UTC)
    pnr = Pnr(
        0, 1, (Locator("ZZ", "AB12CD", "", created),), Originator("ZZ", "SIN"),
        travellers=(Traveller("1", "QUILLFEATHER", "MAREN", kind="ADT"),),
        itinerary=(
            ItinerarySegment(there, "Y", "HK", 1, pushed=True, check_ins=(bag,)),
            ItinerarySegment(back, "Y", "HK", 1),
        ),
        payments=(Payment("CA"),),
    )  # fmt: skip
    push = PnrPush("ZZ", "SIN", "22", there, 1, "1", records=(replace(pnr, **more),))
    text = pnrgov.write(
        push, recipient="GOV", prepared=PREPARED, control_reference="P1", sender="ZZ"
    )
    return text.encode()


@pytest.fixture
def posted(
    client: TestClient, sender_headers: dict[str, str], database: Database, vault: Vault,
    clock: SettableClock,
) -> FlightRisk:  # fmt: skip
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, clock())
    for raw in (passenger_list(person("QUILLFEATHER", "MAREN", "L1234567")), bookings()):
        answer = client.post("/api/v1/messages", content=raw, headers=sender_headers)
        assert answer.status_code == 202, answer.text
    while apply_next(database, vault, clock(), "NRT"):
        pass
    assert assess_due(database, vault, clock()) == 1
    with database.read() as session:
        return flight_risk(session, session.scalars(sa.select(Flight.id)).one(), "NRT")


def test_a_booking_becomes_a_reason(posted: FlightRisk) -> None:
    [passenger] = posted.passengers
    [hit] = passenger.hits
    assert hit.subject == "bags.heavy-short-stay"
    assert {"text": "itinerary.stay_nights < 3", "values": {"itinerary.stay_nights": 1}} in (
        hit.conditions
    )
    [bag] = [c["values"]["bags"] for c in hit.conditions if "bags" in c["values"]]
    assert bag == [{"weight_g": 35000}]


def test_facts_come_from_both_messages(posted: FlightRisk, database: Database) -> None:
    assert len(posted.passengers) == 1
    with database.read() as session:
        facts = session.execute(
            sa.text("select facts from assessment where is_current")
        ).scalar_one()
    assert facts["traveller.on_api"] is facts["traveller.on_pnr"] is True
    assert facts["traveller.nationality"] == facts["document.issuer"] == "AUS"
    assert facts["booking.payment"] == "cash"
    assert facts["booking.days_before"] == 1
    assert facts["booking.locator_count"] == facts["booking.party_size"] == 1
    assert facts["itinerary.one_way"] is False
    assert (facts["bag.count"], facts["bag.weight_g"]) == (1, 35000)
    assert facts["flight.origin_country"] == "SG"
    assert facts["history.trips_12m"] == 0
    assert facts["co.count"] == 0


def test_a_passenger_of_whom_a_later_list_says_otherwise_is_assessed_and_the_change_is_kept(
    posted: FlightRisk, database: Database, vault: Vault, clock: SettableClock,
    client: TestClient, sender_headers: dict[str, str],
) -> None:  # fmt: skip
    """A change has a day: within a list it must become JSON too, or nothing of the passenger is stored."""
    del posted
    renewed = passenger_list(
        person("QUILLFEATHER", "MAREN", "N7654321"), prepared=PREPARED + timedelta(hours=2)
    )
    assert client.post("/api/v1/messages", content=renewed, headers=sender_headers).is_success
    while apply_next(database, vault, clock(), "NRT"):
        pass
    assert assess_due(database, vault, clock(), setbacks=Setbacks()) == 1
    with database.read() as session:
        facts = session.scalars(sa.text("select facts from assessment where is_current")).one()
    assert facts["changes"] == [
        {"kind": "document", "source": "api", "day": "2026-03-10", "hours_before": -2,
         "after_check_in": None},
    ]  # fmt: skip
