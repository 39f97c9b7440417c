"""The unit of officers' work: a referral, its events, the inspection and what it found."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.referrals.kinds import (
    Authority,
    DispositionKind,
    FindingKind,
    Left,
    Method,
    Origin,
    ReferralDecision,
    ReferralKind,
    ReferralState,
    SearchGround,
    Which,
    WhyNot,
)
from app.retention.clocks import PLAIN, Clock, personal

__all__ = [
    "Amendment", "Disposition", "DispositionKind", "Finding", "FindingKind", "Inspection", "Left", "Origin", "Referral",
    "ReferralDecision", "ReferralEvent", "ReferralKind", "ReferralPicture", "ReferralState", "Which",
    "WhyNot",
]  # fmt: skip


class Referral(Row):
    """A traveller whom an officer must look at, and why.

    ``presentation_id`` is what raised it at a kiosk or lane; ``reasons`` are codes of the decision table and
    never leave the officers' side. ``flight_id`` is set in the one alert about a whole flight (its list is
    missing or open), ``device_id`` in the one about a machine. ``is_hold`` marks a one-step gate that waits until ``hold_until``. ``origin`` says who
    chose somebody for a full examination and is shown to nobody before the end; ``why_not`` why the inspection
    that was due was left out.

    A claim is leased: ``active_at`` is the owner's last sign of life; ``called_at``: since when a supervisor is called
    to an inspection that was left alone. ``left_by``, ``left_at`` and ``left_why`` say
    who had it last while nobody has it; ``offered_to`` and ``team_id`` whom it was handed to. ``reopens_id`` is the
    closed case that this one goes on with; ``by_officer``: it stands by an officer's word, so that a gate opens to
    the traveller only once it is closed. ``seen_device_id`` and ``seen_at``: the last place of somebody who is
    recalled or met by a late hit, which came with the assessment ``assessment_id``.
    """

    __tablename__ = "referral"
    __table_args__ = (
        sa.Index("ix_referral_open", "site", postgresql_where=sa.text("state <> 'closed'")),
        sa.Index(
            "uq_referral_open_kind",
            "presentation_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("state <> 'closed'"),
        ),
        sa.Index(
            "uq_referral_flight_alert",
            "flight_id",
            unique=True,
            postgresql_where=sa.text("flight_id is not null and state <> 'closed'"),
        ),
        sa.Index(
            "uq_referral_device_alert",
            "device_id",
            unique=True,
            postgresql_where=sa.text("device_id is not null and state <> 'closed'"),
        ),
        sa.Index("ix_referral_closed_at", "closed_at"),
        sa.Index("ix_referral_site_created_at", "site", "created_at"),
        sa.Index(
            "uq_referral_reopens",
            "reopens_id",
            unique=True,
            postgresql_where=sa.text("reopens_id is not null"),
        ),
        sa.Index(
            "uq_referral_afterwards",
            "passenger_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("kind in ('recall', 'late-hit') and state <> 'closed'"),
        ),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    hall_id: Mapped[UUID]
    passenger_id: Mapped[UUID | None] = mapped_column(index=True)
    presentation_id: Mapped[UUID | None]
    flight_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    kind: Mapped[ReferralKind] = mapped_column(CodeType(ReferralKind))
    reasons: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN)
    state: Mapped[ReferralState] = mapped_column(CodeType(ReferralState))
    decision: Mapped[ReferralDecision | None] = mapped_column(CodeType(ReferralDecision))
    origin: Mapped[Origin | None] = mapped_column(CodeType(Origin))
    why_not: Mapped[WhyNot | None] = mapped_column(CodeType(WhyNot))
    note: Mapped[str] = mapped_column(
        SealedText("referral.note"), info=personal(Clock.CASE), server_default=""
    )
    is_hold: Mapped[bool] = mapped_column(server_default=sa.false())
    hold_until: Mapped[datetime | None] = mapped_column(UtcTime)
    owner_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    active_at: Mapped[datetime | None] = mapped_column(UtcTime)
    called_at: Mapped[datetime | None] = mapped_column(UtcTime)
    left_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)
    left_why: Mapped[Left | None] = mapped_column(CodeType(Left))
    offered_to: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    team_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lane_team.id"))
    reopens_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("referral.id"))
    by_officer: Mapped[bool] = mapped_column(server_default=sa.false())
    seen_device_id: Mapped[UUID | None]
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    assessment_id: Mapped[UUID | None]
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")


class ReferralEvent(Row):
    """A step in a referral's life; append-only."""

    __tablename__ = "referral_event"

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    actor_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(
        SealedText("referral_event.note"), info=personal(Clock.CASE), server_default=""
    )


