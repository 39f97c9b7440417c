"""Test interchanges touch nothing real; what they show makes the carrier's certification."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.formats import cusres, edifact
from app.formats.paxlst_model import Document, Person, Place
from app.identity.models import AnswerMode
from app.identity.permissions import Role
from app.identity.senders import SenderChange, change_sender, create_sender
from app.kernel.clock import SettableClock
from app.kernel.http import Kernel
from app.messages import answers, sandbox
from app.messages.answer_models import SandboxMessage
from app.messages.apply import apply_next
from app.messages.certification import Finding, Outcome, Report, State
from app.messages.checks import TEXTS, Requirement
from app.messages.models import Message
from app.travel.models import Booking, Flight, Passenger, Traveller
from tests.messages.airline import api, booking, later, person, push, traveller
from tests.messages.conftest import Post
from tests.messages.test_pushes import xml
from tests.support import NOW

MAREN = person(AVF="AB12CD", ABO="R1")
TOVE = person("TIDEWELL", "TOVE", number="L7654321", AVF="AB12CD", ABO="R2")
BOOKED = booking(traveller(), traveller("TIDEWELL", "TOVE"))


def marked(raw: bytes) -> bytes:
    """The same interchange with UNB 0035 = 1 (the eleventh element)."""
    head, end, rest = raw.partition(b"'UNH")
    missing = 11 - head[head.index(b"UNB") :].count(b"+")
    return head + b"+" * missing + b"1" + end + rest


def test_list(*people: Person, **more: Any) -> bytes:
    return marked(api(*people, **more))


test_list.__test__ = False  # type: ignore[attr-defined]


def report(post: Post) -> Report:
    with post.database.read() as session:
        return sandbox.report(session, post.sender.id, post.clock())


def finding(post: Post, requirement: Requirement) -> Finding:
    return next(one for one in report(post).findings if one.requirement is requirement)


def places(found: Finding) -> list[tuple[int | None, str | None]]:
    return [(one.segment, one.tag) for one in found.examples]


def setting(post: Post, **more: Any) -> None:
    with post.database.transaction() as session:
        change_sender(session, SYSTEM, post.sender.id, SenderChange(**more), post.clock())


def real_rows(post: Post) -> int:
    tables = (Flight, Passenger, Booking, Traveller)
    return sum(post.all(sa.select(sa.func.count()).select_from(one))[0] for one in tables)


def test_test_interchanges_touch_no_travel_data(post: Post) -> None:
    message = post.send(
        test_list(MAREN, TOVE)
        + marked(push(BOOKED))
        + test_list(document="266", function="CLOB", control="C9")
    )
    assert message.status == "applied"
    assert [one["test"] for one in message.summary] == [True] * 3
    assert [one["people"] for one in message.summary[:2]] == [2, 2]
    assert [one["flight"] for one in message.summary] == ["ZZ1"] * 3
    assert real_rows(post) == 0
    assert post.all(sa.text("select count(*) from event where kind = 'passenger.changed'")) == [0]


def test_a_document_in_xml_that_says_it_is_a_test_touches_no_travel_data(post: Post) -> None:
    sent = [
        xml(hours=hours).replace(b"<IATA_PNRGOV_NotifRQ", b'<IATA_PNRGOV_NotifRQ Target="Test"')
        for hours in (1, 2)
    ]
    enveloped = b"<Envelope><Body>%b</Body></Envelope>" % sent[0].rpartition(b"?>")[2]
    for raw in (*sent, enveloped, sent[1][: sent[1].rindex(b"</PNRs>")]):
        message = post.send(raw)
        [summary] = message.summary
        assert (message.status, summary["test"], summary["people"]) == ("applied", True, 1)
    assert (real_rows(post), report(post).messages) == (0, 4)
    assert (
        post.send(xml().replace(b"NotifRQ T", b'NotifRQ Target="Production" T', 1))
        .summary[0]
        .get("test")
        is None
    )
    assert [one.surname for one in post.people()] == ["QUILLFEATHER"]


def test_a_mixed_transmission_handles_each_interchange_as_marked(post: Post) -> None:
    message = post.send(test_list(MAREN) + api(TOVE, control="C2"))
    assert [one.get("test", False) for one in message.summary] == [True, False]
    assert [one.surname for one in post.people()] == ["TIDEWELL"]
    assert report(post).messages == 1


def test_verdict_and_faults_are_those_of_a_real_message(post: Post) -> None:
    raw = api(MAREN, person("", "", number="L1"), TOVE).replace(
        b"DTM+329:840506", b"DTM+329:999999", 1
    )
    tested = post.send(marked(raw))
    real = post.send(raw)

    def seen(message: Message) -> list[tuple[Any, ...]]:
        return [
            (one.code, one.severity, one.segment, one.tag, one.element)
            for one in post.faults(message)
            if one.code != "person_unknown"  # known only beside what is stored of the flight
        ]

    assert sorted(seen(tested)) == sorted(seen(real))
    assert tested.summary[0]["errors"] == real.summary[0]["errors"] == 1


def test_answers_are_made_as_for_real_and_marked(post: Post) -> None:
    setting(post, answers=AnswerMode.INTERACTIVE)
    tested = post.send(test_list(MAREN, person("HALF", number="", born=None, ABO="R4")))
    with post.database.read() as session:
        found = answers.answers_to(session, post.sender.id, tested.id, vault=post.vault)
    assert found
    assert found[0].test
    (interchange,) = edifact.interchanges(found[0].text or b"")
    assert interchange.header.test
    response = cusres.read(interchange.messages[0])
    assert [(one.level, one.unique_reference, one.code) for one in response.statements] == [
        ("1", "", "0"),
        ("2", "R4", "4Z"),
    ]


def test_a_sender_that_is_not_certified_is_refused_real_messages_and_loses_nothing(
    post: Post,
) -> None:
    setting(post, answers=AnswerMode.ACKNOWLEDGE, sandbox_only=True)
    message = post.send(api(MAREN))
    assert (message.status, post.codes(message)) == ("rejected", ["sandbox_only"])
    assert message.raw is not None  # waits to be applied once the sender is certified
    assert real_rows(post) == 0
    assert post.send(test_list(MAREN, control="C2")).status == "applied"
    setting(post, sandbox_only=False)
    with post.database.transaction() as session:
        session.execute(
            sa.update(Message).where(Message.id == message.id).values(status="received")
        )
    post.work()
    assert [one.surname for one in post.people()] == ["QUILLFEATHER"]


def test_what_a_transmission_showed_is_kept_once(post: Post) -> None:
    message = post.send(test_list(MAREN))
    with post.database.transaction() as session:
        session.execute(
            sa.update(Message).where(Message.id == message.id).values(status="received")
        )
    post.work()
    assert post.all(sa.select(sa.func.count()).select_from(SandboxMessage)) == [1]


def test_nothing_personal_is_kept_of_test_messages(post: Post) -> None:
    post.send(test_list(MAREN) + marked(push(BOOKED)))
    [row, other] = post.all(sa.select(SandboxMessage).order_by(SandboxMessage.position))
    assert (len(row.links), len(row.link_segments)) == (2, 2)
    kept = str(
        [
            {column.name: getattr(one, column.name) for column in one.__table__.columns}
            for one in (row, other)
        ]
    )
    assert not any(word in kept for word in ("QUILL", "MAREN", "AB12CD", "L1234567", "840506"))


# --- the report -----------------------------------------------------------------------------------


def everything(post: Post) -> None:
    """A flight as a certified carrier sends it."""
    post.send(
        marked(push(BOOKED))
        + test_list(MAREN, sequence=1, part="C", control="C1", total_passengers=2),
        test_list(TOVE, sequence=2, part="F", control="C2", total_passengers=2),
        test_list(document="266", function="CLOB", control="C3"),
    )


def test_a_carrier_that_shows_everything_has_passed(post: Post) -> None:
    setting(post, answers=AnswerMode.INTERACTIVE)
    everything(post)
    found = report(post)
    assert {one.requirement: one.state for one in found.findings} == dict.fromkeys(
        Requirement, State.PASSED
    )
    assert (found.outcome, found.messages, found.sender) == (Outcome.PASSED, 4, "ZZ test")
    assert found.since == post.clock()


def test_nothing_sent_is_nothing_shown(post: Post) -> None:
    found = report(post)
    assert (found.outcome, found.messages, found.since) == (Outcome.INCOMPLETE, 0, None)
    assert {one.state for one in found.findings} == {State.NOT_SEEN}
    assert set(TEXTS) == set(Requirement)


BAD_ISSUER = replace(MAREN, documents=(Document("P", "L1234567", Place("QQQ"), date(2031, 1, 2)),))
EXPIRED = replace(MAREN, documents=(Document("P", "L1234567", Place("AUS"), date(2026, 3, 9)),))


@pytest.mark.parametrize(
    ("raw", "requirement", "where"),
    [
        (test_list(MAREN).replace(b"DTM+329:840506", b"DTM+329:999999"), "syntax", (10, "DTM")),
        (test_list(replace(MAREN, given="ÅSA")), "character-set", (None, None)),
        (test_list(MAREN).replace(b"UNT+", b"UNT+9"), "counts", (17, "UNT")),
        (test_list(MAREN, flight="XX001"), "flight", (1, "UNH")),
        (test_list(MAREN).replace(b"LOC+125+SYD", b"LOC+125+S1"), "flight", (None, None)),
        (test_list(MAREN, replace(TOVE, sex="")), "elements", (17, "NAD")),
        (test_list(BAD_ISSUER), "documents", (8, "NAD")),
        (test_list(EXPIRED), "documents", (8, "NAD")),
        (test_list(MAREN, prepared=later(hours=12)), "timeliness", (None, None)),
        (test_list(MAREN, sequence=2, part="F"), "parts", (1, "UNH")),
        (test_list(MAREN, part=""), "parts", (1, "UNH")),
        (
            marked(push(booking(traveller(), locator="ZZ99ZZ"))) + test_list(MAREN),
            "links",
            (8, "NAD"),
        ),
    ],
)
def test_what_fails_is_shown_at_its_place(
    post: Post, raw: bytes, requirement: str, where: tuple[int | None, str | None]
) -> None:
    post.send(raw)
    found = finding(post, Requirement(requirement))
    assert (found.state, found.failed, found.run, found.since) == (State.FAILED, 1, 0, None)
    assert places(found) == [where]
    assert report(post).outcome is Outcome.FAILED


def test_only_what_fails_is_failed(post: Post) -> None:
    post.send(test_list(MAREN, replace(TOVE, sex="")))
    failed = [one.requirement for one in report(post).findings if one.state is State.FAILED]
    assert failed == [Requirement.ELEMENTS]
    found = finding(post, Requirement.ELEMENTS)
    assert (found.checked, found.failed) == (2, 1)


def test_a_flight_that_left_without_being_closed(post: Post, clock: SettableClock) -> None:
    clock.advance(days=-1)
    setting(post, answers=AnswerMode.INTERACTIVE)
    post.send(test_list(MAREN))
    assert finding(post, Requirement.CLOSING).state is State.NOT_SEEN
    clock.advance(days=1)  # the flight has left
    assert finding(post, Requirement.CLOSING).state is State.FAILED
    post.send(test_list(document="266", function="CL", control="C3"))
    assert finding(post, Requirement.CLOSING).state is State.PASSED


def test_for_who_sends_whole_lists_the_last_part_closes_the_flight(post: Post) -> None:
    post.send(test_list(MAREN))
    assert finding(post, Requirement.CLOSING).state is State.PASSED


@pytest.mark.parametrize("second", [test_list(MAREN), test_list(TOVE)])
def test_what_is_sent_twice_or_under_a_used_reference(post: Post, second: bytes) -> None:
    post.send(test_list(MAREN), second)
    assert finding(post, Requirement.DUPLICATES).state is State.FAILED


def test_who_mends_a_fault_passes_from_then_on(post: Post, clock: SettableClock) -> None:
    post.send(test_list(replace(MAREN, sex="")))
    clock.advance(hours=1)
    mended = clock()
    post.send(test_list(MAREN, control="C2"))
    clock.advance(hours=1)
    post.send(test_list(MAREN, control="C3"))
    found = finding(post, Requirement.ELEMENTS)
    assert (found.state, found.run, found.since) == (State.PASSED, 2, mended)
    assert (found.checked, found.failed) == (3, 1)
    assert places(found) == [(8, "NAD")]  # what failed before stays to be seen


def test_real_messages_and_old_ones_do_not_count(post: Post, clock: SettableClock) -> None:
    post.send(api(MAREN), test_list(MAREN, control="C2"))
    assert report(post).messages == 1
    clock.advance(days=15)
    assert report(post).messages == 0


def test_the_required_elements_are_the_senders(post: Post) -> None:
    setting(post, required=("surname", "seat"))
    post.send(test_list(MAREN))
    assert finding(post, Requirement.ELEMENTS).state is State.FAILED


# --- over HTTP ------------------------------------------------------------------------------------

URL = "/api/v1/sandbox/report"


def test_a_sender_reads_its_own_report_and_officers_that_of_any(
    client: TestClient,
    kernel: Kernel,
    sender_headers: dict[str, str],
    officer: Callable[..., dict[str, str]],
) -> None:
    raw = test_list(replace(MAREN, sex=""))
    client.post("/api/v1/messages", content=raw, headers=sender_headers)
    while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
        pass
    mine = client.get(URL, headers=sender_headers)
    assert mine.status_code == 200
    found = {one["requirement"]: one for one in mine.json()["findings"]}
    assert found["elements"]["examples"][0]["tag"] == "NAD"
    assert "QUILL" not in mine.text
    named = {"sender": mine.json()["sender_id"]}
    senior = officer(Role.SENIOR)
    assert client.get(URL, params=named, headers=senior).json() == mine.json()
    assert client.get(URL, headers=senior).status_code == 422
    assert client.get(URL, params=named, headers=officer(Role.GATE_OFFICER)).status_code == 403
    assert client.get(URL, params=named).status_code == 401
    with kernel.database.transaction() as session:
        _, token = create_sender(session, "other", ["ZZ"], "NRT", NOW)
    other = {"Authorization": f"Bearer {token}"}
    assert client.get(URL, params=named, headers=other).json()["sender"] == "other"
    unknown = {"sender": "00000000-0000-0000-0000-000000000001"}
    assert client.get(URL, params=unknown, headers=senior).status_code == 404
    assert json.loads(mine.text)["outcome"] == "failed"


def test_a_test_mark_of_two_digits_is_one_too(post: Post) -> None:
    raw = api(person()).replace(b"+APIS'UNH", b"+APIS++++01'UNH")
    assert b"+01'" in raw
    [summary] = post.send(raw).summary
    assert summary["test"] is True
    assert post.people() == []
