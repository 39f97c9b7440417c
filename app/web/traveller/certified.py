"""Pages of what was certified: the code, its picture, changing, withdrawing, forgetting."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from app.declarations.refusals import CredentialRefusedError
from app.formats.barcode import draw_png, draw_svg
from app.kernel.errors import NotFoundError
from app.web.forms import FormDep
from app.web.traveller import draft as drafts
from app.web.traveller import own, steps, summary
from app.web.traveller.copies import WORDS
from app.web.traveller.draft import Draft, new_key
from app.web.traveller.visit import VisitDep, refused

router = APIRouter(prefix="/declare", include_in_schema=False)


@router.get("/{language}/code/{identifier}")
def show_code(here: VisitDep, identifier: UUID) -> Response:
    """The code to show at the kiosk, where to go with it, how long it is good."""
    try:
        found = own.look(here.kernel, identifier, here.secret(identifier))
    except NotFoundError:
        return here.show("message.html", {"message": "unknown", "own": None}, 404)
    if found.receipts is None:
        message = "withdrawn" if found.withdrawn else "expired"
        return here.show("message.html", {"message": message, "own": found})
    journey = found.declared["journey"]
    context = {
        "own": found,
        "copies_link": WORDS[here.words.language]["link"],
        "svg": Markup(draw_svg(found.receipts.text)),  # noqa: S704  # drawn by us, from our alphabet
        "until": summary.moment(found.expires_at, journey["to"], here.kernel.site, here.words),
        "arrival": here.words.day(date.fromisoformat(journey["arrival_date"])),
    }
    return here.show("code.html", context)


@router.get("/{language}/code/{identifier}/image")
@router.get("/{language}/code/{identifier}/image/{person}")
def save_code(here: VisitDep, identifier: UUID, person: int = 0) -> Response:
    """The code as a PNG to keep, for the traveller (0) or a companion. A 404 where there is none (any more)."""
    found = own.look(here.kernel, identifier, here.secret(identifier))
    text = found.code_of(person)
    if text is None:
        raise NotFoundError
    whose = f"-{person + 1}" if person else ""
    name = f'attachment; filename="e-gate-{found.reference}{whose}.png"'
    return Response(draw_png(text), media_type="image/png", headers={"Content-Disposition": name})


@router.post("/{language}/code/{identifier}/change")
def change(here: VisitDep, identifier: UUID, fields: FormDep) -> Response:
    """Begin a change: the summary of what was declared, as a draft; a form that was begun goes for it only when
    that is wished.
    """
    found = own.look(here.kernel, identifier, here.secret(identifier))
    if here.draft and here.draft.typed and not here.draft.amends and not fields.text("instead"):
        return here.show("begun.html", {"own": found})
    typed = steps.typed_from(found.declared)
    answer = here.go("/check")
    begun = Draft(new_key(), typed, amends=identifier, checked=True, seq=found.seq)
    drafts.save(answer, here.kernel, begun)
    return answer


@router.get("/{language}/code/{identifier}/withdraw")
def ask_to_withdraw(here: VisitDep, identifier: UUID) -> Response:
    """What withdrawing means, before it is done."""
    found = own.look(here.kernel, identifier, here.secret(identifier))
    return here.show("withdraw.html", {"own": found})


@router.post("/{language}/code/{identifier}/withdraw")
def withdraw(here: VisitDep, identifier: UUID, fields: FormDep) -> Response:
    """End the declaration; where that is wished, nothing of what it says stays at customs."""
    erase = fields.text("erase") == "yes"
    try:
        own.withdraw(here.kernel, identifier, here.secret(identifier), erase=erase)
    except CredentialRefusedError as error:
        return refused(here, error, identifier)
    if erase:
        answer = here.show("message.html", {"message": "withdrawn", "own": None})
        own.drop(answer, here.kernel, identifier)
        return answer
    return here.go(f"/code/{identifier}")


@router.post("/{language}/code/{identifier}/forget")
def forget(here: VisitDep, identifier: UUID) -> Response:
    """Let this browser forget a declaration, which stays as it is."""
    answer = here.go("")
    own.drop(answer, here.kernel, identifier)
    return answer
