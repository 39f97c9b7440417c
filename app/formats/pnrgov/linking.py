"""Gives each request, document, ticket and check-in of a booking to the traveller it belongs to.

A traveller reference links (PNRGOV 9944); where senders leave it out or give the wrong one the name
does. The documents of an infant stand under the adult who holds it: they go by name, never by place.
"""

from dataclasses import dataclass, field
from datetime import date

from app.formats.pnrgov import elements, ssr
from app.formats.pnrgov.drafts import (
    BookingDraft,
    CheckInDraft,
    Context,
    Request,
    SegmentDraft,
    TravellerDraft,
)
from app.formats.pnrgov.elements import at
from app.formats.pnrgov.privacy import mask_cards
from app.formats.pnrgov.record import (
    Address,
    CheckIn,
    Document,
    FrequentFlyer,
    ItinerarySegment,
    Leg,
    Pnr,
    Seat,
    Sex,
    SpecialService,
    Ticket,
    Traveller,
    TravellerKind,
    Visa,
)
from app.formats.values import seat as read_seat

_SEAT_CODES = frozenset({"SEAT", "NSST", "NSSA", "NSSW", "NSSB", "RQST", "SMSA", "SMSW", "SMST"})
_FLYER_CODES = frozenset({"FQTV", "FQTR", "FQTU", "FQTS"})
_TICKET_CODES = frozenset({"TKNE", "TKNA", "TKNM"})
_CONTACT_CODES = frozenset({"CTCE", "CTCM", "CTCH", "CTCB", "CTCT", "CTCP", "CTCF", "CTCR"})
_MOST_OF_A_NAME = 100  # travellers of one surname who are compared: bookings end at 99 seats


@dataclass(slots=True)
class _Person:
    """What the requests add to a traveller."""

    surname: str
    given: str
    kind: TravellerKind
    birth: date | None = None
    sex: Sex = ""
    documents: dict[str, Document] = field(default_factory=dict)
    visas: list[Visa] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    flyers: list[FrequentFlyer] = field(default_factory=list)
    tickets: dict[str, None] = field(default_factory=dict)
    services: list[SpecialService] = field(default_factory=list)


def finish(draft: BookingDraft, context: Context) -> Pnr:
    """The booking as a value."""
    linker = _Linker(draft, context)
    for request in draft.requests:
        linker.take(request)
    linker.place_infants()
    pushed = _pushed(draft.itinerary, context.flight)
    return Pnr(
        index=draft.index,
        segment=draft.segment,
        locators=tuple(dict.fromkeys(draft.locators)),
        originator=draft.originator,
        removed=draft.empty_originator and not draft.originator and not draft.itinerary,
        last_transaction_at=draft.last_transaction_at,
        ticketed_at=draft.ticketed_at,
        travellers=tuple(map(_traveller, draft.travellers, linker.people)),
        itinerary=tuple(
            linker.segment(index, pushed=index == pushed) for index in range(len(draft.itinerary))
        ),
        contacts=tuple(dict.fromkeys(draft.contacts)),
        addresses=tuple(dict.fromkeys(draft.addresses)),
        payments=tuple(draft.payments),
        excess_baggage=tuple(draft.excess_baggage),
        services=tuple(linker.services),
        splits=tuple(draft.splits),
        unmatched_documents=tuple(linker.unmatched),
        texts=tuple(draft.texts),
        non_air_services=draft.non_air_services,
        history_items=draft.history_items,
        dropped=draft.dropped,
        faults=tuple(draft.faults),
    )


