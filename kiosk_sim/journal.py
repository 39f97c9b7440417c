"""What happened at a lane, on the disk before anybody is told, until the service has it.

A line of JSON for each, with a key of its own: sent twice, the service keeps it once.
"""

import json
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kiosk_sim import files

MOST = 10_000
"""Notes that are kept while the service is away; the oldest go first."""


class Journal:
    """Safe to use from several threads. Without a path it is kept in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._notes = _read(path) if path else []

    def add(self, note: dict[str, Any]) -> None:
        """Keep a note. A disk that cannot be written must not keep a door from doing what is safe."""
        with self._lock:
            self._notes.append(note)
            del self._notes[:-MOST]
            if self._path is None:
                return
            try:
                files.append(self._path, json.dumps(note) + "\n")
            except OSError:
                return

    def unsent(self, most: int = 100) -> list[dict[str, Any]]:
        """The oldest notes that the service may not have."""
        with self._lock:
            return self._notes[:most]

    def sent(self, keys: Collection[str]) -> None:
        """The service has these."""
        with self._lock:
            self._notes = [note for note in self._notes if note["key"] not in keys]
            if self._path is None:
                return
            lines = "".join(json.dumps(note) + "\n" for note in self._notes)
            try:
                files.replace(self._path, lines.encode("ascii"))
            except OSError:
                return  # they are sent again, and kept once


def _read(path: Path) -> list[dict[str, Any]]:
    """What an earlier run has left; a line that a crash cut off is skipped."""
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, dict) and isinstance(note.get("key"), str):
            found.append(note)
    return found[-MOST:]
