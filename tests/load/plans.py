"""How the service finds its rows among 100,000 passengers: docs/plans.md, written anew.

    python -m tests.load.plans [--people N] [--out FILE]

A temporary database is filled, each statement of the gate and of one turn of a worker is explained (run, and rolled back),
and told by what it takes from the tables that grow: an index each, or the whole.
"""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from app.gate import hot
from app.gate.presentations import Call, read_values
from app.gate.shown import Shown, read_passport
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.kernel.telemetry import configure_logging
from app.work.worker import Worker
from tests.load import people
from tests.perf import world
from tests.perf.gate import Traveller
from tests.perf.world import World
from tests.support import crowded

FEW = 5
LARGE = 2_000
"""Rows from which a table is worth an index."""
Plan = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One statement: who asks it, how it begins, pages touched, milliseconds, what it takes from large tables."""

    who: str
    text: str
    pages: int
    ms: float
    ways: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return any(way.startswith("all of ") for way in self.ways)


def main() -> None:
    given = _arguments()
    configure_logging(json=True, level="ERROR")
    with world.world() as made:
        travellers = people.ready(made, 120)
        made.programs.stop()
        with made.owner() as connection:
            crowded.fill(connection, given.people, system_clock())
            large = _large(connection)
            worker = Worker(made.runtime.kernel("plans"))
            told = [*_gate(made, connection, travellers[0], large), *of_turn(worker, large)]
            text = page(given.people, told, _sizes(connection), _version(connection))
    given.out.write_text(text)
    print(
        f"{len(told)} statements, {sum(one.is_whole for one in told)} read a large table whole",
        file=sys.stderr,
    )


# --- statements -----------------------------------------------------------------------------------


def _gate(
    made: World, connection: psycopg.Connection[Any], who: Traveller, large: frozenset[str]
) -> Iterator[Told]:
    """In the forms in which they are prepared."""
    now = system_clock()
    shown = Shown(passport=read_passport(who.mrz, now.date()))
    for device in ("gate", "kiosk", "lane"):
        call = Call.of(made.devices[device], "key", b"")
        yield _prepared(
            connection, f"gate: read, {device}", hot.READ, read_values(call, shown, now), large
        )
    call = Call.of(made.devices["lane"], "key", b"")
    nobody = uuid7()
    passing = {
        "token": call.token, "key": call.key, "hash": call.digest, "now": now, "presentation": nobody,
        "id": uuid7(), "use": uuid7(), "audit": uuid7(), "device": nobody, "hall": nobody,
    }  # fmt: skip
    for name, statement in (("consume", hot.CONSUME), ("why not", hot.WHY_NOT), ("earlier call", hot.CLAIMED),
                            ("look", hot.SHOW), ("device", hot.KNOWN), ("passage", hot.PASSAGE)):  # fmt: skip
        yield _prepared(connection, f"gate: {name}", statement, passing, large)


def _prepared(
    connection: psycopg.Connection[Any], who: str, statement: str, values: dict[str, Any],
    large: frozenset[str],
) -> Told:  # fmt: skip
    asked = hot.prepared(statement, values)
    with connection.transaction(force_rollback=True), psycopg.RawCursor(connection) as cursor:
        cursor.execute(
            b"explain (analyze, buffers, format json) " + asked.text, asked.arguments(values)
        )
        return _told(who, statement, cursor.fetchall()[0][0][0], large)


def of_turn(worker: Worker, large: Collection[str]) -> list[Told]:
    """Each statement of one turn, by its job; ``large``: tables of which it counts how rows are found."""
    database: Database = worker._kernel.database  # what it does is looked at
    asked: dict[str, tuple[str, Any]] = {}
    job = ""

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.setdefault(statement, (job, values))

    attempt = worker._attempt

    def named(name: str, work: Callable[[], bool]) -> bool:
        nonlocal job
        job = name.replace("_", " ")
        return attempt(name, work)

    worker._attempt = named  # type: ignore[method-assign]
    sa.event.listen(database.engine, "before_cursor_execute", note)
    worker._turn()
    sa.event.remove(database.engine, "before_cursor_execute", note)
    return [
        told
        for statement, (who, values) in asked.items()
        if re.match(r"\s*(select|with|update|delete)\b", statement, re.IGNORECASE)
        and (told := _explained(database, f"worker: {who}", statement, values, large))
    ]


def _explained(
    database: Database, who: str, statement: str, values: Any, large: Collection[str]
) -> Told | None:
    """None for what cannot be done twice."""
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        try:
            cursor.execute("explain (analyze, buffers, format json) " + statement, values)
        except psycopg.errors.IntegrityError:
            return None
        found = cursor.fetchall()[0][0][0]
        connection.rollback()
    return _told(who, statement, found, large)


def _told(who: str, statement: str, found: Plan, large: Collection[str]) -> Told:
    root = found["Plan"]
    ways = dict.fromkeys(
        way for node in _walk(root) if (way := _way(node)) and node["Relation Name"] in large
    )
    pages = root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0)
    text = " ".join(re.sub(r"--.*", "", statement).split())
    return Told(who, text[:70], pages, round(found["Execution Time"], 1), tuple(ways))


def _walk(node: Plan) -> Iterator[Plan]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def _way(node: Plan) -> str:
    """Of what was run at all."""
    if "Relation Name" not in node or not node.get("Actual Loops"):
        return ""
    if node["Node Type"] == "Seq Scan":
        return f"all of {node['Relation Name']}"
    return str(node.get("Index Name", ""))


# --- the page -------------------------------------------------------------------------------------


def page(count: int, told: list[Told], sizes: list[tuple[Any, ...]], version: str) -> str:
    """docs/plans.md."""
    shown = [one for one in told if one.pages >= FEW or one.is_whole]
    ordered = sorted(shown, key=lambda one: (not one.is_whole, -one.pages, one.who, one.text))
    head = (
        f"# Plans\n\nHow the gate and a worker find their rows in a database of {count:,} passengers who have declared and passed"
        f" (PostgreSQL {version}); made anew by `python -m tests.load.plans`. Pages are of 8 KiB, hit or read; times are of"
        " one run and wander; statements that read a large table (2,000 rows or more) whole stand first."
        f" {len(told) - len(shown)} more touch fewer than {FEW} pages each.\n\n"
    )
    columns = "| asked by | statement | pages | ms | large tables by |\n|---|---|---|---|---|\n"
    grown = "\n## What grows\n\n| table | rows | MB | of it indexes |\n|---|---|---|---|\n"
    rows = [f"| {name} | {n:,} | {all_:.1f} | {own:.1f} |\n" for name, n, all_, own in sizes]
    return "".join([head, columns, *map(_row, ordered), grown, *rows])


def _row(one: Told) -> str:
    text = one.text.replace("|", "\\|")
    return f"| {one.who} | `{text}` | {one.pages} | {one.ms} | {', '.join(one.ways) or '-'} |\n"


_LARGE = "select relname from pg_class where relkind in ('r', 'p') and reltuples >= %s"
_SIZES = """
select relname, reltuples::bigint, pg_total_relation_size(oid) / 1e6, pg_indexes_size(oid) / 1e6 from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= %s order by 3 desc
"""


def _large(connection: psycopg.Connection[Any]) -> frozenset[str]:
    return frozenset(name for (name,) in connection.execute(_LARGE, [LARGE]))


def _sizes(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return list(connection.execute(_SIZES, [LARGE]))


def _version(connection: psycopg.Connection[Any]) -> str:
    return str(connection.execute("show server_version").fetchall()[0][0]).split()[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.plans", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=Path("docs/plans.md"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
