"""Everything about one passenger on one page: why, what the sources say, what happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations.facts import DeclaredFacts, declaration_of
from app.declarations.models import DeclarationVersion
from app.formats.ages import age_on
from app.formats.values import document_number
from app.gate.known import RISK_REASONS
from app.gate.models import Clearance, Hall, Passage, Presentation
from app.identity.models import Officer
from app.referrals.models import Referral, ReferralEvent, ReferralState
from app.referrals.views import under_examination
from app.retention.marks import is_marked
from app.screening.models import Assessment, HitReview, Level, ReviewState
from app.screening.views import Screened, dossier_hits
from app.travel.changes import Change
from app.travel.history import changes_of, read_earlier
from app.travel.models import Booking, Flight, Passenger
from app.travel.views import PassengerView, flight_number, view_passenger
from app.web.console import words
from app.web.console.compare import Comparison, compare, declared_record, passport_record
from app.web.console.declared import Declared, inspected_since, read_declared, versions_of
from app.web.console.languages import language_for
from app.web.console.moments import Moments
from app.web.translation import gettext

LATEST = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A presentation at a kiosk or lane, with what was and what was not looked at."""

    at: datetime
    hall: str
    answer: str
    reasons: tuple[str, ...]
    chip: str
    face: str
    document: str
    counter: str | None


@dataclass(frozen=True, slots=True)
class Fellow:
    """Somebody of the same party, with the level of the newest assessment."""

    passenger: Passenger
    level: Level | None


@dataclass(frozen=True, slots=True)
class Trip:
    """Another journey of the same traveller."""

    passenger_id: UUID
    flight: str
    day: str
    origin: str
    level: Level | None


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the timeline."""

    at: datetime
    said: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """One passenger. ``age``: on arrival; of somebody who is masked on the day of the flight."""

    view: PassengerView
    age: int | None
    screened: Screened | None
    comparison: Comparison
    declared: Declared | None
    facts: DeclaredFacts | None
    bookings: tuple[Booking, ...]
    shown: tuple[Shown, ...]
    fellows: tuple[Fellow, ...]
    trips: tuple[Trip, ...]
    open_referrals: tuple[Referral, ...]
    officers: Mapping[UUID, str]
    timeline: tuple[Happening, ...]
    changes: tuple[Change, ...] = ()

    @property
    def flight(self) -> str:
        return flight_number(self.view.flight)

    @property
    def speaks(self) -> str:
        """The language in which phrase cards open: that of the declaration, else a likely one."""
        declared = (
            self.declared.versions[-1].lang if self.declared and self.declared.versions else ""
        )
        return language_for(declared, self.view.passenger.nationality or "")

    @property
    def is_stale(self) -> bool:
        """New facts wait for the worker."""
        return self.screened is None or not self.screened.current

    @property
    def bags(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Bags by source."""
        api = self.view.passenger.api_data or {}
        found = [("api", api.get("bags") or {})]
        found += [("pnr", one.traveller.get("bags") or {}) for one in self.view.bookings]
        return [(source, bags) for source, bags in found if bags]


def read_dossier(
    session: Session, passenger_id: UUID, at: Moments, *, reasons: bool = False
) -> Dossier:
    """The dossier of a passenger; ``reasons``: also those that are for few eyes. Raises NotFoundError."""
    view = view_passenger(session, passenger_id)
    presentations = _presentations(session, passenger_id)
    screened = dossier_hits(session, passenger_id, reasons=reasons)
    facts = declaration_of(session, passenger_id)
    versions = versions_of(session, facts.declaration_id) if facts else ()
    referrals = _referrals(session, passenger_id)
    officers = officer_names(session)
    bookings = _bookings(session, view)
    return Dossier(
        view=view,
        age=_age(view, at),
        screened=screened,
        comparison=compare(_records(session, view, at, facts, versions, presentations)),
        declared=(
            read_declared(versions, inspected_since(session, versions[-1])) if versions else None
        ),
        facts=facts,
        bookings=bookings,
        shown=tuple(
            _shown(one, hall, withheld=screened is not None and screened.withheld)
            for one, hall in presentations
        ),
        fellows=_fellows(session, view),
        trips=_trips(session, view, at),
        open_referrals=tuple(r for r in referrals if r.state is not ReferralState.CLOSED),
        officers=officers,
        timeline=_timeline(session, view, versions, presentations, referrals, officers, screened),
        changes=_changes(session, view, bookings),
    )


def _age(view: PassengerView, at: Moments) -> int | None:
    if view.passenger.is_masked:
        return view.age_at_flight
    return age_on(view.passenger.birth_date, at.local(view.flight.arrives_at or at.now).date())


# --- sources side by side -------------------------------------------------------------------------

_Presented = Sequence[tuple[Presentation, str]]


