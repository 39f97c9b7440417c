"""From hand to hand, and back: notes, hand-overs, what is taken back, recalls, teams, who is who. Plain forms.

Each answers with a page to go on to (303); what is missing (422) and what came too late (409) shows the page as it is
now, says so at the field, and keeps what was typed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit.commitments import record_search
from app.gate import recall
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import ConflictError, EgateError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.referrals import cases, service, shifts, teams
from app.referrals.shifts import Receiver
from app.travel import search
from app.travel.same_person import join_link, propose_link, undo_link
from app.travel.views import passenger_of_link
from app.web.console.actions import too_late, version_of
from app.web.console.outcomes import Problem, begun, typed_again
from app.web.console.pages import passenger_page
from app.web.console.rover import address_of, page_of
from app.web.forms import Fields, FormDep, id_of, said_of
from app.web.translation import N_

router = APIRouter()

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
LeaderDep = Annotated[SignedIn, Depends(require(Permission.LEAD_SHIFT))]
AssignerDep = Annotated[SignedIn, Depends(require(Permission.ASSIGN_TEAM))]
ReviewerDep = Annotated[SignedIn, Depends(require(Permission.REVIEW_HIT))]

Act = Callable[[Session, datetime], UUID]
"""Does something, and says which referral to go on to."""


@router.post("/referrals/{referral_id}/lease")
def lease(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Stay the owner while the page is open and somebody is there; 409 once it is not one's own any more."""
    del form
    with kernel.database.transaction() as session:
        service.expect_at(session, referral_id, who.site)
        shifts.keep_alive(session, who.actor, referral_id, kernel.clock())
    return Response(status_code=204)


