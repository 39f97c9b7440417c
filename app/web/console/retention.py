"""What is kept how long, in words; legal holds; seeing what was masked: asked for, agreed to, looked at, reviewed."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.keeping import holds, unmasking
from app.keeping.job import STEPS
from app.kernel.errors import (
    ConflictError,
    EgateError,
    FieldProblem,
    InvalidError,
    NotFoundError,
    SecondOfficerError,
)
from app.kernel.http import Kernel, KernelDep
from app.retention.clocks import Clock
from app.retention.models import HoldKind, RetentionRun
from app.retention.profile import profile_of
from app.web.console.dossier import officer_names
from app.web.console.view import show
from app.web.console.words.retention import CLOCKS, KINDS, STARTED, TITLES, said_wrong
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import gettext

router = APIRouter(prefix="/retention")

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_RETENTION))]
HolderDep = Annotated[SignedIn, Depends(require(Permission.PLACE_HOLD))]
AskerDep = Annotated[SignedIn, Depends(require(Permission.ASK_UNMASK))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.APPROVE_UNMASK))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_UNMASK))]
HOME = "/console/retention"
HOLD_FIELDS = {"reason": "hold_reason"}
_RUNS = 5


@router.get("")
def page(
    who: ViewerDep, kernel: KernelDep, passenger: Annotated[str, Query(max_length=36)] = ""
) -> Response:
    """The profile in force, the last runs, holds, requests. ``passenger``: an id to begin a request with."""
    return _page(who, kernel, {"passenger": passenger})


@router.post("/holds")
def hold(form: FormDep, who: HolderDep, kernel: KernelDep) -> Response:
    """Place a legal hold."""
    try:
        with kernel.database.transaction() as session:
            holds.place(session, who.actor, who.site, _wanted(form), kernel.clock())
    except (InvalidError, NotFoundError) as error:
        return _wrong(who, kernel, form, error, "subject_id", HOLD_FIELDS)
    return RedirectResponse(HOME, 303)


@router.post("/holds/{hold_id}/lift")
def lift(hold_id: UUID, form: FormDep, who: HolderDep, kernel: KernelDep) -> Response:
    """Ask to end a hold early, or agree to it: ``act`` is what the button said."""
    try:
        with kernel.database.transaction() as session:
            holds.lift(
                session, who.actor, who.site, hold_id, kernel.clock(), agrees=form.text("act") == "agree"
            )  # fmt: skip
    except (ConflictError, SecondOfficerError) as error:
        return _wrong(who, kernel, form, error)
    return RedirectResponse(HOME, 303)


@router.post("/unmaskings")
def ask(form: FormDep, who: AskerDep, kernel: KernelDep) -> Response:
    """Ask to see what was masked of a passenger."""
    try:
        passenger = _named(form, "passenger")
        with kernel.database.transaction() as session:
            unmasking.ask(
                session, who.actor, who.site, passenger, form.text("ask_reason"), kernel.clock()
            )
    except (InvalidError, NotFoundError, ConflictError) as error:
        return _wrong(who, kernel, form, error, "passenger", {"reason": "ask_reason"})
    return RedirectResponse(HOME, 303)


@router.post("/indications")
def indicate(form: FormDep, who: HolderDep, kernel: KernelDep) -> Response:
    """Record why somebody is kept whom nothing else links."""
    try:
        passenger = _named(form, "kept")
        with kernel.database.transaction() as session:
            unmasking.indicate(
                session, who.actor, who.site, passenger, form.text("ground"), kernel.clock()
            )
    except (InvalidError, NotFoundError) as error:
        return _wrong(who, kernel, form, error, "kept", {"reason": "ground"})
    return RedirectResponse(HOME, 303)


@router.post("/unmaskings/{unmasking_id}/decide")
def decide(unmasking_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Agree to a request or refuse it."""
    try:
        with kernel.database.transaction() as session:
            unmasking.decide(
                session, who.actor, who.site, unmasking_id, kernel.clock(),
                agreed=_one_of(form, "answer", "agree", "refuse"),
            )  # fmt: skip
    except SecondOfficerError as error:
        return _wrong(who, kernel, form, error)
    return RedirectResponse(HOME, 303)


