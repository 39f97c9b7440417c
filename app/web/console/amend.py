"""The page on which the outcome of a closed inspection is amended."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError
from app.kernel.http import Kernel, KernelDep
from app.referrals import amendments, views
from app.referrals.amendments import AmendmentReasonError, NothingToAmendError
from app.referrals.outcome import OutcomeInvalidError
from app.web.console.actions import version_of
from app.web.console.outcomes import (
    ROWS,
    Problem,
    TypedWrongError,
    in_words,
    read_outcome,
    typed_again,
    typed_of,
)
from app.web.console.pages import decision_context
from app.web.console.view import show
from app.web.forms import FormDep
from app.web.translation import gettext

router = APIRouter()

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
Extra = dict[str, Any]


@router.get("/referrals/{referral_id}/amend")
def amend_page(referral_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The outcome that counts, as it would be typed."""
    with kernel.database.transaction() as session:
        return _page(session, kernel, who, referral_id, {})


@router.post("/referrals/{referral_id}/amend")
def amend(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Append another outcome with its reason."""
    extra: Extra
    try:
        outcome = read_outcome(form)
        with kernel.database.transaction() as session:
            amendments.amend_outcome(
                session, who.actor, referral_id, version_of(form), outcome, form.text("reason"),
                kernel.clock(),
            )  # fmt: skip
        return RedirectResponse(f"/console/referrals/{referral_id}", 303)
    except TypedWrongError as error:
        extra, status = {"problems": list(error.problems)}, 422
    except (OutcomeInvalidError, AmendmentReasonError) as error:
        extra, status = {"problems": in_words(error.fields, form)}, 422
    except ConflictError as error:
        extra, status = {"taken": gettext(error.title)}, 409
    with kernel.database.transaction() as session:
        return _page(session, kernel, who, referral_id, extra | typed_again(form), status)


def _page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    referral_id: UUID,
    extra: Extra,
    status: int = 200,
) -> Response:
    detail = views.read_referral(session, referral_id, who.site)
    counts = detail.inspected.effective if detail.inspected else None
    if counts is None:
        raise NothingToAmendError
    many = max(len(counts.findings), len(counts.dispositions)) > ROWS
    said = gettext("This outcome has more lines than the form: amend it by the machine interface")
    context = {
        **decision_context(session, kernel, who, detail), "typed": typed_of(counts),
        "steps_typed": counts.steps, "section": "queue", "estimate": "", "taken": "",
        "in_full": "full-examination" in amendments.reasons_of(session, referral_id),
        "problems": [Problem("", said)] if many else [],
    }  # fmt: skip
    return show("amend.html", kernel, who, context | extra, status=status)
