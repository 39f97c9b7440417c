"""PostgreSQL's own programs for copying databases: those of the embedded server's wheel."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.kernel.db import libpq_url
from app.kernel.errors import SetupError
from app.kernel.postgres import client_folder


class ToolError(SetupError):
    """A program of PostgreSQL did not do what it was asked for."""


def server_major(connection: psycopg.Connection) -> int:
    """The version of the server, like 18."""
    return connection.info.server_version // 10_000


def run_tool(name: str, major: int, url: str, words: Sequence[object]) -> None:
    """Run pg_dump, pg_restore or pg_basebackup against a database. Raises :class:`ToolError`.

    The password is in the child's environment, not on its command line, which anybody on the machine can read.
    """
    conninfo, environment = _without_password(url)
    command = [str(client_folder(major) / name), f"--dbname={conninfo}", *map(str, words)]
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise ToolError(f"{name} ended with {done.returncode}: {_first_error(done.stderr)}")


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    parts: dict[str, Any] = conninfo_to_dict(libpq_url(url))
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**parts), environment


def _first_error(said: str) -> str:
    """The first line that names an error: what follows it (DETAIL, CONTEXT) may name values."""
    lines = [line for line in said.splitlines() if "error:" in line] or ["no word of it"]
    return lines[0].partition("error:")[2].strip() or lines[0]


def sync(path: Path) -> None:
    """A file or folder is on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
