"""A notice: what an administrator tells everybody, in every language, for a time. It names nobody."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN


class NoticeKind(StrEnum):
    """What it is about. The order is that in which notices are shown."""

    SECURITY = "security"
    HEALTH = "health"
    OPERATIONAL = "operational"


class Audience(StrEnum):
    """Where it is shown: in the traveller's app, on the kiosks' first page, in the console."""

    TRAVELLERS = "travellers"
    KIOSKS = "kiosks"
    OFFICERS = "officers"


class Notice(Row):
    """``texts``: language -> ``{"title", "body"}``. Without ``ends_at`` it is shown until it is withdrawn."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_standing", "site", postgresql_where=sa.text("withdrawn_at is null")),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    kind: Mapped[NoticeKind] = mapped_column(CodeType(NoticeKind))
    audiences: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN)
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    starts_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcTime)
    published_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    withdrawn_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
