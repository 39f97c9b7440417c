"""How well a list is matched: labelled queries against it, told by kind of variant.

Both files are JSON lines. An entry: `id`, `surname`, `given`, `aliases` [[surname, given], ...], `birth_dates`
[YYYY or YYYY-MM-DD, ...], `nationality`, `sex`, `documents` [[number, issuer], ...]; all but `id` and `surname`
may be left out. A query: `kind`, `surname`, `given`, `birth_date`, `nationality`, `sex`, `documents`, `cut` (true: the
name fills its machine-readable zone) and `truth`, the id of the entry that it is or null. The short names `sur`,
`giv`, `dobs`, `dob`, `nat` and `docs` mean the same.

Of kinds without a truth, `neg_traveller` and `clean` are ordinary travellers, all others were made to be confused
with somebody. Kinds that begin with `alias` are asked of the first names alone: with all names of the list, an alias
would find itself.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from risk_rules.names.birth import BirthDate, Relation
from risk_rules.names.entries import Document, Entry, Name, Person
from risk_rules.names.match import DEFAULT_THRESHOLDS, Match, Matcher, Thresholds
from risk_rules.statistics import wilson

CLEAN = frozenset({"neg_traveller", "clean"})
SHIFTS = tuple(round(-0.12 + 0.02 * step, 2) for step in range(13))
"""Thresholds moved together by so much: the curve of the birth-date rule."""
LEVELS = tuple(round(0.62 + 0.02 * step, 2) for step in range(18))
"""Thresholds of the name alone."""
_SHORT = {
    "sur": "surname", "giv": "given", "dobs": "birth_dates", "dob": "birth_date",
    "nat": "nationality", "docs": "documents",
}  # fmt: skip


class BadLineError(ValueError):
    """A line that is no entry or query; its number, never its text."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} cannot be read")
        self.line = line


@dataclass(frozen=True, slots=True)
class Query:
    """Somebody to be found as `truth`, or not at all."""

    kind: str
    person: Person
    truth: str | None


def read_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """Entries of a list. Raises BadLineError."""
    yield from _rows(lines, _entry)


def read_queries(lines: Iterable[str]) -> Iterator[Query]:
    """Labelled queries. Raises BadLineError."""
    yield from _rows(lines, _query)


