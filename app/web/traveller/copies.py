"""The traveller's own copies of articles that follow, as customs confirmed them; to print or to show.

The browser keeps the declaration's secret until the articles may no longer be imported, once this page was opened.
Its few words stand here: the app, which works without network, does not carry them.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from app.declarations import articles, service
from app.declarations.models import Declaration
from app.formats.barcode import draw_svg
from app.web.money import money
from app.web.traveller import own
from app.web.traveller.visit import VisitDep

router = APIRouter(prefix="/declare", include_in_schema=False)

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    json.loads(files("app.web.traveller").joinpath("copies.json").read_text("utf-8"))
)


@router.get("/{language}/code/{identifier}/articles")
def show_copies(here: VisitDep, identifier: UUID) -> Response:
    """Every copy that was given out, the newest first. A 404 for whoever has not the secret."""
    kernel = here.kernel
    with kernel.database.transaction() as session:
        found = service.authenticate_owner(session, identifier, here.secret(identifier))
        declaration: Declaration = found.declaration
        rows = articles.copies_of(session, identifier)
        shown = [articles.shown_copy(session, one, kernel.clock()) for one in rows]
    copies = [
        (one, Markup(draw_svg(one.text)))  # noqa: S704  # drawn by us, from our alphabet
        for one in reversed(shown)
    ]
    words = WORDS[here.words.language]
    answer = here.show(
        "copies.html", {"copies": copies, "c": words, "id": identifier, "money": money}
    )
    if shown:
        own.keep_until(answer, kernel, declaration, max(one.import_until for one in shown))
    return answer
