"""Scenes: states of the database that many tests begin with, made once in a process and put back for the others.

What a test reads is then what the program has written, as if the scene were made anew: the rows are kept as the
server gives them out, and what the maker of the scene knows (ids, tokens, people) as a copy.
"""

import sys
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar, get_args, get_origin
from uuid import UUID

from app.screening import assess, lookouts
from tests.support.databases import Databases, Rows

T = TypeVar("T")


class Scenes:
    """Each is known by a name; ``make`` fills an empty database and returns what the tests need to know of it."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._kept: dict[str, tuple[Rows, Any]] = {}
        self._standing = ""

    def enter(self, name: str, make: Callable[[], T], *, on: str = "") -> T:
        """The scene in the database of the running test. What is returned is the test's own.

        A test that has written something before keeps it: there the scene is made, and not kept for others. ``on``:
        the scene that this one begins with, entered just before; where that is the test's own, so is this.
        """
        forget()
        shared = self._standing == on if on else self._databases.is_untouched()
        self._standing = name if shared else ""
        if not shared:
            return make()
        if name not in self._kept:
            known = make()
            self._kept[name] = (self._databases.rows(), deepcopy(known))
            return known
        rows, known = self._kept[name]
        self._databases.put(rows)
        return deepcopy(known)


def forget() -> None:
    """What a process keeps in memory by the id of a row: in each test of a scene the rows have the same ids."""
    lookouts.keep_snapshots(None)
    assess._setbacks._known.clear()
    for name, module in tuple(sys.modules.items()):
        if name.startswith("app."):
            for variable, kind in getattr(module, "__annotations__", {}).items():
                if variable.startswith("_") and _is_by_id(kind):
                    getattr(module, variable).clear()


def _is_by_id(kind: Any) -> bool:
    """Whether it is the type of a dict with an id in its keys."""
    if get_origin(kind) is not dict:
        return False
    key = get_args(kind)[0]
    return key is UUID or UUID in get_args(key)
