"""A list of 300 into the database: stored as a transmission, then applied, with one worker and an idle database.

No HTTP and no screening: what a carrier's message costs until flight, passengers, documents, travellers and
parties are there. The time is wall-clock; beside it stands the CPU time of this process, which a busy
machine stretches less.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.config import Settings
from app.demo import temporary_home
from app.identity import senders
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.messages.apply import apply_next
from app.messages.receive import ingest
from app.runtime import Runtime, open_runtime
from tests.perf import world
from tests.perf.measure import Figures, Size

PASSENGERS = 300
WARM_UP = 2  # the connections prepare their statements


def figures(size: Size) -> Figures:
    """Seconds from the bytes to the settled message, the median; statements of one application."""
    with service() as (runtime, database):
        rounds = size.pick(6, 12, 40)
        found = [_one(runtime, database, number) for number in range(WARM_UP + rounds)][WARM_UP:]
    walls, cpus, statements = zip(*found, strict=True)
    return {
        "passengers": PASSENGERS,
        "messages": rounds,
        "ingest_300_s": round(statistics.median(walls), 3),
        "best_s": round(min(walls), 3),
        "cpu_s": round(statistics.median(cpus), 3),
        "statements": statistics.mode(statements),
    }


@contextmanager
def service() -> Iterator[tuple[Runtime, Database]]:
    """A service without programs of its own, in a temporary home: its runtime and a database."""
    with temporary_home() as home:
        postgres.ensure(home)
        try:
            runtime = open_runtime(Settings(state=home), migrate=True)
            database = runtime.database("bench")
            with database.transaction() as session:
                site = runtime.settings.site
                senders.create_sender(session, "bench", ["XX"], site, system_clock())
            yield runtime, database
            database.dispose()
        finally:
            postgres.stop(home, mode="immediate")


def _one(runtime: Runtime, database: Database, number: int) -> tuple[float, float, int]:
    message = world.flight(700 + number, PASSENGERS).message
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    wall, cpu = time.perf_counter(), time.process_time()
    ingest(database, runtime.vault, "bench", message, system_clock())
    sa.event.listen(database.engine, "before_cursor_execute", note)
    assert apply_next(database, runtime.vault, system_clock(), runtime.settings.site)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    return time.perf_counter() - wall, time.process_time() - cpu, count
