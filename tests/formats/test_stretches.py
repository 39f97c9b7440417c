"""What a transmission is made of: nothing of it is lost, and only what is certain is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.messages import inspect
from app.formats.pnrgov.xml_reader import read_xml
from app.formats.stretches import MOST_DOCUMENTS, Kind, stretches
from app.messages.contents import contents
from app.messages.scrub import scrub
from tests.formats.test_pnrgov_xml import BOOKING, LEG, document
from tests.support.steps import steps

DOCUMENT = document(LEG, BOOKING)
BARE = DOCUMENT.partition(b"?>")[2].strip()
EDIFACT = (
    b"UNB+UNOA:4+ZZ+GOV+260309:1200+R1'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'TDT+20+ZZ1'LOC+125+SYD'"
    b"DTM+189:2603100930:201'LOC+87+NRT'DTM+232:2603101400:201'NAD+FL+++TIDEWELL:TOVE'CNT+42:1'UNT+10+1'UNZ+1+R1'"
)
HEAD = b"QU TYODEXX\r\n.SYDXXZZ 091200\r\n"
SOAP = (
    b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
    b"<Action>push</Action></s:Header><s:Body>%b</s:Body></s:Envelope>"
)


def escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b"'", b"&apos;")


@pytest.mark.parametrize(
    ("sent", "people", "told"),
    [
        (SOAP % BARE, 2, {"xml_envelope"}),
        (SOAP % (BARE + BARE), 4, {"xml_envelope"}),
        (SOAP % (b"<![CDATA[" + DOCUMENT + b"]]>"), 2, {"xml_envelope"}),
        (SOAP % (b"<text>" + escaped(DOCUMENT) + b"</text>"), 2, {"xml_envelope"}),
        (SOAP % (b"<text>" + escaped(EDIFACT) + b"</text>"), 1, {"xml_envelope"}),
        (SOAP % (b"<![CDATA[" + EDIFACT + b"]]>"), 1, {"xml_envelope"}),
        (b"<Foo>" + BARE + b"</Foo>", 2, {"xml_envelope"}),
        (HEAD + DOCUMENT, 2, {"text_around"}),
        (HEAD + BARE + b"\r\n\x03\r\nSECURED MAIL\r\n", 2, {"text_around"}),
        (HEAD + SOAP % BARE, 2, {"text_around", "xml_envelope"}),
        (DOCUMENT + b"\n" + DOCUMENT, 4, set()),
        (BARE + BARE + b"\x1a", 4, set()),
        (DOCUMENT + EDIFACT, 3, set()),
        (EDIFACT + b"\r\n" + DOCUMENT + EDIFACT, 4, set()),
        (DOCUMENT.decode().encode("utf-16-le"), 2, set()),
        ((HEAD + DOCUMENT).decode().encode("utf-16"), 2, {"text_around"}),
        (b"<SOH>" + HEAD + b"<STX>" + EDIFACT + b"<ETX>", 1, {"text_around"}),
    ],
)  # fmt: skip
def test_what_holds_messages_costs_nobody(sent: bytes, people: int, told: set[str]) -> None:
    found = inspect(sent, "x")
    assert sum(one.people for one in found) == people
    assert not [fault for one in found for fault in one.errors]
    assert {fault["code"] for one in found for fault in one.warnings} == told
    kept = scrub(sent)
    assert [one.people for one in inspect(kept, "x")] == [one.people for one in found]
    assert scrub(kept) == kept


def test_the_worker_sees_what_inspection_sees() -> None:
    sent = HEAD + DOCUMENT + EDIFACT + SOAP % (b"<![CDATA[" + EDIFACT + b"]]>")
    found, faults = contents(sent)
    assert [one.type for one in found] == ["PNRGOV-XML", "PAXLST", "PAXLST"]
    assert [(one.code, one.severity) for one in faults] == [
        ("text_around", "warning"), ("xml_envelope", "warning"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "code", "line"),
    [
        (DOCUMENT + b"\n<html><body/></html>", "text_around", 3),
        (HEAD + b"\n<Envelope><Body><Ping/></Body></Envelope>", "xml_root", 4),
        (DOCUMENT + b"\n" + BARE[: BARE.index(b"</PNR>")], "xml_syntax", 3),
        (DOCUMENT + b"\n" + b"NAD+FL+++TIDEWELL:TOVE'", "unread_text", None),
        (BARE * MOST_DOCUMENTS + b"\n" + BARE, "too_many_documents", 2),
    ],
)
def test_what_is_not_read_is_told_with_its_place(sent: bytes, code: str, line: int | None) -> None:
    found, faults = contents(sent)
    told = [*faults, *(fault for one in found if one.push for fault in one.push.faults)]
    [wanted] = [fault for fault in told if fault.code == code]
    assert (wanted.position and wanted.position.segment) == line
    assert wanted.severity == ("warning" if code == "text_around" else "error")


def test_of_two_documents_the_second_is_read_though_the_first_is_cut_off() -> None:
    pushes = [one.push for one in contents(DOCUMENT[:-200] + b"\n" + DOCUMENT)[0]]
    told = [[fault.code for fault in push.faults] for push in pushes if push]
    assert told == [["xml_syntax"], []]


def test_a_test_stays_one_in_an_envelope_and_cut_off() -> None:
    marked = BARE.replace(b"<IATA_PNRGOV_NotifRQ ", b'<IATA_PNRGOV_NotifRQ Target="Test" ')
    for sent in (marked, marked[:-150], SOAP % marked, SOAP % (marked + BARE)):
        assert read_xml(sent)[0].test
    assert [one.test for one in read_xml(SOAP % (marked + BARE))] == [True, False]


@pytest.mark.parametrize(
    "inside",
    [
        b"NEEDS <!-- </IATA_PNRGOV_NotifRQ> --> NOTHING", b"<![CDATA[</IATA_PNRGOV_NotifRQ>]]>",
        b"<![CDATA[<?xml version='1.0'?>]]>",
    ],
)  # fmt: skip
def test_what_only_looks_like_the_end_of_a_document_ends_nothing(inside: bytes) -> None:
    sent = DOCUMENT.replace(b"<PNR ", b"<Odd>" + inside + b"</Odd><PNR ", 1)
    assert [one.kind for one in stretches(sent)] == [Kind.DOCUMENT]


def test_free_text_of_an_interchange_begins_no_document() -> None:
    sent = EDIFACT.replace(b"CNT+", b"FTX+AAI+++<PNR > <?xml '?>'CNT+")
    assert [one.kind for one in stretches(sent)] == [Kind.EDIFACT]
    assert [one.kind for one in stretches(DOCUMENT + sent)] == [Kind.DOCUMENT, Kind.EDIFACT]


@given(
    st.lists(
        st.sampled_from([
            DOCUMENT, BARE, EDIFACT, HEAD, b"<PNRs>", b"</PNRs>", b"<?xml ", b"<!--", b"-->", b"<![CDATA[",
            b"]]>", b"<Envelope>", b"</Envelope>", b"\x00\x1a", b"\n", b"UNB+", b"\xff\xfe",
        ]),
        max_size=6,
    )
)  # fmt: skip
def test_no_byte_is_in_no_stretch_and_none_in_two(pieces: list[bytes]) -> None:
    sent = b"".join(pieces)
    found = stretches(sent)
    if sent[:2] != b"\xff\xfe":
        assert b"".join(one.data for one in found) == sent
    assert inspect(sent, "x")
    once = scrub(sent)
    assert scrub(once) == once


@pytest.mark.parametrize(
    "unit", [b"<PNR>", b"<!--", b"<?xml ", b"<a></a>", b"\n<PNR/>", EDIFACT + b"<PNR>"]
)
def test_cutting_grows_with_the_length_only(unit: bytes) -> None:
    few, many = (
        steps(lambda: stretches(HEAD + unit * 500)),
        steps(lambda: stretches(HEAD + unit * 4_000)),
    )
    assert many <= 9 * few + 100


@pytest.mark.parametrize("unit", [b"<", b"<!", b"<-", b'<"', b"<a"])
def test_what_begins_as_xml_and_is_none_costs_no_work_for_each_character(unit: bytes) -> None:
    """All of it was the name of a root, and a search was made of that: 12 s for each MiB."""
    assert steps(lambda: stretches(unit * 20_000)) < 10_000


def test_what_stands_in_xml_that_is_not_read_keeps_nothing_that_is_denied() -> None:
    sent = SOAP % (b"<!\n[CDATA[" + EDIFACT.replace(b"CNT+", b"SSR+KSML:HK:1'CNT+") + b"]]>")
    assert [one.kind for one in stretches(sent)] == [Kind.OTHER]
    kept = scrub(sent)
    assert b"KSML" not in kept
    assert b"TIDEWELL" in kept
    assert scrub(kept) == kept
