"""Rules in the database: proposed, approved by somebody else, active, suspended; the rule set in force.

Every change of an active rule or of a list writes a ``ruleset`` row; the newest is in force. Changes take
one lock, so that a rule set always holds the changes of those before it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel import events
from app.kernel.errors import ConflictError, EgateError, NotFoundError
from app.screening.models import (
    Handling,
    Level,
    Rule,
    RuleEvent,
    RuleEventKind,
    Ruleset,
    RuleVersion,
    Watchlist,
)
from risk_rules import ruleset as reviewed
from risk_rules import score
from risk_rules.language import RuleError, compile_rule

log = structlog.get_logger(__name__)

STARTING_AUTHOR = uuid5(NAMESPACE_URL, "urn:egate:starting-ruleset:author")
STARTING_REVIEWER = uuid5(NAMESPACE_URL, "urn:egate:starting-ruleset:reviewer")
_LOCK = 0x65676174_72756C65  # "egatrule"
_KEPT = 8


class NoRulesetError(EgateError):
    """No rule set has been installed yet."""

    code, status, title = "no-ruleset", 503, "Screening is not set up"


class SameOfficerError(EgateError):
    """The author of a rule cannot approve it."""

    code, status, title = "four-eyes", 409, "Somebody else must approve this"


class NotApprovedError(ConflictError):
    """The version has no approval, or a later rejection."""

    code, status, title = "not-approved", 409, "This version has not been approved"


class RuleInvalidError(EgateError):
    """The rule text cannot be used; ``detail`` holds the language's code and position."""

    code, status, title = "rule-invalid", 422, "This rule cannot be used"


@dataclass(frozen=True, slots=True)
class Draft:
    """A new version of a rule as its author hands it in."""

    key: str
    title: str
    text: str
    points: int
    purpose: score.Purpose
    handling: Handling
    justification: str
    owner: str
    review_by: date
    floor: Level | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """The rules of one rule set, ready to be asked; ``broken`` names versions that no longer compile."""

    ruleset_id: UUID
    rules: tuple[score.ScoredRule, ...]
    broken: tuple[str, ...] = ()


def install_ruleset(session: Session, actor: Actor, now: datetime) -> Ruleset:
    """Bring in the reviewed rules that come with the program; what is known already is left alone.

    Submitted in the name of the program's authors, approved and activated by ``actor`` (in the name of the
    program's reviewers where the actor is the system). A version that an officer has suspended since stays
    suspended, and a local version with a higher number stays active.
    """
    lock(session)
    content = reviewed.load_ruleset()
    known = {(key, n) for key, n in session.execute(_KNOWN)}
    newest = {key: max(n for k, n in known if k == key) for key, _ in known}
    for rule in content.rules:
        if (rule.key, rule.scored.version) not in known:
            version = _add_reviewed(session, actor, rule, content.sha256)
            if rule.scored.version > newest.get(rule.key, 0):
                _activate(session, actor, version, now)
    return write_ruleset(session)


_KNOWN = sa.select(Rule.key, RuleVersion.n).join(Rule, RuleVersion.rule_id == Rule.id)


def _add_reviewed(
    session: Session, actor: Actor, rule: reviewed.ReviewedRule, sha256: str
) -> RuleVersion:
    scored = rule.scored
    draft = Draft(
        key=scored.key, title=scored.title, text=scored.rule.text, points=scored.points,
        purpose=scored.purpose, handling=Handling(scored.handling),
        justification=rule.justification, owner=rule.owner, review_by=rule.review_by,
        floor=Level(scored.floor) if scored.floor else None,
    )  # fmt: skip
    version = _add_version(session, draft, scored.version, STARTING_AUTHOR)
    note = f"starting rule set {sha256[:16]}"
    approver = actor.id or STARTING_REVIEWER
    _note(session, version, RuleEventKind.SUBMITTED, STARTING_AUTHOR, note)
    _note(session, version, RuleEventKind.APPROVED, approver, note)
    return version


def propose_version(session: Session, actor: Actor, draft: Draft, now: datetime) -> RuleVersion:
    """Hand in a new rule, or a new version of one. It acts only once approved and activated.

    Raises :class:`RuleInvalidError`.
    """
    lock(session)
    check_text(draft.text)
    numbers = [n for key, n in session.execute(_KNOWN.where(Rule.key == draft.key))]
    version = _add_version(session, draft, max(numbers, default=0) + 1, actor.id)
    _note(session, version, RuleEventKind.SUBMITTED, actor.id, "")
    audit.record(session, actor, "rule.submitted", "rule_version", version.id, now)
    return version


