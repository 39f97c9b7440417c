from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.codes import FlightNumber
from app.formats.edifact import EdifactError, interchanges
from app.formats.pnrgov import Pnr, PnrPush, read, write
from tests.formats.bookings import HEAD, PREPARED, family, message, push
from tests.support.steps import steps

RCI = "RCI+ZZ:ABC123::020126:0304'"
ADULT = "TIF+OAKENSHAW+PERRINMR:A:1'"
FLIGHT = "TVL+100326:0930:100326:1400+SYD+NRT+ZZ+0001:Y'RPI+1+HK'"


def booking(*segments: str) -> Pnr:
    return read(message(RCI + "".join(segments))).records[0]


def codes(pnr: Pnr) -> list[str]:
    return [fault.code for fault in pnr.faults]


# --- the head ------------------------------------------------------------------------------------


def test_head_names_sender_function_and_flight() -> None:
    found = read(message(RCI))
    assert (found.sender, found.sender_city, found.function, found.expected) == (
        "ZZ",
        "AAA",
        "22",
        1,
    )
    assert found.full
    assert str(found.flight) == "ZZ1"
    assert found.flight is not None
    assert (found.flight.board, found.flight.off) == ("SYD", "NRT")
    assert found.flight.departure_local == datetime(2026, 3, 10, 9, 30)
    assert found.flight.arrival_local == datetime(2026, 3, 10, 14, 0)


def test_update_is_not_full() -> None:
    assert not read(message(RCI, head=HEAD.replace("MSG+:22'", "MSG+:141'"))).full


def test_a_part_without_bookings_is_a_push() -> None:
    found = read(message(head=HEAD.replace("+ZZ0001'", "+ZZ0001+01:C'"), eqn="EQN+188'"))
    assert (found.records, found.expected, found.sequence, found.part) == ((), 188, 1, "C")
    assert [fault.code for fault in found.faults] == ["segment_count"]


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("+ZZ0001'", "+ZZ0001+01:C'")])
def test_travellers_that_no_source_begins_are_an_error(head: str) -> None:
    found = read(message(head=head, eqn="EQN+1'RCI+ZZ:AAAAAA'TIF+DOE+JO:A:1'"))
    assert found.records == ()
    assert ("booking_unread", "error") in [(one.code, one.severity) for one in found.faults]


def test_wrong_booking_count_is_a_warning() -> None:
    found = read(message(RCI, eqn="EQN+2'"))
    assert ("booking_count", "warning") in [(f.code, f.severity) for f in found.faults]


@pytest.mark.parametrize(
    ("sent", "departure", "arrival"),
    [
        ("100326:0930:1400", (10, 9, 30), (10, 14, 0)),
        ("100326:0930::1400", (10, 9, 30), (10, 14, 0)),
        ("100326:0930::0610:1", (10, 9, 30), (11, 6, 10)),
        ("100326:0930:110326:0610", (10, 9, 30), (11, 6, 10)),
        ("260310:0930:260311:0610", (10, 9, 30), (11, 6, 10)),  # a sender of YYMMDD
        ("100326:0930", (10, 9, 30), None),
    ],
)
def test_forms_of_the_flights_times(sent: str, departure: tuple, arrival: tuple | None) -> None:
    head = HEAD.replace("100326:0930:100326:1400", sent)
    flight = read(message(RCI, head=head)).flight
    assert flight is not None
    assert flight.departure_local == datetime(2026, 3, *departure)
    if arrival:
        assert flight.arrival_local == datetime(2026, 3, *arrival)


@pytest.mark.parametrize(
    ("day", "next_day"),
    [
        ("260310", "260311"),
        ("260326", "260327"),  # of the departure both orders are one day: the arrival tells
    ],
)
def test_the_order_of_the_headers_days_holds_for_the_bookings(day: str, next_day: str) -> None:
    head = HEAD.replace("100326:0930:100326:1400", f"{day}:0930:{next_day}:0610")
    out = f"TVL+{day}:0930:{next_day}:0610+SYD+NRT+ZZ+0001:Y'"
    back = "TVL+260402:1000:260402:1500+NRT+SYD+ZZ+0002:Y'"
    hotel = "MSG+8'TVL+260311:1500:260402:0900+TYO+++INN'"
    found = read(message(RCI + ADULT + out + back + hotel, head=head))
    first, second = found.records[0].itinerary
    leaves = datetime(2026, 3, int(day[4:]), 9, 30)
    assert (first.leg.departure_local, first.pushed) == (leaves, True)
    assert first.leg.arrival_local == datetime(2026, 3, int(next_day[4:]), 6, 10)
    assert second.leg.departure_local == datetime(2026, 4, 2, 10, 0)
    assert second.leg.arrival_local == datetime(2026, 4, 2, 15, 0)
    (stay,) = found.records[0].non_air
    assert (stay.begins_local, stay.ends_local) == (
        datetime(2026, 3, 11, 15, 0),
        datetime(2026, 4, 2, 9, 0),
    )


def test_a_documents_date_that_cannot_be_read_is_told_once() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/GBR/A123/GBR/140580/M/25OCT27/OAKENSHAW/PERRIN+::1'"
    found = booking(ADULT, docs, FLIGHT, docs)
    assert codes(found) == ["document_date"]
    assert (found.travellers[0].birth, found.travellers[0].documents[0].number) == (None, "A123")


def test_a_date_far_from_the_messages_is_flagged_and_read_as_the_standard_says() -> None:
    found = read(message(RCI, head=HEAD.replace("100326:0930:100326:1400", "160135:1640")))
    assert found.flight is not None
    assert found.flight.departure_local == datetime(2035, 1, 16, 16, 40)
    assert "flight_date" in [fault.code for fault in found.faults]


