"""The owner's copies of articles that follow: fetched again with the declaration's secret, as they were confirmed."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.declarations import articles, service
from app.declarations.articles import CopyState
from app.declarations.routes import Secret
from app.formats.barcode import draw_svg
from app.kernel.http import KernelDep
from app.kernel.schemas import Out

router = APIRouter(tags=["declarations"])


class OwnCopyOut(Out):
    """A copy: its number, the list, the signed text and the text as a code (SVG)."""

    number: str
    seq: int
    packages: int
    confirmed_at: datetime
    import_until: date
    state: CopyState
    text: str
    articles: dict[str, Any]
    svg: str | None = None


class OwnCopiesOut(Out):
    """Every copy that was given out, oldest first."""

    copies: list[OwnCopyOut]


@router.get("/declarations/{identifier}/articles")
def get_copies(
    identifier: UUID,
    secret: Secret,
    kernel: KernelDep,
    *,
    draw: Annotated[bool, Query(description="false leaves the drawn code out")] = True,
) -> OwnCopiesOut:
    """One's own copies, exact to the version that was confirmed, whatever was corrected later."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        service.authenticate_owner(session, identifier, secret)
        found = [
            articles.shown_copy(session, one, now)
            for one in articles.copies_of(session, identifier)
        ]
    shown = [OwnCopyOut.model_validate(one) for one in found]
    if draw:
        shown = [one.model_copy(update={"svg": draw_svg(one.text)}) for one in shown]
    return OwnCopiesOut(copies=shown)
