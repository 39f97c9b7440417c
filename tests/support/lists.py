"""Entries put on lists and taken off for a test: the change that the program makes, signed by a colleague where it has to be."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind
from app.screening import proposals
from app.screening.entries import EntryDraft
from app.screening.staging import absent
from app.screening.watchlists import Change, lock_list

COLLEAGUE = Actor(ActorKind.OFFICER, UUID(int=0xC011EA60E))


def change_entries(  # as the program is asked
    session: Session,
    actor: Actor,
    list_key: str,
    put: Sequence[EntryDraft],
    remove: Sequence[str],
    now: datetime,
) -> Change:
    """Add or replace entries and take others off, if they are there, as one version of the list."""
    missing = set(absent(session, lock_list(session, list_key), remove))
    there = [key for key in remove if key not in missing]
    done = proposals.submit_entries(session, actor, list_key, put, there, now)
    if done.change:
        return done.change
    waits = done.proposal
    return proposals.approve(session, COLLEAGUE, waits.id, bytes(waits.digest), "", now)


def put_entries(
    session: Session, actor: Actor, list_key: str, drafts: Sequence[EntryDraft], now: datetime
) -> Change:
    return change_entries(session, actor, list_key, drafts, (), now)


def remove_entries(
    session: Session, actor: Actor, list_key: str, keys: Sequence[str], now: datetime
) -> Change:
    return change_entries(session, actor, list_key, (), keys, now)
