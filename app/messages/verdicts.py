"""What became of a transmission, as its sender or an officer may know it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.schemas import Out
from app.messages.models import Message, MessageFault, MessageStatus


class FaultOut(Out):
    """An error or warning: message reference, segment (UNH = 1), element and component from 1.

    ``ordinal`` is the message's place in the transmission, from 0.
    """

    severity: str
    code: str
    text: str
    reference: str | None
    segment: int | None
    tag: str | None
    element: int | None
    component: int | None
    ordinal: int | None
    passenger_id: UUID | None
    booking_id: UUID | None


class MessageOut(Out):
    """The verdict: what was in the transmission and what became of it; no personal values."""

    id: UUID
    status: MessageStatus
    received_at: datetime
    applied_at: datetime | None
    size: int
    duplicate_of: UUID | None
    messages: list[dict[str, Any]]
    faults: list[FaultOut]


def verdicts_of(
    session: Session, messages: Sequence[Message], *, officer: bool = False
) -> list[MessageOut]:
    """The verdicts of transmissions, in their order; without our ids of people unless for an officer."""
    wanted = sa.select(MessageFault).where(MessageFault.message_id.in_([m.id for m in messages]))
    rows = session.scalars(wanted.order_by(MessageFault.message_id, MessageFault.id)).all()
    faults = {key: list(found) for key, found in groupby(rows, lambda fault: fault.message_id)}
    return [_message_out(one, faults.get(one.id, []), officer=officer) for one in messages]


def _message_out(message: Message, faults: Sequence[MessageFault], *, officer: bool) -> MessageOut:
    hidden = () if officer else ("flight_id",)
    return MessageOut(
        id=message.id, status=message.status, received_at=message.created_at,
        applied_at=message.applied_at, size=message.size, duplicate_of=message.duplicate_of,
        messages=[{k: v for k, v in one.items() if k not in hidden} for one in message.summary],
        faults=[fault_out(fault, officer=officer) for fault in faults],
    )  # fmt: skip


def fault_out(fault: MessageFault, *, officer: bool) -> FaultOut:
    """A fault, without our ids of people unless for an officer."""
    return FaultOut(
        severity=fault.severity, code=fault.code, text=fault.text, reference=fault.reference,
        segment=fault.segment, tag=fault.tag, element=fault.element, component=fault.component,
        ordinal=fault.ordinal,
        passenger_id=fault.passenger_id if officer else None,
        booking_id=fault.booking_id if officer else None,
    )  # fmt: skip
