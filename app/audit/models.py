"""The audit trail's own table."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcTime
from app.kernel.ids import uuid7
from app.retention.clocks import PLAIN


class AuditEntry(Base):
    """Who did what to which thing: ids and codes, no names. Append-only by trigger and by role."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    actor_kind: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    actor_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject_kind: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
