"""What lanes say of themselves, and what officers order them to do. No traveller is named here."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.formats.lane import LaneNote, LaneState, LaneWord
from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN


class LaneStatus(Row):
    """A lane as it last said that it is. ``stop_due``: it stops once the doorway is empty."""

    __tablename__ = "lane_status"

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"), unique=True)
    state: Mapped[LaneState] = mapped_column(CodeType(LaneState))
    door: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    stop_due: Mapped[bool]
    people: Mapped[int]
    told_at: Mapped[datetime] = mapped_column(UtcTime)


class LaneEvent(Row):
    """Something that happened at a lane. ``key`` is the agent's: told twice it is kept once."""

    __tablename__ = "lane_event"
    __table_args__ = (
        sa.UniqueConstraint("device_id", "key"),
        sa.Index("ix_lane_event_device_id_happened_at", "device_id", "happened_at"),
    )

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"))
    key: Mapped[UUID]
    note: Mapped[LaneNote] = mapped_column(CodeType(LaneNote))
    state: Mapped[LaneState] = mapped_column(CodeType(LaneState))
    people: Mapped[int]
    order_id: Mapped[UUID | None]
    happened_at: Mapped[datetime] = mapped_column(UtcTime)


class LaneOrder(Row):
    """An officer's order: taken once, by its own lane, and soon, or not at all."""

    __tablename__ = "lane_order"
    __table_args__ = (
        sa.Index(
            "ix_lane_order_waiting", "device_id", postgresql_where=sa.text("taken_at is null")
        ),
    )

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"))
    word: Mapped[LaneWord] = mapped_column(CodeType(LaneWord))
    people: Mapped[int]
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcTime)
