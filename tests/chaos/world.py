"""The service under faults: each flight goes the whole way while something is killed."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from app.kernel import postgres
from app.kernel.events import current_cursor
from kiosk_sim.airline import Trip
from tests.chaos.client import Client
from tests.perf import world as w
from tests.perf.world import Flight, World

FIRST_FLIGHT = 7000
SEATS = 3
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.05


@dataclass
class Chaos:
    """A running service, its client; where the feed was read to, and how many writes had been told by then."""

    made: World
    client: Client
    cursor: str
    told: int = 0
    flights: int = 0

    def people_pass(self) -> None:
        """A flight is announced; its people declare, register, step up to the lane, and go where they may."""
        flight = w.flight(FIRST_FLIGHT + self.flights, SEATS)
        self.flights += 1
        self.client.write("/api/v1/messages", flight.message, self.made.sender)
        with ThreadPoolExecutor(SEATS) as threads:
            codes = list(threads.map(lambda trip: self._declare(flight, trip), flight.trips))
            until(self.is_drained, "the queues do not drain")
            list(threads.map(self._walk, flight.trips, codes))

    def _declare(self, flight: Flight, trip: Trip) -> str:
        form = json.dumps(w.form(flight.sector, trip)).encode()
        answer = self.client.write("/api/v1/declarations", form)
        assert answer, self.client.refused
        return str(answer["credential"]["text"])

    def _walk(self, trip: Trip, code: str) -> None:
        devices = self.made.devices
        for device in ("kiosk", "lane"):
            mrz = trip.passport.mrz if device == "kiosk" else None
            shown = json.dumps({"mrz": mrz, "credential": code, "readings": {}}).encode()
            answer = self.client.write("/api/v1/presentations", shown, devices[device])
        if answer and answer["answer"] == "cleared":
            door = json.dumps({"presentation": answer["id"]}).encode()
            self.client.write("/api/v1/passages", door, devices["lane"])

    def is_drained(self) -> bool:
        """No message waits to be applied, no passenger to be assessed."""
        with suppress(Exception):  # the database may be away
            return not any(w.count(self.made, one) for one in WAITING)
        return False

    def wait_ready(self) -> None:
        until(self.client.ready, "the service does not become ready again")

    # --- faults -----------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """SIGKILL to one program; it is started again, as its supervisor would."""
        process = self.made.programs.running[name]
        process.kill()
        process.wait()
        self.made.programs.start(name, [name])

    def kill_database(self) -> None:
        """SIGKILL to all of PostgreSQL at once. While it is away the service says that it is not ready."""
        for pid in self.made.pids("postgres"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._start_database()

    def stop_database(self) -> None:
        """The immediate stop: no checkpoint, recovery at the start."""
        postgres.stop(self.made.home, mode="immediate")
        self._start_database()

    def kill_backend(self) -> None:
        """SIGKILL to one of PostgreSQL's processes: it ends all others and recovers by itself."""
        # The postmaster is their parent and the oldest; anybody else will do.
        for pid in sorted(self.made.pids("postgres"))[-1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _start_database(self) -> None:
        serve = self.made.programs.running["serve"]
        try:
            assert serve.poll() is None, "the service ended with its database"
            assert not self.client.ready(), "ready without a database"
        finally:
            postgres.ensure(self.made.home, settings=w.LOG_LINES)


WAITING = (
    "select count(*) from message where status = 'received'",
    "select count(*) from passenger where facts_version > assessed_version",
)

FAULTS: dict[str, Callable[[Chaos], None]] = {
    "serve": lambda chaos: chaos.kill("serve"),
    "work": lambda chaos: chaos.kill("work"),
    "backend": Chaos.kill_backend,
    "postgres": Chaos.kill_database,
    "immediate stop": Chaos.stop_database,
}


def until(true: Callable[[], bool], otherwise: str) -> None:
    """Wait for something. Raises AssertionError."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(PAUSE_SECONDS)


@contextmanager
def chaos(given: w.Given = w.nothing_more, homes: w.Homes = w.temporary_home) -> Iterator[Chaos]:
    """A service of its own with a database that keeps what it promised: nothing is switched off."""
    with w.world(given, homes) as made:
        made.programs.given["EGATE_LOG_LEVEL"] = "CRITICAL"
        with made.database.read() as session:
            cursor = current_cursor(session)
        started = Chaos(made, Client(f"http://127.0.0.1:{made.port}"), cursor)
        started.wait_ready()
        yield started
