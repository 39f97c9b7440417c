"""Messages as they came, and what was found in them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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
    """One transmission (request body or file): raw bytes sealed, then the verdict of parsing it.

    ``mapping_version`` is that of the sender's mapping it was read with, ``counted_at`` when this verdict went
    into the figures of data quality.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("ix_message_sender_id_digest", "sender_id", "digest"),
        sa.Index("ix_message_raw", "created_at", postgresql_where=sa.text("raw is not null")),
        sa.Index("ix_message_due", "id", postgresql_where=sa.text("status = 'received'")),
        sa.Index("ix_message_sender_id_created_at", "sender_id", "created_at"),
        sa.Index("ix_message_uncounted", "id", postgresql_where=sa.text("counted_at is null")),
        sa.Index(
            "ix_message_summary", "summary", postgresql_using="gin",
            postgresql_ops={"summary": "jsonb_path_ops"},
        ),
    )  # fmt: skip

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
    mapping_version: Mapped[int | None]
    counted_at: Mapped[datetime | None] = mapped_column(UtcTime)


class MessageFault(Row):
    """An error or warning at its place: message reference, segment (UNH = 1), element, component.

    ``ordinal`` is the message's place in the transmission, from 0; None where no message is meant.
    """

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
    ordinal: Mapped[int | None]


class SenderMapping(Row):
    """A version of a sender's mapping (:mod:`app.messages.rules`); the newest is in force."""

    __tablename__ = "sender_mapping"
    __table_args__ = (sa.UniqueConstraint("sender_id", "version"),)

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    reason: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.CASE))
    officer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))


INTERNAL = "internal"
"""The code of what the program itself stumbled on, whoever sent it."""


class QuarantineStatus(StrEnum):
    """Where something that could not be read stands."""

    WAITING = "waiting"
    REPLAYING = "replaying"
    SET_ASIDE = "set-aside"
    RESOLVED = "resolved"


class Quarantined(Row):
    """A transmission that was rejected, or applied with errors; one row each, over all its replays.

    ``whole``: nothing of it could be applied. ``code``, ``tag`` and ``segment`` are of its first error,
    ``codes`` of all. While it waits its raw text outlives its ordinary clock, until ``keep_until``.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        sa.Index("ix_quarantine_site_status", "site", "status", "id"),
        sa.Index("ix_quarantine_sender_id", "sender_id"),
    )

    message_id: Mapped[UUID] = mapped_column(sa.ForeignKey("message.id"), unique=True)
    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    status: Mapped[QuarantineStatus] = mapped_column(CodeType(QuarantineStatus))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    keep_until: Mapped[datetime] = mapped_column(UtcTime)
    whole: Mapped[bool]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    errors: Mapped[int]
    codes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    code: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    tag: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    segment: Mapped[int | None]
    replays: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.CASE))
    officer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class QualityDay(Row):
    """Figures of what a sender sent for a carrier on a day (local to the site): counts by name.

    They hold nothing about a person and stay when the messages are forgotten. ``carrier`` is '' where no
    flight could be read. Names of the counts: :mod:`app.messages.quality`.
    """

    __tablename__ = "quality_day"
    __table_args__ = (
        sa.UniqueConstraint("sender_id", "day", "carrier"),
        sa.Index("ix_quality_day_site_day", "site", "day"),
    )

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)
    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, info=PLAIN)
    computed_at: Mapped[datetime] = mapped_column(UtcTime)


class QualityFlight(Row):
    """When a sender's messages of a flight came, and how the flight's lists and bookings fit together.

    ``day`` is the flight's date. ``last_list_at`` and ``last_push_at`` are the last ones before departure.
    ``parts_missing`` of the parts announced did not come. ``api_only``, ``pnr_only`` and ``both`` count
    passengers by what is known of them.
    """

    __tablename__ = "quality_flight"
    __table_args__ = (
        sa.UniqueConstraint("flight_id", "sender_id"),
        sa.Index("ix_quality_flight_site_day", "site", "day"),
    )

    flight_id: Mapped[UUID]  # no foreign key: the figures stay when the flight goes
    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    day: Mapped[date] = mapped_column(info=PLAIN)
    carrier: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    departs_at: Mapped[datetime | None] = mapped_column(UtcTime)
    arrives_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_list_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_list_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_push_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_push_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed: Mapped[bool]
    parts_missing: Mapped[int]
    api_only: Mapped[int]
    pnr_only: Mapped[int]
    both: Mapped[int]
    computed_at: Mapped[datetime] = mapped_column(UtcTime)
