"""Passports as a device read them: what is new in them is a fact of the passenger, with its own source.

A passport that says exactly what lists and bookings said adds nothing and is not kept. Any other one is
screened before its holder may pass (names and numbers are asked of the watch lists), and where it speaks of
somebody else an officer looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.ids import uuid7
from app.travel.identity import agreement, content_key, read_name
from app.travel.models import ShownPassport
from app.travel.touch import touch

MOST = 8
"""Passports kept of one passenger; whoever shows more stays unknown, and with an officer."""

_SAME_NAME = 0.8
_NOTHING_AGAINST = 0.6  # a given name that one side does not have


@dataclass(frozen=True, slots=True)
class Zone:
    """What the machine-readable zone says of its holder; states as alpha-3. ``names_cut``: the name fills the
    zone, its end may be missing.
    """

    surname: str
    given_names: str
    birth_date: date | None
    sex: str
    nationality: str
    number: str
    issuer: str
    expires_on: date | None
    names_cut: bool = False

    @property
    def digest(self) -> bytes:
        """Equal for equal zones."""
        content = {one.name: str(getattr(self, one.name)) for one in fields(self)}
        del content["names_cut"]  # of the name itself
        return bytes.fromhex(content_key(content))


def note_passport(
    session: Session, passenger_id: UUID, zone: Zone, request_id: UUID | None = None
) -> bool:
    """Keep a passport as a fact of the passenger, who becomes due for screening; False if it was there.

    ``request_id``: the request by which a traveller had it put right; no device read it. It is there where nothing was kept
    since that says otherwise: what was put right from A to B can be put right to A again.

    Nothing is kept of a passenger who has shown :data:`MOST` already.
    """
    kept = session.scalars(
        sa.select(ShownPassport.digest)
        .where(ShownPassport.passenger_id == passenger_id)
        .order_by(ShownPassport.id.desc())
    ).all()
    if len(kept) >= MOST or (request_id and kept[:1] == [zone.digest]):
        return False
    values = {one.name: getattr(zone, one.name) for one in fields(zone)}
    row = {
        "id": uuid7(), "passenger_id": passenger_id, "digest": zone.digest,
        "request_id": request_id, **values,
    }  # fmt: skip
    made = session.scalar(
        insert(ShownPassport).values(row).on_conflict_do_nothing().returning(ShownPassport.id)
    )
    if made is None:
        return False
    touch(session, [passenger_id])
    return True


def shown_to(session: Session, passenger_ids: Iterable[UUID]) -> list[ShownPassport]:
    """The passports kept of passengers, oldest first."""
    wanted = ShownPassport.passenger_id.in_(list(passenger_ids))
    return list(session.scalars(sa.select(ShownPassport).where(wanted).order_by(ShownPassport.id)))


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who somebody is said to be."""

    surname: str
    given_names: str
    birth_date: date | None


def same_person(one: Bearer, other: Bearer) -> bool:
    """Whether two sources can speak of one person: the birth date, and a name that is the same but for
    spelling, order, cut-off ends or missing parts. A given name that is missing on one side needs the birth
    date to be known on both.
    """
    births = one.birth_date, other.birth_date
    if None not in births and births[0] != births[1]:
        return False
    name = agreement(
        read_name(one.surname, one.given_names), read_name(other.surname, other.given_names)
    )
    return name >= (_SAME_NAME if None in births else _NOTHING_AGAINST)