def test_without_a_flight_the_push_carries_an_error() -> None:
    head = HEAD[: HEAD.index("TVL")]
    found = read(message(RCI + ADULT, head=head))
    assert found.flight is None
    assert ("no_flight", "error") in [(f.code, f.severity) for f in found.faults]
    assert len(found.records[0].travellers) == 1


# --- travellers ----------------------------------------------------------------------------------


def test_a_traveller_without_documents_is_a_traveller() -> None:
    (found,) = booking(ADULT, FLIGHT).travellers
    assert (found.surname, found.given, found.title) == ("OAKENSHAW", "PERRIN", "MR")
    assert (found.kind, found.reference, found.documents) == ("ADT", "1", ())


def test_one_segment_may_name_several_of_a_surname() -> None:
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1+WILLAMRS:A:2+NIALLMSTR::3'").travellers
    assert [(t.given, t.kind) for t in found] == [
        ("PERRIN", "ADT"),
        ("WILLA", "ADT"),
        ("NIALL", "CHD"),
    ]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("TIF+OAKENSHAW/PERRIN MR'", ("OAKENSHAW", "PERRIN", "MR")),
        ("TIF+Oakenshaw/Perrin/Jo+:A:1'", ("OAKENSHAW", "PERRIN JO", "")),
        ("TIF+OAKENSHAW/+:A:1'", ("OAKENSHAW/", "", "")),
        ("TIF+HERON/TOURS:G'", ("HERON/TOURS", "", "")),
    ],
)
def test_a_name_in_one_piece(sent: str, name: tuple[str, str, str]) -> None:
    (found,) = booking(sent).travellers
    assert (found.surname, found.given, found.title) == name


def test_a_surname_alone_and_a_groups_name() -> None:
    found = booking("TIF+SUROTO'TIF+GREY HERON TOURS:G'")
    assert [(t.surname, t.given, t.group) for t in found.travellers] == [
        ("SUROTO", "", False),
        ("GREY HERON TOURS", "", True),
    ]
    assert [t.surname for t in found.people] == ["SUROTO"]


def test_check_in_names_nobody_new_but_a_late_traveller_is_kept() -> None:
    found = booking(ADULT, FLIGHT, "TIF+OAKENSHAW+PERRINMR:A:1'TIF+OAKENSHAW+WILLAMRS:A:2'")
    assert [t.given for t in found.travellers] == ["PERRIN", "WILLA"]
    assert codes(found) == ["traveller_after_itinerary"]


def test_those_whom_only_a_check_in_names_are_travellers() -> None:
    flight = "TVL+100326:0930:100326:1400+SYD+NRT+ZZ+0001:Y'RPI+2+HK'"
    checks = "DAT+2:100326:0600'TRI++1:::2'TIF+TAN+WEI MR:A:2'TRI++2:::3'TIF+LIM+BO MS:A:3'"
    found = booking("TIF+SEETHE WORLD:G:20'", (flight + checks) * 2)
    assert [one.surname for one in found.travellers] == ["SEETHE WORLD", "TAN", "LIM"]
    assert [one.traveller for one in found.itinerary[1].check_ins] == [1, 2]
    assert codes(found).count("traveller_at_check_in") == 1
    gone = (
        "DAT+2:100326:0600'TRI++1:::1'TIF+OAKENSHAW+PERRIN:A:1'TRI++2:::9'TIF+GOSHOW+PETER MR:A:9'"
    )
    assert [one.surname for one in booking(ADULT, flight + gone).travellers] == [
        "OAKENSHAW", "GOSHOW",
    ]  # fmt: skip


def test_nameless_traveller_is_kept_with_a_fault_at_its_position() -> None:
    found = read(message(RCI + ADULT, RCI + "TIF'")).records[1]
    assert len(found.travellers) == 1
    (fault,) = found.faults
    assert (fault.code, fault.severity) == ("name_missing", "warning")
    assert fault.position is not None
    assert (fault.position.message, fault.position.tag, fault.position.element) == ("1", "TIF", 1)
    assert fault.position.segment == 11


def test_document_of_an_infant_under_its_adult_goes_to_the_infant() -> None:
    infant = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/I77/UTO/01SEP25/FI/04MAY31/OAKENSHAW/ELA MAY/+::1'"
    adult = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/A11/UTO/04JUL80/M/04MAY31/OAKENSHAW/PERRIN/+::1'"
    found = booking(ADULT, infant, adult, "TIF+OAKENSHAW+ELA:IN:2'", FLIGHT, infant, adult)
    first, second = found.travellers
    assert [d.number for d in first.documents] == ["A11"]
    assert [d.number for d in second.documents] == ["I77"]
    assert (second.birth, second.sex, second.infant) == (date(2025, 9, 1), "F", True)


HELD_DOCS = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/I77/UTO/01SEP25/FI/04MAY31/OAKENSHAW/ELA'"
HELD_INFT = "SSR+INFT:HK:1:ZZ:::::OAKENSHAW/ELA 01SEP25'"


@pytest.mark.parametrize(
    "sent", [(HELD_DOCS,), (HELD_INFT,), (HELD_DOCS, HELD_INFT), (HELD_INFT, HELD_DOCS)]
)
def test_an_infant_without_a_name_of_its_own_is_a_traveller(sent: tuple[str, ...]) -> None:
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1:1'", *sent)
    first, second = found.travellers
    assert (first.documents, first.birth, found.unmatched_documents) == ((), None, ())
    assert (second.surname, second.given, second.kind) == ("OAKENSHAW", "ELA", "INF")
    assert (second.reference, second.birth) == ("", date(2025, 9, 1))
    assert [d.number for d in second.documents] == ["I77"] * (HELD_DOCS in sent)
    assert codes(found) == ["infant_without_name"]


@pytest.mark.parametrize("status", ["HX", "XX", "UN"])
def test_an_infant_whose_request_was_cancelled_is_kept_as_a_request_only(status: str) -> None:
    found = booking(ADULT, HELD_INFT.replace(":HK:", f":{status}:"))
    assert [t.given for t in found.travellers] == ["PERRIN"]
    [request] = found.services + found.travellers[0].services
    assert (request.code, request.status, request.text) == ("INFT", status, "OAKENSHAW/ELA 01SEP25")


