"""A watched folder with the box of one sender, and a pump that turns it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.messages.sources.arrivals import Arrivals
from app.messages.sources.boxes import Box
from app.messages.sources.folder import Folder
from app.messages.sources.source import Desk, Pump
from tests.messages.conftest import Post

SENDER = "ZZ test"


@dataclass
class Watched:
    """``drop`` as the sender does, ``turn`` as the program does, then look."""

    post: Post
    desk: Desk
    root: Path

    @property
    def box(self) -> Box:
        return Box(SENDER, self.root / SENDER)

    def folder(self, settle: float = 0.0) -> Folder:
        return Folder(self.root, self.desk, Arrivals(settle))

    def drop(self, raw: bytes, name: str = "list.edi") -> Path:
        path = self.box.path / "in" / name
        path.write_bytes(raw)
        return path

    def turn(self) -> bool:
        """One round of a process of its own."""
        return Pump(self.folder(), self.desk).turn()

    def through(self) -> None:
        """Taken, applied, and moved on."""
        self.turn()
        self.post.work()
        self.turn()

    def names(self, target: str) -> list[str]:
        return sorted(path.name for path in (self.box.path / target).iterdir())

    def report(self, target: str, name: str = "list.edi") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.box.path / target / f"{name}.json").read_bytes())
        return found

    def everything(self) -> dict[str, list[str]]:
        """What is in each folder."""
        return {one: self.names(one) for one in ("in", "working", "processed", "rejected")}


@pytest.fixture
def watched(post: Post, tmp_path: Path) -> Watched:
    made = Watched(post, Desk(post.database, post.vault, post.clock), tmp_path)
    made.box.path.mkdir()
    made.box.prepare()
    return made
