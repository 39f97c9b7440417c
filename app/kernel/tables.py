"""The tables of the kernel itself. They hold ids, kinds and numbers, no personal data.

The event table is partitioned by day and uses a type that only PostgreSQL knows (xid8); it is made by
its migration and used by the statements of :mod:`app.kernel.events` alone.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcTime


class Idempotency(Base):
    """Which result an Idempotency-Key led to: an id, never a body."""

    __tablename__ = "idempotency"

    actor: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    request_hash: Mapped[bytes]
    result: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(UtcTime, server_default=sa.func.clock_timestamp())


class Setting(Base):
    """A few facts about this database: its epoch, its site."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)