@pytest.mark.parametrize("name", ["OAKENSHAW+ELLA", "OAKENSHAW+ELA MAY", "OAKENSHAW+BABY"])
def test_an_infant_that_has_a_name_is_not_made_again(name: str) -> None:
    found = booking(ADULT, f"TIF+{name}:IN:2'", HELD_INFT, HELD_DOCS)
    assert [d.number for d in found.travellers[1].documents] == ["I77"]
    assert (len(found.travellers), codes(found)) == (2, [])


def test_an_infant_of_two_spellings_is_one() -> None:
    found = booking(ADULT, HELD_INFT, HELD_DOCS.replace("/ELA", "/ELLA"))
    assert [t.given for t in found.travellers] == ["PERRIN", "ELA"]


def test_twins_are_two() -> None:
    found = booking(ADULT, HELD_INFT, HELD_INFT.replace("ELA", "JOSS"), HELD_DOCS)
    assert [t.given for t in found.travellers] == ["PERRIN", "ELA", "JOSS"]


def test_an_infant_of_its_fathers_name_is_a_traveller_too() -> None:
    found = booking(ADULT, HELD_INFT.replace("ELA", "PERRIN"))
    assert [(t.given, t.kind) for t in found.travellers] == [("PERRIN", "ADT"), ("PERRIN", "INF")]


def test_a_document_of_an_announced_infant_is_not_its_adults_whatever_its_sex_says() -> None:
    found = booking(ADULT, HELD_DOCS.replace("/FI/", "/F/"), HELD_INFT)
    assert [[d.number for d in t.documents] for t in found.travellers] == [[], ["I77"]]


def test_an_infant_whom_only_a_document_of_sex_f_names_is_a_traveller() -> None:
    adult = (
        HELD_DOCS.replace("01SEP25/FI", "04JUL80/M").replace("I77", "A11").replace("ELA", "PERRIN")
    )
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1'", adult, HELD_DOCS.replace("/FI/", "/F/"))
    assert [[d.number for d in t.documents] for t in found.travellers] == [["A11"], ["I77"]]
    assert [t.kind for t in found.travellers] == ["ADT", "INF"]


def test_an_infants_document_of_sex_f_finds_the_infant_of_another_spelling() -> None:
    docs = HELD_DOCS.replace("/FI/", "/F/")
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1:1'", docs, "TIF+OAKENSHAW+ELLA:IN:2'")
    assert [[d.number for d in t.documents] for t in found.travellers] == [[], ["I77"]]


def test_an_adults_document_of_another_name_stays_the_adults() -> None:
    docs = HELD_DOCS.replace("01SEP25/FI", "01SEP95/F")
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1'", docs)
    assert [[d.number for d in t.documents] for t in found.travellers] == [["I77"]]


def test_a_document_of_another_name_is_kept_and_told_of() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/GBR/512731999/GBR/20SEP70/M/25OCT27/STRANGER/JOE'"
    found = booking("TIF+BELT+ANN MRS:A:1'", docs)
    assert codes(found) == ["document_name"]
    assert [d.surname for d in found.travellers[0].documents] == ["STRANGER"]
    alike = booking("TIF+BELT+ANN MRS:A:1'", docs.replace("STRANGER/JOE", "BELTT/ANNE"))
    assert codes(alike) == []


def test_a_document_that_says_nothing_is_told_of() -> None:
    found = booking("TIF+BELT+ANN MRS:A:1'", "SSR+DOCS:HK:1:ZZ'")
    assert codes(found) == ["document_empty"]


