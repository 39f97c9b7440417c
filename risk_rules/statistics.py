"""What outcomes prove, and how surely: shares with intervals, weighted where not everybody was looked at. Pure.

Outcomes exist for the inspected alone, and those were chosen. A traveller who was inspected with probability
`p` therefore stands for 1/p travellers (Horvitz and Thompson); a share is the ratio of two such sums (Hájek),
its interval Wilson's for the number of simple observations that would be as precise (Korn and Graubard).
Everything is computed from sums that add up over days, sites and rules: see `Sample`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Self

Z = 1.959963984540054
"""Two-sided 95 %."""

FEW_FINDS = 10
"""Below so many finds no share is worth a figure: it is said that there are not enough outcomes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Inspected travellers as sums: how many, how many finds, and of their weights w = 1/p the sums of
    w, w^2, w of finds, w^2 of finds. Samples add up.
    """

    count: int = 0
    finds: int = 0
    w: float = 0.0
    w2: float = 0.0
    wy: float = 0.0
    w2y: float = 0.0

    @classmethod
    def of(cls, probability: float, *, found: bool) -> Self:
        """One inspected traveller. Raises ValueError unless 0 < probability <= 1."""
        if not 0 < probability <= 1:
            raise ValueError("an inspection has a probability above 0")
        w = 1 / probability
        return cls(1, int(found), w, w * w, w * found, w * w * found)

    @classmethod
    def simple(cls, finds: int, count: int) -> Self:
        """`count` travellers of equal weight, `finds` of them with a find."""
        return cls(count, finds, count, count, finds, finds)

    def __add__(self, other: "Sample") -> "Sample":
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Sample(*(one + two for one, two in pairs))

    def standing_for(self, population: float) -> "Sample":
        """The same travellers, weighted to stand for `population` (what is known beats what is estimated).

        This is also how those who should have been inspected and were not are made up for: within a
        stratum the inspected stand for the others.
        """
        if not self.w:
            return self
        a = population / self.w
        return Sample(
            self.count, self.finds, self.w * a, self.w2 * a * a, self.wy * a, self.w2y * a * a
        )

    @property
    def share(self) -> float | None:
        """Finds among travellers, weighted; None where nobody was inspected."""
        return self.wy / self.w if self.w else None

    @property
    def effective(self) -> float:
        """How many simple observations would be as precise."""
        if not self.w:
            return 0.0
        share = self.wy / self.w
        spread = (self.w2y * (1 - 2 * share) + share * share * self.w2) / (self.w * self.w)
        if 0 < share < 1 and spread > 0:
            return share * (1 - share) / spread
        return self.w * self.w / self.w2  # nothing (or all) found: Kish's number


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval of 95 %, and the counts it rests on: ``outcomes`` are the finds that it is about
    (or that it is a share of); of too few no figure is made.
    """

    share: float
    low: float
    high: float
    finds: int
    count: int
    effective: float
    outcomes: int

    @property
    def is_enough(self) -> bool:
        return self.outcomes >= FEW_FINDS


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quotient of two shares with its interval of 95 %."""

    value: float
    low: float
    high: float


def wilson(finds: float, count: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of a share; (0, 1) of nothing. `count` may be an effective number.

    Of none the lower end is 0, of all the upper end 1: exactly, which the formula misses by the last digits.
    """
    if count <= 0:
        return 0.0, 1.0
    share, zz = finds / count, z * z
    middle = share + zz / (2 * count)
    reach = z * math.sqrt(max(share * (1 - share), 0.0) / count + zz / (4 * count * count))
    scale = 1 + zz / count
    low = (middle - reach) / scale if finds > 0 else 0.0
    high = (middle + reach) / scale if finds < count else 1.0
    return max(0.0, low), min(1.0, high)


def estimate(sample: Sample, outcomes: int | None = None) -> Estimate | None:
    """The weighted share of a sample with its interval; None where nobody was inspected. `outcomes`: where
    it is a share of finds, how many those are.
    """
    share, effective = sample.share, sample.effective
    if share is None:
        return None
    low, high = wilson(share * effective, effective)
    known = sample.finds if outcomes is None else outcomes
    return Estimate(share, low, high, sample.finds, sample.count, effective, known)


def combined(strata: Iterable[tuple[float, Sample]]) -> Estimate | None:
    """The share over strata of known population. A stratum in which nobody was inspected says nothing:
    it is left out, and the estimate speaks of the others.
    """
    total = Sample()
    for population, sample in strata:
        total += sample.standing_for(population)
    return estimate(total)


