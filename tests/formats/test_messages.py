"""All messages are invented."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import messages, paxlst
from app.formats.codes import FlightNumber
from app.formats.edifact import Header
from app.formats.messages import inspect, main_lines
from app.formats.paxlst import Document, Leg, PassengerList, Person, Role
from app.formats.stretches import xml_root

HEADER = Header("UNOA", "ZZ", "", "HERE", "", datetime(2026, 11, 20, 12), "R1", "APIS", test=False)
PEOPLE = (
    Person(Role.PASSENGER, "LOVELY", "ADA", birth_date=date(1980, 5, 14), nationality="GBR"),
    Person(Role.CREW, "SOLO", documents=(Document("P", "TK1", expiry=date(2031, 2, 3)),)),
)
LISTING = PassengerList(HEADER, PEOPLE, (Leg(FlightNumber("ZZ", 46), "ZZ046"),))
PAXLST = paxlst.write(LISTING, una=False)
PNRGOV = (
    "UNA:+.?*'UNB+IATA:1+ZZ+HERE+261120:1200+R2++PNRGOV'UNH+1+PNRGOV:11:1:IA+ZZ46/201126/1900'"
    "MSG+:22'ORG+ZZ:PAR+++ZZ:SYS+++X'TVL+201126:1900:211126:1500+CDG+NRT+ZZ+46'EQN+1'"
    "SRC'RCI+ZZ:QWE123::011026:1200'SSR+DOCS:HK:1:ZZ:::::/P/GBR/TK1/GBR/14MAY80/F/03FEB31/LOVELY/ADA'"
    "TIF+LOVELY+ADAMS:A:1'TVL+201126:1900:211126:1500+CDG+NRT+ZZ+46:Y'RPI+1+HK'"
    "UNT+12+1'UNZ+1+R2'"
)
OTHERS = (
    "UNB+UNOA:4+HERE+ZZ+261120:1201+R3'"
    "UNH+1+CUSRES:D:05B:UN:IATA'BGM+962'RFF+TN:1'RFF+AF:ZZ0046'ERP+2'RFF+ABO:1'ERC+4Z'UNT+8+1'"
    "UNH+2+ACKRES:11:1:IA'MSG+:23+3'UNT+3+2'UNH+3+CONTRL:D:3:UN'UCI+R9+ZZ+HERE+7'UNT+3+3'UNH+4+BANSTA:D:96A:UN'UNT+2+4'"
    "UNH+5'UNT+2+5'UNZ+5+R3'"
)


def codes(faults: list[dict]) -> list[str]:
    return [fault["code"] for fault in faults]


def test_paxlst() -> None:
    (found,) = inspect(PAXLST.encode(), "a.edi")
    assert (found.file, found.type, found.version) == ("a.edi", "PAXLST", "D.05B")
    assert (found.flight, found.people, found.pnrs) == ("ZZ46", 2, 0)
    assert (found.warnings, found.errors) == ([], [])


def test_pnrgov() -> None:
    (found,) = inspect(PNRGOV.encode(), "b.edi")
    assert (found.type, found.version, found.flight) == ("PNRGOV", "11.1", "ZZ46")
    assert (found.people, found.pnrs) == (1, 1)
    assert found.errors == []


def test_faults_of_a_booking_stand_at_their_segments() -> None:
    (found,) = inspect(PNRGOV.replace("TIF+", "QQQ+1'TIF+").encode(), "b.edi")
    assert {
        "position": {"message": "1", "segment": 9, "element": None, "component": None},
        "code": "unknown_segment",
        "text": "segment not known in this message",
    } in found.warnings


def test_other_messages_are_named() -> None:
    found = inspect(OTHERS.encode(), "c.edi")
    assert [(each.type, each.version) for each in found] == [
        ("CUSRES", "D.05B"),
        ("ACKRES", "11.1"),
        ("CONTRL", "D.3"),
        ("BANSTA", "D.96A"),
        (None, ""),
    ]
    assert (found[0].flight, found[0].people) == ("ZZ46", 1)
    assert [codes(each.warnings) for each in found] == [
        [],
        [],
        [],
        ["message_type"],
        ["message_type"],
    ]
    assert [each.errors for each in found] == [[]] * 5


def test_several_interchanges_in_one_file() -> None:
    found = inspect(f"{PAXLST}\n{PNRGOV}\r\nfooter\n{OTHERS}".encode(), "d")
    assert [each.type for each in found][:3] == ["PAXLST", "PNRGOV", "CUSRES"]
    assert len(found) == 7


def test_faults_are_warnings_and_errors_with_positions() -> None:
    text = PAXLST.replace("NAT+2+GBR", "NAT+2+QQQ").replace("NAD+FM+++SOLO", "NAD+FM")
    (found,) = inspect(text.encode(), "e")
    assert found.warnings == [
        {
            "position": {"message": "1", "segment": 6, "element": 2, "component": 1},
            "code": "country",
            "text": "unknown code of a state",
        }
    ]
    assert codes(found.errors) == ["name_missing"]
    assert found.people == 2


def test_faults_of_the_interchange_stand_with_its_first_message() -> None:
    found = inspect(OTHERS.replace("UNZ+5", "UNZ+6").encode(), "c.edi")
    assert [codes(each.warnings).count("interchange_count") for each in found] == [1, 0, 0, 0, 0]


def test_cut_off_interchange_keeps_what_is_complete() -> None:
    (found,) = inspect(PAXLST[: PAXLST.index("DOC+")].encode(), "f")
    assert found.people == 2
    assert codes(found.errors) == ["interchange_truncated", "message_truncated"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_message"),
        (b"hello", "no_message"),
        (b"\xff\xd8\xff\xe0 picture", "no_message"),
        (b"<html><body>", "xml_root"),
        (b"<?xml version='1.0'", "xml_root"),
        (b"UNB+UNOA:4+A'" + b"BGM'" * 200_001, "too_many_segments"),
        (b"UNB+UNOA:4+A'" * 10_002, "too_many_interchanges"),
    ],
)
def test_what_is_no_message_gives_one_summary_with_an_error(data: bytes, code: str) -> None:
    (found,) = inspect(data, "g")
    assert found.type is None
    assert codes(found.errors) == [code]


def test_interchanges_beyond_the_limit_are_not_read() -> None:
    found = inspect(b"UNB+UNOA:4+A'UNZ+0'x" * 10_002, "g")
    assert len(found) == 10_001
    assert codes(found[-1].errors) == ["too_many_interchanges"]


def test_interchange_without_message() -> None:
    (found,) = inspect(b"UNB+UNOA:4+A+B+261120:1200+R'UNZ+0+R'", "h")
    assert found.type is None
    assert codes(found.errors) == ["no_message"]


ROOT = '<IATA_PNRGOV_NotifRQ xmlns="http://www.iata.org/IATA/2007/00" Version="1"'
LEG = (
    '<FlightLeg CarrierCode="ZZ" FlightNumber="0046" DepartureDateTime="2026-11-20T19:00:00"/>'
    '<PNRs NumberOfPnrs="1"><PNR><BookingRefID ID="QWE123"/><Passenger RPH="1"><GivenName>ADA'
    "</GivenName><Surname>LOVELY</Surname></Passenger></PNR></PNRs>"
)


@pytest.mark.parametrize(
    "text",
    [
        f"{ROOT}/>",
        f"<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE x>\n{ROOT}></IATA_PNRGOV_NotifRQ>",
        "<iata:IATA_PNRGOV_NotifRQ\nxmlns:iata='x'/>",
        "  <PNRs/>",
        "<DaneXML><PNR/></DaneXML>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_pnrgov_xml_is_known_by_its_root(text: str, encoding: str) -> None:
    (found,) = inspect(text.encode(encoding), "i.xml")
    assert found.type == "PNRGOV-XML"
    assert codes(found.errors) == ["no_flight"]


def test_pnrgov_xml_counts_bookings_and_people() -> None:
    (found,) = inspect(f"{ROOT}>{LEG}</IATA_PNRGOV_NotifRQ>".encode(), "i.xml")
    assert (found.flight, found.pnrs, found.people) == ("ZZ46", 1, 1)
    assert (found.warnings, found.errors) == ([], [])


def test_pnrgov_xml_that_is_cut_off_tells_where() -> None:
    (found,) = inspect(f"{ROOT}>\n{LEG}".encode(), "i.xml")
    assert (found.flight, found.pnrs) == ("ZZ46", 1)
    assert codes(found.errors) == ["xml_syntax"]
    assert found.errors[0]["position"]["segment"] == 2


def test_xml_root() -> None:
    assert xml_root(b"UNB+") is None
    assert xml_root(b"<a:b c='d'>") == "b"
    assert xml_root(b"<!-- " + b"x" * 5000) == ""
    assert xml_root(b"<?xml?>text") == ""
    assert xml_root(b"<?xml?>\n<!DOCTYPE a>\n<!-- b --> <\xc3\x85/>") == "\u00c5"
    assert xml_root(b"<" + b"a" * 81 + b">") == ""


def test_a_failing_reader_costs_only_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(messages._READERS, "CUSRES", fail)
    found = inspect(OTHERS.encode(), "j")
    assert [codes(each.errors) for each in found] == [["reader_failed"], [], [], [], []]


def test_a_file_is_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_FILE_BYTES", len(PAXLST))
    path = tmp_path / "a.edi"
    for text, type_, found in ((PAXLST, "PAXLST", []), (PAXLST + "\n", None, ["file_too_long"])):
        path.write_text(text)
        (line,) = map(json.loads, main_lines([str(path)]))
        assert (line["type"], codes(line["errors"])) == (type_, found)


def test_what_has_no_end_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_FILE_BYTES", 1000)
    (line,) = map(json.loads, main_lines(["/dev/zero"]))
    assert codes(line["errors"]) == ["file_too_long"]


def test_lines_of_json(tmp_path: Path) -> None:
    (tmp_path / "a.edi").write_text(PAXLST + "\n" + PAXLST)
    paths = [str(tmp_path / "a.edi"), str(tmp_path / "none"), str(tmp_path), "nul\x00"]
    lines = list(main_lines(paths))
    assert not any("\n" in line for line in lines)
    found = [json.loads(line) for line in lines]
    assert [(each["type"], codes(each["errors"])) for each in found] == [
        ("PAXLST", []),
        ("PAXLST", []),
        (None, ["unreadable"]),
        (None, ["unreadable"]),
        (None, ["unreadable"]),
    ]
    assert found[0] == {
        "file": paths[0],
        "type": "PAXLST",
        "version": "D.05B",
        "flight": "ZZ46",
        "people": 2,
        "pnrs": 0,
        "warnings": [],
        "errors": [],
    }


def test_summaries_hold_no_names() -> None:
    text = PAXLST.replace("NAT+2+GBR", "NAT+2+LOVELY").replace("R1'", "LOVELY'")
    lines = [summary.line() for summary in inspect(text.encode(), "k")]
    assert "LOVELY" in text
    assert "LOVELY" not in "".join(lines)


@given(st.binary(max_size=400))
def test_never_raises(data: bytes) -> None:
    assert inspect(data, "x")
    assert inspect(b"<" + data, "x")


MUTATIONS = st.tuples(
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 12),
    st.binary(max_size=3) | st.sampled_from([b"'", b"+", b":", b"?", b"TIF+", b"NAD+FL'", b"SRC'"]),
)


@settings(max_examples=300)
@given(st.sampled_from([PAXLST, PNRGOV, OTHERS]), st.lists(MUTATIONS, min_size=1, max_size=8))
def test_no_reader_fails_on_a_damaged_message(text: str, mutations: list) -> None:
    raw = bytearray(text.encode())
    for place, length, put in mutations:
        at = int(place * len(raw))
        raw[at : at + length] = put
    found = inspect(bytes(raw), "x")
    assert found
    for summary in found:
        assert "reader_failed" not in codes(summary.errors)
        json.loads(summary.line())


@given(st.lists(st.sampled_from((PAXLST + PNRGOV).split("'")[:-1]), max_size=40))
def test_no_reader_fails_on_shuffled_segments(segments: list[str]) -> None:
    body = "".join(f"{segment}'" for segment in segments if not segment.startswith("UN"))
    for kind in ("PAXLST:D:05B", "PNRGOV:11:1"):
        text = f"UNB+UNOA:4+A+B+261120:1200+R'UNH+1+{kind}'{body}UNT+2+1'UNZ+1+R'"
        (found,) = inspect(text.encode(), "x")
        assert "reader_failed" not in codes(found.errors)
