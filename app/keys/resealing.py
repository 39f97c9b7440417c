"""Putting what is sealed under the current key, in batches: each is a transaction of its own.

Nothing has to be remembered between runs: what is not under the current key is what is left to do. A gate that reads
a row meanwhile reads it under the old key or the new one; both are in its ring.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations import keys as authority
from app.declarations.models import AuthorityKey
from app.keeping import engine
from app.kernel.crypto import SealError, Vault
from app.kernel.db import Base, Database
from app.kernel.sealed import SealedText
from app.messages import answers, receive
from app.messages.answer_models import Answer
from app.messages.models import Message
from app.referrals import attachments, pictures
from app.referrals.evidence_models import Attachment
from app.referrals.models import ReferralPicture, Which
from app.retention.models import MaskedRow
from app.tables import all_tables

BATCH = 200
_THROUGH = {"referral_event": "reseal_steps"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed bytes, and how the context of a row is made from further columns of it."""

    table: sa.Table
    column: str
    context: Callable[..., bytes]
    of: tuple[str, ...] = ("id",)
    through: str = ""
    """The function of the schema's owner that writes it, where the program itself may only append."""

    @property
    def place(self) -> str:
        return f"{self.table.name}.{self.column}"

    @property
    def stored(self) -> sa.ColumnElement[Any]:
        """The column as it is stored."""
        return sa.type_coerce(self.table.c[self.column], sa.LargeBinary)

    def opened(self, vault: Vault, stored: bytes, context: bytes) -> bytes:
        """What is sealed in a value; a column of words may hold some that never were. Raises SealError."""
        kind = self.table.c[self.column].type
        if isinstance(kind, SealedText):
            return kind.opened(vault, stored)
        return vault.open(stored, context)

    @property
    def head(self) -> sa.ColumnElement[Any]:
        """The first five bytes: what names the key."""
        return sa.func.substring(self.stored, 1, 5)


def sealed_columns() -> list[Sealed]:
    """Every column that the vault sealed: those of bytes by name, those of words by their type."""
    all_tables()
    words = [
        Sealed(
            table, column.name, lambda kind=column.type: kind.context, (),
            _THROUGH.get(table.name, ""),
        )
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText)
    ]  # fmt: skip
    return [
        Sealed(_table(AuthorityKey), "private_sealed", authority.sealing_context, ("kid",)),
        Sealed(_table(Message), "raw", receive.sealing_context),
        Sealed(_table(Answer), "text", answers.sealing_context),
        Sealed(_table(Attachment), "sealed", attachments.sealing_context),
        Sealed(
            _table(ReferralPicture), "sealed",
            lambda referral, which: pictures.sealing_context(referral, Which(which)),
            ("referral_id", "which"),
        ),
        Sealed(_table(MaskedRow), "sealed", engine.sealing_context, ("row_id",)),
        *words,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """What one batch did. ``failed``: rows that no key of the ring opens; they stay as they are."""

    place: str
    sealed: int
    failed: int


def reseal(database: Database, vault: Vault, batch: int = BATCH) -> Generator[Progress]:
    """Put everything under the current key; told after the commit of each batch that had anything in it."""
    for kept in sealed_columns():
        after: UUID | None = None
        while True:
            with database.transaction() as session:
                done, after = _reseal_some(session, vault, kept, after, batch)
            if after is None:
                break
            yield done


def _reseal_some(
    session: Session, vault: Vault, kept: Sealed, after: UUID | None, batch: int
) -> tuple[Progress, UUID | None]:
    table = kept.table
    query = (
        sa.select(table.c.id, kept.stored.label("sealed"), *(table.c[name] for name in kept.of))
        .where(kept.stored.is_not(None), kept.stored != b"", kept.head != vault.seal_mark)
        .order_by(table.c.id)
        .limit(batch)
    )
    if not kept.through:  # what is only appended to nobody changes meanwhile
        query = query.with_for_update(skip_locked=True)
    rows = session.execute(query if after is None else query.where(table.c.id > after)).all()
    failed, anew = 0, dict[UUID, bytes]()
    for row in rows:
        context = kept.context(*(getattr(row, name) for name in kept.of))
        try:
            plain = kept.opened(vault, bytes(row.sealed), context)
        except SealError:
            failed += 1
            continue
        anew[row.id] = vault.seal(plain, context)
    _store(session, kept, anew)
    return Progress(kept.place, len(rows) - failed, failed), rows[-1].id if rows else None


def _store(session: Session, kept: Sealed, anew: Mapping[UUID, bytes]) -> None:
    if kept.through:
        query = sa.text(f"select {kept.through}(:ids, :sealed)")
        session.execute(query, {"ids": list(anew), "sealed": list(anew.values())})
        return
    for row_id, sealed in anew.items():
        session.execute(
            sa.update(kept.table)
            .where(kept.table.c.id == row_id)
            .values({kept.column: sa.literal(sealed, sa.LargeBinary)})
        )


def _table(model: type[Base]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table
