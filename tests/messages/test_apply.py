"""The worker: mixed transmissions, refused carriers, poison, being killed half way."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.audit.models import AuditEntry
from app.kernel.errors import UnavailableError
from app.messages import apply, lists
from app.messages.contents import contents
from app.messages.models import Message
from app.messages.receive import sealing_context
from app.travel import passengers
from tests.messages.airline import api, booking, person, push, traveller
from tests.messages.conftest import Post

CROWD = [
    person(f"CROWD{chr(65 + i // 26)}{chr(65 + i % 26)}", "SUE", number=f"L77{i:05d}", AVF=f"P{i // 2:05d}Q")
    for i in range(60)
]  # fmt: skip


def test_one_transmission_may_hold_several_messages_and_types(post: Post) -> None:
    raw = (
        b"QU GOVXXZZ\r\n.ZZXXXXX 100100\r\n" + api(person()) + b"\r\n\x03"
        + push(booking(traveller("TIDEWELL", "TOVE"))) + api(control="C3")
    )  # fmt: skip
    message = post.send(raw)
    assert [one["type"] for one in message.summary] == ["PAXLST", "PNRGOV", "PAXLST"]
    assert all(one["applied"] for one in message.summary)
    assert len(post.people()) == 2


def test_who_may_not_speak_for_a_carrier_is_refused_that_message_only(post: Post) -> None:
    raw = api(person(), flight="XX001") + api(person("TIDEWELL", "TOVE", number="L7654321"))
    message = post.send(raw)
    assert message.status == "applied"
    assert [one["applied"] for one in message.summary] == [False, True]
    assert post.codes(message) == ["carrier_not_allowed"]
    assert [one.surname for one in post.people()] == ["TIDEWELL"]
    assert post.flight().carrier == "ZZ"


def test_a_transmission_of_nothing_but_refused_messages_is_rejected(post: Post) -> None:
    message = post.send(push(booking(traveller()), flight=None).replace(b"ZZ", b"XX"))
    assert message.status == "rejected"
    assert post.codes(message) == ["carrier_not_allowed"]
    assert post.people() == []


def test_the_operator_of_a_feeder_does_not_speak_for_the_flights_carrier(post: Post) -> None:
    raw = api(person(), flight="XX001").replace(b"TDT+20+XX001'", b"TDT+20+XX001+++ZZ'")
    assert b"+++ZZ" in raw
    assert post.codes(post.send(raw)) == ["carrier_not_allowed"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"somebody's lunch", "no_message"),
        (bytes(range(256)) * 40, "no_message"),
        (b"UNB+UNOA:4+ZZ+GOV+260310:0100+C1'UNZ+0+C1'", "no_message"),
        (b"<html><body>login</body></html>", "xml_root"),
    ],
)
def test_what_cannot_be_decoded_is_rejected(post: Post, raw: bytes, code: str) -> None:
    message = post.send(raw)
    assert message.status == "rejected"
    assert code in post.codes(message)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"UNB+UNOA:4+G+ZZ+260310:0100+C1'UNH+1+CUSRES:D:05B:UN'BGM+962'UNT+3+1'UNZ+1+C1'",
         "CUSRES"),
    ],
)  # fmt: skip
def test_answers_are_named_without_error(post: Post, raw: bytes, kind: str) -> None:
    message = post.send(raw)
    assert (message.status, message.summary[0]["type"]) == ("applied", kind)
    assert message.summary[0]["errors"] == 0


def test_unknown_types_are_errors_that_wait(post: Post) -> None:
    raw = b"UNB+UNOA:4+G+ZZ+260310:0100+C1'UNH+1+INVOIC:D:05B:UN'BGM+1'UNT+3+1'UNZ+1+C1'"
    message = post.send(raw)
    assert (message.status, post.codes(message)) == ("rejected", ["message_type"])


ONE = api(person())


def test_a_list_in_an_envelope_of_xml_is_read_and_kept_without_what_is_denied(post: Post) -> None:
    marked = ONE.replace(b"DOC+", b"FTX+AAI+++NEEDS WHEELCHAIR'DOC+")
    assert marked != ONE
    message = post.send(b"<soap:Envelope xmlns:soap='s'><soap:Header>SECRET</soap:Header>"
                        b"<soap:Body><![CDATA[" + marked + b"]]></soap:Body></soap:Envelope>")  # fmt: skip
    assert (message.status, post.person().surname) == ("applied", "QUILLFEATHER")
    assert "xml_envelope" in post.codes(message)
    assert message.raw is not None
    kept = post.vault.open(message.raw, sealing_context(message.id))
    assert b"WHEELCHAIR" not in kept
    assert b"SECRET" not in kept
    assert b"NAD+FL+++QUILLFEATHER" in kept


@pytest.mark.parametrize(
    "behind",
    [ONE.replace(b"UNB+", b"UNB "), ONE.replace(b"UNB", b"UN"), ONE[ONE.index(b"NAD+FL") :]],
)
def test_messages_that_no_interchange_holds_are_an_error_beside_those_that_are_read(
    post: Post, behind: bytes
) -> None:
    message = post.send(b"ZCZC\r\n" + ONE + b"\r\n" + behind)
    assert (message.status, len(post.people())) == ("applied", 1)
    [fault] = post.faults(message)
    at = 6 + len(ONE) + 2 + next(
        behind.index(tag) for tag in (b"UNH+", b"NAD+FL") if tag in behind
    )  # fmt: skip
    assert (fault.code, fault.severity) == ("unread_text", "error")
    assert fault.text.startswith(f"messages from byte {at} on ")


def test_messages_before_an_interchange_and_beside_a_document_are_not_lost(post: Post) -> None:
    assert post.codes(post.send(ONE.replace(b"UNB+", b"UNB ") + ONE)) == ["unread_text"]
    empty = b'<?xml version="1.0"?><IATA_PNRGOV_NotifRQ></IATA_PNRGOV_NotifRQ>'
    message = post.send(empty + api(person("TIDEWELL", "TOVE", number="L2")) + empty)
    assert post.codes(message).count("no_flight") == 2
    assert [one.surname for one in post.people()] == ["QUILLFEATHER", "TIDEWELL"]


def test_envelopes_footers_and_logs_are_no_messages(post: Post) -> None:
    around = b"QU NRTXX\r\n.SYDZZ 100100\r\n", b"\r\nEmail secured; NAD and UNH of 12:00 sent\r\n"
    assert post.codes(post.send(around[0] + ONE + around[1] + ONE + around[1])) == []


def test_segments_of_people_outside_of_a_message_are_an_error(post: Post) -> None:
    begin = ONE.index(b"UNH+"), ONE.index(b"UNZ+")
    second = ONE[begin[0] : begin[1]].replace(b"UNH+", b"UNX+")
    faults = post.faults(post.send(ONE[: begin[1]] + second + ONE[begin[1] :]))
    assert ("segment_outside_message", "error") in [(one.code, one.severity) for one in faults]


def test_a_truncated_list_keeps_its_whole_people(post: Post) -> None:
    raw = api(*CROWD[:3])
    message = post.send(raw[: raw.rindex(b"NAD+FL") + 3])
    assert message.status == "applied"
    assert len(post.people()) == 2
    assert message.summary[0]["errors"] > 0


# --- killed, failing, racing ----------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


def kill_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """End the process inside the transaction after so many batches."""
    real: Callable[..., Any] = passengers.save
    done = 0

    def save(*args: Any) -> None:
        nonlocal done
        if done == batches:
            raise Killed
        done += 1
        real(*args)

    monkeypatch.setattr(passengers, "save", save)


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_killed_between_batches_and_started_again_nobody_is_doubled(
    post: Post, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    post.receive(api(*CROWD))
    monkeypatch.setattr(lists, "BATCH", 25)
    with monkeypatch.context() as patch:
        kill_after(patch, batches)
        with pytest.raises(Killed):
            post.work()
    assert len(post.people()) == batches * 24  # two to a locator
    assert post.work() == 1
    assert len(post.people()) == len(CROWD)
    assert {one.facts_version for one in post.people()} <= {1, 2}
    [message] = post.all(sa.select(Message))
    assert (message.status, message.attempts) == ("applied", 2)


def test_a_transmission_that_fails_waits_behind_others_and_is_rejected_in_the_end(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ValueError("QUILLFEATHER")

    poison = post.receive(push(booking(traveller())))
    good = post.receive(api(person()))
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setitem(apply._APPLIERS, "PNRGOV", fail)
        assert post.work() == apply.MAX_ATTEMPTS + 1
    assert post.message(good.id).status == "applied"
    rejected = post.message(poison.id)
    assert (rejected.status, post.codes(rejected)) == ("rejected", ["internal"])
    assert "message.failed" in [entry["event"] for entry in logs]


def test_a_failing_message_does_not_cost_its_neighbours(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ValueError

    monkeypatch.setitem(apply._APPLIERS, "PNRGOV", fail)
    message = post.send(push(booking(traveller())) + api(person()))
    assert (message.status, post.codes(message)) == ("applied", ["internal"])
    assert [one["applied"] for one in message.summary] == [False, True]
    assert len(post.people()) == 1


def test_a_lost_database_costs_no_attempt_to_be_rejected(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise UnavailableError

    received = post.receive(api(person()))
    with monkeypatch.context() as patch:
        patch.setitem(apply._APPLIERS, "PAXLST", away)
        for _ in range(apply.MAX_ATTEMPTS + 1):
            with pytest.raises(UnavailableError):
                post.work()
    assert post.work() == 1
    assert post.message(received.id).status == "applied"


def test_a_transmission_in_work_is_not_taken_twice(post: Post) -> None:
    received = post.receive(api(person()))
    with apply.claimed(post.database) as first:
        with apply.claimed(post.database) as second:
            assert (first, second) == (received.id, None)
        assert post.work() == 0
    assert post.work() == 1


def test_a_sealed_transmission_of_another_secret_is_rejected(post: Post) -> None:
    received = post.receive(api(person()))
    with post.database.transaction() as session:
        session.execute(sa.update(Message).values(raw=b"x" * 40))
    post.work()
    message = post.message(received.id)
    assert (message.status, post.codes(message)) == ("rejected", ["raw_unreadable"])


def test_people_changed_meanwhile_by_others_are_read_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.send(api(*CROWD[:30]))
    real: Callable[..., Any] = passengers.save
    changed = 0

    def save(session: Any, vault: Any, roster: Any, parties: Any) -> None:
        nonlocal changed
        real(session, vault, roster, parties)
        if not changed:  # the kiosk touches somebody of the next batch
            changed = 1
            last = max(roster.entries)
            session.execute(
                sa.text(
                    "update passenger set seat = '99Z', version = version + 1,"
                    ' provenance = provenance || \'{"seat": "kiosk"}\' where id = :id'
                ),
                {"id": last},
            )

    monkeypatch.setattr(passengers, "save", save)
    updated = [replace(one, references=(("SEA", "1A"),)) for one in CROWD[:30]]
    post.send(api(*updated, control="C2"))
    assert sorted(one.seat or "" for one in post.people()) == ["1A"] * 29 + ["99Z"]


def test_what_is_done_is_audited_without_names(post: Post) -> None:
    message = post.send(api(person()))
    rows = post.all(sa.select(AuditEntry).where(AuditEntry.subject_id == message.id))
    assert {row.action for row in rows} == {"message.received", "message.applied"}
    assert "QUILLFEATHER" not in str([row.detail for row in rows])


def test_many_faults_are_capped(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "MAX_FAULTS", 100)
    bad = b"".join(b"NAD+FL+++A%d:B'DTM+329:999999'" % i for i in range(120))
    raw = api(person()).replace(b"NAD+FL", bad + b"NAD+FL", 1)
    message = post.send(raw)
    codes = post.codes(message)
    assert len(codes) == 100 + 1
    assert codes[-1] == "more_faults"


RAW = api(*CROWD[:4]) + push(booking(traveller()))


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=400), st.integers(0, 2**32)))
def test_any_bytes_have_contents_or_a_fault(source: bytes | int) -> None:
    if isinstance(source, int):  # a real transmission with a few bytes changed
        rng, damaged = random.Random(source), bytearray(RAW)
        for _ in range(rng.randint(1, 8)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        source = bytes(damaged)
    found, faults = contents(source)
    assert found or faults
    for one in found:
        assert all(len(str(value)) <= 14 for value in one.summary().values())


def test_workers_side_by_side_double_nobody(post: Post) -> None:
    for number in range(4):  # each names everybody, in another order
        shuffled = random.Random(number).sample(CROWD, len(CROWD))
        post.receive(api(*shuffled, control=f"C{number}"))
        post.receive(push(*bookings_of(shuffled), control=f"P{number}"))

    def worker(_: int) -> None:
        for _attempt in range(100):
            try:
                if not apply.apply_next(post.database, post.vault, post.clock(), "NRT"):
                    return
            except UnavailableError:  # a deadlock was broken up: the worker's loop goes on
                continue

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(worker, range(3)))
    post.work()
    assert {one.status for one in post.all(sa.select(Message))} == {"applied"}
    people = post.people()
    assert len(people) == len(CROWD)
    assert all(one.api_data and one.pnr_data for one in people)


def bookings_of(crowd: list[Any]) -> list[Any]:
    by_locator: dict[str, list[Any]] = {}
    for one in crowd:
        by_locator.setdefault(one.locator, []).append(traveller(one.surname, one.given))
    return [booking(*people, locator=locator) for locator, people in by_locator.items()]
