"""What a carrier's system sends about a flight as PAXLST: lists, changes, crew, status of the flight."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.formats import paxlst_model as paxlst
from app.formats.codes import FlightNumber
from app.formats.edifact import LEVEL_B, Header, Syntax
from app.formats.edifact_model import LEVEL_A
from app.formats.paxlst_writer import parts, write
from kiosk_sim.airline import AUTHORITY, Sector
from kiosk_sim.passport import Passport
from kiosk_sim.traffic.bookings import Booking, End, Member, World
from kiosk_sim.traffic.flaws import spoil
from kiosk_sim.traffic.places import ApiWay
from kiosk_sim.traffic.schedule import Fate, Flight, Kind
from kiosk_sim.traffic.steps import Step, What

_VERSIONED = frozenset({paxlst.Purpose.CHECK_IN, paxlst.Purpose.DEPARTURE})
"""The United Kingdom's functions: `CI:1.0`, `DC:1.0`."""
_CREW_CATEGORIES = ("CR1", "CR1", "CR2")


class Named:
    """A PAXLST interchange as text, with the keys of the people it names."""

    __slots__ = ("people", "text")

    def __init__(self, text: str, people: tuple[str, ...]) -> None:
        self.text = text
        self.people = people


def render(world: World, step: Step) -> list[Named]:
    """The interchanges of a step: parts, or one for each party that has checked in. May be none."""
    return _RENDER[step.what](_Desk(world, step))


class _Desk:
    """A step at work."""

    def __init__(self, world: World, step: Step) -> None:
        self.world, self.step = world, step
        self.flight: Flight = world.flight
        self.way: ApiWay = self.flight.carrier.api
        self.sent = 0

    def listing(
        self,
        members: Iterable[tuple[Booking | None, Member]],
        document: str = paxlst.Function.PASSENGER_LIST,
        function: str = "",
        *,
        sparse: bool = False,
        counted: bool = True,
    ) -> tuple[paxlst.PassengerList, list[str]]:
        """A list of these people, and their keys. ``sparse``: references only."""
        pairs = list(members)
        make = _reference_only if sparse else _person
        persons = tuple(make(self, booking, member) for booking, member in pairs)
        total = len(persons) if counted else None
        crew = document == paxlst.Function.CREW_LIST
        listing = paxlst.PassengerList(
            header=self.header(),
            persons=persons,
            legs=self.legs(),
            document=document,
            function=function,
            version=self.way.version,
            association=self.way.association,
            common_access_reference=self.access_reference(),
            total_passengers=None if crew else total,
            total_crew=total if crew else None,
            function_version="1.0" if function in _VERSIONED else "",
        )
        return listing, [member.key for _, member in pairs]

    def header(self) -> Header:
        number = self.step.place * 100 + self.sent
        self.sent += 1
        flight, way = self.flight, self.way
        control = f"{flight.plan.day:%y%m%d}{flight.index:04d}{number:04d}"
        return Header(
            "UNOB" if way.una == "B" else "UNOA", flight.number.carrier, way.qualifier, AUTHORITY,
            way.qualifier, self.step.at.replace(tzinfo=None), control, way.application, test=False,
        )  # fmt: skip

    def access_reference(self) -> str:
        return f"{self.flight.number}/{self.flight.sector.arrival:%y%m%d/%H%M}"

    def legs(self) -> tuple[paxlst.Leg, ...]:
        number = self.number()
        return tuple(
            self.leg(number, sector, crosses=place == self.flight.border)
            for place, sector in enumerate(self.flight.legs)
        )

    def number(self) -> FlightNumber:
        """The number that the flight has at that time."""
        flight = self.flight
        moved = flight.renamed and self.step.what is not What.PUSH and self.is_after_renaming()
        return flight.renamed if moved and flight.renamed else flight.number

    def is_after_renaming(self) -> bool:
        return (self.flight.departs_at - self.step.at).total_seconds() <= 30 * 3600

    def leg(self, number: FlightNumber, sector: Sector, *, crosses: bool) -> paxlst.Leg:
        late = self.flight.late if crosses and self.step.what is What.MOVE else None
        to = sector.destination
        if crosses and self.step.what is What.MOVE and self.flight.fate is Fate.DIVERTED:
            to = self.flight.alternate
        return paxlst.Leg(
            flight=number,
            flight_text=_padded(number, self.way.padding),
            carrier=number.carrier,
            departure_airport=sector.origin,
            arrival_airport=to,
            departure=sector.departure + late if late else sector.departure,
            arrival=sector.arrival + late if late else sector.arrival,
            crosses_border=crosses,
        )

    def write(self, *lists: tuple[paxlst.PassengerList, list[str]]) -> list[Named]:
        """Each list as interchanges, cut into parts where the carrier does so."""
        syntax, una = _syntax(self.way)
        found = []
        for listing, keys in lists:
            if not self.way.size or len(listing.persons) <= self.way.size:
                found.append(
                    Named(
                        write(listing, una=una, syntax=syntax, agency=self.way.agency), tuple(keys)
                    )
                )
                continue
            at = 0
            for part in parts(listing, self.way.size):
                text = write(
                    replace(part, header=self.header()),
                    una=una,
                    syntax=syntax,
                    agency=self.way.agency,
                )
                end = at + len(part.persons)
                found.append(Named(text, tuple(keys[at:end])))
                at = end
        return found


