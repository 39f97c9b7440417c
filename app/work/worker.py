"""The worker: applies messages, screens passengers, ends holds and idle claims.

Everything it does is found in tables (``SKIP LOCKED``), so several workers share the load and a killed one
loses nothing. Hints wake it at once; a slow tick is the safety net.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from app.analysis.runner import Analyst
from app.analysis.snapshots import store_of
from app.gate.late import AFTER, raise_late_hits
from app.kernel import correlation
from app.kernel.alone import each_alone
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.kernel.telemetry import JOB_FAILURES, JOBS, TURN
from app.messages.apply import apply_next
from app.screening.assess import assess_awaited, assess_due
from app.work import chores
from app.work.chores import Chore
from app.work.matching import Matcher

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
LATE_HITS_SECONDS = 60.0
LATE_HITS_BACK = timedelta(minutes=10)
MOST_LATE = 500
PAUSE_SECONDS = 1.0
APPLY_SECONDS = 0.1
BATCH = 20  # of assessments: whoever stands at a gate waits for the one at hand
MOST_AWAITED = 10
WAKING = ("passenger.awaited", "message.received", "message.applied", "passenger.changed", "declaration.changed", "ruleset.changed",
          "flight.changed", "hit.reviewed", "session.ended")  # fmt: skip
"""Not what a gate decides, hundreds of times a second: holds end by the clock, and a tick finds those."""

_Job = tuple[str, Callable[[], bool]]


class Worker:
    """One worker of this process; ``run`` returns after ``stop``."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._heard: deque[Hint] = deque()
        self._matcher = Matcher(kernel)
        self._awaited: dict[UUID, None] = {}
        self._assessed: set[UUID] = set()
        self._late_checked: float | None = None
        self._claims = Chore(chores.return_claims, 5)
        self._jobs = self._in_order()

    def _in_order(self) -> tuple[_Job, ...]:
        """Screening and holds first: somebody may be standing at a gate."""
        return (
            ("assess_awaited", self._assess_awaited),
            self._chore(chores.end_holds),
            self._chore(chores.end_lookouts, 5),
            self._chore(chores.forget_faces, 5),
            ("assess", self._assess),
            ("match", self._matcher.match),
            ("match_again", self._matcher.match_again),
            ("raise_late", self._raise_late),
            ("apply", self._apply),
            (self._claims.name, lambda: self._claims(self._kernel)),
            self._chore(chores.count_quality, 20),
            self._chore(chores.renew_keys, 3600),
            self._chore(chores.count_effects, 300),
            self._chore(chores.miss_silent, 5),
            self._chore(chores.seal, 10),
            self._chore(chores.forget_lanes, 600),
            self._chore(chores.empty_raws, 600),
            self._chore(chores.erase_declarations, 600),
            self._chore(chores.retain),
            self._chore(chores.end_urgent),
            self._chore(chores.remind, 3600),
            self._chore(chores.expire_backups, 3600),
        )

    def _chore(self, do: Callable[[Kernel], bool], seconds: float = 0.0) -> _Job:
        chore = Chore(do, seconds)
        return chore.name, lambda: chore(self._kernel)

    def run(self) -> None:
        """Work until stopped."""
        remove = self._kernel.live.add(self._hear)
        self._kernel.live.start()
        store = store_of(self._kernel)
        analyst = Analyst(self._kernel, store) if store else None
        if analyst:
            analyst.start()
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                if not self._turn():
                    self._wake.wait(TICK_SECONDS)
        finally:
            if analyst:
                analyst.stop()
            remove()
            self._kernel.live.stop()

    def stop(self) -> None:
        """End after the piece of work at hand. May be called from a signal handler."""
        self._stopping.set()
        self._wake.set()

    def _hear(self, hints: Sequence[Hint], cursor: str | None) -> None:
        del cursor
        for hint in hints:  # at once: the worker may be about to find the thing by itself
            correlation.remember(hint.subject, hint.request)
        self._heard.extend(hints)  # read by the worker's own thread
        if any(hint.kind in WAKING for hint in hints):
            self._wake.set()

    def _turn(self) -> bool:
        """One round over all queues; whether anything was done."""
        TURN.set_to_current_time()
        self._listen()
        done = [self._attempt(name, job) for name, job in self._jobs]  # every queue gets its turn
        return any(done)

    def _listen(self) -> None:
        while self._heard:
            self._sort(self._heard.popleft())

    def _sort(self, hint: Hint) -> None:
        if hint.kind == "message.applied":
            self._matcher.note_applied(hint.subject)
        elif hint.kind == "declaration.changed":
            self._matcher.declared.add(hint.subject)
        elif hint.kind == "passenger.awaited":
            self._awaited[hint.subject] = None
        elif hint.kind == "passenger.assessed":
            self._assessed.add(hint.subject)
        elif hint.kind == "session.ended":
            self._claims.wake()

    def _attempt(self, name: str, job: Callable[[], bool]) -> bool:
        try:
            with JOBS.labels(name).time():
                return job()
        except UnavailableError:
            log.warning("work.database-unavailable")
            self._stopping.wait(PAUSE_SECONDS)
        except Exception as error:  # one bad row must not stop the others' work
            JOB_FAILURES.labels(name).inc()
            log.error("work.failed", job=name, exc_info=error)  # noqa: TRY400
            self._stopping.wait(PAUSE_SECONDS)
        return False

    def _apply(self) -> bool:
        """Messages for as long as nobody at a gate would notice: many small ones, or one large one."""
        end, done = time.monotonic() + APPLY_SECONDS, False
        while self._apply_one():
            done = True
            if self._stopping.is_set() or time.monotonic() > end:
                break
        return done

    def _apply_one(self) -> bool:
        kernel = self._kernel
        return apply_next(
            kernel.database,
            kernel.vault,
            kernel.clock(),
            kernel.site,
            kernel.interchange_id,
            deny=kernel.deny,
            stopping=self._stopping.is_set,
        )

    def _assess_awaited(self) -> bool:
        """Somebody stands at a gate and has to be assessed anew: before everybody else."""
        awaited, self._awaited = list(self._awaited), {}
        kernel = self._kernel

        def assess(passenger: UUID) -> int:
            done = assess_awaited(kernel.database, kernel.vault, passenger, kernel.clock())
            log.info("passenger.awaited", passenger=str(passenger))
            return done

        return each_alone("assess_awaited", awaited[-MOST_AWAITED:], assess) > 0

    def _assess(self) -> bool:
        kernel = self._kernel
        return assess_due(kernel.database, kernel.vault, kernel.clock(), limit=BATCH) > 0

    def _raise_late(self) -> bool:
        """Hits of those who have been cleared: told at once, and sought again for what a hint did not tell."""
        asked = {self._assessed.pop() for _ in range(min(MOST_LATE, len(self._assessed)))}
        back = None
        if self._late_checked is None:
            back = AFTER  # whatever came while no worker was there
        elif time.monotonic() - self._late_checked > LATE_HITS_SECONDS:
            back = LATE_HITS_BACK
        if not asked and back is None:
            return False
        with self._kernel.database.transaction() as session:
            found = raise_late_hits(session, self._kernel.clock(), asked, back=back)
        if back is not None:
            self._late_checked = time.monotonic()
        return found > 0
