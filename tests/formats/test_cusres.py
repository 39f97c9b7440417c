"""CUSRES read and written. All messages are invented."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import cusres, edifact
from app.formats.codes import FlightNumber
from app.formats.cusres import CustomsResponse, Kind, Statement
from app.formats.edifact import Header, RawMessage
from app.formats.paxlst_model import Leg

UNB = "UNB+UNOA:4+GOV+ZZ+261120:1200+R1++IAPI'"
FLIGHT = "RFF+AF:ZZ046'DTM+189:2611201900:201'DTM+232:2611211505:201'LOC+125+CDG'LOC+87+NRT'"
ADA = "ERP+2'RFF+AVF:QWE123'RFF+ABO:Z9'ERC+0Z'FTX+AAP+++OK TO BOARD'"


def message(body: str, unh: str = "CUSRES:D:05B:UN:IATA+CAR+01:F") -> RawMessage:
    text = f"{UNB}UNH+1+{unh}'{body}UNT+{body.count(chr(39)) + 2}+1'UNZ+1+R1'"
    (found,) = edifact.interchanges(text.encode())
    return found.messages[0]


def read(body: str) -> CustomsResponse:
    return cusres.read(message(body))


def faults(found: CustomsResponse) -> list[tuple[str, int, str, int | None]]:
    return [
        (one.code, one.position.segment, one.position.tag, one.position.element)
        if one.position
        else (one.code, 0, "", None)
        for one in found.faults
    ]


def test_an_answer_for_each_passenger() -> None:
    other = ADA.replace("Z9", "Z10").replace("0Z", "4Z").replace("OK TO BOARD", "INSUFFICIENT DATA")
    found = read(f"BGM+962'RFF+TN:0000100:::2'{FLIGHT}{ADA}{other}")
    assert (found.kind, found.transaction_reference, found.transaction_revision) == (
        Kind.RESPONSE,
        "0000100",
        "2",
    )
    (leg,) = found.legs
    assert (leg.flight, leg.departure_airport, leg.arrival_airport) == (
        FlightNumber("ZZ", 46),
        "CDG",
        "NRT",
    )
    assert (leg.departure, leg.arrival) == (
        datetime(2026, 11, 20, 19),
        datetime(2026, 11, 21, 15, 5),
    )
    assert leg.crosses_border
    assert [(one.locator, one.unique_reference, one.code) for one in found.people] == [
        ("QWE123", "Z9", "0Z"),
        ("QWE123", "Z10", "4Z"),
    ]
    assert found.people[1].texts == (("AAP", "INSUFFICIENT DATA"),)
    assert (found.common_access_reference, found.sequence, found.part) == ("CAR", 1, "F")
    assert found.faults == ()


def test_an_answer_for_the_whole_message() -> None:
    found = read(f"BGM+962'RFF+TN:7'{FLIGHT}ERP+1'ERC+1'FTX+AAO+++NO FLIGHT'")
    assert found.people == ()
    assert [(one.level, one.code) for one in found.statements] == [("1", "1")]


@pytest.mark.parametrize("kind", ["132", "312"])
def test_change_of_status_and_its_acknowledgement(kind: str) -> None:
    found = read(f"BGM+{kind}'RFF+TN:T9'{FLIGHT}ERP+2'RFF+AVF:Q'RFF+ABO:Z9'ERC+1Z'")
    assert (found.kind, found.people[0].code, found.faults) == (kind, "1Z", ())


def test_several_legs_and_the_one_across_the_border() -> None:
    inner = "RFF+AF:ZZ047'LOC+92+LYS'LOC+92+CDG'"
    found = read(f"BGM+962'{inner}{FLIGHT}{ADA}")
    assert [(leg.departure_airport, leg.arrival_airport) for leg in found.legs] == [
        ("LYS", "CDG"),
        ("CDG", "NRT"),
    ]
    assert found.flight == FlightNumber("ZZ", 46)


def test_segments_of_a_group_in_any_order() -> None:
    mixed = "RFF+AF:ZZ046'LOC+87+NRT'LOC+125+CDG'DTM+232:2611211505:201'DTM+189:2611201900:201'"
    statement = "ERP+2'FTX+AAP+++OK TO BOARD'ERC+0Z'RFF+AVF:QWE123'RFF+ABO:Z9'"
    found = read(f"BGM+962'{mixed}{statement}")
    plain = read(f"BGM+962'{FLIGHT}{ADA}")
    assert (found.legs, found.statements) == (plain.legs, plain.statements)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("BGM+999'" + FLIGHT + ADA, ("response_kind", 0, "", None)),
        ("BGM+962'" + ADA, ("flight_missing", 0, "", None)),
        ("BGM+962'RFF+AF:QQQQ'" + ADA, ("flight_number", 3, "RFF", 1)),
        ("BGM+962'RFF+AF:ZZ1'DTM+189:9999999999'" + ADA, ("time", 4, "DTM", 1)),
        ("BGM+962'RFF+AF:ZZ1'LOC+125+C1'" + ADA, ("airport", 4, "LOC", 2)),
        ("BGM+962'RFF+AF:ZZ1'ERC+0Z'" + ADA, ("response_misplaced", 4, "ERC", 1)),
        ("BGM+962'RFF+AF:ZZ1'ERP+9'ERC+0'", ("response_level", 4, "ERP", 1)),
        ("BGM+962'RFF+AF:ZZ1'ERP+1'", ("response_missing", 4, "ERP", 1)),
        ("BGM+962'RFF+AF:ZZ1'ERP+1'ERC+0'ERC'", ("response_missing", 6, "ERC", 1)),
        ("BGM+962'RFF+AF:ZZ1'ERP+1'ERC+XX'", ("response_code", 5, "ERC", 1)),
        ("BGM+962'RFF+AF:ZZ1'ERP+2'ERC+0Z'", ("reference_missing", 4, "ERP", 1)),
    ],
)
def test_what_is_wrong_stands_at_its_place(body: str, expected: tuple) -> None:
    found = read(body)
    assert faults(found) == [expected]
    assert all(fault.severity == "warning" for fault in found.faults)


def test_unknown_segments_are_counted() -> None:
    found = read(f"BGM+962'XYZ+1'FTX+AAI+++X'DTM+137:2'{FLIGHT}GEI+4+173'{ADA}")
    assert dict(found.unknown) == {"XYZ+1": 1, "FTX+AAI": 1, "DTM+137": 1, "GEI+4": 1}
    assert len(found.people) == 1


def test_write_needs_a_response_and_a_time() -> None:
    with pytest.raises(ValueError):
        cusres.write()
    with pytest.raises(ValueError):
        cusres.write(CustomsResponse(Header("UNOA", "A", "", "B", "", None, "1", "", test=False)))


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).map(
    lambda text: text.strip(" ") or "X"
)
NAME = st.text("ABC019", min_size=1, max_size=14)
PORT = st.sampled_from(["CDG", "NRT", "LYS", "ICN"])
TIME = st.datetimes(datetime(2000, 1, 1), datetime(2049, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
NUMBER = st.builds(
    FlightNumber, st.sampled_from(["ZZ", "Q9"]), st.integers(1, 9999), st.sampled_from(["", "A"])
)


@st.composite
def legs(draw: st.DrawFn) -> Leg:
    number = draw(NUMBER)
    return Leg(
        number, number.padded, departure_airport=draw(PORT), arrival_airport=draw(PORT),
        departure=draw(st.none() | TIME), arrival=draw(st.none() | TIME),
        crosses_border=draw(st.booleans()),
    )  # fmt: skip


STATEMENTS = st.builds(
    Statement,
    st.sampled_from(["1", "2"]),
    st.lists(st.sampled_from(["0", "1", "0Z", "1Z", "2Z", "4Z"]), min_size=1, max_size=2).map(
        tuple
    ),
    st.lists(st.tuples(st.sampled_from(["AVF", "ABO"]), TEXT), min_size=1, max_size=3).map(tuple),
    st.lists(st.tuples(st.sampled_from(["AAP", "AAO"]), TEXT), max_size=2).map(tuple),
)
RESPONSES = st.builds(
    CustomsResponse,
    st.builds(
        Header,
        st.just("UNOA"), TEXT, st.just(""), TEXT, st.just("ZZ"), TIME, NAME, st.just("IAPI"),
        test=st.booleans(),
    ),
    kind=st.sampled_from([str(kind) for kind in Kind]),
    transaction_reference=TEXT,
    transaction_revision=st.sampled_from(["", "1"]),
    legs=st.lists(legs(), min_size=1, max_size=3).map(tuple),
    statements=st.lists(STATEMENTS, max_size=4).map(tuple),
)  # fmt: skip


@given(RESPONSES)
def test_what_is_written_is_read_again(response: CustomsResponse) -> None:
    (found,) = edifact.interchanges(cusres.write(response).encode())
    assert found.faults == []
    assert cusres.read(found.messages[0]) == response


@given(st.lists(st.sampled_from(
    ["BGM+962", "BGM", "RFF+AF:ZZ1", "RFF", "RFF+AVF:X", "DTM+189:1", "DTM", "LOC+87+NRT", "LOC",
     "ERP+2", "ERP", "ERC+0Z", "ERC", "FTX+AAP+++X", "FTX", "QQQ", "UNH"]), max_size=12))  # fmt: skip
def test_never_dies_and_loses_no_statement(segments: list[str]) -> None:
    body = "".join(segment + "'" for segment in segments)
    (found,) = edifact.interchanges(f"{UNB}UNH+1+CUSRES:D:05B'{body}UNT+1+1'UNZ+1+R1'".encode())
    responses = [cusres.read(one) for one in found.messages]
    told = sum(len(response.statements) for response in responses)
    assert told == sum(segment.startswith("ERP") for segment in segments)
