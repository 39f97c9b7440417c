"""A record in words: no field without a name, no code where there is a word, in English and Japanese."""

import dataclasses
import typing
from zoneinfo import ZoneInfo

import pytest

from app.declarations.schemas import Submission
from app.formats.paxlst_model import Person
from app.formats.pnrgov.record import Pnr
from app.web.console.told import LANGUAGES, Paper, language_of, name_of, told
from app.web.console.words.record_names import RECORD_NAMES
from app.web.console.words.rights import RECORDS
from app.web.translation import speaking

TOKYO = ZoneInfo("Asia/Tokyo")
RECORD = {
    "trips": [{
        "flight": "XX101", "date": "2026-03-10", "from": "CPH", "to": "NRT",
        "held": {"kind": "transit-crew", "travel_status": "boarded", "sex": "F", "nationality": "SWE",
                 "birth_date": "1988-04-12"},
        "sources": {"surname": "pnr"},
        "bookings": [{"said": {"kind": "ADT", "checked_in": True}}],
        "documents": [{"type": "P", "issuer": "D", "number": "K1"}],
        "passages": [{"passed_at": "2026-03-10T03:00:00+00:00"}],
        "inspections": [{"steps": ["documents"], "findings": [{"kind": "currency"}]}],
    }],
    "declarations": [{
        "status": "active", "language": "ko",
        "versions": [{"questionnaire": "jp-customs/x", "content": {"answers": {"cash": False}}}],
    }],
    "disclosed_to": [{"kind": "officers"}],
}  # fmt: skip


def fields_of(kind: object, seen: dict[type, set[str]]) -> dict[type, set[str]]:
    """Names of the fields of everything that a value of the formats is made of."""
    for argument in typing.get_args(kind):
        fields_of(argument, seen)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in seen:
        hints = typing.get_type_hints(kind)
        seen[kind] = set(hints)
        for hint in hints.values():
            fields_of(hint, seen)
    return seen


def test_everything_that_a_booking_or_declaration_can_hold_has_a_name() -> None:
    left_out = {"faults", "unknown", "segment", "index"}  # app.travel.records keeps none of it
    fields = {name for of in fields_of(Pnr, {}).items() if of[0].__module__.startswith("app.formats.pnrgov") for name in of[1]}  # fmt: skip
    fields |= set(Submission.model_fields) - {"certified"}
    named = {*RECORDS, *RECORD_NAMES}
    assert fields - left_out - named == set()


def test_what_a_passenger_list_says_has_a_name() -> None:
    stored = {
        "role", "reference", "references", "birth_place", "address", "contacts", "journey_start",
        "journey_end", "clearance_airport", "crew_category", "verified", "remarks", "bag_tags",
    }  # fmt: skip
    assert stored - {"role", "reference", "address", "bag_tags"} <= set(Person.__dataclass_fields__)
    assert stored <= set(RECORD_NAMES)


def test_a_record_reads_in_english() -> None:
    with speaking("en"):
        said = told(RECORD, TOKYO)
    trip = said["trips"][0]
    assert trip["What is recorded"] == {
        "Kind": "Transit crew", "Travel": "Boarded", "Sex": "Female", "Nationality": "Sweden (SWE)",
        "Date of birth": "April 12, 1988",
    }  # fmt: skip
    assert trip["Where each value comes from"] == {"Surname": "Booking (PNR)"}
    assert trip["What bookings said"] == [{"What it said": {"Kind": "Adult", "Checked in": "Yes"}}]
    assert trip["Travel documents"][0]["Issuing state"] == "Germany (D)"
    assert trip["When you passed"][0]["Time"].endswith("JST")
    assert "12:00" in trip["When you passed"][0]["Time"]
    assert trip["Inspections"][0]["What was done"] == ["Documents examined"]
    assert said["declarations"][0]["Language"] == "Korean"
    assert said["disclosed_to"] == [{"Kind": "Officers of this authority"}]


def test_a_record_reads_in_japanese() -> None:
    with speaking("ja"):
        paper = Paper.of(RECORD, TOKYO)
    heading, [trip] = paper.parts["trips"]
    assert heading != "Journeys"
    assert trip["日付"] == "2026年3月10日"
    held = next(value for value in trip.values() if isinstance(value, dict))
    assert held["国籍"] == "スウェーデン (SWE)"
    assert held["性別"] == "女性"


@pytest.mark.parametrize(("asked", "told_in"), [("ja", "ja"), ("ko", "en"), ("en", "en")])
def test_a_record_is_in_the_travellers_language_where_the_console_has_it(asked: str, told_in: str) -> None:  # fmt: skip
    assert language_of(asked) == told_in
    assert told_in in LANGUAGES


def test_what_has_no_name_is_written_as_words() -> None:
    with speaking("en"):
        assert name_of("seen_by_nobody") == "Seen by nobody"


@pytest.mark.parametrize(
    ("language", "heading", "facts", "opened"),
    [("en", "Masked", ["Surname", "What the carrier's passenger list said"], "Two officers"),
     ("ja", "秘匿", ["姓", "航空会社の旅客名簿の内容"], "職員2名")],
)  # fmt: skip
def test_what_is_masked_is_told_in_words(
    language: str, heading: str, facts: list[str], opened: str
) -> None:
    masked = {"facts": ["surname", "passenger_list"], "since": "2026-09-16T03:00:00+00:00",
              "sealed_until": "2031-03-09", "opened_by": "two-officers"}  # fmt: skip
    record = {"trips": [{"masked": masked, "presentations": []}], "withheld": ["masked"]}
    with speaking(language):
        paper = Paper.of(record, TOKYO)
        nothing = Paper.of(RECORD, TOKYO)
    [trip] = paper.parts["trips"][1]
    said = list(trip[heading].values())
    assert said[0] == facts
    assert "2031" in said[2]
    assert said[3].startswith(opened)
    assert paper.masked
    assert nothing.masked == ""
