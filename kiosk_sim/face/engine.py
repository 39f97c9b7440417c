"""YuNet finds faces, SFace makes 128 numbers of each: OpenCV's own readers over checked bytes.

A detector keeps the size of its last picture, so one engine serves one caller at a time, behind a lock.
"""

import io
import threading
import warnings
from typing import Any

import numpy as np
from PIL import Image

from app.formats.passport import TlvError, read_portrait
from kiosk_sim.face.geometry import Face, Numbers, Pixels, in_front, unit
from kiosk_sim.face.weights import FaceUnavailableError, Weights, find_weights

SEEN_WIDTH, SEEN_HEIGHT = 320, 640
"""Pixels at which faces are looked for: 7 ms a frame. What is compared is cut from the whole picture."""
CLOSE_BY = 2.0
"""How much more than the face is seen on the second look."""
SURE, OVERLAP, MOST = 0.7, 0.3, 50
MAX_BYTES, MAX_PIXELS = 4 * 1024 * 1024, 16_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "JPEG2000")


class PictureError(ValueError):
    """Not a picture, or one that is too large."""


class PortraitError(ValueError):
    """There is no picture in the chip, or no face in the picture: nothing to compare with."""


class Engine:
    """Finds and describes faces. Safe to use from several threads."""

    def __init__(self, weights: Weights) -> None:
        try:
            import cv2  # noqa: PLC0415  # an extra: the kiosk runs without
        except ImportError:
            raise FaceUnavailableError("OpenCV is not installed (extra kiosk)") from None
        empty = np.empty(0, np.uint8)
        self._lock = threading.Lock()
        self._detector = cv2.FaceDetectorYN.create(
            "onnx", _buffer(weights.detector), empty, (SEEN_WIDTH, SEEN_WIDTH), SURE, OVERLAP, MOST
        )
        self._embedder = cv2.FaceRecognizerSF.create("onnx", _buffer(weights.embedder), empty)
        self._cv2: Any = cv2

    def faces(self, picture: Pixels) -> list[Face]:
        """The faces that count in a picture (rows x columns x blue, green, red), the largest first.

        A single one is looked at again from close by: over the whole frame its points are so coarse that a
        head leaning by 30 degrees seems to lean by 5; close by 12 to 18, as where the thresholds were measured.
        """
        found = in_front(self._detect(picture))
        if len(found) != 1:
            return found
        left, top, right, bottom = _around(found[0], picture)
        near = in_front(self._detect(picture[top:bottom, left:right]))
        return [near[0].moved(left, top)] if near else found

    def _detect(self, picture: Pixels) -> list[Face]:
        height, width = picture.shape[:2]
        scale = min(SEEN_WIDTH / width, SEEN_HEIGHT / height)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = self._cv2.resize(picture, size, interpolation=self._cv2.INTER_AREA)
        with self._lock:
            self._detector.setInputSize(size)
            rows = self._detector.detect(small)[1]
        if rows is None:
            return []
        found = np.asarray(rows, np.float32).copy()
        found[:, 0:14:2] *= width / size[0]
        found[:, 1:14:2] *= height / size[1]
        return [Face.of(row) for row in found]

    def crop(self, picture: Pixels, face: Face) -> Pixels:
        """The face turned upright and cut out, 112 x 112."""
        with self._lock:
            return np.asarray(self._embedder.alignCrop(picture, face.row), np.uint8)

    def describe(self, crop: Pixels) -> Numbers:
        """128 numbers of length one for an aligned face."""
        with self._lock:
            return unit(np.asarray(self._embedder.feature(crop), np.float32).ravel())

    def portrait(self, picture: bytes) -> Numbers:
        """The face of a passport's picture, a file as it stands in the chip. Raises :class:`PortraitError`.

        Its quality is not judged: the traveller cannot take a better one.
        """
        try:
            pixels = decode(picture)
        except PictureError as error:
            raise PortraitError("the picture in the chip cannot be read") from error
        faces = self.faces(pixels)
        if not faces:
            raise PortraitError("no face is found in the picture of the chip")
        return self.describe(self.crop(pixels, faces[0]))


def load_engine() -> Engine:
    """The engine over the networks that are installed. Raises FaceUnavailableError and WeightsError."""
    return Engine(find_weights())


def picture_of(dg2: bytes) -> bytes:
    """The picture in a chip's DG2. Raises :class:`PortraitError`."""
    try:
        return read_portrait(dg2).data
    except TlvError as error:
        raise PortraitError("no picture in the chip") from error


def decode(data: bytes) -> Pixels:
    """A picture's pixels: rows x columns x (blue, green, red). Raises :class:`PictureError`.

    Its size is judged from its own header before a pixel is unpacked; the record around it in a chip is not
    believed (a specimen says 337 x 449 of a picture of 413 x 531).
    """
    if len(data) > MAX_BYTES:
        raise PictureError("too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            plain = np.asarray(_open(data).convert("RGB"))
    except PictureError:
        raise
    except Exception:  # noqa: BLE001  # decoders raise half a dozen unrelated types on broken files
        raise PictureError("not a picture") from None
    return np.ascontiguousarray(plain[:, :, ::-1])


def _open(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise PictureError("too large")
    return image


def small_jpeg(pixels: Pixels, face: Face | None, side: int = 320) -> bytes:
    """Head and shoulders as a small JPEG for an officer's eyes: at most ``side`` pixels, some 15 KB."""
    image = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
    if face is not None:
        left, top, width, height = face.box
        image = image.crop(
            (
                max(0, int(left - 0.6 * width)), max(0, int(top - 0.5 * height)),
                min(image.width, int(left + 1.6 * width)), min(image.height, int(top + 1.6 * height)),
            )
        )  # fmt: skip
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _around(face: Face, picture: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is cut out around a face, inside the picture."""
    height, width = picture.shape[:2]
    left, top, across, down = face.box
    half = max(across, down) * CLOSE_BY / 2
    x, y = left + across / 2, top + down / 2
    return (
        max(0, int(x - half)), max(0, int(y - half)),
        min(width, int(x + half) + 1), min(height, int(y + half) + 1),
    )  # fmt: skip


def _buffer(content: bytes) -> Any:
    return np.frombuffer(content, np.uint8)
