"""Calls that are made up from the API's description, and what its answers must be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from app.identity.permissions import Permission, Role, granted

ENDLESS = ("/api/v1/events", "/api/v1/device-events")
"""Streams: a good call never ends."""
BYTES = (
    "application/edifact", "image/*", "image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm",
)  # fmt: skip


@schemathesis.serializer(*BYTES)
def as_it_is(context: Any, value: Any) -> Any:
    """Bodies that are bytes."""
    del context
    return value if isinstance(value, bytes) else str(value).encode()


Callers = Mapping[str, Mapping[str, str]]
"""Headers of each kind of caller: every role, kiosk, lane, a sender, a traveller, nobody."""

WAITS = ("wait",)
"""Parameters that would hold an answer back."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it is sent."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    media_type: str | None


class Contract:
    """The description, ready to make calls and to judge answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.operations = {
            f"{one.method.upper()} {one.path}": one
            for one in (
                found.ok()
                for found in schemathesis.openapi.from_dict(document).get_all_operations()
            )
            if one.path not in ENDLESS
        }
        self._validators: dict[str, Any] = {}

    def _answer_of(self, operation: str, status: int) -> dict[str, Any] | None:
        """What the description says of a status; None: nothing."""
        method, path = operation.split()
        told = self.document["paths"][path][method.lower()]["responses"].get(str(status))
        if told and "$ref" in told:
            return dict(self.document["components"]["responses"][told["$ref"].rpartition("/")[2]])
        return told

    def faults(self, operation: str, answer: Any) -> Iterator[str]:
        """What is wrong with an answer."""
        status = answer.status_code
        told = self._answer_of(operation, status)
        if status in (500, 502, 504):
            yield f"{status}"
        elif told is None:
            yield f"{status} is not described: {answer.text[:200]}"
        else:
            yield from self._content_faults(operation, answer, told.get("content", {}))

    def _content_faults(
        self, operation: str, answer: Any, content: Mapping[str, Any]
    ) -> Iterator[str]:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.content and kind not in content:
            yield f"{answer.status_code} is {kind or 'nothing'}, not {', '.join(content)}"
        elif kind.endswith("json") and (schema := content[kind].get("schema")):
            key = f"{operation} {answer.status_code} {kind}"
            if key not in self._validators:
                parts = {"components": {"schemas": self.document["components"]["schemas"]}}
                self._validators[key] = jsonschema_rs.validator_for({**schema, **parts})
            for error in self._validators[key].iter_errors(answer.json()):
                yield f"{answer.status_code}: {error.instance_path} {error.message[:200]}"
                return


def calls(contract: Contract, name: str, count: int, known: Mapping[str, Any]) -> list[Call]:
    """``count`` calls of an operation, always the same; ids of ``known`` things stand where ids are asked, in half."""
    operation, made = contract.operations[name], []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy())
    def collect(case: Any) -> None:
        sent = dict(case.path_parameters or {})
        if len(made) % 2 == 0:
            sent |= {key: known[key] for key in sent if key in known}
        path = name.split()[1]
        for key, value in sent.items():
            path = path.replace("{" + key + "}", quote(str(value), safe=""))
        query = {k: v for k, v in dict(case.query or {}).items() if k not in WAITS}
        headers = {k: v for k, v in dict(case.headers or {}).items() if k.lower() != "cookie"}
        body = None if type(case.body).__name__ == "NotSet" else case.body
        made.append(Call(case.method, path, query, headers, body, case.media_type))

    collect()
    return made[:count]


def send(client: TestClient, call: Call, credential: Mapping[str, str]) -> Any:
    """Make a call with a caller's credential."""
    headers = {k: _sendable(v) for k, v in call.headers.items()} | dict(credential)
    content: dict[str, Any] = {}
    if call.body is not None and call.media_type and "json" in call.media_type:
        content["json"] = call.body
    elif call.body is not None:
        content["content"] = call.body if isinstance(call.body, bytes) else str(call.body).encode()
        headers["Content-Type"] = (call.media_type or "text/plain").replace("*", "png")
    client.cookies.clear()
    return client.request(
        call.method, call.path, params=call.query, headers=headers, follow_redirects=False,
        **content,
    )  # fmt: skip


def _sendable(value: Any) -> str:
    """What HTTP lets through in a header."""
    return "".join(one for one in str(value) if " " <= one <= "~").strip()


def asked(contract: Contract, name: str, place: int, callers: Callers) -> list[str]:
    """Who asks in the quick run: in turn, one of those who may by the description, and one of those who may not."""
    method, path = name.split()
    security = contract.document["paths"][path][method.lower()]["security"]
    may = {"nobody"} if not security else set()
    for kind, scopes in (pair for one in security for pair in one.items()):
        may |= {"device": {"kiosk", "lane"}}.get(kind, {kind})
        if kind == "officer":
            may |= {one for one in Role if not scopes or granted([one], Permission(scopes[0]))}
    entitled = [one for one in callers if one in may]
    others = [one for one in callers if one not in may]
    return [group[place % len(group)] for group in (entitled, others) if group]
