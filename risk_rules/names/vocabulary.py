"""The distinct words of a list's names, and for any word those of them that resemble it.

A list of a million names has some 150,000 distinct words. Resemblance is looked for among words, once for
each word of a traveller, and kept for the next traveller of that name.

Words within few edits are found by their segments (Pass-Join: Li, Deng, Wang, Feng, VLDB 2012): a word of n
letters cut into d + 1 pieces keeps at least one of them whole within d edits. Candidates that differ in too
many letters are dropped by their letter sets, the rest are measured.

Everything but the words themselves stands in arrays, so that a list can be kept in a file and shared by
processes. Hashes are stable: the same in every process.
"""

import itertools
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from risk_rules.names.compiled import loops_for
from risk_rules.names.likeness import (
    ARTICLE,
    CUT_OFF,
    FOLDED,
    INITIAL,
    LEAST,
    LEAST_OF_SPELLING,
    MOST_CLASSES,
    OF_SPELLING,
    OTHER_FIRST_LETTER,
    PER_CLASS,
    ROMAJI,
    SOUND,
    most_edits,
    with_other_article,
)
from risk_rules.names.normalise import PARTICLES
from risk_rules.names.sound import all_folded, folded, romaji, skeleton, skeletons

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Arrays = Mapping[str, npt.NDArray[Any]]
"""Named arrays, as a snapshot keeps them."""

