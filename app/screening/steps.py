"""The steps in the life of a rule version that officers take: who may take which, by page and by API alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity import scope
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import NotFoundError
from app.screening import lifecycle, terms
from app.screening.models import Rule, RuleVersion


class Step(StrEnum):
    """What can be done with a version; which of them follow from its state, the life of rules says."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SHADOW = "shadow"
    ACTIVATE = "activate"
    CONTINUE = "continue"
    SUSPEND = "suspend"
    RETIRE = "retire"


APPROVERS = frozenset({Step.APPROVE, Step.REJECT, Step.SHADOW, Step.ACTIVATE, Step.CONTINUE})
EITHER = frozenset({Step.SUSPEND, Step.RETIRE})


@dataclass(frozen=True, slots=True)
class Said:
    """What goes with a step: ``note`` is kept, ``until`` is the next day of review, ``backtest_id`` the trial
    that an author hands in or an approver has seen.
    """

    note: str = ""
    until: date = date.min
    backtest_id: UUID | None = None


def expect(who: SignedIn, step: Step) -> None:
    """Authors submit, approvers decide, both take out of force. Raises ForbiddenError and OwnWayError."""
    takes_out = step in EITHER and who.may(Permission.APPROVE_RULE)
    if not takes_out:
        who.expect(Permission.APPROVE_RULE if step in APPROVERS else Permission.AUTHOR_RULE)


def version_of(session: Session, key: str, n: int) -> UUID:
    """The id of a rule's n-th version. Raises NotFoundError."""
    found = session.scalar(
        sa.select(RuleVersion.id)
        .join(Rule, Rule.id == RuleVersion.rule_id)
        .where(Rule.key == key, RuleVersion.n == n, scope.of_purposes(RuleVersion.purpose))
    )
    if found is None:
        raise NotFoundError
    return found


def take(
    session: Session, who: SignedIn, version_id: UUID, step: Step, said: Said, now: datetime
) -> None:
    """Take a step. Raises ForbiddenError, OwnWayError and the errors of :mod:`app.screening.lifecycle` and ``terms``."""
    expect(who, step)
    _STEPS[step](session, who, version_id, said, now)


def _submit(session: Session, who: SignedIn, version: UUID, said: Said, now: datetime) -> None:
    """With the trial that is named, else the newest of the very text."""
    trial = said.backtest_id or lifecycle.newest_backtest(session, version)
    lifecycle.submit_version(session, who.actor, version, now, trial)


def _approve(session: Session, who: SignedIn, version: UUID, said: Said, now: datetime) -> None:
    lifecycle.approve_version(
        session, who.actor, version, said.note, now,
        legal=who.may(Permission.APPROVE_PROTECTED), backtest_id=said.backtest_id,
    )  # fmt: skip


def _continue(session: Session, who: SignedIn, version: UUID, said: Said, now: datetime) -> None:
    terms.continue_version(session, who.actor, version, said.until, said.note, now)


_STEPS: Mapping[Step, Callable[[Session, SignedIn, UUID, Said, datetime], Any]] = {
    Step.SUBMIT: _submit,
    Step.APPROVE: _approve,
    Step.CONTINUE: _continue,
    Step.REJECT: lambda s, who, v, w, now: lifecycle.reject_version(s, who.actor, v, w.note, now),
    Step.SHADOW: lambda s, who, v, _, now: lifecycle.shadow_version(s, who.actor, v, now),
    Step.ACTIVATE: lambda s, who, v, _, now: lifecycle.activate_version(s, who.actor, v, now),
    Step.SUSPEND: lambda s, who, v, w, now: lifecycle.suspend(s, who.actor, v, w.note, now),
    Step.RETIRE: lambda s, who, v, w, now: lifecycle.retire(s, who.actor, v, w.note, now),
}
