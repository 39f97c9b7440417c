"""Work that comes again by the clock, each in its own transactions.

A chore takes the kernel and says whether there is more of it to be done at once; then it comes with the next turn,
else after its pause.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.audit.log import SYSTEM
from app.audit.sealing import BATCH as SEALED
from app.audit.sealing import seal as seal_trail
from app.declarations import keys
from app.declarations.models import Declaration
from app.declarations.service import erase_over
from app.gate import lanes
from app.gate.faces import forget_due
from app.gate.holds import expire_holds
from app.gate.machines import miss_silent as miss
from app.keeping.engine import Work
from app.keeping.holds import covering
from app.keeping.job import turn as keep_clocks
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel
from app.messages import expiry
from app.messages.counting import BATCH as COUNTED
from app.messages.counting import count_due
from app.operations import backup
from app.referrals.shifts import call_to_inspections, return_idle_claims
from app.referrals.teams import end_abandoned
from app.reports.closing import close_months
from app.reports.counting import count_due as count_outcomes
from app.retention.profile import profile_of
from app.screening import terms
from app.screening.urgent import expire_lookouts
from app.work.needed import needed_by_a_case

log = structlog.get_logger(__name__)


class Chore:
    """``do`` with a pause of ``seconds``; its name is that of the function. The first time is at once.

    What fails rests like what is done; where the database cannot be reached nothing was tried, and nothing rests.
    """

    def __init__(self, do: Callable[[Kernel], bool], seconds: float = 0.0) -> None:
        self.name = do.__name__
        self._do, self._seconds = do, seconds
        self._rested_at = float("-inf")

    def __call__(self, kernel: Kernel) -> bool:
        """Whether anything was done and more is left."""
        if time.monotonic() - self._rested_at < self._seconds:
            return False
        try:
            more = self._do(kernel)
        except UnavailableError:
            raise
        except Exception:
            self._rested_at = time.monotonic()
            raise
        if not more:
            self._rested_at = time.monotonic()
        return more

    def wake(self) -> None:
        """It need not wait for the end of its pause."""
        self._rested_at = float("-inf")


def end_holds(kernel: Kernel) -> bool:
    """Whoever waits at a gate for longer than a hold lasts goes to the counter."""
    return expire_holds(kernel.database, kernel.clock()) > 0


def end_lookouts(kernel: Kernel) -> bool:
    """Urgent lookouts whose day is over: whom they met is screened again."""
    with kernel.database.transaction() as session:
        return expire_lookouts(session, kernel.clock()) > 0


def end_urgent(kernel: Kernel) -> bool:
    """Rules that act on one signature, once their day is over."""
    with kernel.database.transaction() as session:
        return terms.end_urgent(session, SYSTEM, kernel.clock()) > 0


def remind(kernel: Kernel) -> bool:
    """Rules whose day of review is near."""
    with kernel.database.transaction() as session:
        return terms.remind(session, SYSTEM, kernel.clock()) > 0


def forget_faces(kernel: Kernel) -> bool:
    """Faces and pictures that nobody needs any more."""
    with kernel.database.transaction() as session:
        return forget_due(session, kernel.clock()) > 0


def forget_lanes(kernel: Kernel) -> bool:
    """What happened at lanes long ago."""
    with kernel.database.transaction() as session:
        return lanes.forget_old(session, kernel.clock()) > 0


def miss_silent(kernel: Kernel) -> bool:
    """Kiosks and lanes that were heard of and are not any more."""
    with kernel.database.transaction() as session:
        return miss(session, kernel.clock()) > 0


def return_claims(kernel: Kernel) -> bool:
    """What was left alone, or by somebody who is not signed in any more, and shifts that ended so."""
    with kernel.database.transaction() as session:
        now = kernel.clock()
        given_back = return_idle_claims(session, now) + call_to_inspections(session, now)
        return given_back + end_abandoned(session, now) > 0


def seal(kernel: Kernel) -> bool:
    """What was recorded since the last time, under one signature."""
    with kernel.database.transaction() as session:
        return seal_trail(session, kernel.vault, kernel.clock()) == SEALED


def count_quality(kernel: Kernel) -> bool:
    """A day is computed anew as a whole: not for each message that comes."""
    return count_due(kernel.database, kernel.clock()) >= COUNTED


def count_effects(kernel: Kernel) -> bool:
    """Whether screening works: a day at a time, of days that are over; then the months."""
    if count_outcomes(kernel.database, kernel.site, kernel.clock()):
        return True
    with kernel.database.transaction() as session:
        close_months(session, kernel.site, kernel.clock())
    return False


def empty_raws(kernel: Kernel) -> bool:
    """The texts of transmissions whose time is over, in small steps."""
    with kernel.database.transaction() as session:
        kept = timedelta(days=kernel.raw_days)
        return expiry.empty_raws(session, kernel.clock(), kept) == expiry.STEP


def erase_declarations(kernel: Kernel) -> bool:
    """Those whose time is over, but for what a case needs."""
    with kernel.database.transaction() as session:
        kept = timedelta(days=kernel.declaration_days)
        now = kernel.clock()
        needed = needed_by_a_case(now.date()) | covering(Declaration.passenger_id, now.date())
        return erase_over(session, now, kept, needed) > 0


def retain(kernel: Kernel) -> bool:
    """What is past its clock: one batch of one table a turn, so that everybody else's work goes on between."""
    return keep_clocks(kernel.database, Work(profile_of(kernel), kernel.clock(), kernel.vault))


def expire_backups(kernel: Kernel) -> bool:
    """Backups past the shortest clock of what is in them."""
    if kernel.backups is not None:
        kept = timedelta(days=kernel.backup_days)
        gone = backup.expire_backups(kernel.backups, kernel.clock(), kept)
        if gone:
            log.info("backups.expired", count=len(gone))
    return False


def renew_keys(kernel: Kernel) -> bool:
    """A successor is published a week before the authority's key ends."""
    with kernel.database.transaction() as session:
        keys.ensure_keys(session, kernel.vault, kernel.clock())
        waiting = keys.waiting_for_root(session, kernel.clock())
    for key in waiting:
        log.warning("keys.waiting-for-root", kid=key.kid.hex(), use=str(key.use))
    return False
