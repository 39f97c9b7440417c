"""Pages of what could not be read: the quarantine, one transmission, the mapping of its sender."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.identity.senders import sender_at
from app.kernel.errors import ConflictError, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.messages import quarantine
from app.messages.excerpts import Shown, show_raw
from app.messages.mappings import in_force, rules_of, save_mapping, versions
from app.messages.models import QuarantineStatus
from app.messages.preview import dry_run, open_raw
from app.messages.quarantine import Case, RawGoneError, Wanted
from app.messages.rules import CHARSETS, MappingInvalidError, read_rules
from app.web.console import mapping_form
from app.web.console.view import show
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import N_, Words, gettext

router = APIRouter()

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_MESSAGES))]
ManagerDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_MESSAGES))]
Text = Annotated[str, Query(max_length=40)]

STATUS = Words({
    QuarantineStatus.WAITING: N_("Waiting"), QuarantineStatus.REPLAYING: N_("Being read again"),
    QuarantineStatus.SET_ASIDE: N_("Set aside"), QuarantineStatus.RESOLVED: N_("Read"),
})  # fmt: skip
DATE_ORDERS = (
    ("ymd", N_("year, month, day")), ("dmy", N_("day, month, year")), ("mdy", N_("month, day, year")),
)  # fmt: skip


@router.get("/quarantine")
def board(
    who: ViewerDep,
    kernel: KernelDep,
    status: Text = QuarantineStatus.WAITING,
    sender: Text = "",
    code: Text = "",
    after: Text = "",
) -> Response:
    """What waits, newest first, with filters and counts."""
    known = status in list(QuarantineStatus)
    wanted = Wanted(
        QuarantineStatus(status) if known else None, id_of(sender), code, after=id_of(after)
    )
    with kernel.database.read() as session:
        entries = quarantine.read_list(session, who.site, wanted)
        tallies = quarantine.count_waiting(session, who.site)
    context = {
        "section": "messages", "entries": entries, "tallies": tallies, "wanted": wanted,
        "states": STATUS, "status": status, "page_size": quarantine.PAGE,
    }  # fmt: skip
    return show("quarantine.html", kernel, who, context)


@router.get("/quarantine/{message_id}")
def case(message_id: UUID, who: ViewerDep, kernel: KernelDep) -> Response:
    """One transmission with every fault; the text round them for whoever may see it."""
    return _case_page(kernel, who, message_id)


def _case_page(
    kernel: Kernel,
    who: SignedIn,
    message_id: UUID,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    with kernel.database.transaction() as session:
        found = quarantine.read_case(session, message_id, who.site)
        raw = _raw(session, kernel, who, found)
    excerpts = {one.fault.id: one for one in raw.excerpts} if raw else {}
    context = {
        "section": "messages", "case": found, "entry": found.entry, "row": found.entry.row,
        "raw": raw, "excerpts": excerpts, "states": STATUS, "problems": problems or [],
    }  # fmt: skip
    return show("quarantine-case.html", kernel, who, context, status=status)


def _raw(session: Session, kernel: Kernel, who: SignedIn, found: Case) -> Shown | None:
    """The text, for whoever may see it; that it was read is recorded."""
    if not who.may(Permission.VIEW_RAW_MESSAGES):
        return None
    try:
        raw = open_raw(kernel.vault, found.message)
    except RawGoneError:
        return None
    sender = found.entry.row.sender_id
    rules = rules_of(session, sender, found.message.mapping_version)
    newer = in_force(session, sender).rules
    audit.record(
        session, who.actor, "message.raw-viewed", "message", found.message.id, kernel.clock()
    )
    return show_raw(raw, rules, found.faults, deny=kernel.deny, newer=newer)


@router.post("/quarantine/replay")
def replay_all(form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Read again what waits of a sender with one code of error."""
    sender_id = id_of(form.text("sender"))
    if sender_id is None:
        raise NotFoundError
    with kernel.database.transaction() as session:
        sender_at(session, sender_id, who.site)
        quarantine.replay_all(
            session, who.actor, sender_id, form.text("code"), who.site, kernel.clock()
        )
    return RedirectResponse("/console/quarantine?status=replaying", 303)


