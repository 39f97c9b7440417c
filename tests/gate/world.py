"""A hall, a flight and invented people for the tests of the gate; screening is set by hand."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.formats.mrz import Holder, build
from app.gate import halls
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.screening.models import Assessment, Handling, Level, Ruleset
from app.travel.identity import name_key
from app.travel.models import (
    Document,
    Flight,
    FlightStatus,
    Manifest,
    Party,
    Passenger,
    PassengerKind,
    TravelStatus,
)
from app.travel.touch import touch
from tests.declarations.forms import submission

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
POLICY = {**halls.WITHOUT_READERS, "minimum_seconds": 0, "hold_seconds": 30}
Headers = dict[str, str]


@dataclass(frozen=True)
class Person:
    surname: str = "LINDQVIST"
    given: str = "ASTRID MAJ"
    number: str = "SX4471209"
    issuer: str = "SWE"
    birth: date = date(1991, 6, 8)
    expires: date = date(2031, 1, 1)
    code: str = "P"

    @property
    def mrz(self) -> str:
        return "\n".join(
            build(
                Holder(
                    surname=self.surname, given=self.given, number=self.number,
                    issuer=self.issuer, nationality=self.issuer, birth=self.birth, sex="F",
                    expiry=self.expires, document_code=self.code,
                )
            )
        )  # fmt: skip


ASTRID = Person()
NILS = Person(given="NILS", number="SX4471210", birth=date(1989, 2, 14))
ELSA = Person(given="ELSA", number="SX4471211", birth=date(2015, 9, 30))
OLGA = Person("HERRERA", "OLGA", "AB1234567", "ESP", date(1970, 1, 2))


@dataclass
class World:
    """A database with one flight that has just landed, and the devices of one hall."""

    client: TestClient
    database: Database
    enrolled: Callable[[DeviceKind, UUID], Headers]
    steps: HallSteps
    policy: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.database.transaction() as session:
            content = {**POLICY, **self.policy}
            self.hall = halls.create_hall(session, "NRT", "Hall", self.steps, NOW, content).id
            self.flight = add_flight(session)
            self.ruleset = add_ruleset(session)
        self.kiosk = self.enrolled(DeviceKind.KIOSK, self.hall)
        self.lane = self.enrolled(DeviceKind.LANE, self.hall)

    def add(self, person: Person = ASTRID, party: UUID | None = None, **more: Any) -> UUID:
        """On the flight's list, with a passport."""
        with self.database.transaction() as session:
            return add_passenger(session, self.flight, person, party, **more)

    def party(self, *people: Person) -> list[UUID]:
        """People of one booking."""
        with self.database.transaction() as session:
            party = Party(flight_id=self.flight)
            session.add(party)
            session.flush()
            return [add_passenger(session, self.flight, one, party.id) for one in people]

    def declare(self, person: Person = ASTRID, **changes: Any) -> dict[str, Any]:
        """A declaration made online; ``credential.text`` of the answer is the receipt."""
        traveller = {
            "surname": person.surname, "given_names": person.given, "nationality": person.issuer,
            "document": {"number": person.number, "issuer": person.issuer},
            "birth_date": person.birth.isoformat(),
        }  # fmt: skip
        body = submission(traveller=traveller, **changes)
        answer = self.client.post("/api/v1/declarations", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def code(self, person: Person = ASTRID, **changes: Any) -> str:
        return str(self.declare(person, **changes)["credential"]["text"])

    def assess(self, *passengers: UUID, **judged: Any) -> None:
        """Screened on the facts of this moment."""
        with self.database.transaction() as session:
            for passenger in passengers:
                assess(session, passenger, self.flight, self.ruleset, **judged)

    def ready(self, person: Person = ASTRID, **judged: Any) -> str:
        """Listed, declared, screened: the code of somebody whom only ``judged`` may stop."""
        passenger = self.add(person)
        text = self.code(person)
        self.assess(passenger, **judged)
        return text

    def touch(self, *passengers: UUID) -> None:
        with self.database.transaction() as session:
            touch(session, passengers)

    def id_of(self, person: Person = ASTRID) -> UUID:
        with self.database.read() as session:
            query = sa.select(Document.passenger_id).where(Document.number == person.number)
            return session.scalars(query).one()

    def present(
        self, device: Headers, mrz: str | None = None, credential: str | None = None,
        key: str | None = None, **readings: Any,
    ) -> Any:  # fmt: skip
        headers = {**device, **({"Idempotency-Key": key} if key else {})}
        body = {"mrz": mrz, "credential": credential, "readings": readings}
        return self.client.post("/api/v1/presentations", json=body, headers=headers)

    def answer(self, device: Headers, mrz: str | None = None, credential: str | None = None) -> Any:
        """The body of a presentation that was decided."""
        found = self.present(device, mrz, credential)
        assert found.status_code == 201, found.text
        return found.json()

    def pass_through(
        self, device: Headers, presentation: str, key: str | None = None, *others: str
    ) -> Any:
        headers = {**device, **({"Idempotency-Key": key} if key else {})}
        body = {"presentation": presentation, "others": others}
        return self.client.post("/api/v1/passages", json=body, headers=headers)

    def queue(self, officer: Headers) -> list[dict[str, Any]]:
        found = self.client.get("/api/v1/referrals", headers=officer)
        assert found.status_code == 200, found.text
        return list(found.json()["referrals"])

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.execute(sa.text(statement), values).all())


