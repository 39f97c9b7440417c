"""When a lane calls the hall's staff, and when that call is over.

A lane calls by what happens to it and by standing out of service, however it came to: one technical referral for each
lane (:func:`app.referrals.service.raise_alert`), which gathers what is told until it is closed. It is over when somebody
resets the lane, at the console or by its key, for whoever does so stands before it; or when an officer closes it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.formats.lane import DOOR_TESTS, LaneNote, LaneState
from app.gate.lane_models import LaneOrder
from app.gate.models import Hall
from app.identity.devices import EnrolledDevice
from app.identity.models import DeviceHealth
from app.referrals.service import close_alert, raise_alert

ALARMING = frozenset(
    {LaneNote.SECOND, LaneNote.TAILGATING, LaneNote.REVERSE, LaneNote.FORCED, LaneNote.BLOCKED,
     LaneNote.DOOR_FAULT, LaneNote.FAULT, LaneNote.OFFLINE, LaneNote.POWER_LOST, LaneNote.FIRE,
     LaneNote.UNUSED}
)  # fmt: skip
"""What somebody has to go and look at."""

OUT_OF_SERVICE = frozenset(
    {LaneState.ALARM, LaneState.STOPPED, LaneState.RELEASED, LaneState.UNPOWERED}
)
"""States that end by a person alone, or by power that a person has to see to."""


class Note(Protocol):
    """What is asked of a note here."""

    @property
    def note(self) -> LaneNote: ...
    @property
    def state(self) -> LaneState: ...
    @property
    def order(self) -> UUID | None: ...


def tell_staff(
    session: Session,
    device: EnrolledDevice,
    hall: Hall,
    notes: Sequence[Note],
    before: LaneState | None,
    after: LaneState,
    now: datetime,
) -> None:
    """Raise and close the lane's call by what is new of it, the oldest first. ``before`` None: never heard of."""
    calls = after in OUT_OF_SERVICE and before not in OUT_OF_SERVICE
    for one in notes:
        if one.note in ALARMING:
            _call(session, device, hall, f"lane-{one.note}", now)
            calls = False
        elif _is_reset(one):
            _end(session, device, one.order, now)
            calls = after in OUT_OF_SERVICE  # it was reset and did not come back
    if calls:
        _call(session, device, hall, f"lane-{after}", now)


def _is_reset(one: Note) -> bool:
    """A lane that fire had released is stopped by the first turn of the key and comes back by the second."""
    return one.note is LaneNote.RESET and one.state not in OUT_OF_SERVICE


def _call(session: Session, device: EnrolledDevice, hall: Hall, reason: str, now: datetime) -> None:
    raise_alert(
        session, device.actor, site=hall.site, hall_id=hall.id, device_id=device.id, reason=reason,
        now=now,
    )  # fmt: skip


def _end(session: Session, device: EnrolledDevice, order: UUID | None, now: datetime) -> None:
    """The call is over, unless something beside the door still fails."""
    tests = session.scalar(sa.select(DeviceHealth.tests).where(DeviceHealth.device_id == device.id))
    if any(not passed and name not in DOOR_TESTS for name, passed in (tests or {}).items()):
        return
    by = session.scalar(
        sa.select(LaneOrder.officer_id).where(
            LaneOrder.id == order, LaneOrder.device_id == device.id
        )
    )
    close_alert(session, device.actor, device.id, now, by=by)
