"""A post office: transmissions in, the verdict and the people of the flight out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.identity.senders import KnownSender, create_sender
from app.kernel.clock import SettableClock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.messages.apply import apply_next
from app.messages.models import Message, MessageFault
from app.messages.receive import Received, receive_message
from app.travel.models import Flight, Passenger


@dataclass
class Post:
    """A sender that may speak for ZZ and QQ."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    sender: KnownSender
    ids: list[UUID] = field(default_factory=list)

    def receive(self, raw: bytes, sender: KnownSender | None = None) -> Received:
        known = sender or self.sender
        with self.database.transaction() as session:
            return receive_message(session, known.actor, known, raw, self.clock(), vault=self.vault)

    def another(self, name: str) -> KnownSender:
        """One more sender for the same carriers."""
        with self.database.transaction() as session:
            sender, _ = create_sender(session, name, ["ZZ", "QQ"], "NRT", self.clock())
            return KnownSender(sender.id, tuple(sender.carriers), sender.site)

    def work(self) -> int:
        """Apply until nothing waits; how many transmissions that took."""
        count = 0
        while apply_next(self.database, self.vault, self.clock(), "NRT"):
            count += 1
        return count

    def send(self, *raws: bytes) -> Message:
        """Receive and apply; the last one's row."""
        for raw in raws:
            received = self.receive(raw)
            self.work()
        return self.message(received.id)

    def message(self, message_id: UUID) -> Message:
        with self.database.read() as session:
            return session.get_one(Message, message_id)

    def faults(self, message: Message) -> list[MessageFault]:
        with self.database.read() as session:
            wanted = sa.select(MessageFault).where(MessageFault.message_id == message.id)
            return list(session.scalars(wanted.order_by(MessageFault.id)))

    def codes(self, message: Message) -> list[str]:
        return [fault.code for fault in self.faults(message)]

    def people(self) -> list[Passenger]:
        with self.database.read() as session:
            ordered = sa.select(Passenger).order_by(Passenger.name_key, Passenger.id)
            return list(session.scalars(ordered))

    def person(self) -> Passenger:
        [one] = self.people()
        return one

    def flight(self) -> Flight:
        with self.database.read() as session:
            return session.scalars(sa.select(Flight)).one()

    def all(self, statement: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(statement))


@pytest.fixture
def post(database: Database, vault: Vault, clock: SettableClock) -> Post:
    with database.transaction() as session:
        sender, _ = create_sender(session, "ZZ test", ["ZZ", "QQ"], "NRT", clock())
        known = KnownSender(sender.id, tuple(sender.carriers), sender.site)
    return Post(database, vault, clock, known)
