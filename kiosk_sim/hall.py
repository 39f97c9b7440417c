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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.formats.barcode import Reader
from kiosk_sim import pictures
from kiosk_sim.airline import Sector
from kiosk_sim.chip import ChipReader
from kiosk_sim.client import Credentials, Refused, Service, ServiceUnavailable
from kiosk_sim.passport import Passport
from kiosk_sim.pictures import portrait_of
from kiosk_sim.states import AUTHORITIES, States
from kiosk_sim.traffic.bookings import World
from kiosk_sim.traffic.day import Transmission, Worlds, of_flight
from kiosk_sim.traffic.schedule import MOST_FLIGHTS, Plan, landing
from kiosk_sim.walk import Walk, present
from kiosk_sim.world import NOTHING, Airline, Airport, Officer, Phone

LIST = "customs-lookouts"
PEOPLE = 14
SEATS = (26, 60)
DIRT = 0.03
LEFT_FOR_VISITORS = 4
STEP_SECONDS = 6.0
FLIGHT_SECONDS = 240.0
PATIENCE_SECONDS = 150.0
BEHIND_THE_GATE = frozenset({"late-hit", "recall"})
"""Tasks that end otherwise than by an inspection at the gate: they wait for whoever looks at the demo."""
FIRST_ARRIVALS = (-15, 20, 75)
"""Minutes from now at which the flights of the start land."""
_UNDER_WAY = frozenset({"scheduled", "departed"})
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
    """Somebody on a simulated flight who declares and walks."""

    passport: Passport
    label: str
    code: str | None = None
    picture: bytes | None = None


