"""What the appliers of lists and pushes share: the work at hand and transactions of a batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.identity.senders import Answering
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import UnavailableError
from app.messages.contents import Verdict
from app.messages.scrub import card_fingerprint
from app.travel import flights
from app.travel.flights import FlightFacts
from app.travel.models import Flight
from app.travel.passengers import Order
from app.travel.roster import Roster
from app.travel.same_flight import join_same

log = structlog.get_logger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(Exception):
    """The worker is told to end: what is done stays, the transmission waits on for another one."""


def never() -> bool:
    """Nobody tells the worker to end."""
    return False


@dataclass(frozen=True, slots=True)
class Work:
    """A transmission being applied: by what means, for whom, in whose name."""

    database: Database
    vault: Vault
    message_id: UUID
    site: str
    home: str
    carriers: frozenset[str]
    received_at: datetime
    now: datetime
    sender_id: UUID
    answering: Answering
    ours: str  # our name in UNB
    deny: frozenset[str] = SENSITIVE_SSR
    stopping: Callable[[], bool] = never

    def fingerprint(self, card: str) -> str:
        """The keyed stand-in of a card number: the number itself is not kept."""
        return card_fingerprint(self.vault, card)

    def order(self, prepared: datetime) -> Order:
        return Order(prepared, self.message_id)


def settle(
    work: Work, verdict: Verdict, facts: FlightFacts, prepared: datetime, *, own: bool, moved: bool
) -> Flight | None:
    """The flight, if the sender may speak for it; None (and a fault) if not."""
    if not speaks_for(work, verdict, facts):
        return None
    with work.database.transaction() as session:
        flight = flights.settle_flight(
            session, work.site, facts, prepared, of_carrier=own, moved=moved
        )
    verdict.summary["flight_id"] = str(flight.id)
    return flight


def join_same_flight(work: Work, verdict: Verdict, flight_id: UUID) -> None:
    """Once people are in: where the flight is known under another number too, make one of the two."""
    with work.database.transaction() as session:
        stays = join_same(session, work.vault, flight_id)
    if stays:
        verdict.summary["flight_id"] = str(stays)


def speaks_for(work: Work, verdict: Verdict, facts: FlightFacts) -> bool:
    """Name the flight in the verdict; a fault and False where the sender may not speak for it."""
    verdict.summary |= {
        "flight": str(facts.number), "flight_date": facts.flight_date.isoformat(),
        "carrier": facts.number.carrier,
    }  # fmt: skip
    if facts.carriers & work.carriers:
        return True
    verdict.refuse("carrier_not_allowed", "the sender does not speak for this carrier")
    return False


def in_batches(
    work: Work,
    roster: Roster,
    batches: Iterable[Sequence[T]],
    apply: Callable[[Session, Sequence[T]], R],
) -> Iterator[tuple[Sequence[T], R | None]]:
    """Apply each batch in a transaction of its own, with the flight locked.

    A batch that fails is applied again item by item, so that one defect costs one item; that one comes
    with None. ``apply`` may run several times for an item and keeps nothing of what it did before.
    Raises :class:`StoppedError` between two batches where the worker is to end.
    """
    for batch in batches:
        if work.stopping():
            raise StoppedError
        try:
            yield batch, _commit(work, roster, batch, apply)
        except UnavailableError:
            raise
        except Exception:  # noqa: BLE001  # whatever it was, the items are tried alone
            for item in batch:
                yield [item], _alone(work, roster, item, apply)


def _alone(
    work: Work,
    roster: Roster,
    item: T,
    apply: Callable[[Session, Sequence[T]], R],
) -> R | None:
    try:
        return _commit(work, roster, [item], apply)
    except UnavailableError:
        raise
    except Exception as error:  # one person's defect must not cost the other people
        log.error("message.item_failed", message=str(work.message_id), exc_info=error)  # noqa: TRY400
        return None


def _commit(
    work: Work, roster: Roster, batch: Sequence[T], apply: Callable[[Session, Sequence[T]], R]
) -> R:
    try:
        with work.database.transaction() as session:
            roster.lock(session)
            return apply(session, batch)
    except BaseException:
        roster.forget()
        raise


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in runs of at most ``size``."""
    return (items[at : at + size] for at in range(0, len(items), size))
