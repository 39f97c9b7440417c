"""CONTRL read, written, and made of our own faults. All messages are invented."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import contrl, edifact, paxlst
from app.formats.contrl import (
    Action,
    ElementReport,
    Error,
    MessageReport,
    SegmentReport,
    SyntaxReport,
)
from app.formats.edifact import Fault, Header, RawMessage

OURS = Header("UNOA", "GOV", "", "ZZ", "", datetime(2026, 11, 20, 12), "A1", "", test=False)
LIST = (
    "UNB+UNOA:4+ZZ:ZZ+GOV+261120:1159+R7++APIS'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
    "TDT+20+ZZ046'LOC+125+CDG'LOC+87+NRT'NAD+FL+++LOVELY:ADA'DTM+329:999999'UNT+9+M1'UNZ+1+R7'"
)


def interchange(text: str) -> edifact.Interchange:
    (found,) = edifact.interchanges(text.encode())
    return found


def all_faults(message: RawMessage) -> list[Fault]:
    listing = paxlst.read(message)
    return [*listing.faults, *(fault for person in listing.persons for fault in person.faults)]


def test_our_faults_as_a_report_in_the_units_of_the_standard() -> None:
    found = interchange(LIST)
    (message,) = found.messages
    one = contrl.report_message(message, all_faults(message), rejected=False)
    text = contrl.write(contrl.report(OURS, found.header, [one], found.faults))
    assert text[text.index("UCI") :] == (
        "UCI+R7+ZZ:ZZ+GOV+7'UCM+M1+PAXLST:D:05B:UN+7'"
        "UCS+7'UCD+12+2:2'"  # DTM is the seventh; the tag counts as its element 1
        "UCS+8'UCD+29+2'UNT+8+1'UNZ+1+A1'"
    )


def test_a_message_that_was_refused_is_rejected_and_so_is_an_interchange_of_such() -> None:
    found = interchange(LIST.replace("TDT+20+ZZ046'", ""))
    (message,) = found.messages
    one = contrl.report_message(message, all_faults(message), rejected=True)
    assert (one.action, one.error) == (Action.REJECTED, Error.MISSING)
    assert contrl.report(OURS, found.header, [one]).action == Action.REJECTED
    fine = replace(one, action=Action.ACKNOWLEDGED, error="", segments=())
    told = contrl.report(OURS, found.header, [one, fine])
    assert (told.action, told.messages) == (Action.ACKNOWLEDGED, (one,))


def test_what_is_refused_for_another_reason_is_rejected_without_naming_it() -> None:
    (message,) = interchange(LIST).messages
    refused = Fault("carrier_not_allowed", "the sender does not speak for this carrier")
    one = contrl.report_message(message, [refused], rejected=True)
    assert (one.action, one.error, one.segments) == (Action.REJECTED, Error.UNSPECIFIED, ())
    assert not contrl.is_syntax(refused)


def test_the_interchange_itself() -> None:
    found = interchange(LIST.replace("UNZ+1+R7", "UNZ+4+R7"))
    told = contrl.report(OURS, found.header, [], found.faults)
    assert (told.action, told.error) == (Action.REJECTED, Error.COUNT)


def test_several_faults_of_a_segment_are_told_once_each() -> None:
    (message,) = interchange(LIST).messages
    segment = message.segments[6]
    faults = [
        Fault("date", "no such date", message.position(segment, 1, 2), "warning"),
        Fault("date", "no such date", message.position(segment, 1, 2), "warning"),
        Fault("message_truncated", "cut", message.position(segment)),
    ]
    one = contrl.report_message(message, faults, rejected=False)
    assert one.segments == (
        SegmentReport(7, Error.MISSING, (ElementReport(Error.INVALID_VALUE, 1, 2),)),
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "interchange_missing"),
        ("UCI+R+A+B+9'", "action"),
        ("UCI+R+A+B+7'UCS+1'", "misplaced"),
        ("UCI+R+A+B+7'UCM+1+X+4'UCS+Q'", "segment_position"),
        ("UCI+R+A+B+7'UCM+1+X+4'UCD+12+1'", "misplaced"),
        ("UCI+R+A+B+7'UCM+1+X+4'UCS+1'UCD+12'", "element_position"),
    ],
)
def test_what_is_wrong_in_a_report(body: str, code: str) -> None:
    text = f"UNB+UNOA:4+A+B+261120:1200+1'UNH+1+CONTRL:D:3:UN'{body}UNT+{body.count(chr(39)) + 2}+1'UNZ+1+1'"
    found = contrl.read(interchange(text).messages[0])
    assert [fault.code for fault in found.faults] == [code]


def test_write_needs_a_report() -> None:
    with pytest.raises(ValueError):
        contrl.write()


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=14)
ERROR = st.sampled_from([str(error) for error in Error])
ELEMENTS = st.builds(ElementReport, ERROR, st.integers(1, 99), st.none() | st.integers(1, 9))
SEGMENTS = st.builds(
    SegmentReport,
    st.integers(1, 200_000),
    st.just("") | ERROR,
    st.lists(ELEMENTS, max_size=3).map(tuple),
)
MESSAGES = st.builds(
    MessageReport,
    WORD,
    st.tuples(WORD, WORD),
    st.sampled_from(["4", "7"]),
    st.just("") | ERROR,
    st.lists(SEGMENTS, max_size=3).map(tuple),
)
REPORTS = st.builds(
    SyntaxReport,
    st.just(OURS),
    WORD,
    st.tuples(WORD),
    st.tuples(WORD, WORD),
    st.sampled_from(["4", "7", "8"]),
    st.just("") | ERROR,
    st.lists(MESSAGES, max_size=3).map(tuple),
)


@given(REPORTS)
def test_what_is_written_is_read_again(report: SyntaxReport) -> None:
    found = interchange(contrl.write(report))
    assert found.faults == []
    assert contrl.read(found.messages[0]) == report
