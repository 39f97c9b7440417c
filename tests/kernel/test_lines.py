"""A line to the database that is cut or falls silent, a full disk: whoever asks gets an answer in bounded time, and goes on
afterwards.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from app.gate.pool import GatePool
from app.kernel import db, postgres
from app.kernel.connections import LINE, AsyncBounded
from app.kernel.db import Database
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel
from app.kernel.live import Live
from app.web import health
from tests.kernel.test_events import wait_until
from tests.support.proxy import Line, Proxy, proxy

PATIENCE = 0.3
"""Of the test's connections; everybody who waits gets an answer in a few times that."""
BOUND = 3.0


@pytest.fixture
def line(cluster: postgres.Cluster) -> Iterator[Proxy]:
    with proxy(cluster.sockets / ".s.PGSQL.5432", delay=0.02) as made:
        yield made


@pytest.fixture
def far(line: Proxy, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The test's database, over the line."""
    monkeypatch.setitem(LINE, "connect_timeout", 2)
    url = sa.make_url(database_url).set(host="127.0.0.1", port=line.port, query={})
    made = Database(url.render_as_string(hide_password=False), pool=2, patience=PATIENCE)
    yield made
    made.dispose()


def ask(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(sa.text("select 1")) or 0)


@pytest.mark.parametrize("how", [Line.CUT, Line.SILENT])
def test_whoever_asks_is_answered_in_bounded_time(line: Proxy, far: Database, how: Line) -> None:
    assert ask(far) == 1
    line.set(how)
    began = time.monotonic()
    with pytest.raises(UnavailableError), far.transaction() as session:
        session.execute(sa.text("select 1"))
    assert time.monotonic() - began < BOUND + 5  # a new connection has a time of its own
    line.set(Line.OPEN)
    assert ask(far) == 1


def test_a_line_that_falls_silent_in_the_middle_ends_the_transaction(
    line: Proxy, far: Database
) -> None:
    began = time.monotonic()
    with pytest.raises(UnavailableError), far.transaction() as session:
        session.execute(sa.text("select 1"))
        line.set(Line.SILENT)
        session.execute(sa.text("select 1"))
    assert time.monotonic() - began < BOUND


def test_a_slow_line_is_waited_for(line: Proxy, far: Database) -> None:
    line.set(Line.SLOW)
    assert ask(far) == 1


def test_the_gate_is_answered_in_bounded_time(
    line: Proxy, far: Database, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncBounded, "patience", PATIENCE)
    kernel.database = far

    async def decide() -> float:
        pool = GatePool(kernel, 2)
        await pool.open()
        try:
            async with pool.transaction() as connection:
                await connection.execute("select 1")
            line.set(Line.SILENT)
            began = time.monotonic()
            with pytest.raises(UnavailableError):
                async with pool.transaction() as connection:
                    await connection.execute("select 1")
            took = time.monotonic() - began
            line.set(Line.OPEN)
            async with pool.transaction() as connection:
                await connection.execute("select 1")
            return took
        finally:
            await pool.close()

    with ThreadPoolExecutor(1) as alone:  # where no browser's loop runs
        assert alone.submit(lambda: asyncio.run(decide())).result() < BOUND


def test_a_listener_finds_out_that_its_line_is_dead(
    line: Proxy, far: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kernel.live.ASK_SECONDS", 0.1)
    monkeypatch.setattr("app.kernel.live.PATIENCE_SECONDS", PATIENCE)
    live = Live(far)
    live.start()
    try:
        wait_until(lambda: live.connected)
        line.set(Line.SILENT)
        wait_until(lambda: not live.connected)
        line.set(Line.OPEN)
        wait_until(lambda: live.connected)
    finally:
        line.set(Line.CUT)
        live.stop()


def test_readiness_tells_of_a_silent_database_at_once(
    line: Proxy, far: Database, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0.1)
    kernel = client.app.state.kernel
    monkeypatch.setattr(kernel, "database", far)
    assert ask(far) == 1
    line.set(Line.SILENT)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert client.get("/health/live").status_code == 200
    line.set(Line.OPEN)
    monkeypatch.setattr(health, "READY_SECONDS", 60.0)  # whoever still asks comes to an end first
    assert client.get("/health/ready").json()["database"]


def test_a_full_disk_is_told_by_readiness(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_full_at", db._full_at)  # put back afterwards
    assert client.get("/health/ready").json()["storage"] is True
    full = sa.text("do $$ begin raise exception 'no room' using errcode = 'disk_full'; end $$")
    with pytest.raises(UnavailableError), database.transaction() as session:
        session.execute(full)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["storage"]) == (503, False)
    monkeypatch.setattr(db, "FULL_SECONDS", 0.0)
    assert client.get("/health/ready").json()["storage"] is True
