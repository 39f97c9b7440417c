"""The embedded server: found again, never doubled, recovered after everything was killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app.kernel import postgres
from app.kernel.postgres import Cluster


@pytest.fixture
def home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="egate-pg-", dir="/tmp"))
    home.chmod(0o755)
    yield home
    postgres.stop(home, mode="immediate")
    shutil.rmtree(home)


def connect(cluster: Cluster, role: str = "egate_app") -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.sockets), user=role, password=cluster.passwords[role],
        dbname=postgres.DATABASE, autocommit=True,
    )  # fmt: skip


def servers(home: Path) -> set[int]:
    """Postmasters of this home: processes with its data folder on their command line."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/postgres") and str(home / "data").encode() in words:
                found.add(int(entry.name))
    return found


def test_a_second_start_finds_the_running_server(home: Path) -> None:
    first = postgres.ensure(home)
    second = postgres.ensure(home)
    assert first == second
    assert len(servers(home)) == 1


def test_many_starters_at_once_make_one_server(home: Path) -> None:
    threads = [threading.Thread(target=postgres.ensure, args=(home,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(servers(home)) == 1


def test_a_server_left_by_a_killed_starter_is_found_again(home: Path) -> None:
    code = (
        "import os, pathlib, signal; from app.kernel import postgres;"
        f"postgres.ensure(pathlib.Path({str(home)!r})); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    left = servers(home)
    assert len(left) == 1
    postgres.ensure(home)
    assert servers(home) == left


def test_after_kill_9_of_everything_the_next_start_recovers_with_nothing_lost(home: Path) -> None:
    cluster = postgres.ensure(home)
    with connect(cluster, postgres.OWNER) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept select generate_series(1, 1000)")
    for pid in postgres._processes_in(home / "data"):
        with suppress(ProcessLookupError):  # ended with those before it
            os.kill(pid, signal.SIGKILL)
    again = postgres.ensure(home)
    with connect(again, postgres.OWNER) as connection:
        row = connection.execute("select count(*) from kept").fetchone()
    assert row == (1000,)
    assert len(servers(home)) == 1


def test_a_recycled_process_id_in_the_lock_file_does_not_stop_the_start(home: Path) -> None:
    cluster = postgres.ensure(home)
    postgres.stop(home, mode="immediate")
    pid_file = home / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{home}/data\n0\n5432\n{cluster.sockets}\n\n")
    assert postgres.ensure(home) == cluster


def test_an_interrupted_initdb_is_repeated(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "PG_VERSION").write_text("18\n")
    connect(postgres.ensure(home)).close()


def test_a_long_home_gets_a_short_socket_path(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    cluster = postgres.ensure(deep)
    try:
        assert len(str(cluster.sockets)) < postgres.SUN_PATH
        connect(cluster).close()
    finally:
        postgres.stop(deep, mode="immediate")
        shutil.rmtree(cluster.sockets)


def test_roles_need_their_password_and_the_program_cannot_create_tables(home: Path) -> None:
    cluster = postgres.ensure(home)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            host=str(cluster.sockets), user="egate_app", password="wrong", dbname="egate"
        )
    with connect(cluster) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("create table mine (n int)")


def test_folders_above_data_and_binaries_keep_their_permissions(home: Path) -> None:
    watched = [home, home.parent, *postgres._wheel().parents]
    before = [path.stat().st_mode for path in watched]
    postgres.ensure(home)
    assert [path.stat().st_mode for path in watched] == before


def test_secrets_are_readable_by_the_starter_alone(home: Path) -> None:
    postgres.ensure(home)
    assert (home / "cluster.json").stat().st_mode & 0o077 == 0
    assert (home / "data").stat().st_mode & 0o077 == 0
    assert not (home / "initdb.password").exists()
