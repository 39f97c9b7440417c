"""Notices are published, corrected and withdrawn by an administrator. Each step is audited and heard at once."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.formats.languages import LANGUAGES
from app.kernel import events
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.texts import N_
from app.notices.models import Audience, Notice, NoticeKind

LONGEST_TITLE = 80
LONGEST_BODY = 500
AHEAD = timedelta(days=366)
"""How far ahead a notice may begin."""
MOST_STANDING = 20
"""Notices of a site at a time: a wall of them is read by nobody."""
MOST_SHOWN = 100

_UNFIT = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


class NoticeWithdrawnError(ConflictError):
    """It has been withdrawn: publish another."""

    code, title = "notice-withdrawn", N_("This notice has been withdrawn")


class TooManyNoticesError(ConflictError):
    """There are :data:`MOST_STANDING` already."""

    code = "too-many-notices"
    title = N_("There are 20 notices already: withdraw one")


@dataclass(frozen=True, slots=True)
class Text:
    """A notice in one language: plain text, lines kept."""

    title: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be told, to whom, from when until when (None: until it is withdrawn). Aware times."""

    kind: NoticeKind
    audiences: frozenset[Audience]
    texts: Mapping[str, Text]
    starts_at: datetime
    ends_at: datetime | None = None


def publish(session: Session, actor: Actor, site: str, draft: Draft, now: datetime) -> Notice:
    """Publish a notice; it is shown from its beginning. Raises InvalidError and TooManyNoticesError."""
    _check(draft, now)
    if actor.id is None:
        raise NotFoundError
    standing = sa.select(sa.func.count()).where(Notice.site == site, *_standing(now))
    if session.execute(standing).scalar_one() >= MOST_STANDING:
        raise TooManyNoticesError
    notice = Notice(site=site, published_by=actor.id, version=1, **_columns(draft))
    session.add(notice)
    session.flush()
    _changed(session, actor, notice, "notice.publish", now)
    return notice


def correct(
    session: Session, actor: Actor, site: str, notice_id: UUID, draft: Draft, version: int,
    now: datetime,
) -> Notice:  # fmt: skip
    """Say it better. Raises NotFoundError, InvalidError, NoticeWithdrawnError, ConflictError (of another version)."""
    notice = _locked(session, site, notice_id, version)
    _check(draft, now)
    for name, value in _columns(draft).items():
        setattr(notice, name, value)
    notice.version += 1
    session.flush()
    _changed(session, actor, notice, "notice.correct", now)
    return notice


def withdraw(
    session: Session, actor: Actor, site: str, notice_id: UUID, version: int, now: datetime
) -> None:
    """Show it no more. Raises NotFoundError, NoticeWithdrawnError, ConflictError (of another version)."""
    notice = _locked(session, site, notice_id, version)
    notice.withdrawn_at, notice.withdrawn_by = now, actor.id
    notice.version += 1
    session.flush()
    _changed(session, actor, notice, "notice.withdraw", now)


def read_standing(session: Session, now: datetime) -> Sequence[Notice]:
    """What is or will be shown at any site: gravest kind first, then the newest."""
    found = session.scalars(sa.select(Notice).where(*_standing(now))).all()
    kinds = list(NoticeKind)
    by_age = sorted(found, key=lambda one: (one.starts_at, one.id), reverse=True)
    return sorted(by_age, key=lambda one: kinds.index(one.kind))


def read_all(session: Session, site: str) -> Sequence[Notice]:
    """The newest notices of a site, over and withdrawn ones too."""
    newest = sa.select(Notice).where(Notice.site == site).order_by(Notice.id.desc())
    return session.scalars(newest.limit(MOST_SHOWN)).all()


def read_one(session: Session, site: str, notice_id: UUID) -> Notice:
    """A notice of the site. Raises NotFoundError."""
    found = session.get(Notice, notice_id)
    if found is None or found.site != site:
        raise NotFoundError
    return found


def _standing(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Notice.withdrawn_at.is_(None), sa.or_(Notice.ends_at.is_(None), Notice.ends_at > now)


# --- inside ---------------------------------------------------------------------------------------


def _locked(session: Session, site: str, notice_id: UUID, version: int) -> Notice:
    notice = session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.site != site:
        raise NotFoundError
    if notice.withdrawn_at is not None:
        raise NoticeWithdrawnError
    if notice.version != version:
        raise ConflictError
    return notice


def _columns(draft: Draft) -> dict[str, object]:
    return {
        "kind": draft.kind, "starts_at": draft.starts_at, "ends_at": draft.ends_at,
        "audiences": sorted(draft.audiences),
        "texts": {
            language: {"title": draft.texts[language].title, "body": draft.texts[language].body}
            for language in LANGUAGES
        },
    }  # fmt: skip


def _changed(session: Session, actor: Actor, notice: Notice, action: str, now: datetime) -> None:
    events.emit(session, "notice.changed", notice.id, version=notice.version, site=notice.site)
    audit.record(
        session, actor, action, "notice", notice.id, now, version=notice.version,
        kind=str(notice.kind), audiences=notice.audiences,
    )  # fmt: skip


def _check(draft: Draft, now: datetime) -> None:
    if problems := [*_times(draft, now), *_texts(draft)]:
        raise InvalidError(fields=problems)


def _times(draft: Draft, now: datetime) -> Iterator[FieldProblem]:
    if not draft.audiences:
        yield FieldProblem("/audiences", "missing")
    if draft.starts_at > now + AHEAD:
        yield FieldProblem("/starts_at", "too-far-ahead")
    if draft.ends_at is not None and draft.ends_at <= max(draft.starts_at, now):
        yield FieldProblem("/ends_at", "not-after")


def _texts(draft: Draft) -> Iterator[FieldProblem]:
    """Every language says it: whoever reads one of them must not be told less."""
    for language in LANGUAGES:
        text = draft.texts.get(language, Text(""))
        if not text.title.strip():
            yield FieldProblem(f"/texts/{language}/title", "missing")
        if len(text.title) > LONGEST_TITLE or not _is_plain(text.title):
            yield FieldProblem(f"/texts/{language}/title", "unfit")
        if len(text.body) > LONGEST_BODY or not _is_plain(text.body.replace("\n", "")):
            yield FieldProblem(f"/texts/{language}/body", "unfit")
    if set(draft.texts) - set(LANGUAGES):
        yield FieldProblem("/texts", "language")


def _is_plain(text: str) -> bool:
    """No control characters, nothing that turns the direction of what stands around (UAX 9, 2.1 to 2.5)."""
    return not any(unicodedata.category(sign) in _UNFIT or sign in _TURNING for sign in text)
