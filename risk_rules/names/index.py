"""The names of a list, found by what resembles them: complete above a threshold, a million in a millisecond.

A name is scored by its words (soft token coverage, of the family of Cohen, Ravikumar and Fienberg 2003): how
much of the traveller's name finds a counterpart, how much of the list's, by weight, and the mean of both. Order
does not matter, a missing word costs its weight.

A row that reaches a threshold must hold a counterpart of one of the traveller's heaviest words: their lists of
rows are looked through, rarest first, until the rest cannot reach it any more. Nothing is lost by that (a test
compares with scoring every row). Rows are numbered by birth date, so that dates within some years of the
traveller's are a range of numbers: outside of it only nearly equal names are of interest.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from risk_rules.names.birth import BirthDate, Relation, relation
from risk_rules.names.compiled import loops_for
from risk_rules.names.explain import explain
from risk_rules.names.forms import MOST_ASKED, Form, Forms, listed_forms
from risk_rules.names.gathering import Neighbours
from risk_rules.names.joined import JoinedNames, arrays_of, read_as, turned
from risk_rules.names.likeness import most_edits
from risk_rules.names.normalise import Word
from risk_rules.names.portions import Least, Portion, Portions, date_of, number_of
from risk_rules.names.scoring import HALF, Asked, Rows, desks
from risk_rules.names.spellings import Arrays, Ids, frozen
from risk_rules.names.vocabulary import Floats, Vocabulary, Weights, is_light

_INITIAL, _PARTICLE = 0.25, 0.4


@dataclass(frozen=True, slots=True)
class Listing:
    """A name of an entry with the birth dates of that entry; numbers by which the caller knows them."""

    entry: int
    name: int
    words: tuple[Word, ...]
    born: tuple[BirthDate, ...]


class Candidate(NamedTuple):
    """A name of the list and the words under which it was found, of both sides."""

    entry: int
    name: int
    score: float
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class NameIndex:
    """The names of a list version. Read only; may be asked from several threads."""

    def __init__(
        self, arrays: Arrays, base: "NameIndex | None" = None, *, loops: bool = True
    ) -> None:
        """From what :meth:`make` made. ``base``: the index that this one completes; words weigh what they
        weigh there, so that a score does not depend on where a name stands. ``loops``: compiled ones may be
        used.
        """
        arrays = {name: frozen(array) for name, array in arrays.items()}
        self.dates: Ids = arrays["dates"]
        self.entries: Ids = arrays["entries"]
        self.names: Ids = arrays["names"]
        self._counts: npt.NDArray[np.int64] = np.diff(arrays["starts"])
        self._base = base
        self.vocabulary = Vocabulary(arrays)
        words = arrays["words"]
        of_words = self._weights()
        whole = _summed(of_words, words)
        postings, held = arrays["postings"], arrays["held"]
        self.rows = Rows(words, of_words, whole, postings, held, arrays["starts"])
        self._portions = Portions(self.dates)
        self._desks = desks(self.rows, loops_for(len(self)) if loops else None)
        self._joined = JoinedNames(arrays["joined_keys"], arrays["joined_rows"])
        self._forms = Forms(self.vocabulary, self.count, len(self))

    @classmethod
    def of(
        cls, listings: Iterable[Listing], base: "NameIndex | None" = None, *, loops: bool = True
    ) -> "NameIndex":
        """The index of some names."""
        return cls(cls.make(listings), base, loops=loops)

    @staticmethod
    def make(listings: Iterable[Listing]) -> dict[str, npt.NDArray[Any]]:
        """The arrays of an index: rows in the order of birth dates, their words, the rows of each word."""
        found, numbers = _Gathered(), _Numbers()
        for one in listings:
            for words in listed_forms(one.words):
                told = [numbers[word] for word in words]
                joined = "".join(words)
                for born in one.born or (None,):
                    found.add(one.entry, one.name, number_of(born), told, joined)
        vocabulary = Vocabulary.make(numbers)
        # words were numbered as they came, and are now as `sorted` has them
        renumbered = np.empty(len(numbers), np.int32)
        order = sorted(numbers, key=str)
        renumbered[[numbers[word] for word in order]] = np.arange(len(order), dtype=np.int32)
        return found.arrays(renumbered) | vocabulary

    def __len__(self) -> int:
        return len(self.dates)

    def _weights(self) -> Floats:
        """Of the words, and 0 for the one behind the last."""
        words = self.vocabulary.words
        if self._base is None:
            found = Weights.of(words, self._counts, len(self)).of_words
        else:
            found = np.fromiter(map(self._base.weight, words), np.float32, len(words))
        return frozen(np.append(found, np.float32(0)))

    # --- asking ----------------------------------------------------------------------------------

    def search(
        self, words: Sequence[Word], born: BirthDate | None, least: Least, *, cut: bool = False
    ) -> list[Candidate]:
        """Names whose score reaches the least for the relation of the birth dates, each once, best first.

        ``cut``: the last word is where a machine-readable zone ended, perhaps within a word.
        """
        best: dict[tuple[int, int], Candidate] = {}
        for row, reached, form in self._reached(words, born, least, cut=cut):
            if reached < least[self.relation_of(born, row)]:
                continue
            key = int(self.entries[row]), int(self.names[row])
            if key not in best or reached > best[key].score:
                best[key] = Candidate(*key, reached, form, self.words_of(row))
        return sorted(best.values(), key=lambda one: (-one.score, one.entry, one.name))

    def _reached(
        self, words: Sequence[Word], born: BirthDate | None, least: Least, *, cut: bool
    ) -> Iterator[tuple[int, float, Form]]:
        """Rows that may be of interest with their score under a form of the traveller's name."""
        portions = self._portions.of(born, least)
        for form in self._forms.asked(words):
            asked = self._asked(form, self._neighbours(form, cut=cut))
            rows, scores = self._desks.desk.found(portions, asked)
            for row, reached in zip(rows.tolist(), scores.tolist(), strict=True):
                yield row, reached, form
        yield from self._joined_readings(words, self._joined.get)

    def _joined_readings(
        self, words: Sequence[Word], alike: Callable[[Sequence[str]], Sequence[Sequence[int]]]
    ) -> Iterator[tuple[int, float, Form]]:
        """Rows whose name, its words in one, is like the traveller's, which is read with their borders."""
        known: dict[tuple[str, bytes], tuple[float, Form] | None] = {}
        for form in listed_forms(words, MOST_ASKED):
            names = turned(form)
            for joined, rows in zip(names, alike(names), strict=True):
                for row in rows:
                    key = joined, self.rows.words[row].tobytes()
                    if key not in known:
                        known[key] = self._read(joined, form, self.words_of(row))
                    if read := known[key]:
                        yield row, *read

    def _read(self, joined: str, form: Form, theirs: Form) -> tuple[float, Form] | None:
        """The score of a name in one word, read with the borders of a listed one; None where its own are the same."""
        reading = read_as(joined, theirs)
        if sorted(reading) == sorted(form):
            return None
        told = explain(reading, theirs, self.weight, self.weight_listed, cut=False)
        return HALF * (told.ours + told.theirs), reading

    def words_of(self, row: int) -> tuple[str, ...]:
        known = self.vocabulary.words
        return tuple(known[at] for at in self.rows.words[row].tolist() if at < len(known))

    def every_score(self, words: Sequence[Word], *, cut: bool = False) -> Floats:
        """The score of every row by every word, without the index: what `search` is measured against."""
        best = np.zeros(len(self), np.float32)
        for form in self._forms.every(words):
            last = len(form) - 1
            near = [
                self.vocabulary.every_neighbour(word, cut=cut and at == last)
                for at, word in enumerate(form)
            ]
            asked = self._asked(form, near)
            whole = Portion(0.0, [(0, len(self))], by_words=False)
            rows, scores = self._desks.desk.found([whole], asked)
            best[rows] = np.maximum(best[rows], scores)
        for row, reached, _ in self._joined_readings(words, self._all_alike):
            best[row] = max(best[row], reached)
        return best

    def _all_alike(self, names: Sequence[str]) -> list[list[int]]:
        """Rows whose name in one word is within the edits of each, whatever their key, and those of the key."""
        return [
            self._within_edits(joined) + rows
            for joined, rows in zip(names, self._joined.get(names), strict=True)
        ]

    def _within_edits(self, joined: str) -> list[int]:
        most = most_edits(len(joined))
        edits = cdist(
            [joined], self._in_one_word, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8
        )
        near: list[int] = np.flatnonzero(edits[0] <= most).tolist()
        return near

    @cached_property
    def _in_one_word(self) -> list[str]:
        return ["".join(self.words_of(row)) for row in range(len(self))]

    def relation_of(self, born: BirthDate | None, row: int) -> Relation:
        """How a birth date relates to that of a row."""
        number = int(self.dates[row])
        return relation(born, [date_of(number)] if number else [])

    # --- scoring ---------------------------------------------------------------------------------

    def _neighbours(self, form: Sequence[str], *, cut: bool) -> list[Neighbours]:
        last = len(form) - 1
        return [
            self.vocabulary.neighbours(word, cut and at == last) for at, word in enumerate(form)
        ]

    def _asked(self, form: Sequence[str], near: Sequence[Neighbours]) -> Asked:
        weights = np.array([self.weight(word) for word in form], np.float32)
        return Asked(near, weights, float(weights.sum()))

    def weight(self, word: str) -> float:
        """What a word of a traveller weighs."""
        if self._base is not None:
            return self._base.weight(word)
        if len(word) == 1:
            return _INITIAL
        number = self.vocabulary.numbers.get(word)
        if number is None:
            return _PARTICLE if is_light(word) else 1.0
        return float(self.rows.of_words[number])

    def weight_listed(self, word: str) -> float:
        """What a word of the list weighs."""
        number = self.vocabulary.numbers.get(word)
        return self.weight(word) if number is None else float(self.rows.of_words[number])

    def count(self, word: str) -> int:
        """The rows that hold a word."""
        number = self.vocabulary.numbers.get(word)
        own = 0 if number is None else int(self._counts[number])
        return own if self._base is None else own + self._base.count(word)


