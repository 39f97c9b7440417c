"""Halls, presentations, clearances and passages."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.gate.case import HallMode, HallSteps
from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN, Clock, personal
from app.retention.marks import is_marked

__all__ = [
    "Clearance", "Hall", "HallMode", "HallSteps", "LaneKey", "Passage", "Presentation",
    "SealedFace",
]  # fmt: skip


class Hall(Row):
    """A customs hall with its site policy (see :class:`app.gate.case.Policy`). ``terminal``: '' where there is one only."""

    __tablename__ = "hall"

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    name: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    steps: Mapped[HallSteps] = mapped_column(CodeType(HallSteps))
    mode: Mapped[HallMode] = mapped_column(CodeType(HallMode))
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    terminal: Mapped[str] = mapped_column(sa.Text, info=PLAIN, server_default="")
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")


class Presentation(Row):
    """One traveller at one kiosk or lane: what was read, what was decided, on which state.

    ``answer`` is what the traveller was told (registered, counter, cleared, hold, refer ...), ``reasons`` are
    for officers. ``path`` lists every answer in order. ``document_*`` and ``birth_date`` come from the MRZ.
    ``selected``, ``drawn`` and ``inspection_probability`` (None: not among those drawn from) say who should be
    inspected and why; no officer is shown them.
    """

    __tablename__ = "presentation"
    __table_args__ = (
        sa.Index("ix_presentation_document", "hall_id", "document_key"),
        sa.Index("ix_presentation_declaration_id", "declaration_id"),
        sa.Index("ix_presentation_site_decided_at", "site", "decided_at"),
        sa.Index(
            "ix_presentation_holding", "hold_until", postgresql_where=sa.text("answer = 'hold'")
        ),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    hall_id: Mapped[UUID] = mapped_column(sa.ForeignKey("hall.id"))
    device_id: Mapped[UUID]
    registration_id: Mapped[UUID | None]
    passenger_id: Mapped[UUID | None] = mapped_column(index=True)
    declaration_id: Mapped[UUID | None]
    person: Mapped[int | None]
    document_key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.PRESENTATION))
    issuer: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.PRESENTATION))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Clock.PRESENTATION))
    readings: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.PRESENTATION))
    answer: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    path: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN)
    kind: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    reasons: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN)
    counter: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    facts_version: Mapped[int | None] = mapped_column(sa.BigInteger)
    assessment_id: Mapped[UUID | None]
    selected: Mapped[bool] = mapped_column(server_default=sa.false())
    drawn: Mapped[bool] = mapped_column(server_default=sa.false())
    inspection_probability: Mapped[float | None]
    hold_until: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)

    @property
    def is_masked(self) -> bool:
        """Whether retention has masked what was read: number, birth date and whose code it was."""
        return is_marked(self.readings)

    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")


class Clearance(Row):
    """The right to pass once: revocable until passage, expires, consumed when the door starts to open.

    An officer's release (``released_by``) says in ``covers`` which reasons he saw; a later decision of a
    gate may leave those out, names the releases in ``release_ids``, and the passage consumes all.
    """

    __tablename__ = "clearance"
    __table_args__ = (
        sa.Index(
            "ix_clearance_standing", "passenger_id",
            postgresql_where=sa.text("revoked_at is null"),
        ),
        sa.Index(
            "ix_clearance_fallen", "passenger_id",
            postgresql_where=sa.text("revoked_because = 'facts-changed'"),
        ),
    )  # fmt: skip

    presentation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("presentation.id"), unique=True)
    passenger_id: Mapped[UUID | None]
    facts_version: Mapped[int | None] = mapped_column(sa.BigInteger)
    assessment_id: Mapped[UUID | None]
    released_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    covers: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN, server_default=sa.text("'[]'"))
    release_ids: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid), server_default=sa.text("'{}'"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    consumed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_because: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)


class Passage(Row):
    """A clearance consumed: the door began to open.

    A passenger passes once; ``is_again``: an officer let through somebody who had passed already.
    """

    __tablename__ = "passage"
    __table_args__ = (
        sa.Index(
            "uq_passage_passenger_once", "passenger_id",
            unique=True, postgresql_where=sa.text("not is_again"),
        ),
        sa.Index("ix_passage_passed_at", "passed_at"),
    )  # fmt: skip

    clearance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("clearance.id"), unique=True)
    device_id: Mapped[UUID]
    passenger_id: Mapped[UUID | None]
    passed_at: Mapped[datetime] = mapped_column(UtcTime)
    is_again: Mapped[bool] = mapped_column(server_default=sa.false())


class LaneKey(Row):
    """A public key (33 bytes, P-256) that a lane made in its memory: kiosks seal faces to it until ``expires_at``."""

    __tablename__ = "lane_key"
    __table_args__ = (sa.Index("ix_lane_key_device_id", "device_id"),)

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"))
    key_id: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    public_key: Mapped[bytes] = mapped_column(info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class SealedFace(Row):
    """The face of a registered traveller who chose it, sealed to one lane: the service cannot open it.

    One row a lane. Unlogged: it is in no write-ahead log, no replica and no backup of one, and a crash empties it;
    then lanes ask for the code. Gone at passage, at an inspection, at withdrawal, at the next visit to a kiosk,
    after an hour.
    """

    __tablename__ = "sealed_face"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "key_id"),
        sa.Index("ix_sealed_face_key_id", "key_id"),
        sa.Index("ix_sealed_face_passenger_id", "passenger_id"),
        {"prefixes": ["UNLOGGED"]},
    )

    registration_id: Mapped[UUID]
    hall_id: Mapped[UUID]
    passenger_id: Mapped[UUID]
    declaration_id: Mapped[UUID | None]
    key_id: Mapped[bytes] = mapped_column(info=PLAIN)
    sealed: Mapped[bytes] = mapped_column(info=personal(Clock.FACE))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
