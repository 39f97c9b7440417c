"""Signing in at an OIDC provider: there, back, out again; and the provider's own word that somebody has signed out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.audit.log import SYSTEM
from app.identity import sessions
from app.identity.http import cookie_name
from app.identity.models import Way
from app.identity.officers import Proof, SignedIn, SignInError, find_session_by_id
from app.identity.oidc import flow, links, tokens
from app.identity.oidc.flow import Journey
from app.identity.oidc.metadata import ProviderUnavailableError, Published
from app.identity.oidc.tokens import Account, TokenRefusedError
from app.identity.ways import ways_of
from app.kernel.errors import EgateError
from app.kernel.http import Kernel, KernelDep
from app.kernel.texts import N_
from app.web.console.entering import (
    HOME,
    browser_of,
    enter,
    noting_refusals,
    safe,
    set_cookie,
    welcome,
    whoever,
)
from app.web.console.session import sign_in_page
from app.web.forms import FormDep
from app.web.pages import page
from app.web.translation import gettext

router = APIRouter(prefix="/sign-in/oidc/{key}")


class LogoutTokenError(EgateError):
    """A logout token that is not this provider's, or does not say whom it means (OIDC Back-Channel Logout 2.8)."""

    code, status, title = "logout-token", 400, N_("This logout token cannot be used")


@router.get("")
def leave_for_provider(
    key: str,
    request: Request,
    kernel: KernelDep,
    after: Annotated[str, Query(alias="next", max_length=300)] = "",
    again: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """To the provider; what is asked there travels in a sealed cookie."""
    published = ways_of(kernel).provider(key)
    who = whoever(request, kernel) if again else None
    journey = flow.begin(key, safe(after), kernel.clock(), who.session_id if who else None)
    try:
        there = flow.address_to_ask(published, journey, _back(kernel, key))
    except ProviderUnavailableError as error:
        return sign_in_page(
            request, kernel, safe(after), _unreachable(published), field="", status=error.status
        )
    answer = RedirectResponse(there, 303)
    sealed = flow.seal(kernel.vault, journey)
    seconds = int(flow.LIFE.total_seconds())
    set_cookie(answer, kernel, _cookie(kernel), sealed, seconds, lax=True)
    return answer


@router.get("/back")
def come_back(key: str, request: Request, kernel: KernelDep) -> Response:
    """From the provider, with a code or a refusal.

    The answer is a page that goes on by itself: browsers would keep a strict cookie from a redirect that another site
    began.
    """
    published = ways_of(kernel).provider(key)
    after, said, status = HOME, "", 401
    try:
        with noting_refusals(kernel, Way.OIDC):
            journey = _journey(request, kernel, key)
            after = journey.back
            who, token = _enter(request, kernel, published, journey)
    except ProviderUnavailableError as error:
        said, status = _unreachable(published), error.status
    except SignInError:
        said = gettext(
            "%(title)s has not opened a session. Try again; if your account is new here, ask your administrator to link it",
            title=published.provider.title,
        )
    answer: Response
    if said:
        answer = sign_in_page(request, kernel, after, said, field="", status=status)
    else:
        answer = page("console/signed-in.html", {"after": after})
        welcome(request, kernel, who, token, answer)
    set_cookie(answer, kernel, _cookie(kernel), "", 0, lax=True)
    return answer


@router.get("/out")
def leave_there(key: str, kernel: KernelDep) -> Response:
    """To the provider's own sign-out, which asks and comes back."""
    published = ways_of(kernel).provider(key)
    back = ways_of(kernel).address(f"{HOME}/sign-in")
    return RedirectResponse(flow.address_to_sign_out(published, back) or f"{HOME}/sign-in", 303)


@router.post("/logout")
def ended_there(key: str, form: FormDep, kernel: KernelDep) -> Response:
    """The provider says that somebody has signed out there: his sessions end here (Back-Channel Logout 2.5)."""
    published, now = ways_of(kernel).provider(key), kernel.clock()
    try:
        subject, session_there = tokens.read_logout_token(published, form.text("logout_token"), now)
    except TokenRefusedError as error:
        raise LogoutTokenError from error
    with kernel.database.transaction() as session:
        officer_id = links.officer_by_subject(session, key, subject) if subject else None
        if officer_id is not None or session_there is not None:
            sessions.end_at_provider(
                session, SYSTEM, key, now, officer_id=officer_id, provider_session=session_there
            )
    return Response(status_code=200)


def _journey(request: Request, kernel: Kernel, key: str) -> Journey:
    journey = flow.unseal(kernel.vault, request.cookies.get(_cookie(kernel)), kernel.clock())
    if journey.provider != key:
        raise SignInError
    return journey


def _enter(
    request: Request, kernel: Kernel, published: Published, journey: Journey
) -> tuple[SignedIn, str]:
    """Raises SignInError, ProviderUnavailableError."""
    key, now = published.provider.key, kernel.clock()
    try:
        account = flow.finish(
            published, journey, dict(request.query_params), _back(kernel, key), now
        )
    except TokenRefusedError as error:
        raise SignInError from error

    def prove(session: Session) -> tuple[UUID, Proof]:
        officer_id = links.officer_of(session, key, account, now)
        return officer_id, _proof(request, key, account)

    return enter(kernel, prove, _before(request, kernel, journey))


def _proof(request: Request, key: str, account: Account) -> Proof:
    return Proof(Way.OIDC, browser_of(request), key, account.session)


def _before(request: Request, kernel: Kernel, journey: Journey) -> SignedIn | None:
    """Who was signed in when the journey began: the strict cookie did not come along."""
    if journey.session_id is None:
        return whoever(request, kernel)
    with kernel.database.read() as session:
        return find_session_by_id(session, journey.session_id, kernel.clock())


def _unreachable(published: Published) -> str:
    return gettext(
        "%(title)s cannot be reached at the moment. Try again, or use another way",
        title=published.provider.title,
    )


def _back(kernel: Kernel, key: str) -> str:
    return ways_of(kernel).address(f"{HOME}/sign-in/oidc/{key}/back")


def _cookie(kernel: Kernel) -> str:
    return f"{cookie_name(kernel)}-oidc"
