"""XML as a tree of local names, read without ever trusting it.

Entities and external references are refused (defusedxml), depth and number of elements are limited
while reading, so that nothing is built of what is not taken. Namespaces are ignored: senders leave
them out, or declare them on single elements. Work is linear in the size.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from html.entities import name2codepoint
from typing import Any
from xml.etree.ElementTree import ParseError  # the class of its errors alone

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.formats.edifact import MAX_SEGMENTS, Fault, Position
from app.formats.edifact_find import MAX_INTERCHANGE_BYTES

MAX_DEPTH = 32
_SNIFFED = 4096
_ENCODING = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']"""
)
_READ_HERE = {
    "utf-8": "utf-8", "utf8": "utf-8", "shift_jis": "cp932", "shift-jis": "cp932", "windows-31j": "cp932",
    "cp932": "cp932", "euc-jp": "euc_jp", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030",
    "big5": "big5", "euc-kr": "cp949",
}  # fmt: skip
"""Declared names and what Python calls them: those that keep ASCII as it is, so that nothing hides in them."""
_BEFORE = b" \t\r\n\xef\xbb\xbf"


class Node:
    """An element: local name, attributes by local name, text directly in it, children, its line."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""
        self.line = line

    def get(self, *names: str) -> str:
        """The first attribute of these that is there and not empty, blanks stripped."""
        for name in names:
            value = self.attributes.get(name, "").strip()
            if value:
                return value
        return ""

    def all(self, name: str) -> list["Node"]:
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> "Node":
        """The first child of that name; an empty one when there is none."""
        return next((child for child in self.children if child.name == name), _NOTHING)

    def within(self, name: str) -> Iterator["Node"]:
        """Every element of that name inside, at any depth, in order."""
        waiting = self.children[::-1]
        while waiting:
            node = waiting.pop()
            if node.name == name:
                yield node
            waiting += node.children[::-1]

    def words(self) -> str:
        """The text, runs of white space as one blank."""
        return " ".join(self.text.split())


_NOTHING = Node("", {}, 0)


class _LimitError(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def parse(
    data: bytes,
    take: Callable[[Node], bool],
    begin: Callable[[Node], None] = lambda _: None,
    *,
    before: int = 0,
) -> list[Fault]:
    """Read a document; `begin` is given each element without what is in it at its start, `take` at its end,
    and says whether it has been used up: then it is not kept in its parent. Never raises; what is wrong
    comes as a fault whose position has the line as segment (`before` it lie others) and the column as element.
    """
    if len(data) > MAX_INTERCHANGE_BYTES:
        return [Fault("interchange_too_long", "the document is longer than 8 MiB")]
    data, faults = prepared(data)
    feeder = Feeder(take, begin=begin, before=before)
    return faults + (feeder.feed(data) or feeder.close())


def prepared(data: bytes) -> tuple[bytes, list[Fault]]:
    """The document as the parser can read it, and the warnings of what was done to it; lines stay."""
    data, faults = _readable(data)
    if b"\x00<" not in data[:8] and b"<\x00" not in data[:8]:
        data, mended = _mended(data)
        faults += mended
    return _from_declaration(data), faults


def _readable(data: bytes) -> tuple[bytes, list[Fault]]:
    """The document in a character set that the parser knows. What is not the UTF-8 that it should be is Latin-1,
    as in EDIFACT; behind the root element the ends of files of old systems count for nothing.
    """
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _from_utf16(data), []
    if 0 in data[:4]:
        return data, []
    data = data.rstrip(b"\x00\x1a \t\r\n")
    declared = _ENCODING.search(data[:_SNIFFED])
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _READ_HERE:
        return data, []
    try:
        text = data.decode(_READ_HERE[name])
        if name in ("utf-8", "utf8"):
            return data, []
        faults = []
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        said = "the document is in another character set than it declares"
        faults = [Fault("character_set", said, severity="warning")]
    data = text.encode()
    start, end = declared.span(1) if declared else (0, 0)
    return (data[:start] + b"UTF-8" + data[end:] if declared else data), faults


def _from_utf16(data: bytes) -> bytes:
    """What a mark says is UTF-16 as UTF-8, whatever it declares."""
    text = data[: len(data) & ~1].decode("utf-16", "replace").encode("utf-8", "replace")
    return _ENCODING.sub(b'<?xml version="1.0" encoding="UTF-8"', text, count=1)


_NO_CHARACTERS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BARE = re.compile(rb"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z_:][\w.:-]{0,40};)")
_MOST_BARE = 10_000  # more of them are no names of companies


_OF_HTML = re.compile(rb"&([A-Za-z]{2,8}[0-9]{0,2});")
_OF_XML = frozenset(["amp", "lt", "gt", "quot", "apos"])


def _as_number(found: re.Match[bytes]) -> bytes:
    """The character of a reference that HTML has and XML has not, like &Eacute;."""
    name = found[1].decode()
    known = name in name2codepoint and name not in _OF_XML
    return b"&#%d;" % name2codepoint[name] if known else found[0]


def _mended(data: bytes) -> tuple[bytes, list[Fault]]:
    """Control characters, which XML does not have, as blanks; & that begins no reference, and names that
    HTML alone has for characters, as what they mean.
    """
    clean = _NO_CHARACTERS.sub(b" ", data)
    if b"<![CDATA[" not in clean and clean.count(b"&") <= _MOST_BARE:
        clean = _BARE.sub(b"&amp;", clean)
        if b"<!DOCTYPE" not in clean:
            clean = _OF_HTML.sub(_as_number, clean)
    if clean == data:
        return data, []
    text = "the document has & or control characters where XML allows none"
    return clean, [Fault("xml_character", text, severity="warning")]


def _from_declaration(data: bytes) -> bytes:
    """The document without the blanks and marks in front of its declaration, where XML allows none: the
    ends of lines among them move behind it, so that faults keep their lines.
    """
    head = data[:_SNIFFED]
    start = len(head) - len(head.lstrip(_BEFORE))
    if not start or not data.startswith(b"<?xml", start):
        return data
    end = data.find(b"?>", start) + 2
    lines = b"\n" * data.count(b"\n", 0, start)
    return data[start:end] + lines + data[end:] if end > 1 else data


class Feeder:
    """Reads a document piece by piece, as :func:`parse` does, of at most ``most`` elements."""

    def __init__(
        self,
        take: Callable[[Node], bool],
        most: int = MAX_SEGMENTS,
        begin: Callable[[Node], None] = lambda _: None,
        before: int = 0,
    ) -> None:
        self._builder = _Builder(take, most, begin, before)
        self._parser = DefusedXMLParser(target=self._builder, forbid_external=True)
        self._builder.expat = self._parser.parser

    @property
    def elements(self) -> int:
        """How many have begun so far."""
        return self._builder.count

    def feed(self, data: bytes) -> list[Fault]:
        """Read on; what is wrong ends the reading."""
        return self._faults(lambda: self._parser.feed(data))

    def close(self) -> list[Fault]:
        """The end of the document has come."""
        return self._faults(self._parser.close)

    def _faults(self, act: Callable[[], object]) -> list[Fault]:
        try:
            act()
        except ParseError as error:
            line, column = error.position
            place = _place(self._builder.before + line, "", column)
            return [Fault("xml_syntax", "the document is not well-formed", place)]
        except _LimitError as error:
            return [Fault(error.code, str(error), _place(self._builder.line, ""))]
        except DefusedXmlException:
            text = "the document declares entities or refers outside of itself"
            return [Fault("xml_entities", text, _place(self._builder.line, ""))]
        except (ValueError, LookupError):  # an encoding that nobody knows
            return [Fault("xml_encoding", "the encoding of the document is not known")]
        return []


def _place(line: int, tag: str, column: int | None = None) -> Position:
    return Position("", line, tag, None if column is None else column + 1)


class _Builder:
    """The target of the parser."""

    def __init__(
        self,
        take: Callable[[Node], bool],
        most: int,
        begin: Callable[[Node], None],
        before: int,
    ) -> None:
        self.take = take
        self.begin = begin
        self.before = before
        self.most = most
        self.open: list[Node] = []
        self.pieces: list[list[str]] = []
        """The text of each open element as it came: joined once, so that a long one costs its length only."""
        self.expat: Any = None
        self.count = 0

    @property
    def line(self) -> int:
        found: int = self.expat.CurrentLineNumber
        return self.before + found

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > self.most:
            text = f"the document has more than {self.most:,} elements"
            raise _LimitError("too_many_segments", text)
        if len(self.open) >= MAX_DEPTH:
            raise _LimitError("xml_depth", "the elements of the document are nested too deep")
        plain = {local(name): value for name, value in attributes.items()}
        self.open.append(Node(local(tag), plain, self.line))
        self.begin(self.open[-1])
        self.pieces.append([])

    def data(self, text: str) -> None:
        if self.pieces:
            self.pieces[-1].append(text)

    def end(self, _: str) -> None:
        node = self.open.pop()
        node.text = "".join(self.pieces.pop())
        taken, parent = self.take(node), self.open[-1] if self.open else None
        if parent is None:
            return
        if not taken:
            parent.children.append(node)
        elif self.pieces[-1] and self.pieces[-1][-1].isspace():
            self.pieces[-1].pop()  # the blanks between a million elements are not worth keeping

    def close(self) -> None:
        return None


def local(name: str) -> str:
    """`PNR` of `{namespace}PNR` and of `x:PNR`."""
    return name.rpartition("}")[2].rpartition(":")[2]
