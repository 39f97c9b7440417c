"""Declarations, their versions and credentials, and the keys that the authority signs with."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CodeType, Row, UtcTime
from app.retention.clocks import PLAIN, Clock, personal


class DeclarationStatus(StrEnum):
    """Whether a declaration counts."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How a version came: by the traveller's own phone, as a code, or taken by a kiosk or an officer."""

    ONLINE = "online"
    CODE = "code"
    KIOSK = "kiosk"
    PAPER = "paper"
    SPOKEN = "spoken"


class Declaration(Row):
    """A traveller's declaration over its versions.

    ``cti`` (16 bytes) identifies it in every credential; ``device_key`` is the phone's compressed point for
    a self-contained code, empty for one made online. ``passenger_id`` is set once it is matched; ``version``
    grows with every change, matching included. A passenger record that is taken away leaves its declaration
    waiting for another. ``birth_date`` is None where the passport leaves parts open.
    """

    __tablename__ = "declaration"
    __table_args__ = (
        sa.UniqueConstraint("device_key", "cti"),
        sa.Index("ix_declaration_cti", "cti"),
        sa.Index("ix_declaration_document_key", "document_key"),
        sa.Index(
            "ix_declaration_waiting", "arrival_on",
            postgresql_where=sa.text("passenger_id is null and status = 'active'"),
        ),
        sa.Index(
            "ix_declaration_flight", "flight", "arrival_on",
            postgresql_where=sa.text("status = 'active'"),
        ),
        sa.Index(
            "ix_declaration_kept", "arrival_on", postgresql_where=sa.text("document_key <> ''"),
        ),
        sa.Index(
            "ix_declaration_denied", "expires_at",
            postgresql_where=sa.text("status = 'withdrawn' or seq > 0"),
        ),
    )  # fmt: skip

    site: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    device_key: Mapped[bytes] = mapped_column(info=PLAIN)
    cti: Mapped[bytes] = mapped_column(info=PLAIN)
    status: Mapped[DeclarationStatus] = mapped_column(CodeType(DeclarationStatus))
    seq: Mapped[int]
    lane: Mapped[int]
    language: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    secret_hash: Mapped[bytes | None] = mapped_column(info=PLAIN)
    document_key: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.DECLARATION))
    issuer: Mapped[str] = mapped_column(sa.Text, info=personal(Clock.DECLARATION))
    birth_date: Mapped[date | None] = mapped_column(info=personal(Clock.DECLARATION))
    arrival_on: Mapped[date] = mapped_column(info=PLAIN)
    flight: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    passenger_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="SET NULL"), index=True
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")


class DeclarationVersion(Row):
    """What was declared and certified, once per amendment; never changed.

    ``taken_by`` is the device or officer that took it; whatever the channel, a later version is the
    traveller's own correction. Text, language and moment of certifying are kept as evidence: `certified_at` is
    when it came here, `signed_at` when the phone that made the code says that it was certified.
    """

    __tablename__ = "declaration_version"
    __table_args__ = (sa.UniqueConstraint("declaration_id", "seq"),)

    declaration_id: Mapped[UUID] = mapped_column(sa.ForeignKey("declaration.id"))
    seq: Mapped[int]
    questionnaire: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, info=personal(Clock.DECLARATION))
    payload_digest: Mapped[bytes] = mapped_column(info=PLAIN)
    language: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    certified_text: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    certified_at: Mapped[datetime] = mapped_column(UtcTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    channel: Mapped[Channel] = mapped_column(CodeType(Channel))
    taken_by: Mapped[UUID | None]


class Companion(Row):
    """A person named on somebody's declaration: ``number`` 1..9 in the order of the form."""

    __tablename__ = "companion"
    __table_args__ = (sa.UniqueConstraint("declaration_id", "seq", "number"),)

    declaration_id: Mapped[UUID] = mapped_column(sa.ForeignKey("declaration.id"))
    seq: Mapped[int]
    number: Mapped[int]
    document_key: Mapped[str | None] = mapped_column(
        sa.Text, index=True, info=personal(Clock.DECLARATION)
    )
    passenger_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("passenger.id", ondelete="SET NULL"), index=True
    )


class CredentialUse(Row):
    """One person's use of a declaration at a gate: unique, so a second one is refused."""

    __tablename__ = "credential_use"
    __table_args__ = (sa.UniqueConstraint("declaration_id", "person"),)

    declaration_id: Mapped[UUID] = mapped_column(sa.ForeignKey("declaration.id"))
    person: Mapped[int]
    passage_id: Mapped[UUID]


class KeyUse(StrEnum):
    """What an authority key is for: receipts, sealed declarations, the lists that kiosks go by."""

    SIGN = "sign"
    DECRYPT = "decrypt"
    LIST = "list"


class AuthorityKey(Row):
    """A P-256 key of the authority. ``kid`` is SHA-256(point)[:8]; the private part is sealed.

    ``certificate`` is the offline root's word for it (:mod:`app.formats.credential.trust_list`), where there is one.
    """

    __tablename__ = "authority_key"

    kid: Mapped[bytes] = mapped_column(unique=True, info=PLAIN)
    use: Mapped[KeyUse] = mapped_column(CodeType(KeyUse))
    public_point: Mapped[bytes] = mapped_column(info=PLAIN)
    private_sealed: Mapped[bytes] = mapped_column(info=PLAIN)
    not_before: Mapped[datetime] = mapped_column(UtcTime)
    certificate: Mapped[bytes | None] = mapped_column(info=PLAIN)
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcTime)
