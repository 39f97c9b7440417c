"""``egate face evaluate``: how often faces are confused, measured on pictures that the operator supplies.

A folder a person; a list beside them (``people.csv``: person, sex, age or birth_year) tells the groups. A picture is
described and let go: what is kept are 128 numbers of each.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk_sim.face import scores as rates
from kiosk_sim.face.check import LOOK, MATCH
from kiosk_sim.face.det import draw
from kiosk_sim.face.engine import Engine, PictureError, decode, load_engine
from kiosk_sim.face.geometry import Numbers
from kiosk_sim.face.scores import Persons, Rate, Scores
from kiosk_sim.face.walking import FOUND
from kiosk_sim.face.weights import MODEL, FaceUnavailableError, WeightsError

LABELS: Final = "people.csv"
PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".jp2"})
THRESHOLDS: Final = (LOOK, 0.36, MATCH, 0.42, FOUND)
FMRS: Final = (1e-2, 1e-3, 1e-4, 1e-5)
BANDS: Final = ((0, 17, "under 18"), (18, 29, "18-29"), (30, 49, "30-49"), (50, 200, "50 and over"))
CLAIM: Final = 0.001


@dataclass(slots=True)
class Described:
    """The pictures as numbers, whose each is, and how many could not be described."""

    people: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    vectors: list[Numbers] = field(default_factory=list)
    unreadable: int = 0
    faceless: int = 0

    @property
    def acquired(self) -> Rate:
        failed = self.unreadable + self.faceless
        return Rate(failed, failed + len(self.vectors))


def pictures_in(folder: Path, each: int) -> Iterator[tuple[str, list[Path]]]:
    """(person, pictures), in order of names; ``each``: no more than so many of one, 0 for all."""
    for person in sorted(one for one in folder.iterdir() if one.is_dir()):
        found = sorted(one for one in person.iterdir() if one.suffix.lower() in PICTURES)
        yield person.name, found[: each or None]


def describe(engine: Engine, folder: Path, each: int) -> Described:
    """All pictures of a folder of people, one after the other."""
    made = Described()
    for person, paths in pictures_in(folder, each):
        owner = len(made.people)
        made.people.append(person)
        for path in paths:
            try:
                pixels = decode(path.read_bytes())
            except PictureError:
                made.unreadable += 1
                continue
            faces = engine.faces(pixels)
            if not faces:
                made.faceless += 1
                continue
            made.owners.append(owner)
            made.vectors.append(engine.describe(engine.crop(pixels, faces[0])))
    return made


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """{person: {"sex": ..., "age": ...}}; ages in bands, years of birth in decades. {} where there is no list."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["person"]: _labels(row) for row in csv.DictReader(file)}


def _labels(row: Mapping[str, str | None]) -> dict[str, str]:
    found = {}
    if sex := (row.get("sex") or "").strip():
        found["sex"] = sex
    if age := (row.get("age") or "").strip():
        band = next((name for low, high, name in BANDS if low <= int(age) <= high), None)
        found |= {"age": band} if band else {}
    elif born := (row.get("birth_year") or "").strip():
        found["age"] = f"born {int(born) // 10 * 10}s"
    return found


def evaluate(made: Described, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Scores]:
    """Scores of all, of each group within itself, and of different sexes with each other."""
    vectors = np.stack(made.vectors) if made.vectors else np.zeros((0, 128), np.float32)
    owners: Persons = np.asarray(made.owners, np.int64)
    found = {"all": rates.between(vectors, owners)}
    groups: dict[str, dict[str, Any]] = {"sex": {}, "age": {}}
    for kind, of in groups.items():
        told = [labels.get(person, {}).get(kind) for person in made.people]
        mine = np.asarray([told[owner] or "" for owner in made.owners])
        for name in sorted({one for one in told if one}):
            of[name] = mine == name
            found[f"{kind} {name}"] = rates.between(vectors[of[name]], owners[of[name]])
    sexes = list(groups["sex"].items())
    for number, (one, ones) in enumerate(sexes):
        for other, others in sexes[number + 1 :]:
            found[f"sex {one} with {other}"] = rates.across(vectors[ones], vectors[others])
    return found


def report(made: Described, found: Mapping[str, Scores]) -> dict[str, Any]:
    """Everything that was measured, for ``--json``."""
    return {
        "model": MODEL,
        "people": len(made.people),
        "pictures": len(made.vectors),
        "failure_to_acquire": made.acquired.told()
        | {"unreadable": made.unreadable, "without_face": made.faceless},
        "groups": {name: _of_group(scores) for name, scores in found.items()},
    }


def _of_group(scores: Scores) -> dict[str, Any]:
    equal = scores.equal_error()
    at = {f"{rate:g}": scores.threshold_at(rate) for rate in FMRS}
    return {
        "at_threshold": {
            f"{threshold:g}": {
                "fmr": scores.false_match(threshold).told(),
                "fnmr": scores.false_non_match(threshold).told(),
            }
            for threshold in THRESHOLDS
        },
        "at_fmr": {
            rate: None
            if threshold is None
            else {"threshold": threshold, "fnmr": scores.false_non_match(threshold).told()}
            for rate, threshold in at.items()
        },
        "equal_error": None if equal is None else {"threshold": equal[0], "rate": equal[1]},
    }


def in_words(made: Described, found: Mapping[str, Scores]) -> Iterator[str]:
    """The same for people, a line at a time."""
    acquired = made.acquired
    yield f"{len(made.people)} people, {len(made.vectors)} pictures; no face to be found in {_said(acquired)}"
    for name, scores in found.items():
        genuine, impostor = int(scores.genuine.sum()), int(scores.impostor.sum())
        yield ""
        yield f"{name}: {genuine} comparisons of one person, {impostor} of two"
        if not genuine and not impostor:
            continue
        for threshold in THRESHOLDS:
            match, miss = scores.false_match(threshold), scores.false_non_match(threshold)
            yield f"  threshold {threshold:.3f}   FMR {_said(match)}   FNMR {_said(miss)}"
        for rate in FMRS:
            at = scores.threshold_at(rate)
            if at is not None and genuine:
                yield f"  FMR {rate:g} at {at:.3f}   FNMR {_said(scores.false_non_match(at))}"
        if equal := scores.equal_error():
            yield f"  equal error {equal[1]:.3%} at {equal[0]:.3f}"
        if impostor < 3 / CLAIM:
            yield f"  too few to claim FMR {CLAIM:.1%}: that takes {3 / CLAIM:.0f} comparisons of two people without an error"
    yield ""
    yield "Intervals are of 95 %, as if comparisons were independent; pictures of few people are not, so the truth is wider."


def _said(rate: Rate) -> str:
    if not rate.trials:
        return "not measured"
    low, high = rate.interval
    return f"{rate.value:.4%} ({rate.events}/{rate.trials}, {low:.4%} to {high:.4%})"


def main(folder: Path, labels: Path | None, each: int, svg: Path | None, *, as_json: bool) -> int:
    """Measure and print. 2 where there is no such folder or no network to measure."""
    try:
        engine = load_engine()
        made = describe(engine, folder, each)
        found = evaluate(made, read_labels(labels or folder / LABELS))
    except (FaceUnavailableError, WeightsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (KeyError, ValueError):
        sys.stderr.write("the list of people has columns person, sex, and age or birth_year\n")
        return 2
    if svg is not None:
        svg.write_text(draw({name: one for name, one in found.items() if one.genuine.any()}))
    if as_json:
        sys.stdout.write(json.dumps(report(made, found), indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in in_words(made, found))
    return 0