class Timetable:
    """Flights of invented carriers, one after the other, no two of one number."""

    def __init__(self, site: str, seed: int) -> None:
        self._site, self._seed = site, seed
        self._place = seed % (MOST_FLIGHTS // 2)

    def next_flight(self, lands: datetime, worlds: Worlds) -> World:
        """The next flight with enough people for the hall, landing at ``lands`` (aware)."""
        plan = Plan(
            MOST_FLIGHTS, lands.date(), self._site, self._seed, DIRT, trouble=0.0, seats=SEATS
        )
        while True:
            self._place += 1
            flight = landing(plan, self._place % MOST_FLIGHTS, lands)
            world = worlds.of(flight)
            if len(walkers(world)) == PEOPLE:
                return world


def walkers(world: World) -> list[Person]:
    """Grown-ups on board who enter the country; they stand for all in the hall."""
    flight = world.flight
    return [
        Person(member.who.passport, _label(member.who.passport, flight.sector))
        for booking, member in world.members()
        if member.on_board and member.who.kind == "ADT"
        and not (member.transit or booking.cancelled_at)
    ][:PEOPLE]  # fmt: skip


def due_to_land(board: Sequence[Mapping[str, Any]], now: datetime) -> list[str]:
    """Ids of the flights of the board that should be here by now and are not said to be anywhere else."""
    return [
        flight["id"] for flight in board
        if flight["arrives_at"] and flight["status"] in _UNDER_WAY
        and datetime.fromisoformat(flight["arrives_at"]) <= now
    ]  # fmt: skip


def _label(passport: Passport, sector: Sector) -> str:
    return f"{passport.given_names.title()} {passport.surname.title()}, {sector.number}".strip()


class Hall:
    """The simulation: who sends, who walks, who looks after referrals."""

    def __init__(self, given: dict[str, Any], reader: Reader) -> None:
        server = given["server"]
        self._reader = reader
        folder = Path(given["states"])
        self._states, self._chips = States.load(folder), ChipReader.load(folder / AUTHORITIES)
        self._chance = random.Random()  # noqa: S311  # invented people
        self._timetable = Timetable(given["site"], self._chance.randrange(10**9))
        self._worlds = Worlds()
        self._outbox: list[Transmission] = []
        self._waiting: list[tuple[datetime, Person]] = []
        self._tray: list[dict[str, Any]] = []
        self._tray_path = Path(given["tray"])
        self._airline = Airline(server, given["sender_token"])
        self._airport = Airport(server, given["airport_token"])
        self._phone = Phone(server)
        self._officers = {name: Officer(server, code) for name, code in given["codes"].items()}
        self._devices = {
            name: Service(server, Credentials.load(Path(path)))
            for name, path in given["devices"].items()
        }

    def bring_flight(self, lands: datetime) -> None:
        """A flight with its people: lookouts, declarations, and all that its carrier sends."""
        world = self._timetable.next_flight(lands, self._worlds)
        sector, people = world.flight.sector, walkers(world)
        self._chance.shuffle(people)
        listed = self._chance.choice(people[LEFT_FOR_VISITORS:])
        self._put_on_watchlist(listed, f"{sector.number}-{lands:%m%d%H%M}")
        for person in people:
            self._declare(person, sector)
        self._outbox += of_flight(world.flight, self._worlds)
        self._outbox.sort(key=lambda sent: sent.at)
        self._send()
        self._waiting += [(lands, person) for person in people[LEFT_FOR_VISITORS:]]
        self._offer(people[:LEFT_FOR_VISITORS], sector)

    def step(self) -> None:
        """One more traveller of a landed flight walks up; an officer looks after old referrals."""
        now = datetime.now(UTC)
        self._send()
        self._land(now)
        landed = [entry for entry in self._waiting if entry[0] <= now]
        if landed:
            entry = self._chance.choice(landed)
            self._waiting.remove(entry)
            self._walk(entry[1])
        self._look_after(now)

    def _send(self) -> None:
        """What is due by now; of a short flight some comes later."""
        now = datetime.now(UTC)
        while self._outbox and self._outbox[0].at <= now:
            if not self._outbox[0].lost:
                self._airline.send(self._outbox[0].data)
            del self._outbox[0]

    def _land(self, now: datetime) -> None:
        """As an airport's system does: what should be here by now has landed."""
        for flight in due_to_land(self._officers["senior"].flights(), now):
            self._airport.set_status(flight, "landed")

    def _put_on_watchlist(self, person: Person, key: str) -> None:
        passport = person.passport
        entry = {
            "key": f"demo-{key}",
            "kind": "person",
            "reason": "undeclared currency on an earlier trip",
            "names": [{"surname": passport.surname, "given": passport.given_names}],
            "birth_dates": [passport.birth_date.isoformat()],
        }
        self._officers["custodian"].add_to_watchlist(LIST, entry)

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
        items = [self._item(one) for one in people]
        items[0] |= self._pictured(people[0])
        self._tray = [*items, *self._tray][: 3 * LEFT_FOR_VISITORS]
        partial = self._tray_path.with_suffix(".new")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(self._tray, out)
        partial.replace(self._tray_path)

    def _item(self, person: Person) -> dict[str, Any]:
        document = self._states.document(person.passport)
        return {"label": person.label, **document.to_item(), "code": person.code}

    def _pictured(self, person: Person) -> dict[str, Any]:
        """The item of somebody of whom there is a picture: in the chip, and before the simulated camera."""
        picture = pictures.find(pictures.ASTRONAUT)
        if picture is None:
            return {}
        document = self._states.document(person.passport, portrait_of(picture))
        return {**document.to_item(), "face": pictures.ASTRONAUT}

    def _walk(self, person: Person) -> None:
        walk = Walk()
        if self._chance.random() < 0.3:  # the others take the two-step hall
            self._at("gate-1", walk, person)
            return
        self._at("kiosk-1", walk, person)
        if walk.path == ["registered"]:
            self._at("lane-1", walk, person)

    def _at(self, device: str, walk: Walk, person: Person) -> None:
        document = self._states.document(person.passport)
        service = self._devices[device]
        present(walk, service, self._reader, document, person.picture, self._chips)

    def _look_after(self, now: datetime) -> None:
        """Lanes that lost the service for a moment, and referrals that nobody took for a while: the demo goes on."""
        self._officers["gate"].reset_lanes()
        for referral in self._officers["gate"].referrals():
            if referral["kind"] in BEHIND_THE_GATE:
                continue
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
