"""Which rows of a list are looked through for a birth date, and from what score on they count.

Rows are numbered by birth date, a year alone before the days of that year: how a traveller's date relates to the list's
is a range of numbers. A row is looked for by the threshold of its own relation: most rows near in years contradict or
are only near, and ask for much more than the same year does.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from risk_rules.names.birth import NEAR_YEARS_ALONE, SAME_YEARS, BirthDate, Relation, by_years
from risk_rules.names.spellings import Ids

Ranges = list[tuple[int, int]]
"""Rows from the first up to the last, which is not one of them; in order, none twice."""
Least = Mapping[Relation, float]
"""The least score per relation of the birth dates."""

_LAST_YEAR = 2200
_BY_YEARS = (Relation.YEAR, Relation.NEAR, Relation.CONTRADICTION)
_KINDS = {
    alone: [_BY_YEARS.index(by_years(apart, alone=alone)) for apart in range(NEAR_YEARS_ALONE + 1)]
    for alone in (True, False)
}
"""Which of these, by how many years apart."""


class Portion(NamedTuple):
    """Rows that count from a score on. ``by_words``: those that hold a telling word, else (they are few) all of them."""

    least: float
    ranges: Ranges
    by_words: bool = True


def number_of(born: BirthDate | None) -> int:
    """YYYYMMDD, YYYY0000, or 0."""
    return 0 if born is None else born.year * 10_000 + born.month * 100 + born.day


def date_of(number: int) -> BirthDate:
    """The other way round, of a number that is not 0."""
    return BirthDate(number // 10_000, number // 100 % 100, number % 100)


class Portions:
    """The portions of a list, whose rows have these dates (:func:`number_of`, in order)."""

    def __init__(self, dates: Ids) -> None:
        self._dates = dates
        years = np.arange(_LAST_YEAR + 1, dtype=np.int32) * np.int32(10_000)
        self._years: list[int] = dates.searchsorted(years).tolist()
        self._days: list[int] = dates.searchsorted(years + np.int32(1)).tolist()

    def of(self, born: BirthDate | None, least: Least) -> list[Portion]:
        """Every row is in the portion of its relation; some are in one of a higher or lower score too."""
        undated = self._years[1]
        if born is None:
            none = min(least[Relation.LIST_HAS_NONE], least[Relation.TRAVELLER_HAS_NONE])
            return [Portion(none, [(0, len(self._dates))])]
        days = self._same_days(born) if born.month else {}
        found = [Portion(least[Relation.LIST_HAS_NONE], [(0, undated)])]
        if same := days.get(born.year):
            close = min(least[Relation.EXACT], least[Relation.SWAPPED])
            found.append(Portion(close, same, by_words=False))
        for related, ranges in zip(_BY_YEARS, self._by_years(born, days), strict=True):
            if least[related] <= 1:
                found.append(Portion(least[related], ranges))
        return found

    def _by_years(self, born: BirthDate, days: Mapping[int, Ranges]) -> Sequence[Ranges]:
        """Ranges of all rows with a date by their relation; those of the day itself are in their year's."""
        found: tuple[Ranges, ...] = ([], [], [])
        year, _, against = found
        alone, other = _KINDS[True], _KINDS[not born.month]
        at = self._years[1]
        for apart in range(-NEAR_YEARS_ALONE, NEAR_YEARS_ALONE + 1):
            now = born.year + apart
            if not 1 <= now < _LAST_YEAR:
                continue
            begin, day, end = self._years[now], self._days[now], self._years[now + 1]
            against.append((at, begin))
            found[alone[abs(apart)]].append((begin, day))
            found[other[abs(apart)]].append((day, end))
            if apart and other is not alone:
                year += days.get(now, ())
            at = end
        against.append((at, len(self._dates)))
        return [[one for one in ranges if one[0] < one[1]] for ranges in found]

    def _same_days(self, born: BirthDate) -> dict[int, Ranges]:
        """Rows of the same day, and of that with day and month swapped, of the years that count as the same."""
        turned = sorted({(born.month, born.day), (born.day, born.month)})
        years = range(born.year - SAME_YEARS, born.year + SAME_YEARS + 1)
        numbers = [
            year * 10_000 + month * 100 + day + more
            for year in years
            for month, day in turned
            for more in (0, 1)
        ]
        bounds = self._dates.searchsorted(np.array(numbers, np.int32)).tolist()
        ranges = list(zip(bounds[::2], bounds[1::2], strict=True))
        each = len(turned)
        return {
            year: [one for one in ranges[at * each : (at + 1) * each] if one[0] < one[1]]
            for at, year in enumerate(years)
        }
