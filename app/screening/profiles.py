"""The profile in force: the jurisdiction's data with the installation's share of controls."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import Actor
from app.kernel.tables import Setting
from app.screening.judge import DEFAULT_PROFILE, Profile
from risk_rules.jurisdiction import NEUTRAL, Jurisdiction, read
from risk_rules.score import Policy

CONTROL_RATE = "control-rate"
JURISDICTION = "jurisdiction"


def current_profile(session: Session) -> Profile:
    """The jurisdiction of this installation (neutral until one is chosen) with its own share of controls."""
    stored = dict(session.execute(_SETTINGS).all())
    policy = DEFAULT_PROFILE.policy
    if CONTROL_RATE in stored:
        policy = Policy(control_rate=float(stored[CONTROL_RATE]))
    chosen = read(json.loads(stored[JURISDICTION])) if JURISDICTION in stored else NEUTRAL
    return Profile(policy, chosen)


_SETTINGS = sa.select(Setting.key, Setting.value).where(
    Setting.key.in_([CONTROL_RATE, JURISDICTION])
)


def keep_setting(session: Session, key: str, value: str) -> None:
    """Write a setting down, in place of what it was."""
    put = insert(Setting).values(key=key, value=value)
    session.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def keep_jurisdiction(session: Session, actor: Actor, chosen: Jurisdiction, now: datetime) -> None:
    """Put a profile in the place of the one in force; audited by its name."""
    keep_setting(session, JURISDICTION, json.dumps(chosen.as_json(), sort_keys=True))
    audit.record(session, actor, "jurisdiction.set", "setting", None, now, profile=chosen.key)


def as_json(profile: Profile) -> dict[str, Any]:
    """A profile as a rule set names it."""
    return {"policy": asdict(profile.policy), "jurisdiction": profile.jurisdiction.as_json()}


def of_json(content: Mapping[str, Any]) -> Profile:
    """The profile that a rule set names. Raises JurisdictionError and KeyError."""
    return Profile(Policy(**content["policy"]), read(content["jurisdiction"]))
