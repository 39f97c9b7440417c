"""Second looks: the queue of those who are asked, the case as they see it, and both officers' words."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity import sight
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.crypto import new_token
from app.kernel.errors import ConflictError, EgateError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.referrals import attachments, second_look, views
from app.referrals.kinds import Answer
from app.referrals.models import Referral
from app.referrals.second_look import LookInvalidError
from app.web.console import hits
from app.web.console.around import encounters_alone
from app.web.console.dossier import read_dossier
from app.web.console.evidence_view import looks_context
from app.web.console.masking import masking_of
from app.web.console.outcomes import Problem, begun, typed_again
from app.web.console.pages import referral_page
from app.web.console.queue import in_words, reasons_of
from app.web.console.veiled import veil_dossier
from app.web.console.view import moments, show
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import N_, Words, gettext

router = APIRouter()

DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REFERRAL))]
LookerDep = Annotated[SignedIn, Depends(require(Permission.SECOND_LOOK))]
PersonDep = Annotated[SignedIn, Depends(require(Permission.VIEW_PERSON))]

_SECTION = {"section": "second-looks"}
_OWN_SITE = frozenset(
    {"view-person", "review-hit", "clear-pair", "enter-declaration", "change-boarding"}
)
"""What leads away from the one case, or acts on it: not for eyes from afar."""

_SAID: Final[Words[str]] = Words(
    {
        "/question": N_("Say what the senior officer should look at"),
        "/invited": N_("Choose an officer of the list"),
        "/text": N_("Write the instruction"),
        "/reason": N_("Say why the instruction is refused"),
    }
)
_FIELDS = {"/question": "question", "/invited": "invited", "/text": "text"}


# --- whoever is asked -----------------------------------------------------------------------------


@router.get("/second-looks")
def queue(who: LookerDep, kernel: KernelDep) -> Response:
    """Asked for a second look: of every site, without anybody's name."""
    return show("second-looks.html", kernel, who, _SECTION | _asked(kernel, who))


@router.get("/fragments/second-looks")
def queue_fragment(who: LookerDep, kernel: KernelDep) -> Response:
    """The same, alone."""
    return show("second-looks-fragment.html", kernel, who, _asked(kernel, who))


def _asked(kernel: Kernel, who: SignedIn) -> dict[str, Any]:
    with kernel.database.read() as session:
        return {"looks": second_look.asked_for(session, who.officer_id)}


@router.get("/second-looks/{look_id}")
def look_page(look_id: UUID, who: LookerDep, kernel: KernelDep) -> Response:
    """Before joining: where it comes from. After: dossier, photos and films, instructions."""
    with kernel.database.transaction() as session:
        return look_page_with(session, kernel, who, look_id, {})


@router.get("/fragments/second-looks/{look_id}")
def look_fragment(look_id: UUID, who: LookerDep, kernel: KernelDep) -> Response:
    """Photos, films and instructions, alone."""
    with kernel.database.read() as session:
        found = second_look.read_look(session, who.actor, look_id)
        context = _looking_on(session, who, found)
    return show("second-look-fragment.html", kernel, who, context)


@router.post("/second-looks/{look_id}/join")
def join(look_id: UUID, who: LookerDep, kernel: KernelDep) -> Response:
    """Look on."""
    return _act(kernel, who, look_id, lambda session: second_look.join(
        session, who.actor, look_id, kernel.clock()
    ))  # fmt: skip


@router.post("/second-looks/{look_id}/instruct")
def instruct(look_id: UUID, form: FormDep, who: LookerDep, kernel: KernelDep) -> Response:
    """Write an instruction; the form sent twice is one."""
    text, key = form.text("text"), form.text("key")[:64] or None

    def act(session: Session) -> None:
        claimed = idempotency.claim(session, who.actor.key, key, f"{look_id} {text}".encode())
        if claimed.result is None:
            made = second_look.instruct(session, who.actor, look_id, text, kernel.clock())
            idempotency.settle(session, claimed, made.id)

    return _act(kernel, who, look_id, act)


@router.post("/second-looks/{look_id}/instructions/{instruction_id}/seen")
def see_answer(look_id: UUID, instruction_id: UUID, who: LookerDep, kernel: KernelDep) -> Response:
    """The answer has been seen."""
    return _act(kernel, who, look_id, lambda session: second_look.see_answer(
        session, who.actor, instruction_id, kernel.clock()
    ))  # fmt: skip


@router.post("/second-looks/{look_id}/leave")
def leave(look_id: UUID, who: LookerDep, kernel: KernelDep) -> Response:
    """End the look."""
    with kernel.database.transaction() as session:
        second_look.end(session, who.actor, look_id, kernel.clock())
    return RedirectResponse("/console/second-looks", 303)


def _act(
    kernel: Kernel, who: SignedIn, look_id: UUID, act: Callable[[Session], object]
) -> Response:
    extra: dict[str, Any]
    try:
        with kernel.database.transaction() as session:
            act(session)
        return RedirectResponse(f"/console/second-looks/{look_id}", 303)
    except LookInvalidError as error:
        extra, status = {"look_problems": _in_words(error)}, 422
    except ConflictError as error:
        extra, status = {"taken": gettext(error.title)}, 409
    with kernel.database.transaction() as session:
        try:
            return look_page_with(session, kernel, who, look_id, extra, status)
        except ConflictError:
            context = _SECTION | {"looks": second_look.asked_for(session, who.officer_id), **extra}
            return show("second-looks.html", kernel, who, context, status=status)


