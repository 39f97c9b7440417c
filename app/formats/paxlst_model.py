"""What a PAXLST message says: passengers and crew of a flight (UN D.02B to D.17B, WCO guide)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.formats import codes, values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, Header
from app.formats.light import light


class Role(StrEnum):
    """NAD 3035 of a person."""

    PASSENGER = "FL"
    CREW = "FM"
    TRANSIT_PASSENGER = "DDU"
    TRANSIT_CREW = "DDT"


class Function(StrEnum):
    """BGM 1001."""

    PASSENGER_LIST = "745"
    CREW_LIST = "250"
    FLIGHT_STATUS = "266"
    MASTER_CREW_LIST = "336"
    GATE_PASS = "655"  # noqa: S105  # a kind of request, no secret


class Purpose(StrEnum):
    """BGM 1004: what the sender wants done, or which people or flight the list is of."""

    # with 745, passenger list
    CHANGE_PASSENGER = "CP"  # data of passengers named before, or clearance asked for anew
    CANCEL_RESERVATION = "XR"
    REDUCE_PARTY = "RP"
    CHECK_IN = "CI"  # United Kingdom, sent with version 1.0
    DEPARTURE = "DC"  # United Kingdom: confirmed at departure
    # with 266, flight status
    CLOSE_FLIGHT = "CL"
    CLOSE_NOT_ON_BOARD = "CLNB"  # names those who are not on board
    CLOSE_ON_BOARD = "CLOB"  # names those who are
    CANCEL_FLIGHT = "XF"
    CHANGE_FLIGHT = "CF"
    # with 250, crew list
    CREW = "C"  # regular crew of a passenger flight
    CREW_CHANGE = "CC"
    CARGO_CREW = "B"
    CARGO_CREW_CHANGE = "BC"
    OVERFLIGHT = "A"  # of a passenger flight
    CARGO_OVERFLIGHT = "D"
    CONTINUANCE = "E"  # domestic continuance of a passenger flight
    CONTINUANCE_CHANGE = "EC"
    CARGO_CONTINUANCE = "F"
    CARGO_CONTINUANCE_CHANGE = "FC"
    # with 336, master crew list
    ADD = "G"
    DELETE = "H"
    CHANGE = "I"


class CrewCategory(StrEnum):
    """EMP C948: what a member of the crew does."""

    COCKPIT = "CR1"
    CABIN = "CR2"
    OPERATIONS = "CR3"
    CARGO = "CR4"  # also any other non-crew
    OFF_DUTY_PILOT = "CR5"


class DocumentType(StrEnum):
    """DOC 1001; `A`, `C` and `I` are all identity cards."""

    PASSPORT = "P"
    VISA = "V"
    IDENTITY_CARD = "I"
    IDENTITY_CARD_A = "A"
    IDENTITY_CARD_C = "C"
    CREW_CERTIFICATE = "AC"
    PASSPORT_CARD = "IP"
    REFUGEE = "T"  # refugee's travel document or re-entry permit
    OTHER = "F"
    PILOT_LICENCE = "L"
    MILITARY = "M"


class Reference(StrEnum):
    """RFF 1153 of a person."""

    LOCATOR = "AVF"  # record locator of the PNR
    PASSENGER = "ABO"  # the carrier's own key of the passenger
    SEAT = "SEA"
    AGENCY = "AEA"  # given by a government agency
    CUSTOMER = "CR"
    TICKET = "YZY"  # China's iAPI: number of the ticket, C, coupon
    ADDITIONAL = "ACD"  # United States
    CLEARANCE = "CBA"  # United States


IDENTIFYING = (Reference.LOCATOR, Reference.PASSENGER)
"""By which a carrier and a state mean the same passenger without a name."""


class StopKind(StrEnum):
    """LOC 3227 after TDT."""

    DEPARTURE_BEFORE_BORDER = "125"
    ARRIVAL_AT_BORDER = "87"
    OTHER = "92"
    FINAL_DESTINATION = "130"


@light
class Leg:
    """One take-off and landing. Times are local and naive; airports '' where not sent.

    `flight` is None when `flight_text` cannot be read as carrier and number.
    """

    flight: FlightNumber | None
    flight_text: str
    carrier: str = ""
    stage: str = "20"
    departure_airport: str = ""
    arrival_airport: str = ""
    departure: datetime | None = None
    arrival: datetime | None = None
    crosses_border: bool = False  # sent as 125 -> 87


@light
class Contact:
    """One COM element: number or address and its kind (TE, FX, EM...)."""

    address: str
    kind: str = ""


@light
class Party:
    """NAD+MS and other parties of the header."""

    role: str
    code: str = ""
    name: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    contact_function: str = ""  # CTA 3139: IC, information contact
    contact: tuple[str, ...] = ()  # CTA C056: its code and name


@light
class Place:
    """LOC 180 or 91: state as sent (alpha-3), place and region where sent."""

    country: str = ""
    name: str = ""
    region: str = ""


@light
class Address:
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@light
class Document:
    """DOC group. `*_text` is what was sent; the date is None where that is no date."""

    type: str
    number: str
    issuer: Place = Place()
    expiry: date | None = None
    expiry_text: str = ""
    issue: date | None = None
    issue_text: str = ""


@light
class BagTags:
    """FTX+BAG: first tag and how many consecutive ones."""

    first: str
    count: int = 1

    def numbers(self) -> tuple[str, ...]:
        return tuple(values.bag_tags(self.first, self.count))


@light
class Bags:
    count: int | None = None
    weight: Decimal | None = None
    unit: str = ""  # KGM or LBR
    tags: tuple[BagTags, ...] = ()


@light
class Person:
    """One NAD group. Every field is as sent, '' or None where it was not."""

    role: Role
    surname: str
    given: str = ""
    middle: str = ""
    sex: str = ""  # M, F, X, U
    birth_date: date | None = None
    birth_date_text: str = ""
    nationality: str = ""
    residence: str = ""
    birth_place: Place = Place()
    clearance_airport: str = ""
    journey_start: str = ""
    journey_end: str = ""
    address: Address = Address()
    contacts: tuple[Contact, ...] = ()
    documents: tuple[Document, ...] = ()
    bags: Bags = Bags()
    references: tuple[tuple[str, str], ...] = ()
    verified: bool | None = None  # GEI 173, 174
    crew_category: str = ""
    remarks: tuple[tuple[str, str], ...] = ()  # FTX of other qualifiers
    remarks_dropped: int = 0  # FTX that tell of faith or health
    unknown: tuple[tuple[str, int], ...] = ()  # (segment and qualifier, how often)
    faults: tuple[Fault, ...] = ()
    segment: int = field(default=0, compare=False)  # position of its NAD in the message, UNH = 1

    def reference(self, qualifier: str) -> str:
        """The first reference of that qualifier, '' when there is none."""
        return next((value for kind, value in self.references if kind == qualifier), "")

    @property
    def locator(self) -> str:
        """RFF AVF: record locator of the PNR."""
        return self.reference(Reference.LOCATOR)

    @property
    def unique_reference(self) -> str:
        """RFF ABO: the carrier's key of this passenger on this flight."""
        return self.reference(Reference.PASSENGER)

    @property
    def seat(self) -> str:
        return values.seat(self.reference(Reference.SEAT))

    @property
    def ticket(self) -> tuple[str, int | None]:
        """RFF YZY: number of the ticket and coupon (`7840000000000C2`); ('', None) when not sent."""
        number, _, coupon = self.reference(Reference.TICKET).upper().partition("C")
        return number, int(coupon) if coupon.isascii() and coupon.isdigit() else None


