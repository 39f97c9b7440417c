"""Damage in a PAXLST that would give one person the data of another: found, and mended where that is certain.

A reader that meets it begins anew with the segments that `mended` gives. Certain are a tag NAD one edit away, a NAD
glued to the segment before it, a tag with a blank in it, and a name that its own apostrophe cut. For all else that
nobody can read there is an error; and where the data of a second person begin within the first's, a person without
name begins.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Literal

from app.formats import values
from app.formats.edifact import Fault, NumberedSegments, Position, RawMessage, Segment
from app.formats.edits import is_edited
from app.formats.paxlst_model import Role

if TYPE_CHECKING:
    from app.formats.paxlst_person import PersonDraft

_ROLES = tuple(Role)
_STAGES = frozenset({"20", "34"})
_BEHIND_NAD = frozenset(
    [
        "ATT",
        "DTM",
        "MEA",
        "GEI",
        "FTX",
        "LOC",
        "COM",
        "NAT",
        "RFF",
        "EMP",
        "DOC",
        "NAD",
        "CNT",
        "UNT",
    ]
)
_TAGS = _BEHIND_NAD | {"UNH", "BGM", "CTA", "TDT"}
_END_PERSON = frozenset({"UNH", "CNT", "UNT"})
_PIECES = 3  # of a name, at most, behind the first
_MOST_FAULTS = 100  # of one message: what holds more damage is junk

ONCE = frozenset({"sex", "nationality"})
"""Fields of a person that are told once and known by the text of their segment; also birth date and ABO are."""

Pair = tuple[int, str]
"""Number and text of a segment."""


class Damaged(Exception):  # noqa: N818  # no error of anybody: the reader begins anew
    """Something stands in a list that may be a person's beginning and is none."""


def is_damaged(segment: Segment, text: str, person: "PersonDraft | None") -> bool:
    """Whether a segment may begin, or belong to, another person than the one at hand."""
    tag, texts = segment.tag, segment.texts
    if tag == "NAD":  # two that are glued have nine elements
        return len(texts) > 8 and "NAD" in text[3:]
    if tag in _TAGS:
        return (
            "NAD" in text
            or (len(texts) > 4 and texts[1] in _ROLES)
            or (person is not None and _contradicts(person, segment))
        )
    if not _is_tag(tag):
        return True
    if len(texts) == 1:  # ORO of DELL'ORO
        return person is not None and segment.number == person.nad.number + 1
    return len(texts) > 4


def mended(message: RawMessage) -> RawMessage:
    """The list as it is to be read, with faults for all that was odd in it. Linear."""
    mender = _Mender(message)
    pairs: Iterable[Pair] = message.segments.numbered()
    for step in (mender.cut_glued, mender.repair_tags, mender.join_names, mender.divide):
        pairs = step(list(pairs))
    segments = NumberedSegments(message.segments.separators, list(pairs))
    return replace(message, segments=segments, faults=[*message.faults, *mender.faults])


# --- what is told once of a person ---------------------------------------------------------------


def _told_once(segment: Segment) -> tuple[str, str] | None:
    """The field of `PersonDraft` that the segment tells and its value; None for all others."""
    match segment.tag.upper(), segment.value(1).upper():
        case "ATT", "2":
            told = "sex", values.sex((segment.value(3) or segment.value(2)).upper())
        case "NAT", "2":
            told = "nationality", segment.value(2).upper()
        case "DTM", "329":
            told = "birth_date_text", segment.value(1, 2)
        case "RFF", "ABO":
            told = "unique_reference", segment.value(1, 2)
        case _:
            return None
    return told if _says(told[1]) else None


def _says(value: str) -> bool:
    """Whether a value says anything: `??` is no date of another person."""
    return any(character.isalnum() for character in value)


def _same(one: str, other: str) -> bool:
    """One value, of dates also with and without century."""
    return one == other or (min(len(one), len(other)) == 6 and one[-6:] == other[-6:])


def _contradicts(person: "PersonDraft", segment: Segment) -> bool:
    told = _told_once(segment)
    if told is None:
        return False
    known = getattr(person, told[0])
    return bool(known) and _says(known) and not _same(known, told[1])


# --- mending -------------------------------------------------------------------------------------


_OF_NAME = 4  # separators in front of the name in NAD


@lru_cache(maxsize=16)
def _begins(element: str) -> re.Pattern[str]:
    """A NAD of a person with a name, anywhere in a text."""
    return re.compile(rf"NAD{_role(element)}")


@lru_cache(maxsize=16)
def _shaped(element: str) -> re.Pattern[str]:
    """What looks like one but for its tag."""
    sign = re.escape(element)
    return re.compile(rf"[^{sign}]*({_role(element)}.*)", re.DOTALL)


def _role(element: str) -> str:
    sign = re.escape(element)
    return rf"{sign}(?:{'|'.join(_ROLES)}){sign}[^{sign}]*{sign}[^{sign}]*{sign}[^{sign}]"


def _is_tag(tag: str) -> bool:
    return len(tag) == 3 and tag.isascii() and tag.isalnum()


