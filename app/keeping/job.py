"""The job: goes over all rules, a batch at a time, and begins again six hours after it began.

Where it stands is a row (``retention_run``), so that another worker goes on where one was killed. What goes is looked for
before what is masked: nothing is masked that is about to be deleted. A rule that fails is passed over and told; the
next run tries it again. Only one process at a time is at a batch.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.commitments import PERIOD, RUN
from app.audit.forgetting import forget
from app.keeping import engine
from app.keeping.engine import Work
from app.keeping.holds import end_over
from app.keeping.rule import Rule
from app.keeping.rules import RULES
from app.kernel.db import Database
from app.kernel.errors import UnavailableError
from app.retention.clocks import Clock
from app.retention.models import RetentionRun

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=6)
_ALONE = sa.text("select pg_try_advisory_xact_lock(hashtext('retention-run'))")
_IN_TURN = sa.text("select pg_advisory_xact_lock(hashtext('retention-run'))")
Batch = Callable[[Session, Work], Counter[str]]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to go over: what it is called in counts, and a batch of it."""

    name: str
    batch: Batch


def _going(rule: Rule) -> Step:
    def batch(session: Session, work: Work) -> Counter[str]:
        act = "emptied" if rule.empties else "deleted"
        found = engine.go(session, rule, work)
        return Counter({f"{table}.{act}": n for table, n in found.items()})

    return Step(f"{rule.table}.go", batch)


def _masking(rule: Rule) -> Step:
    def batch(session: Session, work: Work) -> Counter[str]:
        done = engine.mask(session, rule, work)
        return Counter({f"{rule.table}.masked": done} if done else {})

    return Step(f"{rule.table}.mask", batch)


def _forgetting(session: Session, work: Work) -> Counter[str]:
    done = forget(session, work.now, work.profile[Clock.AUDIT].delete)
    return Counter({"audit_entry.deleted": done} if done else {})


def _holds(session: Session, work: Work) -> Counter[str]:
    done = end_over(session, work.now)
    return Counter({"legal_hold.ended": done} if done else {})


STEPS: tuple[Step, ...] = (
    Step("legal_hold.end", _holds),
    *(_going(rule) for rule in RULES if not rule.elsewhere and (rule.empties or not rule.within)),
    *(_masking(rule) for rule in RULES if rule.masks),
    Step("audit_entry.go", _forgetting),
)


def turn(database: Database, work: Work) -> bool:
    """One batch of the run at hand, or of a new one where the last has ended long enough ago; whether anything was done.

    Nothing where another process is at it.
    """
    with database.transaction() as session:
        run = _at_hand(session, work) if session.scalar(_ALONE) else None
        if run is None:
            return False
        identifier, place = run.id, run.place
    return _step(database, work, identifier, place)


def run_all(database: Database, work: Work) -> RetentionRun:
    """A whole run now, from where one stands; the row of it as it ended. Waits for another process that is at it."""
    with database.transaction() as session:
        session.execute(_IN_TURN)
        run = session.scalar(_open()) or _begin(session, work)
        identifier = run.id
    while run.finished_at is None:
        _step(database, work, identifier, run.place, waits=True)
        with database.read() as session:
            run = session.get_one(RetentionRun, identifier)
    return run


def _step(
    database: Database, work: Work, identifier: UUID, place: int, *, waits: bool = False
) -> bool:
    """A batch of a run's place under the lock of its row: what it found is counted, whoever else is at the run.

    False where another process has the run, or, after ``waits``, has gone on with it.
    """
    step = STEPS[place]
    try:
        with database.transaction() as session:
            run = _held(session, identifier, place, waits=waits)
            if run is None:
                return False
            _note(session, run, work, step.batch(session, work), failed=False)
    except UnavailableError:
        raise
    except Exception as error:  # one table must not keep the others' clocks from being kept
        log.error("retention.failed", step=step.name, exc_info=error)  # noqa: TRY400
        with database.transaction() as session:
            if run := _held(session, identifier, place, waits=waits):
                _note(session, run, work, Counter(), failed=True)
    return True


def _held(session: Session, identifier: UUID, place: int, *, waits: bool) -> RetentionRun | None:
    """The run, locked, if it stands at ``place`` still."""
    query = sa.select(RetentionRun).where(RetentionRun.id == identifier)
    run = session.scalar(query.with_for_update(skip_locked=not waits))
    if run is None or run.place != place or run.finished_at is not None:
        return None
    return run


def _open() -> sa.Select[RetentionRun]:
    return sa.select(RetentionRun).where(RetentionRun.finished_at.is_(None)).limit(1)


def _at_hand(session: Session, work: Work) -> RetentionRun | None:
    run = session.scalar(_open())
    if run is not None:
        return run
    last = session.scalar(sa.select(sa.func.max(RetentionRun.started_at)))
    if last is not None and last > work.now - EVERY:
        return None
    return _begin(session, work)


def _begin(session: Session, work: Work) -> RetentionRun:
    profile = work.profile
    before = session.execute(
        sa.select(RetentionRun.digest).order_by(RetentionRun.started_at.desc()).limit(1)
    ).first()
    if before is None or before.digest != profile.digest:
        audit.record(session, audit.SYSTEM, "retention.profile", "site", None, work.now,
                     profile=profile.key, digest=profile.digest)  # fmt: skip
    run = RetentionRun(profile=profile.key, digest=profile.digest, started_at=work.now, place=0,
                       counts={}, failed=[])  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _note(
    session: Session, run: RetentionRun, work: Work, found: Counter[str], *, failed: bool
) -> None:
    """Where the run stands now. A batch that found something is asked again, until it finds nothing."""
    run.counts = dict(Counter(run.counts) + found)
    if failed:
        run.failed = [*run.failed, STEPS[run.place].name]
    if failed or not found:
        run.place += 1
    if run.place == len(STEPS):
        run.finished_at = work.now
        audit.record(
            session, audit.SYSTEM, RUN, "retention_run", run.id, work.now,
            profile=run.profile, counts=run.counts, failed=run.failed,
            **{PERIOD: work.profile[Clock.COMMITMENT].delete.days},
        )  # fmt: skip
    session.flush()


def plan(session: Session, work: Work) -> dict[str, dict[str, int]]:
    """What a run would find now, by table: to mask, to go, held. Changes nothing."""
    found: dict[str, dict[str, int]] = {}
    for rule in RULES:
        said: dict[str, int] = {}
        for act, due in (
            ("go", engine.due_to_go(rule, work)), ("mask", engine.due_to_mask(rule, work)),
        ):  # fmt: skip
            if due is None:
                continue
            said[act], kept = engine.count(session, rule, due, work)
            said["held"] = max(said.get("held", 0), kept)
        if any(said.values()):
            found[rule.table] = said
    return found
