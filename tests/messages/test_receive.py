"""Taking transmissions in: sealed, deduplicated, limited."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.identity.senders import KnownSender, create_sender
from app.kernel.events import current_cursor, read_since
from app.messages import receive
from app.messages.models import Message
from tests.messages.airline import api, person
from tests.messages.conftest import Post


def test_what_is_stored_is_sealed(post: Post) -> None:
    raw = api(person())
    received = post.receive(raw)
    message = post.message(received.id)
    assert (message.status, message.size) == ("received", len(raw))
    assert message.raw is not None
    assert b"QUILLFEATHER" not in message.raw
    assert post.vault.open(message.raw, receive.sealing_context(message.id)) == raw


def test_the_same_bytes_again_are_a_duplicate_and_not_kept_again(post: Post) -> None:
    raw = api(person())
    first = post.receive(raw)
    second = post.receive(raw)  # before the first was applied
    post.work()
    third = post.receive(raw)  # and after
    assert (second.status, second.duplicate_of) == ("duplicate", first.id)
    assert (third.status, third.duplicate_of) == ("duplicate", first.id)
    assert post.message(second.id).raw is None
    assert post.work() == 0
    assert len(post.people()) == 1


def test_another_sender_may_send_the_same(post: Post) -> None:
    raw = api(person())
    post.receive(raw)
    with post.database.transaction() as session:
        made, _ = create_sender(session, "other", ["ZZ"], "NRT", post.clock())
    other = Post(post.database, post.vault, post.clock, KnownSender(made.id, ("ZZ",), "NRT"))
    assert other.receive(raw).status == "received"


def test_a_rejected_transmission_may_be_sent_again(post: Post) -> None:
    assert post.send(b"somebody's lunch").status == "rejected"
    assert post.receive(b"somebody's lunch").status == "received"


@pytest.mark.parametrize("raw", [b"", b" \r\n\t", b"\x00\x00"])
def test_nothing_is_refused(post: Post, raw: bytes) -> None:
    with pytest.raises(receive.EmptyMessageError):
        post.receive(raw)


def test_too_much_is_refused(post: Post) -> None:
    with pytest.raises(receive.MessageTooLargeError):
        post.receive(b"x" * (receive.MAX_BODY + 1))
    assert post.all(sa.select(Message)) == []


def test_twins_at_the_same_moment_are_one_message(post: Post) -> None:
    raw = api(person())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(post.receive, [raw] * 4))
    assert sorted(one.status for one in found) == ["duplicate"] * 3 + ["received"]


def test_a_file_is_received_in_the_name_of_a_sender(post: Post) -> None:
    now = post.clock()
    found = receive.ingest(post.database, post.vault, "ZZ test", api(person()), now)
    assert found.status == "received"
    assert post.work() == 1
    with pytest.raises(receive.UnknownSenderError):
        receive.ingest(post.database, post.vault, "nobody", api(person()), now)


def test_events_tell_of_receipt_verdict_flight_and_people(post: Post) -> None:
    with post.database.read() as session:
        cursor = current_cursor(session)
    message = post.send(api(person()))
    with post.database.read() as session:
        hints = read_since(session, cursor).hints
    kinds = [hint.kind for hint in hints]
    assert kinds[0] == "message.received"
    assert kinds[-1] == "message.applied"
    assert {"flight.changed", "passenger.changed"} <= set(kinds)
    assert hints[0].subject == hints[-1].subject == message.id
    assert {hint.site for hint in hints} == {"NRT"}
