"""What every way of signing in ends in: a session under a new token, its cookie, and what the browser keeps of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.identity import sessions, slowing
from app.identity.http import cookie_name, signed_in
from app.identity.models import Way
from app.identity.officers import (
    Proof,
    SignedIn,
    SignInError,
    find_session,
    open_session,
    sign_out,
)
from app.identity.ways import ways_of
from app.kernel.errors import UnauthenticatedError
from app.kernel.http import Kernel, path_cookie
from app.kernel.telemetry import SIGN_INS
from app.referrals import shifts, teams
from app.web import unsent
from app.web.translation import COOKIE, COOKIE_SECONDS

HOME = "/console"
_BACK = re.compile(r"/console(?:/[a-z0-9-]+)*(?:\?[\w.~%&=+:-]*)?", re.ASCII)
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")


def whoever(request: Request, kernel: Kernel) -> SignedIn | None:
    """The officer whose session the browser shows, if one lasts."""
    try:
        return signed_in(request, kernel)
    except UnauthenticatedError:
        return None


def enter(
    kernel: Kernel,
    prove: Callable[[Session], tuple[UUID, Proof]],
    before: SignedIn | None,
) -> tuple[SignedIn, str]:
    """Who has proved himself by ``prove``, and the token of his session.

    ``before`` is who was signed in in this browser: the same officer's session goes on under another token, another
    officer's ends. Raises SignInError.
    """
    now = kernel.clock()
    with kernel.database.transaction() as session:
        officer_id, proof = prove(session)
        if before is not None and before.officer_id == officer_id:
            token = sessions.prove_again(session, before, now, proof)
        else:
            if before is not None:
                leave(session, before, kernel)
            token = open_session(session, officer_id, now, proof, ways_of(kernel).limits)
        who, _ = find_session(session, token, now)
    SIGN_INS.labels(who.way, "opened").inc()
    return who, token


@contextmanager
def noting_refusals(kernel: Kernel, way: Way) -> Iterator[None]:
    """Whatever is refused inside is counted, and noted in the trail."""
    try:
        yield
    except SignInError as error:
        SIGN_INS.labels(way, "refused").inc()
        with kernel.database.transaction() as session:
            slowing.note_refusal(session, kernel.vault, way, error.officer_id, kernel.clock())
        raise


def leave(session: Session, who: SignedIn, kernel: Kernel) -> None:
    """End the session; what the officer has claimed goes back, and the shift ends."""
    now = kernel.clock()
    shifts.leave(session, who.actor, now)
    teams.sign_off(session, who.actor, now)
    sign_out(session, who, now)


def welcome(request: Request, kernel: Kernel, who: SignedIn, token: str, answer: Response) -> None:
    """Give the browser the session, the officer's language, and the mark by which it is known next time."""
    seconds = int(ways_of(kernel).limits.absolute.total_seconds())
    set_cookie(answer, kernel, cookie_name(kernel), token, seconds)
    if who.language:
        keep_language(answer, kernel, who.language)
    known = request.cookies.get(known_name(kernel))
    mark = slowing.know(kernel.vault, known, who.officer_id, kernel.clock())
    set_cookie(answer, kernel, known_name(kernel), mark, int(slowing.KNOWN_FOR.total_seconds()))


def arrive(
    request: Request, kernel: Kernel, who: SignedIn, token: str, after: str
) -> RedirectResponse:
    """To the page that was asked for, signed in; first to what was typed when the session before was over."""
    typed = unsent.find(request, kernel, who.officer_id, kernel.clock())
    answer = RedirectResponse(unsent.ADDRESS if typed else after, 303)
    welcome(request, kernel, who, token, answer)
    return answer


def safe(after: str) -> str:
    """Only addresses of the console: a sign-in page sends nobody elsewhere."""
    return after if len(after) < 200 and _BACK.fullmatch(after) else HOME


def known_name(kernel: Kernel) -> str:
    """The cookie of a browser that officers have used before; it opens nothing."""
    return f"{cookie_name(kernel)}-known"


def browser_of(request: Request) -> str:
    """Browser and system in two words, for an officer's list of sessions; '' where it does not say."""
    said = request.headers.get("user-agent", "")
    found = [next((one for one in names if one in said), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(one for one in found if one)


def set_cookie(  # what a cookie is
    answer: Response, kernel: Kernel, name: str, value: str, seconds: int, *, lax: bool = False
) -> None:
    """A cookie for our own pages; ``lax``: another site's link may bring it along, as a provider's answer does."""
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=kernel.secure_cookies, httponly=True,
        samesite="lax" if lax else "strict",
    )  # fmt: skip


def keep_language(answer: Response, kernel: Kernel, tag: str) -> None:
    answer.set_cookie(
        path_cookie(kernel, COOKIE), tag, max_age=COOKIE_SECONDS, path="/console", secure=kernel.secure_cookies,
        httponly=True, samesite="strict",
    )  # fmt: skip
