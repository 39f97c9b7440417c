"""Everything held about one traveller, as a document: JSON values under plain names, and what is left out.

Left out, always and in the same words whether there is any: results of risk assessment, grounds of selection, and
other people's data. So nothing here tells whether somebody was ever selected: of referrals there are only those
in which the traveller was inspected in person.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.models import Declaration, DeclarationVersion
from app.formats.ages import age_on
from app.gate.models import Hall, Passage, Presentation
from app.identity.models import Sender
from app.messages.models import Message
from app.referrals.goods_models import CounterWork
from app.referrals.models import Disposition, Finding, Inspection, Referral
from app.retention.marks import MARK, is_marked, is_stand_in
from app.retention.profile import Profile
from app.rights import masked
from app.rights.finding import Found
from app.rights.masked import Masking, sealed_until
from app.travel.models import Booking, Document, Flight, Passenger, PassengerVersion, ShownPassport
from app.travel.views import flight_number, masked_at

Part = dict[str, Any]


def record_of(session: Session, found: Found, profile: Profile) -> Part:
    """The document: ``trips``, ``declarations``, ``disclosed_to``, ``withheld``. What is masked by now is not told as if it
    had been sent: ``masked`` of a journey or of a reading says what, since when and until when (:mod:`app.rights.masked`).
    """
    record: Part = {
        "trips": [_trip(session, one, flight, profile) for one, flight in found.passengers],
        "declarations": [_declaration(session, one) for one in found.declarations],
        "disclosed_to": _recipients(session, found.ids),
        "withheld": ["risk-assessment", "other-people"],
    }
    if sealed_until(record):
        record["withheld"].append(MARK)
    return record


def _trip(session: Session, one: Passenger, flight: Flight, profile: Profile) -> Part:
    read = _presentations(session, one.id)
    ids = [one.id, *(row["id"] for row in read)]
    masking = Masking(profile, masked_at(session, ids))
    held = _plain(one, "kind", "travel_status", "surname", "given_names", "sex", "nationality",
                  "residence", "seat", "locator") | {"birth_date": one.known_birth_date}  # fmt: skip
    if one.is_masked:
        held["age_at_flight"] = age_on(one.birth_date, flight.flight_date)
    return {
        "flight": flight_number(flight), "date": flight.flight_date, "from": flight.origin,
        "to": flight.destination,
        "held": held,
        MARK: masking.of_trip(one.id, flight) if one.is_masked else None,
        "sources": one.provenance,
        "passenger_list": one.api_data,
        "earlier_lists": [
            {"prepared_at": version.prepared_at, "said": _unmasked(version.record)}
            for version in _of(session, PassengerVersion, one.id)
        ],
        "bookings": _bookings(session, one),
        "documents": [
            _plain(paper, "type", "number", "issuer", "nationality", "issued_on", "expires_on", "source")
            for paper in _of(session, Document, one.id)
        ],
        "passports_shown": [
            _plain(shown, "surname", "given_names", "sex", "nationality", "number", "issuer", "expires_on")
            | {"birth_date": shown.known_birth_date, "rectified": shown.request_id is not None}
            for shown in _of(session, ShownPassport, one.id)
        ],
        "presentations": [_presented(row, masking) for row in read],
        "passages": _rows(
            session, sa.select(Passage.passed_at).where(Passage.passenger_id == one.id)
        ),
        "inspections": _inspections(session, one.id),
    }  # fmt: skip


def _bookings(session: Session, one: Passenger) -> list[Part]:
    """What each booking says of this person, unless it is masked; of one that names nobody else, all of it."""
    said = {key: about for key, about in (one.pnr_data or {}).items() if not is_marked(about)}
    query = sa.select(Booking).where(
        Booking.flight_id == one.flight_id, Booking.id.in_([UUID(key) for key in said])
    )
    kept = {str(booking.id): booking for booking in session.scalars(query)}
    found = []
    for key, about in said.items():
        booking = kept.get(key)
        whole = booking.record if booking and _names_one(booking.record) else None
        found.append(
            {"locator": booking.known_locator if booking else None, "said": about, "booking": whole}
        )
    return found


def _names_one(record: Part) -> bool:
    travellers = record.get("travellers")
    return isinstance(travellers, list) and len(travellers) == 1


def _presentations(session: Session, passenger_id: UUID) -> list[Part]:
    """Rows of when a passport was read where; what was decided there the traveller was told then and there."""
    return _rows(
        session,
        sa.select(Presentation.id, Presentation.decided_at, Hall.name.label("hall"),
                  Presentation.document_key, Presentation.issuer, Presentation.birth_date)
        .join(Hall, Hall.id == Presentation.hall_id)
        .where(Presentation.passenger_id == passenger_id)
        .order_by(Presentation.decided_at),
    )  # fmt: skip


def _presented(row: Part, masking: Masking) -> Part:
    told = {name: value for name, value in row.items() if name != "id"}
    if not is_stand_in(row["document_key"]):
        return told
    said = masking.of_presentation(row["id"], row["decided_at"])
    return told | dict.fromkeys(masked.PRESENTATION) | {MARK: said}


def _unmasked(record: Part) -> Part | None:
    return None if is_marked(record) else record


def _inspections(session: Session, passenger_id: UUID) -> list[Part]:
    """Inspections that are over: when, what was done and found, and what became of it. No reasons."""
    query = (
        sa.select(Inspection)
        .join(Referral, Referral.id == Inspection.referral_id)
        .where(Referral.passenger_id == passenger_id, Inspection.finished_at.is_not(None))
        .order_by(Inspection.started_at)
    )
    return [
        _plain(one, "started_at", "finished_at", "steps")
        | {
            "findings": [
                _plain(found, "kind", "description", "quantity", "unit")
                for found in session.scalars(_counting(Finding, one))
            ],
            "dispositions": [
                _disposition(became) for became in session.scalars(_counting(Disposition, one))
            ],
        }
        for one in session.scalars(query)
    ]


def _counting(model: Any, one: Inspection) -> sa.Select[Any]:
    """The rows of the outcome that counts."""
    return (
        sa.select(model)
        .where(model.inspection_id == one.id, model.revision == one.revision)
        .order_by(model.number)
    )


def _disposition(one: Disposition) -> Part:
    return _plain(
        one, "kind", "amount", "currency", "external_ref", "method", "authority", "received_by", "goods"
    )  # fmt: skip


def _declaration(session: Session, one: Declaration) -> Part:
    versions = session.scalars(
        sa.select(DeclarationVersion)
        .where(DeclarationVersion.declaration_id == one.id)
        .order_by(DeclarationVersion.seq)
    )
    settled = session.scalars(
        sa.select(Disposition)
        .join(CounterWork, CounterWork.id == Disposition.work_id)
        .where(CounterWork.declaration_id == one.id)
        .order_by(Disposition.number)
    )
    return _plain(one, "status", "arrival_on", "flight", "language", "withdrawn_at") | {
        "versions": [
            _plain(version, "seq", "questionnaire", "content", "language", "certified_text",
                   "certified_at", "channel")
            for version in versions
        ],
        "settled": [_disposition(became) for became in settled],
    }  # fmt: skip


def _recipients(session: Session, passenger_ids: Sequence[UUID]) -> list[Part]:
    """Who has it from us or sent it: by kind, carriers by name; agencies stand with each inspection."""
    sent = sa.select(Passenger.api_message_id).where(Passenger.id.in_(passenger_ids))
    names = session.scalars(
        sa.select(Sender.name)
        .join(Message, Message.sender_id == Sender.id)
        .where(Message.id.in_(sent))
        .distinct()
        .order_by(Sender.name)
    )
    return [{"kind": "officers"}, *({"kind": "carrier", "name": name} for name in names)]


def _of(session: Session, model: Any, passenger_id: UUID) -> Sequence[Any]:
    query = sa.select(model).where(model.passenger_id == passenger_id).order_by(model.id)
    return session.scalars(query).all()


def _plain(row: Any, *names: str) -> Part:
    return {name: getattr(row, name) for name in names}


def _rows(session: Session, query: Any) -> list[Part]:
    return [dict(row._mapping) for row in session.execute(query)]  # noqa: SLF001  # the mapping of a row has no other name


def wire(value: Any) -> Any:
    """As JSON: times and numbers as text, empty fields left out."""
    if isinstance(value, dict):
        return {
            str(name): wire(one) for name, one in value.items() if one not in (None, "", [], {})
        }
    if isinstance(value, (list, tuple)):
        return [wire(one) for one in value]
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
