"""Console pages of rules: the list, one rule with its life, the editor with its checks, the catalogue.

A rule's text and what is asked about travellers are posted: nothing of either stands in an address. Every page
works without scripts: with them the check follows the typing and names are completed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import EgateError, ForbiddenError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.screening import editing, lifecycle, rule_views, rules, steps, terms
from app.screening.doubts import Doubt, doubts_of
from app.screening.models import RuleState
from app.screening.profiles import current_profile
from app.web.console import hits, rule_forms
from app.web.console.dossier import officer_names
from app.web.console.faults import refused
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.translation import gettext

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_RULES))]
AuthorDep = Annotated[SignedIn, Depends(require(Permission.AUTHOR_RULE))]

NO_FORM = Fields([])


@router.get("/rules")
def overview(who: ViewerDep, kernel: KernelDep) -> Response:
    """Every rule with its state; what waits, what is due for review, what the profile refuses."""
    today = kernel.clock().date()
    with kernel.database.read() as session:
        found, waits = rules.list_rules(session), rule_views.waiting(session)
        names = officer_names(session) if waits else {}
        try:
            ruleset = rules.current_ruleset(session)
            force = rules.compiled(session, ruleset)
            left_out = {
                **dict.fromkeys(force.broken, "broken"),
                **dict.fromkeys(force.refused, "refused"),
            }
        except rules.NoRulesetError:
            left_out = {}
        profile = current_profile(session).jurisdiction
    due = {v.id for _, _, v in found if rule_views.due_for_review(v, today + terms.REMIND)}
    context = {
        "section": "rules", "rules": found, "waiting": waits, "names": names, "left_out": left_out, "due": due, "profile": profile,
        "state_words": rule_forms.STATES, "said": rule_forms.said_of,
    }  # fmt: skip
    return show("rules.html", kernel, who, context)


@router.get("/rules/catalogue")
def facts(
    who: ViewerDep, kernel: KernelDep, q: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """All facts, searched by words: type, unit, source, sensitivity, how often missing."""
    with kernel.database.read() as session:
        found, travellers = editing.catalogue(session, q, gettext), editing.counted(session)
    return show(
        "rule-catalogue.html",
        kernel,
        who,
        {"section": "rules", "facts": found, "q": q, "travellers": travellers},
    )


@router.get("/rules/new")
def new(who: AuthorDep, kernel: KernelDep) -> Response:
    """The editor, empty."""
    return _editor(kernel, who, NO_FORM)


@router.get("/rules/of/{key}")
def one(key: str, who: ViewerDep, kernel: KernelDep) -> Response:
    """One rule with its versions, steps and differences."""
    with kernel.database.read() as session:
        return _rule_page(session, kernel, who, key)


@router.get("/rules/of/{key}/edit")
def edit(key: str, who: AuthorDep, kernel: KernelDep) -> Response:
    """The editor with the newest version of a rule: what is saved becomes the next one."""
    with kernel.database.read() as session:
        found = rule_views.read_rule(session, key)
        typed = rule_forms.typed_of(found.key, found.owner, found.versions[0].version)
    return _editor(kernel, who, typed)


@router.post("/rules/check")
def check(form: FormDep, who: AuthorDep, kernel: KernelDep) -> Response:
    """What the checker says of the text, alone: asked for while somebody types."""
    with kernel.database.read() as session:
        checked = _checked(session, form)
    return show("rule-check-fragment.html", kernel, who, {"checked": checked, "refused": refused})


@router.post("/rules/draft")
def draft(form: FormDep, who: AuthorDep, kernel: KernelDep) -> Response:
    """What the editor's buttons do: check, add a condition, preview, save, act at once."""
    act = form.text("act")
    if act == "add":
        return _add(kernel, who, form)
    if act == "preview":
        return _preview(kernel, who, form)
    if act in ("save", "urgent"):
        return _save(kernel, who, form, urgent=act == "urgent")
    return _editor(kernel, who, form, check=True)


def _add(kernel: Kernel, who: SignedIn, form: Fields) -> Response:
    """One more condition out of the builder's fields; what cannot be read of them stays typed."""
    try:
        longer = rule_forms.with_condition(form)
    except editing.ConditionError as error:
        problems = [(error.field, gettext(str(error)))]
        return _editor(kernel, who, form, {"problems": problems}, status=422)
    return _editor(kernel, who, longer)


def _preview(kernel: Kernel, who: SignedIn, form: Fields) -> Response:
    """How many travellers expected within a day would be hit; that it was asked is recorded."""
    now, purpose = kernel.clock(), rule_forms.purpose_of(form)
    if purpose is None:
        problems = [("purpose", gettext(editing.PURPOSE_MISSING))]
        return _editor(kernel, who, form, {"problems": problems}, check=True, status=422)
    try:
        with kernel.database.transaction() as session:
            scope = rule_forms.scope_of(form, [])
            found = editing.preview(session, who.site, form.text("text"), purpose, scope, now)
            audit.record(
                session, who.actor, "rule.previewed", "site", None, now,
                people=found.people, hits=found.hits,
            )  # fmt: skip
    except rules.RuleInvalidError:
        return _editor(kernel, who, form, check=True, status=422)
    samples = [(one, hits.explained(one.conditions)) for one in found.samples]
    return _editor(kernel, who, form, {"preview": found, "samples": samples}, check=True)