@router.post("/quarantine/{message_id}/replay")
def replay(message_id: UUID, form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Read it again."""
    del form
    try:
        with kernel.database.transaction() as session:
            quarantine.replay(session, who.actor, message_id, who.site, kernel.clock())
    except ConflictError as error:
        return _case_page(kernel, who, message_id, [("", gettext(error.title))], 409)
    return RedirectResponse(f"/console/quarantine/{message_id}", 303)


@router.post("/quarantine/{message_id}/set-aside")
def set_aside(message_id: UUID, form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Nothing more will be done about it."""
    try:
        with kernel.database.transaction() as session:
            quarantine.set_aside(
                session, who.actor, message_id, who.site, form.text("reason"), kernel.clock()
            )
    except InvalidError:
        problem = ("reason", gettext("Say why it is set aside"))
        return _case_page(kernel, who, message_id, [problem], 422)
    except ConflictError as error:
        return _case_page(kernel, who, message_id, [("", gettext(error.title))], 409)
    return RedirectResponse("/console/quarantine", 303)


# --- the mapping of a sender ----------------------------------------------------------------------


@router.get("/senders/{sender_id}/mapping")
def mapping(sender_id: UUID, who: ManagerDep, kernel: KernelDep, message: Text = "") -> Response:
    """The rules in force, ready to be changed; ``message`` is what they are tried on."""
    with kernel.database.read() as session:
        sender_at(session, sender_id, who.site)
        now = in_force(session, sender_id)
        fields = mapping_form.shown(now.rules) | {"seen": str(now.version), "message": message}
        return _mapping_page(session, kernel, who, sender_id, fields)


@router.post("/senders/{sender_id}/mapping")
def change_mapping(sender_id: UUID, form: FormDep, who: ManagerDep, kernel: KernelDep) -> Response:
    """Try the rules on a transmission, or save them as a new version."""
    data, message_id = mapping_form.typed(form), id_of(form.text("message"))
    problems: list[tuple[str, str]] = []
    with kernel.database.transaction() as session:
        sender_at(session, sender_id, who.site)
        extra: dict[str, Any] = {}
        try:
            if form.text("act") == "save":
                _save(session, kernel, who, sender_id, form, data)
                back = f"/{message_id}" if message_id else ""
                return RedirectResponse(f"/console/quarantine{back}", 303)
            if message_id:
                quarantine.read_case(session, message_id, who.site)
                extra["preview"] = dry_run(
                    session, kernel.vault, who.actor, message_id, read_rules(data), kernel.clock(),
                    deny=kernel.deny,
                )  # fmt: skip
        except MappingInvalidError as error:
            problems = mapping_form.problems_of(error.fields)
        except InvalidError:
            problems = [("reason", gettext("Say why the mapping is changed"))]
        except ConflictError as error:
            problems = [("", gettext(error.title))]
        fields = dict(form) | {"message": str(message_id or "")}
        status = 422 if problems else 200
        return _mapping_page(session, kernel, who, sender_id, fields, problems, extra, status)


def _save(
    session: Session, kernel: Kernel, who: SignedIn, sender_id: UUID, form: Fields, data: Any
) -> None:
    seen = form.text("seen")
    save_mapping(
        session, who.actor, sender_id, int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
        data, form.text("reason"), kernel.clock(),
    )  # fmt: skip


def _mapping_page(
    session: Session,
    kernel: Kernel,
    who: SignedIn,
    sender_id: UUID,
    fields: dict[str, str],
    problems: list[tuple[str, str]] | None = None,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "section": "messages", "sender": sender_at(session, sender_id, who.site), "typed": fields, "problems": problems or [],
        "wrong": dict(problems or ()), "preview": None, "tables": mapping_form.TABLES,
        "charsets": list(CHARSETS),
        "orders": [(one, gettext(said)) for one, said in DATE_ORDERS],
        "versions": versions(session, sender_id), **(extra or {}),
    }  # fmt: skip
    return show("mapping.html", kernel, who, context, status=status)
