"""The mapping of each sender, version by version: what is in force, and a new one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity.models import Sender
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.texts import N_
from app.messages.models import SenderMapping
from app.messages.rules import NO_RULES, Rules, read_rules

LONGEST_REASON = 500


class MappingChangedError(ConflictError):
    """The mapping has a newer version than the caller has seen."""

    code, status, title = "mapping-changed", 409, N_("Somebody else has changed this mapping")


class ReasonMissingError(InvalidError):
    """What is done needs a reason of 1 to 500 characters."""

    code, status, title = "reason-missing", 422, N_("Say why")


@dataclass(frozen=True, slots=True)
class InForce:
    """A sender's rules and their version; 0 before the first one was saved."""

    version: int = 0
    rules: Rules = NO_RULES


def in_force(session: Session, sender_id: UUID) -> InForce:
    """The newest version of a sender's mapping."""
    row = session.execute(
        sa.select(SenderMapping.version, SenderMapping.rules)
        .where(SenderMapping.sender_id == sender_id)
        .order_by(SenderMapping.version.desc())
        .limit(1)
    ).one_or_none()
    return InForce(row.version, read_rules(row.rules)) if row else InForce()


def rules_of(session: Session, sender_id: UUID, version: int | None) -> Rules:
    """The rules of one version; none of version 0 or None."""
    rules = session.scalar(
        sa.select(SenderMapping.rules).where(
            SenderMapping.sender_id == sender_id, SenderMapping.version == (version or 0)
        )
    )
    return read_rules(rules) if rules else NO_RULES


def versions(session: Session, sender_id: UUID) -> list[SenderMapping]:
    """All versions, newest first. Raises NotFoundError for no such sender."""
    if session.get(Sender, sender_id) is None:
        raise NotFoundError
    wanted = sa.select(SenderMapping).where(SenderMapping.sender_id == sender_id)
    return list(session.scalars(wanted.order_by(SenderMapping.version.desc())))


def save_mapping(  # who, of whom, what, seen when, why
    session: Session,
    actor: Actor,
    sender_id: UUID,
    seen: int,
    data: dict[str, Any],
    reason: str,
    now: datetime,
) -> InForce:
    """A new version, in force from now on. ``seen`` is the version that the caller started from.

    Raises NotFoundError, MappingInvalidError, ReasonMissingError, MappingChangedError.
    """
    rules = read_rules(data)
    why = checked_reason(reason)
    if session.get(Sender, sender_id, with_for_update=True) is None:
        raise NotFoundError
    if in_force(session, sender_id).version != seen:
        raise MappingChangedError
    made = InForce(seen + 1, rules)
    session.add(
        SenderMapping(
            sender_id=sender_id, version=made.version, rules=rules.plain(), reason=why,
            officer_id=actor.id,
        )
    )  # fmt: skip
    session.flush()
    audit.record(
        session, actor, "mapping.saved", "sender", sender_id, now,
        version=made.version, rules=sorted(rules.plain()),
    )  # fmt: skip
    return made


def checked_reason(reason: str) -> str:
    """The words of an officer. Raises ReasonMissingError."""
    why = reason.strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise ReasonMissingError(fields=[FieldProblem("/reason", "missing")])
    return why
