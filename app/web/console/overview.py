"""The supervisor's page: a day of the site, live while it is today."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.gate.models import HallMode
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import Kernel, KernelDep
from app.messages.counting import local_day
from app.reports.overview_routes import csv_response, read_day
from app.web import overview
from app.web.console.view import moments, show

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_EFFECTIVENESS))]


def asked(
    who: ViewerDep, kernel: KernelDep, day: Annotated[str, Query(max_length=10)] = ""
) -> date:
    """The day asked for; what is no day that has begun is today."""
    today = local_day(kernel.clock(), who.site)
    try:
        return min(date.fromisoformat(day), today)
    except ValueError:
        return today


DayDep = Annotated[date, Depends(asked)]


@router.get("/overview")
def page(who: ViewerDep, kernel: KernelDep, day: DayDep) -> Response:
    """Figures of a day with charts, each beside its table."""
    return _shown("overview.html", who, kernel, day)


@router.get("/fragments/overview")
def fragment(who: ViewerDep, kernel: KernelDep, day: DayDep) -> Response:
    """The figures alone."""
    return _shown("overview-fragment.html", who, kernel, day)


@router.get("/overview.csv")
def table(who: ViewerDep, kernel: KernelDep, day: DayDep) -> Response:
    """The same figures as a file."""
    return csv_response(read_day(kernel, who, day))


def _shown(template: str, who: SignedIn, kernel: Kernel, day: date) -> Response:
    found = read_day(kernel, who, day)
    context = {
        "section": "overview", "modes": HallMode, **overview.context(found, moments(kernel, who)),
    }  # fmt: skip
    return show(template, kernel, who, context)
