"""Who is let in how often: a limit for each officer, device and sender, and one for each address of all others.

A caller is known by the credential with which it was let in before; until then, and without one, it counts as somebody at its
address. So strangers never use up what a known device or officer may do, not even behind one address, and what strangers cost
is limited before anything is read or looked up (ASVS 5.0, 2.4.1 and 6.3.1).
"""

import hashlib
import ipaddress
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel.errors import EgateError
from app.kernel.limits import Limiter, Rate, TooManyRequestsError, Verdict

MOST_KNOWN = 20_000
UNLIMITED = ("/health/", "/static/")
ADDRESS = "address"
NETWORK = 64
"""Whoever has one address of IPv6 has the whole /64."""


@dataclass(slots=True)
class Admission:
    """The limits of one process and whom they count. ``rates`` by kind: address, officer, device, sender."""

    rates: dict[str, Rate] = field(default_factory=dict)
    limiter: Limiter = field(default_factory=Limiter)
    _known: OrderedDict[bytes, tuple[str, str]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, credential: str, kind: str, who: object = None) -> None:
        """``credential`` was good: from now on its calls count for ``who`` alone; None: whoever it is known for, or itself."""
        key = _digest(credential)
        with self._lock:
            known = self._known.get(key) if who is None else None
            self._known[key] = known or (kind, str(who or key.hex()))
            self._known.move_to_end(key)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def forget(self, headers: Headers) -> None:
        """What was sent is refused now: whoever holds it counts for himself."""
        with self._lock:
            for credential in _credentials(headers):
                self._known.pop(_digest(credential), None)

    def caller(self, scope: Scope) -> tuple[str, str]:
        """Kind and name of whoever calls: by a known credential, else by the address."""
        for credential in _credentials(Headers(scope=scope)):
            if known := self._known.get(_digest(credential)):
                return known
        return ADDRESS, network_of(scope)


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()


def _credentials(headers: Headers) -> list[str]:
    """What could be a token: the Authorization header's, and the values of cookies."""
    found = [headers.get("authorization", "").partition(" ")[2].strip()]
    if cookie := headers.get("cookie"):
        found += [value for name, value in cookie_parser(cookie).items() if "egate" in name]
    return [one for one in found if one]


def network_of(scope: Scope) -> str:
    """The network of the client: one IPv4 address, or 64 bits of IPv6. Behind a proxy it is the server that finds the client."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, NETWORK), strict=False))
    return str(address)


def let_in(request: Request, credential: str, kind: str, who: object = None) -> None:
    """Note that ``credential`` of this request was good (see :meth:`Admission.learn`)."""
    admission: Admission = request.app.state.kernel.admission
    admission.learn(credential, kind, who)


class RateLimited:
    """Pure ASGI middleware: 429 before a byte of the body is read; what is left stands in each answer.

    ``RateLimit`` and ``RateLimit-Policy`` are those of draft-ietf-httpapi-ratelimit-headers-10, ``Retry-After`` of RFC 9110.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNLIMITED):
            await self.app(scope, receive, send)
            return
        admission: Admission = scope["app"].state.kernel.admission
        kind, who = admission.caller(scope)
        rate = admission.rates.get(kind, Rate(0))
        if not rate.calls:
            await self.app(scope, receive, send)
            return
        verdict = admission.limiter.take(f"{kind}:{who}", rate)
        said = _headers(kind, rate, verdict)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *said]
                if message["status"] == 401 and kind != ADDRESS:
                    admission.forget(Headers(scope=scope))
            await send(message)

        if verdict.allowed:
            await self.app(scope, receive, answer)
        else:
            await _refuse(scope, receive, answer, math.ceil(verdict.retry_after))


async def _refuse(scope: Scope, receive: Receive, send: Send, seconds: int) -> None:
    """As the program answers any error of its own: a page for people, a problem document for machines."""
    handle = scope["app"].exception_handlers[EgateError]
    response = handle(Request(scope, receive), TooManyRequestsError(seconds))
    response.headers["Retry-After"] = str(seconds)
    await response(scope, receive, send)


def _headers(kind: str, rate: Rate, verdict: Verdict) -> list[tuple[bytes, bytes]]:
    policy = f'"{kind}";q={rate.calls};w={math.ceil(rate.seconds)}'
    left = f'"{kind}";r={verdict.left};t={math.ceil(verdict.reset)}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]
