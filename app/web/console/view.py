"""What every page of the console shares: who looks, when, what he may do."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from app.identity.officers import SignedIn
from app.kernel.http import Kernel
from app.notices.board import board_of
from app.notices.models import Audience
from app.referrals.waivers import is_due
from app.web.console import words
from app.web.console.fragments import Viewer
from app.web.console.hits import title_of
from app.web.console.moments import Moments
from app.web.pages import environment, page
from app.web.translation import said_in

environment.globals["words"] = words
environment.globals["inspection_due"] = is_due
environment.globals["title_of"] = title_of
environment.globals["said_in"] = said_in


def moments(kernel: Kernel, who: SignedIn | Viewer) -> Moments:
    """The clock on the wall of the officer's site."""
    return Moments(kernel.clock(), who.site)


def show(  # a page needs all of these
    template: str,
    kernel: Kernel,
    who: SignedIn | Viewer,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HTMLResponse:
    """Render a page or fragment for a signed-in officer."""
    shared = {
        "who": who,
        "at": moments(kernel, who),
        "on_counter": False,
        "notices": board_of(kernel).standing(Audience.OFFICERS, who.site),
        "may": (who if isinstance(who, Viewer) else Viewer.of(who)).permissions,
    }
    return page(f"console/{template}", shared | dict(context), status=status)


def is_fragment(request: Request) -> bool:
    """Whether our own script asks for a piece of a page."""
    return "hx-request" in request.headers
