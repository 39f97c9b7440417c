"""One traveller against a watch list of invented people, by compiled loops and by numpy; and the life of its index.

Travellers are others (nine of ten) and people of the list, misspelt. `first` asks for each for the first time,
`again` once more: what resembles a word is kept; `steady` for new ones behind a day of others. `complete` is the share of what comparing with every entry
and every word would find under the same rule.
"""

import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from risk_rules.names import DEFAULT_THRESHOLDS, BirthDate, Entry, Matcher, Name, Person, Relation
from risk_rules.names.explain import explain
from risk_rules.names.index import Candidate, NameIndex
from risk_rules.names.match import INFORMATION, Part
from risk_rules.names.normalise import Word, name_words
from risk_rules.names.snapshot import load, save
from tests.perf import listed
from tests.perf.listed import Somebody
from tests.perf.measure import Figures, Size, cpu_ms

LEAST: Mapping[Relation, float] = {
    one: INFORMATION if least is None else least for one, least in DEFAULT_THRESHOLDS.items()
}
Asked = Sequence[tuple[Sequence[Word], BirthDate | None]]
ABOUT = {"list": "invented"}
TARGETS = {
    "with_birth_date_ms": 1, "with_birth_date_p99_ms": 5, "name_only_ms": 3, "complete": 0.99,
    "build_s": 60, "load_s": 2, "delta_of_1000_s": 2, "worker_mb": 2048, "explain_ms": 0.1,
}  # fmt: skip


def figures(size: Size) -> Figures:
    """CPU times; the targets of the design are for a million entries on one core."""
    count = size.pick(20_000, 50_000, 1_000_000)
    words = listed.words(min(listed.WORDS, count), 1)
    people = list(listed.people(count, 2, words))
    asked = _travellers(people, words, size.pick(100, 400, 2000))
    before = _resident()
    started = time.process_time()
    arrays = Part.make(_entries(people))
    part = Part(arrays)
    build = time.process_time() - started
    plain = NameIndex(arrays, loops=False)
    return {
        "entries": len(part.entries),
        "rows": len(part.index),
        "words": len(part.index.vocabulary),
        "build_s": round(build, 1),
        "build_mb": _resident() - before,
        "numba": _asked_of(part.index, asked),
        "numpy": _asked_of(plain, asked[: len(asked) // 4]),
        "steady": _steady(part.index, words, size),
        "complete": _complete(part.index, asked),
        "explain_ms": _explained(part.index, asked),
        "delta_of_1000_s": _delta(part, words),
        "snapshot": _kept(arrays, asked),
        "cdist": _compared(people, asked),
        "targets": TARGETS,
    }


def _entries(people: Sequence[Somebody]) -> Iterator[Entry]:
    for number, one in enumerate(people):
        born = (one.born,) if one.born else ()
        yield Entry(f"{number:036}", (one.name,), born, about={"key": str(number), "reason": "-"})


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


def _asked_of(index: NameIndex, asked: Asked) -> Figures:
    alone = [(told, None) for told, _ in asked[: len(asked) // 4]]
    return {
        "travellers": len(asked),
        "with_birth_date": {"first": _times(index, asked), "again": _times(index, asked)},
        "name_only": {"again": _times(index, alone)},
    }


def _steady(index: NameIndex, words: Sequence[str], size: Size) -> Figures:
    """New travellers, after a day of others: what resembles the frequent words is known, rare ones are looked for."""
    before, count = size.pick(500, 2_000, 20_000), size.pick(100, 400, 2_000)
    day = [(name_words(one.name.surname, one.name.given), one.born or BirthDate(1970, 5, 6))
           for one in listed.people(before + count, 5, words, each=False)]  # fmt: skip
    for told, born in day[:before]:
        index.search(told, born, LEAST)
    return {"others_before": before, "travellers": count, **_times(index, day[before:])}


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
    """What is found of all entries that reach the threshold of their relation."""
    due = found = 0
    for words, born in asked:
        scores = index.every_score(words)
        expected = {
            int(index.entries[row])
            for row in np.flatnonzero(scores >= min(LEAST.values())).tolist()
            if scores[row] >= LEAST[index.relation_of(born, row)] + 1e-6
        }
        due += len(expected)
        found += len(expected & {one.entry for one in index.search(words, born, LEAST)})
    return {"decisions": len(asked), "due": due, "found": found, "share": round(found / due, 4)}


def _explained(index: NameIndex, asked: Asked) -> float:
    hits: list[Candidate] = []
    for words, born in asked:
        hits += index.search(words, born, dict.fromkeys(Relation, 0.7))[:5]
        if len(hits) > 500:
            break

    def work() -> None:
        for one in hits:
            explain(one.ours, one.theirs, index.weight, index.weight_listed, cut=False)

    return round(float(cpu_ms(work, 3)["median"]) / len(hits), 4)


def _delta(part: Part, words: Sequence[str]) -> float:
    """A thousand entries put and a thousand taken off, until they are answered."""
    matcher = Matcher(part=part)
    fresh = list(_entries(list(listed.people(1000, 8, words))))
    gone = [f"{number:036}" for number in range(1000)]
    started = time.process_time()
    changed = matcher.changed(fresh, gone)
    changed.match(Person((Name("SOMEBODY", "ELSE"),), BirthDate(1970, 5, 12)))
    return round(time.process_time() - started, 2)


def _kept(arrays: Mapping[str, np.ndarray], asked: Asked) -> Figures:
    """Written, and opened by a process of its own as a worker does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        started = time.perf_counter()
        save(path, arrays, ABOUT)
        saved = time.perf_counter() - started
        size = sum(file.stat().st_size for file in path.iterdir()) >> 20
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            worker = pool.apply(_opened, (path, asked[:200]))
    return {"save_wall_s": round(saved, 1), "file_mb": size, **worker}


def _opened(path: Path, asked: Asked) -> Figures:
    clock, wall = time.process_time(), time.perf_counter()
    part = Part(load(path, ABOUT))
    clock, wall = time.process_time() - clock, time.perf_counter() - wall
    for words, born in asked:
        part.index.search(words, born, LEAST)
    memory = _memory()
    return {
        "load_s": round(clock, 2),
        "load_wall_s": round(wall, 2),
        "worker_mb": memory["Rss"],
        "worker_private_mb": memory["Private_Clean"] + memory["Private_Dirty"] - 0,
        "shared_file_mb": sum(array.nbytes for array in load(path, ABOUT).values()) >> 20,
    }


def _memory() -> dict[str, int]:
    lines = [line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]]
    return {name.rstrip(":"): int(value) // 1024 for name, value, *_ in lines}


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _compared(people: Sequence[Somebody], asked: Asked) -> Figures:
    """The reference: names compared with each entry by the open library, all words in one."""
    names = [f"{one.name.surname} {one.name.given}" for one in people]
    wanted = [" ".join(word.spellings[0] for word in words) for words, _ in asked[:5]]

    def compare() -> object:
        return process.cdist(wanted, names, scorer=fuzz.ratio, score_cutoff=82, dtype=np.uint8)

    return {"ms": round(float(cpu_ms(compare, 3)["min"]) / len(wanted), 2)}
