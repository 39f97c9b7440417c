"""HTTP: carriers send messages and ask what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request

from app.identity.http import SenderDep, known_sender, signed_in
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.senders import KnownSender
from app.kernel import idempotency
from app.kernel.errors import ForbiddenError, NotFoundError
from app.kernel.http import IdempotencyKey, KernelDep, body_up_to
from app.kernel.schemas import Out
from app.messages.models import Message, MessageFault, MessageStatus
from app.messages.receive import MAX_BODY, MessageTooLargeError, Received, receive_message

router = APIRouter(tags=["messages"])


class ReceivedOut(Out):
    """A transmission was stored; ask for its verdict by the id."""

    id: UUID
    status: MessageStatus
    duplicate_of: UUID | None


class FaultOut(Out):
    """An error or warning: message reference, segment (UNH = 1), element and component from 1."""

    severity: str
    code: str
    text: str
    reference: str | None
    segment: int | None
    tag: str | None
    element: int | None
    component: int | None
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


_body = body_up_to(MAX_BODY, MessageTooLargeError)


async def limited_body(request: Request, sender: SenderDep) -> bytes:
    """The body, read no further than the limit; the sender is known before a byte is taken."""
    del sender
    if (announced := request.headers.get("content-length", "")).isdecimal() and int(
        announced
    ) > MAX_BODY:
        raise MessageTooLargeError
    return await _body(request)


@router.post("/messages", status_code=202)
def post_message(
    kernel: KernelDep,
    sender: SenderDep,
    raw: Annotated[bytes, Depends(limited_body)],
    key: IdempotencyKey = None,
) -> ReceivedOut:
    """Take in a transmission: one or many EDIFACT interchanges, as they are."""
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, sender.actor.key, key, raw)
        if claimed.result:
            message = session.get_one(Message, claimed.result)
            received = Received(message.id, message.status, message.duplicate_of)
        else:
            now, vault = kernel.clock(), kernel.vault
            received = receive_message(session, sender.actor, sender, raw, now, vault=vault)
            idempotency.settle(session, claimed, received.id)
    return ReceivedOut(id=received.id, status=received.status, duplicate_of=received.duplicate_of)


def reader(request: Request, kernel: KernelDep) -> KnownSender | SignedIn:
    """A sender by its token, or an officer who may see messages."""
    if "authorization" in request.headers:
        return known_sender(request, kernel)
    officer = signed_in(request, kernel)
    if not officer.may(Permission.VIEW_MESSAGES):
        raise ForbiddenError
    return officer


@router.get("/messages/{message_id}")
def get_message(
    kernel: KernelDep,
    who: Annotated[KnownSender | SignedIn, Depends(reader)],
    message_id: UUID,
) -> MessageOut:
    """What became of a transmission. A sender sees its own, without our ids of people."""
    with kernel.database.read() as session:
        message = session.get(Message, message_id)
        own = not isinstance(who, KnownSender) or (message and message.sender_id == who.id)
        if message is None or not own:
            raise NotFoundError
        faults = session.scalars(
            sa.select(MessageFault)
            .where(MessageFault.message_id == message_id)
            .order_by(MessageFault.id)
        ).all()
    return _message_out(message, faults, officer=isinstance(who, SignedIn))


def _message_out(message: Message, faults: Sequence[MessageFault], *, officer: bool) -> MessageOut:
    hidden = () if officer else ("flight_id",)
    return MessageOut(
        id=message.id, status=message.status, received_at=message.created_at,
        applied_at=message.applied_at, size=message.size, duplicate_of=message.duplicate_of,
        messages=[{k: v for k, v in one.items() if k not in hidden} for one in message.summary],
        faults=[_fault_out(fault, officer=officer) for fault in faults],
    )  # fmt: skip


def _fault_out(fault: MessageFault, *, officer: bool) -> FaultOut:
    return FaultOut(
        severity=fault.severity, code=fault.code, text=fault.text, reference=fault.reference,
        segment=fault.segment, tag=fault.tag, element=fault.element, component=fault.component,
        passenger_id=fault.passenger_id if officer else None,
        booking_id=fault.booking_id if officer else None,
    )  # fmt: skip