def _save(kernel: Kernel, who: SignedIn, form: Fields, *, urgent: bool) -> Response:
    made, problems = rule_forms.draft_of(form, kernel.clock().date())
    if made is None:
        return _editor(kernel, who, form, {"problems": problems}, check=True, status=422)
    try:
        with kernel.database.transaction() as session:
            if urgent:
                legal = who.may(Permission.APPROVE_PROTECTED)
                note = form.text("note")
                terms.act_urgently(session, who.actor, made, note, kernel.clock(), legal=legal)
            else:
                lifecycle.draft_version(session, who.actor, made, kernel.clock())
    except rules.RuleInvalidError:
        return _editor(kernel, who, form, check=True, status=422)
    except EgateError as error:
        told = {"problems": [("note" if urgent else "key", gettext(error.detail or error.title))]}
        return _editor(kernel, who, form, told, check=True, status=error.status)
    return RedirectResponse(f"/console/rules/of/{made.key}", 303)


@router.post("/rules/of/{key}/steps")
def step(key: str, form: FormDep, who: ViewerDep, kernel: KernelDep) -> Response:
    """A step in the life of a version: submit, approve, reject, shadow, activate, suspend, retire, continue."""
    act = form.text("act")
    if act not in set(steps.Step):
        raise ForbiddenError
    taken = steps.Step(act)
    try:
        with kernel.database.transaction() as session:
            version = steps.version_of(session, key, _number(form.text("version")))
            said = _said(session, taken, version, form)
            steps.take(session, who, version, taken, said, kernel.clock())
    except (lifecycle.RuleStateError, lifecycle.NotAuthorError, lifecycle.SameOfficerError, lifecycle.LegalApproverError,
            lifecycle.NotApprovedError, lifecycle.ShadowTooShortError,
            lifecycle.BacktestMissingError, terms.NoteMissingError, InvalidError) as error:  # fmt: skip
        with kernel.database.read() as session:
            told = {"problems": [("main", gettext(error.title))]}
            return _rule_page(session, kernel, who, key, told, error.status)
    return RedirectResponse(f"/console/rules/of/{key}", 303)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _said(session: Session, step: steps.Step, version: UUID, form: Fields) -> steps.Said:
    """The page hands in the newest trial of the text, and shows the approver the one that was handed in."""
    trial = None
    if step is steps.Step.SUBMIT:
        trial = lifecycle.newest_backtest(session, version)
    elif step is steps.Step.APPROVE:
        trial = lifecycle.submitted_backtest(session, version)
    until = rule_forms.day_of(form.text("until")) or date.min
    return steps.Said(form.text("note"), until, trial)


def _rule_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    key: str,
    extra: Mapping[str, Any] = rule_forms.NOTHING,
    status: int = 200,
) -> Response:
    found = rule_views.read_rule(session, key)
    context = {
        "section": "rules", "rule": found, "readings": _readings(session, found), "said": rule_forms.said_of, "names": officer_names(session),
        "problems": [], "states": RuleState, "state_words": rule_forms.STATES, "step_words": rule_forms.STEPS, "next_year": kernel.clock().date() + timedelta(days=365),
        **extra,
    }  # fmt: skip
    return show("rule.html", kernel, who, context, status=status)


def _readings(
    session: Session, rule: rule_views.RuleView
) -> dict[UUID, tuple[editing.Checked, Sequence[Doubt]]]:
    """Every version by id: its own text read aloud, under the profile in force, and what is doubtful in it."""
    profile = current_profile(session)
    return {
        one.id: (
            editing.describe(one.text, rules.Purpose(one.purpose), profile, gettext),
            doubts_of(session, one),
        )
        for one in (view.version for view in rule.versions)
    }


def _checked(session: Session, form: Fields) -> editing.Checked | None:
    if not form.text("text"):
        return None
    purpose, scope = rule_forms.purpose_of(form), rule_forms.scope_of(form, [])
    return editing.check(
        session, form.text("text"), purpose, form.text("legal_basis"), scope, gettext=gettext
    )


def _editor(
    kernel: Kernel,
    who: SignedIn,
    form: Fields,
    extra: Mapping[str, Any] = rule_forms.NOTHING,
    *,
    check: bool = False,
    status: int = 200,
) -> Response:
    with kernel.database.read() as session:
        checked = _checked(session, form) if check or form.text("text") else None
    context = {
        "section": "rules", "typed": form, "checked": checked, "preview": None, "problems": [],
        "refused": refused, **rule_forms.choices(), **extra,
    }  # fmt: skip
    context["wrong"] = dict(context["problems"])
    return show("rule-editor.html", kernel, who, context, status=status)
