"""Having shown in clear what is masked: a reason, then the page again with all of the one person, for a quarter of an hour."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity import sight
from app.identity.disclosures import DisclosureReasonError, NothingMaskedError, disclose
from app.identity.http import require
from app.identity.models import DisclosureOf
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel, KernelDep
from app.travel.models import Passenger
from app.travel.views import expect_passenger_at
from app.web.console.counter import declaration_page, own_declaration
from app.web.console.pages import passenger_page, referral_page
from app.web.console.second_looks import joined_case, look_page_with
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import gettext

router = APIRouter()

PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
CounterDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.SECOND_LOOK))]

REASON = "unmask-reason"


Subject = tuple[DisclosureOf, UUID, UUID | None]
"""Who is shown: of what kind, its id, and the passenger of a declaration, if there is one."""
Page = Callable[[Session, Kernel, SignedIn, UUID, Mapping[str, Any], int], Response]


@router.post("/passengers/{passenger_id}/unmask")
def of_passenger(passenger_id: UUID, form: FormDep, who: PersonDep, kernel: KernelDep) -> Response:
    """Of a passenger, on the dossier or on a referral's page."""

    def subject(session: Session) -> Subject:
        one = sa.select(Passenger.id).where(Passenger.id == passenger_id)
        expect_passenger_at(session, one, who.site)
        return DisclosureOf.PASSENGER, passenger_id, None

    if case := id_of(form.text("referral")):
        return _shown(form, who, kernel, subject, "referrals", case, referral_page)
    return _shown(form, who, kernel, subject, "passengers", passenger_id, passenger_page)


@router.post("/declarations/{identifier}/unmask")
def of_declaration(identifier: UUID, form: FormDep, who: CounterDep, kernel: KernelDep) -> Response:
    """Of who has declared, at the counter."""

    def subject(session: Session) -> Subject:
        found = own_declaration(session, who, identifier)
        return DisclosureOf.DECLARATION, identifier, found.passenger_id

    return _shown(form, who, kernel, subject, "declarations", identifier, declaration_page)


@router.post("/second-looks/{look_id}/unmask")
def of_look(look_id: UUID, form: FormDep, who: LookerDep, kernel: KernelDep) -> Response:
    """Of the traveller of the one case at which a senior officer looks from afar."""

    def subject(session: Session) -> Subject:
        return DisclosureOf.PASSENGER, joined_case(session, who, look_id), None

    return _shown(form, who, kernel, subject, "second-looks", look_id, look_page_with)


def _shown(
    form: Fields,
    who: SignedIn,
    kernel: Kernel,
    find: Callable[[Session], Subject],
    pages: str,
    page_id: UUID,
    page: Page,
) -> Response:
    """To the page again, with all of the person in clear; without a reason, or where nothing is masked, the page with
    what is wrong.

    ``find``: whom the page shows, once it is sure that this officer may look. ``pages``: the part of the console in
    which the page stands.
    """
    try:
        with kernel.database.transaction() as session:
            of, subject_id, passenger_id = find(session)
            groups = sight.current().at(subject_id, passenger_id).masked
            disclose(session, who, of, subject_id, groups, form.text(REASON), kernel.clock())
    except (DisclosureReasonError, NothingMaskedError) as error:
        if subject_id in who.opened_at(kernel.clock()):  # the form sent twice
            return RedirectResponse(f"/console/{pages}/{page_id}", 303)
        field = REASON if isinstance(error, DisclosureReasonError) else ""
        extra = {"problems": [(field, gettext(error.title))], "typed": form}
        with kernel.database.transaction() as session:
            return page(session, kernel, who, page_id, extra, error.status)
    return RedirectResponse(f"/console/{pages}/{page_id}", 303)
