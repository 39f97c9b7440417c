"""CONTRL: acknowledgement or rejection of an interchange by its syntax (ISO 9735-4).

UCI speaks of the interchange, UCM of a message, UCS of a segment (its position, UNH = 1), UCD of a
data element of it: the units of our own faults, so a report is made of them directly. One thing
differs: on the wire the tag is element 1 of a segment (0098), in our values the one behind it is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.formats.edifact import Fault, Header, Position, RawMessage, Segment, Writer
from app.formats.paxlst_person import kind_of


class Action(StrEnum):
    """0083."""

    REJECTED = "4"
    ACKNOWLEDGED = "7"
    RECEIVED = "8"


class Error(StrEnum):
    """0085, those that we report (UN service code list)."""

    VERSION = "2"
    INVALID_VALUE = "12"
    MISSING = "13"
    VALUE_NOT_SUPPORTED = "14"
    TOO_MANY_CONSTITUENTS = "16"
    UNSPECIFIED = "18"
    CHARACTERS = "21"
    REFERENCES = "28"
    COUNT = "29"
    LOWER_LEVEL_EMPTY = "32"
    OUTSIDE = "33"


ERRORS: dict[str, Error] = {
    "header_truncated": Error.MISSING,
    "message_truncated": Error.MISSING,
    "interchange_truncated": Error.MISSING,
    "no_message": Error.LOWER_LEVEL_EMPTY,
    "segment_outside_message": Error.OUTSIDE,
    "interchange_too_long": Error.UNSPECIFIED,  # our limits: 0085 has no code for them
    "too_many_segments": Error.UNSPECIFIED,
    "segment_too_long": Error.TOO_MANY_CONSTITUENTS,
    "segment_count": Error.COUNT,
    "message_count": Error.COUNT,
    "interchange_count": Error.COUNT,
    "message_reference": Error.REFERENCES,
    "group_reference": Error.REFERENCES,
    "control_reference": Error.REFERENCES,
    "character_set": Error.CHARACTERS,
    "message_type": Error.VALUE_NOT_SUPPORTED,
    "flight_missing": Error.MISSING,
    "no_flight": Error.MISSING,
    "name_missing": Error.MISSING,
    "role_missing": Error.MISSING,
    "role_unknown": Error.VALUE_NOT_SUPPORTED,
    "person_unread": Error.MISSING,
    "segment_unread": Error.VALUE_NOT_SUPPORTED,
    "tag_damaged": Error.VALUE_NOT_SUPPORTED,
    "terminator_missing": Error.MISSING,
    "name_cut": Error.CHARACTERS,
    "document_number_missing": Error.MISSING,
    "flight_number": Error.INVALID_VALUE,
    "airport": Error.INVALID_VALUE,
    "time": Error.INVALID_VALUE,
    "date": Error.INVALID_VALUE,
    "sex": Error.INVALID_VALUE,
    "country": Error.INVALID_VALUE,
}
"""Our faults as 0085. What is not here is no matter of syntax: carriers, duplicates, matching."""


@dataclass(frozen=True, slots=True)
class ElementReport:
    """UCD: an element (1 = the one behind the tag) and maybe a component of it."""

    error: str
    element: int
    component: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """UCS: `position` in the message, UNH = 1; `error` '' when it lies in the elements."""

    position: int
    error: str = ""
    elements: tuple[ElementReport, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageReport:
    """UCM. `identifier` is S009 of the message, for example ("PAXLST", "D", "05B", "UN")."""

    reference: str
    identifier: tuple[str, ...]
    action: str
    error: str = ""
    segments: tuple[SegmentReport, ...] = ()


@dataclass(frozen=True, slots=True)
class SyntaxReport:
    """One CONTRL message; `subject_*` repeat UNB of the interchange that it is about."""

    header: Header
    subject_reference: str
    subject_sender: tuple[str, ...]
    subject_recipient: tuple[str, ...]
    action: str
    error: str = ""
    messages: tuple[MessageReport, ...] = ()
    reference: str = "1"
    version: str = "D.3"
    agency: str = "UN"
    unknown: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()


# --- from our faults -----------------------------------------------------------------------------


def is_syntax(fault: Fault) -> bool:
    """Whether a fault is one that CONTRL reports."""
    return fault.code in ERRORS


def report_message(
    message: RawMessage, faults: Iterable[Fault], *, rejected: bool
) -> MessageReport:
    """UCM of one message; faults of other kinds than syntax are left out."""
    own = [fault for fault in faults if is_syntax(fault)]
    whole = next((fault for fault in own if _place(fault) is None), None)
    error = ERRORS[whole.code] if whole else ""
    if rejected and not own:
        error = Error.UNSPECIFIED
    return MessageReport(
        message.reference,
        _trimmed(message.type, message.version, message.release, message.agency),
        Action.REJECTED if rejected else Action.ACKNOWLEDGED,
        error,
        _segments(own),
    )


def _place(fault: Fault) -> Position | None:
    """Where in a message; the faults of a whole message name its UNH without an element."""
    where = fault.position
    return None if where is None or (where.segment == 1 and where.element is None) else where


def _segments(faults: Sequence[Fault]) -> tuple[SegmentReport, ...]:
    """One UCS for each segment in order; UCD where the fault names an element."""
    errors: dict[int, str] = {}
    elements: dict[int, dict[tuple[int, int | None], str]] = {}
    for fault in faults:
        where = _place(fault)
        if where is None:
            continue
        errors.setdefault(where.segment, "")
        if where.element is None:
            errors[where.segment] = errors[where.segment] or ERRORS[fault.code]
        else:
            named = elements.setdefault(where.segment, {})
            named.setdefault((where.element, where.component), ERRORS[fault.code])
    return tuple(
        SegmentReport(
            position, errors[position],
            tuple(ElementReport(error, *at) for at, error in elements.get(position, {}).items()),
        )
        for position in sorted(errors)
    )  # fmt: skip


def report(
    header: Header,
    subject: Header,
    messages: Sequence[MessageReport],
    faults: Iterable[Fault] = (),
) -> SyntaxReport:
    """UCI of the interchange whose UNB is `subject`; `faults` are those of the interchange itself.

    Rejected when no message of it was taken. Messages without anything to say are left out: action 7
    acknowledges what is not explicitly rejected.
    """
    own = next((fault for fault in faults if is_syntax(fault)), None)
    taken = any(one.action != Action.REJECTED for one in messages)
    told = [one for one in messages if one.action == Action.REJECTED or one.error or one.segments]
    return SyntaxReport(
        header,
        subject.control_reference,
        _trimmed(subject.sender, subject.sender_qualifier),
        _trimmed(subject.recipient, subject.recipient_qualifier),
        Action.ACKNOWLEDGED if taken else Action.REJECTED,
        ERRORS[own.code] if own else "",
        tuple(told),
    )


def _trimmed(*parts: str) -> tuple[str, ...]:
    """Without empty components at the end, as they are not transmitted."""
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


# --- reading -------------------------------------------------------------------------------------


def read(message: RawMessage) -> SyntaxReport:
    """What the message says; faults of the EDIFACT layer come first in its faults. Never raises."""
    reader = _Reader(message)
    for segment in message.segments:
        _HANDLERS.get(segment.tag, _Reader.note_unknown)(reader, segment)
    return reader.finish()


class _Reader:
    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.subject: tuple[str, tuple[str, ...], tuple[str, ...], str, str] | None = None
        self.messages: list[tuple[str, tuple[str, ...], str, str]] = []
        self.segments: list[list[tuple[int, str, list[ElementReport]]]] = []
        self.unknown: Counter[str] = Counter()
        self.faults = list(message.faults)

    def finish(self) -> SyntaxReport:
        if self.subject is None:
            text = "no UCI names the interchange"
            self.faults.append(Fault("interchange_missing", text, severity="warning"))
        message = self.message
        return SyntaxReport(
            message.interchange, *(self.subject or ("", (), (), "", "")),
            tuple(
                MessageReport(*head, tuple(SegmentReport(p, e, tuple(d)) for p, e, d in inside))
                for head, inside in zip(self.messages, self.segments, strict=True)
            ),
            message.reference, f"{message.version}.{message.release}", message.agency,
            tuple(self.unknown.items()), tuple(self.faults),
        )  # fmt: skip

    def note_unknown(self, segment: Segment) -> None:
        self.unknown[kind_of(segment)] += 1

    def fault(self, code: str, text: str, segment: Segment, element: int) -> None:
        where = self.message.position(segment, element)
        self.faults.append(Fault(code, text, where, "warning"))

    def action(self, segment: Segment, element: int) -> str:
        found = segment.value(element)
        if found not in set(Action):
            self.fault("action", "neither rejected nor acknowledged", segment, element)
        return found


def _uci(reader: _Reader, segment: Segment) -> None:
    reader.subject = (
        segment.value(1), _trimmed(*segment.composite(2)), _trimmed(*segment.composite(3)),
        reader.action(segment, 4), segment.value(5),
    )  # fmt: skip


def _ucm(reader: _Reader, segment: Segment) -> None:
    identifier = _trimmed(*segment.composite(2))
    head = (segment.value(1), identifier, reader.action(segment, 3), segment.value(4))
    reader.messages.append(head)
    reader.segments.append([])


def _ucs(reader: _Reader, segment: Segment) -> None:
    position = _number(segment.value(1))
    if not reader.messages:
        reader.fault("misplaced", "UCS before any UCM", segment, 1)
    elif position is None:
        reader.fault("segment_position", "UCS names no position", segment, 1)
    else:
        reader.segments[-1].append((position, segment.value(2), []))


def _ucd(reader: _Reader, segment: Segment) -> None:
    element = _number(segment.value(2))
    if not reader.segments or not reader.segments[-1]:
        reader.fault("misplaced", "UCD before any UCS", segment, 1)
    elif not element:
        reader.fault("element_position", "UCD names no position", segment, 2)
    else:
        component = _number(segment.value(2, 2))
        reader.segments[-1][-1][2].append(ElementReport(segment.value(1), element - 1, component))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _ignore(_reader: _Reader, _segment: Segment) -> None:
    """UNH and UNT are the EDIFACT layer's."""


_HANDLERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "UNH": _ignore,
    "UNT": _ignore,
    "UCI": _uci,
    "UCM": _ucm,
    "UCS": _ucs,
    "UCD": _ucd,
}

# --- writing -------------------------------------------------------------------------------------


def write(*reports: SyntaxReport) -> str:
    """One interchange with a message for each report; the header of the first is the interchange's.

    Raises ValueError without any report or when the header has no time of preparation.
    """
    if not reports:
        raise ValueError("an interchange needs a report")
    out = Writer.of(reports[0].header)
    for one in reports:
        _message(out, one)
    return out.close()


def _message(out: Writer, one: SyntaxReport) -> None:
    version, _, release = one.version.partition(".")
    out.begin(one.reference, ("CONTRL", version, release, one.agency))
    sender, recipient = one.subject_sender, one.subject_recipient
    out.segment("UCI", one.subject_reference, sender, recipient, one.action, one.error)
    for message in one.messages:
        out.segment("UCM", message.reference, message.identifier, message.action, message.error)
        for segment in message.segments:
            out.segment("UCS", str(segment.position), segment.error)
            for element in segment.elements:
                component = "" if element.component is None else str(element.component)
                out.segment("UCD", element.error, (str(element.element + 1), component))
    out.end()
