"""The desk on a phone, for officers on foot: the alerts of their lane team, each with its last place, decided with one thumb.

The same services as at the desk, and the same forms: one that says ``face=rover`` is answered on the phone's page. What
is typed at length (an outcome, a second look) stays at the desk, one touch away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.audit import log as audit
from app.gate.models import Presentation
from app.gate.recall import last_places
from app.identity.http import require
from app.identity.models import Device
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ForbiddenError
from app.kernel.http import Kernel, KernelDep
from app.referrals import shifts, teams
from app.referrals import views as referrals
from app.referrals.kinds import AFTERWARDS, ReferralKind, ReferralState
from app.referrals.shift_models import Duty
from app.referrals.views import Queued
from app.web.console.pages import decision_context, referral_page
from app.web.console.queue import Mark, Queue, Row, Wanted, read_mark, read_queue
from app.web.console.view import show
from app.web.forms import Fields
from app.web.translation import N_

router = APIRouter(prefix="/rover")
fragments = APIRouter(prefix="/rover")

FACE = "rover"
HOME = "/console/rover"
PLACES = (
    N_("At the exit"),
    N_("In the baggage hall"),
    N_("In the hall before the gates"),
    N_("Outside, at taxis and trains"),
    N_("Looked everywhere, nobody there"),
)
"""How a recall ended, to be chosen with a thumb: what is said is stored as it was shown."""

PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]
Since = Annotated[str, Query(max_length=50)]


@dataclass(frozen=True, slots=True)
class Seen:
    """Where somebody was seen last: a device's name ('' for one that is gone), and when."""

    place: str
    at: datetime
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Alerts:
    """``rows`` in their order, what was raised since the page was opened last; ``seen`` by referral.

    ``calls``: recalls that nobody has taken, in every hall; they stand above everything.
    """

    queue: Queue
    recalls: Sequence[Row]
    rows: Sequence[Row]
    seen: Mapping[UUID, Seen]
    duty: Duty | None

    @property
    def calls(self) -> Sequence[Row]:
        every = (*self.recalls, *self.queue.tray)
        recalls = [row for row in every if row.referral.kind is ReferralKind.RECALL]
        return [row for row in recalls if row.referral.state is ReferralState.RAISED]


@router.get("")
def alerts(who: PersonDep, kernel: KernelDep) -> Response:
    """The alerts of the officer's team; that they were looked at is recorded."""
    _check(who)
    with kernel.database.transaction() as session:
        found = _read(session, kernel, who, None)
        audit.record(
            session, who.actor, "queue.viewed", "site", None, kernel.clock(),
            referrals=found.queue.open, expected=0,
        )  # fmt: skip
    return show("rover.html", kernel, who, {"alerts": found})


@fragments.get("")
def alerts_fragment(who: PersonDep, kernel: KernelDep, since: Since = "") -> Response:
    """The alerts alone, as seen from a page with the mark ``since``."""
    _check(who)
    with kernel.database.read() as session:
        found = _read(session, kernel, who, read_mark(since))
    return show("rover-alerts.html", kernel, who, {"alerts": found})


@router.get("/{referral_id}")
def case(referral_id: UUID, who: PersonDep, kernel: KernelDep) -> Response:
    """One alert and what can be done about it. Its owner shows a sign of life."""
    _check(who)
    with kernel.database.transaction() as session:
        shifts.renew(session, who.actor, [referral_id], kernel.clock())
        return _case(session, kernel, who, referral_id, {}, 200)


@fragments.get("/{referral_id}")
def case_fragment(referral_id: UUID, who: PersonDep, kernel: KernelDep) -> Response:
    """What can be done about it, alone."""
    _check(who)
    with kernel.database.read() as session:
        detail = referrals.read_referral(session, referral_id, who.site)
        return show("rover-decision.html", kernel, who, _context(session, kernel, who, detail))


# --- for the forms of the desk --------------------------------------------------------------------


def home_of(form: Fields) -> str:
    """The page of the queue that a form was sent from."""
    return HOME if form.text("face") == FACE else "/console"


