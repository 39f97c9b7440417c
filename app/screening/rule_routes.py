"""HTTP routes of rules: catalogue, check, drafts, steps in their life, and letting one rest for one traveller."""

from datetime import date
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.orm import Session

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, Kernel, KernelDep
from app.kernel.schemas import In
from app.screening import (
    doubts,
    editing,
    lifecycle,
    rule_views,
    rules,
    snoozing,
    steps,
    terms,
    views,
)
from app.screening.models import Hit, Rule, RuleVersion
from app.screening.reviews import MAX_REASON
from app.screening.routes import ScreenedOut
from app.screening.rule_schemas import (
    CheckOut,
    DraftedOut,
    DraftIn,
    EventOut,
    FactOut,
    RulesOut,
    StepIn,
    TextIn,
    UrgentIn,
    VersionOut,
    doubts_out,
    rule_out,
)
from app.travel.views import expect_passenger_at

router = APIRouter(tags=["rules"])

ReaderDep = Annotated[SignedIn, Depends(require(Permission.VIEW_RULES))]
AuthorDep = Annotated[SignedIn, Depends(require(Permission.AUTHOR_RULE))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]


@router.get("/rules/catalogue")
def list_facts(
    kernel: KernelDep, who: ReaderDep, q: Annotated[str, Query(max_length=80)] = ""
) -> list[FactOut]:
    """Every fact that a rule may read, with type, unit, source, sensitivity and how often it is missing."""
    del who
    with kernel.database.read() as session:
        return [FactOut.model_validate(one) for one in editing.catalogue(session, q)]


@router.get("/rules")
def list_rules(kernel: KernelDep, who: ReaderDep) -> RulesOut:
    """Of each rule the newest version, and those that are active, in shadow or wait for a signature."""
    del who
    with kernel.database.read() as session:
        ruleset = rules.current_ruleset(session)
        force = rules.compiled(session, ruleset)
        law = rules.profile_of(ruleset).jurisdiction.key
        found = [rule_out(*row) for row in rules.list_rules(session)]
    own = {one.key for one in found}
    return RulesOut(
        ruleset=ruleset.id, n=ruleset.n, jurisdiction=law,
        broken=[key for key in force.broken if key in own],
        refused=[key for key in force.refused if key in own], rules=found,
    )  # fmt: skip


@router.get("/rules/{key}")
def read_rule(key: str, kernel: KernelDep, who: ReaderDep) -> list[VersionOut]:
    """All versions of a rule with their steps, the newest first."""
    del who
    with kernel.database.read() as session:
        return _versions(session, key)


@router.post("/rules/check")
def check(body: TextIn, kernel: KernelDep, who: AuthorDep) -> CheckOut:
    """What the checker says of a text; nothing is kept."""
    del who
    with kernel.database.read() as session:
        found = editing.check(session, body.text, body.purpose, body.legal_basis)
    start = len(found.before)
    return CheckOut(
        fits=found.fits, code=found.code, message=found.error, aloud=found.aloud,
        span=None if found.fits else (start, start + len(found.marked)),
        sources=list(found.sources), protected=found.protected, warnings=doubts_out(found.doubts),
    )  # fmt: skip


@router.post("/rules", status_code=201)
def draft(
    body: DraftIn, kernel: KernelDep, who: AuthorDep, key: IdempotencyKey = None
) -> DraftedOut:
    """Keep a draft; a draft of the same officer that it replaces is retired."""
    return _made(kernel, who, body, key, "")


@router.post("/rules/urgent", status_code=201)
def act_urgently(
    body: UrgentIn, kernel: KernelDep, who: AuthorDep, key: IdempotencyKey = None
) -> DraftedOut:
    """A rule that acts at once on one signature, for a day; somebody else looks at it after."""
    return _made(kernel, who, body, key, body.note)


def _made(kernel: Kernel, who: SignedIn, body: DraftIn, key: str | None, urgent: str) -> DraftedOut:
    request = f"rule {type(body).__name__} {body.model_dump_json()}".encode()
    now = kernel.clock()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            if urgent:
                legal = who.may(Permission.APPROVE_PROTECTED)
                version, _ = terms.act_urgently(
                    session, who.actor, body.draft(), urgent, now, legal=legal
                )
            else:
                version = lifecycle.draft_version(session, who.actor, body.draft(), now)
            idempotency.settle(session, claimed, version.id)
        else:
            version = session.get_one(RuleVersion, claimed.result)
        told = rule_out(body.key, session.get_one(Rule, version.rule_id).owner, version)
        return DraftedOut(
            **told.model_dump(), warnings=doubts_out(doubts.doubts_of(session, version))
        )


@router.post("/rules/{key}/versions/{n}/{step}")
def take_step(
    key: str, n: Annotated[int, Field(ge=1, le=99999)], step: steps.Step, body: StepIn,
    kernel: KernelDep, who: ReaderDep,
) -> VersionOut:  # fmt: skip
    """Submit, approve, reject, shadow, activate, continue, suspend or retire a version."""
    said = steps.Said(body.note, body.until or date.min, body.backtest)
    with kernel.database.transaction() as session:
        version = steps.version_of(session, key, n)
        steps.take(session, who, version, step, said, kernel.clock())
        return next(one for one in _versions(session, key) if one.rule.id == version)


def _versions(session: Session, key: str) -> list[VersionOut]:
    found = rule_views.read_rule(session, key)
    return [
        VersionOut(
            rule=rule_out(found.key, found.owner, one.version), author_id=one.version.author_id,
            warnings=doubts_out(doubts.doubts_of(session, one.version)),
            awaits_review=one.awaits_review, shadow_hits=one.shadow[0],
            shadow_undecided=one.shadow[1],
            events=[EventOut.model_validate(event) for event in one.events],
        )
        for one in found.versions
    ]  # fmt: skip


class SnoozeIn(In):
    """Until when a rule rests for the traveller of a hit, and why."""

    until: date
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]


@router.post("/hits/{hit_id}/snooze")
def snooze(
    hit_id: UUID, body: SnoozeIn, kernel: KernelDep, who: ReviewerDep, key: IdempotencyKey = None
) -> ScreenedOut:
    """Let the rule of a hit count nothing for its traveller on flights up to a day; how the passenger stands."""
    request, now = f"snooze {hit_id} {body.model_dump_json()}".encode(), kernel.clock()
    with kernel.database.transaction() as session:
        passenger_id = _passenger_of(session, hit_id, who)
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            made = snoozing.snooze_rule(
                session, kernel.vault, who.actor, hit_id, body.until, body.reason, now
            )
            idempotency.settle(session, claimed, made)
        return _screened(session, passenger_id, who)


@router.post("/hits/{hit_id}/wake")
def wake(hit_id: UUID, kernel: KernelDep, who: ReviewerDep) -> ScreenedOut:
    """Let a rule that rests count again."""
    with kernel.database.transaction() as session:
        passenger_id = _passenger_of(session, hit_id, who)
        snoozing.wake_rule(session, kernel.vault, who.actor, hit_id, kernel.clock())
        return _screened(session, passenger_id, who)


def _passenger_of(session: Session, hit_id: UUID, who: SignedIn) -> UUID:
    of_hit = sa.select(Hit.passenger_id).where(Hit.id == hit_id)
    expect_passenger_at(session, of_hit, who.site)
    return session.scalars(of_hit).one()


def _screened(session: Session, passenger_id: UUID, who: SignedIn) -> ScreenedOut:
    reasons = who.may(Permission.VIEW_HIT_REASON)
    return ScreenedOut.model_validate(views.dossier_hits(session, passenger_id, reasons=reasons))