def test_infants_without_end_are_no_travellers_without_end() -> None:
    many = [
        HELD_INFT.replace("ELA", "A" + chr(65 + n // 26) * 9 + chr(65 + n % 26) * 9)
        for n in range(200)
    ]
    assert len(booking(ADULT, *many).travellers) == 100


def test_infant_of_another_surname_gets_the_document_left_over() -> None:
    infant = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/I77/UTO/01SEP25/MI/04MAY31/BARROW/JOSS/+::1'"
    found = booking(ADULT, infant, "TIF+OAKENSHAW+BABY:IN:2'")
    assert [d.number for d in found.travellers[1].documents] == ["I77"]


def test_father_and_infant_of_one_name_are_told_apart() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/{}/UTO/{}/{}/04MAY31/OAKENSHAW/PERRIN'"
    found = booking(
        ADULT,
        docs.format("A11", "04JUL80", "M"),
        docs.format("I77", "01SEP25", "MI"),
        "TIF+OAKENSHAW+PERRIN:IN:2'",
    )
    assert [[d.number for d in t.documents] for t in found.travellers] == [["A11"], ["I77"]]


def test_a_document_of_another_name_goes_by_the_reference() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/A11/UTO/04JUL80/F/04MAY31/MARRIED/WILLA+::2'"
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1+WILLAMRS:A:2'", docs)
    assert [[d.number for d in t.documents] for t in found.travellers] == [[], ["A11"]]


@pytest.mark.parametrize("before", [":" * 4, ":" * 6, "+", ":::::+", "::: : "])
def test_a_document_one_place_from_where_it_belongs_is_read(before: str) -> None:
    text = "/P/UTO/A11/UTO/04JUL80/M/04MAY31/OAKENSHAW/PERRIN"
    [found] = booking(ADULT, f"SSR+DOCS:HK:1:ZZ{before}{text}'").travellers
    assert [(one.number, one.given) for one in found.documents] == [("A11", "PERRIN")]


def test_a_document_that_fits_nobody_is_kept_apart() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/A11/UTO/04JUL80/F/04MAY31/STRANGER/ANY'"
    found = booking("TIF+OAKENSHAW+PERRINMR:A:1+WILLAMRS:A:2'", FLIGHT, docs)
    assert [d.number for d in found.unmatched_documents] == ["A11"]
    assert codes(found) == ["document_unmatched"]


ONLY_DOCS = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/{}/UTO/{}/F/04MAY31/OAKENSHAW/{}'"


def test_whom_only_documents_name_are_travellers() -> None:
    elder = ONLY_DOCS.format("A11", "04JUL80", "WILLA MRS")
    younger = ONLY_DOCS.format("B22", "04JUL06", "WILLA")
    visa = elder.replace("/P/UTO/A11", "/V/UTO/V33").replace(" MRS", "")
    found = booking(elder, younger, FLIGHT, elder, visa)
    assert [(t.surname, t.given, t.birth) for t in found.travellers] == [
        ("OAKENSHAW", "WILLA", date(1980, 7, 4)),
        ("OAKENSHAW", "WILLA", date(2006, 7, 4)),
    ]
    assert [[d.number for d in t.documents] for t in found.travellers] == [["A11", "V33"], ["B22"]]
    assert (found.unmatched_documents, codes(found)) == ((), ["traveller_in_document"])


def test_what_stands_in_a_booking_without_names_goes_to_whom_its_documents_name() -> None:
    ticket = "SSR+TKNE:HK:1:ZZ:::SYD:NRT:9991234567890C1+::7'"
    docs = ONLY_DOCS.format("A11", "04JUL80", "WILLA").replace("'", "+::7'")
    [found] = booking(ticket, docs, FLIGHT).travellers
    assert [one.number for one in found.tickets] == ["9991234567890"]


@pytest.mark.parametrize("status", ["HX", "XX"])
def test_a_cancelled_document_makes_nobody(status: str) -> None:
    sent = ONLY_DOCS.format("A11", "04JUL80", "WILLA").replace(":HK:", f":{status}:")
    found = booking(sent, FLIGHT)
    assert (found.travellers, codes(found)) == ((), ["document_unmatched"])


def test_documents_without_end_are_no_travellers_without_end() -> None:
    many = [
        ONLY_DOCS.format(f"A{n}", "04JUL80", f"W{chr(65 + n // 26)}{chr(65 + n % 26)}")
        for n in range(150)
    ]
    found = booking(*many)
    assert (len(found.travellers), len(found.unmatched_documents)) == (99, 51)


def test_the_same_document_with_short_and_long_states_is_one() -> None:
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/{0}/A11/{0}/04JUL80/M/04MAY31/OAKENSHAW/PERRIN+::1'"
    found = booking(ADULT, docs.format("JP"), FLIGHT, docs.format("JPN"))
    assert [(d.issuer, d.number) for d in found.travellers[0].documents] == [("JPN", "A11")]


def test_a_document_without_number_gives_way_to_one_with() -> None:
    bare = "SSR+DOCS:HK:1:ZZ::::://///04JUL80/M//OAKENSHAW/PERRIN'"
    full = "SSR+DOCS:HK:1:ZZ:::::/P/UTO/A11/UTO/04JUL80/M/04MAY31/OAKENSHAW/PERRIN'"
    assert len(booking(ADULT, bare).travellers[0].documents) == 1
    assert [d.number for d in booking(ADULT, bare, full).travellers[0].documents] == ["A11"]


def test_child_and_infant_announced_by_service_requests() -> None:
    found = booking(
        "TIF+OAKENSHAW+PERRINMR:A:1+NIALL::2'",
        "TIF+OAKENSHAW+ELA::3'",
        "SSR+CHLD:HK:1:ZZ:::::04JUL19+::2'",
        "SSR+INFT:HK:1:ZZ:::::OAKENSHAW/ELA 01SEP25+::1'",
    ).travellers
    assert [(t.kind, t.birth) for t in found] == [
        ("ADT", None),
        ("CHD", date(2019, 7, 4)),
        ("INF", date(2025, 9, 1)),
    ]


def test_ticket_prices_issue_and_the_electronic_ticket_of_the_flight() -> None:
    (found,) = booking(
        ADULT,
        "TKT+9991234567890:T:1'MON+B:100.00:AUD+T:123,45:AUD'PTK+NR++100326:0101+ZZ+999+SYD'"
        "DAT+710:050126:0607'",
        FLIGHT,
        "SSR+TKNE:HK:1:ZZ:::SYD:NRT:9991234567890C1+::1'",
        "SSR+TKNE:HK:1:ZZ:::SYD:NRT:9991234567891C1+::1'",
    ).travellers
    first, second = found.tickets
    assert (first.number, first.issued_on, first.non_refundable) == (
        "9991234567890",
        date(2026, 1, 5),
        True,
    )
    assert [p.amount for p in first.prices] == [Decimal("100.00"), Decimal("123.45")]
    assert (first.validating_carrier, first.sales_city) == ("ZZ", "SYD")
    assert second.number == "9991234567891"


def test_ticketless_travel_has_a_ticket_without_number() -> None:
    (found,) = booking(ADULT, "TKT+:700'").travellers
    assert [(t.number, t.kind) for t in found.tickets] == [("", "700")]


def test_frequent_flyers_of_segment_and_request_are_joined() -> None:
    (found,) = booking(
        ADULT, "FTI+ZZ:12345678:::GOLD'", "SSR+FQTV:HK:1:ZZ:::::/ZZ12345678+::1'",
        "SSR+FQTV:HK:1:YY:::::YY998877-1OAKENSHAW/PERRIN+::1'",
    ).travellers  # fmt: skip
    assert [(f.carrier, f.number, f.tier) for f in found.frequent_flyers] == [
        ("ZZ", "12345678", "GOLD"),
        ("YY", "998877", ""),
    ]


# --- itinerary, check-in, bags -------------------------------------------------------------------


def test_code_share_reads_the_operating_number_from_the_next_segment() -> None:
    (found,) = booking(
        ADULT, "TVL+100326:0930:100326:1400+SYD+NRT+YY:ZZ+4001:M'RPI+1+HK'TVL+++++1:Y'"
    ).itinerary
    assert (found.leg.marketing, found.leg.operating) == (
        FlightNumber("YY", 4001),
        FlightNumber("ZZ", 1),
    )
    assert (found.pushed, found.status, found.quantity, found.booking_class) == (
        True,
        "HK",
        1,
        "M",
    )


def test_code_share_of_newer_releases() -> None:
    (found,) = booking("TVL+100326:0930+SYD+NRT+YY:ZZ+4001:M'TRA+ZZ+1:B'APD+789'").itinerary
    assert found.leg.operating == FlightNumber("ZZ", 1)
    assert found.equipment == "789"


def test_the_pushed_segment_is_the_one_of_that_day() -> None:
    found = booking(
        "TVL+090326:0930+SYD+NRT+ZZ+1'TVL+100326:0100+MEL+SYD+ZZ+9'TVL+100326:0930+SYD+NRT+ZZ+1'"
    )
    assert [segment.pushed for segment in found.itinerary] == [False, False, True]
    assert found.pushed is found.itinerary[2]


@pytest.mark.parametrize(
    ("flights", "one_way"),
    [
        ("TVL+100326+SYD+NRT+ZZ+1'", True),
        ("TVL+100326+SYD+NRT+ZZ+1'TVL+200326+NRT+SYD+ZZ+2'", False),
        ("TVL+100326+SYD+NRT+ZZ+1'TVL+200326+NRT+MEL+ZZ+2'", True),
        ("TVL+100326+SYD++ZZ+1'", None),
        ("", None),
    ],
)
def test_one_way(flights: str, one_way: bool | None) -> None:
    assert booking(flights).one_way() is one_way


def test_open_segment_keeps_its_carrier() -> None:
    (found,) = booking("TVL+++NRT+ZZ+OPEN'").itinerary
    assert (found.leg.carrier, found.leg.marketing, found.leg.departure_local) == ("ZZ", None, None)


@pytest.mark.parametrize(
    ("sent", "suffix"),
    [("ZZ+1:Y:A", "A"), ("ZZ+1::A", "A"), ("ZZ+1A:Y:B", "A"), ("ZZ+ZZ1:Y", ""), ("+ZZ001", "")],
)
def test_suffix_and_carrier_of_a_flight_in_odd_places(sent: str, suffix: str) -> None:
    """9914 is the third component of C308; some repeat the carrier in the number."""
    head = HEAD[: HEAD.index("TVL")] + f"TVL+100326:0930:100326:1400+SYD+NRT+{sent}'"
    found = read(message(f"{RCI}{ADULT}TVL+100326:0930+SYD+NRT+{sent}'", head=head))
    number = FlightNumber("ZZ", 1, suffix)
    assert found.flight is not None
    assert found.flight.marketing == number
    assert found.records[0].itinerary[0].leg.marketing == number
    assert found.records[0].itinerary[0].leg.carrier == "ZZ"


def test_an_hour_of_24_is_the_next_days_start() -> None:
    (found,) = booking("TVL+100326:2400:110326:2400+SYD+NRT+ZZ+1'").itinerary
    assert found.leg.departure_local == datetime(2026, 3, 11)
    assert found.leg.arrival_local == datetime(2026, 3, 12)


def test_unreadable_departure_is_a_fault_and_the_segment_stays() -> None:
    found = booking("TVL+991399:0930+SYD+NRT+ZZ+1'")
    assert codes(found) == ["date"]
    assert found.itinerary[0].leg.board == "SYD"


def test_seats_asked_for_in_both_forms() -> None:
    found = booking(
        "TIF+OAKENSHAW+PERRINMR:A:1+WILLAMRS:A:2'",
        FLIGHT,
        "SSR+SEAT:HK:2:ZZ:::SYD:NRT+012A::1+XXX::2'SSR+NSST:HK:2:ZZ:::SYD:NRT:.03BN03CN'",
    )
    assert [(s.number, s.traveller, s.code) for s in found.itinerary[0].seats] == [
        ("12A", 0, "SEAT"),
        ("3B", None, "NSST"),
        ("3C", None, "NSST"),
    ]


def test_check_in_with_several_travellers_under_one_event() -> None:
    found = booking(
        "TIF+OAKENSHAW+PERRINMR:A:1+WILLAMRS:A:2'",
        FLIGHT,
        "DAT+2:100326:0400'ORG+ZZ:SYD+++A'TRI++SYD-17:::1'TIF+OAKENSHAW+PERRINMR:A:1'SSD+012A++++Y'"
        "TRI++18:::2'SSD+XXX++++Y'",
    )
    first, second = found.itinerary[0].check_ins
    assert (first.traveller, first.number, first.seat, first.cabin) == (0, "SYD-17", "12A", "Y")
    assert (first.agent, first.at) == ("ZZSYD", datetime(2026, 3, 10, 4, 0, tzinfo=UTC))
    assert (second.traveller, second.number, second.seat) == (1, "18", "")
    assert second.at == first.at


def test_check_in_event_without_content_and_with_a_wrong_reference() -> None:
    found = booking(
        ADULT, "TIF+BARROW+JOSS:A:2'", FLIGHT, "DAT'TRI++253:::1'TIF+BARROW+JOSS:A:253'"
    )
    (check_in,) = found.itinerary[0].check_ins
    assert (check_in.traveller, check_in.at) == (1, None)


def test_check_in_believes_the_name_segments_reference_before_its_own() -> None:
    found = booking(
        "TIF+OAKENSHAW+PERRINMR:A:1+PERRIN:C:2'", FLIGHT, "DAT'TRI++5:::1'TIF+OAKENSHAW+PERRIN:C:2'"
    )
    assert found.itinerary[0].check_ins[0].traveller == 1


def test_an_address_that_is_no_mail_is_no_telephone_either() -> None:
    assert booking("ADD++E:::::::NAME 0123456789'").contacts == ()


def test_the_pushed_segment_is_known_by_its_ports_where_the_number_is_another() -> None:
    found = booking("TVL+100326:0930+MEL+SYD+YY+1'TVL+100326:0930+SYD+NRT+YY:ZZ+4001'")
    assert [segment.pushed for segment in found.itinerary] == [False, True]


def test_check_in_told_as_free_text() -> None:
    found = booking(ADULT, FLIGHT, "DAT+3:L FT WW D014357 10MAR260423Z 1D5723'TRI++1:::1'")
    assert found.itinerary[0].check_ins[0].at == datetime(2026, 3, 10, 4, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "tags"),
    [
        ("3:41:700++HP:SYD-17+999:0999000007:3:NRT", ["0999000007", "0999000008", "0999000009"]),
        ("3:41:700+++999:0999000007:2:NRT+999:0999000017:1:NRT",
         ["0999000007", "0999000008", "0999000017"]),
        ("2:41:700+++999:0999000007:722356:NRT+999:0999000009:3:NRT",
         ["0999000007", "0999000009"]),
        ("2:41:700+++ZZ:48521::NRT", ["48521"]),
        ("02:46:701+++ZZ:0847::NRT:006+ZZ:0848::NRT:006", ["0847", "0848"]),
    ],
)  # fmt: skip
def test_runs_of_bag_tags_are_believed_when_they_are_the_pieces(sent: str, tags: list[str]) -> None:
    found = booking(ADULT, FLIGHT, f"DAT'TRI++1:::1'TBD++{sent}'")
    bags = found.itinerary[0].check_ins[0].baggage
    assert bags is not None
    assert [tag.number for tag in bags.tags] == tags
    assert bags.count == int(sent[0:2].rstrip(":"))
    assert {tag.destination for tag in bags.tags} == {"NRT"}


def test_weights_and_pools() -> None:
    found = booking(ADULT, FLIGHT, "DAT'TRI++1:::1'TBD++1:46:701++MP:X9'")
    bags = found.itinerary[0].check_ins[0].baggage
    assert bags is not None
    assert (bags.count, bags.weight, bags.unit, bags.pool_role, bags.pool) == (
        1,
        46,
        "lb",
        "MP",
        "X9",
    )


def test_bags_of_nobody_and_check_in_on_no_flight_are_faults() -> None:
    assert codes(booking(ADULT, "TBD++1:46:701'")) == ["baggage_without_traveller"]
    assert codes(booking(ADULT, "TRI++1:::1'")) == ["check_in_without_flight"]


# --- the booking ---------------------------------------------------------------------------------


def test_locators_of_all_carriers_and_a_date_in_the_place_of_the_type() -> None:
    pnr = read(message("RCI+1A:ABC123::020126:030405+ZZ:XYZ987+UA:QQQ111:230118:1220'")).records[0]
    assert [(c.carrier, c.code) for c in pnr.locators] == [
        ("1A", "ABC123"),
        ("ZZ", "XYZ987"),
        ("UA", "QQQ111"),
    ]
    assert pnr.created_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert pnr.locators[2].created_at == datetime(2018, 1, 23, 12, 20, tzinfo=UTC)
    assert pnr.locators[2].kind == ""


def test_originator_is_the_agency_not_the_check_in_agent() -> None:
    found = booking(
        "ORG+1A:MUC+12345675:SYDZZ0100+SYD+ZZ+T+AU:AUD:EN+AA77'", ADULT, FLIGHT, "DAT'ORG+ZZ++++A'"
    ).originator
    assert found is not None
    assert (found.agency_number, found.office, found.kind) == ("12345675", "SYDZZ0100", "T")
    assert (found.country, found.currency, found.agent_city) == ("AU", "AUD", "SYD")


def test_empty_originator_and_no_flight_say_that_the_booking_is_gone() -> None:
    assert booking("DAT+700:080326:0102'", "ORG'").removed
    assert not booking("ORG'", ADULT, FLIGHT).removed
    assert not booking("ORG+ZZ'").removed


def test_times_of_booking_and_ticketing() -> None:
    found = booking("DAT+700:080326:0102+710:050126:0607'", FLIGHT)
    assert found.last_transaction_at == datetime(2026, 3, 8, 1, 2, tzinfo=UTC)
    assert found.ticketed_at == datetime(2026, 1, 5, 6, 7, tzinfo=UTC)
    lead = found.lead_time()
    assert lead is not None
    assert lead.days == 67


@pytest.mark.parametrize(
    ("segment", "kind", "value", "source"),
    [
        ("ADD++700:1 ROAD:TOWN:::AU:2000:M?+61 2 9123 4567'", "phone", "+61291234567", "ADD"),
        ("ADD++E:::::::NAME@POST.EXAMPLE'", "mail", "name@post.example", "ADD"),
        ("ADD++E:::::::NAME123456.AT.POST.EXAMPLE'", "mail", "name123456@post.example", "ADD"),
        ("ADD++E:::::::CTCE NAME..ONE//POST.EXAMPLE'", "mail", "name_one@post.example", "ADD"),
        ("IFT+4:28::ZZ+CTCH 02 9123-4567'", "phone", "0291234567", "OSI"),
        ("IFT+4:28+ZZ CTCP SYD02 9123 4567 A'", "phone", "0291234567", "OSI"),
        ("SSR+CTCE:HK:1:ZZ:::::NAME//POST.EXAMPLE'", "mail", "name@post.example", "SSR"),
        ("SSR+CTCM:HK:1:ZZ:::::61412345678-1OAKENSHAW/PERRIN'", "phone", "61412345678", "SSR"),
        ("SSR+CTCR:HK:1:ZZ:::::REFUSED'", "refused", "", "SSR"),
        ("LTS+0/O/AP/APE NAME@POST.EXAMPLE/OAKENSHAW'", "mail", "name@post.example", "LTS"),
        ("LTS+0/O/AP/APM 0412345678'", "phone", "0412345678", "LTS"),
    ],
)
def test_contacts(segment: str, kind: str, value: str, source: str) -> None:
    (found,) = booking(segment).contacts
    assert (found.kind, found.value, found.source) == (kind, value, source)


def test_contact_under_a_traveller_is_theirs() -> None:
    (found,) = booking(ADULT, "IFT+4:28::ZZ+CTCE NAME//POST.EXAMPLE'").contacts
    assert found.traveller == 0


def test_addresses_and_excess_baggage() -> None:
    found = booking("ADD++702:9 NOWHERE ROAD:SYDNEY:NSW::AU:2000'", "EBD+AUD:60.00+2::N'")
    (address,) = found.addresses
    assert (address.street, address.country, address.postcode) == ("9 NOWHERE ROAD", "AU", "2000")
    assert [(e.amount, e.pieces) for e in found.excess_baggage] == [(Decimal("60.00"), 2)]


def test_an_unknown_segment_costs_nothing_but_a_fault() -> None:
    found = booking("QQQ+1'", ADULT, "WWW'", FLIGHT)
    assert codes(found) == ["unknown_segment", "unknown_segment"]
    assert (len(found.travellers), len(found.itinerary)) == (1, 1)


# --- what must not come out ----------------------------------------------------------------------

PAN = "4111111111111111"


def test_card_number_becomes_four_digits_and_a_fingerprint() -> None:
    raw = message(
        RCI + ADULT + f"TKT+1:T'FOP+CC::800.00:VI:{PAN}:0728'IFT+4:43+P OAKENSHAW+1 ROAD'"
    )
    seen = []

    def fingerprint(number: str) -> str:
        seen.append(number)
        return "F1"

    found = read(raw, fingerprint=fingerprint)
    (payment,) = found.records[0].payments
    assert (payment.kind, payment.vendor, payment.last_four) == ("CC", "VI", "1111")
    assert (payment.fingerprint, payment.expiry, payment.amount) == ("F1", (2028, 7), 800)
    assert (payment.payer, payment.traveller) == ("P OAKENSHAW", 0)
    assert seen == [PAN]
    assert PAN not in repr(found)
    assert read(raw).records[0].payments[0].fingerprint == ""


def test_masked_card_number_has_no_fingerprint() -> None:
    raw = message(RCI + "FOP+CC:::VI:XXXXXXXX1186:0228+CA::50.00'")
    first, second = read(raw, fingerprint=lambda _: "F").records[0].payments
    assert (first.last_four, first.fingerprint) == ("1186", "")
    assert (second.kind, second.amount) == ("CA", 50)


@pytest.mark.parametrize(
    "segment",
    [
        f"IFT+4:28+ZZ CARD {PAN} ON FILE'",
        "IFT+4:39+CARD 4111 1111 1111 1111'",
        "IFT+4:39+CARD 4111-1111-1111-1111 EXP 0728'",
        f"SSR+OTHS:HK:1:ZZ:::::PAID BY CCVI{PAN}/0728'",
        f"SSR+FOID:HK:1:ZZ:::::CCVI{PAN}'",
        f"LTS+F/FP CCVI{PAN}/0728/A123'",
        f"ADD++700:::::::{PAN}'",
        f"FOP+CC::{PAN}:{PAN}:{PAN}:{PAN}'",
        f"FOP+CC:::VI:{PAN}:0728'IFT+4:43+OAKENSHAW {PAN}'",
        f"MON+B:{PAN}:AUD'",
    ],
)
def test_no_segment_lets_a_card_number_through(segment: str) -> None:
    found = read(message(RCI + ADULT + "TKT+1:T'" + segment))
    plain = repr(found).replace(" ", "").replace("-", "")
    assert PAN not in plain
    assert len(found.records[0].travellers) == 1


def test_card_in_a_history_line_is_a_payment() -> None:
    (payment,) = booking(f"LTS+F/FP CCVI{PAN}/0728/A123'").payments
    assert (payment.vendor, payment.last_four, payment.expiry) == ("VI", "1111", (2028, 7))


def test_meals_and_medical_requests_are_dropped_and_counted() -> None:
    raw = message(
        RCI + "SSR+AVML:HK:1:ZZ'" + ADULT + "SSR+WCHR:HK:1:ZZ:::::CANNOT CLIMB+::1'" + FLIGHT
        + "SSR+KSML:HK:1:ZZ:::SYD:NRT+::1'SSR+CKIN:HK:1:ZZ:::::OK'"
        + "IFT+4:28+ZZ KSML REQUESTED'IFT+4:28+ZZ HALAL FOOD'"
    )  # fmt: skip
    found = read(raw).records[0]
    assert found.dropped == 5
    assert [s.code for s in found.itinerary[0].services] == ["CKIN"]
    assert found.texts == ()
    for word in ("AVML", "KSML", "WCHR", "CLIMB", "HALAL"):
        assert word not in repr(found)


def test_the_deny_list_is_a_parameter() -> None:
    raw = message(RCI + "SSR+AVML:HK:1:ZZ'SSR+PETC:HK:1:ZZ'")
    found = read(raw, deny=frozenset({"PETC"})).records[0]
    assert [s.code for s in found.services] == ["AVML"]
    assert found.dropped == 1


def test_faults_never_hold_values() -> None:
    raw = message(RCI + "QQQ+SECRETNAME'TIF'TVL+SECRET:0930+SYD+NRT+ZZ+1'SSR+SECRETNAME'")
    found = read(raw).records[0]
    assert len(found.faults) == 4
    assert "SECRET" not in repr(found.faults)


# --- whatever comes ------------------------------------------------------------------------------

WHOLE = write(
    push(family(), family(1, "XYZ789")), recipient="GOV", prepared=PREPARED, control_reference="R1"
)


def read_all(data: bytes) -> list[PnrPush]:
    try:
        return [read(m) for found in interchanges(data) for m in found.messages]
    except EdifactError:
        return []


@settings(max_examples=300)
@given(st.data())
def test_mutated_messages_never_raise(data: st.DataObject) -> None:
    segments = WHOLE.split("'")
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(3, len(segments) - 1))
        match data.draw(st.sampled_from("dropswapcopycutjunk")):
            case "d" | "r":
                del segments[at]
            case "s":
                other = data.draw(st.integers(3, len(segments) - 1))
                segments[at], segments[other] = segments[other], segments[at]
            case "c":
                segments.insert(data.draw(st.integers(3, len(segments) - 1)), segments[at])
            case "o":
                segments[at] = segments[at][: data.draw(st.integers(0, 40))]
            case _:
                junk = data.draw(st.text(alphabet="+:?*'/-.0123456789ABCZé ", max_size=12))
                place = data.draw(st.integers(0, 40))
                segments[at] = segments[at][:place] + junk + segments[at][place:]
    for found in read_all("'".join(segments).encode()):
        assert all(pnr.index == index for index, pnr in enumerate(found.records))
        for pnr in found.records:
            write(
                replace(found, records=(pnr,)),
                recipient="GOV",
                prepared=PREPARED,
                control_reference="R",
            )


