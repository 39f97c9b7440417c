"""What all HTTP routes share: the kernel of the running program, problem documents, request ids.

``Depends(..., scope="request")`` closes after the answer has been sent, so routes open their transaction
themselves: ``with kernel.database.transaction() as session``.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as RoutingError
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.kernel import correlation
from app.kernel.admission import Admission
from app.kernel.clock import Clock
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.kernel.errors import (
    MEDIA_TYPE,
    EgateError,
    FieldProblem,
    InvalidError,
    NotFoundError,
    TooLargeError,
    problem_document,
)
from app.kernel.live import Live
from app.kernel.stream import Broadcaster
from app.kernel.telemetry import REQUESTS, SECONDS
from app.kernel.texts import is_storable

log = structlog.get_logger(__name__)

SECURE = "__Secure-"


@dataclass(slots=True)
class Kernel:
    """The parts that every feature may use; one per running program."""

    database: Database
    vault: Vault
    clock: Clock
    live: Live
    stream: Broadcaster
    site: str
    secure_cookies: bool = True
    interchange_id: str = "EGATE"
    deny: frozenset[str] = SENSITIVE_SSR
    """Service codes that never enter (EGATE_SENSITIVE_SSR)."""
    raw_days: int = 14
    """How long transmissions are kept (EGATE_RAW_DAYS)."""
    questionnaire: str = ""
    """The key of the questionnaire chosen for the site; empty: its country's (EGATE_QUESTIONNAIRE)."""
    plain_declarations: bool = False
    """Whether declarations that are not sealed are taken (EGATE_PLAIN_DECLARATIONS)."""
    declaration_days: int = 183
    """How long declarations are kept after arrival (EGATE_DECLARATION_DAYS)."""
    snapshots: Path | None = None
    """The folder of facts snapshots (EGATE_SNAPSHOTS); None: there are none here."""
    snapshot_mask_days: int = 183
    snapshot_days: int = 1825
    backups: Path | None = None
    """The folder of backups (EGATE_BACKUPS), whose old ones the worker removes; None: there are none here."""
    backup_days: int = 14
    admission: Admission = field(default_factory=Admission)
    """Who may call how often (EGATE_LIMIT_...); without rates everybody as often as he likes."""
    api_docs: bool = True
    """Whether the description of the API is served (EGATE_API_DOCS)."""
    remembered: dict[type, object] = field(default_factory=dict)
    """What features keep in memory for this program, by its type."""


def path_cookie(kernel: Kernel, name: str) -> str:
    """The name of a cookie for part of the host: under https ``__Secure-`` keeps plain http from overwriting it."""
    return f"{SECURE}{name}" if kernel.secure_cookies else name


async def get_kernel(request: Request) -> Kernel:
    """Not ``def``: what waits for nothing needs no thread, and every route asks for this."""
    kernel: Kernel = request.app.state.kernel
    return kernel


