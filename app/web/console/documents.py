"""The page of passports: what kiosks could verify, by issuing state."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.reports.document_routes import SPANS, USUAL_DAYS
from app.reports.documents import CHIPS, FACES, read_documents
from app.web.console import words
from app.web.console.view import show
from app.web.quality import percent

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_EFFECTIVENESS))]


@router.get("/documents")
def page(
    who: ViewerDep, kernel: KernelDep, days: Annotated[str, Query(max_length=3)] = ""
) -> Response:
    """Shares by issuing state; what is no number of days is the usual one."""
    span = next((one for one in SPANS if str(one) == days), USUAL_DAYS)
    with kernel.database.read() as session:
        found = read_documents(session, who.site, kernel.clock() - timedelta(days=span))
    context = {
        "found": [one for one in found if not one.is_hidden],
        "few": sum(one.is_hidden for one in found),
        "days": span,
        "spans": SPANS,
        "chips": [(key, words.CHIP[key]) for key in CHIPS],
        "faces": [(key, words.FACE[key]) for key in FACES],
        "check": words.check,
        "percent": percent,
        "section": "effectiveness",
    }
    return show("documents.html", kernel, who, context)
