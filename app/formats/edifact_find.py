"""Where interchanges stand in a file, and which separators they use (ISO 9735 section 7, UNA)."""

import codecs
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.formats.edifact_model import BLANKS, LEVEL_B, EdifactError, Syntax

MAX_INTERCHANGE_BYTES = 8 * 1024 * 1024
MAX_INTERCHANGES = 10_000  # of a file; more are junk that would be read for minutes

_NOT_DATA = r"[^A-Za-z0-9 \t\r\n\x00]"
_W = r"[\r\n\x00]*"  # files in records of 80 characters break even service segments, some are padded with NUL
# 0002, the version, is left out by some: then UNB's next element follows at once, and there is no group 3.
_UNB = re.compile(
    rf"U{_W}N{_W}B[ \r\n\x00]*({_NOT_DATA}){_W}"
    rf"(?:([A-Z](?:{_W}[A-Z]){{3}}){_W}(?!\1)({_NOT_DATA}){_W}\d|((?:UNO[A-Z]|IAT[AB]))(?=\1[A-Z0-9])"
    # or anything as S001, where sender, recipient, date and time (group 6 between them) follow
    rf"|((?:(?!\1)[^\r\n]){{0,12}})(?=(?:\1(?:(?!\1)[^']){{0,80}}){{2}}\1\d{{6}}(?:\d\d)?({_NOT_DATA})\d{{4}}\1))"
)
_UNA = re.compile(rf"U{_W}N{_W}A")
_NEXT_HEADER = re.compile(rf"({_NOT_DATA})[ \t\r\n]*U{_W}N{_W}[GH][ \r\n]*{_NOT_DATA}")
# What may stand before an interchange that begins inside another one that was cut off.
_BOUNDARIES = frozenset("\r\n\x01\x02\x03\x0b\x0c\x1c'\"#$*")
# Segments and documents that hold people; of a telegram's envelope, a footer or a log nothing looks so.
_MESSAGE = re.compile(
    rf"(?<![A-Z0-9])U{_W}N{_W}H[ \r\n]*{_NOT_DATA}"
    rf"|(?<![A-Z0-9])N{_W}A{_W}D[ \r\n]*({_NOT_DATA}){_W}(?:F{_W}[LM]|D{_W}D{_W}[UT]){_W}\1"
    r"|<(?:\w+:)?(?:IATA_PNRGOV_NotifRQ|PNRs?|DaneXML)[\s>/]",
    re.IGNORECASE,
)
_SNIFFED = 1024
_QUOTES = ("\u2018".encode(), "\u2019".encode())  # a word processor may take turns with them
_QUOTED = re.compile(
    b"(?:" + b"|".join(_QUOTES) + rb")[ \t\r\n]*U[\r\n]*N[\r\n]*[GH][ \r\n]*[^A-Za-z0-9 \t\r\n\x00]"
)
_ESCAPED = re.compile(rb"&(?:#39|#[xX]27|apos);")
_JUNK = re.compile(rb"'([^A-Za-z0-9'+\x00]{1,8})\Z")
_FIRST_MESSAGE = re.compile(rb"(?<![A-Za-z0-9])UN[GH](?=[^A-Za-z0-9 \t\r\n\x00])")
_LOWER_UNB = re.compile(rb"unb[^a-z0-9 \t\r\n\x00][a-z]{4}[^a-z0-9 \t\r\n\x00]\d", re.IGNORECASE)
_FEWEST_LINES = 3  # of one length, that tell how a text was broken
_SHORTEST_LINE = 20  # characters on average: what has shorter ones was not broken for their length
_UNB_IN_UTF16 = "UNB".encode("utf-16-le")
_WRAPS = "\r\n\x00"
_BETWEEN = b" \t\r\n\x01\x02\x03\x0b\x0c"
PADDING = " \t\x01\x02\x03\x0b\x0c"
_UNWRAPPED = str.maketrans("", "", "\r\n\x00")
LINE_END = "\x1c"
"""What stands for the end of a line where segments end with nothing else: no line break is data."""
_ND = rb"[^A-Za-z0-9 \t\r\n\x00]"
_LINES = re.compile(rb"UNB(" + _ND + rb")[^\r\n]{1,300}(?:\r?\n|\r)UN[GH]\1")


@dataclass(frozen=True, slots=True)
class Found:
    """One interchange: byte offsets from UNB to behind UNZ, 0001 of UNB and its separators."""

    start: int
    end: int
    identifier: str
    syntax: Syntax


