"""How fast invented days are made, in how much memory; and a day's messages through the running service."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import sqlalchemy as sa

from app.identity import senders
from app.kernel.clock import system_clock
from kiosk_sim.traffic.command import Post, Totals, run
from kiosk_sim.traffic.day import Worlds, transmissions
from kiosk_sim.traffic.places import senders as connections
from kiosk_sim.traffic.schedule import Plan
from tests.perf.measure import Figures, Size
from tests.perf.world import World

FLIGHTS = 12
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.2
_PEAK = """
import re, sys
from datetime import date
from kiosk_sim.traffic.day import Worlds, transmissions
from kiosk_sim.traffic.schedule import Plan
plan = Plan(int(sys.argv[1]), date(2027, 3, 1), seed=7, dirt=0.03, seats=(70, 100))
people = sum(len(one.people) for one in transmissions(plan, Worlds(kept=4)))
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def figures(size: Size) -> Figures:
    """CPU time of making, and the peak of memory for a day and one four times as large."""
    plan = Plan(
        size.pick(3, FLIGHTS, 40), datetime(2027, 3, 1, tzinfo=UTC).date(), seed=7, dirt=0.03
    )
    worlds = Worlds()
    started = time.process_time()
    sent = list(transmissions(plan, worlds))
    spent = time.process_time() - started
    people = sum(len({key for one in sent if one.flight == flight for key in one.people})
                 for flight in {one.flight for one in sent})  # fmt: skip
    few = size.pick(8, 20)
    return {
        "flights": plan.flights, "people": people, "messages": len(sent),
        "bytes": sum(len(one.data) for one in sent), "cpu_s": round(spent, 2),
        "people_per_minute": round(60 * people / spent),
        "messages_per_s": round(len(sent) / spent, 1),
        "flights_per_s": round(plan.flights / spent, 2),
        "target_people_per_minute": 20_000,
        "peak_mb": {f"{count} flights": _peak_mb(count) for count in (few, 4 * few)},
    }  # fmt: skip


def _peak_mb(flights: int) -> float:
    """Of a process of its own that keeps the people of four flights (VmHWM: ``ru_maxrss`` is inherited)."""
    words = [sys.executable, "-c", _PEAK, str(flights)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=600)
    return round(int(json.loads(done.stdout)) / 1024, 1)


def load(made: World, size: Size) -> Figures:
    """A day posted over HTTP as fast as it goes, until the worker has applied all of it."""
    plan = Plan(size.pick(2, 6, 20), system_clock().date(), seed=3, dirt=0.02, seats=(70, 190))
    tokens = {}
    with made.database.transaction() as session:
        for name, carriers in connections().items():
            _, tokens[name] = senders.create_sender(
                session, name, carriers, plan.site, system_clock()
            )
    totals = Totals()
    before = _passengers(made)
    started = time.perf_counter()
    post = Post(f"http://127.0.0.1:{made.port}", tokens, 0, totals)
    run(plan, None, post, totals)
    posted = time.perf_counter() - started
    _wait_until_applied(made)
    applied = time.perf_counter() - started
    people = _passengers(made) - before
    return {
        "flights": plan.flights, "transmissions": totals.transmissions, "bytes": totals.bytes,
        "passengers": people, "posted_s": round(posted, 2), "applied_s": round(applied, 2),
        "transmissions_per_s": round(totals.transmissions / applied, 1),
        "passengers_per_s": round(people / applied, 1), "refused": sum(totals.refused.values()),
    }  # fmt: skip


def _wait_until_applied(made: World) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    waiting = sa.text("select count(*) from message where status = 'received'")
    while time.monotonic() < end:
        with made.database.read() as session:
            if not session.scalar(waiting):
                return
        time.sleep(POLL_SECONDS)
    raise TimeoutError("a day's messages applied")


def _passengers(made: World) -> int:
    with made.database.read() as session:
        return int(session.scalar(sa.text("select count(*) from passenger")) or 0)
