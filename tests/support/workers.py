"""``egate work`` as programs of their own, for tests and benchmarks."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import Popen

ROOT = Path(__file__).parents[2]


class Workers:
    """``egate work`` as programs of their own; ends those that it started."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = os.environ | {
            "EGATE_LOG_FORMAT": "json", "EGATE_LOG_LEVEL": "ERROR", **environment,
        }  # fmt: skip
        self.log = log
        self.running: list[Popen[bytes]] = []

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running.append(
                Popen(
                    [sys.executable, "-m", "app", "work"], env=self._environment, cwd=ROOT,
                    stdout=output, stderr=output, start_new_session=True,
                )
            )  # fmt: skip

    def kill(self, at: int) -> None:
        process = self.running.pop(at)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        while self.running:
            self.kill(0)
