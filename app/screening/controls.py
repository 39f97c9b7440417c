"""The share of travellers drawn by lot for a full examination: set by the installation, audited."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.errors import InvalidError
from app.kernel.tables import Setting
from app.screening.judge import DEFAULT_PROFILE, Profile
from risk_rules.score import Policy

_KEY = "control-rate"


def current_profile(session: Session) -> Profile:
    """The profile of this installation: the default one with its own share of controls."""
    stored = session.scalar(sa.select(Setting.value).where(Setting.key == _KEY))
    if stored is None:
        return DEFAULT_PROFILE
    return Profile(policy=Policy(control_rate=float(stored)))


def set_control_rate(session: Session, actor: Actor, rate: float, now: datetime) -> None:
    """Draw ``rate`` (0 to 1) of the travellers from their next assessment on. Raises InvalidError."""
    if not 0 <= rate <= 1:
        raise InvalidError("a share lies between 0 and 1")
    put = insert(Setting).values(key=_KEY, value=repr(rate))
    session.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": repr(rate)}))
    audit.record(session, actor, "control-rate.set", "setting", None, now, rate=rate)
