"""The rule set in force: which rule versions, lists and profile decide together.

Every change of an active rule, of a list or of the profile writes a ``ruleset`` row; the newest is in
force. Changes take one lock, so that a rule set always holds the changes of those before it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.identity import scope
from app.kernel import events
from app.kernel.errors import EgateError, FieldProblem, InvalidError
from app.kernel.texts import N_
from app.screening.judge import DEFAULT_PROFILE, Profile
from app.screening.list_models import UrgentLookout
from app.screening.models import Handling, Level, Rule, Ruleset, RuleState, RuleVersion, Watchlist
from app.screening.profiles import as_json, current_profile, of_json
from risk_rules import ruleset as reviewed
from risk_rules import score
from risk_rules.jurisdiction import check_purpose
from risk_rules.language import Rule as Condition
from risk_rules.language import RuleError, compile_rule
from risk_rules.language.units import expect_one_unit

log = structlog.get_logger(__name__)

Purpose = score.Purpose
Scope = score.Scope
_LOCK = 0x65676174_72756C65  # "egatrule"
_KEPT = 8
LONGEST_UNSEEN = timedelta(days=2 * 366)
"""A rule is looked at again within this time."""

KEY = r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*"
RESERVED = frozenset({"catalogue", "check", "new", "urgent"})
"""No keys: addresses beside those of rules."""
AIRPORT, CARRIER, ROUTE = r"[A-Z]{3}", r"[A-Z0-9]{2}", r"[A-Z]{3}-[A-Z]{3}"
MOST_POINTS = 100
LONGEST = 200  # of a key, a title, an owner
LONGEST_TEXT = 4000


class NoRulesetError(EgateError):
    """No rule set has been installed yet."""

    code, status, title = "no-ruleset", 503, N_("Screening is not set up")


class RuleInvalidError(EgateError):
    """The rule text cannot be used; ``detail`` holds the language's words and position, ``error`` all of it."""

    code, status, title = "rule-invalid", 422, N_("This rule cannot be used")

    def __init__(self, error: RuleError) -> None:
        start, end = error.span
        where = FieldProblem("/text", error.code)
        super().__init__(f"{error.message} ({error.code} at {start}-{end})", fields=[where])
        self.error = error


@dataclass(frozen=True, slots=True)
class Draft:
    """A new version of a rule as its author hands it in. ``legal_basis``: why it may rest on protected facts.
    ``texts``: title and justification in other languages than English.
    """

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
    scope: score.Scope = score.EVERYWHERE
    legal_basis: str = ""
    texts: score.Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The rules of one rule set, ready to be asked; ``broken`` names versions that no longer compile,
    ``refused`` those that the jurisdiction of the rule set does not allow. ``versions``: their ids by key.
    """

    ruleset_id: UUID
    rules: tuple[score.ScoredRule, ...]
    broken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    versions: Mapping[str, UUID] = field(default_factory=dict)
    ends: Mapping[str, datetime] = field(default_factory=dict)

    def standing(self, now: datetime) -> tuple[score.ScoredRule, ...]:
        """The rules without the urgent ones whose time is over."""
        if not self.ends:
            return self.rules
        return tuple(r for r in self.rules if r.key not in self.ends or now < self.ends[r.key])


def check_text(
    text: str, purpose: score.Purpose, profile: Profile, legal_basis: str = ""
) -> Condition:
    """Parse and check a rule text for a purpose. Raises :class:`RuleInvalidError` with the language's code."""
    made = parse_text(text, legal_basis)
    try:
        check_purpose(made.tree, purpose, profile.jurisdiction)
    except RuleError as error:
        raise RuleInvalidError(error) from error
    return made


def check_draft(
    text: str, purpose: score.Purpose, profile: Profile, legal_basis: str = ""
) -> Condition:
    """:func:`check_text` for a text that is being written: it may not mix units either (versions kept from before
    that was asked stay what they are).
    """
    return expect_units(check_text(text, purpose, profile, legal_basis))


def expect_units(made: Condition) -> Condition:
    """The condition, which mixes no units. Raises :class:`RuleInvalidError`."""
    try:
        expect_one_unit(made.tree)
    except RuleError as error:
        raise RuleInvalidError(error) from error
    return made


def parse_text(text: str, legal_basis: str = "") -> Condition:
    """What a text says, whatever it is for. Raises :class:`RuleInvalidError`."""
    try:
        return compile_rule(
            text.strip(), lists=managed_lists(), allow_protected=bool(legal_basis.strip())
        )
    except RuleError as error:
        raise RuleInvalidError(error) from error


