"""Everything that takes something in, against what only an attacker sends: no answer is a failure of ours, none repeats it.

Bodies of the API are walked by the description, forms of the console by the table of routes and the names that its pages read.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import app.web.console
from app.identity.permissions import Role
from tests.access.test_routes import OWN_STATE, Route, table
from tests.security.contract import Callers, Contract, asked, calls
from tests.support.airport import Airport
from tests.web.conftest import Hall

MARK = "LINDQVISTSECRET"
DEEP = 100_000
BODIES: Mapping[str, bytes] = {
    "deep lists": b"[" * DEEP,
    "deep lists, closed": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "no numbers": b'{"a": NaN, "b": -Infinity, "c": 1e999}',
    "more digits than a number has": b'{"a": ' + b"9" * 10_000 + b"}",
    "half a character": rb'{"a": "\ud800"}',
    "NUL": rb'{"a": "\u0000"}',
    "another encoding": json.dumps({"a": MARK}).encode("utf-16"),
    "no encoding": b'{"a": "' + MARK.encode() + b'\xff\xfe"}',
    "a mark before": b"\xef\xbb\xbf{}",
    "one name twice": b'{"version": 1, "version": 2}',
    "XML": b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "nothing": b"",
    "null": b"null",
    "a text": f'"{MARK}"'.encode(),
    "a number": b"1",
}
LEAVES = (
    float("nan"), float("inf"), 10**400, -(2**63) - 1, -1, 1.5, "", "9" * 5000, "\0", "²³", "x" * 100_000,
    [], {}, None, True, [[[[[[]]]]]], {"a": {"a": {}}}, "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "\u202egpj.exe", "'; drop table officer; --", "{{7*7}}",
)  # fmt: skip
"""What stands where something else was expected."""


def json_operations(contract: Contract) -> Iterator[tuple[int, str]]:
    """Operations with a JSON body; a device that is shut out first would ask nothing more."""
    names = sorted(contract.operations, key=lambda one: (one.endswith("/disable"), one))
    for place, name in enumerate(names):
        method, path = name.split()
        body = contract.document["paths"][path][method.lower()].get("requestBody", {})
        if "application/json" in body.get("content", {}):
            yield place, name


def is_fault(answer: Any) -> bool:
    """A failure of ours, or an answer that repeats what came."""
    return answer.status_code in (500, 501, 502, 504) or MARK in answer.text


def test_no_body_brings_the_api_down(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    found, walked = [], 0
    for place, name in json_operations(contract):
        [call] = calls(contract, name, 1, known)
        who = callers[asked(contract, name, place, callers)[0]]
        for kind, body in BODIES.items():
            headers = {**who, "Content-Type": "application/json"}
            client.cookies.clear()
            answer = client.request(call.method, call.path, content=body, headers=headers)
            walked += 1
            if is_fault(answer):
                found.append(f"{name}, {kind}: {answer.status_code}")
    assert found == []
    assert walked > 800


def test_packed_bodies_are_not_unpacked(
    contract: Contract, client: TestClient, callers: Callers
) -> None:
    """A few bytes are not made into many: no `Content-Encoding` is understood (ASVS 5.0, 5.2.3)."""
    packed = gzip.compress(b'{"hall_id": "' + b"0" * 50_000_000)
    headers = {**callers[Role.SENIOR], "Content-Type": "application/json", "Content-Encoding": "gzip"}  # fmt: skip
    assert client.put("/api/v1/duty", content=packed, headers=headers).status_code in (400, 422)


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a body's values stand."""
    parts = (
        body.items() if isinstance(body, dict)
        else enumerate(body) if isinstance(body, list) else ()
    )  # fmt: skip
    for key, value in parts:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def with_leaf(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    copied = json.loads(json.dumps(body))
    place = copied
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copied


def wrong_leaves(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any], each: int
) -> Iterator[str]:
    """Faults where ``each`` of :data:`LEAVES` stand in turn at every place of a body that would have been good."""
    turn = 0
    for place, name in json_operations(contract):
        who = callers[asked(contract, name, place, callers)[0]]
        for call in calls(contract, name, 2, known):
            for path in list(leaves(call.body))[:12]:
                for _ in range(each):
                    turn += 1
                    value = LEAVES[turn % len(LEAVES)]
                    headers = {**who, "Content-Type": "application/json"}
                    text = json.dumps(with_leaf(call.body, path, value))
                    client.cookies.clear()
                    answer = client.request(call.method, call.path, content=text, headers=headers)
                    if is_fault(answer):
                        yield f"{name} {path} {str(value)[:30]!r}: {answer.status_code}"


