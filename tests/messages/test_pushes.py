"""Bookings applied to flights: replaced, removed, merged with passenger lists in either order."""

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from app.formats.codes import FlightNumber
from app.formats.pnrgov.record import (
    Baggage,
    CheckIn,
    Document,
    Payment,
    SpecialService,
    Traveller,
)
from app.travel.models import (
    Booking,
    BookingVersion,
    Flight,
    FlightAlias,
    Manifest,
    Passenger,
    TravelStatus,
)
from app.travel.models import Document as DocumentRow
from tests.messages.airline import (
    BORN,
    api,
    booking,
    cancelled,
    later,
    leg,
    person,
    push,
    traveller,
)
from tests.messages.conftest import Post

MAREN = traveller(given="MARENMRS")
TOVE = traveller("TIDEWELL", "TOVE", number="L7654321", born=date(1990, 2, 3))


def names(post: Post) -> list[str]:
    return [one.given_names for one in post.people()]


def test_a_push_makes_booking_and_people(post: Post) -> None:
    message = post.send(push(booking(MAREN, TOVE)))
    assert (message.status, post.codes(message)) == ("applied", [])
    [stored] = post.all(sa.select(Booking))
    assert (stored.carrier, stored.locator, stored.version) == ("ZZ", "AB12CD", 1)
    assert stored.removed_at is None
    maren, tove = post.people()
    assert (maren.surname, maren.given_names, maren.birth_date) == ("QUILLFEATHER", "MAREN", None)
    assert (tove.birth_date, tove.nationality) == (date(1990, 2, 3), "AUS")
    assert set(tove.provenance.values()) == {"pnr"}
    assert tove.pnr_data is not None
    assert tove.pnr_data[str(stored.id)]["index"] == 1
    assert maren.party_id == tove.party_id == stored.party_id is not None
    assert post.flight().manifest is Manifest.NONE  # bookings are no manifest
    [summary] = message.summary
    assert (summary["type"], summary["flight"]) == ("PNRGOV", "ZZ1")
    assert (summary["pnrs"], summary["people"], summary["added"]) == (1, 2, 2)


@pytest.mark.parametrize("first", ["api", "pnr"])
@pytest.mark.parametrize("link", ["locator", "document", "birth-date", "renewed", "name"])
def test_list_and_booking_of_one_person_are_one_passenger(
    post: Post, first: str, link: str
) -> None:
    listed = {
        "locator": person(AVF="AB12CD"),
        "document": person("QUILFEATHER", "MARENIDA"),
        "birth-date": person("QUILLFEATHER", "MAREN IDA"),
        "renewed": person(number="N1112223"),
        "name": person(),
    }[link]
    booked = {
        "locator": traveller(given="MARENMRS"),
        "document": traveller(number="L1234567", born=BORN),
        "birth-date": traveller(given="MAREN MRS", born=BORN),
        "renewed": traveller(given="MAREN MRS", number="L1234567", born=BORN),
        "name": traveller("MAREN", "QUILLFEATHER MRS"),
    }[link]
    raws = [api(listed), push(booking(booked))]
    post.send(*(raws if first == "api" else raws[::-1]))
    one = post.person()
    assert one.provenance["surname"] == "api"
    assert one.surname == listed.surname
    assert one.api_data is not None
    assert one.pnr_data is not None
    assert post.flight().manifest is Manifest.CLOSED


@pytest.mark.parametrize("first", ["api", "pnr"])
def test_relatives_of_one_name_stay_two(post: Post, first: str) -> None:
    raws = [api(person(number="L1234567", born=date(1950, 1, 1), AVF="AB12CD")),
            push(booking(traveller(number="L7654321", born=BORN)))]  # fmt: skip
    post.send(*(raws if first == "api" else raws[::-1]))
    assert len(post.people()) == 2


def test_the_list_counts_before_the_booking_field_by_field(post: Post) -> None:
    booked = traveller("QUILLFEATHER", "MAREN IDA", number="L1234567", born=BORN)
    post.send(push(booking(booked)))
    before = post.person()
    assert (before.given_names, before.sex) == ("MAREN IDA", "F")
    post.send(api(replace(person(AVF="AB12CD"), sex="")))
    after = post.person()
    assert (after.id, after.given_names) == (before.id, "MAREN")
    assert (after.provenance["given_names"], after.provenance["sex"]) == ("api", "pnr")
    assert (after.sex, after.facts_version) == ("F", 2)
    [document] = post.all(sa.select(DocumentRow))
    assert document.source == "api"


def test_what_the_kiosk_read_stays(post: Post) -> None:
    post.send(api(person()))
    with post.database.transaction() as session:
        session.execute(
            sa.update(Passenger).values(
                birth_date=date(1984, 6, 5), version=Passenger.version + 1,
                provenance={"surname": "api", "given_names": "api", "birth_date": "kiosk"},
            )
        )  # fmt: skip
    post.send(api(person(SEA="11D"), prepared=later(hours=1), control="C2"))
    one = post.person()
    assert (one.birth_date, one.provenance["birth_date"]) == (date(1984, 6, 5), "kiosk")
    assert one.seat == "11D"


