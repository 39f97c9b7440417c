"""HTTP routes of the desk that need hall and gate: what is taken back, recalls, teams, duty, target times."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from app.gate import recall
from app.gate.halls import hall_of
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, KernelDep
from app.kernel.schemas import In, Out
from app.referrals import queues, service, teams
from app.referrals.kinds import ReferralKind
from app.referrals.queues import Target
from app.referrals.shifts import MAX_NOTE

router = APIRouter(tags=["desk"])

QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
LeaderDep = Annotated[SignedIn, Depends(require(Permission.LEAD_SHIFT))]
AssignerDep = Annotated[SignedIn, Depends(require(Permission.ASSIGN_TEAM))]


class ReasonIn(In):
    """Why."""

    reason: str = Field(max_length=MAX_NOTE)


class SeenIn(In):
    """``version`` of the referral, as it was seen."""

    version: int


class TakeBackIn(ReasonIn):
    """``version`` of the closed referral, as it was seen."""

    version: int


class NoteIn(In):
    """A word about what was seen at ``version``."""

    version: int
    note: str = Field(max_length=MAX_NOTE)


class TakenBackOut(Out):
    """``recalled``: the traveller had passed, and ``referral_id`` alerts exits and rovers; else it is the case that
    holds the traveller. ``revoked``: clearances that fell.
    """

    referral_id: UUID
    recalled: bool
    revoked: int


class TeamIn(In):
    """A lane team of a hall."""

    hall_id: UUID
    name: str = Field(max_length=teams.MAX_NAME)


class TeamOut(Out):
    """A lane team."""

    id: UUID
    hall_id: UUID
    name: str


class TeamsOut(Out):
    """The lane teams of a site that work."""

    teams: list[TeamOut]


class DutyIn(In):
    """Where an officer works; no ``kinds``: all queues."""

    hall_id: UUID
    team_id: UUID | None = None
    kinds: list[ReferralKind] = Field(default_factory=list)


class OnDutyOut(Out):
    """An officer at work."""

    officer_id: UUID
    name: str
    hall_id: UUID
    team_id: UUID | None
    team: str | None
    kinds: list[ReferralKind]
    since: datetime


class ServedOut(Out):
    """One queue: whether it rings, its target in seconds, who is signed on for it."""

    kind: ReferralKind
    rings: bool
    target_seconds: int
    staff: list[OnDutyOut]


class QueuesOut(Out):
    """All queues of a site."""

    queues: list[ServedOut]


class TargetIn(In):
    """The target time of a queue, in one hall or at the whole site; ``version`` as seen, 0: none was set."""

    hall_id: UUID | None = None
    kind: ReferralKind
    seconds: int
    version: int = 0


class AssignIn(In):
    """The lane team that sees to a traveller (None: none any more); ``version`` as seen, 0: never assigned."""

    team_id: UUID | None
    version: int = 0


class AssignedOut(Out):
    """The team of a traveller as it stands."""

    team_id: UUID | None
    team: str
    version: int
    by: str
    at: datetime | None


class LoadOut(Out):
    """What a queue (None: all) asked of its officers. ``per_hour``: alerts per officer-hour."""

    kind: ReferralKind | None
    raised: int
    late: int
    officer_hours: float
    per_hour: float | None


class LoadsOut(Out):
    """Alerts per officer-hour of each queue, then of all."""

    since: datetime
    until: datetime
    loads: list[LoadOut]


# --- taken back, recalled -------------------------------------------------------------------------


@router.post("/referrals/{referral_id}/take-back")
def post_take_back(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: TakeBackIn, key: IdempotencyKey = None
) -> TakenBackOut:  # fmt: skip
    """Reopen a closed case. What was released and not used falls; who has passed is recalled."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        leads = who.may(Permission.LEAD_SHIFT)
        call = f"take-back {referral_id} {body.model_dump_json()}".encode()
        claimed = idempotency.claim(session, who.actor.key, key, call)
        if claimed.result is not None:
            return TakenBackOut.model_validate(recall.find(session, claimed.result))
        done = recall.take_back(
            session, who.actor, referral_id, body.version, body.reason, kernel.clock(), leads=leads
        )
        idempotency.settle(session, claimed, done.referral_id)
        return TakenBackOut.model_validate(done)


