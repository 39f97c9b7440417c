"""Errors of the traveller's page in the traveller's language, with what to do next."""

from fastapi import Request
from starlette.responses import Response

from app.kernel.http import request_id
from app.web.pages import page
from app.web.traveller.words import catalogue, negotiate


def error_page(request: Request, status: int) -> Response:
    """What happened and where to go on; never what was sent."""
    language = request.url.path.removeprefix("/declare").strip("/").partition("/")[0]
    if language not in catalogue():
        language = negotiate(request.headers.get("accept-language", ""))
    context = {
        "w": catalogue()[language], "catalogue": catalogue(), "base": f"/declare/{language}",
        "here": "", "step": None, "problems": {}, "notices": (), "message": _message(status),
        "status": status, "reference": request_id(request),
    }  # fmt: skip
    return page("traveller/error.html", context, status=status)


def _message(status: int) -> str:
    if status == 404:
        return "page_missing"
    return "page_later" if status >= 500 else "page_refused"