@router.post("/unmaskings/{unmasking_id}/look")
def look(unmasking_id: UUID, form: FormDep, who: AskerDep, kernel: KernelDep) -> Response:
    """What was masked. A form, not a link: each look is meant, and stands in the trail."""
    del form
    with kernel.database.transaction() as session:
        found = unmasking.look(
            session, who.actor, who.site, unmasking_id, kernel.vault, kernel.clock()
        )
    return show("unmasked.html", kernel, who, {"section": "retention", "found": found})


@router.post("/unmaskings/{unmasking_id}/review")
def review(unmasking_id: UUID, form: FormDep, who: ReviewerDep, kernel: KernelDep) -> Response:
    """The data protection officer's word on it."""
    try:
        with kernel.database.transaction() as session:
            unmasking.review(
                session, who.actor, who.site, unmasking_id, kernel.clock(),
                proper=_one_of(form, "proper", "yes", "no"),
            )  # fmt: skip
    except SecondOfficerError as error:
        return _wrong(who, kernel, form, error)
    return RedirectResponse(HOME, 303)


def _one_of(form: Fields, name: str, yes: str, no: str) -> bool:
    """Which of its two buttons sent a form. Raises InvalidError for neither: nothing is decided by leaving out a word."""
    said = form.text(name)
    if said not in (yes, no):
        raise InvalidError(fields=[FieldProblem(f"/{name}", "required")])
    return said == yes


def _named(form: Fields, name: str) -> UUID:
    """The id in a field. Raises InvalidError for what is none."""
    found = id_of(form.text(name))
    if found is None:
        raise InvalidError(fields=[FieldProblem(f"/{name}", "required")])
    return found


def _wanted(form: Fields) -> holds.Wanted:
    """What was typed; a day that is none is out of range."""
    kind = form.text("kind")
    try:
        until = date.fromisoformat(form.text("until"))
    except ValueError:
        until = date.min
    return holds.Wanted(
        HoldKind(kind) if kind in set(HoldKind) else None, id_of(form.text("subject_id")),
        form.text("authority"), form.text("reference"), form.text("hold_reason"), until,
    )  # fmt: skip


def _wrong(
    who: SignedIn, kernel: Kernel, form: Fields, error: EgateError, subject: str = "",
    fields: Mapping[str, str] = MappingProxyType({}),
) -> Response:  # fmt: skip
    """The page again with what was typed and what is wrong with it. ``fields``: what a form calls a field otherwise;
    ``subject``: the field of whom it is about, '' where nothing was typed.
    """
    problems = [
        (field, said_wrong(field, one.code))
        for one in error.fields
        for field in [fields.get(one.pointer[1:], one.pointer[1:])]
    ]
    if not problems:
        absent = isinstance(error, NotFoundError)
        problems = [(subject, said_wrong(subject, "absent") if absent else gettext(error.title))]
    extra = {"typed": dict(form), "problems": problems, "wrong": dict(problems)}
    return _page(who, kernel, extra, error.status)


def _page(who: SignedIn, kernel: Kernel, extra: dict[str, Any], status: int = 200) -> Response:
    profile, now = profile_of(kernel), kernel.clock()
    with kernel.database.transaction() as session:
        context = {
            "section": "retention", "title": gettext(TITLES.get(profile.key, profile.title)), "profile": profile,
            "lines": [_line(clock, profile[clock].mask, profile[clock].delete) for clock in Clock],
            "runs": _runs(session), "steps": len(STEPS), "holds": holds.in_force(session, who.site, now),
            "asked": unmasking.unreviewed(session, who.site), "names": officer_names(session), "now": now,
            "kinds": [(kind, gettext(KINDS[kind])) for kind in HoldKind], "latest": (now + holds.LONGEST).date(),
            "typed": {}, "problems": [], "wrong": {}, "passenger": "", "me": who.actor.id, **extra,
        }  # fmt: skip
        audit.record(
            session, who.actor, "retention.viewed", "site", None, now,
            holds=len(context["holds"]), requests=len(context["asked"]),
        )  # fmt: skip
    return show("retention.html", kernel, who, context, status=status)


def _line(clock: Clock, mask: timedelta | None, delete: timedelta) -> dict[str, Any]:
    return {
        "name": gettext(CLOCKS[clock]), "starts": gettext(STARTED[clock]),
        "mask": mask.days if mask else None, "delete": delete.days,
    }  # fmt: skip


def _runs(session: Session) -> list[RetentionRun]:
    query = sa.select(RetentionRun).order_by(RetentionRun.started_at.desc()).limit(_RUNS)
    return list(session.scalars(query))
