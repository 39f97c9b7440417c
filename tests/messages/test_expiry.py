"""The short clock of raw messages."""

from datetime import timedelta

import sqlalchemy as sa

from app.audit.log import AuditEntry
from app.messages import expiry, quarantine
from app.messages.expiry import empty_raws
from app.messages.models import Message, Quarantined, QuarantineStatus
from tests.messages.airline import api, person
from tests.messages.conftest import Post

KEEP = timedelta(days=14)


PLANS = ("enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_sort", "enable_material")


def emptied(post: Post, *without: str, **later: float) -> int:
    with post.database.transaction() as session:
        for plan in without:
            session.execute(sa.text(f"set local {plan} = off"))
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


def test_what_waits_in_quarantine_keeps_its_text_until_its_own_limit(post: Post) -> None:
    waiting = post.send(api(person(), person("", "")))
    read = post.send(api(person(), control="C2"))
    assert emptied(post, days=14, hours=1) == 1
    assert post.message(read.id).raw is None
    assert emptied(post, days=29, hours=23) == 0
    assert post.message(waiting.id).raw is not None
    assert emptied(post, days=30, hours=1) == 1
    assert post.message(waiting.id).raw is None


def test_what_is_set_aside_is_on_the_ordinary_clock_again(post: Post) -> None:
    aside, replaying = (post.send(api(person("", ""), control=one)) for one in ("C1", "C2"))
    for message, status in (
        (aside, QuarantineStatus.SET_ASIDE),
        (replaying, QuarantineStatus.REPLAYING),
    ):
        with post.database.transaction() as session:
            session.execute(
                sa.update(Quarantined)
                .where(Quarantined.message_id == message.id)
                .values(status=status)
            )
    assert emptied(post, days=15) == 1
    assert post.message(aside.id).raw is None
    assert post.message(replaying.id).raw is not None


def test_a_limit_shorter_than_the_ordinary_clock_shortens_nothing(post: Post) -> None:
    message = post.send(api(person("", "")))
    with post.database.transaction() as session:
        later = post.clock() + quarantine.KEPT + timedelta(days=1)
        assert empty_raws(session, later, timedelta(days=60)) == 0
    assert post.message(message.id).raw is not None


def test_it_goes_in_small_steps_oldest_first(post: Post, monkeypatch) -> None:
    monkeypatch.setattr(expiry, "STEP", 2)
    for number in range(3):
        post.send(api(person(), control=f"C{number}"))
    assert emptied(post, *PLANS, days=15) == 2, "whatever plan the planner chooses"
    rows = post.all(sa.select(Message).order_by(Message.id))
    assert [row.raw is None for row in rows] == [True, True, False]
    assert emptied(post, days=15) == 1
