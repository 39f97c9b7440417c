"""Console pages of watch lists: overview, one list, an entry, changes with their differences, the match tester.

What is searched for is posted: no name stands in an address. That entries were looked at is recorded.
"""

import io
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.audit.commitments import record_search
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, EgateError, FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.screening import browse, proposals, watchlists
from app.screening.list_files import ListFileError, ListFormat, read_rows
from app.screening.list_models import ProposalStatus, WatchlistProposal
from app.screening.models import Handling, Severity, Watchlist
from app.screening.overtaken import overtaking
from app.screening.staging import Difference, read_differences
from app.screening.tester import USUAL, own_purposes, person_of, try_person
from app.web.console import list_forms
from app.web.console.dossier import officer_names
from app.web.console.faults import fault_said
from app.web.console.hits import match_parts
from app.web.console.list_forms import Problems
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.translation import gettext

router = APIRouter()

ManagerDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_WATCHLIST))]
ReaderDep = Annotated[SignedIn, Depends(require(Permission.VIEW_WATCHLIST))]
ApproverDep = Annotated[SignedIn, Depends(require(Permission.APPROVE_WATCHLIST))]

NO_FORM = Fields([])
SHOWN_OVERTAKEN = 10
SHOWN_FAULTS = 10


def _choices() -> dict[str, Any]:
    return {
        "section": "lists", "purposes": own_purposes(), "handlings": list(Handling),
        "severities": list(Severity), "relations": list_forms.RELATIONS,
        "usual": USUAL, "forms": list_forms, "pairs_of": list_forms.pairs_of,
        "settings_typed": list_forms.settings_typed,
    }  # fmt: skip


@router.get("/watchlists")
def overview(who: ReaderDep, kernel: KernelDep) -> Response:
    """All lists, and changes that wait for a second signature."""
    return _overview(kernel, who, NO_FORM, [])


