"""Pages of backtests: ask, watch how far it is, read what came out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.analysis import backtests, snapshots
from app.analysis.backtests import NothingToAskError, Wish
from app.analysis.routes import BacktestIn, store_here
from app.audit import log as audit
from app.identity.http import require
from app.identity.models import Officer
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.screening import rule_views
from app.screening.backtest_models import Backtest, BacktestState
from app.screening.models import RuleState
from app.screening.rules import Purpose, RuleInvalidError
from app.travel.models import Passenger
from app.web.charts import columns
from app.web.console import hits, rule_forms
from app.web.console.faults import run_said
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.translation import N_, Words, gettext

router = APIRouter()

ReaderDep = Annotated[SignedIn, Depends(require(Permission.VIEW_BACKTESTS))]
AuthorDep = Annotated[SignedIn, Depends(require(Permission.AUTHOR_RULE))]

RUNNING = (BacktestState.QUEUED, BacktestState.RUNNING)
STATES: Mapping[BacktestState, str] = Words(
    {
        BacktestState.QUEUED: N_("Waiting for a worker"),
        BacktestState.RUNNING: N_("Running"),
        BacktestState.DONE: N_("Done"),
        BacktestState.FAILED: N_("Failed"),
        BacktestState.STOPPED: N_("Stopped"),
    }
)
CODES = ("carriers", "routes")
_EMPTY: Mapping[str, Any] = {
    "title": "", "text": "", "before_text": "", "purpose": "", "airports": [], "carriers": [], "routes": [],
}  # fmt: skip
WRONG: Mapping[str, str] = Words(
    {
        "title": N_("Give it a name, of at most 200 characters"),
        "text": N_("Write a rule, of at most 4,000 characters"),
        "before_text": N_(
            "Write a rule to compare with, of at most 4,000 characters, or leave it empty"
        ),
        "purpose": N_("Choose what the rule is for"),
        "first_month": N_("Choose the first month"),
        "last_month": N_("Choose the last month"),
        "airports": N_("Choose airports from the list"),
        "carriers": N_("Carriers are two letters or digits each, such as XX"),
        "routes": N_("Routes are written SIN-NRT"),
        "": N_("The first month must not lie behind the last"),
    }
)


@router.get("/backtests")
def overview(who: ReaderDep, kernel: KernelDep) -> Response:
    """What there is to ask, a form, and the last backtests."""
    return _overview(kernel, who, {}, [])


@router.post("/backtests/of")
def of_version(form: FormDep, who: AuthorDep, kernel: KernelDep) -> Response:
    """The form, filled with a version of a rule: its text, its flights, and the version in force to compare with."""
    with kernel.database.read() as session:
        found = rule_views.read_rule(session, form.text("key"))
    mine = next(
        (v.version for v in found.versions if str(v.version.n) == form.text("version")), None
    )
    if mine is None:
        raise NotFoundError
    force = next((v.version for v in found.versions if v.version.state is RuleState.ACTIVE), mine)
    typed = {
        "title": f"{found.key}, version {mine.n}", "text": mine.text,
        "before_text": force.text if force is not mine else "",
        "purpose": mine.purpose, "airports": mine.airports, "carriers": mine.carriers, "routes": mine.routes,
    }  # fmt: skip
    return _overview(kernel, who, typed, [])


@router.post("/backtests")
def ask(form: FormDep, who: AuthorDep, kernel: KernelDep) -> Response:
    """Queue a backtest; what cannot be asked comes again with what was typed (422)."""
    typed = _typed(form)
    try:
        body = BacktestIn.model_validate({name: value for name, value in typed.items() if value})
    except ValidationError as error:
        places = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors()}
        return _overview(kernel, who, typed, [(one, WRONG[one]) for one in WRONG if one in places])
    with kernel.database.read() as session:
        wrong = _wrong_texts(session, body.purpose, text=body.text, before_text=body.before_text)
    if wrong:
        return _overview(kernel, who, typed, wrong)
    wish = Wish(**body.model_dump())
    try:
        store = store_here(kernel)
        with kernel.database.transaction() as session:
            made = backtests.ask(session, who.actor, store, wish, kernel.clock())
    except NothingToAskError as error:
        return _overview(kernel, who, typed, [("first_month", gettext(error.title))])
    return RedirectResponse(f"/console/backtests/{made.id}", 303)


def _typed(form: Fields) -> dict[str, Any]:
    names = ("title", "text", "before_text", "purpose", "first_month", "last_month")
    codes = {name: form.text(name).upper().replace(",", " ").split() for name in CODES}
    return {**{name: form.text(name) for name in names}, "airports": form.all("airports"), **codes}


def _wrong_texts(session: Session, purpose: Purpose, **texts: str | None) -> list[tuple[str, str]]:
    """The field and what is wrong with it, of each text that is no rule of that purpose."""
    found = []
    for field, text in texts.items():
        if not text:
            continue
        try:
            backtests.may_be_asked(session, text, purpose)
        except RuleInvalidError as error:
            found.append((field, _told(error)))
    return found


def _told(error: RuleInvalidError) -> str:
    start, end = error.error.span
    return f"{error.error.message[:1].upper()}{error.error.message[1:]} (characters {start + 1} to {end})"


def _overview(
    kernel: Kernel, who: SignedIn, typed: Mapping[str, Any], problems: Sequence[tuple[str, str]]
) -> Response:
    with kernel.database.read() as session:
        there = snapshots.horizon(session)
        newest = backtests.newest(session)
    context = {
        "section": "backtests", "purposes": rule_forms.choices()["purposes"], "horizon": there, "newest": newest, "states": STATES,
        "typed": {**_EMPTY, "first_month": there.first, "last_month": there.last, **typed},
        "problems": problems, "wrong": dict(problems), "mask_days": kernel.snapshot_mask_days,
        "kept_days": kernel.snapshot_days, "keeps": kernel.snapshots is not None,
    }  # fmt: skip
    return show("backtests.html", kernel, who, context, status=422 if problems else 200)


@router.get("/backtests/{backtest_id}")
def result(backtest_id: UUID, who: ReaderDep, kernel: KernelDep) -> Response:
    """One backtest: how far it is, or its figures. Looking at travellers of the sample is recorded."""
    with kernel.database.transaction() as session:
        found = backtests.read(session, backtest_id)
        sample = _sample(session, found) if who.may(Permission.VIEW_PERSON) else None
        if sample:
            audit.record(session, who.actor, "backtest.sample-viewed", "backtest", found.id,
                         kernel.clock(), passengers=len(sample))  # fmt: skip
        asked_by = session.get(Officer, found.asked_by) if found.asked_by else None
    context = {
        "section": "backtests", "one": found, "states": STATES, "running": found.state in RUNNING,
        "asked_by": (asked_by.name or asked_by.login) if asked_by else "", "sample": sample,
        "months_chart": columns([(month, hits, 0) for month, hits in _by_month(found.result)]),
        "mask_days": kernel.snapshot_mask_days, "run_said": run_said,
    }  # fmt: skip
    return show("backtest.html", kernel, who, context)


def _by_month(result: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """Hits of all airports by month."""
    months: Counter[str] = Counter()
    for part in (result or {}).get("parts", ()):
        months[part["month"]] += part["hits"] or 0
    return list(months.items())


def _sample(session: Session, found: Backtest) -> list[tuple[Passenger, list[hits.Condition]]]:
    told = dict(backtests.samples_of(session, found))
    people = session.scalars(sa.select(Passenger).where(Passenger.id.in_(told)))
    return [(one, hits.explained(told[one.id])) for one in people]


@router.post("/backtests/{backtest_id}/stop")
def stop(backtest_id: UUID, who: AuthorDep, kernel: KernelDep) -> Response:
    """Stop one that waits or runs."""
    with kernel.database.transaction() as session:
        backtests.stop(session, who.actor, backtest_id, kernel.clock())
    return RedirectResponse(f"/console/backtests/{backtest_id}", 303)
