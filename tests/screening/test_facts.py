"""Facts out of bookings, declarations and travel tables: pure, and never dying of what was sent."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.declarations.facts import DeclaredFacts, DeclaredGoods
from app.declarations.models import DeclarationStatus
from app.formats.codes import FlightNumber
from app.formats.pnrgov.record import (
    Contact,
    ItinerarySegment,
    Leg,
    Locator,
    Originator,
    Payment,
    Pnr,
    Traveller,
)
from app.kernel.crypto import Vault
from app.screening.bookings import bag_facts, booking_facts, itinerary_facts
from app.screening.calling_codes import phone_country
from app.screening.declared import Journey, declaration_facts
from app.screening.facts import age_of, facts_of, lot_of, same_surname, stored
from app.screening.gather import Fellow, Inspected, Known, Previous
from app.screening.people import people_of
from app.travel.changes import Content
from app.travel.history import Earlier
from app.travel.models import Booking, Document, Flight, Passenger, PassengerKind, ShownPassport
from app.travel.records import from_pnr
from risk_rules import names
from risk_rules.facts import CATALOGUE, conform
from tests.support.examples import examples

VAULT = Vault(bytes(32))
LISTED_AT = datetime(2026, 3, 9, 18, tzinfo=UTC)


def leg(board: str, off: str, departure: str, arrival: str) -> Leg:
    return Leg(
        "ZZ", "ZZ", FlightNumber("ZZ", 1), None, board, off,
        datetime.fromisoformat(departure), datetime.fromisoformat(arrival),
    )  # fmt: skip


def segment(board: str, off: str, departure: str, arrival: str, *, pushed: bool = False) -> Any:
    return ItinerarySegment(leg(board, off, departure, arrival), pushed=pushed)


OUT = segment("SIN", "NRT", "2026-03-10T01:00", "2026-03-10T09:00", pushed=True)
BACK = segment("NRT", "SIN", "2026-03-13T01:00", "2026-03-13T09:00")
DOMESTIC = segment("HND", "CTS", "2026-03-11T01:00", "2026-03-11T03:00")


def itinerary(*segments: ItinerarySegment) -> dict[str, Any]:
    return itinerary_facts(from_pnr(Pnr(0, 1, itinerary=segments)))


def test_out_and_back() -> None:
    facts = itinerary(OUT, BACK)
    assert facts["itinerary.one_way"] is False
    assert facts["itinerary.stay_nights"] == 3
    assert facts["itinerary.legs_count"] == 2
    assert (facts["itinerary.origin"], facts["itinerary.origin_country"]) == ("SIN", "SG")
    assert facts["legs"][1] == {"origin": "NRT", "destination": "SIN", "carrier": "ZZ"}


def test_one_way() -> None:
    facts = itinerary(OUT)
    assert facts["itinerary.one_way"] is True
    assert facts["itinerary.stay_nights"] is None
    assert facts["itinerary.transit_minutes"] == 0


def test_a_resident_who_comes_home_is_not_one_way() -> None:
    first = segment("HND", "SIN", "2026-03-01T01:00", "2026-03-01T09:00")
    facts = itinerary(first, OUT)
    assert facts["itinerary.one_way"] is False
    assert facts["itinerary.transit_minutes"] == 0, "nine days are no connection"


def test_a_domestic_flight_is_not_the_end_of_the_stay() -> None:
    assert itinerary(OUT, DOMESTIC, BACK)["itinerary.stay_nights"] == 3


def test_the_longest_connection_counts() -> None:
    first = segment("JNB", "SIN", "2026-03-09T01:00", "2026-03-09T14:00")
    assert itinerary(first, OUT)["itinerary.transit_minutes"] == 11 * 60


def test_airports_that_nobody_knows_leave_the_rest() -> None:
    facts = itinerary(segment("XQA", "NRT", "2026-03-10T01:00", "2026-03-10T09:00", pushed=True))
    assert (facts["itinerary.origin"], facts["itinerary.origin_country"]) == ("XQA", None)
    assert facts["itinerary.one_way"] is True


BOOKING = Pnr(
    0, 1,
    locators=(Locator("ZZ", "ABC123", created_at=datetime(2026, 3, 8, 12, tzinfo=UTC)),),
    originator=Originator(agency_number="00112233", agent_city="SIN"),
    travellers=(Traveller("1", "TESTER", "ANNA"), Traveller("", "GRP", group=True)),
    itinerary=(OUT,),
    contacts=(Contact("phone", "+8131234567"), Contact("mail", "anna@Burner.Example")),
    payments=(Payment("CC"), Payment("CA", payer="SMITH/JOHN")),
    history_items=4,
)  # fmt: skip


def test_how_a_journey_was_bought() -> None:
    assert booking_facts(from_pnr(BOOKING)) == {
        "booking.days_before": 2,
        "booking.payment": "cash",
        "booking.paid_by_third_party": True,
        "booking.agency_country": "SG",
        "booking.agency": "00112233",
        "booking.changes": 4,
        "booking.email_domain": "burner.example",
        "booking.phone_country": "JP",
        "booking.party_size": 1,
    }


@pytest.mark.parametrize(
    ("payer", "third"), [("TESTER/ANNAMRS", False), ("ANNA TESTER", False), ("", None), ("7", None)]
)
def test_who_travels_is_no_third_party(payer: str, third: bool | None) -> None:
    booking = replace(BOOKING, payments=(Payment("CC", payer=payer),))
    assert booking_facts(from_pnr(booking))["booking.paid_by_third_party"] is third


def test_bags() -> None:
    one = bag_facts({"count": 1, "weight_g": 31000, "tags": ["ZZ123456"]})
    assert one["bags"] == [{"tag": "ZZ123456", "weight_g": 31000, "pieces": 1}]
    two = bag_facts({"count": 2, "weight_g": 40000})
    assert (two["bag.count"], two["bag.weight_g"], len(two["bags"])) == (2, 40000, 2)
    assert {bag["weight_g"] for bag in two["bags"]} == {None}, "the weight is of both together"
    assert bag_facts({"count": 0})["bags"] == []
    assert bag_facts({"count": 2, "pool_role": "MP"}) == {"bag.pooled": True}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip
KEYS = st.sampled_from(
    ["itinerary", "leg", "locators", "originator", "contacts", "payments", "travellers", "board",
     "off", "departure_local", "arrival_local", "pushed", "kind", "value", "created_at", "count",
     "weight_g", "tags", "payer", "history_items", "surname", "group"]
)  # fmt: skip
RECORDS = st.recursive(
    JSON,
    lambda inner: st.dictionaries(KEYS, inner | st.lists(inner, max_size=3), max_size=6),
    max_leaves=25,
)


@examples(40, 400)
def test_no_stored_record_costs_a_passenger_the_facts(count: int) -> None:
    @settings(max_examples=count)
    @given(st.dictionaries(KEYS, RECORDS, max_size=8))
    def always(record: dict[str, Any]) -> None:
        known = make_known(record)
        facts = facts_of(known, VAULT)
        assert facts.keys() == {*CATALOGUE.facts, *CATALOGUE.lists}
        assert conform(facts) == facts
        assert facts["flight.carrier"] == "ZZ"
        json.dumps(stored(facts))
        people_of(known)

    always()


@examples(40, 400)
def test_no_earlier_record_costs_the_changes(count: int) -> None:
    @settings(max_examples=count)
    @given(st.lists(st.dictionaries(KEYS, RECORDS, max_size=8), max_size=4), RECORDS)
    def always(said: list[dict[str, Any]], mine: Any) -> None:
        known = make_known(said[-1] if said else {})
        [booking] = known.bookings
        known.passenger.pnr_data = {str(booking.id): mine}
        known.passenger.api_data, known.passenger.api_since = booking.record, LISTED_AT
        booking.since = LISTED_AT + timedelta(hours=1)
        earlier = [Content(one, LISTED_AT - timedelta(hours=i)) for i, one in enumerate(said)]
        known = replace(
            known, earlier=Earlier({known.passenger.id: earlier}, {booking.id: earlier[::-1]})
        )
        facts = facts_of(known, VAULT)
        assert facts["changes"] is not None, "what has been said before can always be read"
        assert conform(facts) == facts
        json.dumps(stored(facts))

    always()


def make_known(record: dict[str, Any] | None = None, **more: Any) -> Known:
    booking = Booking(id=uuid4(), locator="ABC123", record=record or {}, created_at=None)
    passenger = Passenger(
        id=uuid4(), flight_id=uuid4(), surname="TESTER", given_names="ANNA", sex="F",
        birth_date=date(1980, 5, 31), nationality="UTO", residence=None, locator="ABC123",
        kind=PassengerKind.PASSENGER, api_data={"bags": {"count": 1}}, party_id=None,
        pnr_data={str(booking.id): record or {}}, traveller_id=None,
    )  # fmt: skip
    flight = Flight(
        id=passenger.flight_id, carrier="ZZ", number=1, suffix="A", origin="SIN",
        destination="NRT", flight_date=date(2026, 3, 10),
        arrives_at=datetime(2026, 3, 10, 18, tzinfo=UTC),
    )  # fmt: skip
    values: dict[str, Any] = {
        "passenger": passenger, "flight": flight, "aliases": (), "documents": (),
        "bookings": (booking,), "fellows": None, "declared": None, "trips_12m": 0,
        "inspected": Inspected(), "previous": None, "reviews": {},
    }  # fmt: skip
    return Known(**{**values, **more})


def test_every_fact_is_there_and_the_unknown_is_none() -> None:
    facts = facts_of(make_known(), VAULT)
    assert facts["flight.number"] == "1A"
    assert facts["declaration.submitted"] is False
    assert facts["co_travellers"] is None
    assert facts["history.finds_5y"] is None
    assert facts["document.count"] is None
    assert facts["bag.count"] == 1
    assert facts["booking.locator_count"] == 1


def test_an_unlinked_traveller_has_an_unknown_history_a_linked_one_an_empty_one() -> None:
    known = make_known(inspected=Inspected(2, 3), trips_12m=4)
    known.passenger.traveller_id = uuid4()
    facts = facts_of(known, VAULT)
    assert [facts[f"history.{name}"] for name in ("trips_12m", "finds_5y", "referrals_12m")] == [
        4, 2, 3,
    ]  # fmt: skip


def test_a_passport_counts_before_other_papers_and_a_visa_is_none() -> None:
    def paper(kind: str, number: str, source: str) -> Document:
        return Document(id=uuid4(), type=kind, number=number, number_key=number, issuer="UTO",
                        source=source, expires_on=date(2026, 4, 10))  # fmt: skip

    papers = (paper("I", "ID123456", "api"), paper("V", "V1234567", "api"),
              paper("P", "TR1234567", "pnr"))  # fmt: skip
    facts = facts_of(make_known(documents=papers), VAULT)
    assert (facts["document.type"], facts["document.count"]) == ("P", 2)
    assert facts["document.days_to_expiry"] == 31


def test_fellow_travellers() -> None:
    fellows = (
        Fellow(uuid4(), "DE TESTER", date(2015, 1, 1), "UTO", high=False),
        Fellow(uuid4(), "OTHER", date(1970, 1, 1), None, high=True),
    )
    facts = facts_of(make_known(fellows=fellows), VAULT)
    assert (facts["co.count"], facts["co.minors"]) == (2, 1)
    assert [c["same_surname"] for c in facts["co_travellers"]] == [True, False]
    assert [c["high_risk"] for c in facts["co_travellers"]] == [False, True]
    unknown = (*fellows, Fellow(uuid4(), "OTHER", None, None, high=False))
    assert facts_of(make_known(fellows=unknown), VAULT)["co.minors"] is None


def test_a_draw_once_made_stays() -> None:
    assert facts_of(make_known(previous=Previous(0.25, own_high=False)), VAULT)["random.u"] == 0.25


def test_the_lot_follows_the_draw_and_a_rule_cannot_tell_it() -> None:
    numbers = [n / 1000 for n in range(1000)]
    lots = [lot_of({"random.u": u}, VAULT) for u in numbers]
    assert lots == [lot_of({"random.u": u}, VAULT) for u in numbers]
    assert lots != [lot_of({"random.u": u}, Vault(b"1" * 32)) for u in numbers]
    for most in (
        0.1,
        0.5,
        1.0,
    ):  # whatever a rule asks of the number, it meets as many of the drawn
        drawn = [lot < 0.2 for u, lot in zip(numbers, lots, strict=True) if u < most]
        assert 0.12 < sum(drawn) / len(drawn) < 0.28


DECLARED = DeclaredFacts(
    declaration_id=uuid4(), person=0, submitted=True, status=DeclarationStatus.ACTIVE, seq=0,
    lane=1, answers={"gold": True, "entrusted": False}, companions=2, flight="ZZ1A", origin="SIN",
    goods=(DeclaredGoods("cigars", 60, 900, "JPY"), DeclaredGoods("gold", 50, 100, "JPY")),
    destination="NRT", purpose="tourism", arrival_date=date(2026, 3, 11),
    created_at=datetime(2026, 3, 9, tzinfo=UTC), declared_at=datetime(2026, 3, 9, tzinfo=UTC),
)  # fmt: skip


def test_what_is_declared_is_compared_with_the_flight() -> None:
    facts = facts_of(make_known(declared=DECLARED), VAULT)
    told = {k.removeprefix("declaration."): v for k, v in facts.items() if "declaration." in k}
    assert told == {
        "submitted": True, "lane": 1, "party_size": 3, "companions": 2, "flight_matches": True,
        "embarkation_matches": True, "arrival_matches": True, "goods_value": 1000,
        "days_before_arrival": 2, "gold": True, "entrusted": False, "prohibited": None,
        "restricted": None, "over_allowance": None, "commercial": None, "means_of_payment": None,
        "unaccompanied": None, "party_matches": None, "bags": None, "bags_match": None,
        "purpose": "tourism", "items": 2, "currencies": 1, "name_matches": None,
        "birth_date_matches": None, "document_matches": None,
        "stay_nights": None, "stay_matches": None, "entrusted_denied_but_paid_by_other": None,
        "value_above_history": None,
    }  # fmt: skip
    assert facts["declared_items"][0] == {"category": "tobacco", "quantity": 60, "value": 900}


JOURNEY = Journey(frozenset(), frozenset(), None)


def compared(name: str, declared: dict[str, Any], journey: dict[str, Any]) -> bool | None:
    facts = declaration_facts(replace(DECLARED, **declared), replace(JOURNEY, **journey))
    found: bool | None = facts[f"declaration.{name}"]
    return found


@pytest.mark.parametrize(
    ("name", "declared", "journey", "expected"),
    [
        ("party_matches", {"companions": 2}, {"party_size": 3}, True),
        ("party_matches", {"companions": 2}, {"party_size": 2}, False),
        ("party_matches", {}, {}, None),
        ("bags_match", {"companions": 0, "bags": 2}, {"bags": 2}, True),
        ("bags_match", {"companions": 0, "bags": 0}, {"bags": 1}, False),
        ("bags_match", {"companions": 0}, {"bags": 1}, None),
        ("bags_match", {"companions": 0, "bags": 1}, {}, None),
        ("bags_match", {"companions": 1, "bags": 3}, {"bags": 2}, None),
        ("bags_match", {"companions": 1, "bags": 1}, {"bags": 2}, False),
        ("stay_matches", {"stay_nights": 5}, {"stay_nights": 6}, True),
        ("stay_matches", {"stay_nights": 5}, {"stay_nights": 7}, False),
        ("stay_matches", {"stay_nights": 5}, {}, None),
        ("stay_matches", {}, {"stay_nights": 5}, None),
        ("entrusted_denied_but_paid_by_other", {"answers": {"entrusted": False}}, {"paid_by_other": True}, True),
        ("entrusted_denied_but_paid_by_other", {"answers": {"entrusted": True}}, {"paid_by_other": True}, False),
        ("entrusted_denied_but_paid_by_other", {"answers": {"entrusted": False}}, {"paid_by_other": False}, False),
        ("entrusted_denied_but_paid_by_other", {"answers": {"entrusted": False}}, {}, None),
        ("entrusted_denied_but_paid_by_other", {"answers": {}}, {"paid_by_other": True}, None),
        ("entrusted_denied_but_paid_by_other", {"answers": {}}, {"paid_by_other": False}, False),
    ],
)  # fmt: skip
def test_cross_checks_know_three_answers(
    name: str, declared: dict[str, Any], journey: dict[str, Any], expected: bool | None
) -> None:
    assert compared(name, declared, journey) is expected


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (None, (None, None)),
        ([], (None, None)),
        ([{"JPY": 900}, {"JPY": 400}], (900, True)),
        ([{"JPY": 5000}, {"EUR": 1}], (5000, False)),
        ([{"EUR": 10**6}], (None, None)),
        ([{}], (None, None)),
    ],
)
def test_the_value_of_goods_is_compared_with_what_was_declared_before(
    earlier: Any, expected: tuple[int | None, bool | None]
) -> None:
    facts = declaration_facts(DECLARED, JOURNEY, earlier)
    names = ("history.declared_value_5y", "declaration.value_above_history")
    assert tuple(facts.get(name) for name in names) == expected
    mixed = replace(DECLARED, goods=(*DECLARED.goods, DeclaredGoods("gold", 1, 1, "EUR")))
    assert names[0] not in declaration_facts(mixed, JOURNEY, earlier)


def test_the_booking_and_the_bags_are_what_the_declaration_is_compared_with() -> None:
    alone = replace(DECLARED, companions=0, bags=1)
    record = {"travellers": [{"surname": "A"}, {"surname": "B"}]}
    known = make_known(record, declared=alone)
    known.passenger.api_data = {"bags": {"count": 2}}
    facts = facts_of(known, VAULT)
    assert facts["declaration.party_matches"] is False
    assert facts["declaration.bags_match"] is False


def test_a_correction_is_no_fact() -> None:
    """Who corrects a declaration is judged as if it had been said at first."""
    corrected = replace(DECLARED, seq=3, declared_at=datetime(2026, 3, 11, 12, tzinfo=UTC))
    assert declaration_facts(corrected, JOURNEY) == declaration_facts(DECLARED, JOURNEY)
    assert not [name for name in CATALOGUE.facts if "amend" in name or "correct" in name]
    assert not [name for name in CATALOGUE.facts if "channel" in name or "seq" in name]


def test_contradictions_and_what_cannot_be_compared() -> None:
    journey = Journey(frozenset({FlightNumber("ZZ", 1)}), frozenset({"HND"}), None)
    facts = declaration_facts(replace(DECLARED, flight="??", origin="NRT"), journey)
    assert facts["declaration.flight_matches"] is None
    assert facts["declaration.embarkation_matches"] is True, "another airport of the same city"
    assert facts["declaration.arrival_matches"] is None
    other = declaration_facts(replace(DECLARED, origin="CDG"), journey)
    assert other["declaration.embarkation_matches"] is False
    mixed = replace(DECLARED, goods=(*DECLARED.goods, DeclaredGoods("gold", 1, 1, "EUR")))
    assert declaration_facts(mixed, journey)["declaration.goods_value"] is None
    gone = declaration_facts(replace(DECLARED, submitted=False), journey)
    assert gone == {"declaration.submitted": False}


@pytest.mark.parametrize(
    ("number", "country"),
    [("+81 3 1234567", "JP"), ("0081312345", "JP"), ("+3581234567", "FI"), ("+12125551234", None),
     ("0312345678", None), ("", None)],
)  # fmt: skip
def test_the_country_of_a_telephone_number(number: str, country: str | None) -> None:
    assert phone_country(number) == country


def test_ages_and_surnames() -> None:
    day = date(2026, 3, 10)
    assert [age_of(birth, day) for birth in (date(2008, 3, 10), date(2008, 3, 11))] == [18, 17]
    assert age_of(date(2030, 1, 1), day) is None
    assert age_of(None, day) is None
    assert same_surname("Müller", "MUELLER-LÜDENSCHEIDT") is True
    assert same_surname("", "X") is None


def test_every_name_that_was_told_is_asked_for() -> None:
    known = make_known({"surname": "TESTER", "given_names": "ANNA", "booked_name": ["TEST", "A"]})
    asked = people_of(known)[0].names
    assert [(n.surname, n.given) for n in asked] == [("TESTER", "ANNA"), ("TEST", "A")]


def test_a_name_that_ends_where_its_zone_ends_is_asked_for_as_cut() -> None:
    long, short = "VENKATANARASIMHARAJU S", "VENKATANARASIMHARAJU"
    for said, cut in ((long, True), (short, False)):
        known = make_known({"surname": "RAMASUBRAMANIAN", "given_names": said})
        assert people_of(known)[0].names[-1].cut is cut
    zone = ShownPassport(
        surname="LIN", given_names="ANNAMAR", birth_date=date(1980, 5, 31), sex="F",
        nationality="UTO", number="AB1234567", issuer="UTO", expires_on=None, names_cut=True,
    )  # fmt: skip
    [person, *_] = people_of(replace(known, shown=(zone,)))
    assert names.Name("LIN", "ANNAMAR", cut=True) in person.names


# --- what changed ---------------------------------------------------------------------------------


def changed(*records: dict[str, Any], **flight: Any) -> dict[str, Any]:
    """Facts of somebody of whom lists, an hour apart, have said these things."""
    known = make_known()
    known.passenger.api_data = records[-1]
    known.passenger.api_since = LISTED_AT + timedelta(hours=len(records) - 1)
    contents = [Content(one, LISTED_AT + timedelta(hours=i)) for i, one in enumerate(records[:-1])]
    for name, value in flight.items():
        setattr(known.flight, name, value)
    return facts_of(replace(known, earlier=Earlier({known.passenger.id: contents})), VAULT)


def test_what_changed_and_when() -> None:
    departure = LISTED_AT + timedelta(hours=10, minutes=30)
    facts = changed({"seat": "1A", "bags": {"count": 1}}, {"seat": "1A", "bags": {"count": 2}},
                    departs_at=departure)  # fmt: skip
    assert facts["changes"] == [
        {"kind": "bag-added", "source": "api", "day": date(2026, 3, 9), "hours_before": 9,
         "after_check_in": True},
    ]  # fmt: skip
    assert facts["bag.grown_after_check_in"] is True
    assert conform(facts) == facts
    assert json.loads(json.dumps(stored(facts)))["changes"][0]["day"] == "2026-03-09"


def test_nothing_changed_is_not_unknown() -> None:
    facts = changed({"bags": {"count": 1}})
    assert (facts["changes"], facts["bag.grown_after_check_in"]) == ([], False)


def test_what_nobody_lists_has_unknown_changes() -> None:
    facts = facts_of(make_known(bookings=()), VAULT)
    assert (facts["changes"], facts["bag.grown_after_check_in"]) == (None, None)


def test_bags_that_nobody_counts_have_not_surely_stayed() -> None:
    facts = changed({"seat": "1A"}, {"seat": "2B"})
    assert [one["kind"] for one in facts["changes"]] == ["seat"]
    assert (facts["changes"][0]["hours_before"], facts["bag.grown_after_check_in"]) == (None, None)
