"""What is told to carriers, officers' orders on boarding, and what test messages showed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class AnswerKind(StrEnum):
    """Which message it is."""

    RESPONSE = "cusres-962"
    STATUS_CHANGE = "cusres-132"
    SYNTAX = "contrl"
    PNR = "ackres"


class Boarding(StrEnum):
    """What an officer orders. Nothing between the two: an advisory (2Z) would be a word on risk."""

    BOARD = "board"
    DO_NOT_BOARD = "do-not-board"


class Answer(Row):
    """One interchange for a sender, ready to be handed over.

    ``number`` counts the answers of a sender without a gap, in the order of their commits: the sender
    row is locked while one is made. ``position`` is that of the answered message in its transmission
    (of the first of an interchange for CONTRL); an unsolicited one answers no message. ``digest`` is of
    the text between UNB and UNZ: what says the same again is not made again.
    """

    __tablename__ = "answer"
    __table_args__ = (
        sa.UniqueConstraint("sender_id", "number"),
        sa.Index("ix_answer_message_id", "message_id"),
        sa.Index("ix_answer_reference", "sender_id", "reference"),
        sa.Index("ix_answer_undelivered", "sender_id", "number",
                 postgresql_where=sa.text("delivered_at is null")),
    )  # fmt: skip

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[AnswerKind] = mapped_column(CodeType(AnswerKind))
    message_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("message.id"))
    position: Mapped[int]
    reference: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    test: Mapped[bool]
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    text: Mapped[bytes | None] = mapped_column(info=personal(Clock.RAW_MESSAGE))
    delivered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)


class BoardingOrder(Row):
    """An officer's order on one passenger; the newest one stands. ``answer_id`` is the 132 that told it."""

    __tablename__ = "boarding_order"
    __table_args__ = (sa.Index("ix_boarding_order_passenger_id", "passenger_id", "id"),)

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id"))
    boarding: Mapped[Boarding] = mapped_column(CodeType(Boarding))
    reason: Mapped[str] = mapped_column(
        SealedText("boarding_order.reason"), info=personal(Clock.CASE)
    )
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    answer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("answer.id"))


class SandboxMessage(Row):
    """What one test message showed: codes, counts and positions.

    ``checks`` maps a requirement to {"of", "failed", "examples"}. ``links`` are keyed pseudonyms of
    locators and passenger references on the flight, ``link_segments`` where each stands in the message:
    by them a list and a push of bookings are seen to speak of the same people.
    """

    __tablename__ = "sandbox_message"
    __table_args__ = (
        sa.UniqueConstraint("message_id", "position"),
        sa.Index("ix_sandbox_message_sender_id", "sender_id", "created_at"),
    )

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    message_id: Mapped[UUID] = mapped_column(sa.ForeignKey("message.id"))
    position: Mapped[int]
    type: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    control_reference: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    reference: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    flight: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    departs_at: Mapped[datetime | None] = mapped_column(UtcTime)
    part: Mapped[int | None]
    last: Mapped[bool]
    closing: Mapped[bool]
    checks: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    links: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.RAW_MESSAGE)
    )
    link_segments: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))
