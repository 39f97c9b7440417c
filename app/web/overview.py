"""What the page of a day shows: figures in words and places in charts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.reports.overview import Delay, HallFigures, KindFigures, Minutes, Overview
from app.web.charts import Columns, Whisker, columns, whisker
from app.web.console.moments import Moments
from app.web.translation import N_, Words, gettext

HEALTH: Mapping[str, str] = Words({
    "well": N_("Well"), "failing": N_("A self-test fails"), "silent": N_("Silent"), "unheard": N_("Not heard of yet"),
})  # fmt: skip
HEALTH_BANDS: Mapping[str, str] = {
    "well": "go", "failing": "attention", "silent": "high", "unheard": "done",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = Words({
    "decisions": N_("Decisions"), "findings": N_("Found"), "dispositions": N_("What became of it"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HallCharts:
    """A hall's two charts over the same quarters of an hour."""

    hall: HallFigures
    read: Columns
    out: Columns


def context(found: Overview, at: Moments) -> dict[str, Any]:
    """What the template needs."""
    scale = max((one.p90 for one in (found.minutes, *found.flights) if one.p90), default=0.0)
    return {
        "found": found, "charts": [hall_charts(one, at) for one in found.halls],
        "health": HEALTH, "health_bands": HEALTH_BANDS, "outcome_words": OUTCOMES,
        "delays": delay_chart(found.delays, at), "seconds": seconds, "minutes": minutes,
        "decision_bar": decision_bar, "minutes_bar": lambda one: minutes_bar(one, scale),
    }  # fmt: skip


def hall_charts(hall: HallFigures, at: Moments) -> HallCharts:
    """Readings with those that led to an officer, and people who went out, a column a quarter of an hour."""
    labels = [f"{at.local(slot.start):%H:%M}" for slot in hall.slots]
    return HallCharts(
        hall,
        columns([(said, slot.read, slot.stopped) for said, slot in zip(labels, hall.slots, strict=True)]),
        columns([(said, slot.out, 0) for said, slot in zip(labels, hall.slots, strict=True)]),
    )  # fmt: skip


def delay_chart(delays: Sequence[Delay], at: Moments) -> Columns:
    """The slowest messages of each hour in tenths of a second."""
    return columns([
        (f"{at.local(one.start):%H:%M}", round((one.p95 or 0) * 10), 0) for one in delays
    ])  # fmt: skip


def decision_bar(kind: KindFigures) -> Whisker | None:
    """From the median to the slowest of 20 until taken, on a scale of twice the target; the target is its middle."""
    if kind.taken_p50 is None or kind.taken_p95 is None:
        return None
    top = 2 * kind.target.total_seconds()
    low, high = min(kind.taken_p50, top), min(kind.taken_p95, top)
    return whisker(low, high, high, top)


def minutes_bar(one: Minutes, top: float) -> Whisker | None:
    """From half of the people to nine of ten, on the scale of all flights."""
    if one.p50 is None or one.p90 is None:
        return None
    return whisker(one.p50, one.p50, one.p90, top)


def seconds(amount: float | None) -> str:
    """``0.4 s``, ``45 s``, ``3 min 20 s``, ``1 h 05 min``; a hyphen for nothing known."""
    if amount is None:
        return "-"
    if amount < 10:
        return gettext("%(n)s s", n=format(amount, ".1f"))
    whole = round(amount)
    if whole < 60:
        return gettext("%(n)s s", n=whole)
    if whole < 3600:
        if not whole % 60:
            return gettext("%(n)s min", n=whole // 60)
        return gettext(
            "%(minutes)s min %(seconds)s s", minutes=whole // 60, seconds=format(whole % 60, "02d")
        )
    return hours_and_minutes(whole // 60)


def minutes(amount: float | None) -> str:
    """``23 min``, ``1 h 05 min``; what is not told of few people."""
    if amount is None:
        return gettext("hidden")
    whole = round(amount)
    return gettext("%(n)s min", n=whole) if whole < 60 else hours_and_minutes(whole)


def hours_and_minutes(whole: int) -> str:
    """``1 h 05 min`` of minutes."""
    return gettext(
        "%(hours)s h %(minutes)s min", hours=whole // 60, minutes=format(whole % 60, "02d")
    )
