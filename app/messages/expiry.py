"""The short clock of raw messages (``Clock.RAW_MESSAGE``): their text goes, the verdict stays."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.messages.models import Message, MessageStatus
from app.messages.quarantine import held

STEP = 100  # texts in one transaction


def empty_raws(session: Session, now: datetime, keep: timedelta) -> int:
    """Empty at most :data:`STEP` texts received longer than ``keep`` ago; how many. Audited with the count.

    What waits in quarantine keeps its text until its own limit, what has not been read yet until it is.
    """
    statement = (
        sa.update(Message)
        .where(Message.id.in_(sa.select(_due(now, keep).cte("due").c.id)))
        .values(raw=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    count = len(session.execute(statement).all())
    if count:
        audit.record(
            session, audit.SYSTEM, "message.raw-emptied", "message", None, now,
            count=count, days=keep.days,
        )  # fmt: skip
    return count


def _due(now: datetime, keep: timedelta) -> sa.Select[UUID]:
    """The oldest of them. The index holds those with a text alone.

    For a ``with`` of the statement, which is asked once. As a subquery it may be asked again for each row, by
    the plan that the planner chooses, and each time skip what the statement has emptied and find more.
    """
    return (
        sa.select(Message.id)
        .where(Message.raw.is_not(None), Message.created_at < now - keep)
        .where(Message.status != MessageStatus.RECEIVED)
        .where(Message.id.not_in(held(now)))
        .order_by(Message.created_at, Message.id)
        .limit(STEP)
        .with_for_update(skip_locked=True)
    )
