"""What officers see of screening: a flight's list, who is expected, one passenger's hits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.identity import scope, sight
from app.identity.sight import Seen
from app.kernel.errors import NotFoundError
from app.kernel.texts import N_
from app.screening.list_models import UrgentLookout
from app.screening.models import (
    Assessment,
    Handling,
    Hit,
    HitReview,
    HitSource,
    Level,
    ReviewState,
    Ruleset,
    Watchlist,
)
from app.screening.quoted import reasons_of_hits
from app.screening.veiled import veil_conditions, veil_explanation
from app.travel.life import COMES_HERE
from app.travel.models import Flight, Passenger, TravelStatus
from risk_rules.language import evidence

ABSENT = (TravelStatus.NOT_BOARDED, TravelStatus.WITHDRAWN)
LANDED_FOR = timedelta(hours=3)
"""How long after landing somebody still counts as expected."""

_ORDER = tuple(Level)

Withheld = Callable[[sa.ColumnElement[UUID]], sa.ColumnElement[bool]]
"""Of a passenger's id: whether what rules and lists say is kept back for now. Referrals stand above this feature."""


def _nobody(passenger_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    del passenger_id
    return sa.false()


_withheld: Withheld = _nobody


def withhold(withheld: Withheld) -> None:
    """Of whom nothing is shown for now; the program's assembly says so once, at start."""
    global _withheld  # noqa: PLW0603  # one program, one answer
    _withheld = withheld


def is_withheld(passenger_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Whether what is known of a passenger is kept back for now, from pages of rules as well."""
    return _withheld(passenger_id)


@dataclass(frozen=True, slots=True)
class HitView:
    """One reason: what raised it, in which version, which values matched, what an officer made of it.

    ``conditions`` are the decisive parts of a rule ({text, values}); ``explanation`` is all of it.
    ``suppressed``: an officer has said that the traveller is not that entry. ``hidden``: the list's reasons are for
    few eyes; then there is the hit, its handling and its review, and nothing of why.
    """

    id: UUID
    source: HitSource
    subject: str
    version: int
    title: str
    purpose: str
    handling: Handling
    points: int
    alert: bool
    conditions: list[dict[str, Any]]
    explanation: dict[str, Any]
    state: ReviewState
    reviewed_by: UUID | None
    reviewed_at: datetime | None
    review_reason: str | None
    snoozed: bool = False
    reviewed_first: bool = False
    suppressed: bool = False
    hidden: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screened:
    """One passenger's assessment. ``current``: of the newest facts and of what is in force. ``withheld``: an
    examination without reasons is under way; level, score and hits are those of everybody until its outcome.
    """

    passenger_id: UUID
    flight_id: UUID
    assessment_id: UUID
    surname: str
    given_names: str
    nationality: str | None
    seat: str | None
    score: int
    level: Level
    action: Handling | None
    confirmed: bool
    current: bool
    undecided: int
    hits: tuple[HitView, ...]
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class FlightRisk:
    """A flight's list: everybody whose level is above none, the gravest first; the others are counted."""

    flight_id: UUID
    flight: str
    arrives_at: datetime | None
    counts: Mapping[Level, int]
    unassessed: int
    passengers: tuple[Screened, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody to be looked at, and when the flight arrives."""

    flight: str
    origin: str
    arrives_at: datetime | None
    screened: Screened


def flight_risk(
    session: Session, flight_id: UUID, site: str, *, reasons: bool = False
) -> FlightRisk:
    """The high-risk list of a flight of a site, in four statements; ``reasons``: those that are for few eyes too.

    Raises NotFoundError.
    """
    flight = session.get(Flight, flight_id)
    if flight is None or flight.site != site:
        raise NotFoundError
    counts, unassessed = _counts(session, flight_id)
    here = _people().where(Passenger.flight_id == flight_id, _TRAVELS)
    shown = here.where(~_withheld(Passenger.id.expression))
    listed = _screened(session, shown, reasons=reasons)
    ordered = sorted(listed, key=lambda s: (-_ORDER.index(s.level), -s.score, s.surname))
    return FlightRisk(
        flight_id, designation(flight), flight.arrives_at, counts, unassessed, tuple(ordered)
    )


def designation(flight: Flight) -> str:
    """The flight's number as people write it: JL1."""
    return f"{flight.carrier}{flight.number}{flight.suffix}"


def _counts(session: Session, flight_id: UUID) -> tuple[dict[Level, int], int]:
    hidden = sa.and_(_withheld(Passenger.id.expression), Assessment.id.is_not(None))
    level = shown_level(hidden)
    rows = session.execute(
        sa.select(level, sa.func.count())
        .select_from(Passenger)
        .outerjoin(Assessment, _CURRENT)
        .where(Passenger.flight_id == flight_id, _TRAVELS)
        .group_by(level)
    ).all()
    found: dict[Level | None, int] = dict(rows)
    return {level: found.get(level, 0) for level in Level}, found.get(None, 0)


def shown_level(hidden: sa.ColumnElement[bool]) -> sa.Label[Level]:
    """The level to group by: that of everybody where it is kept back."""
    none = sa.literal(Level.NONE, Assessment.level.type)
    return sa.case((hidden, none), else_=Assessment.level).label("shown_level")


_CURRENT = sa.and_(Assessment.passenger_id == Passenger.id, Assessment.is_current)
_TRAVELS = Passenger.travel_status.not_in(ABSENT)


def _people(*levels: Level) -> sa.Select[*tuple[Any, ...]]:
    """Passengers with their current assessment, of these levels (by default all above none)."""
    newest = sa.select(Ruleset.id).order_by(Ruleset.n.desc()).limit(1).scalar_subquery()
    fresh = sa.and_(
        Assessment.facts_version == Passenger.facts_version, Assessment.ruleset_id == newest
    )
    wanted = levels or (Level.LOW, Level.ATTENTION, Level.HIGH)
    return (
        sa.select(
            Passenger.id, Passenger.flight_id, Passenger.surname, Passenger.given_names,
            Passenger.nationality, Passenger.seat, Assessment.id.label("assessment_id"),
            Assessment.score, Assessment.level, Assessment.action, Assessment.confirmed,
            sa.func.jsonb_array_length(Assessment.unknown).label("undecided"),
            fresh.label("fresh"), _withheld(Passenger.id.expression).label("withheld"),
        )
        .join(Assessment, _CURRENT)
        .where(Assessment.level.in_(wanted))
    )  # fmt: skip


def _screened(
    session: Session, statement: sa.Select[*tuple[Any, ...]], *, reasons: bool,
    hits: sa.ColumnElement[bool] | None = None,
) -> list[Screened]:  # fmt: skip
    if hits is not None:
        statement = statement.add_columns(hits.label("told"))
    rows = session.execute(statement).all()
    judged = [row.assessment_id for row in rows if not row.withheld and (hits is None or row.told)]
    found = _hits(session, judged, reasons=reasons)
    return [_of_row(row, found.get(row.assessment_id, ())) for row in rows]


def _of_row(row: Any, hits: Iterable[HitView]) -> Screened:
    """As whoever asks may see it: what is masked for him is masked here, for pages and API alike."""
    seen = sight.current().at(row.id)
    return Screened(
        passenger_id=row.id,
        flight_id=row.flight_id,
        assessment_id=row.assessment_id,
        surname=seen.names(row.surname),
        given_names=seen.names(row.given_names),
        nationality=row.nationality,
        seat=row.seat,
        score=0 if row.withheld else row.score,
        level=Level.NONE if row.withheld else row.level,
        action=None if row.withheld else row.action,
        confirmed=row.confirmed and not row.withheld,
        current=bool(row.fresh),
        undecided=0 if row.withheld else row.undecided,
        hits=tuple(_veiled(hit, seen) for hit in hits),
        withheld=row.withheld,
    )


def _veiled(hit: HitView, seen: Seen) -> HitView:
    if not seen.masked:
        return hit
    return replace(
        hit, conditions=veil_conditions(hit.conditions, seen),
        explanation=veil_explanation(hit.explanation, seen),
    )  # fmt: skip


def for_few_eyes() -> sa.ColumnElement[bool]:
    """Whether a hit is of a list or lookout whose reasons not everybody may see."""
    of_list = sa.exists().where(
        Watchlist.key == sa.func.split_part(Hit.subject, "/", 1), Watchlist.reason_restricted
    )
    of_lookout = sa.exists().where(
        UrgentLookout.restricted,
        sa.func.concat("urgent/", sa.cast(UrgentLookout.id, sa.Text)) == Hit.subject,
    )
    return sa.and_(Hit.source == HitSource.WATCHLIST, sa.or_(of_list, of_lookout))


def for_others() -> sa.ColumnElement[bool]:
    """Whether a hit is of a purpose for which the officer who asks does not work where its traveller is.

    Whoever is expected may come to any hall, and whoever came to several places is in each: there the purposes of any
    grant that reaches him count, as on his own page.
    """
    return ~scope.of_purposes(Hit.purpose, at=Hit)


def is_kept_back(*, reasons: bool) -> sa.ColumnElement[bool]:
    """Whether the reason of a hit is not for whoever asks; ``reasons``: he may see those that are for few eyes, where
    the grant that covers the hit allows it.
    """
    if not reasons:
        return sa.or_(for_others(), for_few_eyes())
    if scope.current().few_eyes is None:
        return for_others()
    allowed = scope.of_few_eyes(Hit.purpose, at=Hit)
    return sa.or_(for_others(), sa.and_(~allowed, for_few_eyes()))


def _hits(
    session: Session, assessments: Sequence[UUID], *, reasons: bool
) -> dict[UUID, list[HitView]]:
    """Hits with their reviews, watch lists first, then by points."""
    if not assessments:
        return {}
    same = sa.and_(
        HitReview.passenger_id == Hit.passenger_id,
        HitReview.source == Hit.source,
        HitReview.subject == Hit.subject,
        HitReview.subject_version == Hit.subject_version,
        HitReview.values_digest == Hit.values_digest,
    )
    hidden = is_kept_back(reasons=reasons)
    rows = session.execute(
        sa.select(Hit, HitReview, hidden.label("hidden"), for_others().label("others"))
        .add_columns(*reasons_of_hits(hidden))
        .outerjoin(HitReview, same)
        .where(Hit.assessment_id.in_(assessments))
        .order_by(Hit.source.desc(), Hit.points.desc(), Hit.subject)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[HitView]] = defaultdict(list)
    for hit, review, is_hidden, is_others, of_entry, of_lookout in rows:
        view = _hit(hit, review, of_entry or of_lookout)
        title = OTHERS_TITLE if is_others else HIDDEN_TITLE
        found[hit.assessment_id].append(_without_reason(view, title) if is_hidden else view)
    return found


HIDDEN_TITLE = N_("Restricted list")
OTHERS_TITLE = N_("Another authority's matter")


def _without_reason(hit: HitView, title: str) -> HitView:
    """That there is a hit, how it is handled and where its review stands."""
    return replace(
        hit, subject="restricted", version=0, title=title, titles={}, purpose="", conditions=[],
        explanation={"alert": hit.alert}, review_reason=None, hidden=True,
    )  # fmt: skip


def _hit(hit: Hit, review: HitReview | None, reason: str | None) -> HitView:
    is_rule = hit.source is HitSource.RULE
    is_whole = "matches" in hit.explanation  # of a masked hit no words come back
    quoted = {"reason": reason} if reason and is_whole else {}
    return HitView(
        id=hit.id,
        source=hit.source,
        subject=hit.subject,
        version=hit.subject_version,
        title=hit.title,
        purpose=hit.purpose,
        handling=hit.handling,
        points=hit.points,
        alert=is_rule or hit.explanation.get("alert") is True,
        conditions=evidence(hit.explanation) if is_rule else [],
        explanation=hit.explanation | quoted,
        state=review.state if review else ReviewState.UNREVIEWED,
        reviewed_by=review.officer_id if review else None,
        reviewed_at=review.reviewed_at if review else None,
        review_reason=review.reason if review else None,
        snoozed=hit.snoozed,
        reviewed_first=hit.reviewed_first,
        suppressed="suppressed_by" in hit.explanation,
        titles=hit.titles,
    )


def grave() -> sa.ColumnElement[bool]:
    """High by level, or because an officer has confirmed a hit."""
    return sa.or_(Assessment.level == Level.HIGH, Assessment.confirmed)


def expected(
    session: Session,
    site: str,
    now: datetime,
    limit: int = 500,
    *,
    reasons: bool = False,
    besides: Sequence[sa.ColumnElement[bool]] = (),
    hits: sa.ColumnElement[bool] | None = None,
) -> list[Expected]:
    """High and attention passengers of flights to come or just landed, the next to arrive first.

    ``besides``: what else must hold of passenger and assessment; ``hits``: of whom the hits are read (None: of all).
    """
    due = sa.or_(
        Flight.arrives_at > now - LANDED_FOR,
        sa.and_(Flight.arrives_at.is_(None), Flight.flight_date >= (now - LANDED_FOR).date()),
    )
    statement = (
        _people(Level.ATTENTION, Level.HIGH)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Flight.site == site, due, _TRAVELS, ~_withheld(Passenger.id.expression))
        .where(COMES_HERE, *besides)
        .order_by(Flight.arrives_at.asc().nulls_last(), Assessment.score.desc(), Passenger.id)
        .limit(limit)
    )
    people = _screened(session, statement, reasons=reasons, hits=hits)
    wanted = {person.flight_id for person in people}
    flights = {f.id: f for f in session.scalars(sa.select(Flight).where(Flight.id.in_(wanted)))}
    return [_expected(flights[person.flight_id], person) for person in people]


def _expected(flight: Flight, person: Screened) -> Expected:
    return Expected(designation(flight), flight.origin, flight.arrives_at, person)


def dossier_hits(session: Session, passenger_id: UUID, *, reasons: bool = False) -> Screened | None:
    """A passenger's current assessment with all hits, whatever the level; None before the first."""
    statement = _people(*Level).where(Passenger.id == passenger_id)
    return next(iter(_screened(session, statement, reasons=reasons)), None)
