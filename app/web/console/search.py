"""The search page. What is looked for stands in the body of a request and in no address, log or audit entry."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.audit.commitments import record_search
from app.identity import scope
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel, KernelDep
from app.travel import search
from app.web.console.dossier import shown_levels
from app.web.console.view import show
from app.web.forms import FormDep

router = APIRouter()

PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
LONGEST = 60
SHORTEST = 2


@router.get("/search")
def page(who: PersonDep, kernel: KernelDep) -> Response:
    """An empty form."""
    return _shown(kernel, who, {"text": "", "similar": False, "found": None, "levels": {}})


@router.post("/search")
def find(form: FormDep, who: PersonDep, kernel: KernelDep) -> Response:
    """Who and what it can mean; that it was searched, and how many were found, is recorded, the text as a commitment."""
    text, similar = " ".join(form.text("text").split())[:LONGEST], form.text("similar") == "1"
    if len(text) < SHORTEST:
        wrong = {"text": text, "similar": similar, "found": None, "levels": {}, "problem": True}
        return _shown(kernel, who, wrong, 422)
    with scope.reading(), kernel.database.transaction() as session:
        found = search.search(session, who.site, text, kernel.clock(), similar=similar)
        levels = shown_levels(session, [one.passenger_id for one in found.people])
        _record(session, kernel, who, text, found)
    return _shown(kernel, who, {"text": text, "similar": similar, "found": found, "levels": levels})


def _record(
    session: Session, kernel: Kernel, who: SignedIn, text: str, found: search.Results
) -> None:
    by = sorted({str(one.by) for one in found.people})
    record_search(
        session, who.actor, "passenger.searched", "site", None, kernel.clock(), [text],
        passengers=len(found.people), flights=len(found.flights), by=by,
    )  # fmt: skip


def _shown(kernel: Kernel, who: SignedIn, context: dict[str, Any], status: int = 200) -> Response:
    shared = {"section": "search", "problem": False, "longest": LONGEST}
    return show("search.html", kernel, who, shared | context, status=status)
