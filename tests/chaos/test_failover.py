"""The database's machine is lost, its replica takes over: the programs find it by themselves (an address with two hosts)."""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL

import httpx2
import psycopg
import pytest

from app.kernel import postgres
from app.kernel.migrate import upgrade
from app.programs import free_port
from tests.chaos.client import Client
from tests.chaos.world import until
from tests.conftest import SECRET

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="egate-failover-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    for name in ("first", "second"):
        postgres.stop(made / name, mode="immediate")
    shutil.rmtree(made)


def replica_of(first: postgres.Cluster, home: Path) -> postgres.Cluster:
    """A synchronous standby of ``first``: what is committed there is here."""
    account = postgres._account()
    binaries = postgres._binaries(18, account)
    home.mkdir()
    home.chmod(0o755)
    if account:
        os.chown(home, account.pw_uid, account.pw_gid)
    data, sockets = home / "data", home / "s"
    source = f"host={first.sockets} user={postgres.OWNER} password={first.passwords[postgres.OWNER]} application_name=second"
    postgres._run(
        [binaries / "pg_basebackup", "-D", data, "-d", source, "-X", "stream", "-c", "fast"],
        account,
    )
    second = postgres.Cluster(home, sockets, first.passwords)
    settings = f"primary_conninfo = '{source}'\n"
    postgres._write_config(data, sockets, settings, account)
    (data / "standby.signal").touch()
    if account:
        os.chown(data / "standby.signal", account.pw_uid, account.pw_gid)
    postgres._start(data, binaries, account, second)
    return second


def administer(cluster: postgres.Cluster, statement: str) -> None:
    with psycopg.connect(
        host=str(cluster.sockets), user=postgres.OWNER, dbname="postgres", autocommit=True,
        password=cluster.passwords[postgres.OWNER],
    ) as connection:  # fmt: skip
        connection.execute(statement.encode())


@pytest.mark.slow
def test_the_programs_go_on_with_the_replica(home: Path) -> None:
    first = postgres.ensure(home / "first")
    upgrade(first.url(postgres.OWNER))
    second = replica_of(first, home / "second")
    administer(first, "alter system set synchronous_standby_names = 'second'")
    administer(first, "select pg_reload_conf()")
    port = free_port()
    password = first.passwords["egate_app"]
    url = (
        f"postgresql://egate_app:{password}@/{postgres.DATABASE}?host={first.sockets},{second.sockets}"
        "&port=5432,5432&target_session_attrs=read-write"
    )
    environment = os.environ | {
        "EGATE_DATABASE_URL": url, "EGATE_PORT": str(port), "EGATE_LOG_LEVEL": "CRITICAL",
        "EGATE_SECRET": base64.urlsafe_b64encode(SECRET).decode(), "EGATE_STATE": str(home),
    }  # fmt: skip
    serve = subprocess.Popen(
        [sys.executable, "-m", "app", "serve"], env=environment, cwd=ROOT, stdout=DEVNULL,
        stderr=DEVNULL, start_new_session=True,
    )  # fmt: skip
    client = Client(f"http://127.0.0.1:{port}")
    try:
        until(client.ready, "not ready")
        postgres.stop(home / "first", mode="immediate")
        assert not client.ready()  # the replica takes no writes: nobody may think that it would
        assert httpx2.get(client.address + "/health/live", timeout=5).status_code == 200
        administer(second, "select pg_promote()")
        until(client.ready, "the service does not find the new primary")
        assert serve.poll() is None
    finally:
        serve.kill()
        serve.wait()
