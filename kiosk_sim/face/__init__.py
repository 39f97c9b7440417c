"""Comparing faces at the kiosk: the picture in the chip with the person who stands there.

The edge computes: no picture leaves the kiosk but the two that an officer must compare himself. Without the
extra ``kiosk`` (OpenCV and the two networks) everything else works, and a face is *not checked*.
"""

from kiosk_sim.face.check import FaceCheck, Result, Step
from kiosk_sim.face.engine import Engine, PortraitError, load_engine
from kiosk_sim.face.weights import FaceUnavailableError, WeightsError

__all__ = [
    "Engine", "FaceCheck", "FaceUnavailableError", "PortraitError", "Result", "Step",
    "WeightsError", "load_engine",
]  # fmt: skip
