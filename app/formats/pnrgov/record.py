"""What a PNRGOV push says, as values (IATA PADIS PNRGOV; ICAO Doc 9944's nineteen PNR elements).

Times named `local` are naive wall-clock times of the port; `at` times are aware UTC. Codes are upper
case. '' and None mean "not sent" (or not readable: then a fault says so). Travellers are referred to
by their index in `Pnr.travellers`, because senders' own references may be missing or doubled.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.formats.edifact import Fault
from app.formats.light import light
from app.formats.pnrgov.record_parts import (
    Address,
    Baggage,
    BagTag,
    Contact,
    Document,
    ExcessBaggage,
    Fare,
    FrequentFlyer,
    Identification,
    Leg,
    Locator,
    NonAirService,
    Originator,
    Payment,
    Price,
    Seat,
    Sex,
    SpecialService,
    Split,
    Tax,
    Ticket,
    TravellerKind,
    Visa,
)

__all__ = [
    "Address",
    "BagTag",
    "Baggage",
    "CheckIn",
    "Contact",
    "Document",
    "ExcessBaggage",
    "Fare",
    "FrequentFlyer",
    "HistoryAction",
    "HistoryItem",
    "Identification",
    "ItinerarySegment",
    "Leg",
    "Locator",
    "NonAirService",
    "Originator",
    "Payment",
    "Pnr",
    "PnrPush",
    "Price",
    "Seat",
    "Sex",
    "SpecialService",
    "Split",
    "Tax",
    "Ticket",
    "Traveller",
    "TravellerKind",
    "Visa",
]


@light
class CheckIn:
    """GR.6/7: a traveller accepted on this segment. `number` = boarding or sequence number."""

    traveller: int | None = None
    number: str = ""
    seat: str = ""
    cabin: str = ""
    baggage: Baggage | None = None
    at: datetime | None = None
    agent: str = ""


@light
class ItinerarySegment:
    """GR.5: one booked flight. `pushed` marks the flight that the message is about."""

    leg: Leg
    booking_class: str = ""
    status: str = ""
    quantity: int | None = None
    equipment: str = ""
    pushed: bool = False
    locators: tuple[Locator, ...] = ()
    seats: tuple[Seat, ...] = ()
    check_ins: tuple[CheckIn, ...] = ()
    services: tuple[SpecialService, ...] = ()
    operating_class: str = ""


@light
class Traveller:
    """GR.2 TIF and everything that names the same traveller. `group` = the name of a group, nobody.

    `birth` and `sex` come from any DOCS, CHLD or INFT of this traveller, `age` from FAR or UMNR.
    """

    reference: str = ""
    surname: str = ""
    given: str = ""
    title: str = ""
    kind: TravellerKind = ""
    with_infant: bool = False
    group: bool = False
    unique_id: str = ""
    birth: date | None = None
    sex: Sex = ""
    documents: tuple[Document, ...] = ()
    visas: tuple[Visa, ...] = ()
    addresses: tuple[Address, ...] = ()
    frequent_flyers: tuple[FrequentFlyer, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    services: tuple[SpecialService, ...] = ()
    identifications: tuple[Identification, ...] = ()
    fares: tuple[Fare, ...] = ()
    fare_calculations: tuple[str, ...] = ()
    unaccompanied: bool = False
    age: int | None = None
    boarding_status: str = ""  # of PNRGOV in XML alone

    @property
    def infant(self) -> bool:
        return self.kind == "INF"


@light
class HistoryAction:
    """GR.11/12: one thing that was done. `action`: A added, X cancelled, C changed, others as sent;
    `element` two letters of the system's own where a history line names them (NM name, SR service).
    """

    action: str = ""
    element: str = ""
    names: tuple[tuple[str, str], ...] = ()
    services: tuple[SpecialService, ...] = ()
    segments: tuple[ItinerarySegment, ...] = ()
    baggage: tuple[Baggage, ...] = ()
    texts: tuple[str, ...] = ()


@light
class HistoryItem:
    """GR.10, or the lines of LTS under one number: what an agent did at one time.

    `agent` is an office or its number; `line` the number of LTS lines.
    """

    agent: str = ""
    city: str = ""
    company: str = ""
    at: datetime | None = None
    line: int | None = None
    actions: tuple[HistoryAction, ...] = ()


@light
class Pnr:
    """GR.1: one booking. `index` counts from 0 in the message, `segment` is the position of its SRC.

    `removed`: an update that says the booking no longer holds this flight (empty ORG, no TVL).
    `unmatched_documents` named nobody of this booking. `dropped` counts sensitive entries (meals,
    health) that were left out at reading. `texts` are remarks with card numbers masked.
    `group_size`: travellers announced for a group, named or not. `history_items` counts the items
    and lines sent; `history` has the first of them (see `history.MOST`).
    """

    index: int
    segment: int
    locators: tuple[Locator, ...] = ()
    originator: Originator | None = None
    removed: bool = False
    last_transaction_at: datetime | None = None
    ticketed_at: datetime | None = None
    travellers: tuple[Traveller, ...] = ()
    itinerary: tuple[ItinerarySegment, ...] = ()
    contacts: tuple[Contact, ...] = ()
    addresses: tuple[Address, ...] = ()
    payments: tuple[Payment, ...] = ()
    excess_baggage: tuple[ExcessBaggage, ...] = ()
    services: tuple[SpecialService, ...] = ()
    splits: tuple[Split, ...] = ()
    unmatched_documents: tuple[Document, ...] = ()
    texts: tuple[str, ...] = ()
    non_air: tuple[NonAirService, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    history_items: int = 0
    group_size: int | None = None
    dropped: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def people(self) -> tuple[Traveller, ...]:
        """The travellers without the names of groups."""
        return tuple(t for t in self.travellers if not t.group)

    @property
    def created_at(self) -> datetime | None:
        return next((found.created_at for found in self.locators if found.created_at), None)

    @property
    def pushed(self) -> ItinerarySegment | None:
        """The itinerary segment of the flight that the message is about."""
        return next((segment for segment in self.itinerary if segment.pushed), None)

    def one_way(self) -> bool | None:
        """No segment ends where the journey began; None when ports are unknown."""
        ports = [(s.leg.board, s.leg.off) for s in self.itinerary]
        if not ports or not all(board and off for board, off in ports):
            return None
        return all(off != ports[0][0] for _, off in ports)

    def lead_time(self) -> timedelta | None:
        """From the booking's creation to the departure of the pushed flight, to the hour or two."""
        departure = self.pushed.leg.departure_local if self.pushed else None
        if departure is None or self.created_at is None:
            return None
        return departure - self.created_at.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class PnrPush:
    """One PNRGOV message. `full` False = an update: only changed bookings (MSG function 141).

    `expected` is the number of bookings in all parts of the push (EQN); `part` C first, F last.
    `faults` are the message's own; each booking carries those of its segments.
    """

    sender: str
    sender_city: str
    function: str
    flight: Leg | None
    expected: int | None
    reference: str = ""
    sequence: int | None = None
    part: str = ""
    records: tuple[Pnr, ...] = ()
    faults: tuple[Fault, ...] = ()
    prepared: datetime | None = field(default=None, compare=False)  # naive, as UNB's
    test: bool = False  # of a document in XML that says so; of EDIFACT UNB tells

    @property
    def full(self) -> bool:
        return self.function != "141"
