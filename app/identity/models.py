"""People and machines: officers with roles, devices with keys, senders of messages with tokens."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class DeviceKind(StrEnum):
    """What a device is allowed to say."""

    KIOSK = "kiosk"
    LANE = "lane"


class AnswerMode(StrEnum):
    """How a sender's passenger lists are answered: not, by one word, or passenger by passenger."""

    NONE = "none"
    ACKNOWLEDGE = "acknowledge"
    INTERACTIVE = "interactive"


class PlaceKind(StrEnum):
    """How far a grant reaches. An airport is a site; a counter is one of a hall."""

    SITE = "site"
    TERMINAL = "terminal"
    HALL = "hall"
    LANE = "lane"
    COUNTER = "counter"


class Density(StrEnum):
    """How close together the rows of queues and tables stand."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class Way(StrEnum):
    """How an officer signed in."""

    CODE = "code"
    PASSKEY = "passkey"
    OIDC = "oidc"
    PASSWORD = "password"  # noqa: S105  # the name of a way


class CodeFrom(StrEnum):
    """Who made a one-time code. Whoever made one could use it himself: what an administrator made on a page opens a
    session that shows no passenger and signs nothing (:data:`app.identity.permissions.LENT`); the command line is for
    those who may do anything.
    """

    SERVER = "server"
    ADMINISTRATOR = "administrator"


class DisclosureOf(StrEnum):
    """Of what somebody's masked fields were shown."""

    PASSENGER = "passenger"
    DECLARATION = "declaration"


class Officer(Row):
    """A person who signs in. ``roles``: of the grants in force, anywhere; ``language`` is a tag of BCP 47 and
    ``density`` the spacing of rows, None until one was chosen.
    """

    __tablename__ = "officer"

    login: Mapped[str] = mapped_column(sa.Text, unique=True, info=personal(Clock.STAFF))
    name: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.STAFF))
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    language: Mapped[str | None] = mapped_column(sa.Text, info=personal(Clock.STAFF))
    density: Mapped[Density | None] = mapped_column(CodeType(Density))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    if TYPE_CHECKING:  # read from the grants, below
        roles: Mapped[list[str]]


