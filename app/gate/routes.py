"""HTTP routes of the gate: presentations and passages by devices; halls and releases by officers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.formats.credential import pasted
from app.gate import halls, holds, passages, presentations
from app.gate.case import Chip, Face
from app.gate.decide import Answer
from app.gate.models import Hall, HallMode, HallSteps
from app.gate.pool import GatePool
from app.gate.presentations import Call, View
from app.gate.privilege import LONGEST, Grounds
from app.gate.reading import Given
from app.identity.http import DeviceDep, bearer, require, still_enrolled
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.admission import let_in
from app.kernel.errors import InvalidError, UnavailableError
from app.kernel.events import Hint
from app.kernel.http import IdempotencyKey, KernelDep, body_up_to, field_problem
from app.kernel.schemas import In, Out
from app.referrals import service as referrals
from app.referrals.kinds import WhyNot
from app.referrals.waivers import MOST_SAID, Waiver

MAX_BODY = 16 * 1024
MAX_WAIT = 30.0
GLANCE_SECONDS = 1.0


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """The gate's connections live as long as the program."""
    app.state.gate = pool = GatePool(app.state.kernel)
    await pool.open()
    try:
        yield
    finally:
        await pool.close()


router = APIRouter(tags=["gate"], lifespan=connected)


async def get_gate(request: Request) -> GatePool:
    """Not ``def``: what waits for nothing needs no thread."""
    pool: GatePool = request.app.state.gate
    return pool


GateDep = Annotated[GatePool, Depends(get_gate)]
QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
SupervisorDep = Annotated[SignedIn, Depends(require(Permission.SWITCH_HALL))]


ChipChecks = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z-]{1,30}$")],
        Annotated[str, Field(pattern=r"^(passed|failed|unknown)(:[a-z0-9-]{1,30})?$")],
    ],
    Field(max_length=12),
]
"""How each check of passive and active authentication went: `passed`, `failed:dg2`, `unknown:no-list`."""


class ReadingsIn(In):
    """What the agent's hardware made of chip and face, and how it got there. ``face_look_threshold``: from there to
    ``face_threshold`` an officer looks; ``face_end``: why a comparison that had begun came to no end; ``face_margin`` and ``face_gallery``: how much nearer than the next of
    how many a face was that a lane found among many; ``model``: SHA-256 of the network.
    """

    chip: Chip = Chip.NOT_READ
    face: Face = Face.NOT_CHECKED
    healthy: bool = True
    chip_checks: ChipChecks | None = None
    tries: int | None = Field(default=None, ge=0, le=100)
    face_score: float | None = Field(default=None, ge=-1, le=1)
    face_threshold: float | None = Field(default=None, ge=-1, le=1)
    face_look_threshold: float | None = Field(default=None, ge=-1, le=1)
    face_tries: int | None = Field(default=None, ge=0, le=100)
    face_end: str | None = Field(default=None, pattern="^(declined|time-over|left)$")
    face_margin: float | None = Field(default=None, ge=0, le=2)
    face_gallery: int | None = Field(default=None, ge=0, le=1000)
    model: str | None = Field(default=None, max_length=64, pattern=r"^[0-9A-Za-z._-]*$")

    def details(self) -> dict[str, Any]:
        """What is stored beside chip and face."""
        return self.model_dump(exclude={"chip", "face", "healthy"}, exclude_none=True)


class PresentationIn(In):
    """A traveller at a device: code and passport lines as read; ``step`` is what the device believes.

    ``registration``: instead of both, at a lane, of a traveller whom it knew by the face (`GET /lane/faces`).
    """

    credential: str | None = Field(default=None, max_length=4096)
    mrz: str | None = Field(default=None, max_length=120)
    readings: ReadingsIn = ReadingsIn()
    step: str | None = Field(default=None, pattern="^(register|pass)$")
    registration: UUID | None = None

    as_read: ClassVar[frozenset[str]] = frozenset({"credential", "mrz"})


T = TypeVar("T", bound=In)
MOST_OTHERS = 9
"""A declaration names a family of up to ten."""


