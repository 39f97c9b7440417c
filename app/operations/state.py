"""What waits, who works and when things were last done: for `egate doctor` and for the figures. Numbers only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.messages.models import INTERNAL, Quarantined, QuarantineStatus

SEALING: Final = timedelta(seconds=60)
"""Far more than sealing takes: an entry is given its place within ten seconds."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits, and since when the oldest of it does (None: nothing does, or nobody noted)."""

    waiting: int
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One look at a running installation, of one snapshot.

    ``failed``: transmissions that the program could not process. ``connections``: to this database by program (serve, work, watch). ``sealed_at``: of the newest checkpoint. ``retention_at``: end of
    the last run, ``retention_failed`` its tables that failed. ``list_age``: seconds, of the oldest trust list among devices that are heard of.
    """

    queues: Mapping[str, Queue]
    failed: int
    connections: Mapping[str, int]
    sealed_at: datetime | None
    retention_at: datetime | None
    retention_failed: tuple[str, ...]
    devices: int
    silent: tuple[str, ...]
    list_age: int | None
    database_bytes: int


_QUEUES: Final = {
    "messages": "select count(*), min(created_at) from message where status = 'received'",
    "passengers": "select count(*), null::timestamptz from passenger where facts_version > assessed_version",
    "backtests": "select count(*), min(created_at) from backtest where state = 'queued'",
    "unsealed": (
        "select count(*), min(e.at) from audit_entry e where e.at >= :since and e.at < :late"
        " and not exists (select from audit_leaf l where l.entry_id = e.id)"
    ),
}
_FAILED: Final = sa.select(sa.func.count()).where(
    Quarantined.status == QuarantineStatus.WAITING, Quarantined.codes.contains([INTERNAL])
)
_PROGRAMS: Final = sa.text(
    "select replace(application_name, 'egate-', '') as program, count(*) from pg_stat_activity"
    " where datname = current_database() and application_name like 'egate-%' group by 1"
)
_RUN: Final = sa.text(
    "select finished_at, failed from retention_run where finished_at is not null"
    " order by finished_at desc limit 1"
)
_DEVICES: Final = sa.text(
    "select d.name, h.silent_since is not null as silent, h.list_age from device d"
    " left join device_health h on h.device_id = d.id where d.disabled_at is null order by d.name"
)


def read_state(session: Session, now: datetime) -> State:
    """Look at everything once. A handful of statements, each by an index."""
    sealed_at = session.scalar(sa.text("select max(at) from audit_checkpoint"))
    values = {"since": sealed_at or datetime.fromtimestamp(0, UTC), "late": now - SEALING}
    queues = {
        name: Queue(*session.execute(sa.text(query), values if name == "unsealed" else {}).one())
        for name, query in _QUEUES.items()
    }
    programs = session.execute(_PROGRAMS).all()
    run = session.execute(_RUN).first()
    devices = session.execute(_DEVICES).all()
    ages = [one.list_age for one in devices if one.list_age is not None and not one.silent]
    return State(
        queues=queues,
        failed=session.scalar(_FAILED) or 0,
        connections={program: int(count) for program, count in programs},
        sealed_at=sealed_at,
        retention_at=run.finished_at if run else None,
        retention_failed=tuple(run.failed) if run else (),
        devices=len(devices),
        silent=tuple(one.name for one in devices if one.silent),
        list_age=max(ages, default=None),
        database_bytes=int(
            session.scalar(sa.text("select pg_database_size(current_database())")) or 0
        ),
    )
