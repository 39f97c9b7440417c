"""Random kills, one after the other, each while a flight goes the whole way."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.promises import violated
from tests.chaos.world import FAULTS, Chaos, until

LATEST_SECONDS = 1.5


@dataclass
class Report:
    """What was killed how often, and what did not hold after it."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    violated: list[str] = field(default_factory=list)
    acknowledged: int = 0
    tried_again: int = 0
    refused: int = 0
    passed: int = 0
    seconds: float = 0.0

    def wire(self) -> dict[str, Any]:
        """For the report in JSON."""
        return {
            "seed": self.seed, "kills": self.kills.total(), "of": dict(self.kills),
            "violated": self.violated, "acknowledged": self.acknowledged,
            "tried_again": self.tried_again, "refused": self.refused, "passed": self.passed,
            "seconds": round(self.seconds, 1),
        }  # fmt: skip


def one_kill(chaos: Chaos, fault: str, delay: float) -> list[str]:
    """A fault ``delay`` seconds after a flight has begun; then what does not hold."""
    since = len(chaos.client.written)
    with ThreadPoolExecutor(1) as threads:
        walking = threads.submit(chaos.people_pass)
        threading.Event().wait(delay)
        FAULTS[fault](chaos)
        walking.result()
    chaos.wait_ready()
    until(chaos.is_drained, "the queues do not drain")
    return violated(chaos, since)


def random_kills(chaos: Chaos, count: int, seed: int, seconds: float = float("inf")) -> Report:
    """``count`` kills, or as many as begin within ``seconds``."""
    chance, report, began = random.Random(seed), Report(seed), time.monotonic()
    for number in range(count):
        if time.monotonic() - began > seconds:
            break
        fault = chance.choice(list(FAULTS))
        delay = chance.uniform(0, LATEST_SECONDS)
        report.kills[fault] += 1
        try:
            found = one_kill(chaos, fault, delay)
        except AssertionError as error:
            found = [str(error)]
        report.violated += [f"{number} {fault} after {delay:.2f} s: {one}" for one in found]
    report.seconds = time.monotonic() - began
    report.acknowledged, report.tried_again = len(chaos.client.written), chaos.client.tries
    report.refused = len(chaos.client.refused)
    report.passed = sum(one.path.endswith("/passages") for one in chaos.client.written)
    return report
