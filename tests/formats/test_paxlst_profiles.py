"""Each national profile is read completely: nothing unknown, no fault, every value in its place."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.formats import paxlst
from app.formats.edifact import interchanges
from app.formats.paxlst import (
    BagTags,
    CrewCategory,
    DocumentType,
    Function,
    PassengerList,
    Person,
    Place,
    Purpose,
    Reference,
    Role,
)
from tests.formats.profiles import PROFILES, flight, interchange


def read(text: str) -> PassengerList:
    (found,) = interchanges(text.encode())
    assert found.faults == []
    return paxlst.read(found.messages[0])


def first(name: str) -> Person:
    return read(PROFILES[name]).persons[0]


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_read_without_a_remainder(name: str) -> None:
    found = read(PROFILES[name])
    assert found.faults == ()
    assert found.unknown == ()
    for person in found.persons:
        assert person.faults == ()
        assert person.unknown == ()


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_written_and_read_the_same(name: str) -> None:
    found = read(PROFILES[name])
    again = read(paxlst.write(found))
    assert [asdict(one) for one in again.persons] == [
        {**asdict(one), "segment": two.segment, "faults": asdict(two)["faults"]}
        for one, two in zip(found.persons, again.persons, strict=True)
    ]
    for field in ("document", "function", "function_version", "references", "times", "counts"):
        assert getattr(again, field) == getattr(found, field)
    assert (again.filing_location, again.reporting_location) == (
        found.filing_location,
        found.reporting_location,
    )


HEADERS = [
    # name, directory, 1001, 1004 as a value, association, application reference
    ("CZ", "D.02B", Function.PASSENGER_LIST, None, "IATA", "APIS"),
    ("CN crew", "D.02B", Function.CREW_LIST, None, "IATA", "APIS"),
    ("US", "D.02B", Function.PASSENGER_LIST, None, "CBP", "USADHS"),
    ("US crew", "D.05B", Function.CREW_LIST, Purpose.CREW_CHANGE, "IATA", "USADHS"),
    ("US master crew", "D.02B", Function.MASTER_CREW_LIST, Purpose.ADD, "IATA", "USADHS"),
    ("UK", "D.05B", Function.PASSENGER_LIST, Purpose.DEPARTURE, "IATA", "UKBAOP"),
    ("TR", "D.12B", Function.PASSENGER_LIST, None, "IATA", "APIS"),
    ("KR", "D.05B", Function.PASSENGER_LIST, None, "IATA", ""),
    ("CN interactive", "D.05B", Function.PASSENGER_LIST, Purpose.CHANGE_PASSENGER, "IATA", "IAPI"),
    ("CN close", "D.05B", Function.FLIGHT_STATUS, Purpose.CLOSE_ON_BOARD, "IATA", "IAPI"),
    ("reservation", "D.15B", Function.PASSENGER_LIST, Purpose.CANCEL_RESERVATION, "IATA", "APIS"),
]


@pytest.mark.parametrize(
    ("name", "version", "document", "purpose", "association", "application"), HEADERS
)
def test_headers_of_the_profiles(
    name: str, version: str, document: str, purpose: object, association: str, application: str
) -> None:
    found = read(PROFILES[name])
    assert (found.version, found.document, found.purpose) == (version, document, purpose)
    assert (found.association, found.header.application_reference) == (association, application)


PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ("CZ", {"surname": "VESELA", "given": "JANA", "nationality": "UTO", "locator": "ZZ12AB"}),
    ("CN", {"given": "XIAOMING", "clearance_airport": "PEK"}),
    ("CN crew", {"role": Role.CREW, "nationality": "FIN", "journey_start": "HEL"}),
    ("IN", {"given": "FNU", "verified": True, "residence": "IND", "birth_date": date(1961, 2, 28)}),
    ("US", {"middle": "ANN", "birth_place": Place("FIN", "TURKU", "VARSINAIS"), "residence": "FIN"}),
    ("US crew", {"sex": "X", "crew_category": CrewCategory.COCKPIT, "role": Role.CREW}),
    ("US master crew", {"crew_category": CrewCategory.CABIN}),
    ("UK", {"surname": "O'NEIL", "birth_date": date(1919, 4, 5), "verified": False, "seat": "4F"}),
    ("UK", {"nationality": "GBN", "unique_reference": "11"}),
    ("ES", {"surname": "GARCIA", "nationality": "ESP"}),
    ("DE", {"sex": "U", "nationality": "D"}),
    ("LT", {"surname": "JONAS", "given": "", "birth_date": None, "locator": "", "nationality": "XXA"}),
    ("TR", {"birth_date": date(2015, 5, 6), "birth_place": Place("TUR", "IZMIR"), "seat": "12A"}),
    ("KR", {"birth_date": date(1999, 12, 31), "references": ()}),
    ("AZ", {"seat": "21C"}),
    ("VN", {"given": "THI BA"}),
    ("AE", {"role": Role.TRANSIT_PASSENGER, "journey_end": "BOM", "unique_reference": "5"}),
    ("CN interactive", {"ticket": ("7840000000000", 2), "locator": "MWZRDX"}),
    ("CN close", {"unique_reference": "4085", "surname": "", "ticket": ("", None)}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values"), PEOPLE)
def test_people_of_the_profiles(name: str, values: dict[str, Any]) -> None:
    found = first(name)
    assert {field: getattr(found, field) for field in values} == values


DOCUMENTS = [
    ("CZ", [(DocumentType.PASSPORT, "UT000001", date(2031, 2, 3), Place("UTO"))]),
    ("CN crew", [(DocumentType.CREW_CERTIFICATE, "C0001", date(2030, 1, 1), Place("FIN"))]),
    ("US", [(DocumentType.PASSPORT, "FI000001", date(2033, 1, 1), Place("FIN")),
            (DocumentType.VISA, "V0000001", date(2029, 1, 1), Place("USA"))]),
    ("US crew", [(DocumentType.PILOT_LICENCE, "0000001", None, Place("USA")),
                 (DocumentType.PASSPORT, "US000001", date(2030, 1, 1), Place("USA"))]),
    ("UK", [(DocumentType.PASSPORT, "GB000001", date(2029, 1, 1), Place("GBR", "LIVERPOOL"))]),
    ("ES", [(DocumentType.IDENTITY_CARD, "ES000001", date(2031, 2, 3), Place("ESP"))]),
    ("DE", [(DocumentType.PASSPORT, "D0000001", date(2031, 2, 3), Place("D")),
            (DocumentType.VISA, "V0000002", None, Place("D"))]),
    ("LT", [(DocumentType.REFUGEE, "LT000001", None, Place("LTU"))]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "documents"), DOCUMENTS)
def test_documents_of_the_profiles(name: str, documents: list[tuple[Any, ...]]) -> None:
    found = first(name).documents
    assert [(one.type, one.number, one.expiry, one.issuer) for one in found] == documents


def test_bags_of_the_profiles() -> None:
    bags = first("AZ").bags
    assert (bags.count, bags.weight, bags.unit) == (2, Decimal(31), "KGM")
    assert bags.tags == (BagTags("ZZ012345", 2),)
    bags = first("AE").bags
    assert (bags.count, bags.weight, bags.unit) == (1, Decimal(23), "")
    assert bags.tags == (BagTags("0131000001"),)


def test_uganda_puts_the_weight_beside_each_tag() -> None:
    (person,) = read(
        interchange(
            f"BGM+745'{flight()}NAD+FL+++OKELLO:SAM'FTX+BAG+12.5++ZZ000001'FTX+BAG+10++ZZ000002'",
            "PAXLST:D:02B:UN:IATA",
        )
    ).persons
    assert person.bags.weight == Decimal("22.5")
    assert [tags.first for tags in person.bags.tags] == ["ZZ000001", "ZZ000002"]


def test_address_and_contacts_of_a_passenger() -> None:
    found = first("US")
    assert asdict(found.address) == {
        "street": "1 ELM STREET", "city": "SPRINGFIELD", "region": "IL", "postcode": "62701",
        "country": "USA",
    }  # fmt: skip
    assert [(one.address, one.kind) for one in found.contacts] == [
        ("3580000", "TE"), ("JO.AT.EXAMPLE.ORG", "EM"),
    ]  # fmt: skip
    assert found.reference(Reference.AGENCY) == "REDRESS1"
    assert found.reference(Reference.CUSTOMER) == "KTN1"


def test_places_and_times_of_a_crew_list_are_no_stops() -> None:
    found = read(PROFILES["US crew"])
    assert (found.filing_location, found.reporting_location) == ("HEL", "JFK")
    (leg,) = found.legs
    assert (leg.departure_airport, leg.arrival_airport) == ("HEL", "JFK")
    assert (leg.departure, leg.arrival) == (
        datetime(2026, 11, 20, 19),
        datetime(2026, 11, 20, 21, 5),
    )
    assert found.persons[1].role is Role.TRANSIT_CREW
    assert found.persons[1].crew_category == CrewCategory.OFF_DUTY_PILOT
    master = read(PROFILES["US master crew"])
    assert master.times == (("554", datetime(2026, 12, 1)),)
    assert [leg.flight_text for leg in master.legs] == ["ZZ01MCL"]


def test_version_of_a_function_and_revision_of_a_transaction() -> None:
    found = read(PROFILES["UK"])
    assert (found.function, found.function_version) == ("DC", "1.0")
    assert (found.transaction_reference, found.transaction_revision) == ("T1", "2")


def test_parties_counts_and_references_of_a_reservation() -> None:
    found = read(PROFILES["reservation"])
    assert [party.role for party in found.parties] == ["MS", "BA", "AG"]
    assert [contact.kind for contact in found.parties[0].contacts] == ["TE", "AI"]
    assert found.counts == (("3", 1), ("59", 4))
    assert found.persons[0].reference(Reference.ADDITIONAL) == "1"
    assert found.persons[0].reference(Reference.CLEARANCE) == "2"


@pytest.mark.parametrize("purpose", Purpose)
def test_every_function_of_a_list_has_a_name(purpose: Purpose) -> None:
    text = interchange(f"BGM+745+{purpose.lower()}'{flight()}", "PAXLST:D:05B:UN:IATA")
    assert read(text).purpose is purpose


def test_a_function_nobody_knows_is_kept_as_sent() -> None:
    found = read(interchange(f"BGM+745+QQ'{flight()}", "PAXLST:D:05B:UN:IATA"))
    assert (found.function, found.purpose) == ("QQ", None)


@pytest.mark.parametrize(
    "release", [f"{year:02d}{half}" for year in range(2, 18) for half in ("A", "B")]
)
def test_every_directory_is_read_by_the_same_reader(release: str) -> None:
    text = PROFILES["US"].replace("D:02B", f"D:{release}")
    found = read(text)
    assert found.version == f"D.{release}"
    assert [asdict(one) for one in found.persons] == [asdict(first("US"))]


def test_a_passenger_of_odd_segments_keeps_everything_else() -> None:
    good = "ATT+2++F'DTM+329:840506'LOC+178+HEL'NAT+2+UTO'RFF+ABO:1'DOC+P+UT000001'DTM+36:310203'"
    odd = (
        "ATT+2++?+'ATT'DTM+329:??'MEA+CT'MEA+CT++:many'GEI'FTX'LOC'LOC+180+1:2'NAT'RFF'RFF+?:'DOC'DTM'"
        "XYZ+1'EMP'COM'COM+:'CPI+1'"
    )
    (clean,) = read(
        interchange(f"BGM+745'{flight()}NAD+FL+++DOE:JO'{good}", "PAXLST:D:05B:UN:IATA")
    ).persons
    (person,) = read(
        interchange(f"BGM+745'{flight()}NAD+FL+++DOE:JO'{odd}{good}", "PAXLST:D:05B:UN:IATA")
    ).persons
    kept = ("surname", "given", "sex", "birth_date", "journey_start", "nationality", "references")
    assert [getattr(person, one) for one in kept] == [getattr(clean, one) for one in kept]
    assert clean.documents[0] in person.documents
    assert dict(person.unknown) == {
        "ATT": 1, "DTM": 1, "GEI": 1, "LOC": 1, "NAT": 1, "XYZ+1": 1, "CPI+1": 1,
    }  # fmt: skip