def look_page_with(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    look_id: UUID,
    extra: Mapping[str, Any],
    status: int = 200,
) -> Response:
    """A second look as its officer sees it, with what an action brings along."""
    found = second_look.read_look(session, who.actor, look_id)
    context: dict[str, Any] = {**_SECTION, "taken": "", **_looking_on(session, who, found)}
    if found.look.joined_by == who.officer_id and found.is_open:
        context |= _case(session, kernel, who, found)
    return show("second-look.html", kernel, who, {**context, **extra}, status=status)


def joined_case(session: Session, who: SignedIn, look_id: UUID) -> UUID:
    """The passenger of the case that the officer has joined and that is open. Raises NotFoundError."""
    found = second_look.read_look(session, who.actor, look_id)
    one = session.get_one(Referral, found.look.referral_id)
    if found.look.joined_by != who.officer_id or not found.is_open or one.passenger_id is None:
        raise NotFoundError
    return one.passenger_id


def _looking_on(session: Session, who: SignedIn, found: second_look.Look) -> dict[str, Any]:
    joined = found.look.joined_by == who.officer_id
    return {
        "found": found, "look": found.look, "joined": joined, "dossier": None,
        "evidence": attachments.list_of(session, found.look.referral_id)
        if joined and found.is_open else [],
        "look_problems": [], "key": new_token(),
    }  # fmt: skip


def _case(
    session: Session, kernel: Kernel, who: SignedIn, found: second_look.Look
) -> dict[str, Any]:
    """The one case that is open to these eyes; that they looked is recorded."""
    look, now = found.look, kernel.clock()
    detail = views.read_referral(session, look.referral_id, look.site)
    one = detail.referral
    audit.record(session, who.actor, "referral.view", "referral", one.id, now, afar=True)
    reasons = who.may(Permission.VIEW_HIT_REASON)
    people = {one.passenger_id} if one.passenger_id else ()
    known = reasons_of(session, people, reasons=reasons)
    titles = known[one.passenger_id].titles if one.passenger_id in known else ()
    shown = {
        "reasons": in_words(one.reasons, titles), "case": one, "referral": None, "hits": hits,
        "may": {str(p) for p in Permission if who.may(p)} - _OWN_SITE, "problem_hit": None,
        "late": False, "masking": None,
    }  # fmt: skip
    if one.passenger_id is None:
        return shown
    dossier = read_dossier(session, one.passenger_id, moments(kernel, who), reasons=reasons)
    audit.record(session, who.actor, "passenger.viewed", "passenger", one.passenger_id, now)
    around = encounters_alone(session, [trip.passenger_id for trip in dossier.trips])
    return shown | {
        "dossier": veil_dossier(dossier, sight.current()),
        "masking": masking_of(who, now, f"/console/second-looks/{look.id}", one.passenger_id),
        "around": around,
        "names": dossier.officers,
        "declaration_id": None,
    }


# --- whoever inspects -----------------------------------------------------------------------------


@router.get("/fragments/referrals/{referral_id}/second-look")
def referral_fragment(referral_id: UUID, who: PersonDep, kernel: KernelDep) -> Response:
    """Second looks at a referral, alone."""
    with kernel.database.read() as session:
        detail = views.read_referral(session, referral_id, who.site)
        context = looks_context(session, who, detail) | {"referral": detail}
    return show("looks-fragment.html", kernel, who, context)


@router.post("/referrals/{referral_id}/second-look")
def ask(referral_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Ask for a second look at what one inspects."""
    invited = id_of(form.text("invited"))

    def act(session: Session) -> None:
        said, now = form.text("question"), kernel.clock()
        second_look.ask(session, who.actor, referral_id, said, invited, now)

    return _inspecting(kernel, who, referral_id, form, ("question", "invited"), act)


@router.post("/referrals/{referral_id}/instructions/{instruction_id}")
def answer(
    referral_id: UUID, instruction_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """Read, carried out, or refused with a reason."""
    field = f"reason-{instruction_id}"
    said, reason, now = form.text("answer"), form.text(field), kernel.clock()

    def act(session: Session) -> None:
        if said in set(Answer):
            second_look.answer(session, who.actor, instruction_id, Answer(said), reason, now)
        else:
            second_look.acknowledge(session, who.actor, instruction_id, now)

    return _inspecting(kernel, who, referral_id, form, (field,), act)


@router.post("/referrals/{referral_id}/second-look/{look_id}/end")
def end(
    referral_id: UUID, look_id: UUID, form: FormDep, who: DeciderDep, kernel: KernelDep
) -> Response:
    """End the look."""
    return _inspecting(kernel, who, referral_id, form, (), lambda session: second_look.end(
        session, who.actor, look_id, kernel.clock()
    ))  # fmt: skip


def _inspecting(
    kernel: Kernel, who: SignedIn, referral_id: UUID, form: Fields, fields: tuple[str, ...],
    act: Callable[[Session], object],
) -> Response:  # fmt: skip
    """Act. ``fields`` are those of the act: the first is named where something is wrong; what else was typed on the
    page, the outcome above all, comes back with it.
    """
    extra: dict[str, Any]
    try:
        with kernel.database.transaction() as session:
            act(session)
        extra, status = begun(form, *fields), 200
        if not extra:
            return RedirectResponse(f"/console/referrals/{referral_id}#second-look", 303)
        extra |= {"act": "second-look"}
    except LookInvalidError as error:
        extra, status = {"look_problems": _in_words(error, *fields[:1]), **typed_again(form)}, 422
    except ConflictError as error:
        taken = {"title": gettext(error.title), "by": "", "since": None}
        extra, status = {"taken": taken, **typed_again(form)}, 409
    with kernel.database.transaction() as session:
        return referral_page(session, kernel, who, referral_id, extra, status=status)


def _in_words(error: EgateError, field: str = "text") -> list[Problem]:
    return [Problem(_FIELDS.get(one.pointer, field), _SAID[one.pointer]) for one in error.fields]
