"""Passkeys and sessions of one's own: the page *My sign-in*, and what it and the sign-in page ask of authenticators."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.identity import passkeys, sessions
from app.identity.http import OfficerDep, cookie_name
from app.identity.officers import SignedIn, codes_made
from app.identity.passkeys import Question
from app.identity.sign_in_models import Purpose
from app.identity.ways import ways_of
from app.kernel.errors import ConflictError, EgateError, InvalidError
from app.kernel.http import Kernel, KernelDep
from app.web.console.dossier import officer_names
from app.web.console.entering import set_cookie
from app.web.console.password_form import password_form
from app.web.console.view import show
from app.web.forms import FormDep
from app.web.translation import N_, gettext

router = APIRouter(prefix="/my-sign-in")
MINE = "/console/my-sign-in"


@router.get("")
def my_sign_in(who: OfficerDep, kernel: KernelDep) -> Response:
    """The officer's passkeys and sessions."""
    return my_page(kernel, who)


@router.post("/passkeys/question")
def ask(who: OfficerDep, kernel: KernelDep) -> Response:
    """What a new authenticator is to sign (JSON), and the cookie that binds it to this browser."""
    sessions.expect_fresh(who, kernel.clock(), MINE)
    with kernel.database.transaction() as session:
        question = passkeys.ask_to_enrol(session, who, ways_of(kernel).site, kernel.clock())
    return put_question(kernel, question)


@router.post("/passkeys")
def add(request: Request, form: FormDep, who: OfficerDep, kernel: KernelDep) -> Response:
    """Keep a new passkey."""
    sessions.expect_fresh(who, kernel.clock(), MINE)
    challenge = answered(request, kernel, Purpose.ENROL, who.officer_id)
    try:
        with kernel.database.transaction() as session:
            passkeys.enrol(
                session, who, ways_of(kernel).site, challenge, form.text("credential"),
                form.text("name"), kernel.clock(),
            )  # fmt: skip
    except (InvalidError, ConflictError) as error:
        return my_page(kernel, who, error, "name", typed=form.text("name"))
    return RedirectResponse(MINE, 303)


@router.post("/passkeys/{passkey_id}/name")
def rename(passkey_id: UUID, form: FormDep, who: OfficerDep, kernel: KernelDep) -> Response:
    """Give a passkey another name."""
    try:
        with kernel.database.transaction() as session:
            passkeys.rename(session, who, passkey_id, form.text("name"), kernel.clock())
    except InvalidError as error:
        return my_page(kernel, who, error, f"name-{passkey_id}")
    return RedirectResponse(MINE, 303)


@router.post("/passkeys/{passkey_id}/remove")
def remove(passkey_id: UUID, who: OfficerDep, kernel: KernelDep) -> Response:
    """Take a passkey away."""
    sessions.expect_fresh(who, kernel.clock(), MINE)
    with kernel.database.transaction() as session:
        passkeys.remove(session, who, passkey_id, kernel.clock())
    return RedirectResponse(MINE, 303)


@router.post("/sessions/others/end")
def end_others(who: OfficerDep, kernel: KernelDep) -> Response:
    """End every session but this one."""
    with kernel.database.transaction() as session:
        sessions.end_others(session, who, kernel.clock())
    return RedirectResponse(MINE, 303)


@router.post("/sessions/{session_id}/end")
def end(session_id: UUID, who: OfficerDep, kernel: KernelDep) -> Response:
    """End one session."""
    with kernel.database.transaction() as session:
        sessions.end_session(session, who, session_id, kernel.clock())
    return RedirectResponse(MINE, 303)


# --- what authenticators are asked ----------------------------------------------------------------


def put_question(kernel: Kernel, question: Question) -> Response:
    """The options as JSON; the browser that gets them is the only one that can answer."""
    answer = Response(question.options, media_type="application/json")
    seconds = int(passkeys.CHALLENGE_LIFE.total_seconds())
    set_cookie(answer, kernel, _asked(kernel), question.browser, seconds)
    return answer


def answered(
    request: Request, kernel: Kernel, purpose: Purpose, officer_id: UUID | None
) -> bytes | None:
    """The challenge that this browser answers; it is used up, whatever comes of it. None: it was asked nothing."""
    browser = request.cookies.get(_asked(kernel), "")
    with kernel.database.transaction() as session:
        return passkeys.take_challenge(session, browser, purpose, officer_id, kernel.clock())


def _asked(kernel: Kernel) -> str:
    return f"{cookie_name(kernel)}-passkey"


def my_page(
    kernel: Kernel,
    who: SignedIn,
    error: EgateError | None = None,
    field: str = "",
    *,
    typed: str = "",
    key: str = "",
) -> Response:
    """The page *My sign-in*; ``error`` belongs to ``field``, ``key`` is that of a password's form that came back."""
    now = kernel.clock()
    with kernel.database.read() as session:
        context: dict[str, Any] = {
            "passkeys": passkeys.list_passkeys(session, who.officer_id),
            "sessions": sessions.list_sessions(session, who.officer_id, now),
            "password": password_form(session, kernel, who, key),
            "codes": codes_made(session, who.officer_id),
            "names": officer_names(session),
        }
    context |= {
        "section": "my-sign-in",
        "fresh": sessions.is_fresh(who, now),
        "site": ways_of(kernel).site,
        "problem": _said(error) if error else None,
        "field": field,
        "typed": typed,
        "longest": passkeys.LONGEST_NAME,
    }
    return show("my-sign-in.html", kernel, who, context, status=error.status if error else 200)


_WRONG = {
    ("/name", "missing"): N_("Give the passkey a name"),
    ("/name", "too_long"): N_("Give it a shorter name: at most 60 characters"),
    ("/password", "too_short"): N_("Use at least 15 characters"),
    ("/password", "too_long"): N_("Use at most 128 characters"),
    ("/password", "common"): N_(
        "This is among the first that are guessed. Take words that do not belong together"
    ),
    ("/number", "wrong"): N_(
        "This is not the number of this moment. Is the clock of your device right?"
    ),
}


def _said(error: EgateError) -> str:
    first = next(((one.pointer, one.code) for one in error.fields), None)
    return gettext(_WRONG.get(first or ("", ""), error.title))
