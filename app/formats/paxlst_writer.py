"""Writer of PAXLST: the lists of `paxlst_model` as an EDIFACT interchange, as carriers send them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from app.formats import values
from app.formats.edifact import Syntax, Writer
from app.formats.edifact_model import LEVEL_A
from app.formats.paxlst_model import (
    Contact,
    Document,
    Leg,
    PassengerList,
    Person,
    Place,
    StopKind,
)


def write(
    *lists: PassengerList,
    una: bool = True,
    syntax: Syntax = LEVEL_A,
    agency: str = "111",
) -> str:
    """One interchange with a message for each list; the header of the first is the interchange's.

    What `read` took from a message, `write` gives back in the order of the guide. `agency` (3055) is
    whose codes DOC uses: 111 IATA, 109 the United Kingdom's, ZZZ as agreed between two. Raises
    ValueError without any list or when the header has no time of preparation.
    """
    if not lists or lists[0].header.prepared is None:
        raise ValueError("an interchange needs a list and a time of preparation")
    out = Writer.of(lists[0].header, syntax=syntax, una=una)
    for listing in lists:
        _message(out, listing, agency)
    return out.close()


def parts(listing: PassengerList, size: int) -> list[PassengerList]:
    """The list cut into parts of at most `size` persons, numbered C .. F (S010)."""
    persons = listing.persons
    chunks = [persons[at : at + size] for at in range(0, len(persons), size)] or [()]
    last = len(chunks)
    cut = []
    for number, chunk in enumerate(chunks, 1):
        mark = "F" if number == last else "C" if number == 1 else ""
        cut.append(replace(listing, persons=chunk, sequence=number, part=mark))
    return cut


def _message(out: Writer, listing: PassengerList, agency: str) -> None:
    version, _, release = listing.version.partition(".")
    identifier = ("PAXLST", version, release, listing.agency, listing.association)
    out.begin(
        listing.reference,
        identifier,
        listing.common_access_reference,
        listing.sequence,
        listing.part,
    )
    _head(out, listing)
    for leg in listing.legs:
        _leg(out, leg)
    reference_day = _reference_day(listing)
    for person in listing.persons:
        _person(out, person, reference_day, agency)
    counts = (("42", listing.total_passengers), ("41", listing.total_crew), *listing.counts)
    for kind, count in counts:
        if count is not None:
            out.segment("CNT", (kind, str(count)))
    out.end()


def _head(out: Writer, listing: PassengerList) -> None:
    out.segment("BGM", listing.document, (listing.function, listing.function_version))
    if listing.transaction_reference or listing.transaction_revision:
        reference = listing.transaction_reference
        out.segment("RFF", ("TN", reference, "", "", listing.transaction_revision))
    for other in listing.references:
        out.segment("RFF", other)
    for qualifier, moment in listing.times:
        _moment(out, qualifier, moment)
    for qualifier, code in listing.places:
        out.segment("LOC", qualifier, code)
    for party in listing.parties:
        out.segment("NAD", party.role, party.code, "", party.name)
        if party.contact_function or any(party.contact):
            out.segment("CTA", party.contact_function, party.contact)
        _contacts(out, party.contacts)


def _reference_day(listing: PassengerList) -> date | None:
    moments = [moment for leg in listing.legs for moment in (leg.departure, leg.arrival)]
    moment = next((m for m in moments if m), listing.header.prepared)
    return moment.date() if moment else None


def _contacts(out: Writer, contacts: tuple[Contact, ...]) -> None:
    if contacts:
        out.segment("COM", *((contact.address, contact.kind) for contact in contacts))


def _leg(out: Writer, leg: Leg) -> None:
    flight = leg.flight_text or (leg.flight.padded if leg.flight else "")
    out.segment("TDT", leg.stage, flight, "", "", leg.carrier)
    start, end = StopKind.OTHER, StopKind.OTHER
    if leg.crosses_border:
        start, end = StopKind.DEPARTURE_BEFORE_BORDER, StopKind.ARRIVAL_AT_BORDER
    if leg.departure_airport or leg.departure:
        out.segment("LOC", start, leg.departure_airport)
        _moment(out, "189", leg.departure)
    if leg.arrival_airport or leg.arrival:
        out.segment("LOC", end, leg.arrival_airport)
        _moment(out, "232", leg.arrival)


def _moment(out: Writer, qualifier: str, moment: datetime | None) -> None:
    if moment:
        out.segment("DTM", (qualifier, f"{moment:%y%m%d%H%M}", "201"))


def _person(out: Writer, person: Person, reference_day: date | None, agency: str) -> None:
    address = person.address
    out.segment(
        "NAD",
        person.role,
        "",
        "",
        (person.surname, person.given, person.middle),
        address.street,
        address.city,
        address.region,
        address.postcode,
        address.country,
    )
    if person.sex:
        out.segment("ATT", "2", "", person.sex)
    birth = values.birth_date(_six(person.birth_date), reference_day)
    _date(out, "329", person.birth_date, person.birth_date_text, read_back=birth)
    _bags(out, person)
    if person.verified is not None:
        out.segment("GEI", "4", "173" if person.verified else "174")
    for qualifier, text in person.remarks:
        out.segment("FTX", qualifier, "", "", text)
    for qualifier, code in _locations(person):
        if code:
            out.segment("LOC", qualifier, code)
    _place(out, "180", person.birth_place)
    _contacts(out, person.contacts)
    if person.crew_category:
        out.segment("EMP", "1", (person.crew_category, "110", "111"))
    if person.nationality:
        out.segment("NAT", "2", person.nationality)
    for reference in person.references:
        out.segment("RFF", reference)
    for document in person.documents:
        _document(out, document, reference_day, agency)


def _locations(person: Person) -> Iterator[tuple[str, str]]:
    yield "22", person.clearance_airport
    yield "174", person.residence
    yield "178", person.journey_start
    yield "179", person.journey_end


def _bags(out: Writer, person: Person) -> None:
    bags = person.bags
    if bags.count is not None:
        out.segment("MEA", "CT", "", ("", str(bags.count)))
    if bags.weight is not None:
        weight = str(bags.weight)
        out.segment("MEA", "WT", "", (bags.unit, weight) if bags.unit else weight)
    for tags in bags.tags:
        run = str(tags.count) if tags.count != 1 else ""
        out.segment("FTX", "BAG", "", "", (tags.first, run))


def _place(out: Writer, qualifier: str, place: Place) -> None:
    if place != Place():
        region = ("", "", "", place.region)
        out.segment("LOC", qualifier, (place.country, "", "", place.name), region)


def _document(out: Writer, document: Document, reference_day: date | None, agency: str) -> None:
    out.segment("DOC", (document.type, "110", agency), document.number)
    for qualifier, day, text in (
        ("36", document.expiry, document.expiry_text),
        ("182", document.issue, document.issue_text),
    ):
        read_back = values.document_date(_six(day), reference_day)
        _date(out, qualifier, day, text, read_back=read_back)
    _place(out, "91", document.issuer)


def _six(day: date | None) -> str:
    return f"{day:%y%m%d}" if day else ""


def _date(
    out: Writer, qualifier: str, day: date | None, text: str, *, read_back: date | None
) -> None:
    """Six digits where they are read as the same day, else with the century (format 102)."""
    if day is None:
        if text:
            out.segment("DTM", (qualifier, text))
    elif read_back == day:
        out.segment("DTM", (qualifier, _six(day)))
    else:
        out.segment("DTM", (qualifier, f"{day.year:04d}{day:%m%d}", "102"))
