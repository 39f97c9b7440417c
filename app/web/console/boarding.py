"""Who boards: an officer's order on one passenger, where this service is the boarding authority."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.messages.answer_models import Boarding
from app.messages.boarding import REASON_LENGTH, expect_standing, order_boarding
from app.web.console.pages import boarding_fragment, passenger_page, referral_page
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import gettext

router = APIRouter()

OrderDep = Annotated[SignedIn, Depends(require(Permission.CHANGE_BOARDING))]


@router.post("/passengers/{passenger_id}/boarding")
def order(passenger_id: UUID, form: FormDep, who: OrderDep, kernel: KernelDep) -> Response:
    """Order that a passenger boards or does not. ``seen`` is the order that the page showed.

    Without a reason the page comes again (422), also where it is too late (409).
    """
    if form.text("boarding") not in set(Boarding):
        raise InvalidError(fields=[FieldProblem("/body/boarding", "boarding")])
    try:
        with kernel.database.transaction() as session:
            expect_standing(session, passenger_id, id_of(form.text("seen")), who.site)
            order_boarding(
                session, who, passenger_id, Boarding(form.text("boarding")), form.text("reason"),
                kernel.clock(), vault=kernel.vault, ours=kernel.interchange_id,
            )  # fmt: skip
    except InvalidError:
        return _again(kernel, who, passenger_id, form, _say_why(), 422)
    except ConflictError as error:
        return _again(
            kernel,
            who,
            passenger_id,
            form,
            gettext("%(what)s. Nothing was ordered", what=gettext(error.title)),
            409,
        )
    back = id_of(form.text("referral"))
    where = f"referrals/{back}" if back else f"passengers/{passenger_id}"
    return RedirectResponse(f"/console/{where}#boarding", 303)


def _say_why() -> str:
    least, most = REASON_LENGTH
    return gettext("Say why, in %(least)s to %(most)s characters", least=least, most=most)


def _again(
    kernel: Kernel, who: SignedIn, passenger_id: UUID, form: Fields, problem: str, status: int
) -> Response:
    """The page that the form stood on, with what is wrong and what was typed."""
    extra = {"boarding_problem": problem, "boarding_typed": form.text("reason")}
    back = id_of(form.text("referral"))
    with kernel.database.transaction() as session:
        if back:
            return referral_page(session, kernel, who, back, extra, status)
        return passenger_page(session, kernel, who, passenger_id, extra, status)


@router.get("/fragments/passengers/{passenger_id}/boarding")
def standing(passenger_id: UUID, who: OrderDep, kernel: KernelDep, referral: str = "") -> Response:
    """The order that stands and what the carrier made of it, alone."""
    with kernel.database.read() as session:
        return boarding_fragment(session, kernel, who, passenger_id, id_of(referral))
