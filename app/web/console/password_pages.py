"""Signing in by password and one-time number, where the installation takes them; setting and removing one's own.

Wrong attempts slow the login at the network they come from, and everybody's from unknown browsers together. Whoever has
signed in with this browser before is not slowed, and no other way in ever is: nobody is locked out by others' guesses.
"""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity import passwords, sessions, slowing
from app.identity.http import OfficerDep, check_origin
from app.identity.models import Way
from app.identity.officers import Proof, SignInError
from app.identity.passwords import Candidate
from app.identity.ways import ways_of
from app.kernel.errors import ConflictError, InvalidError, NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.kernel.limits import TooManyRequestsError
from app.kernel.telemetry import SIGN_INS
from app.web.console.entering import (
    arrive,
    browser_of,
    enter,
    known_name,
    noting_refusals,
    safe,
    whoever,
)
from app.web.console.passkey_pages import MINE, my_page
from app.web.console.password_form import opened
from app.web.console.session import sign_in_page
from app.web.forms import Fields, FormDep
from app.web.translation import gettext


async def expect_passwords(kernel: KernelDep) -> None:
    """These addresses are there only where passwords are taken."""
    if not ways_of(kernel).passwords:
        raise NotFoundError


router = APIRouter(dependencies=[Depends(expect_passwords)])


@router.post("/sign-in/password")
def sign_in_by_password(request: Request, form: FormDep, kernel: KernelDep) -> Response:
    """Exchange login, password and number for a session cookie."""
    check_origin(request)
    after = safe(form.text("next"))
    try:
        with noting_refusals(kernel, Way.PASSWORD):
            candidate = _attempt(request, form, kernel)

            def prove(session: Session) -> tuple[UUID, Proof]:
                number, now = form.text("number"), kernel.clock()
                proved = passwords.prove(session, candidate, number, now)
                return proved, Proof(Way.PASSWORD, browser_of(request))

            who, token = enter(kernel, prove, whoever(request, kernel))
    except (SignInError, TooManyRequestsError) as error:
        return sign_in_page(
            request, kernel, after, _said(error), field="login", status=error.status,
            login=form.text("login"),
        )  # fmt: skip
    _forgive(request, form, kernel, who.officer_id)
    return arrive(request, kernel, who, token, after)


@router.post("/my-sign-in/password")
def put_password(form: FormDep, who: OfficerDep, kernel: KernelDep) -> Response:
    """Set a password, once a number has shown that the officer's device has the key."""
    now = kernel.clock()
    sessions.expect_fresh(who, now, MINE)
    key, password = opened(kernel, who, form.text("key")), form.text("password")
    try:
        passwords.judge(who, password)
        kept = passwords.hashed(password)
        with kernel.database.transaction() as session:
            passwords.put(session, who, kept, key, form.text("number"), now)
    except (InvalidError, ConflictError) as error:
        field = error.fields[0].pointer[1:] if error.fields else ""
        return my_page(kernel, who, error, field, key=form.text("key"))
    return RedirectResponse(MINE, 303)


@router.post("/my-sign-in/password/remove")
def remove_password(who: OfficerDep, kernel: KernelDep) -> Response:
    """Take the password away."""
    now = kernel.clock()
    sessions.expect_fresh(who, now, MINE)
    with kernel.database.transaction() as session:
        passwords.remove(session, who, now)
    return RedirectResponse(MINE, 303)


def _attempt(request: Request, form: Fields, kernel: Kernel) -> Candidate:
    """Whose password this is. Raises SignInError, TooManyRequestsError; for no login sooner than for a wrong password."""
    now = kernel.clock()
    with kernel.database.transaction() as session:
        candidate = passwords.find_candidate(session, form.text("login"))
        rates = _rates(request, form, kernel, candidate.officer_id)
        taken = all(slowing.take(session, *rate, now) for rate in rates)
    if not taken:
        SIGN_INS.labels(Way.PASSWORD, "slowed").inc()
        raise TooManyRequestsError(60)
    if not passwords.fits(candidate, form.text("password")):
        raise SignInError(candidate.officer_id)
    return candidate


def _forgive(request: Request, form: Fields, kernel: Kernel, officer_id: UUID) -> None:
    """The attempt was right: the login's wrong ones before it are forgotten, and it does not count for everybody."""
    of_login, *of_all = _rates(request, form, kernel, officer_id)
    with kernel.database.transaction() as session:
        slowing.give_back(session, *of_login, whole=True)
        for one in of_all:
            slowing.give_back(session, *one)


def _rates(
    request: Request, form: Fields, kernel: Kernel, officer_id: UUID | None
) -> tuple[slowing.Counted, ...]:
    """What an attempt counts against: in a browser that the officer has used before, that alone."""
    cookie = request.cookies.get(known_name(kernel))
    if officer_id in slowing.known_officers(kernel.vault, cookie, kernel.clock()):
        return ((slowing.common_key(kernel.vault, f"known/{officer_id}"), slowing.PAIR),)
    address = request.client.host if request.client else ""
    pair = slowing.pair_key(kernel.vault, form.text("login"), address)
    everybody = slowing.common_key(kernel.vault, "everybody")
    return (pair, slowing.PAIR), (everybody, slowing.EVERYBODY)


def _said(error: SignInError | TooManyRequestsError) -> str:
    if isinstance(error, TooManyRequestsError):
        return gettext(
            "There were too many wrong attempts. Wait a minute, or use another way: those are not slowed"
        )
    return gettext(
        "Login, password and number do not fit. Each number works once, for half a minute"
    )
