"""What a carrier's system sends about a flight as PNRGOV: full pushes, and updates of what changed."""

from datetime import datetime, timedelta
from decimal import Decimal

from app.formats.codes import FlightNumber
from app.formats.edifact import Syntax
from app.formats.pnrgov import record as pnr
from app.formats.pnrgov.writer import write
from kiosk_sim.airline import AUTHORITY, Sector
from kiosk_sim.traffic.bookings import Booking, End, Member, World
from kiosk_sim.traffic.details import CURRENCY, Details
from kiosk_sim.traffic.lists import Named
from kiosk_sim.traffic.places import TEST_CARDS
from kiosk_sim.traffic.pnr_xml import write_xml
from kiosk_sim.traffic.schedule import Flight
from kiosk_sim.traffic.steps import Step, What

_GDS = "1X"
_TIERS = {"SILV": "2", "GOLD": "1", "PLAT": "0"}


def render(world: World, step: Step) -> list[Named]:
    """The push of a step, with the keys of the travellers in it; none where nothing changed."""
    desk = _Desk(world, step)
    records, people = desk.records()
    if not records and step.what is What.UPDATE:
        return []
    return [Named(desk.write(records), people)]


class _Desk:
    """A push at work."""

    def __init__(self, world: World, step: Step) -> None:
        self.world, self.step, self.at = world, step, step.at
        self.flight: Flight = world.flight
        self.full = step.what is What.PUSH
        self.cancelled = self.flight.fate == "cancelled" and self.at > (
            self.flight.departs_at - timedelta(hours=5)
        )

    def records(self) -> tuple[tuple[pnr.Pnr, ...], tuple[str, ...]]:
        found: list[pnr.Pnr] = []
        people: list[str] = []
        for booking in self.world.bookings:
            if (
                not self.full
                and not self.cancelled
                and not booking.changed(self.step.since, self.at)
            ):
                continue
            held = [] if self.cancelled else booking.on(self.at)
            if not held and not self.full:
                found += self.removed(booking, len(found))
            for place, (locator, members) in enumerate(held):
                found.append(_Record(self, booking, locator, members, len(found)).build(place))
                people += (member.key for member in members)
        return tuple(found), tuple(people)

    def removed(self, booking: Booking, index: int) -> list[pnr.Pnr]:
        """The booking is gone; nothing to say of one that was never sent."""
        before = booking.on(self.step.since)
        carrier = self.flight.number.carrier
        return [
            pnr.Pnr(index + place, 0, (pnr.Locator(carrier, locator, created_at=booking.made_at),),
                    removed=True, last_transaction_at=booking.cancelled_at)
            for place, (locator, _) in enumerate(before)
        ]  # fmt: skip

    def write(self, records: tuple[pnr.Pnr, ...]) -> str:
        flight, number = self.flight, self.number()
        push = pnr.PnrPush(
            sender=number.carrier,
            sender_city=flight.sector.origin,
            function="22" if self.full else "141",
            flight=_leg(number, flight.sector),
            expected=len(records),
            reference="1",
            sequence=1,
            part="F",
            records=records,
        )
        if flight.carrier.xml:
            return _with_cards(write_xml(push, self.at.replace(tzinfo=None)))
        control = f"{flight.plan.day:%y%m%d}{flight.index:04d}{self.step.place * 100:04d}"
        text = write(
            push, recipient=AUTHORITY, prepared=self.at.replace(tzinfo=None),
            control_reference=control, syntax=Syntax(*flight.carrier.pnr_una),
        )  # fmt: skip
        return _with_cards(text)

    def number(self) -> FlightNumber:
        flight = self.flight
        renamed = flight.renamed if self.at > flight.departs_at - timedelta(hours=30) else None
        return renamed or flight.number


def _with_cards(text: str) -> str:
    """The writer knows four digits of a card; airlines send them all. These are numbers for tests."""
    for _, account in TEST_CARDS:
        text = text.replace(f"XXXXXXXXXXXX{account[-4:]}", account)
    return text


def _leg(number: FlightNumber, sector: Sector, sold: FlightNumber | None = None) -> pnr.Leg:
    """The flight; ``sold`` is a partner's number that it is booked under."""
    shown = sold or number
    return pnr.Leg(
        shown.carrier, number.carrier if sold else "", shown, number if sold else None,
        sector.origin, sector.destination, sector.departure, sector.arrival,
    )  # fmt: skip


