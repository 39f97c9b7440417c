"""What the programs use while a load runs: CPU of each, memory every second, commits of the database."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from tests.perf.measure import Figures
from tests.perf.world import World

PROGRAMS = ("serve", "work", "postgres")
_COMMITS = sa.text(
    "select xact_commit, blks_read, blks_hit from pg_stat_database where datname = current_database()"
)


@dataclass
class Watch:
    """Between ``with`` and its end; ``figures`` afterwards. CPU in seconds, memory in MiB (proportional set size)."""

    made: World
    every: float = 1.0
    memory: list[dict[str, float]] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    own: float = 0.0
    seconds: float = 0.0
    commits: int = 0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._before = {name: self.made.cpu_seconds(name) for name in PROGRAMS}
        self._own, self._began = time.process_time(), time.perf_counter()
        self._commits = self._count()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = {name: self.made.cpu_seconds(name) - self._before[name] for name in PROGRAMS}
        self.own = time.process_time() - self._own
        self.seconds = time.perf_counter() - self._began
        self._stop.set()
        self._thread.join()
        self.commits = self._count() - self._commits

    def figures(self, units: int) -> Figures:
        """CPU milliseconds of each program for each of ``units``; memory at the start, at the end, at its most."""
        each = {f"{name}_ms": round(1000 * cpu / units, 3) for name, cpu in self.cpu.items()}
        cores = (sum(self.cpu.values()) + self.own) / self.seconds
        return {
            "cpu_each": {**each, "generator_ms": round(1000 * self.own / units, 3)},
            "cores_used": round(cores, 2),
            "transactions_each": round(self.commits / units, 2),
            "memory_mib": {
                name: {
                    "first": self.memory[0][name], "last": self.memory[-1][name],
                    "most": max(one[name] for one in self.memory),
                }
                for name in PROGRAMS
            },
        }  # fmt: skip

    def _count(self) -> int:
        with self.made.database.read() as session:
            return int(session.execute(_COMMITS).one().xact_commit)

    def _sample(self) -> None:
        began = time.perf_counter()
        while True:
            found = {name: round(_mib(self.made, name), 1) for name in PROGRAMS}
            self.memory.append({"s": round(time.perf_counter() - began, 1), **found})
            if self._stop.wait(self.every):
                return


def _mib(made: World, name: str) -> float:
    return sum(_pss(pid) for pid in made.pids(name)) / 1024


def _pss(pid: int) -> int:
    """KiB: what is shared counts for each of those who share it by its part."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has just ended
        return 0
    return int(text.partition("\nPss:")[2].split()[0])
