"""Rates from counts, against rates from the scores themselves; and the plot of them."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.face.det import draw
from kiosk_sim.face.scores import BLOCK, WIDTH, Rate, Scores, across, between


def faces(
    people: int, each: int, seed: int = 1, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(people, 128)), each, axis=0)
    vectors = centres + spread * chance.normal(size=centres.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), np.repeat(np.arange(people), each)


def plain(vectors: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The scores of all pairs, the slow way."""
    scores = vectors @ vectors.T
    upper = np.triu(np.ones_like(scores, bool), 1)
    same = owners[:, None] == owners[None, :]
    return scores[same & upper], scores[~same & upper]


@given(st.integers(0, 100), st.floats(-0.9, 0.95))
def test_both_errors_are_what_counting_the_scores_one_by_one_gives(seed: int, at: float) -> None:
    vectors, owners = faces(12, 3, seed)
    genuine, impostor = plain(vectors, owners)
    threshold = round((at + 1) / WIDTH) * WIDTH - 1
    found = between(vectors, owners)
    near = lambda scores: int((abs(scores - threshold) < 1e-5).sum())  # noqa: E731
    match, miss = found.false_match(threshold), found.false_non_match(threshold)
    assert (match.trials, miss.trials) == (len(impostor), len(genuine))
    assert abs(match.events - int((impostor >= threshold).sum())) <= near(impostor)
    assert abs(miss.events - int((genuine < threshold).sum())) <= near(genuine)


def test_blocks_leave_no_pair_out_and_count_none_twice() -> None:
    vectors, owners = faces(BLOCK // 2 + 40, 2)
    found = between(vectors, owners)
    n = len(vectors)
    assert found.genuine.sum() == n // 2
    assert found.genuine.sum() + found.impostor.sum() == n * (n - 1) // 2


def test_of_two_groups_everybody_meets_everybody() -> None:
    ones, others = faces(5, 2)[0], faces(7, 1, 2)[0]
    assert across(ones, others).impostor.sum() == 70


def test_the_threshold_for_a_rate_is_the_lowest_that_keeps_it() -> None:
    found = between(*faces(60, 2, spread=2.0))
    threshold = found.threshold_at(0.01)
    assert threshold is not None
    assert found.false_match(threshold).value <= 0.01
    assert found.false_match(threshold - WIDTH).value > 0.01
    assert found.threshold_at(1e-9) is None, "too few comparisons to say"


def test_equal_error_lies_where_both_meet() -> None:
    found = between(*faces(80, 3, spread=2.5))
    equal = found.equal_error()
    assert equal is not None
    threshold, rate = equal
    match, miss = found.false_match(threshold).value, found.false_non_match(threshold).value
    assert min(match, miss) <= rate <= max(match, miss)
    assert abs(match - miss) < 0.02


def test_nothing_compared_is_nothing_measured() -> None:
    empty = between(np.zeros((0, 128), np.float32), np.zeros(0, np.int64))
    assert empty.equal_error() is None
    assert empty.false_match(0.4).told()["rate"] is None
    assert list(empty.curve()) == []


def test_no_error_in_so_many_is_the_rule_of_three() -> None:
    assert Rate(0, 3000).interval == pytest.approx((0.0, 0.001), abs=5e-6)
    assert Rate(0, 1).interval == pytest.approx((0.0, 0.95))
    low, high = Rate(10, 1000).interval
    assert low < 0.01 < high
    assert (low, high) == pytest.approx((0.00544, 0.01831), abs=1e-4)  # Wilson, by hand


def test_the_plot_is_a_picture_with_a_line_a_group_that_only_falls() -> None:
    groups = {"all": between(*faces(60, 3, spread=2.0)), "a <b>": between(*faces(60, 3, 2, 2.0))}
    tree = ET.fromstring(draw(groups))
    lines = tree.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    for line in lines:
        points = [tuple(map(float, one.split(","))) for one in line.attrib["points"].split()]
        assert len(points) > 3
        assert points == sorted(points, key=lambda point: -point[0])
        assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert "a <b>" in "".join(tree.itertext())


def test_scores_beyond_the_ends_by_rounding_are_counted_at_them() -> None:
    one = np.zeros((2, 128), np.float32)
    one[:, 0] = 1.0000001
    found = between(one, np.array([0, 0]))
    assert found.genuine[-1] == 1
    assert isinstance(found, Scores)
