"""The places of faults in the text of a transmission, for officers who may see it. Pure.

What is denied and the middle of card numbers are never shown: the text is scrubbed first, whatever was
kept, as the mapping that it was read with means it and as the one in force does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.formats.edifact import RawMessage, Segment
from app.formats.pnrgov.privacy import mask_cards
from app.messages.contents import Contained, contents
from app.messages.models import MessageFault
from app.messages.rules import NO_RULES, Rules
from app.messages.scrub import scrub

AROUND = 2  # segments before and after
MOST = 50  # excerpts
LONGEST = 600  # characters of a segment
BEGINNING = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One segment: its number, and its text in three pieces, the middle one being the place of the fault."""

    number: int
    before: str
    marked: str
    after: str
    at_fault: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The surroundings of one fault. ``moved``: another segment stands there now, parts were taken out."""

    fault: MessageFault
    lines: tuple[Line, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """How the transmission begins, and the places of its faults."""

    beginning: str
    excerpts: tuple[Excerpt, ...]


def show_raw(
    raw: bytes,
    rules: Rules,
    faults: Sequence[MessageFault],
    *,
    deny: frozenset[str],
    newer: Rules = NO_RULES,
) -> Shown:
    """``rules`` are those that it was read with: of them only what finds the segments matters here.

    ``deny`` holds the service codes that are not shown, ``newer`` is the mapping in force now.
    """
    data = scrub(scrub(raw, deny, rules=newer), deny, rules=rules)
    finding = Rules(charset=rules.charset, separators=rules.separators)
    found, _ = contents(data, finding)
    beginning = mask_cards(data[:BEGINNING].decode("utf-8", "replace"))
    places = (fault for fault in faults if fault.segment is not None)
    lines = data.decode("utf-8", "replace").split("\n")
    shown = [
        _of_line(lines, fault) if is_of_line(found, fault) else _excerpt(found, fault)
        for fault, _ in zip(places, range(MOST), strict=False)
    ]
    return Shown(beginning, tuple(shown))


def is_of_line(found: Sequence[Contained], fault: MessageFault) -> bool:
    """Whether the place of a fault is a line, as it is in XML and around it, and no segment of a message."""
    if fault.ordinal is None:
        return not fault.reference
    return fault.ordinal < len(found) and found[fault.ordinal].push is not None


def _of_line(lines: Sequence[str], fault: MessageFault) -> Excerpt:
    """``element`` is the column, if any is known: of a long line what stands round it is shown."""
    at = (fault.segment or 1) - 1
    if not 0 <= at < len(lines):
        return Excerpt(fault, moved=True)
    column = max((fault.element or 1) - 1, 0)
    first = max(0, column - LONGEST // 2)
    own = mask_cards(lines[at])[first : first + LONGEST]
    before, marked = own[: column - first], own[column - first :] if fault.element else ""
    start = max(0, at - AROUND)
    shown = [
        Line(number, _short(mask_cards(text)), "", "", at_fault=False)
        for number, text in enumerate(lines[start : at + AROUND + 1], start + 1)
    ]
    shown[at - start] = Line(at + 1, before if marked else own, marked, "", at_fault=True)
    return Excerpt(fault, tuple(shown))


def _excerpt(found: Sequence[Contained], fault: MessageFault) -> Excerpt:
    message = _message_of(found, fault)
    at = (fault.segment or 1) - 1
    if message is None or at >= len(message.segments):
        return Excerpt(fault, moved=True)
    segments = message.segments[max(0, at - AROUND) : at + AROUND + 1]
    own = message.segments[at]
    if fault.tag and own.tag[:3] != fault.tag:
        return Excerpt(fault, moved=True)
    return Excerpt(fault, tuple(_line(one, fault) for one in segments))


def _message_of(found: Sequence[Contained], fault: MessageFault) -> RawMessage | None:
    if fault.ordinal is not None:
        return found[fault.ordinal].message if fault.ordinal < len(found) else None
    messages = (one.message for one in found if one.message)
    return next((one for one in messages if one.reference == (fault.reference or "")), None)


def _line(segment: Segment, fault: MessageFault) -> Line:
    at_fault = segment.number == fault.segment
    texts = [mask_cards(text) for text in segment.text(0)]
    element = fault.element if at_fault else None
    if element is None or not 0 < element < len(texts):
        return Line(segment.number, _short("+".join(texts)), "", "", at_fault)
    before, after = texts[:element], texts[element + 1 :]
    return Line(
        segment.number, _short("+".join((*before, ""))), _short(texts[element]),
        _short("+".join(("", *after))), at_fault,
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