def as_eight_bit(data: bytes) -> bytes:
    """The file as its interchanges are found in it. Files saved as UTF-16 exist, also without mark;
    files whose terminator a word processor has made a typographic quote, or HTML a reference; what a mail puts
    behind it (a blank that does not break, `> ` of a quotation); files whose segments end with
    their line alone; files in lower case; and telegrams that put a blank to each line that they break.
    """
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return as_eight_bit(data.decode("utf-16", "replace").encode("utf-8", "replace"))
    if (
        b"UNB" not in data and (at := data.find(_UNB_IN_UTF16)) >= 0
    ):  # at an odd place the other byte of each pair is first
        name = "utf-16-be" if at % 2 else "utf-16-le"
        return as_eight_bit(data.decode(name, "replace").encode("utf-8", "replace"))
    if (wide := wide_encoding(data)) is not None:
        return as_eight_bit(data.decode(wide, "replace").encode("utf-8", "replace"))
    if not data.isascii() and _QUOTED.search(data):
        for quote in _QUOTES:
            data = data.replace(quote, b"'")
    if b"'" in data or b"&" in data:
        data = _without_junk(data)
    # the offsets stay: nothing but the letters a to z changes
    if b"UNB" not in data and _LOWER_UNB.search(data):
        data = _LOWER_UNB.sub(_upper, data) if b"UNH" in data else data.upper()
    if b"\n" in data and (b" \n" in data or b" \r\n" in data or b"\n " in data):
        data = _without_blanks_of_lines(data)
    if (
        (b"\n" in data or b"\r" in data)
        and (lines := _LINES.search(data))
        and not _has_terminator(data, lines[1])
    ):
        data = data.replace(b"\n" if b"\n" in data else b"\r", LINE_END.encode())
    return data


def _without_junk(data: bytes) -> bytes:
    """Where the terminator `'` stands in front of the first message, the signs between both are no data: they go
    from behind every terminator, unless there are more of them (`#` ends segments, a name the one before).
    """
    head = _before_message(data)
    if _ESCAPED.search(head) and b"</" not in data:  # a document undoes its own
        data = _ESCAPED.sub(b"'", data)
        head = _before_message(data)
    found = _JUNK.search(head)
    junk = found[1].strip(_BETWEEN) if found else b""
    if not junk or data.count(junk) > data.count(b"'"):
        return data
    return re.sub(rb"'[ \t\r\n]*" + re.escape(junk) + rb"[ \t\r\n]*", b"'", data)


def _before_message(data: bytes) -> bytes:
    """The bytes in front of the first group or message."""
    found = _FIRST_MESSAGE.search(data)
    return data[max(0, found.start() - 9) : found.start()] if found else b""


def _upper(found: re.Match[bytes]) -> bytes:
    return found[0].upper()


def _without_blanks_of_lines(data: bytes) -> bytes:
    """Where all lines of the length at which a text is broken end or begin with a blank, that is no data."""
    if len(data) < _SHORTEST_LINE * data.count(b"\n"):
        return data
    lines = data.split(b"\n")
    [(usual, _)] = Counter(map(len, lines)).most_common(1)
    full = [line for line in lines if len(line) == usual]
    if len(full) < _FEWEST_LINES or 2 * len(full) < len(lines) - 2:
        return data
    if all(line.rstrip(b"\r").endswith(b" ") for line in full):
        # the first may be longer by STX
        lines = [_shortened(line) if len(line) >= usual else line for line in lines]
    elif all(line.startswith(b" ") for line in full[1:]):  # behind STX the first has none
        lines = [line.removeprefix(b" ") for line in lines]
    return b"\n".join(lines)


def _shortened(line: bytes) -> bytes:
    return line.removesuffix(b"\r").removesuffix(b" ")


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark, of whatever text: every second byte of its beginning is NUL. Of UTF-32 too, whose
    other bytes are then UTF-16 once more.
    """
    head = data[:_SNIFFED]
    if head.count(0) * 3 < len(head) or len(head) < 8:
        return None
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) * 10 < len(head) * 4 or min(first, second) * 10 > len(head) * 3:
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _has_terminator(data: bytes, element: bytes) -> bool:
    """Whether some sign that is no separator of elements stands before a service segment."""
    sign = rb"(?!" + re.escape(element) + rb")" + _ND
    header = sign + rb"[ \t\r\n]*UN[GHT]" + re.escape(element)
    return re.search(header, data) is not None


def find(data: bytes, una: str = "") -> Iterator[Found]:
    """The interchanges in order, however long, from the file's text held once. Raises EdifactError where
    there are too many of them.

    `una`: six characters that are believed in place of those that each interchange announces.
    """
    text = data.decode("latin-1")  # one character per byte: offsets serve both
    wrapped = any(one in text for one in _WRAPS)
    boundaries = _boundaries(text, wrapped=wrapped)
    unb = _next_unb(text, 0, wrapped=wrapped)
    count = 0
    while unb:
        count += 1
        _check_number(count)
        start = unb.start()
        syntax = _detect(text, unb, una or _before(text, start)[1])
        limit = boundaries[bisect_right(boundaries, start)]
        end = _end(text, unb.end(), limit, syntax, wrapped=wrapped)
        yield Found(start, end, _identifier(unb), syntax)
        unb = _next_unb(text, end, wrapped=wrapped)


def _identifier(unb: re.Match[str]) -> str:
    """0001: four letters, which some write in lower case or with more behind them."""
    return (unb[2] or unb[4] or unb[5] or "").translate(_UNWRAPPED)[:4].upper()


def _next_unb(text: str, position: int, *, wrapped: bool) -> re.Match[str] | None:
    """The next UNB from there on. Where no line is broken its letters stand together and are found as such,
    in a tenth of the time.
    """
    if wrapped:
        return _UNB.search(text, position)
    while (position := text.find("UNB", position)) >= 0:
        if unb := _UNB.match(text, position):
            return unb
        position += 1
    return None


def unread(data: bytes, spans: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Where messages stand that no interchange holds: the first byte of each stretch that has some.

    `spans` are the interchanges found, in order. A UNB that is damaged beyond knowing hides all behind it.
    """
    text = data.decode("latin-1")
    done = 0
    for start, end in (*spans, (len(text), len(text))):
        if message := _MESSAGE.search(text, done, start):
            yield message.start()
        done = end


