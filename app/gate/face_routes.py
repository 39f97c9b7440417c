"""HTTP routes of faces at lanes: keys of lanes, sealed faces, and the two pictures of a doubtful face."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from app.formats.face_pass import LIFE
from app.formats.live_picture import MOST_BYTES
from app.gate import faces
from app.gate.faces import MOST_LANES, FaceInvalidError
from app.identity.http import DeviceDep
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.referrals.kinds import Which
from app.referrals.pictures import MAX_BYTES

router = APIRouter(tags=["faces"])

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Base64 = Annotated[str, Field(max_length=1000)]
LivePicture = Annotated[str, Field(max_length=MOST_BYTES * 4 // 3 + 4)]
Picture = Annotated[str, Field(max_length=MAX_BYTES * 4 // 3 + 4)]


class LaneKeyIn(In):
    """A compressed point of P-256 in hex; its private half never leaves the lane's memory."""

    key: str = Field(pattern=r"^0[23][0-9a-f]{64}$")


class LaneKeyOut(Out):
    """Until when kiosks seal to it: make a new one before."""

    expires_at: datetime


class LaneKeysOut(Out):
    """The keys to seal a face to; none: do not offer it. ``seconds``: how long a face may be known."""

    keys: list[str]
    seconds: int


class SealedIn(In):
    """A face, sealed to each lane (`app.formats.face_pass`): by the key's id in hex, in base64."""

    sealed: dict[KeyId, Base64] = Field(min_length=1, max_length=MOST_LANES)


class KeptOut(Out):
    """When it is forgotten at the latest."""

    expires_at: datetime


class SoughtOut(Out):
    """One whom the lane may look for."""

    registration: UUID
    sealed: str
    expires_at: datetime


class GalleryOut(Out):
    """``registrations``: all of them now; ``faces``: those that came since; ``at``: ``since`` of the next call."""

    registrations: list[UUID]
    faces: list[SoughtOut]
    at: datetime | None


class PicturesIn(In):
    """JPEG in base64: the person at the kiosk, and the picture in the passport."""

    person: Picture
    passport: Picture


class LiveOut(Out):
    """The key (33 bytes, hex) of the page that looks; None: no picture is wanted."""

    key: str | None


class LiveIn(In):
    """A picture (`app.formats.live_picture`) in base64."""

    sealed: LivePicture


class LiveKeptOut(Out):
    """Whether another picture is wanted."""

    wanted: bool


@router.put("/lane/face-key")
def put_key(kernel: KernelDep, lane: DeviceDep, body: LaneKeyIn) -> LaneKeyOut:
    """A lane made a new key."""
    with kernel.database.transaction() as session:
        ends = faces.publish_key(session, lane, bytes.fromhex(body.key), kernel.clock())
    return LaneKeyOut(expires_at=ends)


@router.get("/kiosk/face-keys")
def get_keys(kernel: KernelDep, kiosk: DeviceDep) -> LaneKeysOut:
    """The lanes' keys, for a kiosk."""
    with kernel.database.read() as session:
        keys = faces.keys_of_lanes(session, kiosk, kernel.clock())
    return LaneKeysOut(keys=[key.hex() for key in keys], seconds=LIFE)


@router.put("/presentations/{presentation_id}/face")
def put_face(kernel: KernelDep, kiosk: DeviceDep, presentation_id: UUID, body: SealedIn) -> KeptOut:
    """The traveller who has just been registered here wants to be known by the face at the gate."""
    sealed = {bytes.fromhex(key): _bytes(text) for key, text in body.sealed.items()}
    with kernel.database.transaction() as session:
        ends = faces.keep(session, kiosk, presentation_id, sealed, kernel.clock())
    return KeptOut(expires_at=ends)


@router.delete("/presentations/{presentation_id}/face", status_code=204)
def delete_face(kernel: KernelDep, kiosk: DeviceDep, presentation_id: UUID) -> Response:
    """The traveller has thought better of it. Saying it again changes nothing."""
    with kernel.database.transaction() as session:
        faces.take_back(session, kiosk, presentation_id, kernel.clock())
    return Response(status_code=204)


@router.get("/lane/faces")
def get_faces(
    kernel: KernelDep, lane: DeviceDep, since: Annotated[datetime | None, Query()] = None
) -> GalleryOut:
    """Whom a lane may look for."""
    now = kernel.clock()
    with kernel.database.read() as session:
        found = faces.gallery(session, lane, since, now)
    sought = [
        SoughtOut(
            registration=one.registration,
            sealed=base64.b64encode(one.sealed).decode(),
            expires_at=one.expires_at,
        )
        for one in found.faces
    ]
    return GalleryOut(registrations=list(found.registrations), faces=sought, at=found.at)


@router.put("/presentations/{presentation_id}/pictures", status_code=204)
def put_pictures(
    kernel: KernelDep, kiosk: DeviceDep, presentation_id: UUID, body: PicturesIn
) -> Response:
    """The two pictures of a face between the thresholds, for the officer who compares them."""
    shown: Mapping[Which, bytes] = {
        Which.PERSON: _bytes(body.person),
        Which.PASSPORT: _bytes(body.passport),
    }
    with kernel.database.transaction() as session:
        faces.hand_pictures(session, kiosk, kernel.vault, presentation_id, shown, kernel.clock())
    return Response(status_code=204)


@router.get("/presentations/{presentation_id}/live")
def get_live(kernel: KernelDep, device: DeviceDep, presentation_id: UUID) -> LiveOut:
    """Whether an officer wants to see whoever stands here since this presentation."""
    with kernel.database.read() as session:
        key = faces.live_key(session, device, presentation_id, kernel.clock())
    return LiveOut(key=key.hex() if key else None)


@router.put("/presentations/{presentation_id}/live")
def put_live(
    kernel: KernelDep, device: DeviceDep, presentation_id: UUID, body: LiveIn
) -> LiveKeptOut:
    """A picture of this moment, sealed to that officer's page."""
    with kernel.database.transaction() as session:
        sealed = _bytes(body.sealed)
        kept = faces.show_live(session, device, presentation_id, sealed, kernel.clock())
    return LiveKeptOut(wanted=kept)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FaceInvalidError from None
