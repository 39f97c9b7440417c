"""UN/EDIFACT interchanges (ISO 9735 syntax 1-4): bytes in, messages as lists of segments out.

Reads what is really sent: junk of the telegram network around the interchange, wrapped lines,
damaged or missing UNA, control-character separators (level B), several interchanges in one file.
Everything that is merely wrong becomes a `Fault`; only an interchange beyond the limits raises
`EdifactError`. All work is linear in the size of the input.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from app.formats.edifact_find import (
    LINE_END,
    MAX_INTERCHANGE_BYTES,
    PADDING,
    Found,
    as_eight_bit,
    find,
    unread,
)
from app.formats.edifact_model import (
    BLANKS,
    LEVEL_B,
    EdifactError,
    Fault,
    Header,
    Interchange,
    NumberedSegments,
    Position,
    RawMessage,
    Segment,
    Segments,
    Separators,
    Syntax,
)
from app.formats.edifact_writer import NOT_TRANSMITTED, Writer, write_segment

__all__ = [
    "BLANKS",
    "LEVEL_B",
    "EdifactError",
    "Fault",
    "Header",
    "Interchange",
    "NumberedSegments",
    "Position",
    "RawMessage",
    "Segment",
    "Segments",
    "Separators",
    "Syntax",
    "Writer",
    "interchanges",
    "unread_text",
    "write_segment",
]

MAX_SEGMENTS = 200_000
MAX_COMPONENTS = 10_000
_LONGEST_HEADER = 1000  # bytes of UNB; its elements have at most 200 characters

# Five characters stand in for escaped separators: controls that no ASCII text has, else of the private use.
# Those of the private use make a text of two bytes a character, which took twice as long to cut (measured).
_CONTROLS = 0x80
# Between two telegrams of one interchange: ETX, the addresses of the next, STX.
_HEADING = re.compile("\x03[^\x02\x03]{0,300}\x02")
_PRIVATE_USE = 0xE000

_ENCODINGS = {
    "UNOC": "iso8859_1", "UNOD": "iso8859_2", "UNOE": "iso8859_5", "UNOF": "iso8859_7",
    "UNOG": "iso8859_3", "UNOH": "iso8859_4", "UNOI": "iso8859_6", "UNOJ": "iso8859_8",
    "UNOK": "iso8859_9",
}  # fmt: skip
_PEOPLE = frozenset(
    {"UNH", "NAD", "SRC", "TIF"}
)  # tags of segments that begin a message or a person
_IDENTIFIER = re.compile(r"[A-Z]{4}\Z")
_UTF8 = frozenset({"UNOW", "UNOX", "UNOY"})
_ESCAPE = b"\x1b"  # of ISO 2022 (UNOX), by which character sets change within a text


def interchanges(data: bytes) -> Iterator[Interchange]:
    """Every interchange found in a file, in order, whatever stands around them.

    A cut-off interchange keeps its complete segments and carries an error fault. Nothing is
    yielded when there is no UNB. Raises EdifactError (`too_many_interchanges`,
    `interchange_too_long`, `too_many_segments`, `segment_too_long`) for input beyond the limits.

    Nothing given out is kept here: a reader of many interchanges holds one at a time, as the texts
    of its segments. One of 8 MiB takes 37 MB beside the input while it is cut and holds 19 MB,
    with an escape in each segment 41 and 23 MB (tracemalloc; held by `test_edifact_syntax`).
    """
    data = as_eight_bit(data)
    for found in find(data):
        try:
            yield _read(data[found.start : found.end], found)
        except EdifactError as error:
            error.header = _header_alone(data[found.start :][:_LONGEST_HEADER], found)
            raise


def unread_text(data: bytes, spans: Iterable[tuple[int, int]]) -> list[Fault]:
    """An error for each stretch outside of the interchanges (`spans`: their first and last bytes) that
    holds messages: whose UNB is damaged, or which are of another syntax.
    """
    return [
        Fault("unread_text", f"messages from byte {at} on stand in no readable interchange")
        for at in unread(as_eight_bit(data), spans)
    ]


# --- reading one interchange -------------------------------------------------------------------


def _read(raw: bytes, found: Found) -> Interchange:
    if len(raw) > MAX_INTERCHANGE_BYTES:
        raise EdifactError("interchange_too_long", "interchange is longer than 8 MiB")
    body, faults = _decode(raw, found.identifier)
    if "\x03" in body:
        body = _HEADING.sub("", body)
    syntax = found.syntax
    body, escapes = _hide_escapes(body, syntax)
    separators = Separators(syntax.element, syntax.component, escapes, syntax.terminator)
    before, *stretches = _tidy(body, syntax).split(syntax.terminator + "UN")
    del body  # it may have 8 MiB, and is held by its stretches now
    unb, *plain = before.split(syntax.terminator)
    if not unb:
        faults.append(Fault("header_truncated", "UNB is cut off"))
    start = Segment(unb or "UNB", 0, separators)
    header = _header(start)
    faults += _of_start(start, raw, syntax)
    interchange = Interchange(header, syntax, found.start, found.end, faults=faults)
    splitter = _Splitter(interchange, separators)
    splitter.take(plain, stretches, syntax.terminator)
    return splitter.finish()


def _of_start(unb: Segment, raw: bytes, syntax: Syntax) -> list[Fault]:
    """What is odd in how the interchange begins, and has been read all the same."""
    where, found = Position("", 0, "UNB", 1, 2), []
    identifier, version = unb.head(1, 2)
    if len(unb.texts) > 1 and not _IDENTIFIER.match(identifier):
        found.append(("syntax_identifier", "UNB names no syntax"))
    elif identifier and not version.isdigit():
        found.append(("syntax_version", "UNB names no version of the syntax"))
    if syntax.terminator == LINE_END and syntax.element != LEVEL_B.element:
        found.append(("segment_terminator", "segments end with their line alone"))
    if 0 <= raw.find(b"\x00") < raw.find(syntax.terminator.encode("latin-1", "replace")):
        found.append(("character_set", "NUL characters in UNB"))
    return [Fault(code, text, where, "warning") for code, text in found]


def _header_alone(raw: bytes, found: Found) -> Header:
    """UNB of an interchange that is beyond the limits."""
    body, _ = _decode(raw, found.identifier)
    body, escapes = _hide_escapes(body, found.syntax)
    text = body.partition(found.syntax.terminator)[0]
    return _header(
        Segment(text, 0, Separators(found.syntax.element, found.syntax.component, escapes))
    )


def _decode(raw: bytes, identifier: str) -> tuple[str, list[Fault]]:
    """Text without CR, LF and NUL; the declared character set is believed unless UTF-8 fits."""
    if identifier == "UNOX" and _ESCAPE in raw:
        return raw.decode("iso2022_jp_2", "replace").translate(NOT_TRANSMITTED), []
    if raw.isascii():
        body = raw.decode("ascii")
        return body.translate(NOT_TRANSMITTED) if "\x00" in body else _unwrap(body), []
    declared = _ENCODINGS.get(identifier)
    try:
        body, used = raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        used = declared or "iso8859_1"
        body = raw.decode(used, "replace")
    expected = used == (declared or "utf-8") and (declared or identifier in _UTF8)
    text = "characters outside the declared character set"
    faults = [] if expected else [Fault("character_set", text, severity="warning")]
    return body.translate(NOT_TRANSMITTED), faults


def _unwrap(body: str) -> str:
    """Telegrams wrap at 63-69 columns in the middle of tokens; CR and LF are never data."""
    if "\r" in body or "\n" in body:
        return body.replace("\r", "").replace("\n", "")
    return body


def _tidy(body: str, syntax: Syntax) -> str:
    """The complete segments, with nothing between them but one terminator.

    A last segment without terminator is cut off and left out, but for UNZ: it is often sent so.
    """
    terminator = syntax.terminator
    if body.count(terminator) > MAX_SEGMENTS:
        raise EdifactError("too_many_segments", "interchange has more than 200,000 segments")
    complete, _, rest = body.rpartition(terminator)
    if rest.strip(PADDING).startswith("UNZ"):
        complete = body
    if any(one in complete and _is_edge(one, complete, terminator) for one in PADDING):
        pieces = complete.split(terminator)
        complete = terminator.join([piece.strip(PADDING) for piece in pieces])
    if _holds_long(complete, terminator) and _too_many(complete, syntax):
        raise EdifactError("segment_too_long", "segment has more than 10,000 components")
    return complete


def _is_edge(padding: str, body: str, terminator: str) -> bool:
    """Whether it stands beside a terminator or at an end: of most texts no segment has to be stripped."""
    beside = padding + terminator in body or terminator + padding in body
    return beside or body.startswith(padding) or body.endswith(padding)


def _holds_long(body: str, terminator: str) -> bool:
    """Whether a segment may have more than 10,000 characters: then such a stretch of half of it has no end.
    A tenth of the time of measuring each.
    """
    half = MAX_COMPONENTS // 2
    starts = range(0, len(body) - half + 1, half)
    return any(body.find(terminator, start, start + half) < 0 for start in starts)


def _too_many(body: str, syntax: Syntax) -> bool:
    return any(
        text.count(syntax.element) + text.count(syntax.component) > MAX_COMPONENTS
        for text in body.split(syntax.terminator)
    )


def _hide_escapes(body: str, syntax: Syntax) -> tuple[str, dict[int, str]]:
    """Replace `?+`, `??`... by their stand-ins, from left to right; a release character before anything else goes.

    Cut at the release character: most texts have few. Looking for each pair took five times as long (measured).
    """
    release = syntax.release
    if not release or release not in body:
        return body, {}
    stand_in = _CONTROLS if body.isascii() else _PRIVATE_USE
    separators = (release, syntax.element, syntax.component, syntax.terminator, syntax.repetition)
    escapes = {number: one for number, one in enumerate(separators, stand_in) if one}
    hidden = {one: chr(number) for number, one in escapes.items()}
    first, *pieces = body.split(release)
    kept, rest = [first], iter(pieces)
    for piece in rest:
        if piece:
            kept.append(hidden.get(piece[0], piece[0]) + piece[1:])
        elif (after := next(rest, None)) is not None:  # the release character itself
            kept += hidden[release], after
    return "".join(kept), escapes


def _header(unb: Segment) -> Header:
    return Header(
        syntax_identifier=unb.value(1),
        sender=unb.value(2),
        sender_qualifier=unb.value(2, 2),
        recipient=unb.value(3),
        recipient_qualifier=unb.value(3, 2),
        prepared=_prepared(unb.value(4), unb.value(4, 2)),
        control_reference=unb.value(5),
        application_reference=unb.value(7),
        test=unb.value(11) in ("1", "01"),
        acknowledge=unb.value(9) == "1",
    )


def _prepared(date: str, time: str) -> datetime | None:
    """S004: YYMMDD (also CCYYMMDD since version 4) and HHMM; None when it is no time."""
    century = "20" if len(date) == 6 else ""
    digits = century + date + (time or "0000")[:4]
    if len(digits) != 12 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M")  # noqa: DTZ007  # UNB transmits no zone
    except ValueError:
        return None


class _Splitter:
    """Sorts the segments of one interchange into messages and checks the trailers."""

    def __init__(self, interchange: Interchange, separators: Separators) -> None:
        self.interchange = interchange
        self.separators = separators
        self.message: RawMessage | None = None
        self.groups = 0
        self.in_group = 0
        self.group_reference = ""
        self.group_parties = ("", "")
        self.closed = False

    def take(self, plain: list[str], stretches: list[str], terminator: str) -> None:
        """All segments behind UNB up to UNZ: those before the next `UN`, and what each `UN` begins. What
        stands between two service segments goes at once.
        """
        self._take_plain(plain)
        for stretch in stretches:
            pieces = stretch.split(terminator)
            self._take_service("UN" + pieces[0])
            if self.closed:
                return
            pieces[0] = ""
            self._take_plain(pieces)

    def _take_plain(self, pieces: list[str]) -> None:
        """Of which the empty ones are none."""
        if self.message:
            self.message.segments.add(filter(None, pieces))
        elif texts := [*filter(None, pieces)]:
            # a stretch of them is one fault, and an error if people are lost with it
            where = Position("", 0, texts[0][:3])
            lost = any(text[:3].upper() in _PEOPLE for text in texts)
            fault = Fault(
                "segment_outside_message", "segments outside of any message", where,
                "error" if lost else "warning",
            )  # fmt: skip
            self.interchange.faults.append(fault)

    def _take_service(self, text: str) -> None:
        number = len(self.message.segments) + 1 if self.message else 0
        segment = Segment(text, number, self.separators)
        match segment.tag:
            case "UNH":
                self._begin(text)
            case "UNT":
                self._end(text, segment)
            case "UNG" | "UNE" | "UNZ":
                self._cut_off()
                self._service(segment)
            case _:
                self._take_plain([text])

    def finish(self) -> Interchange:
        self._cut_off()
        if not self.closed:
            text = "interchange ends without UNZ"
            self.interchange.faults.append(Fault("interchange_truncated", text))
        return self.interchange

    def _begin(self, text: str) -> None:
        self._cut_off()
        self.in_group += 1
        self.message = _message(self.interchange.header, Segments(self.separators, [text]))
        self.message.group_sender, self.message.group_recipient = self.group_parties
        self.interchange.messages.append(self.message)

    def _end(self, text: str, unt: Segment) -> None:
        message = self.message
        if message is None:
            self._warn("segment_outside_message", "UNT without UNH", _place(unt))
            return
        message.segments.add([text])
        if _number(unt.value(1)) != unt.number:
            self._mismatch(message, unt, 1, "segment_count", "UNT counts other segments")
        if unt.value(2) != message.reference:
            self._mismatch(message, unt, 2, "message_reference", "UNT has not UNH's reference")
        self.message = None

    def _cut_off(self) -> None:
        if self.message:
            last = self.message.segments[-1]
            where = self.message.position(last)
            fault = Fault("message_truncated", "message ends without UNT", where)
            self.message.faults.append(fault)
            self.message = None

    def _service(self, segment: Segment) -> None:
        match segment.tag:
            case "UNG":
                self.groups += 1
                self.in_group = 0
                self.group_reference = segment.value(5)
                self.group_parties = (segment.value(2), segment.value(3))
            case "UNE":
                if _number(segment.value(1)) != self.in_group:
                    self._warn("message_count", "UNE counts other messages", _place(segment, 1))
                if segment.value(2) != self.group_reference:
                    self._warn("group_reference", "UNE has not UNG's reference", _place(segment, 2))
                self.group_parties = ("", "")
            case _:
                self._close(segment)

    def _close(self, unz: Segment) -> None:
        self.closed = True
        if _number(unz.value(1)) != (self.groups or len(self.interchange.messages)):
            self._warn("interchange_count", "UNZ counts other messages or groups", _place(unz, 1))
        if unz.value(2) != self.interchange.header.control_reference:
            self._warn("control_reference", "UNZ has not UNB's reference", _place(unz, 2))

    def _warn(self, code: str, text: str, where: Position) -> None:
        self.interchange.faults.append(Fault(code, text, where, "warning"))

    @staticmethod
    def _mismatch(message: RawMessage, unt: Segment, element: int, code: str, text: str) -> None:
        where = message.position(unt, element)
        message.faults.append(Fault(code, text, where, "warning"))


def _place(segment: Segment, element: int | None = None) -> Position:
    return Position("", 0, segment.tag[:3], element)


def _message(header: Header, segments: Segments) -> RawMessage:
    unh = segments[0]
    return RawMessage(
        interchange=header,
        type=unh.value(2).upper().replace(" ", ""),  # of a broken line
        version=unh.value(2, 2),
        release=unh.value(2, 3),
        agency=unh.value(2, 4),
        association=unh.value(2, 5),
        reference=unh.value(1),
        common_access_reference=unh.value(3),
        sequence=_number(unh.value(4)),
        part=unh.value(4, 2).upper(),
        segments=segments,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
