"""Watch lists, rules and their life, assessments with hits, and officers' reviews of hits."""

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

TRANSLATED = ("ja",)
"""Languages beside English that titles and justifications may be written in; where one is not, English is shown."""

SEALED_REASON = SealedText("watchlist.reason")
"""Why somebody is on a list; one place for entries and proposed ones, which are copied from one table to the other."""


class EntryKind(StrEnum):
    """What an entry describes."""

    PERSON = "person"
    DOCUMENT = "document"


class Handling(StrEnum):
    """What a hit asks of the gate."""

    STOP = "stop"
    DISCREET = "discreet"
    OBSERVE = "observe"
    INFORM = "inform"


class Level(StrEnum):
    """The risk level of an assessment, in rising order."""

    NONE = "none"
    LOW = "low"
    ATTENTION = "attention"
    HIGH = "high"


class HitSource(StrEnum):
    """What raised a hit."""

    RULE = "rule"
    WATCHLIST = "watchlist"


class Severity(StrEnum):
    """How grave what a list or an entry stands for is, in rising order."""

    ORDINARY = "ordinary"
    SERIOUS = "serious"
    SEVERE = "severe"


class ReviewState(StrEnum):
    """What an officer made of a hit."""

    UNREVIEWED = "unreviewed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class RuleState(StrEnum):
    """Where a rule version is in its life; only ACTIVE acts, SHADOW is asked and acts on nothing."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    SHADOW = "shadow"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class RuleEventKind(StrEnum):
    """The steps in a rule version's life. URGENT: acts on one signature; ENDED: its 24 hours are over;
    REMINDED: the day of its review is near; CONTINUED: reviewed, and a new day is set.
    """

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    SHADOWED = "shadowed"
    ACTIVATED = "activated"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    URGENT = "urgent"
    ENDED = "ended"
    REMINDED = "reminded"
    CONTINUED = "continued"


class Watchlist(Row):
    """A list with its purpose, handling and version (grows with every change of an entry or a setting).

    ``titles``: its title in other languages than English, by tag. ``source`` is who answers for what it says. ``reason_restricted``: officers without the right to see
    reasons are told that there is a hit and its handling, no more. ``thresholds`` are least scores of a name
    by relation of the birth dates (null: never an alert), None for the defaults. A change of more than
    ``bulk_limit`` entries needs a second officer.
    """

    __tablename__ = "watchlist"

    key: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    title: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    titles: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}", info=PLAIN)
    purpose: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    handling: Mapped[Handling] = mapped_column(CodeType(Handling))
    version: Mapped[int] = mapped_column(sa.BigInteger)
    category: Mapped[str] = mapped_column(sa.Text, server_default="", info=PLAIN)
    severity: Mapped[Severity] = mapped_column(CodeType(Severity), server_default="ordinary")
    source: Mapped[str] = mapped_column(sa.Text, server_default="", info=PLAIN)
    reason_restricted: Mapped[bool] = mapped_column(server_default=sa.false())
    bulk_limit: Mapped[int] = mapped_column(server_default="20")
    thresholds: Mapped[dict[str, float | None] | None] = mapped_column(
        JSONB(none_as_null=True), info=PLAIN
    )


class WatchlistEntry(Row):
    """A person (names, birth dates, documents) or a document on a list; replaced, never edited.

    ``version`` is the list's version that brought the entry, ``removed_version`` the one that took it away,
    so what a list said at any of its versions can be told exactly. ``category`` says what it is listed for
    (of a document: lost, stolen, revoked); ``severity`` is the list's where None. ``digest`` is over all that
    an officer could have typed.
    """

    __tablename__ = "watchlist_entry"
    __table_args__ = (
        sa.UniqueConstraint("watchlist_id", "key", "version"),
        sa.Index("uq_watchlist_entry_live", "watchlist_id", "key", unique=True,
                 postgresql_where=sa.text("removed_version is null")),
    )  # fmt: skip

    watchlist_id: Mapped[UUID] = mapped_column(sa.ForeignKey("watchlist.id"))
    key: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    version: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[EntryKind] = mapped_column(CodeType(EntryKind))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.WATCHLIST))
    reason: Mapped[str] = mapped_column(SEALED_REASON, info=personal(Clock.WATCHLIST))
    valid_from: Mapped[date] = mapped_column(info=PLAIN)
    valid_to: Mapped[date | None] = mapped_column(info=PLAIN)
    category: Mapped[str] = mapped_column(sa.Text, server_default="", info=PLAIN)
    severity: Mapped[Severity | None] = mapped_column(CodeType(Severity))
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_version: Mapped[int | None] = mapped_column(sa.BigInteger)


class Rule(Row):
    """A rule over its versions; its key is what officers and figures name."""

    __tablename__ = "rule"

    key: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    owner: Mapped[str] = mapped_column(sa.Text, info=PLAIN)


class RuleVersion(Row):
    """An immutable text of a rule with what it weighs, where and when it is asked; a trigger keeps it so.

    ``state`` follows from its events; at most one version of a rule is active, and one in shadow.
    ``protected``: protected facts alone can make it true, ``legal_basis`` says why that is lawful.
    ``airports`` (of arrival), ``carriers``, ``routes`` (``SIN-NRT``): empty is everywhere; ``valid_from`` and
    ``valid_to`` are dates of flights. ``texts``: title and justification in other languages than English, by tag.
    ``ends_at``: an urgent version, in force until then on one signature.
    """

    __tablename__ = "rule_version"
    __table_args__ = (
        sa.UniqueConstraint("rule_id", "n"),
        sa.UniqueConstraint("id", "author_id", "digest", "protected", name="uq_rule_version_signed"),
        sa.Index(
            "uq_rule_version_active", "rule_id", unique=True,
            postgresql_where=sa.text("state = 'active'"),
        ),
        sa.Index(
            "uq_rule_version_shadow", "rule_id", unique=True,
            postgresql_where=sa.text("state = 'shadow'"),
        ),
        sa.CheckConstraint("not protected or legal_basis <> ''", name="legal_basis"),
        sa.CheckConstraint("valid_from is null or valid_to is null or valid_from <= valid_to", name="validity"),
    )  # fmt: skip

    rule_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rule.id"))
    n: Mapped[int]
    title: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    text: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    points: Mapped[int]
    floor: Mapped[Level | None] = mapped_column(CodeType(Level))
    purpose: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    handling: Mapped[Handling] = mapped_column(CodeType(Handling))
    justification: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB, server_default="{}", info=PLAIN)
    protected: Mapped[bool]
    legal_basis: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    airports: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    carriers: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    routes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    valid_from: Mapped[date | None] = mapped_column(info=PLAIN)
    valid_to: Mapped[date | None] = mapped_column(info=PLAIN)
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    author_id: Mapped[UUID]
    state: Mapped[RuleState] = mapped_column(CodeType(RuleState))
    ends_at: Mapped[datetime | None] = mapped_column(UtcTime)
    review_by: Mapped[date] = mapped_column(info=PLAIN)


class RuleEvent(Row):
    """A step in the life of a rule version; append-only.

    Author, digest and ``protected`` are the version's own (a foreign key keeps them so): an approval is bound
    to the text that was approved, is by another than its author, and by a legal approver (``legal``) where
    the version is protected. ``backtest_id``: the trial on which submission and approval rest.
    """

    __tablename__ = "rule_event"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["version_id", "author_id", "digest", "protected"],
            ["rule_version.id", "rule_version.author_id", "rule_version.digest", "rule_version.protected"],
            name="fk_rule_event_signed",
        ),
        sa.CheckConstraint(
            "kind <> 'approved' or (actor_id is not null and actor_id <> author_id and (legal or not protected))",
            name="four_eyes",
        ),
    )  # fmt: skip

    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rule_version.id"), index=True)
    kind: Mapped[RuleEventKind] = mapped_column(CodeType(RuleEventKind))
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    protected: Mapped[bool]
    legal: Mapped[bool]
    backtest_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("backtest.id"))
    note: Mapped[str] = mapped_column(sa.Text, info=PLAIN)


class Ruleset(Row):
    """The rules, list versions and urgent lookouts in force together; a new row at each change, the newest is
    current.

    ``profile`` is what the jurisdiction and the installation say (:mod:`app.screening.profiles`), ``values``
    the fingerprint of the managed lists that rules name with @.
    """

    __tablename__ = "ruleset"

    digest: Mapped[bytes] = mapped_column(info=PLAIN)
    rule_versions: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))
    watchlists: Mapped[dict[str, int]] = mapped_column(JSONB, info=PLAIN)
    lookouts: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid), server_default="{}")
    profile: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)
    values: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    n: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)


class Assessment(Row):
    """What the rules and lists in force said of a passenger's facts at one moment.

    The gate reads one row: ``action`` is the strictest handling among the hits that act (None: none does),
    ``confirmed`` says that an officer has confirmed one. ``own_high`` leaves out what comes from fellow
    travellers, so that two of them cannot hold each other high for ever. ``carried_from``: the rule set that
    it was judged by, where a later one that changes nothing for the passenger took over. ``control``: drawn by
    lot, at the share ``control_rate`` of that moment; ``mixed``, ``rules_alone``: see :mod:`app.screening.blind`.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        sa.Index(
            "uq_assessment_current", "passenger_id", unique=True,
            postgresql_where=sa.text("is_current"),
        ),
        sa.Index(
            "ix_assessment_acting", "created_at",
            postgresql_where=sa.text("is_current and action in ('stop', 'discreet', 'observe')"),
        ),
    )  # fmt: skip

    passenger_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="CASCADE"), index=True
    )
    flight_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flight.id"), index=True)
    ruleset_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ruleset.id"))
    assessed_at: Mapped[datetime] = mapped_column(UtcTime)
    carried_from: Mapped[UUID | None]
    facts_version: Mapped[int] = mapped_column(sa.BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.SCREENING))
    score: Mapped[int]
    level: Mapped[Level] = mapped_column(CodeType(Level))
    control: Mapped[bool]
    control_rate: Mapped[float | None]
    mixed: Mapped[bool] = mapped_column(server_default=sa.false())
    rules_alone: Mapped[bool] = mapped_column(server_default=sa.false())
    action: Mapped[Handling | None] = mapped_column(CodeType(Handling))
    confirmed: Mapped[bool]
    own_high: Mapped[bool]
    unknown: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, info=PLAIN)
    is_current: Mapped[bool]


