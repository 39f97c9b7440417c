"""What every way in has in common: take a delivery, store it, settle it; then tell what became of it.

A delivery leaves its source only after the transaction that stored it has committed. A process that dies in
between finds it there again, and the database tells that it has it: by the source's key for this one
delivery, else by its bytes. So nothing is lost and nothing is doubled, wherever the process dies.
"""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.identity.models import Sender
from app.identity.senders import UnknownSenderError
from app.kernel.clock import Clock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import EgateError, UnavailableError
from app.kernel.texts import N_
from app.messages.answers import Outgoing, mark_delivered, undelivered
from app.messages.models import Message, MessageStatus
from app.messages.receive import Received, ingest, sealing_context, sender_named
from app.messages.verdicts import MessageOut, verdicts_of

log = structlog.get_logger(__name__)

_ONE_BRINGS = sa.text("select pg_try_advisory_xact_lock(:key)")
ANSWERS_AT_ONCE = 20
MAX_TRIES = 3  # of a delivery that fails by itself
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0


class SourceError(Exception):
    """The other side cannot be reached as things are; try again later."""


class FailedError(EgateError):
    """A transmission fails each time; the reason is ours and in the log."""

    code, title = "internal", N_("This transmission could not be taken in")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A transmission at hand. ``key`` names this one delivery, also after a restart, where the source can."""

    sender: str
    raw: bytes
    key: str | None = None
    place: object = None
    """Where the source has it; nobody else looks inside."""


class Source(Protocol):
    """A place that transmissions come from. One thread works with it."""

    tick: float
    """Seconds to wait after a round that brought nothing."""

    def take(self) -> Iterator[Delivery]:
        """Some of what is there, each to be settled before the next. Raises SourceError."""

    def accept(self, delivery: Delivery, received: Received) -> None:
        """It is stored: the source may forget its text."""

    def reject(self, delivery: Delivery, error: EgateError) -> None:
        """It can never be stored: put it aside, whole, with the reason."""

    def give_back(self, delivery: Delivery) -> None:
        """It could not be stored now: somebody takes it again."""

    def tend(self) -> None:
        """Tell the sender what became of earlier ones, bring answers, tidy up."""

    def close(self) -> None:
        """Let go of everything; ``take`` begins afresh."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a source may ask of the service."""

    database: Database
    vault: Vault
    clock: Clock
    deny: frozenset[str] = SENSITIVE_SSR

    def receive(self, delivery: Delivery) -> Received:
        """Store a delivery in a transaction of its own. Raises EgateError."""
        now = self.clock()
        return ingest(
            self.database, self.vault, delivery.sender, delivery.raw, now, key=delivery.key,
            deny=self.deny,
        )  # fmt: skip

    def senders(self) -> frozenset[str]:
        """The names in which messages may come."""
        with self.database.read() as session:
            return frozenset(
                session.scalars(sa.select(Sender.name).where(Sender.disabled_at.is_(None)))
            )

    def verdicts(self, ids: Sequence[UUID], limit: int) -> list[MessageOut]:
        """What became of these transmissions, as their sender may know it, where it is known by now."""
        with self.database.read() as session:
            settled = Message.status != MessageStatus.RECEIVED
            wanted = sa.select(Message).where(Message.id.in_(ids), settled).limit(limit)
            return verdicts_of(session, session.scalars(wanted).all())

    def hand_over(self, sender: str, put: Callable[[Outgoing], None]) -> int:
        """Give the sender's answers that wait to ``put``, in order, then note that; how many.

        One process at a time does it for a sender. Killed before the commit, they are put again: with the same
        number and id. What is no longer kept is only noted.
        """
        with self.database.transaction() as session:
            known = sender_named(session, sender)
            key = {"key": int.from_bytes(known.id.bytes[8:], signed=True)}
            if not session.scalar(_ONE_BRINGS, key):
                return 0
            waiting = undelivered(session, known.id, ANSWERS_AT_ONCE, vault=self.vault)
            for answer in waiting:
                if answer.text is not None:
                    put(answer)
            if waiting:
                mark_delivered(session, [answer.id for answer in waiting], self.clock())
        return len(waiting)

    def kept_text(self, message_id: UUID) -> bytes:
        """A transmission as it is kept: without what must not be; nothing where it is no longer kept."""
        with self.database.read() as session:
            sealed = session.scalar(sa.select(Message.raw).where(Message.id == message_id))
        return self.vault.open(sealed, sealing_context(message_id)) if sealed else b""


class Pump:
    """Moves what a source has into the database, until stopped."""

    def __init__(self, source: Source, desk: Desk) -> None:
        self._source = source
        self._desk = desk
        self._tries: Counter[bytes] = Counter()
        self._wake = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Turn until stopped; what is away is asked again after pauses that grow."""
        failures = 0
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                busy = self.turn()
            except (SourceError, UnavailableError) as error:
                log.warning("source.away", error=type(error.__cause__ or error).__name__)
            except Exception as error:  # the next round may do better; ending would not
                log.error("source.failed", exc_info=error)  # noqa: TRY400
            else:
                failures = 0
                if not busy:
                    self._wake.wait(self._source.tick)
                continue
            failures += 1
            self._source.close()
            self._stopping.wait(pause_after(failures))
        self._source.close()

    def stop(self) -> None:
        """End after the delivery at hand. May be called from a signal handler."""
        self._stopping.set()
        self._wake.set()

    def wake(self) -> None:
        """There may be news: do not wait for the tick."""
        self._wake.set()

    def turn(self) -> bool:
        """One round; whether it brought anything."""
        busy = False
        for delivery in self._source.take():
            self._hand_in(delivery)
            busy = True
            if self._stopping.is_set():
                break
        self._source.tend()
        return busy

    def _hand_in(self, delivery: Delivery) -> None:
        try:
            received = self._desk.receive(delivery)
        except (UnavailableError, UnknownSenderError, SQLAlchemyError):
            self._source.give_back(delivery)  # nothing that this delivery could help
            raise
        except EgateError as error:
            self._source.reject(delivery, error)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is tried again and then put aside
            self._failed(delivery, error)
        else:
            self._source.accept(delivery, received)

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        """One that fails each time must not hold up the others for ever."""
        digest = hashlib.sha256(delivery.raw).digest()
        self._tries[digest] += 1
        if self._tries[digest] < MAX_TRIES:
            self._source.give_back(delivery)
            raise error
        del self._tries[digest]
        log.error("source.rejected", exc_info=error)
        self._source.reject(delivery, FailedError())


def pause_after(failures: int) -> float:
    """Seconds: doubled with each failure up to a minute, less a random part so that not all come at once."""
    pause = min(PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
    return pause * random.uniform(0.75, 1.0)  # noqa: S311  # no secret
