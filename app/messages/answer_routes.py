"""HTTP: carriers fetch their answers and their certification; officers order who boards."""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from app.identity.http import require, sender_for
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender, sender_at
from app.kernel import idempotency
from app.kernel.errors import EgateError, FieldProblem, InvalidError
from app.kernel.events import Hint
from app.kernel.http import IdempotencyKey, Kernel, KernelDep
from app.kernel.schemas import In, Out
from app.kernel.stream import Wanted
from app.kernel.texts import N_
from app.messages import answers, boarding, sandbox
from app.messages.answer_models import AnswerKind, Boarding
from app.messages.answers import Outgoing
from app.messages.boarding import REASON_LENGTH
from app.messages.certification import Outcome, State
from app.messages.checks import Requirement
from app.messages.models import Message
from app.messages.routes import reader

router = APIRouter(tags=["messages"])

MAX_WAIT = 60.0
SLOW_POLL = 2.0
"""How often a waiting request looks for itself: a hint may be lost."""
EDIFACT = "application/edifact"

SenderDep = Annotated[KnownSender, Depends(sender_for(Scope.MESSAGES_READ))]
TakerDep = Annotated[KnownSender, Depends(sender_for(Scope.MESSAGES_WRITE))]
OrderDep = Annotated[SignedIn, Depends(require(Permission.CHANGE_BOARDING))]
Wait = Annotated[float, Query(ge=0, le=MAX_WAIT, description="seconds to wait for an answer")]


class NotAcceptableError(EgateError):
    """The Accept header names neither EDIFACT nor JSON."""

    code, status, title = (
        "not-acceptable",
        406,
        N_("Answers come as application/edifact or as JSON"),
    )


class AnswerOut(Out):
    """An answer; ``text`` is the interchange, absent once it is no longer kept."""

    id: UUID
    number: int
    kind: AnswerKind
    message_id: UUID | None
    reference: str
    test: bool
    created_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    text: str | None


class OutboxOut(Out):
    """Answers after a number, in order; ``last`` is the number to ask after next."""

    answers: list[AnswerOut]
    last: int


class HaveIn(In):
    """Everything up to this number has arrived at the sender."""

    through: int = Field(ge=0)


class SettledOut(Out):
    """How many answers that settled."""

    settled: int


# --- answers --------------------------------------------------------------------------------------


@router.get("/messages/{message_id}/answer", response_model=None)
async def get_answer(
    request: Request, kernel: KernelDep, sender: SenderDep, message_id: UUID, wait: Wait = 0
) -> Response:
    """The answer to a transmission: raw EDIFACT, or JSON where Accept asks for it.

    202 while it is being worked on (``wait`` holds the request up to so many seconds, without a database
    connection), 204 when there is nothing to answer. A duplicate gets the first one's answer.
    """
    as_json = _wants_json(request)
    look = partial(_look, kernel, sender, message_id)
    subjects = {message_id, await run_in_threadpool(_original, kernel, message_id)}
    found = await _patiently(kernel, look, partial(_is_hint, "message.applied", subjects), wait)
    if found is None:
        return Response(status_code=202, headers={"Retry-After": "1"})
    if not found:
        return Response(status_code=204)
    if as_json:
        return JSONResponse([_out(one).model_dump(mode="json") for one in found])
    return Response(b"\r\n".join(one.text or b"" for one in found), media_type=EDIFACT)


def _wants_json(request: Request) -> bool:
    """Raises NotAcceptableError. Anything is fine, EDIFACT is the default."""
    accept = request.headers.get("accept", "*/*").lower()
    kinds = [part.partition(";")[0].strip() for part in accept.split(",")]
    if any(kind in ("*/*", "application/*", EDIFACT, "text/plain") for kind in kinds):
        return False
    if "application/json" in kinds:
        return True
    raise NotAcceptableError


def _look(kernel: Kernel, sender: KnownSender, message_id: UUID) -> list[Outgoing] | None:
    """The answers; fetched ones count as delivered."""
    with kernel.database.read() as session:
        found = answers.answers_to(session, sender.id, message_id, vault=kernel.vault)
    if fresh := [one.id for one in found or () if one.delivered_at is None]:
        with kernel.database.transaction() as session:
            answers.mark_delivered(session, fresh, kernel.clock())
    return found


def _original(kernel: Kernel, message_id: UUID) -> UUID | None:
    """The transmission that a duplicate repeats: its verdict is waited for."""
    with kernel.database.read() as session:
        return session.scalar(sa.select(Message.duplicate_of).where(Message.id == message_id))


def _is_hint(kind: str, subjects: Collection[UUID | None], hint: Hint) -> bool:
    return hint.kind == kind and hint.subject in subjects


async def _patiently(
    kernel: Kernel, look: Callable[[], list[Outgoing] | None], wanted: Wanted, wait: float
) -> list[Outgoing] | None:
    """Look until there is something (not None) or ``wait`` seconds have passed; meanwhile nothing is held.

    Listening begins before each look, so that what happens in between is heard.
    """
    until = time.monotonic() + wait
    while (left := until - time.monotonic()) > 0 and not kernel.stream.is_ending:
        heard = asyncio.ensure_future(kernel.stream.wait_for(wanted, min(left, SLOW_POLL)))
        try:
            await asyncio.sleep(0)  # lets it begin
            if (found := await run_in_threadpool(look)) is not None:
                return found
            await heard
        finally:
            heard.cancel()
    return await run_in_threadpool(look)


