"""A world that the program itself wrote: no table with a personal column is forgotten in it, and its clocks run out as well.

The rows of :mod:`tests.keeping.test_six_years` are made from the tables; these come by messages, forms, gates and pages.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.identity.models import Officer
from app.kernel import postgres
from app.kernel.clock import SettableClock
from app.kernel.db import libpq_url
from app.kernel.http import Kernel
from app.referrals.models import Referral, ReferralState
from app.retention.profile import Profile, load
from app.screening import proposals
from app.screening.list_models import WatchlistProposal
from app.screening.models import WatchlistEntry
from app.screening.urgent import expire_lookouts
from tests.keeping.clocks import keep_clocks
from tests.keeping.lived import LIST, SYSTEM, Life
from tests.keeping.world import dump, personal_tables
from tests.support.airport import Airport
from tests.support.lists import remove_entries

NOT_LIVED: Mapping[str, str] = {
    "masked_row": "written by masking: looked for afterwards",
    "unmasking": "asked for what was masked: afterwards",
    "backtest": "samples of a trial over weeks of snapshots: tests/analysis",
    "sealed_face": "an hour: tests/gate/test_faces.py", "referral_picture": "the same",
    "live_look": "the same: tests/gate/test_live.py",
    "passkey": "needs an authenticator: tests/identity/test_passkeys.py",
    "officer_link": "needs a provider: tests/identity/test_oidc.py",
    "officer_password": "needs the setting: tests/identity/test_passwords.py",
    "sender_mapping": "a reason beside a table of codes: tests/messages/test_mapping.py",
    "sandbox_message": "two weeks: tests/messages/test_sandbox.py",
    "awaited_status": "a reference that no list has named: tests/messages/test_departure.py",
    "disclosure": "a reason to see what is masked: tests/web/test_fields.py",
    "shadow_hit": "needs a rule on trial: tests/screening/test_lifecycle.py",
}  # fmt: skip
"""Tables without rows in this world, each with its reason; one that gets rows has to leave this list."""
EMPTIED = {"officer", "message", "answer", "quarantine", "declaration"}
"""Their rows stay, without what was personal in them: figures count them."""
YEARS = timedelta(days=9 * 366)


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    return {
        table.name: connection.execute(f"select count(*) from {table.name}".encode()).fetchone()[0]  # type: ignore[index]
        for table in personal_tables()
    }


def forgotten(rows: Mapping[str, int]) -> set[str]:
    return {table for table, count in rows.items() if not count}


@pytest.fixture
def owner(kernel: Kernel, cluster: postgres.Cluster):
    url = cluster.url(postgres.OWNER, kernel.database.engine.url.database)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        yield connection


def test_nothing_of_a_lived_world_outlives_its_clock(
    client: TestClient, kernel: Kernel, owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.analysis.snapshots._GRACE_SECONDS", -1.0)
    profile = kernel.remembered[Profile] = load("eu-pnr")
    clock = kernel.clock
    assert isinstance(clock, SettableClock)
    life = Life(Airport(client, kernel))
    life.live()
    assert forgotten(counts(owner)) == set(NOT_LIVED)

    clock.now += timedelta(days=200)
    keep_clocks(kernel, profile, clock.now)
    life.unmasking_is_asked()
    assert not forgotten(counts(owner)) & {"masked_row", "unmasking", "passenger", "hit"}

    all_is_over(kernel, clock)
    with trail_ahead(owner):
        clock.now += YEARS
        for _ in range(3):  # that entries leave is sealed before they do
            keep_clocks(kernel, profile, clock.now)
            clock.now += timedelta(days=1)
    left = {table: count for table, count in counts(owner).items() if count}
    assert left.keys() <= EMPTIED, left
    for place, content in dump(owner):
        # invented names and numbers begin so; three bytes alone are found in random ones, sooner or later
        assert not re.search(rb"zqx[a-z0-9]{3}", content.lower()), place


@contextmanager
def trail_ahead(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """What is append-only goes by the clock of the database: nine years ahead, and back for the tests that follow."""
    clock = "create or replace function trail_clock() returns timestamptz language sql as"
    owner.execute(f"{clock} $$ select clock_timestamp() + interval '9 years' $$")
    try:
        yield
    finally:
        owner.execute(f"{clock} $$ select clock_timestamp() $$")


def all_is_over(kernel: Kernel, clock: SettableClock) -> None:
    """Cases are closed, officers have left, the list is empty, what waits is decided."""
    with kernel.database.transaction() as session:
        keys = session.scalars(sa.select(WatchlistEntry.key)).all()
        remove_entries(session, SYSTEM, LIST, keys, clock.now)
        for waits in session.scalars(
            sa.select(WatchlistProposal).where(WatchlistProposal.status == "proposed")
        ):
            proposals.reject(session, SYSTEM, waits.id, clock.now)
        expire_lookouts(session, clock.now)
        session.execute(sa.update(Officer).values(disabled_at=clock.now))
        closed = {"state": ReferralState.CLOSED, "closed_at": clock.now}
        session.execute(sa.update(Referral).where(Referral.closed_at.is_(None)).values(closed))
