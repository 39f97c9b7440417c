"""Six simulated years and more: nothing is past its clock in any table, file or log that the product writes.

Every table has its rows (:mod:`tests.keeping.world`), of several years; time goes on in steps, the worker's own jobs run, and
then the whole database is copied out and searched, as an intruder with a dump would.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pytest
import sqlalchemy as sa

from app.analysis.snapshots import store_of
from app.audit.log import SYSTEM
from app.audit.sealing import signer
from app.audit.verify import verify
from app.gate import halls
from app.gate.models import HallSteps
from app.keeping.rules import RULES
from app.kernel import postgres
from app.kernel.clock import SettableClock
from app.kernel.db import libpq_url
from app.kernel.http import Kernel
from app.retention.clocks import Clock
from app.retention.profile import Profile, known, load
from app.screening.lifecycle import install_ruleset
from tests.keeping.clocks import keep_clocks
from tests.keeping.world import DECLARED, FOUND, Generation, dump
from tests.support import NOW

BEGAN = NOW - timedelta(days=2800)
"""So that all of it is past by the clock of the database, too: what is append-only goes by that one."""
SLACK = timedelta(days=2)
RULE = {rule.table: rule for rule in RULES}
TRAVEL_CLOCKS = {Clock.FLIGHT, Clock.TRAVELLER, Clock.SCREENING}
OF_PASSENGER = {r.table for r in RULES if r.within == "passenger"} | {
    "passenger", "booking", "booking_version", "traveller", "masked_row",
}  # fmt: skip


class Years:
    """The world, its clock, and what may still be there of whom."""

    def __init__(self, kernel: Kernel, owner_url: str, profile: Profile) -> None:
        self.kernel, self.profile, self.owner_url = kernel, profile, owner_url
        kernel.remembered[Profile] = profile
        assert isinstance(kernel.clock, SettableClock)
        self.clock = kernel.clock
        self.clock.now = BEGAN
        self.generations: list[Generation] = []
        with kernel.database.transaction() as session:
            install_ruleset(session, SYSTEM, BEGAN)
            halls.create_hall(session, "NRT", "Hall", HallSteps.ONE, BEGAN, halls.WITHOUT_READERS)
        self.existing = self._existing()

    def _existing(self) -> dict[str, UUID]:
        """Rows that the program has made: what is the same for everybody."""
        with self.kernel.database.read() as session:
            return {
                table: session.scalars(sa.text(f"select id from {table} order by 1 limit 1")).one()
                for table in ("rule", "rule_version", "ruleset", "hall")
            }

    def arrive(self, *, linked: bool) -> None:
        made = Generation(len(self.generations), self.clock(), linked)
        with self._owner() as connection:
            connection.execute("set session_replication_role = replica")
            made.fill(connection, self.existing)
            connection.execute(
                "insert into event (at, kind, subject) values (%s, 'passenger.changed', %s)",
                [self.clock(), made.ids["passenger"]],
            )
        self.generations.append(made)

    def _owner(self) -> Any:
        return psycopg.connect(self.owner_url)

    def pass_to(self, days: float) -> None:
        """What the worker does at that moment, all of it that keeps clocks."""
        self.clock.now = BEGAN + timedelta(days=days)
        keep_clocks(self.kernel, self.profile, self.clock())

    def left(self) -> dict[tuple[int, str, str], set[str]]:
        """Where marks stand: by generation, table and column."""
        found: dict[tuple[int, str, str], set[str]] = defaultdict(set)
        with self._owner() as connection:
            for place, content in dump(connection):
                for number, table, column in FOUND.findall(content):
                    found[int(number), table.decode(), column.decode()].add(place)
        store = store_of(self.kernel)
        assert store
        for path in store.folder.rglob("*"):
            if path.is_file():
                content = self._content(path)
                for number, table, column in FOUND.findall(content):
                    found[int(number), table.decode(), column.decode()].add("snapshots")
        return found

    def _content(self, path: Any) -> bytes:
        if path.suffix != ".parquet":
            return bytes(path.read_bytes())
        with duckdb.connect() as connection:
            return repr(connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()).encode()  # fmt: skip

    def overdue(self) -> list[str]:
        """Every mark that is past its clock, with where it stands."""
        return [
            f"{table}.{column} of {number} in {sorted(places)}"
            for (number, table, column), places in self.left().items()
            if self.clock() > self.generations[number].at + self._longest(number, table, column) + SLACK
        ]  # fmt: skip

    def _longest(self, number: int, table: str, column: str) -> timedelta:
        profile, plain = self.profile, table.removesuffix("+")
        rule = RULE[plain]
        period = profile[Clock.FLIGHT if rule.within == "passenger" else rule.clock]
        if table in DECLARED:  # what a case needs stays with it
            return profile[Clock.CASE].delete
        masked = column in rule.masks and period.mask
        longest = period.mask if masked and period.mask else period.delete
        if profile.unlinked and plain in OF_PASSENGER and not self.generations[number].linked:
            longest = min(longest, profile.unlinked)
        return longest


@pytest.fixture
def years(kernel: Kernel, cluster: postgres.Cluster, monkeypatch):
    monkeypatch.setattr("app.analysis.snapshots._GRACE_SECONDS", -1.0)

    def begin(profile: str) -> Years:
        owner = cluster.url(postgres.OWNER, kernel.database.engine.url.database)
        return Years(kernel, libpq_url(owner), load(profile))

    return begin


STEPS = (
    1,
    16,
    32,
    36,
    92,
    184,
    187,
    370,
    400,
    557,
    740,
    1097,
    1100,
    1470,
    1829,
    1833,
    2200,
    2560,
    2564,
    2790,
)


def live(years: Years, steps: tuple[float, ...]) -> None:
    """Arrivals on the first day, after half a year and after two; a look at everything at each step."""
    arrivals = {0: True, 184: False, 740: False}
    years.arrive(linked=arrivals.pop(0))
    for days in steps:
        years.pass_to(days)
        assert years.overdue() == [], f"after {days} days"
        if days in arrivals:
            years.arrive(linked=arrivals[days])
    years.pass_to(740 + 2560)


def test_six_years_under_the_directive(years, capfd) -> None:
    """And the trail stands, though its entries of the first years have left."""
    found = years("eu-pnr")
    live(found, STEPS)
    assert {table for _, table, _ in found.left()} <= {"officer", "x"}
    out = capfd.readouterr()
    assert not FOUND.search((out.out + out.err).encode())
    with found.kernel.database.read() as session:
        report = verify(session, [signer(session, found.kernel.vault).verifier()], found.clock())
    assert report.is_intact
    assert report.forgotten > 0


@pytest.mark.slow
@pytest.mark.parametrize("profile", known())
def test_every_month_under_each_profile(years, profile: str) -> None:
    found = years(profile)
    live(found, tuple(sorted({*range(1, 2790, 30), 184, 740})))


def test_the_world_has_marks_in_every_table(years) -> None:
    found = years("eu-pnr")
    found.arrive(linked=True)
    marked = {table.removesuffix("+") for _, table, _ in found.left()}
    assert {rule.table for rule in RULES if rule.clock is not Clock.SESSION} - marked <= {
        "backtest"
    }
