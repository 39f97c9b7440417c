"""Masking and deleting, one batch of one rule at a time, in a short transaction that waits for nobody.

Rows are found by their clocks alone, so a batch may be repeated, left half done or done by another worker. Rows that
somebody holds are passed over and found the next time.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.keeping.rule import Rule, bare, held, not_emptied
from app.kernel.crypto import SealError, Vault
from app.kernel.db import Base
from app.kernel.ids import uuid7
from app.kernel.sealed import SealedText
from app.retention.models import MaskedRow
from app.retention.profile import Profile
from app.tables import all_tables

BATCH: Final = 500
_PATIENCE = sa.text(
    "select set_config('lock_timeout', '250ms', true), set_config('statement_timeout', '20s', true)"
)
"""Who stands at a gate never waits for this; this gives up first."""


@dataclass(frozen=True, slots=True)
class Work:
    """For what a batch is done: the profile, the moment, the keys, and where this installation keeps."""

    profile: Profile
    now: datetime
    vault: Vault

    @property
    def today(self) -> date:
        return self.now.date()


# ---------------------------------------------------------------- what is due


def due_to_mask(rule: Rule, work: Work) -> tuple[str, dict[str, Any]] | None:
    """The condition of rows that are to be masked, with its values; None where nothing of the table is masked."""
    mask = work.profile[rule.clock].mask
    if not rule.masks or mask is None:
        return None
    return f"{rule.start} < :masked and {bare(rule)}", {"masked": work.now - mask}


def due_to_go(rule: Rule, work: Work) -> tuple[str, dict[str, Any]] | None:
    """Likewise of rows that are to be deleted or emptied by the job itself."""
    if rule.elsewhere or (rule.within and not rule.empties):
        return None
    if rule.at_once:
        return rule.only, {}
    values: dict[str, Any] = {"gone": work.now - work.profile[rule.clock].delete}
    said = f"{rule.start} < :gone"
    if rule.unlinked and work.profile.unlinked:
        values["unlinked"] = work.now - work.profile.unlinked
        said = f"({said} or ({rule.start} < :unlinked and {rule.unlinked}))"
    if rule.empties:
        said += f" and {not_emptied(rule)}"
    return said, values


def count(
    session: Session, rule: Rule, due: tuple[str, dict[str, Any]], work: Work
) -> tuple[int, int]:
    """How many rows are due, and how many more would be but for a legal hold."""
    said, values = due
    row = session.execute(
        sa.text(
            f"select count(*) filter (where not {held(rule)}), count(*) filter (where {held(rule)})"  # noqa: S608
            f" from {rule.table} t {rule.joins} where {said}"
        ),
        values | _today(rule, work),
    ).one()
    return int(row[0]), int(row[1])


def _today(rule: Rule, work: Work) -> dict[str, Any]:
    return {"today": work.today} if rule.subjects else {}


# ---------------------------------------------------------------- masking


def mask(session: Session, rule: Rule, work: Work, limit: int = BATCH) -> int:
    """Mask up to ``limit`` rows; how many. What they held is sealed first, in the same transaction."""
    due = due_to_mask(rule, work)
    if due is None:
        return 0
    session.execute(_PATIENCE)
    columns = ", ".join(f"t.{name}" for name in rule.masks)
    needs = "".join(f", {one}" for one in rule.needs)
    rows = session.execute(
        sa.text(
            f"select t.id, {rule.passenger} as passenger_of, {columns}{needs}"  # noqa: S608
            f" from {rule.table} t {rule.joins} where {due[0]} and not {held(rule)}"
            f" limit {limit} for update of t skip locked"
        ),
        due[1] | _today(rule, work),
    ).mappings()
    found = [dict(row) for row in rows]
    originals: list[dict[str, Any]] = []
    masked: list[dict[str, Any]] = []
    table = _tables().tables[rule.table]
    for row in found:
        originals.append(_original(rule, row, work))
        made = {name: one.value(row, work.vault) for name, one in rule.masks.items()}
        masked.append({"row": row["id"], **{f"to_{name}": value for name, value in made.items()}})
    if not masked:
        return 0
    session.execute(sa.insert(MaskedRow), originals)
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("row"))
        .values({name: sa.bindparam(f"to_{name}") for name in rule.masks}),
        masked,
    )
    return len(masked)


def _original(rule: Rule, row: Mapping[str, Any], work: Work) -> dict[str, Any]:
    table = _tables().tables[rule.table]
    kept = {name: _opened(table.c[name].type, row[name], work.vault) for name in rule.masks}
    said = json.dumps(kept, default=_plain).encode()
    return {
        "id": uuid7(), "row_table": rule.table, "row_id": row["id"],
        "passenger_id": row["passenger_of"], "masked_at": work.now,
        "sealed": seal_original(work.vault, row["id"], said),
    }  # fmt: skip


def _opened(kind: sa.types.TypeEngine[Any], value: Any, vault: Vault) -> Any:
    """A value of a row as the program has it; None of sealed words that no key of the ring opens: those are lost already."""
    if not isinstance(kind, SealedText) or value is None:
        return value
    try:
        return kind.opened(vault, bytes(value)).decode()
    except SealError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError


def seal_original(vault: Vault, row_id: UUID, plain: bytes) -> bytes:
    """Under the current key of the ring, bound to the row."""
    return vault.seal(plain, sealing_context(row_id))


def sealing_context(row_id: UUID) -> bytes:
    """What binds a sealed original to its row."""
    return b"retention/masked" + row_id.bytes


def open_original(vault: Vault, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    """The columns of a row as they were. Raises SealError for another secret or row."""
    plain = vault.open(sealed, sealing_context(row_id))
    found = json.loads(plain)
    assert isinstance(found, dict)
    return found


# ---------------------------------------------------------------- deleting


def go(session: Session, rule: Rule, work: Work, limit: int = BATCH) -> Counter[str]:
    """Delete or empty up to ``limit`` rows of the rule, and what belongs to them; how many by table."""
    due = due_to_go(rule, work)
    if due is None:
        return Counter()
    session.execute(_PATIENCE)
    only = f" and {rule.only}" if rule.only and not rule.at_once else ""
    keys = session.scalars(
        sa.text(
            f"select t.{rule.key} from {rule.table} t {rule.joins}"  # noqa: S608
            f" where {due[0]}{only} and not {held(rule)} limit {limit} for update of t skip locked"
        ),
        due[1] | _today(rule, work),
    ).all()
    if not keys:
        return Counter()
    if rule.empties:
        said = ", ".join(f"{name} = {value}" for name, value in rule.empties.items())
        session.execute(
            sa.text(f"update {rule.table} t set {said} where t.id = any(:keys)"),  # noqa: S608
            {"keys": list(keys)},
        )
        return Counter({rule.table: len(keys)})
    if rule.key != "id" or rule.table == "event":
        return Counter({rule.table: _plainly(session, rule, keys)})
    gone: Counter[str] = Counter()
    _with_parts(session, rule.table, list(keys), gone)
    return gone


def _plainly(session: Session, rule: Rule, keys: Sequence[Any]) -> int:
    kind = "tid" if rule.key == "ctid" else "bigint"
    statement = (
        f"delete from {rule.table} where {rule.key} = any(cast(:keys as {kind}[])) returning 1"  # noqa: S608
    )
    return len(session.execute(sa.text(statement), {"keys": [str(one) for one in keys]}).all())


def _with_parts(session: Session, table: str, ids: list[UUID], gone: Counter[str]) -> None:
    """Rows and, before them, what refers to them; what outlives them loses the reference."""
    if not ids:
        return
    for child, column, outlives in parts(table):
        if outlives:
            session.execute(
                sa.text(f"update {child} set {column} = null where {column} = any(:ids)"),  # noqa: S608
                {"ids": ids},
            )
            continue
        query = sa.text(f"select id from {child} where {column} = any(:ids)")  # noqa: S608
        _with_parts(session, child, list(session.scalars(query, {"ids": ids})), gone)
    session.execute(sa.delete(MaskedRow).where(MaskedRow.row_id.in_(ids)))
    gone[table] += _delete(session, table, ids)


def _delete(session: Session, table: str, ids: list[UUID]) -> int:
    if table == "referral_event":  # append-only: the database looks at the clock itself
        return int(session.scalar(sa.text("select forget_steps(:ids)"), {"ids": ids}) or 0)
    query = sa.text(f"delete from {table} where id = any(:ids) returning 1")  # noqa: S608
    return len(session.execute(query, {"ids": ids}).all())


def parts(table: str) -> Iterator[tuple[str, str, bool]]:
    """What refers to a table: (table, column, whether its rows outlive those referred to)."""
    for child in _tables().sorted_tables:
        for key in child.foreign_keys:
            if key.column.table.name == table and key.parent.name != "id":
                outlives = key.ondelete == "SET NULL" or child.name == table
                yield child.name, key.parent.name, outlives


@cache
def _tables() -> sa.MetaData:
    """Every table: a command has not met them all by itself, and what refers to a row would be missed."""
    all_tables()
    return Base.metadata
