"""The pages that actions come back to: a referral, a passenger."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.audit import log as audit
from app.declarations.facts import declaration_of
from app.gate.privilege import has_official_papers
from app.gate.recall import last_place
from app.identity import scope, sight
from app.identity.models import Officer
from app.identity.officers import SignedIn
from app.identity.permissions import Permission, granted
from app.kernel.crypto import new_token
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel
from app.messages.boarding import REASON_LENGTH, view_boarding
from app.referrals import cases, shifts, teams
from app.referrals import views as referrals
from app.referrals.goods import work_of_referral
from app.referrals.kinds import AFTERWARDS, ReferralKind, ReferralState
from app.referrals.outcome import PROTOCOL
from app.travel.models import Flight, Passenger
from app.web.console import hits, outcomes
from app.web.console.around import read_around
from app.web.console.declared import read_declared, versions_of
from app.web.console.dossier import officer_names, read_dossier
from app.web.console.evidence_view import evidence_context, looks_context
from app.web.console.look import read_look
from app.web.console.masking import masking_of
from app.web.console.queue import in_words, reasons_of
from app.web.console.veiled import veil_dossier
from app.web.console.view import moments, show
from app.web.money import money
from app.web.translation import gettext

Extra = Mapping[str, Any]
NOTHING: Extra = {}


def passenger_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    passenger_id: UUID,
    extra: Extra = NOTHING,
    status: int = 200,
) -> Response:
    """The dossier; that it was looked at is recorded. Raises NotFoundError."""
    context = {
        **_dossier(session, kernel, who, passenger_id), "referral": None, "act": "",
        "teams": teams.list_teams(session, who.site), **extra,
    }  # fmt: skip
    return show("dossier.html", kernel, who, context, status=status)


def referral_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    referral_id: UUID,
    extra: Extra = NOTHING,
    status: int = 200,
) -> Response:
    """A referral with its passenger's dossier, where there is a passenger. Raises NotFoundError."""
    detail = referrals.read_referral(session, referral_id, who.site)
    one = detail.referral
    context: dict[str, Any] = {
        "section": "queue",
        **decision_context(session, kernel, who, detail),
        **evidence_context(session, who, detail),
        **looks_context(session, who, detail),
        **extra,
    }
    audit.record(session, who.actor, "referral.view", "referral", referral_id, kernel.clock())
    if one.passenger_id is None:
        return show("referral.html", kernel, who, context, status=status)
    act = context["act"]
    context |= _dossier(session, kernel, who, one.passenger_id)
    context |= {"referral_id": referral_id, "act": act, **extra}
    return show("dossier.html", kernel, who, context, status=status)


def decision_fragment(
    session: Session, kernel: Kernel, who: SignedIn, referral_id: UUID
) -> Response:
    """What can be decided, alone."""
    detail = referrals.read_referral(session, referral_id, who.site)
    return show(
        "decision-fragment.html", kernel, who, decision_context(session, kernel, who, detail)
    )


def boarding_fragment(
    session: Session, kernel: Kernel, who: SignedIn, passenger_id: UUID, referral_id: UUID | None
) -> Response:
    """What is ordered on a passenger's boarding, alone. Raises NotFoundError."""
    passenger = session.get(Passenger, passenger_id)
    flight = session.get_one(Flight, passenger.flight_id) if passenger else None
    if passenger is None or flight is None or flight.site != who.site:
        raise NotFoundError
    context = {
        **_boarding(session, kernel, who, passenger, flight), "referral_id": referral_id,
        "names": officer_names(session),
    }  # fmt: skip
    if context["boarding"] is None:
        raise NotFoundError
    return show("boarding-fragment.html", kernel, who, context)


def _boarding(
    session: Session, kernel: Kernel, who: SignedIn, passenger: Passenger, flight: Flight
) -> dict[str, Any]:
    """For whoever may change it, where this service decides on it."""
    may = who.may(Permission.CHANGE_BOARDING)
    return {
        "boarding": view_boarding(session, passenger, flight, kernel.clock()) if may else None,
        "boarding_problem": "", "boarding_typed": "", "reason_length": REASON_LENGTH,
    }  # fmt: skip


