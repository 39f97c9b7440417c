"""Console pages of travellers' requests: the register, one request with what is found, the letter and the record."""

import json
import secrets
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.audit.commitments import record_search
from app.formats.codes import airport
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.errors import EgateError, ForbiddenError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.retention.profile import profile_of
from app.rights import checks, erasing, record, redress, service
from app.rights.finding import Found, find
from app.rights.masked import sealed_until
from app.rights.models import Outcome, RequestKind, RequestState, RightsRequest
from app.travel.shown import Zone
from app.web.console import letters
from app.web.console.actions import version_of
from app.web.console.dossier import officer_names
from app.web.console.letters import letter_of
from app.web.console.rights_forms import Problems, asked_of, decision_of, problems_of
from app.web.console.told import Paper, language_of
from app.web.console.view import moments, show
from app.web.forms import Fields, FormDep
from app.web.translation import gettext, speaking

router = APIRouter(prefix="/rights")

TakerDep = Annotated[SignedIn, Depends(require(Permission.REGISTER_REQUEST))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REQUEST))]

NO_FORM = Fields([])
_GIVEN = (Outcome.GRANTED, Outcome.PARTLY)


@router.get("")
def page(who: TakerDep, kernel: KernelDep) -> Response:
    """Requests that wait, by the day of their answer, then closed ones; the form for a new one."""
    return _register(kernel, who, NO_FORM, [])


@router.post("")
def take(form: FormDep, who: TakerDep, kernel: KernelDep) -> Response:
    """Register a request; the form sent twice is one."""
    try:
        asked = asked_of(form)
        with kernel.database.transaction() as session:
            made = _once(session, kernel, who, form, asked)
    except InvalidError as error:
        return _register(kernel, who, form, problems_of(error.fields), 422)
    except idempotency.KeyReusedError:
        said = gettext("This form was sent before: look whether the request is here already")
        return _register(kernel, who, form, [("", said)], 409)
    return _to(made) if who.may(Permission.DECIDE_REQUEST) else _to()


def _once(
    session: Session, kernel: Kernel, who: SignedIn, form: Fields, asked: service.Asked
) -> UUID:
    """The request of a form, by the key that its page gave it."""
    claimed = idempotency.claim(
        session, who.actor.key, form.text("key")[:64] or None, f"rights {asked}".encode()
    )
    if claimed.result is not None:
        return claimed.result
    made = service.register(session, kernel.vault, who.actor, who.site, asked, kernel.clock())
    idempotency.settle(session, claimed, made.id)
    return made.id


