"""From the start of ``egate serve`` and ``egate work`` to ready, on a database that is there; and from SIGTERM to the end.

Wall-clock, as an operator waits: each time a process of its own, with all imports.
"""

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from app.config import Settings
from app.demo import temporary_home
from app.kernel import postgres
from app.programs import egate, free_port
from app.runtime import open_runtime
from tests.perf.measure import Figures, Size

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


def figures(size: Size) -> Figures:
    """Seconds; target: ready within 5."""
    rounds = size.pick(1, 5, 15)
    with temporary_home() as home:
        try:
            open_runtime(Settings(state=home), migrate=True)
            serve = [_round(home, "serve", "/health/ready") for _ in range(rounds)]
            work = [_round(home, "work", "/metrics") for _ in range(rounds)]
        finally:
            postgres.stop(home, mode="immediate")
    return {
        "unit": "s", "rounds": rounds, "target_s": 5,
        "serve": _said(serve), "work": _said(work),
    }  # fmt: skip


def _round(home: Path, command: str, asked: str) -> tuple[float, float]:
    """Seconds to ready and to the end."""
    port = free_port()
    where = {
        "serve": {"EGATE_PORT": str(port)},
        "work": {"EGATE_METRICS_LISTEN": f"127.0.0.1:{port}"},
    }
    environment = os.environ | {
        "EGATE_STATE": str(home),
        "EGATE_LOG_LEVEL": "ERROR",
        **where[command],
    }
    began = time.perf_counter()
    process = subprocess.Popen(egate([command]), env=environment, cwd=ROOT, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}{asked}", process)
        ready = time.perf_counter() - began
        told = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
        return ready, time.perf_counter() - told
    finally:
        process.kill()
        process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, process.returncode
        try:
            with urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise AssertionError("not ready")


def _said(rounds: Sequence[tuple[float, float]]) -> Figures:
    ready, ended = zip(*rounds, strict=True)
    return {
        "ready_median": round(statistics.median(ready), 2), "ready_worst": round(max(ready), 2),
        "end_median": round(statistics.median(ended), 2), "end_worst": round(max(ended), 2),
    }  # fmt: skip
