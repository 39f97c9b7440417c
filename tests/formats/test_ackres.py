"""ACKRES read and written. All messages are invented."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import ackres, edifact
from app.formats.ackres import Acknowledgement, Reason, Response
from app.formats.edifact import Header

HEADER = Header("IATA", "GOV", "", "ZZ", "", datetime(2026, 11, 20, 12), "A1", "PNRGOV", test=False)


def read(body: str) -> Acknowledgement:
    count = body.count("'") + 2
    text = f"UNB+IATA:1+GOV+ZZ+261120:1200+1'UNH+1+ACKRES:11:1:IA+CAR'{body}UNT+{count}+1'UNZ+1+1'"
    (found,) = edifact.interchanges(text.encode())
    return ackres.read(found.messages[0])


def test_a_push_that_was_not_processed() -> None:
    found = read("MSG+:23+7'ERC+114'ERC+118'")
    assert (found.function, found.response, found.reasons) == (
        "23",
        Response.REJECTED,
        ("114", "118"),
    )
    assert (found.version, found.common_access_reference, found.faults) == ("11.1", "CAR", ())


@pytest.mark.parametrize(
    ("body", "code"),
    [("", "response_missing"), ("MSG+:23'", "response_missing"), ("MSG+:23+Q'", "response_code")],
)
def test_what_is_wrong(body: str, code: str) -> None:
    assert [fault.code for fault in read(body).faults] == [code]


def test_written_text() -> None:
    text = ackres.write(Acknowledgement(HEADER, Response.REJECTED, (Reason.FLIGHT,)))
    assert text[text.index("UNB") :] == (
        "UNB+IATA:1+GOV+ZZ+261120:1200+A1++PNRGOV'"
        "UNH+1+ACKRES:11:1:IA'MSG+:23+7'ERC+114'UNT+4+1'UNZ+1+A1'"
    )


def test_unknown_segments_are_counted() -> None:
    assert dict(read("MSG+:23+3'ORG+ZZ'").unknown) == {"ORG+ZZ": 1}


def test_write_needs_one() -> None:
    with pytest.raises(ValueError):
        ackres.write()


@given(
    st.sampled_from(["3", "7"]),
    st.lists(st.sampled_from(["103", "107", "118"]), max_size=3).map(tuple),
    st.sampled_from(["", "ZZ0046/201126/1900"]),
)
def test_what_is_written_is_read_again(
    response: str, reasons: tuple[str, ...], access: str
) -> None:
    one = Acknowledgement(HEADER, response, reasons, common_access_reference=access)
    (found,) = edifact.interchanges(ackres.write(one).encode())
    assert found.faults == []
    assert ackres.read(found.messages[0]) == one
