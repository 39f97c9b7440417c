"""Watch list matching: who on the list could this traveller be, and why.

Document numbers meet when folded. Names are found by what resembles them (`index`); the threshold of a name's
score depends on how the birth dates relate, and rises where sex, nationality or the names in their own
script speak against it. A contradicting date is information, never an alert.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

from risk_rules.names.birth import Relation, relation
from risk_rules.names.entries import MIN_NUMBER, Document, Entries, Entry, Name, Packer, Person
from risk_rules.names.explain import Explained, Told, agreement, explain, papers
from risk_rules.names.index import Candidate, Listing, NameIndex
from risk_rules.names.normalise import (
    NORMALISER_VERSION,
    Word,
    name_words,
    without_glued_title,
)
from risk_rules.names.scripts import native_likeness
from risk_rules.names.spellings import Arrays

__all__ = [
    "DEFAULT_THRESHOLDS", "INFORMATION", "MIN_NUMBER", "Document", "Entry", "Match", "MatchKind",
    "Matcher", "Name", "Part", "Person", "Thresholds",
]  # fmt: skip

MatchKind = Literal["document", "name"]


@dataclass(frozen=True, slots=True)
class Match:
    """One listed entry that a traveller may be. `alert` is False for information only.

    `strength` (0 to 100) orders what scores the same: how sure the birth date is, how rare the words are
    that met, what else agrees. It decides nothing.
    """

    entry_id: str
    kind: MatchKind
    score: float
    alert: bool
    evidence: dict[str, Any]
    strength: int = 0


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

AGAINST_SEX, AGAINST_NATIONALITY, AGAINST_SCRIPT = 0.08, 0.02, 0.12
"""What is added to a threshold where the two sides say different things."""
MOST_ASKED = 0.97
"""The same name alerts, whatever speaks against it but the birth date."""

_SURENESS: Mapping[Relation, float] = {
    Relation.EXACT: 1.0, Relation.SWAPPED: 0.8, Relation.YEAR: 0.6, Relation.NEAR: 0.3,
    Relation.LIST_HAS_NONE: 0.2, Relation.TRAVELLER_HAS_NONE: 0.2, Relation.CONTRADICTION: 0.0,
}  # fmt: skip
_RARE = 2.5  # three rare words that met say as much as words can


class Part:
    """Entries and the index of their names: those of a list, or those that changed since."""

    def __init__(self, arrays: Arrays, base: "Part | None" = None, *, loops: bool = True) -> None:
        """From what :meth:`make` made."""
        self.entries = Entries(arrays)
        self.index: NameIndex = NameIndex(arrays, base.index if base else None, loops=loops)

    @staticmethod
    def make(entries: Iterable[Entry]) -> dict[str, npt.NDArray[Any]]:
        """The arrays of some entries, which are read once."""
        packer = Packer()
        arrays = NameIndex.make(_listings(entries, packer))
        return arrays | packer.arrays()


def _listings(entries: Iterable[Entry], packer: Packer) -> Iterator[Listing]:
    for entry in entries:
        position = packer.add(entry)
        for number, name in enumerate(entry.names):
            words = name_words(name.surname, name.given)
            if words:
                yield Listing(position, number, words, entry.birth_dates)


@dataclass(frozen=True, slots=True)
class _Form:
    words: tuple[Word, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Best:
    part: Part
    candidate: Candidate
    cut: bool

    @property
    def score(self) -> float:
        found = self.candidate
        return min(found.score, SINGLE_WORD if len(found.theirs) == 1 else 1.0)


class Matcher:
    """Matches travellers against the entries of one list version. Read only; may be asked from several
    threads.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        *,
        part: Part | None = None,
    ) -> None:
        """Of the entries, or of a part that was made before."""
        self._base = part or Part(Part.make(entries))
        self._parts: tuple[Part, ...] = (self._base,)
        self._gone: frozenset[int] = frozenset()
        self._thresholds = thresholds
        self._least = {
            one: min(INFORMATION if least is None else least, INFORMATION)
            for one, least in thresholds.items()
        }

    def __len__(self) -> int:
        return sum(len(part.entries) for part in self._parts) - len(self._gone)

    @property
    def since(self) -> int:
        """How many entries were put or taken off since the base was made."""
        return len(self) - len(self._base.entries) + 2 * len(self._gone)

    def changed(
        self, put: Iterable[Entry], gone: Iterable[str], thresholds: Thresholds | None = None
    ) -> "Matcher":
        """The base of this one with other entries added and some, by their id, taken off.

        Quick for some thousands: the base is shared, its weights of words hold for the new ones too.
        """
        made = Matcher(part=self._base, thresholds=thresholds or self._thresholds)
        found = (self._base.entries.find(identifier) for identifier in gone)
        made._gone = frozenset(at for at in found if at is not None)
        if fresh := list(put):
            made._parts = (self._base, Part(Part.make(fresh), self._base))
        return made

    def only(self, entries: Iterable[Entry]) -> "Matcher":
        """A matcher of these entries alone that says of each what this one would: the weights of words are the
        base's.
        """
        made = Matcher(part=self._base, thresholds=self._thresholds)
        made._parts = (Part(Part.make(entries), self._base),)
        return made

    def entry(self, identifier: str) -> Entry | None:
        """An entry by its id, None where it is not listed."""
        for part in reversed(self._parts):
            at = part.entries.find(identifier)
            if at is not None and not (part is self._base and at in self._gone):
                return part.entries[at]
        return None

    def all_entries(self) -> Iterator[Entry]:
        """All entries, of a list that is not large."""
        for part in self._parts:
            for at in range(len(part.entries)):
                if not (part is self._base and at in self._gone):
                    yield part.entries[at]

    def match(self, query: Person) -> list[Match]:
        """All matches, alerts first, then by score and strength; at most one per entry and kind."""
        best: dict[tuple[str, MatchKind], Match] = {}
        for match in (*self._document_matches(query), *self._name_matches(query)):
            key = (match.entry_id, match.kind)
            if key not in best or _weight(match) > _weight(best[key]):
                best[key] = match
        return sorted(
            best.values(), key=lambda m: (not m.alert, -m.score, -m.strength, m.entry_id, m.kind)
        )

    def _document_matches(self, query: Person) -> Iterator[Match]:
        for document in query.documents:
            for part in self._parts:
                for at, entry, listed in part.entries.of_number(document.number):
                    if not (part is self._base and at in self._gone):
                        yield _document_match(entry, document, listed)

    def _name_matches(self, query: Person) -> Iterator[Match]:
        best: dict[tuple[int, int], _Best] = {}
        for form in _query_forms(query.names):
            for number, part in enumerate(self._parts):
                for found in part.index.search(
                    form.words, query.birth_date, self._least, cut=form.cut
                ):
                    if number == 0 and found.entry in self._gone:
                        continue
                    one, key = _Best(part, found, form.cut), (number, found.entry)
                    if key not in best or one.score > best[key].score:
                        best[key] = one
        for one in best.values():
            yield self._name_match(query, one)

    def _name_match(self, query: Person, best: _Best) -> Match:
        found, index = best.candidate, best.part.index
        entry = best.part.entries[found.entry]
        related = relation(query.birth_date, entry.birth_dates)
        told = explain(found.ours, found.theirs, index.weight, index.weight_listed, cut=best.cut)
        against = _Against.of(query, entry)
        threshold = against.threshold(self._thresholds[related])
        score = round(best.score, 4)
        evidence = {
            "name": found.name,
            "words": [word.values() for word in told.words],
            "covered": {"traveller": told.ours, "entry": told.theirs},
            "birth_date": {
                "relation": related.value,
                "traveller": None if query.birth_date is None else str(query.birth_date),
                "entry": [str(date) for date in entry.birth_dates],
            },
            **against.evidence(),
            "threshold": threshold,
            "normaliser": NORMALISER_VERSION,
        }
        alert = threshold is not None and score >= threshold
        strength = _strength(related, told, against)
        return Match(entry.id, "name", score, alert, evidence | {"strength": strength}, strength)


