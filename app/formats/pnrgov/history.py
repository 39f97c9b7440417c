"""GR.10 to GR.12 and LTS: what was done to a booking, when and by whom.

A booking of a year has thousands of lines: the first `MOST` actions are kept, each text shortened
and with card numbers masked; all are counted.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

from app.formats.pnrgov import parts
from app.formats.pnrgov.parts import Agent
from app.formats.pnrgov.privacy import mask_cards
from app.formats.pnrgov.record import (
    Baggage,
    HistoryAction,
    HistoryItem,
    ItinerarySegment,
    Leg,
    SpecialService,
)

MOST = 200
LONGEST = 160
_NOBODY = Agent("")

# `14/A/SR/SSR DOCS...`, `0/5/C/5/AP ...`: the number of the step, what was done, to which element.
_LINE = re.compile(r"(?:\d{1,4}/)?(\d{1,4})/(?:([A-Z])/)?(?:\d{1,4}/)?(?:([A-Z]{2})[/ ])?")
_SIGNED = re.compile(r"(\d{2}[A-Z]{3})(\d{4})Z\Z")


class _Action:
    __slots__ = ("action", "baggage", "element", "names", "segments", "services", "texts")

    def __init__(self, action: str, element: str = "") -> None:
        self.action = action
        self.element = element
        self.names: list[tuple[str, str]] = []
        self.services: list[SpecialService] = []
        self.segments: list[ItinerarySegment] = []
        self.baggage: list[Baggage] = []
        self.texts: list[str] = []

    def final(self) -> HistoryAction:
        return HistoryAction(
            self.action, self.element, tuple(self.names), tuple(self.services),
            tuple(self.segments), tuple(self.baggage), tuple(self.texts),
        )  # fmt: skip


class _Item:
    """What one agent did: `actions` of SAC, or those that `lines` say, which are final at once."""

    __slots__ = ("actions", "agent", "at", "line", "lines")

    def __init__(self, agent: Agent = _NOBODY, line: int | None = None) -> None:
        self.agent = agent
        self.line = line
        self.at: datetime | None = None
        self.actions: list[_Action] = []
        self.lines: list[HistoryAction] = []

    def final(self) -> HistoryItem:
        office, city, company = self.agent
        actions = tuple(self.lines or [action.final() for action in self.actions])
        return HistoryItem(office, city, company, self.at, self.line, actions)


class History:
    """Collects the history of one booking."""

    __slots__ = ("action", "count", "item", "items", "kept", "lines", "today")

    def __init__(self, today: date | None) -> None:
        self.today = today
        self.items: list[_Item] = []
        self.lines: dict[str, _Item] = {}  # by the number as sent
        self.item: _Item | None = None
        self.action: _Action | None = None
        self.count = self.kept = 0

    def begin(self, agent: Agent) -> None:
        """ABI: somebody did something."""
        self.count += 1
        self.action = None
        self.item = _Item(agent)
        if len(self.items) < MOST:
            self.items.append(self.item)

    def dated(self, when: datetime | None) -> None:
        if self.item and when:
            self.item.at = when

    def act(self, action: str) -> None:
        """SAC: the next action of the item. Beyond the limit it is collected and forgotten."""
        if self.item is None:
            self.begin(_NOBODY)
        self.action = _Action(action)
        self.kept += 1
        if self.item and self.kept <= MOST:
            self.item.actions.append(self.action)

    def _current(self) -> _Action:
        if self.action is None:
            self.act("")
        assert self.action is not None
        return self.action

    def name(self, surname: str, given: str) -> None:
        self._current().names.append((surname, given))

    def service(self, service: SpecialService) -> None:
        self._current().services.append(service)

    def bags(self, baggage: Baggage) -> None:
        self._current().baggage.append(baggage)

    def text(self, text: str) -> None:
        self._current().texts.append(mask_cards(text)[:LONGEST])

    def flight(self, leg: Leg, booking_class: str) -> None:
        self._current().segments.append(ItinerarySegment(leg, booking_class))

    def status(self, quantity: int | None, status: str) -> None:
        """RPI: of the flight just named."""
        segments = self.action.segments if self.action else []
        if segments:
            named = segments[-1]
            segments[-1] = ItinerarySegment(named.leg, named.booking_class, status, quantity)

    def take(self, lines: Sequence[str], *, masks: bool) -> None:
        """LTS as one system prints it on its screens; other lines are kept as texts. `masks`: they may show cards."""
        room = max(0, MOST - self.kept)
        self.count += len(lines)
        self.kept += len(lines)
        for text in lines[:room]:
            sent, action, element, end = "", "", "", 0
            if found := _LINE.match(text):
                sent, action, element = found.groups("")
                end = found.end()
            item = self.lines.get(sent) or self._numbered(sent)
            if action == "Z":
                self._signed(item, text[end:])
            else:
                said = mask_cards(text[end:])[:LONGEST] if masks else text[end : end + LONGEST]
                item.lines.append(HistoryAction(action, element, (), (), (), (), (said,)))

    def _numbered(self, sent: str) -> _Item:
        """The step of that number, which some write with zeros."""
        number = int(sent) if sent else None
        key = str(number)
        item = self.lines.get(key)
        if item is None:
            item = self.lines[key] = _Item(line=number)
            self.items.append(item)
        self.lines[sent] = item
        return item

    def _signed(self, item: _Item, text: str) -> None:
        """`AA CR-SINXX08AA 32393340 SU 0001AA 19MAR1354Z`: who closed the step, and when."""
        item.agent = Agent(text.partition("CR-")[2].partition(" ")[0][:20])
        when = _SIGNED.search(text[-20:].replace(" ", ""))
        if when:
            item.at = parts.past_moment(when[1], when[2], self.today)

    def final(self) -> tuple[HistoryItem, ...]:
        return tuple([item.final() for item in self.items])
