"""Rules in the database: four eyes, one active version, a new rule set for every change."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM, Actor, ActorKind
from app.kernel.db import Database
from app.screening import lifecycle, rules
from app.screening.models import Handling, RuleEvent, RuleEventKind, Ruleset, RuleVersion
from risk_rules.language import compile_rule
from risk_rules.ruleset import load_ruleset
from risk_rules.score import Purpose

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
AUTHOR = Actor(ActorKind.OFFICER, uuid4())
APPROVER = Actor(ActorKind.OFFICER, uuid4())
DRAFT = rules.Draft(
    key="test.bags", title="Two bags", text="bag.count >= 2", points=40, purpose=Purpose.REVENUE,
    handling=Handling.STOP, justification="A test.", owner="test", review_by=date(2027, 1, 1),
)  # fmt: skip


def events_of(database: Database, kind: str) -> int:
    with database.read() as session:
        statement = sa.text("select count(*) from event where kind = :kind")
        return int(session.execute(statement, {"kind": kind}).scalar_one())


def test_nothing_is_in_force_before_installation(database: Database) -> None:
    with database.read() as session, pytest.raises(rules.NoRulesetError):
        rules.current_ruleset(session)


def test_starting_rules_are_installed_once(database: Database) -> None:
    for _ in range(2):
        with database.transaction() as session:
            installed = lifecycle.install_ruleset(session, SYSTEM, NOW)
    with database.read() as session:
        assert len(session.scalars(sa.select(Ruleset)).all()) == 1
        made = rules.compiled(session, rules.current_ruleset(session))
    content = load_ruleset()
    assert [r.key for r in made.rules] == [r.key for r in content.rules]
    assert len(installed.rule_versions) == len(content.rules) >= 12
    assert made.broken == ()
    assert events_of(database, "ruleset.changed") == 1


def test_every_starting_rule_was_approved_by_another_than_its_author(database: Database) -> None:
    with database.transaction() as session:
        lifecycle.install_ruleset(session, APPROVER, NOW)
    with database.read() as session:
        rows = session.execute(
            sa.select(RuleEvent.actor_id, RuleVersion.author_id)
            .join(RuleVersion, RuleVersion.id == RuleEvent.version_id)
            .where(RuleEvent.kind == RuleEventKind.APPROVED)
        ).all()
    assert rows
    assert all(approver == APPROVER.id != author for approver, author in rows)


def test_installing_again_does_not_wake_a_suspended_rule(database: Database) -> None:
    with database.transaction() as session:
        first = lifecycle.install_ruleset(session, SYSTEM, NOW)
        lifecycle.suspend(session, APPROVER, first.rule_versions[0], "too many hits", NOW)
    with database.transaction() as session:
        again = lifecycle.install_ruleset(session, SYSTEM, NOW)
    assert first.rule_versions[0] not in again.rule_versions
    assert again.n > first.n


def test_the_author_may_not_approve_and_unapproved_is_not_activated(database: Database) -> None:
    with database.transaction() as session:
        version = lifecycle.propose_version(session, AUTHOR, DRAFT, NOW)
        with pytest.raises(lifecycle.NotApprovedError):
            lifecycle.activate_version(session, APPROVER, version.id, NOW)
        with pytest.raises(lifecycle.SameOfficerError):
            lifecycle.approve_version(session, AUTHOR, version.id, "", NOW)
        lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
        lifecycle.reject_version(session, APPROVER, version.id, "second thoughts", NOW)
        with pytest.raises(lifecycle.NotApprovedError):
            lifecycle.activate_version(session, APPROVER, version.id, NOW)


def test_a_new_version_replaces_the_active_one(database: Database) -> None:
    with database.transaction() as session:
        made = []
        for _ in range(2):
            version = lifecycle.propose_version(session, AUTHOR, DRAFT, NOW)
            lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
            made.append((version.id, lifecycle.activate_version(session, AUTHOR, version.id, NOW)))
    (first, one), (second, two) = made
    assert one.rule_versions == [first]
    assert two.rule_versions == [second]
    assert two.n > one.n
    with database.read() as session:
        assert rules.current_ruleset(session).id == two.id
        [scored] = rules.compiled(session, two).rules
        assert (scored.key, scored.version) == ("test.bags", 2)
        retired = sa.select(RuleEvent.version_id).where(RuleEvent.kind == RuleEventKind.RETIRED)
        assert session.scalars(retired).all() == [first]


def test_a_text_that_does_not_compile_is_refused_with_its_position(database: Database) -> None:
    with database.transaction() as session, pytest.raises(rules.RuleInvalidError) as caught:
        lifecycle.propose_version(session, AUTHOR, replace(DRAFT, text="bag.cont >= 2"), NOW)
    assert (caught.value.detail or "").endswith("(unknown_fact at 0-8)")


def test_one_broken_rule_does_not_cost_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade of the program that no longer has a fact."""
    gone = replace(DRAFT, text="gone.fact = 1")
    with database.transaction() as session:
        lifecycle.install_ruleset(session, SYSTEM, NOW)
        monkeypatch.setattr(rules, "check_text", lambda *_: compile_rule("bag.count >= 2"))
        version = lifecycle.propose_version(session, AUTHOR, gone, NOW)
        lifecycle.approve_version(session, APPROVER, version.id, "", NOW)
        installed = lifecycle.activate_version(session, APPROVER, version.id, NOW)
        made = rules.compiled(session, installed)
    assert made.broken == (DRAFT.key,)
    assert len(made.rules) == len(installed.rule_versions) - 1
