"""What a transmission is made of: stretches of EDIFACT, documents of PNRGOV in XML, and what holds them.

A document may stand behind the head of a telegram, behind another one, between interchanges, in the
envelope of a web service as elements or as text. Everything that stands there is in one of the stretches.
All work is linear in the size.
"""

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from app.formats.edifact_find import as_eight_bit, find, wide_encoding
from app.formats.edifact_model import EdifactError, Fault, Position

ROOTS = frozenset({"IATA_PNRGOV_NotifRQ", "PNRs", "PNR", "DaneXML"})
MOST_DOCUMENTS = 100  # of a transmission

_LONGEST_HEAD = 1024 * 1024  # of a comment or two in front of the root
_SNIFFED = 4096  # what comes before a root element is a declaration and a comment or two
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANKS = b" \t\r\n\xef\xbb\xbf"
_PADDING = _BLANKS + b"\x00\x01\x02\x03\x0b\x0c\x1a"
_PREFIX = rb"(?:[\w.-]{1,40}+:)?"
_ENDS = rb"[ \t\r\n/>]"
_ASIDE = re.compile(r"[ \t\r\n]*+<(\?|!--|!)")
_START = re.compile(  # longer names are none: one becomes part of a search
    r"[ \t\r\n]*+<(?:[\w.-]{1,80}+:)?([\w.-]{1,80}+)(?=[ \t\r\n/>]|\Z)"
)
_BEGIN = re.compile(
    rb"<\?xml[ \t\r\n]|<" + _PREFIX
    + rb"(?:IATA_PNRGOV_NotifRQ|PNRs?|DaneXML|[Ee]nvelope)" + _ENDS
)  # fmt: skip
_CERTAIN = re.compile(rb"<" + _PREFIX + rb"IATA_PNRGOV_NotifRQ" + _ENDS)
_ANY_ROOT = re.compile(rb"<" + _PREFIX + rb"(?:IATA_PNRGOV_NotifRQ|PNRs?|DaneXML)" + _ENDS)
_CLOSES = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_ENCODING = re.compile(rb"""(<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["'])[A-Za-z0-9._-]{1,40}""")


class Kind(StrEnum):
    """What a stretch is."""

    EDIFACT = "edifact"
    """Interchanges, or what may be some, with whatever stands around them."""
    DOCUMENT = "document"
    """A PNRGOV in XML, perhaps within other elements."""
    ENVELOPE = "envelope"
    """XML that carries messages as text (``texts``)."""
    OTHER = "other"
    """Any other XML."""
    BEYOND = "beyond"
    """All behind the last document that is read."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a transmission: its bytes, the first one's place, the ends of lines before it. ``root``
    is the local name of the root of XML.
    """

    kind: Kind
    data: bytes
    start: int = 0
    lines: int = 0
    root: str = ""
    texts: tuple[bytes, ...] = ()

    @property
    def is_padding(self) -> bool:
        """Whether there is nothing but blanks and the marks of ends of files."""
        return not self.data.strip(_PADDING)


def stretches(data: bytes) -> list[Stretch]:
    """The parts of a transmission in order, at least one. Never raises."""
    data = _documents_as_utf8(data)
    if b"<" not in data or not (data.lstrip(_BLANKS).startswith(b"<") or _BEGIN.search(data)):
        return [Stretch(Kind.EDIFACT, data)]
    if not data.lstrip(_BLANKS).startswith(b"<"):
        data = as_eight_bit(data)
    found, lines, at = [], 0, 0
    for one in _cut(data):
        lines += data.count(b"\n", at, one.start)
        at = one.start
        found.append(replace(one, lines=lines))
    return found


def refused(part: Stretch) -> Fault | None:
    """The error of XML that is not read, at its first line."""
    match part.kind:
        case Kind.OTHER:
            code, text = "xml_root", "XML whose root element is no PNRGOV message"
        case Kind.BEYOND:
            text = f"a transmission has at most {MOST_DOCUMENTS} documents of XML"
            code = "too_many_documents"
        case _:
            return None
    return Fault(code, text, _place(part))


def around(part: Stretch) -> Fault:
    """The warning of text beside documents, in which no message stands."""
    text = "text before or behind a document holds no message"
    return Fault("text_around", text, _place(part), "warning")


def enveloped(part: Stretch) -> Fault:
    """The warning of messages that stand as text in XML."""
    return Fault("xml_envelope", "messages stand within another document", _place(part), "warning")


def _place(part: Stretch) -> Position:
    blank = len(part.data) - len(part.data.lstrip(_PADDING))
    return Position("", part.lines + part.data.count(b"\n", 0, blank) + 1, "")


def xml_root(data: bytes, *, most: int = _SNIFFED) -> str | None:
    """Local name of the root element, '' when none is found soon, None when this is no XML.

    Looks for the first start tag only; nothing is parsed, expanded or resolved.
    """
    encoding = "utf-16" if data[:2] in _UTF16 else "utf-8"
    text = data[:most].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return None
    at = 0
    while begun := _ASIDE.match(text, at):
        close = {"!--": "-->", "?": "?>"}.get(begun[1], ">")
        found = text.find(close, begun.start(1))
        at = len(text) if found < 0 else found + len(close)
    if most == _SNIFFED < len(data) and not text[at:].strip(" \t\r\n"):  # a long comment
        return xml_root(data, most=_LONGEST_HEAD)
    name = _START.match(text, at)
    return name[1] if name else ""


