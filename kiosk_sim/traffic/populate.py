"""Fills a flight with invented people: who travels with whom, and everything that happens to them."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from kiosk_sim.traffic import people
from kiosk_sim.traffic.bookings import Booking, End, Member, World
from kiosk_sim.traffic.flaws import flaw
from kiosk_sim.traffic.people import Person
from kiosk_sim.traffic.places import abroad, stations
from kiosk_sim.traffic.schedule import Flight, Kind
from kiosk_sim.traffic.steps import has_relief

_HOUR = timedelta(hours=1)
_LOCATOR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def populate(flight: Flight) -> World:
    """Invent everybody of a flight; the same flight gives the same people."""
    maker = _Maker(flight)
    if flight.kind is Kind.PASSENGERS:
        maker.fill()
    return World(flight, maker.bookings, maker.crew(), maker.relief())


class _Maker:
    def __init__(self, flight: Flight) -> None:
        self.flight = flight
        self.chance = flight.chance("people")
        self.careless = flight.chance("flaws")  # of its own: dirt changes nobody's life
        self.today = flight.sector.departure.date()
        self.bookings: list[Booking] = []
        self.names: set[tuple[str, str]] = set()
        self.locators: set[str] = set()
        self.seats = _seats(self.chance, flight)
        self.count = 0
        self.regulars = iter(self.chance.sample(range(flight.seats), max(1, flight.seats // 12)))
        self.homes = _homes(flight)
        self.tag = self.chance.randrange(100_000, 700_000)

    def fill(self) -> None:
        kinds = [_single, _business, _couple, _family, _friends]
        shares = [34, 14, 22, 18, 6]
        if self.flight.people >= 40:
            kinds.append(_tour)
            shares.append(3)
        left = self.flight.people
        while left > 0:
            make = self.chance.choices(kinds, shares)[0]
            found = [one for one in make(self) if self.is_new(one)][:left]
            left -= len(found)
            if found:
                self.book(found, tour=make is _tour)

    def is_new(self, who: Person) -> bool:
        """Nobody else on the flight has this name: whoever does stays at home."""
        if who.name in self.names:
            return False
        self.names.add(who.name)
        return True

    def crew(self) -> list[Member]:
        size = max(4, min(16, self.flight.seats // 25))
        if self.flight.kind is not Kind.PASSENGERS:
            size = self.chance.choice((2, 3, 4))
        home = self.homes[0][0]
        made = [one for one in people.crew(self.chance, self.today, home, size) if self.is_new(one)]
        crew = [
            Member(who, f"{self.flight.key}-C{place:02d}", f"C{self.flight.index:04d}{place:02d}",
                   "", 0, 0, 0)
            for place, who in enumerate(made, 1)
        ]  # fmt: skip
        crew[-1].transit = size >= 8 and self.chance.random() < 0.3  # to their next aircraft
        return crew

    def relief(self) -> Member | None:
        """A member of the crew by a chance of its own."""
        if not has_relief(self.flight):
            return None
        chance, key = self.flight.chance("relief", "who"), self.flight.key
        made = (
            one for _ in range(20) for one in people.crew(chance, self.today, self.homes[0][0], 1)
        )
        who = next((one for one in made if self.is_new(one)), None)
        return (
            Member(who, f"{key}-C99", f"C{self.flight.index:04d}99", "", 0, 0, 0) if who else None
        )

    def state(self) -> str:
        """Where the next people come from."""
        return self.chance.choices([s for s, _ in self.homes], [w for _, w in self.homes])[0]

    def locator(self) -> str:
        while True:
            found = "".join(self.chance.choices(_LOCATOR, k=6))
            if found not in self.locators and not found.isdigit():
                self.locators.add(found)
                return found

    def member(self, who: Person) -> Member:
        self.count += 1
        infant = who.kind == "INF"
        bags = 0 if infant else self.chance.choices((0, 1, 2, 3), (18, 52, 26, 4))[0]
        self.tag += bags + 1
        return Member(
            who, f"{self.flight.key}-{self.count:03d}", f"{self.flight.index:04d}{self.count:04d}",
            "" if infant else next(self.seats), bags, bags * self.chance.randrange(9, 24), self.tag,
            flaw=flaw(self.careless, self.flight.plan.dirt),
        )  # fmt: skip

    def book(self, party: list[Person], *, tour: bool) -> None:
        chance, flight = self.chance, self.flight
        lead = chance.choices((2, 20, 60, 160), (12, 30, 38, 20))[0]
        made_at = flight.departs_at - _HOUR * 24 * chance.uniform(lead / 3 + 0.3, lead + 1)
        booking = Booking(
            self.locator(), made_at.replace(second=0, microsecond=0),
            [self.member(who) for who in party],
            agency=tour or chance.random() < 0.55,
            payment=chance.choices(("CC", "CA", "CK", "GR", "MS", ""), (70, 12, 1, 2, 6, 9))[0],
            card=chance.randrange(7), amount=chance.randrange(18_000, 420_000),
            nights=chance.choices((None, chance.randrange(1, 5), chance.randrange(5, 25)),
                                  (18, 30, 52))[0],
            joins=chance.randrange(flight.border + 1),
            group=f"{chance.choice(_TOURS)} {chance.choice(_TOURS_END)}" if tour else "",
            remarks=_remarks(chance),
        )  # fmt: skip
        _route(chance, flight, booking)
        _happen(chance, flight, booking, self)
        booking.seal()
        self.bookings.append(booking)


# --- parties --------------------------------------------------------------------------------------


def _single(maker: _Maker) -> list[Person]:
    return [people.person(maker.chance, maker.today, maker.state())]


def _business(maker: _Maker) -> list[Person]:
    """Somebody who flies this line again and again."""
    place = next(maker.regulars, None)
    if place is None:
        return _single(maker)
    number, carrier = maker.flight.number, maker.flight.number.carrier
    state = maker.homes[place % 2][0]
    return [
        people.regular(maker.flight.plan.chance, f"regular/{number}/{place}", maker.today, state,
                       carrier)
    ]  # fmt: skip


def _couple(maker: _Maker) -> list[Person]:
    chance, state = maker.chance, maker.state()
    first = people.person(chance, maker.today, state, sex="M")
    same = first.passport.surname if chance.random() < 0.6 else ""
    other = maker.state() if chance.random() < 0.1 else state
    return [first, people.person(chance, maker.today, other, sex="F", surname=same)]


def _family(maker: _Maker) -> list[Person]:
    return people.family(maker.chance, maker.today, maker.state())


def _friends(maker: _Maker) -> list[Person]:
    state = maker.state()
    count = maker.chance.choice((2, 3, 3, 4))
    return [people.person(maker.chance, maker.today, state, age=(19, 35)) for _ in range(count)]


def _tour(maker: _Maker) -> list[Person]:
    """A group of ten to forty: mostly couples."""
    state, chance = maker.state(), maker.chance
    found: list[Person] = []
    for _ in range(chance.randrange(5, 21)):
        first = people.person(chance, maker.today, state, sex="M", age=(30, 75))
        second = people.person(
            chance, maker.today, state, sex="F", age=(30, 75), surname=first.passport.surname
        )
        found += [first, second]
    return found


_TOURS = ("SUNWARD", "BLUE HERON", "FAR LANTERN", "CEDAR PATH", "SEVEN GATES", "PAPER BOAT")
_TOURS_END = ("TOURS", "TRAVEL", "HOLIDAYS", "JOURNEYS")


def _homes(flight: Flight) -> list[tuple[str, int]]:
    """States with weights: those of the origin, of the destination, and others passing through."""
    by_port = {one.port: one.people for one in stations()}
    first = by_port[flight.legs[0].origin]
    last = by_port[flight.sector.origin]
    home = by_port.get(flight.sector.destination, "JPN")
    others = [one.people for one in abroad(flight.plan.site)]
    more = flight.plan.chance("homes", flight.index).sample(others, 4)
    return [(last, 40), (home, 30), (first, 12), *((state, 5) for state in more)]


def _seats(chance: random.Random, flight: Flight) -> Iterator[str]:
    """Seats row by row, so that who books together sits together; further rows for those who move."""
    letters = "ABCDEFGHJK" if flight.seats >= 240 else "ABCDEF" if flight.seats >= 98 else "ACDF"
    row = chance.randrange(8, 13)
    while True:
        yield from (f"{row}{letter}" for letter in letters)
        row += 1


def _remarks(chance: random.Random) -> tuple[str, ...]:
    """Remarks of agents; some hold what must not be kept: faith, health, a card number."""
    found = chance.random()
    if found < 0.08:
        return (chance.choice(_HARMLESS),)
    if found < 0.11:
        return (chance.choice(_SENSITIVE),)
    return ()


_HARMLESS = (
    "PAX ADVISED OF BAG RULES", "FARE RULES ACCEPTED", "TRANSFER BOOKED BY AGENT",
    "NAME AS IN PASSPORT CONFIRMED", "SEATS TOGETHER IF POSSIBLE",
)  # fmt: skip
_SENSITIVE = (
    "PAX ASKS FOR KOSHER MEAL", "PAX NEEDS WHEELCHAIR TO GATE", "FP CC VI4111111111111111/0529",
    "HALAL MEAL CONFIRMED BY CATERING",
)  # fmt: skip

# --- what happens ---------------------------------------------------------------------------------


def _route(chance: random.Random, flight: Flight, booking: Booking) -> None:
    """Code share, feeder flight, onward flight (transit), another place of return."""
    if flight.shares and chance.random() < 0.25:
        booking.share = chance.randrange(len(flight.shares))
    ports = [one.port for one in abroad(flight.plan.site) if one.port != flight.sector.origin]
    found = chance.random()
    if found < 0.08:
        booking.onward = chance.choice(ports)
        for member in booking.members:
            member.transit = True
    elif found < 0.2 and booking.joins == 0:
        booking.feeder = chance.choice(ports)
    elif found < 0.25 and booking.nights is not None:
        booking.open_jaw = chance.choice(ports)


def _happen(chance: random.Random, flight: Flight, booking: Booking, maker: _Maker) -> None:
    """Cancellations, splits, corrections, check-in."""
    left = flight.departs_at
    start = max(booking.made_at, left - _HOUR * 71)
    found = chance.random()
    if found < 0.03:
        booking.cancelled_at = _between(chance, booking.made_at, left - _HOUR * 3)
        return
    adults = sum(one.who.kind == "ADT" for one in booking.members)
    if found < 0.05 and adults > 1 and not booking.group:
        _divide(booking, _between(chance, start, left - _HOUR * 3), maker.locator())
    if found > 0.94:
        booking.called_at = _between(chance, start, left - _HOUR * 3)
    if booking.group and booking.made_at < left - _HOUR * 40:
        named = _between(chance, left - _HOUR * 36, left - _HOUR * 26)
        for member in booking.members:
            member.added_at = named
    elif 0.90 < found < 0.93 and len(booking.members) > 1 and booking.members[-1].who.kind == "ADT":
        booking.members[-1].added_at = _between(chance, start, left - _HOUR * 3)
    _check_in(chance, flight, booking)
    for member in booking.members:
        _befall(chance, flight, member, start, maker)


def _divide(booking: Booking, at: datetime, other: str) -> None:
    """The last adult goes on alone."""
    booking.split_at, booking.other = at, other
    last = [one for one in booking.members if one.who.kind == "ADT"][-1]
    last.split = True


def _check_in(chance: random.Random, flight: Flight, booking: Booking) -> None:
    """A party checks in together: at home from a day before, or at the airport. Some never come."""
    left = flight.leaves_at
    if chance.random() < 0.03:
        for member in booking.members:
            member.end = End.NO_SHOW
        return
    if chance.random() < 0.35 and booking.made_at < flight.departs_at - _HOUR * 24:
        at = _between(chance, flight.departs_at - _HOUR * 23, flight.departs_at - _HOUR * 3.2)
    else:
        at = _between(chance, left - _HOUR * 2.9, left - _HOUR * 0.9)
    for member in booking.members:
        latest = [moment for moment in (member.added_at, booking.split_at) if moment]
        member.checked_in_at = max([at, *latest])
    if chance.random() < 0.008:
        for member in booking.members:
            member.end = End.OFFLOADED
    elif _is_reduced(flight, booking):
        booking.members[-1].end = End.OFFLOADED


def _is_reduced(flight: Flight, booking: Booking) -> bool:
    """Whether a party goes without its last member, a grown-up; by a chance of its own."""
    adults = sum(one.who.kind == "ADT" for one in booking.members)
    last = booking.members[-1].who.kind
    return (
        adults > 1 and last == "ADT" and flight.chance("reduced", booking.locator).random() < 0.02
    )


def _befall(
    chance: random.Random, flight: Flight, member: Member, start: datetime, maker: _Maker
) -> None:
    """Typing errors that are corrected, other seats, a bag more at the counter, a meal of one's own."""
    found, left = chance.random(), flight.leaves_at
    if found < 0.02:
        member.mistyped = _mistype(chance, member.who.passport.number)
        late = chance.random() < 0.4 and member.end is not End.NO_SHOW
        before = max(start, member.added_at or start)
        member.corrected_at = (
            left - _HOUR * 0.4 if late else _between(chance, before, flight.departs_at - _HOUR * 3)
        )
    elif found < 0.05 and member.seat and member.checked_in_at:
        member.new_seat = next(maker.seats)
        member.moved_at = member.checked_in_at + timedelta(minutes=3)
    elif found < 0.08 and member.checked_in_at and member.who.kind == "ADT":
        member.bag_dropped_at = left - _HOUR * 0.8
    elif found < 0.14:
        member.meal = chance.choice(
            ("VGML", "KSML", "MOML", "AVML", "CHML", "WCHR", "WCHS", "MEDA")
        )


def _mistype(chance: random.Random, number: str) -> str:
    """Two neighbours exchanged, or a digit replaced where they are the same."""
    at = chance.randrange(2, len(number) - 1)
    a, b = number[at], number[at + 1]
    if a != b:
        return number[:at] + b + a + number[at + 2 :]
    other = "7" if a != "7" else "4"
    return number[:at] + other + number[at + 1 :]


def _between(chance: random.Random, first: datetime, last: datetime) -> datetime:
    """A whole minute in that time; its start where it has none."""
    minutes = max(0, int((last - first).total_seconds() // 60))
    return first + timedelta(minutes=chance.randrange(minutes + 1))
