"""A database of before, with a day in it, is brought to the newest schema and read through.

``at_0044.dump`` is what `egate demo --headless` of the state with migration 0044 left behind (PostgreSQL 16, `pg_dump -Fc -Z9 --no-owner
--no-unlogged-table-data`, under the tests' master secret): messages, declarations, presentations, referrals, a sealed trail. All of it is
invented. A later release gets a dump of its own in the same way.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from app.audit.sealing import signer
from app.audit.verify import verify
from app.keeping.engine import Work
from app.keeping.job import plan
from app.kernel import postgres
from app.kernel.crypto import Vault
from app.kernel.db import Base, Database, libpq_url
from app.kernel.migrate import upgrade
from app.keys.inventory import read_inventory
from app.keys.resealing import reseal
from app.operations.backup import count_rows, schema_head
from app.operations.tools import run_tool, server_major
from app.retention.profile import load
from app.tables import all_tables
from tests.conftest import administer

DUMP = Path(__file__).with_name("at_0044.dump")


@pytest.fixture
def before(cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of the database of before, as its owner."""
    name = f"before_{uuid4().hex[:8]}"
    administer(cluster, sql.SQL("create database {}").format(sql.Identifier(name)))
    url = cluster.url(postgres.OWNER, name)
    with psycopg.connect(libpq_url(url)) as connection:
        major = server_major(connection)
    run_tool("pg_restore", major, url, ["--no-owner", "--exit-on-error", DUMP])
    yield url
    administer(cluster, sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_a_day_of_the_previous_release_is_there_after_the_upgrade(
    before: str, cluster: postgres.Cluster, vault: Vault
) -> None:
    with psycopg.connect(libpq_url(before)) as connection:
        assert schema_head(connection) == "0044"
        rows = count_rows(connection)
    upgrade(before)
    with psycopg.connect(libpq_url(before)) as connection:
        kept = count_rows(connection)
    assert {name: kept.get(name) for name in rows} == rows
    assert (
        min(
            rows[name]
            for name in (
                "message",
                "passenger",
                "declaration",
                "presentation",
                "referral",
                "audit_leaf",
            )
        )
        > 0
    )
    program = Database(cluster.url("egate_app", sa.make_url(before).database or ""))
    try:
        _read_through(program, vault)
    finally:
        program.dispose()


def _read_through(database: Database, vault: Vault) -> None:
    """Every column of every table, what is sealed opened; the trail; what the newer features make of it."""
    now = datetime.now(UTC)
    all_tables()
    with database.read(snapshot=True) as session:
        for table in Base.metadata.sorted_tables:
            session.execute(sa.select(table)).all()
        report = verify(session, [signer(session, vault).verifier()], now)
        assert (report.is_intact, report.entries > 0) == (True, True)
        read_inventory(session, vault, now)
        plan(session, Work(load("eu-pnr"), now, vault))
        assert (
            session.scalar(sa.text("select count(*) from officer_grant where ended_at is null")) > 0
        )
    assert [done.place for done in reseal(database, vault) if done.failed] == []
