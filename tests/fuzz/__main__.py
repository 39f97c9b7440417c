"""A long run of the fuzzer: ``python -m tests.fuzz --seconds 600 --seed 1 [--keep FOLDER]``; prints JSON."""

import argparse
import hashlib
import json
from pathlib import Path

from tests.fuzz.run import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where inputs that fail are written")
    given = parser.parse_args()
    report = run(given.seed, seconds=given.seconds)
    found = {}
    for place, data in report.findings.items():
        found[place] = name = hashlib.sha256(data).hexdigest()[:12]
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / name).write_bytes(data)
    print(
        json.dumps(
            {
                "seed": given.seed,
                "seconds": given.seconds,
                "inputs": report.inputs,
                "executions": report.executions,
                "counted": report.counted,
                "most_calls_per_byte": round(report.most_calls_per_byte, 1),
                "findings": found,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