def check_text(text: str) -> None:
    """Parse and check a rule text. Raises :class:`RuleInvalidError` with the language's code."""
    try:
        compile_rule(text.strip(), lists=managed_lists())
    except RuleError as error:
        start, end = error.span
        raise RuleInvalidError(f"{error.code} at {start}-{end}") from error


def approve_version(
    session: Session, actor: Actor, version_id: UUID, note: str, now: datetime
) -> None:
    """Approve a version handed in by somebody else. Raises :class:`SameOfficerError`."""
    version = _version(session, version_id)
    if actor.id is None or actor.id == version.author_id:
        raise SameOfficerError
    _note(session, version, RuleEventKind.APPROVED, actor.id, note)
    audit.record(session, actor, "rule.approved", "rule_version", version.id, now)


def reject_version(
    session: Session, actor: Actor, version_id: UUID, note: str, now: datetime
) -> None:
    """Refuse a version; an earlier approval no longer counts."""
    version = _version(session, version_id)
    _note(session, version, RuleEventKind.REJECTED, actor.id, note)
    audit.record(session, actor, "rule.rejected", "rule_version", version.id, now)


def activate_version(session: Session, actor: Actor, version_id: UUID, now: datetime) -> Ruleset:
    """Put an approved version in force instead of the rule's active one.

    Raises :class:`NotApprovedError` and, where nobody but the author approved, :class:`SameOfficerError`.
    """
    lock(session)
    version = _version(session, version_id)
    _require_approval(session, version)
    _activate(session, actor, version, now)
    return write_ruleset(session)


def suspend(session: Session, actor: Actor, version_id: UUID, note: str, now: datetime) -> Ruleset:
    """Take an active version out of force; suspending a suspended one changes nothing."""
    lock(session)
    version = _version(session, version_id)
    if version.active:
        version.active = False
        session.flush()
        _note(session, version, RuleEventKind.SUSPENDED, actor.id, note)
        audit.record(session, actor, "rule.suspended", "rule_version", version.id, now)
    return write_ruleset(session)


def _require_approval(session: Session, version: RuleVersion) -> None:
    steps = session.execute(
        sa.select(RuleEvent.kind, RuleEvent.actor_id)
        .where(RuleEvent.version_id == version.id)
        .where(RuleEvent.kind.in_([RuleEventKind.APPROVED, RuleEventKind.REJECTED]))
        .order_by(RuleEvent.id.desc())
    ).first()
    if steps is None or steps.kind is not RuleEventKind.APPROVED:
        raise NotApprovedError
    if steps.actor_id is None or steps.actor_id == version.author_id:
        raise SameOfficerError


def _activate(session: Session, actor: Actor, version: RuleVersion, now: datetime) -> None:
    replaced = session.scalars(
        sa.update(RuleVersion)
        .where(RuleVersion.rule_id == version.rule_id, RuleVersion.active)
        .where(RuleVersion.id != version.id)
        .values(active=False)
        .returning(RuleVersion.id)
    ).all()
    for identifier in replaced:
        session.add(
            RuleEvent(
                version_id=identifier, kind=RuleEventKind.RETIRED, actor_id=actor.id,
                note=f"replaced by version {version.n}",
            )
        )  # fmt: skip
    version.active = True
    session.flush()
    _note(session, version, RuleEventKind.ACTIVATED, actor.id, "")
    audit.record(session, actor, "rule.activated", "rule_version", version.id, now)


def _version(session: Session, version_id: UUID) -> RuleVersion:
    version = session.get(RuleVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFoundError
    return version


def _note(
    session: Session, version: RuleVersion, kind: RuleEventKind, actor_id: UUID | None, note: str
) -> None:
    session.add(RuleEvent(version_id=version.id, kind=kind, actor_id=actor_id, note=note))
    session.flush()


def _add_version(session: Session, draft: Draft, n: int, author: UUID | None) -> RuleVersion:
    rule = session.scalar(sa.select(Rule).where(Rule.key == draft.key))
    if rule is None:
        rule = Rule(key=draft.key, owner=draft.owner)
        session.add(rule)
        session.flush()
    version = RuleVersion(
        rule_id=rule.id, n=n, title=draft.title, text=draft.text.strip(), points=draft.points,
        floor=draft.floor, purpose=draft.purpose, handling=draft.handling,
        justification=draft.justification, digest=_draft_digest(draft, n), author_id=author,
        active=False, review_by=draft.review_by,
    )  # fmt: skip
    session.add(version)
    session.flush()
    return version


def _draft_digest(draft: Draft, n: int) -> bytes:
    content = [draft.key, n, draft.text.strip(), draft.points, draft.floor, draft.purpose,
               draft.handling]  # fmt: skip
    return _digest(content)


def _digest(content: Any) -> bytes:
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).digest()