TAGS = [
    "SRC", "RCI", "SSR", "DAT", "IFT", "ORG", "ADD", "EBD", "TIF", "FTI", "REF", "FAR", "TKT", "MON",
    "PTK", "TXD", "FOP", "TVL", "TRA", "RPI", "APD", "TRI", "SSD", "TBD", "EQN", "MSG", "ABI", "SAC", "LTS",
]  # fmt: skip
COMPONENT = st.sampled_from(
    ["", "1", "99999999999999999999", "ZZ", "DOCS", "INFT", "100326", "0930", "700", "710", "3", "G",
     "/P/UTO/A11/UTO/04JUL80/M/04MAY31/A/B", "////", "FOID", "14/A/SR/X", "0/Z/ CR-X 19MAR1354Z", "~", "²³", "\u0662\u0663", "A" * 3000, "-1A/", "0" * 40]
)  # fmt: skip
SEGMENT = st.tuples(
    st.sampled_from(TAGS), st.lists(st.lists(COMPONENT, max_size=10).map(":".join), max_size=6)
).map(lambda found: "+".join([found[0], *found[1]]))


@settings(max_examples=300)
@given(st.lists(SEGMENT, max_size=25))
def test_any_segments_in_any_order_never_raise(segments: list[str]) -> None:
    body = "'".join(["SRC", *segments, ""])
    (found,) = read_all((HEAD + body + "UNT+1+1'UNZ+1+R1'").encode())
    assert len(found.records) == 1 + sum(s.startswith("SRC") for s in segments)


