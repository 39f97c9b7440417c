"""Five points as numbers: what turns, rolls and stands where."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.face.geometry import (
    Face,
    in_front,
    inter_ocular,
    is_inside,
    likeness,
    luma,
    mean_of,
    nose_offset,
    roll,
    sharpness,
    unit,
)

POINTS = np.array([[100, 100], [200, 100], [150, 160], [115, 200], [185, 200]], np.float32)


def face(left: float, top: float, size: float) -> Face:
    points = (POINTS - 100) * (size / 100) + np.array([left, top])
    row = np.array([left, top, size, size, *points.ravel(), 0.9], np.float32)
    return Face.of(row)


def turned(points: np.ndarray, degrees: float, scale: float = 1.0) -> np.ndarray:
    angle = math.radians(degrees)
    matrix = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    return (points @ matrix.T).astype(np.float32)


def test_a_nose_in_the_middle_looks_straight_ahead() -> None:
    assert nose_offset(POINTS) == 0
    assert inter_ocular(POINTS) == 100


def test_a_nose_towards_the_left_eye_is_turned_to_the_persons_left() -> None:
    points = POINTS.copy()
    points[2, 0] += 25
    assert nose_offset(points) == pytest.approx(0.25)


@given(st.floats(-40, 40), st.floats(-80, 80), st.floats(0.2, 5))
def test_the_offset_minds_neither_roll_nor_size(shift: float, degrees: float, scale: float) -> None:
    points = POINTS.copy()
    points[2, 0] += shift
    moved = turned(points, degrees, scale)
    assert nose_offset(moved) == pytest.approx(shift / 100, abs=1e-3)
    assert roll(moved) == pytest.approx(degrees, abs=1e-2)


def test_eyes_in_one_point_are_no_division_by_zero() -> None:
    assert nose_offset(np.zeros((5, 2), np.float32)) == 0


def test_a_face_moves_with_the_corner_of_its_picture() -> None:
    moved = face(10, 20, 100).moved(5, 7)
    assert moved.box == (15, 27, 100, 100)
    assert (moved.points - face(10, 20, 100).points == [5, 7]).all()


def test_who_stands_far_behind_does_not_count() -> None:
    near, beside, behind = face(0, 0, 100), face(200, 0, 51), face(300, 0, 49)
    assert in_front([behind, beside, near]) == [near, beside]


def test_nobody_is_nobody() -> None:
    assert in_front([]) == []


def test_a_face_at_the_edge_is_not_inside() -> None:
    assert is_inside(face(200, 200, 100), 600, 600)
    assert not is_inside(face(10, 200, 100), 600, 600)
    assert not is_inside(face(200, 200, 100), 320, 600)


def test_sharpness_is_lost_by_blurring_and_brightness_is_not() -> None:
    chance = np.random.default_rng(1)
    sharp = chance.integers(0, 255, (112, 112, 3), dtype=np.uint8)
    blurred = sharp.copy()
    blurred[1:-1] = sharp[:-2] // 3 + sharp[1:-1] // 3 + sharp[2:] // 3
    assert sharpness(blurred) < sharpness(sharp) / 2
    assert luma(np.full((4, 4, 3), 90, np.uint8)) == pytest.approx(90, abs=0.1)


def test_the_mean_of_noisy_vectors_is_nearer_to_the_truth_than_each() -> None:
    chance = np.random.default_rng(2)
    truth = unit(chance.normal(size=128).astype(np.float32))
    seen = [unit(truth + 0.1 * chance.normal(size=128).astype(np.float32)) for _ in range(3)]
    assert likeness(mean_of(seen), truth) > max(likeness(one, truth) for one in seen)


def test_likeness_stays_between_minus_one_and_one() -> None:
    one = unit(np.ones(128, np.float32))
    assert likeness(one, one) == pytest.approx(1, abs=1e-6)
    assert likeness(one, one) <= 1
    assert likeness(one, -one) >= -1
