"""Decisions alone, in an open loop, while consoles listen: how many, how late, at what cost."""

import asyncio
import json
import statistics
from collections import Counter
from collections.abc import Sequence

import uvloop

from app.kernel.clock import system_clock
from tests.load import kiosks, people
from tests.load.consoles import Consoles
from tests.load.kiosks import Run
from tests.load.watch import Watch
from tests.perf.console import officer
from tests.perf.gate import Traveller
from tests.perf.measure import Figures, percentiles
from tests.perf.world import World

LINES = 128
TARGET_PER_SECOND, TARGET_P99_MS = 600, 50


def figures(
    made: World, rates: Sequence[float], seconds: float, consoles: int, travellers: int = 480
) -> Figures:
    """Each rate for ``seconds``, one after the other; people at one gate of a one-step hall, whose minimum time is 0."""
    everybody = people.ready(made, travellers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            kiosks.ask_all(made.port, list(people.shown(made, "gate", everybody, travellers)), 16)
        )
        return {
            "target": {"per_second": TARGET_PER_SECOND, "p99_ms": TARGET_P99_MS},
            "rates": [
                runner.run(_at(made, everybody, rate, round(rate * seconds), consoles))
                for rate in rates
            ],
        }


async def _at(
    made: World, everybody: Sequence[Traveller], rate: float, count: int, consoles: int
) -> Figures:
    requests = list(people.shown(made, "gate", everybody, count))
    listening = Consoles()
    with made.database.transaction() as session:
        tokens = [officer(session, round(system_clock().timestamp() * 1000) + n) for n in range(4)]
    await listening.open(made.port, tokens, consoles)
    with Watch(made) as watch:
        run = await kiosks.at_rate(made.port, requests, rate, LINES)
    await asyncio.sleep(0.5)
    listening.close()
    return {
        "rate": rate, **outcome(run), "consoles": consoles, "console_bytes": listening.bytes,
        "hint_lag_ms": _lag(run, listening), **watch.figures(max(1, len(run.answers))),
        "by_second": by_second(run), "memory": watch.memory,
    }  # fmt: skip


def outcome(run: Run) -> Figures:
    """What became of the requests of a run."""
    answers = Counter(
        json.loads(one.body)["answer"] if one.status == 201 else str(one.status)
        for one in run.answers
    )
    return {
        "asked": len(run.answers) + run.lost, "answers": dict(answers), "lost": run.lost,
        "per_second": round(len(run.answers) / run.seconds, 1),
        "latency": percentiles([one.ms for one in run.answers]),
        "generator_late_ms": round(run.late_ms, 1),
    }  # fmt: skip


def _lag(run: Run, listening: Consoles) -> Figures | None:
    """From the answer in the kiosk's hand to the hint in the console's; negative ones count as 0."""
    lags = [
        max(0.0, (listening.heard[key] - run.began - one.due) * 1000 - one.ms)
        for one in run.answers
        if one.status == 201 and (key := json.loads(one.body)["id"]) in listening.heard
    ]
    return percentiles(lags) if lags else None


def by_second(run: Run) -> list[Figures]:
    """For a chart: of the requests that were due in each second, how many had their answer and how late."""
    seconds: dict[int, list[float]] = {}
    for one in run.answers:
        seconds.setdefault(int(one.due), []).append(one.ms)
    return [
        {"s": second, "answers": len(found), "p50": round(statistics.median(found), 1),
         "p99": percentiles(found)["p99"]}
        for second, found in sorted(seconds.items())
    ]  # fmt: skip
