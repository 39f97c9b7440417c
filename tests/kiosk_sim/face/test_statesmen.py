"""Two statesmen whose pictures a package on the index carries: fetched by hash, looked at, kept nowhere."""

import subprocess
import sys
import tarfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from kiosk_sim.face.check import LOOK, MATCH
from kiosk_sim.face.engine import Engine, decode
from kiosk_sim.face.geometry import Numbers, likeness

SOURCE = (
    "face_recognition==1.3.0"
    " --hash=sha256:5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
)
ONE, OTHER = ("obama.jpg", "obama2.jpg", "obama3.jpg"), "biden.jpg"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> dict[str, Numbers]:
    """The 128 numbers of each picture. The only reason to skip is that it cannot be fetched."""
    folder = tmp_path_factory.mktemp("statesmen")
    wanted = folder / "wanted.txt"
    wanted.write_text(SOURCE + "\n")
    fetched = subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:",
            "--no-build-isolation", "--require-hashes", "-q", "-d", str(folder), "-r", str(wanted),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if fetched.returncode:
        assert "do not match" not in fetched.stderr, "another file under the same name"
        pytest.skip("face_recognition 1.3.0 cannot be fetched from the package index")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        return {
            name: describe(engine, archive, f"face_recognition-1.3.0/tests/test_images/{name}")
            for name in (*ONE, OTHER)
        }


def describe(engine: Engine, archive: tarfile.TarFile, name: str) -> Numbers:
    member = archive.extractfile(name)
    assert member is not None
    pixels = decode(member.read())
    found = engine.faces(pixels)
    assert found, f"{Path(name).name} shows a face"
    return engine.describe(engine.crop(pixels, found[0]))


def test_pictures_of_one_person_match(faces: dict[str, Numbers]) -> None:
    for one, other in combinations(ONE, 2):
        assert likeness(faces[one], faces[other]) >= MATCH


def test_pictures_of_two_people_do_not(
    faces: dict[str, Numbers], engine: Engine, astronaut: bytes
) -> None:
    third = engine.portrait(astronaut)
    for name in ONE:
        assert likeness(faces[name], faces[OTHER]) <= LOOK
        assert likeness(faces[name], third) <= LOOK
    assert likeness(faces[OTHER], third) <= LOOK


def test_the_three_frames_mean_is_nearer_than_the_worst_frame(faces: dict[str, Numbers]) -> None:
    rest = np.mean([faces[name] for name in ONE[1:]], axis=0)
    mean = (rest / np.linalg.norm(rest)).astype(np.float32)
    scores = [likeness(faces[name], faces[ONE[0]]) for name in ONE[1:]]
    assert likeness(mean, faces[ONE[0]]) > min(scores)
