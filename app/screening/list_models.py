"""What surrounds watch lists: their versions, proposed changes, urgent lookouts, and pairs known not to match."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal
from app.screening.models import SEALED_REASON, EntryKind, Handling, Severity


class Act(StrEnum):
    """What a proposal does to an entry."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class ProposalStatus(StrEnum):
    """Where a proposed change of a list stands. ``reading``: its file is still read; ``overtaken``: the list has
    changed since.
    """

    READING = "reading"
    PROPOSED = "proposed"
    APPLIED = "applied"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"


class LookoutKind(StrEnum):
    """What an urgent lookout looks for."""

    PERSON = "person"
    DOCUMENT = "document"
    SEAT = "seat"
    BAG_TAG = "bag-tag"


class Verdict(StrEnum):
    """What the second officer made of an urgent lookout."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"


class WatchlistVersion(Row):
    """One version of a list: who made it, what it changed, and the settings that it acted by."""

    __tablename__ = "watchlist_version"
    __table_args__ = (sa.UniqueConstraint("watchlist_id", "version"),)

    watchlist_id: Mapped[UUID] = mapped_column(sa.ForeignKey("watchlist.id"))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    added: Mapped[int]
    replaced: Mapped[int]
    removed: Mapped[int]
    actor_id: Mapped[UUID | None]
    proposal_id: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class WatchlistProposal(Row):
    """A change of a list that acts once somebody else has approved exactly this content.

    ``digest`` is over the list, the version that the change starts from and every entry put or taken off;
    ``because`` says what asks for a second signature; ``faults`` are rows of the file that were left out
    ({position, code}), at most the first ones, ``faulty`` is how many. ``settings``: how the list shall be set; such
    a proposal has no entries, and the database lets none of them be applied without a second officer.
    ``overtaken_version``: the version of the list that overtook it; who made that one, and when, it says itself.
    """

    __tablename__ = "watchlist_proposal"
    __table_args__ = (
        sa.CheckConstraint("decided_by is distinct from author_id or decided_by is null", name="eyes"),
        sa.CheckConstraint("settings is null or status <> 'applied' or decided_by is not null", name="signed"),
        sa.CheckConstraint("(status = 'overtaken') = (overtaken_version is not null)", name="overtaken"),
    )  # fmt: skip

    watchlist_id: Mapped[UUID] = mapped_column(sa.ForeignKey("watchlist.id"), index=True)
    base_version: Mapped[int] = mapped_column(sa.BigInteger)
    origin: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    whole: Mapped[bool]
    status: Mapped[ProposalStatus] = mapped_column(CodeType(ProposalStatus))
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    added: Mapped[int]
    changed: Mapped[int]
    removed: Mapped[int]
    unchanged: Mapped[int]
    because: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, info=PLAIN)
    faulty: Mapped[int]
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PLAIN)
    note: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    author_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    overtaken_version: Mapped[int | None] = mapped_column(sa.BigInteger)


class ProposedEntry(Row):
    """One entry of a proposal; emptied when it is decided. ``fields``: what a change changes.

    Its id becomes the entry's. The columns after ``fields`` are those of an entry, empty for a removal.
    """

    __tablename__ = "watchlist_proposal_entry"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "key"),)

    proposal_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("watchlist_proposal.id", ondelete="CASCADE")
    )
    key: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    act: Mapped[Act] = mapped_column(CodeType(Act))
    fields: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    kind: Mapped[EntryKind] = mapped_column(CodeType(EntryKind))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.WATCHLIST))
    reason: Mapped[str] = mapped_column(SEALED_REASON, info=personal(Clock.WATCHLIST))
    category: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    severity: Mapped[Severity | None] = mapped_column(CodeType(Severity))
    valid_from: Mapped[date] = mapped_column(info=PLAIN)
    valid_to: Mapped[date | None] = mapped_column(info=PLAIN)
    digest: Mapped[bytes] = mapped_column(info=PLAIN)


class UrgentLookout(Row):
    """A person, document, seat or bag tag to look out for at once, on one signature, for a day at most.

    ``content`` holds what its kind needs. It has ended when ``ended_at`` is set, by an officer or by time.
    Somebody else looks at it afterwards: until ``verdict`` is set it waits for that.
    """

    __tablename__ = "urgent_lookout"
    __table_args__ = (
        sa.CheckConstraint("expires_at <= raised_at + interval '24 hours'", name="one_day"),
        sa.CheckConstraint("reviewed_by <> raised_by", name="eyes"),
        sa.Index("ix_urgent_lookout_live", "site", postgresql_where=sa.text("ended_at is null")),
    )

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    kind: Mapped[LookoutKind] = mapped_column(CodeType(LookoutKind))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.WATCHLIST))
    title: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    purpose: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    handling: Mapped[Handling] = mapped_column(CodeType(Handling))
    reason: Mapped[str] = mapped_column(
        SealedText("urgent_lookout.reason"), info=personal(Clock.WATCHLIST)
    )
    restricted: Mapped[bool]
    raised_by: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[UUID | None]
    verdict: Mapped[Verdict | None] = mapped_column(CodeType(Verdict))
    verdict_note: Mapped[str | None] = mapped_column(
        SealedText("urgent_lookout.verdict_note"), info=personal(Clock.WATCHLIST)
    )
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class KnownNotMatch(Row):
    """An officer's word that a traveller is not an entry, as that entry reads now and until a day.

    The traveller is known by keyed pseudonyms: ``document_key`` (country and number) where there is one, and
    ``person_keys`` (name and birth date, as each source gave them). It hides nothing once the entry reads
    otherwise (``entry_digest``) or the traveller shows another name or birth date.
    """

    __tablename__ = "known_not_match"
    __table_args__ = (
        sa.CheckConstraint("approved_by <> officer_id", name="eyes"),
        sa.CheckConstraint("expires_on <= (cleared_at at time zone 'UTC')::date + 366", name="one_year"),
        sa.Index("ix_known_not_match_document", "document_key",
                 postgresql_where=sa.text("voided_at is null")),
        sa.Index("ix_known_not_match_entry", "watchlist_id", "entry_key",
                 postgresql_where=sa.text("voided_at is null")),
    )  # fmt: skip

    watchlist_id: Mapped[UUID] = mapped_column(sa.ForeignKey("watchlist.id"))
    entry_key: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    entry_digest: Mapped[bytes] = mapped_column(info=PLAIN)
    document_key: Mapped[bytes | None] = mapped_column(info=personal(Clock.TRAVELLER))
    person_keys: Mapped[list[bytes]] = mapped_column(
        ARRAY(sa.LargeBinary), info=personal(Clock.TRAVELLER)
    )
    passenger_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(
        SealedText("known_not_match.reason"), info=personal(Clock.TRAVELLER)
    )
    expires_on: Mapped[date] = mapped_column(info=PLAIN)
    normaliser: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    cleared_at: Mapped[datetime] = mapped_column(UtcTime)
    needs_second: Mapped[bool]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    voided_because: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
