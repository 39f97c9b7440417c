"""Point-in-time recovery, by the very lines of docs/operations.md."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from app.audit.log import SYSTEM, record
from app.cli import main
from app.commands.audit import print_checkpoints
from app.kernel import postgres
from app.kernel.db import Database, libpq_url
from app.kernel.migrate import upgrade
from tests.conftest import SECRET

DOCS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
ARCHIVING, BASE_BACKUP, BACK = re.findall(
    r"```sh\n(.*?)```",
    DOCS.partition("\n## Point-in-time recovery\n")[2].partition("\n## ")[0],
    re.DOTALL,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[postgres.Cluster]:
    home = Path(tempfile.mkdtemp(prefix="egate-pitr-", dir="/tmp"))
    home.chmod(0o755)
    try:
        cluster = postgres.ensure(home)
        upgrade(cluster.url(postgres.OWNER))
        yield cluster
    finally:
        postgres.stop(home, mode="immediate")
        shutil.rmtree(home)


class Administrator:
    """Whoever types the lines: the account of the server."""

    def __init__(self, server: postgres.Cluster) -> None:
        account = postgres._account()
        self._who = (
            {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        )
        safe = server.home / "safe"
        safe.mkdir()
        shutil.chown(server.home, account.pw_uid if account else os.getuid())
        shutil.chown(safe, account.pw_uid if account else os.getuid())
        self._environment = {
            "PATH": f"{postgres._binaries(18, account)}:/usr/bin:/bin", "PGDATA": str(server.home / "data"),
            "ARCHIVE": str(safe / "archive"), "BASE": str(safe / "base"), "PGHOST": str(server.sockets),
            "PGUSER": postgres.OWNER, "PGPASSWORD": server.passwords[postgres.OWNER], "PGDATABASE": postgres.DATABASE,
        }  # fmt: skip

    def types(self, lines: str, **more: str) -> None:
        done = subprocess.run(
            ["bash", "-euc", lines], env=self._environment | more, cwd="/", check=False, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **self._who,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def write(database: Database, count: int) -> None:
    with database.transaction() as session:
        for _ in range(count):
            record(session, SYSTEM, "case.closed", "case", uuid4(), datetime.now(UTC), count=1)


def test_the_lines_of_the_handbook_lead_back_to_the_moment(
    server: postgres.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    monkeypatch.setenv("EGATE_DATABASE_URL", server.url())
    monkeypatch.setenv("EGATE_MIGRATION_URL", server.url(postgres.OWNER))
    monkeypatch.setenv("EGATE_SECRET", base64.urlsafe_b64encode(SECRET).decode())
    administrator, database = Administrator(server), Database(server.url())
    administrator.types(ARCHIVING)
    write(database, 2)
    administrator.types(BASE_BACKUP)
    write(database, 3)
    assert print_checkpoints(None) == 0
    (tmp_path / "notes").write_text(capsys.readouterr().out)
    owner = libpq_url(server.url(postgres.OWNER))
    with psycopg.connect(owner) as connection:
        [(when, epoch)] = connection.execute(
            "select clock_timestamp()::text, value from setting where key = 'epoch'"
        )
    with psycopg.connect(owner) as connection:
        connection.execute("drop table message cascade")  # what was not to happen
    database.dispose()
    administrator.types(BACK, WHEN=when)
    assert main(["recovered", "--checkpoints", str(tmp_path / "notes")]) == 0
    assert json.loads(capsys.readouterr().out) == {"intact": True, "entries": 5, "size": 5}
    with psycopg.connect(owner) as connection:
        assert connection.execute("select count(*) from message").fetchone() == (0,)
        assert connection.execute("select value from setting where key = 'epoch'").fetchone() != (
            epoch,
        )
