"""What the page of effectiveness shows: figures in words and places in charts. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.reports.figures import FEW_FINDS, Estimate, Figures, GroupFigures, Ratio
from app.web.charts import Columns, Whisker, columns, whisker
from app.web.quality import percent

CAUSES: Mapping[str, str] = {
    "rule": "Rules", "list": "Watch lists", "lot": "Drawn by lot", "goods": "Own declaration",
    "identity": "Identity", "other": "Other",
}  # fmt: skip
WHY_NOT: Mapping[str, str] = {
    "explained": "Explained itself", "other-person": "Not the person meant",
    "no-capacity": "No officer or no place free", "unfit": "Unfit: illness, a child",
    "emergency": "Emergency in the hall", "other": "Another reason", "not-said": "No reason given",
    "overtaken": "The reason fell away at the gate", "open": "Not decided, or did not come",
}  # fmt: skip
DIMENSIONS: Mapping[str, str] = {"nationality": "Nationality", "sex": "Sex", "age": "Age"}
GROUPS: Mapping[str, str] = {
    "unknown": "Not known", "other": "Other, few people each", "F": "Female", "M": "Male",
    "X": "Unspecified",
}  # fmt: skip
STABLE, SHIFTED = 0.1, 0.25
SURE = 0.05


def context(found: Figures) -> dict[str, Any]:
    """What the template needs."""
    rates = [one.precision for one in found.rules]
    return {
        "found": found, "one": found.overview, "causes": CAUSES, "why": WHY_NOT,
        "dimensions": DIMENSIONS, "group_names": GROUPS, "percent": percent, "span": span,
        "times": times, "few": few, "duration": duration, "stability": stability, "chance": chance,
        "is_too_much": is_too_much,
        "rule_scale": scale(rates), "band_scale": scale(band.rate for band in found.bands),
        "whisker": place, "months": months_chart(found), "enough": FEW_FINDS,
    }  # fmt: skip


def span(found: Estimate | Ratio, *, of: float = 100.0, unit: str = " %") -> str:
    """The interval: ``8 to 17 %``."""
    return f"{_short(found.low * of)} to {_short(found.high * of)}{unit}"


def _short(amount: float) -> str:
    if amount >= 10 or amount == 0:
        return f"{amount:.0f}"
    return f"{amount:.1f}" if amount >= 0.1 else f"{amount:.2f}"


def times(found: Ratio) -> str:
    """A quotient with its interval: ``8.3 times (5.1 to 13 times)``; below 1 to the hundredth."""
    value, low, high = (_share(one) for one in (found.value, found.low, found.high))
    return f"{value} times ({low} to {high} times)"


def _share(amount: float) -> str:
    return f"{amount:.2f}" if amount < 1 else _short(amount)


def few(found: Estimate | None) -> str:
    """What is said in place of a figure that rests on too little."""
    if found is None:
        return "not enough outcomes: nobody was inspected"
    finds = "find" if found.finds == 1 else "finds"
    return f"not enough outcomes: {found.finds} {finds} of {found.count}"


def duration(seconds: int | None) -> str:
    """``at most 45 s``; ``at most 3 min``."""
    if seconds is None:
        return "-"
    return f"at most {seconds} s" if seconds < 120 else f"at most {-(-seconds // 60)} min"


def stability(value: float | None) -> str:
    """The population stability index in a word, so that no colour has to say it."""
    if value is None:
        return "-"
    said = "alike" if value < STABLE else "changing" if value < SHIFTED else "another population"
    return f"{value:.2f}, {said}"


def chance(value: float | None) -> str:
    """How likely a difference is by chance alone."""
    if value is None:
        return "-"
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def is_too_much(one: GroupFigures) -> bool:
    """Selected more often than everybody else, and less found: both surely more than chance (the outcome test)."""
    chances = (one.chance, one.hit_chance)
    return bool(
        one.ratio
        and one.ratio.low > 1
        and one.hit
        and all(c is not None and c <= SURE for c in chances)
    )


def scale(shares: Iterable[Estimate | None]) -> float:
    """The top of a shared scale: the highest end of an interval that is worth showing."""
    return max((one.high for one in shares if one and one.is_enough), default=0.0)


def place(found: Estimate | None, top: float) -> Whisker | None:
    """Where an estimate stands on the scale; None for what is not enough."""
    if found is None or not found.is_enough:
        return None
    return whisker(found.low, found.share, found.high, top)


def months_chart(found: Figures) -> Columns:
    """Selected by month; finds are marked."""
    return columns([(one.month.strftime("%Y-%m"), one.selected, one.finds) for one in found.months])
