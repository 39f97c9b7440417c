"""Who works where: lane teams, officers on duty, travellers assigned before landing, target times."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.referrals.kinds import ReferralKind
from app.retention.clocks import PLAIN


class LaneTeam(Row):
    """Officers who serve the same lanes of a hall. A closed one keeps its name for the past."""

    __tablename__ = "lane_team"
    __table_args__ = (
        sa.Index(
            "uq_lane_team_name", "hall_id", "name", unique=True,
            postgresql_where=sa.text("closed_at is null"),
        ),
    )  # fmt: skip

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    hall_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Duty(Row):
    """An officer at work in a hall, maybe with a lane team, for the queues ``kinds``. One at a time."""

    __tablename__ = "duty"
    __table_args__ = (
        sa.Index(
            "uq_duty_officer", "officer_id", unique=True,
            postgresql_where=sa.text("ended_at is null"),
        ),
        sa.Index("ix_duty_began_at", "site", "began_at"),
    )  # fmt: skip

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    hall_id: Mapped[UUID]
    team_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lane_team.id"))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    began_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class TeamAssignment(Row):
    """The lane team that sees to a traveller, from before landing to the gate. None: taken back."""

    __tablename__ = "team_assignment"

    passenger_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="CASCADE"), unique=True
    )
    team_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lane_team.id"))
    assigned_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    assigned_at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger)


class QueueTarget(Row):
    """Within how many seconds somebody should take a referral of a kind, in one hall or (None) at the site."""

    __tablename__ = "queue_target"
    __table_args__ = (
        sa.Index(
            "uq_queue_target", "site", "hall_id", "kind", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    hall_id: Mapped[UUID | None]
    kind: Mapped[ReferralKind] = mapped_column(CodeType(ReferralKind))
    seconds: Mapped[int]
    version: Mapped[int] = mapped_column(sa.BigInteger)
