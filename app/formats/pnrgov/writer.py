"""PNRGOV text from values, release 11:1, for demonstrations, load and round-trip tests.

Writes what `record` holds except what never was in a message: fingerprints, fault lists, documents
that fit nobody, and contacts found in history lines. Account numbers are written masked.
"""

from collections.abc import Iterable
from datetime import datetime

from app.formats.codes import FlightNumber
from app.formats.edifact import Syntax, Writer
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    CheckIn,
    ExcessBaggage,
    Fare,
    HistoryAction,
    HistoryItem,
    ItinerarySegment,
    Leg,
    Locator,
    NonAirService,
    Payment,
    Pnr,
    PnrPush,
    SpecialService,
    Ticket,
    Traveller,
)
from app.formats.pnrgov.writer_texts import contact_text, grammar_texts

_SYNTAX = Syntax(":", "+", ".", "?", "*", "'")
_IDENTIFIER = ("PNRGOV", "11", "1", "IA")
_TIF_KINDS = {"ADT": "A", "CHD": "C", "INF": "IN", "": ""}
_UNITS = {"kg": "700", "lb": "701", "": "702"}


def write(
    push: PnrPush,
    *,
    recipient: str,
    prepared: datetime,
    control_reference: str,
    sender: str = "",
    syntax: Syntax = _SYNTAX,
) -> str:
    """One interchange of one message. `prepared` goes to UNB as it is (UTC is meant)."""
    out = Writer(
        sender or push.sender,
        recipient,
        prepared,
        control_reference,
        application_reference="PNRGOV",
        syntax_identifier="IATA",
        syntax_version="1",
        syntax=syntax,
    )
    out.begin(push.reference or "1", _IDENTIFIER, _access_reference(push), push.sequence, push.part)
    out.segment("MSG", ("", push.function))
    out.segment("ORG", (push.sender, push.sender_city))
    if push.flight:
        out.segment("TVL", *_tvl(push.flight, ""))
    if push.expected is not None:
        out.segment("EQN", str(push.expected))
    for pnr in push.records:
        _Booking(out, pnr).write()
    out.end()
    return out.close()


def _access_reference(push: PnrPush) -> str:
    flight = push.flight
    if flight is None or flight.marketing is None or flight.departure_local is None:
        return ""
    return f"{flight.marketing.padded}/{flight.departure_local:%d%m%y/%H%M}"


def _tvl(leg: Leg, booking_class: str) -> list[tuple[str, ...]]:
    booked = leg.marketing
    operator = leg.operator if leg.operator != leg.carrier else ""
    return [
        (*_moment(leg.departure_local), *_moment(leg.arrival_local)),
        (leg.board,),
        (leg.off,),
        (leg.carrier, operator),
        (_digits(booked), booking_class),
    ]


def _digits(flight: FlightNumber | None) -> str:
    return f"{flight.number}{flight.suffix}" if flight else ""


def _moment(when: datetime | None) -> tuple[str, str]:
    return (f"{when:%d%m%y}", f"{when:%H%M}") if when else ("", "")


