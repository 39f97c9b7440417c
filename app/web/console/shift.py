"""The start of a shift: hall, lane team and queues; for supervisors the teams and target times of the site."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.gate.halls import hall_of, list_halls
from app.identity.http import OfficerDep, require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, EgateError, ForbiddenError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.referrals import queues, teams
from app.referrals.kinds import RINGS, ReferralKind, ReferralState
from app.referrals.models import Referral
from app.referrals.queues import Target
from app.web.console import rover
from app.web.console.outcomes import Problem
from app.web.console.view import is_fragment, show
from app.web.forms import Fields, FormDep, id_of, said_of
from app.web.translation import gettext

router = APIRouter()
alarm_router = APIRouter()

QueueDep = Annotated[SignedIn, Depends(require(Permission.VIEW_QUEUE))]
LeaderDep = Annotated[SignedIn, Depends(require(Permission.LEAD_SHIFT))]
FaceQuery = Annotated[str, Query(max_length=20)]
HERE = "/console/here"


@router.get("/here")
def here(request: Request, who: OfficerDep, kernel: KernelDep) -> Response:
    """Where the officer works. Our own script asks it when its stream broke: 204 while signed in."""
    if is_fragment(request):
        return Response(status_code=204)
    if not who.may(Permission.VIEW_QUEUE):
        raise ForbiddenError
    return _page(kernel, who)


@router.post("/here")
def sign_on(form: FormDep, who: QueueDep, kernel: KernelDep) -> Response:
    """Begin the shift, or go on elsewhere. ``place``: a hall, or a hall's team."""
    hall, team = (id_of(part) for part in (form.text("place") + "/").split("/")[:2])
    if hall is None:
        return _page(
            kernel, who, [Problem("place", gettext("Choose where you work today"))], form, 422
        )
    kinds = [ReferralKind(kind) for kind in form.all("kind") if kind in set(ReferralKind)]

    def act(session: Session) -> None:
        hall_of(session, who.site, hall)
        teams.sign_on(session, who.actor, who.site, hall, team, kinds, kernel.clock())

    return _done(kernel, who, form, "place", act, "/console")


@router.post("/here/end")
def sign_off(form: FormDep, who: QueueDep, kernel: KernelDep) -> Response:
    """End the shift; the session goes on."""
    del form
    with kernel.database.transaction() as session:
        teams.sign_off(session, who.actor, kernel.clock())
    return RedirectResponse(HERE, 303)


@router.post("/here/teams")
def add_team(form: FormDep, who: LeaderDep, kernel: KernelDep) -> Response:
    """A new lane team of a hall."""
    hall = id_of(form.text("hall"))

    def act(session: Session) -> None:
        now = kernel.clock()
        hall_of(session, who.site, hall or UUID(int=0))
        teams.create_team(session, who.actor, who.site, hall or UUID(int=0), form.text("name"), now)

    return _done(kernel, who, form, "name", act)


@router.post("/here/teams/{team_id}/close")
def close_team(team_id: UUID, form: FormDep, who: LeaderDep, kernel: KernelDep) -> Response:
    """The team works no more."""
    del form
    with kernel.database.transaction() as session:
        teams.close_team(session, who.actor, who.site, team_id, kernel.clock())
    return RedirectResponse(HERE, 303)


@router.post("/here/targets")
def set_target(form: FormDep, who: LeaderDep, kernel: KernelDep) -> Response:
    """The target time of a queue, in a hall or at the whole site."""
    kind, seconds, seen = form.text("kind"), form.text("seconds"), form.text("seen")
    if kind not in set(ReferralKind) or not (seconds.isdecimal() and len(seconds) < 6):
        said = gettext(
            "Type a whole number of %(least)s to %(most)s seconds",
            least=queues.LEAST, most=queues.MOST,
        )  # fmt: skip
        return _page(kernel, who, [Problem(f"target-{kind}", said)], form, 422)
    version = int(seen) if seen.isdecimal() and len(seen) < 19 else 0
    target = Target(ReferralKind(kind), id_of(form.text("hall")), int(seconds), version)

    def act(session: Session) -> None:
        if target.hall_id is not None:
            hall_of(session, who.site, target.hall_id)
        queues.set_target(session, who.actor, who.site, target, kernel.clock())

    return _done(kernel, who, form, f"target-{kind}", act)


@alarm_router.get("/alarm")
def alarm(who: QueueDep, kernel: KernelDep, face: FaceQuery = "") -> Response:
    """How many referrals ring for this officer, until somebody has claimed them; ``face``: which page asks."""
    home = rover.HOME if face == rover.FACE else "/console"
    with kernel.database.read() as session:
        context = {"alarms": ringing(session, who), "calls": calling(session, who), "home": home}
        return show("alarm-fragment.html", kernel, who, context)


def ringing(session: Session, who: SignedIn) -> int:
    """Unclaimed risk of the queues and the hall that the officer is signed on for; all of the site for whoever is
    signed on for none. A recall rings in every hall.
    """
    duty = teams.duty_of(session, who.officer_id)
    query = sa.select(sa.func.count()).where(
        Referral.site == who.site, Referral.state == ReferralState.RAISED, Referral.kind.in_(RINGS)
    )
    if duty is not None:
        query = query.where(
            Referral.kind.in_(duty.kinds),
            sa.or_(Referral.hall_id == duty.hall_id, Referral.kind == ReferralKind.RECALL),
        )
    return session.scalar(query) or 0


def calling(session: Session, who: SignedIn) -> int:
    """Inspections left alone to which this officer, as a supervisor, is called: of the whole site."""
    if not who.may(Permission.LEAD_SHIFT):
        return 0
    query = sa.select(sa.func.count()).where(
        Referral.site == who.site, Referral.state != ReferralState.CLOSED,
        Referral.called_at.is_not(None),
    )  # fmt: skip
    return session.scalar(query) or 0


def _done(
    kernel: Kernel, who: SignedIn, form: Fields, field: str, act: Any, goes_to: str = HERE
) -> Response:
    try:
        with kernel.database.transaction() as session:
            act(session)
    except (InvalidError, ConflictError) as error:
        return _page(kernel, who, [Problem(field, _said(error))], form, error.status)
    return RedirectResponse(goes_to, 303)


def _said(error: EgateError) -> str:
    if isinstance(error, queues.TargetInvalidError):
        return gettext(
            "A target is %(least)s to %(most)s seconds", least=queues.LEAST, most=queues.MOST
        )
    return said_of(error)


def _page(
    kernel: Kernel,
    who: SignedIn,
    problems: list[Problem] | None = None,
    typed: Fields | None = None,
    status: int = 200,
) -> Response:
    with kernel.database.read() as session:
        targets = queues.read_targets(session, who.site)
        context: dict[str, Any] = {
            "section": "here",
            "halls": list_halls(session, who.site),
            "teams": teams.list_teams(session, who.site),
            "duty": teams.duty_of(session, who.officer_id),
            "queues": queues.served(session, who.site, targets),
            "targets": targets,
            "problems": problems or [],
            "typed": typed or {},
            "least": queues.LEAST,
            "most": queues.MOST,
        }
        return show("here.html", kernel, who, context, status=status)
