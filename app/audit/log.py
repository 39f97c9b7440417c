"""Append to the audit trail, inside the transaction of what is audited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.kernel.ids import uuid7


class ActorKind(StrEnum):
    """Who acts."""

    OFFICER = "officer"
    DEVICE = "device"
    SENDER = "sender"
    TRAVELLER = "traveller"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: a kind and an id (None for travellers and the system itself)."""

    kind: ActorKind
    id: UUID | None = None

    @property
    def key(self) -> str:
        """The actor's name in other tables, e.g. of idempotency keys."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)


SYSTEM = Actor(ActorKind.SYSTEM)
TRAVELLER = Actor(ActorKind.TRAVELLER)


def record(  # who, what, on what, when: an audit row is that wide
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | None,
    now: datetime,
    **detail: Any,
) -> None:
    """Append a row. ``detail`` holds ids, codes and numbers only, never names or document numbers."""
    append(session, actor, action, subject_kind, subject_id, now, detail)


def append(
    session: Session, actor: Actor, action: str, subject_kind: str, subject_id: UUID | None,
    now: datetime, detail: Mapping[str, Any],
) -> UUID:  # fmt: skip
    """:func:`record`; the id of the entry."""
    made = uuid7()
    session.execute(
        insert(AuditEntry).values(
            id=made, at=now, actor_kind=actor.kind, actor_id=actor.id, action=action,
            subject_kind=subject_kind, subject_id=subject_id, detail=dict(detail),
        )
    )  # fmt: skip
    return made