@router.post("/referrals/{referral_id}/note")
def note(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Say something to everybody who opens it; the form sent twice says it once.

    An outcome that was begun on the same page comes back with it.
    """
    said = form.text("note")

    def act(session: Session, now: datetime) -> UUID:
        claimed = idempotency.claim(session, who.actor.key, _key_of(form, said), referral_id.bytes)
        if claimed.result is None:
            shifts.add_note(session, who.actor, referral_id, said, now)
            idempotency.settle(session, claimed, referral_id)
        return referral_id

    return _done(kernel, who, referral_id, form, "note", act, begun(form, "note"))


def _key_of(form: Fields, said: str) -> str | None:
    """The page's key for these words: other words, after going back to the page, are another note."""
    key = form.text("key")
    return sha256(f"{key} {said}".encode()).hexdigest() if key else None


@router.post("/referrals/{referral_id}/hand-over")
def hand_over(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Give it to a colleague or a lane team, with a note."""

    def act(session: Session, now: datetime) -> UUID:
        to, said = _receiver(form), form.text("hand-note")
        version = version_of(form)
        return shifts.hand_over(session, who.actor, referral_id, version, to, said, now).id

    return _done(kernel, who, referral_id, form, "hand", act)


@router.post("/referrals/{referral_id}/reassign")
def reassign(referral_id: UUID, form: FormDep, who: LeaderDep, kernel: KernelDep) -> Response:
    """A supervisor gives it to somebody else, whoever has it, with the reason."""

    def act(session: Session, now: datetime) -> UUID:
        to, said = _receiver(form), form.text("hand-note")
        version = version_of(form)
        return shifts.reassign(session, who.actor, referral_id, version, to, said, now).id

    return _done(kernel, who, referral_id, form, "hand", act)


@router.post("/referrals/{referral_id}/take-back")
def take_back(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Reopen a closed case; who was released and has passed is recalled."""

    def act(session: Session, now: datetime) -> UUID:
        return recall.take_back(
            session, who.actor, referral_id, version_of(form), form.text("back-reason"), now,
            leads=who.may(Permission.LEAD_SHIFT),
        ).referral_id  # fmt: skip

    return _done(kernel, who, referral_id, form, "back", act)


@router.post("/referrals/{referral_id}/undo")
def undo(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Undo one's own release within seconds; what came too late says so, and nothing has changed."""

    def act(session: Session, now: datetime) -> UUID:
        return recall.undo(session, who.actor, referral_id, version_of(form), now).referral_id

    return _done(kernel, who, referral_id, form, "undo", act)


@router.post("/referrals/{referral_id}/recall-end")
def end_recall(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Found, or not."""

    def act(session: Session, now: datetime) -> UUID:
        return cases.end_recall(
            session, who.actor, referral_id, version_of(form), form.text("end-note"), now,
            found=form.text("found") == "yes",
        ).id  # fmt: skip

    return _done(kernel, who, referral_id, form, "end", act)


@router.post("/referrals/{referral_id}/let-be")
def let_be(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """A late hit that asks for nothing."""

    def act(session: Session, now: datetime) -> UUID:
        said, version = form.text("end-note"), version_of(form)
        return recall.let_be(session, who.actor, referral_id, version, said, now).id

    return _done(kernel, who, referral_id, form, "end", act)


@router.post("/passengers/{passenger_id}/recall")
def recall_passenger(
    passenger_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Stop somebody who was cleared; once passed, exits and rovers are alerted."""
    try:
        with kernel.database.transaction() as session:
            done = recall.recall(
                session,
                who.actor,
                passenger_id,
                who.site,
                form.text("recall-reason"),
                kernel.clock(),
            )
    except (InvalidError, ConflictError) as error:
        back = id_of(form.text("referral"))
        extra = _wrong("recall", error, form)
        with kernel.database.transaction() as session:
            if back:
                return page_of(session, kernel, who, back, form, extra, error.status)
            return passenger_page(session, kernel, who, passenger_id, extra, error.status)
    return RedirectResponse(address_of(form, done.referral_id), 303)


@router.post("/passengers/{passenger_id}/team")
def assign(passenger_id: UUID, form: FormDep, who: AssignerDep, kernel: KernelDep) -> Response:
    """Let a lane team see to a traveller. ``seen`` is the assignment's version."""
    seen = form.text("seen")
    version = int(seen) if seen.isdecimal() and len(seen) < 19 else 0

    def act(session: Session) -> None:
        team, now = id_of(form.text("team")), kernel.clock()
        teams.assign(session, who.actor, passenger_id, who.site, team, version, now)

    return _of_passenger(kernel, who, passenger_id, form, "team", act)


class WhoElseError(InvalidError):
    """The journey that is meant must be found, and alone."""

    code, status, title = (
        "who-else", 422,
        N_("Nobody or several are found: name the passport, or flight and seat, of the other journey"),
    )  # fmt: skip


@router.post("/passengers/{passenger_id}/same-person")
def same_person(passenger_id: UUID, form: FormDep, who: ReviewerDep, kernel: KernelDep) -> Response:
    """Propose that another journey is this traveller's, too; a colleague joins them."""

    def act(session: Session) -> None:
        now, text = kernel.clock(), " ".join(form.text("same-who").split())[:60]
        found = search.search(session, who.site, text, now).people if len(text) > 1 else ()
        others = {one.passenger_id for one in found} - {passenger_id}
        record_search(session, who.actor, "passenger.searched", "site", None, now, [text], passengers=len(others))  # fmt: skip
        if len(others) != 1:
            raise WhoElseError
        said = form.text("same-reason")
        propose_link(session, who.actor, passenger_id, others.pop(), said, now)

    return _of_passenger(kernel, who, passenger_id, form, "same", act)


@router.post("/links/{link_id}/{verb}")
def decide_link(
    link_id: UUID, verb: str, form: FormDep, who: ReviewerDep, kernel: KernelDep
) -> Response:
    """Part a passenger from a traveller, turn a proposal down, or accept it, with the reason."""
    with kernel.database.read() as session:
        passenger_id = passenger_of_link(session, link_id, who.site)

    def act(session: Session) -> None:
        verbs = {"undo": undo_link, "join": join_link}
        if verb in verbs:
            verbs[verb](session, who.actor, link_id, form.text("link-reason"), kernel.clock())

    return _of_passenger(kernel, who, passenger_id, form, f"link-{link_id}", act)


# --- answers --------------------------------------------------------------------------------------


def _receiver(form: Fields) -> Receiver:
    """``officer:<id>`` or ``team:<id>`` of one list; anything else is nobody."""
    kind, _, value = form.text("to").partition(":")
    known = id_of(value)
    return Receiver(known if kind == "officer" else None, known if kind == "team" else None)


def _done(
    kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields, act_name: str, act: Act,
    kept: Mapping[str, Any] = MappingProxyType({}),
) -> Response:  # fmt: skip
    """Act, then show the page to go on to, or the same with what is ``kept`` on it."""
    try:
        with kernel.database.transaction() as session:
            service.expect_at(session, referral_id, who.site)
            goes_to = act(session, kernel.clock())
    except ConflictError as error:
        extra: dict[str, Any] = {"taken": too_late(error), **typed_again(form)}
        with kernel.database.transaction() as session:
            return page_of(session, kernel, who, referral_id, form, extra, 409)
    except InvalidError as error:
        extra = _wrong(act_name, error, form)
        with kernel.database.transaction() as session:
            return page_of(session, kernel, who, referral_id, form, extra, error.status)
    if kept:
        with kernel.database.transaction() as session:
            return page_of(session, kernel, who, referral_id, form, kept, 200)
    return RedirectResponse(address_of(form, goes_to), 303)


FIELDS = {
    "note": "note", "hand": "hand-note", "back": "back-reason", "end": "end-note",
    "recall": "recall-reason", "team": "team", "same": "same-reason",
}  # fmt: skip
"""Where a problem of each form is shown."""


def _wrong(act_name: str, error: EgateError, form: Fields) -> dict[str, Any]:
    """What the page needs to say what is wrong, at its field, with what was typed."""
    at = FIELDS.get(act_name, act_name)
    if isinstance(error, shifts.ReceiverError | WhoElseError):
        at = "to" if isinstance(error, shifts.ReceiverError) else "same-who"
    said = said_of(error)
    by = getattr(error, "by", "")
    problems = [Problem(at, f"{said}: {by}" if by else said)]
    return {"problems": problems, "act": act_name, **typed_again(form)}


def _of_passenger(
    kernel: Kernel,
    who: SignedIn,
    passenger_id: UUID,
    form: Fields,
    act_name: str,
    act: Callable[[Session], None],
) -> Response:
    back = id_of(form.text("referral"))
    try:
        with kernel.database.transaction() as session:
            teams.expect_passenger(session, passenger_id, who.site)
            act(session)
    except (InvalidError, ConflictError) as error:
        extra = _wrong(act_name, error, form)
        with kernel.database.transaction() as session:
            if back:
                return page_of(session, kernel, who, back, form, extra, error.status)
            return passenger_page(session, kernel, who, passenger_id, extra, error.status)
    where = f"referrals/{back}" if back else f"passengers/{passenger_id}"
    return RedirectResponse(f"/console/{where}", 303)
