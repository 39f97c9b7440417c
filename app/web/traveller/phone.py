"""The app that a phone keeps: one document per language, its manifest, and the worker that holds both offline.

The document has every page of the form as a ``<section>``; the modules in ``static/js/traveller`` show one at a
time. It holds nothing about anybody and is the same for everyone until the program changes, so the worker may
keep it, as a shell and the texts of each language (:mod:`app.web.traveller.shell`). Where scripts do not run its first section is the start of the form that works page by page.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.declarations import exchange, form
from app.declarations.registry import questionnaire_data, questionnaire_for, questionnaires
from app.formats import codes
from app.formats.currencies import MINOR_DIGITS
from app.formats.exchange import Exchange, as_json
from app.formats.questionnaire import Questionnaire
from app.kernel.http import Kernel, KernelDep
from app.web.assets import STATIC, address, fingerprint, lightened
from app.web.pages import HEADERS, environment
from app.web.traveller import states, steps, summary
from app.web.traveller.shell import Noting, escaped, filled
from app.web.traveller.visit import Visit, VisitDep, common_context
from app.web.traveller.words import LANGUAGES, Words, catalogue

router = APIRouter(prefix="/declare", include_in_schema=False)

KEPT_DAYS: dict[str, int] = {"draft": 30, "declaration": 7, "person": 365}
"""How long a phone keeps what was typed (after the last change), a declaration (after the day of arrival),
a person (after the last use)."""

_PHONE = ("tokens.css", "css/base.css", "css/declare.css", "icon.svg")
_MODULES = (
    "js/traveller/*.js",
    "js/credential.js",
    "js/cbor.js",
    "js/estimate.js",
    "vendor/uqr/*.mjs",
)
_ICONS = (("icons/192.png", "192x192", "any"), ("icons/512.png", "512x512", "any maskable"))
_HERE = "/declare"
_INDENT = re.compile(r"\n\s+")
_COUNTED = ("unit_", "persons_count", "goods_count", "weekdays", "months")
_WORKER = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; require-trusted-types-for 'script'"
)


@dataclass(frozen=True, slots=True)
class Edition:
    """What the app is made for: an airport, its questionnaire, and whether codes may be plain."""

    site: str
    questionnaire: str
    plain: bool
    days: int
    """How long customs keeps a declaration after arrival."""
    exchange: Exchange | None = None
    """What prices in other money are worth: a new week is another edition."""

    @property
    def answered(self) -> Questionnaire:
        return questionnaires()[self.questionnaire]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a phone keeps to work without network: addresses, and the name of this edition."""

    version: str
    files: tuple[str, ...]


def edition_of(kernel: Kernel) -> Edition:
    """The edition of a running program."""
    chosen = questionnaire_for(kernel.site, kernel.questionnaire)
    return Edition(
        kernel.site, chosen.key, kernel.plain_declarations, kernel.declaration_days,
        exchange.current(),
    )  # fmt: skip


def static_files() -> Iterator[str]:
    """The app's own files, below ``static``."""
    yield from _PHONE
    yield from (icon for icon, *_ in _ICONS)
    for pattern in _MODULES:
        yield from (str(path.relative_to(STATIC)) for path in sorted(STATIC.glob(pattern)))


@cache
def kept(edition: Edition) -> Kept:
    """What is kept of an edition: its version changes with any of its files, words or questions."""
    files = [
        f"{_HERE}/shell.html",
        *(f"{_HERE}/{language}/texts.json" for language in LANGUAGES),
        f"{_HERE}/states.json",
        f"{_HERE}/questionnaire.json",
        *(address(name) for name in static_files()),
    ]
    digest = hashlib.sha256(fingerprint().encode())
    for name, content in sorted(_contents(edition).items()):
        digest.update(name.encode() + b"\0" + content)
    return Kept(digest.hexdigest()[:16], tuple(files))


def weights(edition: Edition) -> Mapping[str, int]:
    """Bytes of everything that a phone loads, after gzip: the measure of the app's weight."""
    contents = {name: _as_served(name) for name in static_files()}
    contents |= _contents(edition) | {"sw.js": worker(edition).encode()}
    return {name: len(gzip.compress(content, 9)) for name, content in contents.items()}


def _as_served(name: str) -> bytes:
    path = STATIC / name
    found = lightened(path)
    return found[0].encode() if found else path.read_bytes()


