"""Declarations at the counter: found by the passport, entered from a paper form or spoken answers, corrected,
their code printed. For officers and the help desk; nothing here says what screening thinks of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.audit.commitments import record_search
from app.declarations import form as forms
from app.declarations import service
from app.declarations.counter import find_at_counter, take_declaration
from app.declarations.models import Channel, Declaration, DeclarationStatus
from app.declarations.registry import questionnaire_for
from app.declarations.schemas import Submission, parse
from app.declarations.service import Taken
from app.formats.barcode import draw_svg
from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.formats.questionnaire import text
from app.identity import scope, sight
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import FieldGroup, Permission
from app.kernel.errors import InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.web import translation
from app.web.console import entry, words
from app.web.console.declared import inspected_since, read_declared, versions_of
from app.web.console.dossier import officer_names
from app.web.console.entry import CONTACT, Entry
from app.web.console.masking import masking_of
from app.web.console.veiled import veil_declared
from app.web.console.view import show
from app.web.forms import FormDep
from app.web.traveller import steps, summary
from app.web.traveller.reading import Problem, Setting, arrival_days
from app.web.traveller.words import LANGUAGES, catalogue

router = APIRouter(prefix="/declarations")

CounterDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]
_SECTION = {"section": "declarations"}
KEPT_MASKED, KEPT_NONE = "contact", "none"
"""Contacts that stay as they were declared where none are typed: masked ones, and that there are none."""
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed to find a declaration."""

    number: str = ""
    birth_date: str = ""


@router.get("")
def search_page(who: CounterDep, kernel: KernelDep) -> Response:
    """Where a passport finds a declaration, or a new one begins."""
    return show("counter.html", kernel, who, _SECTION | {"sought": Sought(), "problems": []})


@router.post("/find")
def find(form: FormDep, who: CounterDep, kernel: KernelDep) -> Response:
    """Look for the holder of a passport; where there is none, go on to enter it."""
    number = form.text("number").upper()
    fields = {
        name: form.text(name) for name in ("birth_date-day", "birth_date-month", "birth_date-year")
    }
    birth = entry.birth_date(fields)
    if problems := entry.missing(number, birth):
        context = {"sought": Sought(number), "problems": problems, "values": fields}
        return show("counter.html", kernel, who, _SECTION | context, status=422)
    with scope.reading(), kernel.database.transaction() as session:
        now = kernel.clock()
        found = find_at_counter(session, number, birth, site=who.site, now=now)
        record_search(
            session, who.actor, "declaration.sought", "declaration", found.id if found else None,
            now, [number],
        )  # fmt: skip
    if found:
        return RedirectResponse(f"/console/declarations/{found.id}", 303)
    blank = Entry(_setting(kernel, who), {"document_number": number, **fields})
    return _form(kernel, who, blank, sought=True)


@router.get("/new")
def blank_form(who: CounterDep, kernel: KernelDep) -> Response:
    """A form with nothing in it."""
    return _form(kernel, who, Entry(_setting(kernel, who), {}))


@router.post("/new")
def take(form: FormDep, who: CounterDep, kernel: KernelDep) -> Response:
    """Store what was entered; more lines and fewer want nothing to be right."""
    filled = Entry(_setting(kernel, who), form)
    if changed := filled.edited(form.text("go")):
        return _form(kernel, who, changed)
    whole = _with_kept_contact(kernel, who, filled)
    if problems := whole.problems():
        return _form(kernel, who, filled, problems=problems)
    sent = parse(Submission, whole.submission())
    taken = Taken(Channel(form.text("channel")), who.officer_id)
    try:
        with kernel.database.transaction() as session:
            made = take_declaration(
                session, who.actor, sent, taken, site=who.site, now=kernel.clock(),
                corrects=_corrected(form.text("corrects")),
            ).id  # fmt: skip
    except InvalidError:
        return _form(kernel, who, filled, problems=(Problem("certified", "error_general"),))
    after = "/goods" if form.text("then") == "goods" else ""
    return RedirectResponse(f"/console/declarations/{made}{after}", 303)


@router.get("/{identifier}")
def look(identifier: UUID, who: CounterDep, kernel: KernelDep) -> Response:
    """A declaration with its evidence, and the slip with its code to print."""
    with kernel.database.transaction() as session:
        return declaration_page(session, kernel, who, identifier)


