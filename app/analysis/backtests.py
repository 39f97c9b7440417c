"""Backtests: asked for, run by a worker a part at a time, stopped, read.

A run takes no lock and holds no transaction open while it computes: it says how far it is after each part,
and one whose worker died is taken up anew by another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Timer
from typing import Any
from uuid import UUID

import duckdb
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.analysis import snapshots
from app.analysis.coarse import coarse
from app.analysis.snapshots import Store
from app.audit import log as audit
from app.audit.log import Actor
from app.identity import scope
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.errors import EgateError, NotFoundError
from app.kernel.texts import N_
from app.screening import rules
from app.screening.backtest_models import Backtest, BacktestState, digest_of
from app.screening.models import Assessment, Rule, RuleState, RuleVersion
from app.screening.profiles import current_profile
from app.screening.views import is_withheld
from risk_rules.backtest import SAMPLES, Engine, Part, Question, Tally
from risk_rules.facts import restore
from risk_rules.language import Rule as Condition
from risk_rules.language import evidence
from risk_rules.statistics import FEW_FINDS, Sample, estimate

log = structlog.get_logger(__name__)

SILENT = timedelta(minutes=5)
"""A run that has not been heard of for so long has lost its worker."""
PART_SECONDS = 240.0
"""A part that takes longer is ended: the beat must not be missed."""
TRIES = 3
"""A run that has cost so many workers is not tried again."""
TRIED, REFUSED = "tried too often", "refused"
"""Why a run has failed: it has cost too many workers; what it reads may not serve its purpose."""
_TOP = 20

_ACTIVE = sa.select(Rule.key).join(RuleVersion).where(RuleVersion.state == RuleState.ACTIVE)


class NothingToAskError(EgateError):
    """There is no snapshot in the period."""

    code, status, title = "no-snapshots", 409, N_("There are no snapshots of this period")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an analyst asks: months like `2026-03`; all airports, carriers and routes where none is named. ``purpose``: what
    the rule is for: its facts come from sources that may serve it, or nothing is told.
    """

    title: str
    text: str
    first_month: str
    last_month: str
    purpose: rules.Purpose
    airports: tuple[str, ...] = ()
    before_text: str | None = None
    carriers: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


def may_be_asked(session: Session, text: str, purpose: rules.Purpose) -> Condition:
    """A text to be tried for a purpose under the profile in force, as a rule of that purpose would be.

    It may rest on protected facts, for a trial decides about nobody. Raises RuleInvalidError.
    """
    return rules.check_text(text, purpose, current_profile(session), legal_basis="a trial")


def ask(session: Session, actor: Actor, store: Store, wish: Wish, now: datetime) -> Backtest:
    """Queue a backtest. Raises RuleInvalidError, PurposeError and :class:`NothingToAskError`."""
    scope.expect_purpose(wish.purpose)
    for text in filter(None, (wish.text, wish.before_text)):
        may_be_asked(session, text, wish.purpose)
    found = snapshots.parts(session, store, wish.first_month, wish.last_month, wish.airports)
    if not found:
        raise NothingToAskError
    made = Backtest(
        title=wish.title, text=wish.text.strip(), digest=digest_of(wish.text),
        before_text=wish.before_text, purpose=wish.purpose, first_month=wish.first_month, last_month=wish.last_month,
        airports=list(wish.airports), carriers=list(wish.carriers),
        routes=list(wish.routes), asked_by=actor.id, state=BacktestState.QUEUED,
        all_rows=sum(part.rows for part in found),
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, actor, "backtest.asked", "backtest", made.id, now)
    return made


def stop(session: Session, actor: Actor, backtest_id: UUID, now: datetime) -> Backtest:
    """End a backtest that has not ended; stopping an ended one changes nothing. Raises NotFoundError."""
    found = session.get(Backtest, backtest_id, with_for_update=True)
    if found is None:
        raise NotFoundError
    if found.state in (BacktestState.QUEUED, BacktestState.RUNNING) and not found.stop_asked:
        found.stop_asked = True
        if found.state is BacktestState.QUEUED:
            found.state, found.finished_at = BacktestState.STOPPED, now
        audit.record(session, actor, "backtest.stopped", "backtest", found.id, now)
    return found


