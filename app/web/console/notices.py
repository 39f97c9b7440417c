"""Notices for the administrator: what stands, publishing, correcting, withdrawing; and the bar on every page."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.formats.languages import LANGUAGES
from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.notices import service
from app.notices.models import Audience, Notice, NoticeKind
from app.notices.service import LONGEST_BODY, LONGEST_TITLE, Draft, Text
from app.web.console.dossier import officer_names
from app.web.console.moments import Moments
from app.web.console.view import moments, show
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import N_, gettext, pgettext
from app.web.traveller.words import catalogue

router = APIRouter()
PublisherDep = Annotated[SignedIn, Depends(require(Permission.PUBLISH_NOTICES))]

Problems = list[tuple[str, str]]
NO_FORM = Fields([])
_WRONG: Mapping[tuple[str, str], str] = {
    ("kind", "missing"): N_("Choose what it is about"),
    ("audiences", "missing"): N_("Choose where it is shown"),
    ("starts_at", "unfit"): N_("Write when it begins, or leave both empty for now"),
    ("starts_at", "too-far-ahead"): N_("It may begin within a year"),
    ("ends_at", "unfit"): N_("Write when it ends, or leave both empty"),
    ("ends_at", "not-after"): N_("It must end after it begins, and not in the past"),
}


@router.get("/fragments/notices")
def bar(who: OfficerDep, kernel: KernelDep) -> Response:
    """What is told to officers now."""
    return show("notices-fragment.html", kernel, who, {})


@router.get("/notices")
def page(who: PublisherDep, kernel: KernelDep) -> Response:
    """The notices of the site, and the form for a new one."""
    return _page(kernel, who, NO_FORM, [])


@router.get("/notices/{notice_id}")
def correction(notice_id: UUID, who: PublisherDep, kernel: KernelDep) -> Response:
    """The form with a notice in it."""
    with kernel.database.read() as session:
        found = service.read_one(session, who.site, notice_id)
        typed = _typed(found, moments(kernel, who))
    return _page(kernel, who, typed, [], editing=notice_id)


@router.post("/notices")
def publish(form: FormDep, who: PublisherDep, kernel: KernelDep) -> Response:
    """Publish a notice, or correct the one that the form names."""
    now, notice_id = kernel.clock(), id_of(form.text("notice"))
    try:
        draft = _draft(form, moments(kernel, who), now)
        with kernel.database.transaction() as session:
            if notice_id:
                version = _version(form)
                service.correct(session, who.actor, who.site, notice_id, draft, version, now)
            else:
                service.publish(session, who.actor, who.site, draft, now)
    except InvalidError as error:
        return _page(kernel, who, form, _said(error.fields), 422, editing=notice_id)
    except ConflictError as error:
        return _page(
            kernel, who, form, [("", gettext(error.title))], error.status, editing=notice_id
        )
    return RedirectResponse("/console/notices", 303)


@router.post("/notices/{notice_id}/withdraw")
def withdraw(notice_id: UUID, form: FormDep, who: PublisherDep, kernel: KernelDep) -> Response:
    """Show a notice no more."""
    try:
        with kernel.database.transaction() as session:
            now = kernel.clock()
            service.withdraw(session, who.actor, who.site, notice_id, _version(form), now)
    except ConflictError as error:
        return _page(kernel, who, NO_FORM, [("", gettext(error.title))], error.status)
    return RedirectResponse("/console/notices", 303)


# --- the form -------------------------------------------------------------------------------------


def _version(form: Fields) -> int:
    text = form.text("version")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _draft(form: Fields, at: Moments, now: datetime) -> Draft:
    """What was typed; times are those of the clock on the wall. Raises InvalidError."""
    problems = [] if form.text("kind") in set(NoticeKind) else [FieldProblem("/kind", "missing")]
    starts, ends = (_moment(form, name, at, problems) for name in ("starts_at", "ends_at"))
    texts = {
        language: Text(form.text(f"title-{language}"), form.text(f"body-{language}"))
        for language in LANGUAGES
    }
    if problems:
        raise InvalidError(fields=problems)
    chosen = frozenset(Audience(one) for one in form.all("audience") if one in set(Audience))
    return Draft(NoticeKind(form.text("kind")), chosen, texts, starts or now, ends)


def _moment(
    form: Fields, name: str, at: Moments, problems: list[FieldProblem]
) -> datetime | None:  # fmt: skip
    day, clock = form.text(f"{name}-day"), form.text(f"{name}-time")
    if not (day or clock):
        return None
    try:
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}").replace(tzinfo=at.zone)
    except ValueError:
        problems.append(FieldProblem(f"/{name}", "unfit"))
        return None


def _typed(notice: Notice, at: Moments) -> Fields:
    """A notice as it would be typed."""
    pairs = [
        ("kind", str(notice.kind)),
        ("version", str(notice.version)),
        ("notice", str(notice.id)),
    ]
    pairs += [("audience", one) for one in notice.audiences]
    for name, moment in (("starts_at", notice.starts_at), ("ends_at", notice.ends_at)):
        if moment is not None:
            there = at.local(moment)
            pairs += [(f"{name}-day", f"{there:%Y-%m-%d}"), (f"{name}-time", f"{there:%H:%M}")]
    for language, said in notice.texts.items():
        pairs += [(f"title-{language}", said["title"]), (f"body-{language}", said["body"])]
    return Fields(pairs)


def _said(fields: Iterable[FieldProblem]) -> Problems:
    """What is wrong in words, by the id of the field that is led to."""
    found: Problems = []
    for one in fields:
        _, *path = one.pointer.split("/")
        if path[0] != "texts":
            found.append((path[0], gettext(_WRONG[path[0], one.code])))
            continue
        _, language, part = path
        name = catalogue()[language]["name"]
        found.append((f"{part}-{language}", _text_wrong(one.code, part, name)))
    return found


def _text_wrong(code: str, part: str, name: str) -> str:
    if code == "missing":
        return gettext("Write the title in %(language)s", language=name)
    if part == "title":
        said = N_("%(language)s: title of up to %(most)s plain characters")
        return gettext(said, language=name, most=LONGEST_TITLE)
    return gettext(
        "%(language)s: body of up to %(most)s plain characters", language=name, most=LONGEST_BODY
    )


def _page(
    kernel: Kernel,
    who: SignedIn,
    typed: Fields,
    problems: Problems,
    status: int = 200,
    *,
    editing: UUID | None = None,
) -> Response:
    with kernel.database.read() as session:
        found, names = service.read_all(session, who.site), officer_names(session)
    context: dict[str, Any] = {
        "section": "notices", "found": found, "names": names, "typed": typed, "problems": problems,
        "wrong": dict(problems), "languages": catalogue(), "editing": editing, "now": kernel.clock(),
        "longest_title": LONGEST_TITLE, "longest_body": LONGEST_BODY,
        "state": lambda one: _state(one, kernel.clock()),
    }  # fmt: skip
    return show("notices.html", kernel, who, context, status=status)


def _state(notice: Notice, now: datetime) -> tuple[str, str, bool]:
    """Band and word of how a notice stands, and whether it can still be changed."""
    if notice.withdrawn_at is not None:
        return "done", gettext("Withdrawn"), False
    if notice.ends_at is not None and notice.ends_at <= now:
        return "done", pgettext("ended", "Over"), False
    if notice.starts_at > now:
        return "attention", gettext("Scheduled"), True
    return "info", gettext("Shown"), True
