"""What a rule asks beside who somebody is, weighed on the people assessed last (:mod:`risk_rules.language.weigh`)."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.screening.models import Assessment
from app.screening.rules import RuleInvalidError, managed_lists
from app.screening.views import is_withheld
from risk_rules.facts import CATALOGUE, restore
from risk_rules.language import Rule as Condition
from risk_rules.language import RuleError
from risk_rules.language.weigh import reads_protected, weigh
from risk_rules.score import Scope

RECENT = 5000
"""How many of the people assessed last are asked."""

_SCOPED = ("flight.destination", "flight.origin", "flight.carrier", "flight.date")


def is_weak(session: Session, rule: Condition, scope: Scope, legal_basis: str = "") -> bool:
    """Whether a rule rests on protected facts: by what its text says, or by what journeys are like.

    With a ``legal_basis`` a legal approver decides; without one raises RuleInvalidError `no_ground` or
    `too_few_to_judge`.
    """
    if rule.on_protected or not reads_protected(rule.tree):
        return rule.on_protected
    try:
        weigh(rule.text, rule.tree, managed_lists(), _people(session, rule, scope))
    except RuleError as error:
        if not legal_basis.strip():
            raise RuleInvalidError(error) from error
        return True
    return False


def _people(session: Session, rule: Condition, scope: Scope) -> list[dict[str, Any]]:
    """Records of those whom the rule would be asked about, with what it reads alone; whenever it is valid. Those who
    are being examined in full are left out: a share before and after would tell of one of them.
    """
    names = rule.reads().union(_SCOPED)
    where = replace(scope, valid_from=None, valid_to=None)
    stored = session.scalars(
        sa.select(Assessment.facts)
        .where(Assessment.is_current, ~is_withheld(Assessment.passenger_id.expression))
        .order_by(Assessment.id.desc())
        .limit(RECENT)
    )
    asked = CATALOGUE.only(names)
    found = (restore({name: one[name] for name in names if name in one}, asked) for one in stored)
    return [one for one in found if where.covers(one)]
