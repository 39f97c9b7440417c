"""From sums to figures that may be shown: rates with intervals, lift, coverage, calibration, drift, fairness. Pure.

A figure that rests on fewer than ten finds says so (:attr:`risk_rules.statistics.Estimate.is_enough`); of groups, what would speak of
few people is left out (:mod:`risk_rules.disclosure`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.reports.tally import GROUPS, WHOLE, Key, Sums, sample_of
from risk_rules import disclosure
from risk_rules.statistics import (
    FEW_FINDS,
    Brier,
    Estimate,
    Ratio,
    Sample,
    adjusted,
    brier,
    combined,
    difference,
    estimate,
    psi,
    quantile,
    ratio,
)

Months = Mapping[date, Mapping[Key, Sums]]
"""Sums by month (its first day) and by dimension and value."""

CAUSES = ("rule", "list", "lot", "goods", "identity", "other")
_NOTHING: Sums = Counter()


@dataclass(frozen=True, slots=True)
class Part:
    """A count of a larger one."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Harm:
    """Stops for a cause, and those after which nothing was found, per 10,000 travellers."""

    cause: str
    stops: int
    clean: int
    per_10000: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything about all travellers of a period.

    ``selection``: selected of those drawn from; ``inspection``: inspected of the selected, ``override``: let go by
    an officer; ``hit`` the finds among the inspected selected; ``random`` the finds among those drawn and examined:
    the base rate; ``base`` the same from all that is known, weighted; ``response``: examined of the drawn.
    """

    travellers: int
    selection: Part
    inspection: Part
    override: Part
    response: Part
    hit: Estimate | None
    random: Estimate | None
    base: Estimate | None
    lift: Ratio | None
    coverage: Estimate | None
    wrongly: Estimate | None
    why_not: Mapping[str, int]
    skipped: Mapping[str, int]
    median_seconds: int | None
    harm: tuple[Harm, ...]
    open: int


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule (``key@version``; ``kind`` shadow: it acts on nothing yet) or list. ``precision`` weighted over all whom it is true of, selected or not."""

    name: str
    kind: str
    hits: int
    share: float | None
    unknown: int
    inspected: int
    finds: int
    alone: int
    precision: Estimate | None
    lift: Ratio | None
    months: tuple[tuple[date, int, int], ...]


