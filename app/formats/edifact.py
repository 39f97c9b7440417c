"""UN/EDIFACT interchanges (ISO 9735 syntax 1-4): bytes in, messages as lists of segments out.

Reads what is really sent: junk of the telegram network around the interchange, wrapped lines,
damaged or missing UNA, control-character separators (level B), several interchanges in one file.
Everything that is merely wrong becomes a `Fault`; only an interchange beyond the limits raises
`EdifactError`. All work is linear in the size of the input.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime

from app.formats.edifact_model import (
    BLANKS,
    LEVEL_B,
    EdifactError,
    Fault,
    Header,
    Interchange,
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
    "Position",
    "RawMessage",
    "Segment",
    "Segments",
    "Syntax",
    "Writer",
    "interchanges",
    "write_segment",
]

MAX_INTERCHANGE_BYTES = 8 * 1024 * 1024
MAX_SEGMENTS = 200_000
MAX_INTERCHANGES = 10_000  # of a file; more are junk that would be read for minutes
MAX_COMPONENTS = 10_000

_PADDING = " \t\x01\x02\x03\x0b\x0c"

_NOT_DATA = r"[^A-Za-z0-9 \t\r\n\x00]"
_UNB = re.compile(rf"UNB ?({_NOT_DATA})([A-Z]{{4}})({_NOT_DATA})\d")
_NEXT_HEADER = re.compile(rf"({_NOT_DATA})[ \t\r\n]*UN[GH][ \r\n]*{_NOT_DATA}")
# What may stand before an interchange that begins inside another one that was cut off.
_BOUNDARIES = frozenset("\r\n\x01\x02\x03\x0b\x0c\x1c'\"#$*")

_PRIVATE_USE = 0xE000  # five private-use characters stand in for escaped separators

_ENCODINGS = {
    "UNOC": "iso8859_1", "UNOD": "iso8859_2", "UNOE": "iso8859_5", "UNOF": "iso8859_7",
    "UNOG": "iso8859_3", "UNOH": "iso8859_4", "UNOI": "iso8859_6", "UNOJ": "iso8859_8",
    "UNOK": "iso8859_9",
}  # fmt: skip
_UTF8 = frozenset({"UNOW", "UNOX", "UNOY"})


def interchanges(data: bytes) -> Iterator[Interchange]:
    """Every interchange found in a file, in order, whatever stands around them.

    A cut-off interchange keeps its complete segments and carries an error fault. Nothing is
    yielded when there is no UNB. Raises EdifactError (`too_many_interchanges`,
    `interchange_too_long`, `too_many_segments`, `segment_too_long`) for input beyond the limits.
    """
    data = _as_eight_bit(data)
    text = data.decode("latin-1")  # one character per byte: offsets serve both
    boundaries = _boundaries(text)
    unb = _UNB.search(text)
    count = 0
    while unb:
        count += 1
        _check_number(count)
        start = unb.start()
        syntax = _detect(text, unb)
        limit = boundaries[bisect_right(boundaries, start)]
        end = _end_of_interchange(text, unb.end(), limit, syntax)
        if end - start > MAX_INTERCHANGE_BYTES:
            raise EdifactError("interchange_too_long", "interchange is longer than 8 MiB")
        yield _read(data[start:end], unb[2], syntax, start, end)
        unb = _UNB.search(text, end)


def _check_number(count: int) -> None:
    if count > MAX_INTERCHANGES:
        raise EdifactError("too_many_interchanges", "file holds more than 10,000 interchanges")


# --- finding the interchange -------------------------------------------------------------------


def _as_eight_bit(data: bytes) -> bytes:
    """Files saved as UTF-16 exist; everything else keeps its separators in ASCII."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data


def _detect(text: str, unb: re.Match[str]) -> Syntax:
    """The separators: from UNA only if UNB itself agrees with them, else from UNB's shape."""
    una, element, component = _before(text, unb.start())[1], unb[1], unb[3]
    if una and _agrees(una, element, component, text[unb.end() : unb.end() + 400]):
        return Syntax(*(part.strip(BLANKS) for part in una))
    if element == "\x1d":
        return LEVEL_B
    header = _NEXT_HEADER.search(text, unb.end(), unb.end() + 2000)
    terminator = header[1] if header else "'"
    if terminator in (element, component):
        terminator = "'"
    release = "" if "?" in (element, component, terminator) else "?"
    return Syntax(component, element, ".", release, "*", terminator)


def _agrees(una: str, element: str, component: str, following: str) -> bool:
    terminator, release = una[5], una[3]
    if (una[0], una[1]) != (component, element) or terminator not in following:
        return False
    separators = {element, component, terminator}
    return len(separators) == 3 and release not in separators and terminator not in BLANKS


def _boundaries(text: str) -> list[int]:
    """Where interchanges certainly begin, and the end of the text.

    There the one before ends even without UNZ; elsewhere `UNB+UNOA:4` may be somebody's free text.
    """
    found = []
    for unb in _UNB.finditer(text):
        where, una, previous = _before(text, unb.start())
        if una or previous in _BOUNDARIES:
            found.append(where)
            _check_number(len(found))
    return [*found, len(text)]


