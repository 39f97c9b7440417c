"""A traveller at a device: read everything, decide, write everything, in two statements.

The decision is taken on one state of the passenger and written only if that state still stands; else it is
taken again, as it is when rows are locked by others. What is written is written by one statement, which is the transaction, and
which claims the idempotency key: until then nothing is held. Refusals are results like any other: they are written, and a replay shows them.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb
from starlette.concurrency import run_in_threadpool

from app.declarations.form import today_at
from app.gate import hot
from app.gate.before import Done, Step, step_before, take
from app.gate.case import Case, Place, Policy, read_policy
from app.gate.decide import Answer, Decision, decide, inspection_probability, is_selected
from app.gate.known import Known, build_case, origin_of, place_of
from app.gate.pool import ATTEMPTS, Connection, ContentionError, GatePool, one
from app.gate.reading import Given, read_shown
from app.gate.shown import Shown
from app.kernel.crypto import token_hash
from app.kernel.errors import (
    ConflictError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.kernel.idempotency import MAX_KEY, KeyInvalidError, KeyReusedError
from app.kernel.ids import uuid7
from app.kernel.telemetry import DECISIONS
from app.kernel.texts import N_
from app.referrals.kinds import FULL_EXAMINATION, ReferralKind

log = structlog.get_logger(__name__)

STALE_SECONDS = 2.0
GLANCE_SECONDS = 0.25
CODE_OF_PARTY = "code-of-party"
ADVICE = {
    CODE_OF_PARTY: "code-of-party",
    "code-of-others": "code-for-this-passport",
    "not-registered": "go-to-kiosk",
    "passport-wanted": "passport-here",
}
"""The reasons that a traveller may know, because he can mend them."""


class StepMissingError(ConflictError):
    """The device left out a step of the session; only the server may decide what can be left out."""

    code, status, title = "step-missing", 409, N_("A step of the session is missing")


class FaceUnknownError(ConflictError):
    """Nobody is known here by the face under this registration: forgotten, passed, or never chosen."""

    code, status, title = "face-unknown", 409, N_("Please show the code")


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls: the device's token, its Idempotency-Key and the hash of the request."""

    token: bytes
    key: str | None
    digest: bytes

    @classmethod
    def of(cls, token: str, key: str | None, body: bytes) -> "Call":
        """Raises :class:`KeyInvalidError`."""
        if key is not None and not (
            0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()
        ):
            raise KeyInvalidError
        return cls(token_hash(token), key, hashlib.sha256(body).digest())


@dataclass(frozen=True, slots=True)
class View:
    """A presentation as its device may see it: nothing of kinds, reasons or risk.

    ``whose``: the given names on the code, where somebody of the same party was handed the wrong phone.
    ``party_left``: how many of the declaration have not shown their passport here.
    ``is_over``: a hold has ended by silence, and nobody has written that down yet.
    """

    id: UUID
    answer: str
    path: Sequence[str]
    counter: str | None = None
    advice: str | None = None
    whose: str | None = None
    party_left: int = 0
    hold_seconds: float | None = None
    clearance_id: UUID | None = None
    expires_at: datetime | None = None
    minimum_seconds: float = 0.0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class _Await:
    """The passenger is about to be assessed."""

    passenger_id: UUID | None
    site: str


class _Changed:
    """The facts moved while the decision was taken, or somebody is moving them at this moment."""


_Outcome = View | Step | _Await | _Changed


async def present(pool: GatePool, call: Call, given: Given) -> View:
    """Decide on what a device shows. Raises the problems of the caller and :class:`UnavailableError`."""
    shown = await read_shown(pool, given)
    done, changed, waited = Done(), 0, 0.0
    while True:
        outcome: _Outcome
        try:
            outcome = await _attempt(pool, call, given, shown, done, waited)
        except ContentionError:
            outcome = _Changed()
        if isinstance(outcome, View):
            return outcome
        if isinstance(outcome, _Await):
            waited += await _glance(pool.kernel, outcome)
        elif isinstance(outcome, _Changed):
            changed += 1
            if changed == ATTEMPTS:
                raise UnavailableError
        else:
            shown, done = await run_in_threadpool(take, pool.kernel, given, shown, outcome, done)


async def _glance(kernel: Kernel, awaited: _Await) -> float:
    """Wait a moment for the assessment; a hint that came before we listened costs one glance only."""
    loop = asyncio.get_running_loop()
    started = loop.time()

    def wanted(hint: Hint) -> bool:
        return hint.kind == "passenger.assessed" and hint.subject == awaited.passenger_id

    if awaited.passenger_id:
        kernel.live.ask("passenger.awaited", awaited.passenger_id, awaited.site)
    await kernel.stream.wait_for(wanted, GLANCE_SECONDS)
    return max(loop.time() - started, 0.01)


# --- one attempt ----------------------------------------------------------------------------------