class OfficerGrant(Row):
    """A role of an officer in a place of his site, for some purposes (None: all). In force from ``signed_at`` until
    ``ended_at``; a powerful role waits for the signature of a second administrator.

    ``place``: '' for the site, the terminal's name, the id of a hall or lane, ``hall/counter`` for a counter.
    """

    __tablename__ = "officer_grant"
    __table_args__ = (
        sa.Index(
            "uq_officer_grant", "officer_id", "role", "place_kind", "place", unique=True,
            postgresql_where=sa.text("ended_at is null"),
        ),
    )  # fmt: skip

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    role: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    place_kind: Mapped[PlaceKind] = mapped_column(CodeType(PlaceKind), info=PLAIN)
    place: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    purposes: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    proposed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    signed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("officer.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)

    @classmethod
    def is_in_force(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.signed_at.is_not(None), cls.ended_at.is_(None))


Officer.roles = column_property(
    sa.select(
        sa.func.coalesce(
            sa.func.array_agg(OfficerGrant.role.distinct(), type_=ARRAY(sa.Text)),
            sa.cast([], ARRAY(sa.Text)),
            type_=ARRAY(sa.Text),
        )
    )
    .where(OfficerGrant.officer_id == Officer.id, OfficerGrant.is_in_force())
    .correlate_except(OfficerGrant)
    .scalar_subquery()
)


class SignInCode(Row):
    """A one-time code that starts a session; only its hash is kept."""

    __tablename__ = "sign_in_code"

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    code_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    made_by: Mapped[CodeFrom] = mapped_column(CodeType(CodeFrom), server_default="administrator")
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class OfficerSession(Row):
    """A signed-in browser; only the hash of its token is kept.

    ``way``: how its officer proved last who he is, ``proved_at`` when; ``code_from``: who had made the code, where that was
    the way. ``browser`` is a word or two from the list of
    his sessions. ``provider`` and ``provider_session`` name the session at an OIDC provider (``sid``), by which the
    provider ends it.
    """

    __tablename__ = "officer_session"
    __table_args__ = (sa.Index("ix_officer_session_created_at", "created_at"),)

    officer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("officer.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    way: Mapped[Way] = mapped_column(CodeType(Way), server_default="code")
    code_from: Mapped[CodeFrom | None] = mapped_column(CodeType(CodeFrom))
    proved_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    idle: Mapped[timedelta] = mapped_column(sa.Interval, server_default="00:30:00")
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    browser: Mapped[str] = mapped_column(sa.Text, server_default="", info=personal(Clock.SESSION))
    provider: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    provider_session: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)


class Disclosure(Row):
    """Masked fields of one person that were shown to an officer in clear, in one session until ``until``, and why."""

    __tablename__ = "disclosure"

    session_id: Mapped[UUID] = mapped_column(index=True)
    officer_id: Mapped[UUID]
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    subject_kind: Mapped[DisclosureOf] = mapped_column(CodeType(DisclosureOf))
    subject_id: Mapped[UUID]
    fields: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    reason: Mapped[str] = mapped_column(SealedText("disclosure.reason"), info=personal(Clock.CASE))
    shown_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    until: Mapped[datetime] = mapped_column(UtcTime)


class Device(Row):
    """A kiosk or a lane of a hall. ``assisted``: a wide lane where an officer lets several people in at once."""

    __tablename__ = "device"

    kind: Mapped[DeviceKind] = mapped_column(CodeType(DeviceKind))
    name: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    hall_id: Mapped[UUID] = mapped_column()
    assisted: Mapped[bool] = mapped_column(server_default=sa.false())
    rotation_asked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DeviceKey(Row):
    """An Ed25519 public key (32 raw bytes) of a device. ``revoked_at`` may lie ahead: a key that was replaced."""

    __tablename__ = "device_key"

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class EnrolmentCode(Row):
    """A one-time code by which a device enrols itself; only its hash is kept."""

    __tablename__ = "enrolment_code"

    code_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    name: Mapped[str] = mapped_column(sa.Text, index=True, info=PLAIN)
    kind: Mapped[DeviceKind] = mapped_column(CodeType(DeviceKind))
    hall_id: Mapped[UUID]
    assisted: Mapped[bool]
    tries: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DeviceHealth(Row):
    """What a device last said of itself. ``tests`` maps each self-test to whether it passed; ``list_age`` is that of
    its trust list in seconds; ``silent_since``: it was missed, and officers were told.
    """

    __tablename__ = "device_health"

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"), unique=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    version: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    state: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    tests: Mapped[dict[str, bool]] = mapped_column(JSONB, info=PLAIN)
    list_age: Mapped[int | None]
    silent_since: Mapped[datetime | None] = mapped_column(UtcTime)


class DeviceToken(Row):
    """A short access token that a device got for a signed assertion (RFC 7523)."""

    __tablename__ = "device_token"

    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("device.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    assertion_id: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.UniqueConstraint("device_id", "assertion_id"),)


class Sender(Row):
    """A connection that sends messages and the carriers (IATA codes) it may speak for.

    ``interchange_id`` is its name in UNB where that is not the one it signs its own with; ``required`` are
    :class:`app.formats.required.Element` codes, None for the default; ``answered`` counts the answers
    made for it, the newest of which bears that number. ``boarding_authority``: the State has named this
    service to say who may board; ``sets_flights``: an airport's system, it may say where flights are;
    ``sandbox_only``: real messages are refused until it is certified.
    """

    __tablename__ = "sender"

    name: Mapped[str] = mapped_column(sa.Text, unique=True, info=PLAIN)
    carriers: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answers: Mapped[AnswerMode] = mapped_column(CodeType(AnswerMode), server_default="none")
    contrl: Mapped[bool] = mapped_column(server_default=sa.false())
    ackres: Mapped[bool] = mapped_column(server_default=sa.false())
    boarding_authority: Mapped[bool] = mapped_column(server_default=sa.false())
    sandbox_only: Mapped[bool] = mapped_column(server_default=sa.false())
    sets_flights: Mapped[bool] = mapped_column(server_default=sa.false())
    interchange_id: Mapped[str | None] = mapped_column(sa.Text, info=PLAIN)
    required: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    answered: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class SenderToken(Row):
    """A bearer token of a sender; only its hash is kept. ``scopes`` are :class:`app.identity.scopes.Scope`; several are live
    while one replaces another. ``expires_at`` None: made before tokens had an end. ``used_at`` is right to some minutes.
    """

    __tablename__ = "sender_token"

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), info=PLAIN)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SenderSession(Row):
    """A browser in which a sender looks at its own page; only the hash of its token is kept."""

    __tablename__ = "sender_session"

    sender_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sender.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