class Hit(Row):
    """One reason of an assessment, with its explanation.

    ``subject`` is the rule's key or ``list/entry``, ``subject_version`` the version of the rule or entry,
    ``values_digest`` the hash of the values that matched: together with the passenger they find the
    officers' review. A list's own version is no part of it: another entry must not undo a review.
    ``state`` and ``snoozed`` are what held when it was judged, so that it can be judged again; ``reviewed_first``:
    it acts only once an officer has confirmed it. ``titles``: the title in other languages than English, by tag, as rule
    or list had them.
    """

    __tablename__ = "hit"

    assessment_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("assessment.id", ondelete="CASCADE"), index=True
    )
    passenger_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="CASCADE"), index=True
    )
    source: Mapped[HitSource] = mapped_column(CodeType(HitSource))
    subject: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject_version: Mapped[int] = mapped_column(sa.BigInteger)
    title: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    titles: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}", info=PLAIN)
    purpose: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    handling: Mapped[Handling] = mapped_column(CodeType(Handling))
    points: Mapped[int]
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.SCREENING))
    values_digest: Mapped[bytes] = mapped_column(info=PLAIN)
    state: Mapped[ReviewState] = mapped_column(CodeType(ReviewState))
    snoozed: Mapped[bool]
    reviewed_first: Mapped[bool]


