"""What the page of effectiveness shows: figures in words and places in charts. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.reports.figures import FEW_FINDS, Estimate, Figures, GroupFigures, Ratio
from app.web.charts import Columns, Whisker, columns, whisker
from app.web.quality import percent
from app.web.translation import N_, Words, gettext, ngettext

CAUSES: Mapping[str, str] = Words({
    "rule": N_("Rules"), "list": N_("Watch lists"), "lot": N_("Drawn by lot"), "goods": N_("Own declaration"),
    "identity": N_("Identity"), "other": N_("Other"),
})  # fmt: skip
WHY_NOT: Mapping[str, str] = Words({
    "explained": N_("Explained itself"), "other-person": N_("Not the person meant"),
    "no-capacity": N_("No officer or no place free"), "unfit": N_("Unfit: illness, a child"),
    "emergency": N_("Emergency in the hall"), "other": N_("Another reason"), "not-said": N_("No reason given"),
    "overtaken": N_("The reason fell away at the gate"), "open": N_("Not decided, or did not come"),
})  # fmt: skip
DIMENSIONS: Mapping[str, str] = Words(
    {"nationality": N_("Nationality"), "sex": N_("Sex"), "age": N_("Age")}
)
GROUPS: Mapping[str, str] = Words({
    "unknown": N_("Not known"), "other": N_("Other, few people each"), "F": N_("Female"), "M": N_("Male"),
    "X": N_("Unspecified"),
})  # fmt: skip
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
    return gettext(
        "%(low)s to %(high)s", low=_short(found.low * of), high=_short(found.high * of) + unit
    )


def _short(amount: float) -> str:
    if amount >= 10 or amount == 0:
        return f"{amount:.0f}"
    return f"{amount:.1f}" if amount >= 0.1 else f"{amount:.2f}"


def times(found: Ratio) -> str:
    """A quotient with its interval: ``8.3 times (5.1 to 13 times)``; below 1 to the hundredth."""
    value, low, high = (_share(one) for one in (found.value, found.low, found.high))
    return gettext("%(value)s times (%(low)s to %(high)s times)", value=value, low=low, high=high)


def _share(amount: float) -> str:
    return f"{amount:.2f}" if amount < 1 else _short(amount)


def few(found: Estimate | None) -> str:
    """What is said in place of a figure that rests on too little."""
    if found is None:
        return gettext("not enough outcomes: nobody was inspected")
    return ngettext(
        "not enough outcomes: %(n)s find of %(count)s", "not enough outcomes: %(n)s finds of %(count)s",
        found.finds, count=found.count,
    )  # fmt: skip


def duration(seconds: int | None) -> str:
    """``at most 45 s``; ``at most 3 min``."""
    if seconds is None:
        return "-"
    if seconds < 120:
        return gettext("at most %(n)s s", n=seconds)
    return gettext("at most %(n)s min", n=-(-seconds // 60))


def stability(value: float | None) -> str:
    """The population stability index in a word, so that no colour has to say it."""
    if value is None:
        return "-"
    if value < STABLE:
        said = gettext("alike")
    else:
        said = gettext("changing") if value < SHIFTED else gettext("another population")
    return f"{value:.2f}, {said}"


def chance(value: float | None) -> str:
    """How likely a difference is by chance alone."""
    if value is None:
        return "-"
    return gettext("below %(n)s", n="0.001") if value < 0.001 else f"{value:.3f}"


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
