"""One booking, segment by segment: GR.1 to GR.12 and LTS of PNRGOV.

The same tag means different things in different groups; only the triggers TIF, TVL, DAT, TRI, EQN,
MSG, ABI and SAC change the group one is in. Whatever is odd becomes a fault of this booking.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from typing import TypeVar

from app.formats import values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, Segment
from app.formats.pnrgov import elements, parts, ssr
from app.formats.pnrgov.drafts import (
    LONGEST_TEXT,
    BookingDraft,
    CheckInDraft,
    Context,
    Request,
    SegmentDraft,
    TicketDraft,
)
from app.formats.pnrgov.elements import at
from app.formats.pnrgov.privacy import mask_cards, seal_card, sensitive, tells_sensitive
from app.formats.pnrgov.record import (
    ExcessBaggage,
    FrequentFlyer,
    Locator,
    Originator,
    Payment,
    Split,
)


class Group(Enum):
    BOOKING = auto()  # GR.1
    TRAVELLER = auto()  # GR.2-4
    ITINERARY = auto()  # GR.5
    CHECK_IN = auto()  # GR.6, 7
    SPLIT = auto()  # GR.8
    NON_AIR = auto()  # GR.9
    HISTORY = auto()  # GR.10-12


class BookingReader:
    """Collects into `draft`; `take` never raises."""

    def __init__(self, context: Context, index: int, src: Segment) -> None:
        self.context = context
        self.draft = BookingDraft(index, src.number)
        self._enter(Group.BOOKING)
        self.ticket: TicketDraft | None = None
        self.checked_in: CheckInDraft | None = None
        self.check_in_at: datetime | None = None
        self.check_in_agent = ""
        self.names: set[tuple[str, str]] = set()
        self.cards: set[tuple[str, str]] = set()

    def take(self, segment: Segment) -> None:
        handler = _HANDLERS.get(segment.tag)
        if handler is None:
            self._fault(segment, "unknown_segment", "segment not known in this message")
        elif not self.ignoring or segment.tag in _LEAVE_IGNORED:
            handler(self, segment)

    def _enter(self, group: Group) -> None:
        self.group = group
        self.on_leg = group is Group.ITINERARY or group is Group.CHECK_IN
        self.ignoring = group is Group.NON_AIR or group is Group.HISTORY

    def _fault(self, segment: Segment, code: str, text: str, element: int | None = None) -> None:
        where = self.context.message.position(segment, element)
        self.draft.faults.append(Fault(code, text, where, "warning"))

    def _traveller(self) -> int | None:
        """The traveller under whom we stand, in GR.2-4 only."""
        return len(self.draft.travellers) - 1 if self.group is Group.TRAVELLER else None

    # --- GR.1 ------------------------------------------------------------------------------------

    def rci(self, segment: Segment) -> None:
        found = _once(self.context.locators, segment, _locators)
        draft = self.draft
        if self.group is Group.SPLIT and draft.splits:
            draft.splits[-1] = replace(draft.splits[-1], locators=tuple(found))
        elif self.on_leg:
            draft.itinerary[-1].locators += found
        else:
            draft.locators += found

    def org(self, segment: Segment) -> None:
        if self.on_leg:
            self.check_in_agent = segment.value(1) + segment.value(1, 2)
        elif self.draft.originator is None:
            found = _once(self.context.originators, segment, parts.originator)
            if found == _NO_ORIGINATOR:
                self.draft.empty_originator = True
            else:
                self.draft.originator = found

    def add(self, segment: Segment) -> None:
        who = self._traveller()
        for composite in segment.composites(2):
            found = elements.address(composite, who)
            if found:
                self.draft.addresses.append(found)
            text = ":".join(composite[7:])[:LONGEST_TEXT]
            if text.strip(" :"):
                self.draft.contacts += parts.contacts(text, at(composite, 0), who)

    def ebd(self, segment: Segment) -> None:
        self.draft.excess_baggage.append(
            ExcessBaggage(
                elements.amount(segment.value(1, 2)),
                elements.code(segment.value(1)),
                elements.number(segment.value(2)),
            )
        )

    def ift(self, segment: Segment) -> None:
        texts = segment.text(2)
        text = " ".join(texts)[:LONGEST_TEXT].strip(" ")
        match segment.value(1, 2):
            case "43":
                self._payer(texts)
            case "15" | "63":
                pass  # fare calculation; which carrier has seen the booking
            case _ if text:
                self._remark(text)

    def _payer(self, texts: list[str]) -> None:
        payments = self.draft.payments
        if payments and texts:
            payer = mask_cards(texts[0].strip(" ")[:200])
            payments[-1] = replace(payments[-1], payer=payer)

    def _remark(self, text: str) -> None:
        if tells_sensitive(text, self.context.deny):
            self.draft.dropped += 1
            return
        contact = ssr.ctc_in_remark(text, "OSI", self._traveller())
        if contact:
            self.draft.contacts.append(contact)
        else:
            self.draft.texts.append(mask_cards(text))

    def request(self, segment: Segment) -> None:
        """SSR: `SSR+CODE:status:quantity:carrier:::board:off:text+data::traveller reference`."""
        parts = segment.components(1)
        code = elements.code(at(parts, 0), 4)
        if not code:
            self._fault(segment, "ssr_code", "service request without a code", 1)
        elif sensitive(code, self.context.deny):
            self.draft.dropped += 1
        else:
            leg = len(self.draft.itinerary) - 1 if self.on_leg else None
            self.draft.requests.append(
                Request(code, parts, segment.composites(2), self._traveller(), leg)
            )

    # --- GR.2 to GR.4 ----------------------------------------------------------------------------

    def tif(self, segment: Segment) -> None:
        if self.group is Group.CHECK_IN and self.checked_in:
            self.checked_in.references.append(segment.value(2, 3))
            self.checked_in.surname = segment.value(1)
            self.checked_in.given = segment.value(2)
            return
        found = parts.travellers(segment)
        if self.group in (Group.BOOKING, Group.TRAVELLER):
            self._enter(Group.TRAVELLER)
        else:  # behind the itinerary: either named again or, from an odd sender, named at last
            found = [t for t in found if (t.surname, t.given) not in self.names]
            if found:
                text = "traveller named after the itinerary"
                self._fault(segment, "traveller_after_itinerary", text)
        self.ticket = None
        if any(not traveller.surname for traveller in found):
            self._fault(segment, "name_missing", "traveller without a surname", 1)
        self.draft.travellers += found
        self.names.update((t.surname, t.given) for t in found)

    def fti(self, segment: Segment) -> None:
        if not self.draft.travellers:
            return
        self.draft.travellers[-1].flyers += [
            FrequentFlyer(elements.code(at(c, 0)), at(c, 1).upper()[:25], at(c, 4))
            for c in segment.composites()
            if at(c, 1)
        ]

    def ref(self, segment: Segment) -> None:
        if self.draft.travellers:
            self.draft.travellers[-1].unique_id = segment.value(1, 2) or segment.value(1)

    def tkt(self, segment: Segment) -> None:
        name = segment.value(1).replace("-", "")
        self.ticket = TicketDraft(name if name.isalnum() else "", segment.value(1, 2))
        if self.draft.travellers and self.group is Group.TRAVELLER:
            self.draft.travellers[-1].tickets.append(self.ticket)

    def mon(self, segment: Segment) -> None:
        if self.ticket:
            self.ticket.prices += [p for c in segment.composites() if (p := elements.price(c))]

    def ptk(self, segment: Segment) -> None:
        if self.ticket:
            self.ticket.non_refundable = "NR" in segment.components(1)
            self.ticket.validating_carrier = elements.code(segment.value(4))
            self.ticket.sales_city = elements.code(segment.value(6))

    def fop(self, segment: Segment) -> None:
        for composite in segment.composites():
            found = elements.payment(composite, self.context.fingerprint, self._traveller())
            if found:
                self.cards.add((found.vendor, found.last_four))
                self.draft.payments.append(found)

    # --- GR.5 ------------------------------------------------------------------------------------

    def tvl(self, segment: Segment) -> None:
        found = _once(self.context.legs, segment, elements.flight).copy()
        itinerary = self.draft.itinerary
        if not (found.carrier or found.board or found.off or found.departure):
            if itinerary and not itinerary[-1].operating:
                itinerary[-1].operating = FlightNumber.of(itinerary[-1].operator, segment.value(5))
            return
        if found.departure is None and segment.value(1):
            self._fault(segment, "date", "departure is not a date", 1)
        self._enter(Group.ITINERARY)
        self.ticket = self.checked_in = self.check_in_at = None
        self.check_in_agent = ""
        itinerary.append(found)

    def _leg(self) -> SegmentDraft | None:
        return self.draft.itinerary[-1] if self.draft.itinerary else None

    def tra(self, segment: Segment) -> None:
        leg = self._leg()
        if leg:
            leg.operator = elements.code(segment.value(1)) or leg.operator
            leg.operating = FlightNumber.of(leg.operator, segment.value(2))

    def rpi(self, segment: Segment) -> None:
        leg = self._leg()
        if leg:
            leg.quantity = elements.number(segment.value(1))
            leg.status = elements.code(segment.value(2))

    def apd(self, segment: Segment) -> None:
        leg = self._leg()
        if leg:
            leg.equipment = elements.code(segment.value(1), 4)

    # --- GR.6 and GR.7 ---------------------------------------------------------------------------

    def dat(self, segment: Segment) -> None:
        on_leg = self.on_leg
        if on_leg:
            self.check_in_at = None
        for composite in segment.composites():
            when = elements.moment(at(composite, 1), at(composite, 2))
            match at(composite, 0):
                case "700":
                    self.draft.last_transaction_at = when or self.draft.last_transaction_at
                case "710" if self.ticket and self.group is Group.TRAVELLER:
                    self.ticket.issued_on = when.date() if when else None
                case "710":
                    self.draft.ticketed_at = when or self.draft.ticketed_at
                case "3" if on_leg:
                    self.check_in_at = parts.free_moment(":".join(composite[1:]))
                case _ if on_leg:
                    self.check_in_at = when
        if on_leg:
            self._enter(Group.CHECK_IN)

    def tri(self, segment: Segment) -> None:
        leg = self._leg()
        if leg is None:
            self._fault(segment, "check_in_without_flight", "check-in before any flight")
            return
        self._enter(Group.CHECK_IN)
        self.checked_in = CheckInDraft(
            segment.value(2), [segment.value(2, 4)], self.check_in_agent, self.check_in_at
        )
        leg.check_ins.append(self.checked_in)

    def ssd(self, segment: Segment) -> None:
        if self.checked_in:
            self.checked_in.seat = values.seat(segment.value(1))
            self.checked_in.cabin = elements.code(segment.value(5), 1)

    def tbd(self, segment: Segment) -> None:
        if self.checked_in:
            self.checked_in.baggage = elements.baggage(segment)
        else:
            self._fault(segment, "baggage_without_traveller", "baggage of nobody")

    # --- GR.8 to GR.12, LTS ----------------------------------------------------------------------

    def eqn(self, segment: Segment) -> None:
        self._enter(Group.SPLIT)
        self.draft.splits.append(Split(elements.number(segment.value(1))))

    def msg(self, _: Segment) -> None:
        self._enter(Group.NON_AIR)
        self.draft.non_air_services += 1

    def abi(self, _: Segment) -> None:
        self._enter(Group.HISTORY)
        self.draft.history_items += 1

    def sac(self, _: Segment) -> None:
        self._enter(Group.HISTORY)

    def lts(self, segment: Segment) -> None:
        """History and remarks as one system prints them. Only contacts and cards are looked for:
        the rest repeats the booking, and a free text that is not kept tells nothing of anybody.
        """
        text = "+".join(segment.text())
        self.draft.history_items += 1
        contact = _CONTACT_LINE.search(text)
        if contact:
            self.draft.contacts += parts.line_contacts(contact[1], text[contact.end() :])
        card = _CARD_LINE.search(text) if "FP" in text else None
        if card:
            self._line_payment(card)

    def _line_payment(self, card: re.Match[str]) -> None:
        last_four, mark = seal_card(card[2], self.context.fingerprint)
        if (card[1], last_four) not in self.cards:
            self.cards.add((card[1], last_four))
            expiry = elements.expiry(card[3] or "")
            self.draft.payments.append(Payment("CC", card[1], last_four, mark, expiry))

    def ignore(self, _: Segment) -> None:
        """Known, and of no use here: fares, taxes, service trailers."""


_NO_ORIGINATOR = Originator()
T = TypeVar("T")


def _once(known: dict[tuple[str, ...], T], segment: Segment, read: Callable[[Segment], T]) -> T:
    """What `read` makes of the segment, from `known` when the same text has been read before."""
    text = tuple(segment.texts)
    found = known.get(text)
    if found is None:
        found = known[text] = read(segment)
    return found


def _locators(rci: Segment) -> list[Locator]:
    return [found for composite in rci.composites() if (found := elements.locator(composite))]


_CONTACT_LINE = re.compile(r"/AP([EMHB])[ -]")
_CARD_LINE = re.compile(r"\bFP ?CC ?([A-Z]{2}) ?([0-9X*]{12,19})(?:/(\d{4})\b)?")

Handler = Callable[[BookingReader, Segment], None]
_HANDLERS: dict[str, Handler] = {
    "RCI": BookingReader.rci, "ORG": BookingReader.org, "ADD": BookingReader.add,
    "EBD": BookingReader.ebd, "IFT": BookingReader.ift, "SSR": BookingReader.request,
    "DAT": BookingReader.dat, "TIF": BookingReader.tif, "FTI": BookingReader.fti,
    "REF": BookingReader.ref, "TKT": BookingReader.tkt, "MON": BookingReader.mon,
    "PTK": BookingReader.ptk, "FOP": BookingReader.fop, "TVL": BookingReader.tvl,
    "TRA": BookingReader.tra, "RPI": BookingReader.rpi, "APD": BookingReader.apd,
    "TRI": BookingReader.tri, "SSD": BookingReader.ssd, "TBD": BookingReader.tbd,
    "EQN": BookingReader.eqn, "MSG": BookingReader.msg, "ABI": BookingReader.abi,
    "SAC": BookingReader.sac, "LTS": BookingReader.lts, "FAR": BookingReader.ignore,
    "TXD": BookingReader.ignore, "UNT": BookingReader.ignore, "ERC": BookingReader.ignore,
}  # fmt: skip
_LEAVE_IGNORED = frozenset({"ABI", "SAC", "LTS", "MSG", "EQN"})
