"""From a passenger list posted over HTTP to everybody on it assessed, through server, worker and database."""

import asyncio
import json
import time
from collections.abc import Callable
from uuid import UUID

from tests.perf import world as w
from tests.perf.client import Connection, request
from tests.perf.measure import Figures, percentiles
from tests.perf.world import Flight, World

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


def figures(made: World, flights: list[Flight]) -> Figures:
    """Times since the first byte was sent; the worker is idle before each. Polled every 20 ms."""
    found = [_one(made, flight) for flight in flights]
    return {
        "passengers": len(flights[0].trips),
        "messages": len(flights),
        **{name: percentiles([one[name] for one in found]) for name in found[0]},
        "worker_cpu_ms": round(1000 * made.cpu_seconds("work") / len(flights)),
        "postgres_cpu_ms": round(1000 * made.cpu_seconds("postgres") / len(flights)),
    }


def _one(made: World, flight: Flight) -> dict[str, float]:
    started = time.perf_counter()

    def wait(ready: Callable[[], bool]) -> float:
        while not ready():
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise TimeoutError("the worker does not keep up")
            time.sleep(POLL_SECONDS)
        return (time.perf_counter() - started) * 1000

    message = asyncio.run(post(made, flight.message))
    posted = (time.perf_counter() - started) * 1000
    number, everybody = flight.sector.number.number, len(flight.trips)
    applied = wait(lambda: w.message_status(made, message) != "received")
    assert w.message_status(made, message) == "applied", "the list was not applied"
    return {
        "accepted_ms": posted,
        "applied_ms": applied,
        "first_assessed_ms": wait(lambda: w.assessed(made, number) > 0),
        "all_assessed_ms": wait(lambda: w.assessed(made, number) == everybody),
    }


async def post(made: World, message: bytes) -> UUID:
    """Send a message as the benchmark's carrier; its id."""
    line = await Connection.open(made.port)
    headers = {"Authorization": f"Bearer {made.sender}"}
    answer = await line.ask(request("POST", "/api/v1/messages", message, headers))
    line.close()
    assert answer.status == 202, answer.status
    return UUID(json.loads(answer.body)["id"])
