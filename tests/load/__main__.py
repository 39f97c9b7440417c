"""``make load``: the service under the load of an airport; one JSON document on standard output, charts where asked for.

    python -m tests.load [--quick] [--only PART]... [--rate N]... [--seconds N] [--charts FOLDER]

Starts the embedded database, a server and a worker of its own in a temporary folder. Traffic stays on 127.0.0.1.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.load import chain, decisions, growth
from tests.load.charts import Series, lines
from tests.perf import world
from tests.perf.measure import Figures, machine

PARTS = ("decisions", "chain", "growth")


def main(words: Sequence[str] | None = None) -> Figures:
    """Run what is asked for; the document, which is printed too."""
    given = _arguments(words)
    report: Figures = {"machine": machine()}
    for part in given.only or PARTS:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)
        with world.world() as made:
            report["machine"]["postgresql"] = world.postgres_version(made)
            report[part] = _part(part, made, given)
    report["load_average_after"] = machine()["load_average"]
    print(json.dumps(report, indent=2))
    if given.charts:
        given.charts.mkdir(parents=True, exist_ok=True)
        for name, text in drawn(report).items():
            (given.charts / f"{name}.svg").write_text(text)
    return report


def _part(part: str, made: world.World, given: argparse.Namespace) -> Figures:
    quick = given.quick
    if part == "decisions":
        rates = given.rate or ([20.0] if quick else [100.0, 200.0, 300.0, 600.0])
        seconds = given.seconds or (3 if quick else 30)
        return decisions.figures(made, rates, seconds, 10 if quick else 100, 40 if quick else 480)
    if part == "chain":
        return chain.figures(made, 20 if quick else 240, given.seconds or (1 if quick else 300))
    if quick:
        return growth.figures(made, (1_000,), (1, 3), (5, 20), 40, 40)
    return growth.figures(made, (1_000, 10_000, 100_000), (1, 10, 50), (10, 100, 1_000), 600)


def drawn(report: Figures) -> dict[str, str]:
    """The charts of a document, by file name."""
    found = {}
    if "decisions" in report:
        for one in report["decisions"]["rates"]:
            found[f"decisions-{one['rate']:.0f}"] = _latency(one)
            found[f"memory-{one['rate']:.0f}"] = _memory(
                one, f"{one['rate']:.0f} decisions asked for"
            )
    if "chain" in report:
        found["memory-chain"] = _memory(report["chain"], "the whole chain")
    if "growth" in report:
        for axis in ("people", "halls", "officers"):
            found[f"growth-{axis}"] = _growth(report["growth"][axis], axis)
    return found


def _latency(one: Figures) -> str:
    series = [
        Series(name, [(p["s"], p[name]) for p in one["by_second"]]) for name in ("p50", "p99")
    ]
    title = f"{one['rate']:.0f} decisions a second asked for, {one['per_second']} answered"
    return lines(title, "seconds", "ms from the intended start", series)


def _memory(one: Figures, what: str) -> str:
    series = [
        Series(name, [(p["s"], p[name]) for p in one["memory"]])
        for name in ("serve", "work", "postgres")
    ]
    return lines(f"Memory: {what}", "seconds", "MiB", series)


def _growth(steps: Sequence[Figures], axis: str) -> str:
    series = [
        Series(name, [(p[axis], p["cpu_each"][f"{name}_ms"]) for p in steps])
        for name in ("serve", "work", "postgres")
    ]
    return lines(f"CPU of a decision by {axis}", axis, "ms", series)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="a look: small numbers")
    parser.add_argument(
        "--rate", action="append", type=float, help="decisions a second; repeatable"
    )
    parser.add_argument("--seconds", type=float, help="for each rate, or of the chain")
    parser.add_argument("--charts", type=Path, help="folder for SVG files")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