@dataclass(frozen=True, slots=True)
class PassengerList:
    """One PAXLST message. `faults` holds those of the message, each person holds its own."""

    header: Header
    persons: tuple[Person, ...] = ()
    legs: tuple[Leg, ...] = ()
    document: str = Function.PASSENGER_LIST  # BGM 1001, any code
    function: str = ""  # BGM 1004: CP, XR, RP, CL, CLOB...
    reference: str = "1"
    version: str = "D.05B"
    agency: str = "UN"
    association: str = "IATA"
    common_access_reference: str = ""
    sequence: int | None = 1
    part: str = "F"
    transaction_reference: str = ""  # RFF TN, echoed in CUSRES
    transaction_revision: str = ""
    parties: tuple[Party, ...] = ()
    total_passengers: int | None = None  # CNT 42: of the whole flight, all parts
    total_crew: int | None = None  # CNT 41
    function_version: str = ""  # BGM 1056, `1.0` in the United Kingdom's profile
    references: tuple[tuple[str, str], ...] = ()  # RFF of the header but TN
    times: tuple[tuple[str, datetime], ...] = ()  # DTM of no stop: 554 of a master crew list...
    places: tuple[tuple[str, str], ...] = ()  # LOC of no stop: 172 reporting, 188 filing
    counts: tuple[tuple[str, int], ...] = ()  # CNT but 41 and 42: 3, 59
    unknown: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()

    def refers_to(self, person: Person) -> bool:
        """Whether the list means somebody named earlier: by reference alone, where that is enough."""
        nameless = not (person.surname or person.given or person.middle)
        return (
            nameless
            and any(map(person.reference, IDENTIFYING))
            and reference_suffices(self.document, self.function)
        )

    @property
    def purpose(self) -> Purpose | None:
        """BGM 1004 as a value; None where none is sent or the code is no known one."""
        return _PURPOSES.get(self.function)

    @property
    def filing_location(self) -> str:
        """LOC 188: where a crew list of the United States is filed."""
        return dict(self.places).get("188", "")

    @property
    def reporting_location(self) -> str:
        """LOC 172: where the crew reports."""
        return dict(self.places).get("172", "")

    @property
    def is_cut_off(self) -> bool:
        """The message ends without UNT: nobody knows whom else it would have named."""
        return any(fault.code == "message_truncated" for fault in self.faults)

    @property
    def flight(self) -> FlightNumber | None:
        """Number of the leg that crosses the border, else of the first leg that has one."""
        numbered = [leg for leg in self.legs if leg.flight]
        crossing = [leg for leg in numbered if leg.crosses_border]
        return next((leg.flight for leg in (*crossing, *numbered)), None)

    def border_leg(self, country: str = "") -> Leg | None:
        """The leg into `country` (any code of the state; '' = the first into another state).

        A leg sent as 125 -> 87 is believed; among legs sent as 92 -> 92 the airports' states decide.
        None when no leg qualifies.
        """
        crossing = [leg for leg in self.legs if leg.crosses_border]
        if crossing:
            return next((leg for leg in crossing if _enters(leg, country)), crossing[0])
        return next((leg for leg in self.legs if _enters(leg, country)), None)


_PURPOSES = {purpose.value: purpose for purpose in Purpose}


def reference_suffices(document: str, function: str) -> bool:
    """Whether a message with that BGM may name people by AVF or ABO alone: status lists, withdrawals.

    They speak of people that an earlier list has named (WCO guide, BGM and SG4 RFF).
    """
    withdraws = function in (Purpose.CANCEL_RESERVATION, Purpose.REDUCE_PARTY)
    return document == Function.FLIGHT_STATUS or (
        document in ("", Function.PASSENGER_LIST) and withdraws
    )


def _enters(leg: Leg, country: str) -> bool:
    departure, arrival = codes.airport(leg.departure_airport), codes.airport(leg.arrival_airport)
    if departure is None or arrival is None or departure.country == arrival.country:
        return False
    return not country or codes.alpha2(country) == arrival.country
