"""The trail as an auditor reads it: by time, actor, action and subject, newest first, with the place in the tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import ActorKind
from app.audit.models import AuditEntry, AuditLeaf

PAGE: Final = 100
EXPORTED: Final = 100_000
"""No more entries in a file: a longer time is several files."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None: whatever. ``action`` is a whole one or a beginning that ends in a dot (``referral.``)."""

    since: datetime | None = None
    until: datetime | None = None
    actor_kind: ActorKind | None = None
    actor_id: UUID | None = None
    action: str | None = None
    subject_id: UUID | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """As SQL."""
        if self.since:
            yield AuditEntry.at >= self.since
        if self.until:
            yield AuditEntry.at < self.until
        if self.action and self.action.endswith("."):
            yield AuditEntry.action.startswith(self.action, autoescape=True)
        elif self.action:
            yield AuditEntry.action == self.action
        for name in ("actor_kind", "actor_id", "subject_id"):
            if (value := getattr(self, name)) is not None:
                yield getattr(AuditEntry, name) == value

    def names(self) -> list[str]:
        """Which of them are asked for: what the trail says of a look at itself."""
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry; ``position`` is its place in the tree, None for some seconds."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID | None
    detail: dict[str, Any]
    position: int | None


def read(
    session: Session, wanted: Wanted, *, before: tuple[datetime, UUID] | None = None, limit: int = PAGE
) -> Sequence[Line]:  # fmt: skip
    """Entries, newest first; ``before``: time and id of the last one of the page above."""
    key = sa.tuple_(AuditEntry.at, AuditEntry.id)
    query = (
        sa.select(
            AuditEntry.id, AuditEntry.at, AuditEntry.actor_kind, AuditEntry.actor_id, AuditEntry.action,
            AuditEntry.subject_kind, AuditEntry.subject_id, AuditEntry.detail, AuditLeaf.position,
        )
        .outerjoin(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(*wanted.conditions())
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )  # fmt: skip
    if before:
        query = query.where(key < sa.tuple_(*(sa.literal(one) for one in before)))
    return [Line(*row) for row in session.execute(query)]


def actions(session: Session) -> Sequence[str]:
    """Every kind of action that was ever recorded, by loose index scan."""
    query = sa.text(
        "with recursive found(action) as ("
        " (select action from audit_entry order by action limit 1) union all"
        " select (select e.action from audit_entry e where e.action > found.action order by e.action limit 1)"
        " from found where found.action is not null)"
        " select action from found where action is not null"
    )
    return list(session.scalars(query))
