"""The whole service with a full hall, for a benchmark: temporary database, server and worker as programs of their
own; flights, declarations and screening made by the services.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import randbytes
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa

from app.audit.log import SYSTEM, Actor, ActorKind
from app.config import Settings
from app.declarations import service as declarations
from app.declarations.schemas import Submission
from app.demo import temporary_home
from app.gate import halls
from app.gate.models import HallSteps
from app.identity import devices, senders
from app.identity.models import DeviceKind, DeviceToken
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.crypto import new_token, token_hash
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.programs import Programs, free_port
from app.runtime import Runtime, open_runtime
from app.screening.lifecycle import install_ruleset
from kiosk_sim import airline
from kiosk_sim.airline import Sector, Trip
from kiosk_sim.world import NOTHING
from tests.perf import texts
from tests.perf.server import EMPTY

LOG_LINES = "log_line_prefix = '%a|'\n"
ROOT = Path(__file__).parents[2]
HERE = ZoneInfo("Asia/Tokyo")


@dataclass
class Flight:
    """A flight of the benchmark: its list as text and who is on it."""

    sector: Sector
    trips: list[Trip]
    message: bytes


@dataclass
class World:
    """A running service."""

    home: Path
    port: int
    runtime: Runtime
    cluster: postgres.Cluster
    programs: Programs
    database: Database
    sender: str
    devices: dict[str, str] = field(default_factory=dict)

    def cpu_seconds(self, program: str) -> float:
        """CPU time of one of the programs so far, or of all processes of the database."""
        return sum(cpu_of(pid) for pid in self.pids(program))

    def pids(self, program: str) -> list[int]:
        """The process of one of the programs, or all of the database's."""
        if program == "postgres":
            return _processes_in((self.home / "data").resolve())
        return [self.programs.running[program].pid]

    def owner(self) -> psycopg.Connection[Any]:
        """A connection of the database's owner."""
        return psycopg.connect(
            host=str(self.cluster.sockets), user=postgres.OWNER, dbname=postgres.DATABASE,
            password=self.cluster.passwords[postgres.OWNER], autocommit=True,
            cursor_factory=psycopg.ClientCursor,
        )  # fmt: skip

    def administer(self, *statements: str) -> None:
        """Statements of the database's owner."""
        with self.owner() as connection:
            for statement in statements:
                connection.execute(statement.encode())


NO_LIMITS = {f"EGATE_LIMIT_{kind}": "0" for kind in ("ADDRESS", "OFFICER", "DEVICE", "SENDER")}
"""A benchmark is all of an airport's devices at one address, as fast as they can."""


Homes = Callable[[], AbstractContextManager[Path]]
"""A folder for the database and all else that is kept, until the block ends."""
Given = Callable[[Path, postgres.Cluster], Mapping[str, str]]
"""More of the programs' environment, once database and secret are there."""


def nothing_more(home: Path, cluster: postgres.Cluster) -> Mapping[str, str]:
    """As the programs are started by default."""
    del home, cluster
    return {}


@contextmanager
def world(given: Given = nothing_more, homes: Homes = temporary_home) -> Iterator[World]:
    """Start everything; end it and remove its data afterwards."""
    with homes() as home:
        cluster = postgres.ensure(home, settings=LOG_LINES)
        try:
            made = _start(home, cluster, given)
            try:
                yield made
            finally:
                made.database.dispose()
                made.programs.stop()
        finally:
            postgres.stop(home, mode="immediate")