def _records(
    session: Session,
    view: PassengerView,
    at: Moments,
    facts: DeclaredFacts | None,
    versions: Sequence[DeclarationVersion],
    presentations: _Presented,
) -> dict[str, Mapping[str, Any]]:
    passenger, flight = view.passenger, view.flight
    arrives = at.local(flight.arrives_at, flight.destination) if flight.arrives_at else None
    journey = {"flight": flight_number(flight), "origin": flight.origin}
    if arrives:
        journey["arrival_date"] = arrives.date().isoformat()
    found: dict[str, Mapping[str, Any]] = {}
    if passenger.api_data:
        found["api"] = {**journey, **passenger.api_data}
    for one in view.bookings:
        if one.removed_at is None and "pnr" not in found and not is_marked(one.traveller):
            ports = _ports(session.get_one(Booking, one.id).record)
            way = {"origin": " ".join(ports)} if ports else {}
            found["pnr"] = {**journey, **way, **one.traveller}
    if facts and versions:
        found["declaration"] = declared_record(versions[-1].content, facts.person)
    told = [one for one in view.passports if not one.is_masked]
    shown = {document_number(p.number): p for p in told if p.request_id is None}
    read = next((one for one, _ in presentations if one.document_key), None)
    if read and not read.is_masked:
        birth = read.birth_date.isoformat() if read.birth_date else ""
        key = read.document_key
        found["kiosk"] = passport_record(key, read.issuer, birth, shown.get(key))
    elif read and shown:  # of readings that are masked what said otherwise stays longer
        kept = list(shown.values())[-1]
        found["kiosk"] = passport_record(kept.number, kept.issuer, "", kept)
    if right := next((one for one in reversed(told) if one.request_id), None):
        found["rectified"] = passport_record(right.number, right.issuer, "", right)
    return found


def _ports(record: Mapping[str, Any]) -> list[str]:
    """Where the journey touches down before the flight into the country, and where that one starts."""
    ports: list[str] = []
    for segment in record.get("itinerary", ()):
        ports.append(str(segment.get("leg", {}).get("board", "")))
        if segment.get("pushed"):
            break
    return [port for port in dict.fromkeys(ports) if port]


# --- people around --------------------------------------------------------------------------------


def _fellows(session: Session, view: PassengerView) -> tuple[Fellow, ...]:
    levels = shown_levels(session, [one.id for one in view.party])
    return tuple(Fellow(one, levels.get(one.id)) for one in view.party)


def shown_levels(session: Session, passengers: Sequence[UUID]) -> dict[UUID, Level]:
    """The levels of these passengers, but of those who are examined in full without reasons."""
    rows = session.execute(
        sa.select(Assessment.passenger_id, Assessment.level).where(
            Assessment.passenger_id.in_(passengers),
            Assessment.is_current,
            ~under_examination(Assessment.passenger_id.expression),
        )
    )
    return dict(rows.all())


def _trips(session: Session, view: PassengerView, at: Moments) -> tuple[Trip, ...]:
    if view.passenger.traveller_id is None:
        return ()
    rows = session.execute(
        sa.select(Passenger.id, Flight)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(
            Passenger.traveller_id == view.passenger.traveller_id, Passenger.id != view.passenger.id
        )
        .order_by(Flight.flight_date.desc())
        .limit(LATEST)
    ).all()
    levels = shown_levels(session, [passenger for passenger, _ in rows])
    return tuple(
        Trip(
            passenger, flight_number(flight), at.day(flight.flight_date), flight.origin,
            levels.get(passenger),
        )
        for passenger, flight in rows
    )  # fmt: skip


def _bookings(session: Session, view: PassengerView) -> tuple[Booking, ...]:
    return tuple(session.get_one(Booking, one.id) for one in view.bookings)


def _changes(
    session: Session, view: PassengerView, bookings: Sequence[Booking]
) -> tuple[Change, ...]:
    """What lists and pushes said otherwise before, the newest first."""
    earlier = read_earlier(session, [view.passenger.id], [one.id for one in bookings])
    return tuple(reversed(changes_of(view.passenger, bookings, earlier) or ()))


# --- what happened --------------------------------------------------------------------------------


def _presentations(session: Session, passenger_id: UUID) -> _Presented:
    query = (
        sa.select(Presentation, Hall.name)
        .join(Hall, Hall.id == Presentation.hall_id)
        .where(Presentation.passenger_id == passenger_id)
        .order_by(Presentation.decided_at.desc(), Presentation.id.desc())
        .limit(LATEST)
    )
    return [(one, hall) for one, hall in session.execute(query)]


def _shown(one: Presentation, hall: str, *, withheld: bool) -> Shown:
    """``withheld``: what screening said waits for the end of an examination, here as everywhere."""
    chip = str(one.readings.get("chip", "not-read"))
    face = str(one.readings.get("face", "not-checked"))
    document = str(one.readings.get("document", ""))
    return Shown(
        at=one.decided_at,
        hall=hall,
        answer=words.ANSWERS.get(one.answer, words.plain(one.answer)),
        reasons=tuple(
            words.reason(reason)
            for reason in one.reasons
            if not (withheld and reason in RISK_REASONS)
        ),
        chip=_chip_said(chip, one.readings.get("chip_checks") or {}),
        face=words.FACE.get(face, face),
        document=words.DOCUMENT.get(document, document),
        counter=one.counter,
    )