@contextmanager
def locked(world: World, table: str, seconds: float) -> Iterator[None]:
    """All rows of a table, locked for so long by somebody else."""
    has_lock = threading.Event()

    def hold() -> None:
        with world.database.transaction() as session:
            session.connection().exec_driver_sql(f"select from {table} for update")
            has_lock.set()
            session.connection().exec_driver_sql(f"select pg_sleep({seconds})")

    thread = threading.Thread(target=hold)
    thread.start()
    has_lock.wait()
    try:
        yield
    finally:
        thread.join()


def add_flight(session: Session, manifest: Manifest = Manifest.CLOSED) -> UUID:
    flight = Flight(
        site="NRT", carrier="XX", number=983, suffix="", flight_date=date(2026, 3, 9),
        origin="CPH", destination="NRT", departs_at=None, arrives_at=NOW - timedelta(minutes=20),
        status=FlightStatus.LANDED, manifest=manifest, manifest_parts=[], version=1,
    )  # fmt: skip
    session.add(flight)
    session.flush()
    return flight.id


def add_passenger(
    session: Session, flight: UUID, person: Person, party: UUID | None = None, **more: Any
) -> UUID:
    values = {
        "kind": PassengerKind.PASSENGER, "travel_status": TravelStatus.BOARDED,
        "surname": person.surname, "given_names": person.given, "birth_date": person.birth,
        "name_key": name_key(person.surname, person.given), "api_data": {"surname": "X"},
        "provenance": {}, "facts_version": 1, "assessed_version": 0, "version": 1,
    }  # fmt: skip
    passenger = Passenger(flight_id=flight, party_id=party, **{**values, **more})
    session.add(passenger)
    session.flush()
    session.add(
        Document(
            passenger_id=passenger.id, type="P", number=person.number, number_key=person.number,
            issuer=person.issuer, source="api",
        )
    )  # fmt: skip
    session.flush()
    return passenger.id


def add_ruleset(session: Session) -> UUID:
    made = Ruleset(digest=uuid7().bytes, rule_versions=[], watchlists={}, profile={}, values="")
    session.add(made)
    session.flush()
    return made.id


def assess(
    session: Session, passenger: UUID, flight: UUID, ruleset: UUID, *,
    action: str | None = None, confirmed: bool = False, control: bool = False, **more: Any,
) -> None:  # fmt: skip
    facts = session.scalars(
        sa.select(Passenger.facts_version).where(Passenger.id == passenger)
    ).one()
    session.execute(
        sa.update(Assessment)
        .where(Assessment.passenger_id == passenger, Assessment.is_current)
        .values(is_current=False)
    )
    session.add(
        Assessment(
            passenger_id=passenger, flight_id=flight, ruleset_id=ruleset, facts_version=facts,
            facts={}, score=0, level=Level.NONE, control=control, confirmed=confirmed,
            action=Handling(action) if action else None, own_high=False, unknown=[],
            is_current=True, assessed_at=NOW, **more,
        )
    )  # fmt: skip
    session.execute(
        sa.update(Passenger).where(Passenger.id == passenger).values(assessed_version=facts)
    )
