"""The short clock of raw messages."""

from datetime import timedelta

import sqlalchemy as sa

from app.audit.log import AuditEntry
from app.messages import expiry
from app.messages.expiry import empty_raws
from app.messages.models import Message
from tests.messages.airline import api, person
from tests.messages.conftest import Post

KEEP = timedelta(days=14)


def emptied(post: Post, **later: float) -> int:
    with post.database.transaction() as session:
        return empty_raws(session, post.clock() + timedelta(**later), KEEP)


def test_the_text_goes_when_its_time_is_over_and_the_verdict_stays(post: Post) -> None:
    message = post.send(api(person()))
    assert emptied(post, days=13, hours=23) == 0
    assert post.message(message.id).raw is not None
    assert emptied(post, days=14, hours=1) == 1
    after = post.message(message.id)
    assert (after.raw, after.status, after.summary) == (None, "applied", message.summary)
    wanted = sa.select(AuditEntry).where(AuditEntry.action == "message.raw-emptied")
    [entry] = post.all(wanted)
    assert entry.detail == {"count": 1, "days": 14}
    assert emptied(post, days=15) == 0
    assert len(post.all(wanted)) == 1


def test_what_still_waits_keeps_its_text(post: Post) -> None:
    received = post.receive(api(person()))
    assert emptied(post, days=30) == 0
    assert post.message(received.id).raw is not None


def test_it_goes_in_small_steps_oldest_first(post: Post, monkeypatch) -> None:
    monkeypatch.setattr(expiry, "STEP", 2)
    for number in range(3):
        post.send(api(person(), control=f"C{number}"))
    assert emptied(post, days=15) == 2
    rows = post.all(sa.select(Message).order_by(Message.id))
    assert [row.raw is None for row in rows] == [True, True, False]
    assert emptied(post, days=15) == 1