class _Mender:
    """Steps that each take the segments and give them changed."""

    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.separators = message.segments.separators
        self.element = self.separators.element
        self.faults: list[Fault] = []

    def segment(self, pair: Pair) -> Segment:
        return Segment(pair[1], pair[0], self.separators)

    def tag(self, pair: Pair) -> str:
        return pair[1].partition(self.element)[0].strip(" \t").upper()

    def fault(
        self, code: str, text: str, pair: Pair, severity: Literal["error", "warning"] = "warning"
    ) -> None:
        """Positions name NAD: three letters of what stands there may be somebody's name."""
        if len(self.faults) < _MOST_FAULTS:
            where = Position(self.message.reference, pair[0], "NAD")
            self.faults.append(Fault(code, text, where, severity))

    # --- a NAD whose beginning is lost or damaged ---

    def cut_glued(self, pairs: list[Pair]) -> Iterator[Pair]:
        begins = _begins(self.element)
        for number, text in pairs:
            starts = [found.start() for found in begins.finditer(text) if found.start()]
            for start, end in zip([0, *starts], [*starts, None], strict=True):
                yield number, text[start:end]
            if starts:
                words = "no terminator in front of NAD"
                self.fault("terminator_missing", words, (number, text))

    def repair_tags(self, pairs: list[Pair]) -> Iterator[Pair]:
        for pair in pairs:
            number, text = pair
            tag = self.tag(pair)
            if tag not in _TAGS and tag.replace(" ", "") in _TAGS:
                self.fault("tag_damaged", "blank within a tag", pair)
                yield number, tag.replace(" ", "") + text[text.find(self.element) :]
            elif tag != "NAD" and (meant := self.as_edited(text)):
                self.fault("tag_damaged", "tag that is almost NAD, read as NAD", pair)
                yield number, meant
            elif tag not in _TAGS and (found := _shaped(self.element).match(text)):
                self.fault("person_unread", "person whom no NAD begins", pair, "error")
                yield number, "NAD" + found[1]
            else:
                yield pair

    def as_edited(self, text: str) -> str:
        """The NAD that one edit has made of this; '' for all else."""
        for role in _ROLES:
            meant = f"NAD{self.element}{role}{self.element}"
            for size in range(len(meant) - 1, len(meant) + 2):
                whole = meant + text[size:]
                if is_edited(text[:size], meant) and _begins(self.element).match(whole):
                    return whole
        return ""

    # --- a name with an apostrophe that nobody released ---

    def join_names(self, pairs: list[Pair]) -> Iterator[Pair]:
        rest = iter(range(len(pairs)))
        for at in rest:
            number, text = pairs[at]
            pieces = self.pieces(pairs, at) if self.tag(pairs[at]) == "NAD" else []
            if pieces:
                words = "name that a terminator cuts: an apostrophe that was not released"
                self.fault("name_cut", words, pairs[at])
            yield number, "'".join((text, *pieces))
            for _ in islice(rest, len(pieces)):
                pass

    def pieces(self, pairs: list[Pair], nad: int) -> list[str]:
        """The texts behind a NAD that are its own: none is a segment or almost one, and behind them stands
        what follows a NAD.
        """
        if self.separators.terminator != "'" or pairs[nad][1].count(self.element) < _OF_NAME:
            return []
        end = nad + 1
        while end < len(pairs) and end - nad <= _PIECES and self.is_piece(pairs[end]):
            end += 1
        certain = end < len(pairs) and self.tag(pairs[end]) in _BEHIND_NAD
        return [text for _, text in pairs[nad + 1 : end]] if certain else []

    def is_piece(self, pair: Pair) -> bool:
        text, tag = pair[1].upper(), self.tag(pair)
        if tag in _TAGS or (self.element in text and len(tag) <= 3):
            return False
        return not any(
            is_edited(text[:size], one + self.element) for one in _TAGS for size in (3, 4, 5)
        )

    # --- a NAD that is not there ---

    def divide(self, pairs: list[Pair]) -> list[Pair]:
        """A person without name begins where a second person's data do."""
        divider = _Divider(self)
        for pair in pairs:
            divider.take(pair)
        return divider.out


class _Divider:
    """Of one person at a time. A value that is told again is a second person's if it is another one, or if
    something that nobody can read stands before it; that one begins there, or with the first value told again.
    """

    def __init__(self, mender: _Mender) -> None:
        self.mender = mender
        self.out: list[Pair] = []
        self.role = ""
        self.begin({})

    def begin(self, known: dict[str, str]) -> None:
        self.known = known
        self.broken: int | None = None  # where in `out` something stands that is no segment
        self.again: int | None = None  # where the first value stands that was told before
        self.last = ""

    def take(self, pair: Pair) -> None:
        segment = self.mender.segment(pair)
        tag = segment.tag.upper()
        if tag == "NAD":
            self.begin({})
            self.role = segment.value(1).upper()
        elif tag in _END_PERSON or (tag == "TDT" and segment.value(1) in _STAGES):
            self.begin({})
            self.role = ""
        elif not _is_tag(tag) or (len(segment.texts) == 1 and tag not in _TAGS):
            words = "no segment: it was not read"
            self.mender.fault("segment_unread", words, pair, "error")
            self.broken = len(self.out) if self.broken is None else self.broken
        elif self.role:
            told = _told_once(segment)
            if told:
                self.compare(*told, pair)
            self.last = told[0] if told else ""
        self.out.append(pair)

    def compare(self, field: str, value: str, pair: Pair) -> None:
        known = self.known.get(field)
        if known is None:
            self.known[field] = value
        elif field == self.last == "nationality":
            self.mender.fault("nationality", "several nationalities: the last counts", pair)
        elif self.broken is not None or not _same(known, value):
            self.divide(pair)
            self.known[field] = value
        elif self.again is None:
            self.again = len(self.out)

    def divide(self, pair: Pair) -> None:
        places = [one for one in (self.broken, self.again, len(self.out)) if one is not None]
        theirs = self.out[places[0] :]
        del self.out[places[0] :]
        first = (*theirs, pair)[0]
        words = "data of a second person whom no NAD begins"
        self.mender.fault("person_unread", words, first, "error")
        self.out.append((first[0], f"NAD{self.mender.element}{self.role}"))
        self.out += theirs
        told = (_told_once(self.mender.segment(one)) for one in theirs)
        self.begin(dict(one for one in told if one))
