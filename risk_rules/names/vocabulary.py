"""The distinct words of a list's names, and for any word those of them that resemble it.

A list of a million names has some 150,000 distinct words. Resemblance is looked for among words, once for
each word of a traveller, and kept for the next traveller of that name.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from risk_rules.names.compiled import loops_for
from risk_rules.names.gathering import Gathering, Neighbours, Plainly, gatherings
from risk_rules.names.likeness import (
    ARTICLE,
    CUT_OFF,
    FOLDED,
    INITIAL,
    MOST_CLASSES,
    OF_SPELLING,
    PER_CLASS,
    ROMAJI,
    SOUND,
    with_other_article,
)
from risk_rules.names.normalise import PARTICLES
from risk_rules.names.sound import all_folded, folded, romaji, skeleton, skeletons
from risk_rules.names.spellings import MOST_LETTERS, Arrays, Groups, Ids, Spellings, split_at

Floats = npt.NDArray[np.float32]

_MOST_BEGINNINGS = 20_000
_KEPT = 40_000
"""Words whose neighbours are kept, some 1.5 kB each."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a word weighs in a name: rare words much, particles and initials little."""

    of_words: Floats
    unknown: float = 1.0

    @staticmethod
    def of(words: Sequence[str], counts: npt.NDArray[np.int64], names: int) -> "Weights":
        """log(1 + N / n) / log(1 + N) for a word of n of N names, at least 0.1."""
        found = np.log1p(names / np.maximum(counts, 1)) / np.log1p(max(names, 1))
        light = np.fromiter((is_light(word) for word in words), bool, len(words))
        return Weights(np.maximum(np.where(light, found * 0.4, found), 0.1).astype(np.float32))


def is_light(word: str) -> bool:
    return len(word) == 1 or word in PARTICLES


class Vocabulary:
    """The words of a list, sorted. Read only; `neighbours` keeps what it found."""

    def __init__(self, arrays: Arrays, *, loops: bool = True) -> None:
        """From what :meth:`make` made; ``loops``: compiled ones may be used."""
        self.spelt = Spellings(arrays, "spelt")
        self._folded = Spellings(arrays, "folded")
        self.words = split_at(self.spelt.letters, self.spelt.ends)
        self.numbers = {word: at for at, word in enumerate(self.words)}
        self._by_skeleton = Groups.from_arrays(arrays, "skeleton")
        self._by_romaji = Groups.from_arrays(arrays, "romaji")
        self._gatherings = gatherings(
            len(self.words), loops_for(len(self.words)) if loops else None
        )
        self.neighbours = lru_cache(_KEPT)(self._neighbours)

    @staticmethod
    def make(words: Iterable[str]) -> dict[str, npt.NDArray[Any]]:
        """The arrays of these words; they are numbered as `sorted` has them."""
        known = sorted(words)
        classes = (key if len(key) > 1 else "" for key in skeletons(known))
        romajis = Groups.of(map(romaji, known), len(known))
        return {
            **Spellings.make(known, "spelt"),
            **Spellings.make(all_folded(known), "folded"),
            **Groups.of(classes, len(known)).arrays("skeleton"),
            **romajis.arrays("romaji"),
        }

    @classmethod
    def of(cls, words: Iterable[str], *, loops: bool = True) -> "Vocabulary":
        return cls(cls.make(words), loops=loops)

    def _neighbours(self, word: str, cut: bool = False) -> Neighbours:  # noqa: FBT001, FBT002
        """Every word of the list that is like this one; `cut`: or begins with it."""
        found = Plainly() if len(word) > MOST_LETTERS else self._gatherings.begun()
        found.near(self.spelt, word)
        found.near(self._folded, folded(word), FOLDED)
        return self._rest(word, found, cut=cut)

    def every_neighbour(self, word: str, *, cut: bool = False) -> Neighbours:
        """The same by comparing with every word: what `neighbours` is measured against."""
        found, ids, bare = Plainly(), np.arange(len(self), dtype=np.int32), folded(word)
        found.put(ids, self.spelt.likeness(word, ids, self.spelt.edits(word, ids)))
        manner = self._folded.likeness(bare, ids, self._folded.edits(bare, ids))
        found.put(ids, FOLDED * manner)
        return self._rest(word, found, cut=cut)

    def _rest(self, word: str, found: Gathering, *, cut: bool) -> Neighbours:
        """What resembles it in other ways than by its spelling."""
        self._heard(word, found)
        if len(word) == 1 or cut:
            ids = self._beginning(word)
            found.put(ids, np.full(len(ids), INITIAL if len(word) == 1 else CUT_OFF))
        others = dict.fromkeys(with_other_article(word), ARTICLE) | {word: 1.0}
        if known := {
            self.numbers[one]: like for one, like in others.items() if one in self.numbers
        }:
            found.put(np.array(list(known), np.int32), np.array(list(known.values()), np.float64))
        return found.taken()

    def _heard(self, word: str, found: Gathering) -> None:
        key = skeleton(word)
        alike, japanese = self._by_skeleton.get(key), self._by_romaji.get(romaji(word))
        sound = SOUND + PER_CLASS * min(MOST_CLASSES, len(key))
        found.heard(self.spelt, word, alike, sound, OF_SPELLING)
        found.heard(self.spelt, word, japanese, ROMAJI, 0.0)

    def _beginning(self, word: str) -> Ids:
        first, last = bisect_left(self.words, word), bisect_left(self.words, word + "\x7f")
        return np.arange(first, min(last, first + _MOST_BEGINNINGS), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.words)
