"""What sources say, as JSON."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.formats.codes import FlightNumber
from app.formats.paxlst_model import Bags, BagTags, Contact, Document, Person, Place, Role
from app.formats.pnrgov.record import Address, Pnr, Traveller
from app.formats.pnrgov.record import Document as Docs
from app.travel.models import PassengerKind
from app.travel.records import claims_of, from_booking, from_person, from_pnr, plain
from tests.messages.airline import booking, traveller

PERSON = Person(
    Role.CREW, "QUILLFEATHER", "MARENMRS", "IDA", sex="U", birth_date=date(1984, 5, 6),
    nationality="D", residence="QQQ", birth_place=Place("AUS", "SYDNEY"),
    contacts=(Contact("502-555", "TE"),),
    documents=(Document("P", "L 123-4567", Place("D"), date(2031, 1, 2)), Document("V", "")),
    bags=Bags(2, Decimal("31.5"), "KGM", (BagTags("ZZ012345", 2),)),
    references=(("AVF", "AB12CD"), ("SEA", "011D")), crew_category="CR1",
)  # fmt: skip


def test_a_listed_person() -> None:
    sighting = from_person(PERSON)
    record = sighting.record
    assert sighting.kind is PassengerKind.CREW
    assert (record["surname"], record["given_names"]) == ("QUILLFEATHER", "MARENMRS IDA")
    assert (record["birth_date"], record["seat"], record["locator"]) == (
        "1984-05-06", "11D", "AB12CD",
    )  # fmt: skip
    assert (record["nationality"], record["residence"]) == ("DEU", "QQQ")
    assert "sex" not in record
    [document] = record["documents"]
    assert document == {
        "type": "P", "number": "L 123-4567", "number_key": "L1234567", "issuer": "DEU",
        "expires_on": "2031-01-02",
    }  # fmt: skip
    assert record["bags"] == {"count": 2, "weight_g": 31500, "tags": ["ZZ012345", "ZZ012346"]}
    assert record["birth_place"] == {"country": "AUS", "name": "SYDNEY"}
    assert json.loads(json.dumps(record)) == record


def test_pounds_and_no_unit() -> None:
    pounds = from_person(Person(Role.PASSENGER, "A", bags=Bags(1, Decimal(10), "LBR"))).record
    plainly = from_person(Person(Role.PASSENGER, "A", bags=Bags(1, Decimal(10)))).record
    assert (pounds["bags"]["weight_g"], plainly["bags"]["weight_g"]) == (4536, 10000)


def test_placeholders_are_no_names() -> None:
    record = from_person(Person(Role.PASSENGER, "SUKARNO", "FNU")).record
    assert record["surname"] == "SUKARNO"
    assert "given_names" not in record


def test_a_booked_traveller_has_the_name_of_the_document() -> None:
    docs = Docs(
        "P", "GB", "L1234567", "GB", date(1984, 5, 6), "F", False, None, "QUILL", "MAREN IDA"
    )
    one = traveller("QUIL", "MAREN", title="MRS")
    named = Pnr(0, 1, booking().locators, travellers=(_with(one, docs),))
    [sighting] = from_booking(from_pnr(named), "ZZ")
    record = sighting.record
    assert (record["surname"], record["given_names"]) == ("QUILL", "MAREN IDA")
    assert record["booked_name"] == ["QUIL", "MAREN"]
    assert (record["nationality"], record["residence"]) == ("GBR", "JPN")
    assert record["documents"][0]["issuer"] == "GBR"
    assert {name.key for name in sighting.claims.names} == {"QUILL<MARENIDA", "QUIL<MAREN"}
    assert sighting.claims.locators == {"AB12CD"}


def _with(one: Traveller, docs: Docs) -> Traveller:
    home = Address("R", "JP", "1 INVENTED STREET")
    return replace(one, documents=(docs,), addresses=(home,))


def test_a_booking_keeps_its_content_without_positions() -> None:
    one = booking(traveller())
    record = from_pnr(one)
    assert "index" not in record
    assert "segment" not in record
    assert record["itinerary"][0]["leg"]["marketing"] == "ZZ1"
    assert json.loads(json.dumps(record)) == record


def test_no_nul_reaches_the_database() -> None:
    assert plain({"a": ["x\x00y", FlightNumber("ZZ", 1), None, Decimal("1.50")]}) == {
        "a": ["xy", "ZZ1", None, "1.50"]
    }


def test_claims_of_several_records_add_up() -> None:
    listed = from_person(PERSON).record
    [sighting] = from_booking(from_pnr(booking(traveller(given="MAREN"))), "ZZ")
    both = claims_of([listed, sighting.record], {"birth_date": "1984-05-07"})
    assert len(both.names) == 2
    assert both.birth_date == date(1984, 5, 7)  # what was merged counts
    assert both.documents == {("DEU", "L1234567")}
    assert len(both.contents) == 2


def test_masked_documents_say_nothing_and_stop_nobody() -> None:
    """A list comes late: whoever was on the flight before has lost the numbers."""
    masked = {"surname": "", "documents": [{"type": "P", "issuer": "SWE", "number_key": "~1"}]}
    assert claims_of([masked]).documents == frozenset()
