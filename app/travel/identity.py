"""Whether two records speak of the same person on one flight: pure comparison with evidence.

An API person, a booking's traveller and a declaration are each put as :class:`Claims`; :func:`compare` says
why and how surely they are one person, :class:`Index` finds the best partner among a flight's people.
Below :data:`SURE` nothing is merged.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import nsmallest
from typing import Any
from uuid import UUID

from app.formats import mrz, values

SURE = 0.9
_TO_THE_LETTER = 0.97
_CUT_OFF = 20
_SAME_NAME = 0.8
_ONE_DOCUMENT = 0.995  # the carrier's own reference is above it
_TWO_NAMES = 0.95
_CROWD = 200
"""What more people of a flight have in common tells nobody apart: a filler, or a message made to be costly."""

# A locator or document number of fewer characters, or of one repeated, says nothing about anybody.
_MIN_LOCATOR = 5
_MIN_DOCUMENT = 5
_MIN_DISTINCT = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A name as words of A-Z (ICAO Doc 9303-3 section 6); titles and placeholders are left out.

    A name without any Latin letter is compared by the letters that it has.
    """

    surname: tuple[str, ...]
    given: tuple[str, ...]

    @property
    def key(self) -> str:
        """``SURNAME<GIVENNAMES`` without blanks, as stored in ``passenger.name_key``; '' = no name."""
        return f"{self.glued_surname}<{self.glued_given}" if self.surname or self.given else ""

    @property
    def glued_surname(self) -> str:
        return "".join(self.surname)

    @property
    def glued_given(self) -> str:
        return "".join(self.given)


def read_name(surname: str, given: str) -> Name:
    """The comparable form of a name as any source writes it (`JOHNMR` is JOHN, `FNU` is nothing,
    the surname `YY` is Y).
    """
    bare, _ = values.strip_title(given)
    return Name(_words(values.undoubled(surname)), _words(bare))


def name_key(surname: str, given: str) -> str:
    """The key of a name: equal for spellings that differ in case, accents, blanks and hyphens."""
    return read_name(surname, given).key


def _words(text: str) -> tuple[str, ...]:
    if values.is_placeholder(text):
        return ()
    latin = mrz.transliterate(text)
    return tuple((latin or _own_letters(text)).split())


def _own_letters(text: str) -> str:
    """A name in another script: its letters with their marks, and blanks."""
    same = unicodedata.normalize("NFKC", text).upper()
    return "".join(one if unicodedata.category(one)[0] in "LM" else " " for one in same)


@dataclass(frozen=True, slots=True)
class Claims:
    """What one record says that can tell people apart.

    ``documents`` are (issuer or '', folded number); ``reference`` is the carrier's own key of the
    passenger (RFF+ABO); ``contents`` are digests of whole records by which a replay is recognised.
    """

    names: tuple[Name, ...] = ()
    birth_date: date | None = None
    sex: str = ""
    documents: frozenset[tuple[str, str]] = frozenset()
    locators: frozenset[str] = frozenset()
    reference: str = ""
    contents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """``strong`` evidence may name one person twice in one list; weak evidence pairs one to one."""

    score: float
    evidence: tuple[str, ...]
    strong: bool = False

    @property
    def sure(self) -> bool:
        return self.score >= SURE


NO_MATCH = Match(0.0, ())


def locator_key(text: str) -> str:
    """A record locator as it is compared; '' when it is none (`XXXXXX`, too short)."""
    code = values.document_number(text.partition("/")[0])
    return code if len(code) >= _MIN_LOCATOR and len(set(code)) > 1 else ""


def document_key(number: str) -> str:
    """A document number as it is compared; '' when it is a filler (`000000`, `UNKNOWN`)."""
    code = values.document_number(number)
    telling = len(set(code)) >= _MIN_DISTINCT and any(c.isdigit() for c in code)
    return code if len(code) >= _MIN_DOCUMENT and telling else ""


