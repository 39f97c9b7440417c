"""Known by the face at a lane: the kiosk seals the 128 numbers, the lane opens them in its memory and seeks among them.

One among many is a harder question than one with one: a stranger is taken for somebody about as often as there are
faces to be taken for. So the threshold is the one of FMR 1e-5, the next best must be clearly further away, and
whoever is not sure to be found shows the code.
"""

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.credential.keys import CURVE, key_id, point, public_key
from app.formats.face_pass import LIFE, FacePass, FacePassError, seal, unseal
from kiosk_sim.face.challenge import SAME
from kiosk_sim.face.check import FRAMES
from kiosk_sim.face.engine import Engine, PictureError, decode
from kiosk_sim.face.geometry import Numbers, likeness, mean_of, unit
from kiosk_sim.face.quality import Say, is_frontal, of_crop, of_faces
from kiosk_sim.face.weights import MODEL

FOUND: Final = 0.475
"""Likeness from which a lane knows somebody: FMR 1e-5 on LFW (docs/faces.md)."""
MARGIN: Final = 0.05
"""So much further away the next best must be: twins and strangers alike show the code."""
MOST: Final = 200
KEY_SECONDS: Final = LIFE - 600
"""A lane makes a new key so often; the service lets kiosks seal to one for an hour."""
_MODEL: Final = bytes.fromhex(MODEL)
Clock = Callable[[], float]


def seal_for(
    keys: Iterable[bytes], face: Numbers, registration: UUID, now: int, seconds: int = LIFE
) -> dict[str, str]:
    """What a kiosk hands over of a traveller who chose it: by each lane's key id in hex, sealed to it, in base64."""
    made = FacePass(face.astype("<f2").tobytes(), _MODEL, now + min(seconds, LIFE))
    lanes = [public_key(key) for key in keys]
    return {
        key_id(lane).hex(): base64.b64encode(seal(made, lane, registration)).decode()
        for lane in lanes
    }


class LaneKeys:
    """The keys of a lane, made in its memory and kept nowhere else: what was sealed to one dies with it."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[float, ec.EllipticCurvePrivateKey]] = {}

    def renew(self, now: float) -> bytes | None:
        """The new public key (33 bytes) where one was due; keys that can open nothing any more are forgotten."""
        self._keys = {kid: held for kid, held in self._keys.items() if now - held[0] < 2 * LIFE}
        if any(now - made < KEY_SECONDS for made, _ in self._keys.values()):
            return None
        private = ec.generate_private_key(CURVE)
        self._keys[key_id(private.public_key())] = (now, private)
        return point(private.public_key())

    def private(self) -> Mapping[bytes, ec.EllipticCurvePrivateKey]:
        """By their ids."""
        return {kid: key for kid, (_, key) in self._keys.items()}

    def forget(self) -> None:
        """All of them: the service did not take the new one, or the lane serves nobody."""
        self._keys = {}


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody whom the lane knows. ``margin``: how much further away the next best was."""

    registration: UUID
    score: float
    margin: float
    among: int

    def readings(self) -> dict[str, Any]:
        """What is sent, and stays with the decision."""
        return {
            "face": "match",
            "face_score": round(self.score, 4),
            "face_threshold": FOUND,
            "face_margin": round(self.margin, 4),
            "face_gallery": self.among,
            "model": MODEL,
        }


