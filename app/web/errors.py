"""Errors of the pages, as pages: whoever asks with a browser gets words, a machine gets a problem document.

A person who is not signed in is sent to sign in; a fragment (asked by our own script) gets the 401 itself.
"""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.identity.officers import OwnWayError
from app.identity.sessions import ProveAgainError
from app.kernel.errors import EgateError, TooLongError, UnauthenticatedError
from app.kernel.http import request_id
from app.web import unsent
from app.web.forms import said_of
from app.web.pages import page
from app.web.translation import N_, gettext
from app.web.traveller.errors import error_page as traveller_error_page

FACES = ("/console", "/carrier", "/declare")
HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
MY_SIGN_IN = f"{HOME}/my-sign-in"

WORDS: dict[int, tuple[str, str]] = {
    400: (N_("This request cannot be read"), N_("Please go back and try again.")),
    403: (
        N_("You may not do this"),
        N_("Your role does not include it. If it should, ask your administrator."),
    ),
    404: (
        N_("There is nothing here"),
        N_("The address is wrong, or what was here has been removed."),
    ),
    405: (N_("This address does not take that"), N_("Please go back and try again.")),
    409: (N_("Somebody else was faster"), N_("Nothing of yours was stored.")),
    413: (N_("This is too large"), N_("Please send less at once.")),
    415: (N_("This kind of content is not taken here"), N_("Please use the form of the page.")),
    422: (N_("Some of this cannot be accepted"), N_("Please go back and check what you entered.")),
    429: (N_("Too many requests. Wait a moment"), N_("Please wait a moment, then try again.")),
    500: (N_("Something went wrong"), N_("It has been noted. Please try again.")),
    503: (
        N_("Out of service"),
        N_("The service cannot be reached at the moment. Please try again soon."),
    ),
}

Handler = Callable[[Request, Any], Response]


def install_page_errors(app: FastAPI) -> None:
    """Put pages before the problem documents for browsers on the faces."""
    for kind in (EgateError, RequestValidationError, HTTPException):
        problems = cast("Handler", app.exception_handlers[kind])
        app.add_exception_handler(kind, _page_first(problems))


def _page_first(problems: Handler) -> Handler:
    def handle(request: Request, error: Exception) -> Response:
        if not wants_page(request):
            return problems(request, error)
        if isinstance(error, UnauthenticatedError):
            return to_sign_in(request)
        if isinstance(error, ProveAgainError):
            return RedirectResponse(f"{SIGN_IN}?{urlencode({'again': 1, 'next': error.back})}", 303)
        if isinstance(error, TooLongError) and (form := unsent.too_long(request, error)):
            return form
        if isinstance(error, OwnWayError):
            return _own_way_first(request, error)
        return error_page(request, *_described(error))

    return handle


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: a face's address, HTML asked for, not by our script."""
    path = request.url.path
    on_face = any(path == face or path.startswith(face + "/") for face in FACES)
    return (
        on_face
        and "hx-request" not in request.headers
        and "text/html" in request.headers.get("accept", "")
    )


def to_sign_in(request: Request) -> Response:
    """To the sign-in page; a page that was only to be read is come back to."""
    if request.url.path.startswith("/carrier"):
        return RedirectResponse("/carrier/sign-in", 303)
    is_form = request.method == "POST"
    back = page_behind(request) if is_form else request.url.path
    query = "" if back == HOME else f"?{urlencode({'next': back})}"
    answer = RedirectResponse(f"{SIGN_IN}{query}", 303)
    if is_form:
        unsent.keep(request, request.app.state.kernel, answer, back)
    return answer


def page_behind(request: Request) -> str:
    """The page of the console that a form stood on: our own address of it, else the start page."""
    came = urlsplit(request.headers.get("referer", ""))
    own = came.netloc == request.headers.get("host") and came.path.startswith(HOME)
    return came.path if own else HOME


def _described(error: Exception) -> tuple[int, str | None]:
    if isinstance(error, TooLongError):
        return error.status, said_of(error)
    if isinstance(error, EgateError):
        return error.status, error.detail
    if isinstance(error, HTTPException):
        return error.status_code, None
    return 422, None


def error_page(request: Request, status: int, detail: str | None = None) -> Response:
    """A page that says what happened and where to go on."""
    if request.url.path.startswith("/declare"):
        return traveller_error_page(request, status)
    title, advice = WORDS.get(status, WORDS[500])
    return _said(request, status, title, detail or advice, _home(request))


def _own_way_first(request: Request, error: OwnWayError) -> Response:
    """Why this session does not do, and the page where an officer sets up his own way."""
    advice = N_(
        "This session was opened with a code that an administrator made, so nothing is signed in it. Add a passkey or a"
        " password of your own, sign in with it, then do this again."
    )
    return _said(request, error.status, error.title, advice, MY_SIGN_IN)


def _said(request: Request, status: int, title: str, advice: str, to: str) -> Response:
    context = {
        "title": gettext(title), "advice": gettext(advice), "status": status, "home": to,
        "reference": request_id(request),
    }  # fmt: skip
    return page("error.html", context, status=status)


def _home(request: Request) -> str:
    return "/carrier/" if request.url.path.startswith("/carrier") else "/console"
