"""What is kept how long, from the command line: JSON for programs."""

import json
from typing import Any

import sqlalchemy as sa

from app.commands.data import connected
from app.keeping.engine import Work
from app.keeping.job import plan, run_all
from app.kernel.clock import system_clock
from app.retention.models import RetentionRun
from app.runtime import Runtime

_SHOWN = 10


def print_plan() -> int:
    """``egate retention plan``: what is due, by table; nothing is changed."""
    with connected() as (runtime, database), database.read(snapshot=True) as session:
        work = _work(runtime)
        _print({"profile": work.profile.key, "tables": plan(session, work)})
    return 0


def run_now() -> int:
    """``egate retention run``: exit code 1 where a table failed; the next run tries it again."""
    with connected() as (runtime, database):
        done = run_all(database, _work(runtime))
    _print(_said(done))
    return 1 if done.failed else 0


def print_status() -> int:
    """``egate retention status``."""
    with connected() as (runtime, database), database.read() as session:
        profile = runtime.settings.profile
        runs = session.scalars(
            sa.select(RetentionRun).order_by(RetentionRun.started_at.desc()).limit(_SHOWN)
        )
        _print({"profile": profile.key, "title": profile.title, "digest": profile.digest,
                "runs": [_said(one) for one in runs]})  # fmt: skip
    return 0


def _work(runtime: Runtime) -> Work:
    return Work(runtime.settings.profile, system_clock(), runtime.vault)


def _said(run: RetentionRun) -> dict[str, Any]:
    ended = run.finished_at.isoformat() if run.finished_at else None
    return {"profile": run.profile, "started": run.started_at.isoformat(), "finished": ended,
            "counts": run.counts, "failed": run.failed}  # fmt: skip


def _print(said: dict[str, Any]) -> None:
    print(json.dumps(said, indent=2))
