"""Databases for tests: one of the process, emptied behind each test and named anew.

Making one from the template copies a thousand files; emptying takes what the test has written. Each test
sees an empty, migrated database under a name that nobody has had before, so that what a test has left running
finds nothing. Where a test did more than write rows (the schema, settings of the database, connections
refused), or emptying fails for whatever reason, the next one gets a new copy.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from app.kernel import postgres

PATIENCE_SECONDS = 5.0
MOST_TESTS = 200
"""After so many tests a new copy is made: what was deleted still takes room."""

_STATE = """
select (select count(*) from pg_class), (select count(*) from pg_proc), (select count(*) from pg_trigger),
       (select array_agg(tgenabled order by oid) from pg_trigger)::text,
       (select count(*) from pg_db_role_setting s where s.setdatabase = d.oid), d.datallowconn
  from pg_database d where d.datname = current_database()
"""
"""What must be as it was for a database to be used again."""

_OTHERS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is in a database: the rows by table, as the server copies them out, and where sequences stand."""

    tables: dict[str, bytes]
    sequences: dict[str, int]


class Databases:
    """Gives one database at a time."""

    def __init__(self, cluster: postgres.Cluster, template: str) -> None:
        self._cluster, self._template = cluster, template
        self._spare: str | None = None
        self._given = ""
        self._used = 0
        self._state: Any = None
        self._tables: list[str] = []
        self._kept: dict[str, str] = {}

    @contextmanager
    def one(self) -> Iterator[str]:
        """The name of an empty database, for as long as a test runs."""
        name = self._spare or self._copied()
        self._spare, self._given, self._used = None, name, self._used + 1
        yield name
        self._spare = self._emptied(name)

    def rows(self) -> Rows:
        """What the running test has in its database by now."""
        with self._connect(self._given) as connection:
            assert connection.execute(_STATE).fetchone() == self._state, (
                "more than rows has changed"
            )
            tables = {
                table: _copied_out(connection, table)
                for table in {*self._filled(connection), *self._kept}
            }
            moved = connection.execute(
                "select sequencename, last_value from pg_sequences where last_value is not null"
            )
            return Rows(tables, dict(moved.fetchall()))

    def is_untouched(self) -> bool:
        """Whether the running test has written nothing yet."""
        with self._connect(self._given) as connection:
            return not set(self._filled(connection)) - set(self._kept) and all(
                _rows(connection, one) == rows for one, rows in self._kept.items()
            )

    def put(self, rows: Rows) -> None:
        """Make these the rows of their tables. Without triggers: what they did is among the rows."""
        with self._connect(self._given) as connection, connection.transaction():
            connection.execute("set session_replication_role = replica")
            for table, content in rows.tables.items():
                name = sql.Identifier(table)
                connection.execute(sql.SQL("delete from {}").format(name))
                into = sql.SQL("copy {} from stdin (format binary)").format(name)
                with connection.cursor() as cursor, cursor.copy(into) as copy:
                    copy.write(content)
            for sequence, value in rows.sequences.items():
                connection.execute("select setval(%s, %s)", [sequence, value])

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self._cluster.sockets), user=postgres.OWNER, dbname=name, autocommit=True,
            password=self._cluster.passwords[postgres.OWNER],
        )  # fmt: skip

    def _copied(self) -> str:
        name, self._used = _name(), 0
        make = sql.SQL("create database {} template {} strategy file_copy")
        with self._connect("postgres") as connection:
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(self._template)))
        with self._connect(name) as connection:
            self._state = connection.execute(_STATE).fetchone()
            tables = connection.execute(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            )
            self._tables = sorted(row[0] for row in tables)
            self._kept = {one: _rows(connection, one) for one in self._filled(connection)}
        return name

    def _emptied(self, name: str) -> str | None:
        """The name of the same database, empty; None where it was dropped instead."""
        try:
            with self._connect(name) as connection:
                _end_others(connection)
                fit = (
                    self._used < MOST_TESTS and connection.execute(_STATE).fetchone() == self._state
                )
                if fit:
                    self._empty(connection)
        except psycopg.Error:
            fit = False
        with self._connect("postgres") as connection:
            if not fit:
                drop = sql.SQL("drop database if exists {} with (force)")
                connection.execute(drop.format(sql.Identifier(name)))
                return None
            other = _name()
            rename = sql.SQL("alter database {} rename to {}")
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(other)))
            return other

    def _filled(self, connection: psycopg.Connection[Any]) -> list[str]:
        asked = sql.SQL(" union all ").join(
            sql.SQL("select {} where exists (select from {})").format(
                sql.Literal(one), sql.Identifier(one)
            )
            for one in self._tables
        )
        return [row[0] for row in connection.execute(asked)]

    def _empty(self, connection: psycopg.Connection[Any]) -> None:
        """Without triggers: some tables forbid it, and the order of foreign keys does not matter."""
        connection.execute("set session_replication_role = replica")
        changed = set(self._filled(connection)) - set(self._kept)
        changed |= {one for one, rows in self._kept.items() if _rows(connection, one) != rows}
        with connection.transaction():
            for table in changed:
                connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
                if table in self._kept:
                    put = sql.SQL(
                        "insert into {0} overriding system value"
                        " select * from jsonb_populate_recordset(null::{0}, %s::jsonb)"
                    ).format(sql.Identifier(table))
                    connection.execute(put, [self._kept[table]])
            moved = connection.execute(
                "select sequencename from pg_sequences where last_value is not null"
            ).fetchall()
            for (sequence,) in moved:
                restart = sql.SQL("alter sequence {} restart")
                connection.execute(restart.format(sql.Identifier(sequence)))


def _copied_out(connection: psycopg.Connection[Any], table: str) -> bytes:
    out = sql.SQL("copy {} to stdout (format binary)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(out) as copy:
        return b"".join(bytes(part) for part in copy)


def _name() -> str:
    return f"test_{uuid4().hex[:12]}"


def _rows(connection: psycopg.Connection[Any], table: str) -> str:
    asked = sql.SQL("select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {} t")
    row = connection.execute(asked.format(sql.Identifier(table))).fetchone()
    assert row is not None
    return json.dumps(row[0])


def _end_others(connection: psycopg.Connection[Any]) -> None:
    """Nobody else is connected when this returns; raises psycopg.Error where somebody stays."""
    end = time.monotonic() + PATIENCE_SECONDS
    connection.execute("select pg_terminate_backend(pid) " + _OTHERS)
    while connection.execute("select count(*) " + _OTHERS).fetchone() != (0,):
        if time.monotonic() > end:
            raise psycopg.OperationalError
        time.sleep(0.002)
        connection.execute("select pg_terminate_backend(pid) " + _OTHERS)
