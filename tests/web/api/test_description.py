"""The OpenAPI document says all of every operation, and its examples are what it describes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.identity.permissions import Permission
from app.identity.scopes import Scope
from app.kernel.http import Kernel
from app.main import api_document, create_app
from app.web.api.callers import SCHEMES
from app.web.api.description import TAGS, as_json
from app.web.api.problems import as_markdown, catalogue

DOCS = Path(__file__).parents[3] / "docs"
PUBLIC = {
    "post_token", "post_devices_enrol", "post_declarations", "post_declarations_qr",
    "post_declarations_phone", "get_questionnaires", "get_questionnaires_schema_json",
    "get_questionnaires_name", "get_keys", "get_trust", "get_health_live", "get_health_ready",
    "get_notices_standing",
}  # fmt: skip
"""Whoever may call without a credential: nothing else."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return api_document()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_the_kept_documents_are_those_of_the_program(document: dict[str, Any]) -> None:
    """`make api-docs` writes them anew."""
    assert (DOCS / "openapi.json").read_text() == as_json(document)
    assert (DOCS / "problems.md").read_text() == as_markdown()


def test_it_is_an_openapi_document(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"].count(".") == 2
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names)) > 150
    for place, operation in operations(document):
        assert operation["summary"], place
        assert operation["description"], place
        assert set(operation["tags"]) <= set(TAGS), place


def test_tags_read_in_order(document: dict[str, Any]) -> None:
    tags = [operation["tags"][0] for _, operation in operations(document)]
    assert list(dict.fromkeys(tags)) == [one for one in TAGS if one in tags]
    assert set(TAGS) == set(tags)


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    known = {"officer": set(Permission), "sender": set(Scope), "device": set(), "traveller": set()}
    assert set(known) == set(SCHEMES) == set(document["components"]["securitySchemes"])
    for place, operation in operations(document):
        callers = operation["security"]
        assert bool(callers) != (operation["operationId"] in PUBLIC), place
        for caller in callers:
            for kind, scopes in caller.items():
                assert set(scopes) <= known[kind], place
                assert scopes or kind != "sender", place


def examples(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    shared = document["components"]["responses"]
    for place, operation in operations(document):
        answers = operation["responses"].items()
        contents = [("body", operation.get("requestBody", {}).get("content", {}))]
        contents += [(status, one.get("content", {})) for status, one in answers]
        for what, content in contents:
            for kind, one in content.items():
                yield (
                    f"{place} {what} {kind}",
                    one.get("schema", {}),
                    one["example"],
                )
    for name, answer in shared.items():
        for one in answer["content"].values():
            yield name, one["schema"], one["example"]


def test_examples_are_what_the_schemas_take(document: dict[str, Any]) -> None:
    parts = {"components": {"schemas": document["components"]["schemas"]}}
    count = 0
    for place, schema, shown in examples(document):
        if not schema or schema.get("format") == "binary":
            continue
        validator = jsonschema_rs.validator_for({**schema, **parts}, validate_formats=True)
        assert validator.is_valid(shown), f"{place}: {next(validator.iter_errors(shown)).message}"
        count += 1
    assert count > 250


def test_every_body_and_answer_has_an_example(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        method = place.partition(" ")[0]
        taken = {"200", "201", "202", "204"} & operation["responses"].keys()
        assert taken, place
        if method in ("put", "patch"):
            assert "requestBody" in operation, place


def test_problems_are_told_by_status(document: dict[str, Any]) -> None:
    answers = document["components"]["responses"]
    for place, operation in operations(document):
        told = {one for one in operation["responses"] if one >= "400"}
        assert {"429", "500", "503"} <= told, place
        assert ("403" in told) == bool(operation["security"]), place
        for status in told:
            name = operation["responses"][status]["$ref"].rpartition("/")[2]
            assert answers[name]["content"].keys() == {"application/problem+json"}


def test_every_code_is_told_somewhere(document: dict[str, Any]) -> None:
    told = " ".join(one["description"] for one in document["components"]["responses"].values())
    pages_alone = {
        "who-else",
        "sign-in-failed",
        "logout-token",
        "method-not-allowed",
        "audit-not-sealed",
        "file-unreadable",
    }
    packages = {one.rpartition("-")[0] for one in document["components"]["responses"]}
    missing = {
        code
        for code, one in catalogue().items()
        if one.packages & packages and f"`{code}`" not in told
    } - pages_alone
    assert not missing


@pytest.mark.parametrize(("served", "status"), [(True, 200), (False, 404)])
def test_it_is_served_where_the_setting_allows_it(
    kernel: Kernel, status: int, *, served: bool
) -> None:
    kernel.api_docs = served
    client = TestClient(create_app(kernel), raise_server_exceptions=False)
    for path in ("/api/v1/openapi.json", "/problems/", "/problems/conflict"):
        assert client.get(path).status_code == status
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("address", "said", "served"),
    [
        ("http://127.0.0.1:8000", None, True), ("https://gate.example", None, False),
        ("https://gate.example", True, True), ("http://127.0.0.1:8000", False, False),
    ],
)  # fmt: skip
def test_without_a_word_it_is_not_served_by_https(
    address: str, said: bool | None, served: bool
) -> None:
    assert Settings(public_url=address, api_docs=said).serves_api_docs is served
