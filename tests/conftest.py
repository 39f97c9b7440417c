"""Fixtures of all tests: a temporary PostgreSQL cluster, a fresh database each, the whole program."""

import base64
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, settings
from psycopg import sql
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.config import Settings
from app.identity import devices, officers, senders
from app.identity.models import DeviceKind, DeviceToken
from app.identity.permissions import Role
from app.kernel import postgres, telemetry
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault, new_token, token_hash
from app.kernel.db import Database
from app.kernel.http import Kernel
from app.kernel.migrate import upgrade
from app.kernel.sealed import use_vault
from app.main import create_app
from app.runtime import make_kernel
from app.screening.lifecycle import install_ruleset
from tests.support import NOW, SECOND_TRY
from tests.support.databases import Databases
from tests.support.scenes import Scenes
from tests.support.workers import Workers

SECRET = bytes(range(32))
use_vault(Vault(SECRET))
# A busy machine makes an example slow: that is no defect of the program. A run of the suite tries the same
# examples each time, so that it says the same of the same code; `make explore` looks for new ones.
EXPLORE = os.environ.get("EGATE_EXPLORE") == "1"
settings.register_profile(
    "egate", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=not EXPLORE
)
settings.load_profile("egate")
# Errors are logged as the program logs them; the library's own way prints the values of all variables.
structlog.configure(processors=telemetry.processors(json=False))

FAST = """\
fsync = off
synchronous_commit = off
full_page_writes = off
scram_iterations = 1
"""
"""Nothing outlives a crash, and signing in costs a quarter: a test connects some ten times."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A temporary embedded server; EGATE_TEST_POSTGRES picks 16 or 18."""
    version = int(os.environ.get("EGATE_TEST_POSTGRES", "18"))
    home = Path(tempfile.mkdtemp(prefix="egate-test-", dir="/tmp"))
    home.chmod(0o755)
    try:
        cluster = postgres.ensure(home, version=version, settings=FAST)
        owner, password = sql.Identifier(postgres.OWNER), cluster.passwords[postgres.OWNER]
        administer(cluster, sql.SQL("alter role {} password {}").format(owner, password))
        yield cluster
    finally:
        postgres.stop(home, version=version, mode="immediate")
        shutil.rmtree(home)


def administer(cluster: postgres.Cluster, *statements: sql.Composable) -> None:
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.OWNER, dbname="postgres", autocommit=True,
        password=cluster.passwords[postgres.OWNER],
    ) as connection:  # fmt: skip
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def template(cluster: postgres.Cluster) -> str:
    """The name of a migrated, empty database to copy from."""
    upgrade(cluster.url(postgres.OWNER))
    return postgres.DATABASE


@pytest.fixture(scope="session")
def databases(cluster: postgres.Cluster, template: str) -> Databases:
    return Databases(cluster, template)


@pytest.fixture(scope="session")
def scenes(databases: Databases) -> Scenes:
    return Scenes(databases)


@pytest.fixture
def database_url(cluster: postgres.Cluster, databases: Databases) -> Iterator[str]:
    """The URL of an empty database, as the role of the program."""
    with databases.one() as name:
        yield cluster.url("egate_app", name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, name="test", pool=12)
    yield database
    for thread in threading.enumerate():
        if thread.name == "watchlist-index":
            thread.join()  # what it holds would never be closed: a warning in some later test
    database.dispose()


@pytest.fixture
def starting_rules(database: Database, scenes: Scenes) -> None:
    """The rules that come with the program are in force."""

    def install() -> None:
        with database.transaction() as session:
            install_ruleset(session, SYSTEM, NOW)

    scenes.enter("starting rules", install)


@pytest.fixture
def workers(database: Database, tmp_path: Path) -> Iterator[Workers]:
    """``egate work`` on the test's database, started by the test, ended behind it."""
    url = database.engine.url.render_as_string(hide_password=False)
    secret = base64.urlsafe_b64encode(SECRET).decode()
    environment = {"EGATE_DATABASE_URL": url, "EGATE_SECRET": secret, "EGATE_POOL": "4"}
    workers = Workers(environment, tmp_path / "work.log")
    yield workers
    workers.end()


@pytest.fixture
def vault() -> Vault:
    return Vault(SECRET)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def kernel(database: Database, vault: Vault, clock: SettableClock, tmp_path: Path) -> Kernel:
    return make_kernel(Settings(snapshots=tmp_path / "snapshots"), database, vault, clock)


@pytest.fixture
def client(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The whole program, started and stopped. No worker runs beside it: who waits for one waits in vain."""
    monkeypatch.setattr("app.gate.presentations.STALE_SECONDS", 0.02)
    monkeypatch.setattr("app.gate.presentations.GLANCE_SECONDS", 0.01)
    monkeypatch.setattr("app.gate.holds.RELEASE_SECONDS", 0.02)
    monkeypatch.setattr("app.gate.holds.RETRY_SECONDS", 0.01)
    with TestClient(create_app(kernel), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def sender_headers(database: Database) -> dict[str, str]:
    """A sender that may speak for XX, ZZ and QQ."""
    with database.transaction() as session:
        _, token = senders.create_sender(session, "test sender", ["XX", "ZZ", "QQ"], "NRT", NOW)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def officer(database: Database) -> Callable[..., dict[str, str]]:
    """``officer(Role.X)`` -> headers of a signed-in officer with that role."""

    def make(role: Role = Role.SENIOR) -> dict[str, str]:
        with database.transaction() as session:
            login = f"{role}-{uuid4().hex[:6]}"
            made = officers.create_officer(session, login, f"Officer {role}", [role], "NRT", NOW)
            token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
        return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}

    return make


@pytest.fixture
def enrolled(
    database: Database, clock: SettableClock
) -> Callable[[DeviceKind, UUID], dict[str, str]]:
    """``enrolled(kind, hall_id)`` -> headers of an enrolled device with a live token."""

    def make(kind: DeviceKind, hall_id: UUID) -> dict[str, str]:
        key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        token = new_token()
        with database.transaction() as session:
            device = devices.enrol(session, kind, f"{kind}-{uuid4().hex[:6]}", hall_id, key, NOW)
            session.add(
                DeviceToken(
                    device_id=device.id, token_hash=token_hash(token), assertion_id="test",
                    expires_at=clock() + devices.TOKEN_LIFE,
                )
            )  # fmt: skip
        return {"Authorization": f"Bearer {token}"}

    return make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which tests passed only when tried again, and why they had not."""
    for report in terminalreporter.getreports("") + terminalreporter.getreports("passed"):
        for name, text in getattr(report, "user_properties", ()):
            if name == SECOND_TRY:
                terminalreporter.section(f"needed a second try: {report.nodeid}")
                terminalreporter.line(str(text)[-2000:])
