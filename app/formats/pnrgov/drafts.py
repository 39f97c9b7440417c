"""What is known of a booking while its segments are still being read; `linking` makes it final."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from app.formats.codes import FlightNumber
from app.formats.edifact import BLANKS, Fault, RawMessage, Separators
from app.formats.light import light
from app.formats.pnrgov.record import (
    Address,
    Baggage,
    Contact,
    Document,
    ExcessBaggage,
    Fare,
    FrequentFlyer,
    HistoryItem,
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
    Tax,
    Ticket,
    TravellerKind,
    Visa,
)

T = TypeVar("T")

LONGEST_TEXT = 2000  # characters of one free text; AIRIMP lines have 69
MOST_KNOWN = 10_000  # texts of segments; a push of 127 bookings has 1,700
Known = dict[str, tuple[Callable[[Any, Any, int], bool | None], Any]]


class Damaged(Exception):  # noqa: N818  # no error of anybody: the reader begins anew
    """Something stands in a message that may begin a traveller or a booking."""


@dataclass(slots=True)
class Context:
    """What holds for all bookings of a message. `travel` settles the century of two-digit years.

    `known` holds what was read of a segment and the step that takes it, by its text: the same flights,
    offices, records and names are sent again and again in a push. A text says different things in most
    groups, among other services and in the history: each of the three has its own.
    """

    message: RawMessage
    deny: frozenset[str]
    fingerprint: Callable[[str], str] | None
    flight: Leg | None = None
    travel: date | None = None
    today: date | None = None  # when the message was prepared
    watch: bool = False  # raise Damaged where something may be damage
    year_first: bool = False  # a sender that writes the days of TVL YYMMDD
    known: tuple[Known, Known, Known] = field(default_factory=lambda: ({}, {}, {}))
    codes: dict[str, str | None] = field(default_factory=dict)  # of SSR, None = denied
    separators: Separators = field(init=False)

    def __post_init__(self) -> None:
        self.separators = self.message.segments.separators


@light
class Named:
    """One name of a TIF; `surname_letters` and `given_letters` are for comparing."""

    reference: str
    surname: str
    given: str
    title: str
    kind: TravellerKind
    with_infant: bool
    group: bool
    size: int | None
    surname_letters: str
    given_letters: str


@light
class Flight:
    """A TVL. `short` when it only tells the number and class that the operating carrier uses."""

    leg: Leg
    booking_class: str
    number: str
    short: bool
    odd_date: bool


class Asked:
    """What the text of an SSR says, wherever it stands; `dropped` when it is denied. `parts` are C334 as
    sent (code, status, quantity, carrier, -, -, board, off, text), `references` C332: seat or other data, -,
    traveller reference, characteristics.

    A request comes again on every flight, and many travellers ask for the same: what the grammar of its
    code makes of the text, and the services as which it is kept without one, are made once: of nobody
    (None), of the first traveller of a booking, of the second ...
    """

    __slots__ = (
        "code", "dropped", "found", "parts", "references", "services", "text", "travellers",
    )  # fmt: skip

    def __init__(
        self,
        code: str,
        parts: list[str],
        text: str,
        references: list[list[str]],
        *,
        dropped: bool = False,
    ) -> None:
        self.code = code
        self.parts = parts
        self.text = text
        self.references = references
        self.dropped = dropped
        self.travellers = [one[2].strip(BLANKS) for one in references if len(one) > 2]
        self.found: Any = _UNREAD
        self.services: dict[int | None, SpecialService] = {}

    def read(self, grammar: Callable[[str, date | None], T], travel: date | None) -> T:
        """By the grammar of its code, which the reader of its code gives."""
        if self.found is _UNREAD:
            self.found = grammar(self.text, travel)
        found: T = self.found
        return found


_UNREAD = object()
Request = tuple[Asked, int | None, int | None]
"""An SSR and where it stood: under which traveller, on which flight; neither: of the whole booking."""


class TicketDraft:
    __slots__ = (
        "carrier_code", "connected", "coupons", "deadline", "issued_on", "kind", "non_refundable",
        "number", "prices", "sales_city", "taxes", "validating_carrier",
    )  # fmt: skip

    def __init__(self, number: str, kind: str, connected: str = "") -> None:
        self.number = number
        self.kind = kind
        self.connected = connected
        self.issued_on: date | None = None
        self.prices: tuple[Price, ...] = ()
        self.taxes: tuple[Tax, ...] = ()
        self.non_refundable = False
        self.validating_carrier = self.sales_city = self.carrier_code = ""
        self.deadline: datetime | None = None
        self.coupons: tuple[str, ...] = ()

    def final(self) -> Ticket:
        return Ticket(
            self.number, self.kind, self.issued_on, self.prices, self.non_refundable,
            self.validating_carrier, self.sales_city, self.taxes, self.deadline,
            self.carrier_code, self.connected, self.coupons,
        )  # fmt: skip


class Paid(NamedTuple):
    """One C641 of a FOP."""

    kind: str
    vendor: str
    last_four: str
    fingerprint: str
    expiry: tuple[int, int] | None
    amount: Decimal | None
    approval: str


class PaymentDraft:
    __slots__ = (
        "address", "amount", "approval", "contacts", "expiry", "fingerprint", "kind", "last_four",
        "payer", "payer_lines", "traveller", "vendor",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        vendor: str = "",
        last_four: str = "",
        fingerprint: str = "",
        expiry: tuple[int, int] | None = None,
        amount: Decimal | None = None,
        approval: str = "",
    ) -> None:
        self.kind = kind
        self.vendor = vendor
        self.last_four = last_four
        self.fingerprint = fingerprint
        self.expiry = expiry
        self.amount = amount
        self.approval = approval
        self.traveller: int | None = None
        self.payer = ""
        self.payer_lines: tuple[str, ...] = ()
        self.address: Address | None = None
        self.contacts: tuple[Contact, ...] = ()

    def final(self) -> Payment:
        return Payment(
            self.kind, self.vendor, self.last_four, self.fingerprint, self.expiry, self.amount,
            self.traveller, self.payer, self.payer_lines, self.approval, self.address,
            self.contacts,
        )  # fmt: skip


class TravellerDraft:
    """A name of GR.2 and what was found for it, under it or elsewhere in the booking.

    Most of it is empty for most people: empty tuples cost nothing.
    """

    __slots__ = (
        "addresses", "age", "birth", "boarding_status", "documents", "electronic", "fare_calculations", "fares",
        "flyers", "identifications", "kind", "named", "services", "sex", "tickets",
        "unaccompanied", "unique_id", "visas",
    )  # fmt: skip

    def __init__(self, named: Named) -> None:
        self.named = named
        self.kind: TravellerKind = named.kind
        self.unique_id = self.boarding_status = ""
        self.birth: date | None = None
        self.sex: Sex = ""
        self.age: int | None = None
        self.unaccompanied = False
        self.flyers: tuple[FrequentFlyer, ...] = ()
        self.tickets: tuple[TicketDraft, ...] = ()
        self.electronic: dict[str, dict[str, None]] | None = None  # numbers and coupons of SSR TKNE
        self.documents: dict[str, Document] = {}
        self.visas: tuple[Visa, ...] = ()
        self.addresses: tuple[Address, ...] = ()
        self.identifications: tuple[Identification, ...] = ()
        self.services: tuple[SpecialService, ...] = ()
        self.fares: tuple[Fare, ...] = ()
        self.fare_calculations: tuple[str, ...] = ()


class CheckInDraft:
    """`references`: TRI's own first, then that of the TIF behind it."""

    __slots__ = ("agent", "at", "baggage", "cabin", "named", "number", "references", "seat")

    def __init__(self, number: str, reference: str, agent: str, at: datetime | None) -> None:
        self.number = number
        self.references = [reference]
        self.agent = agent
        self.at = at
        self.named: Named | None = None
        self.seat = self.cabin = ""
        self.baggage: Baggage | None = None


