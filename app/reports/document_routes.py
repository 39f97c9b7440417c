"""HTTP: what kiosks could verify of passports, by issuing state. Figures only, small ones hidden."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.http import KernelDep
from app.kernel.schemas import Out
from app.reports.documents import IssuerFigures, read_documents

router = APIRouter(tags=["effectiveness"])

ViewerDep = Annotated[SignedIn, Depends(require(Permission.VIEW_EFFECTIVENESS))]
SPANS = (1, 7, 28)
"""Days that can be asked for: presentations lose their state after 30."""
USUAL_DAYS = 7


class CheckOut(Out):
    """A check of the chip that was not passed, as `groups failed:dg2`, and by how many passports."""

    check: str
    passports: int


class IssuerOut(Out):
    """One state, by ICAO's three letters. ``verified``: the share of genuine chips; none below thirty passports."""

    issuer: str
    passports: int
    chips: dict[str, int]
    faces: dict[str, int]
    verified: float | None
    checks: list[CheckOut]

    @classmethod
    def of(cls, found: IssuerFigures) -> "IssuerOut":
        return cls(
            issuer=found.issuer, passports=found.passports, chips=dict(found.chips),
            faces=dict(found.faces), verified=found.share(found.chips.get("ok", 0)),
            checks=[CheckOut(check=name, passports=count) for name, count in found.checks],
        )  # fmt: skip


class DocumentsOut(Out):
    """``few``: states of which fewer than ten passports were read; nothing is told of them."""

    days: int
    states: list[IssuerOut]
    few: int


@router.get("/reports/documents")
def get_documents(
    who: ViewerDep, kernel: KernelDep, days: Annotated[int, Query(ge=1, le=30)] = USUAL_DAYS
) -> DocumentsOut:
    """Passports that kiosks of the officer's site have read in the last ``days``."""
    with kernel.database.read() as session:
        found = read_documents(session, who.site, kernel.clock() - timedelta(days=days))
    told = [IssuerOut.of(one) for one in found if not one.is_hidden]
    return DocumentsOut(days=days, states=told, few=len(found) - len(told))