@settings(max_examples=50)
@given(st.lists(SEGMENT, max_size=6))
def test_junk_in_one_booking_costs_the_others_nothing(segments: list[str]) -> None:
    junk = "'".join([s for s in segments if not s.startswith("SRC")] + [""])
    found = read(message(junk, RCI + ADULT + FLIGHT, junk))
    middle = found.records[1]
    assert [t.surname for t in middle.travellers] == ["OAKENSHAW"]
    assert (len(middle.itinerary), middle.faults) == (1, ())


SAME = "/P/UTO/A{}/UTO/04JUL80/M/04MAY31/A/B{}"
INFANT = "/P/UTO/A{}/UTO/04JUL25/MI/04MAY31/X/B{}"


@pytest.mark.parametrize(
    "segments",
    [
        lambda n: [f"TIF+A+B{n}:A:{n}", f"SSR+DOCS:HK:1:ZZ:::::{SAME.format(n, n)}"],
        lambda n: [f"TIF+A+B{n}:IN:{n}", f"SSR+DOCS:HK:1:ZZ:::::{INFANT.format(n, n)}"],
        lambda n: [f"TIF+A{n}+B:A:{n}", f"SSR+TKNE:HK:1:ZZ:::::INF{n:013d}C1"],
        lambda n: [f"SSR+DOCS:HK:1:ZZ:::::{SAME.format(n, n)}"] + ["TIF+A+B:A:1"] * (n == 0),
        lambda n: [FLIGHT.rstrip("'"), f"TIF+A{n}+B:A:{n}"],
        lambda n: [f"FOP+CC:::VI:XXXXXXXX{n:04d}", f"LTS+F/FP CCVIXXXXXXXX{n:04d}/0728"],
        lambda n: [f"IFT+4:28+{'1 ' * 200}", f"LTS+{'FP CC' * 80}", f"ADD++7:::::::{'(' * 400}"],
        lambda n: [f"SSR+DOCS:HK:1:ZZ:::::{'-1A' * 150}", f"SSR+CTCM:HK:1:ZZ:::::{'-1A' * 150}"],
    ],
)
def test_work_grows_with_the_length_only(segments: Callable[[int], list[str]]) -> None:
    """Five times the segments of a booking cost about five times the steps."""

    def cost(size: int) -> int:
        body = "'".join([part for n in range(size) for part in segments(n)] + [""])
        raw = message(body)
        return steps(lambda: read(raw))

    assert cost(1000) < 6 * cost(200)


def test_a_push_of_more_texts_than_are_remembered_is_read_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = message(*(f"RCI+ZZ:B{n:05d}'TIF+QUILL+ODD{n % 3}:A:1'" for n in range(20)))
    remembered = read(many)
    for most in (0, 7):
        monkeypatch.setattr("app.formats.pnrgov.booking.MOST_KNOWN", most)
        assert read(many) == remembered
    assert len({record.locators for record in remembered.records}) == 20
