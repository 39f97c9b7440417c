"""A day's transmissions in order of time, and the truth about who was on board.

Flights are made when their messages are due and forgotten when others need the room, then made again: the
same plan makes the same people. So memory holds some fifty flights' people, however many flights there are.
"""

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.formats.edifact import LEVEL_B, Syntax
from app.formats.edifact_model import LEVEL_A
from kiosk_sim.airline import AUTHORITY
from kiosk_sim.traffic import lists, pushes
from kiosk_sim.traffic.bookings import Booking, End, Member, World
from kiosk_sim.traffic.dirt import OF_SEGMENTS, Dirt, soil, struck
from kiosk_sim.traffic.envelopes import grouped, telegram, together
from kiosk_sim.traffic.lists import Named
from kiosk_sim.traffic.populate import populate
from kiosk_sim.traffic.schedule import Fate, Flight, Kind, Plan, flights
from kiosk_sim.traffic.steps import Step, What, steps

KEPT = 48
"""Flights whose people are in memory."""


@dataclass(frozen=True, slots=True)
class Transmission:
    """What a sender sends at a moment (UTC). ``people`` are the keys of those whom it names, ``what`` the kind
    of step, ``dirt`` what is wrong with it. ``control`` tells it from others of its flight.
    """

    at: datetime
    sender: str
    flight: str
    what: What
    control: str
    data: bytes
    people: tuple[str, ...]
    dirt: Dirt | None = None

    @property
    def name(self) -> str:
        """A file name; a transmission that is sent again has the same."""
        kind = "xml" if self.data.startswith(b"<?xml") else "edi"
        return f"{self.flight}-{self.control}-{self.what}.{kind}"

    @property
    def lost(self) -> bool:
        """It is made, and never comes."""
        return self.dirt is Dirt.LOST

    def truth(self) -> dict[str, Any]:
        """Its line of the truth."""
        return {
            "kind": "message", "at": self.at.isoformat(), "sender": self.sender, "file": self.name,
            "flight": self.flight, "what": str(self.what), "bytes": len(self.data),
            "dirt": self.dirt and str(self.dirt), "people": list(self.people),
        }  # fmt: skip


class Worlds:
    """The people of flights, the last few kept."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[str, World] = OrderedDict()

    def of(self, flight: Flight) -> World:
        """The flight's people, made if need be."""
        found = self._found.pop(flight.key, None) or populate(flight)
        self._found[flight.key] = found
        while len(self._found) > self._kept:
            self._found.popitem(last=False)
        return found


def transmissions(plan: Plan, worlds: Worlds | None = None) -> Iterator[Transmission]:
    """What all carriers send about the day's flights, in order of arrival; what is lost is among it."""
    yield from _in_order(flights(plan), worlds or Worlds())


def of_flight(flight: Flight, worlds: Worlds | None = None) -> Iterator[Transmission]:
    """What is sent about one flight, in order of arrival."""
    yield from _in_order([flight], worlds or Worlds())


def _in_order(given: list[Flight], worlds: Worlds) -> Iterator[Transmission]:
    agenda = sorted((step.at, place, step.place) for place, one in enumerate(given)
                    for step in steps(one))  # fmt: skip
    waiting: list[tuple[datetime, int, Transmission]] = []
    count = 0
    for at, place, number in agenda:
        while waiting and waiting[0][0] < at:
            yield heapq.heappop(waiting)[2]
        flight = given[place]
        for sent in _send(worlds.of(flight), steps(flight)[number]):
            count += 1
            heapq.heappush(waiting, (sent.at, count, sent))
    while waiting:
        yield heapq.heappop(waiting)[2]


# --- from a step to transmissions -----------------------------------------------------------------


def _send(world: World, step: Step) -> Iterator[Transmission]:
    """The transmissions of a step; what is sent twice comes twice."""
    flight, carrier = world.flight, world.flight.carrier
    sender = carrier.api_sender if step.of_api else carrier.pnr_sender
    chance = flight.chance("dirt", step.place)
    for part, bundle in enumerate(_bundles(world, step)):
        dirt = struck(chance, flight.plan.dirt)
        texts = [_grouped(flight, step, one.text) for one in bundle]
        if carrier.xml and not step.of_api and dirt in OF_SEGMENTS:
            dirt = None
        if dirt:
            at = chance.randrange(len(texts))
            texts[at] = soil(texts[at], dirt, _syntax(flight, step), chance)
        at_once = step.at + timedelta(seconds=1 + 3 * part + flight.index % 50)
        late = timedelta(minutes=chance.randrange(150, 1500)) if dirt is Dirt.LATE else timedelta(0)
        sent = Transmission(
            at_once + late, sender, flight.key, step.what, f"{step.place:02d}{part:02d}",
            _wrapped(flight, step, texts).encode("latin-1"),
            tuple(key for one in bundle for key in one.people),
            None if dirt is Dirt.DUPLICATED else dirt,
        )  # fmt: skip
        yield sent
        if dirt is Dirt.DUPLICATED:
            again = sent.at + timedelta(minutes=chance.randrange(5, 90))
            yield replace(sent, at=again, dirt=dirt)


