"""Travellers against the watch lists in force: matchers in memory, one per list and version.

Whether an entry is valid is judged on the date of the flight, so that asking again tomorrow gives the same
answer. "Same name, another birth date" is information for officers and never acts.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.screening.matchers import Matchers
from app.screening.models import Handling, Ruleset, Watchlist
from risk_rules.names import DEFAULT_THRESHOLDS, Entry, Match, Matcher, Person
from risk_rules.names.match import Thresholds

INFORMATION_SCORE = 0.9
"""A name match that does not alert is worth a word only when the names are nearly the same."""

_KEPT = 4
_NOT_SAID = frozenset({"threshold", "normaliser", "name", "covered", "strength"})


@dataclass(frozen=True, slots=True)
class Listed:
    """What is said of an entry beside what it matches; ``reason`` is empty until somebody has looked it up (:mod:`app.screening.quoted`)."""

    key: str
    version: int
    valid_from: date
    valid_to: date | None
    reason: str = ""

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Lookout:
    """One list at one version."""

    key: str
    version: int
    title: str
    purpose: str
    handling: Handling
    matcher: Matcher
    entries: Mapping[str, Listed]
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookoutHit:
    """One entry that a traveller may be; ``alert`` False is information only.

    ``suppressed_by``: an officer's word that the traveller is not that entry (:mod:`app.screening.pairs`).
    """

    lookout: Lookout
    listed: Listed
    matches: tuple[Match, ...]
    suppressed_by: Mapping[str, Any] | None = None

    @property
    def subject(self) -> str:
        return f"{self.lookout.key}/{self.listed.key}"

    @property
    def alert(self) -> bool:
        return self.suppressed_by is None and any(match.alert for match in self.matches)

    @property
    def handling(self) -> Handling:
        return self.lookout.handling if self.alert else Handling.INFORM

    def explanation(self) -> dict[str, Any]:
        """Everything that an officer needs to judge the match, as JSON values."""
        return {
            "list": self.lookout.key,
            "list_version": self.lookout.version,
            "entry": self.listed.key,
            "entry_version": self.listed.version,
            **({"reason": self.listed.reason} if self.listed.reason else {}),
            "alert": self.alert,
            **({"suppressed_by": dict(self.suppressed_by)} if self.suppressed_by else {}),
            "matches": [
                {"kind": m.kind, "score": round(m.score, 3), "alert": m.alert, **m.evidence}
                for m in self.matches
            ],
        }

    def values_digest(self) -> bytes:
        """Fingerprint of what of the traveller matched: thresholds and scores are not part of it."""
        values = [[m.kind, m.alert, _matched(m.evidence)] for m in self.matches]
        packed = json.dumps(sorted(values, key=str), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(packed.encode()).digest()


def _matched(evidence: Mapping[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in evidence.items() if k not in _NOT_SAID}
    if "words" in told:
        words = [{k: word[k] for k in ("traveller", "entry", "how")} for word in told["words"]]
        told["words"] = sorted(words, key=str)
    return told


def screen(lookouts: Iterable[Lookout], people: Sequence[Person], day: date) -> list[LookoutHit]:
    """All entries valid on ``day`` that the traveller may be, alerts first. ``people`` is what different
    sources say of the one traveller: of an entry that several of them meet, the first alert counts.
    """
    found: dict[str, LookoutHit] = {}
    for lookout in lookouts:
        for person in people:
            for hit in _of_list(lookout, person, day):
                before = found.get(hit.subject)
                if before is None or (hit.alert and not before.alert):
                    found[hit.subject] = hit
    return sorted(found.values(), key=lambda hit: (not hit.alert, hit.subject))


def _of_list(lookout: Lookout, person: Person, day: date) -> Iterator[LookoutHit]:
    by_entry: dict[str, list[Match]] = {}
    for match in lookout.matcher.match(person):
        if match.alert or match.score >= INFORMATION_SCORE or match.kind == "document":
            by_entry.setdefault(match.entry_id, []).append(match)
    for identifier, matches in by_entry.items():
        listed = lookout.entries[identifier]
        if listed.valid_on(day):
            yield LookoutHit(lookout, listed, tuple(matches))


class _Book(Mapping[str, Listed]):
    """What is said of the entries of a list, read where one is asked for."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __getitem__(self, identifier: str) -> Listed:
        entry = self._matcher.entry(identifier)
        if entry is None or entry.about is None:
            raise KeyError(identifier)
        said = entry.about
        return Listed(
            said["key"], said["version"], date.fromisoformat(said["from"]),
            date.fromisoformat(said["to"]) if said["to"] else None,
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        return (entry.id for entry in self._matcher.all_entries())

    def __len__(self) -> int:
        return len(self._matcher)


_matchers = Matchers()
_by_version: dict[tuple[UUID, int], Lookout] = {}
_by_ruleset: dict[UUID, tuple[Lookout, ...]] = {}


def keep_snapshots(folder: Path | None) -> None:
    """Where large lists are kept between starts; the program's assembly says so once, at start."""
    global _matchers  # noqa: PLW0603  # one program, one folder
    _matchers = Matchers(folder, renewed=_forget)
    _by_version.clear()
    _by_ruleset.clear()


def _forget(list_id: UUID) -> None:
    """A list has a new base: what is asked next is made of it."""
    for key in [key for key in tuple(_by_version) if key[0] == list_id]:
        _by_version.pop(key, None)
    _by_ruleset.clear()


def lookouts(session: Session, ruleset: Ruleset) -> tuple[Lookout, ...]:
    """The lists of a rule set, each at the version that the rule set names; made once per process."""
    found = _by_ruleset.get(ruleset.id)
    if found is None:
        rows = session.scalars(
            sa.select(Watchlist).where(Watchlist.key.in_(list(ruleset.watchlists)))
        ).all()
        found = tuple(_lookout(session, row, ruleset.watchlists[row.key]) for row in rows)
        _keep(_by_ruleset, ruleset.id, found, _KEPT)
    return found


def _lookout(session: Session, row: Watchlist, version: int) -> Lookout:
    held = _by_version.get((row.id, version))
    if held is None:
        matcher = _matchers.matcher(session, row, version, thresholds_of(row))
        held = Lookout(
            row.key,
            version,
            row.title,
            row.purpose,
            row.handling,
            matcher,
            _Book(matcher),
            row.titles,
        )
        for key in [key for key in tuple(_by_version) if key[0] == row.id and key[1] < version - 1]:
            _by_version.pop(key, None)
        _keep(_by_version, (row.id, version), held, 64)
    return held


def only(lookout: Lookout, entries: Iterable[Entry]) -> Lookout:
    """The list as if it held these of its entries alone; each is met as by the whole list."""
    matcher = lookout.matcher.only(entries)
    return replace(lookout, matcher=matcher, entries=_Book(matcher))


def _keep(cache: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    while len(cache) >= most:
        cache.pop(next(iter(cache)), None)
    cache[key] = value


def thresholds_of(row: Watchlist) -> Thresholds:
    """The least scores of a list: its own, and the defaults where it has none."""
    own = row.thresholds or {}
    return {
        relation: own.get(relation.value, least) for relation, least in DEFAULT_THRESHOLDS.items()
    }
