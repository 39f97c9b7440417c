"""Watch list matching: who on the list could this traveller be, and why.

Document numbers meet when folded. Names are found by what resembles them (`index`); the threshold of a name's
score depends on how the birth dates relate. A contradicting date is information, never an alert.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from risk_rules.names.birth import BirthDate, Relation, relation
from risk_rules.names.index import Candidate, Listing, NameIndex
from risk_rules.names.normalise import (
    NORMALISER_VERSION,
    Word,
    fold_number,
    name_words,
    without_glued_title,
)
from risk_rules.names.likeness import likeness

MatchKind = Literal["document", "name"]

MIN_NUMBER = 5
"""Shorter folded document numbers are placeholders or noise, not identities."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its two fields as written; a name without fields goes into `surname`."""

    surname: str
    given: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A travel document; the issuer as ISO 3166 alpha-3 or empty."""

    number: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed person (names: the first, then aliases) or a listed document without names."""

    id: str
    names: tuple[Name, ...] = ()
    birth_dates: tuple[BirthDate, ...] = ()
    nationality: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """The traveller as known: every name and document of API, booking and passport."""

    names: tuple[Name, ...] = ()
    birth_date: BirthDate | None = None
    nationality: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One listed entry that a traveller may be. `alert` is False for information only."""

    entry_id: str
    kind: MatchKind
    score: float
    alert: bool
    evidence: dict[str, Any]


Thresholds = Mapping[Relation, float | None]
"""Least score of the name per relation of the birth dates; None: never an alert."""

DEFAULT_THRESHOLDS: Thresholds = {
    Relation.EXACT: 0.66,
    Relation.SWAPPED: 0.70,
    Relation.YEAR: 0.76,
    Relation.NEAR: 0.84,
    Relation.LIST_HAS_NONE: 0.86,
    Relation.TRAVELLER_HAS_NONE: 0.86,
    Relation.CONTRADICTION: None,
}
"""Chosen on 27,000 labelled names of public lists: 0.1 % of clean travellers alert at most."""

SINGLE_WORD = 0.70
"""A listed name of one word says little: it alerts with the day of birth alone."""

INFORMATION = 0.97
"""What is nearly the same name is told, also where the dates contradict or the list asks for more."""


class Matcher:
    """Matches travellers against the entries of one list version. Read only after building."""

    def __init__(
        self,
        entries: Iterable[Entry],
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
    ) -> None:
        self._entries = tuple(entries)
        self._thresholds = thresholds
        self._least = {
            one: min(INFORMATION if least is None else least, INFORMATION)
            for one, least in thresholds.items()
        }
        self._index = NameIndex.of(_listings(self._entries))
        self._numbers = _by_number(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def match(self, query: Person) -> list[Match]:
        """All matches, alerts first, then by score; at most one per entry and kind."""
        found = [*self._document_matches(query), *self._name_matches(query)]
        best: dict[tuple[str, MatchKind], Match] = {}
        for match in found:
            key = (match.entry_id, match.kind)
            if key not in best or _weight(match) > _weight(best[key]):
                best[key] = match
        return sorted(best.values(), key=lambda m: (not m.alert, -m.score, m.entry_id, m.kind))

    def _document_matches(self, query: Person) -> Iterator[Match]:
        for document in query.documents:
            for position, listed in self._numbers.get(fold_number(document.number), ()):
                yield _document_match(self._entries[position], document, listed)

    def _name_matches(self, query: Person) -> Iterator[Match]:
        for words in _query_forms(query.names):
            for found in self._index.search(words, query.birth_date, self._least):
                yield self._name_match(query, found)

    def _name_match(self, query: Person, found: Candidate) -> Match:
        entry = self._entries[found.entry]
        related = relation(query.birth_date, entry.birth_dates)
        threshold = self._thresholds[related]
        score = round(min(found.score, SINGLE_WORD if len(found.theirs) == 1 else 1.0), 4)
        evidence = {
            "name": found.name,
            "words": explain(found.ours, found.theirs),
            "birth_date": {
                "relation": related.value,
                "traveller": None if query.birth_date is None else str(query.birth_date),
                "entry": [str(date) for date in entry.birth_dates],
            },
            "nationality": _agreement(query.nationality, entry.nationality),
            "threshold": threshold,
            "normaliser": NORMALISER_VERSION,
        }
        alert = threshold is not None and score >= threshold
        return Match(entry.id, "name", score, alert, evidence)


def explain(ours: Sequence[str], theirs: Sequence[str]) -> list[dict[str, str | None]]:
    """Which words met and how: `same`, `typo`, `sound`, `article`, `initial`; then those that met nothing,
    `extra` of the traveller, `missing` of the list. Each word is told once.
    """
    pairs = sorted(
        (
            (-like, at, place, how)
            for at, one in enumerate(ours)
            for place, other in enumerate(theirs)
            for like, how in [likeness(one, other)]
            if how
        )
    )
    met: dict[int, tuple[int, str]] = {}
    taken: set[int] = set()
    for _, at, place, how in pairs:
        if at not in met and place not in taken:
            met[at] = place, how
            taken.add(place)
    told: list[dict[str, str | None]] = [
        {"traveller": ours[at], "entry": theirs[place], "how": how}
        for at, (place, how) in sorted(met.items())
    ]
    told += [
        {"traveller": one, "entry": None, "how": "extra"}
        for at, one in enumerate(ours) if at not in met
    ]  # fmt: skip
    told += [
        {"traveller": None, "entry": other, "how": "missing"}
        for place, other in enumerate(theirs) if place not in taken
    ]  # fmt: skip
    return told


def _listings(entries: Sequence[Entry]) -> Iterator[Listing]:
    for position, entry in enumerate(entries):
        for number, name in enumerate(entry.names):
            words = name_words(name.surname, name.given)
            if words:
                yield Listing(position, number, words, entry.birth_dates)


def _weight(match: Match) -> tuple[bool, float]:
    return (match.alert, match.score)


def _agreement(one: str, other: str) -> str:
    if not one or not other:
        return "unknown"
    return "same" if one.upper() == other.upper() else "different"


def _by_number(entries: Sequence[Entry]) -> dict[str, list[tuple[int, Document]]]:
    numbers: dict[str, list[tuple[int, Document]]] = defaultdict(list)
    for position, entry in enumerate(entries):
        for document in entry.documents:
            folded = fold_number(document.number)
            if len(folded) >= MIN_NUMBER and len(set(folded)) > 1:
                numbers[folded].append((position, document))
    return dict(numbers)


def _document_match(entry: Entry, document: Document, listed: Document) -> Match:
    # The same number of another state is another document: worth a word, not an alert.
    issuer = _agreement(document.issuer, listed.issuer)
    evidence = {
        "number": "same" if document.number == listed.number else "same when folded",
        "issuer": issuer,
        "normaliser": NORMALISER_VERSION,
    }
    alert = issuer != "different"
    return Match(entry.id, "document", 1.0 if alert else 0.5, alert, evidence)


def _query_forms(names: Iterable[Name]) -> list[tuple[Word, ...]]:
    forms: dict[tuple[Word, ...], None] = {}
    for name in names:
        forms[name_words(name.surname, name.given)] = None
        forms[name_words(name.surname, without_glued_title(name.given))] = None
    return [form for form in forms if form]