def _bundles(world: World, step: Step) -> list[list[Named]]:
    """The interchanges of a step, put into transmissions: parts travel alone, check-ins together."""
    way = world.flight.carrier.api
    if not step.of_api:
        return [[one] for one in pushes.render(world, step)]
    passengers = world.flight.kind is Kind.PASSENGERS
    if way.together and passengers and step.what is What.CREW:
        return []
    found = lists.render(world, step)
    if step.what is What.CHECKED_IN:
        return [found] if found else []
    if way.together and step.what is What.LIST:
        crew = lists.render(world, replace(step, place=step.place + 50, what=What.CREW))
        return [[*crew, *found]]
    return [[one] for one in found]


def _grouped(flight: Flight, step: Step, text: str) -> str:
    if not (flight.carrier.api.grouped and step.of_api):
        return text
    return grouped(text, "PAXLST", flight.number.carrier, AUTHORITY, step.at, _syntax(flight, step))


def _wrapped(flight: Flight, step: Step, texts: list[str]) -> str:
    text = together(texts)
    columns = flight.carrier.api.wrap if step.of_api else 0
    return telegram(text, columns, flight.sector.origin + flight.number.carrier, step.at) if (
        columns) else text  # fmt: skip


def _syntax(flight: Flight, step: Step) -> Syntax:
    una = flight.carrier.api.una if step.of_api else flight.carrier.pnr_una
    if una == "B":
        return LEVEL_B
    return Syntax(*una) if una else LEVEL_A


# --- truth ----------------------------------------------------------------------------------------


def truth(plan: Plan, worlds: Worlds | None = None) -> Iterator[dict[str, Any]]:
    """A line for each flight and each person on it, as they really were, and as the carrier reported them."""
    kept = worlds or Worlds()
    for flight in flights(plan):
        yield from truth_of(kept.of(flight))


def truth_of(world: World) -> Iterator[dict[str, Any]]:
    """The lines of one flight."""
    flight = world.flight
    sector = flight.sector
    yield {
        "kind": "flight", "flight": flight.key, "number": str(flight.number),
        "date": sector.departure.date().isoformat(), "origin": sector.origin,
        "destination": flight.alternate or sector.destination, "fate": str(flight.fate),
        "carries": str(flight.kind), "aircraft": flight.aircraft,
        "shares": [str(one) for one in flight.shares],
        "renamed": str(flight.renamed) if flight.renamed else None,
        "closes": flight.carrier.api.closing,
        "people": sum(1 for _ in world.members()), "crew": len(world.crew),
    }  # fmt: skip
    for booking, member in world.members():
        yield _person(world, booking, member)
    for member in (*world.crew, *filter(None, (world.relief,))):
        yield _person(world, None, member)


def _person(world: World, booking: Booking | None, member: Member) -> dict[str, Any]:
    who, flight = member.who, world.flight
    flies = member.on_board and not (booking and booking.cancelled_at)
    replaced = world.relief is not None and member is world.crew[-1]
    crew = "transit-crew" if member.transit else "crew"
    return {
        "kind": "person", "flight": flight.key, "key": member.key, "surname": who.surname,
        "given": who.given, "birth": who.passport.birth_date.isoformat(),
        "sex": who.passport.sex, "nationality": who.passport.nationality,
        "document": who.passport.number, "type": who.kind,
        "role": crew if booking is None else "transit" if member.transit else "passenger",
        "locator": booking.locator_of(member, flight.leaves_at) if booking else None,
        "party": booking.locator if booking else None, "group": bool(booking and booking.group),
        "on_board": flies and not replaced and flight.fate is not Fate.CANCELLED,
        "reported": reported(flight, booking, member),
        "flaw": member.flaw and str(member.flaw),
    }  # fmt: skip


def reported(flight: Flight, booking: Booking | None, member: Member) -> str:
    """What the carrier's messages tell of somebody in the end, when all of them come.

    ``boarded, not-boarded, withdrawn``; ``booked`` where no message says more; ``unknown`` where none
    names the person.
    """
    if booking is None:
        return "unknown" if flight.fate is Fate.CANCELLED else "booked"
    if booking.cancelled_at or flight.fate is Fate.CANCELLED:
        return _called_off(flight) if _was_pushed(flight, booking, member) else "unknown"
    closing = flight.carrier.api.closing
    if closing == "CL":
        return "withdrawn" if member.end is End.OFFLOADED else "booked"
    if closing == "CLNB" and member.end is End.NO_SHOW:
        return "booked"
    return "boarded" if member.on_board else "not-boarded"


def _called_off(flight: Flight) -> str:
    """Of a booking that is no more. PNRGOV in XML does not say so: its people are just not on board."""
    if not flight.carrier.xml:
        return "withdrawn"
    return "booked" if flight.fate is Fate.CANCELLED else "not-boarded"


def _was_pushed(flight: Flight, booking: Booking, member: Member) -> bool:
    moments = [one.at for one in steps(flight) if one.what in (What.PUSH, What.UPDATE)]
    return any(member in held for at in moments for _, held in booking.on(at)
               if flight.fate is not Fate.CANCELLED or at < flight.departs_at - timedelta(hours=5))  # fmt: skip