class _Booking:
    def __init__(self, out: Writer, pnr: Pnr) -> None:
        self.out = out
        self.pnr = pnr
        self.references = [t.reference or str(n) for n, t in enumerate(pnr.travellers, 1)]

    def write(self) -> None:
        put, pnr = self.out.segment, self.pnr
        put("SRC")
        self._locators(pnr.locators)
        for service in pnr.services:
            self._service(service)
        if pnr.group_size is not None and not any(t.group for t in pnr.travellers):
            self._service(SpecialService("GRPS", "HK", text=f"TCP {pnr.group_size}"))
        put("DAT", *self._times())
        for text in pnr.texts:
            put("IFT", ("4", "28"), text)
        self._contacts(None)
        self._originator()
        self._addresses(None)
        self._excess_baggage(None)
        self._payments(None)
        for index, traveller in enumerate(pnr.travellers):
            self._traveller(index, traveller)
        for segment in pnr.itinerary:
            self._segment(segment)
        for split in pnr.splits:
            put("EQN", (_text(split.count), split.kind))
            self._locators(split.locators)
        for other in pnr.non_air:
            self._non_air(other)
        for item in pnr.history:
            self._history(item)

    def _times(self) -> list[tuple[str, ...]]:
        times = (("700", self.pnr.last_transaction_at), ("710", self.pnr.ticketed_at))
        return [(code, *_moment(when)) for code, when in times if when]

    def _locators(self, locators: Iterable[Locator]) -> None:
        found = [(c.carrier, c.code, c.kind, *_moment(c.created_at)) for c in locators]
        if found:
            self.out.segment("RCI", *found)

    def _originator(self) -> None:
        org = self.pnr.originator
        if org is None:
            if self.pnr.removed:
                self.out.segment("ORG")
            return
        self.out.segment(
            "ORG",
            (org.system, org.system_city),
            (org.agency_number, org.office),
            org.agent_city,
            (org.company, org.company_city),
            org.kind,
            (org.country, org.currency, org.language),
            org.duty_code,
            org.communication,
            org.party,
        )

    def _addresses(self, who: int | None) -> None:
        for found in self.pnr.addresses:
            if found.traveller == who:
                self.out.segment("ADD", "", _add(found))

    def _contacts(self, who: int | None) -> None:
        for contact in self.pnr.contacts:
            if contact.traveller != who:
                continue
            if contact.source == "ADD":
                value = contact.value
                self.out.segment("ADD", "", (contact.purpose, *[""] * 6, value))
            elif contact.source == "OSI":
                code = f"CTC{contact.purpose or 'P'}"
                self.out.segment("IFT", ("4", "28"), f"{code} {contact_text(contact)}")
            elif contact.source == "SSR":
                name = f"CTC{contact.purpose or 'P'}"
                text = contact_text(contact)
                self._service(SpecialService(name, "HK", 1, text=text, traveller=who))

    def _payments(self, who: int | None) -> None:
        put = self.out.segment
        for payment in self.pnr.payments:
            if payment.traveller != who:
                continue
            put("FOP", _fop(payment))
            if payment.payer:
                put("IFT", ("4", "43"), payment.payer, *payment.payer_lines)
            if payment.address:
                put("ADD", "", _add(payment.address))
            for contact in payment.contacts:
                put("ADD", "", (contact.purpose, *[""] * 6, contact.value))

    def _excess_baggage(self, who: int | None) -> None:
        for excess in self.pnr.excess_baggage:
            if excess.traveller == who:
                self.out.segment("EBD", *_ebd(excess))

    def _service(self, service: SpecialService) -> None:
        reference = "" if service.traveller is None else self.references[service.traveller]
        self.out.segment(
            "SSR",
            (
                service.code,
                service.status,
                _text(service.quantity),
                service.carrier,
                "",
                "",
                service.board,
                service.off,
                service.text,
            ),
            ("", "", reference),
        )

    # --- GR.2 to GR.4 ----------------------------------------------------------------------------

    def _traveller(self, index: int, traveller: Traveller) -> None:
        put = self.out.segment
        put("TIF", *self._tif(index))
        for flyer in traveller.frequent_flyers:
            put("FTI", (flyer.carrier, flyer.number, "", flyer.status, flyer.tier))
        for text in traveller.fare_calculations:
            put("IFT", ("4", "15"), text)
        if traveller.unique_id:
            put("REF", ("", traveller.unique_id))
        self._excess_baggage(index)
        for fare in traveller.fares:
            put("FAR", *_far(fare))
        for code, text in grammar_texts(traveller):
            self._service(SpecialService(code, "HK", 1, text=text, traveller=index))
        for service in traveller.services:
            self._service(service)
        self._contacts(index)
        self._addresses(index)
        for ticket in traveller.tickets:
            self._ticket(ticket)
        self._payments(index)

    def _tif(self, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        traveller = self.pnr.travellers[index]
        given = f"{traveller.given} {traveller.title}".strip(" ")
        infant = "1" if traveller.with_infant else ""
        kind = _TIF_KINDS[traveller.kind]
        group = ("G", _text(self.pnr.group_size)) if traveller.group else ()
        return (traveller.surname, *group), (given, kind, self.references[index], infant)

    def _ticket(self, ticket: Ticket) -> None:
        put = self.out.segment
        put("TKT", (ticket.number, ticket.kind, "", "", "", ticket.connected))
        if ticket.prices:
            put("MON", *[(p.code, str(p.amount), p.currency) for p in ticket.prices])
        refund = "NR" if ticket.non_refundable else ""
        issuer = ticket.validating_carrier, ticket.carrier_code, ticket.sales_city
        if refund or ticket.deadline or any(issuer):
            put("PTK", refund, "", _moment(ticket.deadline), *issuer)
        if ticket.taxes:
            taxes = [(str(t.amount), t.country, t.currency, t.code) for t in ticket.taxes]
            put("TXD", "", *taxes)
        if ticket.issued_on:
            put("DAT", ("710", f"{ticket.issued_on:%d%m%y}"))

    # --- GR.5 to GR.7 ----------------------------------------------------------------------------

    def _segment(self, segment: ItinerarySegment) -> None:
        put, leg = self.out.segment, segment.leg
        put("TVL", *_tvl(leg, segment.booking_class))
        if segment.status or segment.quantity is not None:
            put("RPI", _text(segment.quantity), segment.status)
        if segment.equipment:
            put("APD", segment.equipment)
        for seat in segment.seats:
            reference = "" if seat.traveller is None else self.references[seat.traveller]
            place = (seat.code, "HK", "1", leg.carrier, "", "", leg.board, leg.off)
            put("SSR", place, (seat.number, "", reference, seat.features))
        for service in segment.services:
            self._service(service)
        self._locators(segment.locators)
        if leg.operating and leg.operator != leg.carrier:
            put("TVL", "", "", "", "", (_digits(leg.operating), segment.operating_class))
        for check_in in segment.check_ins:
            self._check_in(check_in)

    def _check_in(self, check_in: CheckIn) -> None:
        put, who = self.out.segment, check_in.traveller
        put("DAT", ("2", *_moment(check_in.at)) if check_in.at else "")
        put("ORG", check_in.agent)
        put("TRI", "", (check_in.number, "", "", "" if who is None else self.references[who]))
        if who is not None:
            put("TIF", *self._tif(who))
        if check_in.seat or check_in.cabin:
            put("SSD", check_in.seat or "XXX", "", "", "", check_in.cabin)
        if check_in.baggage:
            put("TBD", *_tbd(check_in.baggage))

    # --- GR.9 to GR.12, LTS ----------------------------------------------------------------------

    def _non_air(self, service: NonAirService) -> None:
        put = self.out.segment
        put("MSG", service.kind)
        put(
            "TVL",
            (*_moment(service.begins_local), *_moment(service.ends_local)),
            (service.place, service.name),
            service.ends_at,
            service.company,
            (service.number, service.category),
        )
        if service.status or service.quantity is not None:
            put("RPI", _text(service.quantity), service.status)
        for text in service.texts:
            put("IFT", ("4", "28"), text)

    def _history(self, item: HistoryItem) -> None:
        put = self.out.segment
        if item.line is not None:
            for line in _lines(item):
                put("LTS", line)
            return
        put("ABI", "1", ("", item.agent), item.city, "", item.company)
        if item.at:
            put("DAT", ("ZT", *_moment(item.at)))
        for action in item.actions:
            self._action(action)

    def _action(self, action: HistoryAction) -> None:
        put = self.out.segment
        put("SAC", "", "", action.action)
        for surname, given in action.names:
            put("TIF", surname, given)
        for service in action.services:
            self._service(service)
        for text in action.texts:
            put("IFT", ("4", "19"), text)
        for bags in action.baggage:
            put("TBD", *_tbd(bags))
        for segment in action.segments:
            put("TVL", *_tvl(segment.leg, segment.booking_class))
            if segment.status or segment.quantity is not None:
                put("RPI", _text(segment.quantity), segment.status)


def _lines(item: HistoryItem) -> Iterable[str]:
    """`14/A/SR/TEXT`, and who did it: `14/Z/ CR-SINXX08AA 19MAR1354Z`."""
    for action in item.actions:
        marks = [part for part in (action.action, action.element) if part]
        yield from ("/".join([str(item.line), *marks, text]) for text in action.texts)
    if item.agent or item.at:
        when = f" {item.at:%d%b%H%M}Z".upper() if item.at else ""
        yield f"{item.line}/Z/ CR-{item.agent}{when}"


def _tbd(bags: Baggage) -> list[tuple[str, ...]]:
    checked = (_text(bags.count), _text(bags.weight), _UNITS[bags.unit])
    tags = [(tag.airline, tag.number, "1", tag.destination) for tag in bags.tags]
    others: tuple[str, ...] = ("",)
    if bags.other_count is not None or bags.other_weight is not None:
        others = (_text(bags.other_count), _text(bags.other_weight), _UNITS[bags.other_unit])
    return [("",), checked, others, (bags.pool_role, bags.pool), *tags]


def _ebd(excess: ExcessBaggage) -> list[tuple[str, ...]]:
    charge = "" if excess.amount is None else str(excess.amount)
    unit = _UNITS[excess.unit] if excess.unit else "N"
    return [(excess.currency, charge), (_text(excess.pieces), _text(excess.weight), "", unit)]


def _far(fare: Fare) -> list[str]:
    return [fare.kind, _text(fare.age), "", "", "", *fare.bases]


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _add(found: Address) -> tuple[str, ...]:
    place = (found.street, found.city, found.state, "", found.country, found.postcode)
    return (found.kind, *place)


def _fop(payment: Payment) -> tuple[str, ...]:
    month = f"{payment.expiry[1]:02d}{payment.expiry[0] % 100:02d}" if payment.expiry else ""
    account = f"XXXXXXXXXXXX{payment.last_four}" if payment.last_four else ""
    charged = "" if payment.amount is None else str(payment.amount)
    return payment.kind, "", charged, payment.vendor, account, month, payment.approval
