"""Pages of other origins may not press the buttons of a device: any browser of the house can reach its port.

A browser says where a request comes from (``Sec-Fetch-Site``, ``Origin``); programs say nothing, and are no page.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""The device's own page, or whoever sits before the browser (the address bar)."""


def is_foreign(headers: Headers) -> bool:
    """Whether a page of another origin has sent this; another port of the same host is another origin."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in OWN
    return origin is not None and origin.partition("://")[2] != headers.get("host")


class OwnOrigin:
    """Refuses with 403 what would change something and comes from a foreign page; whatever route it is for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "http" and scope["method"] not in SAFE
        if not changes or not is_foreign(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await PlainTextResponse("foreign origin", status_code=403)(scope, receive, send)
