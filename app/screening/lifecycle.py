"""The life of a rule version: draft, submitted, approved by somebody else, shadow, active, suspended, retired.

A version is never edited: what changes is a new version. The database holds the same law a second time (an
approval is by another than the author and of this very text, what runs has an approval or ends within a day).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.identity import scope
from app.kernel.errors import ConflictError, EgateError, NotFoundError, kept
from app.kernel.texts import N_
from app.screening import grounds, rules
from app.screening.backtest_models import Backtest, BacktestState, digest_of
from app.screening.models import (
    Handling,
    Level,
    Rule,
    RuleEvent,
    RuleEventKind,
    Ruleset,
    RuleState,
    RuleVersion,
)
from app.screening.profiles import current_profile
from app.screening.rules import Draft
from risk_rules import ruleset as reviewed

STARTING_AUTHOR = uuid5(NAMESPACE_URL, "urn:egate:starting-ruleset:author")
STARTING_REVIEWER = uuid5(NAMESPACE_URL, "urn:egate:starting-ruleset:reviewer")
MAX_NOTE = 2000


class SameOfficerError(EgateError):
    """The author of a rule cannot approve it."""

    code, status, title = "four-eyes", 409, N_("Somebody else must approve this")


class LegalApproverError(EgateError):
    """A rule that rests on protected facts is approved by whoever may answer for that."""

    code, status, title = "legal-approver", 403, N_("A legal approver must approve this")


class NotAuthorError(ConflictError):
    """Somebody else than its author hands a draft in."""

    code, status, title = "not-author", 409, N_("Only its author hands a draft in")


class NotApprovedError(ConflictError):
    """The version has no approval, or a later rejection."""

    code, status, title = "not-approved", 409, N_("This version has not been approved")


class RuleStateError(ConflictError):
    """The step does not follow from the state the version is in."""

    code, status, title = "rule-state", 409, N_("This is not possible in the state the rule is in")


class ShadowTooShortError(ConflictError):
    """The jurisdiction wants a rule to run beside live traffic for longer before it acts."""

    code, status, title = "shadow-too-short", 409, N_("This rule has not run in shadow for long enough")  # fmt: skip


class BacktestMissingError(ConflictError):
    """A submission rests on a backtest of its text, an approval on the backtest that was submitted."""

    code, status, title = "backtest-differs", 409, N_("The backtest is not the one that was submitted")  # fmt: skip


def install_ruleset(session: Session, actor: Actor, now: datetime) -> Ruleset:
    """Bring in the reviewed rules that come with the program; what is known already is left alone.

    Submitted in the name of the program's authors, approved and activated by ``actor`` (in the name of the
    program's reviewers where the actor is the system). A version that an officer has suspended since stays
    suspended, and a local version with a higher number stays active.
    """
    rules.lock(session)
    content = reviewed.load_ruleset()
    known = {(key, n) for key, n in session.execute(_KNOWN)}
    newest = {key: max(n for k, n in known if k == key) for key, _ in known}
    for rule in content.rules:
        if (rule.key, rule.scored.version) not in known:
            version = _add_reviewed(session, actor, rule, content.sha256, now)
            if rule.scored.version > newest.get(rule.key, 0):
                _activate(session, actor, version, now)
    return rules.write_ruleset(session)


_KNOWN = sa.select(Rule.key, RuleVersion.n).join(Rule, RuleVersion.rule_id == Rule.id)


def _add_reviewed(
    session: Session, actor: Actor, rule: reviewed.ReviewedRule, sha256: str, now: datetime
) -> RuleVersion:
    scored = rule.scored
    draft = Draft(
        key=scored.key, title=scored.title, text=scored.rule.text, points=scored.points,
        purpose=scored.purpose, handling=Handling(scored.handling),
        justification=rule.justification, owner=rule.owner, review_by=rule.review_by,
        floor=Level(scored.floor) if scored.floor else None, texts=scored.texts,
    )  # fmt: skip
    version = _add_version(session, draft, scored.version, STARTING_AUTHOR, protected=False)
    note = f"starting rule set {sha256[:16]}"
    approver = actor.id or STARTING_REVIEWER
    _note(session, version, RuleEventKind.SUBMITTED, STARTING_AUTHOR, note, now)
    _note(session, version, RuleEventKind.APPROVED, approver, note, now)
    version.state = RuleState.APPROVED
    session.flush()
    return version


def draft_version(session: Session, actor: Actor, draft: Draft, now: datetime) -> RuleVersion:
    """A new rule, or a new version of one, that its author is still working on; nobody is asked yet.

    A draft of the same author that it replaces is retired. Raises :class:`app.screening.rules.RuleInvalidError` and
    :class:`app.identity.scope.PurposeError`, also where another version of the rule is for others.
    """
    rules.expect_key(draft.key)
    scope.expect_purpose(draft.purpose)
    rules.lock(session)
    _expect_own(session, draft.key)
    rules.expect_review(draft.review_by, now)
    made = rules.check_draft(draft.text, draft.purpose, current_profile(session), draft.legal_basis)
    weak = grounds.is_weak(session, made, draft.scope, draft.legal_basis)
    numbers = [n for key, n in session.execute(_KNOWN.where(Rule.key == draft.key))]
    n, author = max(numbers, default=0) + 1, actor.id or STARTING_AUTHOR
    version = _add_version(session, draft, n, author, protected=weak)
    for older in session.scalars(
        sa.select(RuleVersion).where(
            RuleVersion.rule_id == version.rule_id, RuleVersion.id != version.id,
            RuleVersion.author_id == author, RuleVersion.state == RuleState.DRAFT,
        )
    ).all():  # fmt: skip
        step(
            session,
            actor,
            older,
            RuleState.RETIRED,
            RuleEventKind.RETIRED,
            f"replaced by version {n}",
            now,
        )
    _note(session, version, RuleEventKind.DRAFTED, author, "", now)
    audit.record(session, actor, "rule.drafted", "rule_version", version.id, now)
    return version


def _expect_own(session: Session, key: str) -> None:
    others = (
        sa.select(RuleVersion.id)
        .join(Rule, Rule.id == RuleVersion.rule_id)
        .where(Rule.key == key, ~scope.of_purposes(RuleVersion.purpose))
    )
    if scope.current().purposes is not None and session.scalar(others.limit(1)) is not None:
        raise scope.PurposeError


def submit_version(
    session: Session, actor: Actor, version_id: UUID, now: datetime, backtest_id: UUID | None = None
) -> None:
    """Hand a draft in for approval, with the trial it rests on. Only its author does so.

    Raises :class:`BacktestMissingError` where the backtest has not ended or was of another text.
    """
    version = for_update(session, version_id)
    if (actor.id or STARTING_AUTHOR) != version.author_id:
        raise NotAuthorError
    expect(version, {RuleState.DRAFT})
    if backtest_id is not None:
        trial = session.get(Backtest, backtest_id)
        if trial is None or not trial.proves(version.text, version.purpose):
            raise BacktestMissingError
    step(
        session, actor, version, RuleState.SUBMITTED, RuleEventKind.SUBMITTED, "", now,
        backtest_id=backtest_id,
    )  # fmt: skip


def newest_backtest(session: Session, version_id: UUID) -> UUID | None:
    """The newest ended trial of a version's very text and purpose; None where there is none."""
    version = session.get(RuleVersion, version_id)
    if version is None:
        raise NotFoundError
    return session.scalar(
        sa.select(Backtest.id)
        .where(Backtest.digest == digest_of(version.text), Backtest.state == BacktestState.DONE)
        .where(Backtest.purpose == version.purpose)
        .order_by(Backtest.id.desc())
        .limit(1)
    )


