"""Scenes: what is built on another scene is shared only where that one is."""

from typing import Any, cast

from tests.support.databases import Databases
from tests.support.scenes import Scenes


class Written:
    """A database that a test may have written to before its scene was entered."""

    def __init__(self) -> None:
        self.untouched = True
        self.put_back: list[Any] = []

    def is_untouched(self) -> bool:
        return self.untouched

    def rows(self) -> str:
        return "rows"

    def put(self, rows: str) -> None:
        self.put_back.append(rows)


def test_a_scene_on_one_that_is_the_tests_own_is_the_tests_own() -> None:
    database = Written()
    scenes = Scenes(cast(Databases, database))
    assert scenes.enter("airport", lambda: "first") == "first"
    assert scenes.enter("hall", lambda: "hall of first", on="airport") == "hall of first"
    database.untouched = False
    assert scenes.enter("airport", lambda: "own") == "own"
    assert scenes.enter("hall", lambda: "hall of own", on="airport") == "hall of own"
    assert database.put_back == []
    database.untouched = True
    assert scenes.enter("airport", lambda: "another") == "first"
    assert scenes.enter("hall", lambda: "of another", on="airport") == "hall of first"
    assert database.put_back == ["rows", "rows"]
