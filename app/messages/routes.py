"""HTTP: carriers send messages and ask what became of them."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request

from app.identity.http import officer_or_sender, sender_for
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender
from app.kernel.errors import NotFoundError
from app.kernel.http import IdempotencyKey, KernelDep, body_up_to
from app.kernel.schemas import Out
from app.messages.models import Message, MessageStatus
from app.messages.receive import MAX_BODY, MessageTooLargeError, receive_once
from app.messages.verdicts import MessageOut, verdicts_of

log = structlog.get_logger(__name__)

router = APIRouter(tags=["messages"])

SenderDep = Annotated[KnownSender, Depends(sender_for(Scope.MESSAGES_WRITE))]


class ReceivedOut(Out):
    """A transmission was stored; ask for its verdict by the id."""

    id: UUID
    status: MessageStatus
    duplicate_of: UUID | None


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
        received = receive_once(
            session, sender, key, raw, kernel.clock(), vault=kernel.vault, deny=kernel.deny
        )
    log.info("message.received", message=str(received.id), status=str(received.status))
    return ReceivedOut(id=received.id, status=received.status, duplicate_of=received.duplicate_of)


reader = officer_or_sender(Permission.VIEW_MESSAGES, Scope.MESSAGES_READ)
"""A sender by its token, or an officer who may see messages."""


def _may_see(who: KnownSender | SignedIn, message: Message) -> bool:
    """A sender what it sent, an officer what came to the own site."""
    if isinstance(who, KnownSender):
        return message.sender_id == who.id
    return message.site == who.site


@router.get("/messages/{message_id}")
def get_message(
    kernel: KernelDep,
    who: Annotated[KnownSender | SignedIn, Depends(reader)],
    message_id: UUID,
) -> MessageOut:
    """What became of a transmission. A sender sees its own, without our ids of people."""
    with kernel.database.read() as session:
        message = session.get(Message, message_id)
        if message is None or not _may_see(who, message):
            raise NotFoundError
        [verdict] = verdicts_of(session, [message], officer=isinstance(who, SignedIn))
    return verdict
