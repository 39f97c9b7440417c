"""Damage in a PNRGOV that would lose a traveller or a booking, or give one the data of another.

As in a list (`paxlst_damage`) a reader that meets it begins anew with the segments that `mended` gives. Certain
are a tag that a blank or lower case damaged, a TIF or SRC one edit away, one glued to the segment before it, and a
name that its own apostrophe cut. What else may begin somebody does so with an error, and the transmission waits.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from app.formats.edifact import BLANKS, Fault, NumberedSegments, Position, RawMessage, Segment
from app.formats.edits import is_edited
from app.formats.pnrgov.booking import TAGS

_PIECES = 3  # of a name, at most, behind the first
_MOST_FAULTS = 100  # of one message: what holds more damage is junk
_OF_BOOKING = frozenset({"RCI", "SSR", "DAT", "IFT", "ORG", "ADD", "EBD"})  # GR.1

Pair = tuple[int, str]
"""Number and text of a segment."""


def holds_glued(message: RawMessage) -> bool:
    """Whether TIF or SRC may stand behind a lost terminator. One search of the whole text."""
    end, element = message.segments.separators.terminator, message.segments.separators.element
    whole = end.join([text for _, text in message.segments.numbered()]) + end
    return any(whole.count(tag) != whole.count(end + tag) for tag in (f"TIF{element}", f"SRC{end}"))


def mended(message: RawMessage) -> RawMessage:
    """The message as it is to be read, with faults for all that was odd in it. Linear."""
    mender = _Mender(message)
    pairs: Iterable[Pair] = message.segments.numbered()
    for step in (mender.join_names, mender.cut_glued, mender.repair_tags, mender.divide):
        pairs = step(list(pairs))
    segments = NumberedSegments(message.segments.separators, list(pairs))
    return replace(message, segments=segments, faults=[*message.faults, *mender.faults])


class _Shapes:
    """What names look like behind a TIF."""

    def __init__(self, element: str, component: str) -> None:
        e, c = re.escape(element), re.escape(component)
        name = rf"[^\W\d_][^{e}{c}\d]*"
        surname = rf"{name}(?:{c}[IG]?(?:{c}\d*)?)?"
        kind = r"(?:A|ADT|C|CHD|CNN|CH|IN|INF|INS|IS)"
        rest = rf"(?:{c}[^{e}]*)?(?:{e}[^{e}]*)*"
        self.named = re.compile(rf"{surname}{e}{name}(?:{c}(?:{kind}|G)?{rest})?\Z", re.DOTALL)
        """A surname and a given name."""
        self.typed_here = re.compile(rf"{surname}{e}{name}{c}{kind}(?:[{e}{c}]|\Z)", re.DOTALL)
        self.typed = re.compile(rf"{surname}{e}{name}{c}{kind}{rest}\Z", re.DOTALL)
        """The same with the type of a traveller."""
        self.begins = re.compile(rf"{e}?[^\W\d_]")
        """Something that may be a name."""
        self.glued = re.compile(rf"TIF{e}(?={surname}{e}{name})")
        self.cut = re.compile(rf"[^\W\d_][^{e}{c}\d]*(?:{e}(?:{c}[^{e}]*)?)*\Z", re.DOTALL)
        """The rest of a name in DOCS, and references behind it."""
        self.behind_title = re.compile(r"(?:[^A-Z]|\b(?:MR|MRS|MS|MISS|MSTR))\Z")


@lru_cache(maxsize=16)
def _shapes(element: str, component: str) -> _Shapes:
    return _Shapes(element, component)


class _Mender:
    """Steps that each take the segments and give them changed."""

    def __init__(self, message: RawMessage) -> None:
        self.message = message
        self.separators = message.segments.separators
        self.element = self.separators.element
        self.shapes = _shapes(self.element, self.separators.component)
        self.faults: list[Fault] = []

    def tag(self, text: str) -> str:
        return text.partition(self.element)[0].strip(BLANKS)

    def fault(
        self,
        code: str,
        text: str,
        place: tuple[int, str],
        severity: Literal["error", "warning"] = "warning",
    ) -> None:
        """`place`: number and a tag of our own, as three letters of what stands there may be a name."""
        if len(self.faults) < _MOST_FAULTS:
            where = Position(self.message.reference, *place)
            self.faults.append(Fault(code, text, where, severity))

    # --- a name with an apostrophe that nobody released ---

    def join_names(self, pairs: list[Pair]) -> Iterator[Pair]:
        at = 0
        while at < len(pairs):
            number, text = pairs[at]
            pieces = self.pieces(pairs, at)
            if pieces:
                words = "name that a terminator cuts: an apostrophe that was not released"
                self.fault("name_cut", words, (number, self.tag(text)))
            yield number, "'".join((text, *pieces))
            at += 1 + len(pieces)

    def pieces(self, pairs: list[Pair], first: int) -> list[str]:
        """What stands behind a TIF or DOCS and is its own: no segment nor almost one, up to a known one."""
        whole = pairs[first][1]
        names = whole.startswith(f"TIF{self.element}")
        if self.separators.terminator != "'" or not (names or self.is_docs(whole)):
            return []
        found: list[str] = []
        for _, text in pairs[first + 1 : first + 2 + _PIECES]:
            if self.tag(text) in TAGS:
                break
            if not (self.is_of_names(whole, text) if names else self.shapes.cut.match(text)):
                return []
            whole = f"{whole}'{text}"
            found.append(text)
        else:
            return []
        return found if not names or self.shapes.named.match(whole[4:]) else []

    def is_docs(self, text: str) -> bool:
        return text.startswith(f"SSR{self.element}DOCS")

    def is_of_names(self, whole: str, text: str) -> bool:
        """Whether a text may be the rest of the last name so far, which has neither type nor reference."""
        if self.separators.component in whole.rpartition(self.element)[2] or not text[:1].isalpha():
            return False
        tag, given, _ = text.partition(self.element)
        if whole.count(self.element) > 1:
            return len(tag) > 3 or not given
        return not (self.meant(text) and self.shapes.typed.match(self.meant(text)))

    # --- a TIF or SRC whose terminator is lost ---

    def cut_glued(self, pairs: list[Pair]) -> Iterator[Pair]:
        for at, (number, text) in enumerate(pairs):
            following = self.tag(pairs[at + 1][1]) if at + 1 < len(pairs) else ""
            cuts = [0, *self.glued_names(number, text)]
            if self.element in text and text.endswith("SRC") and following == "RCI":
                cuts.append(len(text) - 3)
            elif text.startswith("SRC") and self.tag(text[3:]) in TAGS:
                cuts.append(3)
            for start, end in zip(cuts, [*cuts[1:], None], strict=True):
                yield number, text[start:end]
            if len(cuts) > 1:
                words = "no terminator between two segments"
                self.fault("terminator_missing", words, (number, "TIF"))

    def glued_names(self, number: int, text: str) -> Iterator[int]:
        """Where each TIF begins that is glued to what stands before it."""
        of_names = text.startswith(f"TIF{self.element}")
        given = text.find(self.element, 4) if of_names else 0
        for found in self.shapes.glued.finditer(text, 1):
            start = found.start()
            if given < 0 or start < given:
                continue  # a surname
            if not self.shapes.behind_title.search(text, max(0, start - 6), start):
                if not self.shapes.typed_here.match(text, found.end()):
                    continue
                if of_names:
                    words = "traveller whom perhaps no TIF begins"
                    self.fault("person_unread", words, (number, "TIF"), "error")
            yield start

    # --- damaged tags ---

    def repair_tags(self, pairs: list[Pair]) -> Iterator[Pair]:
        for at, (number, text) in enumerate(pairs):
            tag = self.tag(text)
            plain = tag.replace(" ", "").upper()
            if tag in TAGS:
                yield number, text
            elif plain in TAGS:
                self.fault("tag_damaged", "blank or lower case in a tag", (number, plain))
                yield number, plain + text.strip(BLANKS)[len(tag) :]
            elif self.is_almost_src(text):
                certain = at + 1 < len(pairs) and self.tag(pairs[at + 1][1]) == "RCI"
                self.taken("booking_unread", "SRC", number, certain=certain)
                yield number, "SRC"
            else:
                read = self.as_names(number, text)
                before = pairs[at - 1][1] if at else ""
                if (
                    read == text
                    and len(tag) != 3
                    and (self.tag(before) == "TIF" or self.is_docs(before))
                ):
                    words = "no segment, behind a name: it was not read"
                    self.fault("segment_unread", words, (number, self.tag(before)), "error")
                yield number, read

    def taken(self, code: str, tag: str, number: int, *, certain: bool) -> None:
        if certain:
            self.fault("tag_damaged", f"tag that is almost {tag}, read as {tag}", (number, tag))
        else:
            self.fault(code, f"segment that may be a {tag}", (number, tag), "error")

    def is_almost_src(self, text: str) -> bool:
        only = text.strip(BLANKS + self.element + self.separators.component).upper()
        return only not in TAGS and is_edited(only, "SRC")

    def as_names(self, number: int, text: str) -> str:
        """The TIF that this is or may be; the text itself for all else."""
        meant = self.meant(text)
        if meant:
            certain = self.shapes.named.match(meant) is not None
            self.taken("person_unread", "TIF", number, certain=certain)
            return f"TIF{self.element}{meant}"
        glued = text[3:] if text[:3].upper() == "TIF" else text
        for names in (text.partition(self.element)[2], glued):
            if self.shapes.typed.match(names):
                self.taken("person_unread", "TIF", number, certain=False)
                return f"TIF{self.element}{names}"
        return text

    def meant(self, text: str) -> str:
        """What stands behind a tag one edit from TIF, or behind TIF and a separator that is none; '' for all else."""
        tag, _, rest = text.partition(self.element)
        if is_edited(tag.strip(BLANKS).replace(" ", "").upper(), "TIF"):
            return rest if self.shapes.begins.match(rest) else ""
        if tag[:3].upper() == "TIF" and tag[3:4] and not tag[3].isalnum():
            return text[4:]
        return ""

    # --- an SRC that is not there ---

    def divide(self, pairs: list[Pair]) -> list[Pair]:
        """A booking begins with the locator of another one that other people follow."""
        divider = _Divider(self)
        for pair in pairs:
            divider.take(pair)
        return divider.out


class _Divider:
    """Of one booking at a time: RCI, and segments of GR.1 alone up to a TIF of somebody new, behind people or flights."""

    def __init__(self, mender: _Mender) -> None:
        self.mender = mender
        self.out: list[Pair] = []
        self.inside = False
        self.begin()

    def begin(self) -> None:
        self.locators: set[str] = set()
        self.names: set[tuple[str, str]] = set()
        self.told = False  # people or flights
        self.last = ""
        self.candidate: int | None = None

    def take(self, pair: Pair) -> None:
        segment = Segment(pair[1], pair[0], self.mender.separators)
        tag = segment.tag
        if tag == "SRC":
            self.begin()
            self.inside = True
        elif self.inside:
            self.follow(tag, segment)
        self.last = tag
        self.out.append(pair)

    def follow(self, tag: str, segment: Segment) -> None:
        if tag == "RCI":
            self.locate(segment)
        elif tag == "TIF":
            name = segment.value(1), segment.value(2)
            if self.candidate is not None and name not in self.names:
                self.divide()
            self.candidate = None
            self.names.add(name)
            self.told = True
        elif tag not in _OF_BOOKING:
            self.candidate = None
            self.told = self.told or tag == "TVL"

    def locate(self, segment: Segment) -> None:
        found = segment.value(1, 2)
        if self.told and self.last != "EQN" and found and found not in self.locators:
            self.candidate = len(self.out)
        if not self.told:
            self.locators.add(found)

    def divide(self) -> None:
        theirs = self.out[self.candidate :]
        del self.out[self.candidate :]
        number = theirs[0][0]
        words = "a second booking that no SRC begins"
        self.mender.fault("booking_unread", words, (number, "RCI"), "error")
        self.out += [(number, "SRC"), *theirs]
        self.begin()
