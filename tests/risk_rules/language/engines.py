"""The same records in DuckDB, PostgreSQL and Spark, to be asked the same conditions."""

import datetime as dt
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from risk_rules.facts import CATALOGUE, Facts, ManagedList, Type, blank
from risk_rules.language.rule import Rule
from risk_rules.language.sql import DialectName, columns, to_sql
from tests.risk_rules.language.random_conditions import DAYS, FACTS, FIELDS, LISTS, STRINGS

Answers = list[tuple[bool | None, ...]]
BATCH = 50

SOME: dict[Type, Sequence[Any]] = {
    "bool": (True, False), "int": (-3, 0, 1, 2, 5), "num": (0.0, 0.25, 0.5, 1.5),
    "str": STRINGS, "date": DAYS,
}  # fmt: skip
ANY: dict[Type, Sequence[Any]] = {
    "bool": (True, False),
    "int": (-1, 0, 1, 2, 3, 5, 8, 18, 30, 31, 90, 500, 30_000, 1_000_000, 2**53),
    "num": (0.0, 0.001, 0.2, 0.999),
    "str": ("", "JPN", "JP", "P", "AF", "cash", "card", "XX", "gmail.com", "Ä\\b", "it's", "日本", "😀"),
    "date": (*DAYS, dt.date(1999, 12, 31), dt.date(2030, 2, 28)),
}  # fmt: skip


class Engine(Protocol):
    """One condition per column, one tuple per record in their order."""

    name: DialectName

    def ask(self, conditions: Sequence[str]) -> Answers: ...


def few(chance: random.Random) -> dict[str, Any]:
    """A record over what the random conditions read, a fifth of it missing."""
    record = blank()
    for kind, names in FACTS.items():
        for name in names:
            record[name] = _maybe(chance, SOME[kind])
    for name in FIELDS:
        fields = CATALOGUE.lists[name].fields.values()
        items = [{f.name: _maybe(chance, SOME[f.type]) for f in fields}
                 for _ in range(chance.randrange(4))]  # fmt: skip
        record[name] = None if chance.random() < 0.2 else items
    return record


def whole(chance: random.Random) -> dict[str, Any]:
    """A record over the whole catalogue, a fifth of it missing."""
    record: dict[str, Any] = {
        fact.name: _maybe(chance, ANY[fact.type]) for fact in CATALOGUE.facts.values()
    }
    for item in CATALOGUE.lists.values():
        items = [{f.name: _maybe(chance, ANY[f.type]) for f in item.fields.values()}
                 for _ in range(chance.randrange(4))]  # fmt: skip
        record[item.name] = None if chance.random() < 0.2 else items
    return record


def _maybe(chance: random.Random, values: Sequence[Any]) -> Any:
    return None if chance.random() < 0.2 else chance.choice(values)


def as_json(records: Iterable[Facts]) -> list[str]:
    return [json.dumps(record, default=dt.date.isoformat) for record in records]


class DuckDb:
    """DuckDB, in memory."""

    name: DialectName = "duckdb"

    def __init__(self, records: Sequence[Facts], folder: Path) -> None:
        import duckdb

        path = folder / "records.json"
        path.write_text("\n".join(as_json(records)))
        types = ", ".join(f"'{n}': '{kind}'" for n, kind in columns("duckdb").items())
        self._connection = duckdb.connect(config={"threads": 1, "preserve_insertion_order": True})
        self._connection.execute(
            "create table record as select * from read_json(?, format = 'newline_delimited', "
            f"columns = {{{types}}})", [str(path)],
        )  # fmt: skip

    def ask(self, conditions: Sequence[str]) -> Answers:
        return self._connection.execute(f"select {', '.join(conditions)} from record").fetchall()


class PostgreSql:
    """PostgreSQL, by a connection that executes a text and gives rows."""

    name: DialectName = "postgresql"

    def __init__(self, records: Sequence[Facts], execute: Callable[..., Any]) -> None:
        self._execute = execute
        types = ", ".join(f'"{name}" {kind}' for name, kind in columns("postgresql").items())
        execute(
            "create temp table record as select r.* from jsonb_array_elements(%s::jsonb) "
            f"with ordinality as e(value, n), jsonb_to_record(e.value) as r({types}) order by n",
            ["[" + ",".join(as_json(records)) + "]"],
        )

    def ask(self, conditions: Sequence[str]) -> Answers:
        text = f"select {', '.join(conditions)} from record"
        return list(self._execute(text.replace("%", "%%"), []).fetchall())


class Spark:
    """Spark in local mode; rows come in the order of the one file."""

    name: DialectName = "spark"

    def __init__(self, records: Sequence[Facts], folder: Path, session: Any) -> None:
        path = folder / f"records-{len(records)}.json"  # Spark remembers what a path held
        path.write_text("\n".join(as_json(records)))
        types = ", ".join(f"`{name}` {kind}" for name, kind in columns("spark").items())
        self._records = session.read.schema(types).json(str(path)).coalesce(1).cache()

    def ask(self, conditions: Sequence[str]) -> Answers:
        named = [f"{text} as c{n}" for n, text in enumerate(conditions)]
        return [tuple(row) for row in self._records.selectExpr(*named).collect()]


def differences(
    engine: Engine,
    records: Sequence[Facts],
    rules: Sequence[Rule],
    lists: Mapping[str, ManagedList] = LISTS,
) -> list[str]:
    """What an engine answers otherwise than the program: text, place, both answers."""
    found = []
    for start in range(0, len(rules), BATCH):
        batch = rules[start : start + BATCH]
        answers = engine.ask([to_sql(rule.tree, engine.name, lists) for rule in batch])
        assert len(answers) == len(records)
        for column, rule in enumerate(batch):
            for row, record in enumerate(records):
                mine, theirs = rule.evaluate(record), answers[row][column]
                if mine is not theirs:
                    found.append(f"{rule.text}: record {row}: {mine} here, {theirs} there")
    return found
