"""HTTP: a day of a site for its supervisor. Figures only, small ones about people hidden."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.gate.case import HallMode
from app.identity.http import officer_or_sender
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.kernel.schemas import Out
from app.kernel.texts import N_
from app.messages.counting import local_day
from app.referrals.kinds import ReferralKind
from app.reports.overview import Minutes, Overview
from app.reports.overview_csv import as_csv
from app.reports.today import day_at, read_overview

router = APIRouter(tags=["overview"])

ViewerDep = Annotated[
    KnownSender | SignedIn,
    Depends(officer_or_sender(Permission.VIEW_EFFECTIVENESS, Scope.STATISTICS_READ)),
]


class DayError(InvalidError):
    """A day that has not begun."""

    code, status, title = "day", 422, N_("That day has not begun")


class SlotOut(Out):
    start: datetime
    read: int
    stopped: int
    out: int


class HallOut(Out):
    """A hall with its quarters of an hour, and its devices: well, failing, silent, unheard."""

    id: UUID
    name: str
    mode: HallMode
    slots: list[SlotOut]
    devices: dict[str, int]


class MinutesOut(Out):
    """Minutes from the announced arrival to the exit; null below ten people."""

    flight: str
    arrives_at: datetime | None
    people: int | None
    p50: float | None
    p90: float | None

    @classmethod
    def of(cls, one: Minutes) -> "MinutesOut":
        told = one.p50 is not None
        return cls(
            flight=one.flight, arrives_at=one.arrives_at, people=one.people if told else None,
            p50=one.p50, p90=one.p90,
        )  # fmt: skip


class KindOut(Out):
    """Referrals of a kind: raised on the day with seconds until taken (the target) and decided; open at this moment."""

    kind: ReferralKind
    target_s: float
    raised: int
    decided: int
    taken_p50: float | None
    taken_p95: float | None
    per_hour: float | None
    p50: float | None
    p95: float | None
    late: int
    waiting: int
    claimed: int
    inspecting: int
    oldest: datetime | None


class DelayOut(Out):
    start: datetime
    messages: int
    p50: float | None
    p95: float | None


class OverviewOut(Out):
    """A day; null is not shown."""

    site: str
    day: date
    now: datetime
    halls: list[HallOut]
    exit: MinutesOut
    flights: list[MinutesOut]
    referrals: list[KindOut]
    causes: dict[ReferralKind, dict[str, int | None]]
    outcomes: dict[str, dict[str, int | None]]
    travellers: int
    clean_stops: int | None
    clean_stops_per_10000: float | None
    messages: list[DelayOut]
    unread: int
    unread_since: datetime | None
    officers: int
    officer_hours: float
    alerts_per_officer_hour: float | None


@router.get("/overview")
def get_overview(who: ViewerDep, kernel: KernelDep, day: date | None = None) -> OverviewOut:
    """A day of the officer's site, by default today: throughput, times, referrals, outcomes, devices, messages."""
    return _out(read_day(kernel, who, asked(kernel, who, day)))


@router.get("/overview.csv", response_class=Response)
def get_overview_csv(
    who: ViewerDep, kernel: KernelDep, day: Annotated[date | None, Query()] = None
) -> Response:
    """The same as CSV, a line per figure."""
    return csv_response(read_day(kernel, who, asked(kernel, who, day)))


def asked(kernel: Kernel, who: KnownSender | SignedIn, day: date | None) -> date:
    """The day asked for. Raises :class:`DayError`."""
    today = local_day(kernel.clock(), who.site)
    if day is not None and day > today:
        raise DayError(fields=[FieldProblem("/query/day", "day")])
    return day or today


def read_day(kernel: Kernel, who: KnownSender | SignedIn, day: date) -> Overview:
    """The figures of a day at the officer's site."""
    with kernel.database.read() as session:
        return read_overview(session, day_at(who.site, day, kernel.clock()))


def csv_response(found: Overview) -> Response:
    """The figures as a file to keep."""
    name = f"overview-{found.day.site}-{found.day.day}.csv"
    return Response(
        as_csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _out(found: Overview) -> OverviewOut:
    kinds = [
        KindOut.model_validate(
            {name: getattr(one, name) for name in KindOut.model_fields if name != "target_s"}
            | {"target_s": one.target.total_seconds()}
        )
        for one in found.kinds
    ]
    return OverviewOut(
        site=found.day.site, day=found.day.day, now=found.day.now,
        halls=[HallOut.model_validate(one) for one in found.halls],
        exit=MinutesOut.of(found.minutes),
        flights=[MinutesOut.of(one) for one in found.flights],
        referrals=kinds,
        causes={kind: dict(some) for kind, some in found.causes.items()},
        outcomes={what: dict(some) for what, some in found.outcomes.items()},
        travellers=found.stops.travellers, clean_stops=found.stops.clean_shown,
        clean_stops_per_10000=found.stops.per_10000,
        messages=[DelayOut.model_validate(one) for one in found.delays],
        unread=found.unread, unread_since=found.unread_since,
        officers=found.desk.now, officer_hours=found.desk.hours,
        alerts_per_officer_hour=found.desk.per_hour,
    )  # fmt: skip
