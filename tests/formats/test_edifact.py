"""All interchanges are invented."""

import contextlib
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.formats import edifact
from app.formats.edifact import (
    LEVEL_B,
    EdifactError,
    Interchange,
    Syntax,
    Writer,
    interchanges,
    write_segment,
)
from app.formats.edifact_model import Segment, Separators
from tests.support.steps import steps

MESSAGE = "UNH+M1+PAXLST:D:05B:UN:IATA+CAR+02:F'BGM+745'UNT+3+M1'"
PLAIN = f"UNB+UNOA:4+SENDER:ZZ+HERE+261121:1005+REF1++APIS++++1'{MESSAGE}UNZ+1+REF1'"


def one(data: bytes | str) -> Interchange:
    found = list(interchanges(data.encode() if isinstance(data, str) else data))
    assert len(found) == 1
    return found[0]


def tags(interchange: Interchange) -> list[list[str]]:
    return [[segment.tag for segment in message.segments] for message in interchange.messages]


def codes(interchange: Interchange) -> list[str]:
    faults = [*interchange.faults, *(f for m in interchange.messages for f in m.faults)]
    return [fault.code for fault in faults]


def test_header_of_interchange_and_message() -> None:
    found = one(PLAIN)
    header, message = found.header, found.messages[0]
    assert (header.sender, header.sender_qualifier, header.recipient) == ("SENDER", "ZZ", "HERE")
    assert header.prepared == datetime(2026, 11, 21, 10, 5)
    assert (header.control_reference, header.application_reference) == ("REF1", "APIS")
    assert header.test
    assert header.syntax_identifier == "UNOA"
    assert (message.type, message.version, message.release) == ("PAXLST", "D", "05B")
    assert (message.agency, message.association) == ("UN", "IATA")
    assert (message.reference, message.common_access_reference) == ("M1", "CAR")
    assert (message.sequence, message.part) == (2, "F")
    assert codes(found) == []


def test_segments_are_numbered_as_unt_counts() -> None:
    segments = one(PLAIN).messages[0].segments
    assert [(segment.tag, segment.number) for segment in segments] == [
        ("UNH", 1),
        ("BGM", 2),
        ("UNT", 3),
    ]


def test_value_counts_from_one_and_is_empty_when_absent() -> None:
    segment = Segment("NAD+FL+++ DOE :JANE", 4, Separators())
    assert segment.value(1) == "FL"
    assert segment.value(4) == "DOE"
    assert segment.value(4, 2) == "JANE"
    assert [segment.value(2), segment.value(4, 3), segment.value(9)] == ["", "", ""]
    assert segment.composite(4) == ["DOE", "JANE"]
    assert segment.composite(5) == []
    assert list(segment.repeats(3)) == [[""], ["DOE", "JANE"]]


UNA_VARIANTS = [
    ("UNA:+.? '", Syntax()),
    ("UNA:+.?*'", Syntax()),
    ("UNA:-.? '", Syntax(element="-")),
    ("UNA:*.? #", Syntax(element="*", terminator="#")),
    ("UNA:+.\\*'", Syntax(release="\\")),
    ("UNA:*.? $", Syntax(element="*", terminator="$")),
    ("UNA:-.? *", Syntax(element="-", terminator="*")),
    ("UNA:(.? '", Syntax(element="(")),
    ("UNA\x1f\x1d.  \x1c", LEVEL_B),
]


@pytest.mark.parametrize(("una", "syntax"), UNA_VARIANTS)
@pytest.mark.parametrize("with_una", [True, False])
@pytest.mark.parametrize("gap", ["", "\r\n", " "])
def test_separators_of_every_known_sender(
    una: str, syntax: Syntax, gap: str, *, with_una: bool
) -> None:
    text = PLAIN.translate(
        str.maketrans({":": syntax.component, "+": syntax.element, "'": syntax.terminator})
    )
    found = one((una + gap if with_una else "") + text)
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert found.header.sender_qualifier == "ZZ"
    assert found.messages[0].segments[1].value(1) == "745"
    assert codes(found) == []


@pytest.mark.parametrize("una", ["UNA:+\\*'", "UNA:+.? \u2019", "UNA", "UNA::::::", "UNA+:.? '"])
def test_damaged_una_gives_way_to_the_shape_of_unb(una: str) -> None:
    assert tags(one(una + PLAIN)) == [["UNH", "BGM", "UNT"]]


