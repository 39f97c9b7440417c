"""An officer lets a rule rest for one traveller, from the hit that shows it, or has it count again."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import EgateError
from app.kernel.http import Kernel, KernelDep
from app.screening import snoozing
from app.screening.models import Hit
from app.screening.reviews import MAX_REASON
from app.travel.views import expect_passenger_at
from app.web.console.list_forms import day_of
from app.web.console.pages import passenger_page
from app.web.forms import FormDep
from app.web.translation import gettext

router = APIRouter()

ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]


@router.post("/hits/{hit_id}/snooze")
def snooze(hit_id: UUID, form: FormDep, who: ReviewerDep, kernel: KernelDep) -> Response:
    """The rule of a hit counts nothing for its traveller on flights up to a day."""
    until, reason = day_of(form.text("until")) or date.min, form.within("reason", MAX_REASON)

    def act(session: Session, now: datetime) -> Any:
        return snoozing.snooze_rule(session, kernel.vault, who.actor, hit_id, until, reason, now)

    return _done(kernel, who, hit_id, act)


@router.post("/hits/{hit_id}/wake")
def wake(hit_id: UUID, who: ReviewerDep, kernel: KernelDep) -> Response:
    """The rule counts again."""

    def act(session: Session, now: datetime) -> Any:
        snoozing.wake_rule(session, kernel.vault, who.actor, hit_id, now)

    return _done(kernel, who, hit_id, act)


def _done(kernel: Kernel, who: SignedIn, hit_id: UUID, act: Any) -> Response:
    """Back to the traveller; what is refused stands on the page (409, 422)."""
    of_hit = sa.select(Hit.passenger_id).where(Hit.id == hit_id)
    with kernel.database.transaction() as session:
        expect_passenger_at(session, of_hit, who.site)
        passenger_id = session.scalars(of_hit).one()
    try:
        with kernel.database.transaction() as session:
            act(session, kernel.clock())
    except EgateError as error:
        if error.status not in (409, 422):
            raise
        problems = {"problems": [("", gettext(error.detail or error.title))]}
        with kernel.database.transaction() as session:
            return passenger_page(session, kernel, who, passenger_id, problems, status=error.status)
    return RedirectResponse(f"/console/passengers/{passenger_id}#why", 303)
