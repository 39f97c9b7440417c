"""Each personal column names its retention clock."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.kernel.db import Base, CodeType
from app.retention.clocks import STARTS, Clock
from app.tables import all_tables

KERNEL = {"idempotency", "setting"}
CAN_CARRY = (sa.Text, sa.LargeBinary, sa.Date, JSONB, ARRAY)

all_tables()


def can_be_personal(column: sa.Column[object]) -> bool:
    """Text, bytes, dates, JSON and lists of text can carry something about a person."""
    kind = column.type
    if isinstance(kind, CodeType):
        return False
    if isinstance(kind, ARRAY):
        return isinstance(kind.item_type, (sa.Text, sa.LargeBinary))
    return isinstance(kind, CAN_CARRY)


def undeclared() -> list[str]:
    return [
        str(column)
        for table in Base.metadata.sorted_tables
        if table.name not in KERNEL
        for column in table.columns
        if can_be_personal(column) and "personal" not in column.info
    ]


def test_every_column_that_can_be_personal_says_whether_it_is() -> None:
    assert undeclared() == []


def test_every_personal_column_names_a_clock_with_a_period() -> None:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("personal"):
                assert Clock(column.info["clock"]) in STARTS


def test_the_check_sees_a_column_without_a_word() -> None:
    table = sa.Table("forgotten", sa.MetaData(), sa.Column("passport", sa.Text))
    assert can_be_personal(table.c.passport)
    assert "personal" not in table.c.passport.info


def test_every_clock_says_what_starts_it() -> None:
    assert set(STARTS) == set(Clock)
