"""``egate watchlist evaluate`` and ``bench``: how well, and how fast, the entries of a file are found. No database."""

import gzip
import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean, quantiles
from typing import IO, Any, cast

from app.kernel.errors import SetupError
from risk_rules.names import Entry, Matcher, Person
from risk_rules.names.compiled import loops_for
from risk_rules.names.evaluate import (
    CLEAN,
    BadLineError,
    Point,
    Report,
    evaluate,
    read_entries,
    read_queries,
)

MOST_ASKED = 2000


@contextmanager
def _lines(path: Path) -> Iterator[IO[str]]:
    """A text file, unpacked if its name ends in .gz. Raises SetupError; what is in it is not repeated."""
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            yield cast("IO[str]", lines)
    except BadLineError as error:
        raise SetupError(f"{path}: {error}") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {type(error).__name__}") from None


def evaluate_file(list_path: Path, queries_path: Path, *, as_json: bool) -> int:
    """Print what of the queries is found, kind by kind, and the curves over the thresholds."""
    entries = _entries(list_path)
    with _lines(queries_path) as lines:
        report = evaluate(entries, read_queries(lines))
    if as_json:
        print(json.dumps(asdict(report), indent=2))
    else:
        print("\n".join(_told(report)))
    return 0


def _entries(path: Path) -> list[Entry]:
    with _lines(path) as lines:
        return list(read_entries(lines))


def _told(report: Report) -> Iterator[str]:
    yield f"{report.entries} entries"
    yield f"{'kind':<22}{'asked':>7}  {'by birth date':>13}  {'by name':>7}   (share that alerts)"
    for kind, found in report.kinds.items():
        shares = f"{found.by_birth_date / found.count:>13.4f}  {found.by_name / found.count:>7.4f}"
        mark = "  clean travellers" if kind in CLEAN else ""
        yield f"{kind:<22}{found.count:>7}  {shares}{mark}"
    yield ""
    yield (
        f"birth-date rule: variants {report.variants:.4f}, aliases {report.aliases:.4f}, "
        f"clean travellers alerted {report.clean:.4f}"
    )
    told = (f"{name} {low:.4f} to {high:.4f}" for name, (low, high) in report.within.items())
    yield "with 95 % confidence: " + ", ".join(told)
    name = report.by_name
    yield (
        f"name alone at {name.at}: variants {name.variants:.4f}, aliases {name.aliases:.4f}, "
        f"clean travellers alerted {name.clean:.4f}"
    )
    yield from _curve("all thresholds moved by", report.birth_date_curve)
    yield from _curve("name alone, threshold", report.name_curve)


def _curve(title: str, points: Sequence[Point]) -> Iterator[str]:
    yield ""
    yield f"{title:<24}{'variants':>9}{'aliases':>9}{'clean':>9}"
    for one in points:
        yield f"{one.at:<24}{one.variants:>9.4f}{one.aliases:>9.4f}{one.clean:>9.4f}"


def bench_file(list_path: Path, queries_path: Path | None, *, as_json: bool) -> int:
    """Print the CPU times of building the index and of asking, with birth date and by the name alone."""
    entries = _entries(list_path)
    people = _people(entries, queries_path)
    started = time.process_time()
    matcher = Matcher(entries)
    build = time.process_time() - started
    nameless = [replace(one, birth_date=None) for one in people]
    found = {
        "entries": len(matcher),
        "loops": "numba" if loops_for(len(matcher)) else "numpy",
        "build_s": round(build, 2),
        "asked": len(people),
        "first_ms": _times(matcher, people),
        "again_ms": _times(matcher, people),
        "name_only_ms": _times(matcher, nameless),
    }
    print(
        json.dumps(found, indent=2) if as_json else "\n".join(f"{k}: {v}" for k, v in found.items())
    )
    return 0


def _people(entries: Sequence[Entry], queries_path: Path | None) -> list[Person]:
    if queries_path is None:
        found = [
            Person(one.names[:1], one.birth_dates[0] if one.birth_dates else None)
            for one in entries
            if one.names
        ]
    else:
        with _lines(queries_path) as lines:
            found = [query.person for query in read_queries(lines)]
    if not found:
        raise SetupError("there is nobody to ask for")
    return random.Random(1).sample(found, min(MOST_ASKED, len(found)))  # noqa: S311  # a sample


def _times(matcher: Matcher, people: Sequence[Person]) -> dict[str, Any]:
    """CPU milliseconds of a traveller with all explanations."""
    times = []
    for person in people:
        started = time.process_time()
        matcher.match(person)
        times.append(1000 * (time.process_time() - started))
    cuts = quantiles(times, n=100) if len(times) > 1 else times * 99
    return {
        "mean": round(fmean(times), 3), "p50": round(cuts[49], 3), "p99": round(cuts[98], 3)
    }  # fmt: skip
