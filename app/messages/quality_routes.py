"""HTTP: the figures of data quality. Officers see a site's, a sender sees its own; nothing is about risk."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.identity.http import officer_or_sender
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.http import KernelDep
from app.kernel.schemas import Out
from app.kernel.texts import N_
from app.messages.counting import local_day
from app.messages.figures import LONGEST, Figures, Period, Row, read_figures
from app.messages.figures_csv import as_csv

router = APIRouter(tags=["quality"])

Who = Annotated[
    KnownSender | SignedIn,
    Depends(officer_or_sender(Permission.VIEW_MESSAGES, Scope.QUALITY_READ)),
]
Carrier = Annotated[str, Query(max_length=3, pattern="^[A-Z0-9]*$")]
USUAL = timedelta(days=29)


class LeadOut(Out):
    """Minutes before departure (negative: after): of half of the flights, of 95 in 100 at least."""

    count: int
    p50: int | None
    p95: int | None


class FlightsOut(Out):
    """Flights that have departed; shares are parts of one."""

    flights: int
    late: int
    late_share: float | None
    after_arrival: int
    unclosed: int
    incomplete: int
    first_list: LeadOut
    last_list: LeadOut
    first_push: LeadOut
    last_push: LeadOut
    api_only: int
    pnr_only: int
    both: int
    unmatched_share: float | None


class RowOut(Out):
    day: date | None
    carrier: str
    sender: str
    counts: dict[str, int]
    flights: FlightsOut


class QualityOut(Out):
    """Figures of a period: per day, carrier and sender, and in all."""

    start: date
    end: date
    rows: list[RowOut]
    total: RowOut


class PeriodError(InvalidError):
    """The period ends before it begins, or is longer than a year."""

    code, status, title = "period", 422, N_("No such period")


def period_of(  # whose, and which
    kernel: KernelDep,
    who: Who,
    start: Annotated[date | None, Query(alias="from")] = None,
    end: Annotated[date | None, Query(alias="to")] = None,
    carrier: Carrier = "",
    sender_id: UUID | None = None,
) -> Period:
    """The period asked for, of the caller's site; a sender gets its own figures whatever it asks."""
    own = who.id if isinstance(who, KnownSender) else sender_id
    today = local_day(kernel.clock(), who.site)
    return checked(Period(who.site, start or (end or today) - USUAL, end or today, carrier, own))


def checked(period: Period) -> Period:
    """The same period. Raises PeriodError."""
    if not timedelta() <= period.end - period.start < LONGEST:
        raise PeriodError(fields=[FieldProblem("/query/from", "period")])
    return period


PeriodDep = Annotated[Period, Depends(period_of)]


@router.get("/quality")
def get_quality(kernel: KernelDep, period: PeriodDep) -> QualityOut:
    """The figures of a period, by default of the last 30 days."""
    found = _figures(kernel, period)
    return QualityOut(
        start=period.start, end=period.end, rows=[_row_out(row) for row in found.rows],
        total=_row_out(found.total),
    )  # fmt: skip


@router.get("/quality.csv", response_class=Response)
def get_quality_csv(kernel: KernelDep, period: PeriodDep) -> Response:
    """The same as CSV; the columns are documented."""
    return csv_response(_figures(kernel, period))


def csv_response(found: Figures) -> Response:
    """The rows as a file to keep."""
    name = f"quality-{found.period.start}-{found.period.end}.csv"
    return Response(
        as_csv(found.rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _figures(kernel: KernelDep, period: Period) -> Figures:
    with kernel.database.read() as session:
        return read_figures(session, period, kernel.clock())


def _row_out(row: Row) -> RowOut:
    flights: dict[str, Any] = asdict(row.flights) | {
        "late_share": row.flights.late_share, "unmatched_share": row.flights.unmatched_share,
    }  # fmt: skip
    return RowOut(
        day=row.day, carrier=row.carrier, sender=row.sender, counts=dict(row.counts),
        flights=FlightsOut.model_validate(flights),
    )  # fmt: skip