MOST_LETTERS = 64
"""Of a word whose edits are counted a column of bits at a time."""
_MOST_BEGINNINGS = 20_000
_KEPT = 20_000
_LETTERS = {letter: 1 << at for at, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_MOST_EDITS = np.array([most_edits(length) for length in range(256)], np.uint8)


class Neighbours(NamedTuple):
    """Words of the list that resemble one word: their numbers and likeness, in (0, 1]."""

    ids: Ids
    likeness: Floats


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


def _key(length: int, place: int, piece: str) -> int:
    return zlib.crc32(piece.encode(), length << 4 | place)


def hash_of(key: str) -> int:
    """64 bits of a key; 0 for none."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) if key else 0


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


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same, read only: as an array of a snapshot is, so that loops are compiled once for both."""
    array.flags.writeable = False
    return array


def masks_of(word: str) -> Hashes:
    """For each letter a bit at each place where the word has it."""
    masks = [0] * 26
    for at, letter in enumerate(word):
        masks[ord(letter) - ord("A")] |= 1 << at
    return np.array(masks, np.uint64)


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
        wanted = np.uint64(hash_of(key))
        first = int(np.searchsorted(self.hashes, wanted))
        last = int(np.searchsorted(self.hashes, wanted, side="right"))
        return self.order[first:last] if wanted else self.order[:0]

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        return {f"{name}_hashes": self.hashes, f"{name}_order": self.order}

    @classmethod
    def from_arrays(cls, arrays: Arrays, name: str) -> "Groups":
        return cls(arrays[f"{name}_hashes"], arrays[f"{name}_order"])


class Spellings:
    """Words by what they may be misspelt as; numbered as they come, the same one may come twice.

    `letters` holds the words behind one another, A = 0, `ends` where each ends; `keys` the hashes of pieces,
    each once, `owners` whose pieces they are, from `starts` on.
    """

    _NAMES = ("letters", "ends", "keys", "starts", "owners", "signs")

    def __init__(self, arrays: Arrays, name: str, *, loops: bool) -> None:
        self.letters, self.ends, self._keys, self._starts, self._owners, self._signs = (
            arrays[f"{name}_{one}"] for one in self._NAMES
        )
        self._by_letters = Groups.from_arrays(arrays, f"{name}_sorted")
        self._owned = frozen(self._signs[self._owners])
        self._lengths = np.diff(self.ends, prepend=0).astype(np.int16)
        begins = self.ends - self._lengths
        self._first = self.letters[begins] if len(begins) else self.letters
        self._longest = int(self._lengths.max(initial=0))
        self._loops = loops_for(len(self.ends)) if loops else None

    @classmethod
    def make(cls, words: Sequence[str], name: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays of these words."""
        keys, owners = [], []
        for at, word in enumerate(words):
            for place, (start, size) in enumerate(_pieces(len(word), most_edits(len(word)))):
                keys.append(_key(len(word), place, word[start : start + size]))
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
        if self._loops is None or len(word) > MOST_LETTERS:
            return self._edits_plainly(word, candidates)
        found = np.empty(len(candidates), np.uint8)
        self._loops.edits(masks_of(word), len(word), candidates, self.letters, self.ends, found)
        return found

    def _edits_plainly(self, word: str, candidates: Ids) -> Counts:
        words = [self._texts[at] for at in candidates.tolist()]
        found: Counts = cdist([word], words, scorer=OSA.distance, dtype=np.uint8)[0]
        return found

    @cached_property
    def _texts(self) -> list[str]:
        return split_at(self.letters, self.ends)

    def likeness(self, word: str, candidates: Ids, edits: Counts) -> Doubles:
        """By the edits that a word of that length may have, 0 where there are more."""
        lengths = self._lengths[candidates]
        typo = 1 - edits / np.maximum(lengths, len(word))
        typo -= OTHER_FIRST_LETTER * (self._first[candidates] != ord(word[0]) - 65)
        if len(word) == 3:
            other = self._signs[candidates] != np.uint64(letters_of(word))
            typo[(lengths == 3) & other] = 0
        too_short = np.minimum(lengths, len(word))
        typo[(edits > _MOST_EDITS[too_short]) | (typo < LEAST) | (len(word) < 3)] = 0
        return typo

    def spelling(self, word: str, candidates: Ids, edits: Counts) -> Doubles:
        """By all edits."""
        found: Doubles = 1 - edits / np.maximum(self._lengths[candidates], len(word))
        return found

    def near(self, word: str) -> tuple[Ids, Counts]:
        """Words within as many edits as this one may have, each once, and how many these are."""
        most = most_edits(len(word))
        if not most or not len(self.ends):
            return np.zeros(0, np.int32), np.zeros(0, np.uint8)
        keys = np.array(list(self._keys_near(word, most)), np.uint32)
        places = np.searchsorted(self._keys, keys)
        places[places == len(self._keys)] = 0
        places = places[self._keys[places] == keys]
        # two letters changed places over the border of two pieces, or anywhere else
        turned = self._by_letters.get("".join(sorted(word)))
        if self._loops is None or len(word) > MOST_LETTERS:
            return self._near_plainly(word, places, turned, most)
        begins, stops = self._starts[places], self._starts[places + 1]
        room = int((stops - begins).sum()) + len(turned)
        ids, edits = np.empty(room, np.int32), np.empty(room, np.uint8)
        count = self._loops.near(
            begins, stops, self._owners, self._owned, turned, self._signs[turned],
            np.uint64(letters_of(word)), _MOST_EDITS, masks_of(word), self.letters, self.ends,
            np.zeros(len(self.ends), np.bool_), ids, edits,
        )  # fmt: skip
        return ids[:count], edits[:count]

    def _near_plainly(
        self, word: str, places: npt.NDArray[np.int64], turned: Ids, most: int
    ) -> tuple[Ids, Counts]:
        starts, ends = self._starts[places].tolist(), self._starts[places + 1].tolist()
        found = [self._owners[first:last] for first, last in zip(starts, ends, strict=True)]
        candidates = np.unique(np.concatenate([*found, turned]))
        differ = self._signs[candidates] ^ np.uint64(letters_of(word))
        changed = np.bitwise_count(differ & np.uint64(2**56 - 1))
        candidates = candidates[changed <= 2 * most]
        edits = self._edits_plainly(word, candidates)
        kept = edits <= _MOST_EDITS[np.minimum(self._lengths[candidates], len(word))]
        return candidates[kept], edits[kept]

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

    def __init__(self, arrays: Arrays, *, loops: bool = True) -> None:
        """From what :meth:`make` made; ``loops``: compiled ones may be used."""
        self._spelt = Spellings(arrays, "spelt", loops=loops)
        self._folded = Spellings(arrays, "folded", loops=loops)
        self.words = split_at(self._spelt.letters, self._spelt.ends)
        self.numbers = {word: at for at, word in enumerate(self.words)}
        self._by_skeleton = Groups.from_arrays(arrays, "skeleton")
        self._by_romaji = Groups.from_arrays(arrays, "romaji")
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

    def __len__(self) -> int:
        return len(self.words)

    def _neighbours(self, word: str, cut: bool = False) -> Neighbours:  # noqa: FBT001, FBT002
        """Every word of the list that is like this one; `cut`: or begins with it."""
        return self._gathered(word, self._misspelt(word), self._of_manner(word), cut=cut)

    def every_neighbour(self, word: str, *, cut: bool = False) -> Neighbours:
        """The same by comparing with every word: what `neighbours` is measured against."""
        ids = np.arange(len(self), dtype=np.int32)
        typo = self._spelt.likeness(word, ids, self._spelt.edits(word, ids))
        bare = folded(word)
        manner = FOLDED * self._folded.likeness(bare, ids, self._folded.edits(bare, ids))
        return self._gathered(word, (ids, typo), (ids, manner), cut=cut)

    def _gathered(
        self, word: str, misspelt: tuple[Ids, Doubles], of_manner: tuple[Ids, Doubles], *, cut: bool
    ) -> Neighbours:
        best: dict[int, float] = {}
        for ids, like in (misspelt, of_manner, self._heard(word)):
            alike = like > 0
            for number, found in zip(ids[alike].tolist(), like[alike].tolist(), strict=True):
                if found > best.get(number, 0.0):
                    best[number] = found
        if len(word) == 1 or cut:
            least = INITIAL if len(word) == 1 else CUT_OFF
            for number in self._beginning(word):
                best[number] = max(best.get(number, 0), least)
        for other in with_other_article(word):
            if (number := self.numbers.get(other, -1)) >= 0:
                best[number] = max(best.get(number, 0), ARTICLE)
        if (number := self.numbers.get(word, -1)) >= 0:
            best[number] = 1.0
        return Neighbours(
            np.fromiter(best, np.int32, len(best)),
            np.fromiter(best.values(), np.float32, len(best)),
        )

    def _misspelt(self, word: str) -> tuple[Ids, Doubles]:
        ids, edits = self._spelt.near(word)
        return ids, self._spelt.likeness(word, ids, edits)

    def _of_manner(self, word: str) -> tuple[Ids, Doubles]:
        bare = folded(word)
        ids, edits = self._folded.near(bare)
        return ids, FOLDED * self._folded.likeness(bare, ids, edits)

    def _heard(self, word: str) -> tuple[Ids, Doubles]:
        key = skeleton(word)
        alike, japanese = self._by_skeleton.get(key), self._by_romaji.get(romaji(word))
        ids = np.concatenate([alike, japanese])
        spelling = self._spelt.spelling(word, ids, self._spelt.edits(word, ids))
        like = SOUND + PER_CLASS * min(MOST_CLASSES, len(key)) + OF_SPELLING * spelling
        like[len(alike) :] = ROMAJI
        like[spelling < LEAST_OF_SPELLING] = 0
        return ids, like

    def _beginning(self, word: str) -> range:
        first, last = bisect_left(self.words, word), bisect_left(self.words, word + "\x7f")
        return range(first, min(last, first + _MOST_BEGINNINGS))
