"""A watch list of invented people with labelled queries, by seed: what is said of matching is held by it.

Kinds are those of :mod:`risk_rules.names.evaluate`. The same seed gives the same lines.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from tests.perf import listed

ENTRIES = 500
_VOWELS = "AEIOU"

Said = tuple[list[str], list[str]]
"""Words of the surname and of the given names."""


def _typo(said: Said, chance: random.Random) -> Said:
    surname, given = list(said[0]), list(said[1])
    field = surname if len(surname[0]) >= max(map(len, given)) else given
    at = max(range(len(field)), key=lambda place: len(field[place]))
    word = field[at]
    place = chance.randrange(1, max(2, len(word)))
    field[at] = chance.choice(
        (word[:place] + word[place + 1 :], word[:place] + chance.choice("AEINRST") + word[place:],
         word[: place - 1] + word[place - 1 : place + 1][::-1] + word[place + 1 :])
    )  # fmt: skip
    return surname, given


def _transliterated(said: Said, chance: random.Random) -> Said:
    """Vowels and doubled letters as another clerk hears them."""
    pairs = (
        ("KH", "H"),
        ("AA", "A"),
        ("EE", "I"),
        ("J", "DJ"),
        ("W", "V"),
        ("SH", "CH"),
        ("Q", "K"),
    )

    def heard(word: str) -> str:
        for one, other in pairs:
            if one in word and chance.random() < 0.6:
                return word.replace(one, other, 1)
        at = next((place for place, letter in enumerate(word) if place and letter in _VOWELS), None)
        return word if at is None else word[:at] + chance.choice(_VOWELS) + word[at + 1 :]

    return [heard(word) for word in said[0]], [heard(word) for word in said[1]]


def _swapped(said: Said, _: random.Random) -> Said:
    return said[1], said[0]


def _joined(said: Said, _: random.Random) -> Said:
    return said[0], ["".join(said[1])]


def _titled(said: Said, chance: random.Random) -> Said:
    return said[0], ["".join(said[1]) + chance.choice(("MR", "MRS", "MSTR"))]


def _dropped(said: Said, _: random.Random) -> Said:
    return said[0], said[1][:1]


def _initial(said: Said, _: random.Random) -> Said:
    return said[0], [said[1][0], *(word[0] for word in said[1][1:])]


def _as_is(said: Said, _: random.Random) -> Said:
    return said


VARIANTS: dict[str, Callable[[Said, random.Random], Said]] = {
    "exact": _as_is, "typo": _typo, "transliterated": _transliterated, "swapped": _swapped,
    "joined": _joined, "titled": _titled, "dropped": _dropped, "initial": _initial,
}  # fmt: skip


def lines(seed: int = 5) -> tuple[list[str], list[str]]:
    """The list and the queries."""
    chance = random.Random(seed)
    words = listed.words(4000, seed)
    people = [one for one in listed.people(3 * ENTRIES, seed + 1, words) if len(one.name.given) > 3]
    entries, strangers = people[:ENTRIES], people[ENTRIES : 2 * ENTRIES]
    told = [_entry(number, one, chance) for number, one in enumerate(entries)]
    asked = [*_positives(told, chance), *_negatives(told, strangers, chance)]
    return [json.dumps(one) for one in told], [json.dumps(one) for one in asked]


def _entry(number: int, one: listed.Somebody, chance: random.Random) -> dict[str, Any]:
    said: Said = [one.name.surname], one.name.given.split()
    heard = _transliterated(said, chance)
    return {
        "id": f"E{number}", "surname": one.name.surname, "given": one.name.given,
        "birth_dates": [str(one.born)] if one.born else [], "sex": chance.choice("MF"),
        "aliases": [[" ".join(heard[0]), " ".join(heard[1])]],
    }  # fmt: skip


def _positives(told: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[dict[str, Any]]:
    for one in told:
        said: Said = [one["surname"]], one["given"].split()
        kind = chance.choice([k for k in VARIANTS if len(said[1]) > 1 or k not in ("joined", "dropped", "initial")])  # fmt: skip
        surname, given = VARIANTS[kind](said, chance)
        who = {"truth": one["id"], "birth_date": _born(one, chance), "sex": one["sex"]}
        yield {"kind": kind, "surname": " ".join(surname), "given": " ".join(given), **who}
        surname, given = one["aliases"][0]
        yield {"kind": "alias", "surname": surname, "given": given, **who}


def _born(one: dict[str, Any], chance: random.Random) -> str:
    """The day of birth as most messages have it, else day and month swapped or a year off."""
    text = (one["birth_dates"] or ["1971"])[0]
    year, month, day = (int(part) for part in text.split("-")) if "-" in text else (
        int(text), chance.randrange(1, 13), chance.randrange(2, 28))  # fmt: skip
    noise = chance.random()
    if noise > 0.9 and day <= 12:
        month, day = day, month
    elif noise > 0.8:
        year, day = year + 1, min(day, 28)
    return f"{year:04}-{month:02}-{day:02}"


def _negatives(
    told: Sequence[dict[str, Any]], strangers: Sequence[listed.Somebody], chance: random.Random
) -> Iterator[dict[str, Any]]:
    for one in strangers:
        yield {"kind": "clean", "surname": one.name.surname, "given": one.name.given,
               "birth_date": _day(chance), "sex": chance.choice("MF"), "truth": None}  # fmt: skip
    for one in told[::3]:
        other = chance.choice(told)
        yield {"kind": "recombined", "surname": one["surname"], "given": other["given"],
               "birth_date": _day(chance), "truth": None}  # fmt: skip
        yield {"kind": "namesake", "surname": one["surname"], "given": one["given"],
               "birth_date": _far(one), "truth": None}  # fmt: skip


def _day(chance: random.Random) -> str:
    return (date(1935, 1, 1) + timedelta(days=chance.randrange(75 * 365))).isoformat()


def _far(one: dict[str, Any]) -> str:
    year = int(one["birth_dates"][0][:4]) if one["birth_dates"] else 1971
    return f"{year + (20 if year < 1980 else -20)}-05-12"
