"""What rules and watch lists make of a passenger: hits, score, level, and what the gate must do. Pure.

Hits that an officer has dismissed stay visible and count for nothing. Random selection is a mark of its own:
it changes neither score nor level, so that finds among the drawn measure the rules and not the draw.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.screening.gather import Identified
from app.screening.lookouts import LookoutHit
from app.screening.models import Handling, HitSource, Level, ReviewState
from risk_rules import score
from risk_rules.language import evidence_sha256

STRICTNESS = (Handling.INFORM, Handling.OBSERVE, Handling.DISCREET, Handling.STOP)
FLOORS: Mapping[Handling, score.Level] = {
    Handling.STOP: score.Level.HIGH,
    Handling.DISCREET: score.Level.HIGH,
    Handling.OBSERVE: score.Level.ATTENTION,
    Handling.INFORM: score.Level.ATTENTION,
}
"""The least level of a watch list match, by the list's handling."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the jurisdiction says: points to levels, the share of random controls, and whether hits that no
    officer has looked at may act at the gate.
    """

    policy: score.Policy = field(default_factory=lambda: score.Policy(control_rate=0.01))
    rules_act_from: score.Level | None = score.Level.ATTENTION
    watchlists_act: bool = True


DEFAULT_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class Reason:
    """One hit. ``alert`` False: a watch list entry that is information only."""

    source: HitSource
    subject: str
    subject_version: int
    title: str
    purpose: str
    handling: Handling
    points: int
    floor: score.Level | None
    explanation: dict[str, Any]
    values_digest: bytes
    state: ReviewState
    alert: bool = True

    @property
    def identified(self) -> Identified:
        return (self.source, self.subject, self.subject_version, self.values_digest)

    @property
    def stands(self) -> bool:
        return self.alert and self.state is not ReviewState.DISMISSED


@dataclass(frozen=True, slots=True)
class Judgement:
    """The assessment of one passenger, before it is stored."""

    score: int
    level: Level
    control: bool
    action: Handling | None
    confirmed: bool
    reasons: tuple[Reason, ...]
    unknown: tuple[dict[str, Any], ...]

    @property
    def grave(self) -> bool:
        """What makes fellow travellers worth a look."""
        return self.confirmed or self.level is Level.HIGH


def judge(
    facts: Mapping[str, Any],
    rules: Sequence[score.ScoredRule],
    listed: Iterable[LookoutHit],
    reviews: Mapping[Identified, ReviewState],
    profile: Profile = DEFAULT_PROFILE,
) -> Judgement:
    """Ask the rules about ``facts`` and weigh their hits with those of the watch lists."""
    result = score.assess(rules, facts, policy=profile.policy)
    titles = {rule.key: rule.title for rule in rules}
    reasons = (
        *(_of_rule(hit, titles[hit.key], reviews) for hit in result.hits),
        *(_of_list(hit, reviews) for hit in listed),
    )
    standing = [reason for reason in reasons if reason.stands]
    points = max(0, min(profile.policy.cap, sum(reason.points for reason in standing)))
    confirmed = any(reason.state is ReviewState.CONFIRMED for reason in standing)
    level = _level(points, standing, profile, confirmed=confirmed)
    return Judgement(
        score=points,
        level=Level(level),
        control=result.control,
        action=_action(standing, level, profile),
        confirmed=confirmed,
        reasons=reasons,
        unknown=tuple({"rule": u.key, "missing": list(u.missing)} for u in result.unknown),
    )


def _of_rule(hit: score.Hit, title: str, reviews: Mapping[Identified, ReviewState]) -> Reason:
    digest = bytes.fromhex(evidence_sha256(hit.explanation))
    return Reason(
        source=HitSource.RULE,
        subject=hit.key,
        subject_version=hit.version,
        title=title,
        purpose=hit.purpose,
        handling=Handling(hit.handling),
        points=hit.points,
        floor=hit.floor,
        explanation=hit.explanation,
        values_digest=digest,
        state=_state(reviews, (HitSource.RULE, hit.key, hit.version, digest)),
    )


def _of_list(hit: LookoutHit, reviews: Mapping[Identified, ReviewState]) -> Reason:
    digest, version = hit.values_digest(), hit.listed.version
    return Reason(
        source=HitSource.WATCHLIST,
        subject=hit.subject,
        subject_version=version,
        title=hit.lookout.title,
        purpose=hit.lookout.purpose,
        handling=hit.handling,
        points=0,
        floor=FLOORS[hit.handling] if hit.alert else None,
        explanation=hit.explanation(),
        values_digest=digest,
        state=_state(reviews, (HitSource.WATCHLIST, hit.subject, version, digest)),
        alert=hit.alert,
    )


def _state(reviews: Mapping[Identified, ReviewState], key: Identified) -> ReviewState:
    return reviews.get(key, ReviewState.UNREVIEWED)


def _level(
    points: int, standing: Sequence[Reason], profile: Profile, *, confirmed: bool
) -> score.Level:
    """What the score reaches or the highest floor demands; what an officer confirmed is at least attention."""
    demanded = [reason.floor for reason in standing if reason.floor]
    if confirmed:
        demanded.append(score.Level.ATTENTION)
    return score.highest([profile.policy.level(points), *demanded])


def _action(standing: Sequence[Reason], level: score.Level, profile: Profile) -> Handling | None:
    """The strictest handling among the hits that act; exonerating rules never do."""
    acting = [reason.handling for reason in standing if _acts(reason, level, profile)]
    return max(acting, key=STRICTNESS.index, default=None)


def _acts(reason: Reason, level: score.Level, profile: Profile) -> bool:
    if reason.points < 0:
        return False
    if reason.state is ReviewState.CONFIRMED:
        return True
    if reason.source is HitSource.WATCHLIST:
        return profile.watchlists_act
    least = profile.rules_act_from
    return least is not None and level.rank >= least.rank