def is_released(text: str, at: int, release: str) -> bool:
    """Whether the character at `at` is data: an odd number of release characters stands before it.

    Line breaks between them are those of a telegram and count for nothing.
    """
    odd = False
    while release and at:
        at -= 1
        if text[at] == release:
            odd = not odd
        elif text[at] not in "\r\n":
            break
    return odd


def _check_number(count: int) -> None:
    if count > MAX_INTERCHANGES:
        raise EdifactError("too_many_interchanges", "file holds more than 10,000 interchanges")


def _detect(text: str, unb: re.Match[str], una: str) -> Syntax:
    """The separators: from UNA only if UNB itself agrees with them, else from UNB's shape."""
    element, component = unb[1], unb[3] or unb[6] or (una[:1] if una else ":")
    if una and _agrees(una, element, component, text[unb.end() : unb.end() + 400]):
        return Syntax(*(part.strip(BLANKS) for part in una))
    if element == "\x1d":
        return LEVEL_B
    header = _NEXT_HEADER.search(text, unb.end(), unb.end() + 2000)
    terminator = header[1] if header else "'"
    if terminator in (element, component):
        terminator = "'"
    release = _release_of_damaged_una(text, unb.start())
    if release in (element, component, terminator):
        release = ""
    return Syntax(component, element, ".", release, "*", terminator)


def _agrees(una: str, element: str, component: str, following: str) -> bool:
    terminator, release = una[5], una[3]
    if (una[0], una[1]) != (component, element) or terminator not in following:
        return False
    separators = {element, component, terminator}
    return len(separators) == 3 and release not in separators and terminator not in BLANKS


def _release_of_damaged_una(text: str, unb: int) -> str:
    """A UNA that lost a character still tells of the one release character other than `?`."""
    nearby = text[max(0, unb - 20) : unb]
    _, una, damaged = nearby.rpartition("UNA")
    return "\\" if una and "\\" in damaged else "?"


def _boundaries(text: str, *, wrapped: bool) -> list[int]:
    """Where interchanges certainly begin, and the end of the text.

    There the one before ends even without UNZ; elsewhere `UNB+UNOA:4` may be somebody's free text.
    """
    found = []
    unb = _next_unb(text, 0, wrapped=wrapped)
    while unb:
        where, una, previous = _before(text, unb.start())
        if una or previous in _BOUNDARIES:
            found.append(where)
            _check_number(len(found))
        unb = _next_unb(text, unb.end(), wrapped=wrapped)
    return [*found, len(text)]


def _before(text: str, unb: int) -> tuple[int, str, str]:
    """Where UNA or else UNB begins, the six characters of UNA or '', the character before."""
    first = max(0, unb - 40)
    nearby = text[first:unb]
    una = nearby.translate(_UNWRAPPED).rstrip(BLANKS)[-9:]
    if len(una) == 9 and una.startswith("UNA"):
        *_, begin = _UNA.finditer(nearby)
        return first + begin.start(), una[3:], ""
    return unb, "", nearby.rstrip(BLANKS)[-1:]


def _end(text: str, position: int, limit: int, syntax: Syntax, *, wrapped: bool) -> int:
    """Just behind UNZ, or `limit` without one."""
    terminator, element = re.escape(syntax.terminator), re.escape(syntax.element)
    release = re.escape(syntax.release)
    data = rf"(?:{release}[\s\S]|[^{terminator}{release}])" if release else f"[^{terminator}]"
    trailers = re.compile(
        rf"{terminator}[ \t\r\n\x01-\x03\x0b\x0c]*U{_W}N{_W}Z[ \r\n]*{element}"
        rf"{data}{{0,70}}(?:{terminator}|$)"
    )
    while (start := position if wrapped else _before_unz(text, position, limit)) >= 0:
        trailer = trailers.search(text, start, limit)
        if trailer is None:
            break
        if not is_released(text, trailer.start(), syntax.release):
            return trailer.end()
        position = trailer.start() + 1
    return limit


def _before_unz(text: str, position: int, limit: int) -> int:
    """Where the terminator of the segment in front of the next UNZ may stand, -1 without any UNZ. Padding stands
    between them; the search for trailers then has not to try each terminator of the interchange.
    """
    at = text.find("UNZ", position, limit)
    if at < 0:
        return at
    while at > position and text[at - 1] in PADDING:
        at -= 1
    return max(at - 1, position)