def _before(text: str, unb: int) -> tuple[int, str, str]:
    """Where UNA or else UNB begins, the six characters of UNA or '', the character before."""
    nearby = text[max(0, unb - 40) : unb]
    una = nearby.rstrip(BLANKS + "\r\n")[-9:]
    if len(una) == 9 and una.startswith("UNA") and "\r" not in una and "\n" not in una:
        return text.rindex("UNA", 0, unb - 5), una[3:], ""
    return unb, "", nearby.rstrip(BLANKS)[-1:]


def _end_of_interchange(text: str, position: int, limit: int, syntax: Syntax) -> int:
    """Just behind UNZ, or `limit` without one."""
    terminator, element = re.escape(syntax.terminator), re.escape(syntax.element)
    trailers = re.compile(
        rf"{terminator}[ \t\r\n\x01-\x03\x0b\x0c]*U[\r\n]*N[\r\n]*Z[ \r\n]*{element}"
        rf"[^{terminator}]{{0,60}}(?:{terminator}|$)"
    )
    for trailer in trailers.finditer(text, position, limit):
        if not syntax.release or text[trailer.start() - 1] != syntax.release:
            return trailer.end()
    return limit


# --- reading one interchange -------------------------------------------------------------------


def _read(raw: bytes, identifier: str, syntax: Syntax, start: int, end: int) -> Interchange:
    body, faults = _decode(raw, identifier)
    if body.count(syntax.terminator) > MAX_SEGMENTS:
        raise EdifactError("too_many_segments", "interchange has more than 200,000 segments")
    body, escapes = _hide_escapes(body, syntax)
    separators = Separators(syntax.element, syntax.component, escapes)
    texts = _tokenize(body, syntax)
    if not texts:
        faults.append(Fault("header_truncated", "UNB is cut off"))
    header = _header(Segment(texts[0] if texts else "UNB", 0, separators))
    splitter = _Splitter(Interchange(header, syntax, start, end, faults=faults), separators)
    splitter.take(texts[1:])
    return splitter.finish()


def _decode(raw: bytes, identifier: str) -> tuple[str, list[Fault]]:
    """Text without CR, LF and NUL; the declared character set is believed unless UTF-8 fits."""
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
    return body.replace("\r", "").replace("\n", "")


def _tokenize(body: str, syntax: Syntax) -> list[str]:
    """The texts of all segments that are not empty.

    A last segment without terminator is cut off and left out, but for UNZ: it is often sent so.
    """
    *pieces, rest = body.split(syntax.terminator)
    if rest.strip(_PADDING).startswith("UNZ"):
        pieces.append(rest)
    texts = [text for piece in pieces if (text := piece.strip(_PADDING))]
    longest = max(map(len, texts), default=0)
    if longest > MAX_COMPONENTS and any(_too_many(text, syntax) for text in texts):
        raise EdifactError("segment_too_long", "segment has more than 10,000 components")
    return texts


def _too_many(text: str, syntax: Syntax) -> bool:
    return text.count(syntax.element) + text.count(syntax.component) > MAX_COMPONENTS


def _hide_escapes(body: str, syntax: Syntax) -> tuple[str, dict[int, str]]:
    """Replace `?+`, `??`... by private-use characters, pairs of the release character first."""
    release = syntax.release
    if not release or release not in body:
        return body, {}
    escapes = {}
    separators = (release, syntax.terminator, syntax.element, syntax.component, syntax.repetition)
    for index, character in enumerate(separators):
        if character:
            body = body.replace(release + character, chr(_PRIVATE_USE + index))
            escapes[_PRIVATE_USE + index] = character
    return body.replace(release, ""), escapes


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
        test=unb.value(11) == "1",
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
        self.closed = False

    def take(self, texts: list[str]) -> None:
        """All segments behind UNB, up to UNZ. What stands between service segments goes at once."""
        done = 0
        for at, text in enumerate(texts):
            if text.startswith("UN"):
                self._take_plain(texts[done:at])
                self._take_service(text)
                if self.closed:
                    return
                done = at + 1
        self._take_plain(texts[done:])

    def _take_plain(self, texts: list[str]) -> None:
        if self.message:
            self.message.segments.add(texts)
            return
        for _ in texts:
            self._warn("segment_outside_message", "segment outside of any message")

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
        self.interchange.messages.append(self.message)

    def _end(self, text: str, unt: Segment) -> None:
        message = self.message
        if message is None:
            self._warn("segment_outside_message", "UNT without UNH")
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
            case "UNE":
                if _number(segment.value(1)) != self.in_group:
                    self._warn("message_count", "UNE counts other messages")
                if segment.value(2) != self.group_reference:
                    self._warn("group_reference", "UNE has not UNG's reference")
            case _:
                self._close(segment)

    def _close(self, unz: Segment) -> None:
        self.closed = True
        if _number(unz.value(1)) != (self.groups or len(self.interchange.messages)):
            self._warn("interchange_count", "UNZ counts other messages or groups")
        if unz.value(2) != self.interchange.header.control_reference:
            self._warn("control_reference", "UNZ has not UNB's reference")

    def _warn(self, code: str, text: str) -> None:
        self.interchange.faults.append(Fault(code, text, severity="warning"))

    @staticmethod
    def _mismatch(message: RawMessage, unt: Segment, element: int, code: str, text: str) -> None:
        where = message.position(unt, element)
        message.faults.append(Fault(code, text, where, "warning"))


def _message(header: Header, segments: Segments) -> RawMessage:
    unh = segments[0]
    return RawMessage(
        interchange=header,
        type=unh.value(2).upper(),
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
