"""Messages of the size that airlines send for a full aircraft, with invented people."""

import random
import re
from datetime import datetime, timedelta

from app.formats.codes import FlightNumber
from app.formats.pnrgov import writer
from kiosk_sim import airline, passport
from kiosk_sim.airline import Sector, Trip
from tests.formats import bookings

PREPARED = datetime(2026, 3, 9, 12, 0)
BOOKINGS = 127
PASSENGERS = 300
HISTORY_LINES = 4


def sector(number: int = 983, arrival: datetime = datetime(2026, 3, 10, 11, 0)) -> Sector:
    """A flight of the simulated airline that arrives at ``arrival``, local time."""
    departure = arrival - timedelta(hours=4)  # as the clocks of both places show it
    return Sector(FlightNumber("XX", number), "CPH", "NRT", departure, arrival)


def trips(count: int, flight: Sector, seed: int = 7) -> list[Trip]:
    """People of a flight, three to a booking."""
    chance = random.Random(seed)
    return [
        Trip(
            passport.invent(chance, flight.arrival.date()),
            locator=f"{chr(65 + seed % 26)}{n // 3:05d}",
            seat=f"{n // 6 + 1}{'ABCDEF'[n % 6]}",
        )
        for n in range(count)
    ]


def passenger_list(count: int = PASSENGERS) -> bytes:
    """A PAXLST of ``count`` persons."""
    flight = sector()
    return airline.passenger_list(flight, trips(count, flight), "1", PREPARED).encode()


def booking_push(count: int = BOOKINGS) -> bytes:
    """A PNRGOV of ``count`` bookings of about 2,000 bytes: families, their bags, their history."""
    records = [bookings.family(n, f"B{n:05d}") for n in range(count)]
    text = writer.write(
        bookings.push(*records), recipient="GOV", prepared=PREPARED, control_reference="1"
    )
    head, *texts = text.split("SRC'")
    longer = "SRC'".join([head, *(_with_history(one, n) for n, one in enumerate(texts))])
    segments = longer[longer.index("UNH+") : longer.index("UNZ+")].count("'")
    return re.sub(r"UNT\+\d+", f"UNT+{segments}", longer).encode()


def _with_history(booking: str, index: int) -> str:
    """The booking with the lines that one system appends, as it prints them on its screens."""
    surname = f"QUILL{chr(65 + index % 26)}{chr(65 + index // 26 % 26)}FEATHER"
    booking = booking.replace("QUILLFEATHER", surname)  # a name read once is known by its text
    body, trailer, rest = booking.partition("UNT+")
    lines = [
        f"LTS+0/O/SS/{line + 1:03d} ZZ 0{line + 1}/Y {line + 10}MAR{line + 1} SYDNRT HK3 /0930 1400"
        f"/ NN*1A/E RF-PSGR AGT/SU-{index:04d} CR-SYDZZ0100 02JAN0304Z'"
        for line in range(HISTORY_LINES)
    ]
    return body + "".join(lines) + trailer + rest
