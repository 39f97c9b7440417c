"""The console's languages: gettext over catalogues in ``app/web/locale``, the English text being the message itself.

The language of a request is known before it is routed (``Languages``, an ASGI middleware) and kept in a context variable,
so that templates, tables of words and error pages need not hand it on. Travellers' pages have texts of their own.
"""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kernel.http import SECURE
from app.kernel.texts import CONTEXT
from app.kernel.texts import N_ as N_  # noqa: PLC0414  # re-exported
from app.kernel.texts import NP_ as NP_  # noqa: PLC0414  # likewise

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "ja": "日本語"}
"""Tags of BCP 47 and each language's own name; the first is the one the texts are written in."""
SOURCE: Final = next(iter(LANGUAGES))
COOKIE: Final = "language"
COOKIE_SECONDS: Final = 365 * 24 * 3600
LOCALE: Final = Path(__file__).parent / "locale"

K = TypeVar("K", bound=Hashable)

_current: ContextVar[str] = ContextVar("language", default="en")
_address: ContextVar[str] = ContextVar("address", default="")


def language() -> str:
    """The language of this request."""
    return _current.get()


def read_address() -> str:
    """Path and query of the page that this request reads: what is come back to in another language; '' where it writes."""
    return _address.get()


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Another language for a while: of what is said to somebody else than whoever looks."""
    token = _current.set(tag)
    try:
        yield
    finally:
        _current.reset(token)


def gettext(message: str, /, **values: object) -> str:
    """``message`` in the language of this request, itself where nobody has translated it; with ``values`` set into its
    named places (``%(name)s``).
    """
    if not message:  # what catalogues keep under it is their own header
        return message
    told = said(catalogue(_current.get()), message)
    return told % values if values else told


def pgettext(context: str, message: str) -> str:
    """:func:`gettext` of a text that is another word elsewhere: ``context`` says which one is meant."""
    return catalogue(_current.get()).pgettext(context, message)


def said(known: NullTranslations, message: str) -> str:
    """What a catalogue has for a message, with its context where :func:`NP_` gave it one."""
    context, cut, text = message.rpartition(CONTEXT)
    return known.pgettext(context, text) if cut else known.gettext(message)


def said_in(texts: Mapping[str, str], english: str) -> str:
    """A text that officers wrote, out of its languages: that of this request, else the English one."""
    return texts.get(_current.get()) or english


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of the message for ``n`` of them, with ``n`` and ``values`` set into their places."""
    return catalogue(_current.get()).ngettext(one, many, n) % {"n": n, **values}


def shown(message: str, /, **values: object) -> Markup:
    """The same for templates, where ``%`` is written ``%%``: the message is markup, its values are escaped. Never for
    texts that came in; what is no constant is translated by the filter ``translated``.
    """
    known = catalogue(_current.get())
    return _markup(known, message) % values if values else _plain(known, message)


def shown_many(one: str, many: str, n: int, /, **values: object) -> Markup:
    """The same of the form for ``n`` of them."""
    return Markup(catalogue(_current.get()).ngettext(one, many, n)) % {"n": n, **values}  # noqa: S704


def shown_in(context: str, message: str, /) -> Markup:
    """:func:`shown` of a text that is another word elsewhere."""
    return shown(NP_(context, message))


@lru_cache(maxsize=8192)
def _markup(known: NullTranslations, message: str) -> Markup:
    return Markup(said(known, message))  # noqa: S704  # our own texts


@lru_cache(maxsize=8192)
def _plain(known: NullTranslations, message: str) -> Markup:
    """A message without values is put together once."""
    return _markup(known, message) % {}


class Words(Mapping[K, str]):
    """A table of words; each is given out in the language of the request."""

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: K) -> str:
        return gettext(self._texts[key])

    def message(self, key: K) -> str:
        """A word as catalogues know it."""
        return self._texts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(tag: str) -> NullTranslations:
    """The texts of one language; compiled from the .po file when first asked for, so that no .mo can be stale."""
    path = LOCALE / tag / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as source:
        read = read_po(source, locale=tag, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)


def chosen(headers: Headers) -> str:
    """The language of the cookie, else the best of ``Accept-Language`` (RFC 9110 section 12.5.4), else English.

    What a page fetches for itself comes in the language of that page, whatever was chosen in another window since.
    """
    accepted = headers.get("accept-language", "")
    if "hx-request" in headers and accepted in LANGUAGES:
        return accepted
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        jar.clear()
    for name in (SECURE + COOKIE, COOKIE):
        if name in jar and jar[name].value in LANGUAGES:
            return jar[name].value
    return negotiate_locale(_accepted(accepted), LANGUAGES, sep="-") or SOURCE


class Languages:
    """Sets language and address for whatever is below."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token, place = _current.set(chosen(Headers(scope=scope))), _address.set(_read(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            _current.reset(token)
            _address.reset(place)


def _read(scope: Scope) -> str:
    if scope["method"] != "GET":
        return ""
    query = scope["query_string"].decode("latin-1")
    return str(scope["path"]) + ("?" + query if query else "")


def _accepted(header: str) -> list[str]:
    """The tags of the header, the wanted ones first; what cannot be read is left out."""
    wanted = []
    for part in header[:500].split(","):
        tag, _, quality = part.partition(";")
        try:
            q = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if q > 0 and tag.strip():
            wanted.append((-q, tag.strip()))
    return [tag for _, tag in sorted(wanted, key=lambda one: one[0])]
