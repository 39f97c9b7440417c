"""Notices: published in every language, shown from their beginning to their end, withdrawn at once."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.formats.languages import LANGUAGES
from app.gate import halls
from app.gate.models import HallSteps
from app.identity.models import DeviceKind
from app.identity.permissions import GRANTS, Permission, Role
from app.kernel.db import Database
from app.kernel.errors import UnavailableError
from app.kernel.http import Kernel
from app.notices.board import Board, board_of
from app.notices.models import Audience
from app.notices.service import MOST_STANDING
from tests.support import NOW

EVERYWHERE = ["travellers", "kiosks", "officers"]
BEAT = {"version": "1", "state": "welcome", "tests": {}, "list_age": None}


def notice(title: str = "Belt 3 stands still", **more: Any) -> dict[str, Any]:
    texts = {one: {"title": f"{title} ({one})", "body": "Use belt 4."} for one in LANGUAGES}
    return {"kind": "operational", "audiences": EVERYWHERE, "texts": texts} | more


@pytest.fixture
def publish(client: TestClient, officer: Any) -> Any:
    headers = officer(Role.ADMINISTRATOR)

    def post(body: dict[str, Any] | None = None, where: str = "") -> Any:
        return client.post(f"/api/v1/notices{where}", json=body or notice(), headers=headers)

    post.headers = headers
    return post


def standing(client: TestClient, language: str = "en") -> list[str]:
    answer = client.get("/api/v1/notices/standing")
    assert answer.status_code == 200
    return [one["texts"][language]["title"] for one in answer.json()["notices"]]


def test_a_notice_stands_for_everybody_at_once_in_every_language(client, publish) -> None:
    assert standing(client) == []
    assert publish().status_code == 201
    for language in LANGUAGES:
        assert standing(client, language) == [f"Belt 3 stands still ({language})"]


def test_the_gravest_comes_first_then_the_newest(client, publish, clock) -> None:
    publish(notice("one"))
    clock.advance(minutes=1)
    publish(notice("two"))
    publish(notice("fever", kind="health"))
    publish(notice("alarm", kind="security"))
    assert standing(client) == ["alarm (en)", "fever (en)", "two (en)", "one (en)"]


def test_it_is_shown_from_its_beginning_to_its_end(client, publish, clock) -> None:
    begins, ends = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    publish(notice(starts_at=begins.isoformat(), ends_at=ends.isoformat()))
    assert standing(client) == []
    clock.advance(hours=1)
    assert len(standing(client)) == 1
    clock.advance(hours=1)
    assert standing(client) == []


def test_a_withdrawn_one_is_gone_at_once(client, publish) -> None:
    made = publish().json()
    assert len(standing(client)) == 1
    assert publish({"version": 1}, f"/{made['id']}/withdrawal").status_code == 204
    assert standing(client) == []
    again = publish({"version": 2}, f"/{made['id']}/withdrawal")
    assert (again.status_code, again.json()["type"]) == (409, "urn:egate:problem:notice-withdrawn")


def test_two_who_correct_the_same_are_told_apart(client, publish) -> None:
    made = publish().json()
    where = f"/api/v1/notices/{made['id']}"
    better = notice("Belt 4 too") | {"version": 1}
    assert client.put(where, json=better, headers=publish.headers).json()["version"] == 2
    assert standing(client) == ["Belt 4 too (en)"]
    assert client.put(where, json=better, headers=publish.headers).status_code == 409


def test_each_step_is_in_the_audit_without_a_word_of_the_text(client, publish, database) -> None:
    made = publish().json()
    publish({"version": 1}, f"/{made['id']}/withdrawal")
    with database.read() as session:
        kinds = sa.select(AuditEntry).where(AuditEntry.subject_kind == "notice")
        entries = session.scalars(kinds.order_by(AuditEntry.id)).all()
    assert [one.action for one in entries] == ["notice.publish", "notice.withdraw"]
    assert all("Belt" not in str(one.detail) for one in entries)


WRONG = {
    "no audience": ({"audiences": []}, ("/audiences", "missing")),
    "over before it begins": (
        {"ends_at": (NOW - timedelta(seconds=1)).isoformat()}, ("/ends_at", "not-after")
    ),
    "too far ahead": (
        {"starts_at": (NOW + timedelta(days=400)).isoformat()}, ("/starts_at", "too-far-ahead")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_shown_is_refused_with_its_place(client, publish, name) -> None:
    more, (pointer, code) = WRONG[name]
    answer = publish(notice(**more))
    assert answer.status_code == 422
    assert {"pointer": pointer, "code": code} in answer.json()["errors"]
    assert standing(client) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_may_be_left_out(publish, language) -> None:
    body = notice()
    del body["texts"][language]
    answer = publish(body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": f"/texts/{language}/title", "code": "missing"}
    ]  # fmt: skip


def test_a_text_that_turns_the_direction_of_the_page_is_refused(publish) -> None:
    body = notice()
    body["texts"]["ar"]["body"] = "\u202edezalb"
    assert publish(body).json()["errors"] == [{"pointer": "/texts/ar/body", "code": "unfit"}]


def test_japanese_blanks_and_lines_of_the_body_are_plain(publish) -> None:
    body = notice()
    body["texts"]["ja"] = {"title": "第3\u3000ターンテーブル", "body": "一行目\n二行目"}
    assert publish(body).status_code == 201


def test_there_is_no_wall_of_notices(client, publish) -> None:
    made = [publish(notice(str(number))).json() for number in range(MOST_STANDING)]
    assert publish().json()["type"] == "urn:egate:problem:too-many-notices"
    publish({"version": 1}, f"/{made[0]['id']}/withdrawal")
    assert publish().status_code == 201


def test_only_who_may_publish_does(client, officer) -> None:
    for role in Role:
        answer = client.post("/api/v1/notices", json=notice(), headers=officer(role))
        expected = 201 if Permission.PUBLISH_NOTICES in GRANTS[role] else 403
        assert answer.status_code == expected, role


def test_what_is_for_officers_is_not_told_to_the_public(client, publish) -> None:
    publish(notice("Drill at noon", audiences=["officers"]))
    assert standing(client) == []
    assert "Drill" not in client.get("/declare/en").text


def test_a_notice_of_another_airport_is_not_shown_here(client, publish, kernel) -> None:
    publish()
    board = board_of(kernel)
    assert len(board.standing(Audience.TRAVELLERS, "NRT")) == 1
    assert board.standing(Audience.TRAVELLERS, "HND") == []


def test_the_page_of_travellers_says_it_in_their_language(client, publish) -> None:
    publish(notice("<b>Belt</b>"))
    page = client.get("/declare/ja").text
    assert "&lt;b&gt;Belt&lt;/b&gt; (ja)" in page
    assert "<b>Belt</b>" not in page
    assert "(en)" not in page
    assert "(ko)" in client.get("/declare/ko/help").text


def test_a_kiosk_is_told_with_its_heartbeat(client, publish, database, enrolled) -> None:
    with database.transaction() as session:
        hall = halls.create_hall(session, "NRT", "Hall N", HallSteps.TWO, NOW).id
    device = enrolled(DeviceKind.KIOSK, hall)
    publish(notice("For kiosks", audiences=["kiosks"]))
    publish(notice("For phones", audiences=["travellers"]))
    told = client.post("/api/v1/devices/heartbeat", json=BEAT, headers=device).json()["notices"]
    assert [one["texts"]["ja"]["title"] for one in told] == ["For kiosks (ja)"]


def test_without_a_database_what_was_known_is_told_and_no_page_fails(
    client, publish, kernel: Kernel, database: Database, monkeypatch
) -> None:
    publish()
    board = board_of(kernel)
    assert len(board.standing(Audience.TRAVELLERS, "NRT")) == 1
    tries = []

    def gone() -> None:
        tries.append(1)
        raise UnavailableError

    monkeypatch.setattr(database, "read", gone)
    board.hear([type("Hint", (), {"kind": "notice.changed"})()], None)
    for _ in range(3):
        assert len(board.standing(Audience.TRAVELLERS, "NRT")) == 1
    assert len(tries) == 1, "asked again after a while, not at each page"


def test_a_page_asks_the_database_for_notices_only_when_one_has_changed(
    client, publish, kernel, monkeypatch
) -> None:
    publish()
    standing(client)
    read: list[int] = []
    monkeypatch.setattr(Board, "_read", lambda self, now: read.append(1))
    for _ in range(5):
        client.get("/declare/en")
    assert read == []
