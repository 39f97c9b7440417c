"""Who is who, as officers say it: journeys of one person joined, journeys of two people parted, always with the reason.

Nothing is deleted, and whoever is concerned is screened anew. What the machine has proposed one officer accepts; what an
officer proposes, another one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor, record
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError, kept
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.travel.models import Flight, IdentityLink, LinkState, Passenger, Traveller
from app.travel.touch import touch
from app.travel.travellers import GROW, LOCK, NO_KEYS, stored_keys, stored_row

_RECENT = timedelta(days=1)
MAX_REASON = 500


class LinkChangedError(ConflictError):
    """Somebody was faster: the link is no longer what the officer saw."""

    code, status, title = (
        "link-changed", 409, N_("A colleague has decided on this link meanwhile, please look again"),
    )  # fmt: skip


class AloneError(ConflictError):
    """Nobody else is this traveller."""

    code, status, title = (
        "link-alone",
        409,
        N_("This traveller has no other journey to be parted from"),
    )


class OwnProposalError(ConflictError):
    """What one officer holds to be one person, another one looks at."""

    code, status, title = (
        "own-proposal", 409, N_("You have proposed this: a colleague looks at it and joins them"),
    )  # fmt: skip


class OnePersonError(ConflictError):
    """Nothing to join."""

    code, status, title = "one-person", 409, N_("Both journeys are held to be one person's already")


class UnknownPersonError(ConflictError):
    """A journey without passport number, and without full name with birth date, is nobody's yet."""

    code, status, title = (
        "person-unknown", 409, N_("Of that journey neither passport nor full name and date of birth are known"),
    )  # fmt: skip


class WhyLinkError(InvalidError):
    """Whoever says who somebody is, or is not, says why."""

    code, status, title = "reason-missing", 422, N_("Say why they are one person, or two")


def undo_link(session: Session, actor: Actor, link_id: UUID, reason: str, now: datetime) -> None:
    """Part a passenger from a traveller, or turn a proposal down; the machine never makes it again.

    A passenger that was joined becomes a traveller of its own; hits that came of the shared history are computed
    anew. Raises NotFoundError, :class:`LinkChangedError`, :class:`AloneError`, :class:`WhyLinkError`.
    """
    reason = _why(reason)
    link = _open_link(session, link_id)
    joined = link.state is LinkState.JOINED
    company = _company(session, link)
    if joined and not company:
        raise AloneError
    link.state, link.undone_at, link.undone_by = LinkState.UNDONE, now, actor.id
    link.undone_because = reason
    session.flush()
    if joined:
        _move(session, actor, link, uuid7())
        _rebuild(session, link.traveller_id)
    record(session, actor, "identity.undo", "passenger", link.passenger_id, now, link=str(link.id))
    touch(session, [link.passenger_id, *_still_travelling(session, company, now)])


def join_link(session: Session, actor: Actor, link_id: UUID, reason: str, now: datetime) -> None:
    """Accept a proposal: the passenger becomes one of that traveller's trips, and is screened with their history.

    An officer's proposal is accepted by another one. Raises NotFoundError, :class:`LinkChangedError` when it is no
    proposal (any more), :class:`OwnProposalError`, :class:`WhyLinkError`.
    """
    reason = _why(reason)
    link = _open_link(session, link_id)
    if link.state is not LinkState.PROPOSED:
        raise LinkChangedError
    if link.proposed_by is not None and link.proposed_by == actor.id:
        raise OwnProposalError
    company = _company(session, link)
    before = session.scalar(
        sa.select(IdentityLink).where(
            IdentityLink.passenger_id == link.passenger_id,
            IdentityLink.state == LinkState.JOINED,
        )
    )
    if before:
        before.state, before.undone_at, before.undone_by = LinkState.UNDONE, now, actor.id
        before.undone_because = reason
    link.state, link.made_by, link.made_because = LinkState.JOINED, actor.id, reason
    session.flush()
    passenger = session.get_one(Passenger, link.passenger_id)
    passenger.traveller_id = link.traveller_id
    session.flush()
    _rebuild(session, link.traveller_id)
    if before:
        _rebuild(session, before.traveller_id)
    record(session, actor, "identity.join", "passenger", link.passenger_id, now, link=str(link.id))
    touch(session, [link.passenger_id, *_still_travelling(session, company, now)])


