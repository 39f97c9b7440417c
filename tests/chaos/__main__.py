"""``python -m tests.chaos --kills 1000 --seed N``: random kills; JSON on standard output, exit 1 where a promise broke."""

import argparse
import json
import sys

from tests.chaos.kills import random_kills
from tests.chaos.world import chaos


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin none after")
    given = parser.parse_args()
    with chaos() as world:
        report = random_kills(world, given.kills, given.seed, given.seconds)
    print(json.dumps(report.wire(), indent=2))
    return 1 if report.violated else 0


if __name__ == "__main__":
    sys.exit(main())
