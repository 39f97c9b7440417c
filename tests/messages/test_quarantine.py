"""What could not be read: it waits, is mended in the mapping, read again, or set aside."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.messages import contents, quarantine
from app.messages.models import Quarantined
from app.travel.models import Booking, Flight
from tests.messages.airline import api, booking, person, push, traveller
from tests.messages.conftest import Post

URL = "/api/v1/quarantine"
Officer = Callable[..., dict[str, str]]

UNKNOWN = api(person(), flight="ZZ001").replace(b"TDT+20+ZZ001", b"TDT+20+Z9X001")
RULES = {"carriers": {"Z9X": "ZZ"}}
WITH_CARD = push(booking(traveller())).replace(
    b"RCI+", b"SSR+VGML:HK:1:ZZ'SSR+OTHS:HK:1:ZZ:::::/CC VI4111111111111111'RCI+", 1
)


@pytest.fixture
def targeter(officer: Officer) -> dict[str, str]:
    return officer(Role.TARGETER)


def entries(post: Post) -> list[Quarantined]:
    return post.all(sa.select(Quarantined).order_by(Quarantined.id))


def audited(post: Post) -> list[str]:
    return post.all(sa.select(AuditEntry.action).order_by(AuditEntry.id))


def put_rules(client: TestClient, post: Post, headers: dict[str, str], seen: int = 0, **rules):
    body = {"seen": seen, "rules": rules, "reason": "their code of the carrier"}
    return client.put(f"/api/v1/senders/{post.sender.id}/mapping", json=body, headers=headers)


# --- what waits -----------------------------------------------------------------------------------


def test_a_rejected_transmission_waits_with_error_and_place(post: Post) -> None:
    message = post.send(UNKNOWN)
    [entry] = entries(post)
    assert (entry.message_id, entry.status, entry.whole) == (message.id, "waiting", True)
    assert (entry.code, entry.kinds, entry.errors) == ("flight_missing", ["PAXLST"], 1)
    assert entry.keep_until == message.created_at + timedelta(days=30)


def test_an_applied_one_with_an_error_in_a_person_waits_too(post: Post) -> None:
    message = post.send(api(person(), person("", "")))
    [entry] = entries(post)
    assert (message.status, entry.whole, entry.code, entry.tag) == (
        "applied", False, "name_missing", "NAD",
    )  # fmt: skip
    assert entry.segment == post.faults(message)[0].segment


def test_warnings_alone_do_not_wait(post: Post) -> None:
    post.send(api(person()).replace(b"DTM+329:840506", b"DTM+329:999999"))
    assert entries(post) == []


def test_each_message_of_a_transmission_has_its_own_faults(post: Post) -> None:
    message = post.send(api(person()) + UNKNOWN)
    assert [(fault.code, fault.ordinal) for fault in post.faults(message)][-1][1] == 1


# --- mapping and replay ---------------------------------------------------------------------------


def test_a_mapping_and_a_replay_let_a_rejected_flight_in(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(UNKNOWN)
    assert post.all(sa.select(Flight)) == []
    dry = {"message_id": str(message.id), "rules": RULES}
    shown = client.post(f"{URL}/dry-run", json=dry, headers=targeter).json()
    assert (shown["status"], shown["errors"]) == ("applied", 0)
    assert shown["messages"][0]["flight"] == "ZZ1"
    assert post.all(sa.select(Flight)) == []  # nothing was applied by looking
    assert put_rules(client, post, targeter, **RULES).json()["version"] == 1
    answer = client.post(f"{URL}/{message.id}/replay", headers=targeter)
    assert (answer.status_code, answer.json()["entry"]["status"]) == (202, "replaying")
    post.work()
    again = post.message(message.id)
    assert (again.status, again.mapping_version, again.attempts) == ("applied", 1, 1)
    assert (str(post.flight().carrier), post.person().surname) == ("ZZ", "QUILLFEATHER")
    [entry] = entries(post)
    assert (entry.status, entry.replays) == ("resolved", 1)
    assert {"mapping.dry-run", "mapping.saved", "quarantine.replay"} <= set(audited(post))


def test_a_dry_run_under_no_rules_says_what_the_verdict_said(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    for raw in (
        UNKNOWN,
        api(person(), flight="XX001"),
        b"junk",
        api(person(), person("", "", number="L7654321")),
    ):
        message = post.send(raw)
        dry = {"message_id": str(message.id), "rules": {}}
        shown = client.post(f"{URL}/dry-run", json=dry, headers=targeter).json()
        codes = [code for code, count in shown["faults"].items() for _ in range(count)]
        assert (shown["status"], sorted(codes)) == (message.status, sorted(post.codes(message)))


def test_a_dry_run_says_that_a_list_has_too_many_people(
    post: Post, client: TestClient, targeter: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_PEOPLE", 1)
    message = post.send(api(person(), person("TIDEWELL", "TOVE", number="L7654321")))
    dry = {"message_id": str(message.id), "rules": {}}
    shown = client.post(f"{URL}/dry-run", json=dry, headers=targeter).json()
    assert (shown["status"], shown["faults"]) == ("rejected", {"too_many_people": 1})


def test_a_message_of_a_misspelt_type_comes_in_by_mapping_and_replay(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(api(person()).replace(b"PAXLST:D", b"PAXLIS:D"))
    assert (post.codes(message), post.all(sa.select(Flight))) == (["message_type"], [])
    saved = put_rules(client, post, targeter, types={"PAXLIS": "PAXLST"})
    assert saved.status_code == 200
    assert client.post(f"{URL}/{message.id}/replay", headers=targeter).status_code == 202
    post.work()
    assert [one.surname for one in post.people()] == ["QUILLFEATHER"]
    assert entries(post)[0].status == "resolved"


def test_a_second_replay_doubles_nothing(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    raw = UNKNOWN + push(booking(traveller(number="L1234567", born=person().birth_date)))
    message = post.send(raw)
    put_rules(client, post, targeter, **RULES)
    versions = []
    for _ in range(3):
        with post.database.transaction() as session:
            session.execute(sa.update(Quarantined).values(status="waiting"))
        assert client.post(f"{URL}/{message.id}/replay", headers=targeter).status_code == 202
        post.work()
        one = post.person()
        versions.append((one.id, one.version, one.facts_version))
        assert len(post.all(sa.select(Booking))) == 1
        assert len(post.all(sa.select(Flight))) == 1
    assert len(set(versions[1:])) == 1
    assert entries(post)[0].replays == 3


def test_a_replayed_list_keeps_its_place_behind_a_later_one(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    old = post.send(UNKNOWN.replace(b"QUILLFEATHER", b"QUILLFETHER"))
    newer = api(person(), prepared=person_later())
    post.send(newer)
    put_rules(client, post, targeter, **RULES)
    client.post(f"{URL}/{old.id}/replay", headers=targeter)
    post.work()
    assert post.person().surname == "QUILLFEATHER"
    assert post.message(old.id).summary[0]["stale"] == 1


def person_later():
    from tests.messages.airline import later

    return later(hours=1)


def test_all_of_a_sender_with_one_code_are_replayed_at_once(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    for name in ("ASTER", "BIRCH"):
        post.send(
            UNKNOWN.replace(b"QUILLFEATHER", name.encode()).replace(b"L1234567", name.encode())
        )
    post.send(api(person(), flight="XX001"))
    put_rules(client, post, targeter, **RULES)
    body = {"sender_id": str(post.sender.id), "code": "flight_missing"}
    answer = client.post(f"{URL}/replay", json=body, headers=targeter)
    assert answer.json() == {"count": 2}
    post.work()
    assert [one.status for one in entries(post)] == ["resolved", "resolved", "waiting"]
    assert [one.surname for one in post.people()] == ["ASTER", "BIRCH"]


def test_what_is_no_longer_kept_cannot_be_replayed(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(UNKNOWN)
    with post.database.transaction() as session:
        session.execute(sa.text("update message set raw = null"))
    answer = client.post(f"{URL}/{message.id}/replay", headers=targeter)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:egate:problem:raw-gone")
    assert entries(post)[0].status == "waiting"
    dry = {"message_id": str(message.id), "rules": {}}
    assert client.post(f"{URL}/dry-run", json=dry, headers=targeter).status_code == 409


def test_a_replay_in_progress_cannot_be_replayed_again(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(UNKNOWN)
    client.post(f"{URL}/{message.id}/replay", headers=targeter)
    assert client.post(f"{URL}/{message.id}/replay", headers=targeter).status_code == 409


def test_a_mapping_is_versioned_and_two_editors_do_not_overwrite_each_other(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    assert put_rules(client, post, targeter, 0, **RULES).status_code == 200
    assert put_rules(client, post, targeter, 0, **RULES).status_code == 409
    assert put_rules(client, post, targeter, 1, list_dates="dmy").json()["version"] == 2
    kept = client.get(f"/api/v1/senders/{post.sender.id}/mapping", headers=targeter).json()
    assert [(one["version"], one["rules"]) for one in kept] == [
        (2, {"list_dates": "dmy"}),
        (1, RULES),
    ]
    wrong = put_rules(client, post, targeter, 2, carriers={"Z9X": "?"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/carriers")
    body = {"seen": 2, "rules": {}, "reason": "  "}
    url = f"/api/v1/senders/{post.sender.id}/mapping"
    assert client.put(url, json=body, headers=targeter).status_code == 422


# --- setting aside, lists, raw text ---------------------------------------------------------------


def test_setting_aside_needs_a_reason_and_ends_the_waiting(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(UNKNOWN)
    url = f"{URL}/{message.id}/set-aside"
    assert client.post(url, json={"reason": " "}, headers=targeter).status_code == 422
    answer = client.post(url, json={"reason": "sent to us by mistake"}, headers=targeter)
    assert answer.json()["entry"]["status"] == "set-aside"
    assert answer.json()["reason"] == "sent to us by mistake"
    assert client.post(url, json={"reason": "again"}, headers=targeter).status_code == 409
    assert client.get(URL, headers=targeter).json()["entries"] == []
    assert len(client.get(f"{URL}?status=set-aside", headers=targeter).json()["entries"]) == 1
    assert client.post(f"{URL}/{message.id}/replay", headers=targeter).status_code == 202


def test_the_list_is_filtered_and_counted(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    first = post.send(UNKNOWN)
    post.send(api(person(), flight="XX001"))
    shown = client.get(URL, headers=targeter).json()
    assert [one["code"] for one in shown["entries"]] == ["carrier_not_allowed", "flight_missing"]
    assert {(one["code"], one["count"]) for one in shown["waiting"]} == {
        ("carrier_not_allowed", 1), ("flight_missing", 1),
    }  # fmt: skip
    [one] = client.get(f"{URL}?code=flight_missing&kind=PAXLST", headers=targeter).json()["entries"]
    assert (one["message_id"], one["sender"]) == (str(first.id), "ZZ test")
    assert client.get(f"{URL}?kind=PNRGOV", headers=targeter).json()["entries"] == []
    assert client.get(f"{URL}?after={first.id}", headers=targeter).json()["entries"] == []


def test_the_raw_text_is_shown_round_the_fault_and_reading_it_is_recorded(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(api(person(), person("", "", number="L7654321")))
    shown = client.get(f"{URL}/{message.id}/raw", headers=targeter).json()
    [excerpt] = shown["excerpts"]
    [line] = [one for one in excerpt["lines"] if one["at_fault"]]
    assert line["before"].startswith("NAD+FL")
    assert line["number"] == excerpt["fault"]["segment"]
    assert len(excerpt["lines"]) == 5
    assert "message.raw-viewed" in audited(post)


@pytest.mark.parametrize(
    ("raw", "number", "before", "marked"),
    [
        (
            b"QU TYODEXX\r\n<PNRs>\n<PNR>\n<Surname>KE<Y</Surname></PNR></PNRs>",
            4,
            "<Surname>KE<Y",
            "<",
        ),
        (b"\r\n\r\n<Ping>\r\n</Ping>", 3, "<Ping>", ""),
    ],
)
def test_of_xml_the_lines_round_a_fault_are_shown(  # what was sent, whose place where
    post: Post, client: TestClient, targeter: dict[str, str],
    raw: bytes, number: int, before: str, marked: str,
) -> None:  # fmt: skip
    message = post.send(raw)
    shown = client.get(f"{URL}/{message.id}/raw", headers=targeter).json()["excerpts"]
    errors = [one for one in shown if one["fault"]["severity"] == "error"]
    assert [one["moved"] for one in shown] == [False] * len(shown)
    [line] = [one for one in errors[0]["lines"] if one["at_fault"]]
    assert (line["number"], line["before"].strip(), line["marked"][:1]) == (number, before, marked)


def test_the_raw_text_shows_no_denied_request_and_no_card(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    raw = WITH_CARD.replace(b"TVL+100326:0930", b"TVL+::", 1)
    raw = raw[: raw.index(b"UNT+")]  # cut off: an error
    message = post.send(raw)
    shown = client.get(f"{URL}/{message.id}/raw", headers=targeter)
    assert shown.status_code == 200
    assert "VGML" not in shown.text
    assert "4111111111111111" not in shown.text


def test_places_of_a_message_read_with_forced_separators_are_found(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    raw = api(person(), person("", ""))
    raw = b"UNA:+.? '" + raw[raw.index(b"UNB") :].replace(b"'", b"#").replace(b"C1#", b"C'1#", 1)
    message = post.send(raw)
    assert message.status == "rejected"
    put_rules(client, post, targeter, separators=":+.? #")
    client.post(f"{URL}/{message.id}/replay", headers=targeter)
    post.work()
    assert post.message(message.id).status == "applied"
    [entry] = entries(post)
    assert (entry.status, entry.code, entry.whole) == ("waiting", "name_missing", False)
    shown = client.get(f"{URL}/{message.id}/raw", headers=targeter).json()
    errors = [one for one in shown["excerpts"] if one["fault"]["code"] == "name_missing"]
    assert errors[0]["lines"][2]["before"].startswith("NAD+FL")


def test_a_mapping_saved_later_hides_denied_requests_of_what_waits_already(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    """As sent, the request has a name of the sender's own."""
    raw = WITH_CARD.replace(b"SSR+VGML", b"SSR+OX").replace(b"TVL+100326:0930", b"TVL+::", 1)
    message = post.send(raw[: raw.index(b"UNT+")])
    before = client.get(f"{URL}/{message.id}/raw", headers=targeter)
    assert before.status_code == 200
    put_rules(client, post, targeter, qualifiers=[{"tag": "SSR", "sent": "OX", "meant": "POC"}])
    shown = client.get(f"{URL}/{message.id}/raw", headers=targeter)
    assert shown.status_code == 200
    assert "SSR+OX" in before.text
    assert "SSR+OX" not in shown.text


