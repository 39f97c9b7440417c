"""Lanes: what their agents report, and how an officer's order reaches a lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.formats.lane import LaneNote, LaneState, LaneWord
from app.gate.lane_calls import tell_staff
from app.gate.lane_models import LaneEvent, LaneOrder, LaneStatus
from app.gate.models import Hall, HallMode, HallSteps
from app.identity.devices import EnrolledDevice
from app.identity.models import Device, DeviceKind
from app.identity.officers import SignedIn
from app.kernel import events
from app.kernel.errors import EgateError, ForbiddenError, NotFoundError
from app.kernel.ids import uuid7
from app.kernel.texts import N_

ORDER_LIFE = timedelta(seconds=10)
"""A door that opens a minute after the officer has looked away opens for somebody else."""
MOST_PEOPLE = 6
BACKDATED = timedelta(days=40)
FAST_CLOCK = timedelta(minutes=5)
KEPT = timedelta(days=90)


class NoDoorError(ForbiddenError):
    """A kiosk of a two-step hall has no door."""

    code, status, title = "no-door", 403, N_("This device has no door")


class NotAssistedError(EgateError):
    """Several people at once go through a lane that was enrolled as an assisted one."""

    code, status, title = "not-assisted", 422, N_("This lane lets in one person at a time")


@dataclass(frozen=True, slots=True)
class Told:
    """A lane's state as its agent tells it."""

    state: LaneState
    door: str
    stop_due: bool
    people: int


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that happened, by the agent's clock."""

    key: UUID
    note: LaneNote
    state: LaneState
    people: int
    order: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Orders:
    """What a lane has to know: its hall's mode, and the orders that it takes with this answer."""

    mode: HallMode
    orders: Sequence[LaneOrder]


# --- agents ---------------------------------------------------------------------------------------


def report(
    session: Session, device: EnrolledDevice, told: Told, notes: Sequence[Noted], now: datetime
) -> int:
    """Keep a lane's state and what is new of its notes, and call the hall's staff where it has to be. The number kept."""
    hall = _hall_with_door(session, device)
    before = session.scalar(sa.select(LaneStatus.state).where(LaneStatus.device_id == device.id))
    _tell(session, device, told, hall.site, now)
    fresh = [note for note in notes if _keep(session, device, note, now)]
    for note in fresh:
        audit.record(
            session, device.actor, f"lane.{note.note}", "device", device.id, now,
            state=str(note.state), people=note.people, order=str(note.order) if note.order else None,
        )  # fmt: skip
    tell_staff(session, device, hall, fresh, before, told.state, now)
    return len(fresh)


def _tell(session: Session, device: EnrolledDevice, told: Told, site: str, now: datetime) -> None:
    values = {
        "state": told.state, "door": told.door, "stop_due": told.stop_due, "people": told.people,
        "told_at": now,
    }  # fmt: skip
    statement = insert(LaneStatus).values(id=uuid7(), device_id=device.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=values))
    events.emit(session, "lane.changed", device.id, site=site)


def _keep(session: Session, device: EnrolledDevice, note: Noted, now: datetime) -> bool:
    at = note.at if now - BACKDATED < note.at < now + FAST_CLOCK else now
    statement = insert(LaneEvent).values(
        id=uuid7(), device_id=device.id, key=note.key, note=note.note, state=note.state,
        people=note.people, order_id=note.order, happened_at=at,
    )  # fmt: skip
    made = statement.on_conflict_do_nothing(index_elements=["device_id", "key"])
    return session.execute(made.returning(LaneEvent.id)).scalar() is not None


def take_orders(session: Session, device: EnrolledDevice, now: datetime) -> Orders:
    """The orders that wait for this lane, each given away once; those that are too old are not given at all."""
    hall = _hall_with_door(session, device)
    waiting = (
        sa.update(LaneOrder)
        .where(
            LaneOrder.device_id == device.id, LaneOrder.taken_at.is_(None),
            LaneOrder.expires_at > now,
        )
        .values(taken_at=now)
        .returning(LaneOrder)
    )  # fmt: skip
    taken = sorted(session.scalars(waiting).all(), key=lambda one: one.id)
    return Orders(hall.mode, taken)


