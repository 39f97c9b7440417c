# fmt: off
"""The loops that take the time, compiled by numba when they are first called. :mod:`compiled` decides on their use."""

import zlib
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from risk_rules.names.likeness import LEAST, LEAST_OF_SPELLING, OTHER_FIRST_LETTER
from risk_rules.names.scoring import HALF, LOST
from risk_rules.names.spellings import WIDTH

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint32]
Bits = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
F = TypeVar("F", bound=Callable[..., Any])

_ROOM = 512
"""Words that are looked up together."""
_CRC = np.array([zlib.crc32(bytes([one])) ^ zlib.crc32(b"\0") for one in range(256)], np.uint32)
"""What each byte adds to a check sum."""


def jit(function: F) -> F:
    """Compiled code is kept where there is a place to write to, else made by each process."""
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("F", numba.njit(nogil=True)(function))


@jit
def found(
    ids: Ids, likes: Floats, ends: Places, order: Places, weights: Floats, total: float,
    leasts: Doubles, by_words: Flags, ranges: Places, range_ends: Places,
    starts: Places, postings: Ids, held: Ids, words: Ids, of_words: Floats,
    slot: Ids, alike: Bits, marks: Ids, turn: int, rows: Ids, scores: Floats,
) -> int:
    """The rows of each portion that reach its least score: `Desk.found`. `ids` and `likes` are what resembles the words
    asked for, behind one another; `ends` and `range_ends` say where each word's, each portion's end. `alike` has a bit
    for each word with a slot: it stays in the cache of the processor, where the slots do not.
    """
    table = _tabled(ids, likes, ends, slot, alike)
    begins, stops = starts[ids], starts[ids + 1]  # all at once: no look in memory waits for another
    firsts = postings[begins]
    best, chosen = np.empty(ends.shape[0], np.float32), np.empty(_ROOM, np.int64)
    count, begin = 0, np.int64(0)
    for one in range(leasts.shape[0]):
        told, least, now = ranges[begin:range_ends[one]], leasts[one], turn + one + 1
        begin = range_ends[one]
        if not by_words[one]:
            for at in range(told.shape[0]):
                for row in range(told[at, 0], told[at, 1]):
                    like = _score(words, row, of_words, slot, alike, table, weights, total, least, best)
                    count = _take(row, like, least, marks, now, rows, scores, count)
            continue
        need = (least - (1 - HALF)) / HALF * total - LOST * total
        rest, size, final = total, np.int64(0), told[-1, 1] if told.shape[0] else 0
        for column in order:
            if rest < need:
                break
            weight = np.float64(weights[column])
            rest -= weight
            for at in range(ends[column - 1] if column else 0, ends[column]):
                if firsts[at] < final and rest + weight * np.float64(likes[at]) >= need:
                    size, count = _holding(
                        postings, held, begins[at], stops[at], told, chosen, size, of_words, slot, alike, table,
                        weights, total, least, best, marks, now, rows, scores, count,
                    )
        count = _scored(
            postings, held, chosen, size, of_words, slot, alike, table,
            weights, total, least, best, marks, now, rows, scores, count,
        )
    for word in ids:
        slot[word] = 0
        alike[word >> 6] = 0
    return count


@jit
def _tabled(ids: Ids, likes: Floats, ends: Places, slot: Ids, alike: Bits) -> Any:
    """`tabled` of :mod:`scoring`."""
    table = np.zeros((1 + ids.shape[0], ends.shape[0]), np.float32)
    line, at = 0, 0
    for column in range(ends.shape[0]):
        while at < ends[column]:
            word = ids[at]
            if slot[word] == 0:
                line += 1
                slot[word] = line
                alike[word >> 6] |= np.uint64(1) << np.uint64(word & 63)
            table[slot[word], column] = likes[at]
            at += 1
    return table


@jit
def _holding(
    postings: Ids, held: Ids, low: Any, end: Any, ranges: Places, chosen: Places, size: Any,
    of_words: Floats, slot: Ids, alike: Bits, table: Floats, weights: Floats, total: float, least: float, best: Floats,
    marks: Ids, turn: int, rows: Ids, scores: Floats, count: Any,
) -> Any:
    """The postings of one word within the ranges are chosen; how many are, and how many rows were found."""
    for one in range(ranges.shape[0]):
        first, last = ranges[one, 0], ranges[one, 1]
        high = end
        while low < high:
            middle = (low + high) >> 1
            if postings[middle] < first:
                low = middle + 1
            else:
                high = middle
        while low < end and postings[low] < last:
            chosen[size] = low
            size, low = size + 1, low + 1
            if size == _ROOM:
                count = _scored(
                    postings, held, chosen, size, of_words, slot, alike, table,
                    weights, total, least, best, marks, turn, rows, scores, count,
                )
                size = np.int64(0)
    return size, count


