"""Tables of the keeping of data: what was masked, what is held, who asked to see it, how the job went."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class MaskedRow(Row):
    """What a row held before it was masked, sealed under a key that no table holds; gone when the row goes.

    A row that was written again after masking has several: the oldest is what it held at first.
    """

    __tablename__ = "masked_row"

    row_table: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    row_id: Mapped[UUID] = mapped_column(index=True)
    passenger_id: Mapped[UUID | None] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(info=personal(Clock.FLIGHT))
    masked_at: Mapped[datetime] = mapped_column(UtcTime)


class HoldKind(StrEnum):
    """What a legal hold is on."""

    PASSENGER = "passenger"
    FLIGHT = "flight"
    CASE = "case"


class LegalHold(Row):
    """An authority's order to keep: nothing that it covers is masked or deleted until it ends.

    ``covers``: ids of passengers, flights and referrals. It ends with ``until``, or earlier when one officer has
    asked for that and another has agreed.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        sa.CheckConstraint("ended_by is null or ended_by <> lift_asked_by", name="two_lift"),
        sa.Index("ix_legal_hold_covers", "covers", postgresql_using="gin"),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    kind: Mapped[HoldKind] = mapped_column(CodeType(HoldKind))
    subject_id: Mapped[UUID]
    covers: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))
    authority: Mapped[str] = mapped_column(
        SealedText("legal_hold.authority"), info=personal(Clock.CASE)
    )
    reference: Mapped[str] = mapped_column(
        SealedText("legal_hold.reference"), info=personal(Clock.CASE)
    )
    reason: Mapped[str] = mapped_column(SealedText("legal_hold.reason"), info=personal(Clock.CASE))
    until: Mapped[date] = mapped_column(info=PLAIN)
    placed_by: Mapped[UUID]
    placed_at: Mapped[datetime] = mapped_column(UtcTime)
    lift_asked_by: Mapped[UUID | None]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Unmasking(Row):
    """A request to see what was masked of one passenger: asked by one, decided by another, reviewed by a third."""

    __tablename__ = "unmasking"
    __table_args__ = (
        sa.CheckConstraint("decided_by is null or decided_by <> asked_by", name="two"),
        sa.CheckConstraint(
            "reviewed_by is null or reviewed_by not in (asked_by, decided_by)", name="third"
        ),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    passenger_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(SealedText("unmasking.reason"), info=personal(Clock.CASE))
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    open_until: Mapped[datetime | None] = mapped_column(UtcTime)
    looks: Mapped[int] = mapped_column(server_default="0")
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    proper: Mapped[bool | None]


class Indication(Row):
    """An objective ground to keep somebody beyond six months whom nothing else links (C-817/19, point 259)."""

    __tablename__ = "retention_indication"

    passenger_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(
        SealedText("retention_indication.reason"), info=personal(Clock.CASE)
    )
    officer_id: Mapped[UUID]
    recorded_at: Mapped[datetime] = mapped_column(UtcTime)


class RetentionRun(Row):
    """One going over all clocks: where it stands, and how many rows by table and act."""

    __tablename__ = "retention_run"

    profile: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    digest: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    place: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    failed: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
