"""Records of somebody whom retention has masked: nothing that masking left is told as if it had been sent."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.gate import halls
from app.gate.models import HallSteps, Presentation
from app.keeping.engine import Work, mask
from app.keeping.rules import RULES
from app.retention.profile import load
from app.rights import service
from app.rights.finding import find
from app.rights.masked import PRESENTATION, TRIP, sealed_until
from app.rights.models import RequestKind
from app.rights.record import record_of
from app.rights.service import Decision
from app.screening.assess import assess_due
from app.screening.models import Assessment
from app.travel.models import Booking, Flight, Passenger
from app.travel.travellers import keys_of
from tests.rights.test_rights import BORN, EU, GRANT, Desk, desk
from tests.rights.test_rights import Zone as Read
from tests.screening.world import NOW, add_flight, add_passenger, add_traveller

__all__ = ["desk"]
PAST = timedelta(days=190)
STAND_IN = re.compile("~[0-9a-f]{8}")


@pytest.fixture
def trip(desk: Desk) -> UUID:
    """A journey of Anna Tester, who is 45: listed, booked alone, and read at a gate."""
    keys = keys_of(desk.vault, [("P", "UTO", "TR1234567")], "TESTER<ANNA", BORN.isoformat())
    with desk.database.transaction() as session:
        known = add_traveller(session)
        known.document_keys, known.person_keys = sorted(keys.documents), sorted(keys.persons)
        flight = add_flight(session)
        booking = Booking(flight_id=flight.id, carrier="ZZ", locator="ABC123",
                          record={"travellers": [{"surname": "TESTER"}]}, version=1)  # fmt: skip
        session.add(booking)
        session.flush()
        one = add_passenger(
            session, flight, number="TR1234567", traveller=known, locator="ABC123",
            pnr_data={str(booking.id): {"surname": "TESTER"}}, provenance={"birth_date": "api"},
        )  # fmt: skip
        hall = halls.create_hall(session, "NRT", "Hall", HallSteps.ONE, NOW, halls.WITHOUT_READERS)
        session.add(
            Presentation(
                site="NRT", hall_id=hall.id, device_id=hall.id, passenger_id=one.id, issuer="UTO",
                document_key="TR1234567", birth_date=BORN, readings={"chip": "verified"},
                answer="cleared", path=[], reasons=[], decided_at=NOW, version=1,
            )
        )  # fmt: skip
        return one.id


def pass_(desk: Desk, days: timedelta = PAST) -> None:
    """So long later what is due is masked."""
    work = Work(EU, NOW + days, desk.vault)
    with desk.database.transaction() as session:
        for rule in RULES:
            mask(session, rule, work)


def left(desk: Desk, passenger_id: UUID) -> str:
    """The birth date that masking leaves."""
    with desk.database.read() as session:
        birth = session.get_one(Passenger, passenger_id).birth_date
    assert birth is not None
    assert birth != BORN
    return birth.isoformat()


def test_a_record_says_what_is_masked_since_when_and_until_when_it_is_kept(
    desk: Desk, trip: UUID
) -> None:
    pass_(desk)
    told = desk.record(desk.ask(RequestKind.ACCESS))
    [one] = told["trips"]
    assert one["held"] == {
        "kind": "passenger", "travel_status": "booked", "sex": "F", "nationality": "UTO",
        "residence": "UTO", "age_at_flight": 45,
    }  # fmt: skip
    assert one["masked"]["facts"] == list(TRIP)
    assert one["masked"]["since"] == (NOW + PAST).isoformat()
    assert one["masked"]["opened_by"] == "two-officers"
    assert {"bookings", "passenger_list"}.isdisjoint(one)
    assert one["documents"] == [{"type": "P", "issuer": "UTO", "source": "api"}]
    assert one["sources"] == {"birth_date": "api"}
    [read] = one["presentations"]
    assert read["masked"]["facts"] == list(PRESENTATION)
    assert {"document_key", "birth_date"}.isdisjoint(read)
    assert told["withheld"] == ["risk-assessment", "other-people", "masked"]
    assert not STAND_IN.search(str(told))
    assert left(desk, trip) not in str(told)


def test_originals_are_kept_as_long_as_the_profile_in_force_has_it(desk: Desk, trip: UUID) -> None:
    pass_(desk)
    request = desk.ask(RequestKind.ACCESS)
    for profile, days in ((EU, 1825), (load("japan"), 1095)):
        with desk.database.read() as session:
            found = find(session, desk.vault, service.request_of(session, request, "NRT"))
            flight = found.passengers[0][1]
            record = record_of(session, found, profile)
        assert flight.arrives_at is not None
        [one] = record["trips"]
        gone = (flight.arrives_at + timedelta(days=days)).date()
        assert one["masked"]["sealed_until"] == gone
        read = one["presentations"][0]["masked"]["sealed_until"]
        assert read == (NOW + timedelta(days=days)).date()
        assert sealed_until(record) == max(gone, read)


def test_before_the_flight_is_masked_a_reading_alone_is(desk: Desk, trip: UUID) -> None:
    before = desk.record(request := desk.ask(RequestKind.ACCESS))
    assert before["withheld"] == ["risk-assessment", "other-people"]
    assert before["trips"][0]["presentations"][0]["document_key"] == "TR1234567"
    pass_(desk, timedelta(days=31))
    [one] = desk.record(request)["trips"]
    assert one["held"]["birth_date"] == BORN.isoformat()
    assert one["bookings"][0]["locator"] == "ABC123"
    assert "masked" not in one
    assert one["presentations"][0]["masked"]["facts"] == list(PRESENTATION)


@pytest.fixture
def rectified(desk: Desk, trip: UUID) -> Callable[[], Any]:
    """The passport put right at the traveller's request, once the journey is masked."""

    def put_right(**other: Any) -> UUID:
        read = Read("TESTER", "HANNA", BORN, "F", "UTO", "TR1234567", "UTO", date(2031, 1, 1))
        request = desk.ask(RequestKind.RECTIFICATION)
        desk.decide(request, Decision(GRANT.outcome, corrected=replace(read), **other))
        return request

    return put_right


