"""A file of any size into a list: read in short transactions, compared and concluded at the end.

A transaction of minutes would keep the database from clearing up behind everybody, and make every read of the
event feed go through all events since it began. What a killed import leaves behind is seen by nobody and
forgotten by the next one (:func:`app.screening.proposals.begin`).
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from uuid import UUID

import sqlalchemy as sa

from app.audit.log import Actor
from app.kernel.db import Database
from app.screening import proposals
from app.screening.list_models import WatchlistProposal
from app.screening.proposals import Submitted
from app.screening.staging import Rows, Told, compare, lay_out
from app.screening.watchlists import lock_list

PIECE = 20_000


def import_rows(
    database: Database,
    actor: Actor,
    list_key: str,
    rows: Rows,
    now: datetime,
    *,
    whole: bool,
    origin: str,
    note: str = "",
    dry_run: bool = False,
) -> Submitted:
    """:func:`app.screening.proposals.submit_rows` in short transactions; with ``dry_run`` nothing of it remains.

    Raises what that raises, and OvertakenError where the list changed under a change that needs nobody else.
    """
    with database.transaction() as session:
        made = proposals.begin(session, actor, list_key, now, whole=whole, origin=origin, note=note)
    try:
        told, removals = Told(), dict[str, int]()
        for piece in _pieces(rows):
            with database.transaction() as session:
                lay_out(session, made, piece, told, removals)
        with database.transaction() as session:
            proposal = session.get_one(WatchlistProposal, made.id)
            compare(session, lock_list(session, list_key), proposal, told, removals)
        with database.transaction() as session:
            proposal = session.get_one(WatchlistProposal, made.id)
            done = proposals.conclude(
                session, actor, list_key, proposal, told, now, dry_run=dry_run
            )
            if dry_run:
                session.expunge(proposal)
                session.rollback()
    except BaseException:
        _forget(database, made.id)
        raise
    if dry_run:
        _forget(database, made.id)
    return done


def _pieces(rows: Rows) -> Iterator[Rows]:
    """The rows in runs, none of which is held as a whole."""
    rows = iter(rows)
    for first in rows:
        yield chain([first], islice(rows, PIECE - 1))


def _forget(database: Database, proposal_id: UUID) -> None:
    with database.transaction() as session:
        session.execute(sa.delete(WatchlistProposal).where(WatchlistProposal.id == proposal_id))
