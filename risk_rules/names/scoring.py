"""Scores of rows against one name, and the rows that are worth one.

A row is the words of one name of a list: `Rows.words` has a line for each row, numbers of words, filled up with the
number behind the last word, whose weight is 0. `Asked.table` has a line for each word that resembles one of the
traveller's words and a column for each of these; `Asked.slot` leads from words to lines, to line 0 for all others.

Large lists use the compiled loops of :mod:`compiled`, small ones numpy: the same rows, the same scores.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk_rules.names.compiled import Loops
from risk_rules.names.spellings import Doubles, Ids
from risk_rules.names.vocabulary import Floats

HALF = 0.5
"""The score is the mean of how much of the traveller's name, and how much of the list's, has met."""
_MOST_TURNS = 2**31 - 2

Ranges = Sequence[tuple[int, int]]
"""Rows from the first up to the last, which is not one of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One form of a traveller's name, ready to be scored: `slot` and `table` as above, the weights of its
    words, their sum, the least score that counts.
    """

    slot: Ids
    table: Floats
    weights: Floats
    whole: float
    least: float


@dataclass(frozen=True, slots=True)
class Rows:
    """The names of a list: `words` (n, k) numbers of words, `of_words` their weights, `whole` of each row;
    `postings` the rows that hold a word, in order, from `starts[word]` to `starts[word + 1]`.
    """

    words: Ids
    of_words: Floats
    whole: Floats
    postings: Ids
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.words)


Places = npt.NDArray[np.int64]
"""Word and row of each posting as one number, word x rows + row: where the rows of a word within a range
begin and end."""

Found = tuple[Ids, Floats]
"""Numbers of rows and their scores, none below the least."""


def score(rows: Rows, candidates: Ids, asked: Asked) -> Found:
    """The candidates that reach the least score."""
    if not len(candidates):
        return candidates, np.zeros(0, np.float32)
    words = rows.words[candidates]
    likeness = asked.table[asked.slot[words]]  # (row, word of the row, word of the traveller)
    ours, theirs = covered(rows, candidates, words, likeness, asked)
    scores = (HALF * (ours + theirs)).astype(np.float32)
    kept = scores >= np.float32(asked.least)
    return candidates[kept], scores[kept]


def covered(
    rows: Rows, candidates: Ids, words: Ids, likeness: Floats, asked: Asked
) -> tuple[Doubles, Doubles]:
    """The share of the traveller's name, and of each row's, that has met something, by weight."""
    ours = (likeness.max(1) * asked.weights.astype(np.float64)).sum(1) / asked.whole
    theirs = (likeness.max(2) * rows.of_words[words].astype(np.float64)).sum(1)
    return ours, theirs / rows.whole[candidates]


def holding(rows: Rows, places: Places, words: Ids, ranges: Ranges) -> Ids:
    """The rows within the ranges that hold one of the words, each once."""
    size, found = len(rows), []
    for first, last in ranges:
        if first >= last or not len(words):
            continue
        base = words.astype(np.int64) * size
        begins = np.searchsorted(places, base + first)
        counts = np.searchsorted(places, base + last) - begins
        total = int(counts.sum())
        if not total:
            continue
        offsets = np.repeat(begins - np.append(0, np.cumsum(counts)[:-1]), counts)
        held = rows.postings[offsets + np.arange(total)]
        found.append(held if len(words) == 1 else np.unique(held))
    return np.concatenate(found) if found else np.zeros(0, np.int32)


class Desk:
    """What one thread needs to look through a list: lines by word, marks by row, room for what is found."""

    def __init__(self, rows: Rows, places: Places, loops: Loops | None) -> None:
        self._rows, self._places, self._loops = rows, places, loops
        self.slot = np.zeros(len(rows.of_words), np.int32)
        if loops:
            self._marks = np.zeros(len(rows), np.int32)
            self._room = np.empty(len(rows), np.int32)
            self._scores = np.empty(len(rows), np.float32)
            self._turn = 0

    def holding(self, telling: Ids, ranges: Ranges, asked: Asked) -> Found:
        """The rows within the ranges that hold a telling word and reach the least score."""
        if self._loops is None:
            return score(self._rows, holding(self._rows, self._places, telling, ranges), asked)
        if self._turn == _MOST_TURNS:
            self._marks[:] = self._turn = 0
        self._turn += 1
        size = self._loops.holding(
            telling, self._rows.starts, self._rows.postings, np.array(ranges, np.int64),
            self._marks, np.int32(self._turn), self._room,
        )  # fmt: skip
        return self._score(self._room, size, asked)

    def within(self, ranges: Ranges, asked: Asked) -> Found:
        """All the rows within the ranges that reach the least score: for few of them."""
        rows = np.concatenate([np.arange(a, b, dtype=np.int32) for a, b in ranges])
        if self._loops is None:
            return score(self._rows, rows, asked)
        return self._score(rows, len(rows), asked)

    def _score(self, candidates: Ids, size: int, asked: Asked) -> Found:
        assert self._loops
        rows = self._rows
        count = self._loops.score(
            candidates, size, rows.words, rows.of_words, rows.whole, asked.slot, asked.table,
            asked.weights, asked.whole, np.float32(asked.least), self._room, self._scores,
        )  # fmt: skip
        return self._room[:count].copy(), self._scores[:count].copy()


class Desks(threading.local):
    """A desk for each thread, made when it first asks."""

    def __init__(self, rows: Rows, places: Places, loops: Loops | None) -> None:
        self.desk = Desk(rows, places, loops)


def desks(rows: Rows, loops: Loops | None) -> Desks:
    """Desks for a list; what they have in common is made here."""
    counts = np.diff(rows.starts if loops is None else rows.starts[:1])
    words = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    places = words * len(rows) + rows.postings[: len(words)]
    return Desks(rows, places, loops)
