"""Times of work on a machine that is doing other things too: CPU time, several rounds, ratios."""

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Work = Callable[[], object]
Figures = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    quick: bool = False
    full: bool = False

    def pick(self, quick: int, normal: int, full: int | None = None) -> int:
        if self.quick:
            return quick
        return (full or normal) if self.full else normal


def cpu_ms(work: Work, rounds: int) -> Figures:
    """Best and median CPU milliseconds of the rounds."""
    return _summary([_cpu(work) for _ in range(rounds)])


def against(work: Work, reference: Work, rounds: int) -> Figures:
    """:func:`cpu_ms`, and the median of the ratios to a reference that is measured in turns with it.

    A busy machine slows both; the ratio says more than the milliseconds.
    """
    pairs = [(_cpu(work), _cpu(reference)) for _ in range(rounds)]
    return {
        **_summary([mine for mine, _ in pairs]),
        "reference_ms": round(statistics.median(other for _, other in pairs), 3),
        "ratio": round(statistics.median(mine / other for mine, other in pairs), 2),
    }


def without_collector(work: Work) -> tuple[float, float]:
    """CPU milliseconds of the work, and what is left of them without the garbage collector's."""
    begun = collecting = 0.0

    def note(phase: str, _: dict[str, int]) -> None:
        nonlocal begun, collecting
        now = time.process_time()
        if phase == "start":
            begun = now
        else:
            collecting += now - begun

    def watched() -> object:
        gc.callbacks.append(note)
        try:
            return work()
        finally:
            gc.callbacks.remove(note)

    whole = _cpu(watched)
    return whole, whole - 1000 * collecting


def _summary(times: Sequence[float]) -> Figures:
    return {
        "unit": "CPU ms",
        "min": round(min(times), 3),
        "median": round(statistics.median(times), 3),
    }


def _cpu(work: Work) -> float:
    gc.collect()
    started = time.process_time()
    result = work()
    spent = time.process_time() - started
    del result  # freed outside of the measure, as a service frees it between requests
    return spent * 1000


def percentiles(milliseconds: Sequence[float]) -> Figures:
    """Median, 95th and 99th percentile and the worst."""
    ordered = sorted(milliseconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return {"unit": "ms", "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)}


def machine() -> Figures:
    """What the figures were measured on, and how busy it was."""
    return {
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "dict_loop_ms": cpu_ms(_known_work, 5)["min"],
        "optimised": sys.flags.optimize > 0,
    }


def _known_work() -> int:
    """The same work everywhere: figures of two machines are compared by its time."""
    found = dict.fromkeys(range(1000), 1)
    return sum(found[i % 1000] for i in range(200_000))