@dataclass(frozen=True, slots=True)
class BandFigures:
    """Travellers whose score is ``least`` or more, up to the next band."""

    least: int
    travellers: int
    rate: Estimate | None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group. None: not shown. ``ratio``: its selection rate over that of everybody else; ``chance`` and
    ``hit_chance``: how likely such a difference is by chance alone, with all groups asked at once.
    """

    name: str
    travellers: int | None
    selected: int | None
    inspected: int | None
    finds: int | None
    ratio: Ratio | None
    chance: float | None
    hit: Estimate | None
    hit_chance: float | None
    harm: float | None


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month: travellers, how its scores are distributed against the months before (PSI), undecided rules."""

    month: date
    travellers: int
    selected: int
    finds: int
    stability: float | None
    unknown_rate: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A period."""

    overview: Overview
    rules: tuple[RuleFigures, ...]
    bands: tuple[BandFigures, ...]
    calibration: Brier | None
    months: tuple[MonthFigures, ...]
    groups: Mapping[str, tuple[GroupFigures, ...]]
    load_p95: int | None
    flights: int


def figures(months: Months, load: Mapping[int, int], rule: str = "") -> Figures:
    """The figures of some months; ``load``: flights by how many of their travellers were stopped.

    ``rule``: of one rule or list alone, where not all are wanted.
    """
    total = summed(months.values())
    overview = _overview(total.get(WHOLE, _NOTHING))
    rules = [
        _rule(key, total, months, overview) for key in total if key[0] in ("rule", "list", "shadow")
    ]
    wanted = [one for one in rules if not rule or one.name == rule]
    return Figures(
        overview,
        tuple(sorted(wanted, key=lambda one: (-one.finds, -one.hits, one.name))),
        tuple(sorted((_band(v, s) for v, s in of(total, "band")), key=lambda b: b.least)),
        brier([{v: _mixed(s) for v, s in of(cells, "band")} for cells in months.values()]),
        _months(months),
        {name: _groups(dict(of(total, name)), by_name=name == "age") for name in GROUPS},
        quantile(load, 0.95),
        sum(load.values()),
    )


def summed(cells: Iterable[Mapping[Key, Sums]]) -> dict[Key, Sums]:
    """Cells of several months as of one."""
    total: dict[Key, Sums] = {}
    for one in cells:
        for key, sums in one.items():
            total.setdefault(key, Counter()).update(sums)
    return total


def of(cells: Mapping[Key, Sums], dimension: str) -> list[tuple[str, Sums]]:
    """Values of a dimension with their sums."""
    return [(value, sums) for (name, value), sums in cells.items() if name == dimension]


def _strata(sums: Sums) -> list[tuple[float, Sample]]:
    return [(sums[f"{name}.n"], sample_of(sums, name)) for name in ("sel", "oth")]


def weighted(sums: Sums) -> Estimate | None:
    """The share of finds among all of a cell, selected or not: each stratum by its people."""
    return combined(_strata(sums))


def _mixed(sums: Sums) -> Sample:
    total = Sample()
    for population, sample in _strata(sums):
        total += sample.standing_for(population)
    return total


# --- all travellers -------------------------------------------------------------------------------


def _overview(sums: Sums) -> Overview:
    selected, lot = sample_of(sums, "sel"), sample_of(sums, "lot")
    hit, random = estimate(selected), estimate(lot)
    why_not, skipped = _codes(sums, "why."), _codes(sums, "skip.")
    let_go = sum(n for code, n in why_not.items() if code not in ("open", "overtaken"))
    chosen, clean = int(sums["sel.n"]), int(sums["clean.n"])
    return Overview(
        travellers=int(sums["n"]),
        selection=Part(chosen, int(sums["frame"])),
        inspection=Part(selected.count, chosen),
        override=Part(let_go, chosen),
        response=Part(lot.count, int(sums["lot.n"])),
        hit=hit,
        random=random,
        base=weighted(sums),
        lift=_sure_ratio(hit, random),
        coverage=estimate(Sample.simple(int(sums["lot.covered"]), lot.finds), lot.finds),
        wrongly=estimate(Sample.simple(int(sums["clean.selected"]), clean), clean),
        why_not=why_not,
        skipped=skipped,
        median_seconds=quantile({int(s): n for s, n in _codes(sums, "t.").items()}, 0.5),
        harm=tuple(_harm(sums, cause) for cause in CAUSES),
        open=int(sums["pending"]),
    )


def _sure_ratio(one: Estimate | None, other: Estimate | None) -> Ratio | None:
    """The ratio of two shares; None where either rests on too few finds."""
    enough = one is not None and other is not None and one.is_enough and other.is_enough
    return ratio(one, other) if enough else None


def _codes(sums: Sums, prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): int(n)
        for name, n in sums.items()
        if name.startswith(prefix) and n
    }


def _harm(sums: Sums, cause: str) -> Harm:
    clean, people = int(sums[f"harm.{cause}"]), sums["n"]
    return Harm(
        cause, int(sums[f"stops.{cause}"]), clean, clean / people * 10_000 if people else 0.0
    )


# --- rules, bands, months -------------------------------------------------------------------------


def _rule(key: Key, total: Mapping[Key, Sums], months: Months, whole: Overview) -> RuleFigures:
    sums = total[key]
    samples = [sample_of(sums, name) for name in ("sel", "oth")]
    precision = weighted(sums)
    return RuleFigures(
        name=key[1],
        kind=key[0],
        hits=int(sums["n"]),
        share=sums["n"] / whole.travellers if whole.travellers else None,
        unknown=int(sums["unknown"]),
        inspected=sum(sample.count for sample in samples),
        finds=sum(sample.finds for sample in samples),
        alone=int(sums["alone"]),
        precision=precision,
        lift=_sure_ratio(precision, whole.random),
        months=tuple(
            (month, int(cell["n"]), int(cell["unknown"]))
            for month, cell in (
                (m, cells.get(key, _NOTHING)) for m, cells in sorted(months.items())
            )
        ),
    )


def _band(value: str, sums: Sums) -> BandFigures:
    return BandFigures(int(value), int(sums["n"]), weighted(sums))


def _months(months: Months) -> tuple[MonthFigures, ...]:
    """Each month against the one before it."""
    if not months:
        return ()
    ordered = sorted(months.items())
    first = _month(*ordered[0], None)
    return (
        first,
        *(_month(*later, _scores(earlier)) for (_, earlier), later in pairwise(ordered)),
    )


def _scores(cells: Mapping[Key, Sums]) -> dict[str, float]:
    return {value: sums["n"] for value, sums in of(cells, "band")}


def _month(
    month: date, cells: Mapping[Key, Sums], before: Mapping[str, float] | None
) -> MonthFigures:
    whole = cells.get(WHOLE, _NOTHING)
    asked = of(cells, "rule")
    undecided = sum(sums["unknown"] for _, sums in asked)
    questions = whole["n"] * len(asked)
    return MonthFigures(
        month=month,
        travellers=int(whole["n"]),
        selected=int(whole["sel.n"]),
        finds=int(whole["sel.finds"] + whole["oth.finds"]),
        stability=psi(before, _scores(cells)) if before else None,
        unknown_rate=undecided / questions if questions else None,
    )


# --- groups ---------------------------------------------------------------------------------------

Column = Mapping[str, int]


def _groups(cells: Mapping[str, Sums], *, by_name: bool = False) -> tuple[GroupFigures, ...]:
    """The groups of one dimension, the largest first (ages in their order); cells of few people hidden, so that no
    total tells them.
    """
    people = _column(cells, "n")
    shown = disclosure.shown(people)
    hidden = frozenset(name for name, count in shown.items() if count is None)
    selected = disclosure.shown(_column(cells, "sel.n"), hidden)
    inspected = disclosure.shown(_column(cells, "sel.count"), hidden)
    finds = disclosure.shown(_column(cells, "sel.finds"), hidden)
    clean = disclosure.shown({name: _clean(sums) for name, sums in cells.items()}, hidden)
    asked = [name for name, count in shown.items() if (count or 0) >= disclosure.LEAST]
    chances = _against_rest(cells, asked, "sel.n", "frame")
    hits = _against_rest(cells, asked, "sel.finds", "sel.count")
    made = [
        GroupFigures(
            name=name,
            travellers=shown[name],
            selected=selected[name],
            inspected=inspected[name],
            finds=finds[name],
            ratio=_ratio(cells, name) if name in asked and selected[name] is not None else None,
            chance=chances.get(name) if selected[name] is not None else None,
            hit=_hit(cells[name]) if name in asked and finds[name] is not None else None,
            hit_chance=hits.get(name) if finds[name] is not None else None,
            harm=_per_10000(clean[name], people[name]) if name in asked else None,
        )
        for name in cells
    ]
    return tuple(sorted(made, key=lambda o: (0 if by_name else -(o.travellers or 0), o.name)))


def _column(cells: Mapping[str, Sums], name: str) -> dict[str, int]:
    return {value: int(sums[name]) for value, sums in cells.items()}


def _against_rest(
    cells: Mapping[str, Sums], names: Sequence[str], part: str, whole: str
) -> dict[str, float]:
    """How likely by chance each group differs so much from everybody else, all asked at once."""
    parts, wholes = _column(cells, part), _column(cells, whole)
    all_parts, all_wholes = sum(parts.values()), sum(wholes.values())
    chances = [
        difference(
            parts[one], wholes[one], all_parts - parts[one], all_wholes - wholes[one]
        )
        for one in names
    ]  # fmt: skip
    return dict(zip(names, adjusted(chances), strict=True))


def _ratio(cells: Mapping[str, Sums], name: str) -> Ratio | None:
    """The selection rate of a group over that of everybody else."""
    own = Sample.simple(int(cells[name]["sel.n"]), int(cells[name]["frame"]))
    parts, wholes = _column(cells, "sel.n"), _column(cells, "frame")
    rest = Sample.simple(sum(parts.values()) - own.finds, sum(wholes.values()) - own.count)
    return ratio(estimate(own), estimate(rest))


def _hit(sums: Sums) -> Estimate | None:
    sample = sample_of(sums, "sel")
    return estimate(sample) if sample.count >= disclosure.LEAST else None


def _clean(sums: Sums) -> int:
    """Travellers stopped by rules, lists or lot of whom nothing was found."""
    return int(sum(sums[f"harm.{cause}"] for cause in ("rule", "list", "lot")))


def _per_10000(clean: int | None, people: int) -> float | None:
    return None if clean is None else clean / people * 10_000


__all__ = [
    "CAUSES", "FEW_FINDS", "BandFigures", "Estimate", "Figures", "GroupFigures", "Harm",
    "MonthFigures", "Months", "Overview", "Part", "Ratio", "RuleFigures", "figures", "of", "summed", "weighted",
]  # fmt: skip
