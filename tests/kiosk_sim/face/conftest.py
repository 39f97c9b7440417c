"""An engine, and a picture in the public domain: the astronaut of scikit-image, found without importing it."""

import pytest

from kiosk_sim.face.acting import Actor
from kiosk_sim.face.engine import Engine, decode, load_engine
from kiosk_sim.face.weights import folder_of


@pytest.fixture(scope="session")
def engine() -> Engine:
    return load_engine()


@pytest.fixture(scope="session")
def astronaut() -> bytes:
    folder = folder_of("skimage")
    assert folder is not None
    return (folder / "data" / "astronaut.png").read_bytes()


@pytest.fixture(scope="session")
def actor(engine: Engine, astronaut: bytes) -> Actor:
    return Actor(engine, decode(astronaut))
