"""Rules for a time: urgent ones that act on one signature, and the day on which a rule is looked at again."""

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.kernel import events
from app.kernel.errors import ConflictError, EgateError
from app.screening import lifecycle, rules
from app.screening.models import RuleEvent, RuleEventKind, Ruleset, RuleState, RuleVersion
from app.screening.rules import Draft

URGENT = timedelta(hours=24)
"""How long a rule acts on one signature."""

REMIND = timedelta(days=30)
"""How long before its day a rule is called up for review."""


class NoteMissingError(EgateError):
    """The step must say why."""

    code, status, title = "note-missing", 422, "Please say why"


class ActedBeforeError(ConflictError):
    """The rule has acted on one signature already, and nobody else has approved that."""

    code, status = "acted-before", 409
    title = "This has acted on one signature: somebody else must look at it"


def act_urgently(
    session: Session, actor: Actor, draft: Draft, note: str, now: datetime
) -> tuple[RuleVersion, Ruleset]:
    """A rule of its own key that acts at once on one signature and ends in 24 hours; it is reviewed after.

    Raises :class:`NoteMissingError`, :class:`app.screening.lifecycle.LegalApproverError` (protected facts are no urgent ground) and
    :class:`app.screening.lifecycle.RuleStateError` where a version of the rule is in force, and
    :class:`ActedBeforeError` where it (or the same text under another key) has acted so and was not approved since.
    """
    if not note.strip():
        raise NoteMissingError
    version = lifecycle.draft_version(session, actor, draft, now)
    if version.protected:
        raise lifecycle.LegalApproverError
    running = sa.select(RuleVersion.id).where(
        RuleVersion.rule_id == version.rule_id, RuleVersion.state == RuleState.ACTIVE
    )
    if session.scalar(running) is not None:
        raise lifecycle.RuleStateError
    if _acted_before(session, version):
        raise ActedBeforeError
    version.ends_at = now + URGENT
    lifecycle.step(session, actor, version, RuleState.ACTIVE, RuleEventKind.URGENT, note, now)
    return version, rules.write_ruleset(session)


def _acted_before(session: Session, version: RuleVersion) -> bool:
    """Else a rule could act on one signature, day after day."""
    words = sa.func.regexp_replace(RuleVersion.text, r"\s+", "", "g")
    mine = sa.func.regexp_replace(version.text, r"\s+", "", "g")
    ended = (RuleState.SUSPENDED, RuleState.REJECTED, RuleState.RETIRED, RuleState.ACTIVE)
    return session.scalar(
        sa.select(
            sa.exists().where(
                RuleVersion.ends_at.is_not(None), RuleVersion.state.in_(ended),
                sa.or_(RuleVersion.rule_id == version.rule_id, words == mine),
            )
        )
    ) is True  # fmt: skip


def end_urgent(session: Session, actor: Actor, now: datetime) -> int:
    """Take urgent versions whose time is over out of force; how many. They still wait for their review."""
    due = sa.select(RuleVersion.id).where(
        RuleVersion.state == RuleState.ACTIVE, RuleVersion.ends_at <= now
    )
    if session.scalar(due.limit(1)) is None:
        return 0
    rules.lock(session)
    ended = session.scalars(due).all()
    for identifier in ended:
        version = lifecycle.for_update(session, identifier)
        lifecycle.step(session, actor, version, RuleState.SUSPENDED, RuleEventKind.ENDED, "", now)
    if ended:
        rules.write_ruleset(session)
    return len(ended)


def continue_version(
    session: Session, actor: Actor, version_id: UUID, until: date, note: str, now: datetime
) -> None:
    """Somebody has looked at a rule again and lets it go on until another day of review."""
    version = lifecycle.for_update(session, version_id)
    if not note.strip():
        raise NoteMissingError
    lifecycle.expect(version, {RuleState.ACTIVE, RuleState.SHADOW, RuleState.SUSPENDED})
    rules.expect_review(until, now)
    version.review_by = until
    lifecycle.step(session, actor, version, version.state, RuleEventKind.CONTINUED, note, now)


def remind(session: Session, actor: Actor, now: datetime) -> int:
    """Call up the rules in force whose review is due within :data:`REMIND`, each once per day of review."""
    told = (
        sa.select(RuleEvent.version_id)
        .where(RuleEvent.version_id == RuleVersion.id, RuleEvent.kind == RuleEventKind.REMINDED)
        .where(RuleEvent.note == sa.cast(RuleVersion.review_by, sa.Text))
    )
    due = session.scalars(
        sa.select(RuleVersion)
        .where(RuleVersion.state.in_([RuleState.ACTIVE, RuleState.SHADOW]))
        .where(RuleVersion.review_by <= (now + REMIND).date(), ~told.exists())
        .with_for_update(skip_locked=True)
    ).all()
    for version in due:
        note = version.review_by.isoformat()
        lifecycle.step(session, actor, version, version.state, RuleEventKind.REMINDED, note, now)
        events.emit(session, "rule.review-due", version.id)
    return len(due)
