"""Groups of a booking beyond flights and check-in: tickets, payments, divided records, other services, history."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.formats.codes import FlightNumber
from app.formats.pnrgov import Pnr, history, read
from app.formats.pnrgov.record import (
    ExcessBaggage,
    Fare,
    Identification,
    NonAirService,
    Price,
    Tax,
)
from tests.formats.bookings import message

RCI = "RCI+ZZ:ABC123::020126:0304'"
ADULT = "TIF+OAKENSHAW+PERRINMR:A:1'"
FLIGHT = "TVL+100326:0930:100326:1400+SYD+NRT+ZZ+0001:Y'RPI+1+HK'"


def booking(*segments: str) -> Pnr:
    return read(message(RCI + "".join(segments))).records[0]


# --- GR.2 to GR.4 --------------------------------------------------------------------------------


def test_fares_of_a_traveller_tell_age_and_bases() -> None:
    (found,) = booking(ADULT, "FAR+A+32++++SFLY+SFLX'IFT+4:15:9+SYD ZZ+NRT 410.00NUC'").travellers
    assert found.fares == (Fare("A", 32, ("SFLY", "SFLX")),)
    assert found.age == 32
    assert found.fare_calculations == ("SYD ZZ NRT 410.00NUC",)


def test_taxes_deadline_and_issuer_of_a_ticket() -> None:
    (found,) = booking(
        ADULT,
        "TKT+999-1234567890:T:1:::9991234567000'MON+B:2888.00:GBP+T:2957.94:GBP'"
        "PTK+NR++080126:1010+ZZ+999+SYD'TXD++3.10:::YQ+8,50:AU:AUD:XF+X:::YC'DAT+710:050126'",
    ).travellers
    (ticket,) = found.tickets
    assert (ticket.number, ticket.connected) == ("9991234567890", "9991234567000")
    assert ticket.prices[1] == Price("T", Decimal("2957.94"), "GBP")
    assert ticket.taxes == (Tax("YQ", Decimal("3.10")), Tax("XF", Decimal("8.50"), "AUD", "AU"))
    assert (ticket.validating_carrier, ticket.carrier_code) == ("ZZ", "999")
    assert ticket.deadline == datetime(2026, 1, 8, 10, 10)
    assert ticket.issued_on == date(2026, 1, 5)


@pytest.mark.parametrize("sent", ["080126:1010", "260108:1010"])
def test_a_deadline_is_read_in_both_orders(sent: str) -> None:
    (found,) = booking(ADULT, f"TKT+:1'PTK+++{sent}'").travellers
    assert found.tickets[0].deadline == datetime(2026, 1, 8, 10, 10)


def test_coupons_join_the_ticket_of_their_number() -> None:
    (found,) = booking(
        ADULT, "TKT+9991234567890:T'", FLIGHT,
        "SSR+TKNE:HK:1:ZZ:::SYD:NRT:9991234567890C1+::1'",
        "SSR+TKNE:HK:1:ZZ:::NRT:SYD:9991234567890C2+::1'",
    ).travellers  # fmt: skip
    assert [(t.number, t.coupons) for t in found.tickets] == [("9991234567890", ("1", "2"))]


def test_the_infants_ticket_is_the_infants() -> None:
    found = booking(
        ADULT, "TIF+OAKENSHAW+ELA:IN:2'", "SSR+TKNE:HK:1:ZZ:::SYD:NRT:INF9991234567891C1+::1'"
    ).travellers
    assert [[t.number for t in one.tickets] for one in found] == [[], ["9991234567891"]]


def test_who_pays_with_address_and_telephone() -> None:
    (payment,) = booking(
        ADULT,
        "TKT+:1'FOP+CC::2957.94:VI:XXXXXXXX1186:0228:A99'"
        "IFT+4:43+P OAKENSHAW+9 NOWHERE ROAD SYDNEY+0291234567'"
        "ADD++700:9 NOWHERE ROAD:SYDNEY:NSW::AU:2000:0291234568'",
    ).payments
    assert (payment.payer, payment.approval) == ("P OAKENSHAW", "A99")
    assert payment.payer_lines == ("9 NOWHERE ROAD SYDNEY", "0291234567")
    assert payment.address is not None
    assert (payment.address.city, payment.address.postcode) == ("SYDNEY", "2000")
    assert [c.value for c in payment.contacts] == ["0291234568"]


def test_the_payers_address_is_not_the_travellers() -> None:
    found = booking(ADULT, "ADD++702:1 HOME:TOWN'TKT+:1'FOP+CA::10'ADD++700:2 BANK:CITY'")
    assert [(a.city, a.traveller) for a in found.addresses] == [("TOWN", 0)]
    assert found.payments[0].address is not None


def test_a_sponsor_without_a_form_of_payment_is_kept() -> None:
    (found,) = booking(ADULT, "IFT+4:43+A SPONSOR+1 STREET'").payments
    assert (found.kind, found.payer, found.traveller) == ("", "A SPONSOR", 0)


@pytest.mark.parametrize(
    ("sent", "kinds"),
    [
        ("FOP+CA::50'", ["CA"]),
        ("FOP+CC::30:VI:XXXXXXXX1186:0228+CA::20'", ["CC", "CA"]),
        ("FOP+GR:::::12345'", ["GR"]),
        ("FOP+CK'FOP+MS::100.00'FOP+DP'", ["CK", "MS", "DP"]),
        ("FOP'", []),
    ],
)
def test_forms_of_payment(sent: str, kinds: list[str]) -> None:
    assert [p.kind for p in booking(ADULT, "TKT+:1'", sent).payments] == kinds


def test_excess_baggage_of_the_booking_and_of_a_traveller() -> None:
    found = booking("EBD+AUD:60.00+2::N'", ADULT, "EBD+AUD:5.00+:12::700'EBD+GBP:40.00+4::N'")
    assert found.excess_baggage == (
        ExcessBaggage(Decimal("60.00"), "AUD", 2),
        ExcessBaggage(Decimal("5.00"), "AUD", None, 12, "kg", 0),
        ExcessBaggage(Decimal("40.00"), "GBP", 4, traveller=0),
    )


def test_group_name_and_size() -> None:
    found = booking("TIF+HERON TOURS:G:20'", ADULT)
    assert ([t.group for t in found.travellers], found.group_size) == ([True, False], 20)
    assert booking("SSR+GRPS:HK:1:ZZ:::::TCP 15 HERON'").group_size == 15


def test_identification_child_alone_and_what_cannot_be_read() -> None:
    found = booking(
        ADULT,
        "SSR+FOID:HK:1:ZZ:::::NI770101-1OAKENSHAW/PERRIN+::1'SSR+UMNR:HK:1:ZZ:::::UM8+::1'"
        "SSR+TKNE::::::::TKT NBR 0.291204 E OAKENSHAW+::1'",
    ).travellers[0]
    assert found.identifications == (Identification("NI", "770101"),)
    assert (found.unaccompanied, found.age, found.kind) == (True, 8, "ADT")
    assert [(s.code, s.text) for s in found.services] == [("TKNE", "TKT NBR 0.291204 E OAKENSHAW")]


# --- code shares ---------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["TVL+++++972:M'", "TRA+ZZ+972:M'"])
def test_both_numbers_and_classes_of_a_code_share(second: str) -> None:
    (found,) = booking(ADULT, "TVL+100326:0930+SYD+NRT+YY:ZZ+4001:Y'", second).itinerary
    assert (found.leg.carrier, found.leg.operator) == ("YY", "ZZ")
    assert found.leg.marketing == FlightNumber("YY", 4001)
    assert found.leg.operating == FlightNumber("ZZ", 972)
    assert (found.booking_class, found.operating_class) == ("Y", "M")


# --- GR.8 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "direction"),
    [("::030126:0304", "into"), ("::010126:0304", "from"), ("::020126:0304", ""), ("", "")],
)
def test_divided_records_in_both_directions(made: str, direction: str) -> None:
    (found,) = booking(ADULT, FLIGHT, f"EQN+2:7'RCI+ZZ:DEF456{made}+YY:OTHER1'").splits
    assert (found.count, found.kind, found.direction) == (2, "7", direction)
    assert [one.code for one in found.locators] == ["DEF456", "OTHER1"]


def test_a_booking_divided_twice() -> None:
    found = booking(ADULT, FLIGHT, "EQN+1'RCI+ZZ:DEF456'EQN+2'RCI+ZZ:GHI789'")
    assert [(s.count, s.locators[0].code) for s in found.splits] == [(1, "DEF456"), (2, "GHI789")]
    assert [one.code for one in found.locators] == ["ABC123"]


# --- GR.9 ----------------------------------------------------------------------------------------


def test_other_services_with_kind_dates_and_place() -> None:
    found = booking(
        ADULT, FLIGHT,
        "MSG+8'TVL+100326:1500:120326+NRT:HERON INN++VN+67576:ROH'RPI+1+HK'IFT+4:28+QUIET'"
        "MSG+2'TVL+120326:1200+NRT+KIX+ZE'TVL+130326+KIX++ZE'MSG+9'",
    )  # fmt: skip
    inn, car, again, empty = found.non_air
    assert inn == NonAirService(
        "8", datetime(2026, 3, 10, 15), datetime(2026, 3, 12), "NRT", "HERON INN", "", "VN", "67576",
        "ROH", "HK", 1, ("QUIET",),
    )  # fmt: skip
    assert (car.kind, car.place, car.ends_at, car.company) == ("2", "NRT", "KIX", "ZE")
    assert (again.kind, again.begins_local) == ("2", datetime(2026, 3, 13))
    assert empty == NonAirService("9")
    assert (len(found.itinerary), found.texts) == (1, ())


def test_the_end_of_a_stay_is_local_time_of_its_place() -> None:
    (found,) = booking(ADULT, FLIGHT, "MSG+8'TVL+100326:1500:120326:1100+NRT'").non_air
    assert found.ends_local == datetime(2026, 3, 12, 11)


@pytest.mark.parametrize(
    ("dates", "ends"),
    [
        ("100326:1500:120326", datetime(2026, 3, 12)),
        ("100326::120326", datetime(2026, 3, 12)),
        ("100326:1500:1800", datetime(2026, 3, 10, 18)),
        ("100326:1500", None),
        ("100326:1500:990399", None),
    ],
)
def test_a_stay_ends_on_its_day_also_without_an_hour(dates: str, ends: datetime | None) -> None:
    (found,) = booking(ADULT, FLIGHT, f"MSG+8'TVL+{dates}+NRT'").non_air
    assert found.ends_local == ends


def test_history_lines_are_judged_one_by_one_where_one_of_them_tells() -> None:
    lines = [
        "1/A/RM/QUIET",
        "2/A/SR/SSR AVML",
        "3/A/RM/SSR",
        "4/A/RM/AVML",
        "5/A/RM/CC VI4111111111111111",
        "6/A/RM/TOLD",
    ]
    found = booking(
        ADULT,
        FLIGHT,
        "".join(f"LTS+{line}'" for line in lines),
        "ABI+1+:LHRRR+LON'SAC+++A'LTS+JUST A LINE'",
    )
    said = [text for item in found.history for action in item.actions for text in action.texts]
    assert said == ["QUIET", "SSR", "CC VI41XXXXXXXXXX1111", "TOLD", "JUST A LINE"]
    assert (found.dropped, found.history[4].agent) == (2, "LHRRR")


def test_a_traveller_named_behind_other_services_is_kept() -> None:
    found = booking("MSG+8'TVL+100326+NRT'", ADULT)
    assert [t.surname for t in found.travellers] == ["OAKENSHAW"]


# --- GR.10 to GR.12 ------------------------------------------------------------------------------


def test_history_items_have_agent_time_and_actions() -> None:
    found = booking(
        ADULT, FLIGHT,
        "ABI+1+:LHRRR+LON++ZZ'DAT+ZT:010126:1010'SAC+++X'TIF+GONE+GIRL:A:9'"
        "SAC+++A'SSR+OTHS:HK:1:ZZ:::::CALLED'SAC+++C'IFT+4:19+ F 10MAR26 SYD NRT'"
        "TVL+100326:0930+SYD+NRT+ZZ+1:S'RPI+2+HX'SAC+++A'TBD++2:30:700'"
        "ABI+4++++ZZ'DAT+T:020126:1213'SAC+++A'SSR+SEAT:HK:1:ZZ+15A::1'",
    )  # fmt: skip
    first, second = found.history
    assert (first.agent, first.city, first.company) == ("LHRRR", "LON", "ZZ")
    assert first.at == datetime(2026, 1, 1, 10, 10, tzinfo=UTC)
    gone, called, changed, bags = first.actions
    assert (gone.action, gone.names) == ("X", (("GONE", "GIRL"),))
    assert [(s.code, s.text) for s in called.services] == [("OTHS", "CALLED")]
    assert (changed.action, changed.texts) == ("C", ("F 10MAR26 SYD NRT",))
    (flight,) = changed.segments
    assert (str(flight.leg), flight.booking_class, flight.status) == ("ZZ1", "S", "HX")
    assert bags.baggage[0].count == 2
    assert (second.company, second.at) == ("ZZ", datetime(2026, 1, 2, 12, 13, tzinfo=UTC))
    assert (len(found.travellers), len(found.itinerary), found.services) == (1, 1, ())
    assert found.history_items == 2


def test_history_tells_nothing_sensitive_and_no_card() -> None:
    found = booking(
        "ABI+1'SAC+++A'SSR+KSML:HK:1:ZZ'SAC+++A'IFT+4:19+KOSHER MEAL'"
        "SAC+++A'IFT+4:19+P CC 4111111111111111'LTS+0/O/SR/SSR WCHRZZHK1'"
        "LTS+0/O/FP/CCVI4111111111111111/0728'"
    )
    assert found.dropped == 3
    for word in ("KSML", "KOSHER", "WCHR", "4111111111111111"):
        assert word not in repr(found)


def test_lines_of_one_number_are_one_item_signed_and_timed() -> None:
    found = booking(
        "LTS+0/O/NM/OAKENSHAW/PERRIN MR(ADT)'LTS+0/O/SS/ZZ 1 Y 10MAR 1 SYDNRT LK1'"
        "LTS+0/Z/XX RETAIL CR-SYDZZ08AA 12345675 SU 0001AA/DS-9CCFDE59 19DEC1354Z'"
        "LTS+14/A/SR/SSR OTHSZZHK1 CALLED'LTS+0/5/C/5/AP HERON-H'"
        "LTS+14/Z/RM CR-NRTZZ00CO 00000000 PD 6160MC/DS-9CBABA44 05MA R1240Z'LTS+JUST A LINE'"
    )
    original, later, changed, other = found.history
    assert (original.line, original.agent) == (0, "SYDZZ08AA")
    assert original.at == datetime(2025, 12, 19, 13, 54, tzinfo=UTC)
    assert [(a.action, a.element, a.texts) for a in original.actions] == [
        ("O", "NM", ("OAKENSHAW/PERRIN MR(ADT)",)),
        ("O", "SS", ("ZZ 1 Y 10MAR 1 SYDNRT LK1",)),
    ]
    assert (later.line, later.at) == (14, datetime(2026, 3, 5, 12, 40, tzinfo=UTC))
    assert (changed.line, changed.actions[0].action, changed.actions[0].element) == (5, "C", "AP")
    assert (other.line, other.actions[0].texts) == (None, ("JUST A LINE",))
    assert found.history_items == 7


def test_of_an_endless_history_the_first_actions_are_kept_and_all_are_counted() -> None:
    lines = "".join(f"LTS+{n}/A/RM/LINE'" for n in range(history.MOST + 50))
    items = "ABI+1'SAC+++A'" * 50
    found = booking(lines, items)
    assert sum(len(item.actions) for item in found.history) == history.MOST
    assert found.history_items == history.MOST + 100


# --- what was taken out before -------------------------------------------------------------------


def test_the_place_of_a_denied_segment_counts_as_dropped() -> None:
    found = booking("SSR+~'IFT+~'", ADULT, FLIGHT, "SSR+~'", "LTS+~'", "ABI+1'SAC+++A'SSR+~'IFT+~'")
    assert found.dropped == 6
    assert (found.services, found.texts, found.faults) == ((), (), ())