def _contents(edition: Edition) -> dict[str, bytes]:
    """What is no static file."""
    found = {
        "shell.html": shell(edition).encode(),
        "questionnaire.json": _json(skeleton(edition)),
        "states.json": _json(states_of_phone()),
    }
    for language in LANGUAGES:
        found[f"{language}.json"] = _json(texts(edition, language))
        found[f"{language}.webmanifest"] = _json(manifest(language))
    return found


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def skeleton(edition: Edition) -> dict[str, Any]:
    """The questionnaire without its texts, which each document has in its own language, and exchange rates."""
    data = questionnaire_data()[edition.questionnaire]
    spoken = set(data["languages"])

    def without_texts(value: Any) -> Any:
        if isinstance(value, list):
            return [without_texts(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: without_texts(one)
            for name, one in value.items()
            if not (isinstance(one, dict) and one and one.keys() <= spoken)
        }

    found: dict[str, Any] = without_texts(dict(data))
    rates = {"exchange": as_json(edition.exchange)} if edition.exchange else {}
    return {name: one for name, one in found.items() if name != "source"} | rates


@cache
def _noted(edition: Edition, language: str) -> tuple[str, tuple[str, ...]]:
    """The shell as it is drawn for a language, and the texts that fill it."""
    words = catalogue()[language]
    context = app_context(edition, words)
    noting = Noting(words)
    said = noting.saying(context["said"])
    context |= {
        "w": noting, "base": f"{_HERE}/{noting.language}", "said": said,
        "allowances": [said(one.text) for one in edition.answered.allowances],
    }  # fmt: skip
    drawn = environment.get_template("traveller/app.html").render(context)
    return drawn, tuple(noting.texts)


def shell(edition: Edition) -> str:
    """The app in no language yet, without the indentation of its template."""
    return _INDENT.sub("\n", _noted(edition, LANGUAGES[0])[0])


def texts(edition: Edition, language: str) -> list[str]:
    """What fills the shell, escaped for HTML."""
    return escaped(_noted(edition, language)[1])


def document(edition: Edition, language: str) -> str:
    """The app in a language, for nobody in particular: what the phone makes of the two."""
    return filled(shell(edition), texts(edition, language))


def app_context(edition: Edition, words: Words) -> dict[str, Any]:
    """What the document says; ``own`` and ``draft`` are the part of the form without scripts."""
    questionnaire = edition.answered
    place = codes.airport(edition.site)
    settings = {
        "site": edition.site,
        "zone": place.timezone if place else "UTC",
        "earliest": form.EARLIEST.days,
        "latest": form.LATEST.days,
        "valid": int(form.VALID_AFTER_ARRIVAL.total_seconds()),
        "kept": dict(KEPT_DAYS),
        "plain": edition.plain,
        "digits": dict(MINOR_DIGITS),
    }
    return common_context(questionnaire, words, "") | {
        "pages": steps.all_pages(questionnaire),
        "settings": json.dumps(settings),
        "counted": [key for key in words.texts if key.startswith(_COUNTED)],
        "kept_days": KEPT_DAYS | {"customs": edition.days}, "own": [], "draft": None, "values": {"to": edition.site}, "rows": [],
        "date_parts": ("day", "month", "year"),  # the phone puts them in the language's order
        "yes": questionnaire.questions, "days": (), "states": (), "room": True,
    }  # fmt: skip


def start_page(here: Visit, own: list[Any]) -> Response:
    """The document as it is asked for: with what a browser without scripts has made here."""
    context = app_context(edition_of(here.kernel), here.words)
    return here.show("app.html", context | {"own": own, "draft": here.draft})


def states_of_phone() -> dict[str, str]:
    """Codes as passports print them: the region's code, which the phone names in its language, or a name."""
    named = dict(states.choices(LANGUAGES[0]))
    return {code: codes.alpha2(code) or name for code, name in sorted(named.items())}


def manifest(language: str) -> dict[str, Any]:
    """What makes the app one that can be installed."""
    words = catalogue()[language]
    return {
        "id": "/declare/", "scope": "/declare/", "start_url": f"/declare/{language}",
        "name": f"e-Gate: {words['service']}", "short_name": "e-Gate", "lang": language,
        "dir": words["direction"], "display": "standalone", "background_color": "#f4f6f8",
        "theme_color": "#0b5cad", "description": words["start_lead"],
        "icons": [
            {"src": address(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ],
    }  # fmt: skip


def worker(edition: Edition) -> str:
    """The service worker's source: only its lists differ from edition to edition."""
    found = kept(edition)
    return environment.get_template("traveller/sw.js").render(
        version=found.version,
        files=Markup(json.dumps(found.files)),  # noqa: S704  # our own addresses, as JSON
        languages=Markup(json.dumps(LANGUAGES)),  # noqa: S704
    )


@router.get("/sw.js")
def show_worker(kernel: KernelDep) -> Response:
    """Asked for by the browser at each visit; another edition has another text."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _WORKER}
    return Response(worker(edition_of(kernel)), media_type="text/javascript", headers=headers)


@router.get("/questionnaire.json")
def show_skeleton(kernel: KernelDep) -> Response:
    """What the app computes with."""
    headers = {"Cache-Control": "no-cache"}
    return Response(
        _json(skeleton(edition_of(kernel))), media_type="application/json", headers=headers
    )


@router.get("/shell.html")
def show_shell(kernel: KernelDep) -> Response:
    """The document without its texts, for the worker."""
    headers = HEADERS | {"Cache-Control": "no-cache"}
    return HTMLResponse(shell(edition_of(kernel)), headers=headers)


@router.get("/{language}/texts.json")
def show_texts(here: VisitDep) -> Response:
    """The texts of a language, for the worker."""
    found = _json(texts(edition_of(here.kernel), here.words.language))
    return Response(found, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.get("/{language}/kiosk.json")
def show_to_kiosk(here: VisitDep) -> Response:
    """The words of this form for the one on a kiosk's own screen, how money is counted, and which there is."""
    said = {key: one for key, one in here.words.texts.items() if isinstance(one, str | dict)}
    found = {"words": said, "digits": dict(MINOR_DIGITS), "currencies": summary.CURRENCIES}
    return JSONResponse(found, headers={"Cache-Control": "no-cache"})


@router.get("/states.json")
def show_states() -> Response:
    """The states that issue passports."""
    return JSONResponse(states_of_phone(), headers={"Cache-Control": "no-cache"})


@router.get("/{language}/manifest.webmanifest")
def show_manifest(here: VisitDep) -> Response:
    """The manifest in the language of the page."""
    headers = {"Cache-Control": "no-cache"}
    return JSONResponse(
        manifest(here.words.language), media_type="application/manifest+json", headers=headers
    )
