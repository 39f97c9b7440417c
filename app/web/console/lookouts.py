"""Console pages of urgent lookouts and of pairs known not to match."""

from datetime import date
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity import scope
from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import EgateError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.screening import pairs, urgent
from app.screening.list_models import Verdict
from app.screening.models import Handling, Hit
from app.screening.tester import own_purposes
from app.travel.views import expect_passenger_at
from app.web.console import list_forms
from app.web.console.dossier import officer_names
from app.web.console.list_forms import Problems
from app.web.console.pages import passenger_page
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.translation import gettext

router = APIRouter()

RaiserDep = Annotated[SignedIn, Depends(require(Permission.RAISE_LOOKOUT))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_LOOKOUT))]
ClearerDep = Annotated[SignedIn, Depends(require(Permission.CLEAR_PAIR))]

NO_FORM = Fields([])


@router.get("/lookouts")
def board(who: OfficerDep, kernel: KernelDep) -> Response:
    """Urgent lookouts in force, those that await review, and the form for a new one."""
    if not who.may(Permission.RAISE_LOOKOUT):
        who.expect(Permission.REVIEW_LOOKOUT)
    return _board(kernel, who, NO_FORM, [])


@router.post("/lookouts")
def look_out(form: FormDep, who: RaiserDep, kernel: KernelDep) -> Response:
    """Look out at once."""
    draft = list_forms.lookout_of(form)
    try:
        with kernel.database.transaction() as session:
            urgent.raise_lookout(session, who.actor, who.site, draft, kernel.clock())
    except InvalidError as error:
        return _board(kernel, who, form, list_forms.problems_of(error.fields), 422)
    except urgent.LookedBeforeError as error:
        return _board(kernel, who, form, [("", gettext(error.title))], error.status)
    return RedirectResponse("/console/lookouts", 303)


@router.post("/lookouts/{lookout_id}/end")
def end(lookout_id: UUID, form: FormDep, who: RaiserDep, kernel: KernelDep) -> Response:
    """End a lookout before its time."""
    del form
    try:
        with kernel.database.transaction() as session:
            urgent.end_lookout(session, who.actor, lookout_id, who.site, kernel.clock())
    except EgateError as error:
        return _refused(kernel, who, error)
    return RedirectResponse("/console/lookouts", 303)


@router.post("/lookouts/{lookout_id}/review")
def review(lookout_id: UUID, form: FormDep, who: LookerDep, kernel: KernelDep) -> Response:
    """Say whether it was justified."""
    said, note = form.text("verdict"), form.within("note", 2000)
    verdict = Verdict(said) if said in set(Verdict) else Verdict.NOT_JUSTIFIED
    try:
        with kernel.database.transaction() as session:
            urgent.review_lookout(
                session, who.actor, lookout_id, who.site, verdict, note,
                kernel.clock(),
            )  # fmt: skip
    except InvalidError as error:
        return _board(kernel, who, NO_FORM, [("", p[1]) for p in list_forms.problems_of(error.fields)], 422)  # fmt: skip
    except EgateError as error:
        return _refused(kernel, who, error)
    return RedirectResponse("/console/lookouts", 303)


def _refused(kernel: Kernel, who: SignedIn, error: EgateError) -> Response:
    if error.status != 409:
        raise error
    return _board(kernel, who, NO_FORM, [("", gettext(error.title))], 409)


def _board(
    kernel: Kernel, who: SignedIn, form: Fields, problems: Problems, status: int = 200
) -> Response:
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = urgent.read_lookouts(session, who.site, now)
        audit.record(session, who.actor, "lookouts.viewed", "site", None, now, shown=len(found))
        names = officer_names(session)
    context = {
        "section": "lookouts", "lookouts": found, "names": names, "typed": form,
        "problems": problems, "wrong": dict(problems), "kinds": list_forms.LOOKOUT_KINDS,
        "purposes": own_purposes(), "handlings": list(Handling), "forms": list_forms, "now": now,
        "pairs_of": list_forms.pairs_of, "covers": scope.covers_purpose,
    }  # fmt: skip
    return show("lookouts.html", kernel, who, context, status=status)


# --- pairs known not to match ---------------------------------------------------------------------


@router.get("/pairs")
def cleared(who: ClearerDep, kernel: KernelDep) -> Response:
    """Pairs that wait for a second signature, those in force, then voided ones."""
    return _pairs(kernel, who, "")


@router.post("/pairs/{pair_id}")
def decide(pair_id: UUID, form: FormDep, who: ClearerDep, kernel: KernelDep) -> Response:
    """Sign a pair as the second officer, or take it back."""
    try:
        with kernel.database.transaction() as session:
            if form.text("act") == "approve":
                pairs.approve_pair(session, who.actor, pair_id, kernel.clock())
            else:
                pairs.withdraw_pair(session, who.actor, pair_id, kernel.clock())
    except EgateError as error:
        if error.status != 409:
            raise
        return _pairs(kernel, who, gettext(error.title), 409)
    return RedirectResponse("/console/pairs", 303)


@router.post("/hits/{hit_id}/clear")
def clear(hit_id: UUID, form: FormDep, who: ClearerDep, kernel: KernelDep) -> Response:
    """Say that the traveller of a hit is not its entry."""
    of_hit = sa.select(Hit.passenger_id).where(Hit.id == hit_id)
    until, reason = list_forms.day_of(form.text("until")), form.within("reason", 2000)
    with kernel.database.transaction() as session:
        expect_passenger_at(session, of_hit, who.site)
        passenger_id = session.scalars(of_hit).one()
    try:
        with kernel.database.transaction() as session:
            pairs.clear_pair(
                session, kernel.vault, who.actor, hit_id, reason,
                until or date.min, kernel.clock(),
            )  # fmt: skip
    except EgateError as error:
        if error.status not in (409, 422):
            raise
        told = list_forms.problems_of(error.fields) or [("", gettext(error.title))]
        with kernel.database.transaction() as session:
            problems = [("", said) for _, said in told]
            return passenger_page(
                session, kernel, who, passenger_id, {"problems": problems}, status=error.status
            )
    return RedirectResponse(f"/console/passengers/{passenger_id}", 303)


def _pairs(kernel: Kernel, who: SignedIn, said: str, status: int = 200) -> Response:
    now = kernel.clock()
    with kernel.database.transaction() as session:
        found = pairs.read_pairs(session)
        audit.record(session, who.actor, "pairs.viewed", "site", None, now, shown=len(found))
        names = officer_names(session)
    context = {
        "section": "lists", "rows": found, "names": names, "today": now.date(),
        "problems": [("", said)] if said else [],
    }  # fmt: skip
    return show("pairs.html", kernel, who, context, status=status)
