"""What officers do: plain forms that answer with a page to go on to (303).

A decision that came too late is refused with 409, and the page says who was faster and when.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.gate import holds
from app.gate.privilege import Grounds, GroundsMissingError, GroundsReservedError
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.kernel.texts import LEAST_SAID
from app.referrals import pictures
from app.referrals import service as referrals
from app.referrals.kinds import Which, WhyNot
from app.referrals.models import Referral
from app.referrals.outcome import OutcomeInvalidError
from app.screening import reviews
from app.screening.assess import lock_key
from app.screening.models import Hit, ReviewState
from app.travel.life import FlightChange, change_flight
from app.travel.models import Flight, FlightStatus, Passenger
from app.web.console.lists import queue_fragment
from app.web.console.outcomes import (
    MOST_SAID,
    Problem,
    TypedWrongError,
    in_words,
    read_outcome,
    typed_again,
    within,
)
from app.web.console.pages import decision_fragment, passenger_page, referral_page
from app.web.console.rover import address_of, home_of, page_of
from app.web.console.view import is_fragment
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import N_, gettext

router = APIRouter()

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]

SetterDep = Annotated[SignedIn, Depends(require(Permission.SET_FLIGHT))]

REASON_MISSING = {
    "/why_not": ("why-not", N_("Choose why there is no inspection")),
    "/note": (
        "why-note",
        N_(
            "Say more about why there is no inspection: %(least)s letters or digits at least (kanji and kana count twice)"
        ),
    ),
}
_NEVER = -1  # no referral has this version: whoever sends none has seen nothing

Act = Callable[[Session, int, datetime], object]


@router.get("/referrals/{referral_id}/pictures/{which}")
def picture(referral_id: UUID, which: Which, who: DeciderDep, kernel: KernelDep) -> Response:
    """One of the two pictures of a doubtful face, for whoever decides; that it was looked at is recorded."""
    with kernel.database.transaction() as session:
        referrals.expect_at(session, referral_id, who.site)
        jpeg = pictures.read(session, who.actor, kernel.vault, referral_id, which, kernel.clock())
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/flights/{flight_id}/status")
def flight_status(flight_id: UUID, form: FormDep, who: SetterDep, kernel: KernelDep) -> Response:
    """Say where a flight is; what cannot be so is refused (422)."""
    status = form.text("status")
    if status not in set(FlightStatus):
        raise InvalidError(fields=[FieldProblem("/body/status", "status")])
    change = FlightChange(FlightStatus(status), form.text("diverted_to").upper() or None)
    with kernel.database.transaction() as session:
        change_flight(session, who.actor, flight_id, who.site, change, kernel.clock())
    return RedirectResponse(f"/console/flights/{flight_id}", 303)


@router.post("/referrals/{referral_id}/claim")
def claim(
    referral_id: UUID, request: Request, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Take a referral. From the queue (by key) the queue comes back, else the referral's page.

    Nothing is decided by it, so what has changed since it was seen does not matter; an owner does.
    """

    def act(session: Session, version: int, now: datetime) -> None:
        del version
        referrals.claim(session, who.actor, referral_id, None, now)

    if not is_fragment(request):
        return decide(kernel, who, referral_id, form, act)
    try:
        _run(kernel, who, referral_id, form, act)
    except ConflictError as error:
        return queue_fragment(kernel, who, form.text("since"), form, too_late(error))
    return queue_fragment(kernel, who, form.text("since"), form)


@router.post("/referrals/{referral_id}/return")
def give_back(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Let somebody else have it."""

    def act(session: Session, version: int, now: datetime) -> None:
        del version
        referrals.give_back(session, who.actor, referral_id, now)

    return decide(kernel, who, referral_id, form, act, home=True)


@router.post("/referrals/{referral_id}/release")
def release(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Let the traveller go. New facts that are being assessed at this moment are waited for."""
    if problems := _too_long(form, "why-note"):
        return _typed_again(kernel, who, referral_id, form, "release", problems)
    waiver, typed = _waiver(form, who), {"typed": form, "act": "release"}

    def act(session: Session, version: int, now: datetime) -> None:
        holds.release_hold(session, who.actor, referral_id, version, now, waiver)

    def once() -> Response:
        return decide(
            kernel, who, referral_id, form, act, passed_on=holds.ScreeningLateError, typed=typed
        )

    try:
        return holds.once_screened(once)
    except holds.ScreeningLateError:
        return decide(kernel, who, referral_id, form, act, typed=typed)
    except referrals.ReasonMissingError as error:
        missing = [REASON_MISSING[one.pointer] for one in error.fields]
        problems = [Problem(at, gettext(said, least=LEAST_SAID)) for at, said in missing]
        return _typed_again(kernel, who, referral_id, form, "release", problems)


def _too_long(form: Fields, name: str) -> list[Problem]:
    problems: list[Problem] = []
    within(form, name, MOST_SAID, problems)
    return problems


def _typed_again(
    kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields, act: str,
    problems: list[Problem], status: int = 422,
) -> Response:  # fmt: skip
    """The page as it is now, with what is wrong and what was typed."""
    extra = {"problems": problems, "typed": form, "act": act}
    with kernel.database.transaction() as session:
        return page_of(session, kernel, who, referral_id, form, extra, status)


def _waiver(form: Fields, who: SignedIn) -> referrals.Waiver:
    """Why the inspection is left out, as typed; whether it may be, the feature says."""
    chosen = form.text("why-not")
    known = WhyNot(chosen) if chosen in set(WhyNot) else WhyNot.NOT_SAID
    return referrals.Waiver(known, form.text("why-note"), who.may(Permission.SKIP_EXAMINATION))


@router.post("/referrals/{referral_id}/inspect")
def inspect(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Look closer."""
    if problems := _too_long(form, "grounds"):
        return _typed_again(kernel, who, referral_id, form, "inspect", problems)
    grounds = Grounds(form.text("grounds"), who.may(Permission.INSPECT_OFFICIAL))

    def act(session: Session, version: int, now: datetime) -> None:
        holds.inspect_hold(session, who.actor, referral_id, version, now, grounds)

    try:
        typed = {"typed": form, "act": "inspect"}
        return decide(kernel, who, referral_id, form, act, typed=typed)
    except (GroundsMissingError, GroundsReservedError) as error:
        field = "grounds" if error.status == 422 else ""
        problems = [Problem(field, gettext(error.title))]
        return _typed_again(kernel, who, referral_id, form, "inspect", problems, error.status)


@router.post("/referrals/{referral_id}/outcome")
def outcome(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Finish the inspection and close."""
    try:
        found = read_outcome(form)

        def act(session: Session, version: int, now: datetime) -> None:
            del version
            referrals.record_outcome(session, who.actor, referral_id, found, now)

        return decide(kernel, who, referral_id, form, act, typed=typed_again(form))
    except TypedWrongError as error:
        problems = list(error.problems)
    except OutcomeInvalidError as error:
        problems = in_words(error.fields, form)
    return _outcome_again(kernel, who, referral_id, form, problems)


def _outcome_again(
    kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields, problems: list[Problem]
) -> Response:
    extra = {"problems": problems, **typed_again(form)}
    with kernel.database.transaction() as session:
        return referral_page(session, kernel, who, referral_id, extra, status=422)


@router.get("/fragments/referrals/{referral_id}/decision")
def decision(
    referral_id: UUID,
    who: Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))],
    kernel: KernelDep,
) -> Response:
    """What can be decided on a referral, alone."""
    with kernel.database.read() as session:
        return decision_fragment(session, kernel, who, referral_id)


