"""What a worker does beside its queues, in a thread of its own: snapshots and backtests.

Nobody at a gate waits for it, and it must make nobody wait: one thread of DuckDB, a part at a time.
"""

import threading
import time
from collections.abc import Callable

import structlog

from app.analysis import snapshots
from app.analysis.backtests import Run
from app.analysis.snapshots import Store
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 2.0
SNAPSHOT_SECONDS = 60.0


class Analyst:
    """One thread; ``start`` and ``stop`` are called by the worker."""

    def __init__(self, kernel: Kernel, store: Store) -> None:
        self._kernel, self._store = kernel, store
        self._run = Run(kernel.database, store, kernel.clock)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="analyst", daemon=True)
        self._kept = -SNAPSHOT_SECONDS

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the statement at hand; a backtest goes back to the queue."""
        self._stopping.set()
        self._run.end()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stopping.is_set():
            done = [self._attempt(job) for job in (self._run.next, self._keep)]
            if not any(done):
                self._stopping.wait(PAUSE_SECONDS)

    def _keep(self) -> bool:
        """Snapshots: those due are written at once, the rest is looked at now and then."""
        if time.monotonic() - self._kept < SNAPSHOT_SECONDS:
            return False
        database, store, now = self._kernel.database, self._store, self._kernel.clock()
        if snapshots.write_due(database, store, now) or snapshots.age(database, store, now):
            return True
        snapshots.join_small(database, store)
        snapshots.sweep(database, store)
        self._kept = time.monotonic()
        return False

    def _attempt(self, job: Callable[[], bool]) -> bool:
        try:
            return job()
        except UnavailableError:
            log.warning("work.database-unavailable")
        except Exception as error:  # one bad file must not stop the others' work
            log.error("analysis.failed", job=getattr(job, "__name__", "run"), exc_info=error)  # noqa: TRY400
            self._kept = time.monotonic()
        self._stopping.wait(PAUSE_SECONDS)
        return False
