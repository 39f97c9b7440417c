"""What a kiosk hands over of a face once the service has answered: nothing, unless the traveller or an officer needs it.

A doubtful face goes to the officer as two small pictures. A face that matched goes, sealed, to the hall's lanes if
its owner chooses so; not asked is whoever travels with others, because of a family one is easily taken for another.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.face.check import Result, Verdict
from kiosk_sim.face.engine import PictureError, decode, small_jpeg
from kiosk_sim.face.geometry import Numbers
from kiosk_sim.face.walking import seal_for

REGISTERED = "registered"


class Walk(StrEnum):
    """Where the choice stands: offered, made, taken back, still made because that has failed, or not to be had (the
    code, please).
    """

    OFFERED = "offered"
    KEPT = "kept"
    TAKEN_BACK = "taken-back"
    STILL_KEPT = "still-kept"
    CODE = "code"


class Post(Protocol):
    """What a kiosk asks of the service (:class:`kiosk_sim.client.Service`)."""

    def face_keys(self) -> dict[str, Any]: ...
    def keep_face(self, registration: str, sealed: dict[str, str]) -> None: ...
    def forget_face(self, registration: str) -> None: ...
    def hand_pictures(self, presentation: str, person: bytes, passport: bytes) -> None: ...


class Handover:
    """For one traveller after the other; nothing of one is kept for the next."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._held: tuple[str, Numbers, list[bytes], int] | None = None
        self._kept: str | None = None
        self._round = 0
        self.walk: Walk | None = None

    async def show(self, found: Mapping[str, Any], result: Result, portrait: bytes | None) -> None:
        """Send the two pictures of a doubtful face. Where that fails the officer compares passport and person."""
        if result.verdict is not Verdict.LOOK or result.live is None or portrait is None:
            return
        with suppress(Refused, ServiceUnavailable, PictureError):
            small = await asyncio.to_thread(lambda: small_jpeg(decode(portrait), None))
            await asyncio.to_thread(self._post.hand_pictures, found["id"], result.live, small)

    async def offer(self, found: Mapping[str, Any], result: Result, *, alone: bool) -> None:
        """Offer the choice to whoever was registered alone with a face that matched, where there are lanes for it."""
        is_known = result.verdict is Verdict.MATCH and result.face is not None
        if found["answer"] != REGISTERED or not is_known or not alone or found.get("party_left"):
            return
        mine = self._round
        with suppress(Refused, ServiceUnavailable):
            given = await asyncio.to_thread(self._post.face_keys)
            keys = [bytes.fromhex(key) for key in given["keys"]]
            if mine == self._round and keys and result.face is not None:
                self._held = (found["id"], result.face, keys, given["seconds"])
                self.walk = Walk.OFFERED

    async def choose(self) -> None:
        """The traveller wants to be known by the face."""
        held, self._held = self._held, None
        if held is None:
            return
        registration, face, keys, seconds = held
        mine, walk = self._round, Walk.KEPT
        try:
            sealed = seal_for(keys, face, UUID(registration), int(time.time()), seconds)
            await asyncio.to_thread(self._post.keep_face, registration, sealed)
        except Refused:
            walk = Walk.CODE
        except ServiceUnavailable:
            walk = Walk.STILL_KEPT  # it may have been kept and the answer lost
        if mine == self._round:  # else the next traveller stands there
            self.walk, self._kept = walk, registration

    async def take_back(self) -> None:
        """The traveller does not want it after all. Where the service cannot be told, it may be tried again."""
        if self._kept is None or self.walk not in (Walk.KEPT, Walk.STILL_KEPT):
            return
        mine, walk = self._round, Walk.TAKEN_BACK
        try:
            await asyncio.to_thread(self._post.forget_face, self._kept)
        except (Refused, ServiceUnavailable):
            walk = Walk.STILL_KEPT
        if mine == self._round:
            self.walk = walk

    def clear(self) -> None:
        """Forget whoever stood there."""
        self._round += 1
        self._held = self._kept = self.walk = None