def test_a_later_push_replaces_and_keeps_the_earlier_one(post: Post) -> None:
    post.send(push(booking(MAREN)))
    paid = booking(MAREN, payments=(Payment("CA"),))
    post.send(push(paid, prepared=later(hours=1), control="P2"))
    [stored] = post.all(sa.select(Booking))
    [version] = post.all(sa.select(BookingVersion))
    assert (stored.version, version.version, version.booking_id) == (2, 1, stored.id)
    assert stored.record["payments"][0]["kind"] == "CA"
    assert "payments" not in version.record


def test_the_same_push_again_makes_no_version(post: Post) -> None:
    post.send(push(booking(MAREN, TOVE)), push(booking(MAREN, TOVE), control="P2"))
    assert post.all(sa.select(BookingVersion)) == []
    assert [one.facts_version for one in post.people()] == [1, 1]


def test_an_older_push_that_arrives_late_changes_nothing(post: Post) -> None:
    post.send(push(booking(MAREN), prepared=later(hours=2)))
    message = post.send(push(booking(MAREN, TOVE), control="P0"))
    assert message.summary[0]["stale"] == 2
    assert names(post) == ["MAREN"]


def test_who_left_the_booking_is_withdrawn(post: Post) -> None:
    post.send(push(booking(MAREN, TOVE)))
    post.send(push(booking(MAREN), prepared=later(hours=1), control="P2"))
    maren, tove = post.people()
    assert (maren.travel_status, tove.travel_status) == ("booked", "withdrawn")
    post.send(push(booking(MAREN, TOVE), prepared=later(hours=2), control="P3"))
    assert {one.travel_status for one in post.people()} == {TravelStatus.BOOKED}
    assert len(post.people()) == 2


def test_a_removed_booking_withdraws_those_known_from_it_alone(post: Post) -> None:
    post.send(push(booking(MAREN, TOVE)), api(person(AVF="AB12CD")))
    post.send(push(cancelled(), function="141", prepared=later(hours=1), control="P2"))
    maren, tove = post.people()
    assert (maren.travel_status, maren.pnr_data) == (TravelStatus.BOOKED, None)
    assert tove.travel_status is TravelStatus.WITHDRAWN
    [stored] = post.all(sa.select(Booking))
    assert stored.removed_at is not None
    assert len(post.all(sa.select(BookingVersion))) == 1


def test_a_removal_that_overtakes_its_booking_holds(post: Post) -> None:
    post.send(push(cancelled(), function="141", prepared=later(hours=1)))
    post.send(push(booking(MAREN), control="P0"))
    assert post.people() == []


def test_one_person_in_two_bookings_is_one_passenger(post: Post) -> None:
    post.send(push(booking(TOVE), booking(TOVE, locator="XY34ZW")))
    one = post.person()
    assert one.pnr_data is not None
    assert {each["locator"] for each in one.pnr_data.values()} == {"AB12CD", "XY34ZW"}
    post.send(push(cancelled(), function="141", prepared=later(hours=1), control="P2"))
    one = post.person()
    assert one.travel_status is TravelStatus.BOOKED
    assert one.pnr_data is not None
    assert [each["locator"] for each in one.pnr_data.values()] == ["XY34ZW"]


def test_a_booking_named_twice_in_a_push_keeps_everybody(post: Post) -> None:
    for prepared in (later(), later(hours=1)):
        post.send(push(booking(MAREN), booking(TOVE), prepared=prepared))
        assert names(post) == ["MAREN", "TOVE"]
        assert {one.travel_status for one in post.people()} == {TravelStatus.BOOKED}
    assert post.all(sa.select(BookingVersion)) == []


def test_an_infant_without_a_seat_and_a_group_name(post: Post) -> None:
    infant = Traveller(surname="QUILLFEATHER", given="OLE", kind="INF")
    group = Traveller(surname="HIKING CLUB", group=True)
    post.send(push(booking(group, MAREN, infant)))
    assert names(post) == ["MAREN", "OLE"]
    assert {one.party_id for one in post.people()} == {None}


