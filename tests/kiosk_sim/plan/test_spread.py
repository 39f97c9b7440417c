"""Distributions of seconds: drawn as they are written."""

import random
import statistics

import pytest

from kiosk_sim.plan.figures import percentile
from kiosk_sim.plan.spread import Handling, Measured, Memoryless, Spread, spread_of


def _drawn(spread: Spread, count: int = 20_000) -> list[float]:
    chance = random.Random(3)
    return sorted(spread.draw(chance) for _ in range(count))


def test_what_people_do_has_the_median_and_the_p95_that_it_was_given() -> None:
    found = _drawn(Handling(20, 90))
    assert percentile(found, 50) == pytest.approx(20, rel=0.03)
    assert percentile(found, 95) == pytest.approx(90, rel=0.05)


def test_memoryless_has_its_mean() -> None:
    assert statistics.fmean(_drawn(Memoryless(40))) == pytest.approx(40, rel=0.03)


def test_what_was_measured_comes_back_each_as_often() -> None:
    found = _drawn(Measured((1.0, 2.0, 4.0)))
    assert set(found) == {1.0, 2.0, 4.0}
    assert found.count(4.0) / len(found) == pytest.approx(1 / 3, rel=0.05)


@pytest.mark.parametrize(
    "given", [12, 0, {"median": 3, "p95": 9.5}, {"mean": 4}, {"values": [1, 2]}]
)
def test_spreads_are_read_as_they_are_written(given: object) -> None:
    spread = spread_of(given)
    assert spread_of(spread.plain()) == spread


@pytest.mark.parametrize(
    "given",
    [-1, True, "3", None, [], {}, {"median": 5}, {"median": 9, "p95": 5}, {"median": 0, "p95": 5}, {"mean": 0},
     {"values": []}, {"values": [1, -2]}, {"values": 3}, float("nan"), float("inf"), {"mean": 1, "p95": 2}],
)  # fmt: skip
def test_what_is_no_time_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="seconds are"):
        spread_of(given)