# --- deciding -------------------------------------------------------------------------------------


class _NoneError(ConflictError):
    """Never raised: stands for "no conflict is passed on"."""


def decide(
    kernel: Kernel,
    who: SignedIn,
    referral_id: UUID,
    form: Fields,
    act: Act,
    *,
    home: bool = False,
    passed_on: type[ConflictError] = _NoneError,
    typed: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """Act, then show the page to go on to; a conflict shows the referral as it is now, and ``typed`` again."""
    try:
        _run(kernel, who, referral_id, form, act)
    except passed_on:
        raise
    except ConflictError as error:
        with kernel.database.transaction() as session:
            extra = {"taken": too_late(error), **typed}
            return page_of(session, kernel, who, referral_id, form, extra, 409)
    return RedirectResponse(home_of(form) if home else address_of(form, referral_id), 303)


def _run(kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields, act: Act) -> None:
    with kernel.database.transaction() as session:
        _own_site(session, who, referral_id)
        act(session, version_of(form), kernel.clock())


def _own_site(session: Session, who: SignedIn, referral_id: UUID) -> Referral:
    """The referral, not locked. Raises NotFoundError, also for another site's."""
    found = session.get(Referral, referral_id)
    if found is None or found.site != who.site:
        raise NotFoundError
    return found


def version_of(form: Fields) -> int:
    """The version that the page showed; one that nothing has where it is missing."""
    text = form.text("version")
    return int(text) if text.isdecimal() and len(text) < 19 else _NEVER


def too_late(error: ConflictError) -> dict[str, Any]:
    """What the page says of a conflict; it adds what happened last from the referral itself."""
    by = getattr(error, "by", "")
    return {"title": gettext(error.title), "by": by, "since": getattr(error, "since", None)}


# --- reviews of hits ------------------------------------------------------------------------------


@router.post("/hits/{hit_id}/review")
def review(hit_id: UUID, form: FormDep, who: ReviewerDep, kernel: KernelDep) -> Response:
    """Confirm or dismiss a hit, or take that back. ``seen`` is the state that the page showed."""
    wanted, back = form.text("state"), id_of(form.text("referral"))
    if wanted not in set(ReviewState):
        raise NotFoundError
    with kernel.database.transaction() as session:
        passenger_id = _lock_hit(session, who, hit_id)
        stands = reviews.reviewed_now(session, hit_id).state
        extra: dict[str, Any] = {}
        if stands != form.text("seen"):
            extra = {"problem_hit": hit_id, "late": True}
        elif wanted == ReviewState.DISMISSED and not form.text("reason"):
            extra = {"problem_hit": hit_id, "late": False}
        else:
            reviews.review_hit(
                session, kernel.vault, who.actor, hit_id, ReviewState(wanted),
                form.text("reason"), kernel.clock(),
            )  # fmt: skip
    if not extra:
        where = f"referrals/{back}" if back else f"passengers/{passenger_id}"
        return RedirectResponse(f"/console/{where}#why", 303)
    status = 409 if extra["late"] else 422
    with kernel.database.transaction() as session:
        if back:
            return referral_page(session, kernel, who, back, extra, status)
        return passenger_page(session, kernel, who, passenger_id, extra, status)


def _lock_hit(session: Session, who: SignedIn, hit_id: UUID) -> UUID:
    """The hit's passenger; reviews of the flight wait for each other. Raises NotFoundError."""
    row = session.execute(
        sa.select(Hit.passenger_id, Flight.id, Flight.site)
        .join(Passenger, Passenger.id == Hit.passenger_id)
        .join(Flight, Flight.id == Passenger.flight_id)
        .where(Hit.id == hit_id)
    ).one_or_none()
    if row is None or row.site != who.site:
        raise NotFoundError
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": lock_key(row.id)})
    passenger: UUID = row.passenger_id
    return passenger
