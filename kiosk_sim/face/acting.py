"""A simulated camera before a picture: frames with the turn, scale, light, blur, noise and JPEG of a camera.

For the demo, benchmarks and tests, where nobody stands there. That a drawn head passes the challenge is also the
honest measure of it: whoever can feed the camera can pass (docs/faces.md).
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from kiosk_sim.face.engine import Engine
from kiosk_sim.face.geometry import Face, Pixels, inter_ocular
from kiosk_sim.face.quality import Say

WIDTH, HEIGHT = 1280, 720
EYES = 100.0
"""Pixels between the eyes of somebody at the kiosk."""
_STEPS = 6
"""Rounds until a turned point's origin is found to a tenth of a pixel."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How somebody stands there: degrees of roll, size, light, turn (degrees, + to his own left), blur, noise."""

    roll: float = 0.0
    size: float = 1.0
    light: float = 1.0
    turn: float = 0.0
    blur: float = 0.7
    noise: float = 4.0
    seed: int = 0


_TURNS = (38.0, 42.0, 46.0, 50.0)


def obeying(said: Say, frame: int) -> Pose:
    """How somebody stands there in the frame of that number who does what he was told."""
    turn = _TURNS[frame % len(_TURNS)]
    asked = {Say.TURN_LEFT: turn, Say.TURN_RIGHT: -turn}
    return Pose(turn=asked.get(said, 0.0), roll=frame % 5 - 2.0, seed=frame)


class Actor:
    """The person of a picture, before the camera. Raises ValueError where the picture shows no face."""

    def __init__(self, engine: Engine, pixels: Pixels) -> None:
        import cv2  # noqa: PLC0415  # an extra

        faces = engine.faces(pixels)
        if not faces:
            raise ValueError("no face in the picture")
        self._cv2: Any = cv2
        self._pixels, self._face = pixels, faces[0]

    def frame(self, pose: Pose) -> Pixels:
        """What the camera sees: 720 x 1280 x (blue, green, red)."""
        cv2, points = self._cv2, self._face.points
        nose = points[2]
        scale = EYES / inter_ocular(points) * pose.size
        matrix = cv2.getRotationMatrix2D((float(nose[0]), float(nose[1])), pose.roll, scale)
        matrix[:, 2] += np.array([WIDTH / 2, HEIGHT / 2]) - nose
        seen = cv2.warpAffine(
            _turned(cv2, self._pixels, self._face, pose.turn), matrix, (WIDTH, HEIGHT),
            borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128),
        )  # fmt: skip
        if pose.blur:
            seen = cv2.GaussianBlur(seen, (0, 0), pose.blur)
        noise = np.random.default_rng(pose.seed).normal(0, pose.noise, (HEIGHT, WIDTH, 1))
        lit = np.asarray(seen, np.float32) * pose.light + noise
        return np.asarray(np.clip(lit, 0, 255), np.uint8)

    def jpeg(self, pose: Pose, quality: int = 80) -> bytes:
        """The same as the camera hands it over."""
        out = io.BytesIO()
        frame = np.ascontiguousarray(self.frame(pose)[:, :, ::-1])
        Image.fromarray(frame).save(out, "JPEG", quality=quality)
        return out.getvalue()


def _turned(cv2: Any, pixels: Pixels, face: Face, degrees: float) -> Pixels:
    """The picture laid over a head's relief (a ball with a nose) and turned about the upright axis."""
    if not degrees:
        return pixels
    eyes = inter_ocular(face.points)
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    nose_x, nose_y = (float(value) for value in face.points[2])
    across, down = (columns - nose_x) / eyes, (rows - nose_y) / eyes
    angle = np.radians(degrees)
    source = across
    for _ in range(_STEPS):  # where each point of the turned head was before: a fixed point
        source = (across - _relief(source, down) * np.sin(angle)) / np.cos(angle)
    where = (source * eyes + nose_x).astype(np.float32)
    turned = cv2.remap(pixels, where, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def _relief(across: Any, down: Any) -> Any:
    """How far each point sticks out before the eyes, in their distances: the ball of the head, and the nose."""
    ball = 1.1 * (np.sqrt(np.clip(1 - (across / 1.5) ** 2 - (down / 2.0) ** 2, 0, 1)) - 0.9)
    return ball + 0.7 * np.exp(-(across**2) / (2 * 0.3**2) - down**2 / (2 * 0.4**2))