@dataclass(frozen=True, slots=True)
class _Against:
    """What beside name and birth date agrees or does not."""

    sex: Told
    nationality: Told
    documents: Told
    script: float | None

    @classmethod
    def of(cls, query: Person, entry: Entry) -> "_Against":
        return cls(
            agreement(query.sex.replace("X", ""), entry.sex.replace("X", "")),
            agreement(query.nationality, entry.nationality),
            papers(query.documents, entry.documents),
            native_likeness(_texts(query.names), _texts(entry.names)),
        )

    def threshold(self, least: float | None) -> float | None:
        if least is None:
            return None
        more = AGAINST_SEX * (self.sex == "different")
        more += AGAINST_NATIONALITY * (self.nationality == "different")
        if self.script is not None:
            more += AGAINST_SCRIPT * (1 - self.script)
        return round(max(least, min(least + more, MOST_ASKED)), 4)

    def evidence(self) -> dict[str, Any]:
        """`sex`, `documents` and `script` only where both sides say something."""
        told: dict[str, Any] = {"nationality": self.nationality}
        if self.sex != "unknown":
            told["sex"] = self.sex
        if self.documents != "unknown":
            told["documents"] = self.documents
        if self.script is not None:
            told["script"] = round(self.script, 2)
        return told


def _strength(related: Relation, told: Explained, against: _Against) -> int:
    agree = (against.sex, against.nationality, against.documents).count("same") / 3
    found = 0.5 * _SURENESS[related] + 0.3 * min(1.0, told.met / _RARE) + 0.2 * agree
    return round(100 * found)


def _weight(match: Match) -> tuple[bool, float]:
    return (match.alert, match.score)


def _document_match(entry: Entry, document: Document, listed: Document) -> Match:
    # The same number of another state is another document: worth a word, not an alert.
    issuer = agreement(document.issuer, listed.issuer)
    evidence = {
        "number": "same" if document.number == listed.number else "same when folded",
        "issuer": issuer,
        "normaliser": NORMALISER_VERSION,
    }
    alert = issuer != "different"
    strength = 100 if issuer == "same" else 80 if alert else 20
    return Match(entry.id, "document", 1.0 if alert else 0.5, alert, evidence, strength)


def _texts(names: Iterable[Name]) -> list[str]:
    return [f"{name.surname} {name.given}" for name in names]


def _query_forms(names: Sequence[Name]) -> list[_Form]:
    forms: dict[_Form, None] = {}
    for name in names:
        forms[_Form(name_words(name.surname, name.given), name.cut)] = None
        # a name without fields has its title at its own end: HASSANMOHAMMEDMR
        given = without_glued_title(name.given)
        surname = name.surname if name.given.strip() else without_glued_title(name.surname)
        forms[_Form(name_words(surname, given), name.cut)] = None
    return [form for form in forms if form.words]
