"""Decisions at a gate over HTTP: how many, how fast, at what cost, against an endpoint that does nothing.

The generator, the server, the worker and the database share the machine. Every traveller has been on an
airline's list, has declared and has been assessed; the hall's minimum time of an answer is 0 here.
"""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from tests.perf import world as w
from tests.perf.client import Run, closed_loop, open_loop, request
from tests.perf.measure import Figures, Size, percentiles
from tests.perf.server import EMPTY
from tests.perf.trail import entry_of_a_decision
from tests.perf.world import Flight, World

CONNECTIONS = 8
OPEN_CONNECTIONS = 32
ROUNDS = 3
WARM_UP = 40
COUNTED = 20
PATIENCE_SECONDS = 120.0

Load = Callable[[Sequence[bytes]], Coroutine[Any, Any, Run]]


@dataclass(frozen=True)
class Traveller:
    """What somebody shows at a gate."""

    mrz: str
    code: str


def figures(made: World, flights: list[Flight], size: Size, rate: float) -> Figures:
    """Targets of the design: <= 2 ms CPU of the server and <= 6 x the empty endpoint for a decision."""
    seeding = time.monotonic()
    people = iter(travellers(made, flights))
    prepared = round(time.monotonic() - seeding, 1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        warm_up = [decision(made, "gate", person) for person in _some(people, WARM_UP)]
        _phase(made, runner, _closed(made), warm_up)
        statements = _statements(made, runner, _some(people, COUNTED))
        alone = _compared(made, runner, _closed(made, 1), people, size.pick(20, 80), 1)
        closed = _compared(made, runner, _closed(made), people, size.pick(20, 150), ROUNDS)
        paced = _compared(made, runner, _open(made, rate), people, size.pick(60, 400), 1)
        two_step = _two_step(made, runner, _some(people, size.pick(20, 100)))
    whole = alone["decision"]["server_cpu_ms"] + alone["decision"]["postgres_cpu_ms"]
    return {
        "seeding_s": prepared,
        "statements": statements,
        "one_at_a_time": {"connections": 1, **alone},
        "closed_loop": {"connections": CONNECTIONS, **closed},
        "open_loop": {"rate_per_s": rate, "connections": OPEN_CONNECTIONS, **paced},
        "two_step": two_step,
        "entry": entry_of_a_decision(made.database, size, round(whole, 2)),
        "target": {"server_cpu_ms": 2, "ratio_to_empty": 6},
    }


def needed(size: Size) -> int:
    """How many travellers :func:`figures` uses up."""
    one_by_one = WARM_UP + COUNTED + size.pick(20, 80)
    return one_by_one + ROUNDS * size.pick(20, 150) + size.pick(60, 400) + size.pick(20, 100)


def _some(people: Iterator[Traveller], count: int) -> list[Traveller]:
    found = [one for one, _ in zip(people, range(count), strict=False)]
    assert len(found) == count, "not enough travellers"
    return found


# --- load ------------------------------------------------------------------------------------------


def _closed(made: World, connections: int = CONNECTIONS) -> Load:
    return lambda requests: closed_loop(made.port, requests, connections)


def _open(made: World, rate: float) -> Load:
    return lambda requests: open_loop(made.port, requests, rate, OPEN_CONNECTIONS)


def _compared(
    made: World, runner: asyncio.Runner, load: Load, people: Iterator[Traveller], count: int,
    rounds: int,
) -> Figures:  # fmt: skip
    """Decisions and empty requests in turns; what is compared was measured side by side."""
    found: dict[str, list[_Phase]] = {"empty_get": [], "empty_post": [], "decision": []}
    for _ in range(rounds):
        decisions = [decision(made, "gate", person) for person in _some(people, count)]
        empty_posts = [raw.replace(b"/api/v1/presentations", EMPTY.encode()) for raw in decisions]
        found["empty_get"].append(_phase(made, runner, load, [request("GET", EMPTY)] * count))
        found["empty_post"].append(_phase(made, runner, load, empty_posts))
        found["decision"].append(_phase(made, runner, load, decisions))
    report = {name: _summary(phases) for name, phases in found.items()}
    empty, decision = report["empty_post"], report["decision"]
    report["ratio_to_empty_post"] = {
        "server_cpu": round(decision["server_cpu_ms"] / max(empty["server_cpu_ms"], 0.01), 1),
        "throughput": round(empty["per_second"] / decision["per_second"], 1),
        "p50": round(decision["latency"]["p50"] / max(empty["latency"]["p50"], 0.01), 1),
    }
    return report


@dataclass(frozen=True)
class _Phase:
    run: Run
    server: float
    postgres: float


def _phase(
    made: World, runner: asyncio.Runner, load: Load, requests: Sequence[bytes]
) -> _Phase:  # fmt: skip
    server, database = made.cpu_seconds("serve"), made.cpu_seconds("postgres")
    run = runner.run(load(requests))
    return _Phase(run, made.cpu_seconds("serve") - server, made.cpu_seconds("postgres") - database)


def _summary(phases: Sequence[_Phase]) -> Figures:
    answers = [answer for phase in phases for answer in phase.run.answers]
    seconds = sum(phase.run.seconds for phase in phases)
    late = [ms for phase in phases for ms in phase.run.late_ms]
    outcomes = Counter(json.loads(a.body).get("answer", "-") if a.status == 201 else str(a.status)
                       for a in answers)  # fmt: skip
    return {
        "requests": len(answers),
        "outcomes": dict(outcomes),
        "per_second": round(len(answers) / seconds, 1),
        "latency": percentiles([answer.ms for answer in answers]),
        "server_cpu_ms": round(1000 * sum(p.server for p in phases) / len(answers), 2),
        "postgres_cpu_ms": round(1000 * sum(p.postgres for p in phases) / len(answers), 2),
        **({"sent_late_ms_max": round(max(late), 1)} if late else {}),
    }


def decision(made: World, device: str, person: Traveller) -> bytes:
    """A presentation with a key of its own."""
    mrz = None if device == "lane" else person.mrz
    body = {"mrz": mrz, "credential": person.code, "readings": {}}
    headers = {
        "Authorization": f"Bearer {made.devices[device]}",
        "Idempotency-Key": secrets.token_hex(16),
    }
    return request("POST", "/api/v1/presentations", json.dumps(body).encode(), headers)


def _two_step(made: World, runner: asyncio.Runner, people: Sequence[Traveller]) -> Figures:
    """Registered at the kiosk, decided at the lane, clearance consumed."""
    load = _closed(made)
    kiosk = _phase(made, runner, load, [decision(made, "kiosk", person) for person in people])
    lane = _phase(made, runner, load, [decision(made, "lane", person) for person in people])
    opened = [json.loads(a.body)["id"] for a in lane.run.answers if b'"cleared"' in a.body]
    passage = _phase(made, runner, load, [passage(made, one) for one in opened])
    return {
        "kiosk": _summary([kiosk]),
        "lane": _summary([lane]),
        "passage": _summary([passage]),
    }


def passage(made: World, presentation: str) -> bytes:
    """The lane's door begins to open."""
    headers = {
        "Authorization": f"Bearer {made.devices['lane']}",
        "Idempotency-Key": secrets.token_hex(16),
    }
    body = json.dumps({"presentation": presentation}).encode()
    return request("POST", "/api/v1/passages", body, headers)


# --- statements ------------------------------------------------------------------------------------


def _statements(made: World, runner: asyncio.Runner, people: Sequence[Traveller]) -> Figures:
    """What the database was asked to do for a decision, from its own log."""
    made.administer("alter system set log_statement = 'all'", "select pg_reload_conf()")
    time.sleep(0.5)  # sessions take the new setting with their next statement
    log = made.home / "server.log"
    before = log.stat().st_size
    runner.run(_one_by_one(made, people))
    with log.open("rb") as lines:
        lines.seek(before)
        text = lines.read().decode("utf-8", "replace")
    made.administer("alter system reset log_statement", "select pg_reload_conf()")
    asked = [line for line in text.splitlines() if _is_gates(line)]
    control = sum(line.rstrip().endswith((": BEGIN", ": COMMIT")) for line in asked)
    return {
        "decisions": len(people),
        "statements_each": round((len(asked) - control) / len(people), 2),
        "begin_commit_each": round(control / len(people), 2),
    }


def _is_gates(line: str) -> bool:
    return line.startswith("egate-gate|") and ("execute " in line or "statement: " in line)


async def _one_by_one(made: World, people: Sequence[Traveller]) -> None:
    await closed_loop(made.port, [decision(made, "gate", person) for person in people], 1)


# --- travellers ------------------------------------------------------------------------------------


def travellers(made: World, flights: list[Flight]) -> list[Traveller]:
    """Everybody declares; then the worker assesses everybody again."""
    found = [
        Traveller(trip.passport.mrz, code)
        for flight in flights
        for trip, code in zip(flight.trips, w.declare(made, flight), strict=True)
    ]
    end = time.monotonic() + PATIENCE_SECONDS
    while w.due(made):
        if time.monotonic() > end:
            raise TimeoutError("the worker does not keep up")
        time.sleep(0.2)
    return found
