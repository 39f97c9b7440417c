"""Photos and films of an inspection, and the second pair of eyes that sees them from afar."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.referrals.kinds import Answer, Media
from app.retention.clocks import PLAIN, Clock, personal


class Attachment(Row):
    """A photo (JPEG) or a film, sealed by the service's vault under its own id.

    ``finding_number``: the finding of the outcome that it shows, if one. ``digest`` (of the bytes as kept) makes of
    the same picture sent twice one.
    """

    __tablename__ = "referral_attachment"
    __table_args__ = (sa.UniqueConstraint("referral_id", "digest"),)

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"))
    kind: Mapped[Media] = mapped_column(CodeType(Media))
    media_type: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    sealed: Mapped[bytes] = mapped_column(info=personal(Clock.EVIDENCE), deferred=True)
    caption: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.EVIDENCE))
    finding_number: Mapped[int | None]
    added_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    added_at: Mapped[datetime] = mapped_column(UtcTime)


class SecondLook(Row):
    """A senior officer's look at a referral, asked for by whoever inspects; one at a time.

    ``invited_id``: one of them by name, else whoever joins first. Once joined, the case is open to that officer,
    at any site, until it ends or the referral closes.
    """

    __tablename__ = "second_look"
    __table_args__ = (
        sa.Index(
            "uq_second_look_open",
            "referral_id",
            unique=True,
            postgresql_where=sa.text("ended_at is null"),
        ),
    )

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    asked_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    question: Mapped[str] = mapped_column(
        SealedText("second_look.question"), info=personal(Clock.CASE)
    )
    invited_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    joined_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    joined_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")


class Instruction(Row):
    """What the senior officer wrote, and both words on it: read, then carried out or refused with a reason."""

    __tablename__ = "second_look_instruction"

    look_id: Mapped[UUID] = mapped_column(sa.ForeignKey("second_look.id"), index=True)
    given_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    given_at: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str] = mapped_column(
        SealedText("second_look_instruction.text"), info=personal(Clock.CASE)
    )
    read_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answer: Mapped[Answer | None] = mapped_column(CodeType(Answer))
    reason: Mapped[str] = mapped_column(
        SealedText("second_look_instruction.reason"), info=personal(Clock.CASE), server_default=""
    )
    answered_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
