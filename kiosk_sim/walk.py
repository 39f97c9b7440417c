"""A traveller walks up to a device: the same steps as at the screen, without the screen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.formats.barcode import PictureError, Reader
from kiosk_sim.chip import ChipReader, Document
from kiosk_sim.client import Refused, Service
from kiosk_sim.turn import Turn

PENDING = ("hold", "wait")


@dataclass(slots=True)
class Walk:
    """What has been said to a traveller so far, in order, and whether a door opened."""

    path: list[str] = field(default_factory=list)
    door: str = "shut"
    presentations: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    @property
    def decision(self) -> str:
        """The last word as one of cleared, hold, refer; "registered" is no decision yet."""
        last = self.path[-1] if self.path else "refer"
        return last if last in ("cleared", "hold") else "refer"


def present(
    walk: Walk,
    service: Service,
    reader: Reader,
    document: Document | None,
    picture: bytes | None,
    chips: ChipReader,
    while_held: Callable[[], None] = lambda: None,
) -> None:
    """Show passport and code, wait while held, go through when cleared and there is a door."""
    turn = Turn()
    if document is not None:
        turn = Turn(document.mrz, chips.read(document))
    found = service.present(
        credential=_read(reader, picture), mrz=turn.mrz, readings=turn.readings()
    )
    _note(walk, found)
    if found["answer"] in PENDING:
        while_held()
    while found["answer"] in PENDING:
        found = service.await_decision(found["id"])
    _note(walk, found)
    if found["answer"] == "cleared":
        _go_through(walk, service, found)


def _read(reader: Reader, picture: bytes | None) -> str | None:
    """What the ladder of readers makes of the picture; nothing readable is no code."""
    if picture is None:
        return None
    try:
        return reader.read(picture)
    except PictureError:
        return None


def _note(walk: Walk, found: dict[str, Any]) -> None:
    if found.get("advice") and found["advice"] not in walk.advice:
        walk.advice.append(found["advice"])
    if not walk.presentations or walk.presentations[-1] != found["id"]:
        walk.presentations.append(found["id"])
        walk.path.append(found["answer"])
    elif walk.path[-1] != found["answer"]:
        walk.path.append(found["answer"])


def _go_through(walk: Walk, service: Service, found: dict[str, Any]) -> None:
    try:
        service.pass_through(found["id"])
    except Refused:
        walk.path.append("refer")
        return
    walk.door = "opened"