def read(session: Session, backtest_id: UUID) -> Backtest:
    """A backtest. Raises NotFoundError."""
    found = session.get(Backtest, backtest_id)
    if found is None:
        raise NotFoundError
    return found


def newest(session: Session, limit: int = 50) -> Sequence[Backtest]:
    """The last backtests of the officer's purposes, the newest first."""
    mine = sa.select(Backtest).where(scope.of_purposes(Backtest.purpose.expression))
    return session.scalars(mine.order_by(Backtest.id.desc()).limit(limit)).all()


def samples_of(session: Session, backtest: Backtest) -> list[tuple[UUID, list[dict[str, Any]]]]:
    """(passenger, what in the facts of the last assessment decides) of the sample, as far as there are any
    still, and the facts still decide so; not of those who are being examined in full.
    """
    if (question := _question(session, backtest)) is None:
        return []
    rule = question.rule
    found = session.execute(
        sa.select(Assessment.passenger_id, Assessment.facts)
        .where(Assessment.passenger_id.in_(backtest.samples), Assessment.is_current)
        .where(~is_withheld(Assessment.passenger_id.expression))
        .order_by(Assessment.passenger_id)
    )
    told = [(row.passenger_id, rule.explain(restore(row.facts))) for row in found]
    return [(passenger, evidence(one)) for passenger, one in told if one["result"]]


# ---------------------------------------------------------------- running


_Taken = tuple[UUID, Question, list[Part]]


class Run:
    """One backtest being run by this worker."""

    def __init__(self, database: Database, store: Store, clock: Clock, threads: int = 1) -> None:
        self._database, self._store, self._clock = database, store, clock
        self._threads = threads
        self._engine: Engine | None = None
        self._ended = False

    def end(self) -> None:
        """The worker ends: what is at hand is left to another. May be called by any thread."""
        self._ended = True
        if self._engine is not None:
            self._engine.stop()

    def next(self) -> bool:
        """Run the backtest that waits longest; False when none does."""
        taken = self._take()
        if taken is None:
            return False
        self._engine = engine = Engine(self._threads)
        try:
            self._run(engine, *taken)
        except _StoppedError:
            self._finish(taken[0], BacktestState.STOPPED)
        except duckdb.Error as error:
            self._fail(taken[0], type(error).__name__)
        finally:
            self._engine = None
            engine.close()
        return True

    def _fail(self, identifier: UUID, error: str) -> None:
        """Ended by this worker's own end it goes back to the others; else it has failed. Texts may hold values."""
        if self._ended:
            self._finish(identifier, BacktestState.QUEUED)
        else:
            log.error("backtest.failed", error=error)
            self._finish(identifier, BacktestState.FAILED, error=error)

    def _take(self) -> _Taken | None:
        """The backtest that waits longest; those that cannot be run (any more) are ended on the way."""
        while True:
            with self._database.transaction() as session:
                found = session.scalar(self._waiting().with_for_update(skip_locked=True))
                if found is None:
                    return None
                if taken := self._begun(session, found):
                    return taken

    def _waiting(self) -> sa.Select[Backtest]:
        lost = Backtest.beat_at < self._clock() - SILENT
        waits = sa.or_(
            Backtest.state == BacktestState.QUEUED,
            sa.and_(Backtest.state == BacktestState.RUNNING, lost),
        )
        return sa.select(Backtest).where(waits).order_by(Backtest.id).limit(1)

    def _begun(self, session: Session, found: Backtest) -> _Taken | None:
        found.state, found.beat_at, found.done_rows = BacktestState.RUNNING, self._clock(), 0
        found.tries += 1
        question = _question(session, found)
        if found.tries > TRIES or question is None:
            found.state, found.finished_at = BacktestState.FAILED, self._clock()
            found.error = TRIED if found.tries > TRIES else REFUSED
            return None
        parts = snapshots.parts(
            session, self._store, found.first_month, found.last_month, found.airports
        )
        found.all_rows = sum(part.rows for part in parts)
        return found.id, question, parts

    def _run(self, engine: Engine, identifier: UUID, question: Question, parts: list[Part]) -> None:
        tallies: list[tuple[Part, Tally]] = []
        samples: list[tuple[int, str]] = []
        done = 0
        for part in parts:
            late = Timer(PART_SECONDS, engine.stop)
            late.daemon = True
            late.start()
            try:
                tallies.append((part, engine.tally(part, question)))
                samples = sorted(samples + engine.samples())[:SAMPLES]
            finally:
                late.cancel()
            done += part.rows
            self._beat(identifier, done)
        with self._database.read() as session:
            active = frozenset(session.scalars(_ACTIVE))
        result = coarse(told(tallies, active, compares=question.before is not None))
        self._finish(identifier, BacktestState.DONE, result=result,
                     samples=[UUID(case) for _, case in samples])  # fmt: skip

    def _beat(self, identifier: UUID, done: int) -> None:
        with self._database.transaction() as session:
            asked = session.scalar(
                sa.update(Backtest)
                .where(Backtest.id == identifier)
                .values(beat_at=self._clock(), done_rows=done)
                .returning(Backtest.stop_asked)
            )
        if asked:
            raise _StoppedError

    def _finish(self, identifier: UUID, state: BacktestState, **values: Any) -> None:
        with self._database.transaction() as session:
            session.execute(
                sa.update(Backtest)
                .where(Backtest.id == identifier, Backtest.state == BacktestState.RUNNING)
                .values(state=state, finished_at=self._clock(), **values)
            )