class PresentationOut(Out):
    """What to show. Nothing in it tells a flagged traveller from another. ``whose``: with the advice
    ``code-of-party``, the given names of the fellow traveller whose code was shown. ``party_left``: how many of
    the declaration have not shown their passport in this hall today; the device asks for the next one.
    """

    id: UUID
    answer: Answer
    counter: str | None
    advice: str | None
    whose: str | None
    party_left: int
    path: list[str]
    hold_seconds: float | None
    clearance_id: UUID | None
    expires_at: datetime | None


class PassageIn(In):
    """The presentation whose clearance is used; ``others``: of those who go through the same door together."""

    presentation: UUID
    others: list[UUID] = Field(default=[], max_length=MOST_OTHERS)


class PassageOut(Out):
    """The door may open now."""

    id: UUID
    presentation_id: UUID
    passed_at: datetime


class HallOut(Out):
    """A hall."""

    id: UUID
    site: str
    name: str
    steps: HallSteps
    mode: HallMode
    policy: dict[str, Any]
    version: int


class HallsOut(Out):
    """The halls of a site."""

    halls: list[HallOut]


class ModeIn(In):
    """The supervisor's switch."""

    mode: HallMode


class SeenIn(In):
    """The version that the officer had before him: whoever decides says what he saw."""

    version: int


class InspectIn(SeenIn):
    """``grounds``: why whoever has diplomatic or other official papers is inspected."""

    grounds: Annotated[str, Field(max_length=LONGEST)] = ""


class ReleaseIn(SeenIn):
    """Why the inspection that was due is left out: whoever releases in the high band of risk, and the supervisor who
    leaves out a full examination, gives a reason and a few words (422 ``reason-missing``).
    """

    why_not: WhyNot = WhyNot.NOT_SAID
    note: str = Field(default="", max_length=MOST_SAID)


class ReleasedOut(Out):
    """What the release came to; ``opens``: somebody who was waiting may go now."""

    referral_id: UUID
    clearance_id: UUID | None
    opens: bool


# --- devices --------------------------------------------------------------------------------------


@router.post("/presentations", status_code=201)
async def post_presentation(
    request: Request, gate: GateDep, key: IdempotencyKey = None
) -> PresentationOut:
    """A traveller shows passport and code; what to show comes back. Equal time for all at a kiosk."""
    started = time.perf_counter()
    token = bearer(request)
    body = await read_body(request)
    given = _given(_parsed(PresentationIn, body))
    view = await presentations.present(gate, Call.of(token, key, body), given)
    let_in(request, token, "device")
    await asyncio.sleep(max(0.0, view.minimum_seconds - (time.perf_counter() - started)))
    return PresentationOut.model_validate(view)


@router.get("/presentations/{presentation_id}")
async def get_presentation(
    request: Request,
    gate: GateDep,
    presentation_id: UUID,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT)] = 0.0,
) -> PresentationOut:
    """The state of a presentation; with ``wait`` not before a hold has ended or the seconds are over."""
    token = bearer(request)
    ends = time.monotonic() + wait
    view = await presentations.show(gate, token, presentation_id)
    let_in(request, token, "device")
    stream = gate.kernel.stream
    while view.answer == Answer.HOLD and (left := ends - time.monotonic()) > 0:
        if stream.is_ending:
            break
        await _news(gate, view, left)
        view = await presentations.show(gate, token, presentation_id)
    if view.is_over:
        await _write_down(gate, view.id)
    return PresentationOut.model_validate(view)


async def _news(gate: GatePool, view: View, left: float) -> None:
    """Wait for a change of a held presentation, or for its end, without holding a connection."""

    def wanted(hint: Hint) -> bool:
        return hint.kind == "presentation.changed" and hint.subject == view.id

    await gate.kernel.stream.wait_for(wanted, min(left, view.hold_seconds or 0, GLANCE_SECONDS))


async def _write_down(gate: GatePool, presentation_id: UUID) -> None:
    """The officers see that a hold is over. The traveller is told so whether or not this succeeds."""
    kernel = gate.kernel
    with suppress(UnavailableError):
        await run_in_threadpool(
            holds.expire_holds, kernel.database, kernel.clock(), presentation_id
        )