@router.post("/referrals/{referral_id}/undo")
def post_undo(
    kernel: KernelDep, who: DeciderDep, referral_id: UUID, seen: SeenIn, key: IdempotencyKey = None
) -> TakenBackOut:
    """Undo one's own release within ten seconds, unless the traveller has passed."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        call = f"undo {referral_id} {seen.version}".encode()
        claimed = idempotency.claim(session, who.actor.key, key, call)
        if claimed.result is not None:
            return TakenBackOut.model_validate(recall.find(session, claimed.result))
        done = recall.undo(session, who.actor, referral_id, seen.version, kernel.clock())
        idempotency.settle(session, claimed, done.referral_id)
        return TakenBackOut.model_validate(done)


@router.post("/passengers/{passenger_id}/recall")
def post_recall(
    kernel: KernelDep, who: DeciderDep, passenger_id: UUID, body: ReasonIn, key: IdempotencyKey = None
) -> TakenBackOut:  # fmt: skip
    """Stop somebody who was cleared; once passed, exits and rovers are alerted."""
    with kernel.database.transaction() as session:
        call = f"recall {passenger_id} {body.model_dump_json()}".encode()
        claimed = idempotency.claim(session, who.actor.key, key, call)
        if claimed.result is not None:
            return TakenBackOut.model_validate(recall.find(session, claimed.result))
        done = recall.recall(
            session, who.actor, passenger_id, who.site, body.reason, kernel.clock()
        )
        idempotency.settle(session, claimed, done.referral_id)
        return TakenBackOut.model_validate(done)


@router.post("/referrals/{referral_id}/let-be", status_code=204)
def post_let_be(kernel: KernelDep, who: DeciderDep, referral_id: UUID, body: NoteIn) -> Response:
    """A late hit that asks for nothing, with the reason."""
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        recall.let_be(session, who.actor, referral_id, body.version, body.note, kernel.clock())
    return Response(status_code=204)


# --- teams and duty -------------------------------------------------------------------------------


@router.get("/teams")
def get_teams(kernel: KernelDep, who: QueueDep) -> TeamsOut:
    """The lane teams of the officer's site."""
    with kernel.database.read() as session:
        found = teams.list_teams(session, who.site)
        return TeamsOut(teams=[TeamOut.model_validate(one) for one in found])


@router.post("/teams", status_code=201)
def post_team(kernel: KernelDep, who: LeaderDep, body: TeamIn) -> TeamOut:
    """A new lane team; a hall has one of a name, so that it needs no key."""
    with kernel.database.transaction() as session:
        hall_of(session, who.site, body.hall_id)
        now = kernel.clock()
        made = teams.create_team(session, who.actor, who.site, body.hall_id, body.name, now)
        return TeamOut.model_validate(made)


@router.delete("/teams/{team_id}", status_code=204)
def delete_team(kernel: KernelDep, who: LeaderDep, team_id: UUID) -> Response:
    """The team works no more."""
    with kernel.database.transaction() as session:
        teams.close_team(session, who.actor, who.site, team_id, kernel.clock())
    return Response(status_code=204)


@router.put("/duty", status_code=204)
def put_duty(kernel: KernelDep, who: QueueDep, body: DutyIn) -> Response:
    """Begin a shift in a hall, or go on elsewhere."""
    with kernel.database.transaction() as session:
        hall_of(session, who.site, body.hall_id)
        teams.sign_on(
            session, who.actor, who.site, body.hall_id, body.team_id, body.kinds, kernel.clock()
        )
    return Response(status_code=204)


@router.delete("/duty", status_code=204)
def delete_duty(kernel: KernelDep, who: QueueDep) -> Response:
    """End the shift."""
    with kernel.database.transaction() as session:
        teams.sign_off(session, who.actor, kernel.clock())
    return Response(status_code=204)


@router.get("/queues")
def get_queues(kernel: KernelDep, who: QueueDep) -> QueuesOut:
    """The queues of the site, each with staff, sound and target time."""
    with kernel.database.read() as session:
        found = queues.served(session, who.site)
    return QueuesOut(
        queues=[
            ServedOut(
                kind=one.kind, rings=one.rings, target_seconds=round(one.target.total_seconds()),
                staff=[OnDutyOut.model_validate(officer) for officer in one.staff],
            )
            for one in found
        ]
    )  # fmt: skip


@router.put("/queues/target", status_code=204)
def put_target(kernel: KernelDep, who: LeaderDep, body: TargetIn) -> Response:
    """Set the target time of a queue."""
    with kernel.database.transaction() as session:
        if body.hall_id is not None:
            hall_of(session, who.site, body.hall_id)
        target = Target(body.kind, body.hall_id, body.seconds, body.version)
        queues.set_target(session, who.actor, who.site, target, kernel.clock())
    return Response(status_code=204)


@router.get("/queues/load")
def get_load(
    kernel: KernelDep, who: LeaderDep, hours: Annotated[float, Query(gt=0, le=24 * 31)] = 8
) -> LoadsOut:
    """Alerts per officer-hour of the last hours."""
    until = kernel.clock()
    since = until - timedelta(hours=hours)
    with kernel.database.read() as session:
        found = queues.officer_load(session, who.site, since, until)
    loads = [LoadOut.model_validate(one) for one in found]
    return LoadsOut(since=since, until=until, loads=loads)


@router.get("/passengers/{passenger_id}/team")
def get_team(kernel: KernelDep, who: PersonDep, passenger_id: UUID) -> AssignedOut:
    """The team of a traveller, with the version that a change must name."""
    with kernel.database.read() as session:
        teams.expect_passenger(session, passenger_id, who.site)
        found = teams.assigned(session, [passenger_id]).get(passenger_id, teams.UNASSIGNED)
        return AssignedOut.model_validate(found)


@router.put("/passengers/{passenger_id}/team")
def put_team(
    kernel: KernelDep, who: AssignerDep, passenger_id: UUID, body: AssignIn
) -> AssignedOut:
    """Let a lane team see to a traveller, from before landing on."""
    with kernel.database.transaction() as session:
        now = kernel.clock()
        done = teams.assign(
            session, who.actor, passenger_id, who.site, body.team_id, body.version, now
        )
        return AssignedOut.model_validate(done)
