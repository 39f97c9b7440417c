"""What a PNRGOV push says, as values (IATA PADIS PNRGOV; ICAO Doc 9944's nineteen PNR elements).

Times named `local` are naive wall-clock times of the port; `at` times are aware UTC. Codes are upper
case. '' and None mean "not sent" (or not readable: then a fault says so). Travellers are referred to
by their index in `Pnr.travellers`, because senders' own references may be missing or doubled.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from app.formats.codes import FlightNumber
from app.formats.edifact import Fault
from app.formats.light import light

TravellerKind = Literal["ADT", "CHD", "INF", ""]
Sex = Literal["M", "F", "X", "U", ""]


@light
class Leg:
    """A flight between two ports. Code shares carry both numbers; either may be missing (open
    segments, ARNK): `carrier` and `operator` are sent even then.
    """

    carrier: str
    operator: str
    marketing: FlightNumber | None
    operating: FlightNumber | None
    board: str
    off: str
    departure_local: datetime | None
    arrival_local: datetime | None

    def __str__(self) -> str:
        """The marketing flight like JL1; '' when it has no number."""
        return str(self.marketing or "")


@light
class Locator:
    """RCI: a record locator; the first of a record is its holder's. `kind` C = departure control."""

    carrier: str
    code: str
    kind: str = ""
    created_at: datetime | None = None


@light
class Originator:
    """ORG: who made the booking. `kind`: A airline, T travel agent, N and others as sent."""

    system: str = ""
    system_city: str = ""
    agency_number: str = ""
    office: str = ""
    agent_city: str = ""
    company: str = ""
    kind: str = ""
    country: str = ""
    currency: str = ""
    language: str = ""
    duty_code: str = ""


@light
class FrequentFlyer:
    carrier: str
    number: str
    tier: str = ""


@light
class Price:
    """MON: `code` B base fare, T total, others as sent."""

    code: str
    amount: Decimal
    currency: str = ""


@light
class Ticket:
    """TKT with its PTK, MON and DAT 710. `number` '' = ticketless (TKT+:700)."""

    number: str
    kind: str = ""
    issued_on: date | None = None
    prices: tuple[Price, ...] = ()
    non_refundable: bool = False
    validating_carrier: str = ""
    sales_city: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """FOP without its account number: `last_four` and, where the reader was given a keyed function,
    a `fingerprint` by which the same card is found again. `expiry` is (year, month).
    """

    kind: str
    vendor: str = ""
    last_four: str = ""
    fingerprint: str = ""
    expiry: tuple[int, int] | None = None
    amount: Decimal | None = None
    traveller: int | None = None
    payer: str = ""


@light
class Document:
    """SSR DOCS: a passport or other travel document as the traveller gave it to the airline.
    States are alpha-3 where known, else as sent; `infant` for sexes FI and MI; `primary` = marked H.
    """

    kind: str = ""
    issuer: str = ""
    number: str = ""
    nationality: str = ""
    birth: date | None = None
    sex: Sex = ""
    infant: bool = False
    expiry: date | None = None
    surname: str = ""
    given: str = ""
    primary: bool = False


@light
class Visa:
    """SSR DOCO: `kind` V visa, R redress number, K known traveller."""

    kind: str = ""
    number: str = ""
    birth_place: str = ""
    issue_place: str = ""
    issued_on: date | None = None
    country: str = ""
    infant: bool = False


@light
class Address:
    """SSR DOCA (`kind` R residence, D destination, B birth) or ADD (its purpose code)."""

    kind: str = ""
    country: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    traveller: int | None = None


@light
class Contact:
    """`source`: ADD, SSR, OSI (IFT 28) or LTS; `purpose` the sender's letter (M mobile, H home ...)."""

    kind: Literal["phone", "mail", "fax", "refused"]
    value: str
    purpose: str = ""
    source: Literal["ADD", "SSR", "OSI", "LTS"] = "SSR"
    traveller: int | None = None


@light
class SpecialService:
    """SSR that is neither sensitive nor understood by a grammar of its own; card numbers masked."""

    code: str
    status: str = ""
    quantity: int | None = None
    carrier: str = ""
    board: str = ""
    off: str = ""
    text: str = ""
    traveller: int | None = None


@light
class Seat:
    """A seat asked for (SSR SEAT, NSST, NSSA, RQST); the one given stands in `CheckIn`."""

    number: str
    code: str = "SEAT"
    traveller: int | None = None


@light
class BagTag:
    """One bag's licence plate; `airline` as sent: two letters or the three-digit prefix."""

    airline: str
    number: str
    destination: str = ""


@light
class Baggage:
    """TBD. `pool_role` HP = head of a pool whose bags are counted here, MP = member."""

    count: int | None = None
    weight: int | None = None
    unit: Literal["kg", "lb", ""] = ""
    pool_role: str = ""
    pool: str = ""
    tags: tuple[BagTag, ...] = ()


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


@light
class Traveller:
    """GR.2 TIF and everything that names the same traveller. `group` = the name of a group, nobody.

    `birth` and `sex` come from any DOCS, CHLD or INFT of this traveller.
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

    @property
    def infant(self) -> bool:
        return self.kind == "INF"


@dataclass(frozen=True, slots=True)
class Split:
    """GR.8: the records this one was divided from or into, and how many travellers went."""

    count: int | None
    locators: tuple[Locator, ...] = ()


@light
class ExcessBaggage:
    """EBD: charge and pieces of paid baggage."""

    amount: Decimal | None
    currency: str = ""
    pieces: int | None = None


@light
class Pnr:
    """GR.1: one booking. `index` counts from 0 in the message, `segment` is the position of its SRC.

    `removed`: an update that says the booking no longer holds this flight (empty ORG, no TVL).
    `unmatched_documents` named nobody of this booking. `dropped` counts sensitive entries (meals,
    health) that were left out at reading. `texts` are remarks with card numbers masked.
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
    non_air_services: int = 0
    history_items: int = 0
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

    @property
    def full(self) -> bool:
        return self.function != "141"