@router.get("/answers")
async def get_outbox(
    kernel: KernelDep,
    sender: SenderDep,
    after: Annotated[int, Query(ge=0)] = 0,
    wait: Wait = 0,
) -> OutboxOut:
    """The sender's answers with greater numbers than ``after``; what was not acknowledged comes again."""

    def look() -> list[Outgoing] | None:
        with kernel.database.read() as session:
            return answers.outbox(session, sender.id, after, vault=kernel.vault) or None

    wanted = partial(_is_hint, "answer.made", {sender.id})
    found = await _patiently(kernel, look, wanted, wait) or []
    last = found[-1].number if found else after
    return OutboxOut(answers=[_out(one) for one in found], last=last)


@router.post("/answers/delivered")
def post_delivered(kernel: KernelDep, sender: TakerDep, body: HaveIn) -> SettledOut:
    """The sender says up to which number it has its answers; may be said again."""
    with kernel.database.transaction() as session:
        settled = answers.acknowledge_through(session, sender.id, body.through, kernel.clock())
    return SettledOut(settled=settled)


def _out(one: Outgoing) -> AnswerOut:
    text = one.text.decode() if one.text is not None else None
    return AnswerOut.model_validate({**asdict(one), "text": text})


# --- boarding -------------------------------------------------------------------------------------


class OrderIn(In):
    """An order on one passenger; the reason is kept here and never sent."""

    boarding: Boarding
    reason: str = Field(min_length=REASON_LENGTH[0], max_length=REASON_LENGTH[1])


class OrderOut(Out):
    """An order and what became of the carrier's message. ``overdue``: no 312 in time."""

    id: UUID
    passenger_id: UUID
    boarding: Boarding
    reason: str
    officer_id: UUID
    ordered_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    overdue: bool


class OrdersOut(Out):
    """Orders, the newest first."""

    orders: list[OrderOut]


@router.post("/passengers/{passenger_id}/boarding", status_code=201)
def post_order(
    kernel: KernelDep,
    officer: OrderDep,
    passenger_id: UUID,
    body: OrderIn,
    key: IdempotencyKey = None,
) -> OrderOut:
    """Order that a passenger boards or does not: a CUSRES 132 goes to the carrier's sender."""
    now = kernel.clock()
    request = f"{passenger_id}/{body.boarding}/{body.reason.strip()}".encode()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, officer.actor.key, key, request)
        if not claimed.result:
            order = boarding.order_boarding(
                session, officer, passenger_id, body.boarding, body.reason, now,
                vault=kernel.vault, ours=kernel.interchange_id,
            )  # fmt: skip
            idempotency.settle(session, claimed, order.id)
        wanted = claimed.result or order.id
        views = boarding.orders_on(session, passenger_id, officer.site, now)
    return OrderOut.model_validate(next(one for one in views if one.id == wanted))


@router.get("/passengers/{passenger_id}/boarding")
def get_orders(kernel: KernelDep, officer: OrderDep, passenger_id: UUID) -> OrdersOut:
    """The orders on a passenger; the first one stands."""
    now = kernel.clock()
    with kernel.database.read() as session:
        return _orders(boarding.orders_on(session, passenger_id, officer.site, now))


@router.get("/boarding/unacknowledged")
def get_unacknowledged(kernel: KernelDep, officer: OrderDep) -> OrdersOut:
    """Orders that no carrier has acknowledged in time, while the flight has not left."""
    with kernel.database.read() as session:
        return _orders(boarding.unacknowledged(session, officer.site, kernel.clock()))


def _orders(found: Sequence[boarding.OrderView]) -> OrdersOut:
    return OrdersOut(orders=[OrderOut.model_validate(one) for one in found])


# --- certification --------------------------------------------------------------------------------


class ExampleOut(Out):
    """Where something failed: message reference, segment (UNH = 1), element and component from 1."""

    message_id: UUID
    received_at: datetime
    control_reference: str
    reference: str
    segment: int | None
    tag: str | None
    element: int | None
    component: int | None


class FindingOut(Out):
    """One requirement. ``run``: how many in a row passed; ``since``: from when on."""

    requirement: Requirement
    text: str
    state: State
    checked: int
    failed: int
    run: int
    since: datetime | None
    examples: list[ExampleOut]


class ReportOut(Out):
    """What a sender's test messages have shown; no personal values."""

    sender_id: UUID
    sender: str
    sandbox_only: bool
    outcome: Outcome
    since: datetime | None
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    findings: list[FindingOut]


@router.get("/sandbox/report")
def get_report(
    kernel: KernelDep,
    who: Annotated[KnownSender | SignedIn, Depends(reader)],
    sender: UUID | None = None,
) -> ReportOut:
    """The certification report: a sender's own, or for officers that of the sender they name."""
    wanted = who.id if isinstance(who, KnownSender) else sender
    if wanted is None:
        raise InvalidError(fields=[FieldProblem("/query/sender", "missing")])
    with kernel.database.read() as session:
        sender_at(session, wanted, who.site)
        return ReportOut.model_validate(sandbox.report(session, wanted, kernel.clock()))
