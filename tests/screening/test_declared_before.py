"""What travellers declared on other trips, read from the tables: their own, of one currency, and no other's."""

from datetime import timedelta
from typing import Any

from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.screening.facts import facts_of
from app.screening.gather import gather
from tests.screening.world import (
    NOW,
    add_declaration,
    add_flight,
    add_passenger,
    add_traveller,
)

VAULT = Vault(bytes(32))


def goods(value: int, currency: str = "JPY") -> dict[str, Any]:
    line = {"category": "other_goods", "description": None, "quantity": 1, "value": value}
    return {"goods": [line | {"currency": currency}]}


def test_the_highest_value_of_the_travellers_other_trips(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        anna, other = add_traveller(session), add_traveller(session)
        trips = [
            (anna, goods(70_000), NOW),
            (anna, goods(20_000), NOW - timedelta(days=90)),
            (anna, goods(900_000, "EUR"), NOW - timedelta(days=120)),
            (anna, goods(800_000), NOW - timedelta(days=6 * 365)),
            (other, goods(600_000), NOW - timedelta(days=90)),
        ]
        people = []
        for number, (traveller, content, at) in enumerate(trips, start=1):
            flight = add_flight(session, number, day=at.date())
            person = add_passenger(session, flight, traveller=traveller, number=f"TR{number:07}")
            add_declaration(session, person, content, created_at=at, cti=bytes([number] * 16))
            people.append(person.id)
        now, earlier = (facts_of(known, vault) for known in gather(session, vault, people[:2], NOW))
    assert now["history.declared_value_5y"] == 20_000
    assert now["declaration.value_above_history"] is True
    assert earlier["history.declared_value_5y"] == 70_000
    assert earlier["declaration.value_above_history"] is False


def test_who_never_declared_before_has_an_unknown_history(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        person = add_passenger(session, add_flight(session), traveller=add_traveller(session))
        add_declaration(session, person, goods(70_000))
        [known] = gather(session, VAULT, [person.id], NOW)
        facts = facts_of(known, vault)
    assert facts["history.declared_value_5y"] is None
    assert facts["declaration.value_above_history"] is None
