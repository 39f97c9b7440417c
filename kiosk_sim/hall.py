"""A living airport hall for the demo: flights come in, people declare, walk up and are looked after.

Nothing here is faked on the service's side: it is the load of a quiet day over the public interfaces.
"""

import base64
import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.formats.barcode import Reader
from kiosk_sim.airline import Sector, Trip, booking_push, from_london, passenger_list
from kiosk_sim.client import Credentials, Refused, Service, ServiceUnavailable
from kiosk_sim.passport import Passport, invent
from kiosk_sim.walk import Walk, present
from kiosk_sim.world import NOTHING, Airline, Officer, Phone

LIST = "customs-lookouts"
PEOPLE = 14
LEFT_FOR_VISITORS = 4
STEP_SECONDS = 6.0
FLIGHT_SECONDS = 240.0
PATIENCE_SECONDS = 150.0
FIRST_ARRIVALS = (-15, 20, 75)
"""Minutes from now at which the flights of the start land."""
DECLARED: tuple[dict[str, bool], ...] = (
    {},
    {},
    {},
    {"over_allowance": True},
    {"means_of_payment": True},
)
GOODS = [{"category": "cigarettes", "description": None, "quantity": 600, "value": 18000,
          "currency": "JPY"}]  # fmt: skip


@dataclass(slots=True)
class Person:
    """Somebody on a simulated flight."""

    passport: Passport
    trip: Trip
    label: str
    code: str | None = None
    picture: bytes | None = None


class Hall:
    """The simulation: who sends, who walks, who looks after referrals."""

    def __init__(self, given: dict[str, Any], reader: Reader) -> None:
        server = given["server"]
        self._site = given["site"]
        self._reader = reader
        self._chance = random.Random()  # noqa: S311  # invented people
        self._number = 200
        self._waiting: list[tuple[datetime, Person]] = []
        self._tray: list[dict[str, Any]] = []
        self._tray_path = Path(given["tray"])
        self._airline = Airline(server, given["sender_token"])
        self._phone = Phone(server)
        self._officers = {name: Officer(server, code) for name, code in given["codes"].items()}
        self._devices = {
            name: Service(server, Credentials.load(Path(path)))
            for name, path in given["devices"].items()
        }

    def bring_flight(self, lands: datetime) -> None:
        """A flight with its people: lookouts, declarations, bookings, passenger list."""
        self._number += 2
        sector = from_london(self._number, self._site, lands)
        people = [self._person(sector, index) for index in range(PEOPLE)]
        listed = self._chance.choice(people[LEFT_FOR_VISITORS:])
        self._put_on_watchlist(listed, f"{sector.number}-{lands:%m%d%H%M}")
        for person in people:
            self._declare(person, sector)
        trips = [person.trip for person in people]
        prepared = datetime.now(UTC).replace(tzinfo=None)
        tag = f"{self._number}{prepared:%H%M%S}"
        self._airline.send(booking_push(sector, trips, f"P{tag}", prepared))
        self._airline.send(passenger_list(sector, trips, f"A{tag}", prepared))
        self._waiting += [(lands, person) for person in people[LEFT_FOR_VISITORS:]]
        self._offer(people[:LEFT_FOR_VISITORS], sector)

    def step(self) -> None:
        """One more traveller of a landed flight walks up; an officer looks after old referrals."""
        now = datetime.now(UTC)
        landed = [entry for entry in self._waiting if entry[0] <= now]
        if landed:
            entry = self._chance.choice(landed)
            self._waiting.remove(entry)
            self._walk(entry[1])
        self._look_after(now)

    def _person(self, sector: Sector, index: int) -> Person:
        passport = invent(self._chance, sector.arrival.date())
        letters = "".join(self._chance.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(4))
        trip = Trip(
            passport,
            f"{letters}{index:02d}",
            seat=f"{10 + index}{self._chance.choice('ABCDEF')}",
            bags=self._chance.choice((0, 1, 1, 2, 3)),
            bag_weight=self._chance.randrange(9, 32),
            booked_days_before=self._chance.choice((1, 3, 20, 45, 90)),
            payment=self._chance.choice(("CC", "CC", "CC", "CA")),
            stay_nights=self._chance.choice((None, 2, 5, 9, 14)),
        )
        label = f"{passport.given_names.title()} {passport.surname.title()}, {sector.number}"
        return Person(passport, trip, label)

    def _put_on_watchlist(self, person: Person, key: str) -> None:
        passport = person.passport
        entry = {
            "key": f"demo-{key}",
            "kind": "person",
            "reason": "undeclared currency on an earlier trip",
            "names": [{"surname": passport.surname, "given": passport.given_names}],
            "birth_dates": [passport.birth_date.isoformat()],
        }
        self._officers["targeter"].add_to_watchlist(LIST, entry)

    def _declare(self, person: Person, sector: Sector) -> None:
        answers = self._chance.choice(DECLARED)
        goods = GOODS if answers.get("over_allowance") else []
        made = self._phone.declare(
            person.passport, sector.journey, answers=NOTHING | answers, goods=goods
        )
        person.code = made["credential"]["text"]
        person.picture = base64.b64decode(made["credential"]["png"])

    def _offer(self, people: list[Person], sector: Sector) -> None:
        """Lay passports and phones on the tray for visitors; the newest flights come first."""
        del sector
        items = [{"label": p.label, "mrz": p.passport.mrz, "code": p.code} for p in people]
        self._tray = [*items, *self._tray][: 3 * LEFT_FOR_VISITORS]
        partial = self._tray_path.with_suffix(".new")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(self._tray, out)
        partial.replace(self._tray_path)

    def _walk(self, person: Person) -> None:
        walk = Walk()
        if self._chance.random() < 0.3:  # the others take the two-step hall
            self._at("gate-1", walk, person)
            return
        self._at("kiosk-1", walk, person)
        if walk.path == ["registered"]:
            self._at("lane-1", walk, person)

    def _at(self, device: str, walk: Walk, person: Person) -> None:
        present(walk, self._devices[device], self._reader, person.passport, person.picture)

    def _look_after(self, now: datetime) -> None:
        """Referrals that nobody took for a while, so that the demo's queue does not grow for ever."""
        for referral in self._officers["gate"].referrals():
            raised = datetime.fromisoformat(referral["raised_at"])
            if referral["state"] == "raised" and (now - raised).total_seconds() > PATIENCE_SECONDS:
                self._officers["gate"].inspect(referral)
                self._officers["gate"].close_with_nothing(referral)
                return


def live(given: dict[str, Any]) -> int:
    """Keep the hall alive until stopped; a service that is away for a while is waited for."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with Reader() as reader:
        hall = Hall(given, reader)
        due = [datetime.now(UTC) + timedelta(minutes=minutes) for minutes in FIRST_ARRIVALS]
        next_flight = time.monotonic() + FLIGHT_SECONDS
        while not stopping.wait(0 if due else STEP_SECONDS):
            try:
                if due:
                    hall.bring_flight(due[0])
                    del due[0]
                hall.step()
            except Refused as error:
                print(f"egate simulate: refused: {error.code}", file=sys.stderr)  # noqa: T201
                stopping.wait(STEP_SECONDS)
                continue
            except (ServiceUnavailable, TimeoutError):
                stopping.wait(STEP_SECONDS)
                continue
            if time.monotonic() > next_flight:
                next_flight += FLIGHT_SECONDS
                due.append(datetime.now(UTC) + timedelta(minutes=20))
    return 0
