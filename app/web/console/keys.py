"""The administrators' page of keys and secrets: which there are, none of them shown."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.audit import log as audit
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.keys.inventory import read_inventory
from app.web.console.view import show

router = APIRouter()

KeysDep = Annotated[SignedIn, Depends(require(Permission.VIEW_KEYS))]


@router.get("/keys")
def page(who: KeysDep, kernel: KernelDep) -> Response:
    """The inventory; that it was read stands in the trail."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        lines = read_inventory(session, kernel.vault, now)
        audit.record(session, who.actor, "keys.viewed", "site", None, now, shown=len(lines))
    return show("secrets.html", kernel, who, {"section": "keys", "lines": lines, "now": now})
