"""An assessment once more, from what was stored with it: the same facts, rule set and reviews, the same result.

What a watch list said is taken from its stored hits: a list keeps its own versions, and a traveller's name is
no fact. All the rest (rules, scope, points, level, draw, action) is computed anew and compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.crypto import Vault
from app.kernel.errors import NotFoundError
from app.screening import rules
from app.screening.facts import lot_of
from app.screening.judge import FLOORS, Context, Judgement, Reason, judge, weigh
from app.screening.models import Assessment, Hit, HitSource, Ruleset
from risk_rules.facts import restore


class Outcome(StrEnum):
    """What comes of judging again. ``NOT_COMPARABLE``: the program's managed lists have changed since."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One assessment judged again; ``differing`` names what is not as it was stored."""

    assessment_id: UUID
    ruleset_id: UUID
    outcome: Outcome
    differing: tuple[str, ...] = ()


def recompute(session: Session, vault: Vault, assessment_id: UUID) -> Recomputed:
    """Judge one assessment again. Changes nothing. Raises NotFoundError."""
    found = session.get(Assessment, assessment_id)
    if found is None:
        raise NotFoundError
    hits = session.scalars(sa.select(Hit).where(Hit.assessment_id == assessment_id)).all()
    return _again(session, vault, found, hits)


def recompute_since(
    session: Session, vault: Vault, since: datetime, limit: int = 1000
) -> list[Recomputed]:
    """The newest assessments made since a moment, up to ``limit``, each judged again."""
    found = session.scalars(
        sa.select(Assessment)
        .where(Assessment.assessed_at >= since)
        .order_by(Assessment.id.desc())
        .limit(limit)
    ).all()
    hits = session.scalars(sa.select(Hit).where(Hit.assessment_id.in_([a.id for a in found]))).all()
    grouped: dict[UUID, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.assessment_id, []).append(hit)
    return [_again(session, vault, one, grouped.get(one.id, ())) for one in found]


def _again(session: Session, vault: Vault, stored: Assessment, hits: Sequence[Hit]) -> Recomputed:
    ruleset = session.get_one(Ruleset, stored.ruleset_id)
    if ruleset.values != rules.lists_fingerprint() or not ruleset.profile:
        return Recomputed(stored.id, ruleset.id, Outcome.NOT_COMPARABLE)
    compiled = rules.compiled(session, ruleset)
    asked = compiled.standing(stored.assessed_at)
    profile = rules.profile_of(ruleset)
    facts = restore(stored.facts)
    told = judge(facts, asked, (), _context(hits, lot_of(facts, vault)), profile)
    listed = [_listed(hit) for hit in hits if hit.source is HitSource.WATCHLIST]
    again = weigh([*told.reasons, *listed], told.unknown, profile, control=told.control)
    differing = _differing(stored, hits, again)
    outcome = Outcome.DIFFERENT if differing else Outcome.SAME
    return Recomputed(stored.id, ruleset.id, outcome, differing)


def _context(hits: Sequence[Hit], lot: float) -> Context:
    """Reviews and snoozes as they held when the assessment was made."""
    return Context(
        reviews={(h.source, h.subject, h.subject_version, bytes(h.values_digest)): h.state for h in hits},
        snoozed=[(h.subject, h.subject_version) for h in hits if h.snoozed],
        lot=lot,
    )  # fmt: skip


def _listed(hit: Hit) -> Reason:
    alert = hit.explanation.get("alert") is True
    return Reason(
        source=hit.source, subject=hit.subject, subject_version=hit.subject_version,
        title=hit.title, purpose=hit.purpose, handling=hit.handling, points=hit.points,
        floor=FLOORS[hit.handling] if alert else None, explanation=hit.explanation,
        values_digest=bytes(hit.values_digest), state=hit.state, alert=alert,
        snoozed=hit.snoozed, reviewed_first=hit.reviewed_first, titles=hit.titles,
    )  # fmt: skip


def _differing(stored: Assessment, hits: Sequence[Hit], again: Judgement) -> tuple[str, ...]:
    pairs: Mapping[str, tuple[Any, Any]] = {
        "score": (stored.score, again.score),
        "level": (stored.level, again.level),
        "control": (stored.control, again.control),
        "action": (stored.action, again.action),
        "confirmed": (stored.confirmed, again.confirmed),
        "unknown": (stored.unknown, list(again.unknown)),
        "hits": (sorted(map(_mark, hits)), sorted(map(_mark, again.reasons))),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def _mark(hit: Hit | Reason) -> tuple[Any, ...]:
    return (
        hit.source, hit.subject, hit.subject_version, hit.points, hit.handling,
        bytes(hit.values_digest), hit.state, hit.snoozed, hit.reviewed_first,
    )  # fmt: skip