class _Record:
    """One booking as it stands at the time of the push."""

    def __init__(
        self, desk: _Desk, booking: Booking, locator: str, members: list[Member], index: int
    ) -> None:
        self.desk, self.booking, self.locator = desk, booking, locator
        self.members, self.index = members, index
        self.flight, self.at = desk.flight, desk.at
        self.details = Details(desk.flight, booking, desk.at)

    def build(self, place: int) -> pnr.Pnr:
        booking = self.booking
        return pnr.Pnr(
            index=self.index,
            segment=0,
            locators=self.locators(place),
            originator=self.originator(),
            last_transaction_at=max(m for m in booking.moments if m <= self.at),
            ticketed_at=self.ticketed_at(),
            travellers=self.travellers(),
            itinerary=self.itinerary(),
            contacts=self.contacts(),
            payments=self.payments(),
            splits=self.splits(place),
            excess_baggage=self.details.excess(self.members),
            non_air=self.details.services(),
            history=self.details.history(),
            texts=booking.remarks,
        )

    def locators(self, place: int) -> tuple[pnr.Locator, ...]:
        made = self.booking.split_at if place else self.booking.made_at
        own = pnr.Locator(self.flight.number.carrier, self.locator, created_at=made)
        if not self.booking.agency:
            return (own,)
        return own, pnr.Locator(_GDS, self.locator[::-1])

    def splits(self, place: int) -> tuple[pnr.Split, ...]:
        """A divided booking names the other half."""
        booking = self.booking
        if not booking.split_at or self.at < booking.split_at:
            return ()
        other = booking.locator if place else booking.other
        count = sum(member.split for member in booking.members)
        locator = pnr.Locator(self.flight.number.carrier, other, created_at=booking.split_at)
        return (pnr.Split(count, (locator,)),)

    def originator(self) -> pnr.Originator:
        carrier, origin = self.flight.number.carrier, self.flight.legs[0].origin
        if not self.booking.agency:
            return pnr.Originator(carrier, origin, agent_city=origin, company=carrier, kind="A")
        number = f"{10000000 + self.booking.card * 1111 + self.flight.index:08d}"
        return pnr.Originator(
            _GDS, origin, number, f"{origin}AG{self.booking.card:04d}", origin, carrier, "T",
            language="EN",
        )  # fmt: skip

    def ticketed_at(self) -> datetime:
        return min(self.booking.made_at + timedelta(minutes=25), self.at)

    def contacts(self) -> tuple[pnr.Contact, ...]:
        """Phone and mail of the first adult; another phone after a change."""
        who, booking = self.members[0].who if self.members else None, self.booking
        if who is None or not who.phone:
            return ()
        phone = who.phone
        if booking.called_at and self.at >= booking.called_at:
            phone = (
                phone[:-2] + phone[-1] + phone[-2] if phone[-1] != phone[-2] else phone[:-1] + "0"
            )
        mail = pnr.Contact("mail", who.mail, "E", "ADD")
        return pnr.Contact("phone", phone, "M", "ADD"), mail

    def payments(self) -> tuple[pnr.Payment, ...]:
        booking = self.booking
        amount = Decimal(booking.amount) / 100
        if booking.payment == "CC":
            vendor, account = TEST_CARDS[booking.card]
            expiry = self.flight.plan.day.year + 2, 1 + booking.card
            return (pnr.Payment("CC", vendor, account[-4:], "", expiry, amount),)
        return (pnr.Payment(booking.payment, amount=amount),) if booking.payment else ()

    # --- travellers ---

    def travellers(self) -> tuple[pnr.Traveller, ...]:
        ticketed = self.booking.made_at.date()
        found = [self.traveller(n, m) for n, m in enumerate(self.members, 1)]
        if self.booking.group:
            name = pnr.Traveller("G1", self.booking.group, group=True)
            return (*found, name)
        del ticketed
        return tuple(found)

    def traveller(self, number: int, member: Member) -> pnr.Traveller:
        who, passport = member.who, member.who.passport
        lap = any(m.who.kind == "INF" for m in self.members) and number == 1
        documents = () if who.given == "" and self.booking.agency else (self.document(member),)
        ticket = pnr.Ticket(
            f"999{(self.flight.index * 1000 + int(member.key[-3:])) * 7919 % 10**10:010d}", "T",
            self.booking.made_at.date(), self.prices(), taxes=self.details.taxes(),
        )  # fmt: skip
        flyers = (pnr.FrequentFlyer(who.flyer[0], who.flyer[1], _TIERS[who.flyer[2]]),) if (
            who.flyer) else ()  # fmt: skip
        visas = (pnr.Visa("V", who.visa, issue_place="TOKYO", country="JPN"),) if who.visa else ()
        meal = (pnr.SpecialService(member.meal, "HK", 1, self.flight.number.carrier),) if (
            member.meal) else ()  # fmt: skip
        return pnr.Traveller(
            reference=str(number),
            surname=who.surname,
            given=who.given,
            title=who.title,
            kind=who.kind,
            with_infant=lap,
            unique_id=member.reference,
            birth=passport.birth_date,
            sex=passport.sex,
            documents=documents,
            visas=visas,
            frequent_flyers=flyers,
            tickets=(ticket,),
            services=meal,
            fares=self.details.fares(member),
            fare_calculations=self.details.fare_calculation(),
        )

    def prices(self) -> tuple[pnr.Price, ...]:
        base, total = self.details.base(), self.details.amount()
        return pnr.Price("B", base, CURRENCY), pnr.Price("T", total, CURRENCY)

    def document(self, member: Member) -> pnr.Document:
        who, passport = member.who, member.who.passport
        return pnr.Document(
            "P", passport.issuer or passport.nationality, member.number(self.at),
            passport.nationality, passport.birth_date, passport.sex, who.kind == "INF",
            passport.expires_on, who.surname, who.given,
        )  # fmt: skip

    # --- itinerary ---

    def itinerary(self) -> tuple[pnr.ItinerarySegment, ...]:
        """Feeder flight, the legs flown, onward flight, return."""
        booking, flight, number = self.booking, self.flight, self.desk.number()
        sold = flight.shares[booking.share] if booking.share is not None else None
        found = []
        if booking.feeder:
            found.append(self.other(booking.feeder, flight.legs[0].origin,
                                    flight.legs[0].departure - timedelta(hours=5)))  # fmt: skip
        for sector in flight.legs[booking.joins : flight.border]:
            found.append(self.segment(_leg(number, sector, sold)))
        found.append(self.segment(_leg(number, flight.sector, sold), pushed=True))
        site, lands = flight.sector.destination, flight.sector.arrival
        if booking.onward:
            found.append(self.other(site, booking.onward, lands + timedelta(hours=3)))
        if booking.nights is not None:
            home = booking.open_jaw or flight.legs[booking.joins].origin
            start = booking.onward or site
            found.append(self.other(start, home, lands + timedelta(days=booking.nights, hours=2)))
        return tuple(found)

    def segment(self, leg: pnr.Leg, *, pushed: bool = False) -> pnr.ItinerarySegment:
        asked = tuple(
            pnr.Seat(member.sits(self.at), traveller=place)
            for place, member in enumerate(self.members)
            if pushed and member.seat and self.booking.card < 3
        )
        return pnr.ItinerarySegment(
            leg,
            booking_class=("Y", "B", "M", "Q", "J", "Y", "K")[self.booking.card],
            status="HK",
            quantity=len(self.members) or 1,
            equipment=self.flight.aircraft,
            pushed=pushed,
            seats=asked,
            check_ins=self.check_ins() if pushed else (),
        )

    def other(self, board: str, off: str, departure: datetime) -> pnr.ItinerarySegment:
        """A flight of the same carrier that is none of ours."""
        number = FlightNumber(self.flight.number.carrier, self.flight.number.number + 1)
        sector = Sector(number, board, off, departure, departure + timedelta(hours=4))
        return self.segment(_leg(number, sector))

    def check_ins(self) -> tuple[pnr.CheckIn, ...]:
        return tuple(
            self.check_in(place, member)
            for place, member in enumerate(self.members)
            if member.checked_in(self.at) and member.end is not End.NO_SHOW
        )

    def check_in(self, place: int, member: Member) -> pnr.CheckIn:
        count = member.pieces(self.at)
        bags = None
        if count:
            carrier, to = self.flight.number.carrier, self.flight.sector.destination
            tags = tuple(pnr.BagTag(carrier, f"{member.tag + n:06d}", to) for n in range(count))
            bags = pnr.Baggage(count, member.weight or 11, "kg", tags=tags)
        seat = member.sits(self.at)
        return pnr.CheckIn(
            place, member.key[-3:].lstrip("0"), seat, "Y" if seat else "", bags,
            member.checked_in_at, f"{self.flight.sector.origin}",
        )  # fmt: skip