def ratio(one: Estimate | None, other: Estimate | None) -> Ratio | None:
    """One share over the other, interval by the logarithm (Katz); None where either is 0 or unknown."""
    if one is None or other is None or not (one.share and other.share):
        return None
    value = one.share / other.share
    spread = sum((1 - e.share) / (e.share * e.effective) for e in (one, other))
    reach = math.exp(Z * math.sqrt(max(spread, 0.0)))
    return Ratio(value, value / reach, value * reach)


# --- is a difference more than chance? ------------------------------------------------------------


def difference(finds: int, count: int, other_finds: int, other_count: int) -> float:
    """The probability of a difference at least so unlikely if both shares were the same.

    Fisher's exact test where counts are small, the pooled z-test where they are not; 1 without data.
    """
    whole, hits = count + other_count, finds + other_finds
    if not count or not other_count or hits in (0, whole):
        return 1.0
    expected = min(count, other_count) * min(hits, whole - hits) / whole
    if expected < 50:
        return _fisher(finds, count, hits, whole)
    pooled = hits / whole
    spread = math.sqrt(pooled * (1 - pooled) * (1 / count + 1 / other_count))
    return math.erfc(abs(finds / count - other_finds / other_count) / spread / math.sqrt(2))


def _fisher(finds: int, count: int, hits: int, whole: int) -> float:
    """Two-sided: all tables that are not likelier than the one at hand."""

    def chance(x: int) -> float:
        return math.exp(_choose(hits, x) + _choose(whole - hits, count - x) - _choose(whole, count))

    limit = chance(finds) * (1 + 1e-9)
    lowest, highest = max(0, count - (whole - hits)), min(count, hits)
    chances = map(chance, range(lowest, highest + 1))
    return min(1.0, math.fsum(one for one in chances if one <= limit))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def adjusted(chances: Sequence[float]) -> list[float]:
    """The same probabilities for many questions asked at once (Benjamini and Hochberg): calling those up to
    0.05 different is wrong in one of twenty calls, not in one of twenty questions.
    """
    order = sorted(range(len(chances)), key=chances.__getitem__, reverse=True)
    made, least = [1.0] * len(chances), 1.0
    for place, index in enumerate(order):
        least = min(least, chances[index] * len(chances) / (len(chances) - place))
        made[index] = least
    return made


# --- scores ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brier:
    """Mean squared error of a forecast, of the base rate as forecast, and how much the first is better
    (1 perfect, 0 no better than the base rate, below 0 worse).
    """

    score: float
    base: float

    @property
    def skill(self) -> float:
        return 1 - self.score / self.base


def brier(months: Sequence[Mapping[str, Sample]]) -> Brier | None:
    """How well score bands foretell finds. Each month is foretold by the shares of its bands in the other
    months: a forecast judged by the outcomes that it was made of would always look good. None below two
    months with outcomes, or without a find.
    """
    known = [month for month in months if any(sample.w for sample in month.values())]
    error = base = weight = 0.0
    for place, month in enumerate(known):
        bands = _summed(known[:place] + known[place + 1 :])
        usual = sum(bands.values(), Sample()).share
        if usual is None:
            continue
        for band, sample in month.items():
            told = bands.get(band, Sample()).share
            error += _squares(sample, usual if told is None else told)
            base += _squares(sample, usual)
            weight += sample.w
    return Brier(error / weight, base / weight) if weight and base else None


def _summed(months: Iterable[Mapping[str, Sample]]) -> dict[str, Sample]:
    bands: dict[str, Sample] = {}
    for month in months:
        for band, sample in month.items():
            bands[band] = bands.get(band, Sample()) + sample
    return bands


def _squares(sample: Sample, told: float) -> float:
    return sample.wy * (1 - told) ** 2 + (sample.w - sample.wy) * told**2


def psi(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """Population stability index of two distributions: below 0.1 alike, above 0.25 another population.

    Half a count is added to each class, so that an empty one costs something finite. None without data.
    """
    if not any(before.values()) or not any(after.values()):
        return None
    names = before.keys() | after.keys()
    was = {name: before.get(name, 0) + 0.5 for name in names}
    now = {name: after.get(name, 0) + 0.5 for name in names}
    all_was, all_now = math.fsum(was.values()), math.fsum(now.values())
    parts = ((now[name] / all_now, was[name] / all_was) for name in names)
    return math.fsum((one - two) * math.log(one / two) for one, two in parts)


def quantile(histogram: Mapping[int, int], share: float) -> int | None:
    """The nearest rank: the least value that `share` of all do not exceed; None of nothing."""
    total = sum(histogram.values())
    wanted, seen = math.ceil(share * total), 0
    for value in sorted(histogram):
        seen += histogram[value]
        if total and seen >= max(wanted, 1):
            return value
    return None
