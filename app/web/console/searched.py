"""The auditor's page that answers: was this searched? The text stands in the body of a request alone."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.audit.commitments import Answer, Canonical, ask
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel, KernelDep
from app.retention.clocks import Clock
from app.retention.profile import profile_of
from app.web.console.dossier import officer_names
from app.web.console.view import show
from app.web.forms import Fields, FormDep
from app.web.translation import gettext

router = APIRouter(prefix="/audit/searched")

AuditorDep = Annotated[SignedIn, Depends(require(Permission.VIEW_AUDIT))]
LONGEST: Final = 200


@router.get("")
def page(who: AuditorDep, kernel: KernelDep) -> Response:
    """An empty form."""
    return _shown(kernel, who, Fields([]))


@router.post("")
def find(form: FormDep, who: AuditorDep, kernel: KernelDep) -> Response:
    """The entries of searches for the text; that it was asked for stands in the trail in the same way."""
    text = form.within("text", LONGEST)
    if not Canonical.of(text).words:
        said = gettext("Give a name or a document number")
        return _shown(kernel, who, form, problems=[("text", said)])
    kept = profile_of(kernel)[Clock.COMMITMENT].delete
    with kernel.database.transaction() as session:
        answer = ask(session, who.actor, text, kernel.clock(), kept)
        names = officer_names(session)
    return _shown(kernel, who, form, answer=answer, names=names)


def _shown(
    kernel: Kernel, who: SignedIn, form: Fields, *, answer: Answer | None = None, **more: Any
) -> Response:
    problems = more.get("problems", [])
    context = {
        "section": "audit", "typed": form, "answer": answer, "problems": problems,
        "wrong": dict(problems), "longest": LONGEST, "names": more.get("names", {}),
    }  # fmt: skip
    return show("searched.html", kernel, who, context, status=422 if problems else 200)
