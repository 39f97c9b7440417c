"""A change of a list acts in every worker, without a restart."""

from collections.abc import Iterator

import pytest

from app.audit.log import SYSTEM
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.screening import lifecycle
from risk_rules.names import Name
from tests.support import live
from tests.support.flood import name_of
from tests.support.workers import Workers


def names(count: int) -> Iterator[Name]:
    for number in range(count):
        yield Name(name_of(number * 104_729), name_of(number * 7919 + 5))


@pytest.mark.slow
def test_each_worker_acts_on_an_entry_that_came_while_it_ran(
    database: Database, workers: Workers
) -> None:
    """How soon, the benchmark `live` says."""
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, system_clock())
    live.fill(database, names(2_500))
    people = live.passengers(database, "NRT", 4)
    for _ in range(2):
        workers.start()
    found = live.until_live(database, workers.running, people, rounds=1)
    assert [len(one) for one in found] == [1, 1]
    assert all(one.poll() is None for one in workers.running)
    assert workers.log.read_text() == ""