def content_key(record: Mapping[str, Any]) -> str:
    """A digest of a record: equal only for equal content."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


# --- names ----------------------------------------------------------------------------------------


def agreement(one: Name, other: Name) -> float:
    """How well two names agree: 1 the same, above 0.9 the same written otherwise, 0 different."""
    if one == other or one.key == other.key:
        return 1.0 if one.surname else 0.0
    if not (one.surname and other.surname):
        return 0.0
    if _letters(one) == _letters(other) or _swapped(one) == _letters(other):
        return 0.97
    if _folded(_letters(one)) == _folded(_letters(other)):
        return 0.96
    if sorted(one.surname + one.given) == sorted(other.surname + other.given):
        return 0.95
    return _partial(one, other)


def best_agreement(one: Iterable[Name], other: Collection[Name]) -> float:
    """The best agreement between any two names of two people."""
    return max((agreement(a, b) for a in one for b in other), default=0.0)


def _partial(one: Name, other: Name) -> float:
    """One name is a part of the other: fewer given names, one of two surnames, cut off at a limit."""
    surnames = _folded(one.glued_surname) == _folded(other.glued_surname)
    given = _folded(one.glued_given) == _folded(other.glued_given)
    if surnames:
        return _given_part(one, other)
    if given and one.given and _begins(one.surname, other.surname):
        return 0.9
    if _begins(one.given, other.given) and _begins(one.surname, other.surname) and one.given:
        return 0.85
    return _cut_off(_letters(one), _letters(other))


def _given_part(one: Name, other: Name) -> float:
    if not one.given or not other.given:
        return 0.6
    if _begins(one.given, other.given):
        return 0.93 if min(len(one.glued_given), len(other.glued_given)) > 2 else 0.82
    first, second = one.glued_given, other.glued_given
    if first.startswith(second) or second.startswith(first):
        longest = len(one.glued_surname) + min(len(first), len(second))
        return 0.9 if longest >= 20 else 0.85 if min(len(first), len(second)) > 2 else 0.82
    return 0.0


def _begins(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short, long = sorted((one, other), key=len)
    return bool(short) and long[: len(short)] == short


def _cut_off(one: str, other: str) -> float:
    """Booking systems cut long names: a common beginning of at least 20 letters."""
    long = min(len(one), len(other)) >= _CUT_OFF
    return 0.9 if long and one[:_CUT_OFF] == other[:_CUT_OFF] else 0.0


def _letters(name: Name) -> str:
    return name.glued_surname + name.glued_given


def _swapped(name: Name) -> str:
    return name.glued_given + name.glued_surname


def _folded(letters: str) -> str:
    """Both ways of writing an umlaut are one: MUELLER and MULLER."""
    for pair, single in (("AE", "A"), ("OE", "O"), ("UE", "U"), ("AA", "A"), ("SS", "S")):
        letters = letters.replace(pair, single)
    return letters


# --- two records ----------------------------------------------------------------------------------


def compare(one: Claims, other: Claims) -> Match:
    """Why and how surely two records of one flight speak of the same person.

    Different birth dates veto everything but the carrier's reference and a document, and that reference too where
    names and documents differ as well: some carriers count anew in each part of a list. Where sex or
    documents differ, names must agree to the letter: twins are born on one day and often share a name.
    The name alone counts only when it is complete and nothing speaks against it.
    """
    same_birth = one.birth_date is not None and one.birth_date == other.birth_date
    other_birth = not same_birth and None not in (one.birth_date, other.birth_date)
    if one.reference and one.reference == other.reference:
        another = other_birth and _another(one, other)
        return NO_MATCH if another else Match(1.0, ("reference",), strong=True)
    name = best_agreement(one.names, other.names)
    document = _by_document(one, other, name, same_birth=same_birth, other_birth=other_birth)
    if document.sure or other_birth:
        return document
    doubt = _doubtful(one, other)
    if same_birth and name >= (_TO_THE_LETTER if doubt else 0.9):
        evidence = ("name", "birth-date", *_locator_evidence(one, other))
        return Match(0.98, evidence, strong=name == 1.0 and not doubt)
    return max(document, _by_name(one, other, name, doubt=doubt), key=lambda m: m.score)


def _another(one: Claims, other: Claims) -> bool:
    """Whether names and documents are known of both, and have nothing in common."""
    names = one.names and other.names and not best_agreement(one.names, other.names)
    documents = one.documents and other.documents
    return bool(names and documents) and not _shared_document(one.documents, other.documents)


def _doubtful(one: Claims, other: Claims) -> bool:
    """Other sex or other documents: not impossible of one person, but more likely of two."""
    documents = bool(one.documents and other.documents)
    return documents or {one.sex, other.sex} == {"M", "F"}


def _by_document(
    one: Claims, other: Claims, name: float, *, same_birth: bool, other_birth: bool
) -> Match:
    if not _shared_document(one.documents, other.documents):
        return NO_MATCH
    two_names = name < _SAME_NAME and bool(one.names and other.names)
    two_people = bool(one.reference and other.reference)  # not the same one: seen before
    if same_birth or name >= _SAME_NAME:
        if two_names and two_people:
            return NO_MATCH
        score = _TWO_NAMES if two_names else _ONE_DOCUMENT
        evidence = ("document", "birth-date" if same_birth else "name")
        return Match(score, evidence, strong=not (two_names or two_people))
    # Children travel on a parent's passport: another name and another birth date are another person.
    return NO_MATCH if other_birth else Match(0.7, ("document",))


def _by_name(one: Claims, other: Claims, name: float, *, doubt: bool) -> Match:
    if one.contents & other.contents:
        return Match(0.99, ("same-record",))
    if one.locators & other.locators and name >= (_TO_THE_LETTER if doubt else 0.8):
        return Match(0.9 + name * 0.05, ("locator", "name"))
    same_birth = one.birth_date is not None and one.birth_date == other.birth_date
    if same_birth and name >= 0.8:
        return Match(0.85, ("name", "birth-date"))
    if same_birth and one.locators & other.locators and not (one.names or other.names or doubt):
        return Match(0.9, ("locator", "birth-date"))  # nobody has sent a name
    other_booking = bool(one.locators and other.locators)  # none shared: seen above
    if name >= 0.96 and _telling(one) and _telling(other) and not (doubt or other_booking):
        return Match(0.9, ("name",))
    return Match(name / 2, ("name",)) if name else NO_MATCH


def _locator_evidence(one: Claims, other: Claims) -> tuple[str, ...]:
    return ("locator",) if one.locators & other.locators else ()


def _shared_document(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    return any(
        a_number == b_number and (not a_issuer or not b_issuer or a_issuer == b_issuer)
        for a_issuer, a_number in one
        for b_issuer, b_number in other
    )


def _telling(claims: Claims) -> bool:
    """A name is telling with a surname and a whole given name."""
    return any(n.glued_surname and len(n.glued_given) >= 2 for n in claims.names)


# --- one record among many ------------------------------------------------------------------------


@dataclass(slots=True)
class Index:
    """The people of a flight, to be asked for the partner of a record. Keys are passenger ids."""

    claims: dict[UUID, Claims] = field(default_factory=dict)
    _by: dict[tuple[str, Any], set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def put(self, key: UUID, claims: Claims) -> None:
        """Add a person, or replace what is known of them."""
        before = self.claims.get(key)
        if before is not None:
            for entry in _entries(before):
                self._by[entry].discard(key)
        self.claims[key] = claims
        for entry in _entries(claims):
            self._by[entry].add(key)

    def having(self, kind: str, value: Any) -> frozenset[UUID]:
        """Who is found under one thing said: ``("locator", key)``, ``("reference", text)``..."""
        return frozenset(self._by.get((kind, value), ()))

    def best(
        self, claims: Claims, taken: Collection[UUID] = frozenset()
    ) -> tuple[UUID, Match] | None:
        """The person that the record surely speaks of, with the evidence; None when nobody is sure.

        People in ``taken`` already have a partner in the list at hand and are chosen only on strong
        evidence. Several equally good partners that differ by birth date leave it open.
        """
        found = [
            (key, compare(claims, self.claims[key])) for key in self._candidates(claims, taken)
        ]
        sure = [(k, m) for k, m in found if m.sure and (m.strong or k not in taken)]
        if not sure:
            return None
        top = max(match.score for _, match in sure)
        equals = [(key, match) for key, match in sure if match.score == top]
        births = {self.claims[key].birth_date for key, _ in equals}
        return equals[0] if len(births) == 1 else None

    def _candidates(self, claims: Claims, taken: Collection[UUID]) -> list[UUID]:
        """Who may be the person, so few that a list is applied in time that grows with its length."""
        found: set[UUID] = set()
        for entry in _entries(claims):
            kind, having = entry[0], self._by.get(entry, set())
            if kind == "content":  # however many there are, they are equal
                found.update(nsmallest(1, having.difference(taken)))
            elif kind == "reference" or (kind != "locator" and len(having) <= _CROWD):
                found |= having
        return sorted(found)


def _entries(claims: Claims) -> Iterable[tuple[str, Any]]:
    """Under what a person is found: everything that can make a match sure. A locator alone finds a whole booking."""
    if claims.reference:
        yield "reference", claims.reference
    yield from (("document", number) for _, number in claims.documents)
    yield from (("locator", locator) for locator in claims.locators)
    yield from (("content", content) for content in claims.contents)
    parts = {part for name in claims.names for part in _parts(name)} or {""}
    for part in parts:
        if claims.birth_date:
            yield "birth", (claims.birth_date, part)
        yield from (("booked", (locator, part)) for locator in claims.locators)
    for name in claims.names:
        yield "name", _sorted_letters(name)


def _parts(name: Name) -> Iterable[str]:
    """Of two names that agree (:func:`agreement`) one of these is the same."""
    yield _folded(name.glued_surname)
    yield from name.surname[:1]
    letters = _letters(name)
    if len(letters) >= _CUT_OFF:
        yield letters[:_CUT_OFF]
    yield "".join(sorted(letters))


def _sorted_letters(name: Name) -> str:
    return "".join(sorted(_folded(_letters(name))))
