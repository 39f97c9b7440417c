"""Parts of a UN/EDIFACT interchange as values (ISO 9735), and what can be wrong with one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, overload

# Python counts 0x1C-0x1F (the level-B separators) as white space: every strip names its characters.
BLANKS = " \t"


class EdifactError(ValueError):
    """An interchange that is not read at all; `code` is stable, the text never holds its values.

    `header` is its UNB where that was read: its sender can be told.
    """

    header: "Header | None" = None

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Syntax:
    """The six characters of UNA; an empty `release` means that nothing can be escaped."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = "*"
    terminator: str = "'"

    def una(self) -> str:
        return "UNA" + "".join(
            part or " "
            for part in (
                self.component,
                self.element,
                self.decimal,
                self.release,
                self.repetition,
                self.terminator,
            )
        )


LEVEL_A = Syntax()
LEVEL_B = Syntax("\x1f", "\x1d", ".", "", "", "\x1c")


@dataclass(frozen=True, slots=True)
class Separators:
    """By which the text of a segment is cut; `escapes` are stand-ins of separators that are data."""

    element: str = "+"
    component: str = ":"
    escapes: dict[int, str] = field(default_factory=dict)
    terminator: str = "'"  # of the whole message: segments have lost it


class Segment:
    """One segment: `texts[0]` is the tag as sent, `texts[n]` the text of data element n.

    `number` is the position in the message as UNT counts (UNH = 1), 0 for UNB, UNG, UNE, UNZ.
    Elements are cut into components only when they are asked for: most never are, and a list of
    components for each cost a third of the time of reading a passenger list (measured).
    """

    __slots__ = ("escapes", "number", "separator", "tag", "texts")

    def __init__(self, text: str, number: int, separators: Separators) -> None:
        self.texts = texts = text.split(separators.element)
        self.tag = texts[0].strip(BLANKS)
        self.number = number
        self.separator = separators.component
        self.escapes = None if text.isascii() else separators.escapes

    def value(self, element: int, component: int = 1) -> str:
        """One component, counted from 1 as the standards do; '' when absent, blanks stripped."""
        if element >= len(self.texts):
            return ""
        text = self.texts[element]
        if component > 1:
            parts = text.split(self.separator, component)
            if len(parts) < component:
                return ""
            text = parts[component - 1]
        elif self.separator in text:
            text = text.partition(self.separator)[0]
        if self.escapes:
            text = text.translate(self.escapes)
        return text.strip(BLANKS)

    def head(self, element: int, size: int) -> list[str]:
        """The first `size` components of one element, blanks stripped, '' where absent."""
        texts = self.texts
        if element >= len(texts):
            return [""] * size
        text = texts[element]
        parts = text.split(self.separator, size)
        if len(parts) != size:
            parts = (parts + [""] * size)[:size]
        if self.escapes:
            parts = [part.translate(self.escapes) for part in parts]
        if " " in text or "\t" in text:
            parts = [part.strip(BLANKS) for part in parts]
        return parts

    def components(self, element: int) -> list[str]:
        """All components of one element as sent, not stripped; [] when absent."""
        if len(self.texts) <= element:
            return []
        found = self.texts[element].split(self.separator)
        escapes = self.escapes
        return [one.translate(escapes) for one in found] if escapes else found

    def composite(self, element: int) -> list[str]:
        """All components of one element, blanks stripped; [] when absent."""
        found = self.components(element)
        if found and (" " in self.texts[element] or "\t" in self.texts[element]):
            return [component.strip(BLANKS) for component in found]
        return found

    def repeats(self, first: int) -> Iterator[list[str]]:
        """The composites from element `first` on."""
        for element in range(first, len(self.texts)):
            yield self.composite(element)

    def composites(self, first: int = 1) -> list[list[str]]:
        """The elements from `first` on as their components, not stripped."""
        if self.escapes:
            return [self.components(element) for element in range(first, len(self.texts))]
        separator = self.separator
        return [text.split(separator) for text in self.texts[first:]]

    def text(self, first: int = 1) -> list[str]:
        """The elements from `first` on with the separators between their components."""
        texts = self.texts[first:]
        escapes = self.escapes
        return [text.translate(escapes) for text in texts] if escapes else texts


class Segments(Sequence[Segment]):
    """The segments of a message, kept as text and cut each time they are looked at.

    A reader looks once, in order; thousands of small lists that exist at the same time would take
    ten times the memory of the message (measured).
    """

    __slots__ = ("_separators", "_texts")

    def __init__(self, separators: Separators, texts: list[str]) -> None:
        self._separators = separators
        self._texts = texts

    def numbered(self) -> Iterable[tuple[int, str]]:
        """Numbers and texts of the segments, for readers that know some by their text."""
        return enumerate(self._texts, 1)

    @property
    def separators(self) -> Separators:
        """By which the texts are cut."""
        return self._separators

    def add(self, texts: Iterable[str]) -> None:
        self._texts += texts

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[Segment]:
        separators = self._separators
        for number, text in self.numbered():
            yield Segment(text, number, separators)

    @overload
    def __getitem__(self, index: int) -> Segment: ...

    @overload
    def __getitem__(self, index: slice) -> list[Segment]: ...

    def __getitem__(self, index: int | slice) -> Segment | list[Segment]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        return Segment(self._texts[at], self._number(at), self._separators)

    def _number(self, at: int) -> int:
        return at + 1


class NumberedSegments(Segments):
    """Segments whose numbers are those of the message as sent: put-in ones bear their neighbour's."""

    __slots__ = ("_numbers",)

    def __init__(self, separators: Separators, found: list[tuple[int, str]]) -> None:
        super().__init__(separators, [text for _, text in found])
        self._numbers = [number for number, _ in found]

    def numbered(self) -> Iterable[tuple[int, str]]:
        return zip(self._numbers, self._texts, strict=True)

    def _number(self, at: int) -> int:
        return self._numbers[at]


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a message (units of CONTRL: UNH = 1); `message` is the reference in UNH.

    Segments outside of any message have neither: '' and 0.
    """

    message: str
    segment: int
    tag: str
    element: int | None = None
    component: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in what was received; `text` never contains values of the message."""

    code: str
    text: str
    position: Position | None = None
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Header:
    """UNB: who sent what to whom. `prepared` is naive (no zone is transmitted)."""

    syntax_identifier: str
    sender: str
    sender_qualifier: str
    recipient: str
    recipient_qualifier: str
    prepared: datetime | None
    control_reference: str
    application_reference: str
    test: bool
    acknowledge: bool = False  # 0031: the sender asks for CONTRL


@dataclass(slots=True)
class RawMessage:
    """UNH..UNT (both included in `segments`) with the header of its interchange."""

    interchange: Header
    type: str
    version: str
    release: str
    agency: str
    association: str
    reference: str
    common_access_reference: str
    sequence: int | None  # S010/0070: number of this part
    part: str  # S010/0073: C first, F last, '' between or not sent
    segments: Segments
    faults: list[Fault] = field(default_factory=list)
    group_sender: str = ""  # UNG S006 and S007: the applications behind sender and recipient
    group_recipient: str = ""

    def position(
        self, segment: Segment, element: int | None = None, component: int | None = None
    ) -> Position:
        return Position(self.reference, segment.number, segment.tag[:3], element, component)


@dataclass(slots=True)
class Interchange:
    """One UNB..UNZ; `start` and `end` are byte offsets in the file it was found in."""

    header: Header
    syntax: Syntax
    start: int
    end: int
    messages: list[RawMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
