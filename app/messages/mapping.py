"""Apply a sender's mapping to its messages, between finding the segments and reading them. Pure.

``prepared`` puts character set and separators right before anything is cut, ``mapped`` the codes in
the segments of one message. Readers know nothing of it. Segments keep their numbers, so that faults still
point at what the sender sent.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from app.formats.edifact import NumberedSegments, RawMessage, Segment, Segments
from app.formats.edifact_model import Separators
from app.messages.rules import CHARSETS, DateOrder, Qualifier, Rules, Where

_UNB = re.compile(rb"(?:UNA[^\r\n]{6}[ \t\r\n]*)?(UNB ?[^A-Za-z0-9 \t\r\n\x00][A-Z]{4})")
_PEOPLE = frozenset({"FL", "FM", "DDU", "DDT"})
_STOPS = frozenset({"125", "87", "92", "130"})
_ARRIVALS = frozenset({"232", "132", "178"})
_END_OF_FLIGHT = frozenset({"TDT", "NAD", "CNT", "UNT"})
_BORDER_STOPS = ("125", "87")

# Where codes stand: tag -> (element, component); element 0 stands for every element from 1 on.
_CARRIERS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "TDT": ((5, 1),), "TVL": ((4, 1), (4, 2)), "RCI": ((0, 1),), "ORG": ((1, 1), (4, 1)),
}  # fmt: skip
_PLACES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "TVL": ((2, 1), (3, 1)), "ORG": ((1, 2),), "SSR": ((1, 7), (1, 8)),
}  # fmt: skip
# LOC 3227 whose code is an airport; others name states.
_PORT_QUALIFIERS = frozenset({*_STOPS, "22", "178", "179", "172", "188"})
# Booking dates (read as DDMMYY): tag -> (element, component), element 0 as above.
_BOOKING_DATES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "TVL": ((1, 1), (1, 3)), "RCI": ((0, 4),), "DAT": ((0, 2),),
}  # fmt: skip
_LIST_CODES = {6: "101", 8: "102", 10: "201", 12: "203"}  # DTM 2379 of year-first dates by length


def prepared(data: bytes, rules: Rules) -> bytes:
    """The bytes with the character set and the separators that the rules force.

    What cannot be in the forced character set is replaced, as reading does; interchanges in UTF-16 and XML
    stay as they are.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.lstrip()[:1] == b"<":
        return data
    if rules.charset:
        data = data.decode(CHARSETS[rules.charset], "replace").encode()
    if rules.separators:
        una = b"UNA" + rules.separators.encode()
        data = _UNB.sub(lambda found: una + found[1], data)
    return data


def mapped(message: RawMessage, rules: Rules) -> RawMessage:
    """The message as its sender means it; the same object where no rule touches it."""
    kind = rules.types.get(message.type, message.type)
    if kind != message.type:
        message = replace(message, type=kind)
    if not rules.rewrites or kind not in ("PAXLST", "PNRGOV"):
        return message
    mapper = _ListMapper(rules) if kind == "PAXLST" else _PushMapper(rules)
    return replace(message, segments=mapper.run(message.segments))