@jit
def _scored(
    postings: Ids, held: Ids, chosen: Places, size: Any,
    of_words: Floats, slot: Ids, alike: Bits, table: Floats, weights: Floats, total: float, least: float, best: Floats,
    marks: Ids, turn: int, rows: Ids, scores: Floats, count: Any,
) -> Any:
    """The rows of the chosen postings that reach the least score. Their words are fetched first, see `_fetched`."""
    words = np.empty((size, held.shape[1]), np.int32)
    for at in range(size):
        for place in range(held.shape[1]):
            words[at, place] = held[chosen[at], place]
    for at in range(size):
        like = _score(words, at, of_words, slot, alike, table, weights, total, least, best)
        count = _take(postings[chosen[at]], like, least, marks, turn, rows, scores, count)
    return count


@jit
def _take(
    row: Any, like: Any, least: float, marks: Ids, turn: int, rows: Ids, scores: Floats, count: Any
) -> Any:
    """A row that reaches the least score, once: a mark is the turn where it was."""
    if like >= np.float32(least) and marks[row] != turn:
        marks[row] = turn
        rows[count] = row
        scores[count] = like
        count += 1
    return count


@jit
def _score(
    words: Ids, at: Any, of_words: Floats, slot: Ids, alike: Bits, table: Floats,
    weights: Floats, total: float, least: float, best: Floats,
) -> Any:
    """The score of the words of one line, -1 where it cannot reach the least."""
    asked, empty = weights.shape[0], of_words.shape[0] - 1
    best[:] = 0
    for place in range(words.shape[1]):
        word = words[at, place]
        if word == empty:
            break
        if alike[word >> 6] >> np.uint64(word & 63) & np.uint64(1):
            line = slot[word]
            for column in range(asked):
                best[column] = max(best[column], table[line, column])
    ours = 0.0
    for column in range(asked):
        ours += np.float64(best[column]) * np.float64(weights[column])
    ours /= total
    if HALF * (ours + 1) + LOST < least:  # whatever it weighs
        return np.float32(-1)
    theirs, whole = 0.0, np.float32(0)
    for place in range(words.shape[1]):
        word = words[at, place]
        if word == empty:
            break
        whole += of_words[word]
        most = np.float32(0)
        for column in range(asked):
            most = max(most, table[slot[word], column])
        theirs += np.float64(most) * np.float64(of_words[word])
    return np.float32(HALF * (ours + theirs / np.float64(whole)))


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
        distance += np.int64((up & last) != 0) - np.int64((down & last) != 0)
        up = (up << one) | one
        plus = (down << one) | ~(diagonal | up)
        minus = up & diagonal
        before = mask
    return distance


@jit
def _masks(word: Bytes) -> Any:
    """For each letter a bit at each place where the word has it."""
    masks = np.zeros(26, np.uint64)
    for at in range(word.shape[0]):
        masks[word[at]] |= np.uint64(1) << np.uint64(at)
    return masks


@jit
def _sign(masks: Bits, length: Any) -> Any:
    """`letters_of` of :mod:`spellings`, from the masks of a word."""
    sign = np.uint64(length) << np.uint64(56)
    for letter in range(26):
        mask = masks[letter]
        if mask:
            sign |= np.uint64(1) << np.uint64(letter)
            if mask & (mask - np.uint64(1)):
                sign |= np.uint64(1) << np.uint64(letter + 26)
    return sign


@jit
def _keep(word: Any, like: Any, best: Doubles, held: Places, turn: Any, found: Ids, count: Any) -> Any:
    """One word that is alike: the most counts."""
    if held[word] != turn:
        held[word] = turn
        best[word] = like
        found[count] = word
        return count + 1
    best[word] = max(best[word], like)
    return count


@jit
def put(ids: Ids, likes: Doubles, best: Doubles, held: Places, turn: int, found: Ids, count: int) -> int:
    """Words and their likeness; 0: not alike."""
    for at in range(ids.shape[0]):
        if likes[at] > 0:
            count = _keep(ids[at], likes[at], best, held, turn, found, count)
    return count


@jit
def _fetched(chosen: Ids, size: Any, rows: Bits) -> Any:
    """The letters of some words, a line of the width for each: all at once, because a processor waits for many places in
    memory together, but not over a decision that it has to guess.
    """
    lines = np.empty(2 * size, np.uint64)
    for at in range(size):
        row = 2 * np.int64(chosen[at])
        lines[2 * at], lines[2 * at + 1] = rows[row], rows[row + 1]
    return lines.view(np.uint8)


