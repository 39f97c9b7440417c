"""Messages as they came, and what was found in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN, Clock, personal


class MessageStatus(StrEnum):
    """What became of a transmission."""

    RECEIVED = "received"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Message(Row):
    """One transmission (request body or file): raw bytes sealed, then the verdict of parsing it."""

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("ix_message_sender_id_digest", "sender_id", "digest"),
        sa.Index("ix_message_due", "id", postgresql_where=sa.text("status = 'received'")),
    )

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    size: Mapped[int]
    raw: Mapped[bytes | None] = mapped_column(info=personal(Clock.RAW_MESSAGE))
    status: Mapped[MessageStatus] = mapped_column(CodeType(MessageStatus))
    duplicate_of: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    applied_at: Mapped[datetime | None] = mapped_column(UtcTime)
    summary: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, info=PLAIN, server_default=sa.text("'[]'")
    )


class MessageFault(Row):
    """An error or warning at its place: message reference, segment (UNH = 1), element, component."""

    __tablename__ = "message_fault"

    message_id: Mapped[UUID] = mapped_column(sa.ForeignKey("message.id"), index=True)
    passenger_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    severity: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    code: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    text: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    reference: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    segment: Mapped[int | None]
    tag: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    element: Mapped[int | None]
    component: Mapped[int | None]
