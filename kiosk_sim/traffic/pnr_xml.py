"""A push as PNRGOV in XML, as some carriers' systems write it: the same values that the writer of segments takes.

Only full pushes can be said: XML knows no booking that is gone, no history and no services on the ground.
"""

from collections.abc import Iterator
from datetime import date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only: nothing is read here

from app.formats.pnrgov import record as pnr

_NAMESPACE = "http://www.iata.org/IATA/2007/00"


def write_xml(push: pnr.PnrPush, prepared: datetime) -> str:
    """IATA_PNRGOV_NotifRQ of a push; bookings that are removed are left out."""
    held = [one for one in push.records if not one.removed]
    root = Element("IATA_PNRGOV_NotifRQ", {"xmlns": _NAMESPACE, "TimeStamp": prepared.isoformat()})
    SubElement(root, "Originator", AirlineCode=push.sender)
    if push.flight and push.flight.marketing:
        leg = _put(
            root, "FlightLeg", CarrierCode=push.flight.carrier,
            FlightNumber=_number(push.flight.marketing), **_times(push.flight),
        )  # fmt: skip
        _ports(leg, push.flight)
    bookings = SubElement(root, "PNRs", NumberOfPnrs=str(len(held)))
    for one in held:
        _booking(bookings, one)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _booking(parent: Element, one: pnr.Pnr) -> None:
    node = _put(
        parent, "PNR", NumberOfPassengers=str(len(one.people)),
        PNR_TransDate=_iso(one.last_transaction_at), PNR_CreationDate=_iso(one.created_at),
        LastTktDate=_iso(one.ticketed_at),
    )  # fmt: skip
    for locator in one.locators:
        _locator(node, locator)
    if one.originator:
        _source(node, one.originator)
    for contact in one.contacts:
        kind = {"phone": "PhoneNumber", "mail": "EmailAddress"}[contact.kind]
        _put(node, "ContactInfo", **{kind: contact.value}, PhoneType=contact.purpose)
    for excess in one.excess_baggage:
        if excess.traveller is None:
            _excess(node, excess)
    for place, who in enumerate(one.travellers):
        if not who.group:
            _passenger(node, one, place, who)
    for text in one.texts:
        SubElement(node, "Remark").text = text
    for segment in one.itinerary:
        _flight(node, one, segment)


def _locator(node: Element, locator: pnr.Locator) -> None:
    _put(
        _put(node, "BookingRefID", ID=locator.code, Type=locator.kind),
        "CompanyName",
        Code=locator.carrier,
    )


def _source(node: Element, org: pnr.Originator) -> None:
    source = _put(
        SubElement(node, "POS"), "Source", AirlineVendorID=org.system, AirportCode=org.system_city,
        PseudoCityCode=org.office, ISOCountry=org.country, ISOCurrency=org.currency,
        AgentSine=org.duty_code,
    )  # fmt: skip
    _put(source, "RequestorID", Type=org.kind, ID=org.agency_number)
    _put(source, "CompanyName", Code=org.company)


def _excess(node: Element, excess: pnr.ExcessBaggage) -> None:
    amount = "" if excess.amount is None else str(excess.amount)
    pieces = "" if excess.pieces is None else str(excess.pieces)
    _put(node, "ExcessBaggage", Amount=amount, CurrencyCode=excess.currency, Quantity=pieces)


# --- travellers -----------------------------------------------------------------------------------


def _passenger(parent: Element, one: pnr.Pnr, place: int, who: pnr.Traveller) -> None:
    infant = "true" if who.with_infant else ""
    node = _put(
        parent, "Passenger", RPH=who.reference, SurnameRefNumber=who.reference,
        PassengerTypeCode=who.kind, AccompaniedByInfantInd=infant,
    )  # fmt: skip
    if who.given or who.title:
        SubElement(node, "GivenName").text = f"{who.given} {who.title}".strip()
    SubElement(node, "Surname").text = who.surname
    for flyer in who.frequent_flyers:
        _put(node, "CustLoyalty", ProgramID=flyer.carrier, MembershipID=flyer.number)
    for excess in one.excess_baggage:
        if excess.traveller == place:
            _excess(node, excess)
    for fare in who.fares:
        age = "" if fare.age is None else str(fare.age)
        _put(node, "FareInfo", FareBasisCode=fare.bases[0], PTC_PricedInd=fare.kind, Age=age)
    for service in who.services:
        _service(node, service, who.reference)
    payments = [pay for pay in one.payments if pay.traveller == (place or None)]
    for ticket in who.tickets:
        _ticket(node, ticket, payments)
    for paper in who.documents:
        _docs(node, paper)
    for visa in who.visas:
        _doco(node, visa)


def _service(node: Element, service: pnr.SpecialService, reference: str) -> None:
    found = _put(node, "SSR", SSRCode=service.code, Status=service.status, RPH=reference)
    _put(found, "Airline", Code=service.carrier)
    if service.text:
        SubElement(found, "Text").text = service.text


