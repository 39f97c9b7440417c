"""The worker: what it finds, what it hears, what does not stop it."""

import time
from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM, TRAVELLER
from app.declarations.accept import Policy, accept_credential
from app.declarations.models import AuthorityKey, Declaration, KeyUse
from app.kernel.errors import UnavailableError
from app.kernel.events import Hint
from app.kernel.http import Kernel
from app.screening.lifecycle import install_ruleset
from app.screening.models import Assessment
from app.travel.touch import touch
from app.work import Worker
from tests.declarations.forms import SOLO, add_flight, add_passenger, sealed
from tests.support import NOW


def declare(kernel: Kernel, meanwhile: Callable[[], UUID]) -> tuple[UUID, UUID]:
    """Store a declaration; ``meanwhile`` happens after it has looked for its passenger."""
    with kernel.database.transaction() as session:
        declaration = accept_credential(
            session, TRAVELLER, sealed(SOLO), site="NRT", vault=kernel.vault, now=NOW,
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
    worker = Worker(kernel)
    worker._swept = float("-inf")
    worker._turn()
    assert passenger_of(kernel, declaration) == passenger


def test_a_later_sweep_looks_at_what_is_recent_alone(kernel: Kernel) -> None:
    with kernel.database.transaction() as session:
        add_flight(session, number=77)
    worker = Worker(kernel)
    while worker._turn():
        pass
    worker._swept_whole = time.monotonic()
    declaration, passenger = declare(kernel, lambda: list_astrid(kernel))
    worker._swept = float("-inf")
    worker._find_flights()
    assert (worker._flights, worker._declared) == (set(), {declaration})
    worker._turn()
    assert passenger_of(kernel, declaration) == passenger
    worker._swept = float("-inf")
    worker._find_flights()
    assert worker._declared == set()  # nobody on it waits any more


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

    monkeypatch.setattr("app.work.expire_holds", fails)
    monkeypatch.setattr("app.work.PAUSE_SECONDS", 0.0)
    passenger = list_astrid(kernel)
    with kernel.database.transaction() as session:
        install_ruleset(session, SYSTEM, NOW)
        touch(session, [passenger])
    Worker(kernel)._turn()
    with kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Assessment)) == 1


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