def _padded(number: FlightNumber, digits: int) -> str:
    """`ZZ7`, `ZZ007` or `ZZ0007`: API and bookings of a flight rarely agree."""
    return f"{number.carrier}{number.number:0{digits or 1}d}{number.suffix}"


def _syntax(way: ApiWay) -> tuple[Syntax, bool]:
    if way.una == "B":
        return LEVEL_B, False
    return (Syntax(*way.una), True) if way.una else (LEVEL_A, False)


Render = Callable[[_Desk], list[Named]]

# --- persons --------------------------------------------------------------------------------------


def _person(desk: _Desk, booking: Booking | None, member: Member) -> paxlst.Person:
    who, at, sector = member.who, desk.step.at, desk.flight.sector
    start = desk.flight.legs[booking.joins].origin if booking else sector.origin
    person = paxlst.Person(
        role=_role(booking, member),
        surname=who.surname,
        given=who.given,
        sex=who.passport.sex,
        birth_date=who.passport.birth_date,
        nationality=who.passport.nationality,
        residence=who.residence if desk.way.bags else "",
        journey_start=start,
        journey_end=(booking.onward if booking else "") or sector.destination,
        documents=_documents(member, at),
        bags=_bags(desk, member) if booking and desk.way.bags else paxlst.Bags(),
        references=_references(desk, booking, member),
        crew_category="" if booking else _CREW_CATEGORIES[min(2, int(member.key[-2:]) - 1)],
        verified=True if desk.way.each else None,
    )
    return spoil(person, member.flaw, who.title) if member.flaw else person


def _role(booking: Booking | None, member: Member) -> paxlst.Role:
    if booking is None:
        return paxlst.Role.TRANSIT_CREW if member.transit else paxlst.Role.CREW
    return paxlst.Role.TRANSIT_PASSENGER if member.transit else paxlst.Role.PASSENGER


def _reference_only(desk: _Desk, booking: Booking | None, member: Member) -> paxlst.Person:
    """On board: nothing but the references of a list sent before."""
    return paxlst.Person(
        _role(booking, member), "", references=_references(desk, booking, member)[:2]
    )


def _references(
    desk: _Desk, booking: Booking | None, member: Member
) -> tuple[tuple[str, str], ...]:
    if booking is None:
        return (("ABO", member.reference),)
    locator = ("AVF", booking.locator_of(member, desk.step.at))
    seat = member.sits(desk.step.at)
    found = (locator, ("ABO", member.reference))
    return (*found, ("SEA", f"{seat:0>4}")) if seat else found


def _documents(member: Member, at: datetime) -> tuple[paxlst.Document, ...]:
    who = member.who
    found = [_document("P", who.passport, member.number(at))]
    if who.second:
        found.append(_document("P", who.second, who.second.number))
    if who.visa:
        found.append(paxlst.Document("V", who.visa, paxlst.Place("JPN")))
    return tuple(found)


def _document(kind: str, passport: Passport, number: str) -> paxlst.Document:
    issuer = paxlst.Place(passport.issuer or passport.nationality)
    return paxlst.Document(kind, number, issuer, expiry=passport.expires_on)


def _bags(desk: _Desk, member: Member) -> paxlst.Bags:
    count = member.pieces(desk.step.at)
    if not count:
        return paxlst.Bags(0)
    tags = (paxlst.BagTags(f"{desk.flight.number.carrier}{member.tag:06d}", count),)
    return paxlst.Bags(count, Decimal(member.weight or 11), "KGM", tags)


# --- kinds of lists -------------------------------------------------------------------------------


def _accepted(desk: _Desk) -> list[tuple[Booking | None, Member]]:
    """Who has checked in, in order of seats."""
    at = desk.step.at
    return [(b, m) for b, m in desk.world.members()
            if m.checked_in(at) and m.end is not End.NO_SHOW]  # fmt: skip


