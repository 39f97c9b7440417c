"""Travellers for a load: listed, declared, assessed; and the requests with which kiosks show them."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from tests.perf import gate
from tests.perf import world as w
from tests.perf.gate import Traveller
from tests.perf.messages import post
from tests.perf.world import World

SEATS = 240
PATIENCE_SECONDS = 300.0
FIRST_FLIGHT = 2000
UNAPPLIED = "select count(*) from message where status = 'received'"


def ready(made: World, people: int) -> list[Traveller]:
    """Those for whom nothing speaks but the answer to come, of some flights of :data:`SEATS` at most."""
    seats = min(people, SEATS)
    flights = [w.flight(FIRST_FLIGHT + number, seats) for number in range(-(-people // seats))]
    for flight in flights:
        asyncio.run(post(made, flight.message))
    wait(made, UNAPPLIED)
    return gate.travellers(made, flights)[:people]


def wait(made: World, waiting: str) -> None:
    """Until a statement counts nothing. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE_SECONDS
    while w.count(made, waiting):
        if time.monotonic() > end:
            raise TimeoutError("the worker does not keep up")
        time.sleep(0.2)


def shown(made: World, device: str, people: Sequence[Traveller], count: int) -> Iterator[bytes]:
    """``count`` presentations, each with a key of its own; people come again when all have been there."""
    for person in islice(cycle(people), count):
        yield gate.decision(made, device, person)
