"""What rules and watch lists make of a passenger: hits, score, level, and what the gate must do. Pure.

Hits that an officer has dismissed stay visible and count for nothing. Random selection is a mark of its own:
it changes neither score nor level, so that finds among the drawn measure the rules and not the draw.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.screening.gather import Identified
from app.screening.lookouts import LookoutHit
from app.screening.models import Handling, HitSource, Level, ReviewState
from risk_rules import score
from risk_rules.jurisdiction import NEUTRAL, Jurisdiction
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
    """Points to levels, the share of random controls, and what the jurisdiction lets act unreviewed."""

    policy: score.Policy = field(default_factory=lambda: score.Policy(control_rate=0.01))
    jurisdiction: Jurisdiction = NEUTRAL


DEFAULT_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class Reason:
    """One hit. ``alert`` False: a watch list entry that is information only; ``snoozed``: it counts nothing for
    this traveller; ``reviewed_first``: it acts only once an officer has confirmed it.
    """

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
    snoozed: bool = False
    reviewed_first: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def identified(self) -> Identified:
        return (self.source, self.subject, self.subject_version, self.values_digest)

    @property
    def stands(self) -> bool:
        return self.alert and not self.snoozed and self.state is not ReviewState.DISMISSED

    @property
    def waits(self) -> bool:
        """Whether nothing may follow from it yet."""
        return self.reviewed_first and self.state is not ReviewState.CONFIRMED


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of this passenger's hits beside the facts: officers' reviews, rule versions that are
    snoozed, watch list entries that only a booking's data met, and the ``lot`` of the control sample.
    """

    reviews: Mapping[Identified, ReviewState] = field(default_factory=dict)
    snoozed: Collection[tuple[str, int]] = ()
    from_bookings: Collection[str] = ()
    lot: float | None = None


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
    context: Context,
    profile: Profile = DEFAULT_PROFILE,
) -> Judgement:
    """Ask the rules about ``facts`` and weigh their hits with those of the watch lists."""
    result = score.assess(rules, facts, policy=profile.policy)
    asked = {rule.key: rule for rule in rules}
    reasons = (
        *(_of_rule(hit, asked[hit.key], context, profile) for hit in result.hits),
        *(_of_list(hit, context, profile) for hit in listed),
    )
    unknown = ({"rule": u.key, "missing": list(u.missing)} for u in result.unknown)
    drawn = score.control_selected(context.lot, profile.policy)
    return weigh(reasons, tuple(unknown), profile, control=drawn)


def weigh(
    reasons: Sequence[Reason],
    unknown: tuple[dict[str, Any], ...],
    profile: Profile,
    *,
    control: bool,
) -> Judgement:
    """Score, level and action out of hits that are known."""
    standing = [reason for reason in reasons if reason.stands]
    confirmed = any(reason.state is ReviewState.CONFIRMED for reason in standing)
    return Judgement(
        score=_points(standing, profile),
        level=Level(_level(standing, profile, confirmed=confirmed)),
        control=control,
        action=_action([reason for reason in standing if not reason.waits], profile),
        confirmed=confirmed,
        reasons=tuple(reasons),
        unknown=unknown,
    )


def _points(standing: Sequence[Reason], profile: Profile) -> int:
    return max(0, min(profile.policy.cap, sum(reason.points for reason in standing)))


def _of_rule(hit: score.Hit, rule: score.ScoredRule, context: Context, profile: Profile) -> Reason:
    digest = bytes.fromhex(evidence_sha256(hit.explanation))
    return Reason(
        source=HitSource.RULE,
        subject=hit.key,
        subject_version=hit.version,
        title=rule.title,
        purpose=hit.purpose,
        handling=Handling(hit.handling),
        points=hit.points,
        floor=hit.floor,
        explanation=hit.explanation,
        values_digest=digest,
        state=_state(context.reviews, (HitSource.RULE, hit.key, hit.version, digest)),
        snoozed=(hit.key, hit.version) in context.snoozed,
        reviewed_first=not rule.rule.rests_on.isdisjoint(profile.jurisdiction.review_first),
        titles=score.titles_of(rule.texts),
    )


def _of_list(hit: LookoutHit, context: Context, profile: Profile) -> Reason:
    booked = hit.subject in context.from_bookings
    law = profile.jurisdiction
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
        state=_state(context.reviews, (HitSource.WATCHLIST, hit.subject, version, digest)),
        alert=hit.alert,
        reviewed_first="list" in law.review_first or (booked and "pnr" in law.review_first),
        titles=hit.lookout.titles,
    )


def _state(reviews: Mapping[Identified, ReviewState], key: Identified) -> ReviewState:
    return reviews.get(key, ReviewState.UNREVIEWED)


def _level(standing: Sequence[Reason], profile: Profile, *, confirmed: bool) -> score.Level:
    """What the score reaches or the highest floor demands; what an officer confirmed is at least attention."""
    demanded = [reason.floor for reason in standing if reason.floor]
    if confirmed:
        demanded.append(score.Level.ATTENTION)
    return score.highest([profile.policy.level(_points(standing, profile)), *demanded])


def _action(ready: Sequence[Reason], profile: Profile) -> Handling | None:
    """The strictest handling among the hits that act; exonerating rules never do.

    The level that lets a rule act is that of the hits that need not wait: what waits for an officer must not
    reach the gate by lifting another hit either.
    """
    confirmed = any(reason.state is ReviewState.CONFIRMED for reason in ready)
    level = _level(ready, profile, confirmed=confirmed)
    acting = [reason.handling for reason in ready if _acts(reason, level, profile)]
    return max(acting, key=STRICTNESS.index, default=None)


def _acts(reason: Reason, level: score.Level, profile: Profile) -> bool:
    if reason.points < 0:
        return False
    if reason.state is ReviewState.CONFIRMED:
        return True
    if reason.source is HitSource.WATCHLIST:
        return profile.jurisdiction.lists_act
    least = profile.jurisdiction.act_from
    return least is not None and level.rank >= least.rank