class _Numbers(dict[str, int]):
    """Words numbered as they come."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


class _Gathered:
    """Rows as they come, in little room: a million names are not held as objects."""

    def __init__(self) -> None:
        self._dates, self._entries, self._names = array("i"), array("i"), array("i")
        self._words, self._lengths = array("i"), array("i")
        self._joined: list[str] = []

    def add(self, entry: int, name: int, born: int, words: list[int], joined: str) -> None:
        self._dates.append(born)
        self._entries.append(entry)
        self._names.append(name)
        self._words.extend(words)
        self._lengths.append(len(words))
        self._joined.append(joined)

    def arrays(self, numbers: Ids) -> dict[str, npt.NDArray[Any]]:
        """By birth date; ``numbers`` are the words' own."""
        dates = np.array(self._dates, np.int32)
        order = np.argsort(dates, kind="stable")
        words = self._table(numbers)[order]
        flat = words.ravel()
        size = len(numbers)
        counts = np.bincount(flat, minlength=size + 1)[:size]
        by_word = np.argsort(flat, kind="stable")[: int(counts.sum())]
        postings = (by_word // words.shape[1]).astype(np.int32)
        return {
            "dates": dates[order],
            "entries": np.array(self._entries, np.int32)[order],
            "names": np.array(self._names, np.int32)[order],
            "words": words,
            "postings": postings,
            "held": words[postings],
            "starts": np.append(0, np.cumsum(counts)).astype(np.int64),
            **arrays_of(self._joined, order),
        }

    def _table(self, numbers: Ids) -> Ids:
        lengths = np.array(self._lengths, np.int64)
        width = int(lengths.max(initial=1))
        words = np.full((len(lengths), width), len(numbers), np.int32)
        words[np.arange(width) < lengths[:, None]] = numbers[np.array(self._words, np.int64)]
        return words


def _summed(of_words: Floats, words: Ids) -> Floats:
    """The weight of each row, a column at a time: a million rows need no second table."""
    found = np.zeros(len(words), np.float32)
    for column in words.T:
        found += of_words[column]
    return frozen(found)
