"""Which rows of a list are looked through for a birth date, and from what score on they count.

Rows are numbered by birth date, a year alone before the days of that year: how a traveller's date relates to the list's
is a range of numbers. A row is looked for by the threshold of its own relation: most rows near in years contradict or
are only near, and ask for much more than the same year does.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from risk_rules.names.birth import NEAR_YEARS_ALONE, SAME_YEARS, BirthDate, Relation, by_years
from risk_rules.names.spellings import Ids

Ranges = list[tuple[int, int]]
"""Rows from the first up to the last, which is not one of them; in order, none twice."""
Least = Mapping[Relation, float]
"""The least score per relation of the birth dates."""

_LAST_YEAR = 2200


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
        ranges: dict[Relation, Ranges] = {}
        for related, first, last in self._by_relation(born, days):
            if first < last:
                ranges.setdefault(related, []).append((first, last))
        found += [Portion(least[one], told) for one, told in ranges.items() if least[one] <= 1]
        return found

    def _by_relation(
        self, born: BirthDate, days: Mapping[int, Ranges]
    ) -> Iterator[tuple[Relation, int, int]]:
        """Relation and range of all rows with a date, in order; those of the day itself in their year's."""
        at = self._years[1]
        around = range(born.year - NEAR_YEARS_ALONE, born.year + NEAR_YEARS_ALONE + 1)
        for year in around:
            if not 1 <= year < _LAST_YEAR:
                continue
            apart, begin = abs(year - born.year), self._years[year]
            yield Relation.CONTRADICTION, at, begin
            day, at = self._days[year], self._years[year + 1]
            yield by_years(apart, alone=True), begin, day
            yield by_years(apart, alone=not born.month), day, at
            if 0 < apart <= SAME_YEARS:
                for first, last in days.get(year, ()):
                    yield Relation.YEAR, first, last
        yield Relation.CONTRADICTION, at, len(self._dates)

    def _same_days(self, born: BirthDate) -> dict[int, Ranges]:
        """Rows of the same day, and of that with day and month swapped, of the years that count as the same."""
        turned = sorted({(born.month, born.day), (born.day, born.month)})
        years = range(born.year - SAME_YEARS, born.year + SAME_YEARS + 1)
        numbers = [number_of(BirthDate(year, *day)) for year in years for day in turned]
        bounds = self._bounds(numbers)
        each = len(turned)
        return {year: bounds[at * each : (at + 1) * each] for at, year in enumerate(years)}

    def _bounds(self, numbers: Sequence[int]) -> Ranges:
        wanted = np.array([(number, number + 1) for number in numbers], np.int32)
        return [(first, last) for first, last in self._dates.searchsorted(wanted).tolist()]
