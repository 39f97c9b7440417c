"""Which rule versions count nothing for a traveller, and until which flight."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.screening.models import Rule, RuleVersion, Snooze


def snoozes_of(
    session: Session, travellers: Sequence[UUID]
) -> Mapping[UUID, Mapping[tuple[str, int], date]]:
    """By traveller: (key, number) of a rule version to the last day of flights; nothing asked for nobody."""
    if not travellers:
        return {}
    rows = session.execute(
        sa.select(Snooze.traveller_id, Rule.key, RuleVersion.n, Snooze.until)
        .join(RuleVersion, RuleVersion.id == Snooze.version_id)
        .join(Rule, Rule.id == RuleVersion.rule_id)
        .where(Snooze.traveller_id.in_(travellers), Snooze.lifted_at.is_(None))
    )
    found: dict[UUID, dict[tuple[str, int], date]] = defaultdict(dict)
    for traveller, key, n, until in rows:
        found[traveller][key, n] = until
    return found
