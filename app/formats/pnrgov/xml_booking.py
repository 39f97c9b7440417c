"""A PNR element of PNRGOV XML as the draft of a booking. Whatever is odd becomes a fault of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from app.formats import values
from app.formats.codes import FlightNumber
from app.formats.edifact import Fault, Header, Position, RawMessage, Segments
from app.formats.edifact_model import Separators
from app.formats.pnrgov import elements, ssr
from app.formats.pnrgov.drafts import (
    LONGEST_TEXT,
    Asked,
    BookingDraft,
    CheckInDraft,
    Context,
    Flight,
    Named,
    PaymentDraft,
    SegmentDraft,
    TicketDraft,
    TravellerDraft,
)
from app.formats.pnrgov.elements import code, number
from app.formats.pnrgov.parts import letters, traveller_kind
from app.formats.pnrgov.privacy import DROPPED, mask_cards, seal_card, sensitive, tells_sensitive
from app.formats.pnrgov.record import (
    Address,
    Contact,
    ExcessBaggage,
    Fare,
    FrequentFlyer,
    Leg,
    Locator,
    Originator,
    Price,
    Tax,
)
from app.formats.pnrgov.xml_tree import Node

Fingerprint = Callable[[str], str] | None


def booking(
    node: Node, index: int, deny: frozenset[str], fingerprint: Fingerprint, travel: datetime | None
) -> tuple[BookingDraft, Context]:
    """The draft and the context in which it is made final. `travel` settles two-digit years; without
    it the first flight of the booking does.
    """
    reader = _Booking(node, index, deny, fingerprint)
    reader.read(node)
    first = next(
        (s.leg.departure_local for s in reader.draft.itinerary if s.leg.departure_local), None
    )
    when = travel or first
    context = Context(_MESSAGE, deny, fingerprint, travel=when.date() if when else None)
    return reader.draft, context


_HEADER = Header("", "", "", "", "", None, "", "", test=False)
_MESSAGE = RawMessage(
    _HEADER, "PNRGOV", "", "", "", "", "", "", None, "", Segments(Separators(), [])
)


class _Booking:
    def __init__(
        self, node: Node, index: int, deny: frozenset[str], fingerprint: Fingerprint
    ) -> None:
        self.draft = BookingDraft(index, node.line)
        self.deny = deny
        self.fingerprint = fingerprint

    def read(self, node: Node) -> None:
        draft = self.draft
        draft.last_transaction_at = _moment(node.get("PNR_TransDate"))
        draft.ticketed_at = _moment(node.get("LastTktDate"))
        created = _moment(node.get("PNR_CreationDate"))
        draft.locators += [
            _locator(one, created) for one in node.all("BookingRefID") if one.get("ID")
        ]
        source = node.first("POS").first("Source")
        if source.name:
            draft.originator = _originator(source)
        for child in node.children:
            match child.name:
                case "ContactInfo":
                    self._contact(child, None)
                case "PrepaidBag" | "ExcessBaggage":
                    draft.excess_baggage.append(_excess(child, None))
                case "SSR" | "OSI" | "Remark":
                    self._request(child, None, None)
        people = [*node.all("Passenger"), *node.first("Passengers").all("Passenger")]
        for passenger in people:
            self._passenger(passenger)
        if number(node.get("NumberOfPassengers")) not in (None, len(people)):
            self._fault(node, "passenger_count", "NumberOfPassengers counts other passengers")
        for flight in node.all("Flight"):
            self._flight(flight)

    def _fault(self, node: Node, name: str, text: str) -> None:
        where = Position("", node.line, node.name)
        self.draft.faults.append(Fault(name, text, where, "warning"))

    def _contact(self, node: Node, who: int | None) -> None:
        draft, purpose = self.draft, node.get("PhoneType", "Type")[:3]
        mail = ssr.mail(node.get("EmailAddress")) or ssr.mail(node.first("EmailAddress").words())
        if mail:
            draft.contacts.append(Contact("mail", mail, purpose, "ADD", who))
        draft.contacts += [
            Contact("phone", found, purpose, "ADD", who)
            for found in ssr.phones(node.get("PhoneNumber"))
        ]
        address = _address(node, who)
        if address:
            draft.addresses.append(address)

    # --- requests --------------------------------------------------------------------------------

    def _request(self, node: Node, who: int | None, leg: int | None) -> None:
        """SSR with its attributes; OSI and Remark are text alone."""
        name, text = node.get("SSRCode"), _text(node)
        if (
            name == DROPPED
            or sensitive(code(name, 4), self.deny)
            or ssr.tells(code(name, 4), text, self.deny)
            or tells_sensitive(" ".join(node.attributes.values()), self.deny)
        ):
            self.draft.dropped += 1
        elif node.name != "SSR":
            self._remark(text, who)
        elif code(name, 4):
            carrier = node.first("Airline").get("Code")
            parts = [name, node.get("Status"), node.get("ServiceQuantity"), carrier, "", "",
                     node.get("BoardPoint"), node.get("OffPoint"), text]  # fmt: skip
            reference = node.get("RPH", "SurnameRefNumber")
            seat = node.get("SeatNumber") or node.first("SeatNumber").words()
            found = Asked(code(name, 4), parts, text, [[seat, "", reference]])
            self.draft.requests.append((found, who, leg))
        else:
            self._fault(node, "ssr_code", "service request without a code")

    def _remark(self, text: str, who: int | None) -> None:
        contact = ssr.ctc_in_remark(text, "OSI", who)
        if contact:
            self.draft.contacts.append(contact)
        elif text:
            self.draft.texts.append(mask_cards(text))

    def _document(self, node: Node, who: int | None) -> None:
        """DOC_SSR: fields of their own, put together as the text that senders of SSR write."""
        for name, fields in (("DOCS", _DOCS), ("DOCO", _DOCO), ("DOCA", _DOCA)):
            for found in node.all(name):
                text = "".join(f"/{_field(found, one)}" for one in fields)
                text += "/H" if found.get("PrimaryHolderInd").lower() in ("true", "1") else ""
                parts = [name, "", "", "", "", "", "", "", text]
                reference = node.get("RPH", "SurnameRefNumber")
                asked = Asked(name, parts, text, [["", "", reference]])
                self.draft.requests.append((asked, who, None))

    # --- travellers ------------------------------------------------------------------------------

    def _passenger(self, node: Node) -> None:
        surname = node.first("Surname").words().upper() or node.get("Surname").upper()
        given, title = values.strip_title(
            " ".join(c.words() for c in node.all("GivenName")).upper()
        )
        title = (
            title
            or node.first("NameTitle").words().upper()
            or node.first("NamePrefix").words().upper()
        )
        if not surname:
            self._fault(node, "name_missing", "traveller without a surname")
        person = TravellerDraft(
            Named(
                node.get("RPH", "SurnameRefNumber"), surname, given, title,
                traveller_kind(node.get("PassengerTypeCode", "Code", "Type"), title),
                node.get("AccompaniedByInfantInd").lower() in ("true", "1"),
                group=False, size=None, surname_letters=letters(surname), given_letters=letters(given),
            )
        )  # fmt: skip
        who = len(self.draft.travellers)
        self.draft.travellers.append(person)
        person.boarding_status = code(node.get("BoardingStatus"), 8)
        for child in node.children:
            self._of_passenger(child, person, who)

    def _of_passenger(self, node: Node, person: TravellerDraft, who: int) -> None:
        match node.name:
            case "CustLoyalty" if node.get("MembershipID"):
                name = node.get("MembershipID").upper()[:25]
                program = code(node.get("ProgramID"))
                person.flyers += (FrequentFlyer(program, name, node.get("LoyalLevel")[:10]),)
            case "ExcessBaggage":
                self.draft.excess_baggage.append(_excess(node, who))
            case "FareInfo":
                person.fares += (_fare(node),)
            case "SSR" | "OSI" | "Remark":
                self._request(node, who, None)
            case "TicketDocument":
                self._ticket(node, person, who)
            case "DOC_SSR":
                self._document(node, who)
            case "ContactInfo":
                self._contact(node, who)

    def _ticket(self, node: Node, person: TravellerDraft, who: int) -> None:
        name = node.get("TicketDocumentNbr").replace("-", "")
        ticket = TicketDraft(name if name.isalnum() else "", node.get("Type")[:3])
        issued = _moment(node.get("DateOfIssue"))
        ticket.issued_on = issued.date() if issued else None
        ticket.prices = tuple(_prices(node))
        ticket.taxes = tuple(_taxes(node.within("Tax")))
        person.tickets += (ticket,)
        for payment in node.within("PaymentInfo"):
            self._payment(payment, who)

    def _payment(self, node: Node, who: int) -> None:
        last_four, mark = seal_card(node.get("AccountNbr", "CardNumber"), self.fingerprint)
        expires = node.get("ExpiryDate")
        month = elements.expiry(expires) or _month(expires)
        vendor = code(node.get("VendorCode"), 2)
        found = PaymentDraft(code(node.get("PaymentType")), vendor, last_four, mark, month)
        found.amount = elements.amount(node.get("PaymentAmount", "Amount"))
        found.traveller = who
        self.draft.payments.append(found)

    # --- flights ---------------------------------------------------------------------------------

    def _flight(self, node: Node) -> None:
        leg = leg_of(node)
        if leg.departure_local is None and node.get("DepartureDateTime"):
            self._fault(node, "date", "departure is not a date")
        booked = code(node.get("ResBookDesigCode"), 2)
        segment = SegmentDraft(Flight(leg, booked, "", short=False, odd_date=False))
        segment.status = code(node.get("Status"))
        segment.quantity = number(node.get("NumberInParty"))
        segment.equipment = code(node.first("Equipment").get("AirEquipType"), 4)
        segment.locators = tuple(
            _locator(one, None) for one in node.all("BookingRefID") if one.get("ID")
        )
        place = len(self.draft.itinerary)
        self.draft.itinerary.append(segment)
        for child in node.children:
            if child.name in ("SSR", "OSI", "Remark"):
                self._request(child, None, place)
            elif child.name == "DOC_SSR":
                self._document(child, None)
            elif child.name == "CheckInInfo":
                segment.check_ins += _check_ins(child)


def leg_of(node: Node) -> Leg:
    """FlightLeg or Flight."""
    operating, marketing = node.first("OperatingAirline"), node.first("MarketingAirline")
    carrier = code(marketing.get("Code") or node.get("CarrierCode") or operating.get("Code"))
    operator = code(operating.get("Code")) or carrier
    own = FlightNumber.of(carrier, node.get("FlightNumber") or marketing.get("FlightNumber"))
    theirs = FlightNumber.of(operator, operating.get("FlightNumber"))
    return Leg(
        carrier, operator, own, theirs or (own if operator == carrier else None),
        code(node.first("DepartureAirport").get("LocationCode"), 4),
        code(node.first("ArrivalAirport").get("LocationCode"), 4),
        _local(node.get("DepartureDateTime")), _local(node.get("ArrivalDateTime")),
    )  # fmt: skip


def _check_ins(node: Node) -> Iterable[CheckInDraft]:
    """CheckInInfo: a boarding number for each traveller, with name and seat inside or beside it."""
    boarding = node.all("BoardingNumber") or list(node.within("BoardingNumber")) or [node]
    for one in boarding:
        place = one if one.children or len(boarding) > 1 else node
        found = CheckInDraft(one.get("Number")[:20], one.get("RPH"), "", _moment(node.get("Time")))
        seat = next(place.within("SeatNumber"), Node("", {}, 0))
        found.seat = values.seat(seat.words() or seat.get("Number", "SeatNumber"))
        found.cabin = code(seat.get("CabinClass"), 1)
        who = next(place.within("Passenger"), None)
        if who:
            surname, given = who.first("Surname").words(), who.first("GivenName").words()
            found.named = Named(
                "", surname, given, "", "", with_infant=False, group=False, size=None,
                surname_letters=letters(surname),
                given_letters=letters(values.strip_title(given.upper())[0]),
            )  # fmt: skip
        yield found


# --- small things --------------------------------------------------------------------------------

# The places of the slashed texts; each is the first of its attributes that is there.
_DOCS = (
    ("TravelDocType",), ("IssuingLoc",), ("TravelDocNbr",), ("PaxNationality",), ("DateOfBirth",),
    ("Gender",), ("ExpiryDate",), ("Surname",), ("FirstGivenName",), ("SecondGivenName",),
)  # fmt: skip
_DOCO = (
    ("BirthLocation",), ("TravelDocType",), ("TravelDocNbr",), ("PlaceOfIssue", "IssuingLoc"),
    ("DateOfIssue", "IssueDate"), ("CountryState", "ApplicableCountry"),
)  # fmt: skip
_DOCA = (
    ("AddressType",), ("Country", "CountryCode"), ("Address", "StreetAddress"), ("CityName",),
    ("StateProvCounty", "StateProv"), ("PostalCode",),
)  # fmt: skip


def _field(node: Node, names: tuple[str, ...]) -> str:
    """A value as it may stand between slashes; a date as 05FEB1953."""
    value = node.get(*names)[:100].replace("/", " ")
    day = _local(value) if value[4:5] == "-" else None
    return f"{day:%d%b%Y}".upper() if day else value


def _text(node: Node) -> str:
    return (" ".join(c.words() for c in node.all("Text")) or node.words())[:LONGEST_TEXT].strip()


def _locator(node: Node, created: datetime | None) -> Locator:
    company = node.first("CompanyName").get("Code") or node.first("CompanyName").words()
    return Locator(code(company), node.get("ID").upper()[:20], node.get("Type")[:3], created)


def _originator(source: Node) -> Originator:
    requestor, company = source.first("RequestorID"), source.first("CompanyName")
    return Originator(
        system=code(source.get("AirlineVendorID")),
        system_city=code(source.get("AirportCode")),
        agency_number=requestor.get("ID")[:20],
        office=source.get("PseudoCityCode")[:20],
        company=code(company.get("Code") or requestor.first("CompanyName").get("Code")),
        kind=code(requestor.get("Type"), 3),
        country=code(source.get("ISOCountry"), 2),
        currency=code(source.get("ISOCurrency")),
        duty_code=source.get("AgentSine", "AgentDutyCode")[:20],
    )


def _address(node: Node, who: int | None) -> Address | None:
    street = [c.words() for c in node.children if c.name in ("StreetNmbr", "AddressLine")]
    city, postcode = node.first("CityName").words(), node.first("PostalCode").words()
    state, country = node.first("StateProv"), node.first("CountryName")
    named = code(country.get("Code") or country.words())
    if not (any(street) or city or postcode or named):
        return None
    kind = node.get("Type", "PhoneType")[:3]
    line = " ".join(part for part in street if part)[:200]
    return Address(kind, named, line, city, state.get("StateCode") or state.words(), postcode, who)


def _excess(node: Node, who: int | None) -> ExcessBaggage:
    amount = elements.amount(node.get("Amount", "ChargeAmount"))
    pieces = number(node.get("UnitOfMeasureQuantity", "Quantity", "NumberOfPieces"))
    unit = elements.unit(node.get("UnitOfMeasureCode", "UnitOfMeasure"))
    currency = code(node.get("CurrencyCode"))
    if unit:
        return ExcessBaggage(amount, currency, None, pieces, unit, who)
    return ExcessBaggage(amount, currency, pieces, traveller=who)


def _fare(node: Node) -> Fare:
    named = [node.get("FareBasisCode")]
    named += [one.get("Code") or one.words() for one in node.within("FareBasisCode")]
    bases = tuple(dict.fromkeys(text[:20] for text in named if text))
    kind = code(node.get("PTC_PricedInd", "PassengerTypeCode"))
    return Fare(kind, number(node.get("Age")), bases[:20])


def _prices(node: Node) -> Iterable[Price]:
    for name, kind in (("BaseFare", "B"), ("TotalFare", "T")):
        for found in node.within(name):
            amount = elements.amount(found.get("Amount"))
            if amount is not None:
                yield Price(kind, amount, code(found.get("CurrencyCode")))


def _taxes(nodes: Iterable[Node]) -> Iterable[Tax]:
    for node in nodes:
        amount = elements.amount(node.get("Amount"))
        if amount is not None:
            country = code(node.get("ISOCountry"))
            yield Tax(code(node.get("TaxCode")), amount, code(node.get("CurrencyCode")), country)


def _local(text: str) -> datetime | None:
    """ISO 8601 as the wall clock shows it."""
    try:
        return datetime.fromisoformat(text[:40]).replace(tzinfo=None)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    """ISO 8601 in UTC; PNRGOV's times of booking are UTC where no zone is written."""
    try:
        found = datetime.fromisoformat(text[:40])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _month(text: str) -> tuple[int, int] | None:
    """Year and month of `2028-07` or `2028-07-31`."""
    try:
        found = date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None
    return found.year, found.month
