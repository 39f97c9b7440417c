"""Passengers judged by what is in force: each alone, then with regard to those they travel with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.screening import lookouts, rules
from app.screening.facts import Subject
from app.screening.judge import DEFAULT_PROFILE, Context, Judgement, Profile, judge
from app.screening.links import FACTS as LINK_FACTS
from app.screening.listed import listed_facts
from app.screening.lookouts import Lookout, LookoutHit
from app.screening.models import Level, Ruleset
from app.screening.pairs import NOTHING_CLEARED, Cleared, suppress
from app.screening.urgent import urgent_of
from app.screening.urgent_match import Urgent, screen_urgent
from risk_rules.score import ScoredRule

Shadow = tuple[tuple[UUID, ScoredRule], ...]
"""Rule versions that are asked and act on nothing."""


@dataclass(frozen=True, slots=True)
class Force:
    """What is in force: a rule set, its rules compiled, its lists as matchers, its urgent lookouts, its profile;
    and what runs beside it in shadow.
    """

    ruleset_id: UUID
    rules: tuple[ScoredRule, ...]
    lookouts: tuple[Lookout, ...]
    profile: Profile = DEFAULT_PROFILE
    shadow: Shadow = ()
    urgent: tuple[Urgent, ...] = ()

    @property
    def asks_links(self) -> bool:
        """Whether a rule reads what travellers share with others."""
        asked = (*self.rules, *(rule for _, rule in self.shadow))
        return any(name.startswith("link.") for rule in asked for name in rule.rule.reads())


@dataclass(frozen=True, slots=True)
class Assessed:
    """A passenger with the judgement, and whether it is grave, or a hit at all, without regard to others."""

    subject: Subject
    judgement: Judgement
    facts: Mapping[str, Any]
    own_high: bool
    own_hit: bool


def in_force(session: Session, ruleset: Ruleset, now: datetime) -> Force:
    """Rules and lists of ``ruleset``: two statements when this process has used them before."""
    standing = rules.compiled(session, ruleset).standing(now)
    found = lookouts.lookouts(session, ruleset)
    profile = rules.profile_of(ruleset)
    shadow = tuple(
        (version, rule)
        for version, rule in rules.shadow_rules(session)
        if all(profile.jurisdiction.allows(one, rule.purpose) for one in rule.rule.rests_on)
    )
    urgent = urgent_of(session, ruleset, now)
    return Force(ruleset.id, standing, found, profile, shadow, urgent)


def judge_together(
    subjects: Sequence[Subject], force: Force, cleared: Mapping[UUID, Cleared] = NOTHING_CLEARED
) -> list[Assessed]:
    """Judge each alone, then once more those whose fellow travellers turned out grave by themselves.

    ``cleared``: entries that an officer says a passenger is not; they are told and alert nobody.
    """
    alone = {one.id: _judge_alone(one, force, cleared.get(one.id, {})) for one in subjects}
    grave = {identifier: one.judgement.grave for identifier, one in alone.items()}
    return [_with_fellows(subject, alone[subject.id], grave, force) for subject in subjects]


@dataclass(frozen=True, slots=True)
class Alone:
    """A judgement without regard to others, and what it takes to judge once more."""

    facts: Mapping[str, Any]
    judgement: Judgement
    listed: Sequence[LookoutHit]
    context: Context


def _judge_alone(subject: Subject, force: Force, cleared: Cleared) -> Alone:
    listed = suppress(_listed(subject, force), cleared)
    booked = _from_bookings(subject, listed, force)
    context = Context(
        reviews=subject.known.reviews,
        snoozed=[rule for rule, until in subject.known.snoozed.items() if subject.day <= until],
        from_bookings=booked,
        lot=subject.lot,
    )
    free = [hit for hit in listed if hit.subject not in booked]
    told = listed_facts(free, has_document=bool(subject.known.documents or subject.known.shown))
    facts = {**subject.facts, **told}
    nobody = dict.fromkeys((f.id for f in subject.fellows), False)
    alone = {**facts, **_with_risk(subject, nobody), **_without_links(facts)}
    return Alone(facts, judge(alone, force.rules, listed, context, force.profile), listed, context)


def _without_links(facts: Mapping[str, Any]) -> dict[str, int]:
    return {name: 0 for name in LINK_FACTS.values() if facts[name]}


def _listed(subject: Subject, force: Force, but: frozenset[str] = frozenset()) -> list[LookoutHit]:
    """Entries and urgent lookouts that the traveller meets, each by data that may serve its purpose alone,
    and by none of the sources ``but``. Alerts first.
    """
    law = force.profile.jurisdiction
    left_out = {
        purpose: but.union(one for one in ("api", "pnr") if not law.allows(one, purpose))
        for purpose in {one.purpose for one in force.lookouts}
        | {one.lookout.purpose for one in force.urgent}
    }
    found: list[LookoutHit] = []
    for one in sorted(set(left_out.values()), key=sorted):
        people = subject.but(one)
        asked = [lookout for lookout in force.lookouts if left_out[lookout.purpose] == one]
        urgent = [each for each in force.urgent if left_out[each.lookout.purpose] == one]
        found += lookouts.screen(asked, people, subject.day)
        found += screen_urgent(urgent, subject.known, people, one)
    return sorted(found, key=lambda hit: (not hit.alert, hit.subject))


def _from_bookings(subject: Subject, listed: Sequence[LookoutHit], force: Force) -> frozenset[str]:
    """Entries that nothing but a booking's data meets; asked only where that makes a difference: they wait for
    an officer, and no rule of another source or purpose reads of them.
    """
    law = force.profile.jurisdiction
    if not listed or not ("pnr" in law.review_first or law.limits("pnr")):
        return frozenset()
    without = _listed(subject, force, frozenset({"pnr"}))
    met = {(hit.subject, alert) for hit in without for alert in {False, hit.alert}}
    return frozenset(hit.subject for hit in listed if (hit.subject, hit.alert) not in met)


def _with_fellows(
    subject: Subject,
    alone: Alone,
    grave: Mapping[UUID, bool],
    force: Force,
) -> Assessed:
    judgement = alone.judgement
    risks = {fellow.id: grave.get(fellow.id, fellow.high) for fellow in subject.fellows}
    facts = {**alone.facts, **_with_risk(subject, risks)}
    own_high, own_hit = judgement.grave, judgement.level in (Level.ATTENTION, Level.HIGH)
    if any(risks.values()) or _without_links(facts):
        judgement = judge(facts, force.rules, alone.listed, alone.context, force.profile)
    return Assessed(subject, judgement, facts, own_high, own_hit)


def _with_risk(subject: Subject, risks: Mapping[UUID, bool]) -> dict[str, Any]:
    """``co_travellers`` with ``high_risk`` as given, in the order of the fellow travellers."""
    others = subject.facts["co_travellers"]
    if not others:
        return {}
    marked = [
        {**other, "high_risk": risks[fellow.id]}
        for other, fellow in zip(others, subject.fellows, strict=True)
    ]
    return {"co_travellers": marked}