def _rows(lines: Iterable[str], read: Any) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            yield read({_SHORT.get(name, name): value for name, value in said.items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadLineError(number) from None


def _entry(said: Mapping[str, Any]) -> Entry:
    names = [(said["surname"], said.get("given") or ""), *said.get("aliases", ())]
    return Entry(
        id=str(said["id"]),
        names=tuple(Name(str(surname), str(given)) for surname, given in names),
        birth_dates=tuple(_born(text) for text in said.get("birth_dates", ())),
        nationality=said.get("nationality") or "",
        documents=_documents(said),
        sex=said.get("sex") or "",
    )


def _query(said: Mapping[str, Any]) -> Query:
    born = said.get("birth_date")
    name = Name(said["surname"], said.get("given") or "", said.get("cut") is True)
    person = Person(
        names=(name,),
        birth_date=_born(born) if born else None,
        nationality=said.get("nationality") or "",
        documents=_documents(said),
        sex=said.get("sex") or "",
    )
    truth = said.get("truth")
    return Query(str(said["kind"]), person, None if truth is None else str(truth))


def _born(text: str) -> BirthDate:
    """A day that the calendar does not have (a year changed at random) is a year."""
    try:
        return BirthDate.parse(text)
    except ValueError:
        return BirthDate.parse(text[:4])


def _documents(said: Mapping[str, Any]) -> tuple[Document, ...]:
    """`[number, issuer]`, or a bare number; the issuer only where it is a state's code."""
    found = []
    for one in said.get("documents") or ():
        number, issuer = (one, "") if isinstance(one, str) else (str(one[0]), str(one[1] or ""))
        found.append(Document(number, issuer if len(issuer) == 3 and issuer.isalpha() else ""))
    return tuple(found)


# ---------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class Kind:
    """Of one kind: how many queries, how many of them alert (for a truth: at the right entry), by the
    birth-date rule and by the name alone.
    """

    count: int
    by_birth_date: int
    by_name: int


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold (or shift of all) and what it gives: shares of variants and of aliases found, of clean travellers alerted."""

    at: float
    variants: float
    aliases: float
    clean: float


@dataclass(frozen=True, slots=True)
class Report:
    """Shares are of queries, 0 to 1. ``within``: between what the true shares of the birth-date rule lie with 95 %
    confidence (Wilson), by the name of the share.
    """

    entries: int
    kinds: Mapping[str, Kind]
    variants: float
    aliases: float
    clean: float
    within: Mapping[str, tuple[float, float]]
    by_name: Point
    birth_date_curve: Sequence[Point]
    name_curve: Sequence[Point]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The best margin over the threshold by the rule, and the best score by the name alone; below 0: none."""

    kind: str
    truth: bool
    margin: float
    score: float


def evaluate(
    entries: Sequence[Entry], queries: Iterable[Query], thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> Report:
    """Ask all queries, with their birth date and without."""
    bench = Bench(entries, thresholds)
    asked = [bench.ask(query) for query in queries]
    return Report(
        entries=len(entries),
        kinds=_by_kind(asked, thresholds),
        variants=_share(asked, _is_variant, 0),
        aliases=_share(asked, _is_alias, 0),
        clean=_share(asked, _is_clean, 0),
        within={
            name: _within(asked, of)
            for name, of in (
                ("variants", _is_variant),
                ("aliases", _is_alias),
                ("clean", _is_clean),
            )
        },
        by_name=_by_name(asked, thresholds[Relation.TRAVELLER_HAS_NONE] or 1.0),
        birth_date_curve=[
            Point(shift, *(_share(asked, of, shift) for of in (_is_variant, _is_alias, _is_clean)))
            for shift in SHIFTS
        ],
        name_curve=[_by_name(asked, level) for level in LEVELS],
    )


class Bench:
    """A list twice, with all names and with the first ones, at the lowest thresholds of the curves."""

    def __init__(self, entries: Sequence[Entry], thresholds: Thresholds) -> None:
        low = {
            one: None if least is None else least + SHIFTS[0] for one, least in thresholds.items()
        }
        low[Relation.TRAVELLER_HAS_NONE] = LEVELS[0]
        self._none = thresholds[Relation.TRAVELLER_HAS_NONE] or 1.0
        self._all = Matcher(entries, low)
        first = [replace(one, names=one.names[:1]) for one in entries]
        self._first = Matcher(first, low)

    def ask(self, query: Query) -> _Asked:
        matcher = self._first if query.kind.startswith("alias") else self._all
        ruled = self._best(matcher, query, query.person)
        named = self._best(matcher, query, replace(query.person, birth_date=None, documents=()))
        score = named + LEVELS[0]
        margin = ruled + SHIFTS[0] if query.person.birth_date else score - self._none
        return _Asked(query.kind, query.truth is not None, margin, score)

    @staticmethod
    def _best(matcher: Matcher, query: Query, person: Person) -> float:
        found = (
            match.score - _threshold(match)
            for match in matcher.match(person)
            if match.alert and query.truth in (None, match.entry_id)
        )
        return max(found, default=-1.0)


def _threshold(match: Match) -> float:
    if match.kind == "document":
        return 0.0
    return float(match.evidence["threshold"])


def _is_variant(one: _Asked) -> bool:
    return one.truth and not _is_alias(one)


def _is_alias(one: _Asked) -> bool:
    return one.truth and one.kind.startswith("alias")


def _is_clean(one: _Asked) -> bool:
    return not one.truth and one.kind in CLEAN


_LITTLE = 1e-6


def _share(asked: Sequence[_Asked], of: Any, shift: float) -> float:
    found = [one.margin >= shift - _LITTLE for one in asked if of(one)]
    return sum(found) / len(found) if found else 0.0


def _within(asked: Sequence[_Asked], of: Any) -> tuple[float, float]:
    found = [one.margin >= -_LITTLE for one in asked if of(one)]
    low, high = wilson(sum(found), len(found))
    return round(low, 5), round(high, 5)


def _by_name(asked: Sequence[_Asked], level: float) -> Point:
    shares = []
    for of in (_is_variant, _is_alias, _is_clean):
        found = [one.score >= level - _LITTLE for one in asked if of(one)]
        shares.append(sum(found) / len(found) if found else 0.0)
    return Point(level, *shares)


def _by_kind(asked: Sequence[_Asked], thresholds: Thresholds) -> dict[str, Kind]:
    groups: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        groups[one.kind].append(one)
    level = (thresholds[Relation.TRAVELLER_HAS_NONE] or 1.0) - _LITTLE
    return {
        kind: Kind(
            len(group),
            sum(one.margin >= -_LITTLE for one in group),
            sum(one.score >= level for one in group),
        )
        for kind, group in sorted(groups.items())
    }