def _start(home: Path, cluster: postgres.Cluster, given: Given) -> World:
    runtime = open_runtime(Settings(state=home), migrate=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    programs = Programs(
        {"EGATE_STATE": str(home), "EGATE_PORT": str(port), "EGATE_PUBLIC_URL": address,
         "EGATE_LOG_FORMAT": "json", **NO_LIMITS, **given(home, cluster)}
    )  # fmt: skip
    database = runtime.database("bench")
    with database.transaction() as session:
        now = system_clock()
        install_ruleset(session, SYSTEM, now)
        _, token = senders.create_sender(session, "bench", ("XX",), runtime.settings.site, now)
    made = World(home, port, runtime, cluster, programs, database, token)
    made.devices = _devices(made)
    _run(programs, home, "serve", ["tests.perf.server"])
    _run(programs, home, "work", ["app", "work"])
    try:
        programs.wait_ready(address + EMPTY)
    except BaseException:
        programs.stop()
        raise
    return made


def _run(programs: Programs, home: Path, name: str, words: list[str]) -> None:
    """A program whose log lines go to a file, as in operation."""
    with (home / f"{name}.log").open("w") as log:
        programs.running[name] = subprocess.Popen(
            [sys.executable, "-m", *words], env=programs.environment, cwd=ROOT, stderr=log,
            stdout=log, start_new_session=True,
        )  # fmt: skip


def _devices(made: World) -> dict[str, str]:
    """Tokens of a one-step gate, and of kiosk and lane of a two-step hall. No answer is held back here."""
    policy = {**halls.WITHOUT_READERS, "minimum_seconds": 0}
    now = system_clock()
    with made.database.transaction() as session:
        site = made.runtime.settings.site
        one = halls.create_hall(session, site, "One", HallSteps.ONE, now, policy)
        two = halls.create_hall(session, site, "Two", HallSteps.TWO, now, policy)
        wanted = {
            "gate": (DeviceKind.KIOSK, one.id),
            "kiosk": (DeviceKind.KIOSK, two.id),
            "lane": (DeviceKind.LANE, two.id),
        }
        tokens = {}
        for name, (kind, hall) in wanted.items():
            device = devices.enrol(session, kind, name, hall, randbytes(32), now)
            tokens[name] = new_token()
            session.add(
                DeviceToken(
                    id=uuid7(), device_id=device.id, token_hash=token_hash(tokens[name]),
                    assertion_id=name, expires_at=now + timedelta(hours=1),
                )
            )  # fmt: skip
    return tokens


# --- flights, declarations -------------------------------------------------------------------------


def flight(number: int, passengers: int) -> Flight:
    """A flight that landed a while ago, with its complete list."""
    now = datetime.now(HERE).replace(tzinfo=None, second=0, microsecond=0)
    sector = texts.sector(number, now - timedelta(minutes=20))
    trips = texts.trips(passengers, sector, seed=number)
    prepared = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2)
    message = airline.passenger_list(sector, trips, str(number), prepared)
    return Flight(sector, trips, message.encode())


def declare(made: World, landed: Flight) -> list[str]:
    """A declaration with nothing to declare for everybody on a flight; the texts of their codes."""
    chance = random.Random(landed.sector.number.number)
    return [_declare(made, landed.sector, trip, chance.randbytes(16)) for trip in landed.trips]


def _declare(made: World, sector: Sector, trip: Trip, cti: bytes) -> str:
    sent = Submission.model_validate_json(json.dumps(form(sector, trip)))
    vault, now = made.runtime.vault, system_clock()
    with made.database.transaction() as session:
        declaration = declarations.submit_declaration(
            session, Actor(ActorKind.TRAVELLER), sent, site=made.runtime.settings.site,
            vault=vault, cti=cti, now=now,
        )  # fmt: skip
        text = declarations.issue_receipt(session, vault, declaration, now)
    assert text is not None
    return text


def form(sector: Sector, trip: Trip) -> dict[str, object]:
    """The body of a declaration with nothing to declare."""
    passport = trip.passport
    return {
        "questionnaire": "jp-c5360-2024",
        "language": "en",
        "traveller": {
            "surname": passport.surname,
            "given_names": passport.given_names,
            "document": {"number": passport.number, "issuer": passport.issued_by},
            "nationality": passport.nationality,
            "birth_date": passport.birth_date.isoformat(),
        },
        "journey": {
            "flight": str(sector.number), "from": sector.origin, "to": sector.destination,
            "arrival_date": sector.arrival.date().isoformat(), "purpose": "tourism",
        },
        "contact": {"address": "4-5-6 Hinoki, Example-ku, Tokyo", "phone": "+81312345678"},
        "companions": [],
        "answers": NOTHING,
        "goods": [],
        "certified": True,
    }  # fmt: skip


_DUE = sa.text("select count(*) from passenger where facts_version > assessed_version")
_ASSESSED = sa.text(
    "select count(*) from assessment a join flight f on f.id = a.flight_id"
    " where a.is_current and f.number = :number"
)
_STATUS = sa.text("select status from message where id = :id")


def count(made: World, statement: str) -> int:
    """The number that a statement asks for."""
    with made.database.read() as session:
        return int(session.scalar(sa.text(statement)) or 0)


def postgres_version(made: World) -> str:
    with made.database.read() as session:
        return str(session.scalar(sa.text("show server_version")))


def due(made: World) -> int:
    """How many passengers wait for their assessment."""
    with made.database.read() as session:
        return int(session.scalar(_DUE) or 0)


def assessed(made: World, number: int) -> int:
    """How many passengers of a flight have been assessed."""
    with made.database.read() as session:
        return int(session.scalar(_ASSESSED, {"number": number}) or 0)


def message_status(made: World, message: UUID) -> str:
    """What became of a message."""
    with made.database.read() as session:
        return str(session.scalar(_STATUS, {"id": message}))


# --- processes -------------------------------------------------------------------------------------


def cpu_of(pid: int) -> float:
    """Seconds that the threads of a process have run, to the nanosecond; 0 when it is gone."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0])
        except OSError:  # it has just ended
            continue
    return total / 1e9


def _processes_in(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
