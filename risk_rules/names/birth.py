"""Birth dates, whole or in part, and how two of them relate."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SAME_YEARS = 1
"""Years of birth this far apart count as the same where day and month agree or only a year is known."""
NEAR_YEARS = 2
NEAR_YEARS_ALONE = 3
"""How far apart years of birth may be and still be near; the latter where only a year is known."""

_TEXT = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?", re.ASCII)


class Relation(StrEnum):
    """How a traveller's birth date relates to the list's, the surest first."""

    EXACT = "exact"
    SWAPPED = "swapped"
    YEAR = "year"
    NEAR = "near"
    LIST_HAS_NONE = "list_has_none"
    TRAVELLER_HAS_NONE = "traveller_has_none"
    CONTRADICTION = "contradiction"


_ORDER = tuple(Relation)


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A year, or a day. The first of January is what is written when only the year is known, so
    it counts as a year on both sides.
    """

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> "BirthDate":
        """From `1970` or `1970-05-31`. Raises ValueError without the text."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError("a birth date is YYYY or YYYY-MM-DD")
        year, month, day = found.groups()
        if month is None:
            return cls(int(year))
        try:
            return cls.of(dt.date(int(year), int(month), int(day)))
        except ValueError:
            raise ValueError("a birth date is YYYY or YYYY-MM-DD") from None

    @classmethod
    def of(cls, day: dt.date) -> "BirthDate":
        """From a full date."""
        if (day.month, day.day) == (1, 1):
            return cls(day.year)
        return cls(day.year, day.month, day.day)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}" if self.month else f"{self.year:04}"


def relation(traveller: BirthDate | None, listed: Iterable[BirthDate]) -> Relation:
    """The surest relation to any of the listed dates."""
    dates = tuple(listed)
    if not dates:
        return Relation.LIST_HAS_NONE
    if traveller is None:
        return Relation.TRAVELLER_HAS_NONE
    return min((_relate(traveller, date) for date in dates), key=_ORDER.index)


def _relate(one: BirthDate, other: BirthDate) -> Relation:
    apart = abs(one.year - other.year)
    if not one.month or not other.month:
        return by_years(apart, alone=True)
    if one == other:
        return Relation.EXACT
    if (one.month, one.day) in ((other.month, other.day), (other.day, other.month)):
        if apart == 0:
            return Relation.SWAPPED
        if apart <= SAME_YEARS:
            return Relation.YEAR
    return by_years(apart, alone=False)


def by_years(apart: int, *, alone: bool) -> Relation:
    """How dates relate whose years are so far apart; ``alone``: of one of them only the year is known. Of two days,
    neither is the other, with day and month swapped or not.
    """
    if apart <= (SAME_YEARS if alone else 0):
        return Relation.YEAR
    near = NEAR_YEARS_ALONE if alone else NEAR_YEARS
    return Relation.NEAR if apart <= near else Relation.CONTRADICTION
