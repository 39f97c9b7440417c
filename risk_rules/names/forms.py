"""The forms of a name: how it is listed, and how a traveller's is asked for.

Words are glued together in reservations and on cards, and parted in passports; particles are one or the other everywhere. A
traveller's name is asked for as it is written, with what is glued parted (by the words of the list, else behind a particle),
and with neighbours joined. Only the traveller's side is varied, so that the index stays small.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from risk_rules.names.normalise import PARTICLES, TITLES, Word
from risk_rules.names.vocabulary import Vocabulary

MOST_WORDS = 8
"""Words of a row: names of more are cut, which costs them the rest of their score."""
MOST_ASKED = 16
LONGEST = 60
"""Letters of a word that are looked at."""
MOST_FORMS = 6
MOST_SPELT = 4
"""Ways to spell a name whose words have two spellings."""
MOST_READINGS = 64
"""Of a name, where all of its readings are compared."""
RARE = 5
"""Rows with a word: rarer words may be several in one."""
ALIKE = 0.8
"""A particle is joined to the word behind it where the list has a word that is so much like both in one."""
_SHORTEST = 6
_LONGEST_PIECE = 14
_MOST_PIECES = 6

Form = tuple[str, ...]

_GLUED_PARTICLE = re.compile(
    r"(ABD(?:[AEIOU]L|[AEU]([DNRSTZ])(?=\2))|ABD[AEU]|VAN(?:DE[NR]?)?|VON|BIN|BEN|IBN|ABU|ABOU|DE(?:LA|LOS|L)?|DI|MAC|MC|AL|EL|O)"
    r"([A-Z]{4,})"
)
_SEVERAL = {
    "VANDEN": ("VAN", "DEN"), "VANDER": ("VAN", "DER"), "VANDE": ("VAN", "DE"),
    "DELA": ("DE", "LA"), "DELOS": ("DE", "LOS"),
}  # fmt: skip
_BINDING = PARTICLES | {"MC", "MAC", "ABD", "ABDUL", "ABDEL", "ABDAL", "ABU", "ABOU", "O"}


def listed_forms(words: Sequence[Word], most: int = MOST_WORDS) -> list[Form]:
    """A name as its words in the ICAO expansion, and in the plain spelling where that differs.

    Titles are left out unless there is nothing else; a word that occurs twice counts once.
    """
    told = [word for word in words if not (word.weak and TITLES.intersection(word.spellings))]
    kept = told or words
    if all(len(word.spellings) == 1 for word in kept):
        form = tuple(dict.fromkeys([word.spellings[0][:LONGEST] for word in kept]))[:most]
        return [form] if form else []
    spelt = [tuple(dict.fromkeys((word.spellings[0], word.spellings[-1]))) for word in kept]
    chosen: Iterable[Sequence[str]] = [[one[0] for one in spelt], [one[-1] for one in spelt]]
    if sum(len(one) > 1 for one in spelt) > 1:
        chosen = itertools.chain(chosen, itertools.islice(itertools.product(*spelt), MOST_SPELT))
    forms = {
        tuple(dict.fromkeys([spelling[:LONGEST] for spelling in one]))[:most]: None
        for one in chosen
    }
    return [form for form in forms if form][:MOST_SPELT]


class Forms:
    """The forms of travellers' names, by the words of a list."""

    def __init__(self, vocabulary: Vocabulary, count: Callable[[str], int], rows: int) -> None:
        """``count``: the rows that hold a word, of ``rows``."""
        self._vocabulary, self._count, self._rows = vocabulary, count, rows
        self.parted = lru_cache(10_000)(self._parted)
        self._joins = lru_cache(10_000)(self._joining)

    def asked(self, words: Sequence[Word]) -> list[Form]:
        """As it is written, both spellings; all that is glued parted; each of it; neighbours joined. The first few."""
        found: dict[Form, None] = {}
        for form in listed_forms(words, MOST_ASKED):
            found[form] = None
            choices = [(word, self.parted(word)) for word in form]
            if sum(pieces is not None for _, pieces in choices) > 1:
                found[_flat(pieces or (word,) for word, pieces in choices)] = None
            for at, (_, pieces) in enumerate(choices):
                if pieces:
                    found[form[:at] + pieces + form[at + 1 :]] = None
            found.update(dict.fromkeys(self._joined(form)))
        return list(found)[:MOST_FORMS]

    def every(self, words: Sequence[Word]) -> list[Form]:
        """All of that and its combinations: what the few are measured against."""
        found: dict[Form, None] = {}
        for form in listed_forms(words, MOST_ASKED):
            choices = [
                [(word,), pieces] if (pieces := self.parted(word)) else [(word,)] for word in form
            ]
            for one in itertools.islice(itertools.product(*choices), MOST_READINGS):
                read = _flat(one)
                found[read] = None
                found.update(dict.fromkeys(self._joined(read)))
        return list(found)[:MOST_READINGS]

    def _joined(self, form: Form) -> Iterator[Form]:
        for at in range(len(form) - 1):
            if self._joins(form[at], form[at + 1]):
                yield (*form[:at], form[at] + form[at + 1], *form[at + 2 :])

    def _joining(self, word: str, behind: str) -> bool:
        joined = word + behind
        if joined in self._vocabulary.numbers:
            return True
        if word not in _BINDING or len(joined) < _SHORTEST:
            return False
        near = self._vocabulary.neighbours(joined)
        alike = near.ids[near.likeness >= ALIKE].tolist()
        # what is as much like the word alone is met without joining
        alone = set(self._vocabulary.neighbours(behind).ids.tolist())
        return any(number not in alone for number in alike)

    def _parted(self, word: str) -> Form | None:
        if len(word) < _SHORTEST or self._count(word) >= RARE:
            return None
        return self._pieces(word) or self._behind_particle(word)

    def _behind_particle(self, word: str) -> Form | None:
        found = _GLUED_PARTICLE.fullmatch(word)
        if found is None or not (self._count(found[3]) or self._near(found[3])):
            return None
        return *_SEVERAL.get(found[1], (found[1],)), found[3]

    def _near(self, word: str) -> bool:
        return bool((self._vocabulary.neighbours(word).likeness >= ALIKE).any())

    def _pieces(self, word: str) -> Form | None:
        """The likeliest way to read a word as two to six of the list's; None where there is none."""
        best: list[tuple[float, Form] | None] = [(0.0, ()), *[None] * len(word)]
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - _LONGEST_PIECE), end - 1):
                before, piece = best[start], word[start:end]
                if before is None or (start == 0 and end == len(word)) or not self._is_piece(piece):
                    continue
                cost = before[0] + math.log(self._rows / self._count(piece)) + 2
                known = best[end]
                if known is None or cost < known[0]:
                    best[end] = cost, (*before[1], piece)
        found = best[-1]
        return found[1] if found and 2 <= len(found[1]) <= _MOST_PIECES else None

    def _is_piece(self, piece: str) -> bool:
        count = self._count(piece)
        return count >= (20 if len(piece) == 2 and piece not in PARTICLES else 1)


def _flat(choice: Iterable[Form]) -> Form:
    return tuple(dict.fromkeys(itertools.chain.from_iterable(choice)))
