"""Entries of the trail that are past their clock leave it; the tree, its leaves and its checkpoints stay.

What leaves are the contents of whole sealed batches, from the oldest on. That they left is itself an entry
(``audit.forgotten``, with the number of leaves up to which), so it is sealed and signed like any other; :mod:`app.audit.verify`
asks for it. Hashes of leaves stay for ever: every checkpoint and every proof of what stays holds as before.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import ActorKind
from app.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf
from app.retention.models import LegalHold

FORGOTTEN: Final = "audit.forgotten"
STEP: Final = 1_000


def forget(session: Session, now: datetime, kept: timedelta, limit: int = STEP) -> int:
    """Take away up to ``limit`` entries of batches sealed longer than ``kept`` ago; how many.

    First it is written that they leave, and once that is sealed, at a later call, they do. What a legal hold covers stays.
    The database itself keeps every entry five years, whatever it is asked for.
    """
    size = session.scalar(
        sa.select(sa.func.max(AuditCheckpoint.size)).where(AuditCheckpoint.at < now - kept)
    )
    if not size:
        return 0
    if announced(session) < size:
        audit.record(session, audit.SYSTEM, FORGOTTEN, "audit", None, now, size=size)
    held = sa.exists().where(
        LegalHold.ended_at.is_(None), LegalHold.until >= now.date(),
        AuditEntry.subject_id == sa.any_(LegalHold.covers),
    )  # fmt: skip
    due = session.scalars(
        sa.select(AuditEntry.id)
        .join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(AuditLeaf.position < min(size, announced(session, sealed=True)))
        .where(AuditEntry.at < now - kept, ~held)
        .order_by(AuditEntry.at, AuditLeaf.position)
        .limit(limit)
    ).all()
    if not due:
        return 0
    statement = sa.text("select forget_entries(:ids)")
    return int(session.scalar(statement, {"ids": list(due)}) or 0)


def announced(session: Session, *, sealed: bool = False) -> int:
    """Up to how many leaves the trail says that entries leave; 0: none do. ``sealed``: under a signature already."""
    detail = AuditEntry.detail
    size = sa.case(  # whatever somebody has written there, nothing stops
        (sa.func.jsonb_typeof(detail["size"]) == "number", detail["size"].as_float()), else_=0
    )
    query = (
        sa.select(sa.func.max(size))
        .join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id, isouter=not sealed)
        .where(AuditEntry.action == FORGOTTEN, AuditEntry.actor_kind == ActorKind.SYSTEM)
        .where(size <= sa.func.coalesce(AuditLeaf.position, size))
    )
    return int(session.scalar(query) or 0)