class SegmentDraft:
    __slots__ = (
        "booking_class", "check_ins", "equipment", "leg", "locators", "operating_class",
        "quantity", "seats", "services", "status",
    )  # fmt: skip

    def __init__(self, flight: Flight) -> None:
        self.leg = flight.leg
        self.booking_class = flight.booking_class
        self.operating_class = self.status = self.equipment = ""
        self.quantity: int | None = None
        self.locators: tuple[Locator, ...] = ()
        self.check_ins: list[CheckInDraft] = []
        self.seats: tuple[Seat, ...] = ()
        self.services: tuple[SpecialService, ...] = ()

    def operated(self, operator: str, number: str) -> None:
        """What the operating carrier calls this flight."""
        leg = self.leg
        self.leg = Leg(
            leg.carrier, operator, leg.marketing, FlightNumber.of(operator, number), leg.board,
            leg.off, leg.departure_local, leg.arrival_local,
        )  # fmt: skip


class SplitDraft:
    __slots__ = ("count", "kind", "locators")

    def __init__(self, count: int | None, kind: str) -> None:
        self.count = count
        self.kind = kind
        self.locators: tuple[Locator, ...] = ()


class Stay(NamedTuple):
    """TVL of another service, in the order of `NonAirService`."""

    begins: datetime | None = None
    ends: datetime | None = None
    place: str = ""
    name: str = ""
    ends_at: str = ""
    company: str = ""
    number: str = ""
    category: str = ""


_NOWHERE = Stay()


class NonAirDraft:
    """`stay` once its TVL has come."""

    __slots__ = ("kind", "quantity", "status", "stay", "texts")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.stay: Stay | None = None
        self.status = ""
        self.quantity: int | None = None
        self.texts: list[str] = []

    def final(self) -> NonAirService:
        return NonAirService(
            self.kind, *(self.stay or _NOWHERE), self.status, self.quantity, tuple(self.texts)
        )


class BookingDraft:
    __slots__ = (
        "addresses", "contacts", "dropped", "empty_originator", "excess_baggage", "faults",
        "group_size", "history", "history_items", "index", "itinerary", "last_transaction_at",
        "locators", "non_air", "originator", "payments", "requests", "segment", "splits", "texts",
        "ticketed_at", "travellers",
    )  # fmt: skip

    def __init__(self, index: int, segment: int) -> None:
        self.index = index
        self.segment = segment
        self.locators: list[Locator] = []
        self.originator: Originator | None = None
        self.empty_originator = False
        self.last_transaction_at: datetime | None = None
        self.ticketed_at: datetime | None = None
        self.travellers: list[TravellerDraft] = []
        self.itinerary: list[SegmentDraft] = []
        self.requests: list[Request] = []
        self.contacts: list[Contact] = []
        self.addresses: list[Address] = []
        self.payments: list[PaymentDraft] = []
        self.excess_baggage: list[ExcessBaggage] = []
        self.splits: list[SplitDraft] = []
        self.texts: list[str] = []
        self.non_air: list[NonAirDraft] = []
        self.history: tuple[HistoryItem, ...] = ()
        self.history_items = 0
        self.group_size: int | None = None
        self.dropped = 0
        self.faults: list[Fault] = []
