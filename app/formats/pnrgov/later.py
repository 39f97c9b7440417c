"""The groups behind the itinerary: GR.8 divided records, GR.9 other services, GR.10 to 12 and LTS history."""

import re
from dataclasses import dataclass

from app.formats.edifact import Fault, Position, Segment
from app.formats.pnrgov import elements, parts
from app.formats.pnrgov.drafts import (
    LONGEST_TEXT,
    Asked,
    BookingDraft,
    Context,
    Damaged,
    Flight,
    Named,
    NonAirDraft,
    PaymentDraft,
    SplitDraft,
    Stay,
)
from app.formats.pnrgov.history import History
from app.formats.pnrgov.parts import Agent, Dated, Text
from app.formats.pnrgov.privacy import DROPPED, mask_cards, seal_card, tells_sensitive
from app.formats.pnrgov.record import Baggage
from app.formats.pnrgov.requests import service_of

_MOST_TEXTS = 20
_CONTACT_LINE = re.compile(r"/AP([EMHB])[ -]")
CARD_LINE = re.compile(r"\bFP ?CC ?([A-Z]{2}) ?((?:[0-9X*]{12,19})(?:\.[A-P]{32})?)(?:/(\d{4})\b)?")


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Whether a flight is open in it, and which table of steps holds."""

    on_leg: bool = False
    table: int = 0


BOOKING = Group()  # GR.1
TRAVELLER = Group()  # GR.2-4
ITINERARY = Group(on_leg=True)  # GR.5
CHECK_IN = Group(on_leg=True)  # GR.6, 7
SPLIT = Group()  # GR.8
NON_AIR = Group(table=1)  # GR.9
HISTORY = Group(table=2)  # GR.10-12


class LaterGroups:
    """What all groups share, and the handlers of the later ones. `_enter` is the first groups' affair."""

    __slots__ = ("cards", "context", "draft", "group", "history", "lines")

    def __init__(self, context: Context, index: int, number: int) -> None:
        self.context = context
        self.draft = BookingDraft(index, number)
        self.history = History(context.today)
        self.lines: list[str] = []  # LTS not read yet
        self.group = BOOKING
        self.cards: set[tuple[str, str]] = set()

    def _enter(self, group: Group) -> None:
        self.group = group

    def _fault(
        self, tag: str, number: int, code: str, text: str, element: int | None = None
    ) -> None:
        where = Position(self.context.message.reference, number, tag, element)
        self.draft.faults.append(Fault(code, text, where, "warning"))

    def _doubt(self) -> None:
        """What stands here may be damage: the message is read anew, mended."""
        if self.context.watch:
            raise Damaged

    def _cut(self, text: str, number: int) -> Segment:
        return Segment(text, number, self.context.separators)

    # --- GR.8 and GR.9 ---------------------------------------------------------------------------

    def eqn(self, found: tuple[int | None, str], _: int) -> None:
        self._enter(SPLIT)
        self.draft.splits.append(SplitDraft(*found))

    def msg(self, found: str, _: int) -> None:
        self._enter(NON_AIR)
        self.draft.non_air.append(NonAirDraft(found))

    def non_air_tvl(self, found: Stay, _: int) -> None:
        """When, where and what; a second TVL is a second service of the kind."""
        last = self.draft.non_air[-1]
        if last.stay:
            last = NonAirDraft(last.kind)
            self.draft.non_air.append(last)
        last.stay = found

    def non_air_rpi(self, found: tuple[int | None, str], _: int) -> None:
        last = self.draft.non_air[-1]
        last.quantity, last.status = found

    def non_air_ift(self, found: Text, _: int) -> None:
        texts = self.draft.non_air[-1].texts
        if found.dropped:
            self.draft.dropped += 1
        elif found.text and len(texts) < _MOST_TEXTS:
            texts.append(found.text)

    # --- GR.10 to GR.12, LTS ---------------------------------------------------------------------

    def abi(self, found: Agent, _: int) -> None:
        self._enter(HISTORY)
        self.read_lines()
        self.history.begin(found)

    def sac(self, found: str, _: int) -> None:
        self._enter(HISTORY)
        self.read_lines()
        self.history.act(found)

    def past_dat(self, found: tuple[Dated, ...], _: int) -> None:
        for one in found:
            self.history.dated(one.when)

    def past_tif(self, found: tuple[Named, ...], _: int) -> None:
        for one in found:
            self.history.name(one.surname, one.given)

    def past_request(self, found: Asked, _: int) -> None:
        if found.dropped:
            self.draft.dropped += 1
        elif found.code:
            self.history.service(service_of(found))

    def past_ift(self, found: Text, _: int) -> None:
        if found.dropped:
            self.draft.dropped += 1
        elif found.text:
            self.history.text(found.text)

    def past_tbd(self, found: Baggage, _: int) -> None:
        if found != Baggage():
            self.history.bags(found)

    def past_tvl(self, found: Flight, _: int) -> None:
        self.history.flight(found.leg, found.booking_class)

    def past_rpi(self, found: tuple[int | None, str], _: int) -> None:
        self.history.status(*found)

    def lts(self, text: str, _: int) -> None:
        """History and remarks as one system prints them: kept, and read together (`read_lines`)."""
        self.lines.append(text)

    def read_lines(self) -> None:
        """The lines that came: what is in none of them is looked for once, in all of them as one text.

        A booking of a year has thousands. To look through each for sensitive words, cards and contacts
        took two thirds of the time of its history (measured).
        """
        if not self.lines:
            return
        element, escapes = self.context.separators.element, self.context.separators.escapes
        lines = [text.partition(element)[2][:LONGEST_TEXT] for text in self.lines]
        self.lines = []
        text = "\n".join(lines)
        if escapes and not text.isascii():
            text = text.translate(escapes)
            lines = text.split("\n")
        if DROPPED in text or tells_sensitive(text, self.context.deny):
            count = len(lines)
            lines = [line for line in lines if not self._is_dropped(line)]
            self.draft.dropped += count - len(lines)
        self.history.take(lines, masks=mask_cards(text) != text)
        if "/AP" in text or "FP" in text:
            for line in lines:
                self._line_remark(line)

    def _is_dropped(self, line: str) -> bool:
        return line == DROPPED or tells_sensitive(line, self.context.deny)

    def _line_remark(self, line: str) -> None:
        """A contact or a card that a line tells of."""
        contact = _CONTACT_LINE.search(line)
        if contact:
            self.draft.contacts += parts.line_contacts(contact[1], line[contact.end() :])
        card = CARD_LINE.search(line) if "FP" in line else None
        if card:
            self._line_payment(card)

    def _line_payment(self, card: re.Match[str]) -> None:
        last_four, mark = seal_card(card[2], self.context.fingerprint)
        if (card[1], last_four) not in self.cards:
            self.cards.add((card[1], last_four))
            expiry = elements.expiry(card[3] or "")
            self.draft.payments.append(PaymentDraft("CC", card[1], last_four, mark, expiry))
