"""A list that comes when the people of its flight have been masked."""

from datetime import timedelta

import sqlalchemy as sa

from app.keeping.engine import Work
from app.keeping.job import run_all
from app.kernel.clock import SettableClock
from app.messages.models import MessageStatus
from app.retention.profile import load
from app.travel.models import Document
from tests.messages.airline import ARRIVAL, PREPARED, api, person
from tests.messages.conftest import Post

LATE = timedelta(days=190)


def masked(post: Post, clock: SettableClock) -> None:
    done = run_all(post.database, Work(load("eu-pnr"), clock(), post.vault))
    assert done.failed == []


def test_who_is_new_is_kept_who_is_masked_stays_and_all_are_masked_at_the_next_run(
    post: Post, clock: SettableClock
) -> None:
    first = [person(), person("OKONKWO", "BEN", number="M7654321")]
    post.send(api(*first))
    clock.now = ARRIVAL.replace(tzinfo=clock.now.tzinfo) + LATE
    masked(post, clock)
    assert {one.surname for one in post.people()} == {""}
    late = post.send(
        api(
            *first,
            person("TANAKA", "RIN", number="N1122334"),
            control="C2",
            prepared=PREPARED + LATE,
        )
    )
    assert (late.status, post.codes(late)) == (MessageStatus.APPLIED, [])
    names = [one.surname for one in post.people()]
    assert "TANAKA" in names
    assert {"QUILLFEATHER", "OKONKWO"} <= set(names)
    masked(post, clock)
    assert {one.surname for one in post.people()} == {""}
    assert not [one for one in post.all(sa.select(Document.number)) if one]
