"""A second reading of XML that is not well-formed, in which each booking stands for itself.

The document is cut at its PNR elements. Each is read alone, and so is all that stands around them, so that
what is wrong in one costs no other. Prefixes that nobody declares are declared for both. Work is linear.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from app.formats.edifact import MAX_SEGMENTS, Fault
from app.formats.pnrgov.xml_tree import Feeder, Node, prepared

MOST_PIECES = 10_000  # a flight has a few hundred bookings, and the largest document some thousand
_MOST_PREFIXES = 100
_AROUND = "_"  # the element that declares prefixes
_PREFIX = rb"(?:[\w.-]{1,40}+:)?"
_MARKS = re.compile(
    rb"(?P<aside><!--|<!\[CDATA\[)|(?P<end></" + _PREFIX + rb"PNR[ \t\r\n]{0,99}>)"
    rb"|<" + _PREFIX + rb"""PNR(?=[ \t\r\n/>])(?P<empty>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+/>)?"""
)
_CLOSES = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_PREFIXES = re.compile(rb"[<\s/]([A-Za-z_][\w.-]{0,39}):[A-Za-z_]")
_DECLARATION = re.compile(rb"\s*+(<\?xml\s[^>]{0,200}+>)")


def parse_pieces(
    data: bytes,
    take: Callable[[Node], bool],
    begin: Callable[[Node], None],
    *,
    before: int = 0,
) -> list[Fault] | None:
    """As :func:`xml_tree.parse`, with a fault for each booking that is not well-formed. None where the
    document has no bookings, or too many to be read in this way: nothing has been called then.
    """
    data, faults = prepared(data)
    spans = list(islice(_spans(data), MOST_PIECES + 1))
    if not spans or len(spans) > MOST_PIECES or b"<!DOCTYPE" in data:
        return None
    reading = _Pieces(data, take, begin, before)
    return faults + reading.read(spans)


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where bookings stand: to their end, at most to the next one's start."""
    start, at = -1, 0
    last = {close: data.rfind(close) for close in _CLOSES.values()}
    while found := _MARKS.search(data, at):
        at = found.end()
        if aside := found["aside"]:
            close = _CLOSES[aside]
            at = data.find(close, at) if last[close] >= at else at
            continue
        if start >= 0:
            yield start, found.end() if found["end"] else found.start()
        start = -1 if found["end"] or found["empty"] else found.start()
        if found["empty"]:
            yield found.span()
    if start >= 0:
        yield start, len(data)


class _Pieces:
    def __init__(
        self,
        data: bytes,
        take: Callable[[Node], bool],
        begin: Callable[[Node], None],
        before: int,
    ) -> None:
        self.take = take
        self.begin = begin
        self.before = before
        declared = _DECLARATION.match(data)
        self.first = declared.end() if declared else 0
        self.data = data
        names = islice(dict.fromkeys(_PREFIXES.findall(data)), _MOST_PREFIXES)
        spaces = b"".join(b' xmlns:%b="_"' % one for one in names if not one.startswith(b"xml"))
        declaration = declared[1].replace(b"\n", b" ") if declared else b""
        self.head = b"%b<%b%b>\n" % (declaration, _AROUND.encode(), spaces)
        self.elements = 0
        self.has_begun = False

    def read(self, spans: list[tuple[int, int]]) -> list[Fault]:
        lines = self.data.count(b"\n", 0, self.first)
        around = self._feeder(lines)
        faults: list[Fault] = []
        broken = around.feed(self.head)
        at = self.first
        for start, end in spans:
            broken = broken or around.feed(self.data[at:start])
            if broken and not self.has_begun:  # nobody knows whose bookings these are
                break
            lines += self.data.count(b"\n", at, start)
            faults += self._alone(start, end, lines)
            inside = self.data.count(b"\n", start, end)
            broken = broken or around.feed(b"\n" * inside)
            lines, at = lines + inside, end
        broken = broken or around.feed(self.data[at:])
        if not faults and not broken:
            broken = around.feed(b"</%b>" % _AROUND.encode()) or around.close()
        return faults + broken

    def _alone(self, start: int, end: int, lines: int) -> list[Fault]:
        """Read one booking; the column of a fault in its first line is that of the document."""
        if self.elements > MAX_SEGMENTS:
            return []
        feeder = self._feeder(lines)
        told = feeder.feed(self.head + self.data[start:end] + b"</%b>" % _AROUND.encode())
        told = told or feeder.close()
        self.elements += feeder.elements
        if self.elements > MAX_SEGMENTS:
            text = f"the document has more than {MAX_SEGMENTS:,} elements"
            return [Fault("too_many_segments", text)]
        column = start - (self.data.rfind(b"\n", 0, start) + 1)
        return [self._in_document(one, lines, column) for one in told]

    def _in_document(self, fault: Fault, lines: int, column: int) -> Fault:
        place = fault.position
        if place is None or place.element is None or place.segment != self.before + lines + 1:
            return fault
        return replace(fault, position=replace(place, element=place.element + column))

    def _feeder(self, lines: int) -> Feeder:
        """Its first line is that of what declares prefixes."""
        return Feeder(self._take, begin=self._begin, before=self.before + lines - 1)

    def _begin(self, node: Node) -> None:
        if node.name != _AROUND:
            self.has_begun = True
            self.begin(node)

    def _take(self, node: Node) -> bool:
        return node.name == _AROUND or self.take(node)
