"""The OpenAPI document: what FastAPI knows of the routes, with callers, problems and examples.

The same document is served (EGATE_API_DOCS) and kept as ``docs/openapi.json`` by ``make api-docs``.
"""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.gate.routes import PassageIn, PresentationIn
from app.kernel.errors import MEDIA_TYPE, PROBLEM_TYPE
from app.web.api.callers import SCHEMES, callers_of
from app.web.api.examples import example
from app.web.api.problems import ADVICE, catalogue

VERSION = "1.0.0"
"""Semantic: the first number changes when something is taken away or means something else; addresses begin with it."""

ABOUT = """\
Machine API of the e-Gate service: carriers and airports send messages, kiosks and lanes present travellers, officers' pages and other
systems read and decide. Walk-throughs: `docs/api-guide.md`; problems: `docs/problems.md`.

Times are UTC (RFC 3339), ids are UUIDs, errors are problem documents (RFC 9457). Unsafe operations that list `Idempotency-Key` have one
effect however often they are repeated with one key. Callers are limited (429, `RateLimit`, `Retry-After`).
"""
TAGS = {
    "identity": "Access tokens of devices; settings of senders.",
    "messages": "Carriers and airports: transmissions (PAXLST, PNRGOV), verdicts, answers, certification, boarding.",
    "quality": "Figures on the quality of what was sent.",
    "quarantine": "Transmissions that could not be read, and how they are mended.",
    "travel": "Flights, passengers, who is one person.",
    "declarations": "Travellers: declarations and their codes; questionnaires, keys, trust list.",
    "gate": "Kiosks and lanes: presentations and passages. Officers: halls, releases, inspections.",
    "lanes": "What lanes report and are told.",
    "faces": "Faces handed from kiosk to lane, sealed.",
    "devices": "Enrolment, heartbeats and keys of devices.",
    "referrals": "The officers' queue, cases and outcomes.",
    "evidence": "Photos and films of inspections; second looks from afar.",
    "goods counter": "Duty, receipts and articles that follow.",
    "desk": "Teams, duty, queues, recalls.",
    "screening": "Risk of flights, expected travellers, hits.",
    "rules": "Rules and their life.",
    "watch lists": "Watch lists, their entries and proposals.",
    "lookouts": "Urgent lookouts; pairs known not to match.",
    "backtests": "Rules against the past.",
    "effectiveness": "What rules and lists have found.",
    "overview": "A day in figures.",
    "notices": "Notices to travellers and carriers.",
    "events": "What changes, as server-sent events.",
    "health": "Is it alive, is it ready.",
}
OTHER_TYPES = {
    "/api/v1/quality.csv": ("text/csv",),
    "/api/v1/overview.csv": ("text/csv",),
    "/api/v1/effectiveness.csv": ("text/csv",),
    "/api/v1/events": ("text/event-stream",),
    "/api/v1/device-events": ("text/event-stream",),
    "/api/v1/questionnaires/schema.json": ("application/schema+json",),
    "/api/v1/messages/{message_id}/answer": ("application/edifact", "application/json"),
    "/api/v1/declarations/{identifier}/credential": ("text/plain", "image/png", "image/svg+xml"),
    "/api/v1/referrals/{referral_id}/attachments/{attachment_id}": (
        "image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm"),
}  # fmt: skip
MORE_ANSWERS = {
    "/api/v1/messages/{message_id}/answer": {
        "202": "Not read yet",
        "204": "There is nothing to answer",
    },
}
MEANINGS = {
    "200": "As asked",
    "201": "Made",
    "202": "Taken in; it is worked on",
    "204": "Done; nothing to say",
}
RAW = {
    "/api/v1/messages": {"application/edifact": {"schema": {"type": "string", "format": "binary"}}},
    "/api/v1/watchlists/{list_key}/imports": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "/api/v1/presentations": {"application/json": {"schema": {"$ref": "#/components/schemas/PresentationIn"}}},
    "/api/v1/passages": {"application/json": {"schema": {"$ref": "#/components/schemas/PassageIn"}}},
}  # fmt: skip
"""Bodies that a route reads for itself."""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:egate:problem:[a-z0-9_-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "instance": {"type": "string", "pattern": "^urn:egate:request:[0-9a-f]*$"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object", "required": ["pointer", "code"], "additionalProperties": False,
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}  # fmt: skip


def as_json(made: dict[str, Any]) -> str:
    """The document as ``docs/openapi.json``."""
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def install_description(app: FastAPI) -> None:
    """The program serves the whole description instead of FastAPI's own."""
    made: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not made:
            made.append(describe(app))
        return made[0]

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's way to replace it


def document(routers: Sequence[tuple[APIRouter, str]]) -> dict[str, Any]:
    """The document of ``routers`` with their prefixes, without a running program."""
    app = FastAPI()
    for router, prefix in routers:
        app.include_router(router, prefix=prefix)
    return describe(app)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the routes that are in the schema."""
    made: dict[str, Any] = get_openapi(
        title="e-Gate", version=VERSION, routes=app.routes, description=ABOUT,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )  # fmt: skip
    parts = made["components"]
    parts["securitySchemes"] = SCHEMES
    schemas = parts["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    schemas |= _model_schemas(PresentationIn, PassageIn)
    answers: dict[str, Any] = {}
    for route in iter_route_contexts(app.routes):
        for method in (one.lower() for one in getattr(route, "methods", None) or ()):
            operation = made["paths"].get(getattr(route, "path_format", ""), {}).get(method)
            if operation:
                _complete(operation, route, method, schemas, answers)
    parts["responses"] = dict(sorted(answers.items()))
    order = {name: place for place, name in enumerate(TAGS)}
    made["paths"] = dict(
        sorted(made["paths"].items(), key=lambda one: order[next(iter(one[1].values()))["tags"][0]])
    )
    return made


def _model_schemas(*models: type[BaseModel]) -> dict[str, Any]:
    _, found = models_json_schema(
        [(one, "validation") for one in models], ref_template="#/components/schemas/{model}"
    )
    return dict(found["$defs"])


def _complete(
    operation: dict[str, Any],
    route: Any,
    method: str,
    schemas: dict[str, Any],
    answers: dict[str, Any],
) -> None:
    """Put in what FastAPI does not know: callers, other media types, examples, problems (shared in ``answers``)."""
    path, callers = route.path_format, callers_of(route)
    words = [one for one in re.split(r"[^a-z0-9]+", path.removeprefix("/api/v1").lower()) if one]
    operation["operationId"] = "_".join([method, *words])
    told = " ".join((route.endpoint.__doc__ or "").split())
    operation["summary"] = re.split(r"(?<=[a-z0-9)`])[.;:] ", told.replace("``", "`"))[0].rstrip(
        "."
    )
    operation["description"] = told.replace("``", "`")
    operation["security"] = callers
    if path in RAW and method in ("post", "put"):
        operation["requestBody"] = {"required": True, "content": copy.deepcopy(RAW[path])}
    _type_answers(operation, path)
    for content in _contents(operation):
        content.setdefault("example", example(content.get("schema") or {}, schemas))
    package = route.endpoint.__module__.split(".")[1]
    for status, told in _problems(operation, method, callers, package).items():
        name = f"{package}-{status}"
        answers[name] = told
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _type_answers(operation: dict[str, Any], path: str) -> None:
    """What leaves as something else than JSON says so; 422 is one of our problems."""
    operation["responses"].pop("422", None)
    if types := OTHER_TYPES.get(path):
        answer = next(one for key, one in operation["responses"].items() if key.startswith("2"))
        answer["content"] = {one: {"schema": _schema_of(one)} for one in types}
    for status, meaning in MORE_ANSWERS.get(path, {}).items():
        operation["responses"].setdefault(status, {"description": meaning})
    for status, answer in operation["responses"].items():
        if answer["description"] == "Successful Response":
            answer["description"] = MEANINGS[status]


def _schema_of(media_type: str) -> dict[str, Any]:
    if media_type == "application/json":  # the answers to a transmission
        return {"type": "array", "items": {"$ref": "#/components/schemas/AnswerOut"}}
    return {"type": "object" if media_type.endswith("+json") else "string"}


def _contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The bodies of an operation, asked and answered."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()


def _problems(
    operation: dict[str, Any], method: str, callers: Sequence[Any], package: str
) -> dict[str, Any]:
    """By status, the codes that the route's part of the program and what it stands on can answer."""
    places = [one["in"] for one in operation.get("parameters", ())]
    body, unsafe = "requestBody" in operation, method not in ("get", "head")
    statuses = {
        400: body, 401: True, 403: bool(callers), 404: True, 405: False, 406: "text/event-stream" not in str(operation["responses"]),
        409: unsafe or "path" in places, 410: "header" in places and not unsafe, 413: unsafe, 415: unsafe,
        422: True, 429: True, 500: True, 503: True,
    }  # fmt: skip
    found = {}
    for status, possible in statuses.items():
        codes = [
            one.code for one in catalogue().values()
            if one.status == status and one.packages & {package, "kernel", "identity"}
        ]  # fmt: skip
        if possible and codes:
            found[str(status)] = _problem(status, codes)
    return found


def _problem(status: int, codes: Sequence[str]) -> dict[str, Any]:
    first = catalogue()[codes[0]]
    shown = {
        "type": PROBLEM_TYPE + first.code, "title": first.title, "status": status,
        "instance": "urn:egate:request:0123456789abcdef",
    }  # fmt: skip
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
    told: dict[str, Any] = {
        "description": f"{ADVICE[status]} Codes: {', '.join(f'`{one}`' for one in codes)}.",
        "content": {MEDIA_TYPE: content},
    }
    if status == 429:
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return told