@pytest.mark.parametrize("una", ["", "UNA:+.?*'"])
@pytest.mark.parametrize(
    "end", ["'\u00a0", "'\r\n> ", "'\n> > ", "'\u00a0\r\n", "&#39;", "&#39;\n", "&apos;", "'|"]
)
def test_what_stands_behind_the_terminator_is_none(una: str, end: str) -> None:
    found = one((una + PLAIN).replace("'", end))
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert found.syntax == Syntax()
    assert found.messages[0].segments[1].composites() == [["745"]]
    assert codes(found) == []


def test_an_apostrophe_in_front_of_another_terminator_is_data() -> None:
    text = PLAIN.replace("'", "#").replace("#UNH", "O'#UNH", 1)
    assert one(text).syntax.terminator == "#"


def test_level_b_separators_are_not_white_space() -> None:
    table = str.maketrans({":": "\x1f", "+": "\x1d", "'": "\x1c"})
    data = PLAIN.replace("745'", "745+++'").translate(table)
    segment = one(data).messages[0].segments[1]
    assert segment.composites() == [["745"], [""], [""], [""]]
    assert one(data).syntax == LEVEL_B


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("A??:B", ["A?", "B"]),
        ("O?'NEIL", ["O'NEIL"]),
        ("A?:B", ["A:B"]),
        ("???'", ["?'"]),
        ("????", ["??"]),
        ("A?XB", ["AXB"]),
        ("?*", ["*"]),
        ("A*B", ["A*B"]),
    ],
)
def test_release_character(sent: str, read: list[str]) -> None:
    found = one(PLAIN.replace("745", sent))
    assert found.messages[0].segments[1].composites() == [read]


def test_escaped_terminator_before_unz_is_data() -> None:
    found = one(PLAIN.replace("745", "A?'UNZ+1"))
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert found.messages[0].segments[1].composites() == [["A'UNZ"], ["1"]]


def test_telegram_envelope_and_lines_wrapped_in_mid_token() -> None:
    text = PLAIN.replace("BGM", "B\r\nGM").replace("PAXLST", "PAX\nLST").replace("UNZ", "U\r\nNZ")
    found = one(
        f"QU TYOCSXH\r\n.CDGRMXH 211005\r\n\x02{text}\r\n\x03\x0c\r\nEmail secured by Us\r\n"
    )
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert found.messages[0].type == "PAXLST"
    assert codes(found) == []


def test_blanks_around_segments_and_tags() -> None:
    found = one(PLAIN.replace("UNH+", " \tUNH +").replace("BGM", "\n   BGM "))
    assert tags(found) == [["UNH", "BGM", "UNT"]]


def test_several_interchanges_with_junk_between() -> None:
    found = list(interchanges(f"log UNB {PLAIN}\n----\nUNA:+.? '\n{PLAIN} more {PLAIN}".encode()))
    assert [tags(each) for each in found] == [[["UNH", "BGM", "UNT"]]] * 3
    assert found[0].end <= found[1].start < found[1].end <= found[2].start


def test_interchange_cut_off_before_the_next_one() -> None:
    cut = PLAIN[: PLAIN.index("UNT")]
    first, second = interchanges(f"{cut}\n{PLAIN}".encode())
    assert codes(first) == ["interchange_truncated", "message_truncated"]
    assert [fault.severity for fault in first.faults] == ["error"]
    assert tags(first) == [["UNH", "BGM"]]
    assert codes(second) == []


def test_half_a_segment_is_left_out() -> None:
    found = one(PLAIN[: PLAIN.index("745") + 1])
    assert tags(found) == [["UNH"]]


def test_last_terminator_may_be_missing() -> None:
    assert codes(one(PLAIN[:-1])) == []
    assert codes(one(PLAIN[:-1] + "\r\n")) == []


def test_several_messages_and_groups() -> None:
    group = "UNG+PAXLST+A+B+261121:1005+G1+UN+D:05B'"
    second = MESSAGE.replace("M1", "M2")
    text = PLAIN.replace(MESSAGE, f"{group}{MESSAGE}{second}UNE+2+G1'")
    found = one(text)
    assert [message.reference for message in found.messages] == ["M1", "M2"]
    assert {(one.group_sender, one.group_recipient) for one in found.messages} == {("A", "B")}
    assert codes(found) == []


