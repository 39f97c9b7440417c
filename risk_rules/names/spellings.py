"""Words by what they may be misspelt as, and words by a key that they share.

Words within few edits are found by their segments (Pass-Join: Li, Deng, Wang, Feng, VLDB 2012): a word of n
letters cut into d + 1 pieces keeps at least one of them whole within d edits. Candidates that differ in too
many letters are dropped by their letter sets, the rest are measured.

Everything but the words themselves stands in arrays, so that a list can be kept in a file and shared by
processes. Hashes are stable: the same in every process.
"""

import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from risk_rules.names.likeness import LEAST, OTHER_FIRST_LETTER, most_edits

Ids = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Letters = npt.NDArray[np.uint8]
"""A = 0."""
Arrays = Mapping[str, npt.NDArray[Any]]
"""Named arrays, as a snapshot keeps them."""

MOST_LETTERS = 64
"""Of a word whose edits are counted a column of bits at a time."""
WIDTH = 16
"""Letters in a row of :attr:`Spellings.rows`: most words are shorter."""
MOST_EDITS = np.array([most_edits(length) for length in range(256)], np.uint8)
_LETTERS = {letter: 1 << at for at, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def letters_of(word: str) -> int:
    """A bit for each letter that occurs, and one for each that occurs again: an edit changes at most two.
    The eight highest bits are the length.
    """
    found = len(word) << 56
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


def _seed(length: int, place: int) -> int:
    """What sets pieces of words of other lengths, and at other places, apart."""
    return length << 4 | place


def hash_of(key: str) -> int:
    """64 bits of a key; 0 for none."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) if key else 0


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same, read only: as an array of a snapshot is, so that loops are compiled once for both."""
    array.flags.writeable = False
    return array


def split_at(letters: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> list[str]:
    """The words that stand behind one another, A = 0."""
    text = (letters + np.uint8(ord("A"))).tobytes().decode()
    bounds = [0, *ends.tolist()]
    return [text[first:last] for first, last in itertools.pairwise(bounds)]


class Groups:
    """Numbers of words by a key; words without one are in no group."""

    def __init__(self, hashes: Hashes, order: Ids) -> None:
        self.hashes, self.order = hashes, order

    @classmethod
    def of(cls, keys: Iterable[str], size: int) -> "Groups":
        """`order` lists the words by their hash, in `hashes` behind one another."""
        hashes = np.fromiter(map(hash_of, keys), np.uint64, size)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return cls(hashes[order], order)

    def get(self, key: str) -> Ids:
        """The words of that key."""
        if not key:
            return self.order[:0]
        wanted = np.uint64(hash_of(key))
        first = int(self.hashes.searchsorted(wanted))
        if first == len(self.hashes) or self.hashes[first] != wanted:
            return self.order[:0]
        return self.order[first : int(self.hashes.searchsorted(wanted, side="right"))]

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        return {f"{name}_hashes": self.hashes, f"{name}_order": self.order}

    @classmethod
    def from_arrays(cls, arrays: Arrays, name: str) -> "Groups":
        return cls(arrays[f"{name}_hashes"], arrays[f"{name}_order"])


class Spellings:
    """Words by what they may be misspelt as; numbered as they come, the same one may come twice.

    `letters` holds the words behind one another, A = 0, `ends` where each ends; `keys` the hashes of pieces,
    each once, `owners` whose pieces they are, from `starts` on; `signs` are what :func:`letters_of` says of each word,
    `owned` the same of each owner.
    """

    _NAMES = ("letters", "ends", "keys", "starts", "owners", "signs")

    def __init__(self, arrays: Arrays, name: str) -> None:
        self.letters, self.ends, self.keys, self.starts, self.owners, self.signs = (
            arrays[f"{name}_{one}"] for one in self._NAMES
        )
        self._by_letters = Groups.from_arrays(arrays, f"{name}_sorted")
        self.owned = frozen(self.signs[self.owners])
        self.lengths = np.diff(self.ends, prepend=0).astype(np.int16)
        begins = self.ends - self.lengths
        self._first = self.letters[begins] if len(begins) else self.letters
        self._longest = int(self.lengths.max(initial=0))

    @cached_property
    def rows(self) -> Hashes:
        """The letters of each word that is not longer than :data:`WIDTH`, eight in one number."""
        found = np.zeros((len(self.ends), WIDTH), np.uint8)
        places = self.ends[:, None] - self.lengths[:, None] + np.arange(WIDTH)
        inside = np.arange(WIDTH) < self.lengths[:, None]
        found[inside] = self.letters[places[inside]]
        rows: Hashes = frozen(found.ravel().view(np.uint64))
        return rows

    @classmethod
    def make(cls, words: Sequence[str], name: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays of these words."""
        keys, owners = [], []
        for at, word in enumerate(words):
            for place, (start, size) in enumerate(_pieces(len(word), most_edits(len(word)))):
                piece = word[start : start + size].encode()
                keys.append(zlib.crc32(piece, _seed(len(word), place)))
                owners.append(at)
        hashed = np.array(keys, np.uint32)
        order = np.argsort(hashed, kind="stable")
        unique, starts = np.unique(hashed[order], return_index=True)
        made: tuple[npt.NDArray[Any], ...] = (
            np.frombuffer("".join(words).encode(), np.uint8) - np.uint8(ord("A")),
            np.cumsum(np.fromiter(map(len, words), np.int64, len(words))),
            unique,
            np.append(starts, len(keys)).astype(np.int64),
            np.array(owners, np.int32)[order],
            np.fromiter(map(letters_of, words), np.uint64, len(words)),
        )
        by_letters = Groups.of(("".join(sorted(word)) for word in words), len(words))
        named = {f"{name}_{one}": array for one, array in zip(cls._NAMES, made, strict=True)}
        return named | by_letters.arrays(f"{name}_sorted")

    def edits(self, word: str, candidates: Ids) -> Counts:
        """Edits between a word and the candidates."""
        words = [self._texts[at] for at in candidates.tolist()]
        found: Counts = cdist([word], words, scorer=OSA.distance, dtype=np.uint8)[0]
        return found

    @cached_property
    def _texts(self) -> list[str]:
        return split_at(self.letters, self.ends)

    def likeness(self, word: str, candidates: Ids, edits: Counts) -> Doubles:
        """By the edits that a word of that length may have, 0 where there are more."""
        lengths = self.lengths[candidates]
        typo = 1 - edits / np.maximum(lengths, len(word))
        typo -= OTHER_FIRST_LETTER * (self._first[candidates] != ord(word[0]) - 65)
        if len(word) == 3:
            other = self.signs[candidates] != np.uint64(letters_of(word))
            typo[(lengths == 3) & other] = 0
        too_short = np.minimum(lengths, len(word))
        typo[(edits > MOST_EDITS[too_short]) | (typo < LEAST) | (len(word) < 3)] = 0
        return typo

    def near(self, word: str) -> tuple[Ids, Counts]:
        """Words within as many edits as this one may have, each once, and how many these are."""
        keys, turned = self._keys_of(word), self.turned(word)
        places = self.keys.searchsorted(keys)
        places[places == len(self.keys)] = 0
        places = places[self.keys[places] == keys]
        starts, ends = self.starts[places].tolist(), self.starts[places + 1].tolist()
        found = [self.owners[first:last] for first, last in zip(starts, ends, strict=True)]
        candidates = np.unique(np.concatenate([*found, turned]))
        most = most_edits(len(word))
        differ = self.signs[candidates] ^ np.uint64(letters_of(word))
        changed = np.bitwise_count(differ & np.uint64(2**56 - 1))
        candidates = candidates[changed <= 2 * most]
        edits = self.edits(word, candidates)
        kept = edits <= MOST_EDITS[np.minimum(self.lengths[candidates], len(word))]
        return candidates[kept], edits[kept]

    def _keys_of(self, word: str) -> npt.NDArray[np.uint32]:
        raw = word.encode()
        keys = [zlib.crc32(raw[at:end], seed) for seed, at, end, _ in self.windows(word).tolist()]
        return np.array(keys, np.uint32)

    def windows(self, word: str) -> npt.NDArray[np.int64]:
        """Where this word may hold a piece of a word within its edits; none of a short word."""
        return _windows(len(word), self._longest)

    def turned(self, word: str) -> Ids:
        """Words of the same letters: two may have changed places over the border of two pieces, or anywhere else."""
        none: Ids = self.owners[:0]
        return self._by_letters.get("".join(sorted(word))) if most_edits(len(word)) else none


@lru_cache(maxsize=1024)
def _windows(size: int, longest: int) -> npt.NDArray[np.int64]:
    """Where a word of that size may hold a piece of a word within its edits, up to the longest of a list: (seed of
    the piece's key, start, end, length of that word) of each.
    """
    found = dict.fromkeys(_each_window(size, longest))
    each = [(_seed(length, place), at, end, length) for length, place, at, end in found]
    return np.array(each, np.int64).reshape(-1, 4)


def _each_window(size: int, longest: int) -> Iterator[tuple[int, int, int, int]]:
    """Length of the other word, which of its pieces, start, end."""
    edits = most_edits(size)
    for length in range(max(3, size - edits), min(longest, size + edits) + 1 if edits else 0):
        theirs = most_edits(length)
        most = min(edits, theirs)
        longer = length - size
        if abs(longer) > most:
            continue
        for place, (start, width) in enumerate(_pieces(length, theirs)):
            first = max(0, start - most, start - place, start - longer - (theirs - place))
            last = min(size - width, start + most, start + place, start - longer + (theirs - place))
            for at in range(first, last + 1):
                yield length, place, at, at + width
