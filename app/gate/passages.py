"""A door begins to open: the clearance is consumed, by exactly one caller."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from starlette.concurrency import run_in_threadpool

from app.audit.log import Actor, ActorKind
from app.gate import hot
from app.gate.models import Presentation
from app.gate.pool import ATTEMPTS, Connection, ContentionError, GatePool, one
from app.gate.presentations import Call, publish
from app.kernel.errors import (
    ConflictError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from app.kernel.http import Kernel
from app.kernel.idempotency import KeyReusedError
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.referrals.models import Referral, ReferralKind, ReferralState
from app.referrals.service import raise_referral

log = structlog.get_logger(__name__)


class PassageRefusedError(ConflictError):
    """The door stays shut, and the officers of the hall are told so."""


class NoClearanceError(PassageRefusedError):
    """Nobody was cleared here."""

    code, status, title = "no-clearance", 409, N_("There is no clearance")


class ClearanceConsumedError(PassageRefusedError):
    """It was used: it is good for one passage."""

    code, status, title = "clearance-consumed", 409, N_("This clearance has been used")


class ClearanceRevokedError(PassageRefusedError):
    """The state has changed since the decision: present again."""

    code, status, title = "clearance-revoked", 409, N_("This clearance was taken back")


class ClearanceExpiredError(PassageRefusedError):
    """It was not used in time: present again."""

    code, status, title = "clearance-expired", 409, N_("This clearance has expired")


class AlreadyUsedError(PassageRefusedError):
    """The same person has passed on the same declaration, by another door."""

    code, status, title = "already_used", 409, N_("This declaration has been used")


class AlreadyPassedError(PassageRefusedError):
    """The same passenger has passed on another declaration, by another door."""

    code, status, title = "already-passed", 409, N_("This passenger has passed already")


@dataclass(frozen=True, slots=True)
class Passed:
    """A passage."""

    id: UUID
    presentation_id: UUID
    passed_at: datetime


async def consume(
    pool: GatePool, call: Call, presentation_id: UUID, others: Sequence[UUID] = ()
) -> Passed:
    """Consume the clearance of a presentation of the calling device; only then may its door open.

    ``others``: a party goes through together, so all of their clearances are consumed or none. Raises the errors
    above, NotFoundError for another device's presentation, 401 and 503.
    """
    together = (presentation_id, *others)
    try:
        return await _consume_patiently(pool, call, together)
    except PassageRefusedError as error:
        log.warning("gate.refused", presentation=str(presentation_id), code=error.code)
        with suppress(UnavailableError):
            await run_in_threadpool(_alert, pool.kernel, presentation_id, error.code)
        raise


async def _consume_patiently(pool: GatePool, call: Call, together: Sequence[UUID]) -> Passed:
    for _ in range(ATTEMPTS - 1):
        with suppress(ContentionError):
            return await _consume(pool, call, together)
    return await _consume(pool, call, together)


async def _consume(pool: GatePool, call: Call, together: Sequence[UUID]) -> Passed:
    now, first = pool.kernel.clock(), uuid7()
    emitted = []
    async with pool.transaction() as connection:
        for number, presentation_id in enumerate(together):
            values = {
                "token": call.token, "key": None if number else call.key, "hash": call.digest,
                "now": now, "presentation": presentation_id, "audit": uuid7(),
                "id": uuid7() if number else first, "use": uuid7(),
            }  # fmt: skip
            done = await one(connection, hot.CONSUME, values)
            if done is None:
                raise UnauthenticatedError
            if not number and call.key is not None and not done["is_claimed"]:
                return await _replay(connection, call, done["device_id"])
            await _refuse(connection, presentation_id, done, now)
            emitted.append(done)
    for done, presentation_id in zip(emitted, together, strict=True):
        publish(pool.kernel, done["site"], done["events"])
        log.info("gate.passed", presentation=str(presentation_id))
    return Passed(first, together[0], now)


async def _refuse(
    connection: Connection, presentation_id: UUID, done: Mapping[str, Any], now: datetime
) -> None:
    """Raise where this one may not pass; the transaction ends with it, for everybody in it."""
    if not done["consumed"]:
        await _explain(connection, presentation_id, done["device_id"], now)
    if done["releases"] < done["releases_needed"]:
        raise ClearanceRevokedError
    if done["used"] < done["uses_needed"]:
        raise AlreadyUsedError
    if not done["passed"]:
        raise AlreadyPassedError


def _alert(kernel: Kernel, presentation_id: UUID, code: str) -> None:
    """Somebody stands before a door that stays shut, or a device is wrong: once in the officers' queue."""
    with kernel.database.transaction() as session:
        presentation = session.get_one(Presentation, presentation_id, with_for_update=True)
        told = sa.select(Referral.id).where(
            Referral.presentation_id == presentation.id,
            Referral.kind == ReferralKind.TECHNICAL,
            Referral.state != ReferralState.CLOSED,
        )
        if session.scalar(told) is None:
            raise_referral(
                session, Actor(ActorKind.DEVICE, presentation.device_id), site=presentation.site,
                hall_id=presentation.hall_id, kind=ReferralKind.TECHNICAL,
                reasons=[f"passage-{code}"], passenger_id=presentation.passenger_id,
                presentation_id=presentation.id, now=kernel.clock(),
            )  # fmt: skip


async def _replay(connection: Connection, call: Call, device_id: UUID) -> Passed:
    claimed = await one(connection, hot.CLAIMED, {"device": device_id, "key": call.key})
    if claimed is None or bytes(claimed["request_hash"]) != call.digest:
        raise KeyReusedError
    row = await one(connection, hot.PASSAGE, {"id": claimed["result"]})
    assert row is not None
    return Passed(row["id"], row["presentation_id"], row["passed_at"])


async def _explain(
    connection: Connection, presentation_id: UUID, device_id: UUID, now: datetime
) -> None:
    """Raise what fits best: nothing was written, the transaction ends with the exception."""
    values: dict[str, Any] = {"presentation": presentation_id, "device": device_id, "now": now}
    found = await one(connection, hot.WHY_NOT, values)
    if found is None:
        raise NotFoundError
    if found["id"] is None:
        raise NoClearanceError
    if found["consumed_at"]:
        raise ClearanceConsumedError
    if found["is_expired"] and not found["revoked_at"]:
        raise ClearanceExpiredError
    raise ClearanceRevokedError
