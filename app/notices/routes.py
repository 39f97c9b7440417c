"""HTTP routes of notices: what stands now, for everybody; publishing, for administrators."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, Field

from app.formats.languages import LANGUAGES
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.notices import service
from app.notices.board import Posted, board_of
from app.notices.models import Audience, Notice, NoticeKind
from app.notices.service import LONGEST_BODY, LONGEST_TITLE, Draft, Text

router = APIRouter(prefix="/notices", tags=["notices"])
PublisherDep = Annotated[SignedIn, Depends(require(Permission.PUBLISH_NOTICES))]


class TextIO(In):
    """A notice in one language: plain text."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE)]
    body: Annotated[str, Field(max_length=LONGEST_BODY)] = ""


class StandingOut(Out):
    """A notice that stands now."""

    id: UUID
    kind: NoticeKind
    texts: dict[str, TextIO]
    ends_at: datetime | None


class StandingsOut(Out):
    """What is told now, gravest first."""

    notices: list[StandingOut]


class NoticeIn(In):
    """What is to be told: ``texts`` in every language, times with their offset."""

    kind: NoticeKind
    audiences: Annotated[list[Audience], Field(max_length=len(Audience))]
    texts: Annotated[dict[str, TextIO], Field(max_length=len(LANGUAGES))]
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class CorrectionIn(NoticeIn):
    """The notice as it is to be; ``version`` is the one that was looked at."""

    version: int


class WithdrawalIn(In):
    """``version`` is the one that was looked at."""

    version: int


class NoticeOut(Out):
    """A notice as the administrator sees it."""

    id: UUID
    kind: NoticeKind
    audiences: list[Audience]
    texts: dict[str, TextIO]
    starts_at: datetime
    ends_at: datetime | None
    withdrawn_at: datetime | None
    version: int


class NoticesOut(Out):
    """The newest notices of the site."""

    notices: list[NoticeOut]


@router.get("/standing")
def get_standing(kernel: KernelDep, response: Response) -> StandingsOut:
    """What is told to travellers now, for anybody: it names nobody. May be kept for a minute."""
    response.headers["Cache-Control"] = "max-age=60"
    found = board_of(kernel).standing(Audience.TRAVELLERS, kernel.site)
    return StandingsOut(notices=[_standing(one) for one in found])


@router.get("")
def get_notices(kernel: KernelDep, who: PublisherDep) -> NoticesOut:
    """All of the officer's site, newest first."""
    with kernel.database.read() as session:
        return NoticesOut(notices=[_out(one) for one in service.read_all(session, who.site)])


@router.post("", status_code=201)
def post_notice(kernel: KernelDep, who: PublisherDep, body: NoticeIn) -> NoticeOut:
    """Publish a notice: it is shown from its beginning, everywhere within seconds."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        return _out(service.publish(session, who.actor, who.site, _draft(body, now), now))


@router.put("/{notice_id}")
def put_notice(
    kernel: KernelDep, who: PublisherDep, notice_id: UUID, body: CorrectionIn
) -> NoticeOut:
    """Correct a notice."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        draft = _draft(body, now)
        return _out(
            service.correct(session, who.actor, who.site, notice_id, draft, body.version, now)
        )


@router.post("/{notice_id}/withdrawal", status_code=204)
def post_withdrawal(
    kernel: KernelDep, who: PublisherDep, notice_id: UUID, body: WithdrawalIn
) -> Response:
    """Show a notice no more."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        service.withdraw(session, who.actor, who.site, notice_id, body.version, now)
    return Response(status_code=204)


def _draft(body: NoticeIn, now: datetime) -> Draft:
    texts = {language: Text(one.title, one.body) for language, one in body.texts.items()}
    return Draft(
        body.kind, frozenset(body.audiences), texts, body.starts_at or now, body.ends_at
    )  # fmt: skip


def _out(notice: Notice) -> NoticeOut:
    return NoticeOut.model_validate(notice)


def _standing(one: Posted) -> StandingOut:
    texts = {name: TextIO(title=said.title, body=said.body) for name, said in one.texts.items()}
    return StandingOut(id=one.id, kind=one.kind, texts=texts, ends_at=one.ends_at)
