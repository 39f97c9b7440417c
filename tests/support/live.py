"""How long a change of a watch list takes until each of two workers, as programs of their own, acts on it."""

import itertools
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from subprocess import Popen
from uuid import UUID

import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.screening import watchlists
from app.screening.entries import EntryDraft
from app.screening.models import EntryKind, Handling
from app.travel.models import (
    Flight,
    FlightStatus,
    Manifest,
    Passenger,
    PassengerKind,
    TravelStatus,
)
from risk_rules.names import BirthDate, Name
from tests.support.flood import name_of
from tests.support.lists import put_entries

LIST = "live"
SURNAME = "LIVELISTER"
FIRST_BIRTH = date(1960, 1, 1)
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.01


def passengers(database: Database, site: str, count: int) -> list[UUID]:
    """So many people of invented names on a flight that lands in some hours."""
    now = system_clock()
    with database.transaction() as session:
        flight = Flight(
            site=site, carrier="ZZ", number=77, suffix="", flight_date=now.date(), origin="SIN",
            destination=site, departs_at=None, arrives_at=now + timedelta(hours=5),
            status=FlightStatus.SCHEDULED, manifest=Manifest.CLOSED, manifest_parts=[], version=1,
        )  # fmt: skip
        session.add(flight)
        session.flush()
        made = [_passenger(flight.id, number) for number in range(count)]
        session.add_all(made)
        session.flush()
        return [one.id for one in made]


def _passenger(flight_id: UUID, number: int) -> Passenger:
    name = _name(number)
    return Passenger(
        flight_id=flight_id, surname=name.surname, given_names=name.given,
        name_key=f"{name.surname}<{name.given}", birth_date=_born(number), sex="F",
        nationality="UTO", residence="UTO", kind=PassengerKind.PASSENGER,
        travel_status=TravelStatus.BOOKED, api_data={}, pnr_data=None, provenance={},
        facts_version=1, assessed_version=0, version=1,
    )  # fmt: skip


def _name(number: int) -> Name:
    return Name(SURNAME, name_of(number * 7919 + 1))


def _born(number: int) -> date:
    return FIRST_BIRTH + timedelta(days=number)


def fill(database: Database, names: Iterator[Name]) -> None:
    """A list of those names."""
    drafts = [
        EntryDraft(f"E-{n}", EntryKind.PERSON, "test", (name,)) for n, name in enumerate(names)
    ]
    now = system_clock()
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, LIST, "Live", "drugs", Handling.STOP, now)
        put_entries(session, SYSTEM, LIST, drafts, now)


def until_live(
    database: Database, workers: Sequence["Popen[bytes]"], people: Sequence[UUID], rounds: int
) -> list[list[float]]:
    """Seconds from the change's commit to the traveller's new assessment, for each worker.

    One worker sleeps while the other is looked at; the first round of each, which reads the list, is left out.
    """
    _settled(database)
    found: list[list[float]] = [[] for _ in workers]
    turns = itertools.islice(itertools.cycle(range(len(workers))), (rounds + 1) * len(workers))
    for number, awake in enumerate(turns):
        with _asleep(database, [one for at, one in enumerate(workers) if at != awake]):
            found[awake].append(_one(database, people[number], number))
        _settled(database)
    return [seconds[1:] for seconds in found]


def _one(database: Database, passenger: UUID, number: int) -> float:
    born = BirthDate.of(_born(number))
    draft = EntryDraft(f"P-{number}", EntryKind.PERSON, "test", (_name(number),), (born,))
    with database.transaction() as session:
        put_entries(session, SYSTEM, LIST, [draft], system_clock())
    started = time.perf_counter()
    while not _is_hit(database, passenger):
        assert time.perf_counter() - started < PATIENCE_SECONDS, "the change is not acted on"
        time.sleep(_POLL_SECONDS)
    return time.perf_counter() - started


@contextmanager
def _asleep(database: Database, workers: Sequence["Popen[bytes]"]) -> Iterator[None]:
    """Stopped, but not within a transaction: its locks would stop the others too."""
    try:
        for _ in range(100):
            _signal(workers, signal.SIGSTOP)
            if any(not _count(database, _BUSY) for _ in range(10)):
                break
            _signal(workers, signal.SIGCONT)
        yield
    finally:
        _signal(workers, signal.SIGCONT)


def _signal(workers: Sequence["Popen[bytes]"], number: signal.Signals) -> None:
    for one in workers:
        one.send_signal(number)
    time.sleep(0.02)


_HIT = sa.text(
    "select count(*) from hit h join assessment a on a.id = h.assessment_id"
    " where a.is_current and a.passenger_id = :passenger and h.source = 'watchlist'"
)
_DUE = sa.text(
    "select count(*) from passenger p where p.facts_version > p.assessed_version"
    " or not exists (select from assessment a where a.passenger_id = p.id and a.is_current)"
)


def _is_hit(database: Database, passenger: UUID) -> bool:
    with database.read() as session:
        return bool(session.scalar(_HIT, {"passenger": passenger}))


def _settled(database: Database) -> None:
    """Until nobody waits to be assessed."""
    end = time.monotonic() + PATIENCE_SECONDS
    while _count(database, _DUE):
        assert time.monotonic() < end, "the workers do not come through"
        time.sleep(0.1)


def _count(database: Database, statement: sa.TextClause) -> int:
    with database.read() as session:
        return int(session.scalar(statement) or 0)


_BUSY = sa.text(
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and state in ('active', 'idle in transaction')"
)
