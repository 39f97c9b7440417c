"""What a worker does that keeps clocks, all of it at once, and what a dump would show."""

from datetime import datetime

from app.analysis import snapshots
from app.analysis.snapshots import store_of
from app.audit.sealing import seal
from app.keeping.engine import Work
from app.keeping.job import run_all
from app.kernel.http import Kernel
from app.retention.profile import Profile
from app.work import chores


def keep_clocks(kernel: Kernel, profile: Profile, now: datetime) -> None:
    """The retention job, the sweeps of their own, the seal, the snapshots."""
    done = run_all(kernel.database, Work(profile, now, kernel.vault))
    assert done.failed == []
    for chore in (chores.forget_faces, chores.empty_raws, chores.erase_declarations):
        while chore(kernel):
            pass
    with kernel.database.transaction() as session:
        seal(session, kernel.vault, now)
    store = store_of(kernel)
    assert store
    while snapshots.write_due(kernel.database, store, now):
        pass
    while snapshots.age(kernel.database, store, now):
        pass
    snapshots.sweep(kernel.database, store)
