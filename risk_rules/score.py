"""Rules and facts to a score, a level and the reasons.

The score is the sum of the points of the rules that are TRUE, kept within 0 and the cap. The level
is the higher of what the score reaches and the highest floor: of a TRUE rule that has one, or of
a watch list match handed in. Random selection is a mark of its own (`control`) and never
changes score or level, so that finds among the drawn measure the rules and not the draw.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from risk_rules.facts import SCHEMA_VERSION, Facts
from risk_rules.language import Rule


class Level(StrEnum):
    """How much attention a traveller needs. Compare by `rank`: as text, "high" sorts first."""

    NONE = "none"
    LOW = "low"
    ATTENTION = "attention"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Handling(StrEnum):
    """What a hit asks of the gate: see the decision table of the gate."""

    STOP = "stop"
    DISCREET = "discreet"
    OBSERVE = "observe"
    INFORM = "inform"


class Purpose(StrEnum):
    """What a rule is for. The jurisdiction says which sources of facts may serve which purpose."""

    DRUGS = "drugs"
    REVENUE = "revenue"
    SERIOUS_CRIME = "serious_crime"
    BIOSECURITY = "biosecurity"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when a rule is asked at all; empty: everywhere, at all times.

    `airports` are of arrival, `routes` are written `SIN-NRT`; validity is judged by the date of the flight,
    so that asking again tomorrow gives the same answer.
    """

    airports: frozenset[str] = frozenset()
    carriers: frozenset[str] = frozenset()
    routes: frozenset[str] = frozenset()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def covers(self, facts: Facts) -> bool:
        """Whether the flight of a record is within it; a flight without a known date is within any time."""
        destination, day = facts["flight.destination"], facts["flight.date"]
        if self.airports and destination not in self.airports:
            return False
        if self.carriers and facts["flight.carrier"] not in self.carriers:
            return False
        if self.routes and f"{facts['flight.origin']}-{destination}" not in self.routes:
            return False
        if day is None:
            return True
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def __bool__(self) -> bool:
        return self != EVERYWHERE


EVERYWHERE = Scope()


Texts = Mapping[str, Mapping[str, str]]
"""What officers read in other languages than English: by tag of BCP 47 `title` and `justification`."""


def titles_of(texts: Texts) -> dict[str, str]:
    """The titles, by language."""
    return {tag: said["title"] for tag, said in texts.items() if said.get("title")}


@dataclass(frozen=True, slots=True)
class ScoredRule:
    """One version of a rule, ready to be asked. Negative points exonerate. `scope` None: everywhere."""

    key: str
    version: int
    rule: Rule
    points: int
    floor: Level | None = None
    title: str = ""
    purpose: Purpose = Purpose.SERIOUS_CRIME
    handling: Handling = Handling.STOP
    scope: Scope | None = None
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Floor:
    """A level that something else than a rule demands, such as a watch list match."""

    source: str
    level: Level


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers that turn points into levels; a score equal to a threshold reaches it."""

    cap: int = 100
    low: int = 10
    attention: int = 30
    high: int = 60
    control_rate: float = 0.005

    def level(self, score: int) -> Level:
        """The level that a score reaches by itself."""
        if score >= self.high:
            return Level.HIGH
        if score >= self.attention:
            return Level.ATTENTION
        return Level.LOW if score >= self.low else Level.NONE


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that is TRUE, with the explanation that an officer reads."""

    key: str
    version: int
    points: int
    floor: Level | None
    purpose: Purpose
    handling: Handling
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A rule that could not be decided, and the facts it lacked."""

    key: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The assessment of one record."""

    score: int
    level: Level
    hits: tuple[Hit, ...]
    unknown: tuple[Unknown, ...]
    floors: tuple[Floor, ...] = ()
    schema_version: int = field(default=SCHEMA_VERSION)


def assess(
    rules: Iterable[ScoredRule],
    facts: Facts,
    *,
    floors: Iterable[Floor] = (),
    policy: Policy = DEFAULT_POLICY,
) -> Result:
    """Ask every rule about one complete record (`facts.conform`)."""
    hits: list[Hit] = []
    unknown: list[Unknown] = []
    for scored in rules:
        if scored.scope is not None and not scored.scope.covers(facts):
            continue
        answer = scored.rule.evaluate(facts)
        if answer is None:
            unknown.append(Unknown(scored.key, tuple(scored.rule.missing(facts))))
        elif answer:
            hits.append(_hit(scored, facts))
    score = total(hits, policy)
    given = tuple(floors)
    demanded = [floor.level for floor in given] + [hit.floor for hit in hits if hit.floor]
    level = highest([policy.level(score), *demanded])
    return Result(score, level, tuple(hits), tuple(unknown), given)


def total(hits: Iterable[Hit], policy: Policy = DEFAULT_POLICY) -> int:
    """Sum of the points within 0 and the cap."""
    return max(0, min(policy.cap, sum(hit.points for hit in hits)))


def highest(levels: Iterable[Level]) -> Level:
    """The highest of the levels; none of nothing."""
    return max(levels, key=lambda level: level.rank, default=Level.NONE)


def control_selected(lot: float | None, policy: Policy = DEFAULT_POLICY) -> bool:
    """Whether chance drew this traveller. The lot is no fact: a rule could tell who was drawn. It is fixed per
    traveller and flight, so asking again after every message never draws again.
    """
    return lot is not None and lot < policy.control_rate


def _hit(scored: ScoredRule, facts: Facts) -> Hit:
    return Hit(
        key=scored.key,
        version=scored.version,
        points=scored.points,
        floor=scored.floor,
        purpose=scored.purpose,
        handling=scored.handling,
        explanation=scored.rule.explain(facts),
    )
