"""Every row is looked for by the threshold of its own relation."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from risk_rules.names import BirthDate, Relation
from risk_rules.names.birth import relation
from risk_rules.names.portions import Portions, date_of, number_of

DATES = st.one_of(
    st.integers(1968, 1976).map(BirthDate),
    st.dates(dt.date(1968, 1, 1), dt.date(1976, 12, 31)).map(BirthDate.of),
    st.builds(BirthDate, st.integers(1968, 1976), st.sampled_from([2, 3]), st.sampled_from([2, 3])),
)
LEAST = {one: (at + 1) / 10 for at, one in enumerate(Relation)}


@given(DATES | st.none(), st.lists(DATES | st.none(), max_size=60))
def test_a_row_is_in_a_portion_of_its_threshold_and_in_two_at_most(
    born: BirthDate | None, listed: list[BirthDate | None]
) -> None:
    numbers = np.array(sorted(map(number_of, listed)), np.int32)
    portions = Portions(numbers).of(born, LEAST)
    for row, number in enumerate(numbers.tolist()):
        least = LEAST[relation(born, [date_of(number)] if number else [])]
        asked = [one.least for one in portions for first, last in one.ranges if first <= row < last]
        assert len(asked) <= 2
        if born is None or least == LEAST[Relation.SWAPPED]:
            assert min(asked) <= least
        else:
            assert least in asked


@given(DATES, st.lists(DATES | st.none(), max_size=60))
def test_ranges_are_in_order(born: BirthDate, listed: list[BirthDate | None]) -> None:
    numbers = np.array(sorted(map(number_of, listed)), np.int32)
    for one in Portions(numbers).of(born, LEAST):
        flat = [place for ranges in one.ranges for place in ranges]
        assert flat == sorted(flat)


def test_a_contradiction_that_is_never_told_is_not_looked_for() -> None:
    numbers = np.array([0, 19500305, 19700305], np.int32)
    portions = Portions(numbers).of(BirthDate(1970, 3, 5), LEAST | {Relation.CONTRADICTION: 2.0})
    assert not any(first <= 1 < last for one in portions for first, last in one.ranges)
