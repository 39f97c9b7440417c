"""One booking, segment by segment: GR.1 to GR.12 and LTS of PNRGOV.

The same tag means different things in different groups; only the triggers TIF, TVL, DAT, TRI, EQN,
MSG, ABI and SAC change the group one is in. Whatever is odd becomes a fault of this booking.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.formats.edifact import BLANKS, Segment
from app.formats.pnrgov import parts, requests
from app.formats.pnrgov.drafts import (
    MOST_KNOWN,
    Asked,
    BookingDraft,
    CheckInDraft,
    Context,
    Flight,
    Named,
    Paid,
    PaymentDraft,
    SegmentDraft,
    TicketDraft,
    TravellerDraft,
)
from app.formats.pnrgov.later import (
    BOOKING,
    CHECK_IN,
    ITINERARY,
    SPLIT,
    TRAVELLER,
    Group,
    LaterGroups,
)
from app.formats.pnrgov.parts import Dated, Origin, Text
from app.formats.pnrgov.record import (
    Baggage,
    ExcessBaggage,
    Fare,
    FrequentFlyer,
    Locator,
    Price,
    Tax,
)


class BookingReader(LaterGroups):
    """Collects into `draft`; `take` never raises."""

    __slots__ = (
        "check_in_agent", "check_in_at", "checked_in", "flight", "known", "leg", "names", "on_leg", "paying", "steps",
        "tables", "ticket", "who",
    )  # fmt: skip

    def __init__(self, context: Context, index: int, number: int) -> None:
        super().__init__(context, index, number)
        self.tables = _tables(context.separators.element)
        self.steps, self.known = self.tables[0], context.known[0]
        self.on_leg = False
        self.leg: int | None = None  # the flight under which we stand, in GR.5-7 only
        self.flight: SegmentDraft | None = None  # the last one named
        self.who: int | None = None  # the traveller, in GR.2-4 only
        self.ticket: TicketDraft | None = None
        self.paying: PaymentDraft | None = None
        self.checked_in: CheckInDraft | None = None
        self.check_in_at: datetime | None = None
        self.check_in_agent = ""
        self.names: set[tuple[str, str]] = set()

    def take(self, segments: Iterator[tuple[int, str]]) -> int | None:
        """The booking's segments up to the next SRC, whose number it gives; None at the end. What a
        text says is made out once for the whole message; what it means depends on the group.
        """
        for number, text in segments:
            apply, found = self.known.get(text) or self._read(text)
            if apply(self, found, number):
                return number
        return None

    def _read(self, text: str) -> tuple["Apply", Any]:
        """What a segment says and the step that takes it, known from now on."""
        context, separators = self.context, self.context.separators
        step = self.steps.get(text[:4])
        if step is None:  # blanks behind the tag, or a longer one, are rare
            tag = text.partition(separators.element)[0].strip(BLANKS)
            step = self.steps.get(tag + separators.element)
            if step is None:  # it has no place in this group, or nowhere
                return (BookingReader.ignore if tag in _STEPS else BookingReader.unknown), tag
        read, apply = step
        if read is None:
            return apply, text
        said = apply, read(Segment(text, 0, separators), context)
        if len(self.known) < MOST_KNOWN:
            self.known[text] = said
        return said

    def finish(self) -> BookingDraft:
        self.read_lines()
        self.draft.history = self.history.final()
        self.draft.history_items = self.history.count
        return self.draft

    def _enter(self, group: Group) -> None:
        if group is self.group:
            return
        self.group, self.who, self.on_leg = group, None, group.on_leg
        self.leg = len(self.draft.itinerary) - 1 if group.on_leg else None
        self.steps, self.known = self.tables[group.table], self.context.known[group.table]

    # --- GR.1 ------------------------------------------------------------------------------------

    def rci(self, found: tuple[Locator, ...], _: int) -> None:
        draft = self.draft
        if self.group is SPLIT:
            draft.splits[-1].locators += found
        elif self.on_leg:
            draft.itinerary[-1].locators += found
        else:
            if self.group is not BOOKING:
                self._doubt()
            draft.locators += found

    def org(self, found: Origin, _: int) -> None:
        if self.on_leg:
            self.check_in_agent = found.agent
        elif self.draft.originator is None:
            self.draft.originator = found.originator
            self.draft.empty_originator = found.originator is None

    def add(self, found: parts.Reached, _: int) -> None:
        """ADD of GR.1 and GR.2; behind FOP, in GR.4, it is the address of who pays."""
        who, contacts = self.who, found.contacts
        if who is not None:
            contacts = tuple([one.of(who) for one in contacts])
        if self.paying:
            self.paying.address = found.addresses[-1] if found.addresses else self.paying.address
            self.paying.contacts += contacts
            return
        self.draft.contacts += contacts
        if who is None:
            self.draft.addresses += found.addresses
        else:
            self.draft.addresses += [one.of(who) for one in found.addresses]

    def ebd(self, found: ExcessBaggage, _: int) -> None:
        who = self.who
        if who is not None:
            found = ExcessBaggage(
                found.amount, found.currency, found.pieces, found.weight, found.unit, who
            )
        self.draft.excess_baggage.append(found)

    def ift(self, found: Text, _: int) -> None:
        if found.dropped:
            self.draft.dropped += 1
        elif found.kind == "43":
            self._pays(found.payer)
        elif found.kind == "15":
            self._fare_calculation(found.text)
        elif found.kind == "63":  # which carrier has seen the booking
            return
        elif found.contact:
            who = self.who
            self.draft.contacts.append(found.contact if who is None else found.contact.of(who))
        elif found.text:
            self.draft.texts.append(found.text)

    def _pays(self, payer: tuple[str, tuple[str, ...]] | None) -> None:
        if payer is None:
            return
        payment = self.paying
        if payment is None or payment.payer:
            payment = self.paying = PaymentDraft("")
            payment.traveller = self.who
            self.draft.payments.append(payment)
        payment.payer, payment.payer_lines = payer

    def _fare_calculation(self, text: str) -> None:
        if self.who is not None and text:
            self.draft.travellers[self.who].fare_calculations += (text[:500],)

    def request(self, found: Asked, number: int) -> None:
        if found.code:
            self.draft.requests.append((found, self.who, self.leg))
        elif found.dropped:
            self.draft.dropped += 1
        else:
            self._fault("SSR", number, "ssr_code", "service request without a code", 1)

    # --- GR.2 to GR.4 ----------------------------------------------------------------------------

    def tif(self, found: tuple[Named, ...], number: int) -> None:
        group, draft = self.group, self.draft
        if self.checked_in and group is CHECK_IN:
            self.checked_in.references.append(found[0].reference)
            self.checked_in.named = found[0]
            return
        if group is BOOKING or group is TRAVELLER:
            if group is BOOKING:
                self._enter(TRAVELLER)
            self.ticket = self.paying = None
        else:  # behind the itinerary: either named again or, from an odd sender, named at last
            found = tuple(one for one in found if (one.surname, one.given) not in self.names)
            if found:
                self._doubt()
                text = "traveller named after the itinerary"
                self._fault("TIF", number, "traveller_after_itinerary", text)
        for one in found:
            if not one.surname:
                self._fault("TIF", number, "name_missing", "traveller without a surname", 1)
            if one.size is not None:
                draft.group_size = max(one.size, draft.group_size or 0)
            draft.travellers.append(TravellerDraft(one))
            self.names.add((one.surname, one.given))
        if self.group is TRAVELLER:
            self.who = len(draft.travellers) - 1

    def fti(self, found: tuple[FrequentFlyer, ...], _: int) -> None:
        if self.draft.travellers:
            self.draft.travellers[-1].flyers += found

    def ref(self, found: str, _: int) -> None:
        if self.draft.travellers:
            self.draft.travellers[-1].unique_id = found

    def far(self, fare: Fare, _: int) -> None:
        if self.draft.travellers:
            self.draft.travellers[-1].fares += (fare,)

    def tkt(self, found: tuple[str, str, str], _: int) -> None:
        self.ticket = TicketDraft(*found)
        self.paying = None
        if self.group is TRAVELLER:
            self.draft.travellers[-1].tickets += (self.ticket,)

    def mon(self, found: tuple[Price, ...], _: int) -> None:
        if self.ticket:
            self.ticket.prices += found

    def txd(self, found: tuple[Tax, ...], _: int) -> None:
        if self.ticket:
            self.ticket.taxes += found

    def ptk(self, found: parts.Pricing, _: int) -> None:
        ticket = self.ticket
        if ticket:
            ticket.non_refundable, ticket.deadline = found.non_refundable, found.deadline
            ticket.validating_carrier, ticket.carrier_code = found.carrier, found.carrier_code
            ticket.sales_city = found.city

    def fop(self, found: tuple[Paid, ...], _: int) -> None:
        self.paying = None
        for one in found:
            self.paying = PaymentDraft(*one)
            self.paying.traveller = self.who
            self.cards.add((one.vendor, one.last_four))
            self.draft.payments.append(self.paying)

    # --- GR.5 ------------------------------------------------------------------------------------

    def tvl(self, found: Flight, number: int) -> None:
        itinerary = self.draft.itinerary
        if found.short:
            leg = self.flight
            if leg and not leg.leg.operating:
                leg.operated(leg.leg.operator, found.number)
                leg.operating_class = found.booking_class
            return
        if found.odd_date:
            self._fault("TVL", number, "date", "departure is not a date", 1)
        self._enter(ITINERARY)
        self.ticket = self.paying = self.checked_in = self.check_in_at = None
        self.check_in_agent = ""
        self.leg = len(itinerary)
        self.flight = SegmentDraft(found)
        itinerary.append(self.flight)

    def tra(self, found: tuple[str, str, str], _: int) -> None:
        leg = self.flight
        if leg:
            leg.operated(found[0] or leg.leg.operator, found[1])
            leg.operating_class = found[2]

    def rpi(self, found: tuple[int | None, str], _: int) -> None:
        leg = self.flight
        if leg:
            leg.quantity, leg.status = found

    def apd(self, found: str, _: int) -> None:
        leg = self.flight
        if leg:
            leg.equipment = found

    # --- GR.6 and GR.7 ---------------------------------------------------------------------------

    def dat(self, found: tuple[Dated, ...], _: int) -> None:
        on_leg, draft = self.on_leg, self.draft
        if on_leg:
            self.check_in_at = None
        for kind, when in found:
            if kind == "700":
                draft.last_transaction_at = when or draft.last_transaction_at
            elif kind == "710":
                if self.ticket and self.group is TRAVELLER:
                    self.ticket.issued_on = when.date() if when else None
                else:
                    draft.ticketed_at = when or draft.ticketed_at
            elif on_leg:
                self.check_in_at = when
        if on_leg:
            self._enter(CHECK_IN)

    def tri(self, found: tuple[str, str], number: int) -> None:
        leg = self.flight
        if leg is None:
            self._fault("TRI", number, "check_in_without_flight", "check-in before any flight")
            return
        if self.group is not CHECK_IN:
            self._enter(CHECK_IN)
        self.checked_in = CheckInDraft(*found, self.check_in_agent, self.check_in_at)
        leg.check_ins.append(self.checked_in)

    def ssd(self, found: tuple[str, str], _: int) -> None:
        if self.checked_in:
            self.checked_in.seat, self.checked_in.cabin = found

    def tbd(self, found: Baggage, number: int) -> None:
        if self.checked_in:
            self.checked_in.baggage = found
        else:
            self._fault("TBD", number, "baggage_without_traveller", "baggage of nobody")

    def ignore(self, found: Any, _: int) -> None:
        """Known, and of no use here."""
        if found == "RCI":  # behind other services or the history: perhaps of the next booking
            self._doubt()

    def unknown(self, tag: str, number: int) -> None:
        self._doubt()
        self._fault(tag, number, "unknown_segment", "segment not known in this message")

    def src(self, *_: Any) -> bool:
        """The next booking begins."""
        return True


Apply = Callable[[BookingReader, Any, int], bool | None]
"""Takes what was read of a segment; True when it is the next booking's."""
Step = tuple[parts.Reader | None, Apply]
_NEXT: Step = (None, BookingReader.src)
_LINES: Step = (None, BookingReader.lts)
_NOTHING: Step = (None, BookingReader.ignore)
_STEPS: dict[str, Step] = {
    "RCI": (parts.locators, BookingReader.rci), "ORG": (parts.origin, BookingReader.org),
    "ADD": (parts.reached, BookingReader.add), "EBD": (parts.excess_baggage, BookingReader.ebd),
    "IFT": (parts.free_text, BookingReader.ift), "SSR": (requests.request, BookingReader.request),
    "DAT": (parts.dates, BookingReader.dat), "TIF": (parts.names, BookingReader.tif),
    "FTI": (parts.flyers, BookingReader.fti), "REF": (parts.reference, BookingReader.ref),
    "FAR": (parts.fare, BookingReader.far), "TKT": (parts.ticket, BookingReader.tkt),
    "MON": (parts.prices, BookingReader.mon), "TXD": (parts.taxes, BookingReader.txd),
    "PTK": (parts.pricing, BookingReader.ptk), "FOP": (parts.payments, BookingReader.fop),
    "TVL": (parts.flight, BookingReader.tvl), "TRA": (parts.operating, BookingReader.tra),
    "RPI": (parts.status, BookingReader.rpi), "APD": (parts.equipment, BookingReader.apd),
    "TRI": (parts.check_in, BookingReader.tri), "SSD": (parts.seat, BookingReader.ssd),
    "TBD": (parts.baggage, BookingReader.tbd), "EQN": (parts.count, BookingReader.eqn),
    "MSG": (parts.function, BookingReader.msg), "ABI": (parts.agent, BookingReader.abi),
    "SAC": (parts.action, BookingReader.sac), "LTS": _LINES, "UNT": _NOTHING, "ERC": _NOTHING,
    "SRC": _NEXT,
}  # fmt: skip
TAGS = frozenset(_STEPS) | {"UNH"}
"""All tags of the message."""
_LEAVING: dict[str, Step] = {tag: _STEPS[tag] for tag in ("EQN", "MSG", "ABI", "SAC", "LTS", "SRC")}
_NON_AIR_STEPS: dict[str, Step] = {
    **_LEAVING,
    "TVL": (parts.stay, BookingReader.non_air_tvl), "RPI": (parts.status, BookingReader.non_air_rpi),
    "IFT": (parts.free_text, BookingReader.non_air_ift),
    "TIF": (parts.names, BookingReader.tif), "SSR": (requests.request, BookingReader.request),
}  # fmt: skip
_HISTORY_STEPS: dict[str, Step] = {
    **_LEAVING,
    "DAT": (parts.dates, BookingReader.past_dat), "TIF": (parts.names, BookingReader.past_tif),
    "SSR": (requests.request, BookingReader.past_request), "IFT": (parts.free_text, BookingReader.past_ift),
    "TBD": (parts.baggage, BookingReader.past_tbd), "TVL": (parts.flight, BookingReader.past_tvl),
    "RPI": (parts.status, BookingReader.past_rpi),
}  # fmt: skip


@lru_cache(maxsize=16)
def _tables(element: str) -> tuple[dict[str, Step], ...]:
    """The steps by tag and the separator behind it, as segments begin: of most groups, of other services, of
    the history.
    """
    tables = (_STEPS, _NON_AIR_STEPS, _HISTORY_STEPS)
    return tuple(
        {**{tag + element: step for tag, step in one.items()}, "SRC": _NEXT} for one in tables
    )
