"""An airline's side: the flight of the day and its people, written as real PAXLST and PNRGOV text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from app.formats import codes
from app.formats import paxlst_model as paxlst
from app.formats.codes import FlightNumber
from app.formats.edifact import Header
from app.formats.mrz import transliterate
from app.formats.paxlst_writer import write as write_paxlst
from app.formats.pnrgov import record as pnr
from app.formats.pnrgov.writer import write as write_pnrgov
from kiosk_sim.passport import Passport

AUTHORITY = "EGATE"


@dataclass(frozen=True, slots=True)
class Sector:
    """A flight into the country; times are local to the airports."""

    number: FlightNumber
    origin: str
    destination: str
    departure: datetime
    arrival: datetime

    @property
    def journey(self) -> dict[str, str]:
        """The journey as a traveller declares it."""
        return {
            "flight": str(self.number),
            "from": self.origin,
            "to": self.destination,
            "arrival_date": self.arrival.date().isoformat(),
            "purpose": "tourism",
        }


def from_london(number: int, destination: str, lands: datetime) -> Sector:
    """A flight of thirteen hours from London that lands at ``lands`` (aware)."""
    left, lands = lands - timedelta(hours=13), lands.replace(second=0, microsecond=0)
    left = left.replace(second=0, microsecond=0)
    return Sector(
        FlightNumber("XX", number),
        "LHR",
        destination,
        local(left, "LHR"),
        local(lands, destination),
    )


def local(moment: datetime, port: str) -> datetime:
    """UTC (or any aware time) as naive wall-clock time of an airport."""
    place = codes.airport(port)
    zone = ZoneInfo(place.timezone) if place else UTC
    return moment.astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Trip:
    """How somebody travels: what the booking and the check-in know. ``sold_as``: the number of a code share."""

    passport: Passport
    locator: str
    seat: str = "21C"
    bags: int = 1
    bag_weight: int = 18
    booked_days_before: int = 40
    payment: str = "CC"
    stay_nights: int | None = 7
    agency: str = "12345675"
    agency_country: str = "GB"
    phone: str = "442079460000"
    mail: str = "TRAVELLER//MAIL.EXAMPLE"
    sold_as: FlightNumber | None = None

    @property
    def one_way(self) -> bool:
        return self.stay_nights is None


def passenger_list(sector: Sector, trips: Sequence[Trip], control: str, prepared: datetime) -> str:
    """API: one PAXLST D.05B with everybody, in one part, so the manifest closes."""
    return _list(sector, trips, control, prepared, paxlst.Function.PASSENGER_LIST)


def crew_list(sector: Sector, trips: Sequence[Trip], control: str, prepared: datetime) -> str:
    """API: the crew, in a list of its own (BGM 250)."""
    return _list(sector, trips, control, prepared, paxlst.Function.CREW_LIST)


def _list(
    sector: Sector, trips: Sequence[Trip], control: str, prepared: datetime, document: paxlst.Function
) -> str:  # fmt: skip
    crew = document == paxlst.Function.CREW_LIST
    leg = paxlst.Leg(
        flight=sector.number,
        flight_text=sector.number.padded,
        carrier=sector.number.carrier,
        departure_airport=sector.origin,
        arrival_airport=sector.destination,
        departure=sector.departure,
        arrival=sector.arrival,
        crosses_border=True,
    )
    header = Header(
        "UNOA", sector.number.carrier, "", AUTHORITY, "", prepared, control, "APIS", test=False
    )
    listing = paxlst.PassengerList(
        header=header,
        persons=tuple(_person(trip, sector, crew=crew) for trip in trips),
        legs=(leg,),
        document=document,
        reference="1",
        common_access_reference=f"{sector.number}/{sector.arrival:%y%m%d/%H%M}",
        total_passengers=None if crew else len(trips),
        total_crew=len(trips) if crew else None,
    )
    return write_paxlst(listing)


def _person(trip: Trip, sector: Sector, *, crew: bool) -> paxlst.Person:
    passport = trip.passport
    return paxlst.Person(
        role=paxlst.Role.CREW if crew else paxlst.Role.PASSENGER,
        surname=transliterate(passport.surname),
        given=transliterate(passport.given_names),
        sex=passport.sex,
        birth_date=passport.birth_date,
        nationality=passport.nationality,
        journey_start=sector.origin,
        journey_end=sector.destination,
        documents=(
            paxlst.Document(
                "P",
                passport.number,
                paxlst.Place(passport.issuer or passport.nationality),
                expiry=passport.expires_on,
            ),
        ),
        bags=paxlst.Bags(trip.bags, Decimal(trip.bags * trip.bag_weight), "KGM"),
        references=(("AVF", trip.locator), ("ABO", passport.number[::-1]), ("SEA", trip.seat)),
    )


def booking_push(sector: Sector, trips: Sequence[Trip], control: str, prepared: datetime) -> str:
    """PNR: a full PNRGOV push; people with one locator share a booking."""
    locators = list(dict.fromkeys(trip.locator for trip in trips))
    records = tuple(
        _booking(sector, index, [trip for trip in trips if trip.locator == locator])
        for index, locator in enumerate(locators)
    )
    push = pnr.PnrPush(
        sender=sector.number.carrier,
        sender_city=sector.origin,
        function="22",
        flight=_leg(sector),
        expected=len(records),
        reference="1",
        sequence=1,
        part="F",
        records=records,
    )
    return write_pnrgov(push, recipient=AUTHORITY, prepared=prepared, control_reference=control)


def _leg(sector: Sector, sold_as: FlightNumber | None = None) -> pnr.Leg:
    number = sold_as or sector.number
    return pnr.Leg(
        number.carrier, sector.number.carrier if sold_as else "", number,
        sector.number if sold_as else None, sector.origin, sector.destination,
        sector.departure, sector.arrival,
    )  # fmt: skip


def _booking(sector: Sector, index: int, trips: Sequence[Trip]) -> pnr.Pnr:
    first = trips[0]
    made = sector.departure.replace(tzinfo=UTC) - timedelta(days=first.booked_days_before)
    return pnr.Pnr(
        index=index,
        segment=0,
        locators=(pnr.Locator(sector.number.carrier, first.locator, created_at=made),),
        originator=pnr.Originator(
            system=sector.number.carrier, system_city=sector.origin,
            agency_number=first.agency, office="LONAG0100", agent_city=sector.origin,
            company=sector.number.carrier, kind="T", country=first.agency_country,
            currency="GBP", language="EN",
        ),
        ticketed_at=made,
        travellers=tuple(_traveller(trip, n, made.date()) for n, trip in enumerate(trips, 1)),
        itinerary=_itinerary(sector, trips),
        contacts=(
            pnr.Contact("phone", first.phone, "M"),
            pnr.Contact("mail", first.mail.replace("//", "@")),
        ),
        payments=(_payment(first),),
    )  # fmt: skip


def _payment(trip: Trip) -> pnr.Payment:
    amount = Decimal("812.40")
    if trip.payment != "CC":
        return pnr.Payment(trip.payment, amount=amount)
    return pnr.Payment("CC", vendor="VI", last_four="1111", expiry=(2031, 5), amount=amount)


def _traveller(trip: Trip, number: int, ticketed: date) -> pnr.Traveller:
    passport = trip.passport
    document = pnr.Document(
        kind="P",
        issuer=passport.issuer or passport.nationality,
        number=passport.number,
        nationality=passport.nationality,
        birth=passport.birth_date,
        sex=passport.sex,
        expiry=passport.expires_on,
        surname=transliterate(passport.surname),
        given=transliterate(passport.given_names),
    )
    ticket = pnr.Ticket(
        f"999{int.from_bytes(passport.number.encode()[-4:]) % 10**10:010d}", "T", ticketed
    )
    return pnr.Traveller(
        reference=str(number),
        surname=transliterate(passport.surname),
        given=transliterate(passport.given_names),
        kind=_kind(passport, ticketed),
        birth=passport.birth_date,
        sex=passport.sex,
        documents=(document,),
        tickets=(ticket,),
    )


def _kind(passport: Passport, day: date) -> Literal["ADT", "CHD", "INF"]:
    """Adult, child or infant on the day of the ticket."""
    years = (day - passport.birth_date).days // 365
    return "ADT" if years >= 12 else "CHD" if years >= 2 else "INF"


def _itinerary(sector: Sector, trips: Sequence[Trip]) -> tuple[pnr.ItinerarySegment, ...]:
    first = trips[0]
    check_ins = tuple(
        pnr.CheckIn(
            traveller=index,
            number=str(index + 1),
            seat=trip.seat,
            cabin="Y",
            baggage=pnr.Baggage(trip.bags, trip.bags * trip.bag_weight, "kg")
            if trip.bags
            else None,
        )
        for index, trip in enumerate(trips)
    )
    out = pnr.ItinerarySegment(
        _leg(sector, first.sold_as), booking_class="Y", status="HK", quantity=len(trips), pushed=True,
        check_ins=check_ins,
    )  # fmt: skip
    if first.one_way:
        return (out,)
    nights = timedelta(days=first.stay_nights or 0)
    number = FlightNumber(sector.number.carrier, sector.number.number + 1)
    back = pnr.Leg(
        number.carrier, "", number, None, sector.destination, sector.origin,
        sector.arrival + nights, sector.arrival + nights + timedelta(hours=12),
    )  # fmt: skip
    return (out, pnr.ItinerarySegment(back, booking_class="Y", status="HK", quantity=len(trips)))
