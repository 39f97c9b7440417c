"""Articles that follow: what the traveller declared of them, as customs confirmed it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Row, UtcTime
from app.retention.clocks import PLAIN, Clock, personal


class FollowingArticles(Row):
    """A confirmed declaration of unaccompanied articles; never changed.

    It belongs to version ``seq`` of its declaration. ``copy`` is the signed text whose code is printed on both
    copies, ``content`` the list whose digest it signs. A later confirmation takes its place, and this one can
    still be fetched.
    """

    __tablename__ = "following_articles"
    __table_args__ = (sa.UniqueConstraint("declaration_id", "part"),)

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    declaration_id: Mapped[UUID] = mapped_column(sa.ForeignKey("declaration.id"))
    seq: Mapped[int]
    part: Mapped[int]
    packages: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.DECLARATION))
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    copy: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    confirmed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    confirmed_at: Mapped[datetime] = mapped_column(UtcTime)
    import_until: Mapped[date] = mapped_column(info=PLAIN)