def waits(session: Session, device: EnrolledDevice, mode: HallMode, now: datetime) -> bool:
    """Whether there is nothing new for a lane that knows its hall to be in ``mode``."""
    hall = _hall_with_door(session, device)
    found = sa.select(LaneOrder.id).where(
        LaneOrder.device_id == device.id, LaneOrder.taken_at.is_(None), LaneOrder.expires_at > now
    )
    return hall.mode is mode and session.scalar(found.limit(1)) is None


def _hall_with_door(session: Session, device: EnrolledDevice) -> Hall:
    hall = session.get_one(Hall, device.hall_id)
    if device.kind is not DeviceKind.LANE and hall.steps is not HallSteps.ONE:
        raise NoDoorError
    return hall


# --- officers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane with its last words; None where it has not said anything yet."""

    device: Device
    status: LaneStatus | None
    latest: Sequence[LaneEvent]


@dataclass(frozen=True, slots=True)
class HallView:
    """A hall with its lanes, by name."""

    hall: Hall
    lanes: Sequence[LaneView]


def read_halls(session: Session, site: str, latest: int = 5) -> list[HallView]:
    """The halls of a site with their lanes, each with its latest events."""
    halls = session.scalars(sa.select(Hall).where(Hall.site == site).order_by(Hall.name)).all()
    rows = session.execute(
        sa.select(Device, LaneStatus)
        .outerjoin(LaneStatus, LaneStatus.device_id == Device.id)
        .where(Device.hall_id.in_([hall.id for hall in halls]), Device.disabled_at.is_(None))
        .order_by(Device.name)
    ).all()
    lately = _latest(session, [device.id for device, _ in rows], latest)
    return [
        HallView(
            hall,
            [
                LaneView(device, status, lately.get(device.id, ()))
                for device, status in rows
                if device.hall_id == hall.id and has_door(device, hall)
            ],
        )
        for hall in halls
    ]


def has_door(device: Device, hall: Hall) -> bool:
    """Lanes have one, and the kiosks of a one-step hall."""
    return device.kind is DeviceKind.LANE or hall.steps is HallSteps.ONE


def _latest(
    session: Session, devices: Sequence[UUID], count: int
) -> dict[UUID, Sequence[LaneEvent]]:
    found: dict[UUID, Sequence[LaneEvent]] = {}
    for device in devices:  # a hall has a handful
        query = sa.select(LaneEvent).where(LaneEvent.device_id == device)
        newest = query.order_by(LaneEvent.happened_at.desc(), LaneEvent.id.desc()).limit(count)
        found[device] = session.scalars(newest).all()
    return found


def order(
    session: Session,
    who: SignedIn,
    device_id: UUID,
    word: LaneWord,
    now: datetime,
    *,
    people: int = 1,
) -> LaneOrder:
    """An officer's order to a lane of his site. Raises NotFoundError and :class:`NotAssistedError`."""
    device = session.get(Device, device_id)
    hall = session.get(Hall, device.hall_id) if device else None
    if device is None or hall is None or hall.site != who.site or not has_door(device, hall):
        raise NotFoundError
    if people > 1 and not device.assisted:
        raise NotAssistedError
    made = LaneOrder(
        device_id=device.id, word=word, people=people, officer_id=who.officer_id,
        expires_at=now + ORDER_LIFE,
    )  # fmt: skip
    session.add(made)
    session.flush()
    events.emit(session, "lane.ordered", device.id, site=hall.site)
    audit.record(
        session, who.actor, "lane.order", "device", device.id, now,
        order=str(made.id), word=str(word), people=people,
    )  # fmt: skip
    return made


def forget_old(session: Session, now: datetime) -> int:
    """Delete what happened at lanes long ago; the audit trail has its own clock."""
    old = sa.delete(LaneEvent).where(LaneEvent.happened_at < now - KEPT).returning(LaneEvent.id)
    session.execute(sa.delete(LaneOrder).where(LaneOrder.expires_at < now - KEPT))
    return len(session.scalars(old).all())
