"""The limiter against a bucket that is counted by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.limits import Limiter, Rate, TooManyRequestsError


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


RATE = Rate(6, 60.0)


def test_a_minutes_calls_at_once_then_one_each_ten_seconds() -> None:
    hand = Hand()
    limiter = Limiter(hand)
    assert [limiter.take("a", RATE).left for _ in range(6)] == [5, 4, 3, 2, 1, 0]
    refused = limiter.take("a", RATE)
    assert (refused.allowed, refused.retry_after, refused.reset) == (False, 10, 60)
    hand.now = 9.9
    assert not limiter.take("a", RATE).allowed
    hand.now = 10.0
    assert limiter.take("a", RATE).allowed
    assert not limiter.take("a", RATE).allowed
    assert limiter.take("b", RATE).left == 5


def test_what_is_refused_costs_nothing() -> None:
    hand = Hand()
    limiter = Limiter(hand)
    for _ in range(100):
        limiter.take("a", RATE)
    hand.now = 60.0
    assert limiter.take("a", RATE).left == 5


def test_dear_calls_cost_several() -> None:
    limiter = Limiter(Hand())
    assert limiter.take("a", RATE, 4).left == 2
    assert not limiter.take("a", RATE, 4).allowed
    assert limiter.take("a", RATE, 2).allowed


def test_a_route_may_have_a_limit_of_its_own() -> None:
    limiter = Limiter(Hand())
    limiter.expect("a", Rate(1, 30.0))
    with pytest.raises(TooManyRequestsError) as refused:
        limiter.expect("a", Rate(1, 30.0))
    assert refused.value.retry_after == 30
    limiter.forget("a")
    limiter.expect("a", Rate(1, 30.0))
    limiter.expect("a", Rate(0))  # no limit


def test_memory_is_bounded() -> None:
    limiter = Limiter(Hand(), most=2)
    for key in "abc":
        limiter.take(key, Rate(1))
    assert limiter.take("a", Rate(1)).allowed
    assert not limiter.take("c", Rate(1)).allowed


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=60),
)
def test_it_is_a_bucket_that_fills_steadily(calls: int, steps: list[tuple[int, int]]) -> None:
    hand = Hand()
    limiter, rate, full = Limiter(hand), Rate(calls, 60.0), Fraction(calls)
    level = full
    for seconds, taken in steps:
        hand.now += seconds
        level = min(full, level + Fraction(seconds * calls, 60))
        verdict = limiter.take("a", rate, taken)
        assert verdict.allowed == (taken <= level)
        if verdict.allowed:
            level -= taken
            assert verdict.left == int(level)