@router.post("/watchlists")
def make(form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Make an empty list; settings bolder than usual wait for another officer."""
    try:
        with kernel.database.transaction() as session:
            key, settings = form.text("key").lower(), list_forms.settings_of(form)
            _, waits = proposals.submit_list(session, who.actor, key, settings, kernel.clock())
            to = f"list-changes/{waits.id}" if waits else f"watchlists/{key}"
    except InvalidError as error:
        return _overview(kernel, who, form, list_forms.problems_of(error.fields), 422)
    except ConflictError as error:
        return _overview(kernel, who, form, [("key", gettext(error.title))], 409)
    return RedirectResponse(f"/console/{to}", 303)


def _overview(
    kernel: Kernel, who: SignedIn, form: Fields, problems: Problems, status: int = 200
) -> Response:
    with kernel.database.read() as session:
        overtaken = proposals.read_proposals(session, ProposalStatus.OVERTAKEN, SHOWN_OVERTAKEN)
        context = {
            **_choices(), "lists": watchlists.list_watchlists(session), "typed": form,
            "waiting": proposals.read_proposals(session, ProposalStatus.PROPOSED),
            "overtaken": overtaken, "overtaking": overtaking(session, [one for one, _ in overtaken]),
            "names": officer_names(session), "problems": problems, "wrong": dict(problems),
        }  # fmt: skip
    return show("watchlists.html", kernel, who, context, status=status)


@router.get("/watchlists/match")
def tester(who: ManagerDep, kernel: KernelDep) -> Response:
    """The match tester, empty."""
    return _tester(kernel, who, NO_FORM)


@router.post("/watchlists/match")
def try_match(form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Whom of the lists this person would meet, word by word."""
    return _tester(kernel, who, form)


def _tester(kernel: Kernel, who: SignedIn, form: Fields) -> Response:
    context: dict[str, Any] = {
        **_choices(), "typed": form, "hits": None, "problems": [], "wrong": {},
        "match_parts": match_parts,
    }  # fmt: skip
    if form:
        now = kernel.clock()
        try:
            person, day = person_of(*list_forms.wanted_of(form)), _flight_day(form, now.date())
            with kernel.database.transaction() as session:
                context["hits"] = try_person(session, who.actor, person, day, now)
        except InvalidError as error:
            problems = list_forms.problems_of(error.fields)
            context |= {"problems": problems, "wrong": dict(problems)}
    status = 422 if context["problems"] else 200
    return show("watchlist-match.html", kernel, who, context, status=status)


def _flight_day(form: Fields, today: date) -> date:
    """The day that was chosen, else today. Raises InvalidError for what is none."""
    typed = form.text("day")
    day = list_forms.day_of(typed) if typed else today
    if day is None:
        raise InvalidError(fields=[FieldProblem("/day", "not_a_date")])
    return day


@router.get("/watchlists/{list_key}")
def one_list(list_key: str, who: ReaderDep, kernel: KernelDep) -> Response:
    """One list: settings, entries, versions."""
    return _list_page(kernel, who, list_key, NO_FORM)


@router.post("/watchlists/{list_key}")
def search(list_key: str, form: FormDep, who: ReaderDep, kernel: KernelDep) -> Response:
    """The entries that hold what was typed, or the next page of them."""
    return _list_page(kernel, who, list_key, form)


@router.post("/watchlists/{list_key}/settings")
def set_list(list_key: str, form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Propose to set the list otherwise, for another officer to approve."""
    seen, note = form.text("seen"), form.within("note", 500)
    wanted = list_forms.settings_of(form)
    try:
        with kernel.database.transaction() as session:
            waits = proposals.submit_settings(
                session, who.actor, list_key, wanted,
                int(seen) if seen.isdecimal() and len(seen) < 10 else -1, kernel.clock(),
                note,
            )  # fmt: skip
            to = f"list-changes/{waits.id}" if waits else f"watchlists/{list_key}"
    except InvalidError as error:
        return _list_page(kernel, who, list_key, form, list_forms.problems_of(error.fields), 422)
    except ConflictError as error:
        return _list_page(kernel, who, list_key, form, [("", gettext(error.title))], 409)
    return RedirectResponse(f"/console/{to}", 303)


@router.post("/watchlists/{list_key}/csv")
def take_csv(list_key: str, form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Compare pasted CSV with the list; do it, leave it for a second officer, or only show the differences."""
    preview, note = form.text("act") != "submit", form.within("note", 500)
    try:
        with kernel.database.transaction() as session:
            rows = read_rows(io.BytesIO(form.text("csv").encode()), ListFormat.CSV)
            done = proposals.submit_rows(
                session, who.actor, list_key, rows, kernel.clock(), origin="csv-typed",
                whole=form.text("whole") == "yes", note=note, dry_run=preview,
            )  # fmt: skip
            if preview:
                watchlist = browse.find_list(session, list_key)
                answer = _change_page(
                    session, kernel, who, done.proposal, watchlist, done.first, typed=form
                )
                session.rollback()
                return answer
            proposal_id, faulty = done.proposal.id, done.proposal.faulty
            if unusable := _unusable(done):
                session.rollback()
    except InvalidError as error:
        return _list_page(kernel, who, list_key, form, [("csv", _csv_said(error))], 422)
    if unusable:
        return _list_page(kernel, who, list_key, form, unusable, 422)
    if done.change is None or faulty:  # the change's page names the rows that were left out
        return RedirectResponse(f"/console/list-changes/{proposal_id}", 303)
    return RedirectResponse(f"/console/watchlists/{list_key}", 303)


def _unusable(done: proposals.Submitted) -> Problems:
    """Why no row at all says anything that the list could take; empty where one does."""
    one = done.proposal
    if not one.faulty or one.added or one.changed or one.removed or one.unchanged:
        return []
    return [("csv", _at_line(fault["line"], fault["code"])) for fault in one.faults[:SHOWN_FAULTS]]


def _csv_said(error: InvalidError) -> str:
    """Why what was pasted cannot be read, and where."""
    if not isinstance(error, ListFileError) or error.broken is None:
        return gettext(error.title)
    return _at_line(error.broken.line, error.broken.code)


def _at_line(line: int, code: str) -> str:
    wrong = fault_said(code)
    return gettext("Line %(line)s: %(wrong)s", line=line, wrong=wrong) if line else wrong


def _list_page(
    kernel: Kernel,
    who: SignedIn,
    list_key: str,
    form: Fields,
    problems: Problems | None = None,
    status: int = 200,
) -> Response:
    now, text, after = kernel.clock(), form.within("text", 200), form.within("after", 200)
    with kernel.database.transaction() as session:
        row, count = watchlists.describe_list(session, list_key)
        entries = browse.read_entries(session, row, now.date(), text, after)
        record_search(
            session, who.actor, "watchlist.viewed", "watchlist", row.id, now, [text],
            entries=len(entries), searched=bool(text),
        )  # fmt: skip
        context = {
            **_choices(), "list": row, "count": count, "entries": entries, "text": text,
            "after": after, "page_size": browse.PAGE, "versions": browse.read_versions(session, row),
            "names": officer_names(session), "problems": problems or [], "typed": form,
            "wrong": dict(problems or ()),
        }  # fmt: skip
    return show("watchlist.html", kernel, who, context, status=status)


@router.get("/watchlists/{list_key}/entries/{entry_id}")
def entry(list_key: str, entry_id: UUID, who: ReaderDep, kernel: KernelDep) -> Response:
    """An entry with every version of it; that it was looked at is recorded."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        row = browse.find_list(session, list_key)
        steps = browse.read_history(session, row, entry_id, now.date())
        audit.record(
            session, who.actor, "watchlist.entry-viewed", "watchlist_entry", entry_id, now,
            watchlist=str(row.id),
        )  # fmt: skip
    return show("watchlist-entry.html", kernel, who, {**_choices(), "list": row, "steps": steps})


# --- changes that wait ----------------------------------------------------------------------------


@router.get("/list-changes/{proposal_id}")
def change(proposal_id: UUID, who: ApproverDep, kernel: KernelDep) -> Response:
    """A proposed change with its differences."""
    return _proposal(kernel, who, proposal_id, NO_FORM)


@router.post("/list-changes/{proposal_id}")
def decide(proposal_id: UUID, form: FormDep, who: ApproverDep, kernel: KernelDep) -> Response:
    """Approve or refuse exactly what was shown, or show the next differences."""
    act = form.text("act")
    if act not in ("approve", "reject"):
        return _proposal(kernel, who, proposal_id, form)
    try:
        with kernel.database.transaction() as session:
            if act == "approve":
                proposals.approve(
                    session,
                    who.actor,
                    proposal_id,
                    _digest(form.text("digest")),
                    "",
                    kernel.clock(),
                )
            else:
                proposals.reject(session, who.actor, proposal_id, kernel.clock())
    except EgateError as error:
        if error.status != 409:
            raise
        return _proposal(kernel, who, proposal_id, form, [("", gettext(error.title))], 409)
    return RedirectResponse(f"/console/list-changes/{proposal_id}", 303)


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _proposal(
    kernel: Kernel,
    who: SignedIn,
    proposal_id: UUID,
    form: Fields,
    problems: Problems | None = None,
    status: int = 200,
) -> Response:
    with kernel.database.transaction() as session:
        found, watchlist = proposals.read_proposal(session, proposal_id)
        page = read_differences(session, found, browse.PAGE, form.within("after", 200))
        audit.record(
            session, who.actor, "watchlist.proposal-viewed", "watchlist_proposal", proposal_id,
            kernel.clock(), entries=len(page),
        )  # fmt: skip
        return _change_page(session, kernel, who, found, watchlist, page, problems, status=status)


def _change_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    found: WatchlistProposal,
    watchlist: Watchlist,
    page: Any,
    problems: Problems | None = None,
    *,
    typed: Fields | None = None,
    status: int = 200,
) -> Response:
    """A change as a page; ``typed``: it is only tried, and this is what was typed."""
    differences: list[Difference] = list(page)
    context = {
        **_choices(), "list": watchlist, "change": found, "differences": differences,
        "page_size": browse.PAGE, "names": officer_names(session), "problems": problems or [],
        "typed": typed, "is_mine": found.author_id == who.officer_id,
        "settings": proposals.read_settings(session, found), "fault_said": fault_said,
        "overtaken": overtaking(session, [found]).get(found.id),
    }  # fmt: skip
    return show("watchlist-change.html", kernel, who, context, status=status)
