"""Watch list matching: who on the list could this traveller be, and why.

First version: document numbers (folded) and equal words of a name in any order, with a given name
missing on either side, glued names, and both spellings of a letter. The threshold of the name's
score depends on how the birth dates relate; a contradicting date is information, never an alert.
The index over misspelt names comes behind the same `NameIndex`; callers keep `Matcher.match`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from risk_rules.names.birth import BirthDate, Relation, relation
from risk_rules.names.normalise import (
    NORMALISER_VERSION,
    Word,
    fold_number,
    name_words,
    without_glued_title,
)

MatchKind = Literal["document", "name"]

MIN_NUMBER = 5
"""Shorter folded document numbers are placeholders or noise, not identities."""

SAME = 1.0
GIVEN_MISSING = 0.92
SURNAME_SHORTENED = 0.85
SINGLE_WORD = 0.70


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
    Relation.EXACT: 0.62,
    Relation.SWAPPED: 0.68,
    Relation.YEAR: 0.76,
    Relation.NEAR: 0.84,
    Relation.LIST_HAS_NONE: 0.86,
    Relation.TRAVELLER_HAS_NONE: 0.86,
    Relation.CONTRADICTION: None,
}


@dataclass(frozen=True, slots=True)
class NameHit:
    """A name of the list that resembles a name of the traveller."""

    entry: int
    name: int
    score: float
    words: tuple[Mapping[str, str | None], ...]


class NameIndex(Protocol):
    """Finds names of the list; `entry` and `name` count as in the entries it was built from."""

    def search(self, words: Sequence[Word]) -> Iterable[NameHit]:
        """Names of the list that resemble these words, each with its score in 0..1."""


class Matcher:
    """Matches travellers against the entries of one list version. Read only after building."""

    def __init__(
        self,
        entries: Iterable[Entry],
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        index: NameIndex | None = None,
    ) -> None:
        self._entries = tuple(entries)
        self._thresholds = thresholds
        self._index = WordIndex(self._entries) if index is None else index
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
            for hit in self._index.search(words):
                yield self._name_match(query, hit)

    def _name_match(self, query: Person, hit: NameHit) -> Match:
        entry = self._entries[hit.entry]
        related = relation(query.birth_date, entry.birth_dates)
        threshold = self._thresholds[related]
        evidence = {
            "name": hit.name,
            "words": [dict(word) for word in hit.words],
            "birth_date": {
                "relation": related.value,
                "traveller": None if query.birth_date is None else str(query.birth_date),
                "entry": [str(date) for date in entry.birth_dates],
            },
            "nationality": _agreement(query.nationality, entry.nationality),
            "threshold": threshold,
            "normaliser": NORMALISER_VERSION,
        }
        alert = threshold is not None and hit.score >= threshold
        return Match(entry.id, "name", hit.score, alert, evidence)


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


@dataclass(frozen=True, slots=True)
class _Form:
    """A name of the list as indexed."""

    entry: int
    name: int
    words: tuple[Word, ...]
    strong: tuple[Word, ...]


@dataclass(slots=True)
class WordIndex:
    """Names by their words: equal words in any order, glued words, a given name missing."""

    entries: Sequence[Entry]
    _forms: list[_Form] = field(default_factory=list)
    _words: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _glued: dict[frozenset[str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for position, entry in enumerate(self.entries):
            for number, name in enumerate(entry.names):
                words = name_words(name.surname, name.given)
                if words:
                    self._add(_Form(position, number, words, _strong(words)))

    def _add(self, form: _Form) -> None:
        at = len(self._forms)
        self._forms.append(form)
        for spelling in {s for word in form.strong for s in word.spellings}:
            self._words[spelling].append(at)
        for key in _glued_keys(form.words):
            self._glued[key].append(at)

    def search(self, words: Sequence[Word]) -> Iterator[NameHit]:
        """Names with all words of the traveller, or whose words the traveller all has."""
        strong = _strong(words)
        for at, shared in self._shared(strong).items():
            form = self._forms[at]
            if shared >= min(len(strong), len(form.strong)):
                hit = _compare(strong, form)
                if hit is not None:
                    yield hit
        glued = {at for key in _glued_keys(words) for at in self._glued.get(key, ())}
        for at in sorted(glued):
            yield _glued_hit(words, self._forms[at])

    def _shared(self, strong: Sequence[Word]) -> Counter[int]:
        shared: Counter[int] = Counter()
        for word in strong:
            found = [self._words[s] for s in word.spellings if s in self._words]
            # One list is counted as it is: a union costs more than the count.
            shared.update(found[0] if len(found) == 1 else set().union(*found))
        return shared


def _strong(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(word for word in words if not word.weak)


def _glued_keys(words: Sequence[Word]) -> set[frozenset[str]]:
    """Surname and given name, each in one piece: ANNE-MARIE is ANNEMARIE, AL MASRI is ALMASRI."""
    keys = set()
    for pick in (0, -1):
        pieces = [
            "".join(word.spellings[pick] for word in words if word.part == part)
            for part in ("surname", "given")
        ]
        if all(pieces):
            keys.add(frozenset(pieces))
    return keys


def _compare(strong: Sequence[Word], form: _Form) -> NameHit | None:
    pairs, extra, lacking = _align(strong, form.strong)
    score = _score(pairs, extra, lacking)
    if score is None:
        return None
    told = [_told(one.spellings[0], other.spellings[0]) for one, other in pairs]
    told += [{"traveller": word.spellings[0], "entry": None, "how": "extra"} for word in extra]
    told += [{"traveller": None, "entry": word.spellings[0], "how": "missing"} for word in lacking]
    return NameHit(form.entry, form.name, score, tuple(told))


def _told(one: str, other: str) -> dict[str, str | None]:
    return {"traveller": one, "entry": other, "how": "same" if one == other else "spelling"}


def _align(
    ours: Sequence[Word], theirs: Sequence[Word]
) -> tuple[list[tuple[Word, Word]], list[Word], list[Word]]:
    """Pairs of equal words, words of the traveller alone, words of the list alone."""
    left = list(theirs)
    pairs, extra = [], []
    for word in ours:
        other = next((o for o in left if word.shares_spelling(o)), None)
        if other is None:
            extra.append(word)
        else:
            left.remove(other)
            pairs.append((word, other))
    return pairs, extra, left


def _score(
    pairs: Sequence[tuple[Word, Word]], extra: Sequence[Word], lacking: Sequence[Word]
) -> float | None:
    """How alike the names are; None where they are not."""
    if not pairs or (extra and lacking):
        return None
    if not extra and not lacking:
        return SAME if len(pairs) > 1 else SINGLE_WORD
    if len(pairs) < 2:
        return None
    longer = [one if extra else other for one, other in pairs]
    if not any(word.part == "surname" for word in longer):
        return None
    left_out = [*extra, *lacking]
    given_only = all(word.part == "given" for word in left_out)
    return GIVEN_MISSING if given_only else SURNAME_SHORTENED


def _glued_hit(words: Sequence[Word], form: _Form) -> NameHit:
    ours = " ".join(word.spellings[0] for word in words)
    theirs = " ".join(word.spellings[0] for word in form.words)
    told = {"traveller": ours, "entry": theirs, "how": "joined"}
    return NameHit(form.entry, form.name, SAME, (told,))