def propose_version(
    session: Session, actor: Actor, draft: Draft, now: datetime, backtest_id: UUID | None = None
) -> RuleVersion:
    """Draft and submit at once. Raises :class:`app.screening.rules.RuleInvalidError`."""
    version = draft_version(session, actor, draft, now)
    submit_version(session, actor, version.id, now, backtest_id)
    return version


def approve_version(
    session: Session,
    actor: Actor,
    version_id: UUID,
    note: str,
    now: datetime,
    *,
    legal: bool = False,
    backtest_id: UUID | None = None,
) -> None:
    """Approve a version handed in by somebody else; an urgent one in force is thereby reviewed and stays.

    ``legal``: the actor may answer for protected facts. ``backtest_id``: the trial the approver has seen.
    Raises :class:`SameOfficerError`, :class:`LegalApproverError`, :class:`BacktestMissingError`.
    """
    version = for_update(session, version_id)
    if actor.id is None or actor.id == version.author_id:
        raise SameOfficerError
    if version.protected and not legal:
        raise LegalApproverError
    _expect_open(version)
    if backtest_id != submitted_backtest(session, version.id):
        raise BacktestMissingError
    state = RuleState.ACTIVE if version.state is RuleState.ACTIVE else RuleState.APPROVED
    step(
        session, actor, version, state, RuleEventKind.APPROVED, note, now,
        legal=legal, backtest_id=backtest_id,
    )  # fmt: skip
    version.ends_at = None
    session.flush()


