"""Whose record a request is about: passport and birth date together, and the trips held to be the same person's."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.models import Declaration
from app.formats.values import document_number
from app.kernel.crypto import Vault
from app.rights.models import RightsRequest
from app.travel.identity import name_key
from app.travel.models import Document, Flight, Passenger, ShownPassport, Traveller
from app.travel.shown import Bearer, same_person
from app.travel.travellers import keys_of


@dataclass(frozen=True, slots=True)
class Found:
    """The records that a request is about. ``others``: of this passport, but of another name or birth date."""

    passengers: tuple[tuple[Passenger, Flight], ...]
    declarations: tuple[Declaration, ...]
    others: int

    @property
    def ids(self) -> list[UUID]:
        return [passenger.id for passenger, _ in self.passengers]

    @property
    def is_nothing(self) -> bool:
        return not self.passengers and not self.declarations


def find(session: Session, vault: Vault, asked: RightsRequest) -> Found:
    """Records of all sites of this installation, the newest first.

    A record counts where the passport's number and issuer stand on it and neither name nor birth date speak of
    somebody else; so do the other trips of the traveller that it is linked to, and, masked by now, those of a
    traveller who is known by both pseudonyms, of the passport and of name with birth date.
    """
    number, birth = document_number(asked.number), date.fromisoformat(asked.birth_date)
    asks = Bearer(asked.surname, asked.given_names, birth)
    holding = _passengers(session, Passenger.id.in_(_holding(number, asked.issuer)))
    mine = [
        one for one in holding
        if one[0].known_birth_date in (None, birth)
        and same_person(asks, Bearer(one[0].surname, one[0].given_names, one[0].known_birth_date))
    ]  # fmt: skip
    travellers = {one.traveller_id for one, _ in mine if one.traveller_id}
    travellers |= _travellers(session, vault, asked)
    known = {one.id for one, _ in mine}
    trips = _passengers(session, Passenger.traveller_id.in_(travellers)) if travellers else []
    mine += [one for one in trips if one[0].id not in known]
    mine.sort(key=lambda one: (one[1].flight_date, one[0].id), reverse=True)
    declared = session.scalars(
        sa.select(Declaration)
        .where(
            Declaration.document_key == number, Declaration.issuer == asked.issuer,
            Declaration.birth_date == birth,
        )
        .order_by(Declaration.arrival_on.desc(), Declaration.id)
    ).all()  # fmt: skip
    others = {one.id for one, _ in holding} - {one.id for one, _ in mine}
    return Found(tuple(mine), tuple(declared), len(others))


def _travellers(session: Session, vault: Vault, asked: RightsRequest) -> set[UUID]:
    """Those who are known by the passport, and by the name with the birth date."""
    name = name_key(asked.surname, asked.given_names)
    keys = keys_of(vault, [("P", asked.issuer, asked.number)], name, asked.birth_date)
    query = sa.select(Traveller.id).where(
        Traveller.document_keys.overlap(sorted(keys.documents)),
        Traveller.person_keys.overlap(sorted(keys.persons)),
    )
    return set(session.scalars(query))


def _holding(number: str, issuer: str) -> sa.Select[tuple[UUID]]:
    told = sa.select(Document.passenger_id).where(
        Document.number_key == number, Document.issuer == issuer
    )
    shown = sa.select(ShownPassport.passenger_id).where(
        ShownPassport.number == number, ShownPassport.issuer == issuer
    )
    return sa.select(told.union(shown).subquery().c[0])


def _passengers(session: Session, which: sa.ColumnElement[bool]) -> list[tuple[Passenger, Flight]]:
    query = sa.select(Passenger, Flight).join(Flight, Flight.id == Passenger.flight_id).where(which)
    return [(one, flight) for one, flight in session.execute(query)]
