"""Rules for a time: urgent ones that act on one signature, and the day on which a rule is looked at again."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor
from app.kernel import events
from app.kernel.errors import ConflictError, EgateError
from app.kernel.texts import N_
from app.screening import lifecycle, rules
from app.screening.models import RuleEvent, RuleEventKind, Ruleset, RuleState, RuleVersion
from app.screening.rules import Draft
from risk_rules.language.canonical import canonical
from risk_rules.language.weigh import reads_protected

URGENT = timedelta(hours=24)
"""How long a rule acts on one signature."""

MOST_UNSEEN = 3
"""How many urgent rules of one officer may wait for their review."""

OF_PERSONS = "An urgent rule reads nationality, sex, age and what stands for them only if a legal approver raises it"

REMIND = timedelta(days=30)
"""How long before its day a rule is called up for review."""


class NoteMissingError(EgateError):
    """The step must say why."""

    code, status, title = "note-missing", 422, N_("Please say why")


class TooManyUrgentError(ConflictError):
    """So many urgent rules of one officer wait for somebody else's look that another one waits for it, too."""

    code, status = "too-many-urgent", 409
    title = N_("Too many of your urgent rules await their review")


class ActedBeforeError(ConflictError):
    """The rule has acted on one signature already, and nobody else has approved that."""

    code, status = "acted-before", 409
    title = N_("This has acted on one signature: somebody else must look at it")


def act_urgently(
    session: Session, actor: Actor, draft: Draft, note: str, now: datetime, *, legal: bool = False
) -> tuple[RuleVersion, Ruleset]:
    """A rule of its own key that acts at once on one signature and ends in 24 hours; it is reviewed after.

    ``legal``: the actor may answer for protected facts; nobody else's urgent rule reads any, and nobody's rests on
    them. Raises :class:`NoteMissingError`, :class:`app.screening.lifecycle.LegalApproverError`,
    :class:`app.screening.lifecycle.RuleStateError` where a version of the rule is in force,
    :class:`ActedBeforeError` where it (or a rule that says the same under another key) has acted so and was not
    approved since, and :class:`TooManyUrgentError`.
    """
    if not note.strip():
        raise NoteMissingError
    version = lifecycle.draft_version(session, actor, draft, now)
    tree = rules.parse_text(version.text, "looked at").tree
    if version.protected or (not legal and reads_protected(tree)):
        raise lifecycle.LegalApproverError(OF_PERSONS)
    running = sa.select(RuleVersion.id).where(
        RuleVersion.rule_id == version.rule_id, RuleVersion.state == RuleState.ACTIVE
    )
    if session.scalar(running) is not None:
        raise lifecycle.RuleStateError
    _expect_first(session, version, canonical(tree))
    version.ends_at = now + URGENT
    lifecycle.step(session, actor, version, RuleState.ACTIVE, RuleEventKind.URGENT, note, now)
    return version, rules.write_ruleset(session)


def _expect_first(session: Session, version: RuleVersion, said: str) -> None:
    """Else a rule could act on one signature, day after day, written in ever new ways.

    Raises :class:`ActedBeforeError` and :class:`TooManyUrgentError`.
    """
    ended = (RuleState.SUSPENDED, RuleState.REJECTED, RuleState.RETIRED, RuleState.ACTIVE)
    urgent = session.scalars(
        sa.select(RuleVersion).where(RuleVersion.ends_at.is_not(None), RuleVersion.state.in_(ended))
    ).all()
    if any(one.rule_id == version.rule_id or _said(one.text) == said for one in urgent):
        raise ActedBeforeError
    unseen = (RuleState.SUSPENDED, RuleState.ACTIVE)
    mine = [one for one in urgent if one.author_id == version.author_id and one.state in unseen]
    if len(mine) >= MOST_UNSEEN:
        raise TooManyUrgentError


@lru_cache(maxsize=1024)
def _said(text: str) -> str:
    """What a kept text says; '' for one that this program cannot read any more, and which cannot act."""
    try:
        return canonical(rules.parse_text(text, "looked at").tree)
    except rules.RuleInvalidError:
        return ""


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
