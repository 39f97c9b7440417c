"""What a booking holds beside people and flights: fares, taxes, extra bags, hotels and cars, its history.

All of it follows from the booking by a chance of its own, so that it changes nobody's life.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from app.formats.pnrgov import record as pnr
from kiosk_sim.traffic.bookings import Booking, Member
from kiosk_sim.traffic.schedule import Flight

CURRENCY = "EUR"
FREE_PIECES = 2
_PRICED_AS = {"ADT": "A", "CHD": "C", "INF": "IN"}
_HOTELS = ("HERON INN", "PAPER LANTERN", "SEVEN GATES HOTEL", "HARBOUR HOUSE")
_CENT = Decimal("0.01")


class Details:
    """The details of a booking at a time."""

    def __init__(self, flight: Flight, booking: Booking, at: datetime) -> None:
        self.flight, self.booking, self.at = flight, booking, at
        chance = flight.chance("details", booking.locator)
        self._hotel, self._car = chance.random() < 0.15, chance.random() < 0.06
        self._name = chance.choice(_HOTELS)
        self._number = chance.randrange(10_000, 99_999)

    def fares(self, member: Member) -> tuple[pnr.Fare, ...]:
        """FAR: as whom, and on which basis; the age of a child."""
        born, flown = member.who.passport.birth_date, self.flight.sector.departure.date()
        years = flown.year - born.year - ((flown.month, flown.day) < (born.month, born.day))
        age = years if member.who.kind == "CHD" else None
        nights = self.booking.nights
        basis = f"{'YBMQJHK'[self.booking.card]}{'OW' if nights is None else 'RT'}{nights or 0:02d}"
        return (pnr.Fare(_PRICED_AS[member.who.kind], age, (basis,)),)

    def fare_calculation(self) -> tuple[str, ...]:
        """IFT 15: from where to where at which price."""
        sector, amount = self.flight.sector, self.base()
        carrier = self.flight.number.carrier
        line = f"{sector.origin} {carrier} {sector.destination} {amount}NUC END"
        return (line,) if self.booking.agency else ()

    def taxes(self) -> tuple[pnr.Tax, ...]:
        """TXD: what is between base and total, for fuel and for the airport."""
        charge = self.amount() - self.base()
        fuel = (charge * 3 / 4).quantize(_CENT)
        airport = charge - fuel
        return pnr.Tax("YQ", fuel, CURRENCY), pnr.Tax("SW", airport, CURRENCY)

    def amount(self) -> Decimal:
        return Decimal(self.booking.amount) / 100

    def base(self) -> Decimal:
        """The fare without taxes."""
        return (self.amount() * 4 / 5).quantize(_CENT)

    def excess(self, members: list[Member]) -> tuple[pnr.ExcessBaggage, ...]:
        """EBD: pieces beyond those that are free."""
        found = ((place, one.pieces(self.at) - FREE_PIECES) for place, one in enumerate(members))
        return tuple(
            pnr.ExcessBaggage(Decimal(60 * more).quantize(_CENT), CURRENCY, more, traveller=place)
            for place, more in found if more > 0
        )  # fmt: skip

    def services(self) -> tuple[pnr.NonAirService, ...]:
        """GR.9: a hotel for the nights, a car from the airport."""
        lands, nights = self.flight.sector.arrival, self.booking.nights
        if nights is None:
            return ()
        leaves = lands + timedelta(days=nights)
        port, found = self.flight.sector.destination, []
        if self._hotel:
            found.append(pnr.NonAirService("8", lands, leaves, port, self._name, status="HK",
                                           number=str(self._number), quantity=1))  # fmt: skip
        if self._car:
            found.append(pnr.NonAirService("2", lands, leaves, port, status="HK", quantity=1))
        return tuple(found)

    # --- history ---

    def history(self) -> tuple[pnr.HistoryItem, ...]:
        """What was done to the booking so far: GR.10 to 12, or lines of LTS where the carrier writes those."""
        way = self.flight.carrier.history
        office = f"{self.flight.legs[0].origin}{self.flight.number.carrier}0100"
        done = sorted(self._done(), key=lambda one: one[0])
        if way == "LTS":
            return tuple(
                pnr.HistoryItem(office, at=at, line=line, actions=(_line_of(action),))
                for line, (at, action) in enumerate(done)
            )
        city, carrier = self.flight.legs[0].origin, self.flight.number.carrier
        return tuple(
            pnr.HistoryItem(office, city, carrier, at, actions=(action,)) for at, action in done
        ) if way == "ABI" else ()  # fmt: skip

    def _done(self) -> Iterator[tuple[datetime, pnr.HistoryAction]]:
        booking = self.booking
        first = tuple(one.who.name for one in booking.members if one.added_at is None)
        if first:  # of a group nobody is named yet
            yield booking.made_at, pnr.HistoryAction("A", names=first)
        if booking.split_at and booking.split_at <= self.at:
            gone = tuple(one.who.name for one in booking.members if one.split)
            yield booking.split_at, pnr.HistoryAction("X", names=gone)
        if booking.called_at and booking.called_at <= self.at:
            yield booking.called_at, pnr.HistoryAction("C", texts=("CONTACT CHANGED",))
        for one in booking.members:
            if one.added_at and one.added_at <= self.at:
                yield one.added_at, pnr.HistoryAction("A", names=(one.who.name,))
            if one.moved_at and one.moved_at <= self.at:
                yield (
                    one.moved_at,
                    pnr.HistoryAction("C", texts=(f"SEAT {one.seat} {one.new_seat}",)),
                )


def _line_of(action: pnr.HistoryAction) -> pnr.HistoryAction:
    """As a line of text: the letters of what it is about, and what was written."""
    if action.names:
        texts = tuple(f"{surname}/{given}".rstrip("/") for surname, given in action.names)
        return pnr.HistoryAction(action.action, "NM", texts=texts)
    return pnr.HistoryAction(action.action, "RM", texts=action.texts)
