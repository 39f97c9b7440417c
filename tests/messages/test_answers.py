"""Carriers are answered: what, to whom, in the verdict's own transaction, never a word on risk."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM
from app.formats import ackres, contrl, cusres, edifact, paxlst
from app.formats.cusres import CustomsResponse
from app.formats.edifact import Header
from app.formats.edifact_find import MAX_INTERCHANGE_BYTES
from app.formats.paxlst_model import Document, Leg, Place
from app.formats.required import Element
from app.identity.models import AnswerMode
from app.identity.senders import SenderChange, change_sender, name_boarding_authority
from app.kernel.errors import NotFoundError
from app.messages import answers, apply
from app.messages.answer_models import Answer, AnswerKind
from app.messages.answers import Outgoing
from app.messages.models import Message
from app.messages.replies import reply_to
from tests.messages.airline import (
    ARRIVAL,
    DEPARTURE,
    ZZ1,
    api,
    booking,
    later,
    listing,
    paxlst_text,
    person,
    push,
    traveller,
)
from tests.messages.conftest import Post

MAREN = person(AVF="AB12CD", ABO="R1")
TOVE = person("TIDEWELL", "TOVE", number="L7654321", AVF="AB12CD", ABO="R2")
NAMELESS = person("", "", number="L7700001", ABO="R3")
HALF = person("HALFWAY", "ANN", number="", born=None, AVF="EF34GH", ABO="R4")


DOCUMENT = "DOCUMENT TYPE, DOCUMENT NUMBER, DOCUMENT ISSUER, DOCUMENT EXPIRY"


@pytest.mark.parametrize(
    ("middle", "error"),
    [
        ("", contrl.Error.LOWER_LEVEL_EMPTY),
        ("AAA'" * 200_001, contrl.Error.UNSPECIFIED),
        (f"AAA+{'9' * MAX_INTERCHANGE_BYTES}'", contrl.Error.UNSPECIFIED),
    ],
    ids=["empty", "too many segments", "too long"],
)
def test_an_interchange_without_any_message_is_answered_by_contrl(
    post: Post, middle: str, error: str
) -> None:
    raw = f"UNB+UNOA:4+ZZ:A+EGATE+260309:1200+H?'1'{middle}UNZ+0+H?'1'".encode()
    post.send(raw)
    setting(post, AnswerMode.INTERACTIVE, contrl=True)
    message = post.send(raw + b"\r\n")
    assert message.status == "rejected"
    [answer] = told(post, message)
    found = contrl.read(interchange(answer).messages[0])
    assert (found.subject_reference, found.subject_sender) == ("H'1", ("ZZ", "A"))
    assert (found.action, found.error, found.messages) == (contrl.Action.REJECTED, error, ())


def setting(
    post: Post, mode: AnswerMode | None = None, *, authority: bool = False, **more: Any
) -> None:
    with post.database.transaction() as session:
        change = SenderChange(answers=mode, **more)
        change_sender(session, SYSTEM, post.sender.id, change, post.clock())
        name_boarding_authority(session, SYSTEM, post.sender.id, post.clock(), named=authority)


def told(post: Post, message: Message) -> list[Outgoing]:
    with post.database.read() as session:
        found = answers.answers_to(session, post.sender.id, message.id, vault=post.vault)
    assert found is not None
    return found


def interchange(answer: Outgoing) -> edifact.Interchange:
    assert answer.text
    (found,) = edifact.interchanges(answer.text)
    assert found.faults == []
    assert found.messages[0].faults == []
    return found


def response(post: Post, message: Message) -> CustomsResponse:
    [answer] = told(post, message)
    assert answer.kind is AnswerKind.RESPONSE
    return cusres.read(interchange(answer).messages[0])


def words(found: CustomsResponse) -> list[tuple[str, str, str]]:
    return [(one.level, one.unique_reference, one.code) for one in found.statements]


def test_a_sender_that_wants_no_answer_gets_none(post: Post) -> None:
    assert told(post, post.send(api(MAREN), push(booking(traveller())))) == []


def test_an_acknowledgement_repeats_the_lists_references_flight_times_and_ports(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    message = post.send(
        api(MAREN, transaction_reference="0000100", common_access_reference="ZZ1/X")
    )
    found = response(post, message)
    assert words(found) == [("1", "", "0")]
    assert found.kind == "962"
    assert (found.transaction_reference, found.common_access_reference) == ("0000100", "ZZ1/X")
    (leg,) = found.legs
    assert (leg.flight, leg.departure_airport, leg.arrival_airport) == (ZZ1, "SYD", "NRT")
    assert (leg.departure, leg.arrival) == (DEPARTURE, ARRIVAL)
    assert found.header.sender == "EGATE"
    assert (found.header.recipient, found.header.application_reference) == ("ZZ", "APIS")
    assert found.header.prepared == post.clock().replace(tzinfo=None)


def test_our_name_and_the_senders_in_unb_are_settings(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE, interchange_id="ZZAPIS")
    received = post.receive(api(MAREN))
    apply.apply_next(post.database, post.vault, post.clock(), "NRT", "JPCUSTOMS")
    header = response(post, post.message(received.id)).header
    assert (header.sender, header.recipient) == ("JPCUSTOMS", "ZZAPIS")


def test_what_was_not_taken_in_is_an_exception_that_says_what_and_where(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    found = response(post, post.send(api(MAREN, NAMELESS)))
    assert words(found) == [("1", "", "1")]
    assert found.statements[0].texts == (("AAO", "PERSON WITHOUT NAME, SEGMENT 17 NAD"),)
    refused = response(post, post.send(api(MAREN, flight="XX001", control="C2")))
    assert words(refused) == [("1", "", "1")]
    assert "CARRIER" in refused.statements[0].texts[0][1]


def test_a_list_that_was_taken_in_is_accepted_although_its_interchange_has_no_end(
    post: Post,
) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    sent = api(MAREN)
    found = response(post, post.send(sent[: sent.index(b"UNZ")]))
    assert words(found) == [("1", "", "0")]
    cut = response(post, post.send(api(MAREN, control="C2").partition(b"UNT")[0]))
    assert words(cut) == [("1", "", "1")]


def test_without_authority_an_interactive_carrier_hears_of_incomplete_people_only(
    post: Post,
) -> None:
    setting(post, AnswerMode.INTERACTIVE)
    found = response(post, post.send(api(MAREN, HALF)))
    assert words(found) == [("1", "", "0"), ("2", "R4", "4Z")]
    assert found.people[0].locator == "EF34GH"
    assert found.people[0].texts == (
        ("AAP", f"INSUFFICIENT DATA: BIRTH DATE, NATIONALITY, {DOCUMENT}"),
    )


def test_with_authority_each_passenger_hears_board_or_insufficient_data(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    found = response(post, post.send(api(MAREN, HALF, NAMELESS)))
    assert words(found) == [("2", "R1", "0Z"), ("2", "R4", "4Z"), ("2", "R3", "4Z")]
    assert found.people[0].texts == (("AAP", "OK TO BOARD"),)


def test_a_list_that_is_refused_lets_nobody_board(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    found = response(post, post.send(api(MAREN, flight="XX001")))
    assert words(found) == [("1", "", "1")]


def test_an_authority_taken_back_while_an_answer_is_made_lets_nobody_board(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)

    def made_then_taken_back(*given: Any) -> Any:
        reply = reply_to(*given)
        setting(post)
        return reply

    monkeypatch.setattr(apply, "reply_to", made_then_taken_back)
    found = response(post, post.send(api(MAREN, HALF)))
    assert words(found) == [("1", "", "0"), ("2", "R4", "4Z")]


@pytest.mark.parametrize("mode", [AnswerMode.ACKNOWLEDGE, AnswerMode.INTERACTIVE])
@pytest.mark.parametrize("body", [api(MAREN), api(HALF), api(NAMELESS)])
def test_board_is_never_said_without_authority(post: Post, mode: AnswerMode, body: bytes) -> None:
    setting(post, mode)
    assert not {code for _, _, code in words(response(post, post.send(body)))} & {"0Z", "1Z", "2Z"}


def test_required_elements_are_the_senders(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True, required=(Element.SURNAME, Element.SEAT))
    with_seat = replace(HALF, references=(*HALF.references, ("SEA", "12A")))
    found = response(post, post.send(api(MAREN, with_seat)))
    assert words(found) == [("2", "R1", "4Z"), ("2", "R4", "0Z")]


@pytest.mark.parametrize(("document", "function"), [("745", "XR"), ("266", "CLOB"), ("266", "CL")])
def test_other_functions_are_answered_by_one_word(post: Post, document: str, function: str) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    post.send(api(MAREN))
    sparse = person("", "", number="", born=None, ABO="R1")
    late = {"prepared": later(hours=1), "control": "C2"}
    message = post.send(api(sparse, document=document, function=function, **late))
    statements = response(post, message).statements
    assert [one.level for one in statements] == ["1"]


def test_answers_of_several_messages_stand_in_their_order(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE, ackres=True)
    raw = (
        api(MAREN)
        + push(booking(traveller()))
        + api(TOVE, control="C2", transaction_reference="T2")
    )
    found = told(post, post.send(raw))
    assert [one.kind for one in found] == ["cusres-962", "ackres", "cusres-962"]
    assert [one.number for one in found] == [1, 2, 3]
    last = cusres.read(interchange(found[2]).messages[0])
    assert last.transaction_reference == "T2"


# --- bookings and syntax ---------------------------------------------------------------------------


def test_a_push_is_acknowledged_where_it_was_agreed(post: Post) -> None:
    setting(post, ackres=True)
    [answer] = told(post, post.send(push(booking(traveller()))))
    found = ackres.read(interchange(answer).messages[0])
    assert (found.function, found.response, found.reasons) == ("23", "3", ())
    assert found.common_access_reference == "ZZ0001/100326/0930"
    assert found.header.application_reference == "PNRGOV"
    refused = push(booking(traveller()), control="P2").replace(b"+ZZ+1'EQN", b"+XX+1'EQN")
    [answer] = told(post, post.send(refused))
    found = ackres.read(interchange(answer).messages[0])
    assert (found.response, found.reasons) == ("7", ("107",))


def test_syntax_faults_are_reported_at_their_places_where_it_is_wanted(post: Post) -> None:
    raw = api(MAREN).replace(b"DTM+329:840506", b"DTM+329:999999")
    assert told(post, post.send(raw)) == []
    setting(post, contrl=True)
    assert told(post, post.send(api(MAREN, control="C2"))) == []  # nothing is wrong with it
    [answer] = told(post, post.send(raw.replace(b"C1", b"C3")))
    assert answer.kind is AnswerKind.SYNTAX
    found = contrl.read(interchange(answer).messages[0])
    assert (found.subject_reference, found.action) == ("C3", "7")
    [one] = found.messages
    assert (one.action, one.identifier) == ("7", ("PAXLST", "D", "05B", "UN"))
    [segment] = one.segments
    assert (segment.position, segment.elements) == (10, (contrl.ElementReport("12", 1, 2),))


def test_an_interchange_of_nothing_readable_is_rejected(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE, contrl=True)
    raw = api(MAREN).replace(b"TDT+20+ZZ001'", b"")
    syntax, word = sorted(told(post, post.send(raw)), key=lambda one: one.kind)
    found = contrl.read(interchange(syntax).messages[0])
    assert (found.action, found.messages[0].action, found.messages[0].error) == ("4", "4", "13")
    assert words(cusres.read(interchange(word).messages[0])) == [("1", "", "1")]


def test_an_answer_is_not_answered(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, contrl=True)
    header = Header("UNOA", "ZZ", "", "EGATE", "", DEPARTURE, "S1", "", test=False)
    text = contrl.write(contrl.SyntaxReport(header, "A1", ("EGATE",), ("ZZ",), "7"))
    assert told(post, post.send(text.replace("UNT+3", "UNT+9").encode())) == []


# --- never lost, never doubled ----------------------------------------------------------------------


def stored(post: Post) -> list[Answer]:
    return post.all(sa.select(Answer).order_by(Answer.number))


def test_the_same_transmission_again_is_answered_the_same(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE)
    first = post.send(api(MAREN))
    again = post.send(api(MAREN))
    assert again.duplicate_of == first.id
    assert told(post, again) == told(post, first)
    assert len(stored(post)) == 1


def back_to_received(post: Post, message: Message) -> None:
    with post.database.transaction() as session:
        session.execute(
            sa.update(Message).where(Message.id == message.id).values(status="received")
        )
    assert post.work() == 1


def test_a_transmission_that_is_applied_again_makes_no_second_answer(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, contrl=True)
    raw = api(MAREN).replace(b"DTM+329:840506", b"DTM+329:999999")
    message = post.send(raw)
    before = told(post, message)
    assert len(before) == 2
    post.clock.advance(minutes=5)  # type: ignore[attr-defined]
    back_to_received(post, message)
    assert told(post, message) == before


def test_a_changed_verdict_is_told_and_the_newest_counts(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    message = post.send(api(MAREN, flight="XX001"))
    assert words(response(post, message)) == [("1", "", "1")]
    with post.database.transaction() as session:
        session.execute(sa.text("update sender set carriers = array['XX']"))
    back_to_received(post, message)
    assert words(response(post, message)) == [("1", "", "0")]
    assert [one.number for one in stored(post)] == [1, 2]


def test_verdict_and_answer_are_one_transaction(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    received = post.receive(api(MAREN))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(answers.events, "emit", fail)
        apply.apply_next(post.database, post.vault, post.clock(), "NRT")
    assert post.message(received.id).status == "received"
    assert stored(post) == []
    post.work()
    assert post.message(received.id).status == "applied"
    assert len(stored(post)) == 1


def test_a_defect_in_answering_takes_back_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(apply, "reply_to", fail)
    assert post.send(api(MAREN)).status == "applied"
    assert len(post.people()) == 1


def test_answers_are_kept_sealed(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    post.send(api(MAREN))
    [row] = stored(post)
    assert row.text
    assert b"AB12CD" not in row.text
    assert b"AB12CD" in told(post, post.message(row.message_id or UUID(int=0)))[0].text


def test_another_sender_sees_nothing(post: Post) -> None:
    message = post.send(api(MAREN))
    with post.database.read() as session, pytest.raises(NotFoundError):
        answers.answers_to(session, UUID(int=1), message.id, vault=post.vault)


# --- the outbox -----------------------------------------------------------------------------------


def test_the_outbox_in_order_until_it_was_handed_over(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    for number in range(3):
        post.send(api(MAREN, control=f"C{number}", prepared=later(hours=number)))
    with post.database.read() as session:
        waiting = answers.undelivered(session, post.sender.id, 2, vault=post.vault)
        assert [one.number for one in waiting] == [1, 2]
        rest = answers.outbox(session, post.sender.id, 1, vault=post.vault)
        assert [one.number for one in rest] == [2, 3]
    assert len({one.reference for one in rest}) == 2
    now = post.clock()
    with post.database.transaction() as session:
        answers.mark_delivered(session, [waiting[0].id], now)
        answers.mark_delivered(session, [waiting[0].id], now + timedelta(hours=1))
        assert answers.acknowledge_through(session, post.sender.id, 2, now) == 1
    with post.database.read() as session:
        [last] = answers.undelivered(session, post.sender.id, 9, vault=post.vault)
        assert last.number == 3
        first = answers.outbox(session, post.sender.id, 0, 1, vault=post.vault)[0]
        assert first.delivered_at == now


def test_a_reference_has_fourteen_letters_and_digits_of_the_id() -> None:
    assert answers.reference_of(UUID(int=0)) == "0" * 14
    assert answers.reference_of(UUID(int=35)) == "0" * 13 + "Z"
    assert answers.reference_of(UUID(int=36**14 + 36)) == "0" * 12 + "10"


# --- what the words hang on -----------------------------------------------------------------------


def test_an_expired_document_is_no_matter_of_completeness(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    old = replace(MAREN, documents=(Document("P", "L1", Place("AUS"), date(2020, 1, 1)),))
    assert words(response(post, post.send(api(old)))) == [("2", "R1", "0Z")]


def test_a_visa_is_no_travel_document(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    visa = Document("V", "L1", Place("AUS"), date(2031, 1, 1))
    assert words(response(post, post.send(api(replace(MAREN, documents=(visa,)))))) == [
        ("2", "R1", "4Z")
    ]
    both = replace(MAREN, documents=(visa, *MAREN.documents))
    late = api(both, prepared=later(hours=1), control="C2")
    assert words(response(post, post.send(late))) == [("2", "R1", "0Z")]


def test_all_legs_are_repeated(post: Post) -> None:
    setting(post, AnswerMode.ACKNOWLEDGE)
    inner = Leg(ZZ1, "ZZ001", departure_airport="MEL", arrival_airport="SYD")
    one = listing(MAREN)
    found = response(post, post.send(paxlst_text(replace(one, legs=(inner, *one.legs)))))
    assert [(leg.departure_airport, leg.crosses_border) for leg in found.legs] == [
        ("MEL", False),
        ("SYD", True),
    ]
    assert paxlst.StopKind.OTHER == "92"


def test_workers_side_by_side_number_the_answers_of_a_sender_without_a_gap(post: Post) -> None:
    setting(post, AnswerMode.INTERACTIVE, authority=True)
    for number in range(24):
        one = person("CROWD", "SUE", number=f"L77{number:05d}", ABO=f"R{number}")
        post.receive(api(one, control=f"C{number}", transaction_reference=f"T{number}"))
    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(lambda _: post.work(), range(3))) == 24
    rows = stored(post)
    assert [row.number for row in rows] == list(range(1, 25))
    assert len({row.message_id for row in rows}) == len({row.reference for row in rows}) == 24
