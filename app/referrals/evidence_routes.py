"""HTTP routes of photos, films and second looks, for officers.

Bytes are answered with the type that their content has, never with one that was sent, and with a policy under which
nothing in them can run. A film is answered in parts where the browser asks for them (RFC 9110 section 14).
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.formats.media import MAX_VIDEO
from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import ForbiddenError
from app.kernel.http import IdempotencyKey, Kernel, KernelDep, body_up_to
from app.kernel.schemas import In, Out
from app.referrals import attachments, second_look, service
from app.referrals.attachments import MediaTooLargeError
from app.referrals.kinds import Answer, Media, ReferralKind

router = APIRouter(tags=["evidence"])

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.SECOND_LOOK))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
FilmBody = Annotated[bytes, Depends(body_up_to(MAX_VIDEO, MediaTooLargeError))]

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
_BYTES = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm")
        },
    }
}


class AttachmentOut(Out):
    """A photo or film of a case, without its bytes."""

    id: UUID
    kind: Media
    media_type: str
    size: int
    caption: str
    finding_number: int | None
    added_by: str
    added_at: datetime


class AttachmentsOut(Out):
    """What a case has, in the order in which it was added."""

    attachments: list[AttachmentOut]


class AskIn(In):
    """Ask for a second look: one officer by name, or any."""

    question: str = Field(max_length=second_look.MAX_TEXT)
    invited: UUID | None = None


class InstructionIn(In):
    """An instruction."""

    text: str = Field(max_length=second_look.MAX_TEXT)


class AnswerIn(In):
    """What became of it; refusing wants a reason."""

    answer: Answer
    reason: str = Field(default="", max_length=second_look.MAX_TEXT)


class InstructionOut(Out):
    """An instruction with both officers' words on it."""

    id: UUID
    by: str
    given_at: datetime
    text: str
    read_at: datetime | None
    answer: Answer | None
    reason: str
    answered_at: datetime | None
    seen_at: datetime | None


class LookOut(Out):
    """A second look. What was asked, the case's id and instructions are there for whoever takes part."""

    id: UUID
    site: str
    kind: ReferralKind
    asked_by: str
    asked_at: datetime
    joined_by: str
    joined_at: datetime | None
    is_open: bool
    version: int
    referral_id: UUID | None = None
    question: str = ""
    instructions: list[InstructionOut] = Field(default=[])


class LooksOut(Out):
    """Second looks, oldest first."""

    looks: list[LookOut]


# --- photos and films -----------------------------------------------------------------------------


@router.get("/referrals/{referral_id}/attachments")
def get_attachments(referral_id: UUID, who: OfficerDep, kernel: KernelDep) -> AttachmentsOut:
    """What a case has, for whoever may see it: officers of its site, and who looks on."""
    with kernel.database.read() as session:
        check_may_see(session, who, referral_id)
        found = attachments.list_of(session, referral_id)
    return AttachmentsOut(attachments=[AttachmentOut.model_validate(one) for one in found])


@router.post("/referrals/{referral_id}/attachments", status_code=201, openapi_extra=_BYTES)
def add_attachment(
    referral_id: UUID,
    body: FilmBody,
    who: DeciderDep,
    kernel: KernelDep,
    caption: Annotated[str, Query(max_length=attachments.MAX_CAPTION)] = "",
    finding: Annotated[int | None, Query(ge=1, le=50)] = None,
) -> AttachmentsOut:
    """Add a photo (JPEG, PNG, WebP) or a film (MP4, WebM); the same one again is the one that is there."""
    with kernel.database.read() as session:
        service.expect_at(session, referral_id, who.site)
    sent = attachments.examine(body, caption, finding)
    with kernel.database.transaction() as session:
        attachments.add(session, who.actor, kernel.vault, referral_id, sent, kernel.clock())
        found = attachments.list_of(session, referral_id)
    return AttachmentsOut(attachments=[AttachmentOut.model_validate(one) for one in found])


@router.get("/referrals/{referral_id}/attachments/{attachment_id}", response_class=Response)
def get_attachment(
    referral_id: UUID, attachment_id: UUID, request: Request, who: OfficerDep, kernel: KernelDep
) -> Response:
    """The bytes; that they were looked at is recorded."""
    return shown_bytes(kernel, who, referral_id, attachment_id, request)


