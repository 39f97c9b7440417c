"""What a device sent, read: passport lines, code; and what must be stored of it before it can be decided on."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.audit.log import Actor, ActorKind, record
from app.declarations import accept
from app.declarations.form import today_at
from app.declarations.matching import match_declaration
from app.declarations.models import Declaration
from app.formats.mrz import MrzError
from app.gate.case import Chip, Face
from app.gate.pool import GatePool
from app.gate.shown import CredentialError, Shown, read_code, read_passport
from app.kernel.errors import EgateError, FieldProblem, InvalidError, UnavailableError
from app.kernel.http import Kernel
from app.travel.shown import note_passport
from app.travel.walk_in import add_shown


@dataclass(frozen=True, slots=True)
class Given:
    """What the device sent. ``walker``: the registration of somebody whom a lane knew by the face."""

    credential: str | None
    mrz: str | None
    chip: Chip
    face: Face
    healthy: bool
    readings: dict[str, Any]
    step: str | None = None
    walker: UUID | None = None


async def read_shown(pool: GatePool, given: Given) -> Shown:
    """Read passport lines and code. Raises :class:`InvalidError` for lines that are no passport's."""
    now = pool.kernel.clock()
    today = today_at(now, pool.kernel.site, pool.kernel.site)
    try:
        passport = read_passport(given.mrz, today) if given.mrz is not None else None
    except MrzError as error:
        raise InvalidError(fields=[FieldProblem("/mrz", error.code)]) from None
    shown = Shown(
        passport=passport,
        chip=given.chip,
        face=given.face,
        healthy=given.healthy,
        readings=given.readings,
        walker=given.walker,
    )
    if given.credential is None:
        return shown
    return await _with_code(pool, shown, given.credential, now, today)


async def _with_code(pool: GatePool, shown: Shown, text: str, now: datetime, today: date) -> Shown:
    moment = int(now.timestamp())
    for fresh in (False, True):
        try:
            keys = await pool.keys(fresh=fresh)
            code = read_code(text, keys, shown.passport, now=moment, today=today)
            return replace(shown, code=code)
        except CredentialError as error:
            refusal = error.code
            if refusal != "key_unknown":
                break
    return replace(shown, refusal=refusal)


def study(kernel: Kernel, given: Given, shown: Shown, *, plain: bool) -> Shown:
    """Store a declaration that was never seen here, and ask its content whose passport this is."""
    assert given.credential is not None
    assert shown.code is not None
    now = kernel.clock()
    try:
        with kernel.database.transaction() as session:
            accepted = accept.accept_credential(
                session, Actor(ActorKind.TRAVELLER), given.credential, site=kernel.site,
                vault=kernel.vault, now=now, policy=accept.Policy(plain=plain),
            )  # fmt: skip
            person = _whose(session, accepted.declaration, shown)
    except UnavailableError:
        raise
    except EgateError as error:
        return replace(shown, refusal=error.code)
    return replace(shown, code=replace(shown.code, person=person))


def _whose(session: Any, declaration: Declaration, shown: Shown) -> int | None:
    if shown.passport is None:
        return None
    return accept.person_of(session, declaration, shown.passport.document)


def admit(
    kernel: Kernel, shown: Shown, flight_id: UUID, declaration_id: UUID, device_id: UUID
) -> None:
    """A flight without its list: make whoever shows a passport and a declaration a passenger of it, to be screened."""
    assert shown.passport is not None
    now = kernel.clock()
    with kernel.database.transaction() as session:
        passenger = add_shown(session, flight_id, shown.passport.zone)
        declaration = session.get_one(Declaration, declaration_id)
        match_declaration(session, declaration, now, also_touch=[passenger])
        actor = Actor(ActorKind.DEVICE, device_id)
        record(session, actor, "passenger.add", "passenger", passenger, now)


def note(kernel: Kernel, shown: Shown, passenger_id: UUID) -> None:
    """Keep the passport as a fact of the passenger, who becomes due for screening."""
    assert shown.passport is not None
    with kernel.database.transaction() as session:
        note_passport(session, passenger_id, shown.passport.zone)
