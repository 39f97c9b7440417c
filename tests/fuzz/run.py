"""Runs the targets on damaged messages and collects what does not hold."""

import random
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fuzz.mutate import mutate
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import CALLS_AT_LEAST, CALLS_PER_BYTE, TARGETS, Target
from tests.support.steps import steps

COUNTED = 50  # one execution in so many counts its calls
SLOW_S = 2.0  # of CPU


@dataclass
class Report:
    """``findings``: the place that failed and the bytes that made it fail, the first for each place."""

    inputs: int = 0
    executions: int = 0
    counted: int = 0
    most_calls_per_byte: float = 0.0
    findings: dict[str, bytes] = field(default_factory=dict)


def run(seed: int, *, inputs: int | None = None, seconds: float = 0) -> Report:
    """So many inputs, or as many as go into so many seconds."""
    chance = random.Random(seed)
    known = seeds()
    report = Report()
    end = time.monotonic() + seconds
    while report.inputs < inputs if inputs is not None else time.monotonic() < end:
        data = mutate(chance, known)
        report.inputs += 1
        try_all(report, data)
    return report


def try_all(report: Report, data: bytes, targets: Iterable[Target] = TARGETS) -> None:
    for target in targets:
        report.executions += 1
        if report.executions % COUNTED == 0:
            _count(report, target, data)
        else:
            _try(report, target, data)


def _try(report: Report, target: Target, data: bytes) -> None:
    started = time.process_time()
    try:
        target(data)
    except Exception as error:  # noqa: BLE001  # any is a finding
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{target.__name__}: {type(error).__name__} {where.name}: {where.line}"
        report.findings.setdefault(place, data)
    if time.process_time() - started > SLOW_S:
        report.findings.setdefault(f"{target.__name__}: slow", data)


def _count(report: Report, target: Target, data: bytes) -> None:
    calls = steps(lambda: _try(report, target, data))
    report.counted += 1
    share = max(0, calls - CALLS_AT_LEAST) / max(1, len(data))
    report.most_calls_per_byte = max(report.most_calls_per_byte, share)
    if share > CALLS_PER_BYTE:
        report.findings.setdefault(f"{target.__name__}: {share:.0f} calls for each byte", data)