class ShadowHit(Row):
    """What a rule version in shadow said of an assessed passenger: true, or undecided. It acts on nothing."""

    __tablename__ = "shadow_hit"
    __table_args__ = (sa.UniqueConstraint("assessment_id", "version_id"),)

    assessment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("assessment.id", ondelete="CASCADE"))
    passenger_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="CASCADE"), index=True
    )
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rule_version.id"), index=True)
    decided: Mapped[bool]
    explanation: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, info=personal(Clock.SCREENING)
    )


class Snooze(Row):
    """A rule version that counts nothing for one traveller, on flights up to ``until``; a new version of the
    rule asks anew. ``lifted_at``: taken back.
    """

    __tablename__ = "rule_snooze"
    __table_args__ = (
        sa.Index(
            "uq_rule_snooze_open", "traveller_id", "version_id", unique=True,
            postgresql_where=sa.text("lifted_at is null"),
        ),
    )  # fmt: skip

    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rule_version.id"))
    traveller_id: Mapped[UUID] = mapped_column(sa.ForeignKey("traveller.id", ondelete="CASCADE"))
    until: Mapped[date] = mapped_column(info=PLAIN)
    reason: Mapped[str] = mapped_column(
        SealedText("rule_snooze.reason"), info=personal(Clock.SCREENING)
    )
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lifted_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))


class LinkKey(Row):
    """Something that a passenger's bookings share with others' (:mod:`app.screening.links`), as a pseudonym."""

    __tablename__ = "link_key"
    __table_args__ = (
        sa.UniqueConstraint("passenger_id", "kind", "key"),
        sa.Index("ix_link_key_kind_key", "kind", "key", "flight_date"),
    )

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    key: Mapped[bytes] = mapped_column(info=personal(Clock.SCREENING))
    flight_date: Mapped[date] = mapped_column(info=PLAIN)
    hit: Mapped[bool]


class HitReview(Row):
    """An officer's word on a hit. It holds for the same passenger, subject, version and values."""

    __tablename__ = "hit_review"
    __table_args__ = (
        sa.UniqueConstraint(
            "passenger_id", "source", "subject", "subject_version", "values_digest",
            name="uq_hit_review_subject",
        ),
    )  # fmt: skip

    passenger_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passenger.id", ondelete="CASCADE"))
    source: Mapped[HitSource] = mapped_column(CodeType(HitSource))
    subject: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject_version: Mapped[int] = mapped_column(sa.BigInteger)
    values_digest: Mapped[bytes] = mapped_column(info=PLAIN)
    state: Mapped[ReviewState] = mapped_column(CodeType(ReviewState))
    reason: Mapped[str] = mapped_column(
        SealedText("hit_review.reason"), info=personal(Clock.SCREENING)
    )
    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    reviewed_at: Mapped[datetime] = mapped_column(UtcTime)
