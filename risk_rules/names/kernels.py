# fmt: off
"""The loops that take the time, compiled by numba when they are first called. :mod:`compiled` decides on their use."""

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
    starts: Places, postings: Ids, words: Ids, of_words: Floats,
    slot: Ids, marks: Ids, turn: int, room: Ids, rows: Ids, scores: Floats,
) -> int:
    """The rows of each portion that reach its least score: `Desk.found`. `ids` and `likes` are what resembles the words
    asked for, behind one another; `ends` and `range_ends` say where each word's, each portion's end.
    """
    table = _tabled(ids, likes, ends, slot)
    count, first = 0, np.int64(0)
    for one in range(leasts.shape[0]):
        last = range_ends[one]
        if by_words[one]:
            size = _holding(
                ids, likes, ends, order, weights, total, leasts[one], ranges[first:last],
                starts, postings, marks, turn + one + 1, room,
            )
        else:
            size = _all_within(ranges[first:last], room)
        first = last
        count += _score(
            room, size, words, of_words, slot, table, weights, total, np.float32(leasts[one]),
            rows[count:], scores[count:],
        )
    for word in ids:
        slot[word] = 0
    return count


@jit
def _tabled(ids: Ids, likes: Floats, ends: Places, slot: Ids) -> Any:
    """`tabled` of :mod:`scoring`."""
    table = np.zeros((1 + ids.shape[0], ends.shape[0]), np.float32)
    line, at = 0, 0
    for column in range(ends.shape[0]):
        while at < ends[column]:
            word = ids[at]
            if slot[word] == 0:
                line += 1
                slot[word] = line
            table[slot[word], column] = likes[at]
            at += 1
    return table


@jit
def _holding(
    ids: Ids, likes: Floats, ends: Places, order: Places, weights: Floats, total: float, least: float,
    ranges: Places, starts: Places, postings: Ids, marks: Ids, turn: int, room: Ids,
) -> int:
    """Rows within the ranges that hold a `telling` word, each once; a mark is the turn where it was."""
    need = (least - (1 - HALF)) / HALF * total - LOST * total
    rest, count = total, 0
    for column in order:
        if rest < need:
            break
        weight = np.float64(weights[column])
        rest -= weight
        for at in range(ends[column - 1] if column else 0, ends[column]):
            if rest + weight * np.float64(likes[at]) >= need:
                word = ids[at]
                count = _posted(postings, starts[word], starts[word + 1], ranges, marks, turn, room, count)
    return count


@jit
def _posted(
    postings: Ids, low: Any, end: Any, ranges: Places, marks: Ids, turn: int, room: Ids, count: Any
) -> Any:
    """The rows of one word within the ranges."""
    for one in range(ranges.shape[0]):
        first, last = ranges[one, 0], ranges[one, 1]
        high = end
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
            if marks[row] != turn:
                marks[row] = turn
                room[count] = row
                count += 1
            low += 1
    return count


@jit
def _all_within(ranges: Places, room: Ids) -> int:
    count = 0
    for one in range(ranges.shape[0]):
        for row in range(ranges[one, 0], ranges[one, 1]):
            room[count] = row
            count += 1
    return count


@jit
def _score(
    candidates: Ids, size: int, words: Ids, of_words: Floats, slot: Ids, table: Floats,
    weights: Floats, total: float, least: Any, rows: Ids, scores: Floats,
) -> int:
    """Candidates that reach the least, and their scores. What a row weighs is summed once more: its words are at hand, and
    a table of a million sums is not.
    """
    asked, empty, count = weights.shape[0], of_words.shape[0] - 1, 0
    best = np.zeros(asked, np.float32)
    for at in range(size):
        row = candidates[at]
        best[:] = 0
        theirs, whole = 0.0, np.float32(0)
        for place in range(words.shape[1]):
            word = words[row, place]
            if word == empty:
                break
            weight = of_words[word]
            whole += weight
            line = slot[word]
            if line:
                most = np.float32(0)
                for column in range(asked):
                    like = table[line, column]
                    best[column] = max(best[column], like)
                    most = max(most, like)
                theirs += np.float64(most) * np.float64(weight)
        ours = 0.0
        for column in range(asked):
            ours += np.float64(best[column]) * np.float64(weights[column])
        score = np.float32(HALF * (ours / total + theirs / np.float64(whole)))
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
def heard(
    ids: Ids, word: Bytes, letters: Bytes, ends: Places, sound: float, of_spelling: float,
    best: Doubles, held: Places, turn: int, found: Ids, count: int,
) -> int:
    """Words that sound like this one, where their spelling is not quite another."""
    masks, length = _masks(word), np.int64(word.shape[0])
    for at in range(ids.shape[0]):
        candidate = ids[at]
        begin = np.int64(0) if candidate == 0 else ends[candidate - 1]
        end = ends[candidate]
        spelling = 1 - _distance(masks, length, letters, begin, end) / max(length, end - begin)
        if spelling >= LEAST_OF_SPELLING:
            count = _keep(candidate, sound + of_spelling * spelling, best, held, turn, found, count)
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
def near(
    wanted: Keys, sizes: Bytes, keys: Keys, starts: Places, owners: Ids, owned: Bits, turned: Ids, signs: Bits,
    edits: Bytes, word: Bytes, rows: Bytes, letters: Bytes, ends: Places, factor: float,
    best: Doubles, held: Places, turn: int, found: Ids, count: int,
) -> int:
    """Words that own one of the wanted pieces, or are turned, and are within the edits of the shorter word. `rows` holds
    the letters of a word at its number times the width, for words that are not longer: one look in memory.
    """
    masks, length = _masks(word), np.int64(word.shape[0])
    sign = _sign(masks, length)
    for group in range(wanted.shape[0] + 1):
        is_last = group == wanted.shape[0]
        first, last, longer = np.int64(0), np.int64(turned.shape[0]), np.int64(0)
        if not is_last:
            place = _place(keys, wanted[group])
            if place < 0:
                continue
            first, last = starts[place], starts[place + 1]
            longer = np.int64(sizes[group]) - length
        # a letter too many changes one bit, a wrong one two
        limit = 2 * np.int64(edits[min(length, length + longer)]) - abs(longer)
        for at in range(first, last):
            other = signs[turned[at]] if is_last else owned[at]
            if _bits((other ^ sign) << np.uint64(8)) > limit:
                continue
            one = turned[at] if is_last else owners[at]
            theirs = np.int64(other >> np.uint64(56))  # another one where two pieces have one key
            if theirs <= WIDTH:
                text, begin = rows, np.int64(one) * WIDTH
            else:
                text, begin = letters, ends[one] - theirs
            distance = _distance(masks, length, text, begin, begin + theirs)
            if distance > edits[min(length, theirs)] or (length == theirs == 3 and other != sign):
                continue
            like = 1 - distance / max(length, theirs)
            if text[begin] != word[0]:
                like -= OTHER_FIRST_LETTER
            if like >= LEAST:
                count = _keep(one, factor * like, best, held, turn, found, count)
    return count
