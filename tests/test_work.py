"""The worker: what it finds, what it hears, what does not stop it."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from random import randbytes
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.audit.log import SYSTEM, TRAVELLER
from app.declarations import matching
from app.declarations.accept import Policy, accept_credential
from app.declarations.models import AuthorityKey, Declaration, KeyUse
from app.formats.credential import Declaration as Form
from app.formats.credential import Identity
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.kernel.ids import uuid7
from app.screening.lifecycle import install_ruleset
from app.screening.models import Assessment
from app.travel.touch import touch
from app.work.matching import Matcher
from app.work.worker import Worker
from tests.declarations.forms import CTI, SOLO, add_flight, add_passenger, sealed
from tests.support import NOW


def declare(
    kernel: Kernel, meanwhile: Callable[[], UUID], declared: Form = SOLO, cti: bytes = CTI
) -> tuple[UUID, UUID]:
    """Store a declaration; ``meanwhile`` happens after it has looked for its passenger."""
    with kernel.database.transaction() as session:
        declaration = accept_credential(
            session, TRAVELLER, sealed(declared, cti=cti), site="NRT", vault=kernel.vault, now=NOW,
            policy=Policy(plain=True),
        ).declaration  # fmt: skip
        passenger = meanwhile()
        assert declaration.passenger_id is None
        return declaration.id, passenger


def list_astrid(kernel: Kernel) -> UUID:
    with kernel.database.transaction() as session:
        return add_passenger(session, add_flight(session))


def passenger_of(kernel: Kernel, declaration: UUID) -> UUID | None:
    with kernel.database.read() as session:
        return session.get_one(Declaration, declaration).passenger_id


def test_a_declaration_and_a_list_stored_at_once_find_each_other(kernel: Kernel) -> None:
    worker = Worker(kernel)
    worker._turn()  # the sweep is over for a minute
    declaration, passenger = declare(kernel, lambda: list_astrid(kernel))
    while worker._turn():
        pass
    assert passenger_of(kernel, declaration) is None
    worker._hear([Hint("declaration.changed", declaration)], None)
    while worker._turn():
        pass
    assert passenger_of(kernel, declaration) == passenger


def test_the_sweep_finds_what_no_hint_told(kernel: Kernel) -> None:
    declaration, passenger = declare(kernel, lambda: list_astrid(kernel))
    Worker(kernel)._turn()
    assert passenger_of(kernel, declaration) == passenger


def test_a_later_sweep_looks_at_what_is_recent_alone(kernel: Kernel) -> None:
    with kernel.database.transaction() as session:
        add_flight(session, number=77)
    worker = Worker(kernel)
    while worker._turn():
        pass
    worker._matcher._swept_whole = time.monotonic()
    declaration, passenger = declare(kernel, lambda: list_astrid(kernel))
    worker._matcher._swept = float("-inf")
    worker._matcher.find_flights()
    assert (worker._matcher.flights, worker._matcher.declared) == (set(), {declaration})
    worker._turn()
    assert passenger_of(kernel, declaration) == passenger
    worker._matcher._swept = float("-inf")
    worker._matcher.find_flights()
    assert worker._matcher.declared == set()  # nobody on it waits any more


def test_the_authority_has_keys_before_anybody_asks(kernel: Kernel) -> None:
    Worker(kernel)._turn()
    with kernel.database.read() as session:
        assert set(session.scalars(sa.select(AuthorityKey.use))) == set(KeyUse)


@pytest.mark.parametrize("error", [UnavailableError(), ValueError("a bad row")])
def test_one_failing_job_leaves_the_others_their_turn(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object) -> int:
        raise error

    monkeypatch.setattr("app.work.chores.expire_holds", fails)
    monkeypatch.setattr("app.work.worker.PAUSE_SECONDS", 0.0)
    passenger = list_astrid(kernel)
    with kernel.database.transaction() as session:
        install_ruleset(session, SYSTEM, NOW)
        touch(session, [passenger])
    Worker(kernel)._turn()
    with kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Assessment)) == 1


def test_a_poisoned_declaration_does_not_cost_the_others_their_passengers(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that a hint told of, nor one among those that wait for a flight's list."""
    match = matching._match_unlocked
    nils = replace(
        SOLO, identity=Identity("LINDQVIST", "NILS", "SX4471210", "SWE", "SWE", 19890214)
    )
    poison, good = (declare(kernel, uuid7, one, randbytes(16))[0] for one in (SOLO, nils))
    with kernel.database.transaction() as session:
        flight = add_flight(session)
        add_passenger(session, flight)
        found = add_passenger(
            session, flight, given="NILS", document="SX4471210", birth=date(1989, 2, 14)
        )
        flight_id = flight.id

    def stumble(session: Session, declaration: Declaration, now: datetime) -> bool:
        if declaration.id == poison:
            raise ValueError("ASTRID")
        return match(session, declaration, now)

    monkeypatch.setattr(matching, "_match_unlocked", stumble)
    matcher = Matcher(kernel)
    matcher._swept = matcher._swept_whole = time.monotonic()
    matcher.flights = {flight_id}
    with capture_logs() as logs:
        matcher.match()
        assert matcher.declared == {poison, good}
        matcher.match_again()
    assert (passenger_of(kernel, good), passenger_of(kernel, poison)) == (found, None)
    assert [(one["job"], one["subject"]) for one in logs if one["event"] == "work.one-failed"] == [
        ("match", str(flight_id)), ("match_again", str(poison)),
    ]  # fmt: skip
    assert matcher.declared == set()  # tried again when the sweep finds it
    monkeypatch.setattr(matching, "_match_unlocked", match)
    Worker(kernel)._turn()
    assert passenger_of(kernel, poison) is not None


def test_who_stands_at_a_gate_is_assessed_before_everybody_else(kernel: Kernel) -> None:
    with kernel.database.transaction() as session:
        install_ruleset(session, SYSTEM, NOW)
        flight = add_flight(session)
        people = [add_passenger(session, flight, document=f"SX44700{n:02}") for n in range(40)]
    worker, waiting = Worker(kernel), people[-1]
    worker._hear([Hint("passenger.awaited", waiting)], None)
    worker._listen()
    assert worker._assess_awaited()
    with kernel.database.read() as session:
        assert session.scalars(sa.select(Assessment.passenger_id)).all() == [waiting]
    assert not worker._assess_awaited()
    worker._hear([Hint("passenger.awaited", waiting)], None)
    worker._listen()
    assert not worker._assess_awaited()  # that has been done
