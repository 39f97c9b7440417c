"""Rendering of pages: Jinja2 with autoescape, one strict content security policy for all of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from app.web.assets import address
from app.web.localized import Localized, localized
from app.web.translation import (
    LANGUAGES,
    gettext,
    language,
    read_address,
    shown,
    shown_in,
    shown_many,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx sw"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
}

environment = Localized(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.do", "jinja2.ext.i18n"],
)
environment.policies["ext.i18n.trimmed"] = True
environment.newstyle_gettext = True  # type: ignore[attr-defined]
environment.globals |= {"_": shown, "gettext": shown, "ngettext": shown_many, "pgettext": shown_in}
environment.filters["translated"] = gettext
environment.globals |= {
    "ui_language": language, "ui_languages": LANGUAGES, "ui_address": read_address
}  # fmt: skip
environment.globals["static"] = address


def page(
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render ``template``; a page is never cached: it shows the state of this moment.

    So nothing need be said of what its language varies with (RFC 9110 section 12.5.5).
    """
    html = localized(environment, language()).get_template(template).render(context)
    spoken = {} if template.startswith("traveller/") else {"Content-Language": language()}
    return HTMLResponse(html, status_code=status, headers=HEADERS | spoken | dict(headers or {}))
