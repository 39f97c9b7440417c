"""Many small passenger lists of invented people on several flights, two workers that apply them, and the count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.identity.senders import KnownSender
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.receive import receive_message
from tests.messages.airline import api, person

FLIGHTS = 100
STORED_AT_ONCE = 100
_VOWELS, _REST = "AEIOU", "BDFGHKLMNPRSTVZ"


def name_of(number: int) -> str:
    """Another pronounceable name for each number."""
    text = ""
    for _ in range(5):
        number, at = divmod(number, len(_REST) * len(_VOWELS))
        text += _REST[at // len(_VOWELS)] + _VOWELS[at % len(_VOWELS)]
    return text


def messages(count: int) -> Iterator[bytes]:
    """``count`` passenger lists of one person each, all of them different, one flight after the other."""
    today = system_clock().replace(tzinfo=None, hour=9, minute=30, second=0, microsecond=0)
    times = {"departs": today, "arrives": today + timedelta(hours=8)}  # workers mask old flights
    for n in range(count):
        somebody = person(
            name_of(n * 7919), name_of(n * 104_729 + 1), number=f"K{n:07d}",
            born=date(1950, 1, 1) + timedelta(days=n % 20_000), ABO=f"R{n:07d}",
        )  # fmt: skip
        yield api(somebody, flight=f"ZZ{100 + n % FLIGHTS}", control=f"F{n:07d}", **times)


def store(database: Database, vault: Vault, sender: KnownSender, raws: Sequence[bytes]) -> None:
    """Put the messages into the database, many in a transaction: what is looked at is their applying."""
    for at in range(0, len(raws), STORED_AT_ONCE):
        with database.transaction() as session:
            for raw in raws[at : at + STORED_AT_ONCE]:
                receive_message(session, sender.actor, sender, raw, system_clock(), vault=vault)


_WAITING = sa.text("select count(*) from message where status = 'received'")
_STATUSES = sa.text("select status, count(*) from message group by status")
_DECISIONS = sa.text(
    "select subject, count(*) from event where kind = 'message.applied' group by 1"
)
_PEOPLE = sa.text("select name_key, count(*) from passenger group by name_key")


@dataclass(frozen=True)
class Tally:
    """What was found when nothing waited any more."""

    statuses: dict[str, int]
    decided: dict[UUID, int]
    people: dict[str, int]

    def lost(self, count: int) -> int:
        """Messages that were not applied, and people who are not there."""
        return 2 * count - self.statuses.get("applied", 0) - len(self.people)

    @property
    def doubled(self) -> int:
        """Messages that were decided more than once, and people who are there more than once."""
        return sum(n - 1 for n in [*self.decided.values(), *self.people.values()])


def waiting(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(_WAITING) or 0)


def tally(database: Database) -> Tally:
    def read(statement: Any) -> dict[Any, int]:
        return {row[0]: row[1] for row in session.execute(statement)}

    with database.read() as session:
        return Tally(read(_STATUSES), read(_DECISIONS), read(_PEOPLE))
