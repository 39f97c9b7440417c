"""HEAD on pages, health and figures: what GET would say, without the body (RFC 9110 section 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ELSEWHERE = ("/api/", "/static/")
"""Machines ask the API by its documented methods, and one of its answers never ends; files do it themselves."""


class HeadAsGet:
    """Pure ASGI middleware: routes see a GET, whoever asked sees no body. Below RequestContext."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD" or scope["path"].startswith(ELSEWHERE):
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        inner = {**scope, "method": "GET"}  # a copy: the server must know that no body follows
        try:
            await self.app(inner, receive, send_head)
        finally:
            scope["route"] = inner.get("route")  # for the figures
