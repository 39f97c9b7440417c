"""Waiting, queues, use and load in numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.plan.figures import (
    busiest_hour,
    figures,
    interval,
    over_seeds,
    percentile,
    queue_lengths,
)
from kiosk_sim.plan.model import Place, Staffing, Steps, Visit, simulate
from kiosk_sim.plan.people import Way
from tests.kiosk_sim.plan.halls import party


def test_percentiles_lie_between_the_nearest_two() -> None:
    assert percentile([10.0, 20.0, 30.0], 50) == 20.0
    assert percentile([0.0, 10.0], 95) == pytest.approx(9.5)
    assert percentile([], 95) == 0.0


@given(st.lists(st.floats(0, 1e6), min_size=1).map(sorted), st.floats(0, 100))
def test_a_percentile_is_never_outside(values: list[float], percent: float) -> None:
    assert values[0] <= percentile(values, percent) <= values[-1] * (1 + 1e-12)


def test_a_party_counts_as_its_people() -> None:
    family = party(0, 0.0, people=4, kiosk=100.0)
    second, third = party(1, 10.0, kiosk=10.0), party(2, 20.0, people=3, kiosk=10.0)
    found = figures(simulate([family, second, third], Staffing(1, 1, 1)))
    kiosk = found["places"]["kiosk"]
    assert found["people"] == 8
    assert found["parties"] == 3
    assert kiosk["served_people"] == 8
    assert kiosk["longest_queue"] == 4
    assert kiosk["wait_seconds"]["max"] == 90.0
    assert kiosk["wait_seconds"]["mean"] == pytest.approx((4 * 0 + 90 + 3 * 90) / 8)
    assert kiosk["utilisation"] == 1.0
    assert kiosk["utilisation_busiest_hour"] == pytest.approx(120 / 3600)


def test_who_is_served_at_once_was_never_in_the_queue() -> None:
    one, two = party(0, 0.0), party(1, 1.0, people=2)
    visits = [Visit(Place.LANE, one, 0.0, 0.0, 9.0), Visit(Place.LANE, two, 1.0, 9.0, 12.0)]
    assert queue_lengths(visits) == [(1.0, 2), (9.0, 0)]


def test_the_busiest_hour_is_found_across_the_clock() -> None:
    """Half an hour before and half an hour after the full hour are one hour of work."""
    visit = Visit(Place.OFFICER, party(0, 0.0), 1800.0, 1800.0, 5400.0)
    assert busiest_hour([visit], 2) == pytest.approx(0.5)


def test_what_referrals_cost_is_counted_by_officer() -> None:
    people = [
        party(0, 0.0, way=Way.GOODS, officer=600.0), party(1, 0.0, way=Way.RISK, officer=1200.0),
        party(2, 0.0), party(3, 0.0),
    ]  # fmt: skip
    load = figures(simulate(people, Staffing(4, 4, 2)))["officers"]
    assert load["parties_by_work"]["goods"] == load["parties_by_work"]["inspection"] == 1
    assert load["parties_per_officer"] == 1
    assert load["hours_per_officer"] == pytest.approx(0.25)
    assert load["share_of_parties"] == 0.5


def test_a_one_step_hall_has_gates_and_no_lanes() -> None:
    found = figures(simulate([party(0, 0.0)], Staffing(2, 0, 1, Steps.ONE)))
    assert list(found["places"]) == ["gate", "officer"]


def test_the_interval_of_a_mean_is_students() -> None:
    mean, half = interval([1.0, 2.0, 3.0, 4.0])
    assert mean == 2.5
    assert half == pytest.approx(3.182 * (5 / 3) ** 0.5 / 2)
    assert interval([7.0]) == (7.0, 0.0)


def test_several_seeds_keep_the_shape() -> None:
    found = over_seeds([{"a": {"b": 1.0}, "n": 2}, {"a": {"b": 3.0}, "n": 2}])
    assert found["n"] == {"mean": 2.0, "low": 2.0, "high": 2.0, "worst": 2}
    assert found["a"]["b"]["mean"] == 2.0
    assert found["a"]["b"]["worst"] == 3.0
    assert found["a"]["b"]["low"] == 0.0  # a time is not negative