@router.post("/{identifier}/correct")
def correct(
    identifier: UUID,
    who: CounterDep,
    kernel: KernelDep,
    then: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The form as it was filled in, to be corrected at the traveller's word."""
    with kernel.database.transaction() as session:
        declaration = own_declaration(session, who, identifier)
        version = service.current_version(session, declaration)
        typed = steps.typed_from(version.content)
        seen = sight.current().at(identifier, declaration.passenger_id)
        audit.record(
            session, who.actor, "declaration.viewed", "declaration", identifier, kernel.clock()
        )
        language = version.language
    fields: dict[str, str] = {}
    for page in typed.values():
        fields |= {name: str(value) for name, value in page.items()}
    fields |= {
        name: str(version.content[name]) for name in entry.BESIDES if name in version.content
    }
    fields["language"] = language if language in LANGUAGES else ""
    fields["corrects"] = str(identifier)
    if FieldGroup.CONTACT not in seen.clear:
        fields |= dict.fromkeys(CONTACT, "") | {"kept": KEPT_MASKED}
    elif version.content["contact"] is None:
        fields["kept"] = KEPT_NONE
    fields["then"] = "goods" if then == "goods" else ""
    return _form(kernel, who, Entry(_setting(kernel, who), fields))


def begin_form(kernel: Kernel, who: SignedIn, known: Mapping[str, str]) -> Response:
    """The form with what is known already, to be entered together with the traveller."""
    return _form(kernel, who, Entry(_setting(kernel, who), known), sought=True)


def _with_kept_contact(kernel: Kernel, who: SignedIn, filled: Entry) -> Entry:
    """The entry with the contacts that stand in what is corrected, where the officer saw them masked, or saw that there
    are none, and typed none.
    """
    form = filled.fields
    corrected = _corrected(form.get("corrects", ""))
    kept = form.get("kept")
    if kept not in (KEPT_MASKED, KEPT_NONE) or corrected is None or any(map(form.get, CONTACT)):
        return filled
    with scope.reading(), kernel.database.read() as session:
        version = service.current_version(session, own_declaration(session, who, corrected))
        contact = version.content["contact"]
    if contact is None:
        return replace(filled, no_contact=True)
    if kept == KEPT_NONE:  # declared meanwhile, and not masked: it is seen before it is kept
        return filled
    return replace(filled, fields={**form, **{name: contact[name] or "" for name in CONTACT}})


def _corrected(text: str) -> UUID | None:
    """The declaration that was open before its form was filled in anew."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _form(
    kernel: Kernel,
    who: SignedIn,
    filled: Entry,
    *,
    problems: tuple[Problem, ...] = (),
    sought: bool = False,
) -> Response:
    said = catalogue()[translation.language()]
    form = filled.setting.questionnaire
    context = {
        "w": said, "questionnaire": form, "values": filled.fields, "sought": sought,
        "problems": {one.field: _said(one, filled.setting) for one in problems},
        "companions": filled.rows("companion"), "goods": filled.rows("goods"),
        "room": {"companion": len(filled.rows("companion")) < MAX_COMPANIONS,
                 "goods": len(filled.rows("goods")) < MAX_GOODS},
        "days": [(day.isoformat(), said.day(day)) for day in arrival_days(filled.setting.today)],
        "currencies": summary.CURRENCIES,
        "languages": [(one, catalogue()[one]["name"]) for one in form.languages if one in LANGUAGES],
        "text": lambda texts: text(form, texts, translation.language()),
    }  # fmt: skip
    return show(
        "counter-form.html", kernel, who, _SECTION | context, status=422 if problems else 200
    )


def _said(problem: Problem, setting: Setting) -> str:
    return entry.SAID.get(problem.key) or summary.said(
        problem, setting.questionnaire, catalogue()[translation.language()]
    )


def _setting(kernel: Kernel, who: SignedIn) -> Setting:
    form = questionnaire_for(who.site, kernel.questionnaire)
    return Setting(form, who.site, forms.today_at(kernel.clock(), who.site, who.site))


def own_declaration(session: Session, who: SignedIn, identifier: UUID) -> Declaration:
    """A declaration of this site. Raises NotFoundError, also for one whose owner had it erased."""
    found = session.get(Declaration, identifier)
    if found is None or found.site != who.site or not found.document_key:
        raise NotFoundError
    return found


def declaration_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    identifier: UUID,
    extra: Mapping[str, Any] = NOTHING,
    status: int = 200,
) -> Response:
    """A declaration with its evidence; that it was looked at is recorded. Raises NotFoundError."""
    declaration = own_declaration(session, who, identifier)
    now = kernel.clock()
    versions = versions_of(session, identifier)
    content = versions[-1].content
    receipts = service.issue_receipts(session, kernel.vault, declaration, now)
    audit.record(session, who.actor, "declaration.viewed", "declaration", identifier, now)
    declared = read_declared(versions, inspected_since(session, versions[-1]))
    seen = sight.current().at(identifier, declaration.passenger_id)
    address = f"/console/declarations/{identifier}"
    context = {
        "declaration": declaration, "reference": service.reference_of(declaration),
        "content": content, "declared": veil_declared(declared, seen), "declaration_id": identifier,
        "masking": masking_of(who, now, address, identifier, declaration.passenger_id),
        "standing": _standing(declaration), "on_counter": True, "names": officer_names(session),
        "slip": _slip(declaration, content, versions[-1].language, who.site) if receipts else None,
        "codes": _codes(receipts) if receipts else (),
        **extra,
    }  # fmt: skip
    return show("counter-declaration.html", kernel, who, _SECTION | context, status=status)


def _standing(declaration: Declaration) -> str:
    withdrawn = declaration.status is DeclarationStatus.WITHDRAWN
    lane = words.LANES[declaration.lane]
    return translation.gettext("%(lane)s, withdrawn", lane=lane) if withdrawn else lane


def _codes(receipts: service.Receipts) -> list[tuple[int, Markup]]:
    """A code to print for the traveller (0) and for each companion who has a receipt of their own."""
    texts = enumerate((receipts.text, *receipts.companions))
    return [(person, Markup(draw_svg(text))) for person, text in texts if text]  # noqa: S704  # drawn by us


def _slip(
    declaration: Declaration, content: Mapping[str, Any], language: str, site: str
) -> Mapping[str, Any]:
    """What is printed for the traveller, in the language of the form; it shows no name."""
    said = catalogue().get(language) or catalogue()["en"]
    journey = content["journey"]
    return {
        "w": said,
        "flight": journey["flight"],
        "arrival": said.day(date.fromisoformat(journey["arrival_date"])),
        "until": summary.moment(declaration.expires_at, journey["to"], site, said),
        "persons": 1 + len(content["companions"]),
    }
