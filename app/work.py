"""The worker: applies messages, screens passengers, ends holds and idle claims.

Everything it does is found in tables (``SKIP LOCKED``), so several workers share the load and a killed one
loses nothing. Hints wake it at once; a slow tick is the safety net.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.analysis.runner import Analyst
from app.analysis.snapshots import store_of
from app.audit.log import SYSTEM
from app.audit.sealing import BATCH as SEALED
from app.audit.sealing import seal
from app.declarations import keys
from app.declarations.article_models import FollowingArticles
from app.declarations.matching import BATCH as MATCHES
from app.declarations.matching import match_again, match_waiting, may_match, waiting_since
from app.declarations.models import Companion, Declaration
from app.declarations.service import erase_over
from app.gate.faces import forget_due
from app.gate.holds import expire_holds
from app.gate.lanes import forget_old
from app.gate.late import AFTER, raise_late_hits
from app.gate.machines import miss_silent
from app.gate.models import Presentation
from app.keeping.engine import Work
from app.keeping.holds import covering
from app.keeping.job import turn as keep_clocks
from app.kernel import correlation
from app.kernel.alone import each_alone, tell_failure
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.kernel.ids import first_since
from app.kernel.telemetry import JOB_FAILURES, JOBS, TURN
from app.messages.apply import apply_next
from app.messages.counting import BATCH as COUNTED
from app.messages.counting import count_due
from app.messages.expiry import STEP, empty_raws
from app.messages.models import Message
from app.operations.backup import expire_backups
from app.referrals.goods_models import CounterWork
from app.referrals.models import Referral
from app.referrals.shifts import call_to_inspections, return_idle_claims
from app.referrals.teams import end_abandoned
from app.reports.closing import close_months
from app.reports.counting import count_due as count_effects
from app.retention.profile import profile_of
from app.screening import terms
from app.screening.assess import assess_awaited, assess_due
from app.screening.urgent import expire_lookouts
from app.travel.models import Flight

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
IDLE_CLAIMS_SECONDS = 5.0
LATE_HITS_SECONDS = 60.0
LATE_HITS_BACK = timedelta(minutes=10)
MOST_LATE = 500
LOOKOUTS_SECONDS = 5.0
FACES_SECONDS = 5.0
SILENT_SECONDS = 5.0
SEAL_SECONDS = 10.0
SWEEP_SECONDS = 60.0
SWEPT_WHOLE_SECONDS = 3600.0
RECENT_SECONDS = 180.0  # what a sweep looks at anew
KEYS_SECONDS = 3600.0
QUALITY_SECONDS = 20.0
EFFECTS_SECONDS = 300.0
RAWS_SECONDS = 600.0
BACKUPS_SECONDS = 3600.0
REMIND_SECONDS = 3600.0
PAUSE_SECONDS = 1.0
APPLY_SECONDS = 0.1
BATCH = 20  # of assessments: whoever stands at a gate waits for the one at hand
AROUND = timedelta(hours=36)
MOST_AWAITED = 10
WAKING = ("passenger.awaited", "message.received", "message.applied", "passenger.changed", "declaration.changed", "ruleset.changed",
          "flight.changed", "hit.reviewed", "session.ended")  # fmt: skip
"""Not what a gate decides, hundreds of times a second: holds end by the clock, and a tick finds those."""


class Worker:
    """One worker of this process; ``run`` returns after ``stop``."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._claims_checked = 0.0
        self._lookouts_checked = 0.0
        self._faces_checked = -FACES_SECONDS
        self._machines_checked = 0.0
        self._sealed = 0.0
        self._lanes_swept = -RAWS_SECONDS
        self._swept = 0.0
        self._swept_whole = -SWEPT_WHOLE_SECONDS
        self._keys_checked = -KEYS_SECONDS
        self._counted = -QUALITY_SECONDS
        self._effects_counted = -EFFECTS_SECONDS
        self._raws_checked = -RAWS_SECONDS
        self._declarations_checked = -RAWS_SECONDS
        self._reminded = -REMIND_SECONDS
        self._backups_checked = -BACKUPS_SECONDS
        self._heard: deque[Hint] = deque()
        self._applied: set[UUID] = set()
        self._declared: set[UUID] = set()
        self._flights: set[UUID] = set()
        self._awaited: dict[UUID, None] = {}
        self._assessed: set[UUID] = set()
        self._late_checked: float | None = None

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
        # Screening and holds first: somebody may be standing at a gate.
        jobs = (self._assess_awaited, self._end_holds, self._end_lookouts, self._forget_faces, self._assess, self._match, self._match_again,
                self._raise_late, self._apply, self._return_claims, self._count_quality, self._renew_keys,
                self._count_effects, self._miss_silent, self._seal, self._forget_lanes,
                self._empty_raws, self._erase_declarations, self._retain, self._end_urgent,
                self._remind, self._expire_backups)  # fmt: skip
        done = [self._attempt(job) for job in jobs]  # every queue gets its turn
        return any(done)

    def _listen(self) -> None:
        while self._heard:
            self._sort(self._heard.popleft())

    def _sort(self, hint: Hint) -> None:
        if hint.kind == "message.applied":
            self._applied.add(hint.subject)
        elif hint.kind == "declaration.changed":
            self._declared.add(hint.subject)
        elif hint.kind == "passenger.awaited":
            self._awaited[hint.subject] = None
        elif hint.kind == "passenger.assessed":
            self._assessed.add(hint.subject)
        elif hint.kind == "session.ended":
            self._claims_checked = -IDLE_CLAIMS_SECONDS

    def _attempt(self, job: Callable[[], bool]) -> bool:
        name = job.__name__.strip("_")
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

    def _match(self) -> bool:
        """Declarations that were there before the passenger list; a slow sweep finds what was missed."""
        self._find_flights()
        if not self._flights:
            return False
        flight = self._flights.pop()
        try:
            with self._kernel.database.transaction() as session:
                if match_waiting(session, flight, self._kernel.clock()) == MATCHES:
                    self._flights.add(flight)
        except UnavailableError:
            self._flights.add(flight)
            raise
        except Exception as error:  # noqa: BLE001  # whatever it was, its declarations are tried alone
            tell_failure("match", flight, error)
            with self._kernel.database.read() as session:
                self._declared.update(may_match(session, flight, self._kernel.clock()))
        return True

    def _match_again(self) -> bool:
        """Declarations that were stored while a passenger list was being stored."""
        declared, self._declared = list(self._declared), set()

        def match(declaration: UUID) -> int:
            with self._kernel.database.transaction() as session:
                return match_again(session, declaration, self._kernel.clock())

        try:
            return each_alone("match_again", declared, match) > 0
        finally:
            self._declared.update(declared)

    def _find_flights(self) -> None:
        is_sweep = time.monotonic() - self._swept > SWEEP_SECONDS
        applied, self._applied = self._applied, set()
        if not applied and not is_sweep:
            return
        with self._kernel.database.read() as session:
            if is_sweep:
                self._sweep(session)
            self._note_flights(session, Message.id.in_(applied))

    def _sweep(self, session: Session) -> None:
        """What a hint may have failed to tell: all flights near at first and now and then, else what is recent."""
        self._swept = time.monotonic()
        if self._swept - self._swept_whole > SWEPT_WHOLE_SECONDS:
            self._swept_whole = self._swept
            now = self._kernel.clock()
            near = Flight.arrives_at.between(now - AROUND, now + AROUND)
            self._flights.update(session.scalars(sa.select(Flight.id).where(near)))
            return
        least = first_since(RECENT_SECONDS)
        self._note_flights(session, Message.id >= least)
        self._declared.update(session.scalars(waiting_since(least)))

    def _note_flights(self, session: Session, of: sa.ColumnElement[bool]) -> None:
        for summary in session.scalars(sa.select(Message.summary).where(of)):
            self._flights.update(UUID(m["flight_id"]) for m in summary if m.get("flight_id"))

    def _end_urgent(self) -> bool:
        """Rules that act on one signature, once their day is over."""
        with self._kernel.database.transaction() as session:
            return terms.end_urgent(session, SYSTEM, self._kernel.clock()) > 0

    def _remind(self) -> bool:
        """Rules whose day of review is near."""
        if time.monotonic() - self._reminded < REMIND_SECONDS:
            return False
        self._reminded = time.monotonic()
        with self._kernel.database.transaction() as session:
            return terms.remind(session, SYSTEM, self._kernel.clock()) > 0

    def _end_holds(self) -> bool:
        return expire_holds(self._kernel.database, self._kernel.clock()) > 0

    def _forget_faces(self) -> bool:
        """Faces and pictures that nobody needs any more."""
        if time.monotonic() - self._faces_checked < FACES_SECONDS:
            return False
        self._faces_checked = time.monotonic()
        with self._kernel.database.transaction() as session:
            return forget_due(session, self._kernel.clock()) > 0

    def _end_lookouts(self) -> bool:
        """Urgent lookouts whose day is over: whom they met is screened again."""
        if time.monotonic() - self._lookouts_checked < LOOKOUTS_SECONDS:
            return False
        self._lookouts_checked = time.monotonic()
        with self._kernel.database.transaction() as session:
            return expire_lookouts(session, self._kernel.clock()) > 0

    def _miss_silent(self) -> bool:
        """Kiosks and lanes that were heard of and are not any more."""
        if time.monotonic() - self._machines_checked < SILENT_SECONDS:
            return False
        self._machines_checked = time.monotonic()
        with self._kernel.database.transaction() as session:
            return miss_silent(session, self._kernel.clock()) > 0

    def _seal(self) -> bool:
        """What was recorded since the last time, under one signature."""
        if time.monotonic() - self._sealed < SEAL_SECONDS:
            return False
        with self._kernel.database.transaction() as session:
            more = seal(session, self._kernel.vault, self._kernel.clock()) == SEALED
        if not more:
            self._sealed = time.monotonic()
        return more

    def _forget_lanes(self) -> bool:
        """What happened at lanes long ago."""
        if time.monotonic() - self._lanes_swept < RAWS_SECONDS:
            return False
        self._lanes_swept = time.monotonic()
        with self._kernel.database.transaction() as session:
            return forget_old(session, self._kernel.clock()) > 0

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

    def _return_claims(self) -> bool:
        """What was left alone, or by somebody who is not signed in any more, and shifts that ended so."""
        if time.monotonic() - self._claims_checked < IDLE_CLAIMS_SECONDS:
            return False
        self._claims_checked = time.monotonic()
        with self._kernel.database.transaction() as session:
            now = self._kernel.clock()
            given_back = return_idle_claims(session, now) + call_to_inspections(session, now)
            return given_back + end_abandoned(session, now) > 0

    def _count_quality(self) -> bool:
        """A day is computed anew as a whole: not for each message that comes."""
        if time.monotonic() - self._counted < QUALITY_SECONDS:
            return False
        kernel = self._kernel
        more = count_due(kernel.database, kernel.clock()) >= COUNTED
        if not more:
            self._counted = time.monotonic()
        return more

    def _count_effects(self) -> bool:
        """Whether screening works: a day at a time, of days that are over."""
        if time.monotonic() - self._effects_counted < EFFECTS_SECONDS:
            return False
        kernel = self._kernel
        more = count_effects(kernel.database, kernel.site, kernel.clock())
        if not more:
            self._effects_counted = time.monotonic()
            with kernel.database.transaction() as session:
                close_months(session, kernel.site, kernel.clock())
        return more

    def _empty_raws(self) -> bool:
        """The texts of transmissions whose time is over; in small steps, the rest at the next turn."""
        if time.monotonic() - self._raws_checked < RAWS_SECONDS:
            return False
        kernel = self._kernel
        with kernel.database.transaction() as session:
            full = empty_raws(session, kernel.clock(), timedelta(days=kernel.raw_days)) == STEP
        if not full:
            self._raws_checked = time.monotonic()
        return full

    def _erase_declarations(self) -> bool:
        """Those whose time is over, but for what a case needs."""
        if time.monotonic() - self._declarations_checked < RAWS_SECONDS:
            return False
        kernel = self._kernel
        with kernel.database.transaction() as session:
            kept = timedelta(days=kernel.declaration_days)
            now = kernel.clock()
            needed = _needed_by_a_case(now.date()) | covering(Declaration.passenger_id, now.date())
            done = erase_over(session, now, kept, needed)
        if not done:
            self._declarations_checked = time.monotonic()
        return done > 0

    def _retain(self) -> bool:
        """What is past its clock: one batch of one table a turn, so that everybody else's work goes on between."""
        kernel = self._kernel
        return keep_clocks(kernel.database, Work(profile_of(kernel), kernel.clock(), kernel.vault))

    def _expire_backups(self) -> bool:
        """Backups past the shortest clock of what is in them."""
        folder = self._kernel.backups
        if folder is None or time.monotonic() - self._backups_checked < BACKUPS_SECONDS:
            return False
        self._backups_checked = time.monotonic()
        gone = expire_backups(
            folder, self._kernel.clock(), timedelta(days=self._kernel.backup_days)
        )
        if gone:
            log.info("backups.expired", count=len(gone))
        return False

    def _renew_keys(self) -> bool:
        """A successor is published a week before the authority's key ends."""
        if time.monotonic() - self._keys_checked < KEYS_SECONDS:
            return False
        self._keys_checked = time.monotonic()
        kernel = self._kernel
        with kernel.database.transaction() as session:
            keys.ensure_keys(session, kernel.vault, kernel.clock())
            waiting = keys.waiting_for_root(session, kernel.clock())
        for key in waiting:
            log.warning("keys.waiting-for-root", kid=key.kid.hex(), use=str(key.use))
        return False


def _needed_by_a_case(today: date) -> sa.ColumnElement[bool]:
    """Whether a referral is of somebody on the declaration, or came of its being shown; whether the counter settled
    it, or articles may still follow.
    """
    follow = sa.exists().where(
        FollowingArticles.declaration_id == Declaration.id, FollowingArticles.import_until >= today
    )
    settled = sa.exists().where(CounterWork.declaration_id == Declaration.id)
    # Said outright: two levels down the statement's own declaration is not meant by itself, but any.
    fellows = (
        sa.select(Companion.passenger_id)
        .where(Companion.declaration_id == Declaration.id)
        .correlate(Declaration)
    )
    shown = (
        sa.select(Presentation.id)
        .where(Presentation.declaration_id == Declaration.id)
        .correlate(Declaration)
    )
    of_referral = sa.exists().where(
        sa.or_(
            Referral.passenger_id == Declaration.passenger_id,
            Referral.passenger_id.in_(fellows),
            Referral.presentation_id.in_(shown),
        )
    )
    return of_referral | settled | follow