def draft_digest(draft: Draft, n: int) -> bytes:
    """Fingerprint of what decides and of what officers read in other languages: an approval is bound to it.

    Another translation is another version, so somebody else reads it before officers do. Its backtest may be that of the
    version before: a backtest proves the condition (:func:`app.screening.backtest_models.digest_of`), which is the same.
    """
    content = [draft.key, n, draft.text.strip(), draft.points, draft.floor, draft.purpose,
               draft.handling]  # fmt: skip
    if draft.scope:
        scope = draft.scope
        content.append([
            sorted(scope.airports), sorted(scope.carriers), sorted(scope.routes),
            *(day.isoformat() if day else None for day in (scope.valid_from, scope.valid_to)),
        ])  # fmt: skip
    if draft.legal_basis:
        content.append(draft.legal_basis.strip())
    if draft.texts:
        said = {tag: dict(texts) for tag, texts in draft.texts.items()}
        content.append([draft.title, draft.justification, said])
    return _digest(content)


def _digest(content: Any) -> bytes:
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).digest()


def expect_key(key: str) -> None:
    """Refuse a key that is an address beside those of rules. Raises InvalidError."""
    if key in RESERVED:
        raise InvalidError(fields=[FieldProblem("/key", "reserved")])


def expect_review(day: date, now: datetime) -> None:
    """Refuse a day of review that is over, or so far that nobody would look again. Raises InvalidError."""
    if not now.date() < day <= (now + LONGEST_UNSEEN).date():
        raise InvalidError(fields=[FieldProblem("/review_by", "out_of_range")])


def lock(session: Session) -> None:
    """Hold back other changes of rules and lists until the end of this transaction."""
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def current_ruleset(session: Session) -> Ruleset:
    """The rule set in force. Raises :class:`NoRulesetError` before the first installation."""
    found = session.scalar(_NEWEST)
    if found is None:
        raise NoRulesetError
    return found


_NEWEST = sa.select(Ruleset).order_by(Ruleset.n.desc()).limit(1)


def rewrite_ruleset(session: Session) -> None:
    """Write down what is in force now, unless nothing has been installed yet. Needs :func:`lock`."""
    if session.scalar(_NEWEST) is not None:
        write_ruleset(session)


def write_ruleset(session: Session) -> Ruleset:
    """Write down what is in force now, if that differs from the newest rule set. Needs :func:`lock`."""
    versions = session.execute(
        sa.select(RuleVersion.id, RuleVersion.digest)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(RuleVersion.state == RuleState.ACTIVE)
        .order_by(Rule.key)
    ).all()
    held = session.execute(sa.select(Watchlist.key, Watchlist.version))
    lists = dict(held.all())
    profile = as_json(current_profile(session))
    urgent = session.scalars(_URGENT).all()
    content = [[bytes(v.digest).hex() for v in versions], lists, lists_fingerprint(), profile]
    content += [[str(one) for one in urgent]] if urgent else []
    digest = _digest(content)
    newest = session.scalar(_NEWEST)
    if newest is not None and bytes(newest.digest) == digest:
        return newest
    made = Ruleset(
        digest=digest, rule_versions=[v.id for v in versions], watchlists=lists, profile=profile,
        values=lists_fingerprint(), lookouts=list(urgent),
    )  # fmt: skip
    session.add(made)
    session.flush()
    events.emit(session, "ruleset.changed", made.id, version=made.n)
    return made


_URGENT = (
    sa.select(UrgentLookout.id)
    .where(UrgentLookout.ended_at.is_(None))
    .order_by(UrgentLookout.id)
)  # fmt: skip


@cache
def managed_lists() -> Mapping[str, Any]:
    """The lists of values that rules name with @, as they come with the program."""
    return reviewed.load_ruleset().lists


@cache
def lists_fingerprint() -> str:
    """Which managed lists this program has."""
    return reviewed.fingerprint([], managed_lists().values())


_compiled: dict[UUID, Compiled] = {}


def compiled(session: Session, ruleset: Ruleset) -> Compiled:
    """The rules of ``ruleset``, compiled once per process.

    A version that the program no longer understands is left out, logged and named in ``broken``, one that the
    jurisdiction does not allow in ``refused``: one rule must not cost the others.
    """
    if ruleset.id not in _compiled:
        made = _compile(session, ruleset)
        while len(_compiled) >= _KEPT:
            _compiled.pop(next(iter(_compiled)), None)
        _compiled[ruleset.id] = made
    return _compiled[ruleset.id]


