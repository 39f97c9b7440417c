"""PNRGOV in XML. All documents are invented."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.codes import FlightNumber
from app.formats.edifact import MAX_SEGMENTS
from app.formats.messages import inspect
from app.formats.pnrgov import Pnr, PnrPush
from app.formats.pnrgov.record import (
    Address,
    Contact,
    ExcessBaggage,
    FrequentFlyer,
    Locator,
    Payment,
    Price,
    Tax,
    Visa,
)
from app.formats.pnrgov.xml_reader import MOST_LEGS, read_xml
from tests.support.steps import steps

PAN = "4111111111111111"
LEG = (
    '<FlightLeg CarrierCode="ZZ" FlightNumber="001" DepartureDateTime="2026-03-10T09:30:00" '
    'ArrivalDateTime="2026-03-10T14:00:00" DateChangeNbr="0"><DepartureAirport LocationCode="SYD"/>'
    '<ArrivalAirport LocationCode="NRT"/></FlightLeg>'
)
FLIGHT = (
    '<Flight DepartureDateTime="2026-03-10T09:30:00" ArrivalDateTime="2026-03-10T14:00:00" '
    'ResBookDesigCode="Y" NumberInParty="2" Status="HK" FlightNumber="4001">'
    '<DepartureAirport LocationCode="SYD"/><ArrivalAirport LocationCode="NRT"/>'
    '<OperatingAirline Code="ZZ" FlightNumber="1"/><MarketingAirline Code="YY"/>'
    '<Equipment AirEquipType="789"/>'
    '<SSR SSRCode="SEAT" Status="HK" RPH="1"><Airline Code="ZZ"/><Text>012A</Text></SSR>'
    '<SSR SSRCode="VGML" RPH="1"/><SSR SSRCode="OTHS" RPH="1"><Text>HALAL FOOD</Text></SSR>'
    '<BookingRefID ID="abc123"><CompanyName Code="ZZ"/></BookingRefID>'
    '<CheckInInfo Time="2026-03-10T04:00:00"><BoardingNumber Number="17" RPH="1"><Passenger>'
    "<GivenName>MAREN</GivenName><Surname>QUILLFEATHER</Surname></Passenger>"
    '<SeatNumber CabinClass="Y">12A</SeatNumber></BoardingNumber></CheckInInfo></Flight>'
)
MOTHER = (
    '<Passenger RPH="1" SurnameRefNumber="1" BoardingStatus="B" AccompaniedByInfantInd="true">'
    "<GivenName>MAREN</GivenName><GivenName>IDA MRS</GivenName><Surname>Quillfeather</Surname>"
    '<CustLoyalty ProgramID="ZZ" MembershipID="1234567890"/><ExcessBaggage Quantity="2"/>'
    '<FareInfo FareBasisCode="YN324N"/>'
    '<SSR SSRCode="CTCM" RPH="1"><Text>61412345678</Text></SSR>'
    '<TicketDocument TicketDocumentNbr="9991234567890" Type="T" DateOfIssue="2026-01-05">'
    '<TotalFare Amount="512.35" CurrencyCode="AUD"/><PricingInfo/>'
    '<Taxes><Tax Amount="3.40" TaxCode="YQ" CurrencyCode="AUD"/></Taxes>'
    f'<PaymentInfo PaymentType="CC" VendorCode="VI" AccountNbr="{PAN}" ExpiryDate="0728" '
    'CardHolderName="M QUILLFEATHER"/></TicketDocument>'
    '<DOC_SSR SSRCode="DOCS"><FlightInfo Code="ZZ"/><DOCS TravelDocType="P" TravelDocNbr="L1234567" '
    'DateOfBirth="1991-04-23" ExpiryDate="2031-05-04" FirstGivenName="MAREN IDA" '
    'Surname="QUILLFEATHER" Gender="F" IssuingLoc="UTO" PaxNationality="UTO"/></DOC_SSR>'
    '<DOC_SSR SSRCode="DOCO"><DOCO BirthLocation="OSTMARSH" TravelDocType="V" TravelDocNbr="V12345" '
    'PlaceOfIssue="SYDNEY" DateOfIssue="2025-06-01" CountryState="JPN"/></DOC_SSR>'
    '<DOC_SSR SSRCode="DOCA"><DOCA AddressType="D" Country="JPN" Address="1 INVENTED STREET" '
    'CityName="TOKYO" PostalCode="1000001"/></DOC_SSR></Passenger>'
)
INFANT = '<Passenger RPH="2"><GivenName>TOVE</GivenName><Surname>QUILLFEATHER</Surname></Passenger>'
BOOKING = (
    '<PNR NumberOfPassengers="2" PNR_TransDate="2026-03-08T01:02:00" '
    'PNR_CreationDate="2026-01-02T03:04:00" LastTktDate="2026-01-05T06:07:00">'
    '<BookingRefID ID="ABC123"><CompanyName Code="ZZ"/></BookingRefID>'
    '<POS><Source AgentSine="AA77" PseudoCityCode="SYDZZ0100" ISOCountry="AU" ISOCurrency="AUD" '
    'AirlineVendorID="1A" AirportCode="MUC"><RequestorID Type="5" ID="12345675"/></Source></POS>'
    '<ContactInfo PhoneNumber="+61 2 9123 4567" PhoneType="M"><StreetNmbr>9 NOWHERE ROAD</StreetNmbr>'
    '<CityName>SYDNEY</CityName><PostalCode>2000</PostalCode><StateProv StateCode="NSW"/>'
    '<CountryName Code="AU"/></ContactInfo><ContactInfo EmailAddress="maren@post.example"/>'
    f'<PrepaidBag Amount="60.00" CurrencyCode="AUD" Quantity="1"/>{MOTHER}{INFANT}'
    '<SSR SSRCode="INFT" RPH="1"><Text>QUILLFEATHER/TOVE 01SEP25</Text></SSR>'
    f"<OSI>PAID WITH {PAN}</OSI>{FLIGHT}</PNR>"
)


def document(*inner: str, count: int | None = 1) -> bytes:
    number = f' NumberOfPnrs="{count}"' if count is not None else ""
    legs = "".join(one for one in inner if one.startswith("<FlightLeg"))
    rest = "".join(one for one in inner if not one.startswith("<FlightLeg"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<IATA_PNRGOV_NotifRQ xmlns="http://www.iata.org/IATA/2007/00" TimeStamp="2026-03-09T12:00:00">'
        f'<Originator AirlineCode="ZZ"/>{legs}<PNRs{number}>{rest}</PNRs></IATA_PNRGOV_NotifRQ>'
    ).encode()


def only(*inner: str) -> Pnr:
    (push,) = read_xml(document(LEG, *inner))
    (found,) = push.records
    return found


def codes(push: PnrPush) -> list[str]:
    return [fault.code for fault in push.faults]


def test_another_number_of_passengers_is_a_warning_and_a_list_around_them_is_read() -> None:
    inner = f"<PNR NumberOfPassengers='{{}}'><Passengers>{INFANT}</Passengers></PNR>"
    told = [only(inner.format(count)) for count in (1, 2)]
    assert [[one.surname for one in pnr.travellers] for pnr in told] == [["QUILLFEATHER"]] * 2
    assert [[fault.code for fault in pnr.faults] for pnr in told] == [[], ["passenger_count"]]


@pytest.mark.parametrize("odd", [b"J & NE", b"J\x1bNE", b"J\x00NE", b"J &; NE"])
def test_characters_that_xml_has_not_cost_nobody(odd: bytes) -> None:
    (push,) = read_xml(document(LEG, BOOKING).replace(b"TOVE", odd))
    assert codes(push) == ["xml_character"]
    assert len(push.records[0].travellers) == 2
    assert push.records[0].travellers[1].given.startswith("J")


def test_references_and_what_stands_in_cdata_are_left_as_they_are() -> None:
    told = document(LEG, BOOKING).replace(b"TOVE", b"<![CDATA[A & B]]> &amp; &#67;")
    (push,) = read_xml(told)
    assert codes(push) == []
    assert push.records[0].travellers[1].given == "A & B & C"


def test_utf16_is_read_whatever_it_declares() -> None:
    (push,) = read_xml(document(LEG, BOOKING).decode().encode("utf-16"))
    assert (codes(push), len(push.records)) == ([], 1)


def test_a_long_comment_before_the_root_hides_nothing() -> None:
    told = document(LEG, BOOKING).replace(b"?>\n", b"?>\n<!--" + b" x" * 5000 + b"-->\n", 1)
    [summary] = inspect(told, "long")
    assert (summary.type, summary.pnrs, summary.errors) == ("PNRGOV-XML", 1, [])


# --- what it says --------------------------------------------------------------------------------


def test_head_names_sender_flight_count_and_time() -> None:
    (push,) = read_xml(document(LEG, BOOKING))
    assert (push.sender, push.expected, push.prepared) == ("ZZ", 1, datetime(2026, 3, 9, 12))
    assert push.flight is not None
    assert (str(push.flight), push.flight.board, push.flight.off) == ("ZZ1", "SYD", "NRT")
    assert push.flight.departure_local == datetime(2026, 3, 10, 9, 30)
    assert push.faults == ()


def test_the_booking_itself() -> None:
    found = only(BOOKING)
    created = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert found.locators == (Locator("ZZ", "ABC123", "", created),)
    assert found.last_transaction_at == datetime(2026, 3, 8, 1, 2, tzinfo=UTC)
    assert found.ticketed_at == datetime(2026, 1, 5, 6, 7, tzinfo=UTC)
    org = found.originator
    assert org is not None
    assert (org.office, org.agency_number, org.duty_code) == ("SYDZZ0100", "12345675", "AA77")
    assert (org.country, org.currency, org.system) == ("AU", "AUD", "1A")
    assert found.contacts == (
        Contact("phone", "+61291234567", "M", "ADD"),
        Contact("mail", "maren@post.example", "", "ADD"),
        Contact("phone", "61412345678", "M", "SSR", 0),
    )
    assert found.addresses == (Address("M", "AU", "9 NOWHERE ROAD", "SYDNEY", "NSW", "2000"),)
    assert found.excess_baggage == (
        ExcessBaggage(Decimal("60.00"), "AUD", 1), ExcessBaggage(None, "", 2, traveller=0),
    )  # fmt: skip
    assert found.faults == ()


def test_travellers_with_papers_tickets_and_payment() -> None:
    found = only(BOOKING)
    mother, infant = found.travellers
    assert (mother.surname, mother.given, mother.title) == ("QUILLFEATHER", "MAREN IDA", "MRS")
    assert (mother.with_infant, mother.boarding_status) == (True, "B")
    (document_,) = mother.documents
    assert (document_.number, document_.issuer, document_.expiry) == (
        "L1234567", "UTO", date(2031, 5, 4),
    )  # fmt: skip
    assert (mother.birth, mother.sex) == (date(1991, 4, 23), "F")
    assert mother.visas == (Visa("V", "V12345", "OSTMARSH", "SYDNEY", date(2025, 6, 1), "JPN"),)
    assert mother.addresses[0].city == "TOKYO"
    assert mother.frequent_flyers == (FrequentFlyer("ZZ", "1234567890"),)
    assert mother.fares[0].bases == ("YN324N",)
    (ticket,) = mother.tickets
    assert (ticket.number, ticket.issued_on) == ("9991234567890", date(2026, 1, 5))
    assert ticket.prices == (Price("T", Decimal("512.35"), "AUD"),)
    assert ticket.taxes == (Tax("YQ", Decimal("3.40"), "AUD"),)
    assert (infant.kind, infant.birth) == ("INF", date(2025, 9, 1))
    assert found.payments == (Payment("CC", "VI", "1111", "", (2028, 7), traveller=0),)


def test_the_flight_with_both_numbers_seat_and_check_in() -> None:
    (segment,) = only(BOOKING).itinerary
    assert segment.leg.marketing == FlightNumber("YY", 4001)
    assert segment.leg.operating == FlightNumber("ZZ", 1)
    assert (segment.booking_class, segment.quantity, segment.equipment) == ("Y", 2, "789")
    assert segment.pushed
    assert segment.locators == (Locator("ZZ", "ABC123"),)
    assert [(s.number, s.traveller) for s in segment.seats] == [("12A", 0)]
    (check_in,) = segment.check_ins
    assert (check_in.traveller, check_in.number, check_in.seat) == (0, "17", "12A")
    assert (check_in.cabin, check_in.at) == ("Y", datetime(2026, 3, 10, 4, tzinfo=UTC))


def test_what_tells_of_faith_or_health_is_dropped_and_cards_are_masked() -> None:
    found = only(BOOKING)
    assert found.dropped == 2
    for word in ("VGML", "HALAL", PAN):
        assert word not in repr(found)
    (push,) = read_xml(
        document(LEG, BOOKING), deny=frozenset(), fingerprint=lambda pan: f"F{pan[-4:]}"
    )
    assert push.records[0].payments[0].fingerprint == "F1111"
    assert [s.code for s in push.records[0].itinerary[0].services] == ["VGML"]


@pytest.mark.parametrize("wrap", ["<DaneXML>{}</DaneXML>", "<PNRs>{}</PNRs>", "{}"])
def test_a_bare_list_takes_the_flight_of_its_bookings(wrap: str) -> None:
    (push,) = read_xml(wrap.format(BOOKING).encode())
    assert (str(push.flight), codes(push)) == ("YY4001", ["no_flight_leg"])
    assert [t.surname for t in push.records[0].travellers] == ["QUILLFEATHER", "QUILLFEATHER"]
    assert push.records[0].itinerary[0].pushed


def test_bookings_of_a_bare_list_are_sorted_by_the_flight_that_most_have() -> None:
    onward = FLIGHT.replace("2026-03-10T09:30", "2026-03-10T19:30").replace("4001", "77")
    onward = onward.replace('<OperatingAirline Code="ZZ" FlightNumber="1"/>', "")
    both = f"<PNR>{onward}{FLIGHT}{INFANT}</PNR>"
    alone = f"<PNR>{onward}{INFANT}</PNR>"
    none = f"<PNR>{INFANT}</PNR>"
    found = read_xml(f"<PNRs>{both}{BOOKING}{BOOKING}{alone}{none}</PNRs>".encode())
    assert [(str(p.flight), len(p.records)) for p in found] == [("YY4001", 4), ("YY77", 1)]
    assert [pnr.index for pnr in found[0].records] == [0, 1, 2, 3]


def test_each_flight_leg_has_its_push() -> None:
    second = LEG.replace("2026-03-10", "2026-03-11").replace('"001"', '"7"')
    other = BOOKING.replace("2026-03-10T", "2026-03-11T").replace("ABC123", "XYZ789")
    both = BOOKING.replace("</PNR>", FLIGHT.replace("2026-03-10T", "2026-03-11T") + "</PNR>")
    nowhere = f"<PNR>{INFANT}</PNR>"
    first, last = read_xml(document(LEG, second, BOOKING, other, both, nowhere, count=4))
    assert [pnr.locators[0].code for pnr in first.records if pnr.locators] == ["ABC123", "ABC123"]
    assert [pnr.locators[0].code for pnr in last.records] == ["XYZ789", "ABC123"]
    assert len(first.records) == 3
    assert [[s.pushed for s in pnr.itinerary] for pnr in last.records] == [[True], [False, True]]


def test_equal_flight_legs_are_one_push_and_flights_have_a_limit() -> None:
    (push,) = read_xml(document(*[LEG] * 600, *[f"<PNR>{FLIGHT}</PNR>"] * 600, count=600))
    assert (len(push.records), codes(push)) == (600, [])
    several = [LEG.replace('"001"', f'"{number}"') for number in range(100, 100 + MOST_LEGS + 9)]
    found = read_xml(document(*several, BOOKING))
    assert len(found) == MOST_LEGS
    assert codes(found[0]) == ["too_many_flights"]


@pytest.mark.parametrize(
    ("name", "encoding", "surname", "told"),
    [
        ("UTF-8", "latin-1", "\xc9TOILE", ["character_set"]),
        ("Shift_JIS", "shift_jis", "\u5c71\u7530", []),
    ],
)
def test_no_byte_of_another_character_set_costs_anybody(
    name: str, encoding: str, surname: str, told: list[str]
) -> None:
    other = f"<PNR>{FLIGHT}<Passenger><Surname>{surname}</Surname></Passenger></PNR>"
    text = document(LEG, other, BOOKING, count=2).decode()
    raw = text.replace('encoding="UTF-8"', f'encoding="{name}"').encode(encoding)
    (push,) = read_xml(raw + b"\r\n\x1a")
    assert codes(push) == told
    assert [one.travellers[0].surname for one in push.records] == [surname, "QUILLFEATHER"]


# --- what is wrong -------------------------------------------------------------------------------


def test_wrong_count_and_odd_values_are_warnings_with_their_line() -> None:
    odd = '<PNR>\n<Passenger RPH="1"/>\n<SSR/>\n<Flight DepartureDateTime="soon"/></PNR>'
    (push,) = read_xml(document(LEG, odd, count=2))
    assert codes(push) == ["booking_count"]
    faults = push.records[0].faults
    assert [(f.code, f.position.segment, f.position.tag) for f in faults if f.position] == [
        ("ssr_code", 4, "SSR"), ("name_missing", 3, "Passenger"), ("date", 5, "Flight"),
    ]  # fmt: skip


BOMB = "".join(
    f'<!ENTITY a{n + 1} "{"&a" + str(n) + ";" * 1}{"&a" + str(n) + ";"}">' for n in range(30)
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<PNRs><PNR></PNRs>", "xml_syntax"),
        (b"<PNRs>", "xml_syntax"),
        (f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]><PNRs>&a30;</PNRs>'.encode(), "xml_entities"),
        (
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><PNRs>&f;</PNRs>',
            "xml_entities",
        ),
        (b"<PNRs>" + b"<a>" * 100, "xml_depth"),
        (b"<PNRs>" + b"<a/>" * (MAX_SEGMENTS + 1), "too_many_segments"),
        (b"<PNRs>" + b" " * (8 * 1024 * 1024), "interchange_too_long"),
        (b'<?xml version="1.0" encoding="NOBODY-KNOWS"?><PNRs/>', "xml_encoding"),
        (b"<PNRs>\xff\xfe</PNRs>", "character_set"),
        (b"", "xml_syntax"),
    ],
)
def test_documents_that_are_not_taken(data: bytes, code: str) -> None:
    (push,) = read_xml(data)
    assert code in codes(push)
    assert "no_flight" in codes(push)


@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf\n", b" \t\r\n\n"])
def test_blanks_before_the_declaration_cost_nothing(before: bytes) -> None:
    whole = document(LEG, BOOKING)
    whole = whole if whole.startswith(b"<?xml") else b'<?xml version="1.0"?>' + whole
    (push,) = read_xml(before + whole)
    assert (len(push.records), codes(push)) == (1, [])
    [cut] = read_xml(before + whole + b"<")
    [plain] = read_xml(b"\n" * before.count(b"\n") + whole.partition(b"?>")[2] + b"<")
    assert [f.position.segment for f in cut.faults if f.position] == [
        f.position.segment for f in plain.faults if f.position
    ]


def test_a_document_that_is_cut_off_keeps_its_complete_bookings() -> None:
    whole = document(LEG, BOOKING, BOOKING)
    (push,) = read_xml(whole[: whole.rindex(b"<Flight ")])
    assert len(push.records) == 1
    assert codes(push) == ["xml_syntax"]


def named(code: str) -> str:
    return BOOKING.replace("ABC123", code)


def locators(push: PnrPush) -> list[str]:
    return [one.locators[0].code for one in push.records]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("TOVE</GivenName>", "TO < VE</GivenName>"), ("TOVE</GivenName>", "TOVE</givenname>"),
        ("TOVE</GivenName>", "TOVE&unheard;</GivenName>"), ('RPH="2"', 'RPH="2" RPH="2"'),
        ('RPH="2"', "RPH=2"), ("</PNR>", ""), ("</Flight></PNR>", "</PNR>"), ('RPH="2"', 'RPH="2'),
        ("TOVE", "<!-- "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line", ["", "\n"])
def test_a_booking_that_is_not_well_formed_costs_no_other(good: str, bad: str, line: str) -> None:
    wrong = named("WRONG1").replace(good, bad, 1)
    raw = document(LEG, *(f"{line}{one}" for one in (BOOKING, wrong, named("DEF456"))), count=3)
    (push,) = read_xml(raw, 10)
    assert locators(push) == ["ABC123", "DEF456"]
    assert (push.sender, push.expected, str(push.flight)) == ("ZZ", 3, "ZZ1")
    (fault,) = push.faults
    assert (fault.code, fault.severity) == ("xml_syntax", "error")
    assert fault.position is not None
    place = fault.position
    assert place.segment == 10 + 2 + 2 * len(line) + (len(line) if bad == "" else 0)
    if not line and bad:
        start = raw.splitlines()[1].index(b"<PNR ", raw.splitlines()[1].index(b"</PNR>"))
        assert start < (place.element or 0) <= start + len(wrong) + 1


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("<Surname>QUILL", "<p:Surname>QUILL"), ("<PNR ", '<PNR xsi:type="a" '),
        ("<Originator ", '<Originator xsi:b="a" '), ("TimeStamp", 'xsi:schemaLocation="a b" TimeStamp'),
        ("TOVE", "&Eacute;DA&nbsp;"),
    ],
)  # fmt: skip
def test_undeclared_prefixes_and_references_of_html_cost_nobody(good: str, bad: str) -> None:
    raw = document(LEG, BOOKING, named("DEF456"), count=2).decode().replace(good, bad)
    raw = raw.replace("<p:Surname>QUILLFEATHER</Surname>", "<p:Surname>QUILLFEATHER</p:Surname>")
    (push,) = read_xml(raw.encode())
    assert locators(push) == ["ABC123", "DEF456"]
    assert {one.surname for pnr in push.records for one in pnr.travellers} == {"QUILLFEATHER"}
    assert push.records[0].travellers[1].given in ("TOVE", "\u00c9DA")
    assert set(codes(push)) <= {"xml_character"}


def test_a_document_cut_out_of_another_is_read_without_its_prefix_being_declared() -> None:
    bare = document(LEG, BOOKING).decode().replace(' xmlns="http://www.iata.org/IATA/2007/00"', "")
    raw = bare.replace("<", "<i:").replace("<i:/", "</i:").replace("<i:?", "<?").encode()
    (push,) = read_xml(raw)
    assert (locators(push), codes(push)) == (["ABC123"], [])


def test_what_is_commented_out_stays_out_of_a_document_that_is_not_well_formed() -> None:
    wrong = named("WRONG1").replace("TOVE", "TO < VE")
    (push,) = read_xml(document(LEG, f"<!-- {named('DEF456')} -->", wrong, BOOKING))
    assert locators(push) == ["ABC123"]


@pytest.mark.parametrize(
    "unit", ["<PNR/>", "<PNR>", "<PNR", "</PNR>", "<!--", "<PNR a='", "<a:PNR "]
)
def test_the_second_reading_grows_with_the_length_only(unit: str) -> None:
    def cost(size: int) -> int:
        return steps(lambda: read_xml(document(LEG, unit * size + "<")))

    assert cost(1_600) < 10 * cost(200)


def test_faults_never_hold_values() -> None:
    text = BOOKING.replace("2026-03-10T09:30:00", "SECRETNAME").replace('"SEAT"', '""')
    (push,) = read_xml(document(LEG, text))
    assert push.records[0].faults
    assert "SECRET" not in repr(push.faults) + repr(push.records[0].faults)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True), st.integers(0, 30),
            st.binary(max_size=3) | st.sampled_from(
                [b"<", b">", b'"', b"/>", b"<PNR>", b"</PNR>", b"&amp;", b"9999-99-99", b'RPH="']
            ),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_damaged_documents_never_raise(mutations: list[tuple[float, int, bytes]]) -> None:
    raw = bytearray(document(LEG, BOOKING))
    for place, length, put in mutations:
        at = int(place * len(raw))
        raw[at : at + length] = put
    assert read_xml(bytes(raw))


VALUE = st.sampled_from(
    ["", "1", "9" * 30, "ZZ", "DOCS", "SEAT", "2026-03-10T09:30:00", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "A" * 3000, "²³", "////", "true"]
)  # fmt: skip
NAMES = ["RPH", "SSRCode", "ID", "Code", "DepartureDateTime", "FlightNumber", "Amount", "Time",
         "PNR_CreationDate", "ExpiryDate", "DateOfBirth", "AccountNbr", "Quantity"]  # fmt: skip
TAGS = ["Passenger", "Flight", "SSR", "DOC_SSR", "DOCS", "TicketDocument", "PaymentInfo", "Tax",
        "CheckInInfo", "BoardingNumber", "ContactInfo", "POS", "Source", "FareInfo", "Text",
        "Surname", "MarketingAirline", "BookingRefID", "ExcessBaggage"]  # fmt: skip
ELEMENT = st.recursive(
    VALUE,
    lambda inner: st.builds(
        lambda tag, attributes, children: "<{0}{1}>{2}</{0}>".format(
            tag, "".join(f' {k}="{v}"' for k, v in attributes.items()), "".join(children)
        ),
        st.sampled_from(TAGS), st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=4),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(ELEMENT, max_size=6))
def test_any_elements_in_any_order_never_raise(elements: list[str]) -> None:
    (push,) = read_xml(document(LEG, f"<PNR>{''.join(elements)}</PNR>"))
    assert len(push.records) == 1
    assert push.faults == ()


@pytest.mark.parametrize(
    "one",
    [
        lambda n: BOOKING,
        lambda n: f'<PNR><Passenger RPH="{n}"><Surname>A{n}</Surname></Passenger></PNR>',
        lambda n: "<PNR>" + FLIGHT + "</PNR>",
    ],
)
def test_work_grows_with_the_length_only(one: Callable[[int], str]) -> None:
    def cost(size: int) -> int:
        raw = document(LEG, *map(one, range(size)))
        return steps(lambda: read_xml(raw))

    assert cost(250) < 6 * cost(50)
