"""The master crew list of each carrier: who flies for it (PAXLST 336)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.ids import uuid7
from app.travel.identity import document_key, name_key
from app.travel.models import CrewMember
from app.travel.passengers import Order
from app.travel.records import Record

# What was prepared later stays, whichever came first.
_STORE = sa.text(
    "insert into crew_member as old (id, carrier, key, name_key, birth_date, record, removed,"
    " prepared_at, message_id) values (:id, :carrier, :key, :name_key, :birth_date, :record,"
    " :removed, :prepared_at, :message_id)"
    " on conflict (carrier, key) do update set name_key = excluded.name_key,"
    " birth_date = excluded.birth_date, record = excluded.record, removed = excluded.removed,"
    " prepared_at = excluded.prepared_at, message_id = excluded.message_id"
    " where (old.prepared_at, old.message_id) <= (excluded.prepared_at, excluded.message_id)"
).bindparams(sa.bindparam("record", type_=CrewMember.__table__.c.record.type))


def member_key(record: Record) -> str:
    """By what a member is known: the first document with its issuer, else name and birth date."""
    papers = (
        f"{one.get('issuer', '')}|{number}"
        for one in record.get("documents", ())
        if one.get("type") != "V" and (number := document_key(one.get("number", "")))
    )
    return next(papers, "") or f"{_name(record)}|{record.get('birth_date', '')}"


def _name(record: Record) -> str:
    return name_key(record.get("surname", ""), record.get("given_names", ""))


def store_members(
    session: Session, carrier: str, members: Sequence[Record], order: Order, *, removed: bool
) -> None:
    """Put members on a carrier's list, or take them off it."""
    rows: dict[str, dict[str, Any]] = {}
    for record in members:
        birth = record.get("birth_date")
        key = member_key(record)
        rows[key] = {
            "id": uuid7(), "carrier": carrier, "key": key, "name_key": _name(record),
            "birth_date": date.fromisoformat(birth) if birth else None, "record": record,
            "removed": removed, "prepared_at": order.prepared_at, "message_id": order.message_id,
        }  # fmt: skip
    if rows:
        session.execute(_STORE, [rows[key] for key in sorted(rows)])


def members_of(session: Session, carrier: str, people: Sequence[Record]) -> list[bool] | None:
    """Of each of the people whether the carrier's list names them; None when it never sent one.

    A renewed document does not make somebody another: name and birth date together are enough.
    """
    own = CrewMember.carrier == carrier
    if session.scalar(sa.select(CrewMember.id).where(own).limit(1)) is None:
        return None
    keys = [member_key(one) for one in people]
    names = [_name(one) for one in people]
    rows = session.execute(
        sa.select(CrewMember.key, CrewMember.name_key, CrewMember.birth_date)
        .where(own, CrewMember.removed.is_(False))
        .where(sa.or_(CrewMember.key.in_(keys), CrewMember.name_key.in_(names)))
    ).all()
    by_key = {row.key for row in rows}
    by_name = {(row.name_key, row.birth_date.isoformat()) for row in rows if row.birth_date}
    return [
        key in by_key or (name, one.get("birth_date")) in by_name
        for key, name, one in zip(keys, names, people, strict=True)
    ]
