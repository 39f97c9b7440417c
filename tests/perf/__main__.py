"""``make bench``: one JSON document with the figures of this machine.

    python -m tests.perf [--quick | --full] [--only NAME]...

Times are CPU time where the work is in this process. What is noisy has a ratio to a reference that was measured
in the same run. Traffic stays on 127.0.0.1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

from app.kernel import collector
from tests.perf import (
    answers,
    audit,
    backtest,
    console,
    face,
    flood,
    gate,
    ingest,
    live,
    messages,
    names,
    opening,
    parse,
    passport,
    reading,
    refused,
    restore,
    rules,
    screen,
    start,
    traffic,
    world,
)
from tests.perf.measure import Figures, Size, machine

BENCHMARKS: dict[str, Callable[[Size], Figures]] = {
    "parse": parse.figures,
    "rules": rules.rules_figures,
    "names": names.figures,
    "backtest": backtest.figures,
    "opening": opening.figures,
    "reading": reading.figures,
    "face": face.figures,
    "passport": passport.figures,
    "ingest": ingest.figures,
    "audit": audit.figures,
    "live": live.figures,
    "flood": flood.figures,
    "traffic": traffic.figures,
    "start": start.figures,
    "restore": restore.figures,
}
SERVICE = ("messages", "answers", "refused", "gate", "screen", "day", "console")
"""These need the whole service running."""
NAMES = (*BENCHMARKS, *SERVICE)
PASSENGERS = 300
RATE = 100.0


def main() -> None:
    given = _arguments()
    wanted = given.only or NAMES
    size = Size(quick=given.quick, full=given.full)
    collector.settle()  # as the service does at its start
    report: Figures = {"machine": machine(), "benchmarks": {}}
    found = report["benchmarks"]
    for name, measure in BENCHMARKS.items():
        if name in wanted:
            found[name] = _timed(name, lambda measure=measure: measure(size))
    if set(SERVICE) & set(wanted):
        service = _service(size, given.rate, wanted)
        report["machine"]["postgresql"] = service.pop("postgresql")
        found |= service
    report["load_average_after"] = machine()["load_average"]
    print(json.dumps(report, indent=2))


def _service(size: Size, rate: float, wanted: Sequence[str]) -> Figures:
    """The flights whose messages are timed bring the travellers for the gate."""
    people = size.pick(240, PASSENGERS)
    count = -(-gate.needed(size) // people)
    found: Figures = {}
    with world.world() as made:
        flights = [world.flight(600 + n, people) for n in range(count)]
        if {"messages", "gate"} & set(wanted):
            found["messages"] = _timed("messages", lambda: messages.figures(made, flights))
        if "answers" in wanted:
            found["answers"] = _timed("answers", lambda: answers.figures(made, size))
        if "refused" in wanted:
            found["refused"] = _timed("refused", lambda: refused.figures(made, size))
        if "gate" in wanted:
            found["gate"] = _timed("gate", lambda: gate.figures(made, flights, size, rate))
        if "screen" in wanted:
            own = world.flight(590, 120)
            found["screen"] = _timed("screen", lambda: screen.figures(made, own, size))
        if "day" in wanted:
            found["day"] = _timed("day", lambda: traffic.load(made, size))
        if "console" in wanted:
            found["console"] = _timed("console", lambda: console.figures(made, size))
        version = world.postgres_version(made)
    return {"postgresql": version, **{name: found[name] for name in SERVICE if name in wanted}}


def _timed(name: str, measure: Callable[[], Figures]) -> Figures:
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    found = measure()
    return {**found, "took_s": round(time.monotonic() - started, 1)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.perf", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME",
                        help=f"one of {', '.join(NAMES)}; may be repeated")  # fmt: skip
    parser.add_argument("--rate", type=float, default=RATE, help="decisions a second, open loop")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a look: few rounds")
    sizes.add_argument("--full", action="store_true", help="many rounds; takes long")
    return parser.parse_args()


if __name__ == "__main__":
    main()