class _Mapper:
    """What lists and pushes share. ``separators`` are those that the texts are cut by."""

    carriers = _CARRIERS
    places = _PLACES

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.separators = Separators()
        self.in_body = False
        self.qualifiers: dict[str, list[Qualifier]] = {}
        for one in rules.qualifiers:
            self.qualifiers.setdefault(one.tag, []).append(one)

    def run(self, segments: Segments) -> NumberedSegments:
        self.separators = segments.separators
        found: list[tuple[int, str]] = []
        for segment in segments:
            self.in_body = self.in_body or self.begins_body(segment)
            for text in self.rewritten(segment):
                found.append((segment.number, text))
        return NumberedSegments(self.separators, self.completed(found))

    def rewritten(self, segment: Segment) -> list[str]:
        """The texts that stand in the segment's place."""
        self.requalify(segment)
        self.replace_at(segment, self.carriers.get(segment.tag, ()), self.rules.carriers)
        self.replace_at(segment, self.places.get(segment.tag, ()), self.rules.airports)
        self.change(segment)
        return [self.separators.element.join(segment.texts)]

    def begins_body(self, segment: Segment) -> bool:
        raise NotImplementedError

    def change(self, segment: Segment) -> None:
        """What this kind of message needs besides."""

    def completed(self, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return found

    def requalify(self, segment: Segment) -> None:
        for rule in self.qualifiers.get(segment.tag, ()):
            here = Where.BODY if self.in_body else Where.HEADER
            if rule.where in (Where.ANY, here) and segment.value(1).upper() == rule.sent:
                self.set(segment, 1, 1, rule.meant)
                return

    def replace_at(
        self, segment: Segment, places: tuple[tuple[int, int], ...], table: Mapping[str, str]
    ) -> None:
        if table:
            self.each(segment, places, lambda sent: table.get(sent.upper(), sent))

    def each(
        self,
        segment: Segment,
        places: tuple[tuple[int, int], ...],
        change: Callable[[str], str],
    ) -> None:
        """Change the components at these places where they are there."""
        for element, component in places:
            elements = range(1, len(segment.texts)) if element == 0 else (element,)
            for at in elements:
                sent = segment.value(at, component)
                meant = change(sent) if sent else sent
                if meant != sent:
                    self.set(segment, at, component, meant)

    def set(self, segment: Segment, element: int, component: int, value: str) -> None:
        """Values are letters and digits: nothing in them needs to be released."""
        parts = segment.texts[element].split(self.separators.component)
        parts += [""] * (component - len(parts))
        parts[component - 1] = value
        segment.texts[element] = self.separators.component.join(parts)


class _ListMapper(_Mapper):
    """PAXLST."""

    def begins_body(self, segment: Segment) -> bool:
        return segment.tag == "NAD" and segment.value(1).upper() in _PEOPLE

    def change(self, segment: Segment) -> None:
        match segment.tag:
            case "TDT":
                self.each(segment, ((2, 1),), self.flight)
            case "LOC":
                self.change_place(segment)
            case "DOC":
                self.replace_at(segment, ((1, 1),), self.rules.documents)
            case "DTM":
                self.change_date(segment)

    def flight(self, sent: str) -> str:
        """A flight number with its carrier's code in front: the longest code that is followed by a digit."""
        compact = sent.upper().replace(" ", "")
        for code in sorted(self.rules.carriers, key=len, reverse=True):
            rest = compact.removeprefix(code).lstrip("-/")
            if compact.startswith(code) and rest[:1].isdigit():
                return self.rules.carriers[code] + rest
        return sent

    def change_place(self, loc: Segment) -> None:
        if loc.value(1) in _PORT_QUALIFIERS:
            self.replace_at(loc, ((2, 1),), self.rules.airports)
        border = self.rules.border
        if border and not self.in_body and loc.value(1) in _STOPS:
            port = loc.value(2).upper()
            if port in border:
                self.set(loc, 1, 1, _BORDER_STOPS[border.index(port)])

    def change_date(self, dtm: Segment) -> None:
        sent = dtm.value(1, 2)
        meant = reordered(sent, self.rules.list_dates, DateOrder.YMD)
        if meant != sent:
            self.set(dtm, 1, 2, meant)
            self.set(dtm, 1, 3, _LIST_CODES[len(meant)])

    def completed(self, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """A flight without a single stop gets those of the border leg."""
        if not self.rules.border:
            return found
        made: list[tuple[int, str]] = []
        group: list[tuple[int, str]] = []
        for one in found:
            if self.tag(one[1]) in _END_OF_FLIGHT:
                made += self.with_stops(group, self.rules.border)
                group = []
            group.append(one)
        return made + group

    def with_stops(
        self, group: list[tuple[int, str]], border: tuple[str, str]
    ) -> list[tuple[int, str]]:
        """The segments of one TDT, with stops in front of the times that belong to them."""
        tags = [self.tag(text) for _, text in group]
        if tags[:1] != ["TDT"] or "LOC" in tags:
            return group
        number, element = group[0][0], self.separators.element
        start, end = (
            (number, element.join(("LOC", qualifier, port)))
            for qualifier, port in zip(_BORDER_STOPS, border, strict=True)
        )
        arrivals = [one for one in group[1:] if self.is_arrival(one[1])]
        others = [one for one in group[1:] if one not in arrivals]
        return [group[0], start, *others, end, *arrivals]

    def tag(self, text: str) -> str:
        return text.partition(self.separators.element)[0].strip(" \t")

    def is_arrival(self, text: str) -> bool:
        return self.tag(text) == "DTM" and Segment(text, 0, self.separators).value(1) in _ARRIVALS


class _PushMapper(_Mapper):
    """PNRGOV."""

    def begins_body(self, segment: Segment) -> bool:
        return segment.tag == "SRC"

    def change(self, segment: Segment) -> None:
        order = self.rules.booking_dates
        places = _BOOKING_DATES.get(segment.tag)
        if order and places:
            self.each(segment, places, lambda sent: reordered(sent, order, DateOrder.DMY))


# --- dates ----------------------------------------------------------------------------------------


def reordered(text: str, order: str, wanted: DateOrder) -> str:
    """Digits of a date (6 or 8, or with HHMM behind) in another order; other texts as they are.

    ``order`` '' is none of the sender's own. A date that is none in its order is left alone as well: most
    such senders write some of their dates right.
    """
    size = {6: 6, 8: 8, 10: 6, 12: 8}.get(len(text))
    if not order or order == wanted or size is None or not (text.isascii() and text.isdigit()):
        return text
    date, time = text[:size], text[size:]
    if order == DateOrder.YMD:
        year, month, day = date[:-4], date[-4:-2], date[-2:]
    elif order == DateOrder.DMY:
        day, month, year = date[:2], date[2:4], date[4:]
    else:
        month, day, year = date[:2], date[2:4], date[4:]
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return text
    return (year + month + day if wanted == DateOrder.YMD else day + month + year) + time
