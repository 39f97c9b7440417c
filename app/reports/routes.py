"""HTTP: whether screening works, for analysts, supervisors, approvers and auditors. Figures only, no persons."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.identity.http import officer_or_sender
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.identity.senders import KnownSender
from app.kernel.http import KernelDep
from app.kernel.schemas import Out
from app.messages.counting import local_day
from app.reports.figures import Figures, GroupFigures, RuleFigures
from app.reports.figures_csv import as_csv
from app.reports.reading import Period, read_effectiveness
from risk_rules.statistics import Estimate

router = APIRouter(tags=["effectiveness"])

ViewerDep = Annotated[
    KnownSender | SignedIn,
    Depends(officer_or_sender(Permission.VIEW_EFFECTIVENESS, Scope.STATISTICS_READ)),
]
Airport = Annotated[str, Query(max_length=3, pattern="^([A-Z]{3}|all)?$")]
RuleName = Annotated[str, Query(max_length=200)]
USUAL_MONTHS = 6
ALL = "all"


class PartOut(Out):
    """``part`` of ``whole``."""

    part: int
    whole: int
    share: float | None


class EstimateOut(Out):
    """A share with its interval of 95 %; no ``share`` where it rests on fewer than ten finds."""

    share: float | None
    low: float
    high: float
    finds: int
    count: int
    is_enough: bool

    @classmethod
    def of(cls, found: Estimate | None) -> Self | None:
        if found is None:
            return None
        share = found.share if found.is_enough else None
        return cls(
            share=share, low=found.low, high=found.high, finds=found.finds, count=found.count,
            is_enough=found.is_enough,
        )  # fmt: skip


class RatioOut(Out):
    """A quotient with its interval of 95 %."""

    value: float
    low: float
    high: float


class HarmOut(Out):
    """Stops for a cause, and those after which nothing was found."""

    cause: str
    stops: int
    clean: int
    per_10000: float


class OverviewOut(Out):
    """All travellers of the period."""

    travellers: int
    open: int
    selection: PartOut
    inspection: PartOut
    override: PartOut
    response: PartOut
    hit: EstimateOut | None
    random: EstimateOut | None
    base: EstimateOut | None
    lift: RatioOut | None
    coverage: EstimateOut | None
    wrongly: EstimateOut | None
    why_not: dict[str, int]
    skipped: dict[str, int]
    median_seconds: int | None
    stopped_per_flight_p95: int | None
    flights: int
    harm: list[HarmOut]


class RuleMonthOut(Out):
    month: date
    hits: int
    unknown: int


class RuleOut(Out):
    """One rule (``key@version``) or list."""

    name: str
    kind: str
    hits: int
    share: float | None
    unknown: int
    inspected: int
    finds: int
    alone: int
    precision: EstimateOut | None
    lift: RatioOut | None
    months: list[RuleMonthOut]


class BandOut(Out):
    """Travellers by what their score is at least."""

    least: int
    travellers: int
    rate: EstimateOut | None


class CalibrationOut(Out):
    """Brier score of the bands, foretold from other months, and of the base rate."""

    score: float
    base: float
    skill: float


class MonthOut(Out):
    """A month; ``stability``: PSI of its scores against the month before."""

    month: date
    travellers: int
    selected: int
    finds: int
    stability: float | None
    unknown_rate: float | None


class GroupOut(Out):
    """One group; null is not shown."""

    name: str
    travellers: int | None
    selected: int | None
    inspected: int | None
    finds: int | None
    ratio: RatioOut | None
    chance: float | None
    hit: EstimateOut | None
    hit_chance: float | None
    harm: float | None


class EffectivenessOut(Out):
    """Everything about a period of whole months; this month up to yesterday."""

    start: date
    end: date
    airport: str
    overview: OverviewOut
    rules: list[RuleOut]
    bands: list[BandOut]
    calibration: CalibrationOut | None
    months: list[MonthOut]
    groups: dict[str, list[GroupOut]]


def period_of(
    kernel: KernelDep,
    who: ViewerDep,
    start: Annotated[date | None, Query(alias="from")] = None,
    end: Annotated[date | None, Query(alias="to")] = None,
    airport: Airport = "",
    rule: RuleName = "",
) -> Period:
    """The months asked for, by default the last six at the caller's airport; ``airport=all`` is every one."""
    last = end or local_day(kernel.clock(), who.site)
    where = "" if airport == ALL else airport or who.site
    return Period.of(start or months_before(last, USUAL_MONTHS - 1), last, where, rule)


def months_before(day: date, months: int) -> date:
    """The first day of a month so many months earlier."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


PeriodDep = Annotated[Period, Depends(period_of)]


@router.get("/effectiveness")
def get_effectiveness(kernel: KernelDep, period: PeriodDep) -> EffectivenessOut:
    """Selection, inspection and hit rates with intervals, lift, coverage, calibration, drift, groups, harm."""
    with kernel.database.read() as session:
        return _out(period, read_effectiveness(session, period))


@router.get("/effectiveness.csv", response_class=Response)
def get_effectiveness_csv(kernel: KernelDep, period: PeriodDep) -> Response:
    """The same as CSV, a line per figure."""
    with kernel.database.read() as session:
        return csv_response(period, read_effectiveness(session, period))


def csv_response(period: Period, found: Figures) -> Response:
    """The figures as a file to keep."""
    name = f"effectiveness-{period.start:%Y-%m}-{period.end:%Y-%m}.csv"
    return Response(
        as_csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _out(period: Period, found: Figures) -> EffectivenessOut:
    return EffectivenessOut(
        start=period.start,
        end=period.end,
        airport=period.airport or ALL,
        overview=_overview(found),
        rules=[_rule(one) for one in found.rules],
        bands=[
            BandOut(least=one.least, travellers=one.travellers, rate=EstimateOut.of(one.rate))
            for one in found.bands
        ],
        calibration=(
            CalibrationOut.model_validate(found.calibration) if found.calibration else None
        ),
        months=[MonthOut.model_validate(one) for one in found.months],
        groups={name: [_group(one) for one in groups] for name, groups in found.groups.items()},
    )


_ESTIMATES = ("hit", "random", "base", "coverage", "wrongly")


def _overview(found: Figures) -> OverviewOut:
    one = found.overview
    names = OverviewOut.model_fields.keys() - {*_ESTIMATES, "stopped_per_flight_p95", "flights"}
    values = {name: getattr(one, name) for name in names}
    values |= {name: EstimateOut.of(getattr(one, name)) for name in _ESTIMATES}
    return OverviewOut.model_validate(
        values | {"stopped_per_flight_p95": found.load_p95, "flights": found.flights}
    )


def _rule(one: RuleFigures) -> RuleOut:
    values = {name: getattr(one, name) for name in RuleOut.model_fields}
    months = [RuleMonthOut(month=m, hits=hits, unknown=n) for m, hits, n in one.months]
    return RuleOut.model_validate(
        values
        | {"precision": EstimateOut.of(one.precision),
           "months": months}
    )  # fmt: skip


def _group(one: GroupFigures) -> GroupOut:
    values = {name: getattr(one, name) for name in GroupOut.model_fields}
    return GroupOut.model_validate(values | {"hit": EstimateOut.of(one.hit)})
