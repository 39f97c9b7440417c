"""The short clock of raw messages (``Clock.RAW_MESSAGE``): their text goes, the verdict stays."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit

STEP = 100  # texts in one transaction

# What still waits to be applied stays: it has not been read yet. The index holds those with a text alone.
_EMPTY = sa.text(
    "update message set raw = null where id in (select id from message where raw is not null"
    " and created_at < :before and status <> 'received' order by created_at limit :step"
    " for update skip locked) returning id"
)


def empty_raws(session: Session, now: datetime, keep: timedelta) -> int:
    """Empty at most :data:`STEP` texts received longer than ``keep`` ago; how many. Audited with the count."""
    values = {"before": now - keep, "step": STEP}
    count = len(session.execute(_EMPTY, values).all())
    if count:
        audit.record(
            session, audit.SYSTEM, "message.raw-emptied", "message", None, now,
            count=count, days=keep.days,
        )  # fmt: skip
    return count
