"""Who is calling: dependencies of the routes.

Officers come with a session cookie (and, on unsafe methods, from our own pages only), devices and senders
with a bearer token. Each dependency opens and closes a read of its own, so an event stream holds no
connection.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from app.identity import scope, sight
from app.identity.devices import EnrolledDevice, find_device
from app.identity.grants import Grant
from app.identity.kept import sessions_of
from app.identity.officers import Opened, SignedIn, find_session, mark_seen, read_session
from app.identity.permissions import OF_ALL_PLACES, Permission
from app.identity.scopes import Scope
from app.identity.sender_tokens import find_bearer, mark_used
from app.identity.senders import KnownSender, find_sender, known
from app.kernel.admission import let_in
from app.kernel.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.kernel.http import Kernel, KernelDep
from app.kernel.texts import N_

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteError(ForbiddenError):
    """A state-changing request that did not come from our own pages."""

    code, status, title = "cross-site", 403, N_("This request did not come from our pages")


class ScopeMissingError(ForbiddenError):
    """The token was not made for this; ``detail`` names the scope that is needed."""

    code, status, title = "scope-missing", 403, N_("This token was not made for that")


def cookie_name(kernel: Kernel) -> str:
    """``__Host-`` binds the cookie to this host, but needs https."""
    return "__Host-egate" if kernel.secure_cookies else "egate"


def bearer(request: Request) -> str:
    """The token of the Authorization header. Raises :class:`UnauthenticatedError`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError
    return token.strip()


def signed_in(request: Request, kernel: KernelDep) -> SignedIn:
    """The officer behind the session cookie. What a page fetches by itself does not keep a session alive."""
    token = request.cookies.get(cookie_name(kernel))
    if not token:
        raise UnauthenticatedError
    if request.method not in SAFE:
        check_origin(request)
    now = kernel.clock()
    kept = sessions_of(kernel.live)

    def read() -> Opened:
        with kernel.database.read() as session:
            return read_session(session, token, now)

    if request.method in SAFE and "hx-request" in request.headers:
        return kept.find(token, now, read).who
    kept.forget(token)
    opened = read()
    let_in(request, token, "officer", opened.who.actor.id)
    if opened.is_stale(now):
        with kernel.database.transaction() as session:
            mark_seen(session, opened.who.session_id, now)
    return opened.who


def still_signed_in(kernel: Kernel, token: str, permission: Permission) -> bool:
    """Whether a session lasts and still allows ``permission``; asking does not prolong it."""
    try:
        with kernel.database.read() as session:
            who, _ = find_session(session, token, kernel.clock())
    except UnauthenticatedError:
        return False
    return who.may(permission)


def check_origin(request: Request) -> None:
    """Refuse requests of other sites: Sec-Fetch-Site where the browser sends it, else Origin."""
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        if fetched_from not in ("same-origin", "none"):
            raise CrossSiteError
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise CrossSiteError


async def in_scope(
    request: Request, kernel: KernelDep, who: Annotated[SignedIn, Depends(signed_in)]
) -> SignedIn:
    """The officer with those grants alone that reach all that the address names; the request is bound to them.

    Not ``def``: a thread would bind what nobody sees. Who has grants, and none that reaches it, is told that there is
    nothing. Raises NotFoundError.
    """
    if any(scope.Scope.of([one]) != scope.UNLIMITED for one in who.grants):
        grants = await run_in_threadpool(_covering, kernel, who, request)
        if not grants:
            raise NotFoundError
        who = replace(who, grants=grants)
    _bind(request, kernel, who, who.grants)
    return who


def _covering(kernel: Kernel, who: SignedIn, request: Request) -> tuple[Grant, ...]:
    with kernel.database.read() as session:
        return scope.covering(session, who.grants, request.url.path, request.path_params)


def _bind(request: Request, kernel: Kernel, who: SignedIn, grants: Sequence[Grant]) -> None:
    """Narrow the request to the places, purposes and fields of those grants."""
    scope.bind(scope.Scope.of(grants), reading=request.method in SAFE)
    sight.bind(sight.Sight.of(grants, who.opened_at(kernel.clock())))


OfficerDep = Annotated[SignedIn, Depends(in_scope)]


def require(permission: Permission) -> Callable[[Request, Kernel, SignedIn], Awaitable[SignedIn]]:
    """A dependency: the signed-in officer, if the permission table allows ``permission``, where his grants do.

    It raises ForbiddenError and OwnWayError.
    """

    async def check(request: Request, kernel: KernelDep, who: OfficerDep) -> SignedIn:
        who.expect(permission)  # it needs no thread
        _bind(request, kernel, who, [one for one in who.grants if one.allows(permission)])
        if permission in OF_ALL_PLACES:
            scope.bind(scope.UNLIMITED, reading=False)
        return who

    check.permission = permission  # type: ignore[attr-defined]  # the API's description reads it
    return check


def enrolled_device(request: Request, kernel: KernelDep) -> EnrolledDevice:
    """The device behind a bearer token."""
    token = bearer(request)
    with kernel.database.read() as session:
        device = find_device(session, token, kernel.clock())
    let_in(request, token, "device", device.id)
    return device


def still_enrolled(kernel: Kernel, token: str) -> bool:
    """Whether a device's token is good."""
    try:
        with kernel.database.read() as session:
            find_device(session, token, kernel.clock())
    except UnauthenticatedError:
        return False
    return True


def known_sender(request: Request, kernel: KernelDep) -> KnownSender:
    """The sender behind a bearer token, whatever the token is good for."""
    text, now = bearer(request), kernel.clock()
    with kernel.database.read() as session:
        found = find_bearer(session, text, now)
        if found is None:
            raise UnauthenticatedError
        sender, token_id, is_stale = known(found), found.token.id, found.is_stale(now)
    if is_stale:
        with kernel.database.transaction() as session:
            mark_used(session, token_id, now)
    let_in(request, text, "sender", sender.id)
    return sender


def sender_for(scope: Scope) -> Callable[..., Awaitable[KnownSender]]:
    """A dependency: the sender behind a token that was made for ``scope``."""

    async def check(sender: Annotated[KnownSender, Depends(known_sender)]) -> KnownSender:
        return expect_scope(sender, scope)

    check.scope = scope  # type: ignore[attr-defined]  # the API's description reads it
    return check


def officer_or_sender(
    permission: Permission, scope: Scope
) -> Callable[[Request, Kernel], KnownSender | SignedIn]:
    """A dependency: a sender by a token for ``scope``, or an officer who has ``permission``."""

    def check(request: Request, kernel: KernelDep) -> KnownSender | SignedIn:
        if "authorization" in request.headers:
            return expect_scope(known_sender(request, kernel), scope)
        officer = signed_in(request, kernel)
        officer.expect(permission)
        return officer

    check.permission, check.scope = permission, scope  # type: ignore[attr-defined]
    return check


def expect_scope(sender: KnownSender, scope: Scope) -> KnownSender:
    """The sender, if its token was made for ``scope``. Raises ScopeMissingError."""
    if scope not in sender.scopes:
        raise ScopeMissingError(f"needs {scope}")
    return sender


def still_known(kernel: Kernel, token: str, scope: Scope) -> bool:
    """Whether a sender's token is good for ``scope``."""
    try:
        with kernel.database.read() as session:
            return scope in find_sender(session, token, kernel.clock()).scopes
    except UnauthenticatedError:
        return False


DeviceDep = Annotated[EnrolledDevice, Depends(enrolled_device)]
