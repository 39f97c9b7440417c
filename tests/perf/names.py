"""One traveller against a watch list of invented people: with a birth date, by the name alone, and what is lost.

Travellers are others (most) and people of the list, misspelt. `cold` asks for each for the first time, `warm`
again: what resembles a word is kept. `complete` is the share of what scoring every row would find.
"""

import random
import resource
import time
from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from risk_rules.names import DEFAULT_THRESHOLDS, BirthDate, Relation
from risk_rules.names.index import NameIndex
from risk_rules.names.match import INFORMATION
from risk_rules.names.normalise import Word, name_words
from tests.perf import listed
from tests.perf.listed import Somebody
from tests.perf.measure import Figures, Size, cpu_ms

LEAST: Mapping[Relation, float] = {
    one: INFORMATION if least is None else least for one, least in DEFAULT_THRESHOLDS.items()
}
Asked = Sequence[tuple[Sequence[Word], BirthDate | None]]


def figures(size: Size) -> Figures:
    """CPU milliseconds of a traveller; targets of the design for a million names: 1 ms, by name alone 3 ms."""
    count = size.pick(10_000, 50_000, 1_000_000)
    words = listed.words(min(listed.WORDS, count), 1)
    people = list(listed.people(count, 2, words))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    index = NameIndex.of(listed.listings(iter(people)))
    build = time.process_time() - started
    asked = _travellers(people, words, size.pick(100, 400, 2000))
    alone = [(told, None) for told, _ in asked[: len(asked) // 4]]
    return {
        "entries": len(index),
        "words": len(index.vocabulary),
        "build_s": round(build, 1),
        "mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
        "with_birth_date": {"cold": _times(index, asked), "warm": _times(index, asked)},
        "name_only": {"cold": _times(index, alone), "warm": _times(index, alone)},
        "complete": _complete(index, asked[: size.pick(20, 60, 200)]),
        "cdist_ms": _compared(people, asked[0][0]),
        "target_ms": {"with_birth_date": 1, "with_birth_date_p99": 5, "name_only": 3},
    }


def _travellers(people: Sequence[Somebody], words: Sequence[str], count: int) -> Asked:
    chance = random.Random(3)
    others = list(listed.people(count * 9 // 10, 4, words))
    known = [listed.misspelt(chance.choice(people), chance) for _ in range(count - len(others))]
    found = [*others, *known]
    chance.shuffle(found)
    return [
        (name_words(one.name.surname, one.name.given), one.born or BirthDate(1970, 5, 6))
        for one in found
    ]


def _times(index: NameIndex, asked: Asked) -> Figures:
    times = []
    for words, born in asked:
        started = time.process_time()
        index.search(words, born, LEAST)
        times.append(1000 * (time.process_time() - started))
    mean, p50, p99 = np.mean(times), np.median(times), np.percentile(times, 99)
    return {
        "unit": "CPU ms",
        "mean": round(float(mean), 2),
        "p50": round(float(p50), 2),
        "p99": round(float(p99), 2),
    }


def _complete(index: NameIndex, asked: Asked) -> Figures:
    """What is found of all rows that reach the threshold of their relation."""
    due = found = 0
    for words, born in asked:
        scores = index.every_score(words)
        rows = np.flatnonzero(scores >= min(LEAST.values())).tolist()
        expected = {
            (int(index.entries[row]), int(index.names[row]))
            for row in rows
            if scores[row] >= LEAST[index.relation_of(born, row)] + 1e-6
        }
        due += len(expected)
        found += len(expected & {(one.entry, one.name) for one in index.search(words, born, LEAST)})
    return {"decisions": len(asked), "due": due, "found": found}


def _compared(people: Sequence[Somebody], words: Sequence[Word]) -> float:
    """The reference: the name compared with each entry by the open library, all words in one."""
    names = [f"{one.name.surname} {one.name.given}" for one in people]
    asked = " ".join(word.spellings[0] for word in words)

    def compare() -> object:
        return process.cdist([asked], names, scorer=fuzz.ratio, score_cutoff=82, dtype=np.uint8)

    return float(cpu_ms(compare, 5)["min"])
