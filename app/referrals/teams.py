"""Lane teams, who is on duty where, and the travellers whom a team sees to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import log as audit
from app.audit.log import SYSTEM, Actor
from app.identity import officers
from app.identity.models import Officer, OfficerSession
from app.kernel import events
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError, kept
from app.kernel.ids import uuid7
from app.kernel.texts import N_
from app.referrals.kinds import ReferralKind
from app.referrals.shift_models import Duty, LaneTeam, TeamAssignment
from app.travel.models import Flight, Passenger

MAX_NAME = 40


class TeamNameError(ConflictError):
    """A hall has one team of a name."""

    code, status, title = "team-exists", 409, N_("This hall has a team of that name already")


class TeamInvalidError(InvalidError):
    """No name, or a team of another hall, or one that was closed."""

    code, status, title = "team-invalid", 422, N_("Choose a team of this hall that works today")


class AssignmentChangedError(ConflictError):
    """Another team sees to the traveller than the officer saw; says who changed it and when."""

    code, status, title = (
        "assignment-changed",
        409,
        N_("Somebody else has assigned this traveller, please look again"),
    )


@dataclass(frozen=True, slots=True)
class Assigned:
    """The team of a traveller as it stands; ``version`` 0: never assigned."""

    team_id: UUID | None = None
    team: str = ""
    version: int = 0
    by: str = ""
    at: datetime | None = None


UNASSIGNED = Assigned()


@dataclass(frozen=True, slots=True)
class OnDuty:
    """An officer at work."""

    officer_id: UUID
    name: str
    hall_id: UUID
    team_id: UUID | None
    team: str | None
    kinds: tuple[ReferralKind, ...]
    since: datetime


# --- teams ----------------------------------------------------------------------------------------


def create_team(
    session: Session, actor: Actor, site: str, hall_id: UUID, name: str, now: datetime
) -> LaneTeam:
    """A team for lanes of a hall; the caller knows that the hall is of the site.

    Raises :class:`TeamNameError` and :class:`TeamInvalidError` (no name).
    """
    if not name.strip():
        raise TeamInvalidError(fields=[FieldProblem("/name", "missing")])
    made = LaneTeam(site=site, hall_id=hall_id, name=kept(name, MAX_NAME, "/name"))
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        raise TeamNameError from None
    _told(session, actor, "team.create", made.id, site, now)
    return made


def close_team(session: Session, actor: Actor, site: str, team_id: UUID, now: datetime) -> None:
    """The team works no more: who is on duty with it stays on duty, without a team. Raises NotFoundError."""
    team = session.get(LaneTeam, team_id, with_for_update=True, populate_existing=True)
    if team is None or team.site != site:
        raise NotFoundError
    if team.closed_at is None:
        team.closed_at = now
        session.execute(
            sa.update(Duty)
            .where(Duty.team_id == team_id, Duty.ended_at.is_(None))
            .values(team_id=None)
            .execution_options(synchronize_session=False)
        )
        _told(session, actor, "team.close", team_id, site, now)


def list_teams(session: Session, site: str) -> Sequence[LaneTeam]:
    """The teams of a site that work, by hall and name."""
    query = sa.select(LaneTeam).where(LaneTeam.site == site, LaneTeam.closed_at.is_(None))
    return session.scalars(query.order_by(LaneTeam.hall_id, LaneTeam.name)).all()


def _told(session: Session, actor: Actor, action: str, subject: UUID, site: str, now: datetime) -> None:  # fmt: skip
    events.emit(session, "shift.changed", subject, site=site)
    audit.record(session, actor, action, "lane-team", subject, now)


# --- duty -----------------------------------------------------------------------------------------


def sign_on(
    session: Session,
    actor: Actor,
    site: str,
    hall_id: UUID,
    team_id: UUID | None,
    kinds: Collection[ReferralKind],
    now: datetime,
) -> Duty:
    """Begin a shift, or go on elsewhere: what was before ends at the same moment.

    No ``kinds``: all queues. The caller knows that the hall is of the site. Raises :class:`TeamInvalidError`.
    """
    assert actor.id
    if team_id is not None:
        team = session.get(LaneTeam, team_id)
        if team is None or team.hall_id != hall_id or team.closed_at is not None:
            raise TeamInvalidError(fields=[FieldProblem("/team_id", "unknown")])
    # one row of the officer is waited for, so that two tabs cannot begin two shifts
    session.execute(
        sa.select(Officer.id).where(Officer.id == actor.id).with_for_update(key_share=True)
    )
    _end(session, Duty.officer_id == actor.id, now)
    served = [str(kind) for kind in ReferralKind if not kinds or kind in kinds]
    made = Duty(
        officer_id=actor.id, site=site, hall_id=hall_id, team_id=team_id, kinds=served, began_at=now
    )
    session.add(made)
    session.flush()
    events.emit(session, "shift.changed", actor.id, site=site)
    audit.record(
        session, actor, "duty.begin", "hall", hall_id, now, team=str(team_id or ""), kinds=served
    )
    return made


def sign_off(session: Session, actor: Actor, now: datetime) -> None:
    """End the shift, if there is one."""
    for site in _end(session, Duty.officer_id == actor.id, now):
        assert actor.id
        events.emit(session, "shift.changed", actor.id, site=site)
        audit.record(session, actor, "duty.end", "officer", actor.id, now)


def end_abandoned(session: Session, now: datetime) -> int:
    """End the shifts of those who are not signed in any more, at their last sign of life; how many."""
    last = (
        sa.select(sa.func.max(sa.func.coalesce(OfficerSession.revoked_at, OfficerSession.seen_at)))
        .where(OfficerSession.officer_id == Duty.officer_id)
        .scalar_subquery()
    )
    live = sa.exists().where(OfficerSession.officer_id == Duty.officer_id, *officers.lasting(now))
    ended = session.execute(
        sa.update(Duty)
        .where(Duty.ended_at.is_(None), ~live)
        .values(ended_at=sa.func.greatest(Duty.began_at, sa.func.coalesce(last, now)))
        .returning(Duty.officer_id, Duty.site)
        .execution_options(synchronize_session=False)
    ).all()
    for officer_id, site in ended:
        events.emit(session, "shift.changed", officer_id, site=site)
        audit.record(session, SYSTEM, "duty.end", "officer", officer_id, now)
    return len(ended)


def _end(session: Session, which: sa.ColumnElement[bool], now: datetime) -> Sequence[str]:
    return session.scalars(
        sa.update(Duty)
        .where(which, Duty.ended_at.is_(None))
        .values(ended_at=sa.func.greatest(Duty.began_at, now))
        .returning(Duty.site)
        .execution_options(synchronize_session=False)
    ).all()


def duty_of(session: Session, officer_id: UUID) -> Duty | None:
    """Where an officer works now."""
    return session.scalar(
        sa.select(Duty).where(Duty.officer_id == officer_id, Duty.ended_at.is_(None))
    )


def on_duty(session: Session, site: str) -> list[OnDuty]:
    """Who is at work at a site, by name."""
    rows = session.execute(
        sa.select(Duty, Officer.name, LaneTeam.name)
        .join(Officer, Officer.id == Duty.officer_id)
        .outerjoin(LaneTeam, LaneTeam.id == Duty.team_id)
        .where(Duty.site == site, Duty.ended_at.is_(None))
        .order_by(Officer.name, Officer.id)
    )
    known = set(ReferralKind)
    return [
        OnDuty(
            duty.officer_id, name, duty.hall_id, duty.team_id, team,
            tuple(ReferralKind(kind) for kind in duty.kinds if kind in known), duty.began_at,
        )
        for duty, name, team in rows
    ]  # fmt: skip


# --- travellers of a team -------------------------------------------------------------------------


def assign(
    session: Session,
    actor: Actor,
    passenger_id: UUID,
    site: str,
    team_id: UUID | None,
    version: int,
    now: datetime,
) -> Assigned:
    """Let a lane team see to a traveller, from before landing on; None takes that back. ``version`` is the one
    that was seen (0: none). What a gate raises of the traveller is the team's.

    Raises NotFoundError, :class:`TeamInvalidError` and :class:`AssignmentChangedError`.
    """
    expect_passenger(session, passenger_id, site)
    if team_id is not None:
        team = session.get(LaneTeam, team_id)
        if team is None or team.site != site or team.closed_at is not None:
            raise TeamInvalidError(fields=[FieldProblem("/team_id", "unknown")])
    if not _written(session, actor, passenger_id, team_id, version, now):
        raise AssignmentChangedError
    events.emit(session, "passenger.assigned", passenger_id, version=version + 1, site=site)
    audit.record(
        session, actor, "passenger.assign", "passenger", passenger_id, now, team=str(team_id or "")
    )
    return assigned(session, [passenger_id])[passenger_id]


def _written(
    session: Session, actor: Actor, passenger_id: UUID, team_id: UUID | None, version: int, now: datetime
) -> bool:  # fmt: skip
    values = {
        "team_id": team_id,
        "assigned_by": actor.id,
        "assigned_at": now,
        "version": version + 1,
    }
    if version == 0:
        first = insert(TeamAssignment).values(id=uuid7(), passenger_id=passenger_id, **values)
        done = session.execute(first.on_conflict_do_nothing().returning(TeamAssignment.id))
    else:
        done = session.execute(
            sa.update(TeamAssignment)
            .where(TeamAssignment.passenger_id == passenger_id, TeamAssignment.version == version)
            .values(values)
            .returning(TeamAssignment.id)
            .execution_options(synchronize_session=False)
        )
    return done.scalar() is not None


def expect_passenger(session: Session, passenger_id: UUID, site: str) -> None:
    """Raise NotFoundError unless it is a passenger of the site."""
    query = sa.select(Passenger.id).join(Flight, Flight.id == Passenger.flight_id)
    if session.scalar(query.where(Passenger.id == passenger_id, Flight.site == site)) is None:
        raise NotFoundError


def assigned(session: Session, passengers: Collection[UUID]) -> Mapping[UUID, Assigned]:
    """The teams of passengers; who was never assigned is left out."""
    rows = session.execute(
        sa.select(TeamAssignment, LaneTeam.name, Officer.name)
        .outerjoin(LaneTeam, LaneTeam.id == TeamAssignment.team_id)
        .join(Officer, Officer.id == TeamAssignment.assigned_by)
        .where(TeamAssignment.passenger_id.in_(list(passengers)))
        .execution_options(populate_existing=True)
    )
    return {
        one.passenger_id: Assigned(one.team_id, team or "", one.version, by, one.assigned_at)
        for one, team, by in rows
    }
