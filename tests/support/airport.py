"""An airport with flights, halls and invented travellers, fed through the public interfaces.

Works against the program in this process (``TestClient``) and against a real server (``httpx2.Client``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

import httpx2
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.log import SYSTEM
from app.declarations.matching import match_waiting
from app.formats.codes import FlightNumber
from app.gate import halls
from app.gate.models import HallSteps
from app.identity import devices, officers, senders
from app.identity.models import DeviceKind, DeviceToken
from app.identity.permissions import Role
from app.kernel.crypto import new_token, token_hash
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from app.screening import watchlists
from app.screening.assess import assess_due
from app.screening.controls import set_control_rate
from app.screening.lifecycle import install_ruleset
from app.screening.models import EntryKind, Handling
from app.travel.models import Flight
from kiosk_sim.airline import Sector, Trip, booking_push, passenger_list
from kiosk_sim.passport import Passport
from kiosk_sim.world import NOTHING
from risk_rules.names import BirthDate, Name
from tests.support.lists import put_entries

LIST = "customs-lookouts"
WINE = {"category": "alcohol", "description": None, "quantity": 6, "value": 9000, "currency": "JPY"}
CASH = {"payment": "CA", "booked_days_before": 1, "stay_nights": None}
"""A booking that a rule of the starting set speaks about."""


@dataclass
class Guest:
    """An invented traveller: passport, trip, and the code of the declaration once made."""

    passport: Passport
    trip: Trip
    code: str | None = None


def guest(
    surname: str,
    given: str,
    seat: str = "21C",
    state: str = "SWE",
    born: date = date(1988, 4, 12),
    locator: str | None = None,
    **trip: Any,
) -> Guest:
    """Somebody with a passport and a booking of their own (or a shared ``locator``)."""
    digits = sum(ord(letter) * place for place, letter in enumerate(surname + given, 1))
    number = f"K{digits % 10**7:07d}"
    passport = Passport(surname, given, "F", born, state, number, date(2033, 5, 1))
    code = locator or "".join(c for c in surname + "QQQQQQ" if c.isascii() and c.isalpha())[:6]
    return Guest(passport, Trip(passport, code, seat=seat, **trip))


@dataclass
class Opened:
    """What is known of an airport once it is open: the sender's token, the halls, the devices' tokens."""

    sender: str
    halls: dict[str, UUID]
    tokens: dict[str, str]


@dataclass
class Airport:
    """NRT with Hall A (kiosk and lane) and Hall B (one gate); rules and one empty watch list in force.

    ``opened`` is what is known of one that is in the database already.
    """

    http: Any
    kernel: Kernel
    hold_seconds: float = 30
    opened: Opened | None = None
    sent: int = 0

    def __post_init__(self) -> None:
        self.opened = known = self.opened or self._open()
        self.sender, self.halls, self.tokens = known.sender, known.halls, known.tokens

    def _open(self) -> Opened:
        now = self.kernel.clock()
        policy = {
            **halls.WITHOUT_READERS, "minimum_seconds": 0, "hold_seconds": self.hold_seconds,
        }  # fmt: skip
        with self.kernel.database.transaction() as session:
            install_ruleset(session, SYSTEM, now)
            set_control_rate(session, SYSTEM, 0, now)  # nobody by chance
            watchlists.create_list(
                session, SYSTEM, LIST, "Customs lookouts", "revenue", Handling.STOP, now
            )
            _, sender = senders.create_sender(session, "airline", ["XX", "ZZ"], "NRT", now)
            made = {
                name: halls.create_hall(session, "NRT", name, steps, now, policy).id
                for name, steps in (("Hall A", HallSteps.TWO), ("Hall B", HallSteps.ONE))
            }
        tokens = {
            name: self._enrol(kind, name, made[hall])
            for name, kind, hall in (
                ("kiosk", DeviceKind.KIOSK, "Hall A"),
                ("lane", DeviceKind.LANE, "Hall A"),
                ("gate", DeviceKind.KIOSK, "Hall B"),
            )
        }
        return Opened(sender, made, tokens)

    def _enrol(self, kind: DeviceKind, name: str, hall: UUID) -> str:
        key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        token, now = new_token(), self.kernel.clock()
        with self.kernel.database.transaction() as session:
            device = devices.enrol(session, kind, name, hall, key, now)
            session.add(
                DeviceToken(
                    device_id=device.id, token_hash=token_hash(token), assertion_id=name,
                    expires_at=now + devices.TOKEN_LIFE,
                )
            )  # fmt: skip
        return token

    # --- people of the service -------------------------------------------------------------------

    def code_for(self, login: str, name: str, role: Role = Role.SENIOR) -> str:
        """A one-time sign-in code of an officer, who is made when new."""
        now = self.kernel.clock()
        with self.kernel.database.transaction() as session:
            found = officers.find_officer(session, login)
            found = found or officers.create_officer(session, login, name, [role], "NRT", now)
            return officers.issue_code(session, found.id, now)

    def cookie_for(self, login: str, name: str, role: Role = Role.SENIOR) -> str:
        """The session token of a signed-in officer."""
        code = self.code_for(login, name, role)
        with self.kernel.database.transaction() as session:
            return officers.sign_in(session, code, self.kernel.clock())

    # --- travellers ------------------------------------------------------------------------------

    def look_out_for(self, *people: Guest) -> None:
        """Put people on the watch list, by name, date of birth and nationality."""
        drafts = [
            watchlists.EntryDraft(
                key=f"case-{one.passport.number}", kind=EntryKind.PERSON,
                reason="undeclared currency on an earlier trip",
                names=(Name(one.passport.surname, one.passport.given_names),),
                birth_dates=(BirthDate.of(one.passport.birth_date),),
            )
            for one in people
        ]  # fmt: skip
        with self.kernel.database.transaction() as session:
            put_entries(session, SYSTEM, LIST, drafts, self.kernel.clock())

    def sector(self, number: int, lands_in: timedelta, origin: str = "LHR") -> Sector:
        """A flight of XX that lands after ``lands_in`` (before now when negative)."""
        lands = self.kernel.clock() + lands_in
        local = lands.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0)
        return Sector(
            FlightNumber("XX", number), origin, "NRT",
            local - timedelta(hours=13), local + timedelta(hours=9),
        )  # fmt: skip

    def declare(self, one: Guest, sector: Sector, yes: Sequence[str] = (), **changes: Any) -> None:
        """A declaration made online."""
        passport = one.passport
        body = {
            "questionnaire": "jp-c5360-2024", "language": "en",
            "traveller": {
                "surname": passport.surname, "given_names": passport.given_names,
                "document": {"number": passport.number, "issuer": passport.issued_by},
                "nationality": passport.nationality,
                "birth_date": passport.birth_date.isoformat(),
            },
            "journey": {
                "flight": str(sector.number), "from": sector.origin, "to": sector.destination,
                "arrival_date": sector.arrival.date().isoformat(), "purpose": "tourism",
            },
            "contact": None, "companions": [], "certified": True,
            "goods": [WINE] if "over_allowance" in yes else [],
            "answers": NOTHING | dict.fromkeys(yes, True),
        } | changes  # fmt: skip
        answer = self.http.post("/api/v1/declarations", json=body)
        assert answer.status_code == 201, answer.text
        one.code = answer.json()["credential"]["text"]

    def send(self, text: str) -> str:
        """POST a message; its id."""
        headers = {"Authorization": f"Bearer {self.sender}"}
        answer = self.http.post("/api/v1/messages", content=text.encode(), headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def announce(self, sector: Sector, people: Sequence[Guest]) -> None:
        """The carrier's messages: bookings, then the passenger list."""
        self.sent += 1
        prepared = self.kernel.clock().astimezone(UTC).replace(tzinfo=None)
        trips = [one.trip for one in people]
        for write, tag in ((booking_push, "P"), (passenger_list, "A")):
            self.send(write(sector, trips, f"{tag}{self.sent:05d}", prepared))

    def settle(self) -> None:
        """Do what a worker would do: apply messages, match declarations, screen."""
        kernel = self.kernel
        while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
            pass
        with kernel.database.transaction() as session:
            for flight in session.scalars(sa.select(Flight.id)):
                match_waiting(session, flight, kernel.clock())
        while assess_due(kernel.database, kernel.vault, kernel.clock()):
            pass

    def present(self, device: str, one: Guest, **readings: Any) -> dict[str, Any]:
        """Passport and code at ``kiosk``, ``lane`` or ``gate``; the answer."""
        body = {"mrz": one.passport.mrz, "credential": one.code, "readings": readings}
        headers = {"Authorization": f"Bearer {self.tokens[device]}"}
        answer = self.http.post("/api/v1/presentations", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(json.loads(answer.text))


def http_client(address: str) -> httpx2.Client:
    """A client of a real server."""
    return httpx2.Client(base_url=address, timeout=20)


def landed_ago(minutes: float) -> timedelta:
    """How long until landing of a flight that landed so many minutes ago."""
    return timedelta(minutes=-minutes)
