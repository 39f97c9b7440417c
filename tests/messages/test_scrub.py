"""What is taken out of a transmission before it is kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import edifact, paxlst, pnrgov
from app.formats.pnrgov.record import SpecialService
from app.messages.receive import sealing_context
from app.messages.scrub import scrub
from tests.messages.airline import api, booking, person, push, traveller
from tests.messages.conftest import Post

CARD = "4111111111111111"
HEAD = "UNB+IATA:1+ZZ+GOV+260309:1200+R1++PNRGOV'UNH+1+PNRGOV:11:1:IA'MSG+:22'SRC'RCI+ZZ:AB12CD'"
TAIL = "UNT+5+1'UNZ+1+R1'"


def scrubbed(segments: str) -> str:
    text = scrub((HEAD + segments + TAIL).encode()).decode()
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    return text[len(HEAD) : -len(TAIL)]


@pytest.mark.parametrize(
    "segment",
    [
        "SSR+KSML:HK:1:ZZ'",
        "SSR+WCHR:HK:1:ZZ:::::CANNOT WALK'",
        "S\r\nSR+AV\r\nML:HK:1:ZZ'",
        " SSR+VGML:HK:1'",
        "\x02SSR+VGML:HK:1'",
        "S?SR+VG?ML:HK:1'",
        "IFT+4:28::ZZ+SSR KS?ML ZZ HK1'",
        "IFT+4:28::ZZ+SSR KSML ZZ HK1'",
        "LTS+0/O/SSR AVMLZZNN1/KOSHER MEAL?'S'",
    ],
)
def test_faith_and_health_are_taken_out(segment: str) -> None:
    assert scrubbed(segment + "TIF+A+B:A'") == "TIF+A+B:A'"


@pytest.mark.parametrize(
    "segment",
    ["SSR+DOCS:HK:1:ZZ:::::/P/AUS/L1234567'", "IFT+4:28::ZZ+O?'NEIL??'", "TIF+SSR+KSML:A'", "DAT'"],
)
def test_everything_else_stays(segment: str) -> None:
    assert scrubbed(segment) == segment


@pytest.mark.parametrize("tag", ["FOP+CC::410.00:VI:{}:0528'", "LTS+F/FP CCVI{}/0528'"])
def test_card_numbers_are_masked(tag: str) -> None:
    kept = scrubbed(tag.format(CARD))
    assert CARD not in kept
    assert kept.startswith(tag[:4])
    assert "1111" in kept


def test_lists_stay_as_they_came() -> None:
    raw = b"junk\r\n" + api(person()) + b"\r\nmore"
    assert scrub(raw) == raw


@pytest.mark.parametrize("remark", ["SSR WCHR ZZ HK1", "KOSHER MEAL", "CARD " + CARD, "A1"])
def test_remarks_of_a_list_are_treated_as_those_of_a_booking(remark: str) -> None:
    """The reader and what is kept agree: nothing denied is in either."""
    sent = api(person()).replace(b"ATT+2", f"FTX+AAI+++{remark}'ATT+2".encode(), 1)
    kept = scrub(sent)
    [known], [stored] = (
        paxlst.read(next(edifact.interchanges(one)).messages[0]).persons for one in (sent, kept)
    )
    assert known.remarks == stored.remarks
    told = "".join(text for _, text in known.remarks)
    assert CARD not in told + kept.decode()
    assert (told == remark, known.remarks_dropped) == {
        "A1": (True, 0), "CARD " + CARD: (False, 0),
    }.get(remark, (False, 1))  # fmt: skip


def test_what_is_kept_reads_as_before() -> None:
    raw = b"\x01QU\r\n" + push(booking(traveller(number="L1234567"))) + api(person()) + b"\x03"
    assert scrub(raw) == raw
    meal = SpecialService("KSML", "HK", 1, "ZZ", traveller=0)
    sent = push(booking(replace(traveller(), services=(meal,))))
    kept = scrub(sent)
    assert b"KSML" not in kept
    before, after = (
        pnrgov.read(next(edifact.interchanges(one)).messages[0]) for one in (sent, kept)
    )
    assert (before.records[0].travellers, after.records[0].dropped) == (
        after.records[0].travellers, 0,
    )  # fmt: skip


def test_what_cannot_be_read_any_further_has_lost_them_too() -> None:
    first = (HEAD + TAIL).encode()
    endless = "UNB+IATA:1+ZZ+GOV+260309:1200+R2++PNRGOV'" + "AAA'" * 200_001
    rest = f"SSR+KSML:HK:1:ZZ'FOP+CC::410.00:VI:{CARD}:0528'{CARD}"
    kept = scrub(first + (endless + rest).encode())
    assert kept.startswith(first)
    assert b"KSML" not in kept
    assert CARD.encode() not in kept
    with pytest.raises(edifact.EdifactError):
        list(edifact.interchanges(endless.encode()))


def test_the_stored_transmission_has_lost_them(post: Post) -> None:
    meal = SpecialService("KSML", "HK", 1, "ZZ", traveller=0)
    message = post.send(push(booking(replace(traveller(), services=(meal,)))))
    assert message.raw is not None
    kept = post.vault.open(message.raw, sealing_context(message.id))
    assert b"KSML" not in kept
    assert b"QUILLFEATHER" in kept


@given(st.binary(max_size=300))
def test_any_bytes_come_through(data: bytes) -> None:
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert scrub(data) == data


@given(st.text(alphabet="SRIFTLKMLAV+:?' \r\n4", max_size=60))
def test_any_segments_come_through(text: str) -> None:
    once = scrub((HEAD + text + TAIL).encode())
    assert scrub(once) == once
