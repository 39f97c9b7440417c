"""The catalogue of problems, and its pages."""

import pytest
from starlette.testclient import TestClient

from app.web.api.problems import ADVICE, SPECIAL, catalogue


def test_every_problem_says_what_to_do() -> None:
    assert len(catalogue()) > 140
    for one in catalogue().values():
        assert one.status in ADVICE, one.code
        assert one.title, one.code
        assert one.advice, one.code


def test_no_advice_is_for_a_code_that_is_not_there() -> None:
    assert set(SPECIAL) <= set(catalogue())


@pytest.mark.parametrize("code", ["clearance-revoked", "too-many-requests", "internal"])
def test_each_has_a_page(client: TestClient, code: str) -> None:
    text = client.get(f"/problems/{code}").text
    assert catalogue()[code].title in text
    assert client.get("/problems/").text.count("<section") == len(catalogue())


def test_what_is_no_code_has_none(client: TestClient) -> None:
    assert client.get("/problems/nothing").status_code == 404
