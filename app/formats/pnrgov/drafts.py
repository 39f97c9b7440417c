"""What is known of a booking while its segments are still being read; `linking` makes it final."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from app.formats.codes import FlightNumber
from app.formats.edifact import BLANKS, Fault, RawMessage
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    Contact,
    ExcessBaggage,
    FrequentFlyer,
    Leg,
    Locator,
    Originator,
    Payment,
    Price,
    Split,
    Ticket,
    TravellerKind,
)

Text = tuple[str, ...]
"""The elements of a segment as sent."""
LONGEST_TEXT = 2000  # characters of one free text; AIRIMP lines have 69


@dataclass(slots=True)
class Context:
    """What holds for all bookings of a message. `travel` settles the century of two-digit years.

    `legs`, `locators` and `originators` hold what was read of a segment, by its text: the same
    flights, offices and records are named again and again in a push.
    """

    message: RawMessage
    deny: frozenset[str]
    fingerprint: Callable[[str], str] | None
    flight: Leg | None = None
    travel: date | None = None
    legs: dict[Text, "SegmentDraft"] = field(default_factory=dict)
    locators: dict[Text, list[Locator]] = field(default_factory=dict)
    originators: dict[Text, Originator] = field(default_factory=dict)


@dataclass(slots=True)
class Request:
    """An SSR where it stood: under a traveller, on an itinerary segment, or for the whole booking.
    `parts` are C334 as sent, `references` C332: seat or other data, ..., traveller reference.
    """

    code: str
    parts: list[str]
    references: list[list[str]]
    traveller: int | None
    leg: int | None

    @property
    def text(self) -> str:
        return ":".join(self.parts[8:])[:LONGEST_TEXT].strip(BLANKS)


@dataclass(slots=True)
class TicketDraft:
    number: str
    kind: str
    issued_on: date | None = None
    prices: list[Price] = field(default_factory=list)
    non_refundable: bool = False
    validating_carrier: str = ""
    sales_city: str = ""

    def final(self) -> Ticket:
        return Ticket(
            self.number,
            self.kind,
            self.issued_on,
            tuple(self.prices),
            self.non_refundable,
            self.validating_carrier,
            self.sales_city,
        )


@dataclass(slots=True)
class TravellerDraft:
    reference: str
    surname: str
    given: str
    title: str
    kind: TravellerKind
    with_infant: bool
    group: bool
    unique_id: str = ""
    flyers: list[FrequentFlyer] = field(default_factory=list)
    tickets: list[TicketDraft] = field(default_factory=list)


@dataclass(slots=True)
class CheckInDraft:
    """`references`: TRI's own first, then that of the TIF behind it."""

    number: str
    references: list[str]
    agent: str
    at: datetime | None
    surname: str = ""
    given: str = ""
    seat: str = ""
    cabin: str = ""
    baggage: Baggage | None = None


@dataclass(slots=True)
class SegmentDraft:
    carrier: str
    operator: str
    marketing: FlightNumber | None
    operating: FlightNumber | None
    board: str
    off: str
    departure: datetime | None
    arrival: datetime | None
    booking_class: str
    status: str = ""
    quantity: int | None = None
    equipment: str = ""
    locators: list[Locator] = field(default_factory=list)
    check_ins: list[CheckInDraft] = field(default_factory=list)

    def copy(self) -> "SegmentDraft":
        """The flight alone, without what was collected for it."""
        return SegmentDraft(
            self.carrier,
            self.operator,
            self.marketing,
            self.operating,
            self.board,
            self.off,
            self.departure,
            self.arrival,
            self.booking_class,
        )

    def leg(self) -> Leg:
        return Leg(
            self.carrier,
            self.operator,
            self.marketing,
            self.operating,
            self.board,
            self.off,
            self.departure,
            self.arrival,
        )


@dataclass(slots=True)
class BookingDraft:
    index: int
    segment: int
    locators: list[Locator] = field(default_factory=list)
    originator: Originator | None = None
    empty_originator: bool = False
    last_transaction_at: datetime | None = None
    ticketed_at: datetime | None = None
    travellers: list[TravellerDraft] = field(default_factory=list)
    itinerary: list[SegmentDraft] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    excess_baggage: list[ExcessBaggage] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    non_air_services: int = 0
    history_items: int = 0
    dropped: int = 0
    faults: list[Fault] = field(default_factory=list)