def test_what_is_put_right_of_a_masked_journey_is_compared_with_no_invented_date(
    desk: Desk, trip: UUID, rectified: Callable[[], Any], starting_rules: None
) -> None:
    pass_(desk)
    rectified()
    while assess_due(desk.database, desk.vault, NOW):
        pass
    with desk.database.read() as session:
        facts = session.scalars(sa.select(Assessment.facts).where(Assessment.is_current)).one()
        asked = service.request_of(session, desk.ask(RequestKind.ACCESS), "NRT")
        found = find(session, desk.vault, asked)
    assert facts["document.shown_differs"] is True
    assert facts["document.shown_other_birth_date"] is False
    assert facts["traveller.age"] == 45
    assert facts["document.number_fault"] is None
    assert (found.ids, found.others) == ([trip], 0)  # once, and nobody else's


def test_what_was_put_right_is_masked_in_its_turn_and_still_not_replaced_unseen(
    desk: Desk, trip: UUID, rectified: Callable[..., Any]
) -> None:
    rectified()
    pass_(desk)
    with desk.database.read() as session:
        asked = service.request_of(session, desk.ask(RequestKind.RECTIFICATION), "NRT")
        [before] = service.put_right_before(session, asked, [trip])
    assert (before.surname, before.number, before.birth_date) == ("", "", None)
    told = desk.record(desk.ask(RequestKind.ACCESS))
    [shown] = told["trips"][0]["passports_shown"]
    assert shown == {"sex": "F", "nationality": "UTO", "issuer": "UTO", "rectified": True}
    with pytest.raises(service.RequestInvalidError):
        rectified()
    rectified(replaces=True)


def test_a_flight_whose_arrival_is_not_known_is_counted_from_the_day_after(
    desk: Desk, trip: UUID
) -> None:
    with desk.database.transaction() as session:
        session.execute(sa.update(Flight).values(arrives_at=None))
        day = session.scalars(sa.select(Flight.flight_date)).one()
    pass_(desk, timedelta(days=200))
    [one] = desk.record(desk.ask(RequestKind.ACCESS))["trips"]
    assert one["masked"]["sealed_until"] == (day + timedelta(days=1 + 1825)).isoformat()