def _dossier(session: Session, kernel: Kernel, who: SignedIn, passenger_id: UUID) -> dict[str, Any]:
    reasons = who.may(Permission.VIEW_HIT_REASON)
    with scope.reading():  # also where the page comes again after a change
        dossier = read_dossier(session, passenger_id, moments(kernel, who), reasons=reasons)
        around = read_around(session, dossier.view, [one.passenger_id for one in dossier.trips])
    if dossier.view.flight.site != who.site:
        raise NotFoundError
    audit.record(session, who.actor, "passenger.viewed", "passenger", passenger_id, kernel.clock())
    address = f"/console/passengers/{passenger_id}"
    return {
        "around": around,
        "section": "queue", "dossier": veil_dossier(dossier, sight.current()), "hits": hits,
        "masking": masking_of(who, kernel.clock(), address, passenger_id), "problems": (), "typed": {},
        "problem_hit": None, "referral_id": None, "names": dossier.officers, "act": "",
        "assigned": teams.assigned(session, [passenger_id]).get(passenger_id, teams.UNASSIGNED),
        "place": last_place(session, passenger_id),
        **_boarding(session, kernel, who, dossier.view.passenger, dossier.view.flight),
    }  # fmt: skip


def decision_context(
    session: Session, kernel: Kernel, who: SignedIn, detail: referrals.Detail
) -> dict[str, Any]:
    """What the decision's panel and the form of the outcome need."""
    one = detail.referral
    people = {one.passenger_id} if one.passenger_id else ()
    known = reasons_of(session, people, reasons=who.may(Permission.VIEW_HIT_REASON))
    titles = known[one.passenger_id].titles if one.passenger_id in known else ()
    return {
        "referral": detail, "reasons": in_words(one.reasons, titles), "act": "", "problems": (),
        "typed": {}, "steps_typed": (), "taken": None, "outcomes": outcomes, "money": money,
        "protocol": PROTOCOL,
        "estimate": _estimate(session, one),
        "settled": work_of_referral(session, one.id),
        "outcome_names": officer_names(session) if detail.inspected else {},
        "look": read_look(session, kernel, one) if who.may(Permission.DECIDE_REFERRAL) else None,
        "is_mine": one.owner_id == who.officer_id, **_officers(session, who),
        "teams": teams.list_teams(session, who.site), "chain": _chain(session, one),
        "may_reopen": _may_reopen(kernel, who, one),
        "undo_until": cases.undo_until(one, who.actor, kernel.clock()),
        "limit": shifts.MAX_NOTE,
        "privileged": has_official_papers(session, one.passenger_id, one.presentation_id),
        "may_ground": who.may(Permission.INSPECT_OFFICIAL), "key": new_token(),
    }  # fmt: skip


def _may_reopen(kernel: Kernel, who: SignedIn, one: referrals.Queued) -> bool:
    """Whether a closed case can be taken back by whoever looks."""
    if one.state is not ReferralState.CLOSED or one.kind in AFTERWARDS:
        return False
    leads = who.may(Permission.LEAD_SHIFT)
    now = kernel.clock()
    allowed = cases.may_reopen(one.decided_by, one.closed_at, who.actor, now, leads=leads)
    return allowed and who.may(Permission.DECIDE_REFERRAL)


def _chain(session: Session, one: referrals.Queued) -> tuple[UUID | None, UUID | None]:
    """The closed case that this one goes on with, and the one that goes on with it; only what is closed has one."""
    closed = one.state is ReferralState.CLOSED
    return one.reopens_id, cases.successor_of(session, one.id) if closed else None


def _estimate(session: Session, one: referrals.Queued) -> str:
    """About what the declared goods cost, for whoever records the outcome; '' where there is no such list."""
    if one.passenger_id is None or one.kind is not ReferralKind.GOODS:
        return ""
    facts = declaration_of(session, one.passenger_id)
    versions = versions_of(session, facts.declaration_id) if facts else ()
    estimated = read_declared(versions).estimated if versions else None
    return estimated.duty if estimated else ""


def _officers(session: Session, who: SignedIn) -> dict[str, list[tuple[UUID, str]]]:
    """By name: ``colleagues`` of the site who lead shifts and could have authorised a personal search, and ``receivers``, to whom a
    referral can be given; the officer himself is one of these for a supervisor who takes it.
    """
    query = sa.select(Officer.id, Officer.name, Officer.roles).where(
        Officer.site == who.site, Officer.disabled_at.is_(None)
    )
    every = session.execute(query.order_by(Officer.name)).all()
    return {
        "colleagues": [
            (one.id, one.name)
            for one in every
            if one.id != who.officer_id and granted(list(one.roles), Permission.LEAD_SHIFT)
        ],
        "receivers": [
            (one.id, gettext("yourself") if one.id == who.officer_id else one.name)
            for one in every
            if granted(list(one.roles), Permission.DECIDE_REFERRAL)
        ],
    }
