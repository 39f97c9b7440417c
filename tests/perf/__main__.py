"""``make bench``: one JSON document with the figures of this machine.

    python -m tests.perf [--quick | --full] [--only NAME]...

Times are CPU time where the work is in this process. What is noisy has a ratio to a reference that was measured
in the same run. Traffic stays on 127.0.0.1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

from tests.perf import parse, reading, rules
from tests.perf.measure import Figures, Size, machine

BENCHMARKS: dict[str, Callable[[Size], Figures]] = {
    "parse": parse.figures,
    "rules": rules.rules_figures,
    "names": rules.names_figures,
    "reading": reading.figures,
}


def main() -> None:
    given = _arguments()
    size = Size(quick=given.quick, full=given.full)
    report: Figures = {"machine": machine(), "benchmarks": {}}
    for name, measure in BENCHMARKS.items():
        if given.only and name not in given.only:
            continue
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        started = time.monotonic()
        found = measure(size)
        report["benchmarks"][name] = {**found, "took_s": round(time.monotonic() - started, 1)}
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.perf", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME",
                        help=f"one of {', '.join(BENCHMARKS)}; may be repeated")  # fmt: skip
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a look: few rounds")
    sizes.add_argument("--full", action="store_true", help="many rounds; takes long")
    return parser.parse_args()


if __name__ == "__main__":
    main()
