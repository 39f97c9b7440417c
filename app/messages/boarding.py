"""Officers' orders on boarding, told to the carrier unasked (CUSRES 132), and the carrier's 312.

Only where the State has named this service as the boarding authority of a sender. An order stands until
another one: later answers to the same passenger repeat it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.formats import codes, cusres
from app.formats.codes import FlightNumber
from app.formats.cusres import Kind
from app.formats.edifact import Fault, Header, RawMessage
from app.formats.paxlst_model import Leg
from app.identity.models import Sender
from app.identity.officers import SignedIn
from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.messages import answers
from app.messages.answer_models import Answer, AnswerKind, Boarding, BoardingOrder
from app.messages.answers import Telling
from app.messages.contents import Verdict
from app.messages.models import Message
from app.messages.replies import Reply, ordered, response
from app.messages.work import Work
from app.travel.models import Flight, FlightStatus, Passenger

ACKNOWLEDGED_WITHIN = timedelta(minutes=5)
"""How long a carrier has for its 312 before the order is shown as not acknowledged."""

REASON_LENGTH = (3, 500)
"""Fewest and most characters of a reason, blanks around it not counted."""


class NoBoardingAuthorityError(ConflictError):
    """The State has not named this service for the carrier's sender, or no list named the passenger."""

    code, title = (
        "no-boarding-authority",
        N_("This service does not decide on boarding for this carrier"),
    )


class FlightGoneError(ConflictError):
    """The flight has left, or does not fly."""

    code, title = "flight-gone", N_("Boarding is over")


