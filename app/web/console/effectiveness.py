"""The page of effectiveness, for analysts and supervisors."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.messages.counting import local_day
from app.reports.reading import MonthsError, Period, airports_of, read_effectiveness
from app.reports.routes import ALL, USUAL_MONTHS, csv_response, months_before
from app.web import effectiveness
from app.web.console.view import show

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_EFFECTIVENESS))]


def asked(  # as a form sends it: empty fields are none
    who: ViewerDep,
    kernel: KernelDep,
    start: Annotated[str, Query(alias="from", max_length=10)] = "",
    end: Annotated[str, Query(alias="to", max_length=10)] = "",
    airport: Annotated[str, Query(max_length=3)] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
) -> Period:
    """The months asked for; what is no period is the last six."""
    today = local_day(kernel.clock(), who.site)
    last = month_typed(end) or today
    first = month_typed(start) or months_before(last, USUAL_MONTHS - 1)
    where = "" if airport == ALL else airport or who.site
    try:
        return Period.of(first, last, where, rule)
    except MonthsError:
        return Period.of(months_before(today, USUAL_MONTHS - 1), today, where, rule)


def month_typed(text: str) -> date | None:
    """``2026-03`` (a day after it is passed over); None for what is no month."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None


PeriodDep = Annotated[Period, Depends(asked)]


@router.get("/effectiveness")
def page(who: ViewerDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """Figures of a period with charts, each beside its table."""
    with kernel.database.read() as session:
        found = read_effectiveness(session, period)
        airports = airports_of(session)
    context = {
        "section": "effectiveness", "period": period, "airports": sorted({*airports, who.site}),
        **effectiveness.context(found),
    }  # fmt: skip
    return show("effectiveness.html", kernel, who, context)


@router.get("/effectiveness.csv")
def table(who: ViewerDep, kernel: KernelDep, period: PeriodDep) -> Response:
    """The same figures as a file."""
    del who
    with kernel.database.read() as session:
        return csv_response(period, read_effectiveness(session, period))
