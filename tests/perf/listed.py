"""A watch list of invented people, as large as wanted, and travellers who are on it or not; by seed.

Words are syllables of five invented tongues, their frequency is Zipf's; a name has two to four of them, 2.9 on
average. Birth dates are a day (70 %), a year (15 %) or nothing (15 %).
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from risk_rules.names import BirthDate, Name
from risk_rules.names.index import Listing
from risk_rules.names.normalise import name_words

WORDS = 160_000
_TONGUES: Sequence[tuple[str, str, str]] = (
    ("b d f g h j k kh l m n q r s sh t th w y z", "a i u aa ee", " b d f h l m n r s z"),
    ("b ch d f g j k l m n p r s t v z gr br st", "a e i o u ia io", " n r l s"),
    ("k s t n h m y r w g z d b sh ch ts", "a i u e o", " n"),
    ("b ch d f g h j k l m n p q r s sh t w x y z zh", "a e i o u ai ao ei ia iang ong", " n ng"),
    ("b d g k l m n p r s t v zh ch sh st sv vl dr", "a e i o u", " n v k l r s sk ov"),
)
_LENGTHS = (2, 3, 4)
_OF_LENGTHS = (0.30, 0.50, 0.20)
_FIRST_DAY = date(1935, 1, 1)
_DAYS = 75 * 365


@dataclass(frozen=True, slots=True)
class Somebody:
    """A name in its fields, and a birth date."""

    name: Name
    born: BirthDate | None


def words(count: int, seed: int) -> list[str]:
    """So many distinct words, in a random order."""
    chance = random.Random(seed)
    tongues = [tuple(part.split(" ") for part in tongue) for tongue in _TONGUES]
    found: dict[str, None] = {}
    while len(found) < count:
        begins, vowels, ends = chance.choice(tongues)
        syllables = chance.choices((1, 2, 3, 4), (1, 8, 8, 3))[0]
        word = "".join(chance.choice(begins) + chance.choice(vowels) for _ in range(syllables))
        word += chance.choice(ends)
        if 2 <= len(word) <= 14:
            found[word.upper()] = None
    return list(found)


def people(count: int, seed: int, known: Sequence[str], *, each: bool = True) -> Iterator[Somebody]:
    """So many people whose names are of the known words, the first ones being the most frequent; ``each`` word at
    least once, as far as they go.
    """
    chance = np.random.default_rng(seed)
    weights = 1 / (np.arange(len(known)) + 20)
    lengths = chance.choice(_LENGTHS, count, p=_OF_LENGTHS)
    drawn = chance.choice(len(known), int(lengths.sum()), p=weights / weights.sum())
    if each:  # wherever it falls: a list has more rare words than Zipf's tail alone gives
        drawn[chance.permutation(len(drawn))[: len(known)]] = np.arange(len(known))[: len(drawn)]
    ends = np.cumsum(lengths).tolist()
    kinds = chance.random(count).tolist()
    days = chance.integers(0, _DAYS, count).tolist()
    for start, end, kind, day in zip([0, *ends], ends, kinds, days, strict=False):
        surname, *given = (known[at] for at in drawn[start:end].tolist())
        yield Somebody(Name(surname, " ".join(given)), _born(kind, day))


def _born(kind: float, days: int) -> BirthDate | None:
    day = _FIRST_DAY + timedelta(days=days)
    return BirthDate.of(day) if kind < 0.70 else BirthDate(day.year) if kind < 0.85 else None


def listings(found: Iterator[Somebody]) -> Iterator[Listing]:
    for number, one in enumerate(found):
        told = name_words(one.name.surname, one.name.given)
        yield Listing(number, 0, told, (one.born,) if one.born else ())


def misspelt(one: Somebody, chance: random.Random) -> Somebody:
    """The same person as a traveller: a letter wrong, a word left out or in another place, or as it is."""
    said = [one.name.surname, *one.name.given.split()]
    match chance.randrange(5):
        case 0:
            at = max(range(len(said)), key=lambda place: len(said[place]))
            word, place = said[at], chance.randrange(1, max(2, len(said[at])))
            said[at] = word[:place] + chance.choice("AEIOUNRST") + word[place + 1 :]
        case 1 if len(said) > 2:
            said.pop(1)
        case 2:
            said.reverse()
        case 3:
            said = ["".join(pair) for pair in itertools.pairwise(said)][:1] + said[2:]
    born = one.born or BirthDate.of(_FIRST_DAY + timedelta(days=chance.randrange(_DAYS)))
    if not born.month:
        born = BirthDate(born.year, chance.randrange(1, 13), chance.randrange(2, 28))
    return Somebody(Name(said[0], " ".join(said[1:])), born)
