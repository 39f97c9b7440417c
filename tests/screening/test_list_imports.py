"""Files of any size: read in short transactions, concluded as if they had been one; nobody waits for them."""

import io
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.audit.log import SYSTEM, Actor, ActorKind
from app.kernel.db import Database
from app.kernel.ids import uuid7
from app.screening import list_imports, proposals, watchlists
from app.screening.entries import EntryDraft, EntryInvalidError
from app.screening.list_files import ListFileError, ListFormat, read_rows
from app.screening.list_imports import import_rows
from app.screening.list_models import ProposalStatus, ProposedEntry, WatchlistProposal
from app.screening.models import EntryKind, Handling, WatchlistEntry
from app.screening.proposals import OvertakenError, Submitted
from app.screening.staging import Rows
from risk_rules.names import BirthDate, Name
from tests.support.lists import put_entries, remove_entries

from .world import NOW

BERT = Actor(ActorKind.OFFICER, uuid7())


def csv_of(*keys: int, reason: str = "r") -> bytes:
    rows = (f"P-{n},{reason},{chr(65 + n % 26) * 5}/ANNA\n" for n in keys)
    return ("key,reason,names\n" + "".join(rows)).encode()


@pytest.fixture
def held(database: Database, starting_rules: None, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A list of ten, and pieces of seven rows."""
    monkeypatch.setattr(list_imports, "PIECE", 7)
    with database.transaction() as session:
        watchlists.create_list(session, SYSTEM, "wanted", "W", "drugs", Handling.STOP, NOW)
    assert bring(database, csv_of(*range(10)), actor=BERT).change is not None
    return database


def bring(database: Database, raw: bytes, *, actor: Actor = SYSTEM, **how: bool) -> Submitted:
    return put(database, read_rows(io.BytesIO(raw), ListFormat.CSV), actor=actor, **how)


def put(
    database: Database,
    rows: Rows,
    *,
    actor: Actor = SYSTEM,
    dry_run: bool = False,
    whole: bool = True,
) -> Submitted:
    return import_rows(
        database, actor, "wanted", rows, NOW, whole=whole, origin="csv", dry_run=dry_run
    )


def left(database: Database) -> tuple[int, int]:
    """Proposals that wait or are read, and entries that are laid out."""
    with database.read() as session:
        waits = sa.select(sa.func.count()).where(
            WatchlistProposal.status.in_([ProposalStatus.READING, ProposalStatus.PROPOSED])
        )
        laid = sa.select(sa.func.count()).select_from(ProposedEntry)
        return session.scalars(waits).one(), session.scalars(laid).one()


def keys(database: Database) -> set[str]:
    with database.read() as session:
        live = WatchlistEntry.removed_version.is_(None)
        return set(session.scalars(sa.select(WatchlistEntry.key).where(live)))


def test_birth_dates_to_come_are_left_out_and_told(held: Database) -> None:
    raw = (
        b"key,reason,names,birth_dates\n"
        b"Q-1,r,TESTER/ANNA,1980-05-31;2026-03-11\nQ-2,r,TESTER/BERT,2027\nQ-3,r,TESTER/CARL,2026-03-10;2026\n"
    )
    told = bring(held, raw, whole=False).proposal
    assert [(one["line"], one["code"], one["partial"]) for one in told.faults] == [
        (2, "/birth_dates/1 out_of_range", True), (3, "/birth_dates/0 out_of_range", True),
    ]  # fmt: skip
    with held.read() as session:
        rows = session.execute(sa.select(WatchlistEntry.key, WatchlistEntry.content))
        content = {key: said for key, said in rows}  # noqa: C416  # rows are no tuples to mypy
    assert [content[f"Q-{n}"]["birth_dates"] for n in (1, 2, 3)] == [
        ["1980-05-31"], [], ["2026-03-10", "2026"],
    ]  # fmt: skip


def test_names_that_cannot_be_read_are_told_and_taken(held: Database) -> None:
    raw = "key,reason,names\nQ-1,r,山田/太郎\nQ-2,r,山田/太郎;YAMADA/TARO\nQ-3,r,ヤマダ/タロウ\n"
    told = bring(held, raw.encode(), whole=False).proposal
    assert [(one["line"], one["code"]) for one in told.faults] == [(2, "/names reading_unknown")]
    assert {"Q-1", "Q-2", "Q-3"} <= keys(held)


def test_signs_that_nobody_sees_are_left_out(held: Database) -> None:
    raw = "key,reason,names\nQ-1,a \u202etip,TES\u202eTER/AN\x07NA\n"
    assert bring(held, raw.encode(), whole=False).proposal.faults == []
    with held.read() as session:
        kept = session.scalars(sa.select(WatchlistEntry).where(WatchlistEntry.key == "Q-1")).one()
    assert kept.reason == "a tip"
    assert kept.content["names"] == [{"surname": "TESTER", "given": "ANNA"}]


def test_a_row_without_a_reason_is_told_and_taken(held: Database) -> None:
    raw = b"key,reason,names\nQ-1, ,TESTER/ANNA\nQ-2,r,TESTER/BERT\n"
    told = bring(held, raw, whole=False).proposal
    assert [(one["line"], one["code"], one["partial"]) for one in told.faults] == [
        (2, "/reason missing", True)
    ]
    assert {"Q-1", "Q-2"} <= keys(held)


def test_a_typed_birth_date_to_come_is_refused_with_its_place(held: Database) -> None:
    born = EntryDraft("Q-1", EntryKind.PERSON, "r", (Name("TESTER", "ANNA"),), (BirthDate(2026, 3, 11),))  # fmt: skip
    with held.transaction() as session, pytest.raises(EntryInvalidError) as caught:
        proposals.submit_entries(session, SYSTEM, "wanted", [born], [], NOW)
    assert [one.pointer for one in caught.value.fields] == ["/put/0/birth_dates/0"]
    with held.transaction() as session, pytest.raises(EntryInvalidError):
        put_entries(session, SYSTEM, "wanted", [born], NOW)


def test_pieces_are_one_change_and_a_key_counts_as_it_stands_first(held: Database) -> None:
    rows = "key,reason,names,act\n" + "".join(
        f"P-{n},r,{chr(65 + n) * 5}/ANNA,\n" for n in range(18)
    )
    rows += "P-2,,,remove\nP-3,s,DDDDD/ANNA,\nP-4,,,remove\nP-4,t,EEEEE/ANNA,\n"
    raw = rows.replace("P-0,r,AAAAA/ANNA,", "P-0,,,remove") + "P-0,r,AAAAA/ANNA,\n"
    done = bring(held, raw.encode(), whole=False)
    told = done.proposal
    assert (told.added, told.changed, told.removed, told.unchanged) == (8, 0, 1, 9)
    assert {(one["line"], one["code"]) for one in told.faults} == {
        (line, "key_again") for line in range(20, 25)
    }
    assert done.change is not None
    assert keys(held) == {f"P-{n}" for n in range(1, 18)}
    assert left(held) == (0, 0)


def test_what_needs_two_waits_and_is_signed_as_usual(held: Database) -> None:
    done = bring(held, csv_of(*range(40)))
    assert (done.change, done.proposal.because, left(held)) == (None, ["bulk"], (1, 30))
    with held.transaction() as session:
        proposals.approve(session, BERT, done.proposal.id, done.proposal.digest, "", NOW)
    assert (len(keys(held)), left(held)) == (40, (0, 0))


def test_a_dry_run_tells_all_and_leaves_nothing(held: Database) -> None:
    done = bring(held, csv_of(*range(1, 40), reason="s"), dry_run=True)
    told = done.proposal
    assert (told.added, told.changed, told.removed) == (30, 9, 1)
    assert [one.fields for one in done.first[:2]] == [(), ("reason",)]
    assert (len(keys(held)), left(held)) == (10, (0, 0))


def test_a_file_that_breaks_off_leaves_nothing(held: Database) -> None:
    with pytest.raises(ListFileError):
        bring(held, csv_of(*range(30)) + b'P-99,"never closed')
    assert (len(keys(held)), left(held)) == (10, (0, 0))


def test_what_a_killed_import_left_is_no_change_and_the_next_one_clears_it(held: Database) -> None:
    with held.transaction() as session:
        old = proposals.begin(
            session, SYSTEM, "wanted", NOW - timedelta(days=2), whole=True, origin="csv", note=""
        )
        with pytest.raises(proposals.NotProposedError):
            proposals.approve(session, BERT, old.id, b"", "", NOW)
    assert left(held) == (1, 0)
    bring(held, csv_of(*range(11)))
    assert (len(keys(held)), left(held)) == (11, (0, 0))


def test_a_list_that_moves_under_a_small_change_is_not_changed_by_it(
    held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    conclude = proposals.conclude

    def late(*args, **more) -> Submitted:
        monkeypatch.setattr(proposals, "conclude", conclude)
        with held.transaction() as session:
            remove_entries(session, BERT, "wanted", ["P-3"], NOW)
        return conclude(*args, **more)

    monkeypatch.setattr(proposals, "conclude", late)
    with pytest.raises(OvertakenError):
        bring(held, csv_of(3, reason="s"), whole=False)
    assert (len(keys(held)), left(held)) == (9, (0, 0))


def test_while_a_file_is_read_no_transaction_is_open_and_rules_and_other_lists_change(
    held: Database,
) -> None:
    open_for = sa.text(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and xact_start is not null and pid <> pg_backend_pid()"
    )
    seen: list[int] = []

    def slowly() -> Iterator[tuple[int, object]]:
        for n, row in enumerate(read_rows(io.BytesIO(csv_of(*range(20))), ListFormat.CSV)):
            if n % 7 == 0:  # the first of a piece
                with held.read() as session:
                    seen.append(session.execute(open_for).scalar_one())
            yield row

    put(held, slowly())  # type: ignore[arg-type]
    assert seen == [0, 0, 0]


def test_an_urgent_change_does_not_wait_for_a_list_that_is_compared(held: Database) -> None:
    """Only the list itself is held; another one and the rule set are free."""
    changed = threading.Event()

    def change() -> None:
        with held.transaction() as session:
            session.execute(sa.text("set local lock_timeout = '5s'"))
            watchlists.create_list(session, BERT, "other", "O", "drugs", Handling.STOP, NOW)
        changed.set()

    with held.transaction() as session:
        watchlists.lock_list(session, "wanted")
        thread = threading.Thread(target=change)
        thread.start()
        assert changed.wait(5)
        thread.join()