def _documents_as_utf8(data: bytes) -> bytes:
    """XML of two or four bytes a character as UTF-8 that declares itself so; all else as it is."""
    if data[:2] not in _UTF16 and wide_encoding(data) is None:
        return data
    text = as_eight_bit(data).replace(b"\x00", b"")
    is_xml = text.lstrip(_BLANKS).startswith(b"<") or _BEGIN.search(text)
    return _ENCODING.sub(rb"\1UTF-8", text) if is_xml else data


# --- cutting -------------------------------------------------------------------------------------


def _cut(data: bytes) -> Iterator[Stretch]:
    """Documents, and what stands between them, until nothing is left."""
    interchanges = _Interchanges(data)
    at, count = 0, 0
    while at < len(data):
        if count == MOST_DOCUMENTS:
            yield Stretch(Kind.BEYOND, data[at:], at)
            return
        begin = _next_document(data, at, interchanges)
        if begin > at:
            yield Stretch(Kind.EDIFACT, data[at:begin], at)
        if begin == len(data):
            return
        root = xml_root(data[begin : begin + _LONGEST_HEAD]) or ""
        end = _end(data, begin, root)
        if end is None and (behind := interchanges.next(begin)) < len(data):
            # cut off in front of an interchange, or no XML at all but the head of a telegram
            kind = Kind.EDIFACT if root not in ROOTS and root.lower() != "envelope" else None
            yield _document(data[begin:behind], begin, root, kind)
            at = behind
        else:
            at = len(data) if end is None else end
            yield _document(data[begin:at], begin, root, None)
        count += 1


class _Interchanges:
    """Where interchanges stand, looked for when they are first asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.spans: list[tuple[int, int]] | None = None

    def _found(self) -> list[tuple[int, int]]:
        if self.spans is None:
            self.spans = []
            with suppress(EdifactError):  # whoever reads them tells it
                self.spans += ((one.start, one.end) for one in find(self.data))
        return self.spans

    def next(self, at: int) -> int:
        """The first byte of the first one from there on, else the length."""
        spans = self._found() if b"UNB" in self.data else []
        index = bisect_left(spans, (at, 0))
        return spans[index][0] if index < len(spans) else len(self.data)

    def behind(self, first: int, at: int) -> int:
        """Behind the interchange that begins at ``first`` or later and holds ``at``; ``at`` where none does."""
        spans = self._found() if b"UNB" in self.data else []
        index = bisect_left(spans, (at + 1, 0)) - 1
        holds = index >= 0 and first <= spans[index][0] <= at < spans[index][1]
        return spans[index][1] if holds else at


def _next_document(data: bytes, at: int, interchanges: _Interchanges) -> int:
    """Where the next document begins outside of interchanges; the length where none does."""
    head = data[at : at + _SNIFFED]
    blanks = len(head) - len(head.lstrip(_BLANKS))
    if at == 0 and head.startswith(b"<", blanks):
        return 0
    place = at
    while found := _BEGIN.search(data, place):
        behind = interchanges.behind(at, found.start())
        if behind == found.start():
            return behind
        place = behind
    return len(data)


def _end(data: bytes, begin: int, root: str) -> int | None:
    """Behind the end tag of the root, or where a declaration begins another document; None without both."""
    name = re.escape(root.encode())
    start = re.compile(rb"<" + _PREFIX + name + rb"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
    first = start.search(data, begin) if root else None
    if first and first[0].endswith(b"/>"):
        return first.end()
    marks = re.compile(
        rb"<(?:!--|!\[CDATA\[|\?xml[ \t\r\n]|/" + _PREFIX + name + rb"[ \t\r\n]{0,99}>)"
    )
    at = data.find(b"?>", begin) + 2 if data.startswith(b"<?xml", begin) else begin
    at = first.end() if first else at
    while root and (found := marks.search(data, at)):
        if found[0].startswith(b"<?"):
            return found.start()
        if (close := _CLOSES.get(found[0])) is None:
            return found.end()
        at = data.find(close, found.end())
        if at < 0:
            break
    return None


def _document(data: bytes, start: int, root: str, kind: Kind | None) -> Stretch:
    if kind:
        return Stretch(kind, data, start, root=root)
    if root in ROOTS:
        return Stretch(Kind.DOCUMENT, data, start, root=root)
    inner = _ANY_ROOT if root.lower() == "envelope" else _CERTAIN
    if inner.search(_outside_of_sections(data)):
        return Stretch(Kind.DOCUMENT, data, start, root=root)
    texts = _texts(data)
    return Stretch(Kind.ENVELOPE if texts else Kind.OTHER, data, start, root=root, texts=texts)


def _outside_of_sections(data: bytes) -> bytes:
    """Without CDATA sections: what stands in them is text."""
    first, *rest = data.split(b"<![CDATA[")
    return b" ".join([first, *(one.partition(b"]]>")[2] for one in rest)])


def _texts(data: bytes) -> tuple[bytes, ...]:
    """The texts of elements that are transmissions themselves."""
    if b"&lt;" not in data and b"CDATA" not in data and b"UNB" not in data:
        return ()
    from app.formats.pnrgov.xml_tree import Node, parse  # noqa: PLC0415  # few transmissions need it

    found: list[bytes] = []

    def take(node: Node) -> bool:
        text = node.text.lstrip(" \t\r\n")
        if text.startswith(("UNA", "UNB")) or (
            text.startswith("<") and _BEGIN.match(text.encode())
        ):
            found.append(node.text.encode())
        return True

    faults = parse(data, take)
    return () if any(one.severity == "error" for one in faults) else tuple(found)
