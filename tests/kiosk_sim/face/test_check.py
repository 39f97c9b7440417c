"""The whole check with a real picture before a simulated camera."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from app.formats.passport.issue import write_portrait
from app.gate.routes import ReadingsIn
from kiosk_sim.face import FaceCheck, PortraitError, Step
from kiosk_sim.face.acting import Actor, Pose, obeying
from kiosk_sim.face.check import Faces, Result, Verdict, verdict_of
from kiosk_sim.face.engine import MAX_PIXELS, Engine, PictureError, decode, picture_of
from kiosk_sim.face.geometry import likeness
from kiosk_sim.face.quality import Say
from kiosk_sim.face.weights import MODEL


def walk(check: FaceCheck, actor: Actor, frames: int = 20) -> list[Step]:
    """Somebody who does what he is told."""
    steps = [check.take(actor.jpeg(Pose()))]
    while steps[-1].result is None and len(steps) < frames:
        steps.append(check.take(actor.jpeg(obeying(steps[-1].say, len(steps)))))
    return steps


def test_the_holder_of_the_passport_matches(engine: Engine, actor: Actor, astronaut: bytes) -> None:
    steps = walk(FaceCheck(engine, astronaut, random.Random(1)), actor)
    result = steps[-1].result
    assert result is not None
    assert result.verdict is Verdict.MATCH
    assert result.score is not None
    assert result.score > 0.9
    assert result.readings() == {
        "face": "match", "face_score": round(result.score, 4), "face_threshold": 0.4,
        "face_look_threshold": 0.3, "face_tries": 1, "model": MODEL,
    }  # fmt: skip
    assert result.live is None, "no picture where no officer must look"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_turn_to_either_side_is_asked_for_and_must_be_made(
    engine: Engine, actor: Actor, astronaut: bytes, seed: int
) -> None:
    chance = random.Random(seed)
    check = FaceCheck(engine, astronaut, chance)
    asked = check.take(actor.jpeg(Pose())).say
    assert asked in (Say.TURN_LEFT, Say.TURN_RIGHT)
    stubborn = [check.take(actor.jpeg(Pose(seed=n))) for n in range(6)]
    assert {step.say for step in stubborn} == {asked}
    assert all(step.result is None for step in stubborn)


def test_a_held_up_picture_is_never_compared(
    engine: Engine, actor: Actor, astronaut: bytes
) -> None:
    check = FaceCheck(engine, astronaut)
    for number in range(12):
        assert check.take(actor.jpeg(Pose(roll=number % 7 - 3.0, seed=number))).result is None
    assert check.give_up() == Result(Verdict.NOT_CHECKED)


def test_another_person_than_in_the_passport_does_not_match(
    engine: Engine, actor: Actor, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = -engine.portrait(astronaut)
    monkeypatch.setattr(engine, "portrait", lambda _: stranger)
    steps = walk(FaceCheck(engine, astronaut, random.Random(1)), actor)
    assert [step.say for step in steps].count(Say.AGAIN) == 2
    result = steps[-1].result
    assert result is not None
    assert (result.verdict, result.tries) == (Verdict.NO_MATCH, 3)


def test_comparisons_of_an_earlier_session_count_and_so_does_the_one_that_matches(
    engine: Engine, actor: Actor, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, faces = engine.portrait(astronaut), Faces(2, 0.1)
    assert FaceCheck(engine, astronaut, faces=faces).give_up() == Result(Verdict.NO_MATCH, 0.1, 2)
    matched = walk(FaceCheck(engine, astronaut, random.Random(1), faces), actor)[-1].result
    assert matched is not None
    assert (matched.verdict, matched.tries, faces.count) == (Verdict.MATCH, 3, 2)
    monkeypatch.setattr(engine, "portrait", lambda _: -real)
    steps = walk(FaceCheck(engine, astronaut, random.Random(1), faces), actor)
    assert Say.AGAIN not in [step.say for step in steps]
    assert (faces.count, faces.is_over) == (3, True)


def test_in_between_an_officer_looks_and_gets_the_picture(
    engine: Engine, actor: Actor, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engine.portrait(astronaut)
    aside = np.zeros(128, np.float32)
    aside[0] = 1
    aside -= (aside @ real) * real
    aside /= np.linalg.norm(aside)
    between = (0.36 * real + np.sqrt(1 - 0.36**2) * aside).astype(np.float32)
    monkeypatch.setattr(engine, "portrait", lambda _: between)
    result = walk(FaceCheck(engine, astronaut, random.Random(4)), actor)[-1].result
    assert result is not None
    assert result.verdict is Verdict.LOOK
    assert result.live is not None
    assert len(result.live) < 40_000
    picture = decode(result.live)
    assert likeness(engine.describe(engine.crop(picture, engine.faces(picture)[0])), real) > 0.8


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.4, "match"), (0.3999, "look"), (0.3, "look"), (0.2999, "no-match"), (-1, "no-match")],
)
def test_the_zones_meet_without_a_gap(score: float, verdict: str) -> None:
    assert verdict_of(score) == verdict


def test_the_portrait_comes_out_of_the_chip_in_either_format(
    engine: Engine, astronaut: bytes
) -> None:
    image = Image.open(io.BytesIO(astronaut)).convert("RGB").resize((413, 413))
    plain = engine.portrait(astronaut)
    for name, jpeg2000 in (("JPEG", False), ("JPEG2000", True)):
        out = io.BytesIO()
        image.save(out, name)
        dg2 = write_portrait(out.getvalue(), jpeg2000=jpeg2000)
        assert likeness(engine.portrait(picture_of(dg2)), plain) > 0.9


def test_a_chip_without_a_face_says_so(engine: Engine) -> None:
    grey = io.BytesIO()
    Image.new("RGB", (300, 400), "grey").save(grey, "JPEG")
    for picture in (b"", b"\xff\xd8\xff", grey.getvalue()):
        with pytest.raises(PortraitError):
            FaceCheck(engine, picture)
    with pytest.raises(PortraitError):
        picture_of(b"\x75\x00")


def test_a_picture_that_would_unpack_to_much_is_not_unpacked() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    out = io.BytesIO()
    Image.new("L", (side, side)).save(out, "PNG")
    with pytest.raises(PictureError, match="too large"):
        decode(out.getvalue())


def test_a_frame_that_is_no_picture_is_a_bad_frame(engine: Engine, astronaut: bytes) -> None:
    assert FaceCheck(engine, astronaut).take(b"no picture") == Step(Say.NONE)


def test_the_service_takes_what_a_check_sends() -> None:
    sent = Result(Verdict.LOOK, 0.34567, tries=2).readings()
    assert ReadingsIn.model_validate(sent).details() == {
        "face_score": 0.3457, "face_threshold": 0.4, "face_look_threshold": 0.3, "face_tries": 2,
        "model": MODEL,
    }  # fmt: skip
