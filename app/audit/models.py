"""The audit trail's own tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.kernel.db import Base, Row, UtcTime
from app.kernel.ids import uuid7
from app.kernel.sealed import SealedText
from app.retention.clocks import PLAIN, Clock, personal


class Xid8(UserDefinedType[int]):
    """The number of the transaction that wrote a row: it says what was committed when a snapshot was taken."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that a schema that is read from the database is compared


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
    tx: Mapped[int] = mapped_column(
        Xid8, server_default=sa.text("pg_current_xact_id()"), index=True
    )


class AuditLeaf(Base):
    """Where an entry stands in the tree, and its hash. Append-only."""

    __tablename__ = "audit_leaf"

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(info=PLAIN)


class AuditNode(Base):
    """The root of ``256 ** level`` leaves: a proof reads few rows, however long the trail. Append-only."""

    __tablename__ = "audit_node"

    level: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(info=PLAIN)


class AuditCheckpoint(Base):
    """The signed state of the tree after a batch. Append-only."""

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    """A checkpoint as C2SP writes it (app/formats/signed_note.py)."""
    peaks: Mapped[bytes] = mapped_column(info=PLAIN)
    """From which the tree goes on."""
    seen: Mapped[str] = mapped_column(sa.Text, info=PLAIN)
    """Epoch and snapshot: what was committed then has its leaf ('' where more was waiting)."""


class AuditSalt(Row):
    """The salt of an entry's commitments (:mod:`app.audit.commitments`), in hex: without it they say nothing.

    It goes by a clock of its own; the entry stays.
    """

    __tablename__ = "audit_salt"

    entry_id: Mapped[UUID] = mapped_column(unique=True)
    salt: Mapped[str] = mapped_column(
        SealedText("audit_salt.salt"), info=personal(Clock.COMMITMENT)
    )
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
