"""All messages and people are invented."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import paxlst
from app.formats.codes import FlightNumber
from app.formats.edifact import Header, Position, RawMessage, interchanges
from app.formats.paxlst import (
    Address,
    Bags,
    BagTags,
    Contact,
    Document,
    Leg,
    Party,
    PassengerList,
    Person,
    Place,
    Role,
)

HEAD = "RFF+TN:T77:::2'NAD+MS+DESK1++HELP:DESK'COM+0312345678:TE+help@example.org:EM'"
FLIGHT = "TDT+20+ZZ046+++ZZ'LOC+125+CDG'DTM+189:2611201900:201'LOC+87+NRT'DTM+232:2611211500:201'"
ADA = (
    "NAD+FL+++LOVELY:ADA:MAY ROSE+1 LONG LANE+BATH+:::SOMERSET+BA1 1AA+GBR'ATT+2++F'DTM+329:800514'"
    "MEA+CT++:2'MEA+WT++KGM:31.5'GEI+4+173'FTX+BAG+++ZZ012345:2'FTX+CRN+++SOME:TEXT'LOC+22+NRT'"
    "LOC+174+GBR'LOC+178+CDG'LOC+179+NRT'LOC+180+FRA:::PARIS'COM+0471234567:TE'NAT+2+GBR'"
    "RFF+AVF:QWE123'RFF+ABO:ZZ9'RFF+SEA:011D'RFF+YZY:1234C1'RFF+CR:'EMP+1+CR1:110:111'"
    "DOC+P:110:111+TK0012345'DTM+36:310203'DTM+182:210203'LOC+91+GBR:::LONDON'DOC+V+V77'DTM+36:270101'"
)
BOB = "NAD+FL+++SOLO'ATT+2++M'"


def read(body: str, unh: str = "PAXLST:D:05B:UN:IATA+CAR+01:F") -> PassengerList:
    return paxlst.read(message(body, unh))


def message(body: str, unh: str = "PAXLST:D:05B:UN:IATA+CAR+01:F") -> RawMessage:
    count = body.count("'") + 2
    text = f"UNB+UNOA:4+ZZ+HERE+261120:1200+R1'UNH+M1+{unh}'{body}UNT+{count}+M1'UNZ+1+R1'"
    (interchange,) = interchanges(text.encode())
    return interchange.messages[0]


def person(segments: str) -> Person:
    (found,) = read(f"BGM+745'{FLIGHT}NAD+FL+++DOE:JO'{segments}").persons
    return found


def test_header_of_the_list() -> None:
    found = read(f"BGM+745+CP'{HEAD}{FLIGHT}{BOB}CNT+42:1'CNT+41+7'")
    assert (found.document, found.function) == ("745", "CP")
    assert (found.transaction_reference, found.transaction_revision) == ("T77", "2")
    assert found.parties == (
        Party(
            "MS",
            "DESK1",
            ("HELP", "DESK"),
            (Contact("0312345678", "TE"), Contact("help@example.org", "EM")),
        ),
    )
    assert (found.version, found.reference, found.common_access_reference) == ("D.05B", "M1", "CAR")
    assert (found.sequence, found.part) == (1, "F")
    assert (found.total_passengers, found.total_crew) == (1, 7)
    assert found.faults == ()
    assert found.unknown == ()


def test_every_field_of_a_person() -> None:
    (ada, bob) = read(f"BGM+745'{FLIGHT}{ADA}{BOB}CNT+42:2'").persons
    assert ada == Person(
        role=Role.PASSENGER,
        surname="LOVELY",
        given="ADA",
        middle="MAY ROSE",
        sex="F",
        birth_date=date(1980, 5, 14),
        birth_date_text="800514",
        nationality="GBR",
        residence="GBR",
        birth_place=Place("FRA", "PARIS"),
        clearance_airport="NRT",
        journey_start="CDG",
        journey_end="NRT",
        address=Address("1 LONG LANE", "BATH", "SOMERSET", "BA1 1AA", "GBR"),
        contacts=(Contact("0471234567", "TE"),),
        documents=(
            Document(
                "P",
                "TK0012345",
                Place("GBR", "LONDON"),
                date(2031, 2, 3),
                "310203",
                date(2021, 2, 3),
                "210203",
            ),
            Document("V", "V77", expiry=date(2027, 1, 1), expiry_text="270101"),
        ),
        bags=Bags(2, Decimal("31.5"), "KGM", (BagTags("ZZ012345", 2),)),
        references=(("AVF", "QWE123"), ("ABO", "ZZ9"), ("SEA", "011D"), ("YZY", "1234C1")),
        verified=True,
        crew_category="CR1",
        remarks=(("CRN", "SOME TEXT"),),
    )
    assert (ada.locator, ada.unique_reference, ada.seat) == ("QWE123", "ZZ9", "11D")
    assert ada.bags.tags[0].numbers() == ("ZZ012345", "ZZ012346")
    assert bob == Person(role=Role.PASSENGER, surname="SOLO", sex="M")
    assert (bob.locator, bob.seat) == ("", "")


@pytest.mark.parametrize(
    ("qualifier", "role"),
    [
        ("FL", Role.PASSENGER),
        ("FM", Role.CREW),
        ("DDU", Role.TRANSIT_PASSENGER),
        ("DDT", Role.TRANSIT_CREW),
        ("fl", Role.PASSENGER),
    ],
)
def test_roles(qualifier: str, role: Role) -> None:
    assert [p.role for p in read(f"{FLIGHT}NAD+{qualifier}+++DOE:JO'").persons] == [role]


def test_segments_of_a_person_in_any_order() -> None:
    """Documents first, nationality before places: only NAD, TDT, DOC and CNT change the state."""
    found = person(
        "DOC+P+A1'NAT+2+JPN'DTM+36:310203'RFF+AVF:L1'LOC+178+CDG'LOC+91+JPN'ATT+2++X'"
        "DTM+329:19800514:102'GEI+4+174'COM+1:TE'"
    )
    assert found.nationality == "JPN"
    assert found.journey_start == "CDG"
    assert found.locator == "L1"
    assert found.sex == "X"
    assert found.birth_date == date(1980, 5, 14)
    assert found.verified is False
    assert found.documents[0].issuer == Place("JPN")
    assert found.documents[0].expiry == date(2031, 2, 3)


def test_dates_of_a_document_belong_to_the_document_before() -> None:
    found = person("DOC+P+A1'DTM+36:310203'DOC+V+A2'DTM+36:270101'LOC+91+JPN'")
    assert [document.expiry for document in found.documents] == [
        date(2031, 2, 3),
        date(2027, 1, 1),
    ]
    assert [document.issuer.country for document in found.documents] == ["", "JPN"]


def test_a_new_person_begins_without_document() -> None:
    first, second = read(
        f"{FLIGHT}NAD+FL+++A:A'DOC+P+A1'NAD+FL+++B:B'DTM+36:310203'LOC+91+JPN'"
    ).persons
    assert first.documents[0].expiry is None
    assert second.documents == ()
    assert second.unknown == (("DTM+36", 1), ("LOC+91", 1))


@pytest.mark.parametrize(
    ("sent", "bags"),
    [
        ("MEA+CT++:2'", Bags(count=2)),
        ("MEA+CT++2'", Bags(count=2)),
        ("MEA+CT++:X'", Bags()),
        ("MEA+WT++LBR:70'", Bags(weight=Decimal(70), unit="LBR")),
        ("MEA+WT++KGM:7,5'", Bags(weight=Decimal("7.5"), unit="KGM")),
        ("MEA+WT++KGM:NaN'", Bags(unit="KGM")),
        ("MEA+WT++12'", Bags(weight=Decimal(12))),
        ("FTX+BAG+++ZZ1'FTX+BAG+++NULL'FTX+BAG'", Bags(tags=(BagTags("ZZ1"),))),
    ],
)
def test_bags(sent: str, bags: Bags) -> None:
    assert person(sent).bags == bags


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ("LOC+180+GBR'", Place("GBR")),
        ("LOC+180+GBR:::LONDON'", Place("GBR", "LONDON")),
        ("LOC+180+:::AMBER HILL GBR'", Place("GBR", "AMBER HILL")),
        ("LOC+180+:::Hillford usa'", Place("USA", "Hillford")),
        ("LOC+180+:::VINA DEL MAR'", Place("", "VINA DEL MAR")),
        ("LOC+180+:::PARIS'", Place("", "PARIS")),
        ("LOC+180+:::USA'", Place("", "USA")),
        ("LOC+180+FRA++:::SEINE'", Place("FRA", "", "SEINE")),
        ("LOC+180+GBR:::LONDON+:::KENT'", Place("GBR", "LONDON", "KENT")),
    ],
)
def test_place_of_birth(sent: str, place: Place) -> None:
    found = person(sent)
    assert found.birth_place == place
    assert found.nationality == ""


@pytest.mark.parametrize(
    ("sent", "remarks", "dropped"),
    [
        ("FTX+OSI+++VIP'", (("OSI", "VIP"),), 0),
        ("FTX+SSR+++SSR WCHR ZZ HK1'", (), 1),
        ("FTX+SSR+++AVML'FTX+AAI+++KOSHER:MEAL'FTX+AAI+++OK'", (("AAI", "OK"),), 2),
        ("FTX+PMT+++CC VI4111111111111111'", (("PMT", "CC VI41XXXXXXXXXX1111"),), 0),
        ("FTX+BAG+++WCHR:2'", (), 0),
    ],
)
def test_remarks_lose_faith_health_and_cards(sent: str, remarks: tuple, dropped: int) -> None:
    found = person(sent)
    assert (found.remarks, found.remarks_dropped) == (remarks, dropped)


def test_a_state_may_shorten_the_list_of_denied_remarks() -> None:
    raw = message(f"{FLIGHT}NAD+FL+++DOE:JO'FTX+SSR+++SSR WCHR ZZ HK1'")
    (found,) = paxlst.read(raw, deny=frozenset({"AVML"})).persons
    assert (found.remarks, found.remarks_dropped) == ((("SSR", "SSR WCHR ZZ HK1"),), 0)


@pytest.mark.parametrize("sex", ["M", "F", "X", "U"])
def test_infants_codes_of_bookings_name_a_sex(sex: str) -> None:
    assert person(f"ATT+2++{sex}I'").sex == person(f"ATT+2++{sex}'").sex == sex


def test_what_was_said_once_holds_for_everybody_who_says_it() -> None:
    """The same text is worked out once, faults are not: each stands at its own segment."""
    same = "ATT+2++F'NAT+2+QQQ'LOC+178+CDG'MEA+WT++KGM:7'LOC+91+JPN'DOC+P+A1'LOC+91+JPN'"
    found = read(f"{FLIGHT}NAD+FL+++A:A'{same}NAD+FL+++B:B'{same}").persons
    assert [p.sex + p.nationality + p.journey_start for p in found] == ["FQQQCDG"] * 2
    assert [p.documents[0].issuer for p in found] == [Place("JPN")] * 2
    assert [p.bags.weight for p in found] == [Decimal(7)] * 2
    assert [p.unknown for p in found] == [(("LOC+91", 1),)] * 2
    assert [f.position and f.position.segment for p in found for f in p.faults] == [9, 17]


def test_a_list_of_many_different_statements_is_read_to_the_end() -> None:
    people = "".join(f"NAD+FL+++P{n}:A'MEA+WT++KGM:{n}'ATT+2++F'" for n in range(1100))
    found = read(f"{FLIGHT}{people}").persons
    assert [p.bags.weight for p in found] == list(map(Decimal, range(1100)))
    assert {p.sex for p in found} == {"F"}


def test_a_name_of_many_components_and_one_in_the_wrong_element() -> None:
    found = read(f"{FLIGHT}NAD+FL+++A:B:C::D'NAD+FL++DOE:JO'").persons
    assert (found[0].surname, found[0].given, found[0].middle) == ("A", "B", "C D")
    assert (found[1].surname, found[1].given) == ("DOE", "JO")


@pytest.mark.parametrize("sent", ["+++SOLO/ANN MRS", "++SOLO/ANN MRS", "+++SOLO/ANN::"])
def test_a_name_in_one_piece(sent: str) -> None:
    (found,) = read(f"{FLIGHT}NAD+FL{sent}'").persons
    assert (found.surname, found.given, found.middle, found.faults) == ("SOLO", "ANN", "", ())


@pytest.mark.parametrize(
    ("sent", "code", "segment", "element", "component"),
    [
        ("DTM+329:801340'", "date", "DTM", 1, 2),
        ("DTM+329:20301120:102'", "date", "DTM", 1, 2),
        ("DOC+P+A1'DTM+36:999999'", "date", "DTM", 1, 2),
        ("ATT+2++W'", "sex", "ATT", 3, 1),
        ("NAT+2+QQQ'", "country", "NAT", 2, 1),
        ("LOC+174+QQQ'", "country", "LOC", 2, 1),
        ("DOC+P'", "document_number_missing", "DOC", 2, 1),
    ],
)
def test_a_bad_value_is_a_warning_of_its_person(
    sent: str, code: str, segment: str, element: int, component: int
) -> None:
    found = read(f"{FLIGHT}{BOB}NAD+FL+++BAD:ONE'{sent}{BOB}")
    assert [len(p.faults) for p in found.persons] == [0, 1, 0]
    (fault,) = found.persons[1].faults
    number = 8 + sent.count("'") + 1
    assert fault.position == Position("M1", number, segment, element, component)
    assert (fault.code, fault.severity) == (code, "warning")
    assert found.persons[2].surname == "SOLO"


def test_what_was_sent_is_kept_beside_an_impossible_date() -> None:
    found = person("DTM+329:801340'DOC+P+1'DTM+36:0'")
    assert (found.birth_date, found.birth_date_text) == (None, "801340")
    assert (found.documents[0].expiry, found.documents[0].expiry_text) == (None, "0")


def test_empty_values_are_no_faults() -> None:
    found = person("DTM+329'DTM+329:'ATT+2'NAT+2'LOC+174+'RFF+AVF:'DOC+P+1'DTM+36:'LOC+91+'")
    assert found.faults == ()
    assert found.references == ()


def test_a_person_without_name_or_role_is_kept_with_an_error() -> None:
    found = read(f"BGM+250'{FLIGHT}NAD+FM'NAD++++DOE:JO'")
    assert [(p.role, p.surname) for p in found.persons] == [(Role.CREW, ""), (Role.CREW, "DOE")]
    assert [[f.code for f in p.faults] for p in found.persons] == [
        ["name_missing"],
        ["role_missing"],
    ]
    assert {f.severity for p in found.persons for f in p.faults} == {"error"}


def test_segments_in_lower_case_are_read_like_the_others() -> None:
    body = "NAD+FL+++DOE:JO'ATT+2++M'DOC+P+L1'LOC+91+AUS'NAD+FL+++ROE:AL'NAT+2+NZL'CNT+42:2'"
    lower = body.lower().replace("+fl", "+FL")
    assert body != lower
    found = read(f"BGM+745'{FLIGHT}{lower}")
    assert [(one.surname, one.nationality) for one in found.persons] == [
        ("doe", ""),
        ("roe", "NZL"),
    ]
    assert [one.number for one in found.persons[0].documents] == ["l1"]
    assert found.total_passengers == 2
    assert found.unknown == ()


def test_segments_of_a_person_that_none_begins_are_one_error() -> None:
    found = read(f"BGM+745'{FLIGHT}ATT+2++M'NAT+2+AUS'DOC+P+L1'CNT+42:1'")
    [fault] = [one for one in found.faults if one.severity == "error"]
    assert fault.code == "person_unread"
    assert fault.position is not None
    assert fault.position.tag == "ATT"


@pytest.mark.parametrize("role", ["QQ", "FX", "F", "FN", "PAX", "ZZZ"])
def test_a_person_of_an_unknown_role_is_one_of_those_that_the_list_is_about(role: str) -> None:
    for document, meant in (("745", Role.PASSENGER), ("250", Role.CREW)):
        found = read(f"BGM+{document}'NAD+{role}+++HOST'{FLIGHT}NAD+{role}+++DOE:JO'")
        assert [(one.role, one.surname) for one in found.persons] == [(meant, "DOE")]
        (fault,) = found.persons[0].faults
        assert (fault.code, fault.severity) == ("role_unknown", "error")
        assert [one.name for one in found.parties] == [("HOST",)]


@pytest.mark.parametrize("reference", ["RFF+AVF:AB12CD'", "RFF+ABO:1'"])
@pytest.mark.parametrize("bgm", ["266+CLOB", "266+CLNB", "745+XR", "745+RP"])
def test_status_lists_and_withdrawals_may_name_people_by_reference_alone(
    bgm: str, reference: str
) -> None:
    found = read(f"BGM+{bgm}'{FLIGHT}NAD+FL'{reference}NAD+FL'RFF+AVF:'RFF+SEA:1A'")
    assert [[fault.code for fault in one.faults] for one in found.persons] == [[], ["name_missing"]]
    assert [found.refers_to(one) for one in found.persons] == [True, False]


@pytest.mark.parametrize("bgm", ["745", "745+CP", "745+DC", "250+CC", "336+H"])
def test_everywhere_else_a_person_without_name_is_an_error(bgm: str) -> None:
    found = read(f"BGM+{bgm}'{FLIGHT}NAD+FL'RFF+AVF:AB12CD'")
    assert [fault.code for fault in found.persons[0].faults] == ["name_missing"]
    assert not found.refers_to(found.persons[0])


def test_the_error_of_a_missing_name_stands_before_those_behind_it() -> None:
    found = read(f"BGM+745'{FLIGHT}NAD+FL'DTM+329:999999'").persons[0]
    assert [fault.code for fault in found.faults] == ["name_missing", "date"]


def test_the_contact_of_a_party_is_kept_and_written() -> None:
    found = read(f"BGM+745'NAD+MS+++ZZ AIR'CTA+IC+OPS:JO DOE'COM+1:TE'{FLIGHT}")
    assert found.parties == (
        Party("MS", "", ("ZZ AIR",), (Contact("1", "TE"),), "IC", ("OPS", "JO DOE")),
    )
    assert found.unknown == ()
    assert "NAD+MS+++ZZ AIR'CTA+IC+OPS:JO DOE'COM+1:TE'" in paxlst.write(found)
    nobody = read(f"BGM+745'CTA+IC+:JO DOE'{FLIGHT}")
    assert (nobody.parties, nobody.unknown) == ((), (("CTA+IC", 1),))


def test_unknown_segments_and_qualifiers_are_counted() -> None:
    found = read(
        f"BGM+745'AAA+1'LOC+9+NRT'DOC+P+1'{FLIGHT}LOC+189+NRT'"
        "NAD+FL+++DOE:JO'QTY+1'QTY+1'CPI+longer than a qualifier'TDT+25+A'ATT+3++M'GEI+9+1'NAT+1+JPN'"
        "CNT+4:9'"
    )
    assert dict(found.unknown) == {
        "AAA+1": 1,
        "LOC+9": 1,
        "DOC+P": 1,
        "LOC+189": 1,
        "CNT+4": 1,
    }
    assert dict(found.persons[0].unknown) == {
        "QTY+1": 2,
        "CPI": 1,
        "TDT+25": 1,
        "ATT+3": 1,
        "GEI+9": 1,
        "NAT+1": 1,
    }


# --- flight --------------------------------------------------------------------------------------


def legs(body: str) -> list[tuple[str, str, bool]]:
    found = read(f"BGM+745'{body}{BOB}").legs
    return [(leg.departure_airport, leg.arrival_airport, leg.crosses_border) for leg in found]


def test_flight_and_leg() -> None:
    found = read(FLIGHT)
    assert found.legs == (
        Leg(
            FlightNumber("ZZ", 46),
            "ZZ046",
            "ZZ",
            "20",
            "CDG",
            "NRT",
            datetime(2026, 11, 20, 19),
            datetime(2026, 11, 21, 15),
            crosses_border=True,
        ),
    )
    assert found.flight == FlightNumber("ZZ", 46)
    assert found.faults == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            (
                "TDT+20+ZZ1'LOC+92+CDG'DTM+189:2611200100:201'LOC+92+ICN'DTM+232:2611200200:201'"
                "TDT+20+ZZ1'LOC+125+ICN'DTM+189:2611200300:201'LOC+87+NRT'DTM+232:2611200400:201'"
            ),
            [("CDG", "ICN", False), ("ICN", "NRT", True)],
        ),
        (
            (
                "TDT+20+ZZ1'LOC+125+CDG'DTM+189:2611200100:201'LOC+87+NRT'DTM+232:2611200200:201'"
                "LOC+92+NRT'DTM+189:2611200300:201'LOC+130+CTS'DTM+232:2611200400:201'"
            ),
            [("CDG", "NRT", True), ("NRT", "CTS", False)],
        ),
        (
            (
                "TDT+20+ZZ1'LOC+92+CDG'DTM+189:2611200100:201'"
                "LOC+125+ICN'DTM+232:2611200200:201'DTM+189:2611200300:201'LOC+87+NRT'DTM+232:2611200400:201'"
            ),
            [("CDG", "ICN", False), ("ICN", "NRT", True)],
        ),
        ("TDT+20+ZZ1'LOC+125+CDG'LOC+87+NRT'", [("CDG", "NRT", True)]),
        (
            "TDT+20+ZZ1'LOC+92+CDG'LOC+125+ICN'LOC+87+NRT'LOC+130+CTS'",
            [("CDG", "ICN", False), ("ICN", "NRT", True), ("NRT", "CTS", False)],
        ),
        (
            (
                "TDT+20+ZZ1'LOC+92+CDG'LOC+92+ICN'LOC+125+ICN'LOC+87+NRT'LOC+92+NRT'LOC+92+CTS'"
                "LOC+92+CTS'LOC+130+OKA'"
            ),
            [
                ("CDG", "ICN", False),
                ("ICN", "NRT", True),
                ("NRT", "CTS", False),
                ("CTS", "OKA", False),
            ],
        ),
        ("TDT+20+ZZ1'LOC+87+NRT'", [("", "NRT", True)]),
        ("TDT+20+ZZ1'LOC+125+CDG'", [("CDG", "", True)]),
        ("TDT+20+ZZ1'", [("", "", False)]),
        ("", []),
    ],
)
def test_routes(body: str, expected: list[tuple[str, str, bool]]) -> None:
    assert legs(body) == expected


LEAVES, LANDS = "DTM+189:2611201900:201'", "DTM+232:2611211500:201'"


def test_both_times_at_the_end_of_a_leg_are_of_that_leg_on_a_longer_route() -> None:
    before = "LOC+92+LHR'LOC+125+CDG'DTM+189:2611200800:201'DTM+232:2611201000:201'"
    found = read(f"TDT+20+ZZ1'{before}LOC+87+NRT'{LEAVES}{LANDS}LOC+130+CTS'")
    border = found.border_leg("JPN")
    assert border is not None
    assert (border.departure, border.arrival) == (
        datetime(2026, 11, 20, 19),
        datetime(2026, 11, 21, 15),
    )
    assert found.legs[0].departure == datetime(2026, 11, 20, 8)


@pytest.mark.parametrize(
    "stops",
    [
        f"{LEAVES}{LANDS}LOC+125+CDG'LOC+87+NRT'",
        f"{LEAVES}LOC+125+CDG'LOC+87+NRT'{LANDS}",
        f"LOC+125+CDG'{LEAVES}{LANDS}LOC+87+NRT'",
        f"LOC+125+CDG'LOC+87+NRT'{LEAVES}{LANDS}",
        f"LOC+87+NRT'{LANDS}LOC+125+CDG'{LEAVES}",
        f"{LANDS}LOC+87+NRT'{LEAVES}LOC+125+CDG'",
    ],
)
def test_the_flight_has_its_times_wherever_they_stand(stops: str) -> None:
    assert read(f"BGM+745'TDT+20+ZZ046+++ZZ'{stops}{BOB}").legs == read(FLIGHT).legs


def test_two_day_digits_are_read_by_the_flights_own_time_too() -> None:
    body = f"BGM+745'TDT+20+ZZ046'DTM+189:2512010100:201'{BOB}DTM+329:251130'"
    [found] = read(body).persons
    assert found.birth_date == date(2025, 11, 30)
    [found] = read(body.replace("251130", "251202")).persons
    assert found.birth_date == date(1925, 12, 2)


def test_places_after_the_persons_are_no_stops() -> None:
    found = read(f"{FLIGHT}{BOB}NAD+GO+++OFFICE'LOC+92+ICN'")
    assert [leg.arrival_airport for leg in found.legs] == ["NRT"]
    assert found.unknown == (("LOC+92", 1),)


def test_scheduled_times_win_over_estimates() -> None:
    (leg,) = read(
        "TDT+20+ZZ1'LOC+125+CDG'DTM+189:2611200100:201'DTM+133:2611200130:201'"
        "LOC+87+NRT'DTM+132:2611200230:201'DTM+232:2611200200:201'"
    ).legs
    assert (leg.departure, leg.arrival) == (
        datetime(2026, 11, 20, 1),
        datetime(2026, 11, 20, 2),
    )
    (leg,) = read("TDT+20+ZZ1'LOC+125+CDG'DTM+136:2611200100:201'LOC+87+NRT'").legs
    assert leg.departure == datetime(2026, 11, 20, 1)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("", ["flight_missing"]),
        ("TDT+20'", ["flight_number", "flight_missing"]),
        ("TDT+20+XX01MCL'", ["flight_number", "flight_missing"]),
        ("TDT+20+ZZ1'LOC+125+PARIS'", ["airport"]),
        ("TDT+20+ZZ1'LOC+125+CDG'DTM+189:soon:201'", ["time"]),
    ],
)
def test_faults_of_the_flight(body: str, codes: list[str]) -> None:
    assert [fault.code for fault in read(f"BGM+745'{body}{BOB}").faults] == codes


def leg(start: str, end: str, number: int, *, crosses: bool = False) -> Leg:
    return Leg(
        FlightNumber("ZZ", number),
        f"ZZ{number}",
        departure_airport=start,
        arrival_airport=end,
        crosses_border=crosses,
    )


def test_border_leg() -> None:
    header = message(FLIGHT).interchange
    inland, border, onward = leg("CDG", "NCE", 1), leg("NCE", "NRT", 2), leg("NRT", "ICN", 3)
    listing = PassengerList(header, legs=(inland, border, onward))
    assert listing.border_leg() == border
    assert listing.border_leg("JPN") == border
    assert listing.border_leg("KR") == onward
    assert listing.border_leg("USA") is None
    assert listing.flight == FlightNumber("ZZ", 1)

    believed = leg("CDG", "NCE", 4, crosses=True)
    listing = PassengerList(header, legs=(border, believed))
    assert listing.border_leg("JPN") == believed
    assert listing.flight == FlightNumber("ZZ", 4)

    unknown = leg("QQQ", "NRT", 5)
    assert PassengerList(header, legs=(unknown,)).border_leg() is None


def test_dates_are_read_by_the_day_of_the_flight_or_else_of_the_interchange() -> None:
    assert read("NAD+FL+++A:B'DTM+329:261121'").persons[0].birth_date == date(1926, 11, 21)
    assert read(f"{FLIGHT}NAD+FL+++A:B'DTM+329:261120'").persons[0].birth_date == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("unh", "warned"),
    [
        ("PAXLST:D:05B:UN:IATA+CAR+01:F", True),
        ("PAXLST:D:05B", True),
        ("PAXLST:D:05B:UN:IATA+CAR+01:C", False),
        ("PAXLST:D:05B:UN:IATA+CAR+02:F", False),
    ],
)
def test_cnt_is_compared_only_when_the_list_came_in_one_part(unh: str, *, warned: bool) -> None:
    found = read(f"BGM+745'{FLIGHT}{BOB}NAD+FM+++CREW:ONE'CNT+42:2'", unh)
    assert [fault.code for fault in found.faults] == (["passenger_count"] if warned else [])


@pytest.mark.parametrize(
    ("bgm", "people", "crew", "warned"),
    [
        ("250", "NAD+FM+++DOE:JO'", 2, True),
        ("250", "NAD+FM+++DOE:JO'NAD+DDT+++ROE:AL'", 2, False),
        ("250", "", 1, True),
        ("745", BOB, 2, False),  # whom another list names
        ("745", f"{BOB}NAD+FM+++DOE:JO'", 2, False),
    ],
)
def test_cnt_of_the_crew(bgm: str, people: str, crew: int, *, warned: bool) -> None:
    found = read(f"BGM+{bgm}'{FLIGHT}{people}CNT+41:{crew}'")
    assert [fault.code for fault in found.faults] == (["crew_count"] if warned else [])
    part = read(f"BGM+{bgm}'{FLIGHT}{people}CNT+41:{crew}'", "PAXLST:D:05B:UN:IATA+CAR+01:C")
    assert part.faults == ()


STOPS = FLIGHT.partition("'")[2]
TDT = FLIGHT.removesuffix(STOPS)


def test_stops_and_times_in_front_of_their_flight_are_its() -> None:
    expected = read(f"BGM+745'{FLIGHT}{ADA}")
    found = read(f"BGM+745'{STOPS}{TDT}{ADA}")
    assert found.legs == expected.legs
    assert found.persons[0].birth_date == expected.persons[0].birth_date
    assert [(one.code, one.severity) for one in found.faults] == [("segment_order", "warning")]
    assert found.unknown == ()
    found = read(f"BGM+745'DTM+189:2611201900:201'{TDT}LOC+125+CDG'LOC+87+NRT'{BOB}")
    assert found.legs[0].departure == expected.legs[0].departure
    assert found.times == ()


def test_stops_in_front_of_a_flight_that_has_its_own_are_counted() -> None:
    found = read(f"BGM+745'LOC+92+ICN'{FLIGHT}{BOB}")
    assert found.legs == read(f"BGM+745'{FLIGHT}{BOB}").legs
    assert found.unknown == (("LOC+92", 1),)


def test_without_any_day_the_receipt_settles_centuries() -> None:
    sent = message("TDT+20+ZZ1'NAD+FL+++DOE:JO'DTM+329:270101'DOC+P+X1'DTM+36:300101'")
    undated = replace(sent, interchange=replace(sent.interchange, prepared=None))
    born = [
        paxlst.read(undated, received=moment).persons[0].birth_date
        for moment in (None, datetime(2026, 11, 21), datetime(2028, 1, 1))
    ]
    assert born == [None, date(1927, 1, 1), date(2027, 1, 1)]
    assert paxlst.read(sent, received=datetime(2028, 1, 1)).persons[0].birth_date == date(
        1927, 1, 1
    )


def test_status_message_with_references_only() -> None:
    found = read(f"BGM+266+CLOB'{FLIGHT}NAD+FL'RFF+AVF:L1'RFF+ABO:K1'NAD+FL'RFF+ABO:K2'")
    assert (found.document, found.function) == ("266", "CLOB")
    assert [p.unique_reference for p in found.persons] == ["K1", "K2"]


def test_faults_never_repeat_what_was_sent() -> None:
    found = read(f"{FLIGHT}NAD+FL+++SECRET:SECRET'NAT+2+SECRET'DTM+329:SECRET'ATT+2++SECRET'")
    texts = [fault.text for p in found.persons for fault in p.faults]
    assert len(texts) == 3
    assert not any("SECRET" in text for text in texts)


# --- writing -------------------------------------------------------------------------------------

HEADER = Header(
    "UNOA", "ZZ", "ZZ", "HERE", "ZZ", datetime(2026, 11, 20, 12), "R1", "APIS", test=False
)
TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ '?:+-", max_size=8).map(str.strip)
WORD = st.text("ABCDEFGHIJKMNOPQRSTVWXYZ0123456789", min_size=1, max_size=6)  # never NULL
STATE = st.sampled_from(["", "JPN", "GBR", "D", "XXA"])
AIRPORT = st.sampled_from(["", "NRT", "CDG", "ICN"])
PLACES = st.builds(Place, STATE, TEXT, TEXT)
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1))
DOCUMENTS = st.builds(Document, st.sampled_from(["P", "V"]), WORD, PLACES, expiry=DAYS, issue=DAYS)
PERSONS = st.builds(
    Person,
    role=st.sampled_from(Role),
    surname=WORD,
    given=TEXT,
    middle=TEXT,
    sex=st.sampled_from(["", "M", "F", "X", "U"]),
    birth_date=st.none() | st.dates(date(1897, 1, 1), date(2026, 11, 20)),
    nationality=STATE,
    residence=STATE,
    birth_place=PLACES,
    clearance_airport=AIRPORT,
    journey_start=AIRPORT,
    journey_end=AIRPORT,
    address=st.builds(Address, TEXT, TEXT, TEXT, WORD, STATE),
    contacts=st.lists(st.builds(Contact, WORD, st.sampled_from(["TE", "EM"])), max_size=2).map(
        tuple
    ),
    documents=st.lists(DOCUMENTS, max_size=2).map(tuple),
    bags=st.builds(
        Bags,
        st.none() | st.integers(0, 9),
        st.none(),
        tags=st.lists(st.builds(BagTags, WORD, st.integers(1, 5)), max_size=2).map(tuple),
    ),
    references=st.lists(
        st.tuples(st.sampled_from(["AVF", "ABO", "SEA", "YZY"]), WORD),
        max_size=3,
        unique_by=lambda pair: pair[0],  # two ABO are of two people
    ).map(tuple),
    verified=st.sampled_from([None, True, False]),
    crew_category=st.sampled_from(["", "CR1"]),
    remarks=st.lists(st.tuples(st.just("CRN"), WORD), max_size=2).map(tuple),
)
LEGS = (
    Leg(
        FlightNumber("ZZ", 46),
        "ZZ046",
        "ZZ",
        "20",
        "CDG",
        "NRT",
        datetime(2026, 11, 20, 19),
        datetime(2026, 11, 21, 15),
        crosses_border=True,
    ),
)


def without_texts(found: Person) -> Person:
    documents = tuple(replace(each, expiry_text="", issue_text="") for each in found.documents)
    return replace(found, birth_date_text="", documents=documents)


@settings(max_examples=150)
@given(st.lists(PERSONS, max_size=3))
def test_what_is_written_is_read_again(persons: list[Person]) -> None:
    listing = PassengerList(
        HEADER,
        tuple(persons),
        LEGS,
        transaction_reference="T'1",
        parties=(Party("MS", "", ("DESK",), (Contact("1", "TE"),)),),
        total_crew=3,
    )
    (interchange,) = interchanges(paxlst.write(listing).encode())
    found = paxlst.read(interchange.messages[0])
    assert interchange.faults == []
    assert tuple(without_texts(each) for each in found.persons) == listing.persons
    assert replace(found, persons=()) == replace(listing, persons=())


def test_read_message_is_written_and_read_the_same() -> None:
    found = read(f"BGM+745'{HEAD}{FLIGHT}{ADA}{BOB}CNT+42:2'")
    (interchange,) = interchanges(paxlst.write(found).encode())
    assert paxlst.read(interchange.messages[0]) == found


def test_written_text() -> None:
    doe = Person(Role.PASSENGER, "O'NEIL", "JO", birth_date=date(1920, 1, 2), nationality="JPN")
    text = paxlst.write(PassengerList(HEADER, (doe,), LEGS, total_passengers=1), una=False)
    assert text == (
        "UNB+UNOA:4+ZZ:ZZ+HERE:ZZ+261120:1200+R1++APIS'UNH+1+PAXLST:D:05B:UN:IATA++01:F'BGM+745'"
        "TDT+20+ZZ046+++ZZ'LOC+125+CDG'DTM+189:2611201900:201'LOC+87+NRT'DTM+232:2611211500:201'"
        "NAD+FL+++O?'NEIL:JO'DTM+329:19200102:102'NAT+2+JPN'CNT+42:1'UNT+12+1'UNZ+1+R1'"
    )


def test_list_in_parts() -> None:
    people = tuple(Person(Role.PASSENGER, f"DOE{number}") for number in range(5))
    listing = PassengerList(HEADER, people, LEGS, total_passengers=5)
    cut = paxlst.parts(listing, 2)
    assert [(part.sequence, part.part, len(part.persons)) for part in cut] == [
        (1, "C", 2),
        (2, "", 2),
        (3, "F", 1),
    ]
    (interchange,) = interchanges(paxlst.write(*cut).encode())
    found = [paxlst.read(each) for each in interchange.messages]
    assert [p.surname for each in found for p in each.persons] == [p.surname for p in people]
    assert [each.faults for each in found] == [(), (), ()]
    assert paxlst.parts(replace(listing, persons=()), 2) == [replace(listing, persons=())]


def test_write_needs_a_list_and_a_time() -> None:
    with pytest.raises(ValueError, match="needs a list"):
        paxlst.write()
    with pytest.raises(ValueError, match="time of preparation"):
        paxlst.write(PassengerList(replace(HEADER, prepared=None)))


# --- any input -----------------------------------------------------------------------------------

SEGMENTS = (HEAD + FLIGHT + ADA + BOB + "CNT+42:2'").split("'")[:-1]
ELEMENT = st.text("FL+:0123456789JPN ", max_size=12)


@given(
    st.lists(
        st.sampled_from(SEGMENTS)
        | st.builds(str.__add__, st.sampled_from([s[:4] for s in SEGMENTS]), ELEMENT),
        max_size=40,
    )
)
def test_never_dies_and_loses_nobody(segments: list[str]) -> None:
    found = read("".join(f"{segment}'" for segment in segments))
    people = [s for s in segments if s.startswith(("NAD+FL++", "NAD+FM++"))]
    assert len(found.persons) >= len([s for s in people if s.split("+")[1] in ("FL", "FM")])
    for each in found.persons:
        assert each.role in Role


@pytest.mark.parametrize(
    "segment",
    [
        "RFF+ABO:{}", "RFF+SEA:{}", "DTM+329:{}", "DTM+36:{}", "DOC+P:110:111+{}", "DOC+V:{}+X9", "DOC+P+{}",
    ],
)  # fmt: skip
@given(
    value=st.text("AZ09?:+ éx-", max_size=9)
    | st.sampled_from(["800514", "31010227", "991340", "26W011"])
)
def test_a_plain_value_reads_as_one_that_is_cut(segment: str, value: str) -> None:
    sent = f"BGM+745'{FLIGHT}NAD+FL+++DOE:JO'DOC+P:110:111+X1'{segment.format(value)}'{BOB}"
    plain = read(sent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paxlst, "openings", lambda _: {})
        assert read(sent) == plain
