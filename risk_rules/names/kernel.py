"""Scores of rows against one name: compiled by numba where it is installed, else by numpy.

Both give the same rows and scores (held by a test). A row is the words of one name of a list; `rows` has one
line per row, numbers of words, filled up with the number behind the last word, whose weight is 0. `table` has
a line for each word that resembles one of the traveller's words, `slot` leads from words to lines, 0 for all
others; a column for each word of the traveller.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from risk_rules.names.vocabulary import Floats, Ids

try:
    import numba  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    numba = None

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


def score_by_numpy(rows: Rows, candidates: Ids, asked: Asked) -> Found:
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


def _loop(
    candidates: Any, words: Any, of_words: Any, whole: Any, slot: Any, table: Any, weights: Any,
    all_weights: Any, least: Any, out_rows: Any, out_scores: Any,
) -> int:  # fmt: skip
    """The same, row by row, for the compiler; how many were kept."""
    count = 0
    asked = weights.shape[0]
    best = np.zeros(asked, np.float32)
    for at in range(candidates.shape[0]):
        row = candidates[at]
        for q in range(asked):
            best[q] = 0
        theirs = np.float32(0)
        for k in range(words.shape[1]):
            word = words[row, k]
            line = slot[word]
            if line:
                most = np.float32(0)
                for q in range(asked):
                    like = table[line, q]
                    best[q] = max(best[q], like)
                    most = max(most, like)
                theirs += most * of_words[word]
        ours = np.float32(0)
        for q in range(asked):
            ours += best[q] * weights[q]
        score = np.float32(0.5) * (ours / all_weights + theirs / whole[row])
        if score >= least:
            out_rows[count] = row
            out_scores[count] = score
            count += 1
    return count


_compiled = None if numba is None else numba.njit(cache=True, nogil=True)(_loop)


def score_by_numba(rows: Rows, candidates: Ids, asked: Asked) -> Found:
    """The candidates that reach the least score."""
    found, scores = np.empty(len(candidates), np.int32), np.empty(len(candidates), np.float32)
    assert _compiled is not None
    count = _compiled(
        candidates, rows.words, rows.of_words, rows.whole, asked.slot, asked.table, asked.weights,
        np.float32(asked.whole), np.float32(asked.least), found, scores,
    )  # fmt: skip
    return found[:count], scores[:count]


Scorer = Callable[[Rows, Ids, Asked], Found]

score: Scorer = score_by_numpy if _compiled is None else score_by_numba
"""The faster of the two that are here."""

Array = npt.NDArray[Any]
