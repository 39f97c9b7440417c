"""Scores of rows against one name, and the rows that are worth one.

A row is the words of one name of a list: `Rows.words` has a line for each row, numbers of words, filled up with the
number behind the last word, whose weight is 0. A table has a line for each word that resembles one of the traveller's
words and a column for each of these; a slot leads from words to lines, to line 0 for all others.

Large lists use the compiled loops of :mod:`compiled`, small ones numpy: the same rows, the same scores.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk_rules.names.compiled import Loops
from risk_rules.names.gathering import Neighbours
from risk_rules.names.portions import Portion, Ranges
from risk_rules.names.spellings import Doubles, Ids
from risk_rules.names.vocabulary import Floats

HALF = 0.5
"""The score is the mean of how much of the traveller's name, and how much of the list's, has met."""
LOST = 1e-5
"""Of a score, what single precision may lose."""
_MOST_TURNS = 2**31 - 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One form of a traveller's name, ready to be scored: what resembles each of its words, their weights and the
    sum of these.
    """

    near: Sequence[Neighbours]
    weights: Floats
    whole: float


@dataclass(frozen=True, slots=True)
class Rows:
    """The names of a list: `words` (n, k) numbers of words, `of_words` their weights, `whole` of each row;
    `postings` the rows that hold a word, in order, from `starts[word]` to `starts[word + 1]`; `held` (p, k) the words
    of each of these, so that they are read where they are needed.
    """

    words: Ids
    of_words: Floats
    whole: Floats
    postings: Ids
    held: Ids
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.words)


Places = npt.NDArray[np.int64]
"""Word and row of each posting as one number, word x rows + row: where the rows of a word within a range
begin and end."""

Found = tuple[Ids, Floats]
"""Numbers of rows and their scores, none below the least."""


def tabled(slot: Ids, near: Sequence[Neighbours]) -> Floats:
    """The table of a name; fills the slot."""
    table = np.zeros((1 + sum(len(one.ids) for one in near), len(near)), np.float32)
    lines = 1
    for column, one in enumerate(near):
        new = one.ids[slot[one.ids] == 0]
        slot[new] = np.arange(lines, lines + len(new), dtype=np.int32)
        lines += len(new)
        table[slot[one.ids], column] = one.likeness
    return table


def telling(asked: Asked, least: float) -> Ids:
    """Words of which a row must hold one to reach the least score.

    A score is at most HALF x (covered / whole) + 1 - HALF, so `covered` has a least too.
    """
    need = (least - (1 - HALF)) / HALF * asked.whole
    need -= LOST * asked.whole
    rest, found = asked.whole, [np.zeros(0, np.int32)]
    for at in heaviest(asked.weights).tolist():
        if rest < need:
            break
        weight = float(asked.weights[at])
        rest -= weight
        ids, likeness = asked.near[at]
        found.append(ids[rest + weight * likeness >= need])
    return np.unique(np.concatenate(found))


def heaviest(weights: Floats) -> npt.NDArray[np.intp]:
    """Words of a name, the heaviest first."""
    return np.argsort(-weights, kind="stable")


def score(
    rows: Rows, candidates: Ids, slot: Ids, table: Floats, asked: Asked, least: float
) -> Found:
    """The candidates that reach the least score."""
    if not len(candidates):
        return candidates, np.zeros(0, np.float32)
    words = rows.words[candidates]
    likeness = table[slot[words]]  # (row, word of the row, word of the traveller)
    ours, theirs = covered(rows, candidates, words, likeness, asked)
    scores = (HALF * (ours + theirs)).astype(np.float32)
    kept = scores >= np.float32(least)
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
        self._slot = np.zeros(len(rows.of_words), np.int32)
        if loops:
            self._alike = np.zeros(len(rows.of_words) // 64 + 1, np.uint64)
            self._marks = np.zeros(len(rows), np.int32)
            # a row may be in two portions
            self._found = np.empty(2 * len(rows), np.int32)
            self._scores = np.empty(2 * len(rows), np.float32)
            self._turn = 0

    def found(self, portions: Sequence[Portion], asked: Asked) -> Found:
        """The rows of each portion that reach its least score."""
        return self._compiled(portions, asked) if self._loops else self._plainly(portions, asked)

    def _plainly(self, portions: Sequence[Portion], asked: Asked) -> Found:
        slot, rows, found = self._slot, self._rows, []
        table = tabled(slot, asked.near)
        for least, ranges, by_words in portions:
            if by_words:
                candidates = holding(rows, self._places, telling(asked, least), ranges)
            else:
                candidates = np.concatenate([np.arange(*one, dtype=np.int32) for one in ranges])
            found.append(score(rows, candidates, slot, table, asked, least))
        for one in asked.near:
            slot[one.ids] = 0
        return np.concatenate([rows for rows, _ in found]), np.concatenate(
            [one for _, one in found]
        )

    def _compiled(self, portions: Sequence[Portion], asked: Asked) -> Found:
        assert self._loops
        if self._turn > _MOST_TURNS:
            self._marks[:] = self._turn = 0
        ranges = np.array([pair for one in portions for pair in one.ranges], np.int64).reshape(
            -1, 2
        )
        rows, near = self._rows, asked.near
        count = self._loops.found(
            np.concatenate([one.ids for one in near]), np.concatenate([one.likeness for one in near]),
            np.cumsum([len(one.ids) for one in near]), heaviest(asked.weights), asked.weights, asked.whole,
            np.array([one.least for one in portions]), np.array([one.by_words for one in portions]),
            ranges, np.cumsum([len(one.ranges) for one in portions]),
            rows.starts, rows.postings, rows.held, rows.words, rows.of_words,
            self._slot, self._alike, self._marks, self._turn, self._found, self._scores,
        )  # fmt: skip
        self._turn += len(portions)
        return self._found[:count].copy(), self._scores[:count].copy()


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
