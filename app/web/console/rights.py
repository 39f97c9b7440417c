"""Console pages of travellers' requests: the register, one request with what is found, the letter and the record."""

import json
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.formats.values import document_number
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import EgateError, FieldProblem, ForbiddenError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.retention.profile import profile_of
from app.rights import erasing, record, redress, service
from app.rights.finding import Found, find
from app.rights.models import (
    Channel,
    Ground,
    IdentityCheck,
    Outcome,
    RequestKind,
    RequestState,
    RightsRequest,
)
from app.travel.shown import Zone
from app.web.console.dossier import officer_names
from app.web.console.view import moments, show
from app.web.console.words.rights import WRONG_FIELDS
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import gettext

router = APIRouter(prefix="/rights")

TakerDep = Annotated[SignedIn, Depends(require(Permission.REGISTER_REQUEST))]
DeciderDep = Annotated[SignedIn, Depends(require(Permission.DECIDE_REQUEST))]
Problems = list[tuple[str, str]]

NO_FORM = Fields([])
_GIVEN = (Outcome.GRANTED, Outcome.PARTLY)


@router.get("")
def page(who: TakerDep, kernel: KernelDep) -> Response:
    """Requests that wait, by the day of their answer, then closed ones; the form for a new one."""
    return _register(kernel, who, NO_FORM, [])


@router.post("")
def take(form: FormDep, who: TakerDep, kernel: KernelDep) -> Response:
    """Register a request."""
    try:
        asked = _asked(form)
        with kernel.database.transaction() as session:
            made = service.register(
                session, kernel.vault, who.actor, who.site, asked, kernel.clock()
            )
    except InvalidError as error:
        return _register(kernel, who, form, _problems(error), 422)
    return _to(made.id) if who.may(Permission.DECIDE_REQUEST) else _to()


