"""What carriers do to the syntax: every sentence that is not tested in `test_edifact`. All invented."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.formats import edifact_find
from app.formats.edifact import LEVEL_B, Interchange, Position, Syntax, Writer, interchanges
from tests.formats.test_edifact import MESSAGE, PLAIN, SEGMENTS, codes, one, tags, trimmed

PUSH = PLAIN.replace("UNOA:4", "IATA:1").replace("APIS", "PNRGOV")


def value(found: Interchange, element: int = 1) -> str:
    return found.messages[0].segments[1].value(element)


# --- UNA and separators --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "una", ["UNA:+\\*'", "UNA:+.\\*\u2019", "UNA:+.\\ ", "UNA:+.\\*'", "UNA :+.\\*'"]
)
def test_a_damaged_una_still_tells_that_the_release_character_is_a_backslash(una: str) -> None:
    found = one(una + PUSH.replace("745", r"O\'NEIL \*\+\\"))
    assert value(found) == r"O'NEIL *+" + "\\"
    assert codes(found) == []


@pytest.mark.parametrize("una", ["UNA:+.?*'", "UNA:+.? \u2019", ""])
def test_a_backslash_is_data_where_nobody_says_that_it_releases(una: str) -> None:
    assert value(one(una + PLAIN.replace("745", r"A\B?'"))) == r"A\B'"


def test_a_whole_interchange_in_lower_case_is_read() -> None:
    assert tags(one(PLAIN.lower())) == tags(one(PLAIN))
    assert one(PLAIN.lower()).header == one(PLAIN).header


def test_lower_case_in_front_of_an_interchange_changes_nothing_in_it() -> None:
    mixed = PLAIN.replace("745", "7a5")
    assert value(one("unb+unoa:4 was lost\n" + mixed)) == "7a5"


@pytest.mark.parametrize("wrap", ["", "\r\n"])
def test_terminators_that_a_word_processor_made_typographic_quotes_are_terminators(
    wrap: str,
) -> None:
    found = one(PLAIN.replace("'", "\u2019" + wrap))
    assert (tags(found), codes(found)) == (tags(one(PLAIN)), [])


def test_a_typographic_quote_in_a_name_ends_nothing() -> None:
    assert value(one(PLAIN.replace("745", "O\u2019NEIL"))) == "O\u2019NEIL"


def test_una_whose_separators_are_not_those_of_unb_is_not_believed() -> None:
    assert one("UNA:*.? '" + PLAIN).syntax == Syntax()
    assert one("UNA:+.? #" + PLAIN).syntax.terminator == "'"


def test_a_separator_of_unb_is_never_the_release_character() -> None:
    text = PLAIN.replace("+", "?")
    assert one(text).syntax == Syntax(element="?", release="")


def test_release_none_in_una_makes_question_marks_data() -> None:
    found = one("UNA:+.  '" + PLAIN.replace("745", "WHY?"))
    assert (found.syntax.release, value(found)) == ("", "WHY?")


@pytest.mark.parametrize("una", ["", "UNA\x1f\x1d.  \x1c", "UNA\x1f\x1d. \x19\x1c"])
def test_level_b_inside_a_wrapped_telegram(una: str) -> None:
    text = PLAIN.replace("UNOA", "UNOB").replace("745", "A'+:?B")
    body = text.replace("UNH", "U\r\nNH")
    table = str.maketrans({":": "\x1f", "+": "\x1d", "'": "\x1c"})
    table_of_data = "A'+:?B".translate(table)
    found = one(una + body.translate(table).replace(table_of_data, "A'+:?B"))
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert value(found) == "A'+:?B"
    assert found.syntax.release == ""
    assert codes(found) == []


# --- release character ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("A?\r\n'B", "A'B"),  # the line ends between release character and released one
        ("A?\r\n?'B", "A?"),
        ("A?\n+B", "A+B"),
        ("AB??", "AB?"),  # before the terminator a pair releases nothing
        ("AB?", None),  # the terminator is data: BGM swallows UNT
        ("?", None),
        ("??", "?"),
        ("?A?B", "AB"),
        ("A?\u00e9", "A\u00e9"),
        ("????'", "??"),
    ],
)
def test_release_character_in_every_position(sent: str, read: str | None) -> None:
    found = one(PLAIN.replace("745", sent))
    if read is None:
        assert tags(found)[0][:2] == ["UNH", "BGM"]
        assert "UNT" not in tags(found)[0]
        assert value(found).endswith("'UNT")
    else:
        assert value(found) == read


def test_release_character_before_nothing() -> None:
    found = one(PLAIN[: PLAIN.index("UNT")] + "FTX+A?")
    assert tags(found) == [["UNH", "BGM"]]


def test_release_character_in_tag_and_header() -> None:
    found = one(PLAIN.replace("SENDER", "SEN?+DER").replace("REF1", "R?'1").replace("BGM", "B?GM"))
    assert found.header.sender == "SEN+DER"
    assert found.header.control_reference == "R'1"
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert codes(found) == []


@pytest.mark.parametrize("data", ["A??", "A????", "A??\r\n", "?+?:??"])
def test_a_pair_before_the_trailer_hides_no_trailer(data: str) -> None:
    """The end is found where it is: what follows belongs to nobody."""
    text = PLAIN.replace("UNT+3+M1'", f"FTX+{data}'")
    first, second = interchanges(f"{text}junk {PLAIN}".encode())
    assert first.end == len(text)
    assert codes(second) == []


@pytest.mark.parametrize("data", ["A?", "A???", "A?\r\n"])
def test_a_released_terminator_before_the_letters_of_a_trailer_is_data(data: str) -> None:
    text = PLAIN.replace("745'UNT", f"{data}'UNZ+1'UNT")
    assert tags(one(text)) == [["UNH", "BGM", "UNT"]]
    assert one(text).end == len(text)


def test_released_terminator_directly_before_the_real_trailer() -> None:
    text = PLAIN.replace("UNT+3+M1'", "FTX+A?'UNZ+1'")
    assert one(text).end == len(text)


# --- wrapping, envelopes -------------------------------------------------------------------------


@pytest.mark.parametrize("width", [*range(3, 90, 2), 69, 80])
def test_records_of_any_width_break_tokens_anywhere(width: int) -> None:
    text = f"UNA:+.? '{PLAIN}{PLAIN}"
    wrapped = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert list(map(codes, interchanges(wrapped.encode()))) == [[], []]


def test_blanks_at_a_wrap_are_data() -> None:
    assert value(one(PLAIN.replace("745", "ROSE \r\nMARY"))) == "ROSE MARY"
    assert value(one(PLAIN.replace("745", "ROSE\r\nMARY"))) == "ROSEMARY"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("QU TYOCSXH\r\n.CDGRMXH 211005\r\n\x02", "\r\n\x03\x0c"),
        ("QD AAABBCC DDDEEFF\n.ORIGINX 211005 NOV26\n", "\n\x03\n"),
        ("2026-11-21 10:05:01 INFO received: ", " (214 bytes)"),
        ("", "\r\n______________________\r\nEmail secured by Us"),
        ("\ufeff", "\x1a"),
        ("UNAUTHORISED USE OF UNBOUND DATA\n", "\nUNZ not here"),
    ],
)
def test_transport_envelopes(before: str, after: str) -> None:
    found = one(before + PLAIN + after)
    assert tags(found) == [["UNH", "BGM", "UNT"]]
    assert codes(found) == []
    assert (before + PLAIN + after).encode()[found.start : found.end].decode() == PLAIN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_with_and_without_mark(encoding: str) -> None:
    text = PLAIN.replace("UNOA", "UNOY").replace("745", "ÉÅ東")
    assert value(one(text.encode(encoding))) == "ÉÅ東"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark_behind_a_heading(encoding: str) -> None:
    text = "QU NRTAAXH\r\n.LAXBBXH 280700\r\n" + PLAIN.replace("UNOA", "UNOY").replace("745", "Å東")
    assert value(one(text.encode(encoding))) == "Å東"


def test_one_interchange_in_eight_bits_is_not_lost_by_another_in_sixteen() -> None:
    mixed = PLAIN.encode() + PLAIN.encode("utf-16-le")
    assert value(next(iter(interchanges(mixed)))) == value(one(PLAIN.encode()))


def test_an_interchange_that_goes_on_in_a_second_telegram() -> None:
    heading = "\r\n\x03\r\nQU NRTAAXH\r\n.LAXBBXH 280700\r\n\x02"
    assert value(one(PLAIN.replace("745", f"7{heading}45").encode())) == value(one(PLAIN.encode()))


# --- service segments ----------------------------------------------------------------------------


def test_elements_of_unb_that_senders_leave_out_or_overfill() -> None:
    found = one(PUSH.replace("+HERE+", "++").replace("REF1", "A CONTROL REFERENCE OF MANY"))
    assert found.header.recipient == ""
    assert found.header.control_reference == "A CONTROL REFERENCE OF MANY"
    assert found.header.syntax_identifier == "IATA"
    assert codes(found) == []


def test_a_sender_may_ask_for_an_acknowledgement() -> None:
    assert not one(PLAIN).header.acknowledge
    assert one(PLAIN.replace("APIS++++1", "APIS++1++1")).header.acknowledge


def test_an_interchange_without_application_reference_is_no_test() -> None:
    found = one(PLAIN.replace("++APIS++++1", ""))
    assert (found.header.application_reference, found.header.test) == ("", False)


def test_groups_count_their_own_messages() -> None:
    second = MESSAGE.replace("M1", "M2")
    body = f"UNG+PAXLST++++G1'{MESSAGE}UNE+1+G1'UNG +PAXLST++++G2'{second}{second}UNE+2+G2'"
    found = one(PLAIN.replace(MESSAGE, body).replace("UNZ+1", "UNZ+2"))
    assert [message.reference for message in found.messages] == ["M1", "M2", "M2"]
    assert codes(found) == []


@pytest.mark.parametrize(
    ("old", "new", "position"),
    [
        ("UNZ+1+", "UNZ+9+", Position("", 0, "UNZ", 1)),
        ("UNZ+1+REF1", "UNZ+1+OTHER", Position("", 0, "UNZ", 2)),
        ("UNZ", "UNE+4+'UNZ", Position("", 0, "UNE", 1)),
        ("UNZ", "UNE+1+G'UNZ", Position("", 0, "UNE", 2)),
        ("UNZ", "AAA+1'BBB'UNZ", Position("", 0, "AAA")),
        ("UNT+3+", "UNT+9+", Position("M1", 3, "UNT", 1)),
        ("UNT+3+M1", "UNT+3+M9", Position("M1", 3, "UNT", 2)),
    ],
)
def test_every_warning_says_where(old: str, new: str, position: Position) -> None:
    found = one(PLAIN.replace(old, new))
    (fault,) = [*found.faults, *found.messages[0].faults]
    assert (fault.position, fault.severity) == (position, "warning")


def test_a_position_holds_three_characters_of_a_tag_at_most() -> None:
    found = one(PLAIN[: PLAIN.index("UNT")] + "LOVELY ADA 19800514'")
    (fault,) = found.messages[0].faults
    assert fault.position == Position("M1", 3, "LOV")


def test_segments_between_messages_make_one_fault() -> None:
    found = one(PLAIN.replace("UNZ", "AAA'" * 1000 + "UNZ"))
    assert codes(found) == ["segment_outside_message"]


# --- character sets ------------------------------------------------------------------------------

DECLARED = {
    "UNOC": ("iso8859_1", "Åé"), "UNOD": ("iso8859_2", "Łő"), "UNOE": ("iso8859_5", "Жя"),
    "UNOF": ("iso8859_7", "Ωλ"), "UNOG": ("iso8859_3", "Ħĝ"), "UNOH": ("iso8859_4", "Ķū"),
    "UNOI": ("iso8859_6", "عب"), "UNOJ": ("iso8859_8", "אב"), "UNOK": ("iso8859_9", "İş"),
    "UNOW": ("utf-8", "東Ł"), "UNOX": ("iso2022_jp_2", "東京"), "UNOY": ("utf-8", "東Ł"),
}  # fmt: skip


@pytest.mark.parametrize("identifier", DECLARED)
def test_declared_character_sets(identifier: str) -> None:
    encoding, text = DECLARED[identifier]
    found = one(PLAIN.replace("UNOA", identifier).replace("745", text).encode(encoding))
    assert value(found) == text
    assert codes(found) == []


@pytest.mark.parametrize("identifier", ["UNOA", "UNOB", "IATA", "IATB", "SIRE"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_real_character_sets_of_senders_that_declare_ascii(identifier: str, encoding: str) -> None:
    found = one(PLAIN.replace("UNOA", identifier).replace("745", "É").encode(encoding))
    assert value(found) == "É"
    assert codes(found) == ["character_set"]


@pytest.mark.parametrize("identifier", ["UNOA", "SIRE"])
def test_marks_outside_of_unoa_are_read_as_they_are(identifier: str) -> None:
    found = one(PLAIN.replace("UNOA", identifier).replace("745", "ada@example.org #1"))
    assert value(found) == "ada@example.org #1"
    assert codes(found) == []


# --- writing and reading with any separators -----------------------------------------------------

MARKS = st.permutations(list("+:'?*#$(-\\|;~!")).map(
    lambda marks: Syntax(marks[0], marks[1], ".", marks[2], "*", marks[3])
)
SYNTAXES = (
    MARKS
    | MARKS.map(lambda s: Syntax(s.component, s.element, ".", "", "", s.terminator))
    | st.sampled_from([Syntax(), LEVEL_B, Syntax("\x1f", "\x1d", ".", "?", "\x19", "\x1c")])
)


def as_sent(text: str, syntax: Syntax) -> str:
    """Without release character a separator cannot be sent: the writer puts a blank."""
    if not syntax.release:
        for separator in (syntax.component, syntax.element, syntax.terminator):
            text = text.replace(separator, " ")
    return text


@given(SEGMENTS, SYNTAXES)
@example([("FTX", [["?", "??", "?'"], ["'"], ["+:"]])], Syntax())
@example([("FTX", [["A\x1cB", "\x1d", "\x1f"], ["?"]])], LEVEL_B)
@example([("FTX", [["A'B"]])], Syntax(release=""))
def test_what_is_written_with_any_separators_is_read_again(segments: list, syntax: Syntax) -> None:
    writer = Writer("A", "B", datetime(2026, 11, 21), "R1", syntax=syntax, syntax_identifier="UNOY")
    writer.begin("M1", ("PAXLST", "D", "05B"))
    for tag, elements in segments:
        writer.segment(tag, *elements)
    writer.end()
    text = writer.close()
    found = one(text)
    assert codes(found) == []
    assert (found.syntax, found.end) == (syntax, len(text.encode()))
    read = [trimmed(segment.composites()) for segment in found.messages[0].segments[1:-1]]
    sent = [[[as_sent(v, syntax) for v in e] for e in elements] for _, elements in segments]
    assert stripped(read) == stripped(map(trimmed, sent))


def stripped(segments: object) -> list:
    """Blanks at the ends of segments go: what is compared loses them on both sides."""
    return [[[c.strip(" ") for c in element] for element in one_] for one_ in segments]  # type: ignore[attr-defined]


# --- size ----------------------------------------------------------------------------------------


def of_size(size: int) -> bytes:
    unit = "NAD+FL+++LOVELY:ADA'DTM+329:800514'NAT+2+GBR'FTX+AAI+++" + "X" * 130 + "'"
    return PLAIN.replace("BGM+745'", "BGM+745'" + unit * (size // len(unit))).encode()


def peak(work: Iterator[object]) -> int:
    tracemalloc.start()
    try:
        for _ in work:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_interchange_of_8_mib_takes_five_times_its_size() -> None:
    """Counted by the allocator: text of the file, of the interchange, and of each segment."""
    data = of_size(edifact_find.MAX_INTERCHANGE_BYTES - 1000)
    assert len(data) > 8_000_000
    assert peak(interchanges(data)) < 5.5 * len(data)
    tracemalloc.start()
    held = list(interchanges(data))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 2.7 * len(data)
    assert sum(len(message.segments) for message in held[0].messages) > 180_000


def test_of_many_interchanges_one_at_a_time_is_in_memory() -> None:
    data = of_size(100_000)
    few, many = (peak(interchanges(data * count)) - count * len(data) for count in (2, 20))
    assert many < 1.5 * few


@pytest.mark.parametrize("limit", ["segments", "components"])
def test_what_is_just_within_the_limits_is_read(limit: str) -> None:
    body = "A'" * 199_990 if limit == "segments" else "FTX" + "+" * 10_000 + "'"
    found = one(PLAIN.replace("BGM+745'", body))
    assert len(found.messages[0].segments) == (199_992 if limit == "segments" else 3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("UNOA:4+", "UNOA+"), "syntax_version"),
        (("UNB+", "UNB\x00+"), "character_set"),
        (("UNB+", "UNB+\x00\x00"), "character_set"),
        (("'", "\n"), "segment_terminator"),
        (("'", "\r\n"), "segment_terminator"),
    ],
)
@pytest.mark.parametrize("una", ["", "UNA:+.? '"])
def test_odd_beginnings_are_read_with_a_finding(
    change: tuple[str, str], code: str, una: str
) -> None:
    sent = PLAIN.replace(*change)
    head = una.replace(*change) if "'" in change[0] else una
    plain, odd = one(PLAIN), one(head + sent)
    assert codes(plain) == []
    assert codes(odd) == [code]
    assert all(fault.severity == "warning" for fault in odd.faults)
    assert odd.header == plain.header
    assert [s.texts for s in odd.messages[0].segments] == [
        s.texts for s in plain.messages[0].segments
    ]
    assert odd.messages[0].faults == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("UNOAX:4", "syntax_identifier"),
        ("UNO:4", "syntax_identifier"),
        ("unoa:4", "syntax_identifier"),
        (":", "syntax_identifier"),
        ("", "syntax_identifier"),
        ("UNOA:A", "syntax_version"),
    ],
)
@pytest.mark.parametrize("una", ["", "UNA:+.? '"])
def test_an_odd_name_of_the_syntax_is_a_warning(sent: str, code: str, una: str) -> None:
    plain, odd = one(PLAIN), one(una + PLAIN.replace("UNOA:4", sent))
    assert codes(odd) == [code]
    assert replace(odd.header, syntax_identifier="UNOA") == plain.header
    assert tags(odd) == tags(plain)


def test_what_follows_unb_in_a_text_is_no_header_without_date_and_time() -> None:
    found = one(PLAIN.replace("BGM+745'", "FTX+AAI+++UNB+ANY+A+B+NO DAY:NO TIME+1'"))
    assert len(found.messages) == 1
    assert codes(found) == []


@pytest.mark.parametrize("text", [PLAIN, PUSH])
def test_lower_case_of_the_whole_or_of_unb_alone(text: str) -> None:
    whole = text.lower()
    head, _, rest = text.partition("+")
    for sent in (
        whole,
        f"UNA:+.? '{whole}",
        head.lower() + "+" + rest,
        text.replace("UNB+", "unb+"),
    ):
        assert tags(one(sent)) == tags(one(text))
    assert one(head.lower() + "+" + rest.replace("745", "Ada")).header == one(text).header


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_that_end_segments_in_either_case(end: str) -> None:
    for text in (PLAIN, PLAIN.lower()):
        found = one(text.replace("'", end))
        assert tags(found) == tags(one(PLAIN))
        assert codes(found) == ["segment_terminator"]


@pytest.mark.parametrize("quote", ["\u2018", "\u2019"])
def test_typographic_quotes_end_segments(quote: str) -> None:
    left, _, right = PLAIN.partition("'")
    for text in (PLAIN.replace("'", quote), left + "\u2018" + right.replace("'", "\u2019")):
        assert tags(one(text)) == tags(one(PLAIN))


LONG = PLAIN.replace("BGM+745'", "BGM+745'" + "NAD+FL+++LOVELY:ADA ROSE'DTM+329:800514'" * 9)


@pytest.mark.parametrize("width", [30, 31, 63, 64, 69])
@pytest.mark.parametrize("wrap", [" \r\n", " \n", "\r\n ", "\n "])
def test_a_blank_at_each_broken_line_is_no_data(width: int, wrap: str) -> None:
    lines = [LONG[at : at + width] for at in range(0, len(LONG), width)]
    found = one("QU TYOCSXH\r\n.CDGRMXH 211005\r\n\x02" + wrap.join(lines))
    assert [each.texts for each in found.messages[0].segments] == [
        each.texts for each in one(LONG).messages[0].segments
    ]


def test_a_blank_within_the_type_of_a_message() -> None:
    assert one(PLAIN.replace("PAXLST", "P \r\nAXLST")).messages[0].type == "PAXLST"


def test_a_name_with_an_apostrophe_does_not_end_its_line() -> None:
    sent = PLAIN.replace("'", "\n").replace("BGM+745\n", "BGM+745\nNAD+FL+++O'NEIL:ADA\n")
    (found,) = [s for s in one(sent).messages[0].segments if s.tag == "NAD"]
    assert found.value(4) == "O'NEIL"


def test_a_word_like_unb_without_version_in_a_text_begins_nothing() -> None:
    found = one(PLAIN.replace("BGM+745'", "FTX+AAI+++UNB+UNOA+TEXT'"))
    assert len(found.messages) == 1
    assert codes(found) == []


# Of what interchanges consist, in pieces: whole ones come about often enough.
_PIECES = st.sampled_from(
    ["UNB+UNOA:4+A+B+260101:1200+1", "UNA:+.? '", "'", "UNZ+1+1'", "UNH+1+PAXLST'", "?", "?'", " ", "UNZ", "UN", "+"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_interchanges_are_found_alike_whether_lines_may_be_broken_or_not(text: str) -> None:
    def spans(data: str) -> list[tuple[int, int]]:
        found = edifact_find.find(data.encode())
        return [(one.start, min(one.end, len(text))) for one in found]

    assert spans(text) == spans(text + "\n")
