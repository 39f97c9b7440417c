"""Halls: where kiosks and lanes stand, the supervisor's switch, the site's policy."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.gate.case import PolicyError, read_policy
from app.gate.models import Hall, HallMode, HallSteps
from app.kernel import events
from app.kernel.errors import EgateError, NotFoundError
from app.kernel.texts import N_

STRICT: Mapping[str, Any] = MappingProxyType({})
"""What a new hall starts with: what a policy does not name is the strict default of :mod:`app.gate.case`."""

WITHOUT_READERS: Mapping[str, Any] = MappingProxyType(
    {
        "chip_required": False,
        "face_required": False,
        "counters": {"identity": "A", "goods": "B", "kiosk": "K"},
    }
)
"""For halls whose devices have no such readers: it says openly that chip and face are not read, and every
presentation stores what was not read.
"""


class HallPolicyError(EgateError):
    """The policy has an unknown key or a value of the wrong type; ``detail`` names the key."""

    code, status, title = "policy-invalid", 422, N_("This policy cannot be used")


def create_hall(
    session: Session,
    site: str,
    name: str,
    steps: HallSteps,
    now: datetime,
    policy: Mapping[str, Any] = STRICT,
) -> Hall:
    """Add a hall in normal mode. Raises :class:`HallPolicyError`."""
    hall = Hall(
        site=site, name=name, steps=steps, mode=HallMode.NORMAL, policy=_checked(policy), version=1
    )
    session.add(hall)
    session.flush()
    events.emit(session, "hall.changed", hall.id, version=hall.version, site=site)
    audit.record(session, SYSTEM, "hall.create", "hall", hall.id, now, steps=str(steps))
    return hall


def find_hall(session: Session, name: str) -> Hall | None:
    """The hall of this name."""
    return session.scalar(sa.select(Hall).where(Hall.name == name))


def list_halls(session: Session, site: str) -> Sequence[Hall]:
    """The halls of a site, by name."""
    return session.scalars(sa.select(Hall).where(Hall.site == site).order_by(Hall.name)).all()


def hall_of(session: Session, site: str, hall_id: UUID) -> Hall:
    """A hall of the site. Raises NotFoundError, also for another site's."""
    hall = session.get(Hall, hall_id)
    if hall is None or hall.site != site:
        raise NotFoundError
    return hall


def switch_mode(
    session: Session, actor: Actor, site: str, hall_id: UUID, mode: HallMode, now: datetime
) -> Hall:
    """The supervisor's switch: it acts on the very next decision and on clearances not yet used.

    Raises NotFoundError, also for a hall of another site.
    """
    hall = _locked(session, site, hall_id)
    if hall.mode is not mode:
        before, hall.mode = hall.mode, mode
        _changed(session, hall)
        audit.record(
            session, actor, "hall.switch", "hall", hall.id, now, mode=str(mode), before=str(before)
        )
    return hall


def set_policy(
    session: Session,
    actor: Actor,
    site: str,
    hall_id: UUID,
    policy: Mapping[str, Any],
    now: datetime,
) -> Hall:
    """Replace a hall's policy. Raises :class:`HallPolicyError` and NotFoundError."""
    hall = _locked(session, site, hall_id)
    hall.policy = _checked(policy)
    _changed(session, hall)
    audit.record(session, actor, "hall.policy", "hall", hall.id, now, policy=dict(policy))
    return hall


def set_terminal(session: Session, actor: Actor, hall: Hall, terminal: str, now: datetime) -> None:
    """Say in which terminal a hall is; '' where there is one only. Officers of a terminal see its halls."""
    hall.terminal = terminal.strip()
    _changed(session, hall)
    audit.record(session, actor, "hall.terminal", "hall", hall.id, now, terminal=hall.terminal)


def _checked(policy: Mapping[str, Any]) -> dict[str, Any]:
    try:
        read_policy(policy)
    except PolicyError as error:
        raise HallPolicyError(str(error)) from error
    return dict(policy)


def _locked(session: Session, site: str, hall_id: UUID) -> Hall:
    hall = session.get(Hall, hall_id, with_for_update=True, populate_existing=True)
    if hall is None or hall.site != site:
        raise NotFoundError
    return hall


def _changed(session: Session, hall: Hall) -> None:
    hall.version += 1
    session.flush()
    events.emit(session, "hall.changed", hall.id, version=hall.version, site=hall.site)