class OrderChangedError(ConflictError):
    """Another order stands than the officer had seen."""

    code, title = "order-changed", N_("Somebody else has ordered meanwhile")


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order and what became of its 132."""

    id: UUID
    passenger_id: UUID
    boarding: Boarding
    reason: str
    officer_id: UUID
    ordered_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class BoardingView:
    """The orders on a passenger, the newest first, and whether another one can be given now."""

    passenger_id: UUID
    orders: tuple[OrderView, ...]
    open: bool

    @property
    def standing(self) -> OrderView | None:
        """The order that counts."""
        return self.orders[0] if self.orders else None


def order_boarding(  # who, whom, what and why, when, and with what to say it
    session: Session,
    officer: SignedIn,
    passenger_id: UUID,
    boarding: Boarding,
    reason: str,
    now: datetime,
    *,
    vault: Vault,
    ours: str,
) -> BoardingOrder:
    """Order that a passenger boards or does not, and tell the carrier. ``reason`` stays here.

    Raises InvalidError, NotFoundError (also for another site's), NoBoardingAuthorityError and FlightGoneError.
    """
    reason = reason.strip()
    fewest, most = REASON_LENGTH
    if not fewest <= len(reason) <= most:
        raise InvalidError(fields=[FieldProblem("/body/reason", "length" if reason else "missing")])
    passenger, flight = _of_site(session, passenger_id, officer.site)
    sender = session.scalar(_authority(passenger).with_for_update(key_share=True, of=Sender))
    if sender is None:
        raise NoBoardingAuthorityError
    if _is_gone(flight, now):
        raise FlightGoneError
    order_id = uuid7()
    reply = _status_change(sender, flight, passenger, boarding, order_id, ours)
    telling = Telling(sender.id, vault, now, flight.site)
    [answer] = answers.store(session, telling, [reply], None)
    order = BoardingOrder(
        id=order_id, created_at=now, passenger_id=passenger_id, boarding=boarding, reason=reason,
        officer_id=officer.officer_id, answer_id=answer.id,
    )  # fmt: skip
    session.add(order)
    session.flush()
    audit.record(
        session, officer.actor, "boarding.order", "passenger", passenger_id, now, boarding=boarding,
        order=str(order_id),
    )  # fmt: skip
    events.emit(session, "boarding.changed", passenger_id, site=flight.site)
    return order


def expect_standing(session: Session, passenger_id: UUID, seen: UUID | None, site: str) -> None:
    """Raise OrderChangedError unless the order that the officer saw (None: none) still stands.

    Holds the passenger until the transaction ends, so that orders on one wait for each other.
    """
    _of_site(session, passenger_id, site)
    orders = sa.select(BoardingOrder.id).where(BoardingOrder.passenger_id == passenger_id)
    if session.scalar(orders.order_by(BoardingOrder.id.desc()).limit(1)) != seen:
        raise OrderChangedError


def _of_site(session: Session, passenger_id: UUID, site: str) -> tuple[Passenger, Flight]:
    """A passenger, held against other orders, and the flight. Raises NotFoundError."""
    passenger = session.get(Passenger, passenger_id, with_for_update={"key_share": True})
    flight = session.get_one(Flight, passenger.flight_id) if passenger else None
    if passenger is None or flight is None or flight.site != site:
        raise NotFoundError
    return passenger, flight


def _is_gone(flight: Flight, now: datetime) -> bool:
    """Whether boarding is over. A departure may be late, so its planned time alone ends nothing."""
    landed = flight.arrives_at is not None and flight.arrives_at <= now
    return landed or flight.status is not FlightStatus.SCHEDULED


def _authority(passenger: Passenger) -> sa.Select[Sender]:
    """Who sent the newest list of the passenger, where boarding may be ordered: it hears the order."""
    return (
        sa.select(Sender)
        .join(Message, Message.sender_id == Sender.id)
        .where(
            Message.id == passenger.api_message_id, Sender.disabled_at.is_(None),
            Sender.boarding_authority,
        )
    )  # fmt: skip


def _status_change(
    sender: Sender, flight: Flight, passenger: Passenger, boarding: Boarding, order: UUID, ours: str
) -> Reply:
    """CUSRES 132. Its TN is the id of the order: by it the 312 is matched."""
    recipient = sender.interchange_id or flight.carrier
    header = Header("UNOA", ours, "", recipient, "", None, "", "APIS", test=False)
    statement = ordered(boarding, passenger.locator, passenger.reference)
    tn = order.hex.upper()
    value = response(header, Kind.STATUS_CHANGE, (_leg(flight),), (statement,), tn)
    return Reply(AnswerKind.STATUS_CHANGE, 0, value, (None,))


def _leg(flight: Flight) -> Leg:
    number = FlightNumber(flight.carrier, flight.number, flight.suffix)
    return Leg(
        number, number.padded, departure_airport=flight.origin, arrival_airport=flight.destination,
        departure=_local(flight.departs_at, flight.origin),
        arrival=_local(flight.arrives_at, flight.destination), crosses_border=True,
    )  # fmt: skip


def _local(moment: datetime | None, port: str) -> datetime | None:
    """Times in CUSRES are local to the airport, as the carrier sent them."""
    place = codes.airport(port)
    if moment is None or place is None:
        return None
    return moment.astimezone(ZoneInfo(place.timezone)).replace(tzinfo=None)


# --- the carrier's acknowledgement ----------------------------------------------------------------


def apply_response(work: Work, message: RawMessage, verdict: Verdict) -> None:
    """A CUSRES from a carrier: a 312 settles the 132 whose TN it repeats; the first one counts."""
    found = cusres.read(message)
    verdict.note(*found.faults)
    verdict.summary |= {"document": found.kind, "flight": str(found.flight or "")}
    if found.kind != Kind.ACKNOWLEDGEMENT:
        text = "only acknowledgements (312) are taken from carriers"
        verdict.note(Fault("response_kind", text, severity="warning"))
        return
    with work.database.transaction() as session:
        known = _settle(session, work, _order_id(found.transaction_reference))
    if known:
        verdict.applied = True
    else:
        text = "this acknowledges nothing that was sent"
        verdict.note(Fault("acknowledgement_unknown", text, severity="warning"))


def _order_id(tn: str) -> UUID | None:
    try:
        return UUID(hex=tn)
    except ValueError:
        return None


def _settle(session: Session, work: Work, order_id: UUID | None) -> bool:
    order = session.execute(
        sa.select(BoardingOrder.passenger_id, Answer.id, Answer.acknowledged_at)
        .join(Answer, Answer.id == BoardingOrder.answer_id)
        .where(Answer.sender_id == work.sender_id, BoardingOrder.id == order_id)
    ).first()
    if order is None:
        return False
    if order.acknowledged_at is None:
        session.execute(
            sa.update(Answer)
            .where(Answer.id == order.id, Answer.acknowledged_at.is_(None))
            .values(acknowledged_at=work.received_at)
        )
        events.emit(session, "boarding.changed", order.passenger_id, site=work.site)
    return True


# --- looking --------------------------------------------------------------------------------------


def orders_on(session: Session, passenger_id: UUID, site: str, now: datetime) -> list[OrderView]:
    """The orders on a passenger of a site, the newest (which stands) first."""
    wanted = sa.and_(BoardingOrder.passenger_id == passenger_id, Flight.site == site)
    return _views(session, wanted, now)


def view_boarding(
    session: Session, passenger: Passenger, flight: Flight, now: datetime
) -> BoardingView | None:
    """The orders on a passenger; None where none was given and none can be."""
    orders = tuple(orders_on(session, passenger.id, flight.site, now))
    may_order = not _is_gone(flight, now) and session.scalar(_authority(passenger)) is not None
    return BoardingView(passenger.id, orders, may_order) if orders or may_order else None


def unacknowledged(session: Session, site: str, now: datetime) -> list[OrderView]:
    """Orders of a site without a 312 in time, for flights that have not left."""
    late = sa.and_(
        Answer.acknowledged_at.is_(None),
        Answer.created_at < now - ACKNOWLEDGED_WITHIN,
        Flight.site == site,
        Flight.status == FlightStatus.SCHEDULED,
        sa.or_(Flight.arrives_at.is_(None), Flight.arrives_at > now),
    )
    return _views(session, late, now)


def _views(session: Session, wanted: sa.ColumnElement[bool], now: datetime) -> list[OrderView]:
    rows = session.execute(
        sa.select(BoardingOrder, Answer.delivered_at, Answer.acknowledged_at)
        .join(Answer, Answer.id == BoardingOrder.answer_id)
        .join(Passenger, Passenger.id == BoardingOrder.passenger_id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(wanted)
        .order_by(BoardingOrder.id.desc())
        .limit(answers.PAGE)
    )
    return [
        OrderView(
            order.id, order.passenger_id, order.boarding, order.reason, order.officer_id,
            order.created_at, delivered_at, acknowledged_at,
            acknowledged_at is None and order.created_at < now - ACKNOWLEDGED_WITHIN,
        )
        for order, delivered_at, acknowledged_at in rows
    ]  # fmt: skip
