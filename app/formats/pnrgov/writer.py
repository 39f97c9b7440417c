"""PNRGOV text from values, release 11:1, for demonstrations, load and round-trip tests.

Writes what `record` holds except what never was in a message: fingerprints, fault lists, documents
that fit nobody, and contacts found in history lines. Account numbers are written masked.
"""

from collections.abc import Iterable
from datetime import date, datetime

from app.formats.codes import FlightNumber
from app.formats.edifact import Syntax, Writer
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    CheckIn,
    Contact,
    Document,
    ItinerarySegment,
    Leg,
    Locator,
    Payment,
    Pnr,
    PnrPush,
    SpecialService,
    Ticket,
    Traveller,
    Visa,
)

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


def _day(when: date | None) -> str:
    return f"{when:%d%b%y}".upper() if when else ""


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
        put("DAT", *self._times())
        for text in pnr.texts:
            put("IFT", ("4", "28"), text)
        self._contacts(None)
        self._originator()
        self._addresses(None)
        for excess in pnr.excess_baggage:
            charge = "" if excess.amount is None else str(excess.amount)
            put("EBD", (excess.currency, charge), (_text(excess.pieces), "", "N"))
        self._payments(None)
        for index, traveller in enumerate(pnr.travellers):
            self._traveller(index, traveller)
        for segment in pnr.itinerary:
            self._segment(segment)
        for split in pnr.splits:
            put("EQN", _text(split.count))
            self._locators(split.locators)
        for _ in range(pnr.non_air_services):
            put("MSG", "8")

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
            org.company,
            org.kind,
            (org.country, org.currency, org.language),
            org.duty_code,
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
                self.out.segment("IFT", ("4", "28"), f"{code} {_contact_text(contact)}")
            elif contact.source == "SSR":
                name = f"CTC{contact.purpose or 'P'}"
                text = _contact_text(contact)
                self._service(SpecialService(name, "HK", 1, text=text, traveller=who))

    def _payments(self, who: int | None) -> None:
        for payment in self.pnr.payments:
            if payment.traveller == who:
                self.out.segment("FOP", _fop(payment))
                if payment.payer:
                    self.out.segment("IFT", ("4", "43"), payment.payer)

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
            put("FTI", (flyer.carrier, flyer.number, "", "", flyer.tier))
        if traveller.unique_id:
            put("REF", ("", traveller.unique_id))
        for code, text in _grammar_texts(traveller):
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
        group = "G" if traveller.group else ""
        return (traveller.surname, group), (given, kind, self.references[index], infant)

    def _ticket(self, ticket: Ticket) -> None:
        put = self.out.segment
        put("TKT", (ticket.number, ticket.kind))
        if ticket.prices:
            put("MON", *[(p.code, str(p.amount), p.currency) for p in ticket.prices])
        if ticket.non_refundable or ticket.validating_carrier or ticket.sales_city:
            refund = "NR" if ticket.non_refundable else ""
            put("PTK", refund, "", "", ticket.validating_carrier, "", ticket.sales_city)
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
            put("SSR", place, (seat.number, "", reference))
        for service in segment.services:
            self._service(service)
        self._locators(segment.locators)
        if leg.operating and leg.operator != leg.carrier:
            put("TVL", "", "", "", "", (_digits(leg.operating), segment.booking_class))
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


def _tbd(bags: Baggage) -> list[tuple[str, ...]]:
    checked = (_text(bags.count), _text(bags.weight), _UNITS[bags.unit])
    tags = [(tag.airline, tag.number, "1", tag.destination) for tag in bags.tags]
    return [("",), checked, ("",), (bags.pool_role, bags.pool), *tags]


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _add(found: Address) -> tuple[str, ...]:
    place = (found.street, found.city, found.state, "", found.country, found.postcode)
    return (found.kind, *place)


def _fop(payment: Payment) -> tuple[str, ...]:
    month = f"{payment.expiry[1]:02d}{payment.expiry[0] % 100:02d}" if payment.expiry else ""
    account = f"XXXXXXXXXXXX{payment.last_four}" if payment.last_four else ""
    charged = "" if payment.amount is None else str(payment.amount)
    return payment.kind, "", charged, payment.vendor, account, month


def _contact_text(contact: Contact) -> str:
    """AIRIMP's own alphabet has neither @ nor _ (and the reader takes `./` for a hyphen)."""
    if contact.kind != "mail":
        return contact.value
    return contact.value.upper().replace("@", "//").replace("_", "..").replace("-", "./")


def _grammar_texts(traveller: Traveller) -> Iterable[tuple[str, str]]:
    yield from (("DOCS", docs(document)) for document in traveller.documents)
    yield from (("DOCO", _doco(visa)) for visa in traveller.visas)
    yield from (("DOCA", _doca(found)) for found in traveller.addresses)


def docs(document: Document) -> str:
    """`/P/GBR/123456789/GBR/20SEP12/FI/25OCT17/SURNAME/GIVEN`."""
    sex = document.sex + ("I" if document.infant else "")
    fields = (
        document.kind,
        document.issuer,
        document.number,
        document.nationality,
        _day(document.birth),
        sex,
        _day(document.expiry),
        document.surname,
        document.given,
    )
    return _slashed(fields) + ("/H" if document.primary else "")


def _doco(visa: Visa) -> str:
    fields = (
        visa.birth_place,
        visa.kind,
        visa.number,
        visa.issue_place,
        _day(visa.issued_on),
        visa.country,
    )
    return _slashed(fields) + ("/I" if visa.infant else "")


def _doca(found: Address) -> str:
    return _slashed(
        (found.kind, found.country, found.street, found.city, found.state, found.postcode)
    )


def _slashed(fields: Iterable[str]) -> str:
    """A slash inside a value would be read as the end of its field."""
    return "".join(f"/{field.replace('/', ' ')}" for field in fields)