def profile_of(ruleset: Ruleset) -> Profile:
    """The profile under which a rule set decides; the default one where it was not written down yet."""
    return of_json(ruleset.profile) if ruleset.profile else DEFAULT_PROFILE


def _compile(session: Session, ruleset: Ruleset) -> Compiled:
    rows = session.execute(
        sa.select(Rule.key, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(RuleVersion.id.in_(ruleset.rule_versions))
        .order_by(Rule.key)
    ).all()
    jurisdiction = profile_of(ruleset).jurisdiction
    rules: list[score.ScoredRule] = []
    broken: list[str] = []
    refused: list[str] = []
    for key, version in rows:
        try:
            made = scored(key, version)
            check_purpose(made.rule.tree, made.purpose, jurisdiction)
            rules.append(made)
        except (RuleError, ValueError) as error:
            code = getattr(error, "code", "value")
            (refused if code == "purpose_not_allowed" else broken).append(key)
            log.error("rule.left_out", rule=key, n=version.n, code=code)  # noqa: TRY400  # the trace says no more
    asked = {rule.key for rule in rules}
    kept = [(key, version) for key, version in rows if key in asked]
    return Compiled(
        ruleset.id, tuple(rules), tuple(broken), tuple(refused),
        versions={key: version.id for key, version in kept},
        ends={key: version.ends_at for key, version in kept if version.ends_at},
    )  # fmt: skip


def scored(key: str, version: RuleVersion) -> score.ScoredRule:
    """A version ready to be asked. Raises RuleError."""
    scope = scope_of(version)
    return score.ScoredRule(
        key=key,
        version=version.n,
        rule=compile_rule(version.text, lists=managed_lists(), allow_protected=version.protected),
        points=version.points,
        floor=score.Level(version.floor) if version.floor else None,
        title=version.title,
        purpose=score.Purpose(version.purpose),
        handling=score.Handling(version.handling),
        scope=scope or None,
        texts=version.texts,
    )


def scope_of(version: RuleVersion) -> score.Scope:
    """Where and when a version is asked."""
    return score.Scope(
        frozenset(version.airports), frozenset(version.carriers), frozenset(version.routes),
        version.valid_from, version.valid_to,
    )  # fmt: skip


def shadow_rules(session: Session) -> tuple[tuple[UUID, score.ScoredRule], ...]:
    """(version, rule) of every version in shadow that can be asked; few, so compiled as they are read."""
    rows = session.execute(
        sa.select(Rule.key, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .where(RuleVersion.state == RuleState.SHADOW)
        .order_by(Rule.key)
    ).all()
    found = []
    for key, version in rows:
        if version.id not in _in_shadow:
            while len(_in_shadow) >= _KEPT * _KEPT:
                _in_shadow.pop(next(iter(_in_shadow)), None)
            _in_shadow[version.id] = _scored_or_none(key, version)
        if made := _in_shadow[version.id]:
            found.append((version.id, made))
    return tuple(found)


_in_shadow: dict[UUID, score.ScoredRule | None] = {}


def _scored_or_none(key: str, version: RuleVersion) -> score.ScoredRule | None:
    try:
        return scored(key, version)
    except (RuleError, ValueError) as error:
        log.error("rule.left_out", rule=key, n=version.n, code=getattr(error, "code", "value"))  # noqa: TRY400  # the trace says no more
        return None


def list_rules(session: Session) -> Sequence[tuple[str, str, RuleVersion]]:
    """(key, owner, version) of the newest version of every rule, and of those that are active, in shadow or submitted, as
    far as they are of the officer's purposes.
    """
    newest = (
        sa.select(RuleVersion.rule_id, sa.func.max(RuleVersion.n).label("n"))
        .group_by(RuleVersion.rule_id)
        .subquery()
    )
    matters = RuleVersion.state.in_([RuleState.ACTIVE, RuleState.SHADOW, RuleState.SUBMITTED])
    rows = session.execute(
        sa.select(Rule.key, Rule.owner, RuleVersion)
        .join(Rule, RuleVersion.rule_id == Rule.id)
        .join(newest, newest.c.rule_id == Rule.id)
        .where(sa.or_(matters, RuleVersion.n == newest.c.n), scope.of_purposes(RuleVersion.purpose))
        .order_by(Rule.key, RuleVersion.n)
    )
    return [(key, owner, version) for key, owner, version in rows]
