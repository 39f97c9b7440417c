"""A small day of realistic traffic, dirt and all, through the service and against its truth."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.identity.senders import KnownSender, create_sender
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.models import Message, MessageStatus
from app.travel.identity import name_key
from app.travel.models import Document, Flight, Passenger
from kiosk_sim.traffic.day import Transmission, transmissions, truth
from kiosk_sim.traffic.dirt import UNREADABLE, Dirt
from kiosk_sim.traffic.places import senders
from kiosk_sim.traffic.schedule import Plan
from kiosk_sim.traffic.steps import What
from tests.messages.conftest import Post

Line = dict[str, Any]

DAY = date(2026, 3, 10)
PLAN = Plan(7, DAY, "NRT", seed=3101, dirt=0.14, trouble=0.5, seats=(8, 24))
_STATUS_LOST = UNREADABLE | {Dirt.NO_UNT}
"""What may keep the last word on who is on board from being understood."""


class Mail:
    """The connections of all carriers of the traffic."""

    def __init__(self, database: Database, vault: Vault, clock: SettableClock) -> None:
        self.clock, self.database = clock, database
        self.posts: dict[str, Post] = {}
        with database.transaction() as session:
            for name, carriers in senders().items():
                made, _ = create_sender(session, name, carriers, "NRT", clock())
                known = KnownSender(made.id, tuple(made.carriers), made.site)
                self.posts[name] = Post(database, vault, clock, known)

    def deliver(self, sent: Iterable[Transmission]) -> None:
        """Each comes at its moment, or when all are through where it comes out of its turn."""
        for one in sent:
            if not one.lost:
                self.clock.now = max(self.clock.now, one.at)
                self.posts[one.sender].receive(one.data)
                self.posts[one.sender].work()

    def rejected(self) -> int:
        with self.database.read() as session:
            wanted = sa.select(sa.func.count()).where(Message.status == MessageStatus.REJECTED)
            return session.scalar(wanted.select_from(Message)) or 0


@pytest.fixture
def mail(database: Database, vault: Vault, clock: SettableClock) -> Mail:
    clock.now = datetime(2026, 3, 6, tzinfo=UTC)
    return Mail(database, vault, clock)


@pytest.fixture(scope="module")
def sent() -> list[Transmission]:
    return list(transmissions(PLAN))


@dataclass(frozen=True)
class Row:
    """A passenger as the service ended with it."""

    name: str
    birth: str | None
    documents: frozenset[str]
    kind: str
    status: str

    def is_of(self, line: Line) -> bool:
        """Whether the row shows the person, by document or by name and birth date, as far as sent."""
        names = {name_key(line["surname"], line["given"]), name_key(line["given"], line["surname"])}
        same_birth = self.birth in (None, line["birth"])
        return line["document"] in self.documents or (self.name in names and same_birth)


def flight_key(flight: Flight) -> str:
    return f"{flight.carrier}{flight.number:04d}-{flight.flight_date:%Y%m%d}"


def rows(database: Database) -> dict[str, list[Row]]:
    """Passengers by the key of their flight."""
    found: dict[str, list[Row]] = defaultdict(list)
    with database.read() as session:
        flights = {one.id: flight_key(one) for one in session.scalars(sa.select(Flight))}
        documents: dict[Any, set[str]] = defaultdict(set)
        for owner, number in session.execute(sa.select(Document.passenger_id, Document.number_key)):
            documents[owner].add(number)
        for one in session.scalars(sa.select(Passenger)):
            birth = one.birth_date.isoformat() if one.birth_date else None
            shown = Row(
                one.name_key, birth, frozenset(documents[one.id]), one.kind, one.travel_status
            )
            found[flights[one.flight_id]].append(shown)
    return found


LOST = "named only in messages that were lost, cut off or refused"
UNSURE = "right, status unsure: a message of the flight was lost"


COUNTS = {"right": 109, UNSURE: 38, LOST: 2}
"""How the 124 passengers and their crews come out: nobody is missing who could be read."""


@dataclass(frozen=True)
class Expectation:
    """What can be known of the day from what arrived, whatever the order."""

    named: dict[tuple[str, str], set[str]]  # readable kinds of message by flight and person
    spoilt: frozenset[str]  # flights of which a list or the closing is lost
    gaps: frozenset[str]  # flights of which a push is lost: who cancelled may not be known

    @classmethod
    def of(cls, order: Sequence[Transmission]) -> "Expectation":
        named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in order:
            if one.dirt not in UNREADABLE and one.what is not What.MASTER:
                for key in one.people:
                    named[one.flight, key].add(one.what.value[:6])
        lost = [one for one in order if one.dirt in _STATUS_LOST]
        spoilt = frozenset(one.flight for one in lost if one.what.value.startswith("PAXLST"))
        return cls(named, spoilt, frozenset(one.flight for one in lost) - spoilt)

    def verdict(self, line: Line, found: list[Row]) -> str:
        """``right``, the cause why somebody cannot be there, or what is wrong."""
        flight, reported = line["flight"], line["reported"]
        kinds = self.named.get((flight, line["key"]), set())
        if not found:
            return LOST if not kinds else "WRONG: missing"
        if len(found) > 1:
            return f"WRONG: {len(found)} passengers"
        if "PAXLST" in kinds and found[0].kind != line["role"]:
            return f"WRONG: {found[0].kind}"
        stayed = reported in ("withdrawn", "not-boarded")
        if flight in self.spoilt or (flight in self.gaps and stayed):
            return UNSURE
        return "right" if found[0].status == reported else f"WRONG: {found[0].status}"


def compare(
    plan: Plan, order: Sequence[Transmission], found: dict[str, list[Row]]
) -> tuple[Counter[str], list[str]]:
    """How many people came out in which way; and all that is wrong, named."""
    expected = Expectation.of(order)
    counts: Counter[str] = Counter()
    wrong = []
    claimed: set[int] = set()
    for line in truth(plan):
        if line["kind"] != "person" or line["reported"] == "unknown":
            continue
        shown = [row for row in found[line["flight"]] if row.is_of(line)]
        claimed |= {id(row) for row in shown}
        verdict = expected.verdict(line, shown)
        counts[verdict] += 1
        if verdict.startswith("WRONG"):
            wrong.append(f"{line['key']} {line['flaw']} {line['reported']}: {verdict}")
    strangers = [row for shown in found.values() for row in shown if id(row) not in claimed]
    return counts, [*wrong, *(f"stranger {row}" for row in strangers)]


def test_in_order_all_ends_as_it_really_was(mail: Mail, sent: list[Transmission]) -> None:
    mail.deliver(sent)
    counts, wrong = compare(PLAN, sent, rows(mail.database))
    assert wrong == []
    assert counts == COUNTS
    assert mail.rejected() == sum(one.dirt is Dirt.WRONG_CARRIER for one in sent)
    flights_are_as_they_went(mail, sent)


def flights_are_as_they_went(mail: Mail, sent: list[Transmission]) -> None:
    with mail.database.read() as session:
        stored = {flight_key(one): one for one in session.scalars(sa.select(Flight))}
    spoilt = Expectation.of(sent).spoilt
    compared = 0
    for line in truth(PLAN):
        if line["kind"] != "flight" or line["flight"] in spoilt:
            continue
        flight = stored[line["flight"]]
        compared += 1
        assert flight.destination == line["destination"]
        assert (flight.status == "cancelled") is (line["fate"] == "cancelled")
        assert flight.manifest == ("none" if line["fate"] == "cancelled" else "closed")
    assert compared >= 4


def test_in_any_order_and_partly_twice_the_same_people_are_there(
    mail: Mail, sent: list[Transmission]
) -> None:
    order = [*sent, *sent[::3]]
    random.Random(3).shuffle(order)
    mail.clock.now = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(days=3)
    mail.deliver(order)
    counts, wrong = compare(PLAN, order, rows(mail.database))
    assert wrong == []
    assert counts == COUNTS
