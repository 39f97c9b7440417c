"""Signing in with a one-time code, and out."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app.identity.http import check_origin, cookie_name, signed_in
from app.identity.officers import ABSOLUTE, SignedIn, SignInError, sign_in, sign_out
from app.kernel.errors import UnauthenticatedError
from app.kernel.http import Kernel, KernelDep
from app.referrals import shifts, teams
from app.web.forms import FormDep
from app.web.pages import page

router = APIRouter()

HOME = "/console"
_BACK = re.compile(r"/console(?:/[a-z0-9-]+)*")
_GROUP = 5


@router.get("/sign-in")
def show_sign_in(
    request: Request, kernel: KernelDep, after: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """The sign-in page; whoever is signed in goes on."""
    try:
        signed_in(request, kernel)
    except UnauthenticatedError:
        return page("console/sign-in.html", {"next": _safe(after), "error": None})
    return RedirectResponse(_safe(after), 303)


@router.post("/sign-in")
def do_sign_in(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Exchange the code for a session cookie."""
    check_origin(request)
    after = _safe(form.text("next"))
    code = tidy(form.text("code"))
    if not code:
        return _again(after, "Enter your one-time code", 422)
    try:
        with kernel.database.transaction() as session:
            token = sign_in(session, code, kernel.clock())
    except SignInError as error:
        said = (
            "This code does not open a session. It may be mistyped, used or older than 15 minutes"
        )
        return _again(after, said, error.status)
    answer = RedirectResponse(after, 303)
    _set_cookie(answer, kernel, token, int(ABSOLUTE.total_seconds()))
    return answer


@router.post("/sign-out")
def do_sign_out(
    who: Annotated[SignedIn, Depends(signed_in)], kernel: KernelDep
) -> RedirectResponse:
    """End the session, here and on the server; what the officer has claimed goes back, and the shift ends."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        shifts.leave(session, who.actor, now)
        teams.sign_off(session, who.actor, now)
        sign_out(session, who, now)
    answer = RedirectResponse(f"{HOME}/sign-in", 303)
    _set_cookie(answer, kernel, "", 0)
    # not "storage": on one host name, a traveller's own declarations live there
    answer.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return answer


def tidy(text: str) -> str:
    """A code as it is stored, however it was typed: capitals, groups of five."""
    letters = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def _again(after: str, error: str, status: int) -> Response:
    return page("console/sign-in.html", {"next": after, "error": error}, status=status)


def _safe(after: str) -> str:
    """Only addresses of the console: a sign-in page sends nobody elsewhere."""
    return after if len(after) < 200 and _BACK.fullmatch(after) else HOME


def _set_cookie(answer: Response, kernel: Kernel, token: str, seconds: int) -> None:
    answer.set_cookie(
        cookie_name(kernel), token, max_age=seconds, path="/", secure=kernel.secure_cookies,
        httponly=True, samesite="strict",
    )  # fmt: skip