def test_a_message_behind_a_group_or_without_one_has_no_parties_of_a_group() -> None:
    group = "UNG+PAXLST+A+B+261121:1005+G1+UN+D:05B'"
    text = PLAIN.replace(MESSAGE, f"{group}{MESSAGE}UNE+1+G1'{MESSAGE.replace('M1', 'M2')}")
    parties = [(one.group_sender, one.group_recipient) for one in one(text).messages]
    assert parties == [("A", "B"), ("", "")]
    assert one(PLAIN).messages[0].group_sender == ""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("UNT+3", "UNT+4", "segment_count"),
        ("UNT+3+M1", "UNT+3+M2", "message_reference"),
        ("UNZ+1", "UNZ+2", "interchange_count"),
        ("UNZ+1+REF1", "UNZ+1+REF", "control_reference"),
        ("UNH+", "BGM'UNH+", "segment_outside_message"),
        ("UNZ+1", "UNT+1+M1'UNZ+1", "segment_outside_message"),
        ("UNZ+1", "UNE+2+'UNZ+1", "message_count"),
        ("UNZ+1", "UNE+1+G'UNZ+1", "group_reference"),
    ],
)
def test_wrong_trailers_are_warnings(old: str, new: str, code: str) -> None:
    found = one(PLAIN.replace(old, new))
    assert codes(found) == [code]
    faults = [*found.faults, *found.messages[0].faults]
    assert [fault.severity for fault in faults] == ["warning"]
    assert tags(found) == [["UNH", "BGM", "UNT"]]


def test_fault_positions_use_the_units_of_contrl() -> None:
    (fault,) = one(PLAIN.replace("UNT+3", "UNT+9")).messages[0].faults
    assert fault.position == edifact.Position("M1", 3, "UNT", 1, None)


@pytest.mark.parametrize(
    ("date", "time", "read"),
    [
        ("20261121", "1005", datetime(2026, 11, 21, 10, 5)),
        ("261121", "", datetime(2026, 11, 21)),
        ("000000", "0000", None),
        ("261131", "1005", None),
        ("2611", "1005", None),
        ("26112\u0661", "1005", None),
    ],
)
def test_date_of_preparation(date: str, time: str, read: datetime | None) -> None:
    assert one(PLAIN.replace("261121:1005", f"{date}:{time}")).header.prepared == read


@pytest.mark.parametrize(
    ("identifier", "data", "read", "warned"),
    [
        ("UNOA", "É".encode(), "É", True),
        ("UNOA", "É".encode("latin-1"), "É", True),
        ("UNOC", "É".encode("latin-1"), "É", False),
        ("UNOC", "É".encode(), "É", True),
        ("UNOE", "Ж".encode("iso8859_5"), "Ж", False),
        ("UNOY", "東".encode(), "東", False),
        ("UNOW", "É".encode("latin-1"), "É", True),
        ("IATA", b"A\x00B", "AB", False),
    ],
)
def test_character_sets(identifier: str, data: bytes, read: str, *, warned: bool) -> None:
    found = one(PLAIN.replace("UNOA", identifier).encode().replace(b"745", data))
    assert found.messages[0].segments[1].value(1) == read
    assert codes(found) == (["character_set"] if warned else [])


def test_private_use_characters_cannot_pass_for_escapes() -> None:
    found = one(PLAIN.replace("745", "A\ue001B?'C"))
    assert found.messages[0].segments[1].value(1) == "AB'C"


def test_utf16_file() -> None:
    assert tags(one(PLAIN.encode("utf-16"))) == [["UNH", "BGM", "UNT"]]


def test_no_interchange() -> None:
    assert list(interchanges(b"")) == []
    assert list(interchanges(b"UNB and nothing else")) == []


