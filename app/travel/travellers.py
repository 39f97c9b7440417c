"""Who is who across trips: passengers joined to travellers by keyed pseudonyms.

A traveller is known by pseudonyms of documents and of name with birth date only. Both together join a
passenger to a traveller; one of them alone is proposed to an officer. What an officer has undone is never
made again by the machine.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.crypto import Vault
from app.kernel.ids import uuid7
from app.travel.identity import document_key
from app.travel.models import LinkState

JOIN_SCORE = 0.95
_DOCUMENT_ONLY, _PERSON_ONLY, _BOTH = 0.8, 0.6, 1.0
LOCK = sa.text("select pg_advisory_xact_lock(7236001)")  # one linking transaction at a time


@dataclass(frozen=True, slots=True)
class Keys:
    """The pseudonyms that a passenger brings."""

    documents: frozenset[bytes]
    persons: frozenset[bytes]

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(self.documents | other.documents, self.persons | other.persons)


NO_KEYS = Keys(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passenger to be linked; ``traveller_id`` is the one that it has already."""

    passenger_id: UUID
    traveller_id: UUID | None
    keys: Keys


@dataclass(frozen=True, slots=True)
class Grade:
    """How well a passenger fits a traveller."""

    traveller_id: UUID
    score: float
    evidence: tuple[str, ...]


def keys_of(
    vault: Vault, documents: Iterable[tuple[str, str, str]], name: str, birth: str | None
) -> Keys:
    """Pseudonyms of (type, issuer, number) documents and of the name key with the birth date, under every live key."""
    numbers = {
        f"{issuer}|{key}"
        for kind, issuer, number in documents
        if kind != "V" and issuer and (key := document_key(number))
    }
    whole = birth is not None and not name.endswith("<") and not name.startswith("<") and name
    return Keys(
        frozenset(key for number in numbers for key in vault.pseudonyms("document", number)),
        vault.pseudonyms("person", f"{name}|{birth}") if whole else frozenset(),
    )


def grade(keys: Keys, traveller_id: UUID, known: Keys) -> Grade | None:
    """Whether keys are shared with a traveller, and how much that says; None = nothing."""
    document, person = keys.documents & known.documents, keys.persons & known.persons
    if document and person:
        return Grade(traveller_id, _BOTH, ("document", "name-birth-date"))
    if document:
        return Grade(traveller_id, _DOCUMENT_ONLY, ("document",))
    return Grade(traveller_id, _PERSON_ONLY, ("name-birth-date",)) if person else None


def choose(grades: Sequence[Grade]) -> Grade | None:
    """The traveller to join: the only sure one. Two sure ones are for an officer to tell apart."""
    sure = [one for one in grades if one.score >= JOIN_SCORE]
    return sure[0] if len(sure) == 1 else None