def _chip_said(chip: str, checks: Mapping[str, str]) -> str:
    """With the checks that failed, which is what an officer asks next; those that nobody could make only where
    nothing else explains it.
    """
    said = words.CHIP.get(chip, chip)
    wanted = {"failed": "failed", "not-verifiable": "unknown"}.get(chip)
    why = [
        words.check(f"{name} {how}")
        for name, how in checks.items()
        if wanted and how.startswith(wanted)
    ]
    return f"{said}: {'; '.join(why)}" if why else said


def _referrals(session: Session, passenger_id: UUID) -> Sequence[Referral]:
    query = sa.select(Referral).where(Referral.passenger_id == passenger_id)
    return session.scalars(query.order_by(Referral.created_at)).all()


def officer_names(session: Session) -> dict[UUID, str]:
    """All officers' names: a site has hundreds at most."""
    return dict(session.execute(sa.select(Officer.id, Officer.name)).all())


def _timeline(
    session: Session,
    view: PassengerView,
    versions: Sequence[DeclarationVersion],
    presentations: _Presented,
    referrals: Sequence[Referral],
    officers: Mapping[UUID, str],
    screened: Screened | None,
) -> tuple[Happening, ...]:
    told = screened is not None and not screened.withheld
    found = [
        *_of_carrier(view),
        *(_of_screening(session, view.passenger.id, officers) if told else ()),
        *(
            Happening(v.certified_at, _declared_how(v), officers.get(v.taken_by or v.id, ""))
            for v in versions
        ),
        *(
            Happening(p.decided_at, f"{words.ANSWERS.get(p.answer, p.answer)}, {hall}")
            for p, hall in presentations
        ),
        *_of_referrals(session, referrals, officers),
        *_of_gate(session, view.passenger.id),
    ]
    return tuple(sorted(found, key=lambda happening: happening.at, reverse=True))


def _declared_how(version: DeclarationVersion) -> str:
    """A later version is the traveller's own correction."""
    how = words.CHANNELS[version.channel].lower()
    if version.seq == 0:
        return gettext("Declared, %(how)s", how=how)
    return gettext(
        "Declaration corrected by the traveller (%(n)s), %(how)s", n=version.seq, how=how
    )


def _of_carrier(view: PassengerView) -> Iterator[Happening]:
    if view.passenger.api_prepared_at:
        said = gettext("Passenger list prepared by the carrier")
        yield Happening(view.passenger.api_prepared_at, said)
    if view.flight.departs_at:
        said = gettext("Departure from %(airport)s", airport=view.flight.origin)
        yield Happening(view.flight.departs_at, said)
    if view.flight.arrives_at:
        said = gettext("Arrival at %(airport)s", airport=view.flight.destination)
        yield Happening(view.flight.arrives_at, said)


def _of_screening(
    session: Session, passenger_id: UUID, officers: Mapping[UUID, str]
) -> Iterator[Happening]:
    """Assessments that changed the level, and the words of officers."""
    level: Level | None = None
    query = sa.select(Assessment.created_at, Assessment.level, Assessment.score)
    rows = session.execute(
        query.where(Assessment.passenger_id == passenger_id).order_by(Assessment.created_at)
    )
    for moment, found, score in rows:
        if found is not level:
            level = found
            said = gettext(
                "Screened: level %(level)s, score %(score)s",
                level=words.LEVELS[found].lower(), score=score,
            )  # fmt: skip
            yield Happening(moment, said)
    reviews = session.scalars(sa.select(HitReview).where(HitReview.passenger_id == passenger_id))
    for review in reviews:
        if review.state is not ReviewState.UNREVIEWED:
            said = gettext(
                "Hit %(review)s: %(subject)s",
                review=words.REVIEWS[review.state].lower(), subject=review.subject,
            )  # fmt: skip
            yield Happening(review.reviewed_at, said, officers.get(review.officer_id, ""))


def _of_referrals(
    session: Session, referrals: Sequence[Referral], officers: Mapping[UUID, str]
) -> Iterator[Happening]:
    known = {one.id: one for one in referrals}
    steps = sa.select(ReferralEvent).where(ReferralEvent.referral_id.in_(list(known)))
    begun: set[UUID] = set()
    for event in session.scalars(steps.order_by(ReferralEvent.created_at, ReferralEvent.id)):
        one = known[event.referral_id]
        goes_on = one.reopens_id is not None and one.id not in begun
        begun.add(one.id)
        if goes_on:
            continue  # that it was undone or reopened stands with the closed case already
        said = f"{words.KINDS[one.kind]}: {words.step(event.kind, one.why_not)}"
        by = officers.get(event.actor_id, "") if event.actor_id else ""
        yield Happening(event.created_at, said, by)


def _of_gate(session: Session, passenger_id: UUID) -> Iterator[Happening]:
    passages = sa.select(Passage.passed_at).where(Passage.passenger_id == passenger_id)
    for moment in session.scalars(passages):
        yield Happening(moment, gettext("Passed the gate"))
    revoked = sa.select(Clearance.revoked_at).where(Clearance.passenger_id == passenger_id)
    for ended in session.scalars(revoked):
        if ended is not None:
            yield Happening(ended, gettext("Clearance revoked: something changed"))