KernelDep = Annotated[Kernel, Depends(get_kernel)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


async def expect_storable_address(request: Request) -> None:
    """A dependency of the whole program: what no text in the database can be, no address names.

    Raises NotFoundError for a NUL in the path, InvalidError for one in the query. What is no UTF-8 has become
    U+FFFD by then, so there are no surrogates.
    """
    if not is_storable(request.url.path) or not all(
        is_storable(part) for part in request.path_params.values() if isinstance(part, str)
    ):
        raise NotFoundError
    if not all(is_storable(name + value) for name, value in request.query_params.multi_items()):
        raise InvalidError(fields=[FieldProblem("/query", "bad_character")])


def problem_response(request: Request, error: EgateError) -> JSONResponse:
    return JSONResponse(
        error.problem(request_id(request)), status_code=error.status, media_type=MEDIA_TYPE
    )


def request_id(request: Request) -> str:
    """The correlation id of this request, in logs and problem documents."""
    return str(request.scope.get("egate.request_id", ""))


def install_problem_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem document: ours, FastAPI's, the router's, the unexpected."""

    @app.exception_handler(EgateError)
    def ours(request: Request, error: EgateError) -> Response:
        return problem_response(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        fields = [field_problem(e) for e in error.errors()]
        return _problem(request, "invalid", 422, "Some of this cannot be accepted", fields)

    @app.exception_handler(RoutingError)
    def routing(request: Request, error: RoutingError) -> Response:
        code, title = _ROUTING.get(error.status_code, ("http", "This request cannot be served"))
        answer = _problem(request, code, error.status_code, title)
        answer.headers.update(error.headers or {})
        return answer


_ROUTING = {
    400: ("bad-request", "This request cannot be read"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This address does not take that method"),
    413: ("too-large", "This is too large"),
    415: ("unsupported-media-type", "This kind of content is not taken here"),
}


def _problem(
    request: Request, code: str, status: int, title: str, fields: list[FieldProblem] | None = None
) -> JSONResponse:
    document = problem_document(code, status, title, request_id(request), fields=fields or ())
    return JSONResponse(document, status_code=status, media_type=MEDIA_TYPE)


def field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """An error of pydantic as place and code: a JSON pointer below body, query, path or header.

    Only integers and names of fields of ours appear in it; a key that the caller invented is replaced.
    """
    parts = [
        str(part) if isinstance(part, int) or part.isidentifier() else "*" for part in error["loc"]
    ]
    if error["type"] == "extra_forbidden":
        parts[-1] = "*"
    pointer = "".join(f"/{part}" for part in parts[:12])
    return FieldProblem(pointer, error["type"])


def body_up_to(
    limit: int, too_large: Callable[[], EgateError] = TooLargeError
) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency: the raw body, given up as soon as it is longer than ``limit`` bytes."""

    async def read(request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large()
        return bytes(body)

    return read


class RequestContext:
    """Pure ASGI middleware: request id, log line, figures, security headers; 500s without detail.

    ``https``: browsers come by it alone, and are told so (ASVS 5.0, 3.4.1).
    A body above ``max_body`` bytes is a 413, known by its announced length or found while it is read.
    """

    def __init__(self, app: ASGIApp, max_body: int, *, https: bool = False) -> None:
        self.app = app
        self.max_body = max_body
        self.headers = (*_DEFAULTS, _ONLY_HTTPS) if https else _DEFAULTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["egate.request_id"] = identifier = secrets.token_hex(8)
        with correlation.working_for(identifier):
            await self._answer(scope, receive, send, identifier)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, identifier: str) -> None:
        started, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_defaults(_on_this_host(status, message), self.headers)
            await send(message)

        try:
            await self.app(scope, self._limited(scope, receive), answer)
        except Exception as error:  # the last line of defence
            log.error("request.failed", exc_info=error)  # noqa: TRY400
            if status == 0:
                await _internal(identifier)(scope, receive, answer)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        text = dict(scope["headers"]).get(b"content-length", b"")
        announced = int(text) if text.isdigit() else 0
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.max_body or announced > self.max_body:
                raise HTTPException(413)
            return message

        return limited

    @staticmethod
    def _count(scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        REQUESTS.labels(route, status).inc()
        SECONDS.labels(route).observe(seconds)
        log.info(
            "request", method=scope["method"], route=route, status=status,
            ms=round(seconds * 1000, 1),
        )  # fmt: skip


def _route(scope: Scope) -> str:
    """The route as a whole; an included router names its own part alone."""
    route = getattr(scope.get("route"), "path", "unrouted")
    for prefix in _PREFIXES:
        if (
            scope["path"].startswith(prefix + "/")
            and route.startswith("/")
            and not route.startswith(prefix)
        ):
            return prefix + route
    return str(route)


_PREFIXES = ("/api/v1", "/console")
_DEFAULTS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


_ONLY_HTTPS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
"""For two years; RFC 6797 forbids it over plain http, so only where browsers come by https."""


def _on_this_host(status: int, message: Message) -> list[tuple[bytes, bytes]]:
    """The router's own redirect (with or without the last slash, 307) names the host as the request did: only the path is kept."""
    headers = list(message.get("headers", []))
    if status != 307:
        return headers
    return [
        (n, b"/" + v.partition(b"://")[2].partition(b"/")[2].lstrip(b"/"))
        if n.lower() == b"location"
        else (n, v)
        for n, v in headers
    ]


def _with_defaults(
    headers: Any, defaults: Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    return [*headers, *((n, v) for n, v in defaults if n not in present)]


def _internal(identifier: str) -> JSONResponse:
    document = problem_document("internal", 500, "Something went wrong", identifier)
    return JSONResponse(document, status_code=500, media_type=MEDIA_TYPE)
