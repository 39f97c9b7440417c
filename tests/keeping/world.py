"""A row of every table that holds something about a person, all of it marked, at a moment that the test chooses.

Rows are made from the tables as they are: a table that is added is in the world by itself. What stands in personal columns begins
with ``MK<generation>:<table>.<column>``, in bytes as well, so that a dump shows what is left of whom.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.kernel.db import Base, CodeType
from app.kernel.ids import uuid7

FOUND = re.compile(rb"MK(\d+):([a-z_+]+)\.([a-z_]+)")
SET: Mapping[str, dict[str, Any]] = {
    "referral": {"state": "closed", "kind": "goods", "decision": "released"},
    "message": {"status": "applied"}, "watchlist_proposal": {"status": "applied", "overtaken_version": None, "settings": None},
    "hit": {"state": "dismissed", "source": "rule"}, "hit_review": {"state": "dismissed"},
    "finding": {"kind": "nothing"}, "urgent_lookout": {"expires_at": ...},
    "assessment": {"is_current": True}, "presentation": {"answer": "clear"},
    "counter_work": {"referral_id": None}, "referral_attachment": {"finding_number": None},
    "disposition": {"work_id": None}, "sender": {"disabled_at": None},
    "rights_request": {"second_by": None}, "declaration": {"lane": 1}, "companion": {"passenger_id": None},
}  # fmt: skip
"""What a row of the world has to be, where any value will not do; ... is the moment."""
DECLARED = ("declaration", "declaration_version", "companion", "following_articles")


def personal_tables() -> list[sa.Table]:
    return [
        t for t in Base.metadata.sorted_tables if any(c.info.get("personal") for c in t.columns)
    ]


def needed() -> list[sa.Table]:
    """Tables with personal columns and what they refer to, in the order in which rows can be made."""
    wanted = {table.name for table in personal_tables()}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in wanted:
            wanted |= {key.column.table.name for key in table.foreign_keys}
    return [table for table in Base.metadata.sorted_tables if table.name in wanted]


@dataclass
class Generation:
    """The rows of one moment: ids by table."""

    number: int
    at: datetime
    linked: bool
    ids: dict[str, UUID] = field(default_factory=dict)

    def fill(self, connection: psycopg.Connection[Any], existing: Mapping[str, UUID]) -> None:
        """Write a row of every table; of those in ``existing`` that one is used."""
        self.ids = {table.name: uuid7() for table in needed()} | dict(existing)
        for table in needed():
            if table.name not in existing:
                self._insert(connection, table, table.name)
        for name in DECLARED:  # once more, of somebody whom no case needs
            self.ids[name] = uuid7()
            self._insert(connection, Base.metadata.tables[name], f"{name}+", alone=True)
        if not self.linked:
            connection.execute("delete from retention_indication where passenger_id = %s", [self.ids["passenger"]])  # fmt: skip

    def _insert(
        self, connection: psycopg.Connection[Any], table: sa.Table, label: str, *, alone: bool = False
    ) -> None:  # fmt: skip
        set_here = SET.get(table.name, {})
        row = {
            column.name: (self.at if set_here[column.name] is ... else set_here[column.name])
            if column.name in set_here else self._value(table, column, label)
            for column in table.columns
            if not column.identity and column.computed is None
        }  # fmt: skip
        if alone and "passenger_id" in row:
            row["passenger_id"] = None
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )  # fmt: skip
        connection.execute(statement, list(row.values()))

    def _value(self, table: sa.Table, column: sa.Column[Any], label: str) -> Any:
        mark = f"MK{self.number}:{label}.{column.name}"
        if column.name == "id":
            return self.ids[table.name]
        for key in column.foreign_keys:
            other = key.column.table.name
            return None if other == table.name else self.ids[other]
        if column.info.get("personal"):
            return self._personal(table, column, mark)
        kind = column.type
        if isinstance(kind, CodeType):
            return next(iter(kind.enum)).value
        if column.name == "row_id":
            return self.ids["passenger"]
        if isinstance(kind, sa.Uuid):
            return self.ids.get(column.name.removesuffix("_id"), uuid4())
        if isinstance(kind, sa.DateTime):
            return self.at
        if isinstance(kind, sa.Date):
            return self.at.date()
        if isinstance(kind, sa.Interval):
            return timedelta(hours=1)
        if isinstance(kind, JSONB):
            return Jsonb({})
        if isinstance(kind, ARRAY):
            return []
        if isinstance(kind, sa.LargeBinary):
            return uuid4().bytes * 2
        if isinstance(kind, sa.Boolean):
            return False
        if isinstance(kind, sa.Float):
            return 0.5
        if isinstance(kind, sa.Numeric | sa.Integer):
            return 1
        return f"{self.number}-{table.name}" if isinstance(kind, sa.Text) else 1

    def _personal(self, table: sa.Table, column: sa.Column[Any], mark: str) -> Any:
        kind = column.type
        if column.name == "pnr_data":
            return Jsonb({str(self.ids.get("booking", uuid4())): {"remark": mark}})
        if isinstance(kind, JSONB):
            return Jsonb({"remark": mark, "bags": [{"tag": mark, "weight_g": 1, "pieces": 1}]})
        if isinstance(kind, ARRAY):
            return [uuid4()] if isinstance(kind.item_type, sa.Uuid) else [mark.encode()]
        if isinstance(kind, sa.Date):
            return self.at.date() - timedelta(days=12345 + self.number)
        if isinstance(getattr(kind, "impl", kind), sa.LargeBinary):
            return mark.encode()
        return mark


def dump(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, bytes]]:
    """Every table of the database as COPY gives it out; bytes as they are."""
    names = connection.execute(
        "select c.oid::regclass::text from pg_class c where c.relkind = 'r'"
        " and c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    for (name,) in names:
        with connection.cursor().copy(
            sql.SQL("copy {} to stdout (format binary)").format(sql.SQL(name))
        ) as out:
            yield name, b"".join(bytes(block) for block in out)
