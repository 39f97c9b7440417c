"""Whether a frame is good enough to compare; each failing rule is one short thing to say to the traveller."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk_sim.face.geometry import (
    Face,
    Pixels,
    inter_ocular,
    is_inside,
    luma,
    nose_offset,
    roll,
    sharpness,
)


class Say(StrEnum):
    """What the kiosk says: keys of :data:`kiosk_sim.face.words.WORDS`."""

    NONE = "face-none"
    MANY = "face-many"
    CLOSER = "face-closer"
    MIDDLE = "face-middle"
    STRAIGHT = "face-straight"
    UPRIGHT = "face-upright"
    LIGHT = "face-light"
    GLARE = "face-glare"
    STILL = "face-still"
    TURN_LEFT = "face-turn-left"
    TURN_RIGHT = "face-turn-right"
    HOLD = "face-hold"
    AGAIN = "face-again"
    DONE = "face-done"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a frame is no longer good enough.

    Darkness is judged late, because the network hardly minds it (a third of the light costs nothing
    measurable) and a dark skin in good light must not be told to look for more.
    """

    eyes: float = 60.0
    nose: float = 0.10
    roll: float = 10.0
    dark: float = 40.0
    bright: float = 200.0
    sharp: float = 50.0


LIMITS = Limits()


def of_faces(faces: Sequence[Face], width: int, height: int, limits: Limits = LIMITS) -> Say | None:
    """What is wrong with who stands where, whichever way he looks; None where nothing is.

    ``faces`` are those that count (:func:`kiosk_sim.face.geometry.in_front`), in a picture of that size.
    """
    if not faces:
        return Say.NONE
    if len(faces) > 1:
        return Say.MANY
    points = faces[0].points
    if inter_ocular(points) < limits.eyes * foreshortened(nose_offset(points)):
        return Say.CLOSER
    if not is_inside(faces[0], width, height):
        return Say.MIDDLE
    return Say.UPRIGHT if abs(roll(points)) > limits.roll else None


def foreshortened(offset: float) -> float:
    """By what share the eyes stand closer together in the picture of a head that is turned so far.

    The nose sticks out about half a distance of the eyes, so an offset o is a turn of about atan(2 o).
    """
    return float((1 + (2 * offset) ** 2) ** -0.5)


def of_crop(crop: Pixels, limits: Limits = LIMITS) -> Say | None:
    """What is wrong with the light and the sharpness of an aligned face."""
    brightness = luma(crop)
    if brightness < limits.dark:
        return Say.LIGHT
    if brightness > limits.bright:
        return Say.GLARE
    return Say.STILL if sharpness(crop) < limits.sharp else None


def is_frontal(face: Face, limits: Limits = LIMITS) -> bool:
    """Whether the head looks straight at the camera."""
    return abs(nose_offset(face.points)) <= limits.nose