def shown_bytes(
    kernel: Kernel, who: SignedIn, referral_id: UUID, attachment_id: UUID, request: Request
) -> Response:
    """An attachment for whoever may see the case, whole or in the part that is asked for."""
    with kernel.database.transaction() as session:
        check_may_see(session, who, referral_id)
        found = attachments.read(
            session, who.actor, kernel.vault, referral_id, attachment_id, kernel.clock()
        )
    headers = {
        "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store", "Accept-Ranges": "bytes", "Content-Disposition": "inline",
    }  # fmt: skip
    size = len(found.data)
    wanted = _range(request.headers.get("range", ""), size)
    if wanted is None:
        return Response(found.data, media_type=found.media_type, headers=headers)
    first, last = wanted
    if first > last:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(status_code=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part = found.data[first : last + 1]
    return Response(part, status_code=206, media_type=found.media_type, headers=headers)


def _range(text: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None for the whole (also for what is not understood); first > last for none."""
    asked = _RANGE.fullmatch(text.strip())
    if not asked or not any(asked.groups()):
        return None
    first, last = asked.groups()
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def check_may_see(session: Session, who: SignedIn, referral_id: UUID) -> None:
    """Raises NotFoundError for whoever has nothing to do with the case."""
    if second_look.may_see(session, who.actor, referral_id):
        return
    if not who.may(Permission.VIEW_PERSON):
        raise ForbiddenError
    service.expect_at(session, referral_id, who.site)


# --- second looks ---------------------------------------------------------------------------------


@router.get("/second-looks")
def get_asked(who: LookerDep, kernel: KernelDep) -> LooksOut:
    """Who asks for a second look, of every site; nobody's name and no question stands in it."""
    with kernel.database.read() as session:
        found = second_look.asked_for(session, who.officer_id)
    return LooksOut(looks=[_plainly(one) for one in found])


@router.get("/second-looks/{look_id}")
def get_look(look_id: UUID, who: LookerDep, kernel: KernelDep) -> LookOut:
    """One second look; once joined with its case and instructions."""
    with kernel.database.read() as session:
        found = second_look.read_look(session, who.actor, look_id)
    return shown_look(found) if found.look.joined_by == who.officer_id else _plainly(found)


@router.get("/referrals/{referral_id}/second-looks")
def get_looks(referral_id: UUID, who: PersonDep, kernel: KernelDep) -> LooksOut:
    """Every second look at a case, for officers of its site."""
    with kernel.database.read() as session:
        service.expect_at(session, referral_id, who.site)
        found = second_look.looks_of(session, referral_id)
    return LooksOut(looks=[shown_look(one) for one in found])


@router.post("/referrals/{referral_id}/second-looks", status_code=201)
def ask(
    referral_id: UUID, body: AskIn, who: DeciderDep, kernel: KernelDep, key: IdempotencyKey = None
) -> LooksOut:
    """Ask for a second look at what one inspects."""
    now = kernel.clock()

    def act(session: Session) -> UUID:
        return second_look.ask(session, who.actor, referral_id, body.question, body.invited, now).id

    with kernel.database.transaction() as session:
        _once(session, who, key, f"ask {referral_id} {body.model_dump_json()}", act)
        found = second_look.looks_of(session, referral_id)
    return LooksOut(looks=[shown_look(one) for one in found])


@router.post("/second-looks/{look_id}/join")
def join(look_id: UUID, who: LookerDep, kernel: KernelDep) -> LookOut:
    """Look on; joining again changes nothing."""
    with kernel.database.transaction() as session:
        second_look.join(session, who.actor, look_id, kernel.clock())
        return shown_look(second_look.read_look(session, who.actor, look_id))


@router.post("/second-looks/{look_id}/instructions", status_code=201)
def instruct(
    look_id: UUID,
    body: InstructionIn,
    who: LookerDep,
    kernel: KernelDep,
    key: IdempotencyKey = None,
) -> LookOut:
    """Write an instruction to whoever inspects."""

    def act(session: Session) -> UUID:
        return second_look.instruct(session, who.actor, look_id, body.text, kernel.clock()).id

    with kernel.database.transaction() as session:
        _once(session, who, key, f"instruct {look_id} {body.model_dump_json()}", act)
        return shown_look(second_look.read_look(session, who.actor, look_id))


@router.post("/instructions/{instruction_id}/read", status_code=204)
def acknowledge(instruction_id: UUID, who: DeciderDep, kernel: KernelDep) -> None:
    """The inspecting officer has read it."""
    with kernel.database.transaction() as session:
        second_look.acknowledge(session, who.actor, instruction_id, kernel.clock())


@router.post("/instructions/{instruction_id}/answer", status_code=204)
def answer(instruction_id: UUID, body: AnswerIn, who: DeciderDep, kernel: KernelDep) -> None:
    """Carried out, or refused with a reason."""
    with kernel.database.transaction() as session:
        second_look.answer(
            session, who.actor, instruction_id, body.answer, body.reason, kernel.clock()
        )


@router.post("/instructions/{instruction_id}/seen", status_code=204)
def see_answer(instruction_id: UUID, who: LookerDep, kernel: KernelDep) -> None:
    """The senior officer has seen what became of it."""
    with kernel.database.transaction() as session:
        second_look.see_answer(session, who.actor, instruction_id, kernel.clock())


@router.post("/second-looks/{look_id}/end", status_code=204)
def end(look_id: UUID, who: OfficerDep, kernel: KernelDep) -> None:
    """End it: whoever has joined, or whoever inspects."""
    with kernel.database.transaction() as session:
        second_look.end(session, who.actor, look_id, kernel.clock())


def _once(
    session: Session, who: SignedIn, key: str | None, call: str, act: Callable[[Session], UUID]
) -> None:
    claimed = idempotency.claim(session, who.actor.key, key, call.encode())
    if claimed.result is None:
        idempotency.settle(session, claimed, act(session))


def _plainly(one: second_look.Look) -> LookOut:
    look = one.look
    return LookOut(
        id=look.id, site=look.site, kind=one.kind, asked_by=one.asked_by, asked_at=look.asked_at,
        joined_by=one.joined_by, joined_at=look.joined_at, is_open=one.is_open,
        version=look.version,
    )  # fmt: skip


def shown_look(one: second_look.Look) -> LookOut:
    """With everything that was said."""
    given = [
        InstructionOut(
            id=said.instruction.id, by=said.by, given_at=said.instruction.given_at,
            text=said.instruction.text, read_at=said.instruction.read_at,
            answer=said.instruction.answer, reason=said.instruction.reason,
            answered_at=said.instruction.answered_at, seen_at=said.instruction.seen_at,
        )
        for said in one.given
    ]  # fmt: skip
    more = {
        "referral_id": one.look.referral_id, "question": one.look.question, "instructions": given,
    }  # fmt: skip
    return _plainly(one).model_copy(update=more)