class _Linker:
    def __init__(self, draft: BookingDraft, context: Context) -> None:
        self.draft = draft
        self.travel = context.travel
        self.people = [
            _Person(letters(t.surname), letters(t.given), t.kind) for t in draft.travellers
        ]
        self.by_reference: dict[str, int] = {}
        for index, traveller in enumerate(draft.travellers):
            if traveller.reference:
                self.by_reference.setdefault(traveller.reference, index)
        self.by_surname: dict[str, list[int]] = {}
        for index, person in enumerate(self.people):
            self.by_surname.setdefault(person.surname, []).append(index)
        self.seats: list[list[Seat]] = [[] for _ in draft.itinerary]
        self.leg_services: list[list[SpecialService]] = [[] for _ in draft.itinerary]
        self.services: list[SpecialService] = []
        self.unmatched: list[Document] = []
        self.infants_documents: list[Document] = []
        self.infants_tickets: list[str] = []
        self.seen: set[tuple[str, str, int | None]] = set()

    def take(self, request: Request) -> None:
        code = request.code
        if code in _SEAT_CODES and request.leg is not None:
            self._seats(request, request.leg)
        elif code in _UNDERSTOOD:
            # the requests of GR.2 come again on every flight of GR.5
            who, text = self._who(request), request.text
            if (code, text, who) not in self.seen:
                self.seen.add((code, text, who))
                self._personal(code, text, at(request.parts, 3), who)
        else:
            self._other(request)

    def _who(self, request: Request) -> int | None:
        for composite in request.references:
            who = self.by_reference.get(at(composite, 2))
            if who is not None:
                return who
        if request.traveller is not None:
            return request.traveller
        return 0 if len(self.people) == 1 else None

    def _personal(self, code: str, text: str, carrier: str, who: int | None) -> None:
        if code == "DOCS":
            self._document(text, who)
        elif code == "INFT":
            self._infant(text)
        elif code in _CONTACT_CODES:
            contact = ssr.ctc(code, text, "SSR", who)
            if contact:
                self.draft.contacts.append(contact)
        elif code in _TICKET_CODES:
            self._ticket(text, who)
        elif who is not None:
            self._own(code, text, carrier, self.people[who])

    def _own(self, code: str, text: str, carrier: str, person: _Person) -> None:
        if code in _FLYER_CODES:
            flyer = ssr.fqt(elements.code(carrier), text)
            person.flyers += [flyer] if flyer else []
        elif code == "DOCO":
            visa = ssr.doco(text, self.travel)
            person.visas += [visa] if visa else []
        elif code == "DOCA":
            address = ssr.doca(text)
            person.addresses += [address] if address else []
        elif code == "CHLD":
            person.birth = person.birth or ssr.chld(text, self.travel)
            person.kind = "CHD" if person.kind != "INF" else "INF"

    def _document(self, text: str, place: int | None) -> None:
        document = ssr.docs(text, self.travel)
        if document is None:
            return
        who = self._named(document.surname, document.given, infant=document.infant)
        if who is None and not document.infant:
            who = place
        if who is not None:
            _give(self.people[who], document)
        elif document.infant:
            self.infants_documents.append(document)
        else:
            self.unmatched.append(document)

    def _named(self, surname: str, given: str, *, infant: bool) -> int | None:
        """The one traveller of that name; of parent and child of one name, the fitting one."""
        surname, given = letters(surname), letters(given)
        found = [
            index
            for index in self.by_surname.get(surname, ())[:_MOST_OF_A_NAME]
            if same_given(self.people[index].given, given)
        ]
        if len(found) > 1:
            fitting = [i for i in found if (self.people[i].kind == "INF") == infant]
            exact = [i for i in fitting if self.people[i].given == given]
            found = exact or fitting
        return found[0] if len(found) == 1 else None

    def _infant(self, text: str) -> None:
        infant = ssr.inft(text, self.travel)
        who = self._named(infant.surname, infant.given, infant=True) if infant else None
        if infant and who is not None and self.people[who].kind in ("INF", ""):
            self.people[who].kind = "INF"
            self.people[who].birth = self.people[who].birth or infant.birth

    def _ticket(self, text: str, who: int | None) -> None:
        found = ssr.tkne(text)
        if found is None:
            return
        number, infants = found
        if infants:
            self.infants_tickets.append(number)
        elif who is not None:
            self.people[who].tickets[number] = None

    def place_infants(self) -> None:
        """What is an infant's but names nobody goes to the only infant there is."""
        infants = [person for person in self.people if person.kind == "INF"]
        only = infants[0] if len(infants) == 1 else None
        if only:
            only.tickets |= dict.fromkeys(self.infants_tickets)
        for document in self.infants_documents:
            if only and not only.documents:
                _give(only, document)
            else:
                self.unmatched.append(document)

    def _seats(self, request: Request, leg: int) -> None:
        seats = self.seats[leg]
        told = [composite for composite in request.references if at(composite, 0)]
        for composite in told:
            number = read_seat(at(composite, 0))
            if number:
                seats.append(Seat(number, request.code, self.by_reference.get(at(composite, 2))))
        if not told:
            who = self._who(request)
            seats += [Seat(number, request.code, who) for number in ssr.seats(request.text)]

    def _other(self, request: Request) -> None:
        who = self._who(request)
        service = _service(request, who)
        if request.leg is not None:
            self.leg_services[request.leg].append(service)
        elif request.traveller is not None and who is not None:
            self.people[who].services.append(service)
        else:
            self.services.append(service)

    def segment(self, index: int, *, pushed: bool) -> ItinerarySegment:
        draft = self.draft.itinerary[index]
        return ItinerarySegment(
            leg=draft.leg(),
            booking_class=draft.booking_class,
            status=draft.status,
            quantity=draft.quantity,
            equipment=draft.equipment,
            pushed=pushed,
            locators=tuple(draft.locators),
            seats=tuple(dict.fromkeys(self.seats[index])),
            check_ins=tuple(self._check_in(found) for found in draft.check_ins),
            services=tuple(self.leg_services[index]),
        )

    def _check_in(self, draft: CheckInDraft) -> CheckIn:
        return CheckIn(
            traveller=self._checked_in(draft),
            number=draft.number,
            seat=draft.seat,
            cabin=draft.cabin,
            baggage=draft.baggage,
            at=draft.at,
            agent=draft.agent,
        )

    def _checked_in(self, draft: CheckInDraft) -> int | None:
        """By the reference of the TIF behind TRI, unless it names somebody else; by name; by TRI's."""
        surname, given = letters(draft.surname), letters(draft.given)
        for reference in reversed(draft.references):
            who = self.by_reference.get(reference)
            if who is not None:
                person = self.people[who]
                if not surname or (person.surname == surname and same_given(person.given, given)):
                    return who
        return self._named(draft.surname, draft.given, infant=False) if surname else None


