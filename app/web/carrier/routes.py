"""A sender's own page: its figures, its last transmissions with their faults, its certification.

Nothing on it is about risk, and nothing about people but counts and places in what the sender itself sent.
"""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app.identity.http import SAFE, check_origin
from app.identity.models import Sender
from app.identity.sender_sessions import LIFE, close_session, find_session, open_session
from app.identity.senders import KnownSender
from app.kernel.admission import let_in
from app.kernel.errors import UnauthenticatedError
from app.kernel.http import Kernel, KernelDep
from app.messages import sandbox
from app.messages.counting import local_day
from app.messages.figures import Period, carriers_of, read_figures
from app.messages.models import Message
from app.messages.quality_routes import USUAL, csv_response
from app.messages.verdicts import verdicts_of
from app.web import quality
from app.web.console.moments import Moments
from app.web.console.quality import period_asked
from app.web.forms import FormDep
from app.web.pages import page
from app.web.translation import N_, Words, gettext

router = APIRouter(prefix="/carrier", include_in_schema=False)

RECENT = 25
STATES = Words({
    "received": N_("Waiting to be read"), "applied": N_("Read"), "duplicate": N_("Duplicate"),
    "rejected": N_("Rejected"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """A sender in a browser, and the token of its session."""

    sender: KnownSender
    token: str


def cookie_name(kernel: Kernel) -> str:
    """Beside the officers' own: one browser may be both."""
    return "__Host-egate-carrier" if kernel.secure_cookies else "egate-carrier"


def visitor(request: Request, kernel: KernelDep) -> Visitor:
    """The sender behind the cookie. Raises UnauthenticatedError."""
    token = request.cookies.get(cookie_name(kernel))
    if not token:
        raise UnauthenticatedError
    if request.method not in SAFE:
        check_origin(request)
    with kernel.database.read() as session:
        found = Visitor(find_session(session, token, kernel.clock()), token)
    let_in(request, token, "sender", found.sender.id)
    return found


VisitorDep = Annotated[Visitor, Depends(visitor)]


def asked(
    who: VisitorDep,
    kernel: KernelDep,
    start: Annotated[str, Query(alias="from", max_length=10)] = "",
    end: Annotated[str, Query(alias="to", max_length=10)] = "",
    carrier: Annotated[str, Query(max_length=3)] = "",
) -> Period:
    """The period asked for, of the visitor's own figures."""
    sender = who.sender
    today = local_day(kernel.clock(), sender.site)
    usual = Period(sender.site, today - USUAL, today, carrier, sender.id)
    return period_asked(usual, start, end)


PeriodDep = Annotated[Period, Depends(asked)]


@router.get("/sign-in")
def show_sign_in() -> Response:
    """The form; the token is posted and is never part of an address."""
    return page("carrier/sign-in.html", {"error": None})


@router.post("/sign-in")
def do_sign_in(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Exchange the token for a cookie of half an hour."""
    check_origin(request)
    try:
        with kernel.database.transaction() as session:
            opened = open_session(session, form.text("token"), kernel.clock())
    except UnauthenticatedError as error:
        said = gettext("This is not the token of a connection")
        return page("carrier/sign-in.html", {"error": said}, status=error.status)
    answer = RedirectResponse("/carrier/", 303)
    _set_cookie(answer, kernel, opened, int(LIFE.total_seconds()))
    return answer


@router.post("/sign-out")
def do_sign_out(who: VisitorDep, kernel: KernelDep) -> Response:
    """End the session, here and on the server."""
    with kernel.database.transaction() as session:
        close_session(session, who.token, who.sender, kernel.clock())
    answer = RedirectResponse("/carrier/sign-in", 303)
    _set_cookie(answer, kernel, "", 0)
    return answer


@router.get("/")
def own_page(who: VisitorDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """Certification, figures, the last transmissions."""
    now, sender = kernel.clock(), who.sender
    with kernel.database.read() as session:
        newest = (
            sa.select(Message)
            .where(Message.sender_id == sender.id)
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(RECENT)
        )
        context = {
            "name": session.get_one(Sender, sender.id).name, "period": period, "states": STATES,
            "at": Moments(now, sender.site), "report": sandbox.report(session, sender.id, now),
            "carriers": carriers_of(session, sender.site, sender.id),
            "recent": verdicts_of(session, session.scalars(newest).all()),
            **quality.context(read_figures(session, period, now)),
        }  # fmt: skip
    return page("carrier/page.html", context)


@router.get("/quality.csv")
def own_table(who: VisitorDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """The figures as a file."""
    del who
    with kernel.database.read() as session:
        return csv_response(read_figures(session, period, kernel.clock()))


def _set_cookie(answer: Response, kernel: Kernel, token: str, seconds: int) -> None:
    answer.set_cookie(
        cookie_name(kernel), token, max_age=seconds, path="/", secure=kernel.secure_cookies,
        httponly=True, samesite="strict",
    )  # fmt: skip
