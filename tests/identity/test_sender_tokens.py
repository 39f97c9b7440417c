"""Tokens of other systems: each is good for its scopes, until its end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.identity import senders
from app.identity.models import SenderToken
from app.identity.scopes import MEANINGS, Scope
from app.identity.sender_tokens import (
    MOST_LIVE,
    TooManyTokensError,
    live_tokens,
    make_token,
    revoke_token,
)
from app.kernel.clock import SettableClock
from app.kernel.db import Database
from tests.support import NOW, problem_code

ROUTES = {
    Scope.MESSAGES_WRITE: ("POST", "/api/v1/answers/delivered"),
    Scope.MESSAGES_READ: ("GET", "/api/v1/answers"),
    Scope.QUALITY_READ: ("GET", "/api/v1/quality"),
    Scope.FLIGHTS_READ: ("GET", "/api/v1/flights"),
    Scope.FLIGHTS_WRITE: ("PATCH", "/api/v1/flights/01890a5d-ac96-774b-bcce-b302099a8057"),
    Scope.STATISTICS_READ: ("GET", "/api/v1/overview"),
}
"""A route of each scope but of events, which never ends."""

Make = Callable[..., dict[str, str]]


@pytest.fixture
def token(database: Database) -> Make:
    """``token(Scope.X, ...)`` -> headers with a token of an airport's system for those scopes."""
    with database.transaction() as session:
        sender, _ = senders.create_sender(session, "airport", [], "NRT", NOW, sets_flights=True)
        sender_id = sender.id

    def make(*scopes: Scope, life: timedelta = timedelta(days=1)) -> dict[str, str]:
        with database.transaction() as session:
            _, text = make_token(session, SYSTEM, sender_id, scopes, NOW, life)
        return {"Authorization": f"Bearer {text}"}

    return make


def call(client: TestClient, scope: Scope, headers: dict[str, str]) -> tuple[int, str]:
    method, path = ROUTES[scope]
    body = {"through": 0} if method == "POST" else {}
    answer = client.request(method, path, headers=headers, json=None if method == "GET" else body)
    return answer.status_code, answer.text


def test_a_token_opens_what_it_was_made_for_and_nothing_else(
    client: TestClient, token: Make
) -> None:
    for scope in ROUTES:
        headers = token(scope)
        for other in ROUTES:
            status, text = call(client, other, headers)
            if other is scope:
                assert status in (200, 404), text  # the flight is not there
                assert "scope" not in text or status == 200
            else:
                assert (status, problem_code(text)) == (403, "scope-missing")
                assert str(other) in text


def test_events_need_their_scope(client: TestClient, token: Make) -> None:
    answer = client.get("/api/v1/events", headers=token(Scope.FLIGHTS_READ))
    assert (answer.status_code, problem_code(answer.text)) == (403, "scope-missing")


def test_a_token_ends(client: TestClient, token: Make, clock: SettableClock) -> None:
    headers = token(Scope.FLIGHTS_READ, life=timedelta(hours=1))
    assert call(client, Scope.FLIGHTS_READ, headers)[0] == 200
    clock.advance(hours=1)
    assert call(client, Scope.FLIGHTS_READ, headers)[0] == 401


def test_the_last_use_is_written_every_five_minutes(
    client: TestClient, token: Make, clock: SettableClock, database: Database
) -> None:
    headers = token(Scope.FLIGHTS_READ)

    def used() -> object:
        call(client, Scope.FLIGHTS_READ, headers)
        with database.read() as session:
            return session.scalar(
                sa.select(SenderToken.used_at).where(SenderToken.scopes == ["flights:read"])
            )

    assert used() == NOW
    clock.advance(minutes=5)
    assert used() == NOW
    clock.advance(minutes=1)
    assert used() == NOW + timedelta(minutes=6)


def test_the_page_of_figures_opens_to_whoever_may_read_them(
    client: TestClient, token: Make
) -> None:
    for scopes, status in (((Scope.FLIGHTS_READ,), 401), ((Scope.QUALITY_READ,), 303)):
        text = token(*scopes)["Authorization"].removeprefix("Bearer ")
        answer = client.post("/carrier/sign-in", data={"token": text}, follow_redirects=False)
        assert answer.status_code == status, answer.text


def test_there_are_ten_at_most(database: Database) -> None:
    with database.transaction() as session:
        sender, _ = senders.create_sender(session, "airport", [], "NRT", NOW)
        for _ in range(MOST_LIVE - 1):
            newest, _ = make_token(session, SYSTEM, sender.id, [Scope.EVENTS_READ], NOW)
        with pytest.raises(TooManyTokensError):
            make_token(session, SYSTEM, sender.id, [Scope.EVENTS_READ], NOW)
        revoke_token(session, SYSTEM, sender.id, newest.id, NOW)
        make_token(session, SYSTEM, sender.id, [Scope.EVENTS_READ], NOW)
        assert len(live_tokens(session, sender.id, NOW)) == MOST_LIVE


def test_every_scope_says_what_it_is_for() -> None:
    assert set(MEANINGS) == set(Scope)