@router.post("/passages", status_code=201)
async def post_passage(request: Request, gate: GateDep, key: IdempotencyKey = None) -> PassageOut:
    """Consume a clearance: the door may begin to open only after this."""
    token = bearer(request)
    body = await read_body(request)
    wanted = _parsed(PassageIn, body)
    passed = await passages.consume(
        gate, Call.of(token, key, body), wanted.presentation, wanted.others
    )
    return PassageOut.model_validate(passed)


@router.get("/device-events")
async def get_device_events(
    request: Request,
    kernel: KernelDep,
    device: DeviceDep,
    last_event_id: Annotated[str | None, Header(max_length=4000)] = None,
) -> StreamingResponse:
    """Hints for devices: presentations and halls; what is not theirs they cannot fetch.

    The stream ends soon after the token does, however it ends.
    """
    del device
    kinds, token = ("presentation.changed", "hall.changed"), bearer(request)
    return kernel.stream.response(
        lambda hint: hint.kind in kinds, last_event_id, lambda: still_enrolled(kernel, token)
    )


read_body = body_up_to(MAX_BODY)


def _parsed(model: type[T], body: bytes) -> T:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidError(fields=[field_problem(one) for one in found[:20]]) from None


def _given(body: PresentationIn) -> Given:
    return Given(
        credential=None if body.credential is None else pasted(body.credential),
        mrz=body.mrz,
        chip=body.readings.chip,
        face=body.readings.face,
        healthy=body.readings.healthy,
        readings=body.readings.details(),
        step=body.step,
        walker=body.registration,
    )


# --- officers -------------------------------------------------------------------------------------


@router.post("/referrals/{referral_id}/release")
def post_release(
    kernel: KernelDep,
    who: DeciderDep,
    referral_id: UUID,
    seen: ReleaseIn,
    key: IdempotencyKey = None,
) -> ReleasedOut:
    """Let the traveller go: in the high band of risk with a reason, a full examination by a supervisor alone."""
    waiver = Waiver(seen.why_not, seen.note, who.may(Permission.SKIP_EXAMINATION))

    def act() -> ReleasedOut:
        with kernel.database.transaction() as session:
            referrals.expect_at(session, referral_id, who.site)
            request = f"release {referral_id} {seen.version}".encode()
            claimed = idempotency.claim(session, who.actor.key, key, request)
            if claimed.result is not None:
                return ReleasedOut.model_validate(holds.find_release(session, referral_id))
            released = holds.release_hold(
                session, who.actor, referral_id, seen.version, kernel.clock(), waiver
            )
            idempotency.settle(session, claimed, referral_id)
            return ReleasedOut.model_validate(released)

    return holds.once_screened(act)


@router.post("/referrals/{referral_id}/inspect")
def post_inspect(
    kernel: KernelDep,
    who: DeciderDep,
    referral_id: UUID,
    seen: InspectIn,
    key: IdempotencyKey = None,
) -> ReleasedOut:
    """Look closer: whoever is being held goes to the counter. Official papers need a supervisor's grounds."""
    grounds = Grounds(seen.grounds, who.may(Permission.INSPECT_OFFICIAL))
    with kernel.database.transaction() as session:
        referrals.expect_at(session, referral_id, who.site)
        request = f"inspect {referral_id} {seen.version} {seen.grounds}".encode()
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            holds.inspect_hold(
                session, who.actor, referral_id, seen.version, kernel.clock(), grounds
            )  # fmt: skip
            idempotency.settle(session, claimed, referral_id)
        return ReleasedOut(referral_id=referral_id, clearance_id=None, opens=False)


@router.get("/halls")
def get_halls(kernel: KernelDep, who: QueueDep) -> HallsOut:
    """The halls of the officer's site."""
    with kernel.database.read() as session:
        return HallsOut(halls=[_hall(hall) for hall in halls.list_halls(session, who.site)])


@router.post("/halls/{hall_id}/mode")
def post_mode(kernel: KernelDep, who: SupervisorDep, hall_id: UUID, body: ModeIn) -> HallOut:
    """Switch a hall. Saying it again changes nothing more, so it needs no key."""
    with kernel.database.transaction() as session:
        now = kernel.clock()
        return _hall(halls.switch_mode(session, who.actor, who.site, hall_id, body.mode, now))


def _hall(hall: Hall) -> HallOut:
    return HallOut.model_validate(hall)