def propose_link(
    session: Session, actor: Actor, passenger_id: UUID, other_id: UUID, reason: str, now: datetime
) -> IdentityLink:
    """An officer holds two journeys, which the machine has not connected, to be one person's, and says why.

    It is a proposal, as the machine makes them: another officer joins them (:func:`join_link`), since what the joined
    history brings may stop the traveller. A link that was undone is proposed anew, who undid it and why stay with it.
    The caller knows that both are of the site. Raises NotFoundError, :class:`OnePersonError`, :class:`LinkChangedError`,
    :class:`UnknownPersonError`, :class:`WhyLinkError`.
    """
    reason = _why(reason)
    session.execute(sa.select(Passenger.id).where(Passenger.id == passenger_id).with_for_update())
    session.execute(LOCK)
    passenger, other = session.get(Passenger, passenger_id), session.get(Passenger, other_id)
    if passenger is None or other is None:
        raise NotFoundError
    if other.traveller_id is None:
        raise UnknownPersonError
    if passenger_id == other_id or passenger.traveller_id == other.traveller_id:
        raise OnePersonError
    link = session.scalar(
        sa.select(IdentityLink).where(
            IdentityLink.passenger_id == passenger_id,
            IdentityLink.traveller_id == other.traveller_id,
        )
    )
    if link is not None and link.state is not LinkState.UNDONE:
        raise LinkChangedError
    link = link or _bare_link(session, passenger, other.traveller_id)
    link.state, link.evidence, link.score = LinkState.PROPOSED, ["officer"], 1.0
    link.proposed_by, link.proposed_because = actor.id, reason
    link.made_by = link.made_because = None
    session.add(link)
    session.flush()
    record(session, actor, "identity.propose", "passenger", passenger_id, now, link=str(link.id))
    return link


def _bare_link(session: Session, passenger: Passenger, traveller_id: UUID) -> IdentityLink:
    """Between a passenger and somebody else's traveller, with the keys that the passenger brought."""
    own = session.scalar(
        sa.select(IdentityLink).where(
            IdentityLink.passenger_id == passenger.id, IdentityLink.state == LinkState.JOINED
        )
    )
    return IdentityLink(
        passenger_id=passenger.id, traveller_id=traveller_id,
        document_keys=list(own.document_keys) if own else [],
        person_keys=list(own.person_keys) if own else [],
    )  # fmt: skip


def _open_link(session: Session, link_id: UUID) -> IdentityLink:
    """The link, with its passenger locked first: messages lock in that order too."""
    link = session.get(IdentityLink, link_id)
    if link is None:
        raise NotFoundError
    session.execute(
        sa.select(Passenger.id).where(Passenger.id == link.passenger_id).with_for_update()
    )
    session.execute(LOCK)
    session.refresh(link)
    if link.state is LinkState.UNDONE:
        raise LinkChangedError
    return link


def _why(reason: str) -> str:
    if not reason.strip():
        raise WhyLinkError(fields=[FieldProblem("/reason", "missing")])
    return kept(reason, MAX_REASON, "/reason")


def _company(session: Session, link: IdentityLink) -> list[UUID]:
    """The other passengers of the link's traveller."""
    others = sa.select(Passenger.id).where(
        Passenger.traveller_id == link.traveller_id, Passenger.id != link.passenger_id
    )
    return list(session.scalars(others))


def _move(session: Session, actor: Actor, link: IdentityLink, target: UUID) -> None:
    """Give the passenger a traveller of its own."""
    documents, persons = list(link.document_keys), list(link.person_keys)
    session.add(Traveller(id=target, document_keys=documents, person_keys=persons))
    session.flush()
    session.add(
        IdentityLink(
            passenger_id=link.passenger_id, traveller_id=target, state=LinkState.JOINED,
            evidence=["officer"], score=1.0, made_by=actor.id,
            document_keys=documents, person_keys=persons,
        )
    )  # fmt: skip
    session.get_one(Passenger, link.passenger_id).traveller_id = target
    session.flush()


def _rebuild(session: Session, traveller_id: UUID) -> None:
    """A traveller's keys are those of the passengers joined to it."""
    keys = NO_KEYS
    joined = sa.select(IdentityLink.document_keys, IdentityLink.person_keys).where(
        IdentityLink.traveller_id == traveller_id, IdentityLink.state == LinkState.JOINED
    )
    for documents, persons in session.execute(joined):
        keys |= stored_keys(documents, persons)
    session.execute(GROW, stored_row(traveller_id, keys))


def _still_travelling(session: Session, passengers: Iterable[UUID], now: datetime) -> list[UUID]:
    """Those whose flight is not long past: their history has changed under them."""
    coming = (
        sa.select(Passenger.id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Passenger.id.in_(list(passengers)))
        .where(sa.or_(Flight.arrives_at.is_(None), Flight.arrives_at > now - _RECENT))
    )
    return list(session.scalars(coming))
