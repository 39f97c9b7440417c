"""The people of a flight in their bookings, with the moments of everything that happens to them.

Nothing here is written as text. A :class:`Booking` knows the moments of its changes, so that what a
carrier's system holds at any time can be asked (:meth:`Booking.on`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk_sim.traffic.flaws import Flaw
from kiosk_sim.traffic.people import Person
from kiosk_sim.traffic.schedule import Flight


class End(StrEnum):
    """What becomes of a traveller's journey."""

    FLIES = "flies"
    NO_SHOW = "no-show"
    OFFLOADED = "offloaded"  # checked in, and not on board


@dataclass(slots=True)
class Member:
    """A traveller of a booking. Times are UTC; None = it does not happen.

    ``mistyped``: the document number until ``corrected_at``. ``bag_dropped_at``: a bag more from then on.
    """

    who: Person
    key: str
    reference: str
    seat: str
    bags: int
    weight: int
    tag: int
    end: End = End.FLIES
    transit: bool = False
    checked_in_at: datetime | None = None
    added_at: datetime | None = None
    mistyped: str = ""
    corrected_at: datetime | None = None
    new_seat: str = ""
    moved_at: datetime | None = None
    bag_dropped_at: datetime | None = None
    meal: str = ""
    split: bool = False
    flaw: Flaw | None = None

    def number(self, at: datetime) -> str:
        """The document number as the carrier has it."""
        wrong = self.mistyped and (self.corrected_at is None or at < self.corrected_at)
        return self.mistyped if wrong else self.who.passport.number

    def sits(self, at: datetime) -> str:
        """The seat as the carrier has it."""
        return self.new_seat if self.moved_at and at >= self.moved_at else self.seat

    def pieces(self, at: datetime) -> int:
        """Bags checked in so far."""
        return self.bags + (self.bag_dropped_at is not None and at >= self.bag_dropped_at)

    def checked_in(self, at: datetime) -> bool:
        return self.checked_in_at is not None and at >= self.checked_in_at

    @property
    def on_board(self) -> bool:
        return self.end is End.FLIES


@dataclass(slots=True)
class Booking:
    """One PNR, or two after a split: those marked ``split`` go on under ``other``."""

    locator: str
    made_at: datetime
    members: list[Member]
    agency: bool
    payment: str
    card: int
    amount: int
    nights: int | None
    joins: int  # leg on which they board
    share: int | None = None  # sold by this partner of the flight
    group: str = ""
    onward: str = ""
    feeder: str = ""
    open_jaw: str = ""
    cancelled_at: datetime | None = None
    called_at: datetime | None = None  # another phone number from then on
    split_at: datetime | None = None
    other: str = ""
    remarks: tuple[str, ...] = ()
    moments: tuple[datetime, ...] = field(default=())

    def on(self, at: datetime) -> list[tuple[str, list[Member]]]:
        """Locators with their travellers at that time; none before it is made and after it is cancelled."""
        if at < self.made_at or (self.cancelled_at and at >= self.cancelled_at):
            return []
        named = [one for one in self.members if one.added_at is None or at >= one.added_at]
        if self.split_at is None or at < self.split_at:
            return [(self.locator, named)]
        stay = [one for one in named if not one.split]
        return [(self.locator, stay), (self.other, [one for one in named if one.split])]

    def locator_of(self, member: Member, at: datetime) -> str:
        """Under which locator the traveller is booked."""
        moved = member.split and self.split_at is not None and at >= self.split_at
        return self.other if moved else self.locator

    def changed(self, after: datetime, until: datetime) -> bool:
        """Whether something happened to it in that time."""
        return any(after < moment <= until for moment in self.moments)

    def seal(self) -> None:
        """Collect the moments at which something changes."""
        found = {self.made_at, self.cancelled_at, self.called_at, self.split_at}
        for one in self.members:
            found |= {one.checked_in_at, one.added_at, one.corrected_at, one.moved_at,
                      one.bag_dropped_at}  # fmt: skip
        self.moments = tuple(sorted(moment for moment in found if moment))


@dataclass(slots=True)
class World:
    """Everybody of a flight. ``relief`` replaces the last of the crew shortly before departure."""

    flight: Flight
    bookings: list[Booking]
    crew: list[Member]
    relief: Member | None = None

    def members(self) -> Iterator[tuple[Booking, Member]]:
        for booking in self.bookings:
            for member in booking.members:
                yield booking, member