def _question(session: Session, found: Backtest) -> Question | None:
    """What a backtest asks; None where what it reads may not serve its purpose (any more)."""
    try:
        purpose = rules.Purpose(found.purpose or "")
        text = may_be_asked(session, found.text, purpose)
        before = may_be_asked(session, found.before_text, purpose) if found.before_text else None
    except (rules.RuleInvalidError, ValueError):
        return None
    scope = rules.Scope(carriers=frozenset(found.carriers), routes=frozenset(found.routes))
    return Question(text, rules.managed_lists(), before, scope=scope)


class _StoppedError(Exception):
    """Somebody asked the run to stop."""


# ---------------------------------------------------------------- the result


def told(
    tallies: Sequence[tuple[Part, Tally]], active: frozenset[str], *, compares: bool
) -> dict[str, Any]:
    """The figures of a run as JSON: in all, by month and airport, overlap with the rules in force."""
    total = sum((tally for _, tally in tallies), Tally())
    overlap = {
        key: n for key, n in total.overlap.items() if key in active or key.startswith("list:")
    }
    return {
        **_figures(total),
        "flight_p95": total.busiest(),
        "flight_most": max((n for n, flights in total.per_flight.items() if flights), default=0),
        "raised_by_nobody": total.raised_by_nobody,
        "overlap": sorted(overlap.items(), key=lambda one: (-one[1], one[0]))[:_TOP],
        "outcomes": _outcomes(total.outcomes),
        "fresh_outcomes": _outcomes(total.fresh_outcomes),
        "before": {"only_new": total.only_new, "only_before": total.only_before} if compares else None,
        "parts": [
            {"month": part.month, "airport": part.airport, "flight_p95": tally.busiest(), **_figures(tally)}
            for part, tally in tallies
        ],
    }  # fmt: skip


def _figures(tally: Tally) -> dict[str, int]:
    return {
        "people": tally.people, "flights": tally.flights, "hits": tally.hits,
        "undecided": tally.undecided,
    }  # fmt: skip


def _outcomes(sample: Sample) -> Mapping[str, Any]:
    """The share of finds with its interval, only where there are enough of them to say one."""
    made = estimate(sample)
    if made is None or not made.is_enough:
        return {"inspected": sample.count, "finds": sample.finds, "needed": FEW_FINDS}
    return {"inspected": sample.count, **asdict(made)}
