"""Signing in with a one-time code, and out; the language of the console."""

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app.identity.http import check_origin, cookie_name, signed_in
from app.identity.models import Density
from app.identity.officers import (
    ABSOLUTE,
    SignedIn,
    SignInError,
    choose_density,
    choose_language,
    find_session,
    sign_in,
    sign_out,
)
from app.kernel.errors import FieldProblem, InvalidError, UnauthenticatedError
from app.kernel.http import Kernel, KernelDep
from app.referrals import shifts, teams
from app.web.forms import FormDep
from app.web.pages import page
from app.web.translation import COOKIE, COOKIE_SECONDS, LANGUAGES, gettext

router = APIRouter()

HOME = "/console"
_BACK = re.compile(r"/console(?:/[a-z0-9-]+)*(?:\?[\w.~%&=+:-]*)?", re.ASCII)
_GROUP = 5


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    kernel: KernelDep,
    after: Annotated[str, Query(alias="next")] = "",
    tag: Annotated[str, Query(alias="language", max_length=20)] = "",
) -> Response:
    """The sign-in page; whoever is signed in goes on. ``language``: what was read before the cookies were cleared."""
    if tag in LANGUAGES:
        answer = RedirectResponse(f"{HOME}/sign-in", 303)
        _keep_language(answer, kernel, tag)
        return answer
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
        return _again(after, gettext("Enter your one-time code"), 422)
    try:
        with kernel.database.transaction() as session:
            token = sign_in(session, code, kernel.clock())
            who, _ = find_session(session, token, kernel.clock())
    except SignInError as error:
        said = gettext(
            "This code does not open a session. It may be mistyped, used or older than 15 minutes"
        )
        return _again(after, said, error.status)
    answer = RedirectResponse(after, 303)
    _set_cookie(answer, kernel, token, int(ABSOLUTE.total_seconds()))
    if who.language:
        _keep_language(answer, kernel, who.language)
    return answer


@router.post("/language")
def change_language(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Show the console in another language: here by a cookie, elsewhere by the officer's row."""
    check_origin(request)
    tag = form.text("language")
    if tag not in LANGUAGES:
        raise InvalidError(fields=[FieldProblem("/language", "unknown")])
    try:
        who = signed_in(request, kernel)
    except UnauthenticatedError:
        who = None
    if who is not None:
        with kernel.database.transaction() as session:
            choose_language(session, who, tag, kernel.clock())
    answer = RedirectResponse(_safe(form.text("next")), 303)
    _keep_language(answer, kernel, tag)
    return answer


@router.post("/density")
def change_density(
    form: FormDep, who: Annotated[SignedIn, Depends(signed_in)], kernel: KernelDep
) -> Response:
    """Rows closer together or further apart, on every page and wherever the officer signs in next."""
    wanted = form.text("density")
    if wanted not in set(Density):
        raise InvalidError(fields=[FieldProblem("/density", "unknown")])
    with kernel.database.transaction() as session:
        choose_density(session, who, Density(wanted), kernel.clock())
    return RedirectResponse(_safe(form.text("next")), 303)


@router.post("/sign-out")
def do_sign_out(
    request: Request, who: Annotated[SignedIn, Depends(signed_in)], kernel: KernelDep
) -> RedirectResponse:
    """End the session, here and on the server; what the officer has claimed goes back, and the shift ends.

    All cookies are cleared; the next page's address says which language to keep.
    """
    now = kernel.clock()
    with kernel.database.transaction() as session:
        shifts.leave(session, who.actor, now)
        teams.sign_off(session, who.actor, now)
        sign_out(session, who, now)
    tag = request.cookies.get(COOKIE)
    kept = "?" + urlencode({"language": tag}) if tag in LANGUAGES else ""
    answer = RedirectResponse(f"{HOME}/sign-in{kept}", 303)
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


def _keep_language(answer: Response, kernel: Kernel, tag: str) -> None:
    answer.set_cookie(
        COOKIE, tag, max_age=COOKIE_SECONDS, path="/console", secure=kernel.secure_cookies,
        httponly=True, samesite="strict",
    )  # fmt: skip
