"""Giving travellers their pseudonyms under every live key, from what is known of them in clear.

While two keys of people live, everything that is written or asked for bears the pseudonyms of both. Whoever has not
travelled since is reached here, as long as a flight of theirs is kept unmasked; of the others the old key is all
there is, and it has to stay until they are forgotten.
"""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.travel.models import Document, Passenger, Traveller
from app.travel.travellers import GROW, LOCK, NO_KEYS, Keys, keys_of, stored_keys, stored_row

BATCH = 500


def rekey_travellers(database: Database, vault: Vault, batch: int = BATCH) -> Iterator[int]:
    """How many travellers of each batch got new pseudonyms, told after its commit. Again it changes nothing."""
    after: UUID | None = None
    while True:
        with database.transaction() as session:
            grown, after = _rekey_some(session, vault, after, batch)
        if after is None:
            return
        yield grown


def _rekey_some(
    session: Session, vault: Vault, after: UUID | None, batch: int
) -> tuple[int, UUID | None]:
    session.execute(LOCK)
    query = sa.select(Traveller).order_by(Traveller.id).limit(batch)
    found = session.scalars(query if after is None else query.where(Traveller.id > after)).all()
    clear = _in_clear(session, vault, [one.id for one in found])
    grown = 0
    for one in found:
        before = stored_keys(one.document_keys, one.person_keys)
        keys = before | clear.get(one.id, NO_KEYS)
        if keys != before:
            session.execute(GROW, stored_row(one.id, keys))
            grown += 1
    return grown, found[-1].id if found else None


def _in_clear(session: Session, vault: Vault, ids: list[UUID]) -> dict[UUID, Keys]:
    """Of the flights that are kept: pseudonyms under every live key, by traveller."""
    papers: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    theirs = sa.select(Passenger.id).where(Passenger.traveller_id.in_(ids))
    for one in session.scalars(sa.select(Document).where(Document.passenger_id.in_(theirs))):
        papers[one.passenger_id].append((one.type, one.issuer, one.number))
    found: dict[UUID, Keys] = defaultdict(lambda: NO_KEYS)
    people = session.execute(
        sa.select(
            Passenger.id, Passenger.traveller_id, Passenger.name_key, Passenger.birth_date
        ).where(Passenger.traveller_id.in_(ids))
    )
    for passenger_id, traveller_id, name, birth in people:
        assert traveller_id is not None  # asked for
        day = birth.isoformat() if birth else None
        found[traveller_id] = found[traveller_id] | keys_of(vault, papers[passenger_id], name, day)
    return found