def _ticket(node: Element, ticket: pnr.Ticket, payments: list[pnr.Payment]) -> None:
    found = _put(
        node, "TicketDocument", TicketDocumentNbr=ticket.number, Type=ticket.kind,
        DateOfIssue=ticket.issued_on.isoformat() if ticket.issued_on else "",
    )  # fmt: skip
    for price in ticket.prices:
        name = "BaseFare" if price.code == "B" else "TotalFare"
        _put(found, name, Amount=str(price.amount), CurrencyCode=price.currency)
    taxes = SubElement(found, "Taxes")
    for tax in ticket.taxes:
        _put(taxes, "Tax", TaxCode=tax.code, Amount=str(tax.amount), CurrencyCode=tax.currency)
    for pay in payments:
        expiry = f"{pay.expiry[1]:02d}{pay.expiry[0] % 100:02d}" if pay.expiry else ""
        account = f"XXXXXXXXXXXX{pay.last_four}" if pay.last_four else ""
        amount = "" if pay.amount is None else str(pay.amount)
        _put(found, "PaymentInfo", PaymentType=pay.kind, VendorCode=pay.vendor, AccountNbr=account,
             ExpiryDate=expiry, PaymentAmount=amount)  # fmt: skip


def _docs(node: Element, paper: pnr.Document) -> None:
    sex = f"{paper.sex}I" if paper.infant else paper.sex
    _put(
        _put(node, "DOC_SSR", SSRCode="DOCS"), "DOCS", TravelDocType=paper.kind,
        IssuingLoc=paper.issuer, TravelDocNbr=paper.number, PaxNationality=paper.nationality,
        DateOfBirth=_day(paper.birth), Gender=sex, ExpiryDate=_day(paper.expiry),
        Surname=paper.surname, FirstGivenName=paper.given,
    )  # fmt: skip


def _doco(node: Element, visa: pnr.Visa) -> None:
    _put(_put(node, "DOC_SSR", SSRCode="DOCO"), "DOCO", TravelDocType=visa.kind, TravelDocNbr=visa.number,
         PlaceOfIssue=visa.issue_place, CountryState=visa.country)  # fmt: skip


# --- flights --------------------------------------------------------------------------------------


def _flight(parent: Element, one: pnr.Pnr, segment: pnr.ItinerarySegment) -> None:
    leg = segment.leg
    node = _put(
        parent, "Flight", **_times(leg), ResBookDesigCode=segment.booking_class, Status=segment.status,
        NumberInParty="" if segment.quantity is None else str(segment.quantity),
        FlightNumber=_number(leg.marketing) if leg.marketing else "",
    )  # fmt: skip
    _ports(node, leg)
    if leg.operating:
        _put(node, "OperatingAirline", Code=leg.operator, FlightNumber=_number(leg.operating))
    _put(node, "MarketingAirline", Code=leg.carrier)
    _put(node, "Equipment", AirEquipType=segment.equipment)
    references = {place: who.reference for place, who in enumerate(one.travellers)}
    for seat in segment.seats:
        asked = _put(node, "SSR", SSRCode=seat.code, Status="HK", SeatNumber=seat.number,
                     RPH=references.get(seat.traveller or 0, ""))  # fmt: skip
        _put(asked, "Airline", Code=leg.carrier)
    for check_in in segment.check_ins:
        _check_in(node, one, check_in)


def _check_in(node: Element, one: pnr.Pnr, check_in: pnr.CheckIn) -> None:
    found = _put(node, "CheckInInfo", Time=_iso(check_in.at))
    who = one.travellers[check_in.traveller] if check_in.traveller is not None else None
    number = _put(found, "BoardingNumber", Number=check_in.number, RPH=who.reference if who else "")
    if who:
        named = SubElement(number, "Passenger")
        SubElement(named, "GivenName").text = who.given
        SubElement(named, "Surname").text = who.surname
    if check_in.seat:
        _put(number, "SeatNumber", CabinClass=check_in.cabin).text = check_in.seat


# --- small things ---------------------------------------------------------------------------------


def _put(parent: Element, name: str, **attributes: str) -> Element:
    """A child with those of its attributes that are not empty."""
    return SubElement(parent, name, {key: value for key, value in attributes.items() if value})


def _ports(node: Element, leg: pnr.Leg) -> None:
    _put(node, "DepartureAirport", LocationCode=leg.board)
    _put(node, "ArrivalAirport", LocationCode=leg.off)


def _times(leg: pnr.Leg) -> dict[str, str]:
    return dict(_moments(leg))


def _moments(leg: pnr.Leg) -> Iterator[tuple[str, str]]:
    if leg.departure_local:
        yield "DepartureDateTime", leg.departure_local.isoformat()
    if leg.arrival_local:
        yield "ArrivalDateTime", leg.arrival_local.isoformat()


def _number(number: object) -> str:
    """Digits and suffix of a flight number."""
    return str(number)[2:]


def _iso(moment: datetime | None) -> str:
    """UTC without its zone, as XML of PNRGOV writes times of booking."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
