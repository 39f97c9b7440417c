"""A router with a prefix of its own is not tried for other addresses, and answers as any router for its own."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

from app.kernel.routing import PrefixRouter


def test_its_own_addresses_are_served_and_others_are_not_compared(monkeypatch: pytest.MonkeyPatch):
    router = PrefixRouter(prefix="/console")
    router.get("/here/{name}")(lambda name: {"name": name})
    app = FastAPI()
    app.include_router(router)
    app.get("/other")(lambda: {"name": "other"})
    compared = []
    original = type(router.routes[0]).matches

    def count(self, scope) -> tuple[Match, object]:
        compared.append(self.path)
        return original(self, scope)

    monkeypatch.setattr(type(router.routes[0]), "matches", count)
    with TestClient(app) as client:
        assert client.get("/console/here/a").json() == {"name": "a"}
        assert client.get("/console/nowhere").status_code == 404
        assert client.post("/console/here/a").status_code == 405
        compared.clear()
        assert client.get("/other").json() == {"name": "other"}
    assert "/console/here/{name}" not in compared


def test_what_pages_fetch_after_each_hint_is_found_at_once(client, monkeypatch: pytest.MonkeyPatch):
    compared: list[str] = []
    original = APIRoute.matches

    def count(self, scope):
        compared.append(self.path)
        return original(self, scope)

    monkeypatch.setattr(APIRoute, "matches", count)
    for name in ("queue", "expected", "alarm", "rover"):
        compared.clear()
        assert client.get(f"/console/fragments/{name}").status_code in (303, 401)
        assert len(compared) <= 30, name  # 450 where every route was tried
    compared.clear()
    assert client.post("/api/v1/presentations", json={}).status_code == 401
    assert len(compared) <= 30
