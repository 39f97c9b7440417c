"""Devices for the administrator: which are heard of and how they are, codes to enrol them, keys, shutting out."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from app.gate import machines
from app.gate.halls import list_halls
from app.identity.enrolment import CODE_LIFE, Wanted
from app.identity.http import require
from app.identity.models import DeviceKind
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.web.console.view import show
from app.web.forms import Fields, FormDep, id_of
from app.web.translation import gettext

router = APIRouter()
AdminDep = Annotated[SignedIn, Depends(require(Permission.MANAGE_DEVICES))]

LONGEST_NAME = 60
ACTS = {
    "disable": machines.disable,
    "enable": machines.enable,
    "rotate": machines.ask_rotation,
}


@router.get("/devices")
def page(who: AdminDep, kernel: KernelDep) -> Response:
    """The devices of the site."""
    return _page(who, kernel, {})


@router.post("/devices/codes")
def code(form: FormDep, who: AdminDep, kernel: KernelDep) -> Response:
    """Make a one-time code. It stands on the answer and nowhere else."""
    try:
        wanted = _wanted(form)
        with kernel.database.transaction() as session:
            made = machines.make_code(session, who.actor, who.site, wanted, kernel.clock())
    except (InvalidError, NotFoundError):
        return _page(
            who, kernel, {"problem": gettext("A code needs a name, a kind and a hall")}, 422
        )
    except ConflictError:
        said = gettext("There is a device of this name in another hall or of another kind")
        return _page(who, kernel, {"problem": said}, 422)
    return _page(who, kernel, {"code": made, "code_for": wanted.name})


@router.post("/devices/{device_id}/{act}")
def act(device_id: UUID, act: str, form: FormDep, who: AdminDep, kernel: KernelDep) -> Response:
    """Shut a device out, let it in again, have it change its key."""
    del form
    if act not in ACTS:
        raise NotFoundError
    with kernel.database.transaction() as session:
        ACTS[act](session, who.actor, who.site, device_id, kernel.clock())
    return RedirectResponse("/console/devices", 303)


def _wanted(form: Fields) -> Wanted:
    name, kind, hall = form.text("name"), form.text("kind"), id_of(form.text("hall"))
    if not 0 < len(name) <= LONGEST_NAME or kind not in set(DeviceKind) or hall is None:
        raise InvalidError(fields=[FieldProblem("/body/name", "name")])
    return Wanted(name, DeviceKind(kind), hall, assisted=form.text("assisted") == "yes")


def _page(who: SignedIn, kernel: Kernel, extra: dict[str, Any], status: int = 200) -> Response:
    with kernel.database.read() as session:
        found, halls = machines.read_machines(session, who.site), list_halls(session, who.site)
    minutes = int(CODE_LIFE.total_seconds() // 60)
    context = {
        "section": "devices", "machines": found, "halls": halls, "kinds": DeviceKind,
        "minutes": minutes, "code": "", "problem": "", **extra,
    }  # fmt: skip
    return show("machines.html", kernel, who, context, status=status)
