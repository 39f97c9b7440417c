"""The page of data quality for officers."""

from datetime import date
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.identity.http import require
from app.identity.models import Sender
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.messages.counting import local_day
from app.messages.figures import LONGEST, Period, carriers_of, read_figures
from app.messages.quality_routes import USUAL, csv_response
from app.web import quality
from app.web.console.view import show
from app.web.forms import id_of

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_MESSAGES))]
Text = Annotated[str, Query(max_length=40)]


def asked(  # as a form sends it: empty fields are none
    who: ViewerDep,
    kernel: KernelDep,
    start: Annotated[str, Query(alias="from", max_length=10)] = "",
    end: Annotated[str, Query(alias="to", max_length=10)] = "",
    carrier: Text = "",
    sender: Text = "",
) -> Period:
    """The period asked for; what is no period is the last 30 days."""
    today = local_day(kernel.clock(), who.site)
    return period_asked(Period(who.site, today - USUAL, today, carrier, id_of(sender)), start, end)


def period_asked(usual: Period, start: str, end: str) -> Period:
    """The days typed, where they are a period at all."""
    last = _day(end) or usual.end
    first = _day(start) or last - USUAL
    if not 0 <= (last - first).days < LONGEST.days:
        return usual
    return Period(usual.site, first, last, usual.carrier, usual.sender_id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


PeriodDep = Annotated[Period, Depends(asked)]


@router.get("/quality")
def page(who: ViewerDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """Figures of a period with charts, each beside its table."""
    with kernel.database.read() as session:
        found = read_figures(session, period, kernel.clock())
        carriers = carriers_of(session, who.site)
        senders = session.execute(
            sa.select(Sender.id, Sender.name).where(Sender.site == who.site).order_by(Sender.name)
        ).all()
    context = {
        "section": "quality", "carriers": carriers, "senders": senders, "period": period,
        **quality.context(found),
    }  # fmt: skip
    return show("quality.html", kernel, who, context)


@router.get("/quality.csv")
def table(who: ViewerDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """The same figures as a file."""
    del who
    with kernel.database.read() as session:
        return csv_response(read_figures(session, period, kernel.clock()))
