"""What exists at the start is left alone, what comes later is collected as ever."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.kernel import collector


class Knot:
    """One of a cycle."""

    def __init__(self) -> None:
        self.other = self


@pytest.fixture(autouse=True)
def own_collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_nothing_that_exists_is_looked_through_again() -> None:
    early = Knot()
    collector.settle()
    late = Knot()
    watched = {id(one) for one in gc.get_objects()}
    assert id(early) not in watched
    assert id(late) in watched
    assert gc.get_threshold()[0] == collector.YOUNG


def test_cycles_made_later_are_collected() -> None:
    collector.settle()
    late = Knot()
    gone = weakref.ref(late)
    del late
    gc.collect()
    assert gone() is None
