"""The turn of the head: what passes it, and what does not."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.challenge import HeadTurn, Phase, Side
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.geometry import nose_offset, unit

ME = unit(np.array([1, 0, 0], np.float32))
OTHER = unit(np.array([0.3, 1, 0], np.float32))


def test_a_turn_to_the_side_that_was_asked_for_and_back_is_done() -> None:
    turn = HeadTurn(Side.LEFT, 0.0, ME)
    seen = [turn.see(offset, ME) for offset in (0.1, 0.21, 0.15, 0.05)]
    assert seen == [Phase.TURN, Phase.RETURN, Phase.RETURN, Phase.DONE]


def test_the_other_side_does_not_count() -> None:
    turn = HeadTurn(Side.RIGHT, 0.0, ME)
    assert turn.see(0.5, ME) is Phase.TURN
    assert turn.see(-0.21, ME) is Phase.RETURN


def test_whoever_looked_aside_at_first_must_turn_by_as_much_all_the_same() -> None:
    turn = HeadTurn(Side.LEFT, 0.1, ME)
    assert turn.see(0.29, ME) is Phase.TURN
    assert turn.see(0.31, ME) is Phase.RETURN


def test_another_face_in_between_loses_it_for_good() -> None:
    turn = HeadTurn(Side.LEFT, 0.0, ME)
    turn.see(0.25, ME)
    assert turn.see(0.0, OTHER) is Phase.LOST
    assert turn.see(0.0, ME) is Phase.LOST


def test_who_changes_little_by_little_is_found_out_at_the_end() -> None:
    steps = [unit(np.array([np.cos(a), np.sin(a), 0], np.float32)) for a in (0.0, 0.7, 1.4)]
    turn = HeadTurn(Side.LEFT, 0.0, steps[0])
    assert turn.see(0.25, steps[1]) is Phase.RETURN
    assert turn.see(0.0, steps[2]) is Phase.LOST


@given(st.lists(st.tuples(st.floats(-1, 1), st.sampled_from([ME, OTHER])), max_size=12))
def test_it_is_never_done_without_a_turn_and_never_with_two_faces(
    frames: list[tuple[float, np.ndarray]],
) -> None:
    turn = HeadTurn(Side.LEFT, 0.0, ME)
    phases = [turn.see(offset, face) for offset, face in frames]
    if Phase.DONE in phases:
        before = frames[: phases.index(Phase.DONE) + 1]
        assert max(offset for offset, _ in before) >= 0.2
        assert all(face is ME for _, face in before)


def swung(picture: np.ndarray, degrees: float, roll: float) -> np.ndarray:
    """A flat picture turned about its upright axis before a camera, and held askew."""
    import cv2

    height, width = picture.shape[:2]
    angle, focal = np.radians(degrees), 1.2 * width
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, height]) / 2
    depth = focal + corners[:, 0] * np.sin(angle)
    seen = np.stack([corners[:, 0] * np.cos(angle), corners[:, 1]], axis=1)
    seen = seen * (focal / depth)[:, None] + np.array([width, height]) / 2
    flat = corners + np.array([width, height]) / 2
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), seen.astype(np.float32))
    lean = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), roll, 1), [0, 0, 1]])
    return cv2.warpPerspective(picture, lean @ matrix, (width, height), borderValue=(128,) * 3)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_flat_picture_that_is_swung_does_not_turn_its_head(
    engine: Engine, actor: Actor, side: int
) -> None:
    chance = random.Random(side)
    picture = actor.frame(Pose())
    start = nose_offset(engine.faces(picture)[0].points)
    moved = []
    for degrees in (15, 25, 35, 45):
        faces = engine.faces(swung(picture, side * degrees, chance.uniform(-5, 5)))
        moved.extend(abs(nose_offset(face.points) - start) for face in faces[:1])
    assert len(moved) >= 3
    assert max(moved) < 0.2
