"""Every rule by itself: what fails it, and what is said then."""

import numpy as np
import pytest

from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.geometry import Pixels
from kiosk_sim.face.quality import Say, foreshortened, of_crop, of_faces
from kiosk_sim.face.words import WORDS
from kiosk_sim.words import LANGUAGES


def judged(engine: Engine, pixels: Pixels) -> Say | None:
    faces = engine.faces(pixels)
    wrong = of_faces(faces, pixels.shape[1], pixels.shape[0])
    return wrong or of_crop(engine.crop(pixels, faces[0]))


def test_somebody_in_good_light_is_good_enough(engine: Engine, actor: Actor) -> None:
    assert judged(engine, actor.frame(Pose())) is None


@pytest.mark.parametrize(
    ("pose", "said"),
    [
        (Pose(size=0.5), Say.CLOSER),
        (Pose(roll=25), Say.UPRIGHT),
        (Pose(light=0.2), Say.LIGHT),
        (Pose(light=2.0), Say.GLARE),
        (Pose(blur=4, noise=0), Say.STILL),
    ],
)
def test_what_is_wrong_with_a_frame_is_said(
    engine: Engine, actor: Actor, pose: Pose, said: Say
) -> None:
    assert judged(engine, actor.frame(pose)) is said


def test_an_empty_room_is_nobody(engine: Engine) -> None:
    assert judged(engine, np.full((720, 1280, 3), 128, np.uint8)) is Say.NONE


def test_two_people_are_one_too_many(engine: Engine, actor: Actor) -> None:
    half = actor.frame(Pose(size=0.9))[:, 340:940]
    assert judged(engine, np.hstack([half, half])) is Say.MANY


def test_half_a_face_stands_in_the_wrong_place(engine: Engine, actor: Actor) -> None:
    cut = actor.frame(Pose())[:, 590:]
    assert judged(engine, cut) is Say.MIDDLE


def test_a_turned_head_is_not_asked_to_come_closer() -> None:
    assert foreshortened(0) == 1
    assert 0.8 < foreshortened(0.3) < 0.9


def test_everything_that_is_said_has_words_in_all_languages() -> None:
    for language in LANGUAGES:
        assert set(Say) <= WORDS[language].keys()
        assert all(WORDS[language].values())