class Gallery:
    """The faces that a lane may look for, in its memory only."""

    def __init__(self) -> None:
        self._faces: dict[UUID, tuple[Numbers, int]] = {}

    def __len__(self) -> int:
        return len(self._faces)

    def update(
        self,
        registrations: Iterable[UUID],
        sealed: Mapping[UUID, bytes],
        keys: Mapping[bytes, ec.EllipticCurvePrivateKey],
        now: int,
    ) -> None:
        """Take what came, forget whoever is not sought any more. What does not open is left out: the code is there."""
        faces = dict(self._faces)  # replaced as a whole: others look at it meanwhile
        for registration, envelope in sealed.items():
            try:
                face = unseal(envelope, keys, registration, now)
            except FacePassError:
                continue
            numbers = np.frombuffer(face.numbers, "<f2").astype(np.float32)
            if face.model == _MODEL and np.isfinite(numbers).all():
                faces[registration] = (unit(numbers), face.expires)
        wanted = set(registrations)
        self._faces = {one: held for one, held in faces.items() if one in wanted and held[1] > now}

    def find(self, face: Numbers, now: int) -> Found | None:
        """The one whose face it is, where that is sure."""
        live = [(one, numbers) for one, (numbers, ends) in self._faces.items() if ends > now][:MOST]
        if not live:
            return None
        scores = np.clip(np.stack([numbers for _, numbers in live]) @ face, -1, 1)
        order = np.argsort(-scores)
        best = float(scores[order[0]])
        margin = best - (float(scores[order[1]]) if len(live) > 1 else -1.0)
        if best < FOUND or margin < MARGIN:
            return None
        return Found(live[int(order[0])][0], best, margin, len(live))

    def expire(self, now: int) -> int:
        """Forget whose time is over; how many are left."""
        self._faces = {one: held for one, held in self._faces.items() if held[1] > now}
        return len(self._faces)

    def clear(self) -> None:
        """Forget everybody."""
        self._faces = {}


class Post(Protocol):
    """What a lane asks of the service (:class:`kiosk_sim.client.Service`)."""

    def publish_face_key(self, key: bytes) -> None: ...
    def sought_faces(self, since: str | None) -> dict[str, Any]: ...


class Eye:
    """The camera of a lane, fed with a frame at a time. It knows nobody until three frames are one and the same face."""

    def __init__(self, engine: Engine, post: Post, clock: Clock = time.time) -> None:
        self._engine, self._post, self._clock = engine, post, clock
        self._keys, self._gallery = LaneKeys(), Gallery()
        self._since: str | None = None
        self._frames: list[Numbers] = []

    def refresh(self) -> int:
        """Fetch whom to look for; how many there are. Raises what the service's calls raise."""
        now = self._clock()
        public = self._keys.renew(now)
        if public is not None:
            try:
                self._post.publish_face_key(public)
            except Exception:
                self.forget()
                raise
        found = self._post.sought_faces(self._since)
        sealed = {
            UUID(one["registration"]): base64.b64decode(one["sealed"]) for one in found["faces"]
        }
        registrations = [UUID(one) for one in found["registrations"]]
        self._gallery.update(registrations, sealed, self._keys.private(), int(now))
        self._since = found["at"]
        return len(self._gallery)

    def take(self, frame: bytes) -> tuple[Say, Found | None]:
        """What to say to the next picture, and who it is. (DONE, None): nobody whom it surely knows; the code, please."""
        try:
            pixels = decode(frame)
        except PictureError:
            return Say.NONE, None
        faces = self._engine.faces(pixels)
        if wrong := of_faces(faces, pixels.shape[1], pixels.shape[0]):
            self._frames.clear()
            return wrong, None
        crop = self._engine.crop(pixels, faces[0])
        if wrong := of_crop(crop) or (None if is_frontal(faces[0]) else Say.STRAIGHT):
            return wrong, None
        face = self._engine.describe(crop)
        if self._frames and likeness(self._frames[0], face) < SAME:
            self._frames.clear()  # somebody else has stepped up
        self._frames.append(face)
        if len(self._frames) < FRAMES:
            return Say.HOLD, None
        person = mean_of(self._frames)
        self._frames.clear()
        return Say.DONE, self._gallery.find(person, int(self._clock()))

    def expire(self) -> int:
        """Forget whose time is over; how many are left."""
        return self._gallery.expire(int(self._clock()))

    def forget(self) -> None:
        """Everybody, and the keys: a lane that serves nobody knows nobody, and opens nothing that was sealed to it."""
        self._keys.forget()
        self._gallery.clear()
        self._since = None

    def leave(self) -> None:
        """Whoever stood there has gone: the frames go with him."""
        self._frames.clear()