def test_a_booking_of_forty_goes_through_in_batches(post: Post) -> None:
    people = [
        traveller("GROUP" + chr(65 + i // 26) + chr(65 + i % 26), "SUE", number=f"L65{i:05d}")
        for i in range(40)
    ]
    post.send(push(booking(*people)))
    assert len(post.people()) == 40
    post.send(push(booking(*people[:30]), prepared=later(hours=1), control="P2"))
    withdrawn = [one for one in post.people() if one.travel_status is TravelStatus.WITHDRAWN]
    assert len(withdrawn) == 10


def test_seat_and_bags_come_from_the_check_in(post: Post) -> None:
    one = booking(MAREN)
    check_in = CheckIn(0, "12", "011D", "Y", Baggage(2, 31, "kg"))
    segment = replace(one.itinerary[0], check_ins=(check_in,))
    post.send(push(replace(one, itinerary=(segment,))))
    passenger = post.person()
    assert passenger.seat == "11D"
    assert passenger.pnr_data is not None
    [record] = passenger.pnr_data.values()
    assert record["bags"] == {"count": 2, "weight_g": 31000}
    assert record["checked_in"] is True


def test_what_is_sensitive_is_not_stored(post: Post) -> None:
    meal = SpecialService("KSML", "HK", 1, "ZZ", traveller=0)
    raw = push(booking(replace(MAREN, services=(meal,))))
    assert b"KSML" in raw
    message = post.send(raw)
    [stored] = post.all(sa.select(Booking))
    assert "KSML" not in str(stored.record) + str(post.person().pnr_data)
    assert message.summary[0]["dropped"] == 1


def test_a_code_share_is_one_flight_under_the_operating_number(post: Post) -> None:
    shared = leg(FlightNumber("QQ", 7001), operating=FlightNumber("ZZ", 1))
    one = booking(MAREN)
    one = replace(one, itinerary=(replace(one.itinerary[0], leg=shared),))
    post.send(api(person(AVF="AB12CD")))
    post.send(push(one, flight=shared))
    [flight] = post.all(sa.select(Flight))
    [alias] = post.all(sa.select(FlightAlias))
    assert (flight.carrier, flight.number) == ("ZZ", 1)
    assert (alias.carrier, alias.number, alias.flight_id) == ("QQ", 7001, flight.id)
    post.send(api(person("TIDEWELL", "TOVE", number="L7654321"), flight="QQ7001", control="C2"))
    assert len(post.all(sa.select(Flight))) == 1
    assert len(post.people()) == 2


def test_a_visa_is_no_document_of_identity(post: Post) -> None:
    visa = Document("V", "JPN", "V7777777", surname="QUILLFEATHER", given="MAREN")
    other = traveller("TIDEWELL", "TOVE")
    post.send(push(booking(replace(traveller(), documents=(visa,)))))
    post.send(push(booking(replace(other, documents=(visa,)), locator="XY34ZW"), control="P2"))
    assert len(post.people()) == 2


XML = """<IATA_PNRGOV_NotifRQ TimeStamp="{time}"><Originator AirlineCode="ZZ"/>{legs}<PNRs>
<PNR><BookingRefID ID="AB12CD"><CompanyName Code="ZZ"/></BookingRefID>
<Passenger RPH="1"><GivenName>MARENMRS</GivenName><Surname>QUILLFEATHER</Surname></Passenger>{people}
<SSR SSRCode="KSML" RPH="1"/>{flights}</PNR></PNRs></IATA_PNRGOV_NotifRQ>"""
LEG = """<FlightLeg CarrierCode="ZZ" FlightNumber="001" DepartureDateTime="2026-03-10T09:30:00"
ArrivalDateTime="2026-03-10T17:05:00"><DepartureAirport LocationCode="SYD"/>
<ArrivalAirport LocationCode="NRT"/></FlightLeg>"""
TOVE_XML = (
    """<Passenger RPH="2"><GivenName>TOVE</GivenName><Surname>TIDEWELL</Surname></Passenger>"""
)


def xml(people: str = "", legs: str = LEG, **units: float) -> bytes:
    time, flights = later(**units).isoformat(), legs.replace("FlightLeg", "Flight")
    return XML.format(time=time, legs=legs, flights=flights, people=people).encode()


def test_a_push_in_xml_is_applied_as_one_in_edifact(post: Post) -> None:
    message = post.send(xml(TOVE_XML))
    assert (message.status, post.codes(message)) == ("applied", [])
    assert names(post) == ["MAREN", "TOVE"]
    [summary] = message.summary
    assert (summary["type"], summary["flight"], summary["dropped"]) == ("PNRGOV-XML", "ZZ1", 1)
    assert (summary["pnrs"], summary["people"], summary["added"]) == (1, 2, 2)
    assert summary["applied"] is True
    post.send(push(booking(MAREN, TOVE), prepared=later(hours=1)))
    assert names(post) == ["MAREN", "TOVE"]  # the same booking and people by the other way
    [stored] = post.all(sa.select(Booking))
    assert (stored.carrier, stored.locator) == ("ZZ", "AB12CD")


def test_a_later_push_in_xml_replaces_an_earlier_one(post: Post) -> None:
    post.send(xml(TOVE_XML, hours=1), xml(hours=2))
    assert [one.travel_status for one in post.people()] == ["booked", "withdrawn"]
    message = post.send(xml(TOVE_XML))
    assert message.summary[0]["stale"] == 2


def test_a_document_of_two_flights_is_two_messages(post: Post) -> None:
    second = LEG.replace("2026-03-10", "2026-03-11")
    message = post.send(xml(legs=LEG + second))
    assert [one["flight_date"] for one in message.summary] == ["2026-03-10", "2026-03-11"]
    assert len(post.all(sa.select(Flight))) == 2


def test_a_document_that_is_none_is_rejected_with_its_place(post: Post) -> None:
    message = post.send(b"<PNRs>\n<PNR></PNRs>")
    [syntax] = [fault for fault in post.faults(message) if fault.code == "xml_syntax"]
    assert (message.status, syntax.segment) == ("rejected", 2)
