"""A full day at an airport, written straight into the tables: an aircraft of 400, a queue of 60, people who went out.

Everything that a page or a figure needs is there; nothing has to be applied or screened first.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.models import Clearance, Passage, Presentation
from app.identity.models import Device
from app.kernel.ids import uuid7
from app.referrals.models import (
    Finding,
    Inspection,
    Referral,
    ReferralEvent,
    ReferralKind,
    ReferralState,
)
from app.screening.models import Assessment, Handling, Hit, HitSource, Level, ReviewState, Ruleset
from app.travel.identity import name_key
from app.travel.models import (
    Document,
    Flight,
    FlightStatus,
    Manifest,
    Party,
    Passenger,
    PassengerKind,
    TravelStatus,
)
from kiosk_sim.passport import invent

SEATS = "ABCDEFGHJK"
REASONS = {
    ReferralKind.IDENTITY: ["face-look"],
    ReferralKind.GOODS: ["declared-goods"],
    ReferralKind.RISK: ["risk-unreviewed"],
    ReferralKind.EXAMINATION: ["full-examination"],
    ReferralKind.OTHER_AGENCY: ["declared-other"],
    ReferralKind.TECHNICAL: ["lane-tailgating"],
}
KINDS = (
    ReferralKind.GOODS, ReferralKind.IDENTITY, ReferralKind.RISK, ReferralKind.GOODS,
    ReferralKind.EXAMINATION, ReferralKind.IDENTITY, ReferralKind.OTHER_AGENCY,
)  # fmt: skip
TOLD = {"text": "booking.payment = 'cash'", "values": {"booking.payment": "cash"}, "result": True}
Rows = list[dict[str, Any]]


@dataclass
class Busy:
    """What was written, for those who look for it. ``people`` are in the order of their seats."""

    flight: UUID
    people: list[UUID] = field(default_factory=list)
    referrals: list[UUID] = field(default_factory=list)


def fill(
    session: Session, hall: UUID, now: datetime, *, people: int = 400, referrals: int = 60,
    out: int = 120, seed: int = 7, number: int = 77,
) -> Busy:  # fmt: skip
    """XX 77 has landed 40 minutes ago; ``referrals`` of its people are before an officer, ``out`` have gone out."""
    chance = random.Random(seed)
    flight = _flight(session, now - timedelta(minutes=40), number)
    made = Busy(flight)
    _board(session, made, chance, people, now)
    _screen(session, made, chance, now)
    device = session.scalars(sa.select(Device.id).where(Device.hall_id == hall)).first()
    assert device is not None
    shown = _present(session, made, hall, device, chance, now)
    _refer(session, made, hall, shown, chance, now, referrals)
    _let_out(session, made, device, shown, chance, now, referrals, out)
    return made


def _flight(session: Session, arrives: datetime, number: int) -> UUID:
    flight = Flight(
        site="NRT", carrier="XX", number=number, suffix="", flight_date=arrives.date(),
        origin="CPH", destination="NRT", departs_at=arrives - timedelta(hours=11),
        arrives_at=arrives, status=FlightStatus.LANDED, manifest=Manifest.CLOSED,
        manifest_parts=[1], version=1,
    )  # fmt: skip
    session.add(flight)
    session.flush()
    return flight.id


def _board(session: Session, made: Busy, chance: random.Random, count: int, now: datetime) -> None:
    people: Rows = []
    documents: Rows = []
    parties = [uuid7() for _ in range(-(-count // 2))]
    session.execute(sa.insert(Party), [{"id": one, "flight_id": made.flight} for one in parties])
    for place in range(count):
        passport = invent(chance, now.date())
        owner = uuid7()
        made.people.append(owner)
        people.append({
            "id": owner, "flight_id": made.flight, "party_id": parties[place // 2],
            "kind": PassengerKind.PASSENGER, "travel_status": TravelStatus.BOARDED,
            "surname": passport.surname, "given_names": passport.given_names,
            "name_key": name_key(passport.surname, passport.given_names),
            "birth_date": passport.birth_date, "sex": passport.sex,
            "nationality": passport.issued_by, "locator": f"BUSY{place // 2:03d}",
            "seat": f"{place // len(SEATS) + 1:02d}{SEATS[place % len(SEATS)]}",
            "api_data": {"surname": passport.surname, "given_names": passport.given_names},
            "provenance": {"surname": "api", "given_names": "api"},
            "facts_version": 1, "assessed_version": 1, "version": 1,
        })  # fmt: skip
        documents.append({
            "passenger_id": owner, "type": "P", "number": passport.number,
            "number_key": passport.number, "issuer": passport.issued_by, "source": "api",
        })  # fmt: skip
    session.execute(sa.insert(Passenger), people)
    session.execute(sa.insert(Document), documents)


def _screen(session: Session, made: Busy, chance: random.Random, now: datetime) -> None:
    """One in forty is high, one in ten deserves attention, one in five is low."""
    ruleset = session.scalars(sa.select(Ruleset.id).order_by(Ruleset.n.desc()).limit(1)).one()
    assessments: Rows = []
    hits: Rows = []
    for place, owner in enumerate(made.people):
        level = (
            Level.HIGH if place % 40 == 3 else Level.ATTENTION if place % 10 == 5
            else Level.LOW if place % 5 == 1 else Level.NONE
        )  # fmt: skip
        judged = uuid7()
        score = {Level.HIGH: 80, Level.ATTENTION: 45, Level.LOW: 15, Level.NONE: 0}[level]
        assessments.append({
            "id": judged, "passenger_id": owner, "flight_id": made.flight, "ruleset_id": ruleset,
            "facts_version": 1, "facts": {}, "score": score + chance.randrange(15) * bool(score),
            "level": level, "control": False, "confirmed": False, "own_high": False, "unknown": [],
            "action": Handling.STOP if level is Level.HIGH else None, "is_current": True,
            "assessed_at": now - timedelta(hours=3),
        })  # fmt: skip
        if score:
            hits += _hits(judged, owner, level)
    session.execute(sa.insert(Assessment), assessments)
    session.execute(sa.insert(Hit), hits)


def _hits(judged: UUID, owner: UUID, level: Level) -> Iterator[dict[str, Any]]:
    told = [
        "Ticket bought within two days, paid in cash",
        "One bag of more than 30 kg for one night",
    ]
    for n, title in enumerate(told[: 2 if level is Level.HIGH else 1]):
        yield {
            "assessment_id": judged, "passenger_id": owner, "source": HitSource.RULE,
            "subject": f"busy-{n}", "subject_version": 1, "title": title, "purpose": "drugs",
            "handling": Handling.STOP, "points": 40, "explanation": TOLD,
            "values_digest": b"busy", "state": ReviewState.UNREVIEWED, "snoozed": False,
            "reviewed_first": False,
        }  # fmt: skip


def _present(
    session: Session, made: Busy, hall: UUID, device: UUID, chance: random.Random, now: datetime
) -> list[UUID]:
    """Everybody has been to a kiosk in the last half hour."""
    rows: Rows = []
    for owner in made.people:
        at = now - timedelta(seconds=chance.randrange(60, 1800))
        rows.append({
            "id": uuid7(), "site": "NRT", "hall_id": hall, "device_id": device,
            "passenger_id": owner, "document_key": "", "issuer": "", "readings": {},
            "answer": "registered", "path": ["registered"], "reasons": [], "decided_at": at,
        })  # fmt: skip
    session.execute(sa.insert(Presentation), rows)
    return [row["id"] for row in rows]


def _refer(
    session: Session, made: Busy, hall: UUID, shown: Sequence[UUID], chance: random.Random,
    now: datetime, count: int,
) -> None:  # fmt: skip
    rows: Rows = []
    for place in range(count):
        kind = KINDS[place % len(KINDS)]
        rows.append({
            "id": uuid7(), "site": "NRT", "hall_id": hall, "passenger_id": made.people[place],
            "presentation_id": shown[place], "kind": kind, "reasons": REASONS[kind],
            "state": ReferralState.RAISED,
            "created_at": now - timedelta(seconds=chance.randrange(5, 1200)),
        })  # fmt: skip
    if rows:
        session.execute(sa.insert(Referral), rows)
    made.referrals = [row["id"] for row in rows]


def _let_out(
    session: Session, made: Busy, device: UUID, shown: Sequence[UUID], chance: random.Random,
    now: datetime, after: int, count: int,
) -> None:  # fmt: skip
    clearances: Rows = []
    passages: Rows = []
    for place in range(after, min(after + count, len(made.people))):
        owner, at = made.people[place], now - timedelta(seconds=chance.randrange(30, 900))
        clearance = uuid7()
        clearances.append({
            "id": clearance, "presentation_id": shown[place], "passenger_id": owner,
            "expires_at": at + timedelta(hours=4), "consumed_at": at, "covers": [], "release_ids": [],
        })  # fmt: skip
        passages.append({
            "clearance_id": clearance, "device_id": device, "passenger_id": owner, "passed_at": at,
        })  # fmt: skip
    if passages:
        session.execute(sa.insert(Clearance), clearances)
        session.execute(sa.insert(Passage), passages)


def close(
    session: Session, made: Busy, officer: UUID, now: datetime, places: Sequence[int], *,
    found: Sequence[int] = (), seconds: float = 60.0,
) -> None:  # fmt: skip
    """These referrals are inspected and closed ``seconds`` after they were raised, taken after half of them; something was ``found`` in some."""
    for place in places:
        referral = session.get_one(Referral, made.referrals[place])
        at = referral.created_at + timedelta(seconds=seconds)
        referral.state, referral.decision = ReferralState.CLOSED, "inspect"  # type: ignore[assignment]
        referral.decided_at = referral.closed_at = at
        referral.decided_by = referral.owner_id = officer
        taken = referral.created_at + timedelta(seconds=seconds / 2)
        claimed = ReferralEvent(
            referral_id=referral.id, kind="claimed", actor_id=officer, created_at=taken
        )
        session.add(claimed)
        inspection = Inspection(
            referral_id=referral.id, officer_id=officer, started_at=at, finished_at=now
        )
        session.add(inspection)
        session.flush()
        kind = "prohibited" if place in found else "nothing"
        session.add(Finding(inspection_id=inspection.id, kind=kind))  # type: ignore[arg-type]
    session.flush()
