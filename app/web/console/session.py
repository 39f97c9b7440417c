"""Signing in with a one-time code or a passkey, and out; the language of the console."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity import passkeys
from app.identity.http import check_origin, cookie_name, signed_in
from app.identity.models import Density, Way
from app.identity.officers import (
    Proof,
    SignedIn,
    SignInError,
    choose_density,
    choose_language,
    take_code,
)
from app.identity.sign_in_models import Purpose
from app.identity.ways import ways_of
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.web import unsent
from app.web.console.entering import (
    HOME,
    arrive,
    browser_of,
    enter,
    keep_language,
    leave,
    noting_refusals,
    safe,
    set_cookie,
    whoever,
)
from app.web.console.passkey_pages import answered, put_question
from app.web.forms import FormDep
from app.web.pages import page
from app.web.translation import LANGUAGES, gettext

router = APIRouter()

_GROUP = 5


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    kernel: KernelDep,
    after: Annotated[str, Query(alias="next", max_length=300)] = "",
    again: Annotated[str, Query(max_length=1)] = "",
    out: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The sign-in page; whoever is signed in goes on, but ``again``, where he is to prove once more who he is.

    ``out``: the provider whose account has just been signed out here, and not yet there.
    """
    if whoever(request, kernel) is not None and not again:
        return RedirectResponse(safe(after), 303)
    still_there = ways_of(kernel).providers.get(out)
    return sign_in_page(request, kernel, safe(after), still_there=still_there)


@router.post("/sign-in")
def do_sign_in(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Exchange the code for a session cookie."""
    check_origin(request)
    after = safe(form.text("next"))
    code = tidy(form.text("code"))
    if not code:
        return sign_in_page(request, kernel, after, gettext("Enter your one-time code"), status=422)

    def prove(session: Session) -> tuple[UUID, Proof]:
        return take_code(session, code, kernel.clock(), browser_of(request))

    try:
        with noting_refusals(kernel, Way.CODE):
            who, token = enter(kernel, prove, whoever(request, kernel))
    except SignInError as error:
        said = gettext(
            "This code does not open a session. It may be mistyped, used or older than 15 minutes"
        )
        return sign_in_page(request, kernel, after, said, status=error.status)
    return arrive(request, kernel, who, token, after)


@router.post("/sign-in/passkey/question")
def ask_passkey(request: Request, kernel: KernelDep) -> Response:
    """What the browser's authenticator is to sign (JSON), and the cookie that binds it to this browser."""
    check_origin(request)
    with kernel.database.transaction() as session:
        question = passkeys.ask_to_sign_in(session, ways_of(kernel).site, kernel.clock())
    return put_question(kernel, question)


@router.post("/sign-in/passkey")
def sign_in_by_passkey(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Exchange what the authenticator signed for a session cookie."""
    check_origin(request)
    after = safe(form.text("next"))
    challenge = answered(request, kernel, Purpose.SIGN_IN, None)

    def prove(session: Session) -> tuple[UUID, Proof]:
        site, answer = ways_of(kernel).site, form.text("credential")
        proved = passkeys.prove(session, site, challenge, answer, kernel.clock())
        return proved, Proof(Way.PASSKEY, browser_of(request))

    try:
        with noting_refusals(kernel, Way.PASSKEY):
            who, token = enter(kernel, prove, whoever(request, kernel))
    except SignInError as error:
        said = gettext("This passkey does not open a session. Try again, or use another way")
        return sign_in_page(
            request, kernel, after, said, field="passkey-button", status=error.status
        )
    return arrive(request, kernel, who, token, after)


@router.post("/language")
def change_language(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Show the console in another language: here by a cookie, elsewhere by the officer's row."""
    check_origin(request)
    tag = form.text("language")
    if tag not in LANGUAGES:
        raise InvalidError(fields=[FieldProblem("/language", "unknown")])
    who = whoever(request, kernel)
    if who is not None:
        with kernel.database.transaction() as session:
            choose_language(session, who, tag, kernel.clock())
    answer = RedirectResponse(safe(form.text("next")), 303)
    keep_language(answer, kernel, tag)
    return answer


@router.get("/unsent")
def show_unsent(
    request: Request, who: Annotated[SignedIn, Depends(signed_in)], kernel: KernelDep
) -> Response:
    """What the officer typed when the session was over, to be looked at and sent; it is shown once."""
    found = unsent.find(request, kernel, who.officer_id, kernel.clock())
    answer = unsent.again(found) if found else RedirectResponse(HOME, 303)
    unsent.forget(answer, kernel)
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
    return RedirectResponse(safe(form.text("next")), 303)


@router.post("/sign-out")
def do_sign_out(
    who: Annotated[SignedIn, Depends(signed_in)], kernel: KernelDep
) -> RedirectResponse:
    """End the session, here and on the server; what the officer has claimed goes back, and the shift ends.

    The browser forgets the session's cookie and all that it had kept of pages. It keeps the language, and the mark by
    which an officer who has been here is not slowed when others guess his password.
    """
    with kernel.database.transaction() as session:
        leave(session, who, kernel)
    there = f"?out={who.provider}" if who.provider in ways_of(kernel).providers else ""
    answer = RedirectResponse(f"{HOME}/sign-in{there}", 303)
    set_cookie(answer, kernel, cookie_name(kernel), "", 0)
    # not "storage": on one host name, a traveller's own declarations live there
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def sign_in_page(  # what the page is told
    request: Request,
    kernel: Kernel,
    after: str,
    error: str | None = None,
    *,
    field: str = "code",
    status: int = 200,
    **more: Any,
) -> Response:
    """The sign-in page with the ways that there are; ``error`` belongs to ``field``."""
    ways, who = ways_of(kernel), whoever(request, kernel)
    context = {
        "next": after, "error": error, "wrong": field if error else None, "ways": ways,
        "again": who, "still_there": None,
        "login": "",
    }  # fmt: skip
    return page("console/sign-in.html", context | more, status=status)


def tidy(text: str) -> str:
    """A code as it is stored, however it was typed: capitals, groups of five."""
    letters = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))
