"""The job: what it masks and deletes, what it leaves, how it goes on, what it says of itself."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.identity import officers
from app.identity.permissions import Role
from app.keeping import job
from app.keeping.engine import Work, open_original
from app.keeping.job import plan, run_all, turn
from app.kernel.http import Kernel
from app.retention.models import MaskedRow, RetentionRun
from app.retention.profile import load
from app.screening.models import HitReview, HitSource, ReviewState
from tests.support import NOW
from tests.support.busy import Busy

EU = load("eu-pnr")


def work(kernel: Kernel, days: float, profile=EU) -> Work:
    return Work(profile, NOW + timedelta(days=days), kernel.vault)


def rows(kernel: Kernel, query: str) -> list[tuple[Any, ...]]:
    with kernel.database.read() as session:
        return [tuple(row) for row in session.execute(sa.text(query))]


def test_nothing_is_due_before_its_clock(kernel: Kernel, busy: Busy) -> None:
    done = run_all(kernel.database, work(kernel, 29))
    assert (done.counts, done.failed) == ({}, [])


def test_a_run_masks_after_six_months(kernel: Kernel, busy: Busy) -> None:
    names = rows(kernel, "select surname from passenger")
    done = run_all(kernel.database, work(kernel, 184))
    assert done.failed == []
    assert done.counts["passenger.masked"] == 60
    assert done.counts["document.masked"] == 60
    [text] = rows(kernel, "select string_agg(t::text, ' ') from (select p, d from passenger p"
                  " join document d on d.passenger_id = p.id) t")  # fmt: skip
    assert not [name for (name,) in names if name in text[0]]


def test_after_five_years_nobody_is_left_and_seven_years_end_the_cases(kernel, busy) -> None:
    run_all(kernel.database, work(kernel, 1830))
    assert rows(kernel, "select (select count(*) from passenger), (select count(*) from masked_row),"
                " (select count(*) from presentation), (select count(*) from assessment)") == [(0, 0, 0, 0)]  # fmt: skip


def test_a_run_that_was_killed_goes_on_where_it_stood(
    kernel: Kernel, busy: Busy, monkeypatch
) -> None:
    monkeypatch.setattr("app.keeping.engine.mask.__defaults__", (7,))
    due = work(kernel, 184)
    for _ in range(len(job.STEPS) // 2 + 10):
        assert turn(kernel.database, due)
    [(place, is_open)] = rows(kernel, "select place, finished_at is null from retention_run")
    done = run_all(kernel.database, work(kernel, 185))  # another worker, a day later
    assert (place > 0, is_open) == (True, True)
    assert rows(kernel, "select count(*) from retention_run") == [(1,)]
    assert done.counts["passenger.masked"] == 60
    assert rows(kernel, "select count(*), count(distinct row_id) from masked_row where row_table = 'passenger'") == [(60, 60)]  # fmt: skip


def test_what_is_written_again_is_masked_again(kernel: Kernel, busy: Busy) -> None:
    run_all(kernel.database, work(kernel, 184))
    with kernel.database.transaction() as session:
        late = {"id": busy.people[0]}
        session.execute(sa.text("update passenger set surname = 'LATECOMER' where id = :id"), late)
    done = run_all(kernel.database, work(kernel, 185))
    assert done.counts == {"passenger.masked": 1}
    assert rows(kernel, "select count(*) from passenger where surname <> ''") == [(0,)]


def review(kernel: Kernel, passenger: UUID, reason: str) -> None:
    with kernel.database.transaction() as session:
        who = officers.create_officer(session, "reviews", "R", [Role.SENIOR], "NRT", NOW)
        session.add(
            HitReview(
                passenger_id=passenger, source=HitSource.RULE, subject="r", subject_version=1,
                values_digest=b"", state=ReviewState.DISMISSED, reason=reason, officer_id=who.id,
                reviewed_at=NOW,
            )
        )  # fmt: skip


def test_sealed_words_are_masked_once_and_kept_as_words(kernel: Kernel, busy: Busy) -> None:
    review(kernel, busy.people[0], "Seen with another passport")
    assert b"another" not in rows(kernel, "select reason from hit_review")[0][0]
    for day, found in ((184, 1), (185, 0)):
        counts = run_all(kernel.database, work(kernel, day)).counts
        assert counts.get("hit_review.masked", 0) == found
    assert rows(kernel, "select reason from hit_review") == [(b"",)]
    with kernel.database.read() as session:
        [kept] = session.scalars(sa.select(MaskedRow).where(MaskedRow.row_table == "hit_review"))
    said = open_original(kernel.vault, kept.row_id, bytes(kept.sealed))
    assert said == {"reason": "Seen with another passport"}


def test_words_that_no_key_opens_do_not_keep_the_rest_from_being_masked(
    kernel: Kernel, busy: Busy
) -> None:
    review(kernel, busy.people[0], "Seen with another passport")
    with kernel.database.transaction() as session:
        session.execute(sa.text("update hit_review set reason = '\\x0100000000'"))
    done = run_all(kernel.database, work(kernel, 184))
    assert (done.failed, done.counts["hit_review.masked"]) == ([], 1)


def test_ages_in_years_survive(kernel: Kernel, busy: Busy) -> None:
    query = (
        "select p.id, date_part('year', age(f.flight_date, p.birth_date)) from passenger p"
        " join flight f on f.id = p.flight_id order by 1"
    )
    before, born = rows(kernel, query), rows(kernel, "select birth_date from passenger")
    run_all(kernel.database, work(kernel, 184))
    assert rows(kernel, query) == before
    assert rows(kernel, "select birth_date from passenger") != born


def test_a_failing_table_does_not_keep_the_others(kernel, busy, monkeypatch, caplog) -> None:
    steps = list(job.STEPS)
    place = next(n for n, step in enumerate(steps) if step.name == "passenger.mask")

    def fails(*_: object) -> None:
        raise ValueError("one bad row")

    steps[place] = job.Step("passenger.mask", fails)
    monkeypatch.setattr(job, "STEPS", tuple(steps))
    done = run_all(kernel.database, work(kernel, 184))
    assert done.failed == ["passenger.mask"]
    assert done.counts["document.masked"] == 60


def test_the_trail_tells_of_a_run_with_its_counts(kernel: Kernel, busy: Busy) -> None:
    done = run_all(kernel.database, work(kernel, 184))
    [(detail,)] = rows(kernel, "select detail from audit_entry where action = 'retention.run'")
    assert detail["counts"] == done.counts
    assert rows(kernel, "select detail ->> 'profile' from audit_entry where action = 'retention.profile'") == [("eu-pnr",)]  # fmt: skip


def test_a_plan_says_what_a_run_then_does_and_changes_nothing(kernel: Kernel, busy: Busy) -> None:
    due = work(kernel, 184)
    with kernel.database.read() as session:
        said = plan(session, due)
    assert said["passenger"] == {"go": 0, "mask": 60, "held": 0}
    done = run_all(kernel.database, due)
    for table, counts in said.items():
        assert done.counts.get(f"{table}.masked", 0) == counts.get("mask", 0)
    with kernel.database.read() as session:
        assert plan(session, due) == {}


def test_the_worker_runs_it_every_six_hours(kernel: Kernel, busy: Busy) -> None:
    while turn(kernel.database, work(kernel, 184)):
        pass
    assert rows(kernel, "select count(*) from retention_run") == [(1,)]
    assert turn(kernel.database, work(kernel, 184.25))


def test_a_row_that_somebody_holds_is_passed_over(kernel: Kernel, busy: Busy) -> None:
    with kernel.database.transaction() as session:
        one = {"id": busy.people[0]}
        session.execute(sa.text("select from passenger where id = :id for update"), one)
        assert run_all(kernel.database, work(kernel, 184)).counts["passenger.masked"] == 59
    assert run_all(kernel.database, work(kernel, 185)).counts == {"passenger.masked": 1}


def test_whoever_nothing_links_goes_after_six_months_where_the_court_is_followed(
    kernel, busy
) -> None:
    linked = rows(kernel, "select distinct r.passenger_id from referral r where r.passenger_id is not null"
                  " and r.kind in ('risk', 'recall', 'late-hit', 'other-agency')")  # fmt: skip
    stopped = rows(kernel, "select distinct r.passenger_id from referral r join inspection i on i.referral_id = r.id"
                   " join finding g on g.inspection_id = i.id and g.kind <> 'nothing'")  # fmt: skip
    confirmed = rows(kernel, "select distinct passenger_id from hit where state = 'confirmed'"
                     " or (source = 'watchlist' and state <> 'dismissed' and explanation @> '{\"alert\": true}')")  # fmt: skip
    done = run_all(kernel.database, work(kernel, 184, load("eu-pnr-cjeu")))
    assert done.failed == []
    left = set(rows(kernel, "select id from passenger"))
    assert left == {*linked, *stopped, *confirmed}
    assert 0 < len(left) < 60
    assert rows(kernel, "select count(*) from passenger where surname <> ''") == [(0,)]


def test_more_runs_are_kept_than_one(kernel: Kernel, busy: Busy) -> None:
    for day in (184, 185):
        run_all(kernel.database, work(kernel, day))
    with kernel.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RetentionRun)) == 2


class Pausing:
    """A step whose first batch finds one row and waits in its transaction until it may go on; later ones find nothing."""

    def __init__(self, monkeypatch) -> None:
        self.begun, self.may_go = Event(), Event()
        self.batches = 0
        monkeypatch.setattr(
            job, "STEPS", (job.Step("a.go", self.batch), job.Step("b.go", self.none))
        )

    def batch(self, *_: object) -> Counter[str]:
        self.batches += 1
        if self.batches > 1:
            return Counter()
        self.begun.set()
        assert self.may_go.wait(20)
        return Counter({"a.deleted": 1})

    def none(self, *_: object) -> Counter[str]:
        return Counter()


@contextmanager
def beside(call: Callable[[], Any]) -> Iterator[list[Any]]:
    """A call in a thread of its own; what it answers is there once the block has ended."""
    said: list[Any] = []
    thread = Thread(target=lambda: said.append(call()))
    thread.start()
    yield said
    thread.join(20)
    assert said


def wait_for_a_lock(kernel: Kernel) -> None:
    """Until somebody waits for a lock of this database."""
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ends = time.monotonic() + 20
    while not rows(kernel, waiting):
        assert time.monotonic() < ends


def test_what_a_batch_found_is_counted_whoever_else_is_at_the_run(
    kernel: Kernel, monkeypatch
) -> None:
    step, due = Pausing(monkeypatch), work(kernel, 1)
    with beside(lambda: turn(kernel.database, due)):
        assert step.begun.wait(20)
        assert turn(kernel.database, due) is False
        assert step.batches == 1
        step.may_go.set()
    assert run_all(kernel.database, due).counts == {"a.deleted": 1}


def test_a_whole_run_waits_for_the_batch_of_another_process(kernel: Kernel, monkeypatch) -> None:
    step, due = Pausing(monkeypatch), work(kernel, 1)
    with beside(lambda: turn(kernel.database, due)):
        assert step.begun.wait(20)
        with beside(lambda: run_all(kernel.database, due)) as said:
            wait_for_a_lock(kernel)
            step.may_go.set()
    assert (said[0].counts, said[0].finished_at) == ({"a.deleted": 1}, due.now)


def test_a_whole_run_waits_where_another_process_begins_one(kernel: Kernel, monkeypatch) -> None:
    Pausing(monkeypatch).may_go.set()
    due = work(kernel, 1)
    with kernel.database.transaction() as session:
        assert session.scalar(job._ALONE)
        other = job._begin(session, due).id
        with beside(lambda: run_all(kernel.database, due)) as said:
            wait_for_a_lock(kernel)
            session.commit()
    assert (said[0].id, said[0].finished_at) == (other, due.now)
    assert rows(kernel, "select count(*) from retention_run") == [(1,)]
