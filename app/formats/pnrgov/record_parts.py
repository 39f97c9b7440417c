"""What a booking is made of, as values: flights, locators, tickets, payments, papers, contacts.

Conventions as in `record`, which has the booking itself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from app.formats.codes import FlightNumber
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
    """ORG: who made the booking. `kind`: A airline, T travel agent, N and others as sent.
    `duty_code` is the agent's sign; `communication` and `party` its line and set address.
    """

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
    company_city: str = ""
    communication: str = ""
    party: str = ""


@light
class FrequentFlyer:
    carrier: str
    number: str
    tier: str = ""
    status: str = ""


@light
class Price:
    """MON: `code` B base fare, T total, others as sent."""

    code: str
    amount: Decimal
    currency: str = ""


@light
class Tax:
    """TXD: `code` is the tax's own (YQ, XF ...)."""

    code: str
    amount: Decimal
    currency: str = ""
    country: str = ""


@light
class Fare:
    """FAR: `kind` of passenger for pricing as sent (A, N, C ...), age in years, fare bases."""

    kind: str = ""
    age: int | None = None
    bases: tuple[str, ...] = ()


@light
class Ticket:
    """TKT with its PTK, MON, TXD and DAT 710. `number` '' = ticketless (TKT+:700).

    `coupons` as SSR TKNE names them; `deadline` (local) = until when it had to be issued;
    `carrier_code` = the validating carrier's numeric code; `connected` = the ticket it goes on from.
    """

    number: str
    kind: str = ""
    issued_on: date | None = None
    prices: tuple[Price, ...] = ()
    non_refundable: bool = False
    validating_carrier: str = ""
    sales_city: str = ""
    taxes: tuple[Tax, ...] = ()
    deadline: datetime | None = None
    carrier_code: str = ""
    connected: str = ""
    coupons: tuple[str, ...] = ()


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
class Identification:
    """SSR FOID: what the traveller shows for the ticket. `kind` PP passport, NI national identity,
    DL driving licence, FF frequent flyer ...; of a card (CC) only the last four digits.
    """

    kind: str
    number: str


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

    def of(self, who: int) -> "Address":
        """The same of a traveller."""
        return Address(
            self.kind, self.country, self.street, self.city, self.state, self.postcode, who
        )


@light
class Contact:
    """`source`: ADD, SSR, OSI (IFT 28) or LTS; `purpose` the sender's letter (M mobile, H home ...)."""

    kind: Literal["phone", "mail", "fax", "refused"]
    value: str
    purpose: str = ""
    source: Literal["ADD", "SSR", "OSI", "LTS"] = "SSR"
    traveller: int | None = None

    def of(self, who: int) -> "Contact":
        """The same of a traveller."""
        return Contact(self.kind, self.value, self.purpose, self.source, who)


@light
class Payment:
    """FOP without its account number: `last_four` and, where the reader was given a keyed function,
    a `fingerprint` by which the same card is found again. `expiry` is (year, month).

    `payer` and `payer_lines`: IFT 43, who pays for the traveller, with address and telephone as
    written; `address` and `contacts`: the ADD of GR.4.
    """

    kind: str
    vendor: str = ""
    last_four: str = ""
    fingerprint: str = ""
    expiry: tuple[int, int] | None = None
    amount: Decimal | None = None
    traveller: int | None = None
    payer: str = ""
    payer_lines: tuple[str, ...] = ()
    approval: str = ""
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()


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
    """A seat asked for (SSR SEAT, NSST, NSSA, RQST); the one given stands in `CheckIn`.
    `features` are its characteristics as sent (PADIS 9825).
    """

    number: str
    code: str = "SEAT"
    traveller: int | None = None
    features: str = ""


@light
class BagTag:
    """One bag's licence plate; `airline` as sent: two letters or the three-digit prefix."""

    airline: str
    number: str
    destination: str = ""


@light
class Baggage:
    """TBD. `pool_role` HP = head of a pool whose bags are counted here, MP = member.

    `other_*` is the second C675: pieces that are not among those checked, as the sender means them.
    """

    count: int | None = None
    weight: int | None = None
    unit: Literal["kg", "lb", ""] = ""
    pool_role: str = ""
    pool: str = ""
    tags: tuple[BagTag, ...] = ()
    other_count: int | None = None
    other_weight: int | None = None
    other_unit: Literal["kg", "lb", ""] = ""


@light
class ExcessBaggage:
    """EBD: charge, and the pieces or the weight that is paid for; of a traveller or of the booking."""

    amount: Decimal | None
    currency: str = ""
    pieces: int | None = None
    weight: int | None = None
    unit: Literal["kg", "lb", ""] = ""
    traveller: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """GR.8: a record this one was divided from or into, and how many travellers went.

    `direction` by the times of creation: a record made before this one is what it came `from`.
    `kind` as sent (PADIS 6353).
    """

    count: int | None
    locators: tuple[Locator, ...] = ()
    kind: str = ""
    direction: Literal["from", "into", ""] = ""


@light
class NonAirService:
    """GR.9: a hotel, car, train ... `kind` as sent: systems count differently (8 or 3 hotel, 2 car).
    Times are local to the place, `begins` and `ends` as in TVL.
    """

    kind: str
    begins_local: datetime | None = None
    ends_local: datetime | None = None
    place: str = ""
    name: str = ""
    ends_at: str = ""
    company: str = ""
    number: str = ""
    category: str = ""
    status: str = ""
    quantity: int | None = None
    texts: tuple[str, ...] = ()