def test_the_text_shown_follows_the_configured_list(
    post: Post, client: TestClient, targeter: dict[str, str], kernel: Kernel
) -> None:
    before, at, after = api(person(), person("", "")).rpartition(b"ATT+2")
    message = post.send(before + b"FTX+AAI+++PETC'" + at + after)
    for deny, told in ((kernel.deny, True), (frozenset({"PETC"}), False)):
        kernel.deny = deny
        shown = client.get(f"{URL}/{message.id}/raw", headers=targeter)
        assert shown.json()["excerpts"]
        assert ("PETC" in shown.text) is told


def test_who_may_do_what(post: Post, client: TestClient, officer: Officer, kernel: Kernel) -> None:
    message = post.send(UNKNOWN)
    aside = {"reason": "x"}
    for role, look, raw, act in (
        (Role.GATE_OFFICER, 403, 403, 403),
        (Role.SENIOR, 200, 200, 403),
        (Role.CARRIER_LIAISON, 200, 403, 200),
        (Role.AUDITOR, 403, 403, 403),
    ):
        headers = officer(role)
        assert client.get(f"{URL}/{message.id}", headers=headers).status_code == look
        assert client.get(f"{URL}/{message.id}/raw", headers=headers).status_code == raw
        done = client.post(f"{URL}/{message.id}/set-aside", json=aside, headers=headers)
        assert done.status_code == act
    del kernel
    assert client.get(URL).status_code == 401


def test_another_sites_quarantine_is_not_there(
    post: Post, client: TestClient, targeter: dict[str, str]
) -> None:
    message = post.send(UNKNOWN)
    with post.database.transaction() as session:
        session.execute(sa.update(Quarantined).values(site="HND"))
    assert client.get(URL, headers=targeter).json() == {"entries": [], "waiting": []}
    for path in ("", "/raw"):
        assert client.get(f"{URL}/{message.id}{path}", headers=targeter).status_code == 404
    assert client.post(f"{URL}/{message.id}/replay", headers=targeter).status_code == 404


def test_what_waits_outlives_the_ordinary_clock_until_its_limit(post: Post) -> None:
    message = post.send(UNKNOWN)
    limit = message.created_at + quarantine.KEPT
    with post.database.read() as session:
        before = session.scalars(quarantine.held(limit - timedelta(seconds=1))).all()
        after = session.scalars(quarantine.held(limit)).all()
    assert (before, after) == ([message.id], [])
