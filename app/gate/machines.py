"""Kiosks and lanes as machines: enrolled for a hall, heard of, missed, shut out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.gate.case import read_policy
from app.gate.models import Clearance, Hall, HallMode, Presentation
from app.identity import devices, enrolment
from app.identity.devices import EnrolledDevice
from app.identity.models import Device, DeviceHealth
from app.kernel import events
from app.kernel.errors import NotFoundError
from app.kernel.ids import uuid7
from app.referrals.service import raise_alert

SILENCE = timedelta(seconds=60)
"""A device that was heard of and is not any more is missed after so long; it beats every fifteen seconds."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a device says of itself. ``list_age``: of its trust list, in seconds; None where it has none."""

    version: str
    state: str
    tests: Mapping[str, bool]
    list_age: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device is told in return: where it stands, its hall's mode and the age from which it has faces compared,
    and whether it is to change its key.
    """

    mode: HallMode
    policy_age: int
    rotate: bool
    site: str


def beat(session: Session, device: EnrolledDevice, told: Beat, now: datetime) -> Heard:
    """A device is alive. A self-test that has begun to fail is told to officers, once."""
    hall = session.get_one(Hall, device.hall_id)
    row = session.get_one(Device, device.id)
    before = session.scalar(sa.select(DeviceHealth).where(DeviceHealth.device_id == device.id))
    values = {
        "seen_at": now, "version": told.version, "state": told.state, "tests": dict(told.tests),
        "list_age": told.list_age, "silent_since": None,
    }  # fmt: skip
    made = insert(DeviceHealth).values(id=uuid7(), device_id=device.id, **values)
    session.execute(made.on_conflict_do_update(index_elements=["device_id"], set_=values))
    was = before.tests if before else {}
    if any(not passed and was.get(name, True) for name, passed in told.tests.items()):
        raise_alert(
            session, device.actor, site=hall.site, hall_id=hall.id, device_id=device.id,
            reason="device-self-test", now=now,
        )  # fmt: skip
    return Heard(
        hall.mode, read_policy(hall.policy).policy_age, row.rotation_asked_at is not None, hall.site
    )  # fmt: skip


def miss_silent(session: Session, now: datetime) -> int:
    """Tell officers of each device that has fallen silent, once for each silence; how many there were."""
    rows = session.execute(
        sa.select(DeviceHealth, Device.hall_id)
        .join(Device, Device.id == DeviceHealth.device_id)
        .where(
            DeviceHealth.seen_at < now - SILENCE, DeviceHealth.silent_since.is_(None),
            Device.disabled_at.is_(None),
        )
        .with_for_update(of=DeviceHealth, skip_locked=True)
    ).all()  # fmt: skip
    for health, hall_id in rows:
        health.silent_since = now
        hall = session.get_one(Hall, hall_id)
        session.flush()
        raise_alert(
            session, SYSTEM, site=hall.site, hall_id=hall.id, device_id=health.device_id,
            reason="device-silent", now=now,
        )  # fmt: skip
        audit.record(session, SYSTEM, "device.silent", "device", health.device_id, now)
    return len(rows)


# --- administrators -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Machine:
    """A device with what it last said; None: it has never said anything."""

    device: Device
    hall: str
    health: DeviceHealth | None


def read_machines(session: Session, site: str) -> Sequence[Machine]:
    """The devices of a site by hall and name, those that are shut out last."""
    rows = session.execute(
        sa.select(Device, Hall.name, DeviceHealth)
        .join(Hall, Hall.id == Device.hall_id)
        .outerjoin(DeviceHealth, DeviceHealth.device_id == Device.id)
        .where(Hall.site == site)
        .order_by(Device.disabled_at.is_not(None), Hall.name, Device.name)
    )
    return [Machine(device, hall, health) for device, hall, health in rows]


def make_code(
    session: Session, actor: Actor, site: str, wanted: enrolment.Wanted, now: datetime
) -> str:
    """A one-time code for a device of a hall of the site. Raises NotFoundError and ConflictError."""
    hall = session.get(Hall, wanted.hall_id)
    if hall is None or hall.site != site:
        raise NotFoundError
    return enrolment.make_code(session, actor, wanted, now)


def disable(session: Session, actor: Actor, site: str, device_id: UUID, now: datetime) -> None:
    """Shut a device out: its tokens end with this transaction, and so does what it was allowed to let through."""
    device = _at(session, site, device_id)
    devices.disable(session, device.id, now, actor)
    shown = sa.select(Presentation.id).where(Presentation.device_id == device.id)
    session.execute(
        sa.update(Clearance)
        .where(
            Clearance.presentation_id.in_(shown), Clearance.consumed_at.is_(None),
            Clearance.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_because="device-disabled")
    )  # fmt: skip
    events.emit(session, "device.changed", device.id, site=site)


def enable(session: Session, actor: Actor, site: str, device_id: UUID, now: datetime) -> None:
    """Let a device in again with its keys; one whose key may be known to others is enrolled anew instead."""
    device = _at(session, site, device_id)
    devices.enable(session, device.id, now, actor)
    session.execute(sa.delete(DeviceHealth).where(DeviceHealth.device_id == device.id))
    events.emit(session, "device.changed", device.id, site=site)


def ask_rotation(session: Session, actor: Actor, site: str, device_id: UUID, now: datetime) -> None:
    """Have a device change its key at its next heartbeat."""
    device = _at(session, site, device_id)
    device.rotation_asked_at = now
    session.flush()
    audit.record(session, actor, "device.ask-rotation", "device", device.id, now)


def _at(session: Session, site: str, device_id: UUID) -> Device:
    device = session.get(Device, device_id, with_for_update={"key_share": True})
    hall = session.get(Hall, device.hall_id) if device else None
    if device is None or hall is None or hall.site != site:
        raise NotFoundError
    return device


def use_code(
    session: Session, name: str, code: str, public_key: bytes, proof: bytes, now: datetime
) -> tuple[Device, Hall] | None:
    """Enrol a device by its code; None when that is refused, which is to be committed like anything else."""
    device = enrolment.use_code(session, name, code, public_key, proof, now)
    if device is None:
        return None
    hall = session.get_one(Hall, device.hall_id)
    events.emit(session, "device.changed", device.id, site=hall.site)
    return device, hall
