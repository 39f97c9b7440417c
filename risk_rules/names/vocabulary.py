"""The distinct words of a list's names, and for any word those of them that resemble it.

A list of a million names has some 150,000 distinct words. Resemblance is looked for among words, once for
each word of a traveller, and kept for the next traveller of that name.

Words within few edits are found by their segments (Pass-Join: Li, Deng, Wang, Feng, VLDB 2012): a word of n
letters cut into d + 1 pieces keeps at least one of them whole within d edits. Candidates that differ in too
many letters are dropped by their letter sets, the rest are measured.
"""

import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from risk_rules.names.normalise import PARTICLES
from risk_rules.names.sound import folded, romaji, skeleton

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Reason = Literal["same", "typo", "sound", "article", "initial", "cut"]

LEAST = 0.66
"""Words less alike than this are not: the cut of 0.74 loses 2.4 points of recall (measured)."""
INITIAL = 0.6
CUT_OFF = 0.9
ARTICLE = 0.95
FOLDED = 0.94
"""Of the likeness of two words, where only their manners of writing are left out of account."""
_OTHER_FIRST_LETTER = 0.04
_SOUND, _PER_CLASS, _MOST_CLASSES = 0.70, 0.03, 4
_OF_SPELLING = 0.12
_LEAST_OF_SPELLING = 0.34
_ROMAJI = 0.92
_MOST_BEGINNINGS = 20_000
_KEPT = 20_000
_LETTERS = {letter: 1 << at for at, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


class Neighbours(NamedTuple):
    """Words of the list that resemble one word: their numbers and likeness, in (0, 1]."""

    ids: Ids
    likeness: Floats


def most_edits(length: int) -> int:
    """How many edits a word of that length may have and still be the same word."""
    return 0 if length <= 2 else 1 if length <= 5 else 2 if length <= 9 else 3


def likeness(one: str, other: str, *, cut: bool = False) -> tuple[float, Reason | None]:
    """How alike two words of A-Z are, and in what way; 0 and None where they are not.

    `cut`: the first may be the beginning of a longer word. This is the definition; `Vocabulary` finds
    the same by its index.
    """
    if one == other:
        return 1.0, "same"
    best: tuple[float, Reason | None] = (0.0, None)
    for found, reason in _ways(one, other, cut=cut):
        if found > best[0]:
            best = found, reason
    return best


def _ways(one: str, other: str, *, cut: bool) -> Iterator[tuple[float, Reason]]:
    if other in _with_other_article(one):
        yield ARTICLE, "article"
    if cut and other.startswith(one):
        yield CUT_OFF, "cut"
    if len(one) == 1 and other.startswith(one):
        yield INITIAL, "initial"
    edits = OSA.distance(one, other)
    yield _of_edits(one, other, edits), "typo"
    ours, theirs = folded(one), folded(other)
    yield FOLDED * _of_edits(ours, theirs, OSA.distance(ours, theirs)), "sound"
    yield _of_sound(one, other, edits), "sound"


def _of_edits(one: str, other: str, edits: int) -> float:
    if len(one) < 3 or edits > most_edits(min(len(one), len(other))):
        return 0.0
    if edits and len(one) == len(other) == 3 and sorted(one) != sorted(other):
        return 0.0  # WEI and WEN are two names; WE and WIE are not
    found = 1 - edits / max(len(one), len(other))
    found -= _OTHER_FIRST_LETTER if one[0] != other[0] else 0
    return found if found >= LEAST else 0.0


def _of_sound(one: str, other: str, edits: int) -> float:
    spelling = 1 - edits / max(len(one), len(other))
    if spelling < _LEAST_OF_SPELLING:
        return 0.0
    if (key := romaji(one)) and key == romaji(other):
        return _ROMAJI
    key = skeleton(one)
    if len(key) < 2 or key != skeleton(other):
        return 0.0
    return _SOUND + _PER_CLASS * min(_MOST_CLASSES, len(key)) + _OF_SPELLING * spelling


def _with_other_article(word: str) -> tuple[str, ...]:
    """ALMASRI, ELMASRI and MASRI are one name."""
    if word[:2] in ("AL", "EL") and len(word) > 5:
        bare = word[2:]
        return (bare, ("EL" if word[0] == "A" else "AL") + bare)
    return ("AL" + word, "EL" + word) if len(word) > 3 else ()


def letters_of(word: str) -> int:
    """A bit for each letter that occurs, and one for each that occurs again: an edit changes at most two."""
    found = 0
    for letter in word:
        bit = _LETTERS[letter]
        found |= bit << 26 if found & bit else bit
    return found


@lru_cache(maxsize=1024)
def _pieces(length: int, edits: int) -> tuple[tuple[int, int], ...]:
    """Where a word of that length is cut into edits + 1 pieces: (start, length) of each."""
    size, longer = divmod(length, edits + 1)
    sizes = [size + (at >= edits + 1 - longer) for at in range(edits + 1)]
    return tuple((sum(sizes[:at]), one) for at, one in enumerate(sizes))


def _key(length: int, place: int, piece: str) -> int:
    return zlib.crc32(piece.encode(), length << 4 | place)


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


_MOST_EDITS = np.array([most_edits(length) for length in range(256)], np.int16)


def _grouped(keys: Iterable[str]) -> dict[str, Ids]:
    """Numbers of words by key, in order; no group for an empty key."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        if key:
            found[key].append(at)
    return {key: np.array(group, np.int32) for key, group in found.items()}


def _firsts(groups: dict[str, Ids], size: int) -> Ids:
    """For each word the first of its group, -2 where it has none."""
    found = np.full(size, -2, np.int32)
    for group in groups.values():
        found[group] = group[0]
    return found


class Spellings:
    """Words by what they may be misspelt as; numbered as they come, the same one may come twice."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._letters = np.fromiter(map(letters_of, words), np.uint64, len(words))
        self._longest = max(map(len, words), default=0)
        self._lengths = np.fromiter(map(len, words), np.int16, len(words))
        self._first = np.fromiter((ord(word[0]) for word in words), np.uint8, len(words))
        self._by_letters = _grouped("".join(sorted(word)) for word in words)
        keys: list[int] = []
        owners: list[int] = []
        for at, word in enumerate(words):
            for place, (start, size) in enumerate(_pieces(len(word), most_edits(len(word)))):
                keys.append(_key(len(word), place, word[start : start + size]))
                owners.append(at)
        order = np.argsort(np.array(keys, np.uint32), kind="stable")
        self._owners = np.array(owners, np.int32)[order]
        self._keys, starts = np.unique(np.array(keys, np.uint32)[order], return_index=True)
        self._starts = np.append(starts, len(keys)).astype(np.int64)

    def likeness(self, word: str, candidates: Ids) -> tuple[Doubles, Doubles]:
        """By the edits that a word of that length may have, 0 where there are more; and by all edits."""
        words = [self._words[at] for at in candidates.tolist()]
        edits = cdist([word], words, scorer=OSA.distance, dtype=np.uint8)[0]
        lengths = self._lengths[candidates]
        spelling = 1 - edits / np.maximum(lengths, len(word))
        typo = spelling - _OTHER_FIRST_LETTER * (self._first[candidates] != ord(word[0]))
        if len(word) == 3:
            other = self._letters[candidates] != np.uint64(letters_of(word))
            typo[(lengths == 3) & other] = 0
        too_short = np.minimum(lengths, len(word))
        typo[(edits > _MOST_EDITS[too_short]) | (typo < LEAST) | (len(word) < 3)] = 0
        return typo, spelling

    def near(self, word: str) -> Ids:
        """Words that may be within as many edits as this one may have; some more than once."""
        edits = most_edits(len(word))
        if not edits:
            return np.zeros(0, np.int32)
        keys = np.array(list(self._keys_near(word, edits)), np.uint32)
        places = np.searchsorted(self._keys, keys)
        places[places == len(self._keys)] = 0
        places = places[self._keys[places] == keys] if len(self._keys) else places[:0]
        found = [
            self._owners[first:last]
            for first, last in zip(
                self._starts[places].tolist(), self._starts[places + 1].tolist(), strict=True
            )
        ]
        # two letters changed places over the border of two pieces, or anywhere else
        if (same := self._by_letters.get("".join(sorted(word)))) is not None:
            found.append(same)
        if not found:
            return np.zeros(0, np.int32)
        candidates = np.concatenate(found)
        changed = np.bitwise_count(self._letters[candidates] ^ np.uint64(letters_of(word)))
        kept: Ids = candidates[changed <= 2 * edits]
        return kept

    def _keys_near(self, word: str, edits: int) -> Iterator[int]:
        """The pieces of this word that a word within `edits` may have at a place, for each length."""
        size = len(word)
        for length in range(max(3, size - edits), min(self._longest, size + edits) + 1):
            theirs = most_edits(length)
            most = min(edits, theirs)
            longer = length - size
            if abs(longer) > most:
                continue
            for place, (start, width) in enumerate(_pieces(length, theirs)):
                first = max(0, start - most, start - place, start - longer - (theirs - place))
                last = min(
                    size - width, start + most, start + place, start - longer + (theirs - place)
                )
                for at in range(first, last + 1):
                    yield _key(length, place, word[at : at + width])


class Vocabulary:
    """The words of a list, sorted. Read only; `neighbours` keeps what it found."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(words)
        self.numbers = {word: at for at, word in enumerate(self.words)}
        self._spelt = Spellings(self.words)
        self._folded = Spellings([folded(word) for word in self.words])
        self._by_skeleton = _grouped(map(skeleton, self.words))
        self._by_romaji = _grouped(map(romaji, self.words))
        self._skeletons = _firsts(self._by_skeleton, len(self.words))
        self._romajis = _firsts(self._by_romaji, len(self.words))
        self.neighbours = lru_cache(_KEPT)(self._neighbours)

    def __len__(self) -> int:
        return len(self.words)

    def _neighbours(self, word: str, cut: bool = False) -> Neighbours:  # noqa: FBT001, FBT002
        """Every word of the list that is like this one; `cut`: or begins with it."""
        ids, like = self._like(word, self._alike(word))
        best = dict(zip(ids.tolist(), like.tolist(), strict=True))
        if len(word) == 1 or cut:
            least = INITIAL if len(word) == 1 else CUT_OFF
            for number in self._beginning(word):
                best[number] = max(best.get(number, 0), least)
        for other in _with_other_article(word):
            if (number := self.numbers.get(other, -1)) >= 0:
                best[number] = max(best.get(number, 0), ARTICLE)
        if (number := self.numbers.get(word, -1)) >= 0:
            best[number] = 1.0
        return Neighbours(
            np.fromiter(best, np.int32, len(best)),
            np.fromiter(best.values(), np.float32, len(best)),
        )

    def _like(self, word: str, candidates: Ids) -> Neighbours:
        """`likeness` by edits and by sound, of many words at once."""
        if not len(candidates):
            return Neighbours(candidates, np.zeros(0, np.float32))
        typo, spelling = self._spelt.likeness(word, candidates)
        manner, _ = self._folded.likeness(folded(word), candidates)
        sound = np.zeros(len(candidates))
        if len(key := skeleton(word)) > 1:
            base = _SOUND + _PER_CLASS * min(_MOST_CLASSES, len(key))
            same = self._skeletons[candidates] == self._key_of(self._by_skeleton, key)
            sound[same] = base + _OF_SPELLING * spelling[same]
        if key := romaji(word):
            sound[self._romajis[candidates] == self._key_of(self._by_romaji, key)] = _ROMAJI
        sound[spelling < _LEAST_OF_SPELLING] = 0
        like = np.maximum(np.maximum(typo, FOLDED * manner), sound).astype(np.float32)
        return Neighbours(candidates[like > 0], like[like > 0])

    def _alike(self, word: str) -> Ids:
        """Words that may be like it: near in spelling, or with a key in common."""
        found = [self._spelt.near(word), self._folded.near(folded(word))]
        for table, key in ((self._by_skeleton, skeleton(word)), (self._by_romaji, romaji(word))):
            if key and key in table:
                found.append(table[key])
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int32)

    @staticmethod
    def _key_of(table: dict[str, Ids], key: str) -> int:
        """A key is known by the first of its words."""
        return int(table[key][0]) if key in table else -1

    def _beginning(self, word: str) -> range:
        first, last = bisect_left(self.words, word), bisect_left(self.words, word + "\x7f")
        return range(first, min(last, first + _MOST_BEGINNINGS))
