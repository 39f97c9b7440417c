"""Having shown in clear what is masked: a reason, then the page again with all of the one person, for a quarter of an hour."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.identity import sight
from app.identity.disclosures import DisclosureReasonError, disclose
from app.identity.http import require
from app.identity.models import DisclosureOf
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.travel.models import Passenger
from app.travel.views import expect_passenger_at
from app.web.console.counter import declaration_page, own_declaration
from app.web.console.pages import passenger_page, referral_page
from app.web.console.second_looks import joined_case, look_page_with
from app.web.forms import FormDep, id_of
from app.web.translation import gettext

router = APIRouter()

PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
CounterDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.SECOND_LOOK))]

REASON = "unmask-reason"


@router.post("/passengers/{passenger_id}/unmask")
def of_passenger(passenger_id: UUID, form: FormDep, who: PersonDep, kernel: KernelDep) -> Response:
    """Of a passenger, on the dossier or on a referral's page."""
    case = id_of(form.text("referral"))
    try:
        with kernel.database.transaction() as session:
            one = sa.select(Passenger.id).where(Passenger.id == passenger_id)
            expect_passenger_at(session, one, who.site)
            groups = sight.current().at(passenger_id).masked
            disclose(
                session, who, DisclosureOf.PASSENGER, passenger_id, groups, form.text(REASON),
                kernel.clock(),
            )  # fmt: skip
    except DisclosureReasonError as error:
        extra = {"problems": [(REASON, gettext(error.title))], "typed": form}
        with kernel.database.transaction() as session:
            if case:
                return referral_page(session, kernel, who, case, extra, error.status)
            return passenger_page(session, kernel, who, passenger_id, extra, error.status)
    where = f"referrals/{case}" if case else f"passengers/{passenger_id}"
    return RedirectResponse(f"/console/{where}", 303)


@router.post("/declarations/{identifier}/unmask")
def of_declaration(identifier: UUID, form: FormDep, who: CounterDep, kernel: KernelDep) -> Response:
    """Of who has declared, at the counter."""
    try:
        with kernel.database.transaction() as session:
            found = own_declaration(session, who, identifier)
            groups = sight.current().at(identifier, found.passenger_id).masked
            disclose(
                session, who, DisclosureOf.DECLARATION, identifier, groups, form.text(REASON),
                kernel.clock(),
            )  # fmt: skip
    except DisclosureReasonError as error:
        extra = {"problems": [(REASON, gettext(error.title))], "typed": form}
        with kernel.database.transaction() as session:
            return declaration_page(session, kernel, who, identifier, extra, error.status)
    return RedirectResponse(f"/console/declarations/{identifier}", 303)


@router.post("/second-looks/{look_id}/unmask")
def of_look(look_id: UUID, form: FormDep, who: LookerDep, kernel: KernelDep) -> Response:
    """Of the traveller of the one case at which a senior officer looks from afar."""
    try:
        with kernel.database.transaction() as session:
            passenger_id = joined_case(session, who, look_id)
            groups = sight.current().at(passenger_id).masked
            disclose(
                session, who, DisclosureOf.PASSENGER, passenger_id, groups, form.text(REASON),
                kernel.clock(),
            )  # fmt: skip
    except DisclosureReasonError as error:
        extra = {"problems": [(REASON, gettext(error.title))], "typed": form}
        with kernel.database.transaction() as session:
            return look_page_with(session, kernel, who, look_id, extra, error.status)
    return RedirectResponse(f"/console/second-looks/{look_id}", 303)
