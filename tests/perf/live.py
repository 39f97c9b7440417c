"""How soon a changed watch list acts: from the commit of an entry to the new assessment of the traveller it names,
in each of two workers that run.
"""

import statistics

from app.audit.log import SYSTEM
from app.config import Settings
from app.demo import temporary_home
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.runtime import open_runtime
from app.screening.lifecycle import install_ruleset
from tests.perf import listed
from tests.perf.measure import Figures, Size
from tests.support import live
from tests.support.workers import Workers


def figures(size: Size) -> Figures:
    """The target of the design is 2 s."""
    entries, rounds = size.pick(3_000, 20_000, 200_000), size.pick(3, 10, 20)
    with temporary_home() as home:
        workers = Workers({"EGATE_STATE": str(home)}, home / "work.log")
        try:
            runtime = open_runtime(Settings(state=home), migrate=True)
            database = runtime.database("bench")
            with database.transaction() as session:
                install_ruleset(session, SYSTEM, system_clock())
            words = listed.words(min(listed.WORDS, entries), 1)
            live.fill(database, (one.name for one in listed.people(entries, 2, words)))
            people = live.passengers(database, runtime.settings.site, 2 * (rounds + 1))
            for _ in range(2):
                workers.start()
            found = live.until_live(database, workers.running, people, rounds)
            database.dispose()
        finally:
            workers.end()
            postgres.stop(home, mode="immediate")
    return {
        "entries": entries,
        "changes_of_each": rounds,
        "workers": [
            {"median_s": round(statistics.median(one), 3), "worst_s": round(max(one), 3)}
            for one in found
        ],
        "target_s": 2,
    }
