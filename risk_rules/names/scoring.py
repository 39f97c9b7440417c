"""Scores of rows against one name.

A row is the words of one name of a list: `Rows.words` has a line for each row, numbers of words, filled up with the
number behind the last word, whose weight is 0. `Asked.table` has a line for each word that resembles one of the
traveller's words and a column for each of these; `Asked.slot` leads from words to lines, to line 0 for all others.
"""

from dataclasses import dataclass

import numpy as np

from risk_rules.names.vocabulary import Floats, Ids

HALF = 0.5
"""The score is the mean of how much of the traveller's name, and how much of the list's, has met."""


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
    """The names of a list: `words` (n, k) numbers of words, `of_words` their weights, `whole` of each row."""

    words: Ids
    of_words: Floats
    whole: Floats


Found = tuple[Ids, Floats]
"""Numbers of rows and their scores, none below the least."""


def score(rows: Rows, candidates: Ids, asked: Asked) -> Found:
    """The candidates that reach the least score."""
    if not len(candidates):
        return candidates, np.zeros(0, np.float32)
    words = rows.words[candidates]
    likeness = asked.table[asked.slot[words]]  # (row, word of the row, word of the traveller)
    ours = likeness.max(1) @ asked.weights / np.float32(asked.whole)
    theirs = (likeness.max(2) * rows.of_words[words]).sum(1) / rows.whole[candidates]
    scores = np.float32(HALF) * (ours + theirs)
    kept = scores >= np.float32(asked.least)
    return candidates[kept], scores[kept]