@jit
def heard(
    ids: Ids, word: Bytes, signs: Bits, rows: Bits, letters: Bytes, ends: Places, sound: float,
    of_spelling: float, best: Doubles, held: Places, turn: int, found: Ids, count: int,
) -> int:
    """Words that sound like this one, where their spelling is not quite another."""
    masks, length = _masks(word), np.int64(word.shape[0])
    lines, theirs = _fetched(ids, ids.shape[0], rows), signs[ids]
    for at in range(ids.shape[0]):
        other = np.int64(theirs[at] >> np.uint64(56))
        text, begin = lines, np.int64(at) * WIDTH
        if other > WIDTH:
            text, begin = letters, ends[ids[at]] - other
        spelling = 1 - _distance(masks, length, text, begin, begin + other) / max(length, other)
        if spelling >= LEAST_OF_SPELLING:
            count = _keep(ids[at], sound + of_spelling * spelling, best, held, turn, found, count)
    return count


@jit
def _place(keys: Keys, wanted: Any) -> Any:
    """Where a key stands, -1 for nowhere."""
    low, high = 0, keys.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < keys.shape[0] and keys[low] == wanted else -1


@jit
def _crc(word: Bytes, at: Any, end: Any, seed: Any) -> Any:
    """`zlib.crc32` of a piece of a word."""
    found = np.uint32(seed) ^ np.uint32(0xFFFFFFFF)
    for place in range(at, end):
        found = _CRC[(found ^ np.uint32(word[place] + 65)) & np.uint32(255)] ^ (found >> np.uint32(8))
    return found ^ np.uint32(0xFFFFFFFF)


@jit
def near(
    windows: Places, keys: Keys, starts: Places, owners: Ids, owned: Bits, turned: Ids, signs: Bits,
    edits: Bytes, word: Bytes, rows: Bits, letters: Bytes, ends: Places, factor: float,
    best: Doubles, held: Places, turn: int, found: Ids, count: int,
) -> int:
    """Words that own a piece in one of the windows (seed of its key, start, end, letters of its owner), or are turned,
    and are within the edits of the shorter word. `rows` holds the letters of each word that is not longer than the width,
    eight letters in one number.
    """
    masks, length = _masks(word), np.int64(word.shape[0])
    sign, size = _sign(masks, length), 0
    chosen, theirs = np.empty(_ROOM, np.int32), np.empty(_ROOM, np.uint64)
    for group in range(windows.shape[0] + 1):
        is_last = group == windows.shape[0]
        first, last, limit = np.int64(0), np.int64(turned.shape[0]), np.int64(64)
        if not is_last:
            place = _place(keys, _crc(word, windows[group, 1], windows[group, 2], windows[group, 0]))
            if place < 0:
                continue
            first, last = starts[place], starts[place + 1]
            # a letter too many changes one bit, a wrong one two
            other = windows[group, 3]
            limit = 2 * np.int64(edits[min(length, other)]) - abs(other - length)
        for at in range(first, last):
            its = signs[turned[at]] if is_last else owned[at]
            if _bits((its ^ sign) << np.uint64(8)) <= limit:
                chosen[size] = turned[at] if is_last else owners[at]
                theirs[size] = its
                size += 1
                if size == _ROOM:
                    count = _measured(
                        chosen, theirs, size, word, masks, sign, edits, rows, letters, ends,
                        factor, best, held, turn, found, count,
                    )
                    size = 0
    return int(_measured(
        chosen, theirs, size, word, masks, sign, edits, rows, letters, ends,
        factor, best, held, turn, found, count,
    ))


@jit
def _measured(
    chosen: Ids, theirs: Bits, size: Any, word: Bytes, masks: Bits, sign: Any,
    edits: Bytes, rows: Bits, letters: Bytes, ends: Places, factor: float,
    best: Doubles, held: Places, turn: int, found: Ids, count: Any,
) -> Any:
    """Those of the chosen words, whose signs are `theirs`, that are within the edits."""
    lines, length = _fetched(chosen, size, rows), np.int64(word.shape[0])
    for at in range(size):
        other = np.int64(theirs[at] >> np.uint64(56))  # another one where two pieces have one key
        text, begin = lines, np.int64(at) * WIDTH
        if other > WIDTH:
            text, begin = letters, ends[chosen[at]] - other
        distance = _distance(masks, length, text, begin, begin + other)
        if distance > edits[min(length, other)] or (length == other == 3 and theirs[at] != sign):
            continue
        like = 1 - distance / max(length, other)
        if text[begin] != word[0]:
            like -= OTHER_FIRST_LETTER
        if like >= LEAST:
            count = _keep(chosen[at], factor * like, best, held, turn, found, count)
    return count