async def _attempt(
    pool: GatePool, call: Call, given: Given, shown: Shown, done: Done, waited: float
) -> _Outcome:
    kernel = pool.kernel
    now = kernel.clock()
    async with pool.connection() as connection:
        known = await one(connection, hot.READ, read_values(call, shown, now))
        if known is None:
            raise UnauthenticatedError
        if known["earlier_hash"] is not None:
            return await _replay(connection, call, known, now)
        policy = read_policy(known["policy"])
        check_steps(place_of(known), given)
        is_known = known["registration_id"] is not None and policy.faces_at_lane
        if given.walker is not None and not is_known:
            raise FaceUnknownError
        if step := step_before(known, shown, policy, done):
            return step
        today = today_at(now, known["site"], known["site"])
        case = build_case(
            known, shown, policy, now=now, today=today, waited=waited >= STALE_SECONDS
        )
        decision = decide(case, policy)
        if decision.answer is Answer.WAIT:
            return _Await(known["passenger_id"], known["site"])
        draft = Draft(known, shown, policy, case, decision, call, now)
        written = await one(connection, draft.statement, write_values(draft))
        assert written is not None
        if not written["made"]:
            return _Changed()
    publish(kernel, known["site"], written["events"])
    DECISIONS.labels(decision.answer).inc()
    log.info("gate.decided", presentation=str(draft.id), answer=str(decision.answer))
    return _view(draft, written["hold_seconds"])


def check_steps(place: Place, given: Given) -> None:
    """Refuse a presentation with steps missing. Raises :class:`StepMissingError`."""
    names_somebody = given.credential is not None or given.walker is not None
    if given.mrz is None and not (place is Place.LANE and names_somebody):
        raise StepMissingError("The passport has not been read.")
    if given.walker is not None and (given.mrz, given.credential) != (None, None):
        raise StepMissingError("A face stands alone: passport and code are shown instead of it.")
    if given.step is not None and (given.step == "register") != (place is Place.KIOSK):
        raise StepMissingError("This device does not take that step.")


def read_values(call: Call, shown: Shown, now: datetime) -> dict[str, Any]:
    """The parameters of :data:`hot.READ`."""
    passport, code = shown.passport, shown.code
    return {
        "token": call.token,
        "key": call.key,
        "now": now,
        "registration": None,
        "walker": shown.walker,
        "number": passport.number_key if passport else None,
        "issuers": list(passport.issuers) if passport else None,
        "birth": passport.birth if passport else None,
        "name_key": passport.name_key if passport else None,
        "nationality": passport.zone.nationality if passport else None,
        "passport": passport.zone.digest if passport else None,
        "cti": code.cti if code else None,
        "device_key": code.device_key if code else None,
        "person": code.person if code else None,
        "binding": code.binding if code else None,
    }


class Draft:
    """A decision about to be written, with the ids of what it makes."""

    def __init__(
        self,
        known: Known,
        shown: Shown,
        policy: Policy,
        case: Case,
        decision: Decision,
        call: Call,
        now: datetime,
    ) -> None:
        self.known, self.shown, self.policy, self.case = known, shown, policy, case
        self.decision, self.call, self.now = decision, call, now
        self.id = uuid7()
        self.clearance_id = uuid7() if decision.answer is Answer.CLEARED else None
        self.expires_at = now + timedelta(hours=policy.clearance_hours)
        self.own = known["referrals"] or []
        self.open = {own["kind"]: UUID(own["id"]) for own in self.own}
        self.overtaken = self._overtaken()

    def _overtaken(self) -> list[UUID]:
        """What nobody needs to look at any more: all, where the door opens; a full examination, where the risk that
        came since has it on top.
        """
        if self.clearance_id:
            return [UUID(own["id"]) for own in self.own]
        is_on_top = any(
            raised.kind is ReferralKind.RISK and FULL_EXAMINATION in raised.reasons
            for raised in self.decision.raised
        )
        waiting = self.open.get(ReferralKind.EXAMINATION)
        return [waiting] if is_on_top and waiting else []

    @property
    def statement(self) -> str:
        """What writes it."""
        tells = self.decision.raised or self.overtaken or self.alert
        return hot.WRITE if tells else hot.WRITE_PLAIN

    @property
    def reused(self) -> list[UUID]:
        """The open referrals that go on with this presentation."""
        return [self.open[r.kind] for r in self.decision.raised if r.kind in self.open]

    @property
    def releases(self) -> list[UUID]:
        """The officers' releases without which this would not open: the passage consumes them too."""
        if self.clearance_id is None or not self.case.released:
            return []
        alone = decide(replace(self.case, released=frozenset()), self.policy)
        return [] if alone.answer is Answer.CLEARED else list(self.known["release_ids"])

    @property
    def code_of(self) -> dict[str, str]:
        """Whose code was shown, if it is somebody's of the same party: nobody else is named."""
        return {"code_of": str(self.known["code_passenger_id"])} if self.whose else {}

    @property
    def whose(self) -> str | None:
        """The given names of that person, for the screen."""
        is_partys = next(iter(self.decision.reasons), "") == CODE_OF_PARTY
        return self.known["code_given_names"] or None if is_partys else None

    @property
    def alert(self) -> str | None:
        """The reason of the one alert about a flight without a complete list."""
        listed = ("manifest-none", "manifest-open")
        reason = next((r for r in self.decision.reasons if r in listed), None)
        return reason if self.known["flight_id"] else None


