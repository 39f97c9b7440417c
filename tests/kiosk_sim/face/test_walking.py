"""Known by the face at a lane: what a kiosk seals, what a lane opens, whom it takes for whom."""

import base64
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.credential.keys import key_id, public_key
from kiosk_sim.face.acting import Actor, Pose
from kiosk_sim.face.engine import Engine
from kiosk_sim.face.geometry import Numbers, likeness, unit
from kiosk_sim.face.quality import Say
from kiosk_sim.face.walking import FOUND, MARGIN, MOST, Eye, Gallery, LaneKeys, seal_for

NOW = 1_800_000_000
HOUR = 3600


def somebody(seed: int) -> Numbers:
    return unit(np.random.default_rng(seed).normal(size=128).astype(np.float32))


def like(face: Numbers, score: float, seed: int = 99) -> Numbers:
    """A face at exactly that likeness."""
    other = somebody(seed)
    aside = unit(other - (other @ face) * face)
    return unit(score * face + np.sqrt(1 - score**2) * aside)


class Hall:
    """The service, as far as faces go: it holds what it cannot open."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.sealed: dict[UUID, dict[str, str]] = {}

    def publish_face_key(self, key: bytes) -> None:
        self.keys.append(key)

    def register(self, number: int, face: Numbers, now: int = NOW) -> UUID:
        registration = UUID(int=number)
        self.sealed[registration] = seal_for(self.keys[-1:], face, registration, now)
        return registration

    def sought_faces(self, since: str | None) -> dict[str, Any]:
        faces = [
            {"registration": str(one), "sealed": text}
            for one, held in self.sealed.items()
            for text in held.values()
        ]
        return {"registrations": [str(one) for one in self.sealed], "faces": faces, "at": since}


def gallery(*people: Numbers) -> tuple[Gallery, list[UUID]]:
    hall, keys, found = Hall(), LaneKeys(), Gallery()
    public = keys.renew(NOW)
    assert public is not None
    hall.publish_face_key(public)
    registrations = [hall.register(number, face) for number, face in enumerate(people, 1)]
    sealed = {
        one: base64.b64decode(text) for one, held in hall.sealed.items() for text in held.values()
    }
    found.update(registrations, sealed, keys.private(), NOW)
    return found, registrations


def test_the_one_who_is_there_is_found_among_many() -> None:
    found, registrations = gallery(*(somebody(seed) for seed in range(50)))
    seen = found.find(like(somebody(7), 0.8), NOW)
    assert seen is not None
    assert seen.registration == registrations[7]
    assert seen.score == pytest.approx(0.8, abs=2e-3)
    assert seen.among == 50
    assert seen.readings()["face_threshold"] == FOUND


def test_what_is_sealed_is_the_face_to_a_thousandth() -> None:
    found, _ = gallery(somebody(1))
    seen = found.find(somebody(1), NOW)
    assert seen is not None
    assert seen.score > 0.9999


@pytest.mark.parametrize(("score", "is_found"), [(0.48, True), (0.47, False), (-1.0, False)])
def test_below_the_threshold_the_code_is_asked_for(score: float, is_found: bool) -> None:
    found, _ = gallery(somebody(1))
    assert (found.find(like(somebody(1), score), NOW) is not None) is is_found


def test_two_who_are_too_much_alike_show_the_code() -> None:
    twin = like(somebody(1), 0.97)
    found, _ = gallery(somebody(1), twin)
    assert found.find(unit(somebody(1) + twin), NOW) is None


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
def test_whoever_is_found_is_above_the_threshold_and_clearly_nearer(
    score: float, seed: int
) -> None:
    people = [somebody(1), like(somebody(1), 0.6, 5), somebody(3)]
    found, registrations = gallery(*people)
    face = like(somebody(1), score, seed + 200)
    seen = found.find(face, NOW)
    if seen is not None:
        scores = sorted(likeness(face, one) for one in people)
        assert scores[-1] >= FOUND - 2e-3
        assert scores[-1] - scores[-2] >= MARGIN - 2e-3
        best = max(range(3), key=lambda at: likeness(face, people[at]))
        assert seen.registration == registrations[best]


def test_no_more_than_so_many_are_looked_among() -> None:
    found, _ = gallery(*(somebody(seed) for seed in range(MOST + 3)))
    assert found.find(somebody(MOST + 2), NOW) is None
    seen = found.find(somebody(3), NOW)
    assert seen is not None
    assert seen.among == MOST


def test_whoever_is_not_sought_any_more_is_forgotten_and_so_is_everybody_after_an_hour() -> None:
    found, registrations = gallery(somebody(1), somebody(2))
    found.update(registrations[1:], {}, {}, NOW)
    assert found.find(somebody(1), NOW) is None
    assert found.find(somebody(2), NOW) is not None
    assert found.find(somebody(2), NOW + HOUR) is None
    found.update(registrations, {}, {}, NOW + HOUR)
    assert len(found) == 0


def test_what_does_not_open_is_left_out() -> None:
    found = Gallery()
    keys = LaneKeys()
    keys.renew(NOW)
    one = UUID(int=1)
    found.update([one], {one: b"no envelope"}, keys.private(), NOW)
    assert len(found) == 0


def test_a_lane_makes_a_key_an_hour_and_forgets_what_opens_nothing() -> None:
    keys = LaneKeys()
    first = keys.renew(NOW)
    assert first is not None
    assert keys.renew(NOW + 60) is None
    second = keys.renew(NOW + HOUR - 600)
    assert second is not None
    assert second != first
    assert len(keys.private()) == 2
    keys.renew(NOW + 2 * HOUR)
    assert key_id(public_key(first)) not in keys.private()


def test_an_eye_knows_somebody_again_and_nobody_else(
    engine: Engine, actor: Actor, astronaut: bytes
) -> None:
    hall = Hall()
    eye = Eye(engine, hall, lambda: NOW)
    assert eye.refresh() == 0
    stranger = hall.register(1, somebody(1))
    me = hall.register(2, engine.portrait(astronaut))
    assert eye.refresh() == 2
    steps = [eye.take(actor.jpeg(Pose(seed=number))) for number in range(3)]
    assert [said for said, _ in steps] == [Say.HOLD, Say.HOLD, Say.DONE]
    seen = steps[-1][1]
    assert seen is not None
    assert seen.registration == me
    assert seen.score > 0.9
    del hall.sealed[me]
    eye.refresh()
    steps = [eye.take(actor.jpeg(Pose(seed=number))) for number in range(3)]
    assert steps[-1] == (Say.DONE, None), f"{stranger} is somebody else"


def test_frames_of_one_person_are_not_mixed_with_the_next(
    engine: Engine, actor: Actor, astronaut: bytes
) -> None:
    hall = Hall()
    eye = Eye(engine, hall, lambda: NOW)
    eye.refresh()
    hall.register(1, engine.portrait(astronaut))
    eye.refresh()
    for _ in range(3):
        assert eye.take(actor.jpeg(Pose())) == (Say.HOLD, None)
        eye.leave()


def test_a_key_that_the_service_did_not_take_opens_nothing(engine: Engine) -> None:
    class Down(Hall):
        def publish_face_key(self, key: bytes) -> None:
            raise ConnectionError

    hall = Down()
    eye = Eye(engine, hall, lambda: NOW)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            eye.refresh()
