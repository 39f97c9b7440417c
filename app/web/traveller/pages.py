"""Pages of the form: show what was typed, keep what is typed, lead on, certify."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.declarations.refusals import CredentialRefusedError
from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.kernel.errors import InvalidError, NotFoundError
from app.web.forms import FormDep
from app.web.traveller import draft as drafts
from app.web.traveller import own, reading, states, steps, summary
from app.web.traveller.draft import Draft, new_key
from app.web.traveller.reading import Problem
from app.web.traveller.steps import Page, Step
from app.web.traveller.visit import Visit, VisitDep, refused
from app.web.traveller.words import LANGUAGES

router = APIRouter(prefix="/declare", include_in_schema=False)

_LISTS = {Step.COMPANIONS: ("companion", MAX_COMPANIONS), Step.GOODS: ("goods", MAX_GOODS)}


def page_of(here: VisitDep, name: str) -> Page:
    """The page of the address. A 404 for one that the questionnaire has not."""
    found = steps.page_named(name, here.setting.questionnaire)
    if found is None:
        raise NotFoundError
    return found


PageDep = Annotated[Page, Depends(page_of)]


@router.get("/{language}/{name}")
def show_page(here: VisitDep, page: PageDep) -> Response:
    """A page as far as it was typed; the summary only when every page before it is right."""
    draft = here.draft or Draft(new_key())
    missing = reading.first_open(draft, here.setting)
    if page.step is Step.CHECK:
        return here.go(f"/{missing}") if missing else _check_page(here, draft, ())
    if page not in steps.pages(draft, here.setting.questionnaire):
        return here.go(f"/{missing or Step.CHECK}")
    order = steps.all_pages(here.setting.questionnaire)
    if missing and order.index(page) > order.index(missing):
        return here.go(f"/{missing}")
    return _step_page(here, draft, page, ())


@router.post("/{language}/check")
def send(here: VisitDep, fields: FormDep) -> Response:
    """Certify: the declaration is made, and the code shown."""
    draft = here.draft
    if draft is None:
        return here.go("")
    if missing := reading.first_open(draft, here.setting):
        return here.go(f"/{missing}")
    draft.checked = True
    if language := _other_language(fields.text("go")):
        return RedirectResponse(f"/declare/{language}/check", 303)
    if fields.text("go") == "back":
        before = steps.page_before(Page(Step.CHECK), draft, here.setting.questionnaire)
        return here.go(f"/{before}")
    if fields.text("certified") != "yes":
        return _check_page(here, draft, (Problem("certified", "error_certify"),), 422)
    return _certify(here, draft)


@router.post("/{language}/{name}")
def take_page(here: VisitDep, page: PageDep, fields: FormDep) -> Response:
    """Keep what was typed and lead on; back, other languages and more lines want nothing to be right."""
    draft, step = here.draft or Draft(new_key()), page.step
    typed = steps.take(page, fields, here.setting.questionnaire)
    go = fields.text("go")
    if step in _LISTS:
        typed = _edited(step, typed, go, draft)
    draft.typed[step] = draft.of(step) | typed if page.question else typed
    where = _elsewhere(here, draft, page, go)
    if where is None:
        problems = reading.read_page(page, draft, here.setting)
        if problems:
            answer = _step_page(here, draft, page, problems, 422)
            drafts.save(answer, here.kernel, draft)
            return answer
        where = f"{here.base}/{reading.next_page(page, draft, here.setting)}"
        draft.checked = draft.checked or where.endswith("/check")
    leads = RedirectResponse(where, 303)
    drafts.save(leads, here.kernel, draft)
    return leads


def _edited(step: Step, typed: dict[str, str], go: str, draft: Draft) -> dict[str, str]:
    """The lines of a list after a press of "add" or "remove"."""
    prefix, most = _LISTS[step]
    if go == "add":
        surname = draft.of(Step.PASSPORT).get("surname", "")
        initial = {"surname": surname} if step is Step.COMPANIONS else {}
        return steps.with_row(prefix, typed, most, **initial)
    action, _, row = go.partition("-")
    if action == "remove":
        return steps.without_row(prefix, typed, row)
    return steps.renumbered(prefix, typed)


def _elsewhere(here: Visit, draft: Draft, page: Page, go: str) -> str | None:
    """Where a button other than "continue" leads."""
    step = page.step
    if language := _other_language(go):
        return f"/declare/{language}/{page}"
    if go == "back":
        before = steps.page_before(page, draft, here.setting.questionnaire)
        return f"{here.base}/{before}" if before else here.base
    if step in _LISTS and go == "add":
        prefix, _ = _LISTS[step]
        first = "category" if step is Step.GOODS else "given_names"
        last = steps.rows_of(prefix, draft.of(step))[-1]
        return f"{here.base}/{step}#{prefix}-{last}-{first}"
    if step in _LISTS and go.startswith("remove-"):
        return f"{here.base}/{step}"
    return None


def _other_language(go: str) -> str | None:
    action, _, language = go.partition(":")
    return language if action == "language" and language in LANGUAGES else None


def _step_page(
    here: Visit, draft: Draft, page: Page, problems: tuple[Problem, ...], status: int = 200
) -> Response:
    step = page.step
    initial = {"to": here.setting.site} if step is Step.JOURNEY else {}
    typed = draft.of(step)
    order = steps.pages(draft, here.setting.questionnaire)
    context = {
        "step": step, "values": initial | typed, "problems": _said(here, problems),
        "page": page, "question": page.question,
        "number": order.index(page) + 1, "total": len(order),
        "yes": steps.yes_to(draft, here.setting.questionnaire),
        "rows": _shown_rows(step, typed), "room": _has_room(step, typed),
        "days": [(day.isoformat(), here.words.day(day)) for day in reading.arrival_days(here.setting.today)],
        "states": states.choices(here.words.language) if step is Step.PASSPORT else (),
        "day_over": _day_over(here, typed),
    }  # fmt: skip
    return here.show("step.html", context, status)


def _day_over(here: Visit, typed: drafts.Typed) -> str:
    """What is said where the day that was chosen can no longer be."""
    try:
        chosen = date.fromisoformat(typed.get("arrival_date", ""))
    except ValueError:
        return ""
    if chosen in reading.arrival_days(here.setting.today):
        return ""
    return here.words.say("day_over", day=here.words.day(chosen, "plain_date"))


def _shown_rows(step: Step, typed: drafts.Typed) -> list[int]:
    """The lines of a list; goods begin with an empty one."""
    if step not in _LISTS:
        return []
    return steps.rows_of(_LISTS[step][0], typed) or ([0] if step is Step.GOODS else [])


def _has_room(step: Step, typed: drafts.Typed) -> bool:
    return step in _LISTS and len(_shown_rows(step, typed)) < _LISTS[step][1]


def _check_page(
    here: Visit, draft: Draft, problems: tuple[Problem, ...], status: int = 200
) -> Response:
    order = steps.pages(draft, here.setting.questionnaire)
    asked = steps.steps_of(draft, here.setting.questionnaire)
    parts = {step: reading.read(step, draft, here.setting) for step in asked}
    context = {
        "step": Step.CHECK, "problems": _said(here, problems),
        "number": len(order), "total": len(order),
        "sections": summary.sections(parts, here.setting.questionnaire, here.words),
    }  # fmt: skip
    return here.show("check.html", context, status)


def _said(here: Visit, problems: tuple[Problem, ...]) -> dict[str, str]:
    return {
        one.field: summary.said(one, here.setting.questionnaire, here.words) for one in problems
    }


def _certify(here: Visit, draft: Draft) -> Response:
    body = reading.submission(draft, here.setting, here.words.language)
    secret = here.secret(draft.amends) if draft.amends else ""
    amends = own.Amends(draft.amends, secret, draft.seq) if draft.amends else None
    try:
        made = own.certify(here.kernel, body, draft.key, amends)
    except InvalidError as error:
        return _sent_back(here, draft, error)
    except CredentialRefusedError as error:
        return refused(here, error, draft.amends)
    answer = here.go(f"/code/{made.id}")
    own.keep(here.request, answer, here.kernel, made)
    drafts.forget(answer, here.kernel)
    return answer


def _sent_back(here: Visit, draft: Draft, error: InvalidError) -> Response:
    """What only the whole declaration shows, e.g. a day that has passed at another airport."""
    step = steps.places_of(error.fields)
    names = [field.pointer.rpartition("/")[2] for field in error.fields]
    known = steps.fields_of(step, here.setting.questionnaire)
    problems = tuple(Problem(name, f"error_{name}") for name in names if name in known)
    if step in (Step.CHECK, Step.QUESTIONS) or not problems:
        return _check_page(here, draft, (Problem("certified", "error_general"),), 422)
    return _step_page(here, draft, Page(step), problems, 422)