def _expect_open(version: RuleVersion) -> None:
    """A version waits for a decision when it was submitted, or acts (or acted) on one signature."""
    if not _awaits_review(version):
        expect(version, {RuleState.SUBMITTED})


def _awaits_review(version: RuleVersion) -> bool:
    """Whether it acts, or acted, on one signature and nobody else has looked at it."""
    runs = version.state in (RuleState.ACTIVE, RuleState.SUSPENDED)
    return runs and version.ends_at is not None


def submitted_backtest(session: Session, version_id: UUID) -> UUID | None:
    """The trial that was handed in with a version."""
    return session.scalar(
        sa.select(RuleEvent.backtest_id)
        .where(RuleEvent.version_id == version_id, RuleEvent.kind == RuleEventKind.SUBMITTED)
        .order_by(RuleEvent.id.desc())
        .limit(1)
    )


def reject_version(
    session: Session, actor: Actor, version_id: UUID, note: str, now: datetime
) -> None:
    """Refuse a version, an earlier approval no longer counts; an urgent one in force ends at once.

    Raises :class:`SameOfficerError` where the author would review what acted on their own signature.
    """
    rules.lock(session)
    version = for_update(session, version_id)
    if _awaits_review(version):
        if actor.id == version.author_id:
            raise SameOfficerError
    else:
        expect(version, {RuleState.SUBMITTED, RuleState.APPROVED, RuleState.SHADOW})
    step(session, actor, version, RuleState.REJECTED, RuleEventKind.REJECTED, note, now)
    rules.rewrite_ruleset(session)


def shadow_version(session: Session, actor: Actor, version_id: UUID, now: datetime) -> None:
    """Ask an approved version beside live traffic: its hits are kept apart and act on nothing.

    Another version of the rule in shadow is taken out. Raises :class:`NotApprovedError`.
    """
    rules.lock(session)
    version = for_update(session, version_id)
    if version.state not in (RuleState.APPROVED, RuleState.SUSPENDED) or not _is_approved(
        session, version
    ):
        raise NotApprovedError
    _retire_others(session, actor, version, RuleState.SHADOW, now)
    step(session, actor, version, RuleState.SHADOW, RuleEventKind.SHADOWED, "", now)


def activate_version(session: Session, actor: Actor, version_id: UUID, now: datetime) -> Ruleset:
    """Put an approved version in force instead of the rule's active one.

    Raises :class:`NotApprovedError` and, under a profile that wants a time in shadow first,
    :class:`ShadowTooShortError`.
    """
    rules.lock(session)
    version = for_update(session, version_id)
    ready = {RuleState.APPROVED, RuleState.SHADOW, RuleState.SUSPENDED}
    if version.state not in ready or not _is_approved(session, version):
        raise NotApprovedError
    days = current_profile(session).jurisdiction.shadow_days
    if days and not _ran_in_shadow(session, version, now - timedelta(days=days)):
        raise ShadowTooShortError
    _activate(session, actor, version, now)
    return rules.write_ruleset(session)


def _is_approved(session: Session, version: RuleVersion) -> bool:
    last = session.scalar(
        sa.select(RuleEvent.kind)
        .where(RuleEvent.version_id == version.id)
        .where(RuleEvent.kind.in_([RuleEventKind.APPROVED, RuleEventKind.REJECTED]))
        .order_by(RuleEvent.id.desc())
        .limit(1)
    )
    return last is RuleEventKind.APPROVED


def _ran_in_shadow(session: Session, version: RuleVersion, since: datetime) -> bool:
    """Whether it was first put there (or was in force already) before ``since``."""
    began = (RuleEventKind.SHADOWED, RuleEventKind.ACTIVATED)
    first = session.scalar(
        sa.select(sa.func.min(RuleEvent.at)).where(
            RuleEvent.version_id == version.id, RuleEvent.kind.in_(began)
        )
    )
    return first is not None and first <= since


