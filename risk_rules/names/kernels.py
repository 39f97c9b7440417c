# fmt: off
"""The loops that take the time, compiled by numba when they are first called. :mod:`compiled` decides on their use."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compiled code is kept where there is a place to write to, else made by each process."""
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("F", numba.njit(nogil=True)(function))


@jit
def holding(
    telling: Ids, starts: Places, postings: Ids, ranges: Places, mark: Ids, turn: int, found: Ids
) -> int:
    """Rows within the ranges that hold one of the telling words, each once; `mark` is `turn` where it was."""
    count = 0
    for word in telling:
        begin, end = starts[word], starts[word + 1]
        for one in range(ranges.shape[0]):
            first, last = ranges[one, 0], ranges[one, 1]
            low, high = begin, end
            while low < high:
                middle = (low + high) >> 1
                if postings[middle] < first:
                    low = middle + 1
                else:
                    high = middle
            while low < end:
                row = postings[low]
                if row >= last:
                    break
                if mark[row] != turn:
                    mark[row] = turn
                    found[count] = row
                    count += 1
                low += 1
    return count


@jit
def score(
    candidates: Ids, size: int, words: Ids, of_words: Floats, whole: Floats, slot: Ids,
    table: Floats, weights: Floats, total: float, least: float, rows: Ids, scores: Floats,
) -> Any:
    """Scores of candidates that reach the least; `rows` may be `candidates` itself."""
    asked, empty, count = weights.shape[0], of_words.shape[0] - 1, 0
    best = np.zeros(asked, np.float32)
    for at in range(size):
        row = candidates[at]
        best[:] = 0
        theirs = 0.0
        for place in range(words.shape[1]):
            word = words[row, place]
            if word == empty:
                break
            line = slot[word]
            if line:
                most = np.float32(0)
                for column in range(asked):
                    like = table[line, column]
                    best[column] = max(best[column], like)
                    most = max(most, like)
                theirs += np.float64(most) * np.float64(of_words[word])
        ours = 0.0
        for column in range(asked):
            ours += np.float64(best[column]) * np.float64(weights[column])
        score = np.float32(0.5 * (ours / total + theirs / np.float64(whole[row])))
        if score >= least:
            rows[count] = row
            scores[count] = score
            count += 1
    return count


@jit
def _bits(value: Any) -> Any:
    """How many bits are set."""
    two, four, eight = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    value -= (value >> np.uint64(1)) & two
    value = (value & four) + ((value >> np.uint64(2)) & four)
    value = (value + (value >> np.uint64(4))) & eight
    return np.int64((value * np.uint64(0x0101010101010101)) >> np.uint64(56))


@jit
def _distance(masks: Bits, length: Any, letters: Bytes, begin: Any, end: Any) -> Any:
    """Optimal string alignment, a column of bits at a time (Hyyrö 2003)."""
    one = np.uint64(1)
    last = one << np.uint64(length - 1)
    plus, minus, diagonal, before = ~np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    distance = length
    for place in range(begin, end):
        mask = masks[letters[place]]
        turned = (((~diagonal) & mask) << one) & before
        diagonal = (((mask & plus) + plus) ^ plus) | mask | minus | turned
        up = minus | ~(diagonal | plus)
        down = diagonal & plus
        if up & last:
            distance += 1
        if down & last:
            distance -= 1
        up = (up << one) | one
        plus = (down << one) | ~(diagonal | up)
        minus = up & diagonal
        before = mask
    return distance


@jit
def edits(
    masks: Bits, length: int, candidates: Ids, letters: Bytes, ends: Places, found: Bytes
) -> None:
    """Edits between one word, whose letters stand in `masks`, and each of the candidates."""
    for at in range(candidates.shape[0]):
        candidate = candidates[at]
        begin = np.int64(0) if candidate == 0 else ends[candidate - 1]
        found[at] = _distance(masks, length, letters, begin, ends[candidate])


@jit
def near(
    begins: Places, stops: Places, owners: Ids, owned: Bits, turned: Ids, signs: Bits, sign: int,
    edits: Bytes, masks: Bits, letters: Bytes, ends: Places, seen: Bools, found: Ids, apart: Bytes,
) -> int:
    """Words among the owners and the turned ones that are within the edits of the shorter word, each once."""
    count, length = 0, np.int64(sign >> np.uint64(56))
    for group in range(begins.shape[0] + 1):
        is_last = group == begins.shape[0]
        first = np.int64(0) if is_last else begins[group]
        last = np.int64(turned.shape[0]) if is_last else stops[group]
        for at in range(first, last):
            other = signs[at] if is_last else owned[at]
            longer = np.int64(other >> np.uint64(56)) - length
            most = np.int64(edits[min(length, length + longer)])
            # a letter too many changes one bit, a wrong one two
            if most < abs(longer) or _bits((other ^ sign) << np.uint64(8)) > 2 * most - abs(longer):
                continue
            word = turned[at] if is_last else owners[at]
            if seen[word]:
                continue
            seen[word] = True
            begin = np.int64(0) if word == 0 else ends[word - 1]
            distance = _distance(masks, length, letters, begin, ends[word])
            if distance <= most:
                found[count] = word
                apart[count] = distance
                count += 1
    return count
