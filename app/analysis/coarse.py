"""Figures of a backtest that are nobody's: counts of few people are hidden, others are rounded. Pure.

A rule can be written so that it asks about one seat of one flight; what then comes out is one person's. Counts from 1 to 9
are not told (None), nor those from which one would follow: whoever is neither raised nor undecided is counted too, and
where one month and airport is hidden another one is. Other counts are rounded to :data:`STEP`, so that two texts that
differ by one person mostly tell the same; shares of finds to a hundredth.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from risk_rules.disclosure import HIDDEN, shown
from risk_rules.statistics import FEW_FINDS

STEP = 10
_ASKED = ("hits", "undecided")

Figures = Mapping[str, Any]


def coarse(exact: Figures) -> dict[str, Any]:
    """A result, as it may be kept and shown, of an exact one."""
    told = dict(exact) | _row(exact)
    hits = exact["hits"]
    told["raised_by_nobody"] = _part(exact["raised_by_nobody"], hits)
    told["overlap"] = [[key, rounded(n)] for key, n in exact["overlap"] if n >= HIDDEN]
    told["flight_p95"], told["flight_most"] = _load(exact, told, "flight_p95", "flight_most")
    for name in ("outcomes", "fresh_outcomes"):
        told[name] = _outcomes(exact[name])
    if before := exact["before"]:
        told["before"] = {
            "only_new": _part(before["only_new"], hits),
            "only_before": _part(before["only_before"], None),
        }
    told["parts"] = _parts(exact["parts"])
    return told


def rounded(count: int) -> int:
    """To the nearest :data:`STEP`."""
    return (count + STEP // 2) // STEP * STEP


def _part(count: int, whole: int | None) -> int | None:
    """A count of people, hidden where they or the rest of them are few."""
    if 0 < count < HIDDEN:
        return None
    rest = None if whole is None else whole - count
    return None if rest is not None and 0 < rest < HIDDEN else rounded(count)


def _row(one: Figures) -> dict[str, int | None]:
    """Raised and undecided of so many people."""
    counts = {name: one[name] for name in _ASKED}
    quiet = one["people"] - sum(counts.values())
    hidden = {name for name, count in counts.items() if 0 < count < HIDDEN}
    while not _gives_away_nobody(quiet, [counts[name] for name in hidden]):
        rest = [name for name in _ASKED if name not in hidden and counts[name]]
        if not rest:
            break
        hidden.add(min(rest, key=counts.__getitem__))
    return {name: None if name in hidden else rounded(counts[name]) for name in _ASKED}


def _gives_away_nobody(quiet: int, hidden: Sequence[int]) -> bool:
    """Whether what is hidden, with the quiet who are told nowhere, are many, and not one group alone that the rest tells."""
    together = quiet + sum(hidden)
    alone = bool(hidden) and not quiet and len(hidden) == 1
    return together == 0 or (together >= HIDDEN and not alone)


def _load(exact: Figures, told: Figures, *names: str) -> list[int | None]:
    """Hits of a flight, where it may be told that there are any."""
    return [None if told["hits"] is None else exact[name] for name in names]


def _parts(exact: Sequence[Figures]) -> list[dict[str, Any]]:
    rows = [dict(one) | _row(one) for one in exact]
    for name in _ASKED:
        counts = {str(n): one[name] for n, one in enumerate(exact)}
        always = frozenset(str(n) for n, row in enumerate(rows) if row[name] is None)
        made = shown(counts, always)
        for n, row in enumerate(rows):
            row[name] = None if made[str(n)] is None else row[name]
    for one, row in zip(exact, rows, strict=True):
        [row["flight_p95"]] = _load(one, row, "flight_p95")
    return rows


def _outcomes(exact: Figures) -> dict[str, Any]:
    """Inspections and finds; the share is told from :data:`FEW_FINDS` finds on."""
    told = dict(exact)
    for name in ("inspected", "count", "finds", "outcomes"):
        if name in told:
            told[name] = _part(told[name], None)
    for name in ("share", "low", "high"):
        if name in told:
            told[name] = round(told[name], 2)
    if "effective" in told:
        told["effective"] = rounded(round(told["effective"]))
    return {**told, "needed": FEW_FINDS} if "share" not in told else told