@router.get("/{request_id}")
def one(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """A request with the records that it is about; that it was opened stands in the trail."""
    return _one(kernel, who, request_id, NO_FORM, [])


@router.post("/{request_id}/{act}")
def act(request_id: UUID, act: str, form: FormDep, who: DeciderDep, kernel: KernelDep) -> Response:
    """Put off, decide, sign a refusal or send it back."""
    seen = form.text("version")
    try:
        with kernel.database.transaction() as session:
            asked = service.request_of(
                session, request_id, who.site, version=int(seen) if seen.isdecimal() else 0
            )
            _do(session, kernel, who, asked, act, form)
    except InvalidError as error:
        return _one(kernel, who, request_id, form, _problems(error), 422)
    except EgateError as error:
        if error.status not in (403, 409):
            raise
        return _one(kernel, who, request_id, form, [("", gettext(error.title))], error.status)
    return _to(request_id)


@router.get("/{request_id}/letter")
def letter(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """The answer as a letter to print, once the request is closed."""
    with kernel.database.transaction() as session:
        asked = _closed(session, who, request_id)
        kept = _kept(session, kernel, asked)
        _record(session, kernel, who, asked, "letter-printed")
    context = {"section": "rights", "asked": asked, "kept": kept}
    return show("rights-letter.html", kernel, who, context)


@router.get("/{request_id}/record")
def held(request_id: UUID, who: DeciderDep, kernel: KernelDep) -> Response:
    """Everything held about the traveller, to print."""
    asked, told = _export(request_id, who, kernel, "page")
    return show(
        "rights-record.html", kernel, who, {"section": "rights", "asked": asked, "record": told}
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
        told = record.wire(record.record_of(session, found))
        _record(session, kernel, who, asked, "record-exported", form=form, trips=len(found.ids))
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
        service.extend(session, who.actor, asked, form.text("reason"), now)
    elif act == "sign":
        service.sign(session, kernel.vault, who.actor, asked, profile, now)
    elif act == "send-back":
        service.send_back(session, who.actor, asked, now)
    elif act == "decide":
        decision = _decision(form, asked, who)
        service.decide(session, kernel.vault, who.actor, asked, decision, profile, now)
    else:
        raise service.RequestConflictError


def _decision(form: Fields, asked: RightsRequest, who: SignedIn) -> service.Decision:
    """What was chosen; who names a hit has to be one who may clear pairs."""
    hit = id_of(form.text("hit"))
    if hit is not None and not who.may(Permission.CLEAR_PAIR):
        raise ForbiddenError
    ground = form.text("ground")
    return service.Decision(
        Outcome.REFUSED if form.text("outcome") == "refused" else Outcome.GRANTED,
        Ground(ground) if ground in set(Ground) else None,
        form.text("reason"),
        _corrected(form) if asked.kind is RequestKind.RECTIFICATION else None,
        hit,
        _day(form.text("until")),
    )


def _corrected(form: Fields) -> Zone | None:
    """The passport as it reads; None where anything of it is missing."""
    born, expires = _day(form.text("birth_date")), _day(form.text("expires_on"))
    texts = {
        name: form.text(name).upper() for name in ("surname", "number", "issuer", "nationality")
    }
    if born is None or not all(texts.values()) or any(len(one) > 100 for one in texts.values()):
        return None
    sex = form.text("sex").upper()
    return Zone(
        surname=texts["surname"], given_names=form.text("given_names").upper()[:100],
        birth_date=born, sex=sex if sex in ("F", "M") else "X", nationality=texts["nationality"],
        number=document_number(texts["number"]), issuer=texts["issuer"], expires_on=expires,
    )  # fmt: skip


def _asked(form: Fields) -> service.Asked:
    """The request as it was typed. Raises RequestInvalidError for what is no choice and no day."""
    days = {name: _day(form.text(name)) for name in ("birth_date", "received_on")}
    choices: dict[str, type[RequestKind | Channel | IdentityCheck]] = {
        "kind": RequestKind, "channel": Channel, "identity_check": IdentityCheck,
    }  # fmt: skip
    wrong = [name for name, day in days.items() if day is None]
    wrong += [name for name, kind in choices.items() if form.text(name) not in set(kind)]
    born, received = days["birth_date"], days["received_on"]
    if wrong or born is None or received is None:
        raise service.RequestInvalidError(
            fields=[FieldProblem(f"/{name}", "missing") for name in wrong]
        )
    return service.Asked(
        RequestKind(form.text("kind")), Channel(form.text("channel")),
        IdentityCheck(form.text("identity_check")), form.text("surname"), form.text("given_names"),
        born, form.text("issuer").upper(), form.text("number"), form.text("wish"), received,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


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
        "wrong": dict(problems), "today": today,
    }  # fmt: skip
    return show("rights.html", kernel, who, context, status=status)


def _one(
    kernel: Kernel, who: SignedIn, request_id: UUID, form: Fields, problems: Problems,
    status: int = 200,
) -> Response:  # fmt: skip
    with kernel.database.transaction() as session:
        asked = service.request_of(session, request_id, who.site)
        found = find(session, kernel.vault, asked)
        context = {
            "section": "rights", "asked": asked, "found": found, "names": officer_names(session),
            "earlier": service.earlier_of(session, asked), "typed": form, "problems": problems,
            "wrong": dict(problems), "hits": _hits(session, who, asked, found),
            "grounds": service.grounds_of(asked.kind), "erasable": _erasable(session, kernel, asked, found),
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


def _problems(error: InvalidError) -> Problems:
    names = dict.fromkeys(one.pointer.strip("/").split("/")[0] for one in error.fields)
    return [(name, WRONG_FIELDS.get(name, gettext("This cannot be used"))) for name in names]


def _record(
    session: Session, kernel: Kernel, who: SignedIn, asked: RightsRequest, action: str, **detail: object
) -> None:  # fmt: skip
    audit.record(
        session, who.actor, f"rights.{action}", "rights_request", asked.id, kernel.clock(), **detail
    )


def _to(request_id: UUID | None = None) -> Response:
    return RedirectResponse("/console/rights" + (f"/{request_id}" if request_id else ""), 303)
