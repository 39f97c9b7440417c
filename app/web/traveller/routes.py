"""Addresses of the traveller's page: a plain form that works without JavaScript and without an account.

Every page is a GET that shows what the draft holds and a POST that keeps what was typed and leads on (303).
What was typed travels in sealed cookies (:mod:`app.web.traveller.draft`), the secret of what was certified in
a cookie of its own (:mod:`app.web.traveller.own`). No URL holds anything about a person.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.web.traveller import certified, copies, own, pages, phone
from app.web.traveller import draft as drafts
from app.web.traveller.visit import VisitDep
from app.web.traveller.words import negotiate

start_router = APIRouter(prefix="/declare", include_in_schema=False)


@start_router.get("")
@start_router.get("/")
def choose_language(request: Request) -> RedirectResponse:
    """To the page in the language that the browser asks for."""
    language = negotiate(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/declare/{language}", 303, headers={"Vary": "Accept-Language"})


@start_router.get("/{language}")
def start(here: VisitDep) -> Response:
    """What it is, what is needed, what becomes of the answers; what this browser already has."""
    return phone.start_page(here, own.all_of(here.request, here.kernel))


@start_router.get("/{language}/help")
def help_page(here: VisitDep) -> Response:
    """What is kept and how long, how it works, for whom."""
    return here.show(
        "help.html", {"kept_days": phone.KEPT_DAYS | {"customs": here.kernel.declaration_days}}
    )


@start_router.get("/{language}/rights")
def rights_page(here: VisitDep) -> Response:
    """What travellers may ask of the record about them, and how."""
    return here.show("rights.html", {})


@start_router.post("/{language}/clear")
def clear(here: VisitDep) -> Response:
    """Forget what was typed."""
    answer = here.go("")
    drafts.forget(answer, here.kernel)
    return answer


router = APIRouter()
for part in (phone.router, start_router, certified.router, copies.router, pages.router):
    router.include_router(part)