class Inspection(Row):
    """A secondary inspection: steps taken, then findings and dispositions.

    ``search_*`` are there when a person was searched: why, and who authorised it. ``minutes`` is the officer's own
    word for the time that it took. ``revision`` is the outcome that counts: 0 the one that closed the referral,
    else an :class:`Amendment`.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        sa.Index(
            "ix_inspection_amended_at", "amended_at",
            postgresql_where=sa.text("amended_at is not null"),
        ),
    )  # fmt: skip

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"), unique=True)
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    steps: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN, server_default=sa.text("'[]'"))
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    remark: Mapped[str] = mapped_column(
        SealedText("inspection.remark"), info=personal(Clock.CASE), server_default=""
    )
    search_ground_kind: Mapped[SearchGround | None] = mapped_column(CodeType(SearchGround))
    search_ground: Mapped[str | None] = mapped_column(
        SealedText("inspection.search_ground"), info=personal(Clock.CASE)
    )
    search_authorised_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    minutes: Mapped[int | None]
    revision: Mapped[int] = mapped_column(server_default="0")
    amended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Amendment(Row):
    """A later word on an inspection, with its reason; append-only, like what it corrects."""

    __tablename__ = "inspection_amendment"
    __table_args__ = (sa.UniqueConstraint("inspection_id", "revision"),)

    inspection_id: Mapped[UUID] = mapped_column(sa.ForeignKey("inspection.id"))
    revision: Mapped[int]
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    amended_at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(
        SealedText("inspection_amendment.reason"), info=personal(Clock.CASE)
    )
    steps: Mapped[list[str]] = mapped_column(JSONB, info=PLAIN)
    remark: Mapped[str] = mapped_column(
        SealedText("inspection_amendment.remark"), info=personal(Clock.CASE)
    )
    search_ground_kind: Mapped[SearchGround | None] = mapped_column(CodeType(SearchGround))
    search_ground: Mapped[str | None] = mapped_column(
        SealedText("inspection_amendment.search_ground"), info=personal(Clock.CASE)
    )
    search_authorised_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    minutes: Mapped[int | None]


class Finding(Row):
    """One thing found (or ``nothing``). ``number``: its place in the outcome of that ``revision``."""

    __tablename__ = "finding"

    inspection_id: Mapped[UUID] = mapped_column(sa.ForeignKey("inspection.id"), index=True)
    kind: Mapped[FindingKind] = mapped_column(CodeType(FindingKind))
    description: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.CASE), server_default="")
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 3))
    unit: Mapped[str] = mapped_column(sa.Text, info=PLAIN, server_default="")
    revision: Mapped[int] = mapped_column(server_default="0")
    number: Mapped[int] = mapped_column(server_default="0")


class Disposition(Row):
    """What became of a finding, or of declared goods at the counter (``work_id``); amount in minor units. ``line`` is
    the number of the declared line in the version that the work names, from 0; None for what was not declared.
    """

    __tablename__ = "disposition"
    __table_args__ = (
        sa.CheckConstraint("(inspection_id is null) <> (work_id is null)", name="one_parent"),
    )

    inspection_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("inspection.id"), index=True)
    work_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("counter_work.id"), index=True)
    revision: Mapped[int] = mapped_column(server_default="0")
    number: Mapped[int] = mapped_column(server_default="0")
    kind: Mapped[DispositionKind] = mapped_column(CodeType(DispositionKind))
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.Text, info=PLAIN, server_default="")
    external_ref: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.CASE), server_default="")
    method: Mapped[Method | None] = mapped_column(CodeType(Method))
    authority: Mapped[Authority | None] = mapped_column(CodeType(Authority))
    received_by: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.CASE), server_default="")
    goods: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.CASE), server_default="")
    line: Mapped[int | None]


class ReferralPicture(Row):
    """A picture that an officer must compare, ``which`` of the two: the person at the kiosk or the passport's.

    Sealed by the service's vault, unlogged (in no write-ahead log and no replica), and gone when the referral
    closes or an hour is over.
    """

    __tablename__ = "referral_picture"
    __table_args__ = (
        sa.UniqueConstraint("referral_id", "which"),
        {"prefixes": ["UNLOGGED"]},
    )

    referral_id: Mapped[UUID]
    which: Mapped[Which] = mapped_column(CodeType(Which))
    sealed: Mapped[bytes] = mapped_column(info=personal(Clock.FACE))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class LiveLook(Row):
    """An officer's page that wants to see who stands at a device, and the newest picture, sealed to that page.

    Unlogged; each picture replaces the one before; gone when the page, the referral or the minute ends.
    """

    __tablename__ = "live_look"
    __table_args__ = (
        sa.UniqueConstraint("referral_id"),
        sa.Index("ix_live_look_presentation_id", "presentation_id"),
        {"prefixes": ["UNLOGGED"]},
    )

    referral_id: Mapped[UUID]
    presentation_id: Mapped[UUID | None]
    officer_id: Mapped[UUID]
    public_key: Mapped[bytes] = mapped_column(info=PLAIN)
    sealed: Mapped[bytes | None] = mapped_column(info=personal(Clock.FACE))
    number: Mapped[int]
    lease_until: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