def _list(desk: _Desk) -> list[Named]:
    function = paxlst.Purpose.CHECK_IN if desk.way.closing == "DC" else ""
    return desk.write(desk.listing(_accepted(desk), function=function))


def _crew(desk: _Desk) -> list[Named]:
    function = "B" if desk.flight.kind is Kind.CARGO else "C"
    crew: Sequence[tuple[None, Member]] = [(None, member) for member in desk.world.crew]
    return desk.write(desk.listing(crew, paxlst.Function.CREW_LIST, function))


def _crew_change(desk: _Desk) -> list[Named]:
    """Who comes in place of another."""
    relief = desk.world.relief
    people: Sequence[tuple[None, Member]] = [(None, relief)] if relief else []
    purpose = paxlst.Purpose.CREW_CHANGE
    return desk.write(desk.listing(people, paxlst.Function.CREW_LIST, purpose)) if people else []


def _master(desk: _Desk) -> list[Named]:
    """The carrier's master crew list: the flight's crew added, one told anew, one taken off it."""
    document, crew = paxlst.Function.MASTER_CREW_LIST, desk.world.crew
    code = desk.flight.number.carrier
    named = ((paxlst.Purpose.ADD, crew[:-1]), (paxlst.Purpose.CHANGE, crew[:1]),
             (paxlst.Purpose.DELETE, crew[-1:]))  # fmt: skip
    found = []
    for purpose, members in named:
        listing, keys = desk.listing(
            [(None, one) for one in members], document, purpose, counted=False
        )
        leg = paxlst.Leg(None, f"{code}01MCL", code)
        found.append((replace(listing, legs=(leg,)), keys))
    return desk.write(*found)


def _checked_in(desk: _Desk) -> list[Named]:
    """A message for every party that has checked in since."""
    found = []
    for booking in desk.world.bookings:
        since, at = desk.step.since, desk.step.at
        new = [(booking, m) for m in booking.members
               if m.checked_in_at and since < m.checked_in_at <= at and m.end is not End.NO_SHOW]  # fmt: skip
        if new:
            found += desk.write(desk.listing(new, counted=False))
    return found


def _change(desk: _Desk) -> list[Named]:
    """Document numbers that were corrected after the list."""
    since, at = desk.step.since, desk.step.at
    found = [(b, m) for b, m in _accepted(desk) if m.corrected_at and since < m.corrected_at <= at]
    return desk.write(desk.listing(found, function="CP", counted=False)) if found else []


def _withdraw(desk: _Desk) -> list[Named]:
    """Who stays behind, of carriers that do not say it at the end."""
    found = [(b, m) for b, m in _accepted(desk) if m.end is End.OFFLOADED]
    whole = {b.locator for b, _ in found if b and all(m.end is End.OFFLOADED for m in b.members)}
    gone = [(b, m) for b, m in found if b and b.locator in whole]
    fewer = [(b, m) for b, m in found if b and b.locator not in whole]
    kinds = ((paxlst.Purpose.CANCEL_RESERVATION, gone), (paxlst.Purpose.REDUCE_PARTY, fewer))
    lists = [desk.listing(people, function=kind, counted=False) for kind, people in kinds if people]
    return desk.write(*lists)


def _close(desk: _Desk) -> list[Named]:
    way, status = desk.way, paxlst.Function.FLIGHT_STATUS
    if desk.flight.kind is not Kind.PASSENGERS or way.closing == "CL":
        return desk.write(desk.listing((), status, "CL", counted=False))
    on_board = [(b, m) for b, m in _accepted(desk) if m.on_board]
    if way.closing == "DC":
        return desk.write(desk.listing(on_board, function="DC"))
    if way.closing == "CLOB":
        return desk.write(desk.listing(on_board, status, "CLOB", sparse=True, counted=False))
    left = [(b, m) for b, m in _accepted(desk) if not m.on_board]
    return desk.write(desk.listing(left, status, "CLNB", counted=False))


def _status(function: str) -> Render:
    def render(desk: _Desk) -> list[Named]:
        status = paxlst.Function.FLIGHT_STATUS
        return desk.write(desk.listing((), status, function, counted=False))

    return render


_RENDER: dict[What, Render] = {
    What.LIST: _list,
    What.CREW: _crew,
    What.CREW_CHANGE: _crew_change,
    What.MASTER: _master,
    What.CHECKED_IN: _checked_in,
    What.CHANGE: _change,
    What.WITHDRAW: _withdraw,
    What.CLOSE: _close,
    What.CANCEL: _status("XF"),
    What.MOVE: _status("CF"),
}