def address_of(form: Fields, referral_id: UUID) -> str:
    """The page of a referral on the face that a form was sent from."""
    where = HOME if form.text("face") == FACE else "/console/referrals"
    return f"{where}/{referral_id}"


def page_of(
    session: Session, kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields,
    extra: Mapping[str, Any], status: int,
) -> Response:  # fmt: skip
    """The referral again, with what is wrong, on the face that the form was sent from."""
    if form.text("face") == FACE:
        return _case(session, kernel, who, referral_id, extra, status)
    return referral_page(session, kernel, who, referral_id, extra, status)


# --- reading --------------------------------------------------------------------------------------


def _check(who: SignedIn) -> None:
    if not who.may(Permission.VIEW_QUEUE):
        raise ForbiddenError


def _read(session: Session, kernel: Kernel, who: SignedIn, mark: Mark | None) -> Alerts:
    now = kernel.clock()
    duty = teams.duty_of(session, who.officer_id)
    queue = read_queue(
        session, who.site, mark or Mark.of(session, now), now, fresh=mark is None,
        reasons=who.may(Permission.VIEW_HIT_REASON), wanted=_wanted(who, duty), staff=(),
    )  # fmt: skip
    rows = [row for _, group in queue.groups for row in group]
    recalls = [row for row in rows if row.referral.kind is ReferralKind.RECALL]
    return Alerts(
        queue=queue,
        recalls=recalls,
        rows=[row for row in rows if row not in recalls],
        seen=_seen(session, [row.referral for row in (*rows, *queue.tray)]),
        duty=duty,
    )


def _wanted(who: SignedIn, duty: Duty | None) -> Wanted:
    """His team; without a team his hall, without a shift the whole site."""
    if duty is None:
        return Wanted(officer_id=who.officer_id)
    if duty.team_id is not None:
        return Wanted(team_id=duty.team_id, mine=True, officer_id=who.officer_id)
    return Wanted(hall_id=duty.hall_id, officer_id=who.officer_id)


def _seen(session: Session, every: Sequence[Queued]) -> dict[UUID, Seen]:
    """The last place of everybody, by referral: of whom no list knows, where the passport was read."""
    known = last_places(session, {one.passenger_id for one in every if one.passenger_id})
    unknown = _read_at(session, [one for one in every if not one.passenger_id])
    found: dict[UUID, Seen] = {}
    for one in every:
        place = known.get(one.passenger_id) if one.passenger_id else None
        if place is not None:
            found[one.id] = Seen(place.device, place.at, place.passed)
        elif one.presentation_id in unknown:
            found[one.id] = unknown[one.presentation_id]
    return found


def _read_at(session: Session, every: Sequence[Queued]) -> dict[UUID | None, Seen]:
    shown = [one.presentation_id for one in every if one.presentation_id]
    if not shown:
        return {}
    rows = session.execute(
        sa.select(Presentation.id, sa.func.coalesce(Device.name, ""), Presentation.decided_at)
        .outerjoin(Device, Device.id == Presentation.device_id)
        .where(Presentation.id.in_(shown))
    )
    return {presentation: Seen(name, at) for presentation, name, at in rows}


def _case(
    session: Session, kernel: Kernel, who: SignedIn, referral_id: UUID, extra: Mapping[str, Any],
    status: int,
) -> Response:  # fmt: skip
    detail = referrals.read_referral(session, referral_id, who.site)
    context = _context(session, kernel, who, detail) | dict(extra)
    audit.record(session, who.actor, "referral.view", "referral", referral_id, kernel.clock())
    return show("rover-case.html", kernel, who, context, status=status)


def _context(
    session: Session, kernel: Kernel, who: SignedIn, detail: referrals.Detail
) -> dict[str, Any]:
    one = detail.referral
    return {
        **decision_context(session, kernel, who, detail),
        "seen": _seen(session, [one]).get(one.id),
        "places": PLACES,
        "is_afterwards": one.kind in AFTERWARDS,
    }
