"""Ages in whole years, and the same day years before."""

from datetime import date

import pytest

from app.formats.ages import age_on, years_before


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [(date(2000, 3, 11), date(2026, 3, 10), 25), (date(2000, 3, 10), date(2026, 3, 10), 26),
     (date(2004, 2, 29), date(2026, 2, 28), 21), (date(2026, 3, 12), date(2026, 3, 10), -1),
     (None, date(2026, 3, 10), None)],
)  # fmt: skip
def test_age(birth: date | None, day: date, years: int | None) -> None:
    assert age_on(birth, day) == years


@pytest.mark.parametrize("years", [0, 1, 4, 54])
def test_so_many_years_before_a_day_gives_that_age_on_it(years: int) -> None:
    for day in (date(2024, 2, 29), date(2026, 5, 12)):
        assert age_on(years_before(day, years), day) == years
