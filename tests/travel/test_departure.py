"""When a list at departure in several parts is whole, in whatever order its parts come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.travel.departure import TOGETHER, Part, Seen, Whole, whole_of
from app.travel.models import Boarding

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
TEN = NINE + 2 * TOGETHER


def part(number: int, *, last: bool = False, names: bool = True, at: datetime = NINE) -> Seen:
    return Seen(Part(number, last), names, at)


def test_a_list_is_whole_from_its_first_part_on() -> None:
    a_minute_later = NINE + timedelta(minutes=1)
    seen = [part(1), part(2, at=a_minute_later), part(3, last=True, at=a_minute_later)]
    assert whole_of(seen, Boarding.ON_BOARD) == Whole(complete=True, since=NINE)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [part(1)],
        [part(1), part(2)],
        [part(2, last=True)],
        [part(1), part(3, last=True)],
        [part(1), part(1), part(3, last=True)],
        [part(1), part(2, last=True, at=TEN)],  # of another sending
    ],
)
def test_a_list_with_a_part_missing_says_nothing(seen: list[Seen]) -> None:
    for boarding in Boarding:
        assert whole_of(seen, boarding) == Whole(complete=False, since=None)


def test_a_later_sending_counts_once_it_is_complete_itself() -> None:
    seen = [part(1), part(2, last=True), part(1, at=TEN), part(2, at=TEN)]
    assert whole_of(seen, Boarding.ON_BOARD).since == NINE
    seen.append(part(3, last=True, at=TEN))
    assert whole_of(seen, Boarding.ON_BOARD).since == TEN


def test_a_list_that_names_nobody_speaks_only_of_those_left_behind() -> None:
    seen = [part(1, names=False), part(2, last=True, names=False)]
    assert whole_of(seen, Boarding.ON_BOARD) == Whole(complete=True, since=None)
    assert whole_of(seen, Boarding.LEFT_BEHIND) == Whole(complete=True, since=NINE)


SEEN = st.builds(
    Seen,
    st.builds(Part, st.integers(1, 3), st.booleans()),
    st.booleans(),
    st.integers(0, 5).map(lambda n: NINE + n * TOGETHER / 2),
)


@given(st.lists(SEEN, max_size=8), st.data())
def test_order_and_repetition_are_nothing_and_more_parts_never_take_back(
    seen: list[Seen], data: st.DataObject
) -> None:
    """What a flight knows may therefore be kept as the newest answer that there ever was."""
    boarding = data.draw(st.sampled_from(Boarding))
    mixed = data.draw(st.permutations([*seen, *seen[:2]]))
    assert whole_of(mixed, boarding) == whole_of(seen, boarding)
    answers = [whole_of(mixed[:count], boarding) for count in range(len(mixed) + 1)]
    moments = [one.since for one in answers if one.since]
    assert moments == sorted(moments)
    assert [one.complete for one in answers] == sorted(one.complete for one in answers)
