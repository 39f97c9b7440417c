"""Statements counted: of the work that a test looks at, not of what runs beside it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.kernel.db import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that reach the database through ``database``; the feed is polled whenever it is time."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread().name != "live-poll":
            seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)
