"""Lists at departure: who is on board, or who was left behind, in one part or in several.

Such a list says something of those whom it does not name, but only as a whole: the parts that came are
kept, and whatever completes them, in any order and from any number of transmissions, makes it count. What a
missing part would have said nobody knows, so until then nothing is implied.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.travel.models import Boarding, BoardingPart

TOGETHER = timedelta(hours=1)
"""Parts prepared further apart are of two sendings: some carriers never change their reference."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list a message is (S010): a number, and whether it is the last."""

    number: int
    last: bool

    @classmethod
    def of(cls, sequence: int | None, mark: str) -> "Part":
        """`01:F`, or nothing at all, is a list in one part; `01:C` the first of several."""
        number = sequence or 1
        return cls(number, mark == "F" or (number == 1 and mark == ""))

    @property
    def only(self) -> bool:
        """Whether it is the whole list."""
        return self.last and self.number == 1


@dataclass(frozen=True, slots=True)
class Departure:
    """What one message of a list at departure brought.

    ``key`` is the same for the parts of one list; ``part`` None: cut off; ``names``: it names anybody.
    """

    key: str
    part: Part | None
    boarding: Boarding
    names: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A part that came."""

    part: Part
    names: bool
    prepared: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """``complete``: all parts are there; ``since``: when the list was prepared that says who is on board."""

    complete: bool
    since: datetime | None = None


def whole_of(seen: Collection[Seen], boarding: Boarding) -> Whole:
    """What the parts of a list amount to, the newest complete sending of it. The order of ``seen`` is nothing.

    A list of people on board that names nobody says nothing; one of people left behind does.
    """
    sendings = [_sending(seen, start) for start in sorted({s.prepared for s in seen}, reverse=True)]
    complete = [sending for sending in sendings if _is_complete(sending)]
    telling = (
        min(one.prepared for one in sending)
        for sending in complete
        if boarding is Boarding.LEFT_BEHIND or any(one.names for one in sending)
    )
    return Whole(bool(complete), next(telling, None))


def _sending(seen: Collection[Seen], start: datetime) -> list[Seen]:
    return [one for one in seen if start <= one.prepared <= start + TOGETHER]


def _is_complete(sending: Collection[Seen]) -> bool:
    numbers = {one.part.number for one in sending}
    lasts = [one.part.number for one in sending if one.part.last]
    return any(sum(number <= last for number in numbers) == last for last in lasts)


def note_departure(
    session: Session, flight_id: UUID, departure: Departure, prepared: datetime
) -> Whole:
    """Keep a part of several and tell what its list amounts to now. The flight is locked."""
    if departure.part is None:
        return Whole(complete=False)
    one = Seen(departure.part, departure.names, prepared)
    if one.part.only:
        return whole_of([one], departure.boarding)
    _keep(session, flight_id, departure.key, one)
    return whole_of(_seen(session, flight_id, departure.key), departure.boarding)


def _keep(session: Session, flight_id: UUID, key: str, one: Seen) -> None:
    statement = insert(BoardingPart).values(
        flight_id=flight_id, list_key=key, number=one.part.number, prepared_at=one.prepared,
        last=one.part.last, names=one.names,
    )  # fmt: skip
    sent = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["flight_id", "list_key", "number", "prepared_at"],
            set_={
                "last": sa.or_(BoardingPart.last, sent.last),
                "names": sa.or_(BoardingPart.names, sent.names),
            },
        )
    )


def _seen(session: Session, flight_id: UUID, key: str) -> list[Seen]:
    rows = session.execute(
        sa.select(
            BoardingPart.number, BoardingPart.last, BoardingPart.names, BoardingPart.prepared_at
        ).where(BoardingPart.flight_id == flight_id, BoardingPart.list_key == key)
    )
    return [Seen(Part(number, last), names, prepared) for number, last, names, prepared in rows]
