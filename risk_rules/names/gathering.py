"""Words that resemble one word, gathered from several ways of being alike: each once, with the most that was found.

In compiled loops for a long list, in numpy and a dictionary else: the same words, the same likeness.
"""

import threading
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from risk_rules.names.compiled import Loops
from risk_rules.names.likeness import LEAST_OF_SPELLING
from risk_rules.names.spellings import MOST_EDITS, Doubles, Ids, Letters, Spellings


class Neighbours(NamedTuple):
    """Words of the list that resemble one word: their numbers and likeness, in (0, 1]."""

    ids: Ids
    likeness: npt.NDArray[np.float32]


class Gathering(Protocol):
    """What one word is gathered in."""

    def near(self, spellings: Spellings, word: str, factor: float = 1.0) -> None:
        """Words that this one may be a misspelling of; their likeness counts by the factor."""

    def heard(
        self, spellings: Spellings, word: str, ids: Ids, sound: float, of_spelling: float
    ) -> None:
        """Words that sound the same: `sound` and a part by their spelling, where that is not quite another."""

    def put(self, ids: Ids, likeness: Doubles) -> None:
        """Words and their likeness; 0: not alike."""

    def taken(self) -> Neighbours:
        """All of them."""


class Plainly:
    """By numpy."""

    def __init__(self) -> None:
        self._best: dict[int, float] = {}

    def near(self, spellings: Spellings, word: str, factor: float = 1.0) -> None:
        ids, edits = spellings.near(word)
        self.put(ids, factor * spellings.likeness(word, ids, edits))

    def heard(
        self, spellings: Spellings, word: str, ids: Ids, sound: float, of_spelling: float
    ) -> None:
        longer = np.maximum(spellings.lengths[ids], len(word))
        spelling = 1 - spellings.edits(word, ids) / longer
        like = sound + of_spelling * spelling
        like[spelling < LEAST_OF_SPELLING] = 0
        self.put(ids, like)

    def put(self, ids: Ids, likeness: Doubles) -> None:
        best, alike = self._best, likeness > 0
        for number, found in zip(ids[alike].tolist(), likeness[alike].tolist(), strict=True):
            if found > best.get(number, 0.0):
                best[number] = found

    def taken(self) -> Neighbours:
        best = self._best
        return Neighbours(
            np.fromiter(best, np.int32, len(best)),
            np.fromiter(best.values(), np.float32, len(best)),
        )


class Compiled:
    """By compiled loops, for words of up to 64 letters. `_best` holds what was found of a word where `_held` is the turn
    of this one.
    """

    def __init__(self, size: int, loops: Loops) -> None:
        self._loops = loops
        self._held = np.zeros(size, np.int64)
        self._best, self._found = np.empty(size, np.float64), np.empty(size, np.int32)
        self._turn = self._count = 0

    def begin(self) -> "Compiled":
        """For another word."""
        self._turn, self._count = self._turn + 1, 0
        return self

    def near(self, spellings: Spellings, word: str, factor: float = 1.0) -> None:
        self._count = self._loops.near(
            spellings.windows(word), spellings.keys, spellings.starts, spellings.owners,
            spellings.owned, spellings.turned(word), spellings.signs, MOST_EDITS, _letters(word),
            spellings.rows, spellings.letters, spellings.ends, factor, self._best, self._held,
            self._turn, self._found, self._count,
        )  # fmt: skip

    def heard(
        self, spellings: Spellings, word: str, ids: Ids, sound: float, of_spelling: float
    ) -> None:
        if not len(ids):
            return
        self._count = self._loops.heard(
            ids, _letters(word), spellings.signs, spellings.rows, spellings.letters, spellings.ends,
            sound, of_spelling, self._best, self._held, self._turn, self._found, self._count,
        )  # fmt: skip

    def put(self, ids: Ids, likeness: Doubles) -> None:
        self._count = self._loops.put(
            ids, likeness, self._best, self._held, self._turn, self._found, self._count
        )

    def taken(self) -> Neighbours:
        ids = self._found[: self._count].copy()
        return Neighbours(ids, self._best[ids].astype(np.float32))


class Gatherings(threading.local):
    """One for each thread, made when it first asks."""

    def __init__(self, size: int, loops: Loops | None) -> None:
        self._compiled = Compiled(size, loops) if loops else None

    def begun(self) -> Gathering:
        """For another word."""
        return self._compiled.begin() if self._compiled else Plainly()


def gatherings(size: int, loops: Loops | None) -> Gatherings:
    """For a list of so many words."""
    return Gatherings(size, loops)


def _letters(word: str) -> Letters:
    return np.frombuffer(word.encode(), np.uint8) - np.uint8(ord("A"))