def test_no_value_at_any_place_brings_the_api_down(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    assert list(wrong_leaves(contract, client, callers, known, 1)) == []


@pytest.mark.slow
def test_no_value_of_all_brings_the_api_down(
    contract: Contract, client: TestClient, callers: Callers, known: Mapping[str, Any]
) -> None:
    assert list(wrong_leaves(contract, client, callers, known, len(LEAVES))) == []


HEADERS = {
    "Idempotency-Key": ["", "\xff\xfe", "a" * 5000, "{}"],
    "Last-Event-ID": ["-1", "9" * 5000, "::", "\xff"],
    "Range": ["bytes=99999999999999-", "bytes=-", "bytes=" + "0-1," * 5000, "bytes=5-1"],
    "Accept-Language": ["*;q=nan", "a" * 100_000, "ja;q=9e999", ",;,;q=\xff"],
    "Cookie": [
        "egate=\xff",
        "egate",
        "=;=;",
        "egate=a; egate=b",
        "language=\x22\x5c777\x22",
        "a=" + "b" * 100_000,
    ],
    "Authorization": ["Bearer", "Bearer \xff", "Basic Og==", "Bearer " + "a" * 100_000],
    "Content-Type": [
        "application/json; charset=utf-7",
        "multipart/form-data",
        "/",
        "\xff",
        "application/json;" * 500,
    ],
    "Referer": ["//evil.example/console", "http://[", "javascript:alert(1)", "\xff"],
    "Origin": ["http://[", "\xff", "null"],
    "User-Agent": ["\xff" * 2000],
    "If-None-Match": ["\xff", '"' * 2000],
}
ADDRESSES = ("/console", "/console/sign-in", "/declare/en", "/carrier/", "/api/v1/keys", "/api/v1/halls", "/health/live")  # fmt: skip


def test_no_header_brings_anything_down(client: TestClient, callers: Callers) -> None:
    found = []
    for name, values in HEADERS.items():
        for value in values:
            for path in ADDRESSES:
                for method in ("GET", "POST"):
                    client.cookies.clear()
                    headers = {**callers[Role.SENIOR], "Accept": "text/html", name: value.encode("latin-1")}  # fmt: skip
                    answer = client.request(method, path, headers=headers, follow_redirects=False)
                    if is_fault(answer) or "evil" in answer.headers.get("location", ""):
                        found.append(f"{method} {path} {name}: {value[:30]!r} {answer.status_code}")
    assert found == []


# --- forms ----------------------------------------------------------------------------------------

TYPED = (
    "", "9" * 5000, "-1", "²³", "NaN", "1e999", "\0", "x" * 5000, "2026-02-30", "0001-01-01", "9999-12-31T23:59",
    "' or 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "\u202e", "\ud83d\udec2".encode("utf-16", "surrogatepass").decode("utf-16"),
    "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "a\r\nSet-Cookie: egate=planted",
)  # fmt: skip
_ASKED = re.compile(r"\b(?:form|fields|typed|sent)\.(?:text|within|all)\(\s*\"([\w-]+)\"")


def names_of_fields() -> list[str]:
    """The names of fields that pages of the console read."""
    folder = Path(app.web.console.__file__).parent
    found = {name for path in folder.rglob("*.py") for name in _ASKED.findall(path.read_text())}
    return sorted(found)


def role_for(route: Route) -> Role | None:
    """Somebody who may; an officer of every kind is asked for, not one alone."""
    return next((role for role in Role if route.allows(role)), None)


def forms() -> list[tuple[Route, Role]]:
    return [
        (route, role) for route in table()
        if route.method == "POST" and route.path.startswith("/console")
        and not route.path.startswith(OWN_STATE) and (role := role_for(route))
    ]  # fmt: skip


class Posting:
    """Posts forms as whoever may, to addresses of things that are there where an id is asked for."""

    def __init__(self, airport: Airport, known: Mapping[str, Any]) -> None:
        self.client, self.known = airport.http, known
        self.tokens = {r: airport.cookie_for(f"posts-{r}", f"Officer {r}", r) for r in Role}
        self.fields = names_of_fields()

    def post(self, route: Route, role: Role, value: str) -> Any:
        address = re.sub(r"{(\w+)}", lambda m: str(self.known.get(m[1], "0" * 8)), route.path)
        self.client.cookies.clear()
        return self.client.post(
            address, data=dict.fromkeys(self.fields, value), follow_redirects=False,
            headers={"Cookie": f"egate={self.tokens[role]}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"},
        )  # fmt: skip


def wrong_forms(posting: Posting, each: int) -> Iterator[str]:
    turn = 0
    for route, role in forms():
        for _ in range(each):
            turn += 1
            value = TYPED[turn % len(TYPED)]
            answer = posting.post(route, role, value)
            if answer.status_code >= 500 and answer.status_code != 503:
                yield f"{route.path} as {role} {value[:20]!r}: {answer.status_code}"
            if "planted" in str(answer.headers.get_list("set-cookie")) or "<script>alert" in answer.text:  # fmt: skip
                yield f"{route.path} as {role} {value[:20]!r}: repeated as it came"


def test_no_form_brings_a_page_down(hall: Hall, known: Mapping[str, Any]) -> None:
    posting = Posting(hall.airport, known)
    assert len(posting.fields) > 60
    assert len(forms()) > 80
    assert list(wrong_forms(posting, 2)) == []


@pytest.mark.slow
def test_nothing_that_is_typed_brings_a_page_down(hall: Hall, known: Mapping[str, Any]) -> None:
    assert list(wrong_forms(Posting(hall.airport, known), len(TYPED))) == []


@pytest.mark.parametrize(
    "body",
    [
        b"&".join(b"a%d=1" % n for n in range(5000)), b"a=" + b"b" * 100_000, b"a=%ff%fe", b"a=%", b"\xff=1", b"%00=1",
        b"a=1;b=2", b"=" * 300,
    ],
    ids=["many", "long", "no-utf8", "cut", "raw", "nul", "semicolons", "empty"],
)  # fmt: skip
def test_what_is_no_form_is_refused_as_that(client: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    for path in (
        "/console/sign-in",
        "/carrier/sign-in",
        "/declare/en/check",
        "/declare/en/traveller",
    ):
        answer = client.post(path, content=body, headers=headers, follow_redirects=False)
        assert answer.status_code < 500, (path, answer.status_code)


# --- documents ------------------------------------------------------------------------------------

XML = {
    "entities in entities": '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
    "a file": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE l [<!ENTITY a SYSTEM "http://127.0.0.1:1/x">]>',
    "entities of parameters": '<!DOCTYPE l [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>',
    "a definition elsewhere": '<!DOCTYPE l SYSTEM "http://127.0.0.1:1/x.dtd">',
}


def test_lists_and_bookings_in_xml_declare_and_fetch_nothing(
    hall: Hall, client: TestClient, callers: Callers
) -> None:
    """ASVS 5.0, 1.5.1, by both ways in which XML comes: watch lists (OFAC) and PNRGOV."""
    officer, sender = callers[Role.LIST_CUSTODIAN], callers["sender"]
    path = "/api/v1/watchlists/customs-lookouts/imports?format=ofac-sdn-xml"
    for kind, head in XML.items():
        text = head + "<sdnList><sdnEntry><uid>1</uid>&a;</sdnEntry></sdnList>"
        answer = client.post(path, content=text.encode(), headers=officer)
        assert answer.status_code == 422, kind
        assert answer.json()["detail"].startswith("xml_"), kind
        text = head + "<IATA_PNRGOV_NotifRQ>&a;</IATA_PNRGOV_NotifRQ>"
        answer = client.post("/api/v1/messages", content=text.encode(), headers=sender)
        assert answer.status_code == 202
        hall.airport.settle()
        verdict = client.get(f"/api/v1/messages/{answer.json()['id']}", headers=sender)
        assert verdict.json()["status"] == "rejected", kind
        assert "xml_" in verdict.text, kind
        assert "root:" not in verdict.text


def test_no_list_keeps_a_reader_busy(client: TestClient, callers: Callers) -> None:
    """What is read piece by piece stays so when there is only one piece."""
    officer = callers[Role.LIST_CUSTODIAN]
    path = "/api/v1/watchlists/customs-lookouts/imports?dry_run=true&format="
    files = {
        "csv": b'key,reason\n"' + b"a" * 2_000_000, "ftm-jsonl": b'{"a":' * 150_000,
        "ofac-sdn-xml": b"<sdnList>" + b"a\n" * 2_000_000,
    }  # fmt: skip
    for form, raw in files.items():
        answer = client.post(path + form, content=raw, headers=officer)
        assert answer.status_code in (200, 422), form
    for nul in (b"key,reason\nA,\0\n", b"key,reason\nA\0,b\n"):
        assert client.post(path + "csv", content=nul, headers=officer).status_code in (200, 422)


def test_a_token_of_nobody_knows_no_depth(client: TestClient) -> None:
    """What a device says of itself is looked at before it is proved."""
    for text in ("[" * 1400, '{"sub":' * 200, '{"sub": 1}', '{"sub": ' + "9" * 1400 + "}", "NaN"):
        payload = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        for assertion in (f".{payload}.", f"{payload}.e30.", payload, "." * 2000):
            form = {"grant_type": GRANT, "assertion": assertion}
            answer = client.post("/api/v1/token", json=form)
            assert answer.status_code == 401, (text[:20], answer.text)


GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