_UNDERSTOOD = (
    frozenset({"DOCS", "DOCO", "DOCA", "INFT", "CHLD"})
    | _CONTACT_CODES
    | _FLYER_CODES
    | _TICKET_CODES
)


def _service(request: Request, who: int | None) -> SpecialService:
    _, status, quantity, carrier, _, _, board, off = elements.head(request.parts, 8)
    return SpecialService(
        code=request.code,
        status=elements.code(status),
        quantity=elements.number(quantity),
        carrier=elements.code(carrier),
        board=elements.code(board, 4),
        off=elements.code(off, 4),
        text=mask_cards(request.text),
        traveller=who,
    )


def letters(name: str) -> str:
    """A name for comparing: senders lose blanks and hyphens, and wrap lines inside of names."""
    name = name.upper()
    if name.isalpha():
        return name
    return "".join(c for c in name if c.isalpha())


def same_given(given: str, other: str) -> bool:
    """Whether one begins with the other: bookings shorten given names and glue titles to them."""
    return given.startswith(other) or other.startswith(given)


def _give(person: _Person, document: Document) -> None:
    """The same document comes once per flight, sometimes with alpha-2 and sometimes alpha-3 states;
    one without number only tells birth and sex, and is kept while there is nothing better.
    """
    person.birth = person.birth or document.birth
    person.sex = person.sex or document.sex
    if document.infant and not person.kind:
        person.kind = "INF"
    if document.number:
        person.documents.pop("", None)
        person.documents.setdefault(document.number, document)
    elif not person.documents:
        person.documents[""] = document


def _traveller(draft: TravellerDraft, person: _Person) -> Traveller:
    tickets = [ticket.final() for ticket in draft.tickets]
    known = {ticket.number for ticket in tickets}
    return Traveller(
        reference=draft.reference,
        surname=draft.surname,
        given=draft.given,
        title=draft.title,
        kind=person.kind,
        with_infant=draft.with_infant,
        group=draft.group,
        unique_id=draft.unique_id,
        birth=person.birth,
        sex=person.sex,
        documents=tuple(person.documents.values()),
        visas=tuple(person.visas),
        addresses=tuple(person.addresses),
        frequent_flyers=_flyers([*draft.flyers, *person.flyers]),
        tickets=(*tickets, *(Ticket(n, "T") for n in person.tickets if n not in known)),
        services=tuple(person.services),
    )


def _flyers(found: list[FrequentFlyer]) -> tuple[FrequentFlyer, ...]:
    return tuple({(f.carrier, f.number): f for f in reversed(found)}.values())[::-1]


def _pushed(itinerary: list[SegmentDraft], flight: Leg | None) -> int | None:
    """Which segment is the flight of the message: same day, and same number or same ports."""
    if flight is None or flight.departure_local is None:
        return None
    day = flight.departure_local.date()
    ranked = [
        (rank, -index)
        for index, segment in enumerate(itinerary)
        if segment.departure
        and segment.departure.date() == day
        and (rank := _likeness(segment, flight))
    ]
    return -max(ranked)[1] if ranked else None


def _likeness(segment: SegmentDraft, flight: Leg) -> int:
    """Ports 2, number 1: code shares change numbers, and a number serves several sectors a day."""
    ports = (segment.board, segment.off) == (flight.board, flight.off)
    number = flight.marketing is not None and flight.marketing in (
        segment.marketing,
        segment.operating,
    )
    return 2 * ports + number