# ---------------------------------------------------------------- the rule set in force


def lock(session: Session) -> None:
    """Hold back other changes of rules and lists until the end of this transaction."""
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def current_ruleset(session: Session) -> Ruleset:
    """The rule set in force. Raises :class:`NoRulesetError` before the first installation."""
    found = session.scalar(sa.select(Ruleset).order_by(Ruleset.n.desc()).limit(1))
    if found is None:
        raise NoRulesetError
    return found


def write_ruleset(session: Session) -> Ruleset:
    """Write down what is in force now, if that differs from the newest rule set. Needs :func:`lock`."""
    versions = session.execute(
        sa.select(RuleVersion.id, RuleVersion.digest)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(RuleVersion.active)
        .order_by(Rule.key)
    ).all()
    held = session.execute(sa.select(Watchlist.key, Watchlist.version))
    lists = dict(held.all())
    content = [[bytes(v.digest).hex() for v in versions], lists, _lists_fingerprint()]
    digest = _digest(content)
    newest = session.scalar(sa.select(Ruleset).order_by(Ruleset.n.desc()).limit(1))
    if newest is not None and bytes(newest.digest) == digest:
        return newest
    made = Ruleset(digest=digest, rule_versions=[v.id for v in versions], watchlists=lists)
    session.add(made)
    session.flush()
    events.emit(session, "ruleset.changed", made.id, version=made.n)
    return made


@cache
def managed_lists() -> Mapping[str, Any]:
    """The lists of values that rules name with @, as they come with the program."""
    return reviewed.load_ruleset().lists


@cache
def _lists_fingerprint() -> str:
    return reviewed.fingerprint([], managed_lists().values())


_compiled: dict[UUID, Compiled] = {}


def compiled(session: Session, ruleset: Ruleset) -> Compiled:
    """The rules of ``ruleset``, compiled once per process.

    A version that the program no longer understands is left out, logged and named in ``broken``: one bad
    rule must not cost the others.
    """
    if ruleset.id not in _compiled:
        made = _compile(session, ruleset)
        while len(_compiled) >= _KEPT:
            _compiled.pop(next(iter(_compiled)), None)
        _compiled[ruleset.id] = made
    return _compiled[ruleset.id]


def _compile(session: Session, ruleset: Ruleset) -> Compiled:
    rows = session.execute(
        sa.select(Rule.key, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(RuleVersion.id.in_(ruleset.rule_versions))
        .order_by(Rule.key)
    ).all()
    rules, broken = [], []
    for key, version in rows:
        try:
            rules.append(_scored(key, version))
        except (RuleError, ValueError) as error:
            broken.append(key)
            log.error("rule.broken", rule=key, n=version.n, code=getattr(error, "code", "value"))  # noqa: TRY400  # the trace says no more
    return Compiled(ruleset.id, tuple(rules), tuple(broken))


def _scored(key: str, version: RuleVersion) -> score.ScoredRule:
    return score.ScoredRule(
        key=key,
        version=version.n,
        rule=compile_rule(version.text, lists=managed_lists()),
        points=version.points,
        floor=score.Level(version.floor) if version.floor else None,
        title=version.title,
        purpose=score.Purpose(version.purpose),
        handling=score.Handling(version.handling),
    )


def list_rules(session: Session) -> Sequence[tuple[str, str, RuleVersion]]:
    """(key, owner, version) of the newest and of the active version of every rule."""
    newest = (
        sa.select(RuleVersion.rule_id, sa.func.max(RuleVersion.n).label("n"))
        .group_by(RuleVersion.rule_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Rule.key, Rule.owner, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .join(newest, newest.c.rule_id == Rule.id)
        .where(sa.or_(RuleVersion.active, RuleVersion.n == newest.c.n))
        .order_by(Rule.key, RuleVersion.n)
    )
    return [(key, owner, version) for key, owner, version in rows]
