"""What the installation chooses: the share of travellers drawn by lot, and its jurisdiction."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.errors import InvalidError
from app.screening import rules
from app.screening.profiles import CONTROL_RATE, keep_jurisdiction, keep_setting
from risk_rules.jurisdiction import Jurisdiction


def set_control_rate(session: Session, actor: Actor, rate: float, now: datetime) -> None:
    """Draw ``rate`` (0 to 1) of the travellers, of those still to arrive too. Raises InvalidError."""
    if not 0 <= rate <= 1:
        raise InvalidError("a share lies between 0 and 1")
    rules.lock(session)
    keep_setting(session, CONTROL_RATE, repr(rate))
    audit.record(session, actor, "control-rate.set", "setting", None, now, rate=rate)
    rules.rewrite_ruleset(session)


def set_jurisdiction(session: Session, actor: Actor, chosen: Jurisdiction, now: datetime) -> None:
    """Decide under another profile from now on; what it refuses of the rules in force is no longer asked."""
    rules.lock(session)
    keep_jurisdiction(session, actor, chosen, now)
    rules.rewrite_ruleset(session)