# --- linking --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """What is stored around the passengers at hand: travellers, links, travellers with company."""

    travellers: dict[UUID, Keys]
    links: dict[tuple[UUID, UUID], LinkState]  # by passenger and traveller
    settled: set[UUID]  # passengers about whom an officer has decided
    shared: set[UUID]  # travellers with other passengers than the one at hand
    _by_key: dict[bytes, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def put(self, traveller_id: UUID, keys: Keys) -> None:
        """Add a traveller, or keys to one."""
        self.travellers[traveller_id] = keys
        for key in keys.documents | keys.persons:
            self._by_key[key].add(traveller_id)

    def sharing(self, keys: Keys) -> list[UUID]:
        """Travellers that have one of the keys."""
        found = {one for key in keys.documents | keys.persons for one in self._by_key.get(key, ())}
        return sorted(found & self.travellers.keys())


@dataclass(slots=True)
class Linking:
    """Links made in one transaction: :func:`plan`, then :meth:`rows` with the passengers are stored."""

    known: Known
    chosen: dict[UUID, UUID] = field(default_factory=dict)  # traveller by passenger
    fresh: dict[UUID, Keys] = field(default_factory=dict)
    grown: dict[UUID, Keys] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    stale: list[UUID] = field(default_factory=list)  # travellers that lost their only passenger

    def place(self, one: Candidate) -> None:
        """Decide the traveller of one passenger; other travellers that fit are proposed."""
        grades = self._grades(one)
        chosen = choose(grades) if self._free(one) else None
        if chosen and one.traveller_id:
            self.stale.append(one.traveller_id)
            self.known.travellers.pop(one.traveller_id, None)
        target = chosen.traveller_id if chosen else one.traveller_id or uuid7()
        self._give(target, one)
        first = chosen or Grade(target, 1.0, ())
        self.links.append(_link(one, first, LinkState.JOINED))
        for other in grades:
            if other.traveller_id != target:
                self.links.append(_link(one, other, LinkState.PROPOSED))

    def _grades(self, one: Candidate) -> list[Grade]:
        found = []
        for traveller_id in self.known.sharing(one.keys):
            state = self.known.links.get((one.passenger_id, traveller_id))
            if traveller_id != one.traveller_id and state is not LinkState.UNDONE:
                found.append(grade(one.keys, traveller_id, self.known.travellers[traveller_id]))
        return [one for one in found if one]

    def _free(self, one: Candidate) -> bool:
        """A passenger without traveller, or with one made for it alone before more was known."""
        if one.traveller_id is None:
            return True
        return (
            one.traveller_id not in self.known.shared and one.passenger_id not in self.known.settled
        )

    def _give(self, target: UUID, one: Candidate) -> None:
        self.chosen[one.passenger_id] = target
        before = self.known.travellers.get(target)
        keys = one.keys | (before or NO_KEYS)
        self.known.put(target, keys)
        if target in self.fresh or before is None:
            self.fresh[target] = keys
        elif before != keys:
            self.grown[target] = keys
        self.known.shared.add(target)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """What is to be stored: travellers made and grown, links."""
        return {
            "travellers": [stored_row(*one) for one in self.fresh.items()],
            "grown": [stored_row(*one) for one in self.grown.items()],
            "links": self.links,
        }

    def forget_stale(self, session: Session) -> None:
        """Drop what the links replace; the passengers have their travellers by now."""
        if self.stale:
            session.execute(_FORGET_LINKS, {"ids": self.stale})
            session.execute(_FORGET, {"ids": self.stale})


# One look into the index per key: with "&& :keys" and few rows the planner reads the whole table.
_FITTING = sa.text(
    "select t.id, t.document_keys, t.person_keys from unnest(cast(:documents as bytea[])) key"
    " join traveller t on t.document_keys @> array[key]"
    " union all select t.id, t.document_keys, t.person_keys"
    " from unnest(cast(:persons as bytea[])) key join traveller t on t.person_keys @> array[key]"
    " union all select id, document_keys, person_keys from traveller"
    " where id = any(cast(:own as uuid[]))"
)
_FORGET_LINKS = sa.text("delete from identity_link where traveller_id = any(:ids)")
_FORGET = sa.text("delete from traveller where id = any(:ids)")
_LINKS = sa.text(
    "select passenger_id, traveller_id, state, made_by from identity_link"
    " where passenger_id = any(cast(:ids as uuid[]))"
)
_SHARED = sa.text(
    "select distinct traveller_id from identity_link"
    " where traveller_id = any(cast(:own as uuid[])) and state <> 'proposed'"
    " and passenger_id <> all(cast(:ids as uuid[]))"
)
GROW = sa.text(
    "update traveller set document_keys = :document_keys, person_keys = :person_keys where id = :id"
)


def plan(session: Session, people: Sequence[Candidate]) -> Linking:
    """Find or make the traveller of each passenger that has keys.

    Takes the linking lock until the end of the transaction; nothing is stored yet (:meth:`Linking.rows`).
    """
    people = [one for one in people if one.keys != NO_KEYS]
    if not people:
        return Linking(Known({}, {}, set(), set()))
    session.execute(LOCK)
    linking = Linking(_read(session, people))
    for one in people:
        linking.place(one)
    return linking


def _read(session: Session, people: Sequence[Candidate]) -> Known:
    own = [one.traveller_id for one in people if one.traveller_id]
    wanted = {
        "documents": list({key for one in people for key in one.keys.documents}),
        "persons": list({key for one in people for key in one.keys.persons}),
        "own": own,
    }
    found = Known({}, {}, set(), set())
    for traveller_id, documents, persons in session.execute(_FITTING, wanted):
        found.put(traveller_id, stored_keys(documents, persons))
    ids = [one.passenger_id for one in people if one.traveller_id]
    if ids:
        for passenger_id, traveller_id, state, made_by in session.execute(_LINKS, {"ids": ids}):
            found.links[passenger_id, traveller_id] = LinkState(state)
            if made_by or state == LinkState.UNDONE:
                found.settled.add(passenger_id)
        found.shared = set(session.scalars(_SHARED, {"own": own, "ids": ids}))
    found.shared |= {one for one, count in Counter(own).items() if count > 1}
    return found


def stored_keys(documents: Iterable[bytes], persons: Iterable[bytes]) -> Keys:
    return Keys(frozenset(map(bytes, documents)), frozenset(map(bytes, persons)))


def stored_row(key: UUID, keys: Keys) -> dict[str, Any]:
    return {
        "id": key, "document_keys": sorted(keys.documents), "person_keys": sorted(keys.persons),
    }  # fmt: skip


def _link(one: Candidate, fit: Grade, state: LinkState) -> dict[str, Any]:
    return {
        "id": uuid7(), "passenger_id": one.passenger_id, "traveller_id": fit.traveller_id,
        "state": state.value, "evidence": list(fit.evidence), "score": fit.score,
        "document_keys": sorted(one.keys.documents), "person_keys": sorted(one.keys.persons),
    }  # fmt: skip
