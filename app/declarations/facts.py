"""What is declared about a passenger, as screening and the gate see it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.form import people_of
from app.declarations.models import (
    Companion,
    Declaration,
    DeclarationStatus,
    DeclarationVersion,
)
from app.declarations.people import Person
from app.travel.models import Passenger


@dataclass(frozen=True, slots=True)
class DeclaredGoods:
    """A line of the goods list; ``category`` is the questionnaire's id, ``value`` in minor units."""

    category: str
    quantity: int
    value: int
    currency: str


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """The declaration that counts for a passenger.

    ``person`` is who of the form they are (0 = who made it). ``submitted`` is False once withdrawn.
    ``flight`` is written like JL1; ``origin`` is the declared airport of embarkation;
    ``created_at`` is when the first version was certified, ``declared_at`` the newest; ``identity`` who the
    person says to be, ``bags`` and ``stay_nights`` what only some forms ask.
    """

    declaration_id: UUID
    person: int
    submitted: bool
    status: DeclarationStatus
    seq: int
    lane: int
    answers: Mapping[str, bool]
    goods: tuple[DeclaredGoods, ...]
    companions: int
    flight: str
    origin: str
    destination: str
    purpose: str
    arrival_date: date
    created_at: datetime
    declared_at: datetime
    identity: Person | None = None
    bags: int | None = None
    stay_nights: int | None = None

    @property
    def party_size(self) -> int:
        """Persons that the declaration covers."""
        return 1 + self.companions


def declaration_of(session: Session, passenger_id: UUID) -> DeclaredFacts | None:
    """What is declared about one passenger; None when there never was a declaration."""
    return declarations_of(session, [passenger_id]).get(passenger_id)


def declarations_of(
    session: Session, passenger_ids: Collection[UUID]
) -> Mapping[UUID, DeclaredFacts]:
    """What is declared about each passenger, in one statement.

    Of several declarations an active one counts before a withdrawn one, then the newest.
    """
    found: dict[UUID, DeclaredFacts] = {}
    for passenger, person, declaration, version in session.execute(_query(passenger_ids)):
        found.setdefault(passenger, _facts(person, declaration, version))
    return found


def earlier_values(
    session: Session, travellers: Collection[UUID], since: datetime
) -> Mapping[UUID, Mapping[UUID, Mapping[str, int]]]:
    """What travellers themselves declared: per traveller and passenger the value of goods by currency."""
    found: dict[UUID, dict[UUID, Mapping[str, int]]] = defaultdict(dict)
    rows = session.execute(
        sa.select(Passenger.traveller_id, Passenger.id, DeclarationVersion.content["goods"])
        .join(Declaration, Declaration.passenger_id == Passenger.id)
        .join(
            DeclarationVersion,
            (DeclarationVersion.declaration_id == Declaration.id)
            & (DeclarationVersion.seq == Declaration.seq),
        )
        .where(
            Passenger.traveller_id.in_(travellers),
            Declaration.status == DeclarationStatus.ACTIVE,
            Declaration.created_at >= since,
        )
    )
    for traveller, passenger, goods in rows:
        total: dict[str, int] = defaultdict(int)
        for line in goods or ():
            total[line["currency"]] += line["value"]
        found[traveller][passenger] = total
    return found


def _query(
    passenger_ids: Collection[UUID],
) -> sa.Select[UUID, int, Declaration, DeclarationVersion]:
    own = sa.select(
        Declaration.passenger_id.label("passenger"), Declaration.id, sa.literal(0).label("person")
    ).where(Declaration.passenger_id.in_(passenger_ids))
    named = (
        sa.select(Companion.passenger_id, Companion.declaration_id, Companion.number)
        .join(Declaration, Declaration.id == Companion.declaration_id)
        .where(Companion.passenger_id.in_(passenger_ids), Companion.seq == Declaration.seq)
    )
    who = sa.union_all(own, named).subquery()
    return (
        sa.select(who.c.passenger, who.c.person, Declaration, DeclarationVersion)
        .join(Declaration, Declaration.id == who.c.id)
        .join(
            DeclarationVersion,
            (DeclarationVersion.declaration_id == Declaration.id)
            & (DeclarationVersion.seq == Declaration.seq),
        )
        .order_by(
            Declaration.status != DeclarationStatus.ACTIVE,
            DeclarationVersion.certified_at.desc(),
            Declaration.id.desc(),
        )
    )


def _facts(person: int, declaration: Declaration, version: DeclarationVersion) -> DeclaredFacts:
    content: dict[str, Any] = version.content
    journey = content["journey"]
    return DeclaredFacts(
        declaration_id=declaration.id,
        person=person,
        submitted=declaration.status is DeclarationStatus.ACTIVE,
        status=declaration.status,
        seq=declaration.seq,
        lane=declaration.lane,
        answers=content["answers"],
        goods=tuple(
            DeclaredGoods(one["category"], one["quantity"], one["value"], one["currency"])
            for one in content["goods"]
        ),
        companions=len(content["companions"]),
        flight=journey["flight"],
        origin=journey["from"],
        destination=journey["to"],
        purpose=journey["purpose"],
        arrival_date=date.fromisoformat(journey["arrival_date"]),
        created_at=declaration.created_at,
        declared_at=version.certified_at,
        identity=people_of(content).get(person),
        bags=content.get("bags"),
        stay_nights=content.get("stay_nights"),
    )