@pytest.mark.parametrize(
    ("filler", "code"),
    [
        ("BGM+" + "A" * (8 * 1024 * 1024) + "'", "interchange_too_long"),
        ("A'" * 200_001, "too_many_segments"),
        ("BGM" + "+" * 10_001 + "'", "segment_too_long"),
    ],
)
def test_limits(filler: str, code: str) -> None:
    with pytest.raises(EdifactError) as caught:
        list(interchanges(PLAIN.replace("BGM+745'", filler).encode()))
    assert caught.value.code == code
    assert caught.value.header
    assert caught.value.header.control_reference == one(PLAIN).header.control_reference


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        "' ",
        "'UNZ",
        "'\r\n",
        "?",
        "UNB+UNOA:4+",
        "x UNB+UNOA:4'UNZ+0'x",
        "UNA:+.? '",
        "UNA:+.? 'UNB+UNOA:4+",
    ],
)
def test_work_grows_with_the_length_of_hostile_input_only(unit: str) -> None:
    """Ten times the input costs ten times the steps; `make bench` times the same growth."""

    def cost(size: int) -> int:
        data = PLAIN.replace("745", unit * (size // len(unit))).encode()
        return steps(lambda: _read_or_refuse(data))

    assert cost(100_000) < 11 * cost(10_000) + 10_000


def _read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(EdifactError):
        assert list(interchanges(data))


# --- writing -------------------------------------------------------------------------------------

# Not transmitted: line breaks, NUL, the stand-ins; padding is cut at the ends of segments.
VALUES = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\x00\r\n\x01\x02\x03\x0b\x0c\t\ue000\ue001\ue002\ue003\ue004",
    ),
    max_size=8,
).map(lambda text: text.strip(" "))
SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from(["BGM", "NAD", "FTX"]), st.lists(st.lists(VALUES, max_size=4), max_size=5)
    ),
    max_size=6,
)


def trimmed(elements: list[list[str]]) -> list[list[str]]:
    """What the standard lets a writer leave out at the end of elements and segments."""

    def cut(values: list) -> list:
        while values and values[-1] in ("", []):
            values = values[:-1]
        return values

    return cut([cut(list(components)) for components in elements])


@given(SEGMENTS, st.sampled_from([Syntax(), Syntax(element="*", terminator="$", release="\\")]))
@example([("NAD", [["?+:'", "??"], ["A"]])], Syntax())
def test_what_is_written_is_read_again(segments: list, syntax: Syntax) -> None:
    writer = Writer(
        "A", "B", datetime(2026, 11, 21), "R?1", syntax=syntax, syntax_identifier="UNOY"
    )
    writer.begin("M1", ("PAXLST", "D", "05B"), "CAR", 1, "C")
    for tag, elements in segments:
        writer.segment(tag, *elements)
    writer.end()
    found = one(writer.close())
    assert codes(found) == []
    assert found.header.control_reference == "R?1"
    assert found.syntax == syntax
    read = found.messages[0].segments[1:-1]
    assert [segment.tag for segment in read] == [tag for tag, _ in segments]
    assert [trimmed(segment.composites()) for segment in read] == [
        trimmed(elements) for _, elements in segments
    ]


def test_write_segment_leaves_trailing_blanks_out() -> None:
    assert write_segment("NAD", "FL", "", "", ["O'NEIL", "", ""], "") == "NAD+FL+++O?'NEIL'"
    assert write_segment("SRC") == "SRC'"
    assert write_segment("A", "x\x1d\r\ny", syntax=LEVEL_B) == "A\x1dx y\x1c"


def test_writer_counts_messages_and_segments() -> None:
    writer = Writer("A", "B", datetime(2026, 11, 21, 7, 8), "R", una=False, test=True)
    for reference in ("1", "2"):
        writer.begin(reference, ("CUSRES", "D", "05B", "UN", "IATA"))
        writer.segment("BGM", "962")
        writer.end()
    assert writer.close() == (
        "UNB+UNOA:4+A+B+261121:0708+R++++++1'"
        "UNH+1+CUSRES:D:05B:UN:IATA'BGM+962'UNT+3+1'"
        "UNH+2+CUSRES:D:05B:UN:IATA'BGM+962'UNT+3+2'UNZ+2+R'"
    )


# --- any input -----------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_never_dies_on_bytes(data: bytes) -> None:
    for prefix in (b"", b"UNB+UNOA:4", b"UNA:+.? 'UNB+UNOA:4+A+B+261121:1005+R'UNH+1+PAXLST:D'"):
        list(interchanges(prefix + data))


@given(st.data())
def test_never_dies_on_a_damaged_interchange(data: st.DataObject) -> None:
    raw = bytearray(("UNA:+.? '" + PLAIN).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2))
    for interchange in interchanges(bytes(raw)):
        for message in interchange.messages:
            assert message.segments[0].tag == "UNH"
            assert [s.number for s in message.segments] == list(range(1, len(message.segments) + 1))
