"""Fragments that many officers fetch at once are made once: kept as bytes until anything changes that they may show.

A hint makes a hundred consoles ask for the same list. What is kept belongs to a site, a set of permissions, the scope and sight of the request, an address,
a language, and a *generation*: the number of hints heard of the site so far. Whoever asks after a hint asks for a new generation, and
what was read before it is never given out again; without the line on which hints come nothing is kept at all.

Nothing crosses from one officer to another: a fragment in which the officer himself is named (by his id, anywhere in the
rows) is kept for him alone, and what is shared is rendered for a viewer of whom the template knows nothing else.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, cast
from uuid import UUID
from weakref import WeakKeyDictionary, ref

from app.identity import scope, sight
from app.identity.officers import SignedIn
from app.identity.permissions import LENT, Permission, granted
from app.kernel.events import Hint
from app.kernel.live import Live
from app.web.translation import language

SECONDS = 2.0
"""Nothing is older, whatever is heard: the feed's poll, which finds lost hints, comes as often."""
MOST = 256
QUIET = frozenset(
    {"presentation.changed", "lane.changed", "lane.ordered", "boarding.changed", "answer.made",
     "message.received", "message.applied"}
)  # fmt: skip
"""Kinds of hints that change nothing in a list of people; a kind that is not known here changes everything."""


T = TypeVar("T")


@lru_cache(maxsize=64)
def _permissions(roles: tuple[str, ...], *, lent: bool) -> frozenset[Permission]:
    held = frozenset(one for one in Permission if granted(list(roles), one))
    return held & LENT if lent else held


@dataclass(frozen=True, slots=True)
class Viewer:
    """All that a shared fragment may know of who looks."""

    site: str
    officer_id: UUID
    permissions: frozenset[Permission]

    @classmethod
    def of(cls, who: SignedIn) -> "Viewer":
        return cls(who.site, who.officer_id, _permissions(who.roles, lent=who.is_lent))

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Made:
    """A fragment and every id that stands in it or behind it; ``about``: what the page around it says of it."""

    body: bytes
    ids: frozenset[UUID]
    about: object = None


@dataclass(frozen=True, slots=True)
class _Kept:
    generation: int
    at: float
    value: object


class Fragments:
    """What is kept in one process."""

    def __init__(self, live: Live) -> None:
        self._heard: Counter[str] = Counter()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.RLock()  # a fragment is made of values that are kept, too
        self._live = ref(live)
        live.add(self._hear)

    def _hear(self, hints: Sequence[Hint], cursor: str | None) -> None:
        del cursor
        with self._lock:
            self._heard.update({hint.site for hint in hints if hint.kind not in QUIET})

    def _live_connected(self) -> bool:
        live = self._live()
        return live is not None and live.connected

    def _generation(self, site: str) -> int:
        with self._lock:
            return self._heard[site] + self._heard[""]

    def fragment(self, viewer: Viewer, address: Hashable, make: Callable[[], Made]) -> bytes:
        """The fragment at ``address`` as the viewer may see it; ``make`` reads and renders it."""
        return self.made(viewer, address, make).body

    def made(self, viewer: Viewer, address: Hashable, make: Callable[[], Made]) -> Made:
        """The same with all that is known of it."""
        narrowed = scope.current(), sight.current()
        shared = ("shared", viewer.site, viewer.permissions, narrowed, language(), address)
        own = ("own", viewer.officer_id, *shared)

        def find() -> Made | None:
            for key in (own, shared):
                made = self._fresh(key, viewer.site)
                if isinstance(made, Made) and (key is own or viewer.officer_id not in made.ids):
                    return made
            return None

        def keep(made: Made, generation: int) -> None:
            key = own if viewer.officer_id in made.ids else shared
            self._keep(key, generation, made)

        return self._once(viewer.site, find, make, keep)

    def value(self, site: str, name: str, make: Callable[[], T]) -> T:
        """Something of a site by which fragments are told apart; ``name`` stands for its type."""
        key = ("value", site, scope.current(), sight.current(), name)

        def find() -> T | None:
            return cast("T | None", self._fresh(key, site))

        return self._once(site, find, make, lambda made, n: self._keep(key, n, made))

    def _once(
        self, site: str, find: Callable[[], T | None], make: Callable[[], T],
        keep: Callable[[T, int], None],
    ) -> T:  # fmt: skip
        """A hundred ask at once: one of them makes it, the others wait for it."""
        if not self._live_connected():
            return make()
        if (found := find()) is not None:
            return found
        with self._making:
            if (found := find()) is not None:
                return found
            generation = self._generation(site)  # before anything is read
            made = make()
            keep(made, generation)
        return made

    def _fresh(self, key: Hashable, site: str) -> object | None:
        generation = self._generation(site)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.generation != generation:
            return None
        return kept.value if time.monotonic() - kept.at < SECONDS else None

    def _keep(self, key: Hashable, generation: int, value: object) -> None:
        with self._lock:
            self._kept[key] = _Kept(generation, time.monotonic(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


_of_live: WeakKeyDictionary[Live, Fragments] = WeakKeyDictionary()
_first = threading.Lock()


def fragments_of(live: Live) -> Fragments:
    """What is kept beside this line of hints. Made when the program is put together, before any stream is told of a
    hint: nobody can ask because of a hint that has not been heard here.
    """
    with _first:
        if live not in _of_live:
            _of_live[live] = Fragments(live)
        return _of_live[live]
