"""HTTP routes of machines: enrolment by code, heartbeats, the change of keys; the administrator's actions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from app.gate import machines
from app.gate.models import HallMode, HallSteps
from app.identity import enrolment
from app.identity.enrolment import CodeRefusedError, KeyRefusedError, Wanted, decoded
from app.identity.http import DeviceDep, require
from app.identity.models import DeviceKind
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.kernel.schemas import In, Out
from app.notices.board import board_of
from app.notices.models import Audience, NoticeKind

router = APIRouter(tags=["devices"])
AdminDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_DEVICES))]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w .-]+$")]
Bytes = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
Part = Annotated[str, Field(max_length=30, pattern=r"^[a-z0-9-]+$")]


class EnrolIn(In):
    """The device's own public key (32 bytes, base64url), and its signature over name and code."""

    name: Name
    code: Annotated[str, Field(max_length=60)]
    public_key: Bytes
    proof: Bytes


class EnrolledOut(Out):
    """What the device is from now on; its key it has itself."""

    device: UUID
    kind: DeviceKind
    name: str
    hall: str
    steps: HallSteps
    assisted: bool


class BeatIn(In):
    """How a device is. ``tests``: each self-test and whether it passed; ``list_age`` in seconds."""

    version: Annotated[str, Field(max_length=40, pattern=r"^[\w.+-]*$")]
    state: Part
    tests: Annotated[dict[Part, bool], Field(max_length=20)]
    list_age: Annotated[int | None, Field(ge=0, le=10**9)] = None


class SaidOut(Out):
    """A notice in one language."""

    title: str
    body: str


class TellOut(Out):
    """A notice for the screen, in every language."""

    kind: NoticeKind
    texts: dict[str, SaidOut]


class BeatOut(Out):
    """The mode of the hall, the age from which it has faces compared, whether the device is to change its key, and what
    its screen tells everybody.
    """

    mode: HallMode
    policy_age: int
    rotate: bool
    notices: list[TellOut]


class RotateIn(In):
    """A new public key, signed by its own private half and by the old key."""

    public_key: Bytes
    proof: Bytes
    by_old: Bytes


@router.post("/devices/enrol", status_code=201)
def post_enrol(kernel: KernelDep, body: EnrolIn) -> EnrolledOut:
    """Enrol by a one-time code. A wrong one uses up a try, which is kept before it is refused."""
    public_key, proof = _bytes(body.public_key), _bytes(body.proof)
    with kernel.database.transaction() as session:
        found = machines.use_code(
            session, body.name, body.code, public_key, proof, kernel.clock()
        )  # fmt: skip
    if found is None:
        raise CodeRefusedError
    device, hall = found
    return EnrolledOut(
        device=device.id, kind=device.kind, name=device.name, hall=hall.name, steps=hall.steps,
        assisted=device.assisted,
    )  # fmt: skip


@router.post("/devices/heartbeat")
def post_heartbeat(kernel: KernelDep, device: DeviceDep, body: BeatIn) -> BeatOut:
    """The calling device is alive."""
    with kernel.database.transaction() as session:
        told = machines.Beat(**dict(body))
        heard = machines.beat(session, device, told, kernel.clock())
    posted = board_of(kernel).standing(Audience.KIOSKS, heard.site)
    return BeatOut(
        mode=heard.mode, policy_age=heard.policy_age, rotate=heard.rotate,
        notices=[TellOut.model_validate(one) for one in posted],
    )  # fmt: skip


@router.post("/devices/keys", status_code=204)
def post_key(kernel: KernelDep, device: DeviceDep, body: RotateIn) -> Response:
    """The calling device changes its key; the old one ends after a grace."""
    public_key, proof, by_old = _bytes(body.public_key), _bytes(body.proof), _bytes(body.by_old)
    with kernel.database.transaction() as session:
        enrolment.rotate(session, device.id, public_key, proof, by_old, kernel.clock())
    return Response(status_code=204)


def _bytes(text: str) -> bytes:
    try:
        return decoded(text)
    except ValueError:
        raise KeyRefusedError from None


# --- administrators -------------------------------------------------------------------------------


class CodeIn(In):
    """The device that the code is for."""

    name: Name
    kind: DeviceKind
    hall_id: UUID
    assisted: bool = False


class CodeOut(Out):
    """The code, shown this once."""

    code: str
    minutes: int


class MachineOut(Out):
    """A device; what it has not said is None."""

    id: UUID
    name: str
    kind: DeviceKind
    hall: str
    assisted: bool
    disabled_at: datetime | None
    seen_at: datetime | None
    version: str | None
    state: str | None
    tests: dict[str, bool] | None
    list_age: int | None


class MachinesOut(Out):
    """The devices of a site."""

    devices: list[MachineOut]


@router.get("/devices")
def get_devices(kernel: KernelDep, who: AdminDep) -> MachinesOut:
    """The devices of the officer's site."""
    with kernel.database.read() as session:
        return MachinesOut(devices=[_out(one) for one in machines.read_machines(session, who.site)])


def _out(one: machines.Machine) -> MachineOut:
    device, health = one.device, one.health
    return MachineOut(
        id=device.id, name=device.name, kind=device.kind, hall=one.hall, assisted=device.assisted,
        disabled_at=device.disabled_at, seen_at=health.seen_at if health else None,
        version=health.version if health else None, state=health.state if health else None,
        tests=health.tests if health else None, list_age=health.list_age if health else None,
    )  # fmt: skip


@router.post("/devices/codes", status_code=201)
def post_code(kernel: KernelDep, who: AdminDep, body: CodeIn) -> CodeOut:
    """A one-time code for a new device, or for a new key of one that is there."""
    wanted = Wanted(body.name, body.kind, body.hall_id, body.assisted)
    with kernel.database.transaction() as session:
        code = machines.make_code(session, who.actor, who.site, wanted, kernel.clock())
    return CodeOut(code=code, minutes=int(enrolment.CODE_LIFE.total_seconds() // 60))


@router.post("/devices/{device_id}/disable", status_code=204)
def post_disable(kernel: KernelDep, who: AdminDep, device_id: UUID) -> Response:
    """Shut a device out at once."""
    with kernel.database.transaction() as session:
        machines.disable(session, who.actor, who.site, device_id, kernel.clock())
    return Response(status_code=204)


@router.post("/devices/{device_id}/enable", status_code=204)
def post_enable(kernel: KernelDep, who: AdminDep, device_id: UUID) -> Response:
    """Let a device in again."""
    with kernel.database.transaction() as session:
        machines.enable(session, who.actor, who.site, device_id, kernel.clock())
    return Response(status_code=204)


@router.post("/devices/{device_id}/rotation", status_code=204)
def post_rotation(kernel: KernelDep, who: AdminDep, device_id: UUID) -> Response:
    """Have a device change its key."""
    with kernel.database.transaction() as session:
        machines.ask_rotation(session, who.actor, who.site, device_id, kernel.clock())
    return Response(status_code=204)