def write_values(draft: Draft) -> dict[str, Any]:
    """The parameters of :data:`hot.WRITE`."""
    known, decision, case = draft.known, draft.decision, draft.case
    members = known["members"] or []
    seen = {UUID(m["id"]): m["facts"] for m in members}
    if known["passenger_id"]:
        seen[known["passenger_id"]] = known["facts_version"]
    is_lane = case.place is Place.LANE
    return {
        "id": draft.id,
        "key": draft.call.key,
        "hash": draft.call.digest,
        "now": draft.now,
        "seen": list(seen),
        "versions": list(seen.values()),
        "site": known["site"],
        "hall": known["hall_id"],
        "device": known["device_id"],
        "registration": known["registration_id"] if is_lane else None,
        "passenger": known["passenger_id"],
        "declaration": known["declaration_id"],
        "person": known["person"],
        "document_key": known["document_key"] or "",
        "issuer": known["issuer"] or "",
        "birth": known["birth_date"],
        "readings": Jsonb(draft.shown.stored() | draft.code_of),
        "answer": str(decision.answer),
        "kind": str(decision.kind) if decision.kind else None,
        "reasons": Jsonb(list(decision.reasons)),
        "counter": decision.counter,
        "facts_version": known["facts_version"],
        "assessment": known["assessment_id"],
        "selected": is_selected(case, draft.policy),
        "drawn": case.control and not case.diplomatic,
        "probability": inspection_probability(case, draft.policy, known["control_rate"]),
        "hold": draft.policy.hold_seconds if decision.answer is Answer.HOLD else None,
        "clearance": draft.clearance_id,
        "releases": draft.releases,
        "expires": draft.expires_at,
        "raised": Jsonb(_raised(draft)),
        "reused": draft.reused or None,
        "overtaken": draft.overtaken,
        "alert": uuid7(),
        "alert_flight": known["flight_id"] if draft.alert else None,
        "alert_reasons": Jsonb([draft.alert] if draft.alert else []),
        "audit": uuid7(),
    }


def _raised(draft: Draft) -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid7()),
            "kind": str(raised.kind),
            "reasons": list(raised.reasons),
            "origin": origin_of(raised.reasons, draft.case),
            "reuse": str(draft.open[raised.kind]) if raised.kind in draft.open else None,
        }
        for raised in draft.decision.raised
    ]


def _view(draft: Draft, hold_seconds: float | None) -> View:
    decision = draft.decision
    waits = draft.case.place is not Place.LANE
    return View(
        id=draft.id,
        answer=decision.answer,
        path=[decision.answer],
        counter=decision.counter if decision.answer is not Answer.HOLD else None,
        advice=ADVICE.get(next(iter(decision.reasons), "")),
        whose=draft.whose,
        party_left=draft.known["party_left"] if waits else 0,
        hold_seconds=hold_seconds,
        clearance_id=draft.clearance_id,
        expires_at=draft.expires_at if draft.clearance_id else None,
        minimum_seconds=draft.policy.minimum_seconds if waits else 0.0,
    )


def publish(kernel: Kernel, site: str, rows: Sequence[Sequence[Any]] | None) -> None:
    """Send the hints of rows that have been committed."""
    hints = [
        Hint(kind, UUID(subject), version, site, sequence)
        for sequence, kind, subject, version in rows or []
    ]
    kernel.live.publish(hints)


# --- showing --------------------------------------------------------------------------------------


async def _replay(connection: Connection, call: Call, known: Known, now: datetime) -> View:
    """The current state of what the same call led to before."""
    if bytes(known["earlier_hash"]) != call.digest:
        raise KeyReusedError
    return await _shown(connection, known["earlier_result"], known["hall_id"], now)


async def _shown(connection: Connection, identifier: UUID, hall: UUID, now: datetime) -> View:
    row = await one(connection, hot.SHOW, {"id": identifier, "hall": hall, "now": now})
    if row is None:
        raise NotFoundError
    return View(
        id=row["id"],
        answer=row["answer"],
        path=row["path"],
        counter=row["counter"] if row["answer"] in (Answer.COUNTER, Answer.REFER) else None,
        advice=ADVICE.get(next(iter(row["reasons"]), "")),
        whose=row["whose"] or None,
        hold_seconds=row["hold_seconds"] if row["answer"] == Answer.HOLD else None,
        clearance_id=row["clearance_id"],
        expires_at=row["expires_at"],
        is_over=row["is_over"],
    )


async def show(pool: GatePool, token: str, identifier: UUID) -> View:
    """A presentation to a device of its hall. Raises 401 and 404 problems."""
    now = pool.kernel.clock()
    async with pool.transaction() as connection:
        values = {"token": token_hash(token), "now": now}
        caller = await one(connection, hot.KNOWN, values)
        if caller is None:
            raise UnauthenticatedError
        return await _shown(connection, identifier, caller["hall_id"], now)