def suspend(session: Session, actor: Actor, version_id: UUID, note: str, now: datetime) -> Ruleset:
    """Take an active version out of force; suspending a suspended one changes nothing."""
    rules.lock(session)
    version = for_update(session, version_id)
    if version.state in (RuleState.ACTIVE, RuleState.SHADOW):
        step(session, actor, version, RuleState.SUSPENDED, RuleEventKind.SUSPENDED, note, now)
    return rules.write_ruleset(session)


def retire(session: Session, actor: Actor, version_id: UUID, note: str, now: datetime) -> None:
    """End a version for good. Raises :class:`RuleStateError` for one that has ended, and for one that acted on
    one signature and awaits its review: it is suspended, and whoever reviews it rejects it.
    """
    rules.lock(session)
    version = for_update(session, version_id)
    if _awaits_review(version):
        raise RuleStateError
    expect(version, set(RuleState) - {RuleState.RETIRED})
    step(session, actor, version, RuleState.RETIRED, RuleEventKind.RETIRED, note, now)
    rules.rewrite_ruleset(session)


def _retire_others(
    session: Session, actor: Actor, version: RuleVersion, state: RuleState, now: datetime
) -> None:
    for other in session.scalars(
        sa.select(RuleVersion).where(
            RuleVersion.rule_id == version.rule_id, RuleVersion.state == state,
            RuleVersion.id != version.id,
        )
    ).all():  # fmt: skip
        note = f"replaced by version {version.n}"
        step(session, actor, other, RuleState.RETIRED, RuleEventKind.RETIRED, note, now)


def _activate(session: Session, actor: Actor, version: RuleVersion, now: datetime) -> None:
    _retire_others(session, actor, version, RuleState.ACTIVE, now)
    step(session, actor, version, RuleState.ACTIVE, RuleEventKind.ACTIVATED, "", now)


def for_update(session: Session, version_id: UUID) -> RuleVersion:
    version = session.get(RuleVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise NotFoundError
    return version


def expect(version: RuleVersion, states: Collection[RuleState]) -> None:
    if version.state not in states:
        raise RuleStateError


class Signed(NamedTuple):
    """What an event says beside who and what."""

    legal: bool = False
    backtest_id: UUID | None = None


_UNSIGNED = Signed()


def step(  # one step has all of these
    session: Session,
    actor: Actor,
    version: RuleVersion,
    state: RuleState,
    kind: RuleEventKind,
    note: str,
    now: datetime,
    *,
    legal: bool = False,
    backtest_id: UUID | None = None,
) -> None:
    """Write the step down, then the state that follows from it: the database checks in this order."""
    signed = Signed(legal, backtest_id)
    _note(session, version, kind, actor.id, kept(note, MAX_NOTE, "/note"), now, signed)
    version.state = state
    session.flush()
    audit.record(session, actor, f"rule.{kind}", "rule_version", version.id, now)


def _note(
    session: Session,
    version: RuleVersion,
    kind: RuleEventKind,
    actor_id: UUID | None,
    note: str,
    now: datetime,
    signed: Signed = _UNSIGNED,
) -> None:
    session.add(
        RuleEvent(
            version_id=version.id, kind=kind, at=now, actor_id=actor_id, note=note,
            author_id=version.author_id, digest=version.digest, protected=version.protected,
            legal=signed.legal, backtest_id=signed.backtest_id,
        )
    )  # fmt: skip
    session.flush()


def _add_version(
    session: Session, draft: Draft, n: int, author: UUID, *, protected: bool
) -> RuleVersion:
    rule = session.scalar(sa.select(Rule).where(Rule.key == draft.key))
    if rule is None:
        rule = Rule(key=draft.key, owner=draft.owner)
        session.add(rule)
        session.flush()
    scope = draft.scope
    version = RuleVersion(
        rule_id=rule.id, n=n, title=draft.title, text=draft.text.strip(), points=draft.points,
        floor=draft.floor, purpose=draft.purpose, handling=draft.handling,
        justification=draft.justification, protected=protected,
        texts={tag: dict(said) for tag, said in draft.texts.items()},
        legal_basis=draft.legal_basis.strip(), airports=sorted(scope.airports),
        carriers=sorted(scope.carriers), routes=sorted(scope.routes),
        valid_from=scope.valid_from, valid_to=scope.valid_to,
        digest=rules.draft_digest(draft, n), author_id=author, state=RuleState.DRAFT,
        ends_at=None, review_by=draft.review_by,
    )  # fmt: skip
    session.add(version)
    session.flush()
    return version