@router.get("/{request_id}")
def one(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """A request with the records that it is about; that it was opened stands in the trail."""
    return _one(kernel, who, request_id, NO_FORM, [])


@router.post("/{request_id}/{act}")
def act(request_id: UUID, act: str, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Put off, decide, sign a refusal or send it back."""
    try:
        with kernel.database.transaction() as session:
            asked = service.request_of(session, request_id, who.site, version=version_of(form))
            _do(session, kernel, who, asked, act, form)
    except InvalidError as error:
        return _one(kernel, who, request_id, form, problems_of(error.fields), 422)
    except EgateError as error:
        if error.status not in (403, 409):
            raise
        return _one(kernel, who, request_id, form, [("", gettext(error.title))], error.status)
    return _to(request_id)


@router.get("/{request_id}/letter")
def letter(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The answer as a letter to print in the language of whoever asked, once the request is closed."""
    with kernel.database.transaction() as session:
        asked = _closed(session, who, request_id)
        kept, sealed = _kept(session, kernel, asked), _sealed(session, kernel, asked)
        _give_out(session, kernel, who, asked, "letter-printed")
    closed = asked.closed_at or kernel.clock()
    said = letter_of(asked, moments(kernel, who).local(closed).date(), kept, sealed)
    context = {"section": "rights", "asked": asked, "letter": said, "place": airport(asked.site)}
    return show("rights-letter.html", kernel, who, context)


@router.get("/{request_id}/record")
def held(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """Everything held about the traveller, to print: in words, in English or Japanese."""
    asked, found = _export(request_id, who, kernel, "page")
    with speaking(language_of(asked.language)):
        paper = Paper.of(found, moments(kernel, who).zone)
    return show(
        "rights-record.html", kernel, who, {"section": "rights", "asked": asked, "paper": paper}
    )


@router.get("/{request_id}/record.json")
def held_as_file(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The same as a file (article 20 of Regulation (EU) 2016/679: structured, commonly used, machine-readable)."""
    _, told = _export(request_id, who, kernel, "json")
    return Response(
        json.dumps(told, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="record.json"',
            "Cache-Control": "no-store",
        },
    )


def _export(
    request_id: UUID, who: SignedIn, kernel: Kernel, form: str
) -> tuple[RightsRequest, dict[str, Any]]:
    """Only for a request of access that was granted; each export stands in the trail."""
    with kernel.database.transaction() as session:
        asked = _closed(session, who, request_id)
        if asked.kind is not RequestKind.ACCESS or asked.outcome not in _GIVEN:
            raise ForbiddenError
        found = find(session, kernel.vault, asked)
        told = record.wire(record.record_of(session, found, profile_of(kernel)))
        _give_out(session, kernel, who, asked, "record-exported", form=form, trips=len(found.ids))
    return asked, told


def _closed(session: Session, who: SignedIn, request_id: UUID) -> RightsRequest:
    asked = service.request_of(session, request_id, who.site)
    if asked.state is not RequestState.CLOSED:
        raise service.RequestConflictError
    return asked


def _do(
    session: Session, kernel: Kernel, who: SignedIn, asked: RightsRequest, act: str, form: Fields
) -> None:
    now, profile = kernel.clock(), profile_of(kernel)
    if act == "extend":
        service.extend(session, who.actor, asked, form.text("why"), now)
    elif act == "sign":
        service.sign(session, kernel.vault, who.actor, asked, profile, now)
    elif act == "send-back":
        service.send_back(session, who.actor, asked, now)
    elif act == "decide":
        decision = decision_of(form, asked, who)
        service.decide(session, kernel.vault, who.actor, asked, decision, profile, now)
    else:
        raise service.RequestConflictError


def _register(
    kernel: Kernel, who: SignedIn, form: Fields, problems: Problems, status: int = 200
) -> Response:
    """Whoever only registers is shown no names."""
    today = moments(kernel, who).local(kernel.clock()).date()
    with kernel.database.transaction() as session:
        found = service.requests_of(session, who.site)
        audit.record(
            session, who.actor, "rights.viewed", "site", None, kernel.clock(), shown=len(found)
        )
    context = {
        "section": "rights", "requests": found, "typed": form, "problems": problems,
        "wrong": dict(problems), "today": today, "key": secrets.token_urlsafe(16),
        "languages": letters.names(),
    }  # fmt: skip
    return show("rights.html", kernel, who, context, status=status)


def _one(
    kernel: Kernel, who: SignedIn, request_id: UUID, form: Fields, problems: Problems,
    status: int = 200,
) -> Response:  # fmt: skip
    with kernel.database.transaction() as session:
        asked = service.request_of(session, request_id, who.site)
        found = find(session, kernel.vault, asked)
        erasable = _erasable(session, kernel, asked, found)
        context = {
            "section": "rights", "asked": asked, "found": found, "names": officer_names(session),
            "earlier": service.earlier_of(session, asked), "typed": form, "problems": problems,
            "wrong": dict(problems), "hits": _hits(session, who, asked, found),
            "grounds": checks.grounds_of(asked.kind), "erasable": erasable,
            "erased": sum(one.answer.is_allowed for one in erasable), "before": _before(session, asked, found),
            "today": moments(kernel, who).local(kernel.clock()).date(),
        }  # fmt: skip
        _record(session, kernel, who, asked, "opened", trips=len(found.ids))
    return show("rights-request.html", kernel, who, context, status=status)


def _hits(
    session: Session, who: SignedIn, asked: RightsRequest, found: Found
) -> list[redress.Standing]:
    """Only for whoever may clear a pair."""
    is_shown = asked.kind is RequestKind.REDRESS and who.may(Permission.CLEAR_PAIR)
    return redress.standing_hits(session, found.ids) if is_shown else []


def _before(session: Session, asked: RightsRequest, found: Found) -> list[Zone]:
    """How the passport was put right for other requests: who decides sees what he would replace."""
    if asked.kind is not RequestKind.RECTIFICATION:
        return []
    return service.put_right_before(session, asked, found.ids)


def _erasable(
    session: Session, kernel: Kernel, asked: RightsRequest, found: Found
) -> list[erasing.Erasable]:
    if asked.kind is not RequestKind.ERASURE:
        return []
    return erasing.ask(session, profile_of(kernel), found, kernel.clock())


def _kept(session: Session, kernel: Kernel, asked: RightsRequest) -> date | None:
    """The last day on which something is kept that was asked to be erased."""
    answers = [
        one.answer for one in _erasable(session, kernel, asked, find(session, kernel.vault, asked))
    ]
    return max((one.until for one in answers if one.until), default=None)


def _sealed(session: Session, kernel: Kernel, asked: RightsRequest) -> date | None:
    """The last day of sealed originals behind a record that is given."""
    if asked.kind is not RequestKind.ACCESS or asked.outcome not in _GIVEN:
        return None
    found = find(session, kernel.vault, asked)
    return sealed_until(record.record_of(session, found, profile_of(kernel)))


def _record(
    session: Session, kernel: Kernel, who: SignedIn, asked: RightsRequest, action: str, **detail: object
) -> None:  # fmt: skip
    audit.record(
        session, who.actor, f"rights.{action}", "rights_request", asked.id, kernel.clock(), **detail
    )


def _give_out(
    session: Session, kernel: Kernel, who: SignedIn, asked: RightsRequest, action: str, **detail: object
) -> None:  # fmt: skip
    """What leaves the program names the traveller: the trail commits to whom."""
    record_search(
        session, who.actor, f"rights.{action}", "rights_request", asked.id, kernel.clock(),
        service.names_of(asked), **detail,
    )  # fmt: skip


def _to(request_id: UUID | None = None) -> Response:
    return RedirectResponse("/console/rights" + (f"/{request_id}" if request_id else ""), 303)
